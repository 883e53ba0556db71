"""The books of general practices."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    pass


class PracticeBooks(NamedTuple):
    """What stays the same of every practice while it neither merges nor is founded [practices]."""

    weight: np.ndarray  # weighted patients for a registered one
    prevalence: np.ndarray  # of long-term conditions, against the place's mean
    conditions: float  # for a patient, that mean
    correction_pence: np.ndarray  # correction factor of 2013/14 a weighted patient
    has_pms: (
        np.ndarray
    )  # share under a personal (or alternative provider) medical services contract
    other_pence: float  # payments not named, a registered patient
    expense_factor: np.ndarray  # expenses against those of a practice of its size
    fixed_expense_pence: float
    expense_pence: float  # a registered patient
