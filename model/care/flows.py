"""What organisations see: flows of patients at full scale, with noise of that scale, and waits.

Organisations always work at full scale, and see the same however many patients are simulated: what
a list can be expected to need (`model.month.everybody`) and the emergencies that follow from
how care is organised (`model.care.expected_care`). Flows are expected numbers plus keyed noise with
the variance of a count of that size.
"""

from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from agents.numerics.random_streams import STREAM_FLOW, key_of, keyed_normals
from agents.patients.patient_tables import NEED_CONSULTATIONS, NEED_CRISIS, NEED_PLANNED, World
from model.care.choice import emergency_shares, expected_shares
from model.care.expected_programmes import Expected, with_programmes
from model.care.outside import outside_referrals
from model.care.queues import move_queues, wait_months
from model.pathway_names import PATHWAYS
from model.places.geography import Geography
from model.places.place import Place
from model.population.demand import BAND_STARTS, ActivityRates
from model.state.attribution import at_sites, from_outside, join_queue
from model.state.hospitals import Hospitals
from model.state.practices import Practices
from model.state.setup import Setup
from model.state.state import Money, Residents, State, Structure

P = len(PATHWAYS)
PLANNED_FLOW, EMERGENCY_FLOW, OUTSIDE_PLANNED, OUTSIDE_EMERGENCY = 0, 1, 2, 3


class Activity(NamedTuple):
    """Care of one kind that hospitals give in a month, by whose patients get it."""

    lists: np.ndarray  # [practices, candidates, 13], of every list at its candidate sites
    outside: np.ndarray  # [sites, 13], of patients from outside

    def at(self, candidate: np.ndarray) -> np.ndarray:
        """All of it by site [sites, 13]."""
        flow: np.ndarray = at_sites(self.lists, candidate, len(self.outside)) + self.outside
        return flow


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
    spared: np.ndarray  # [practices, candidates, 13], follow-ups that programmes replace

    def asked_for(self, candidate: np.ndarray) -> np.ndarray:
        """Referrals to every line, wherever clinics are held [sites, 13]."""
        outside = self.referred.outside
        flow: np.ndarray = at_sites(self.needed, candidate, len(outside)) + outside
        return flow


def structure_of(setup: Setup) -> Structure:
    """What every list needs, and who is on it, as residents of the place let expect."""
    known = setup.everybody
    return Structure(
        need=known.need.copy(), strata=known.strata.copy(), keys=_flow_keys(setup.place)
    )


def _flow_keys(place: Place) -> np.ndarray:
    codes = place.sites["site"]
    return np.array([key_of(f"{code} {p}") for code in codes for p in PATHWAYS], dtype=np.uint64)


def cell_shares(setup: Setup) -> np.ndarray:
    """Share of every list in each cell of age band and fifth [practices, 35]."""
    density = setup.demography.density.sum(axis=2)
    starts = [*BAND_STARTS, density.shape[1]]
    bands = np.stack([density[:, a:b].sum(axis=1) for a, b in pairwise(starts)], 1)
    share = bands[:, :, None] * setup.demography.quintile_shares[:, None, :]
    shares: np.ndarray = share.reshape(len(density), 35)
    return shares


def full_scale_need(residents: Residents, practices: Practices) -> np.ndarray:
    """Need of every list a month [practices, NEEDS], as its organisations see it."""
    need: np.ndarray = practices.lists[:, None] * residents.structure.need
    return need


