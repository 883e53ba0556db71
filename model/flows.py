"""What organisations see: flows of patients at full scale, with noise of that scale, and waits.

Organisations always work at full scale. When only a sample of patients is simulated, the need of
a list is a mixture of its sampled patients and of what its structure lets expect; the weights make
its variance that of the whole list (a share f is sampled: root f of one, the rest of the other).
Flows are expected numbers plus keyed noise with the variance of a count of that size.
"""

from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from agents.chance import STREAM_FLOW, key_of, keyed_normals
from agents.patient_tables import (
    HAZARD,
    HAZARD_BASE,
    NEED_CONSULTATIONS,
    NEED_CRISIS,
    NEED_PLANNED,
    UNIT,
    World,
)
from model.attribution import at_sites, from_outside, join_queue
from model.choice import emergency_shares, expected_shares
from model.demand import BAND_STARTS
from model.pathways import PATHWAYS
from model.setup import Setup
from model.state import State, Structure

P = len(PATHWAYS)
PLANNED_FLOW, EMERGENCY_FLOW, OUTSIDE_PLANNED, OUTSIDE_EMERGENCY = 0, 1, 2, 3


class Activity(NamedTuple):
    """Care of one kind that hospitals give in a month, by whose patients get it."""

    lists: np.ndarray  # [practices, candidates, 13], of every list at its candidate sites
    outside: np.ndarray  # [sites, 13], of patients from outside

    def at(self, candidate: np.ndarray) -> np.ndarray:
        """All of it by site [sites, 13]."""
        return at_sites(self.lists, candidate, len(self.outside)) + self.outside


class Flows(NamedTuple):
    """A month's full-scale flows."""

    planned: np.ndarray  # [practices, 13], first outpatients needed
    emergencies: np.ndarray  # [practices, 13]
    consultations: np.ndarray  # [practices]
    needed: np.ndarray  # [practices, candidates, 13], referrals wherever clinics are held
    referred: Activity  # referrals that hospitals see
    operated: Activity
    admitted: Activity
    seen_planned: np.ndarray  # [sites, 13], referrals that hospitals see
    seen_emergency: np.ndarray  # [sites, 13]
    operations: np.ndarray  # [sites, 13], done

    def asked_for(self, candidate: np.ndarray) -> np.ndarray:
        """Referrals to every line, wherever clinics are held [sites, 13]."""
        outside = self.referred.outside
        return at_sites(self.needed, candidate, len(outside)) + outside


def structure_of(setup: Setup, state: State) -> Structure:
    """Relative need of every list from its structure, on cells of age band and fifth."""
    people, practices = state.people, len(setup.place.practices)
    size = np.bincount(people["home_practice"], minlength=practices)
    cell_need, cell_hazard, share = _cells(setup, state)
    need = share @ cell_need
    hazard = share @ cell_hazard
    lists = setup.list_sizes
    mean = (lists[:, None] * need).sum(axis=0) / lists.sum()
    return Structure(
        need=need / np.maximum(mean, 1e-30),
        hazard=hazard / ((lists * hazard).sum() / lists.sum()),
        sampled=np.sqrt(np.minimum(size / lists, 1.0)),
        weight=lists / size,
        keys=_flow_keys(setup),
    )


def _flow_keys(setup: Setup) -> np.ndarray:
    codes = setup.place.sites["site"]
    return np.array([key_of(f"{code} {p}") for code in codes for p in PATHWAYS], dtype=np.uint64)


