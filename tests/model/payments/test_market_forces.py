"""The market forces factor: who is paid what, that costs and allocations go with it, and off."""

from dataclasses import replace

import numpy as np
import pytest

from model.month.economy import HealthEconomy
from model.month.preparing import prepare
from model.payments.market_forces import (
    INDEPENDENTS,
    SHARE,
    first_market_forces,
    of_lists,
    paid_factor,
)
from model.payments.tariff import follow_market_forces
from model.policies.policy_finding import find_policy


@pytest.fixture(scope="module")
def same_prices(live_policy):
    return live_policy("market_forces_none", 24, mind="inert")


def opened(setup, levers=None):
    """The state of a place in its first month, with other levers."""
    parameters = setup.parameters.with_values(levers or {})
    setup = prepare(setup.place, parameters, setup.patients)
    return HealthEconomy(setup, find_policy("status_quo"), 1, "inert").state


def incomes(state):
    """At national prices, by site, a month."""
    return (state.hospitals.lines.base_income + state.hospitals.lines.base_emergency).sum(axis=1)


def test_factors_differ_within_the_published_range_and_are_one_on_average(after_burn_in):
    forces, income = after_burn_in.hospitals.market_forces, incomes(after_burn_in)
    assert forces.index @ income == pytest.approx(income.sum())
    assert 1.0 < forces.index.max() / forces.index.min() <= 1.3
    np.testing.assert_array_equal(forces.paid, forces.index)  # in force, independents included
    np.testing.assert_array_equal(forces.cost, forces.paid)
    trust = after_burn_in.provision.site_slot
    for row in set(trust.tolist()):
        assert np.ptp(forces.index[trust == row]) == 0.0


def test_what_is_paid_follows_the_rules(after_burn_in):
    state, index = after_burn_in, after_burn_in.hospitals.market_forces.index
    kinds = np.array(state.bodies.kinds)[state.provision.slot_body[state.provision.site_slot]]
    independent = kinds == "independent"
    assert independent.any()
    half = paid_factor({SHARE: 0.5, INDEPENDENTS: True}, state.bodies, state.provision, index)
    np.testing.assert_allclose(half, 0.5 + 0.5 * index)
    early = paid_factor({SHARE: 1.0, INDEPENDENTS: False}, state.bodies, state.provision, index)
    assert (early[independent] == 1.0).all() and (early == index)[~independent].all()
    np.testing.assert_array_equal(
        paid_factor({}, state.bodies, state.provision, index), index
    )  # local prices before 2004


def test_margins_at_the_start_do_not_depend_on_the_factor(shire):
    def margins(levers):
        year = opened(shire, levers).yearbooks.last_year
        income = year.line_income.sum(axis=1) + year.emergency_paid
        cost = year.line_cost.sum(axis=1) + year.emergency_cost
        return 1.0 - cost[income > 0] / income[income > 0], income

    (with_it, paid), (without, plain) = (
        margins({"prices.market_forces_range": most}) for most in (0.3, 0.0)
    )
    np.testing.assert_allclose(with_it, without, atol=1e-12)
    assert paid.sum() == pytest.approx(plain.sum()) and np.abs(paid - plain).max() > 1e6


def test_a_factor_that_falls_short_of_the_place_leaves_dear_trusts_with_less(shire):
    short = opened(shire, {"costs.unavoidable_per_market_forces": 1.5})
    year, forces, income = short.yearbooks.last_year, short.hospitals.market_forces, incomes(short)
    full = opened(shire)
    paid = 12.0 * income * forces.paid
    cost = year.line_cost.sum(axis=1) + year.emergency_cost
    fair = full.yearbooks.last_year.line_cost.sum(axis=1) + full.yearbooks.last_year.emergency_cost
    dear = (forces.index > 1.0) & (income > 0)
    assert (cost[dear] / paid[dear] > fair[dear] / paid[dear]).all()
    cheap = (forces.index < 1.0) & (income > 0)
    assert (cost[cheap] / paid[cheap] < fair[cheap] / paid[cheap]).all()


def test_allocations_hold_what_a_place_is_paid_and_lists_pay_for_where_they_go(shire):
    dear, plain = (opened(shire, {"prices.market_forces_range": v}) for v in (0.3, 0.0))
    assert dear.money.target_allocation.sum() == pytest.approx(plain.money.target_allocation.sum())
    lists = of_lists(shire.geography, dear, dear.hospitals.market_forces.paid)
    np.testing.assert_allclose(
        dear.yearbooks.last_year.planned_spend,
        plain.yearbooks.last_year.planned_spend * lists.planned,
    )
    candidate, g = shire.geography.candidate[0], 0
    by_hand = (
        sum(
            dear.referrals.shares[g, j, 0] * dear.hospitals.market_forces.paid[site]
            for j, site in enumerate(candidate)
            if site >= 0
        )
        / dear.referrals.shares[g, :, 0].sum()
    )
    assert lists.planned[g, 0] == pytest.approx(by_hand)


