"""Residents who stand for all people of a place, and what they need in a month."""

from typing import NamedTuple

import numpy as np

from agents.patients.needs import Needs
from agents.patients.patient_tables import (
    STRATA,
)

CELL = np.arange(STRATA) // 25 * 5 + np.arange(STRATA) % 5  # age band x fifth of each stratum


class Everybody(NamedTuple):
    """Residents who stand for all people of a place, and what they need in a month.

    Those of highest risk come first. A list is a mixture of its own residents and of what its ages
    and deprivation let expect, which makes its differences from others those of a whole list (a
    share f is drawn: root f of one, the rest of the other).
    """

    needs: Needs
    of_one: Needs  # mean of one person by stratum, as if there were one group of people
    stratum: np.ndarray  # int64 [people]
    risk: np.ndarray  # risk score [people], falling
    cells: np.ndarray  # share of every list by age band and fifth [practices, 35]
    need: np.ndarray  # of one patient of every list in a month [practices, NEEDS]
    strata: np.ndarray  # share of every list by stratum [practices, STRATA]
    born: np.ndarray  # month of birth, counted from the start [people]
    conditions: np.ndarray  # uint16, one bit a condition [people]
    leaving: np.ndarray  # chance to die or move away in a month [people]

    def weights(self, practices: np.ndarray, lists: np.ndarray) -> np.ndarray:
        """How many patients of some practices (bool) each resident stands for [people]."""
        mix = lists[practices] @ self.cells[practices]
        in_cell = np.bincount(CELL[self.stratum], minlength=mix.size)
        weights: np.ndarray = (mix / np.maximum(in_cell, 1))[CELL[self.stratum]]
        return weights

    def line(self, practices: np.ndarray, lists: np.ndarray, share: float) -> float:
        """The risk score that a share of the patients of some practices (bool) lies above."""
        above = np.cumsum(self.weights(practices, lists))
        return float(self.risk[np.searchsorted(above, share * above[-1])])
