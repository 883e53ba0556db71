"""Whether a practice holds a budget, and what it does in the year that sets one."""

from dataclasses import replace

import mesa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.choice.deciding import MINDS
from agents.organisations.practice import (
    EFFORTS,
    LIBERAL_EFFORTS,
    BudgetObservation,
    EffortObservation,
    FederationObservation,
    Practice,
)

EFFORT = EffortObservation(
    list_size=7_000, current="usual", qof_gain=3_000, qof_loss=6_000, incentivised_cost=4_000,
    referral_cost=4_000, planned_saving=100_000, crisis_saving=0, retained_share=0.0,
    patients_benefit=20_000, private_share=0.4, referral_rise=250_000, coming_share=0.0,
    more_steps=1.0,
)  # fmt: skip
BUDGET = BudgetObservation(
    holds=False, notice_months=12, list_size=7_000, spend=2_800_000, believed_saving=0.03,
    retained_share=1.0, private_share=0.4, downside_share=0.25, pool_size=7_000,
    cost_spread_per_patient=1_500, allowance=34_000, management_cost=34_000, referral_cost=4_000,
)  # fmt: skip
quickly = settings(deadline=None, max_examples=100)
lists = st.integers(1_000, 40_000)


def practice(mind="greedy", altruism=0.5, aversion=2e-5):
    agent = Practice(mesa.Model(rng=0), "P1", "A practice", 3, MINDS[mind], 1)
    agent.set_motives(altruism, aversion, 5_000.0)
    agent.altruism, agent.risk_aversion = altruism, aversion
    return agent


def of_size(patients):
    """A budget alike for each patient, without costs that are the same for every practice."""
    factor = patients / 7_000
    return replace(
        BUDGET, list_size=patients, pool_size=patients, spend=BUDGET.spend * factor,
        allowance=0.0, management_cost=0.0, referral_cost=BUDGET.referral_cost * factor,
    )  # fmt: skip


def federation(pool=70_000, **change):
    """A holder alone and in a pool of ten like it."""
    return FederationObservation(**{
        "is_member": False, "leads": False, "alone": BUDGET,
        "pooled": replace(BUDGET, pool_size=pool, management_cost=7_000), "others_saving": 0.02,
        "own_part": 0.2, "peers_share": 0.5, "leading_cost": 3_000, **change,
    })  # fmt: skip


def test_the_worth_of_a_federation_by_hand():
    agent, felt = practice(), 0.4 + 0.5 * 0.6
    premium = 0.5 * 2e-5 * (0.25 * 1_500) ** 2 * 7_000
    own, others = felt * 0.2 * 84_000 - 4_000, felt * 0.9 * 0.02 * 2_800_000
    pooled = own + others + 34_000 - 7_000 - premium / 10
    assert agent.worth_of_federation(federation()) == pytest.approx(
        pooled - agent.worth_of_budget(BUDGET)
    )


def test_company_draws_into_a_federation_and_leading_puts_off():
    agent = practice()
    plain = agent.worth_of_federation(federation())
    assert agent.worth_of_federation(federation(peers_share=1.0)) == plain + 5_000
    assert agent.worth_of_federation(federation(leads=True)) == plain - 3_000
    assert agent.worth_of_federation(federation(others_saving=-0.02)) < plain
    made = agent.consider_federation(federation(leads=True), 2, "east", "lead")
    assert made.options == ("stay_alone", "lead") and made.effect_month == 12


@quickly
@given(st.integers(7_000, 200_000), st.integers(0, 200_000))
def test_risk_in_a_federation_falls_with_its_pool(pool, more):
    agent = practice()
    larger, smaller = (federation(size).pooled for size in (pool + more, pool))
    assert agent.budget_premium(larger) <= agent.budget_premium(smaller)


def test_the_worth_of_a_budget_by_hand():
    agent = practice()
    premium = 0.5 * 2e-5 * (0.25 * 1_500) ** 2 * 7_000
    felt = 0.4 + 0.5 * 0.6
    assert agent.budget_premium(BUDGET) == pytest.approx(premium)
    worth = felt * 0.03 * 2_800_000 - 4_000 - premium
    assert agent.worth_of_budget(BUDGET) == pytest.approx(worth)


