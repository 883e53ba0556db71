"""Lists follow the patients who change practice without moving house, as many as are expected.

In the monthly rule a patient turns to another practice within reach at a small rate, and whoever
takes a home that is left registers where its first owner did, unless that list is closed. Lists do
the same in expectation, without the noise of a sample, so that practices are paid for the patients
they have.
"""

import numpy as np

from model.parameters import Parameters
from model.places.geography import Geography
from model.practices.access import attraction_of_access
from model.state.practices import Practices
from model.state.setup import Setup
from model.state.state import State


def lists_follow_moves(setup: Setup, state: State) -> None:
    """A year of expected moves: patients by pair of practice and area, lists, capitation."""
    gain = expected_moves(setup, state)
    state.practices.pair_patients = state.practices.pair_patients + gain
    before = state.practices.lists
    by_practice = np.bincount(state.practices.pair_practice, gain, minlength=before.size)
    state.practices.lists = whole_lists(before + by_practice)
    grown = np.divide(state.practices.lists, before, out=np.ones(before.size), where=before > 0)
    for organisation in state.integrated.organisations:
        organisation.capitation_pence *= grown[:, None]
    sites = len(setup.place.sites)
    state.money.attribution.follow_lists(setup.geography.candidate, grown, sites)
    state.practices.lists_moved = True


def expected_moves(setup: Setup, state: State) -> np.ndarray:
    """Patients whom a year brings to every pair of practice and area [pairs]; they sum to nought.

    A move is to a practice that has patients in the area already.
    """
    area, areas = setup.geography.pair_area, len(setup.place.areas)
    here, first = state.practices.pair_patients, first_patients(setup.geography, setup.list_sizes)
    share = shares_of_pairs(setup.parameters, setup.geography, state)
    people = np.bincount(area, here, minlength=areas)
    sure = np.bincount(area, share, minlength=areas)
    leaving = turnover_of_practices(setup)[setup.geography.pair_practice]
    back = np.bincount(area, leaving * first, minlength=areas)
    back = back / np.maximum(np.bincount(area, first, minlength=areas), 1e-30)
    rate = setup.parameters["choice.voluntary_switch_per_year"]
    choosing = rate * (people[area] * share - sure[area] * here)
    turned_away = _turned_away(setup, state.practices, back[area] * first, sure[area])
    elsewhere = np.bincount(area, turned_away, minlength=areas)[area]
    registering = elsewhere * share / np.maximum(sure[area], 1e-30)
    moves: np.ndarray = choosing + back[area] * (first - here) - turned_away + registering
    return moves


def _turned_away(
    setup: Setup, practices: Practices, arriving: np.ndarray, others: np.ndarray
) -> np.ndarray:
    """Newcomers whom closed lists do not take, where others do [pairs]; newborns they do take."""
    older = 1.0 - newborn_share(setup)[setup.geography.pair_practice]
    refused = practices.closed_lists[practices.pair_practice] & (others > 0.0)
    return np.where(refused, older * arriving, 0.0)


def first_patients(geography: Geography, list_sizes: np.ndarray) -> np.ndarray:
    """Patients of every pair of practice and area at the start [pairs]."""
    patients: np.ndarray = geography.pair_weight * list_sizes[geography.pair_practice]
    return patients


def shares_of_pairs(value: Parameters, geography: Geography, state: State) -> np.ndarray:
    """Share of an area's movers who would choose the practice that now has each pair [pairs].

    Pairs that have come to the same practice and area divide it equally.
    """
    practices, area = state.practices.lists.size, geography.pair_area.astype(np.int64)
    options, share = practice_options(value, geography, state.practices)
    offered = (np.arange(len(options))[:, None] * practices + options).ravel()[share.ravel() > 0.0]
    order = np.argsort(offered)
    pair = area * practices + state.practices.pair_practice
    _, same, count = np.unique(pair, return_inverse=True, return_counts=True)
    at = np.minimum(np.searchsorted(offered[order], pair), max(offered.size - 1, 0))
    found = offered[order][at] == pair
    return np.where(found, share[share > 0.0][order][at] / count[same], 0.0)


def turnover_of_practices(setup: Setup) -> np.ndarray:
    """Share of a list that dies or moves house in a year [practices]."""
    demography = setup.demography
    leaving = demography.turnover.move_annual + setup.health.mortality.transpose(2, 0, 1)
    turnover: np.ndarray = np.einsum(
        "gas,gf,gfas->g", demography.density, demography.quintile_shares, leaving
    )
    return turnover


def newborn_share(setup: Setup) -> np.ndarray:
    """Share of those who come to a list who are newborn [practices]."""
    demography = setup.demography
    born = demography.turnover.entry_cumulative[:, :, 1]  # the first two cells are births by sex
    share: np.ndarray = np.einsum("gf,gf->g", demography.quintile_shares, born)
    return share


def whole_lists(lists: np.ndarray) -> np.ndarray:
    """Whole patients with the same sum, which is whole: the largest remainders are rounded up."""
    down = np.floor(lists + 1e-9).astype(np.int64)
    missing = round(float(lists.sum())) - int(down.sum())
    up = np.argsort(down - lists, kind="stable")[:missing]
    down[up] += 1
    return down


def practice_options(
    value: Parameters, geography: Geography, practices: Practices, without: int = -1
) -> tuple[np.ndarray, np.ndarray]:
    """Practices that people of an area may turn to, and the share of each [areas, options].

    Practices that are gone, and `without`, have no share; so do all if no other is in reach. Closed
    lists have none either, unless all in reach are closed: then patients are assigned to them.
    """
    options, cumulative = geography.choice_practices, geography.choice_weight
    share = np.diff(cumulative, axis=1, prepend=0.0)
    row = np.maximum(options, 0)
    there = (options >= 0) & (practices.lists[row] > 0) & (row != without)
    takes = there & ~practices.closed_lists[row]
    share = np.where(np.where(takes.any(axis=1, keepdims=True), takes, there), share, 0.0)
    share = share * attraction_of_access(value, practices.access)[row]
    return options, share / np.maximum(share.sum(axis=1, keepdims=True), 1e-30)
