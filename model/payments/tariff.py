"""Prices of hospital care from year to year: who sets them, and whom a change of prices reaches.

Money is in pounds of the place's year: what counts is how prices move against what trusts pay for
staff and supplies. Where nobody sets prices they and costs stay as they are.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.organisations.regulator import TARIFF, TariffObservation
from model.deciding import objects
from model.deciding.boards import hospital_agents
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.payments.hospital_payment import HospitalPayment
from model.payments.in_force import InForce
from model.payments.list_charges import list_of, pathway_spend, planned_charges
from model.payments.market_forces import OfLists, of_lists, paid_factor
from model.payments.solvency import trust_costs, trust_income
from model.places.place import Place
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.state import EMERGENCIES, State, Yearbooks

SET_BY = "hospital_payment.tariff.set_by"
NET_CHANGE = "hospital_payment.tariff.net_change"
EFFICIENCY = "hospital_payment.tariff.efficiency"
PRICE_CHANGE = "hospital_payment.tariff.price_change"
CALENDAR, REGULATOR = "calendar", "regulator"


def begin_price_year(setup: Setup, state: State, in_force: InForce, set_by: str) -> None:
    """April: trusts have saved what they usually save; published prices come into force.

    `set_by`: who set them in the year that has ended; the first year's are those of the place.
    """
    if set_by not in (CALENDAR, REGULATOR) or in_force.policy_month <= 0:
        return
    _save_as_usual(setup.parameters, state.hospitals, state.yearbooks)
    if set_by == CALENDAR:
        move_prices(setup, state, in_force.payment, 1.0 + real_change(in_force.rules))


def real_change(rules: Mapping[str, Any]) -> float:
    """Change of prices in force against pay and supplies: costs are allowed net change and
    efficiency together, of which prices get the net change."""
    net, asked = rules.get(NET_CHANGE, 0.0), rules.get(EFFICIENCY, 0.0)
    change: float = (1.0 + net) / (1.0 + net + asked) - 1.0
    return change


def _save_as_usual(value: Parameters, hospitals: Hospitals, yearbooks: Yearbooks) -> None:
    share = value["trusts.usual_saving_share"]
    hospitals.lines.unit_cost *= 1.0 - share
    last = yearbooks.last_year
    for cost in (last.line_cost, last.line_avoidable, last.emergency_cost):
        cost *= 1.0 - share


def follow_rules(
    setup: Setup, state: State, rules: Mapping[str, Any], payment: HospitalPayment
) -> None:
    """Where the rules of prices and their factors have changed, the books follow."""
    level = 1.0 + float(rules.get(PRICE_CHANGE, 0.0))
    if level != state.money.ruled_level:
        move_prices(setup, state, payment, level / state.money.ruled_level)
        state.money.ruled_level = level
    follow_market_forces(setup, state, rules, payment)


@effect(
    "tariff",
    "setup",
    "state",
    "payment",
    touches=lambda place, *_: (objects.named("price", "hospital"),),
)
def move_prices(setup: Setup, state: State, payment: HospitalPayment, factor: float) -> None:
    """All hospital prices change by this factor; contracts and budgets for hospital care follow.

    The figures of last year, and of this one so far, are put into the new prices: organisations
    plan with what is to be paid, and emergencies are held against a baseline in the same prices.
    """
    planned = np.full_like(state.yearbooks.last_year.planned_spend, factor)
    _lists_pay(
        setup,
        state,
        payment,
        OfLists(planned, np.full_like(state.yearbooks.last_year.emergency_spend, factor)),
    )
    state.money.price_level *= factor
    lines = state.hospitals.lines
    incomes = [lines.base_income, lines.base_emergency, lines.urgent_fixed, lines.urgent_semi]
    incomes += vars(state.coding.year).values()
    for year in (state.yearbooks.year, state.yearbooks.last_year):
        incomes += [year.line_income, year.emergency_paid, year.emergency_value]
    for income in incomes:
        income *= factor


def follow_market_forces(
    setup: Setup, state: State, rules: Mapping[str, Any], payment: HospitalPayment
) -> None:
    """Where the rules of the factor have changed, all that is reckoned in prices follows."""
    forces = state.hospitals.market_forces
    now, before = paid_factor(rules, state.bodies, state.provision, forces.index), forces.paid
    if np.array_equal(now, before):
        return
    new, old = (of_lists(setup.geography, state, paid) for paid in (now, before))
    _lists_pay(setup, state, payment, OfLists(new.planned / old.planned, new.urgent / old.urgent))
    for year in (state.yearbooks.year, state.yearbooks.last_year):
        year.line_income *= (now / before)[:, None]
        year.emergency_paid *= now / before
    forces.paid = now


def _lists_pay(setup: Setup, state: State, payment: HospitalPayment, factor: OfLists) -> None:
    """Care of every list costs so much more: allocations, contracts and budgets follow."""
    _allocate(state, factor)
    _move_contracts(setup, state, payment, factor.planned)
    for year in (state.yearbooks.year, state.yearbooks.last_year):
        year.planned_spend *= factor.planned
        year.clinic_spend *= factor.planned
        year.emergency_spend *= factor.urgent
    of_care = np.column_stack(factor)
    for holding in state.budgets.held.values():
        if holding.pence_per_patient.size:  # it has begun
            holding.pence_per_patient = holding.pence_per_patient * of_care[holding.practice]
    for organisation in state.integrated.organisations:
        organisation.capitation_pence[:, : EMERGENCIES + 1] *= of_care


def _move_contracts(
    setup: Setup, state: State, payment: HospitalPayment, by_list: np.ndarray
) -> None:
    """Prime contracts, those awarded but not begun as well, follow as far as they pay for hospital
    care; their part of blocks stays."""
    for prime in state.contracts.primes:
        factor = _of_contract(setup, state, payment, by_list, prime.commissioner, prime.pathway)
        prime.monthly_pence = round(prime.monthly_pence * factor)
    for n, (month, change, details) in enumerate(state.docket.scheduled_effects):
        if change == "start_prime":
            terms, k, p, code, price = details
            moved = (terms, k, p, code, price * _of_contract(setup, state, payment, by_list, k, p))
            state.docket.scheduled_effects[n] = (month, change, moved)


def _of_contract(
    setup: Setup,
    state: State,
    payment: HospitalPayment,
    by_list: np.ndarray,
    commissioner: int,
    pathway: int,
) -> float:
    """What a prime contract of `commissioner` for `pathway` costs more, as a factor."""
    here = list_of(state.provision, state.practices, commissioner)
    spend = state.yearbooks.last_year.planned_spend[:, pathway]
    factor = float(spend[here] @ by_list[here, pathway]) / max(float(spend[here].sum()), 1.0)
    tariff = (
        float(planned_charges(setup.geography, state, payment, here)[:, pathway].sum())
        / PENCE_PER_POUND
    )
    return 1.0 + (factor - 1.0) * tariff / max(
        pathway_spend(setup, state, payment, commissioner, pathway), tariff, 1.0
    )


def _allocate(state: State, factor: OfLists) -> None:
    """Commissioners get what the same hospital care costs less, or more: growth is left out."""
    last = state.yearbooks.last_year
    more = (last.planned_spend * (factor.planned - 1.0)).sum(axis=1)
    more += last.emergency_spend * (factor.urgent - 1.0)
    k = state.provision.practice_commissioner.astype(np.int64)
    step = np.bincount(k, more, minlength=state.money.allocation.size)
    state.money.allocation = state.money.allocation + step
    state.money.target_allocation = state.money.target_allocation + step


def regulator_sets_tariff(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any]
) -> None:
    """Each January, where the rules leave prices to it."""
    if rules.get(SET_BY) != REGULATOR or not TARIFF.is_due(state.month):
        return
    agent, observation = (
        minds.regulator,
        tariff_observation(minds, setup.place, setup.parameters, state),
    )
    forced = forced_option(minds, state.month, agent.code, TARIFF)
    decision = agent.set_tariff(observation, state.month, forced)
    schedule_effect(
        setup.place,
        state.docket,
        decision,
        "tariff",
        (observation.price(decision.chosen, agent.numbers),),
    )


def tariff_observation(
    minds: Minds, place: Place, value: Parameters, state: State
) -> TariffObservation:
    """What hospitals earned, at this year's prices, and what it cost them last year."""
    bodies = [agent.body for _, agent in hospital_agents(minds, place, state.bodies)]
    income, cost = trust_income(state), trust_costs(state)
    usual = value["trusts.usual_saving_share"]
    return TariffObservation(
        tuple(income[bodies].tolist()), tuple(cost[bodies].tolist()), float(usual)
    )
