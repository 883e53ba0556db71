"""What tests done twice would cost whoever held the contract of a pathway.

Whoever is new to a pathway has links to learn, and who does the work itself has other teams meet:
more or fewer handovers are lost, and the holder pays for tests that are done again. Expected as
`model.care.expected_care` expects those of a month, but of one commissioner's lists, as if somebody
held the contract.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from agents.patients.patient_tables import World
from model.care.attraction import clinics_outside
from model.care.expected_care import managed_losses, tests_done_twice
from model.care.expected_episodes import Lists, lists_of, losses_of_episodes
from model.care.routes import fill_routes, holder_slot
from model.integrated.redesign import set_stays
from model.payments.list_charges import list_of
from model.payments.money import Prices
from model.practices.effort import referral_factor
from model.state.bodies import Bodies
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import Provision, empty_tables
from model.state.setup import Setup
from model.state.state import State

YEAR = 12


class TestsHeld(NamedTuple):
    """How a body would hold commissioner k's contract for pathway p."""

    k: int
    p: int
    body: int
    delivery: int
    hub: bool  # a single point of access
    link: float  # strength of its links to others, on average over the term


def more_tests(
    setup: Setup, state: State, prices: Prices, world: World, holding: TestsHeld
) -> float:
    """Pounds a year for tests done twice that a holder would pay, beyond last year's.

    Those of its other pathways under contract, whose teams meet the ones of this, are among them.
    `holding`: who would hold which contract, and do what of it.
    """
    here = list_of(state.provision, state.practices, holding.k)
    paid = _paid_for(state.bodies, state.provision, holding)
    year = state.yearbooks.last_year.test_spend[here, :-1]
    tests = tests_of_month(setup, state, world, holding, here)[:, :-1] * prices.diagnostic * YEAR
    return float((tests - year)[:, paid].sum() / PENCE_PER_POUND)


def _paid_for(bodies: Bodies, provision: Provision, holding: TestsHeld) -> np.ndarray:
    """Pathways of the commissioner that the body would hold [13]."""
    prime = provision.prime_slot[holding.k]
    owner = bodies.owner[provision.slot_body[prime]]
    held: np.ndarray = (prime >= 0) & (owner == bodies.owner[holding.body])
    held[holding.p] = True
    return held


def tests_of_month(
    setup: Setup, state: State, world: World, holding: TestsHeld, here: np.ndarray
) -> np.ndarray:
    """Tests of planned care done twice a month if it were held so [lists, 13 and emergencies].

    Those of emergencies, which no holder of a pathway pays for, are left at nought.
    """
    lists = lists_of(setup.geography, state).of(here)
    held_so = _as_if(setup, state, world, holding, here, lists)
    managed = managed_losses(setup, state, world)[here]
    people = state.practices.lists[here, None] * state.residents.structure.strata[here] * managed
    losses = losses_of_episodes(setup.activity, held_so, lists)
    return tests_done_twice(setup.everybody.of_one, losses, people, 0.0 * people, held_so)


def _as_if(
    setup: Setup, state: State, world: World, holding: TestsHeld, here: np.ndarray, lists: Lists
) -> World:
    """The tables of these lists' patients if the pathway were held so."""
    provision = _held(state.provision, holding, here)
    practices, candidates = lists.candidate.shape
    tables = empty_tables(practices, candidates, world.steps.size)
    fill_routes(
        tables, provision, setup.journeys, lists.candidate, lists.default,
        state.bodies.owner, setup.losses,
    )  # fmt: skip
    rows = world.practices[here]
    then = replace(state, provision=provision)
    rows["hub"], rows["shifted"] = clinics_outside(
        setup.parameters, then.provision, then.integrated
    )
    rows["referral"] = referral_factor(setup.parameters, state.practices.effort)[here]
    seen = world._replace(
        practices=rows, sites=world.sites.copy(), routes=tables.route, cross=tables.cross
    )
    set_stays(setup.parameters, setup.activity, state.hospitals, seen)
    return seen


def _held(provision: Provision, holding: TestsHeld, here: np.ndarray) -> Provision:
    """Provision for these lists if the pathway were held so."""
    k, p = holding.k, holding.p
    names = ("practice_body", "practice_commissioner", "network", "clinic_slot", "discharge_loss")
    of_contracts = ("prime_slot", "delivery", "hub", "prime_link")
    seen = replace(
        provision,
        **{name: getattr(provision, name)[here] for name in names},
        **{name: getattr(provision, name).copy() for name in of_contracts},
    )
    seen.prime_slot[k, p] = holder_slot(seen, holding.body, k)
    seen.delivery[k, p], seen.hub[k, p] = holding.delivery, holding.hub
    seen.prime_link[k, p] = holding.link
    return seen
