"""What a run is judged by: pure functions from arrays of the world to outcome measures.

Monopoly (`concentration`) and fragmentation (`continuity`) are two families that are never added
into one score, since one policy can move them in opposite directions; `regimes` places an area by
both, `verdict` judges a run beside its status quo. `inequality` says how any outcome falls across
deprivation.
"""