def month_flows(
    setup: Setup,
    state: State,
    world: World,
    seed: int,
    emergencies: np.ndarray,
    away: np.ndarray,
    effects: Expected | None,
) -> Flows:
    """All flows of a month; moves queues on.

    `emergencies` [practices] are those to be expected of every list. `away` [practices, 13] is the
    share of referrals without operation that no hospital sees; `effects` are those of programmes.
    """
    need = full_scale_need(state.residents, state.practices)
    planned = need[:, NEED_PLANNED : NEED_PLANNED + P] * world.practices["referral"][:, None]
    consultations = need[:, NEED_CONSULTATIONS] * world.practices["access"]
    replaced = np.zeros_like(planned)
    if effects is not None:
        needs, people = setup.everybody.of_one, people_of_lists(state)
        planned, replaced = with_programmes(needs, effects, people, planned)
        replaced *= setup.activity.follow_up_ratio
        consultations += (people * effects.consultations).sum(axis=1)
    crisis = need[:, NEED_CRISIS : NEED_CRISIS + P]
    share = crisis / np.maximum(crisis.sum(axis=1, keepdims=True), 1e-30)
    urgent = emergencies[:, None] * share
    draw = partial(_activity, setup, state.residents.structure, seed, state.month)
    waits = wait_months(setup.parameters, state.hospitals)
    outside = outside_referrals(setup, state.provision, state.hospitals, waits)
    needed = draw(planned, state.referrals.shares, outside, PLANNED_FLOW)
    at_hospital = 1.0 - (1.0 - setup.activity.operation_share) * away
    referred = Activity(needed.lists * at_hospital[:, None, :], needed.outside)
    admitted = draw(
        urgent,
        emergency_shares_of(setup.geography, state.hospitals, state.practices),
        state.hospitals.outside_emergency,
        EMERGENCY_FLOW,
    )
    # Patients seen elsewhere first still come to hospital for their operation.
    operated = _operate(setup, state.hospitals, state.money, needed)
    candidate = setup.geography.candidate
    planned_at, urgent_at, done = (a.at(candidate) for a in (referred, admitted, operated))
    spared = referred.lists * replaced[:, None, :]
    return Flows(
        planned, urgent, consultations, needed.lists, referred, operated, admitted,
        planned_at, urgent_at, done, spared,
    )  # fmt: skip


def people_of_lists(state: State) -> np.ndarray:
    """People of every list by stratum, at full scale [practices, STRATA]."""
    people: np.ndarray = state.practices.lists[:, None] * state.residents.structure.strata
    return people


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


def _operate(setup: Setup, hospitals: Hospitals, money: Money, needed: Activity) -> Activity:
    """Those who need an operation join the queues; the operations done, by whose they are."""
    candidate, share = setup.geography.candidate, setup.activity.operation_share
    arrived = needed.at(candidate)
    waiting = money.attribution.waiting
    join_queue(waiting, candidate, hospitals.lines.backlog, needed.lists * share, arrived * share)
    done = move_queues(setup.parameters, setup.activity, hospitals, arrived)
    lists = np.where(candidate[:, :, None] >= 0, waiting * done[candidate], 0.0)
    return Activity(lists, done * from_outside(waiting, candidate, len(done)))


def pair_weight(practices: Practices) -> np.ndarray:
    """Share of a list that lives in an area, for every pair of practice and area [pairs]."""
    total = np.bincount(practices.pair_practice, practices.pair_patients)
    weight: np.ndarray = practices.pair_patients / total[practices.pair_practice]
    return weight


def emergency_shares_of(
    geography: Geography, hospitals: Hospitals, practices: Practices
) -> np.ndarray:
    """Share of emergencies by candidate, the same for every pathway [practices, candidates, 13]."""
    shares = emergency_shares(
        practices.pair_practice, geography.pair_area, pair_weight(practices),
        geography.distance_km, geography.candidate, hospitals.emergency_open,
    )  # fmt: skip
    return np.repeat(shares[:, :, None], P, axis=2)


def choice_shares(
    geography: Geography,
    activity: ActivityRates,
    hospitals: Hospitals,
    practices: Practices,
    world: World,
) -> tuple[np.ndarray, np.ndarray]:
    """Expected share of referrals by candidate and pathway: of all patients, of complex ones."""
    attraction, refuse = world.practices["attraction"], hospitals.lines.only_simple
    simple = _shares(geography, practices, world, attraction)
    if not refuse.any():
        return simple, simple
    taken = ~refuse[np.maximum(geography.candidate, 0)]
    demanding = _shares(geography, practices, world, attraction * taken)
    share = activity.complex_share
    return (1.0 - share) * simple + share * demanding, demanding


def _shares(
    geography: Geography, practices: Practices, world: World, attraction: np.ndarray
) -> np.ndarray:
    return expected_shares(
        practices.pair_practice, geography.pair_area, pair_weight(practices),
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
