"""How many operations a readmission follows, by the quality of the trust that operates."""

import numpy as np

from model.state.hospitals import QUALITY_STEP
from model.state.setup import Setup
from model.state.state import State


def readmission_shares(setup: Setup, state: State, step: float = 0.0) -> np.ndarray:
    """Return the share of operations that a readmission follows at each site [sites].

    With `step` steps more than the quality that sites have.
    """
    value, quality = (
        setup.parameters,
        state.hospitals.site_quality(state.provision) + QUALITY_STEP * step,
    )
    better = (1.0 + value["quality.readmissions_per_sd"]) ** quality
    shares: np.ndarray = value["quality.readmission_share"] * better
    return shares
