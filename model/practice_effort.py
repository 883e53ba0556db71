"""What a practice's effort does: achievement, crises and referrals."""

from collections.abc import Sequence

import numpy as np

from model.parameters import Parameters

# Steps of incentivised care: without effort crises are what they were before there was an
# incentive; more than the usual effort gains less than losing it loses.
STEPS = {"usual": 0.0, "more": 0.5, "less": -1.0, "managed": 0.0, "liberal": 0.0}


def effort_steps(efforts: Sequence[str]) -> np.ndarray:
    """Steps of incentivised care above the usual that each practice's effort gives [practices]."""
    return np.array([STEPS[effort.split("_")[0]] for effort in efforts])


def referral_factor(parameters: Parameters, efforts: Sequence[str]) -> np.ndarray:
    """Planned referrals against the usual ones, by each practice's effort [practices]."""
    managed = np.array([effort.endswith("managed_referrals") for effort in efforts])
    liberal = np.array([effort.endswith("liberal_referrals") for effort in efforts])
    fewer = parameters["minds.referral_management_effect"] * managed
    return 1.0 - fewer + parameters["budgets.referral_rise"] * liberal


def achievement(parameters: Parameters, steps: np.ndarray | float) -> np.ndarray:
    """Share of points, 0 to 1, that steps of incentivised care achieve."""
    usual = parameters["practices.qof_achievement"]
    best = usual + STEPS["more"] * parameters["practices.qof_achievement_sd"]
    least = parameters["practices.qof_achievement_without_effort"]
    return np.interp(steps, [-1.0, 0.0, STEPS["more"]], [least, usual, min(best, 1.0)])