def test_a_practice_that_expects_to_overspend_counts_what_it_would_bear():
    agent = practice(aversion=0.0)
    losing = replace(BUDGET, believed_saving=-0.02, allowance=0.0, management_cost=0.0)
    assert agent.worth_of_budget(losing) == pytest.approx(-0.25 * 0.02 * 2_800_000)
    assert agent.worth_of_budget(replace(losing, downside_share=0.0)) == 0.0


@quickly
@given(lists, lists)
def test_a_small_practice_shuns_budget_risk_more_than_a_large_one_that_believes_the_same(a, b):
    small, large = (of_size(size) for size in sorted((a, b)))
    agent = practice("reasoned")
    premium = [
        agent.budget_premium(observation) / observation.list_size for observation in (small, large)
    ]
    assert premium[0] >= premium[1] > 0
    chance = [
        agent.consider_budget(observation, 0).probabilities[1] for observation in (small, large)
    ]
    assert chance[0] <= chance[1]
    fearless = practice("reasoned", aversion=0.0)
    without = [
        fearless.consider_budget(observation, 0).probabilities[1] for observation in (small, large)
    ]
    assert without[0] == pytest.approx(without[1], abs=2e-6)


@quickly
@given(st.floats(0, 1), st.floats(0, 1), lists)
def test_the_more_of_a_saving_is_kept_the_more_a_budget_is_worth(a, b, size):
    agent = practice("reasoned")
    worth = [
        agent.worth_of_budget(replace(of_size(size), retained_share=share))
        for share in sorted((a, b))
    ]
    assert worth[0] <= worth[1]


def test_a_budget_is_taken_kept_and_given_up():
    good, bad = replace(BUDGET, allowance=1e6), replace(BUDGET, management_cost=1e6)
    assert practice().consider_budget(good, 0).chosen == "take_budget"
    assert practice().consider_budget(bad, 0).chosen == "no_budget"
    assert practice().consider_budget(replace(good, holds=True), 0).chosen == "keep_budget"
    assert practice().consider_budget(replace(bad, holds=True), 0).chosen == "give_up_budget"
    assert practice("inert").consider_budget(good, 0).chosen == "no_budget"
    assert practice("inert").consider_budget(replace(bad, holds=True), 0).chosen == "keep_budget"
    forced = practice("inert").consider_budget(bad, 24, "take_budget", "real")
    assert forced.forced and forced.effect_month == 36 and forced.about == "real"


def test_referrals_are_let_rise_only_by_who_is_about_to_hold_a_budget():
    agent = practice()
    assert set(agent.set_effort(EFFORT, 0).options) == set(EFFORTS)
    preparing = replace(EFFORT, coming_share=0.5)
    made = agent.set_effort(preparing, 0)
    assert set(made.options) == {*EFFORTS, *LIBERAL_EFFORTS}
    assert made.chosen.endswith("liberal_referrals") and made.figures["referral_rise"] == 250_000
    gain = (0.4 + 0.5 * 0.6) * 0.5 * 250_000
    assert agent.worth_of_effort("liberal_referrals", preparing) == pytest.approx(gain)


def test_a_holder_stops_letting_referrals_rise():
    holder = replace(EFFORT, current="liberal_referrals", retained_share=0.7)
    made = practice().set_effort(holder, 0)
    assert made.options[0] == "liberal_referrals" and made.chosen.endswith("managed_referrals")
    assert made.pounds[0] < 0
    assert practice("inert").set_effort(holder, 0).chosen == "liberal_referrals"


def test_what_serves_patients_is_worth_their_benefit_to_the_practice():
    observation = replace(EFFORT, retained_share=1.0)
    selfish = practice(altruism=0.0).worth_of_effort("managed_referrals", observation)
    kind = practice(altruism=1.0).worth_of_effort("managed_referrals", observation)
    assert selfish == pytest.approx(0.4 * 100_000 - 4_000)
    assert kind == pytest.approx(100_000 - 4_000)
