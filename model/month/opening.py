"""Opening the books of a place: capacity, outside patients, budgets and costs at the start.

All are set to what the status quo is expected to use, so that nobody starts in surplus or deficit
but by the margins that are published or assumed.
"""

import numpy as np

from agents.numerics.random_streams import STREAM_TRAIT, key_of, keyed_normal
from agents.patients.patient_tables import NEED_CRISIS, NEED_PLANNED
from model.care.attraction import site_attraction
from model.care.flows import P, emergency_shares_of, full_scale_need
from model.care.queues import settled_lists, wait_months
from model.month.monthly_tables import set_monthly_tables
from model.month.tables import first_world
from model.parameters import Parameters
from model.payments.allocation import distance_from_target
from model.payments.market_forces import first_market_forces, of_lists
from model.payments.money import (
    Prices,
    clinic_spend,
    crisis_spend,
    emergency_costs,
    emergency_income,
    line_costs,
    planned_income,
    planned_spend,
)
from model.places.geography import Geography
from model.places.place import Place
from model.population.demand import ActivityRates
from model.state.attribution import at_sites, shares_of
from model.state.hospitals import Hospitals
from model.state.practices import Practices
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import Money, Residents, State, Yearbooks

LEAST_ANCHOR_SHARE = 0.002


def open_books(setup: Setup, state: State, prices: Prices, seed: int) -> None:
    """Set capacity, backlog, outside flows, base incomes, trust margins and budgets."""
    world = first_world(setup, state)
    set_monthly_tables(setup, state, world)
    need = full_scale_need(state.residents, state.practices)
    planned = need[:, NEED_PLANNED : NEED_PLANNED + P]
    crises = _first_crises(setup.activity, state.residents, state.practices, need)
    referred = planned[:, None, :] * state.referrals.shares
    admitted = crises[:, None, :] * emergency_shares_of(
        setup.geography, state.hospitals, state.practices
    )
    candidate, sites = setup.geography.candidate, len(setup.place.sites)
    inside, urgent = (at_sites(table, candidate, sites) for table in (referred, admitted))
    _outside_patients(setup.geography, state.hospitals, inside, urgent)
    _open_lines(setup, state, prices, inside, urgent, seed)
    _attribute(setup.geography, state.hospitals, state.money, prices, referred, admitted)
    _budgets(setup, state, prices, planned, crises, seed)
    _first_yearbook(setup, state, prices, planned, crises)
    state.yearbooks.last_year.admissions[:] = 12.0 * (urgent + state.hospitals.outside_emergency)


def _first_crises(
    activity: ActivityRates, residents: Residents, practices: Practices, need: np.ndarray
) -> np.ndarray:
    """Emergencies of lists a month at published rates [practices, 13]."""
    rate = (residents.structure.strata * activity.emergency_rate).sum(axis=1)
    cause = need[:, NEED_CRISIS : NEED_CRISIS + P]
    crises: np.ndarray = (
        (practices.lists * rate)[:, None] * cause / cause.sum(axis=1, keepdims=True)
    )
    return crises


def _outside_patients(
    geography: Geography, hospitals: Hospitals, inside: np.ndarray, urgent: np.ndarray
) -> None:
    """The stream of patients from outside: the rest of a trust's activity, in the same mix."""
    ratio = geography.outside_ratio[:, None]
    hospitals.outside_planned[:] = inside * ratio
    hospitals.outside_emergency[:] = urgent * ratio


