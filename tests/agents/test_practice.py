"""What moves a practice: income, effort, patients, risk and company."""

from dataclasses import replace

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.choice.deciding import MINDS
from agents.organisations.practice import (
    EFFORTS,
    BudgetObservation,
    EffortObservation,
    ExceptionObservation,
    FutureObservation,
    ListObservation,
    MembershipObservation,
    Practice,
)

EFFORT = EffortObservation(
    list_size=7_000, current="usual", qof_gain=3_000, qof_loss=6_000, incentivised_cost=4_000,
    referral_cost=4_000, planned_saving=40_000, crisis_saving=5_000, retained_share=0.0,
    patients_benefit=20_000, more_steps=1.0,
)  # fmt: skip
MEMBER = MembershipObservation(
    is_member=False, list_size=7_000, support=10_000, expected_gain=20_000, downside_share=0.6,
    pool_size=100_000, cost_spread_per_patient=2_500, joining_cost=8_000, peers_share=0.5,
)  # fmt: skip
quickly = settings(deadline=None, max_examples=50)


def practice(mind="greedy", altruism=0.3, aversion=2e-5, peers=5_000.0, code="P1"):
    agent = Practice(mesa.Model(rng=0), code, "A practice", 3, MINDS[mind], 1)
    agent.set_motives(altruism, aversion, peers)
    return agent


def test_the_usual_effort_is_worth_nothing_more():
    assert practice().worth_of_effort("usual", EFFORT) == 0.0


def test_incentivised_care_by_hand():
    agent = practice()
    agent.altruism = 0.5
    assert agent.worth_of_effort("more_incentivised_care", EFFORT) == 3_000 - 4_000 + 0.5 * 20_000
    assert agent.worth_of_effort("less_incentivised_care", EFFORT) == 4_000 - 6_000 - 0.5 * 20_000
    half = replace(EFFORT, more_steps=0.5)  # costs half the time and does half the good
    assert agent.worth_of_effort("more_incentivised_care", half) == 3_000 - 2_000 + 0.5 * 10_000


def test_altruism_alone_can_pay_for_effort_that_income_does_not():
    selfish, kind = practice(altruism=0.0), practice(altruism=0.6)
    assert selfish.set_effort(EFFORT, 0).chosen == "usual"
    assert kind.set_effort(EFFORT, 0).chosen == "more_incentivised_care"


def test_referrals_are_managed_once_a_practice_keeps_what_it_saves():
    agent = practice(altruism=0.0)
    worth = [
        agent.worth_of_effort("managed_referrals", replace(EFFORT, retained_share=share))
        for share in (0.0, 0.2, 0.6)
    ]
    assert worth[0] < 0 < worth[1] < worth[2]
    assert agent.set_effort(replace(EFFORT, retained_share=0.6), 0).chosen.endswith(
        "managed_referrals"
    )


@pytest.mark.parametrize("current", EFFORTS)
def test_the_present_effort_is_the_status_quo_and_all_others_are_options(current):
    made = practice("inert").set_effort(replace(EFFORT, current=current), 0)
    assert made.options[0] == made.chosen == current
    assert sorted(made.options) == sorted(EFFORTS) and made.rule == "effort"
    assert set(made.figures) >= {"qof_gain", "retained_share", "patients_benefit"}


def test_motives_are_never_negative():
    agents = [practice(code=f"P{k}", altruism=0.1, aversion=1e-5) for k in range(300)]
    assert min(a.altruism for a in agents) >= 0 and min(a.risk_aversion for a in agents) >= 0
    assert len({a.altruism for a in agents}) > 250


@quickly
@given(st.integers(7_000, 10**7), st.integers(7_000, 10**7))
def test_budget_risk_falls_with_the_size_of_the_pool(one, two):
    agent, small, large = practice(), min(one, two), max(one, two)
    premium = [agent.risk_premium(replace(MEMBER, pool_size=size)) for size in (small, large)]
    assert premium[0] >= premium[1] >= 0
    # a variance: four times the pool, a quarter of the premium
    quarter = agent.risk_premium(replace(MEMBER, pool_size=4 * small))
    assert quarter == pytest.approx(premium[0] / 4)


