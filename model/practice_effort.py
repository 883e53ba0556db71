"""What a practice's effort on incentivised care is worth in achievement."""

from collections.abc import Sequence

import numpy as np

# Standard deviations of achievement over practices; crises follow in the same proportion.
ACHIEVEMENT = {"usual": 0.0, "more": 0.5, "less": -1.0, "managed": 0.0}


def achievement_steps(efforts: Sequence[str]) -> np.ndarray:
    """Achievement above the mean that each practice's effort gives [practices]."""
    return np.array([ACHIEVEMENT[effort.split("_")[0]] for effort in efforts])
