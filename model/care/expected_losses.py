"""How many handovers people with several conditions can expect to lose, as care is organised now.

The chances of the rule of a patient, added up (`model.care.expected_episodes`). Needs are means
over residents of the place of one age band, number of conditions and fifth, who are the same
however many patients are simulated (`model.month.everybody`); how many such people a practice
has follows from its ages and deprivation at full scale. Nothing enters of the patients simulated.
What is left of chance is told by leaving out one tenth of the residents after another
(delete-a-group jackknife: Kott, Journal of Official Statistics 2001).
"""

import numpy as np

from agents.patients.needs import GROUPS_OF_PEOPLE
from agents.patients.patient_tables import World
from model.care.expected_care import expected_care, managed_losses
from model.care.expected_episodes import (
    CONDITIONS_OF,
    lists_of,
    losses_of_episodes,
    lost_by_stratum,
)
from model.places.geography import Geography
from model.places.place import Place
from model.state.practices import Practices
from model.state.resident_needs import CELL
from model.state.setup import Setup
from model.state.state import State

MONTHS_OF_100_YEARS = 1200.0
MULTIMORBID = CONDITIONS_OF >= 2


def expected_losses(setup: Setup, state: State, world: World) -> np.ndarray:
    """Lost handovers per 100 person-years of those with two or more conditions, by area.

    [areas, 1 + groups]: of everybody, and without each group of people in turn.
    """
    known, rates = setup.everybody, []
    episodes = losses_of_episodes(setup.activity, world, lists_of(setup.geography, state))
    found = lost_by_stratum(known.needs, episodes, world)
    planned = found.referrals + found.yearly + found.death
    managed = managed_losses(setup, state, world)
    crises = expected_care(setup, state, world).crises
    for left_out in range(-1, GROUPS_OF_PEOPLE):
        people = _without(known.needs.people, left_out)
        many, size = _many_of_practices(people, known.cells), np.maximum(people, 1.0)
        each = crises + _without(found.readmissions, left_out) / size
        lost = _without(found.crisis, left_out) * each + _without(planned, left_out)
        lost = lost * many * managed / size
        rates.append(
            _by_area(
                setup.place, setup.geography, state.practices, lost.sum(axis=1), many.sum(axis=1)
            )
        )
    return np.stack(rates, axis=1)


def _without(sums: np.ndarray, left_out: int) -> np.ndarray:
    """Sums over all groups of people (first axis) but one; -1 leaves out none."""
    whole = sums.sum(axis=0)
    return whole if left_out < 0 else whole - sums[left_out]


def _many_of_practices(people: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Share of each list that is of a stratum with two or more conditions [practices, STRATA]."""
    in_cell = np.bincount(CELL, weights=people, minlength=cells.shape[1])
    many: np.ndarray = cells[:, CELL] * MULTIMORBID * people / np.maximum(in_cell[CELL], 1.0)
    return many


def _by_area(
    place: Place, geography: Geography, practices: Practices, lost: np.ndarray, many: np.ndarray
) -> np.ndarray:
    """The rate of each area from those of the practices that look after its people [areas]."""
    areas, practice = len(place.areas), practices.pair_practice
    area, patients = geography.pair_area, practices.pair_patients
    above = np.bincount(area, weights=patients * lost[practice], minlength=areas)
    below = np.bincount(area, weights=patients * many[practice], minlength=areas)
    return MONTHS_OF_100_YEARS * above / np.where(below > 0.0, below, np.nan)