def test_without_the_factor_income_falls_where_it_is_dear_and_costs_stay(same_prices, live_policy):
    usual, state = live_policy("status_quo", 24, mind="inert").state, same_prices.state
    then, now = (one.yearbooks.last_year.line_income.sum(axis=1) for one in (usual, state))
    forces, open_ = state.hospitals.market_forces, then > 0
    assert (forces.paid == 1.0).all() and np.ptp(forces.cost) > 0.0
    np.testing.assert_allclose(now[open_], then[open_] / forces.index[open_])
    np.testing.assert_allclose(
        state.yearbooks.last_year.line_cost, usual.yearbooks.last_year.line_cost
    )
    dear = forces.index[open_].argmax()
    owner = usual.provision.site_owner(usual.bodies)[open_][dear]
    assert state.money.ledger.balance_of(owner) < usual.money.ledger.balance_of(owner)
    assert state.money.ledger.balance.sum() == 0


def test_commissioners_get_what_care_costs_them_less_or_more(same_prices, live_policy):
    usual, state = live_policy("status_quo", 24, mind="inert").state, same_prices.state

    def spend(one):
        k = one.provision.practice_commissioner.astype(int)
        year = one.yearbooks.last_year
        return np.bincount(k, year.planned_spend.sum(axis=1) + year.emergency_spend)

    changed = state.money.allocation - usual.money.allocation
    assert np.abs(changed).max() > 0.0
    # Growth is left out: emergencies and referrals of the year are those of other hospitals by a
    # few in a thousand, 20,000 of 73 million pounds where dear and cheap hospitals nearly balance.
    np.testing.assert_allclose(changed, spend(state) - spend(usual), rtol=0.1, atol=2e6)


def test_allocations_move_by_last_years_care_at_the_other_prices(
    shire, after_burn_in, same_prices, live_policy
):
    usual, before = live_policy("status_quo", 24, mind="inert").state, after_burn_in
    paid, ones = (
        before.hospitals.market_forces.paid,
        np.ones_like(before.hospitals.market_forces.paid),
    )
    now, then = (of_lists(shire.geography, before, factor) for factor in (ones, paid))
    more = (before.yearbooks.year.planned_spend * (now.planned / then.planned - 1.0)).sum(axis=1)
    more += before.yearbooks.year.emergency_spend * (now.urgent / then.urgent - 1.0)
    k = before.provision.practice_commissioner.astype(int)
    by_hand = np.bincount(k, more)
    changed = same_prices.state.money.allocation - usual.money.allocation
    # Lists of a commissioner grow or shrink by some in 100,000 meanwhile, and all that moved with
    # them: what goes up and what goes down, which may nearly balance.
    np.testing.assert_array_less(np.abs(changed - by_hand), 1e-4 * np.bincount(k, np.abs(more)))


def test_a_rule_that_goes_and_comes_back_leaves_all_as_it_was(live_policy):
    economy = live_policy("carveouts_three+population_ico+fundholding", 24)
    state = economy.state

    def money():
        holdings = [h.pence_per_patient for h in state.budgets.held.values()]
        capitations = [o.capitation_pence for o in state.integrated.organisations]
        last = state.yearbooks.last_year
        figures = (
            state.money.allocation,
            last.planned_spend,
            last.line_income,
            last.emergency_paid,
            [p.monthly_pence for p in state.contracts.primes],
            *holdings,
            *capitations,
        )
        return np.concatenate([np.ravel(np.array(one, dtype=float)) for one in figures])

    before, rules = money(), economy.rules
    economy.rules = {**rules, SHARE: 0.0}
    follow_market_forces(economy.setup, economy.state, economy.rules, economy.payment)
    assert np.abs(money() - before).max() > 1e6
    economy.rules = rules
    follow_market_forces(economy.setup, economy.state, economy.rules, economy.payment)
    np.testing.assert_allclose(money(), before, rtol=1e-6, atol=1.0)


def test_trusts_weigh_capacity_at_the_price_and_the_cost_of_their_place(live_policy, after_burn_in):
    def worth_of_more(policy):
        state = after_burn_in.copy()
        state.hospitals.lines.backlog *= 4.0  # long waits get attention
        economy = live_policy(policy, 13, mind="inert", state=state)
        asked = [d for d in economy.decisions() if d.rule == "capacity" and d.month >= 36]
        return {d.about.split()[-1]: d.pounds[d.options.index("expand")] for d in asked}, economy

    (usual, economy), (same, _) = (worth_of_more(p) for p in ("status_quo", "market_forces_none"))
    index = dict(zip(economy.setup.place.sites["site"], economy.state.hospitals.market_forces.index,
                     strict=True))  # fmt: skip
    assert usual and usual.keys() == same.keys()
    for site, worth in usual.items():
        assert (same[site] < worth) == (index[site] > 1.0) or same[site] == worth < 0.0


def test_in_a_real_place_the_factor_falls_with_the_distance_from_london(shire, after_burn_in):
    tables = shire.place.sites.copy()
    order = np.arange(len(tables), dtype=float)
    tables["easting_km"], tables["northing_km"] = 530.0 - 20.0 * order, 180.4
    place = replace(shire.place, sites=tables, synthetic=False)
    near_london = replace(shire, place=place)
    state, income = after_burn_in, incomes(after_burn_in)
    published = first_market_forces(
        near_london.place, near_london.parameters, state.bodies, state.provision, income, 1
    ).index
    trust = state.provision.site_slot
    alone = np.bincount(trust)[trust] == 1
    ratio = published[alone] / published[alone][0]
    expected = 1.0 + 0.3 * np.exp(-20.0 * order[alone] / 80.0)
    np.testing.assert_allclose(ratio, expected / expected[0])
