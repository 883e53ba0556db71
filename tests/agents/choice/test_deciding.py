"""How minds weigh options: quantal response, habit, and the three reference minds."""

import ast
import math
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from pkgutil import walk_packages

import mesa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agents
from agents.choice.deciding import (
    MINDS,
    DecisionType,
    Option,
    greedy,
    inert,
    pick,
    random,
    reasoned,
)
from agents.choice.numbers import central
from agents.choice.organisation import Organisation
from agents.organisations.practice import EFFORT

worths = st.lists(st.floats(-1e7, 1e7), min_size=1, max_size=6)
quickly = settings(deadline=None, max_examples=80)


def rule(habit=0.0, noise=1_000.0, lag=3):
    return DecisionType("try", 12, lag, "a test", status_quo_pounds=habit, noise_pounds=noise)


def options(pounds):
    return [Option(f"option_{k}", p) for k, p in enumerate(pounds)]


def asked(mind, code="X1", seed=1):
    return Organisation(mesa.Model(rng=0), code, "A body", 2, MINDS[mind], seed)


def test_quantal_response_by_hand():
    # e^1 and e^0 at a noise of a thousand pounds
    chances = reasoned(rule(), options([1_000.0, 0.0]))
    assert chances == pytest.approx([math.e / (1 + math.e), 1 / (1 + math.e)])


@quickly
@given(worths, st.floats(1.0, 1e6))
def test_probabilities_sum_to_one_and_follow_utility(pounds, noise):
    chances = reasoned(rule(noise=noise), options(pounds))
    assert sum(chances) == pytest.approx(1.0) and min(chances) >= 0
    order = sorted(range(len(pounds)), key=lambda k: pounds[k])
    assert all(chances[a] <= chances[b] for a, b in pairwise(order))


@quickly
@given(worths, st.floats(-1e6, 1e6))
def test_only_differences_of_worth_count(pounds, more):
    shifted = reasoned(rule(noise=5_000), options([p + more for p in pounds]))
    assert shifted == pytest.approx(reasoned(rule(noise=5_000), options(pounds)), abs=1e-6)


@quickly
@given(worths, st.floats(1, 1e6))
def test_habit_favours_the_status_quo_and_no_other(pounds, habit):
    before = reasoned(rule(noise=9_000), options(pounds))
    after = reasoned(rule(habit, noise=9_000), options(pounds))
    assert after[0] >= before[0] - 1e-12 and all(
        a <= b + 1e-12 for a, b in zip(after[1:], before[1:], strict=True)
    )


def test_less_noise_makes_the_better_option_surer():
    chances = [reasoned(rule(noise=n), options([0.0, 500.0]))[1] for n in (10_000, 1_000, 100)]
    assert chances == sorted(chances) and chances[0] > 0.5 and chances[-1] > 0.99


def test_enormous_stakes_do_not_overflow():
    assert reasoned(rule(noise=1.0), options([1e12, -1e12])) == pytest.approx([1.0, 0.0])


def test_reference_minds():
    three = options([1.0, 5.0, 3.0])
    assert inert(rule(), three) == [1.0, 0.0, 0.0]
    assert random(rule(), three) == pytest.approx([1 / 3] * 3)
    assert greedy(rule(habit=1e9), three) == [0.0, 1.0, 0.0]
    assert set(MINDS) == {"reasoned", "inert", "random", "greedy"}


def test_a_rule_is_due_once_a_period_in_its_month():
    yearly = DecisionType("r", 12, 0, "a", 0, 1, month_of_year=3)
    assert [m for m in range(40) if yearly.is_due(m)] == [3, 15, 27, 39]
    quarterly = DecisionType("r", 3, 0, "a", 0, 1)
    assert [m for m in range(9) if quarterly.is_due(m)] == [0, 3, 6]


def test_a_larger_organisation_has_larger_stakes_and_the_same_manners():
    usual, large = rule(habit=500), rule(habit=500).scaled(7)
    pounds = [0.0, 800.0]
    assert reasoned(large, options([7 * p for p in pounds])) == pytest.approx(
        reasoned(usual, options(pounds))
    )
    assert (large.every_months, large.lag_months, large.name) == (12, 3, "try")


@quickly
@given(st.floats(0, 1, exclude_max=True))
def test_luck_points_to_an_option_in_proportion(draw):
    assert pick([0.25, 0.5, 0.25], draw) == (0 if draw < 0.25 else 1 if draw < 0.75 else 2)


def test_rounding_never_points_beyond_the_last_option():
    assert pick([0.3, 0.3, 0.3], 0.9999) in (0, 1, 2)


def test_a_decision_is_recorded_whole():
    made = asked("greedy").decide(rule(), options([1.0, 2.5]), 24, {"spend": 7.0}, "msk")
    assert (made.month, made.agent, made.rule, made.about) == (24, "X1", "try", "msk")
    assert (made.chosen, made.options) == ("option_1", ("option_0", "option_1"))
    assert made.pounds == (1.0, 2.5) and made.probabilities == (0.0, 1.0)
    assert made.figures == {"spend": 7.0} and made.effect_month == 27 and not made.forced


