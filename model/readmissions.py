"""How many operations a readmission follows, by the quality of the trust that operates."""

import numpy as np

from model.setup import Setup
from model.state import State


def readmission_shares(setup: Setup, state: State) -> np.ndarray:
    """Return the share of operations that a readmission follows at each site [sites]."""
    value = setup.parameters
    better = (1.0 + value["quality.readmissions_per_sd"]) ** state.site_quality()
    return value["quality.readmission_share"] * better
