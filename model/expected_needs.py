"""What the people of a place need: the same people whatever number of patients is simulated.

Whoever is simulated is a sample, and a small one has by chance more or fewer of those whose care a
policy changes: enough to carry an area over the line between two regimes. So what is expected of an
area rests on residents of its own, drawn once for the place from its ages, deprivation and the
prevalence of conditions, and on nobody who is simulated.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from agents.needs import Needs, needs_of
from agents.patient_tables import STRATA
from model.arrangement import first_world
from model.flows import cell_shares
from model.setup import Setup
from model.sizes import EXPECTED_OF
from model.state import first_state, settle_people

LUCK = 0  # of these people, the same in every run
CELL = np.arange(STRATA) // 25 * 5 + np.arange(STRATA) % 5  # age band x fifth of each stratum


class Everybody(NamedTuple):
    """Residents who stand for all people of a place, and what they need in a month."""

    needs: Needs
    stratum: np.ndarray  # int64 [people]
    risk: np.ndarray  # risk score [people]
    cells: np.ndarray  # share of every list by age band and fifth [practices, 35]

    def line(self, practices: np.ndarray, lists: np.ndarray, share: float) -> float:
        """The risk score that a share of the patients of some practices (bool) lies above."""
        mix = lists[practices] @ self.cells[practices]
        in_cell = np.bincount(CELL[self.stratum], minlength=mix.size)
        weight = (mix / np.maximum(in_cell, 1))[CELL[self.stratum]]
        order = np.argsort(-self.risk, kind="stable")
        above = np.cumsum(weight[order])
        return float(self.risk[order][np.searchsorted(above, share * above[-1])])


def everybody(setup: Setup) -> Everybody:
    """Draw the residents: everyone, or as many as `sizes.EXPECTED_OF`."""
    size = min(int(setup.list_sizes.sum()), max(EXPECTED_OF, setup.list_sizes.size))
    drawn = replace(setup, patients=size)
    state = first_state(drawn, LUCK)
    world = first_world(drawn, state)
    settle_people(drawn, state, world, LUCK)
    people = state.people
    return Everybody(
        needs_of(people, world, 0), people["stratum"].astype(np.int64),
        people["risk_score"].copy(), cell_shares(setup),
    )  # fmt: skip