def test_a_forced_option_is_taken_against_all_interest():
    made = asked("greedy").decide(rule(), options([9e9, 0.0]), 0, {}, forced="option_1")
    assert made.chosen == "option_1" and made.forced
    assert made.probabilities == (1.0, 0.0)  # what it would have done is kept


def test_luck_depends_on_who_what_about_and_when_alone():
    def taken(code="X1", about="", seed=1):
        agent = asked("random", code, seed)
        return [agent.decide(rule(), options([0.0] * 4), m, {}, about).chosen for m in range(60)]

    assert taken() == taken()
    assert all(
        taken(**other) != taken() for other in ({"code": "X2"}, {"about": "msk"}, {"seed": 2})
    )


def test_temper_changes_habit_and_care_and_no_option():
    def chance(inertia, noise):
        agent = asked("reasoned")
        agent.scale_choice_noise(inertia, noise)
        return agent.decide(rule(habit=500), options([0.0, 1_000.0]), 0, {}).probabilities[1]

    assert chance(4.0, 1.0) < chance(1.0, 1.0) < chance(0.0, 1.0)
    assert chance(1.0, 0.1) > chance(1.0, 1.0) > chance(1.0, 10.0) > 0.5


def test_inertia_and_noise_of_one_decision_are_set_by_name():
    def chance(**pounds):
        agent = asked("reasoned")
        agent.set_numbers({**central(), **{f"decisions.{k}": v for k, v in pounds.items()}})
        return agent.decide(EFFORT, options([0.0, 5_000.0]), 0, {}).probabilities[1]

    usual = chance()
    assert chance(effort_inertia=8_000.0) < usual < chance(effort_inertia=0.0)
    assert chance(effort_noise=300.0) > usual > chance(effort_noise=30_000.0)
    assert chance(quality_inertia=0.0, quality_noise=1.0) == usual


FIELDS = {
    "inertia": "status_quo_pounds",
    "noise": "noise_pounds",
    "lag": "lag_months",
    "period": "every_months",
}
IN_THE_CODE = {"0", "1", "YEAR"}  # nothing, a unit of what is each one's own, a year


def literals_of_decisions():
    """Numbers that stand in the code of a decision, by file and line."""
    folder = Path(agents.__file__).parent
    for path in sorted(one for one in folder.rglob("*.py") if one.name != "deciding.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.keyword) and node.arg in FIELDS.values()
            if named and ast.unparse(node.value) not in IN_THE_CODE:
                yield path.name, node.value.lineno
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "DecisionType":
                yield path.name, node.lineno


def declared_rules():
    """Every rule of the project by name."""
    modules = [import_module(m.name) for m in walk_packages(agents.__path__, "agents.")]
    return {
        one.name: one for m in modules for one in vars(m).values() if isinstance(one, DecisionType)
    }


def test_no_decision_carries_numbers_of_its_own_and_all_that_are_declared_are_used():
    assert not list(literals_of_decisions())
    rules = declared_rules()
    for full_name, number in central().items():
        subject, _, name = full_name.partition(".")
        if subject == "decisions":
            rule_name, _, what = name.rpartition("_")
            assert getattr(rules[rule_name], FIELDS[what]) == number, name


def test_lag_and_period_of_a_run_are_those_of_the_decision_or_of_what_it_is_a_part_of():
    rules, name = declared_rules(), "decisions.trust_merger_lag"
    sooner = {**central(), name: 18.0, "decisions.give_up_period": 1.0}
    changed = {one.name for one in rules.values() if one.of(sooner).lag_months != one.lag_months}
    assert {"trust_merger", "trust_merger_offer", "merger_review"} < changed
    assert all(rules[one].of(sooner).lag_months == 18 for one in changed)
    assert rules["give_up"].of(sooner).every_months == 1 and rules["give_up"].every_months == 3
    assert rules["line"].after(7).of(sooner).lag_months == 7  # the case itself says so
    agent = asked("inert")
    agent.set_numbers({**central(), "decisions.effort_lag": 4.0})
    assert agent.decide(EFFORT, options([0.0, 1.0]), 24, {}).effect_month == 28


def test_options_are_taken_as_often_as_their_probability_says():
    agent = asked("reasoned")
    made = [agent.decide(rule(), options([0.0, 1_000.0]), m, {}) for m in range(4_000)]
    share = sum(d.chosen == "option_1" for d in made) / 4_000
    assert share == pytest.approx(math.e / (1 + math.e), abs=4 * math.sqrt(0.2 / 4_000))


def test_traits_last_and_differ_between_organisations():
    values = [asked("inert", f"Y{k}").trait(10.0, 2.0, 0) for k in range(400)]
    assert asked("random", "Y7").trait(10.0, 2.0, 0) == values[7]
    mean = sum(values) / 400
    spread = math.sqrt(sum((v - mean) ** 2 for v in values) / 400)
    assert mean == pytest.approx(10.0, abs=0.4) and spread == pytest.approx(2.0, rel=0.15)
