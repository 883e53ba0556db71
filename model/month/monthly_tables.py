"""The month's arrangement of care: what is offered where, routes through teams, effort."""

import numpy as np

from agents.patients.patient_tables import World
from model.care.attraction import (
    ANY_HOSPITAL,
    NO_CHOICE,
    among_best,
    attraction,
    clinics_outside,
    managed_groups,
)
from model.care.expected_episodes import readmission_shares
from model.care.flows import choice_shares
from model.care.queues import wait_months
from model.care.routes import fill_routes
from model.integrated.redesign import prevented, set_stays, support_discharges
from model.month.tables import NO_PATIENT, _set_practice_choice, personal_continuity
from model.parameters import Parameters
from model.places.geography import Geography
from model.practices.access import hours
from model.practices.effort import effort_steps, referral_factor
from model.state.hospitals import Hospitals
from model.state.practices import Practices
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import Referrals, State


def set_monthly_tables(
    setup: Setup, state: State, world: World, options: int = ANY_HOSPITAL
) -> None:
    """Bring the tables up to date with contracts, decisions, waits and links.

    `options`: of how many hospitals patients may choose; with one, their practice chooses.
    """
    state.referrals.choice_options = options
    aware = 0.0 if options == NO_CHOICE else setup.parameters["choice.aware_share"]
    world.rules["aware"] = aware
    waits = wait_months(setup.parameters, state.hospitals)
    world.sites["wait_months"] = waits
    world.sites["emergency"] = state.hospitals.emergency_open
    world.practices["attraction"] = attraction(setup, state, waits)
    _refer(setup.parameters, setup.geography, state.month, state.referrals, world)
    set_stays(setup.parameters, setup.activity, state.hospitals, world)
    _set_quality(setup.parameters, state.provision, state.hospitals, world)
    state.referrals.shares, state.referrals.complex_shares = choice_shares(
        setup.geography, setup.activity, state.hospitals, state.practices, world
    )
    _set_lists(setup.parameters, setup.geography, state.practices, world)
    _set_effort(setup.parameters, setup.list_sizes, state, world)
    world.practices["hub"], world.practices["shifted"] = clinics_outside(
        setup.parameters, state.provision, state.integrated
    )
    _set_coordination(setup, state, world)
    support_discharges(setup.parameters, state)
    if state.referrals.routes_stale:
        fill_routes(
            state.referrals.routes,
            state.provision,
            setup.journeys,
            setup.geography.candidate,
            state.referrals.default,
            state.bodies.owner,
            setup.losses,
        )
        state.referrals.routes_stale = False


def _refer(
    value: Parameters, geography: Geography, month: int, referrals: Referrals, world: World
) -> None:
    """Where practices refer unless asked: habit, looked at once a year or when it is shut."""
    attraction = world.practices["attraction"]
    site = np.maximum(geography.candidate, 0).astype(np.int64)
    near = np.take_along_axis(geography.practice_near, site, axis=1)
    weight = near[:, :, None] * attraction
    best = np.argmax(weight, axis=1).astype(np.int8)
    habit = np.take_along_axis(attraction, referrals.default[:, None, :].astype(np.int64), axis=1)[
        :, 0
    ]
    anew = (habit <= 0.0) | (month % 12 == 0)
    changed = np.where(anew, best, referrals.default)
    if (changed != referrals.default).any():
        referrals.default[:] = changed
        referrals.routes_stale = True
    used = among_best(weight, int(value["choice.practice_refers_to"]))
    referrals.usual = np.where(anew[:, None, :], used, referrals.usual)
    world.practices["default"] = referrals.default
    # Without choice a practice sends its patients to the one hospital that holds the block.
    alone = np.arange(weight.shape[1])[None, :, None] == referrals.default[:, None, :]
    world.practices["usual"] = alone if referrals.choice_options == NO_CHOICE else referrals.usual


def _set_quality(
    value: Parameters, provision: Provision, hospitals: Hospitals, world: World
) -> None:
    """What the quality of a site's trust does to its patients; 1 at average quality."""
    world.sites["readmission"] = readmission_shares(value, provision, hospitals)
    deaths = 1.0 + value["quality.deaths_per_sd"]
    world.sites["fatality"] = deaths ** hospitals.site_quality(provision)


def _set_lists(value: Parameters, geography: Geography, practices: Practices, world: World) -> None:
    """Lists that have closed to new patients or opened again, and hours that have changed."""
    offered = hours(value, practices.access)
    closed = (world.practices["closed"] != practices.closed_lists).any()
    if closed or (world.practices["access"] != offered).any():
        world.practices["closed"], world.practices["access"] = practices.closed_lists, offered
        _set_practice_choice(value, geography, practices, world.areas)


def continuity_factor(value: Parameters, list_sizes: np.ndarray, world: World) -> np.ndarray:
    """What personal continuity does to preventable crises [practices].

    `list_sizes`: of the start [practices].
    """
    # Against the practices of the start, so that what all of them lose counts, too.
    usual = personal_continuity(value, list_sizes.astype(np.float64)).mean()
    upc = world.practices["personal"] - usual
    per_point = np.log1p(value["handovers.preventable_change_per_upc_step"])
    factor: np.ndarray = np.exp(per_point / value["handovers.upc_step"] * upc)
    return factor


def _set_effort(value: Parameters, list_sizes: np.ndarray, state: State, world: World) -> None:
    """What practices' effort and rapid response do to referrals and to urgent care."""
    access = state.practices.access
    qof = value["practices.qof_effect_on_preventable"]
    urgent = value["practices.access_effect_on_preventable"]
    attending = value["practices.access_effect_on_attendance"]
    step = effort_steps(value, state.practices.effort)
    world.practices["referral"] = referral_factor(value, state.practices.effort)
    care = (1.0 + qof * step) * (1.0 + urgent * access)
    world.practices["prevention"] = continuity_factor(value, list_sizes, world) * care
    world.practices["attendance"] = 1.0 + attending * access
    for organisation in state.integrated.organisations:
        members = state.provision.network == organisation.network
        world.practices["prevention"][members] *= prevented(value, organisation)


def _set_coordination(setup: Setup, state: State, world: World) -> None:
    """The risk score from which a patient of each practice has a case manager."""
    threshold = np.full(len(world.practices), NO_PATIENT)
    for practices, share in managed_groups(setup.parameters, state):
        lists = state.practices.lists.astype(np.float64)
        threshold[practices] = setup.everybody.line(practices, lists, share)
    world.practices["coordination_threshold"] = threshold
