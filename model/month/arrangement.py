"""The month's arrangement of care: what is offered where, routes through teams, effort."""

import numpy as np

from agents.patients.tables import World
from model.care.attraction import (
    ANY_HOSPITAL,
    NO_CHOICE,
    among_best,
    attraction,
    clinics_outside,
    managed_groups,
)
from model.care.flows import choice_shares, wait_months
from model.care.readmissions import readmission_shares
from model.care.routes import fill_routes
from model.integrated.redesign import prevented, set_stays, support_discharges
from model.month.tables import NO_PATIENT, _set_practice_choice, personal_continuity
from model.practices.access import hours
from model.practices.effort import effort_steps, referral_factor
from model.state.setup import Setup
from model.state.state import State


def arrange(setup: Setup, state: State, world: World, options: int = ANY_HOSPITAL) -> None:
    """Bring the tables up to date with contracts, decisions, waits and links.

    `options`: of how many hospitals patients may choose; with one, their practice chooses.
    """
    state.referrals.choice_options = options
    aware = 0.0 if options == NO_CHOICE else setup.parameters["choice.aware_share"]
    world.rules["aware"] = aware
    waits = wait_months(state)
    world.sites["wait_months"] = np.rint(waits)
    world.sites["emergency"] = state.hospitals.emergency_open
    world.practices["attraction"] = attraction(setup, state, waits)
    _refer(setup, state, world)
    set_stays(setup, state, world)
    _set_quality(setup, state, world)
    state.referrals.shares, state.referrals.complex_shares = choice_shares(setup, state, world)
    _set_lists(setup, state, world)
    _set_effort(setup, state, world)
    world.practices["hub"], world.practices["shifted"] = clinics_outside(setup, state)
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


def _refer(setup: Setup, state: State, world: World) -> None:
    """Where practices refer unless asked: habit, looked at once a year or when it is shut."""
    attraction = world.practices["attraction"]
    site = np.maximum(setup.geography.candidate, 0).astype(np.int64)
    near = np.take_along_axis(setup.geography.practice_near, site, axis=1)
    weight = near[:, :, None] * attraction
    best = np.argmax(weight, axis=1).astype(np.int8)
    habit = np.take_along_axis(
        attraction, state.referrals.default[:, None, :].astype(np.int64), axis=1
    )[:, 0]
    anew = (habit <= 0.0) | (state.month % 12 == 0)
    changed = np.where(anew, best, state.referrals.default)
    if (changed != state.referrals.default).any():
        state.referrals.default[:] = changed
        state.referrals.routes_stale = True
    used = among_best(weight, int(setup.parameters["choice.practice_refers_to"]))
    state.referrals.usual = np.where(anew[:, None, :], used, state.referrals.usual)
    world.practices["default"] = state.referrals.default
    # Without choice a practice sends its patients to the one hospital that holds the block.
    alone = np.arange(weight.shape[1])[None, :, None] == state.referrals.default[:, None, :]
    world.practices["usual"] = (
        alone if state.referrals.choice_options == NO_CHOICE else state.referrals.usual
    )


def _set_quality(setup: Setup, state: State, world: World) -> None:
    """What the quality of a site's trust does to its patients; 1 at average quality."""
    world.sites["readmission"] = readmission_shares(setup, state)
    deaths = 1.0 + setup.parameters["quality.deaths_per_sd"]
    world.sites["fatality"] = deaths ** state.hospitals.site_quality(state.provision)


def _set_lists(setup: Setup, state: State, world: World) -> None:
    """Lists that have closed to new patients or opened again, and hours that have changed."""
    offered = hours(setup.parameters, state.practices.access)
    closed = (world.practices["closed"] != state.practices.closed_lists).any()
    if closed or (world.practices["access"] != offered).any():
        world.practices["closed"], world.practices["access"] = state.practices.closed_lists, offered
        _set_practice_choice(setup, state, world.areas)


def continuity_factor(setup: Setup, world: World) -> np.ndarray:
    """What personal continuity does to preventable crises [practices]."""
    # Against the practices of the start, so that what all of them lose counts, too.
    usual = personal_continuity(setup, setup.list_sizes.astype(np.float64)).mean()
    upc = world.practices["personal"] - usual
    per_point = np.log1p(setup.parameters["handovers.preventable_change_per_upc_step"])
    factor: np.ndarray = np.exp(per_point / setup.parameters["handovers.upc_step"] * upc)
    return factor


def _set_effort(setup: Setup, state: State, world: World) -> None:
    """What practices' effort and rapid response do to referrals and to urgent care."""
    value, access = setup.parameters, state.practices.access
    qof = value["practices.qof_effect_on_preventable"]
    urgent = value["practices.access_effect_on_preventable"]
    attending = value["practices.access_effect_on_attendance"]
    step = effort_steps(value, state.practices.effort)
    world.practices["referral"] = referral_factor(value, state.practices.effort)
    care = (1.0 + qof * step) * (1.0 + urgent * access)
    world.practices["prevention"] = continuity_factor(setup, world) * care
    world.practices["attendance"] = 1.0 + attending * access
    for organisation in state.integrated.organisations:
        members = state.provision.network == organisation.network
        world.practices["prevention"][members] *= prevented(setup.parameters, organisation)


def _set_coordination(setup: Setup, state: State, world: World) -> None:
    """The risk score from which a patient of each practice has a case manager."""
    threshold = np.full(len(world.practices), NO_PATIENT)
    for practices, share in managed_groups(state):
        lists = state.practices.lists.astype(np.float64)
        threshold[practices] = setup.everybody.line(practices, lists, share)
    world.practices["coordination_threshold"] = threshold
