import numpy as np
def create_minds(e): return None
def organisations_decide(e): pass
def qof_shares(setup,state): return np.full(len(setup.place.practices),.97)
