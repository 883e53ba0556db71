"""Decisions by what is at stake: a rest of a few pounds out of millions weighed is a toss."""

from dataclasses import replace

import mesa
import pytest

from agents.choice.deciding import DecisionType, Option, reasoned
from agents.decisions import administration_choice, closures_choice, mergers_choice
from agents.decisions.closures_choice import ClosingObservation, ClosingReviewObservation
from agents.organisations.commissioner import Commissioner, SplitObservation
from agents.organisations.practice import FutureObservation, Practice
from agents.organisations.regulator import FailureObservation, Regulator, ReviewObservation, Taker
from agents.organisations.trust import LineObservation, TakeoverObservation, Trust

MILLIONS, SHARE = 1.6e7, 0.02
RULE = DecisionType("try", 12, 0, "a test")


def organisation(kind):
    made = kind(mesa.Model(rng=0), "X1", "A body", 2, reasoned, 1)
    made.scale_choice_noise(
        0.0, 1.0, SHARE
    )  # without what the status quo is worth beyond consequences
    return made


@pytest.fixture
def trust():
    made = organisation(Trust)
    made.set_motives(0.0, 0.0, 0.0, 0.0, 0.0)
    made.set_ambition(0.0, 0.0, 0.0)
    made.set_ties(0.0, 0.0, 0.0, 0.0)
    return made


@pytest.fixture
def regulator():
    made = organisation(Regulator)
    made.set_motives(1.0, 1.0, 1.0, 1.0, 1.0, 0.0)
    return made


def chance(options, sums=()):
    return reasoned(RULE.at_stake(options, SHARE, sums), options)[1]


def test_noise_is_a_share_of_what_is_weighed_and_not_of_the_rest():
    two = [Option("stay", -MILLIONS), Option("go", -MILLIONS + 10.0)]
    assert chance(two) == pytest.approx(0.5, abs=1e-4)
    rest = [Option("stay", 0.0), Option("go", 10.0)]
    assert chance(rest, (MILLIONS, -MILLIONS)) == pytest.approx(0.5, abs=1e-4)
    assert chance([Option("stay", 0.0), Option("go", MILLIONS)]) == pytest.approx(1.0)
    assert chance([Option("stay", 0.0), Option("go", 0.1 * MILLIONS)], (MILLIONS,)) > 0.99


LINE = LineObservation("msk", True, 3 * MILLIONS, 2 * MILLIONS, 0.0, 0.0, 0.0, kept_margin=MILLIONS)
CLOSING = ClosingObservation(
    3 * MILLIONS, MILLIONS, MILLIONS, 2 * MILLIONS, MILLIONS, 0.0, 1.0, deficit=MILLIONS
)
BOTH = mergers_choice.MergerObservation(
    MILLIONS, MILLIONS, MILLIONS, MILLIONS, MILLIONS, 0.0, MILLIONS
)
HANDED_OVER = Taker(MILLIONS, 2 * MILLIONS, MILLIONS)
SITE = ClosingReviewObservation(MILLIONS, MILLIONS, MILLIONS, 0.0)
FUTURE = FutureObservation(1, MILLIONS, 0.0, 0.0, 0, 0.0, 1.0, 0.0, 0.0, MILLIONS, 0.0)
PRACTICE = TakeoverObservation(MILLIONS, MILLIONS, 2 * MILLIONS, MILLIONS, 0.5)


def of_trusts(t, more):
    """Decisions of trusts of which `more` pounds are the rest."""
    yield t.consider_line(replace(LINE, kept_margin=MILLIONS + more), 0, "a")
    shut = replace(LINE, is_open=False, income=3 * MILLIONS + more)
    yield t.consider_line(shut, 0, "a")
    for look in (closures_choice.consider_closing, closures_choice.consider_again):
        yield look(t, replace(CLOSING, shed_later=MILLIONS + more), 0, "a")
    saving = replace(BOTH, believed_saving=MILLIONS + more)
    yield mergers_choice.consider_merger(t, saving, 0, "a")
    for ask in (
        mergers_choice.answer_merger,
        mergers_choice.answer_regulator,
        mergers_choice.answer_administrator,
    ):
        yield ask(t, saving, 0, "a")
    yield mergers_choice.consider_services(t, saving, 0, "a")
    yield t.consider_takeover(replace(PRACTICE, margin_then=2 * MILLIONS + more), 0, "a")


def of_regulators(r, more):
    """Decisions of regulators of which `more` pounds are the rest."""
    yield r.review_merger(ReviewObservation(MILLIONS + more, MILLIONS, 2 * MILLIONS), 0, "a")
    taker = replace(HANDED_OVER, claimed_saving=2 * MILLIONS + more)
    yield r.consider_support(taker, 0.0, 0, "a")
    yield r.direct_merger(taker, 0.0, MILLIONS, 0, "a")
    yield r.answer_failure(FailureObservation(0.0, 0.0, {"taker": taker}), 0, "a")
    yield closures_choice.review_closing(r, replace(SITE, gain=MILLIONS + more), 0, "a")
    yield administration_choice.consider_administration(r, MILLIONS + more, MILLIONS, 0, "a")
    fate = administration_choice.SiteFateObservation(
        MILLIONS, replace(SITE, gain=MILLIONS + more), {}
    )
    yield administration_choice.settle_site(r, fate, 0, "a")
    fate = administration_choice.SiteFateObservation(0.0, None, {"taker": taker})
    yield administration_choice.settle_site(r, fate, 0, "a")


def of_others(more):
    """Those of doctors, and of a commissioner that must give services up."""
    doctors = organisation(Practice)
    doctors.set_motives(0.0, 0.0, 0.0)
    yield doctors.answer_takeover(more, MILLIONS, 0, "a")
    yield doctors.answer_offer(MILLIONS + more, MILLIONS, 0)
    yield doctors.consider_future(replace(FUTURE, elsewhere=MILLIONS + more), 0)
    yield doctors.consider_future(replace(FUTURE, merger_gain=MILLIONS + more), 0, about="b")
    buyer = organisation(Commissioner)
    buyer.set_motives(1e6, 0.0)
    per_sd = 2.0  # standard deviations of quality; a SD for a typical spend is worth a million
    observation = SplitObservation(MILLIONS, per_sd, 0.0, {})
    worth = buyer.leave_provision(observation, 0, "a").pounds[0]
    observation = replace(observation, setup_cost=worth + more, offers={"X2": 0.0})
    yield buyer.leave_provision(observation, 0, "a")


def surest(decision):
    """Chance of the better of the status quo and the last option, if one of them is taken."""
    ends = decision.probabilities[0], decision.probabilities[-1]
    return max(ends) / sum(ends)


def test_ten_pounds_out_of_millions_decide_nothing(trust, regulator):
    made = [*of_trusts(trust, 10.0), *of_regulators(regulator, 10.0), *of_others(10.0)]
    assert len(made) == 23
    assert not [d for d in made if surest(d) > 0.501]


def test_half_of_the_millions_decides_all(trust, regulator):
    more = 0.5 * MILLIONS
    made = [*of_trusts(trust, more), *of_regulators(regulator, more), *of_others(more)]
    assert not [d for d in made if surest(d) < 0.95]
