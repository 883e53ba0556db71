"""Prices of hospital care from year to year: who sets them, and whom a change of prices reaches.

Money is in pounds of the place's year: what counts is how prices move against what trusts pay for
staff and supplies. Where nobody sets prices they and costs stay as they are.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.organisations.regulator import TARIFF, TariffView
from model.deciding.boards import hospital_agents
from model.deciding.decisions import enter, forced_option
from model.payments.list_charges import list_of, pathway_spend, planned_charges
from model.payments.market_forces import OfLists, of_lists, paid_factor
from model.payments.solvency import trust_costs, trust_income
from model.state.ledger import PENCE_PER_POUND
from model.state.state import EMERGENCIES

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

SET_BY = "hospital_payment.tariff.set_by"
NET_CHANGE = "hospital_payment.tariff.net_change"
EFFICIENCY = "hospital_payment.tariff.efficiency"
PRICE_CHANGE = "hospital_payment.tariff.price_change"
CALENDAR, REGULATOR = "calendar", "regulator"


def begin_price_year(economy: "HealthEconomy", set_by: str) -> None:
    """April: trusts have saved what they usually save; published prices come into force.

    `set_by`: who set them in the year that has ended; the first year's are those of the place.
    """
    if set_by not in (CALENDAR, REGULATOR) or economy.policy_month <= 0:
        return
    _save_as_usual(economy)
    if set_by == CALENDAR:
        move_prices(economy, 1.0 + real_change(economy.rules))


def real_change(rules: Mapping[str, Any]) -> float:
    """Change of prices in force against pay and supplies: costs are allowed net change and
    efficiency together, of which prices get the net change."""
    net, asked = rules.get(NET_CHANGE, 0.0), rules.get(EFFICIENCY, 0.0)
    change: float = (1.0 + net) / (1.0 + net + asked) - 1.0
    return change


def _save_as_usual(economy: "HealthEconomy") -> None:
    share = economy.setup.parameters["trusts.usual_saving_share"]
    economy.state.hospitals.lines.unit_cost *= 1.0 - share
    last = economy.state.yearbooks.last_year
    for cost in (last.line_cost, last.line_avoidable, last.emergency_cost):
        cost *= 1.0 - share


def follow_rules(economy: "HealthEconomy") -> None:
    """Where the rules of prices and their factors have changed, the books follow."""
    state, level = economy.state, 1.0 + float(economy.rules.get(PRICE_CHANGE, 0.0))
    if level != state.money.ruled_level:
        move_prices(economy, level / state.money.ruled_level)
        state.money.ruled_level = level
    follow_market_forces(economy)


def move_prices(economy: "HealthEconomy", factor: float) -> None:
    """All hospital prices change by this factor; contracts and budgets for hospital care follow.

    The figures of last year, and of this one so far, are put into the new prices: organisations
    plan with what is to be paid, and emergencies are held against a baseline in the same prices.
    """
    state = economy.state
    planned = np.full_like(state.yearbooks.last_year.planned_spend, factor)
    _lists_pay(
        economy, OfLists(planned, np.full_like(state.yearbooks.last_year.emergency_spend, factor))
    )
    state.money.price_level *= factor
    lines = state.hospitals.lines
    incomes = [lines.base_income, lines.base_emergency, lines.urgent_fixed, lines.urgent_semi]
    incomes += vars(state.coding.year).values()
    for year in (state.yearbooks.year, state.yearbooks.last_year):
        incomes += [year.line_income, year.emergency_paid, year.emergency_value]
    for income in incomes:
        income *= factor


def follow_market_forces(economy: "HealthEconomy") -> None:
    """Where the rules of the factor have changed, all that is reckoned in prices follows."""
    state, forces = economy.state, economy.state.hospitals.market_forces
    now, before = paid_factor(economy.rules, state, forces.index), forces.paid
    if np.array_equal(now, before):
        return
    new, old = (of_lists(economy.setup, state, paid) for paid in (now, before))
    _lists_pay(economy, OfLists(new.planned / old.planned, new.urgent / old.urgent))
    for year in (state.yearbooks.year, state.yearbooks.last_year):
        year.line_income *= (now / before)[:, None]
        year.emergency_paid *= now / before
    forces.paid = now


def _lists_pay(economy: "HealthEconomy", factor: OfLists) -> None:
    """Care of every list costs so much more: allocations, contracts and budgets follow."""
    state = economy.state
    _allocate(economy, factor)
    _move_contracts(economy, factor.planned)
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


def _move_contracts(economy: "HealthEconomy", by_list: np.ndarray) -> None:
    """Prime contracts, those awarded but not begun as well, follow as far as they pay for hospital
    care; their part of blocks stays."""
    for prime in economy.state.contracts.primes:
        factor = _of_contract(economy, by_list, prime.commissioner, prime.pathway)
        prime.monthly_pence = round(prime.monthly_pence * factor)
    for n, (month, change, details) in enumerate(economy.state.docket.agenda):
        if change == "start_prime":
            terms, k, p, code, price = details
            moved = (terms, k, p, code, price * _of_contract(economy, by_list, k, p))
            economy.state.docket.agenda[n] = (month, change, moved)


def _of_contract(economy: "HealthEconomy", by_list: np.ndarray, k: int, p: int) -> float:
    """What a prime contract of commissioner `k` for pathway `p` costs more, as a factor."""
    here, spend = list_of(economy, k), economy.state.yearbooks.last_year.planned_spend[:, p]
    factor = float(spend[here] @ by_list[here, p]) / max(float(spend[here].sum()), 1.0)
    tariff = float(planned_charges(economy, here)[:, p].sum()) / PENCE_PER_POUND
    return 1.0 + (factor - 1.0) * tariff / max(pathway_spend(economy, k, p), tariff, 1.0)


def _allocate(economy: "HealthEconomy", factor: OfLists) -> None:
    """Commissioners get what the same hospital care costs less, or more: growth is left out."""
    state, last = economy.state, economy.state.yearbooks.last_year
    more = (last.planned_spend * (factor.planned - 1.0)).sum(axis=1)
    more += last.emergency_spend * (factor.urgent - 1.0)
    k = state.provision.practice_commissioner.astype(np.int64)
    step = np.bincount(k, more, minlength=state.money.allocation.size)
    state.money.allocation = state.money.allocation + step
    state.money.target_allocation = state.money.target_allocation + step


def regulator_sets_tariff(economy: "HealthEconomy") -> None:
    """Each January, where the rules leave prices to it."""
    if economy.rules.get(SET_BY) != REGULATOR or not TARIFF.is_due(economy.state.month):
        return
    agent, view = economy.minds.regulator, tariff_view(economy)
    forced = forced_option(economy, agent.code, TARIFF)
    decision = agent.set_tariff(view, economy.state.month, forced)
    enter(economy, decision, "tariff", (view.price(decision.chosen),))


def tariff_view(economy: "HealthEconomy") -> TariffView:
    """What hospitals earned, at this year's prices, and what it cost them last year."""
    bodies = [agent.body for _, agent in hospital_agents(economy)]
    income, cost = trust_income(economy), trust_costs(economy)
    usual = economy.setup.parameters["trusts.usual_saving_share"]
    return TariffView(tuple(income[bodies].tolist()), tuple(cost[bodies].tolist()), float(usual))
