"""What moves a trust: surplus, quality, patients, and cost that a lost line leaves behind."""

from dataclasses import replace

import mesa
import pytest

from agents.choice.deciding import MINDS
from agents.choice.numbers import central
from agents.organisations.trust import (
    BID_DISCOUNTS,
    BidObservation,
    CapacityObservation,
    DeliveryObservation,
    LineObservation,
    QualityObservation,
    StepObservation,
    Trust,
)

MORE, LESS = (
    StepObservation(
        drawn_income=way * 500_000, drawn_cost=way * 150_000, readmissions=0.0, goal_income=0.0,
        step_cost=cost,
    ) for way, cost in ((1, 420_000), (-1, -380_000))
)  # fmt: skip
QUALITY = QualityObservation(
    income=60e6, more=MORE, less=LESS, net_then=-50_000, drawn_then=500_000, quality=0.0,
    steps_since=0.0,
)  # fmt: skip
CAPACITY = CapacityObservation(
    line="msk", capacity=1_000, arrivals=1_000, wait_months=2.0, price=2_000, capacity_cost=300,
    margin={"hold": 1e6, "expand": 1e6, "shrink": 1e6},
)  # fmt: skip
LINE = LineObservation(
    line="msk", is_open=True, income=5e6, avoidable_cost=4e6, years_of_loss=2, entry_cost=5e5,
    patients=10_000,
)  # fmt: skip
BID = BidObservation(
    line="msk", ceiling=10e6, expected_cost=9.5e6, income_at_risk=1e6, bid_cost=20_000,
    expected_rivals=2, is_incumbent=True,
)  # fmt: skip
DELIVERY = DeliveryObservation(line="msk", movable=4e6, gain=300_000)


def trust(mind="greedy", quality=300_000, mission=40, optimism=0.0, slope=25.0):
    agent = Trust(mesa.Model(rng=0), "T1", "A trust", 4, MINDS[mind], 1)
    agent.set_motives(quality, mission, optimism, slope, 0.1)
    return agent


def steps(**changed):
    """The view with parts of both steps changed."""
    return replace(QUALITY, more=replace(MORE, **changed), less=replace(LESS, **changed))


def pounds(decision):
    return dict(zip(decision.options, decision.pounds, strict=True))


def test_quality_stays_where_it_was_the_best_answer_and_returns_to_it():
    assert trust().set_quality(QUALITY, 0).chosen == "keep"
    worth = [
        pounds(trust().set_quality(replace(QUALITY, steps_since=s), 0)) for s in (-4.0, 0.0, 4.0)
    ]
    assert worth[0]["raise"] > worth[1]["raise"] > worth[2]["raise"]
    assert worth[0]["lower"] < worth[1]["lower"] < worth[2]["lower"]
    assert trust().set_quality(replace(QUALITY, steps_since=-4.0), 0).chosen == "raise"
    assert trust().set_quality(replace(QUALITY, steps_since=6.0), 0).chosen == "lower"


def test_quality_that_draws_nobody_or_is_not_paid_for_falls():
    alone, block = steps(drawn_income=0.0, drawn_cost=0.0), steps(drawn_income=0.0)
    for observation in (alone, block):
        assert trust().set_quality(observation, 0).chosen == "lower"
    worth = [
        pounds(trust().set_quality(observation, 0))["raise"]
        for observation in (QUALITY, alone, block)
    ]
    assert worth == sorted(worth, reverse=True)


def test_more_patients_drawn_raise_the_worth_of_quality_by_their_margin():
    more = replace(MORE, drawn_income=600_000, drawn_cost=180_000)
    views = (QUALITY, replace(QUALITY, more=more))
    few, many = (pounds(trust().set_quality(observation, 0))["raise"] for observation in views)
    assert many - few == pytest.approx(70_000)


