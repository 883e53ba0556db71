"""Studies: what to run, where it is kept, policies beside each other."""
