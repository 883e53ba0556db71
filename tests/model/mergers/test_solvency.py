"""Who may carry a risk: bidders for contracts, practices with budgets and in federations."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from agents.organisations.practice import FEDERATION
from model.budgets.budgets import (
    can_bear,
    partners_profits,
    practices_consider_budgets,
    terms_in_force,
)
from model.commissioners.tendering import hold_tender
from model.mergers.trust_failures import rescue
from model.month.economy import HealthEconomy
from model.payments.list_charges import pathway_spend
from model.payments.solvency import (
    can_carry,
    is_failing,
    is_solvent,
    trust_income,
    unpaid_deficit,
    yearly_deficit,
)
from model.policies.policy import Budget, Policy
from model.policies.policy_finding import find_policy
from model.state.bodies import MARKET
from model.state.state import BURN_IN_MONTHS

STRONG, WEAK, CLINIC = "anytown_hospitals", "westford_hospitals", "anyshire_independent"
MSK = 0
FIRST, AREA, JUNE = "anyshire_gp_001", "east", BURN_IN_MONTHS + FEDERATION.month_of_year


@pytest.fixture
def economy(shire, after_burn_in):
    state = after_burn_in.copy()
    state.hospitals.deficit_years[:], state.hospitals.deficits[:] = 0, 0.0
    return HealthEconomy(shire, find_policy("carveout_msk"), 1, "random", state=state)


def agent_of(economy, code):
    return next(t for t in economy.minds.trusts if t.code == code)


def row_of(economy, code):
    return list(economy.setup.place.trusts["trust"]).index(code)


def bidders(economy):
    """Who is asked to bid for a pathway."""
    before = len(economy.decisions())
    hold_tender(
        economy.minds,
        economy.setup,
        economy.state,
        economy.in_force,
        economy.world,
        economy.policy.pathway_contracts[0],
        0,
        MSK,
    )
    return {d.agent for d in economy.decisions()[before:] if d.rule == "bid"}


def test_who_has_lost_too_much_or_for_too_long_is_not_asked_to_bid(economy):
    assert {STRONG, WEAK, CLINIC, "community_trust"} <= bidders(economy)
    row = row_of(economy, WEAK)
    economy.state.hospitals.deficit_years[row] = 2
    assert WEAK not in bidders(economy)
    economy.state.hospitals.deficit_years[row] = 1
    income = trust_income(economy.state)[economy.state.bodies.number[WEAK]]
    economy.state.hospitals.deficits[row] = 100.0 * 0.061 * income
    assert WEAK not in bidders(economy) and STRONG in bidders(economy)
    economy.state.hospitals.deficits[row] = 0.0
    assert WEAK in bidders(economy)
    economy.state.hospitals.failures[row] = 1  # and was rescued
    assert WEAK not in bidders(economy)
    community = row_of(economy, "community_trust")
    economy.state.hospitals.deficit_years[community] = 3
    assert "community_trust" not in bidders(economy)


def test_public_money_pays_a_deficit_and_does_not_end_it(economy):
    """What is made good is owed no more; a year that loses so much again is a failure all the same.

    Money lent to pay staff is no income, and boards see the deficit that they had.
    """
    hospitals, value, row = economy.state.hospitals, economy.setup.parameters, row_of(economy, WEAK)
    income = 100.0 * trust_income(economy.state)[economy.state.bodies.number[WEAK]]
    hospitals.deficit_years[row], hospitals.deficits[row] = 3, 0.12 * income
    hospitals.results[row] = -0.04 * income
    assert is_failing(value, economy.state, row)
    seen = yearly_deficit(hospitals, row)
    rescue(economy.setup.place, economy.state, WEAK)
    assert not is_failing(value, economy.state, row) and unpaid_deficit(hospitals, row) == 0.0
    assert yearly_deficit(hospitals, row) == seen and hospitals.deficit_years[row] == 3
    assert not is_solvent(value, economy.state, row)
    hospitals.results[row] = -0.08 * income
    assert is_failing(value, economy.state, row)


def test_a_small_bidder_can_carry_small_contracts_only(economy):
    """Alone, without a firm behind it."""
    entries = {"trusts.firm_income_pounds": 0}
    economy.setup = replace(economy.setup, parameters=economy.setup.parameters.with_values(entries))
    clinic, spend = (
        agent_of(economy, CLINIC),
        pathway_spend(economy.setup, economy.state, economy.payment, 0, MSK),
    )
    carried = [
        can_carry(economy.minds, economy.setup, economy.state, clinic, price)
        for price in np.linspace(0.0, 2 * spend, 41)
    ]
    assert carried[0] and not carried[-1] and carried == sorted(carried, reverse=True)
    assert can_carry(economy.minds, economy.setup, economy.state, agent_of(economy, STRONG), spend)
    value = economy.setup.parameters
    income = trust_income(economy.state)[clinic.body]
    means = value["trusts.failure_share"]
    loss = value["trusts.bad_year_deviations"] * value["minds.bid_optimism"]
    most = means * income / (loss - means)  # where a bad year takes all it may lose
    assert can_carry(
        economy.minds, economy.setup, economy.state, clinic, 0.99 * most
    ) and not can_carry(economy.minds, economy.setup, economy.state, clinic, 1.01 * most)


def test_results_of_all_trusts_are_kept(economy):
    """Of those without a hospital, too, so that they can be told solvent or not."""
    state = economy.state
    body = state.bodies.number["community_trust"]
    state.money.closed_balance[body] += 10**9
    HealthEconomy(economy.setup, find_policy("status_quo"), 1, "inert", state=state).run(1)
    assert state.hospitals.deficit_years[row_of(economy, "community_trust")] == 1
    assert state.hospitals.results[row_of(economy, "community_trust")] < 0


ONCE = {
    "closing_cost", "capital", "merger_cost", "merger_support", "rescue", "transition", "reserve"
}  # fmt: skip


@pytest.fixture(scope="module")
def results_with(live_policy):
    """A trust's results, deficits and years of deficit if money moves once before a year ends."""
    begun = live_policy("status_quo", 10, mind="inert")

    @cache
    def seen(heading, pounds):
        state, row = begun.state.copy(), row_of(begun, STRONG)
        if pounds:
            body = state.bodies.number[STRONG]
            state.money.ledger.post(state.month, MARKET, body, heading, 100 * pounds)
        HealthEconomy(begun.setup, begun.policy, begun.seed, "inert", state=state).run(3)
        known = state.hospitals
        return [float(f[row]) for f in (known.results, known.deficits, known.deficit_years)]

    return seen


