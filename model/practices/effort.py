"""What a practice's effort does: patients reached, crises and referrals."""

from collections.abc import Sequence

import numpy as np

from model.parameters import Parameters
from model.practices.qof import usual_reached


def steps_of(parameters: Parameters) -> dict[str, float]:
    """Steps of incentivised care above the usual, by how an effort's name begins.

    A step is by definition what is lost without effort, when crises are what they were before there
    was an incentive.
    """
    more = float(parameters["practices.more_effort_step"])
    return {"usual": 0.0, "more": more, "less": -1.0, "managed": 0.0, "liberal": 0.0}


def effort_steps(parameters: Parameters, efforts: Sequence[str]) -> np.ndarray:
    """Steps of incentivised care above the usual that each practice's effort gives [practices]."""
    steps = steps_of(parameters)
    return np.array([steps[effort.split("_")[0]] for effort in efforts])


def referral_factor(parameters: Parameters, efforts: Sequence[str]) -> np.ndarray:
    """Planned referrals against the usual ones, by each practice's effort [practices]."""
    managed = np.array([effort.endswith("managed_referrals") for effort in efforts])
    liberal = np.array([effort.endswith("liberal_referrals") for effort in efforts])
    fewer = parameters["minds.referral_management_effect"] * managed
    factor: np.ndarray = 1.0 - fewer + parameters["budgets.referral_rise"] * liberal
    return factor


def reached(parameters: Parameters, steps: np.ndarray, excepted: np.ndarray) -> np.ndarray:
    """Share of patients, those excepted apart, whom steps of incentivised care reach [practices].

    `excepted`: whether a practice excepts more patients than care needs. Those who are excepted
    leave the denominator, and nobody is treated the more for it.
    """
    usual, least = usual_reached(parameters), parameters["practices.qof_reached_without_effort"]
    treated = usual + steps * (usual - least)
    needed = parameters["practices.exception_rate"]
    more = needed + parameters["practices.exception_rise"] * excepted
    reached: np.ndarray = np.minimum(treated * (1.0 - needed) / (1.0 - more), 1.0)
    return reached