def _cells(setup: Setup, state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean need and hazard by cell [35], and every practice's shares of cells [practices, 35]."""
    people, activity = state.people, setup.activity
    band = people["stratum"].astype(np.int64) // 25
    cell = band * 5 + people["fifth"].astype(np.int64) - 1
    size = np.maximum(np.bincount(cell, minlength=35), 1)
    hazard = (
        np.bincount(cell, weights=activity.emergency_rate[people["stratum"]], minlength=35) / size
    )
    need = np.zeros((35, state.need.shape[1]))
    need[:, NEED_CONSULTATIONS] = (
        np.bincount(cell, weights=people["consult_rate"], minlength=35) / size
    )
    masks = ((people["conditions"][:, None] >> np.arange(13, dtype=np.uint16)) & 1).astype(
        np.float64
    )
    prevalence = np.stack([np.bincount(cell, weights=m, minlength=35) / size for m in masks.T], 1)
    for first, by_condition, rest in (
        (NEED_PLANNED, activity.planned_need, activity.planned_rest),
        (NEED_CRISIS, activity.crisis_need, activity.crisis_rest),
    ):
        need[:, first : first + P] = prevalence @ by_condition + np.repeat(rest, 5, axis=0)
    return need, hazard, cell_shares(setup)


def cell_shares(setup: Setup) -> np.ndarray:
    """Share of every list in each cell of age band and fifth [practices, 35]."""
    density = setup.demography.density.sum(axis=2)
    starts = [*BAND_STARTS, density.shape[1]]
    bands = np.stack([density[:, a:b].sum(axis=1) for a, b in pairwise(starts)], 1)
    share = bands[:, :, None] * setup.demography.fifth_shares[:, None, :]
    return share.reshape(len(density), 35)


def full_scale_need(setup: Setup, state: State, structure: Structure) -> np.ndarray:
    """Need of every list a month [practices, NEEDS], as its organisations see it."""
    lists = state.lists[:, None].astype(np.float64)
    own = state.need / UNIT * structure.weight[:, None]
    mean = own.sum(axis=0) / lists.sum()
    expected = lists * structure.need * mean
    f = structure.sampled[:, None]
    return f * own + (1.0 - f) * expected


def full_scale_emergencies(
    setup: Setup, state: State, structure: Structure, group: np.ndarray
) -> np.ndarray:
    """Expected emergencies of every list a month [practices].

    `group` [practices] puts together practices whose patients' care is organised alike: what care
    does to the hazard is seen on the practice's own patients and on those of its group.
    """
    lists = state.lists.astype(np.float64)
    base, now = (state.hazard[:, k] / UNIT * structure.weight for k in (HAZARD_BASE, HAZARD))
    f = structure.sampled
    expected = lists * structure.hazard * base.sum() / lists.sum()
    need = f * base + (1.0 - f) * expected
    rows = np.unique(group, return_inverse=True)[1]
    effect = np.bincount(rows, weights=now) / np.maximum(np.bincount(rows, weights=base), 1e-30)
    own = now / np.maximum(base, 1e-30)
    return need * (f * own + (1.0 - f) * effect[rows])


def month_flows(
    setup: Setup,
    state: State,
    structure: Structure,
    world: World,
    seed: int,
    group: np.ndarray,
    away: np.ndarray,
) -> Flows:
    """All flows of a month; moves queues on.

    `away` [practices, 13] is the share of referrals without operation that no hospital sees.
    """
    need = full_scale_need(setup, state, structure)
    planned = need[:, NEED_PLANNED : NEED_PLANNED + P] * world.practices["referral"][:, None]
    crisis = need[:, NEED_CRISIS : NEED_CRISIS + P]
    total = full_scale_emergencies(setup, state, structure, group)
    emergencies = total[:, None] * crisis / np.maximum(crisis.sum(axis=1, keepdims=True), 1e-30)
    draw = partial(_activity, setup, structure, seed, state.month)
    outside = outside_referrals(setup, state) * state.lines.open
    needed = draw(planned, state.shares, outside, PLANNED_FLOW)
    at_hospital = 1.0 - (1.0 - setup.activity.operation_share) * away
    referred = Activity(needed.lists * at_hospital[:, None, :], needed.outside)
    admitted = draw(
        emergencies, emergency_shares_of(setup, state), state.outside_emergency, EMERGENCY_FLOW
    )
    # Patients seen elsewhere first still come to hospital for their operation.
    operated = _operate(setup, state, needed)
    candidate = setup.geography.candidate
    seen = [activity.at(candidate) for activity in (referred, admitted, operated)]
    consultations = need[:, NEED_CONSULTATIONS] * world.practices["access"]
    return Flows(
        planned, emergencies, consultations, needed.lists, referred, operated, admitted, *seen
    )


def outside_referrals(setup: Setup, state: State) -> np.ndarray:
    """Patients from outside a month, less those whom lines refuse, open or shut [sites, 13]."""
    refused = setup.activity.complex_share * state.lines.only_simple
    return state.outside_planned * (1.0 - refused)


def _activity(
    setup: Setup,
    structure: Structure,
    seed: int,
    month: int,
    flow: np.ndarray,
    shares: np.ndarray,
    outside: np.ndarray,
    kind: int,
) -> Activity:
    """Patients of a month by list and site, with the noise of counts.

    The lists that send patients to a line share its luck of the month. Patients from outside have
    luck of their own, and so have nothing to do with what happens to those of the place.
    """
    candidate, sites = setup.geography.candidate, len(setup.place.sites)
    lists = np.where(candidate[:, :, None] >= 0, flow[:, None, :] * shares, 0.0)
    expected = at_sites(lists, candidate, sites)
    seen = _seen(expected, structure, seed, month, kind)
    luck = np.divide(seen, expected, out=np.ones_like(seen), where=expected > 0.0)
    lists *= luck[candidate]
    return Activity(lists, _seen(outside, structure, seed, month, OUTSIDE[kind]))


OUTSIDE = {PLANNED_FLOW: OUTSIDE_PLANNED, EMERGENCY_FLOW: OUTSIDE_EMERGENCY}


def _operate(setup: Setup, state: State, needed: Activity) -> Activity:
    """Those who need an operation join the queues; the operations done, by whose they are."""
    candidate, share = setup.geography.candidate, setup.activity.operation_share
    arrived = needed.at(candidate)
    waiting = state.attribution.waiting
    join_queue(waiting, candidate, state.lines.backlog, needed.lists * share, arrived * share)
    done = move_queues(setup, state, arrived)
    lists = np.where(candidate[:, :, None] >= 0, waiting * done[candidate], 0.0)
    return Activity(lists, done * from_outside(waiting, candidate, len(done)))


def pair_weight(state: State) -> np.ndarray:
    """Share of a list that lives in an area, for every pair of practice and area [pairs]."""
    total = np.bincount(state.pair_practice, state.pair_patients)
    return state.pair_patients / total[state.pair_practice]


def emergency_shares_of(setup: Setup, state: State) -> np.ndarray:
    """Share of emergencies by candidate, the same for every pathway [practices, candidates, 13]."""
    geography = setup.geography
    shares = emergency_shares(
        state.pair_practice, geography.pair_area, pair_weight(state),
        geography.distance_km, geography.candidate, state.emergency_open,
    )  # fmt: skip
    return np.repeat(shares[:, :, None], P, axis=2)


def choice_shares(setup: Setup, state: State, world: World) -> tuple[np.ndarray, np.ndarray]:
    """Expected share of referrals by candidate and pathway: of all patients, of complex ones."""
    attraction, refuse = world.practices["attraction"], state.lines.only_simple
    simple = _shares(setup, state, world, attraction)
    if not refuse.any():
        return simple, simple
    taken = ~refuse[np.maximum(setup.geography.candidate, 0)]
    demanding = _shares(setup, state, world, attraction * taken)
    share = setup.activity.complex_share
    return (1.0 - share) * simple + share * demanding, demanding


def _shares(setup: Setup, state: State, world: World, attraction: np.ndarray) -> np.ndarray:
    geography = setup.geography
    return expected_shares(
        state.pair_practice, geography.pair_area, pair_weight(state),
        geography.near, geography.candidate, attraction,
        world.practices["usual"], world.practices["default"], float(world.rules["aware"][0]),
    )  # fmt: skip


def _seen(
    expected: np.ndarray, structure: Structure, seed: int, month: int, kind: int
) -> np.ndarray:
    """A whole number around each expectation, with the mean and variance of a count.

    The square root of a count is nearly normal with variance 1/4 (Anscombe 1948, Biometrika).
    """
    luck = keyed_normals(np.uint64(seed), STREAM_FLOW, structure.keys, month, kind)
    noisy = (np.sqrt(expected) + 0.5 * luck.reshape(expected.shape)) ** 2 - 0.25
    return np.where(expected > 0.0, np.maximum(np.rint(noisy), 0.0), 0.0)


def move_queues(setup: Setup, state: State, seen: np.ndarray) -> np.ndarray:
    """Referrals join the list of their line, capacity takes from it; returns operations done.

    Within limits a line works more when its wait is long (extra lists) and less when it is short.
    """
    lines = state.lines
    possible = operated(setup, lines.backlog, lines.capacity)
    lines.backlog += seen * setup.activity.operation_share
    done = np.minimum(lines.backlog, possible)
    lines.backlog -= done
    return done


def operated(setup: Setup, backlog: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Operations a month that lines are ready to do for such lists and capacities [sites, 13]."""
    low, high = setup.parameters["minds.least_use"], setup.parameters["minds.most_use"]
    wait = months_of_list(backlog, capacity)
    return capacity * np.clip(wait / setup.parameters["minds.wait_target_months"], low, high)


def wait_months(state: State) -> np.ndarray:
    """Months from referral to operation on every line [sites, 13]: the list over the capacity."""
    return months_of_list(state.lines.backlog, state.lines.capacity)


def months_of_list(backlog: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Months of work on a list, at most two years."""
    wait = np.where(capacity > 0, backlog / np.maximum(capacity, 1e-9), 0.0)
    return np.minimum(wait, 24.0)