def test_readmissions_that_a_step_spares_are_income_and_cost_spared():
    spared = replace(QUALITY, more=replace(MORE, readmissions=-10_000.0))
    few, many = (pounds(trust().set_quality(observation, 0)) for observation in (spared, QUALITY))
    assert many["raise"] - few["raise"] == pytest.approx(10_000)
    assert many["lower"] == few["lower"]


def test_what_a_step_is_worth_is_the_sum_of_the_figures_that_are_told():
    decision = trust().set_quality(replace(QUALITY, steps_since=2.0), 0)
    told, worth = decision.figures, pounds(decision)
    brought = told["drawn_income"] - told["drawn_cost"] + told["readmissions"]
    gained = brought + told["goal_income"] - told["step_cost"] + told["beyond_money"]
    assert gained == pytest.approx(worth["raise"])
    lost = told["lost_income"] - told["lost_cost"] - told["more_readmissions"]
    given_up = lost + told["goals_lost"] + told["lost_beyond_money"] - told["step_saving"]
    assert -given_up == pytest.approx(worth["lower"])


def test_a_step_up_and_back_down_gains_nothing():
    up = pounds(trust().set_quality(QUALITY, 0))["raise"]
    there = replace(QUALITY, steps_since=1.0, less=replace(LESS, step_cost=-MORE.step_cost))
    down = pounds(trust().set_quality(there, 0))["lower"]
    assert up + down == pytest.approx(0.0, abs=1.0)


def test_a_trust_without_income_still_decides():
    bare = replace(
        steps(drawn_income=0.0, drawn_cost=0.0, step_cost=0.0), income=0.0, drawn_then=0.0
    )
    assert trust("reasoned").set_quality(bare, 0).chosen in ("keep", "raise", "lower")


@pytest.mark.parametrize(
    ("margin", "chosen"),
    [
        ((1.30e6, 1.30e6, 1.20e6), "hold"),
        ((1.56e6, 1.72e6, 1.40e6), "expand"),
        ((0.08e6, 0.09e6, 0.08e6), "shrink"),
    ],
)
def test_capacity_follows_what_more_of_it_would_leave(margin, chosen):
    observation = replace(
        CAPACITY, margin=dict(zip(("hold", "expand", "shrink"), margin, strict=True))
    )
    assert trust().set_capacity(observation, 0, "msk S1").chosen == chosen


def test_capacity_that_does_not_pay_is_not_built():
    dear = replace(CAPACITY, margin={"hold": 12_000.0, "expand": 13_200.0, "shrink": 10_800.0})
    assert trust().set_capacity(dear, 0, "msk S1").chosen != "expand"


def test_a_line_is_kept_for_contribution_or_mission_and_closed_for_neither():
    losing = replace(LINE, income=3e6, avoidable_cost=4e6)
    assert trust().consider_line(LINE, 0, "msk S1").chosen == "keep"
    assert trust(mission=0).consider_line(losing, 0, "msk S1").chosen == "close"
    assert trust(mission=200).consider_line(losing, 0, "msk S1").chosen == "keep"


def chance_to_close(income, gain, **more):
    """Of a line by whose closing its owner gains so much, when it has no other motive."""
    agent = trust("reasoned", mission=0)
    agent.scale_choice_noise(1.0, 1.0, 0.02)
    observation = replace(LINE, income=income, avoidable_cost=income + gain, **more)
    return agent.consider_line(observation, 0, "msk S1").probabilities[1]


@pytest.mark.parametrize("income", [0.4e6, 5e6, 59.7e6])
def test_no_line_closes_for_next_to_nothing_or_at_a_loss(income):
    for share in (-0.05, -0.01, 0.0, 0.0002, 0.01):
        assert chance_to_close(income, share * income) < 1e-6
    assert chance_to_close(income, 0.2 * income) > 0.9


def test_a_line_that_would_close_for_its_money_stays_where_closing_costs_that():
    gain = 0.2 * 5e6
    assert chance_to_close(5e6, gain, closing_cost=gain) <= 1e-6


