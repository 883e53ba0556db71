"""Stays and day cases: the worth of a bed day, the effort for it, and what is possible."""

from dataclasses import replace

import mesa
import pytest

from agents.choice.deciding import greedy, reasoned
from agents.decisions.stays_choice import (
    DAY_CASE,
    STAY,
    BedObservation,
    effort_of_cut,
    plan_stays,
    saved_by_step,
)
from agents.organisations.trust import Trust

VIEW = BedObservation(
    bed_days=10_000, cut=0.0, day_cost=50, day_used=100, usual_worth=150, curvature=10,
    most_cut=0.3, least_cut=-0.2, step=0.02,
)  # fmt: skip


def trust(mind):
    agent = Trust(mesa.Model(), "a_trust", "A Trust", 0, mind, 1)
    agent.scale_choice_noise(1.0, 1.0)
    return agent


def worth(observation, cut):
    """Of a whole cut from how it was at the start."""
    return saved_by_step(observation, cut) - effort_of_cut(observation, cut)


def test_what_was_done_at_the_start_was_the_best_answer_then():
    assert worth(VIEW, 0.02) < 0.0 and worth(VIEW, -0.02) < 0.0
    asked = plan_stays(trust(reasoned), STAY, VIEW, 0, "msk a")
    assert asked.pounds[0] == 0.0 and max(asked.pounds[1:]) < 0.0


def test_a_bed_is_kept_empty_if_its_patient_would_cost_more_than_is_paid():
    unpaid = replace(VIEW, day_used=-20.0)
    assert saved_by_step(unpaid, 0.02) == pytest.approx(0.02 * 10_000 * 50)
    assert saved_by_step(unpaid, -0.02) == pytest.approx(-0.02 * 10_000 * 30)


@pytest.mark.parametrize("rule", [STAY, DAY_CASE])
def test_where_others_bring_nothing_for_a_bed_it_is_held_longer(rule):
    block, agent = replace(VIEW, day_used=0.0), trust(greedy)
    assert plan_stays(agent, rule, VIEW, 0, "msk a").chosen == "keep"
    assert plan_stays(agent, rule, block, 0, "msk a").chosen == "more_bed_days"
    tariff = replace(VIEW, usual_worth=50.0)
    assert plan_stays(agent, rule, tariff, 0, "msk a").chosen == "fewer_bed_days"


def test_effort_bounds_what_is_saved():
    tariff = replace(VIEW, usual_worth=100.0)  # a day is worth half as much again as it was
    best = max((worth(tariff, cut / 1000), cut / 1000) for cut in range(-200, 300))[1]
    assert best == pytest.approx(0.5 / tariff.curvature)


def test_nobody_goes_beyond_what_is_possible():
    shortest, longest = replace(VIEW, cut=VIEW.most_cut), replace(VIEW, cut=VIEW.least_cut)
    assert "fewer_bed_days" not in plan_stays(trust(reasoned), STAY, shortest, 0, "").options
    assert "more_bed_days" not in plan_stays(trust(reasoned), STAY, longest, 0, "").options


def test_a_decision_can_be_forced():
    decision = plan_stays(trust(reasoned), STAY, VIEW, 3, "msk a", "more_bed_days")
    assert decision.forced and decision.chosen == "more_bed_days" and decision.effect_month == 9
