"""What the people of a place need: the same people whatever number of patients is simulated.

Whoever is simulated is a sample, and a small one has by chance more or fewer of those who need much
or whose care a policy changes: enough to carry an area over the line between two regimes, or a
payer into deficit. So what is expected of a list or an area rests on residents of their own, drawn
once for the place from its ages, deprivation and registers, and on nobody who is simulated.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from agents.patients.needs import Needs, leaving_of, needs_of
from agents.patients.patient_tables import (
    CONDITIONS,
    NEED_CONSULTATIONS,
    NEED_CRISIS,
    NEED_PLANNED,
    NEEDS,
    PATHWAYS,
    STRATA,
)
from model.care.flows import cell_shares
from model.month.initial_state import first_state, settle_people
from model.month.tables import first_world
from model.population.demand import ActivityRates
from model.sizes import EXPECTED_OF
from model.state.resident_needs import CELL, Everybody
from model.state.setup import Setup

LUCK = 0  # of these people, the same in every run


def everybody(setup: Setup) -> Everybody:
    """Draw the residents: everyone, or as many as `sizes.EXPECTED_OF`."""
    size = min(int(setup.list_sizes.sum()), max(EXPECTED_OF, setup.list_sizes.size))
    drawn = replace(setup, patients=size)
    state = first_state(drawn, LUCK)
    world = first_world(drawn, state)
    settle_people(state.residents, world, LUCK)
    people, cells = state.residents.people, cell_shares(setup)
    order = np.argsort(-people["risk_score"], kind="stable")
    stratum, home = people["stratum"].astype(np.int64), people["home_practice"]
    stratum, home = people["stratum"].astype(np.int64), people["home_practice"].astype(np.int64)
    own = np.bincount(home, minlength=len(cells)) / np.maximum(setup.list_sizes, 1)
    ways = partial(_means, _need_of(people, setup.activity)), partial(_by_stratum, stratum)
    need, strata = (_of_lists(way, home, CELL[stratum], cells, np.sqrt(own)) for way in ways)
    needs = needs_of(people, world, 0)
    return Everybody(
        needs, _of_one(needs), stratum[order], people["risk_score"][order], cells, need, strata,
        people["born"][order], people["conditions"][order], leaving_of(people, world, 0)[order],
    )  # fmt: skip


def _of_one(needs: Needs) -> Needs:
    """The mean need of one person by stratum, as if there were one group of people."""
    whole = [part.sum(axis=0, keepdims=True) for part in needs]
    size = np.maximum(whole[0], 1.0)
    return Needs(*(part / size.reshape(size.shape + (1,) * (part.ndim - 2)) for part in whole))


def _of_lists(
    means: Callable[[np.ndarray, int], np.ndarray],
    home: np.ndarray, cell: np.ndarray, cells: np.ndarray, weight: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Means of every list: of its own residents, and what its ages and deprivation let expect."""
    weight = np.minimum(weight, 1.0)[:, None]
    own, expected = means(home, len(cells)), cells @ means(cell, cells.shape[1])
    needs: np.ndarray = weight * own + (1.0 - weight) * expected
    return needs


def _means(figure: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Means of figures [people, k] by group [groups, k]; nought where nobody is."""
    size = np.maximum(np.bincount(group, minlength=groups), 1)
    sums = [np.bincount(group, weights=column, minlength=groups) for column in figure.T]
    return np.stack(sums, axis=1) / size[:, None]


def _by_stratum(stratum: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Share of each group by stratum [groups, STRATA]."""
    cells = np.bincount(group * STRATA + stratum, minlength=groups * STRATA)
    found = cells.reshape(groups, STRATA)
    return found / np.maximum(found.sum(axis=1, keepdims=True), 1)


def _need_of(people: np.ndarray, activity: ActivityRates) -> np.ndarray:
    """What each person needs in a month [people, NEEDS]."""
    band = people["stratum"].astype(np.int64) // 25
    has = (people["conditions"][:, None] >> np.arange(CONDITIONS, dtype=np.uint16)) & 1
    need = np.zeros((people.size, NEEDS))
    need[:, NEED_CONSULTATIONS] = people["consult_rate"]
    for first, by_condition, rest in (
        (NEED_PLANNED, activity.planned_need, activity.planned_rest),
        (NEED_CRISIS, activity.crisis_need, activity.crisis_rest),
    ):
        each = np.einsum("ic,cp->ip", has.astype(np.float64), by_condition)
        need[:, first : first + PATHWAYS] = each + rest[band]
    return need
