"""Points by the rules of each year: thresholds, prices, lists, prevalence, exceptions."""

from datetime import date

import numpy as np
import pytest

from model.policies.policy import Policy, RuleChange
from model.practice_decisions.effort_decisions import qof_at
from model.practices.effort import reached
from model.practices.income import income_streams
from model.practices.qof import clinical_points_paid, conditions_of_patients, qof_income
from model.rules import load_rules

POINTS = "general_practice.qof.points"
NOBODY, ONE = np.zeros(1, dtype=bool), np.ones(1)


def rules_of(year):
    return load_rules().in_force(date(year, 4, 1))


def test_the_parts_of_the_framework_add_up_to_its_points():
    parts = [f"{POINTS}_{part}" for part in
             ("clinical", "organisational", "patients", "public_health", "other")]  # fmt: skip
    for year in range(2004, 2016):
        rules = rules_of(year)
        assert sum(rules[part] for part in parts) == rules[POINTS], year


def test_clinical_points_follow_the_way_between_the_thresholds(shire):
    sharp = shire.parameters.with_values({"practices.qof_spread_over_indicators": 0.06})
    rules = {
        "general_practice.qof.lower_threshold": 0.4,
        "general_practice.qof.upper_threshold": 0.8,
    }
    paid = clinical_points_paid(rules, sharp, np.array([0.0, 0.2, 0.6, 1.0]))
    np.testing.assert_allclose(paid, [0.0, 0.0, 0.5, 1.0], atol=1e-3)
    usual = clinical_points_paid(rules, shire.parameters, 0.9)
    assert usual == pytest.approx(0.9717, abs=0.004)
    # Simulated indicators earn what the closed form says.
    draw = np.random.default_rng(1).normal(0.7, 0.115, 200_000)
    mean = np.clip((draw - 0.4) / 0.4, 0.0, 1.0).mean()
    assert clinical_points_paid(rules, shire.parameters, 0.7) == pytest.approx(mean, abs=2e-3)


def test_points_pay_their_price_by_list_and_prevalence(shire):
    value = shire.parameters
    old, new = rules_of(2009), rules_of(2010)
    for rules, factor in ((old, 1.5**0.5), (new, 1.5)):
        price = rules["general_practice.qof.pence_per_point"]
        per_point = price * 7_000 / rules["general_practice.qof.reference_list"]
        base = qof_income(rules, value, ONE, ONE * 7_000, 0.9)[0]
        clinical = 697 * clinical_points_paid(rules, value, 0.9)
        assert base == pytest.approx((clinical + 303 * 0.9717) * per_point)
        more = qof_income(rules, value, 1.5 * ONE, ONE * 7_000, 0.9)[0]
        assert more - base == pytest.approx((factor - 1.0) * clinical * per_point)
    assert qof_income(rules_of(2003), value, ONE, ONE, 0.9) == 0
    assert qof_income(new | {POINTS: 0}, value, ONE, ONE, 0.9) == 0


def test_there_are_no_points_before_the_framework(shire, live_policy):
    none = RuleChange(of=("general_practice.qof",), as_of=date(2003, 4, 1))
    before = Policy(title="-", help="-", source="-", rules=(none,))
    economy = live_policy(before, 13)
    assert not income_streams(
        shire.place, shire.parameters, economy.state.practices, economy.rules
    )["qof"].any()
    assert economy.state.money.ledger.balance.sum() == 0
    asked = [d for d in economy.decisions() if d.rule == "exceptions" and d.month >= 36]
    assert not any(d.figures["points_gain"] for d in asked)
    # Points alone, without a price and thresholds, are no framework either.
    rules = economy.rules | {POINTS: 1_000}
    assert not income_streams(shire.place, shire.parameters, economy.state.practices, rules)[
        "qof"
    ].any()


def test_thresholds_that_rise_cost_a_practice_that_does_no_more(shire):
    before, after = (clinical_points_paid(rules_of(y), shire.parameters, 0.9) for y in (2012, 2013))
    assert 0.02 < before - after < 0.10
    young, raised = (
        clinical_points_paid(rules_of(y), shire.parameters, 0.75) for y in (2005, 2006)
    )
    assert raised < young  # the lower threshold of 2006


def test_more_illness_is_expected_on_older_lists(shire):
    each = conditions_of_patients(shire)
    old = shire.place.practices[["m_75plus", "f_75plus"]].sum(axis=1) / shire.list_sizes
    assert np.corrcoef(each, old)[0, 1] > 0.7 and 0.2 < each.mean() < 1.5


def test_exceptions_bring_points_and_treat_nobody(shire):
    value, some = shire.parameters, ~NOBODY
    honest, more = reached(value, np.zeros(1), NOBODY), reached(value, np.zeros(1), some)
    treated = value["practices.qof_reached"] * (1 - value["practices.exception_rate"])
    rate = value["practices.exception_rate"] + value["practices.exception_rise"]
    assert honest == pytest.approx(0.9) and more == pytest.approx(treated / (1 - rate))
    off = value.with_values({"practices.exception_rise": 0.0})
    assert reached(off, np.zeros(1), some) == honest


def test_practices_decide_on_exceptions_and_are_paid_for_them(live_policy):
    free = live_policy("status_quo", 14)
    made = [d for d in free.decisions() if d.rule == "exceptions" and d.month >= 36]
    assert made and {"except_needed", "except_more"} == set(made[0].options)
    g = next(g for g, a in enumerate(free.minds.practices) if a.code == made[0].agent)
    fewer, more = qof_at(
        free.setup.parameters,
        free.state.practices,
        free.rules,
        np.zeros(1),
        np.array([False, True]),
    )[g]
    assert more > fewer > 0.0
    forced = {(made[0].agent, "exceptions", 36): "except_more"}
    gaming = live_policy("status_quo", 3, forced=forced)
    assert gaming.state.practices.more_exceptions[g]


def test_only_practices_with_income_within_reach_think_of_exceptions(live_policy):
    economy = live_policy("status_quo", 0)
    state, least = economy.state, int(economy.state.practices.lists.argmax())
    state.practices.effort, state.practices.more_exceptions[:] = (
        ["more_incentivised_care"] * state.practices.lists.size,
        False,
    )
    state.practices.effort[least] = "less_incentivised_care"
    economy.run(1)
    asked = {d.agent for d in economy.decisions() if d.rule == "exceptions" and d.month == 36}
    assert asked == {economy.minds.practices[least].code}
