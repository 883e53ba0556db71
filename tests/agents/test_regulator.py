"""Regulators: what a body sees decides what it clears, and when it has a council pay for care."""

from dataclasses import replace

import mesa
import numpy as np
import pytest

from agents.choice.deciding import MINDS
from agents.decisions.administration_choice import SiteFateObservation, settle_site
from agents.decisions.closures_choice import ClosingReviewObservation, review_closing
from agents.organisations.council import CareObservation
from agents.organisations.regulator import (
    FailureObservation,
    Regulator,
    ReviewObservation,
    Taker,
    TariffObservation,
)

# Ends a deficit of five million, and leaves four million pounds' worth of people without choice.
MERGER = ReviewObservation(claimed_saving=6e6, deficit=5e6, people_losing=200_000.0)
CARE = CareObservation(
    need=1_000.0, spread=0.4, capacity=1_050.0, price=2_100.0, wait_days=10.0, charge=0.0,
    pool_gain=0.0, regard=0.0, worth_of_pound=1.0,
)  # fmt: skip


@pytest.fixture
def regulator():
    agent = Regulator(mesa.Model(rng=0), "regulator", "A regulator", 2, MINDS["greedy"], 1)
    agent.set_motives(alternative_pounds=20.0, claims_believed=0.3, public_money=1.2, harm=0.02)
    return agent


def test_together_a_deficit_outweighs_alternatives_and_apart_the_bodies_disagree(regulator):
    def ruling(observation):
        return regulator.review_merger(observation, 3, "a b")

    whole, competition, finance = (
        ruling(observation)
        for observation in (
            MERGER,
            replace(MERGER, deficit=None),
            replace(MERGER, people_losing=None),
        )
    )
    assert [d.chosen for d in (whole, competition, finance)] == ["clear", "prohibit", "clear"]
    assert whole.pounds[1] == pytest.approx(0.3 * 6e6 + 1.2 * 5e6 - 20 * 200_000)
    assert competition.pounds[1] == pytest.approx(0.3 * 6e6 - 20 * 200_000)
    assert finance.pounds[1] == pytest.approx(0.3 * 6e6 + 1.2 * 5e6)
    assert "deficit" not in competition.figures and "people_losing" not in finance.figures


def test_whoever_does_not_see_alternatives_hands_a_failing_trust_over_sooner(regulator):
    def answer(people_losing):
        taker = Taker(support=4e6, claimed_saving=6e6, people_losing=people_losing)
        return regulator.answer_failure(FailureObservation(2e8, 9e6, {"b": taker}), 4, "a")

    seeing, blind = answer(800_000.0), answer(None)
    assert seeing.chosen == "rescue" and seeing.figures["losing_b"] == 800_000.0
    assert blind.chosen == "b" and "losing_b" not in blind.figures
    assert blind.pounds[2] == pytest.approx(0.3 * 6e6 - 1.2 * 4e6)


def test_without_a_willing_taker_there_is_nobody_to_hand_a_trust_to(regulator):
    answer = regulator.answer_failure(FailureObservation(2e8, 9e6, {}), 4, "a")
    assert answer.options == ("leave", "rescue") and answer.chosen == "rescue"
    assert answer.pounds == pytest.approx((-1.2 * 9e6 - 0.02 * 2e8, -1.2 * 9e6))


@pytest.mark.parametrize("share", [0.005, 0.05, 0.15, 0.3, 0.6])
def test_no_deficit_is_so_large_or_small_that_it_is_left_alone(regulator, share):
    """It is owed in the end whoever pays now: what is left of the choice is the harm."""
    regulator.mind, regulator.noise_of_stakes = MINDS["reasoned"], 0.02
    answer = regulator.answer_failure(FailureObservation(2e8, share * 2e8, {}), 4, "a")
    assert answer.pounds[1] - answer.pounds[0] == pytest.approx(0.02 * 2e8)
    assert answer.chosen == "rescue" and answer.probabilities[1] > 0.999


def test_a_pound_of_deficit_costs_the_same_in_every_decision(regulator):
    """Of whoever looks at it, and whatever ends it: 1.2 pounds."""
    taker, million = Taker(support=0.0, claimed_saving=0.0, people_losing=None), 1e6
    closing = ClosingReviewObservation(million, million, 0.0, None)
    tariff = TariffObservation((1e8,), (1e8 + million,), 0.0)
    failing = regulator.answer_failure(FailureObservation(0.0, million, {"b": taker}), 4, "a")
    fate = settle_site(regulator, SiteFateObservation(million, closing, {"b": taker}), 10, "a")
    beside = {
        "review": regulator.review_merger(ReviewObservation(0.0, million, None), 3, "a b").pounds[
            1
        ],
        "support": regulator.consider_support(taker, million, 3, "a b").pounds[1],
        "direction": regulator.direct_merger(taker, million, 2e8, 3, "a b").pounds[1],
        "failure": failing.pounds[2] - failing.pounds[1],
        "closing": review_closing(regulator, closing, 2, "a").pounds[1],
        "fate": fate.pounds[2] - fate.pounds[0],
        "closing_by_administrator": fate.pounds[1] - fate.pounds[0],
        "tariff": -0.02 * 1e8 - regulator.set_tariff(tariff, 9).pounds[0],
    }
    assert beside == pytest.approx(dict.fromkeys(beside, 1.2e6))
    surplus = replace(closing, deficit=0.0)  # money that eases no deficit is money
    assert review_closing(regulator, surplus, 2, "a").pounds[1] == pytest.approx(million)


def test_a_council_is_directed_where_hospital_days_cost_more_than_the_care(regulator):
    def gain(day):
        return regulator.direct_care(CARE, day, 47, "L1").pounds[1]

    z = np.linspace(-9.0, 9.0, 100_001)
    need, weight = 1_000.0 + 400.0 * z, np.exp(-0.5 * z * z)
    now, then = (
        np.average(np.maximum(need - places, 0.0), weights=weight) for places in (1_050.0, 1_102.5)
    )
    by_hand = 300.0 * 10.0 * (now - then) - 2_100.0 * (52.5 - (now - then))
    assert gain(300.0) == pytest.approx(by_hand, rel=1e-4)
    assert regulator.direct_care(CARE, 800.0, 47, "L1").chosen == "direct"
    assert regulator.direct_care(CARE, 100.0, 47, "L1").chosen == "leave"
    assert gain(100.0) < regulator.worth_of_direction(replace(CARE, regard=200.0), 100.0)
    assert regulator.worth_of_direction(replace(CARE, regard=200.0), 100.0) == pytest.approx(
        gain(300.0), abs=0.01
    )
    poor = replace(CARE, worth_of_pound=3.0)
    assert regulator.direct_care(poor, 800.0, 47, "L1").chosen == "leave"
