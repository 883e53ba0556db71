"""Care for people who leave hospital: delays as published, capacity, charges, pools and money."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.outcomes.scoreboard import scoreboard
from model.policies.policy import Policy, PooledBudget, RuleChange
from model.policies.policy_finding import find_policy
from model.social_care.discharges import (
    CHARGE,
    GROWTH,
    capacity_for,
    care_share,
    catchment_of,
    discharge_patients,
    short_of_a_place,
    worth_of_pound,
)
from model.state.ledger import HEADINGS


def policy(**terms):
    return Policy(name="tried", title="t", help="h", source="s", **terms)


def paid(economy, heading, since=36):
    """Pence under a heading since a month, by payer and payee."""
    entries = economy.state.money.ledger.entries()
    rows = (entries["heading"] == HEADINGS.index(heading)) & (entries["month"] >= since)
    return entries[rows]


def delays(economy):
    """Days a year per 1,000 people in the last year lived: for want of a place, for others."""
    days = np.mean(economy.record.delayed_days[-12:], axis=0)
    return 12_000.0 * days / economy.setup.list_sizes.sum()


def test_delays_start_as_published(after_burn_in, shire):
    value, care = shire.parameters, after_burn_in.social_care
    per = 12_000.0 / shire.list_sizes.sum()
    assert per * care.first_days == pytest.approx(
        value["social_care.delayed_days_per_1000"], rel=0.15
    )  # councils differ by luck
    other = 1.0 - value["social_care.delay_share_for_want_of_a_place"]
    assert per * care.days[:, 1].sum() == pytest.approx(
        other * value["social_care.delayed_days_per_1000"], rel=0.1
    )
    assert (care.capacity > 0).all() and (care.regard >= 0).all()


def test_days_are_the_same_by_site_and_by_council(status_quo):
    care = status_quo.state.social_care
    np.testing.assert_allclose(care.site_days.sum(axis=1), care.days.sum(axis=1))
    assert not care.site_days[:, status_quo.setup.geography.emergency == 0].any()


def test_older_lists_need_more_care_to_leave_hospital(shire):
    share, practices = care_share(shire), shire.place.practices
    old = practices[["m_75plus", "f_75plus"]].sum(axis=1) / practices["list_size"]
    assert ((share > 0.0) & (share < 0.16)).all()
    assert np.corrcoef(share, old)[0, 1] > 0.9


def test_everyone_has_a_council_and_a_department(shire):
    catchment = catchment_of(shire)
    assert (shire.geography.emergency[catchment.site] == 1).all()
    assert (catchment.council < len(shire.place.councils)).all() and catchment.steps.size > 0


@given(st.floats(0.01, 0.8), st.floats(0.2, 0.8))
def test_capacity_is_found_for_any_share_short_of_a_place(short, spread):
    capacity = capacity_for(short, spread)
    assert capacity >= 0.0
    got = short_of_a_place(np.array([1.0]), spread, np.array([capacity]))[0]
    assert got == pytest.approx(short, abs=1e-6) or capacity == pytest.approx(0.0, abs=1e-9)


@settings(deadline=None, max_examples=10)
@given(st.floats(0.0, 3.0), st.floats(0.0, 2.0))
def test_more_capacity_never_means_more_delayed_days(status_quo, factor, more):
    economy = status_quo
    care = economy.state.social_care
    before = (care.capacity, care.days, care.site_days, care.need_year.copy(), care.budget)
    found = []
    for times in (factor, factor + more):
        care.capacity = times * before[0]
        discharge_patients(
            economy.setup, economy.state, economy.in_force, economy.seed, economy.flows
        )
        found.append(care.days.sum())
    care.capacity, care.days, care.site_days, care.need_year, care.budget = before
    assert found[1] <= found[0] + 1e-9 and found[1] > 0.0


def test_councils_spend_what_they_have_and_the_books_balance(live_policy):
    economy = live_policy("torbay", 40)
    state = economy.state
    for body in state.bodies.of_kind("council"):
        assert state.money.ledger.balance_of(body) == 0
    assert all(int(balance.sum()) == 0 for balance in economy.record.balance)
    assert len(paid(economy, "budget_pool", 49)) > 0


def test_a_hospital_starts_with_the_costs_that_it_had(status_quo):
    """Delays of the opening are in its costs already: only what differs from them is new."""
    bodies = status_quo.state.bodies
    acute = bodies.of_kind("acute")
    entries = paid(status_quo, "delayed_days", 24)
    first = entries[(entries["month"] == 24) & entries["payer"].isin(acute)]["pence"].sum()
    charges = paid(status_quo, "delayed_discharge_charge", 24)
    charged = charges[charges["month"] == 24]["pence"].sum()
    assert first - charged == pytest.approx(status_quo.state.social_care.first_burden.sum(), abs=9)


def test_councils_are_charged_only_while_the_rule_is_in_force(live_policy):
    charged = live_policy("status_quo", 14)
    free = live_policy(policy(rules=(RuleChange(set={CHARGE: 0.0}),)), 14)
    assert paid(charged, "delayed_discharge_charge")["pence"].sum() > 0
    assert len(paid(free, "delayed_discharge_charge")) == 0


def test_a_charge_that_bites_leads_to_fewer_days_and_none_to_more(live_policy):
    def after(pence):
        return delays(live_policy(policy(rules=(RuleChange(set={CHARGE: pence}),)), 48))

    dear, free = after(60_000.0), after(0.0)
    assert dear[0] < 0.8 * free[0]
    assert dear[1] == pytest.approx(free[1])


def test_a_pool_that_answers_for_hospital_days_has_fewer_of_them(live_policy):
    def days(share):
        return delays(live_policy(policy(pooled_budgets=(PooledBudget(bed_day_share=share),)), 48))

    assert days(1.0)[0] < 0.9 * days(0.0)[0]


def test_joint_teams_with_the_council_shorten_other_delays(live_policy):
    with_council, apart = live_policy("torbay", 48), live_policy("status_quo", 48)
    assert delays(with_council)[1] < 0.98 * delays(apart)[1]


def test_a_pool_is_joined_where_it_is_allowed_and_worth_it(live_policy):
    rich = PooledBudget(adoption="allowed", nhs_pence_per_head=5_000)
    poor = PooledBudget(adoption="allowed", bed_day_share=0.0)
    assert len(live_policy(policy(pooled_budgets=(rich,)), 30).state.social_care.pools) == 2
    bare = policy(pooled_budgets=(poor,), rules=(RuleChange(set={CHARGE: 0.0}),))
    assert not live_policy(bare, 30, mind="greedy").state.social_care.pools


def test_a_pool_that_nobody_joins_changes_nothing(live_policy):
    allowed = policy(pooled_budgets=(PooledBudget(adoption="allowed", nhs_pence_per_head=900),))
    tried = live_policy(allowed, 24, mind="inert").state
    apart = live_policy("status_quo", 24, mind="inert").state
    np.testing.assert_array_equal(tried.money.ledger.balance, apart.money.ledger.balance)
    np.testing.assert_array_equal(tried.social_care.days, apart.social_care.days)


def test_what_pools_gain_is_what_hospitals_pay(live_policy):
    """Money that commissioners add is the sum per head; the rest comes from days saved."""
    economy = live_policy(
        policy(pooled_budgets=(PooledBudget(nhs_pence_per_head=1_200, bed_day_share=0.0),)), 12
    )
    added = paid(economy, "budget_pool")["pence"].sum()
    assert added == pytest.approx(1_200 * economy.state.practices.lists.sum(), rel=1e-4)


def test_budgets_follow_the_rule_and_a_cut_makes_a_pound_dearer(live_policy):
    cut = live_policy(policy(rules=(RuleChange(set={GROWTH: -0.1}),)), 26)
    care = cut.state.social_care
    np.testing.assert_allclose(care.budget, care.first_budget * (0.9 + care.trend) ** 2)
    assert all(
        worth_of_pound(cut.setup.parameters, cut.setup.geography, cut.state, c) > 1.0
        for c in range(care.budget.size)
    )


def test_a_forced_capacity_is_taken(live_policy, shire):
    code = shire.place.councils["council"].iloc[0]
    forced = {(code, "social_care_capacity", 46): "expand"}
    economy = live_policy("status_quo", 14, forced=forced)
    taken = next(d for d in economy.decisions() if d.agent == code and d.month == 46)
    assert taken.chosen == "expand" and taken.forced
    free = live_policy("status_quo", 14, forced={(code, "social_care_capacity", 46): "hold"})
    capacity = economy.state.social_care.capacity[0] / free.state.social_care.capacity[0]
    assert capacity == pytest.approx(1.05)


def test_two_pools_are_refused():
    with pytest.raises(Exception, match="both have pooled budgets"):
        find_policy("torbay+pooled_budget")


def test_delays_are_in_the_scoreboard_and_in_bed_days(live_policy):
    economy = live_policy("status_quo", 24)
    score = scoreboard(
        economy.setup.place, economy.setup.list_sizes, economy.state, economy.record, 1, 2
    )
    days = (
        12_000.0
        * np.mean(economy.record.delayed_days[:24], axis=0)
        / economy.state.practices.lists.sum()
    )
    assert score["delayed_days"] == pytest.approx(days.sum())
    assert score["delayed_days_social_care"] == pytest.approx(days[0])
    stays = sum(month[:, 10].sum() for month in economy.record.by_group[:24])
    months = sum(month[:, 0].sum() for month in economy.record.by_group[:24])
    first = 12_000.0 * economy.state.social_care.first_days / economy.state.practices.lists.sum()
    expected = 12_000.0 * stays / months + days.sum() - first
    assert score["bed_days"] == pytest.approx(expected)