def _open_lines(
    setup: Setup,
    state: State,
    prices: Prices,
    inside: np.ndarray,
    urgent: np.ndarray,
    seed: int,
) -> None:
    lines, parameters = state.hospitals.lines, setup.parameters
    first = inside + state.hospitals.outside_planned
    operations = first * setup.activity.operation_share
    lines.capacity[:] = operations * (1.0 + parameters["minds.capacity_slack"])
    lines.backlog[:] = settled_lists(parameters, operations, lines.capacity)
    waits = wait_months(parameters, state.hospitals)
    attraction = site_attraction(setup, state.provision, state.hospitals, waits)
    state.hospitals.first_attraction[:] = np.where(first > 0.0, attraction, 0.0)
    lines.base_income[:] = planned_income(first, operations, prices)
    lines.base_emergency[:] = emergency_income(urgent + state.hospitals.outside_emergency, prices)
    lines.urgent_fixed[:] = lines.urgent_semi[:] = lines.base_emergency
    income = (lines.base_income + lines.base_emergency).sum(axis=1)
    state.hospitals.market_forces = first_market_forces(
        setup.place, parameters, state.bodies, state.provision, income, seed
    )
    _set_margins(setup.place, parameters, state.provision, state.hospitals, prices, seed)


def _attribute(
    geography: Geography,
    hospitals: Hospitals,
    money: Money,
    prices: Prices,
    referred: np.ndarray,
    admitted: np.ndarray,
) -> None:
    """Whose patients wait, and whose activity blocks and baselines are for, at the start.

    `referred` and `admitted` are flows of lists to their candidates [practices, candidates, 13].
    """
    candidate = geography.candidate
    lines = hospitals.lines
    parts = money.attribution
    first = at_sites(referred, candidate, len(lines.open)) + hospitals.outside_planned
    parts.waiting[:] = parts.block[:] = shares_of(referred, candidate, first)
    value = emergency_income(admitted, prices).sum(axis=2)[:, :, None]
    whole = lines.base_emergency.sum(axis=1)[:, None]
    parts.baseline[:] = shares_of(value, candidate, whole)[:, :, 0]


def _set_margins(
    place: Place,
    value: Parameters,
    provision: Provision,
    hospitals: Hospitals,
    prices: Prices,
    seed: int,
) -> None:
    """Scale every trust's costs so that it starts with its own margin around the published mean.

    Its unavoidable costs are those of its place; the factor it is paid may meet them or not.
    """
    lines = hospitals.lines
    income = (lines.base_income + lines.base_emergency) / value["prices.tariff_level"]
    income *= hospitals.market_forces.cost[:, None]
    cost = line_costs(value, hospitals, prices, lines.base_income)[0] + emergency_costs(
        hospitals, prices, lines.base_emergency
    )
    trusts = place.trusts
    for row, (code, its_kind) in enumerate(zip(trusts["trust"], trusts["kind"], strict=True)):
        mine = provision.site_slot == row
        draw = keyed_normal(seed, STREAM_TRAIT, np.uint64(key_of(str(code))), 0, 12)
        kind = "independent" if its_kind == "independent" else "hospital"
        margin = value[f"costs.{kind}_margin"] + value["costs.margin_sd"] * draw
        if cost[mine].sum() > 0:
            lines.unit_cost[mine] = income[mine].sum() * (1.0 - margin) / cost[mine].sum()


def _budgets(
    setup: Setup, state: State, prices: Prices, planned: np.ndarray, crises: np.ndarray, seed: int
) -> None:
    """Commissioners' budgets by list, and the spending that the model does not follow."""
    place = of_lists(setup.geography, state, state.hospitals.market_forces.paid)
    spend = (planned_spend(setup.activity, prices, planned) * place.planned).sum(axis=1)
    spend += crisis_spend(prices, crises) * place.urgent
    spend = spend / setup.parameters["prices.tariff_level"]  # budgets were set at today's level
    k = state.provision.practice_commissioner.astype(np.int64)
    lists = setup.list_sizes.astype(np.float64)
    per_head = setup.parameters["prices.ccg_budget_pence_per_head"]
    people = state.money.funded_people = np.bincount(k, weights=lists)
    hospital = 12.0 * np.bincount(k, weights=spend)
    # A needier list has a larger budget: it follows the hospital care that can be expected.
    target = people * per_head + hospital - people * hospital.sum() / people.sum()
    over = distance_from_target(setup.place, setup.parameters, seed) * target
    state.money.target_allocation, state.money.allocation = target, target + over
    state.money.other_spend = _left_for_care(setup.parameters, state.money) - hospital