def test_the_risk_premium_by_hand():
    agent = practice()
    agent.risk_aversion = 1e-5
    spread = 2_500 * 7_000 / 100_000**0.5
    assert agent.risk_premium(MEMBER) == pytest.approx(0.5 * 1e-5 * (0.6 * spread) ** 2)
    assert agent.risk_premium(replace(MEMBER, downside_share=0.0)) == 0.0


def test_what_draws_a_practice_in_and_what_keeps_it_out():
    agent = practice()
    worth = agent.worth_of_membership(MEMBER)
    worse = replace(MEMBER, reserve_cost=500)
    assert agent.worth_of_membership(worse) == pytest.approx(worth - 500)
    for better in ({"support": 12_000}, {"expected_gain": 25_000}, {"peers_share": 0.9},
                   {"pool_size": 300_000}, {"joining_cost": 1_000}):  # fmt: skip
        assert agent.worth_of_membership(replace(MEMBER, **better)) > worth, better
    assert agent.worth_of_membership(replace(MEMBER, downside_share=1.0)) < worth


def test_peers_draw_as_many_in_as_they_keep_out():
    agent = practice(peers=5_000.0)
    alone, half, all_in = (
        agent.worth_of_membership(replace(MEMBER, peers_share=share)) for share in (0.0, 0.5, 1.0)
    )
    assert all_in - half == pytest.approx(half - alone) == pytest.approx(5_000.0)


@pytest.mark.parametrize(
    ("member", "stay", "change"), [(False, "stay_out", "join"), (True, "stay_in", "leave")]
)
def test_members_may_leave_and_others_join(member, stay, change):
    observation = replace(MEMBER, is_member=member)
    assert practice("inert").consider_membership(observation, 0, about="ICO").chosen == stay
    good, bad = replace(observation, expected_gain=1e6), replace(observation, expected_gain=-1e6)
    inside, outside = ("stay_in", "leave") if member else ("join", "stay_out")
    assert practice("greedy").consider_membership(good, 0).chosen == inside
    assert practice("greedy").consider_membership(bad, 0).chosen == outside
    forced = practice("inert").consider_membership(observation, 0, forced=change)
    assert forced.chosen == change and forced.forced
    assert set(forced.figures) >= {"expected_gain", "risk_premium", "pool_size", "peers_share"}


def test_who_holds_a_budget_gives_up_what_it_is_worth():
    agent = practice()
    budget = BudgetObservation(
        holds=True, notice_months=12, list_size=7_000, spend=1e6, believed_saving=0.03,
        retained_share=0.7, private_share=0.5, downside_share=0.0, pool_size=7_000,
        cost_spread_per_patient=100.0, allowance=20_000, management_cost=15_000,
        referral_cost=4_000,
    )  # fmt: skip
    worth = agent.worth_of_budget(budget)
    assert worth > 5_000
    holder = agent.worth_of_membership(replace(MEMBER, budget=budget))
    assert holder == pytest.approx(agent.worth_of_membership(MEMBER) - worth)


def test_the_better_of_two_organisations_is_joined_and_a_member_may_move():
    good, better = replace(MEMBER, expected_gain=30_000), replace(MEMBER, expected_gain=60_000)
    decision = practice().choose_organisation({"A": good, "B": better}, 0)
    assert decision.options == ("stay_out", "join A", "join B") and decision.chosen == "join B"
    inside = {"A": replace(good, is_member=True), "B": better}
    decision = practice().choose_organisation(inside, 0)
    assert decision.options == ("stay_in", "leave", "join B") and decision.chosen == "join B"
    assert practice(mind="inert").choose_organisation(inside, 0).chosen == "stay_in"


LIST = ListObservation(
    is_open=True, list_size=7_000, newcomers=500, margin=60, workload=1.0, supply_elasticity=0.3,
    turned_away=20, closing_cost=5_000,
)  # fmt: skip