def test_a_closed_line_opens_only_if_it_pays_for_its_entry():
    closed = replace(LINE, is_open=False)
    made = trust(mission=0).consider_line(closed, 0, "msk S1")
    assert made.options == ("stay_closed", "open") and made.chosen == "open"
    dear = replace(closed, entry_cost=2e6)
    assert trust(mission=0).consider_line(dear, 0, "msk S1").chosen == "stay_closed"
    # what was worth keeping is not yet worth opening: entry has a cost
    kept = pounds(trust(mission=0).consider_line(LINE, 0, "x"))["keep"]
    assert kept - pounds(made)["open"] == pytest.approx(LINE.entry_cost)


def test_bids_rise_with_what_is_at_risk_and_fall_with_cost():
    worth = [
        max(trust().consider_bid(observation, 0, "msk C1").pounds[1:])
        for observation in (replace(BID, income_at_risk=0), BID, replace(BID, income_at_risk=3e6))
    ]
    assert worth[0] < worth[1] < worth[2]
    hopeless = replace(BID, expected_cost=20e6, income_at_risk=0)
    assert trust().consider_bid(hopeless, 0, "msk C1").chosen == "no_bid"


def test_a_discount_wins_more_often_and_earns_less():
    agent = trust()
    chances = [agent.chance_to_win(d, BID) for d in sorted(BID_DISCOUNTS.of(central()).values())]
    assert chances == sorted(chances) and 0 < chances[0] < chances[-1] < 1
    assert trust(slope=0.0).chance_to_win(0.05, BID) == trust().chance_to_win(0.0, BID)
    assert agent.chance_to_win(0, replace(BID, is_incumbent=False)) < chances[0]
    assert agent.chance_to_win(0, replace(BID, expected_rivals=5)) < chances[0]
    assert agent.chance_to_win(0, replace(BID, expected_rivals=0)) == 1.0


def test_the_cost_that_a_bidder_believes_in_is_its_own():
    made = trust(optimism=0.05).consider_bid(BID, 0, "msk C1")
    sober = trust(optimism=0.0).consider_bid(BID, 0, "msk C1")
    assert sober.figures["believed_cost"] == BID.expected_cost
    assert made.figures["believed_cost"] != BID.expected_cost
    assert abs(made.figures["believed_cost"] / BID.expected_cost - 1) < 0.25


def test_work_is_done_where_it_saves():
    assert trust().consider_delivery(DELIVERY, 0, "msk C1").chosen == "do_the_work"
    dear = replace(DELIVERY, gain=-300_000)
    assert trust().consider_delivery(dear, 0, "msk C1").chosen == "subcontract"


@pytest.mark.parametrize("option", ["no_bid", *BID_DISCOUNTS.names])
def test_any_bid_can_be_forced(option):
    made = trust("inert").consider_bid(BID, 5, "msk C1", forced=option)
    assert made.chosen == option and made.forced and made.about == "msk C1"


def test_a_bidder_that_has_lost_sees_less_in_a_bid_and_a_holder_errs_less():
    worth = [
        max(trust().consider_bid(replace(BID, success=s), 0, "msk C1").pounds[1:])
        for s in (0.1, 0.5, 1.0, 2.0)
    ]
    assert worth == sorted(worth) and worth[0] < worth[-1]
    chances = [trust().chance_to_win(0.02, replace(BID, success=s)) for s in (1e-6, 1.0, 1e6)]
    assert 0.0 < chances[0] < chances[1] < chances[2] <= 1.0
    costs = [
        trust(optimism=0.05).consider_bid(replace(BID, error_left=e), 0, "msk C1").figures
        for e in (0.0, 0.3, 1.0)
    ]
    errors = [abs(figures["believed_cost"] - BID.expected_cost) for figures in costs]
    assert errors[0] == pytest.approx(0.0) and errors == sorted(errors) and errors[2] > 0