@pytest.mark.parametrize("heading", [*sorted(ONCE), "pay_and_supplies", "bid_cost", "block"])
@pytest.mark.parametrize("pounds", [-15_000_000, 15_000_000])
def test_results_of_trusts_are_what_recurs(results_with, heading, pounds):
    """Who paid once for closing a hospital does not fail by it, who was rescued is not mended."""
    usual, seen = results_with("", 0), results_with(heading, pounds)
    assert seen[0] - usual[0] == pytest.approx(0.0 if heading in ONCE else 100.0 * pounds)
    assert heading not in ONCE or seen == usual


def budgets(overspend):
    """Budgets of which practices owe a share of an overspend, and may pool them."""
    budget = Budget(entry_notice_months=0, retained_share=0.5, overspend_share=overspend,
                    federations="allowed", emergencies=True)  # fmt: skip
    return Policy(name="tried", title="t", help="h", source="s", budgets=(budget,))


def test_nobody_takes_a_budget_or_joins_a_pool_whose_bad_year_it_could_not_pay(live_policy):
    economy = live_policy(budgets(1.0), 0, "inert")
    practices_consider_budgets(
        economy.minds,
        economy.setup,
        economy.state,
        economy.rules,
        economy.policy,
        economy.policy_month,
    )
    terms = terms_in_force(economy.setup, economy.rules, economy.policy.budgets[0])
    earned, lists = (
        partners_profits(
            economy.setup.place, economy.setup.parameters, economy.state.practices, economy.rules
        ),
        economy.state.practices.lists,
    )

    def alone(g):
        return can_bear(economy.setup.parameters, economy.state, g, terms, int(lists[g]), earned[g])

    able = np.array([lists[g] > 0 and alone(g) for g in range(len(lists))])
    able &= lists >= terms.minimum_list
    asked = {d.agent for d in economy.decisions() if d.rule == "hold_budget"}
    codes = np.array([p.code for p in economy.minds.practices])
    assert asked == set(codes[able]) and 0 < able.sum() < able.size
    here, everybody = np.flatnonzero(lists).tolist(), int(lists.sum())
    pooled = [
        can_bear(economy.setup.parameters, economy.state, g, terms, everybody, earned[g])
        for g in here
    ]
    assert np.sum(pooled) > able.sum()  # a larger pool evens luck out
    assert not can_bear(
        economy.setup.parameters, economy.state, 0, terms, int(lists.sum()), 0.0
    )  # who earns nothing pays nothing
    free = replace(terms, overspend_share=0.0)
    assert can_bear(economy.setup.parameters, economy.state, 0, free, int(lists[0]), 0.0)


@pytest.mark.parametrize("share", [0.5, 0.0001])
def test_a_federation_admits_who_can_pay_its_part(shire, live_policy, share):
    values = {"budgets.risk_bearing_share": 0.5}
    setup = replace(shire, parameters=shire.parameters.with_values(values))
    taken = {(FIRST, "hold_budget real", BURN_IN_MONTHS): "take_budget"}
    taken[FIRST, f"federation {AREA}", JUNE] = "lead"
    economy = live_policy(budgets(0.1), 1, "inert", forced=taken, setup=setup)
    values["budgets.risk_bearing_share"] = share
    entries = economy.setup.parameters.entries
    entry = replace(entries["budgets.risk_bearing_share"], value=share)
    parameters = type(economy.setup.parameters)({**entries, "budgets.risk_bearing_share": entry})
    economy.setup = replace(economy.setup, parameters=parameters)
    economy.run(3)
    asked = [d for d in economy.decisions() if d.rule == "federation"]
    assert bool(asked) == (share == 0.5)