def test_a_list_is_closed_when_further_work_is_worth_more_than_it_pays():
    agent = practice(altruism=0.0)
    assert agent.worth_of_closed(LIST) == pytest.approx(-5_000)
    assert agent.consider_list(LIST, 0).chosen == "keep_open"
    busy = replace(LIST, workload=1.5)
    assert agent.worth_of_closed(busy) == pytest.approx(500 * 60 * (1.5 ** (1 / 0.3) - 1) - 5_000)
    assert agent.consider_list(busy, 0).chosen == "close_list"
    closed = replace(busy, is_open=False)
    assert agent.consider_list(closed, 0).options == ("keep_closed", "reopen")
    assert agent.consider_list(replace(closed, workload=0.9), 0).chosen == "reopen"
    assert practice(altruism=5.0).worth_of_closed(busy) < agent.worth_of_closed(busy)


FUTURE = FutureObservation(
    partners=1, profit=100_000, workload_cost=0, elsewhere=67_500, retiring=1,
    successor_cost=30_000, successor_chance=0.8, postponed_cost=20_000, merger_gain=20_000,
    merger_cost=10_000, patients_benefit=6_000,
)  # fmt: skip


def test_who_leaves_weighs_only_the_search_and_the_patients():
    agent = practice()
    agent.altruism = 0.5
    assert agent.worth_of_carrying_on(FUTURE) == pytest.approx(-0.8 * 30_000 - 0.2 * 20_000)
    assert agent.worth_of_closing(FUTURE) == -0.5 * 6_000
    assert agent.consider_future(FUTURE, 0).options == ("carry_on", "close")


def test_too_much_work_makes_partners_think_of_leaving_as_too_little_income_does():
    agent, stay = practice(), replace(FUTURE, partners=3, retiring=0)
    assert agent.worth_of_carrying_on(stay) == 0.0
    worn = agent.worth_of_closing(replace(stay, workload_cost=50_000))
    poor = agent.worth_of_closing(replace(stay, profit=50_000))
    assert worn == pytest.approx(poor) and worn > agent.worth_of_closing(stay)


def test_practices_merge_by_money_and_not_by_noise():
    agent = practice("reasoned")
    agent.scale_choice_noise(1.0, 1.0, 0.02)

    def accepts(saving):
        return agent.answer_offer(saving, 10_000, 0).probabilities[1]

    assert accepts(10_500) < 0.001 and accepts(30_000) > 0.999
    lean = replace(FUTURE, partners=3, retiring=0, profit=67_500, patients_benefit=20_000)

    def merges(gain):
        observation = replace(lean, merger_gain=gain)
        return agent.consider_future(observation, 0, about="b").probabilities[2]

    assert merges(10_500) < 0.02 and merges(60_000) > 0.95


def test_practices_differ_for_good_in_what_staying_as_they_are_is_worth():
    agents = [practice("reasoned", code=f"Y{k}") for k in range(400)]
    for agent in agents:
        agent.set_ties(0.5)
        agent.scale_choice_noise(1.0, 1.0, 0.02)
    ties = np.array([agent.ties for agent in agents])
    assert ties.mean() == pytest.approx(1.0, abs=0.1)
    assert np.log(ties).std() == pytest.approx(0.5, rel=0.15)
    chances = [agent.answer_offer(13_000, 10_000, 0).probabilities[1] for agent in agents]
    assert (np.diff(np.array(chances)[np.argsort(ties)]) <= 0.0).all()


def test_conscience_keeps_exceptions_to_those_whom_care_does_not_suit():
    observation = ExceptionObservation(
        list_size=7_000, more_now=False, gain=800, patients=60, conscience=20
    )
    selfish, kind = practice(altruism=0.0), practice(altruism=5.0)
    assert selfish.consider_exceptions(observation, 0).chosen == "except_more"
    assert kind.consider_exceptions(observation, 0).chosen == "except_needed"
    sly = replace(observation, more_now=True)
    assert kind.consider_exceptions(sly, 0).options == ("except_more", "except_needed")
    assert kind.consider_exceptions(sly, 0).chosen == "except_needed"