def _left_for_care(value: Parameters, money: Money) -> np.ndarray:
    """What commissioners plan to spend a year but on blocks, in pence [commissioners].

    They plan with a surplus, and keep a part of what they are given above their target.
    """
    over = money.allocation - money.target_allocation
    surplus = value["minds.commissioner_surplus_share"]
    spent = money.target_allocation * (1.0 - surplus)
    spent += value["commissioning.distance_spent"] * over
    left: np.ndarray = spent - money.funded_people * sum(
        value["prices.block_pence_per_head"].values()
    )
    return left


def _first_yearbook(
    setup: Setup, state: State, prices: Prices, planned: np.ndarray, crises: np.ndarray
) -> None:
    """What organisations would have seen in the year before the first."""
    lines = state.hospitals.lines
    year = state.yearbooks.last_year
    paid = state.hospitals.market_forces.paid
    lists = of_lists(setup.geography, state, paid)
    year.line_income[:] = 12.0 * lines.base_income * paid[:, None]
    year.line_cost[:], year.line_avoidable[:] = (
        12.0 * cost
        for cost in line_costs(setup.parameters, state.hospitals, prices, lines.base_income)
    )
    year.arrivals[:] = 12.0 * lines.capacity / (1.0 + setup.parameters["minds.capacity_slack"])
    year.planned_spend[:] = 12.0 * planned_spend(setup.activity, prices, planned) * lists.planned
    year.clinic_spend[:] = 12.0 * clinic_spend(setup.activity, prices, planned) * lists.planned
    year.emergency_value[:] = 12.0 * crisis_spend(prices, crises)
    year.emergency_spend[:] = year.emergency_value * lists.urgent
    urgent = lines.base_emergency
    year.emergency_paid[:] = 12.0 * urgent.sum(axis=1) * paid
    year.emergency_cost[:] = 12.0 * emergency_costs(state.hospitals, prices, urgent).sum(axis=1)


BILLS = ("tariff_planned", "tariff_emergency", "duplicate_tests")


def balance_budgets(value: Parameters, state: State) -> None:
    """Set other spending so that a year like the last leaves commissioners what they plan to keep.

    What they spend beyond hospitals, tests done twice and blocks is the rest of their budgets. What
    the opening expects of hospitals is not quite what they bill: practices refer by what they are
    paid for, tests are done twice, and some emergencies are paid at the marginal rate. The last
    year before the policy tells. Of each head of the place alike: what one commissioner's way to
    organise care makes it pay for is no reason for its budget.
    """
    billed = state.money.ledger.spent(state.bodies.of_kind("commissioner"), BILLS, state.month - 12)
    left = _left_for_care(value, state.money).sum() - billed - state.money.other_spend.sum()
    people = state.money.funded_people
    state.money.other_spend = state.money.other_spend + people * left / people.sum()


def set_anchor(residents: Residents, yearbooks: Yearbooks) -> None:
    """Divide out, by age band and conditions, what today's care does to crises.

    Published rates hold today's losses of information and continuity; with the anchor the status
    quo has the published total, whatever the parameters of harm. Lists' emergencies of the year are
    put at that total, too: else payers would be billed at the marginal rate for a fall that nobody
    has lived.
    """
    base, total = (
        array.reshape(35, 5).sum(axis=1)
        for array in (residents.anchor_base, residents.anchor_total)
    )
    overall = total.sum() / base.sum()
    known = base >= LEAST_ANCHOR_SHARE * base.sum()
    ratio = np.where(known, total / np.maximum(base, 1.0), overall)
    residents.strata["anchor"] = np.repeat(ratio, 5)
    for figure in (yearbooks.year.emergency_value, yearbooks.year.emergency_spend):
        figure /= overall
