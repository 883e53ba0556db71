"""Intervals over replicates, differences in pairs, and how they are written."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.effects.compare import against_random, rows_of
from experiments.effects.comparison import letters, without_effect
from experiments.measures.difference_cells import digits, effect_cell, level_cell
from experiments.runs.executors import usable_cores
from experiments.runs.jobs import Lived
from experiments.studies.rows import FAMILIES, headlines
from experiments.terminal.output import number, plain
from model.outcomes.paired_differences import difference, judged
from model.outcomes.scoreboard import HEADLINES, OUTCOMES
from model.outcomes.statistics import (
    Interval,
    each_of,
    found_at_rate,
    mean_interval,
    p_value,
    paired_interval,
)
from model.policies.policy import Policy
from model.policies.policy_finding import find_policy, policy_names
from model.rules import load_rules

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


def test_interval_of_a_worked_example():
    # Mean 3, standard deviation sqrt(2.5), t(0.975, 4) = 2.776445: half = 2.776445 * 0.707107.
    found = mean_interval([1, 2, 3, 4, 5])
    assert found.estimate == 3.0 and found.runs == 5
    assert found.half == pytest.approx(1.963243, abs=1e-6)
    assert (found.low + found.high) / 2 == pytest.approx(3.0)


def test_one_value_has_no_interval_and_none_has_no_mean():
    one, none = mean_interval([4.0]), mean_interval([math.nan])
    assert one.estimate == 4.0 and math.isnan(one.low) and one.runs == 1
    assert math.isnan(none.estimate) and none.runs == 0
    assert not one.excludes_zero and not none.excludes_zero


def test_unknown_values_leave_their_pair_out():
    found = paired_interval([2.0, math.nan, 4.0], [1.0, 1.0, math.inf])
    assert found.estimate == 1.0 and found.runs == 1


@settings(deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=20), NUMBERS)
def test_a_shared_shift_of_a_pair_changes_no_difference(pairs, shift):
    values, base = zip(*pairs, strict=True)
    before = paired_interval(values, base)
    after = paired_interval([v + shift for v in values], [b + shift for b in base])
    assert after.estimate == pytest.approx(before.estimate, abs=1e-6)
    assert after.half == pytest.approx(before.half, rel=1e-6, abs=1e-6)


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=2, max_size=20))
def test_the_mean_lies_in_its_interval(values):
    found = mean_interval(values)
    assert found.low <= found.estimate <= found.high


def test_excludes_zero_only_if_both_limits_have_one_sign():
    assert Interval(2.0, 1.0, 3.0, 5).excludes_zero
    assert Interval(-2.0, -3.0, -1.0, 5).excludes_zero
    assert not Interval(1.0, -1.0, 3.0, 5).excludes_zero
    assert not Interval(0.0, 0.0, 0.0, 5).excludes_zero


def runs(outcomes):
    """Runs of one seed with these outcomes, by policy."""
    return {policy: Lived("", values) for policy, values in outcomes.items()}


def test_rows_hold_levels_of_all_and_differences_from_the_status_quo():
    lived = [
        runs({"status_quo": {"regime.plural": 0.5}, "other": {"regime.plural": 0.5 + step}})
        for step in (0.1, 0.2)
    ]
    policies = {name: find_policy("status_quo") for name in lived[0]}
    rows = {(r["policy"], r["kind"]): r for r in rows_of(lived, policies)}
    assert set(rows) == {("status_quo", "level"), ("other", "level"), ("other", "difference")}
    assert rows["other", "difference"]["estimate"] == pytest.approx(0.15)
    assert rows["other", "difference"]["runs"] == 2
    assert rows["other", "level"]["family"] == "regime"


def test_a_policy_that_changes_nothing_is_named():
    names = ["status_quo", "same", "odd", "even"]  # even's differences add up to nothing
    levels = [(0.5, 0.5, 0.6, 0.4), (0.5, 0.5, 0.7, 0.6)]
    lived = [runs({n: {"regime.plural": v} for n, v in zip(names, v, strict=True)}) for v in levels]
    policies = {name: find_policy("status_quo") for name in names}
    assert without_effect(rows_of(lived, policies)) == ["same"]
    assert without_effect(rows_of(lived[:1], policies)) == ["same"], "a single run, no interval"


def test_headlines_are_outcomes_of_every_family_with_a_smallest_effect_and_its_reason():
    assert set(HEADLINES) <= set(OUTCOMES)
    rows = [{"outcome": name, "family": outcome.family} for name, outcome in OUTCOMES.items()]
    assert all(len(headlines(rows, family)) >= 3 for family in FAMILIES)
    for name in HEADLINES:
        effect = OUTCOMES[name].smallest_effect
        assert effect is not None and (effect.value > 0) != (0 < effect.share < 1), name
        assert bool(effect.source) != bool(effect.assumption), name


def series(mean, spread=0.001, runs=20):
    """Differences with a known mean and little spread, as values and base by seed."""
    base = [0.3 + 0.01 * k for k in range(runs)]
    return [b + mean + spread * (-1) ** k for k, b in enumerate(base)], base


def test_a_star_needs_the_whole_interval_beyond_the_smallest_effect():
    least = OUTCOMES["hhi"].smallest_effect.value
    surely_small = difference("hhi", *series(0.5 * least), tests=1)
    assert surely_small["low"] > 0.0, "it surely differs from zero"
    assert not surely_small["star"] and surely_small["negligible"]
    assert difference("hhi", *series(2.0 * least), tests=1)["star"]
    assert difference("hhi", *series(-2.0 * least), tests=1)["star"]
    unclear = difference("hhi", *series(least), tests=1)
    assert not unclear["star"] and not unclear["negligible"]
    assert not difference("alternatives", *series(9.0), tests=1)["star"], "nothing is declared"


def test_a_share_of_the_level_is_the_smallest_effect_where_that_is_declared():
    found = difference("emergencies", [105.0] * 3, [100.0] * 3, tests=1)
    assert found["smallest_effect"] == pytest.approx(1.0) and found["star"]


def test_the_interval_behind_a_star_holds_for_all_tests_at_once():
    values = [0.03 + 0.02 * (-1) ** k for k in range(20)]
    one, many = (judged("hhi", lambda c: mean_interval(values, c), 0.8, n) for n in (1, 480))
    assert one["star"] and not many["star"]
    assert (one["low"], one["high"]) == (many["low"], many["high"]), "what is told to machines"
    assert many["low_all"] < one["low_all"] == one["low"]


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 400))
def test_confidences_of_each_add_up_to_that_of_all(tests):
    assert tests * (1.0 - each_of(tests)) == pytest.approx(0.05)


def test_no_difference_at_all_is_seldom_starred_however_many_outcomes_are_looked_at():
    draws = np.random.default_rng(5)
    tests, tables = 48, 200
    noise = draws.normal(0.0, 1.0, (tables, tests, 20))
    wrong = [
        any(mean_interval(one, each_of(tests)).excludes_zero for one in of_table)
        for of_table in noise
    ]
    alone = [any(mean_interval(one).excludes_zero for one in of_table) for of_table in noise[:40]]
    assert np.mean(wrong) < 0.10 < 0.75 < np.mean(alone)


def test_a_false_discovery_rate_is_of_differences_beyond_what_matters():
    found = mean_interval([1.0, 1.1, 0.9, 1.05])
    assert p_value(found) < 0.001 < p_value(found, 0.9) < 1.0 == p_value(found, 1.2)
    assert found_at_rate([0.001, math.nan, 0.9], 0.05) == [True, False, False]


def test_what_random_minds_say_of_an_effect():
    def said(effect, low, high):
        return against_random(effect, 1.0, Interval((low + high) / 2, low, high, 10))

    assert said(5.0, 1.5, 9.0) == "holds" and said(-5.0, -9.0, -1.5) == "holds"
    assert said(5.0, -9.0, 0.5) == "gone" and said(-5.0, -0.5, 9.0) == "gone"
    assert said(5.0, 0.5, 9.0) == "unclear" and said(5.0, -9.0, -1.5) == "gone"
    assert said(5.0, math.nan, math.nan) == "unclear"


def test_a_starred_effect_is_put_beside_that_of_random_minds():
    def lived(effect, seeds):
        return [
            runs({"status_quo": {"hhi": 0.5 + 0.01 * k}, "other": {"hhi": 0.5 + 0.01 * k + effect}})
            for k in range(seeds)
        ]

    policies = {name: find_policy("status_quo") for name in ("status_quo", "other")}
    for effect, said in ((0.2, "holds"), (0.0, "gone")):
        rows = rows_of(lived(0.2, 4), policies, lived(effect, 3))
        (row,) = (row for row in rows if row["kind"] == "difference")
        assert row["star"] and row["random_minds"] == said and row["random_runs"] == 3
        assert letters(row) == {"holds": "r", "gone": "i"}[said]
    (row,) = (row for row in rows_of(lived(0.2, 4), policies) if row["kind"] == "difference")
    assert "random_minds" not in row and letters(row) == ""


def test_what_follows_from_terms_is_arithmetic_by_one_rule_for_all_policies():
    holding, lost = OUTCOMES["hhi_holding"], OUTCOMES["lost_handovers_many"]
    assert holding.is_arithmetic(find_policy("carveout_msk"))
    assert not holding.is_arithmetic(find_policy("merger_only"))
    assert lost.is_arithmetic(find_policy("carveout_msk"))
    assert not lost.is_arithmetic(find_policy("carveout_msk:single_point_of_access=false"))
    for outcome in OUTCOMES.values():
        assert not outcome.is_arithmetic(find_policy("status_quo")), outcome.name
        for term in outcome.follows_from:
            name = term.partition("=")[0]
            if name.startswith("rules:"):
                group = name.removeprefix("rules:")
                assert any(f"{rule}.".startswith(f"{group}.") for rule in load_rules()), term
                continue
            field, _, flag = name.partition(".")
            assert field in Policy.model_fields, (outcome.name, term)
            found = [one for name in policy_names() for one in getattr(find_policy(name), field)]
            assert not flag or all(hasattr(one, flag) for one in found), (outcome.name, term)


def test_cells_show_no_more_digits_than_are_known_and_zero_in_one_way():
    def shown(estimate, half, decimals, **more):
        interval = {"estimate": estimate, "low": estimate - half, "high": estimate + half}
        both = {"low_all": interval["low"], "high_all": interval["high"], "runs": 9}
        verdict = {"star": False, "negligible": False, "decimals": decimals}
        return effect_cell({**interval, **both, **verdict, **more}).plain

    assert shown(1.234, 0.034, 1, star=True) == "+1.234*\n±0.034"
    assert shown(-0.01, 0.49, 1) == "-0.01\n±0.49"
    assert shown(-43.49, 12.4, 1, star=True) == "-43*\n±12"
    assert shown(0.0, 0.0, 1) == "0" and shown(0.004, 0.6, 2) == "≈0\n±0.60"
    assert shown(0.004, 0.006, 3, negligible=True) == "negligible"

    def level(estimate, low, high, decimals):
        about = {"outcome": "emergencies", "runs": 9, "decimals": decimals}
        return level_cell({**about, "estimate": estimate, "low": low, "high": high}).plain

    assert level(3.0, None, None, 1) == "3.0"
    assert level(145.06, 132.0, 158.1, 1) == "145\n±13"
    assert level(0.0, 0.0, 0.0, 2) == "0"
    assert digits(1e-9, 4, 1) == 4 and digits(math.nan, 4, 1) == 1


def test_numbers_for_readers_and_machines():
    assert number(0.0, 1) == "0" == number(0, 0), "nothing at all"
    assert number(-0.0001, 2) == "≈0" == number(0.0001, 2, sign=True), "but rounded away"
    assert {number(0.3), number(-0.3), number(30, -2)} == {"≈0"}
    assert number(1_234_567, -3) == "1,235,000"
    assert number(1234567.891, 1, sign=True) == "+1,234,567.9"
    assert number(math.nan) == number(None) == "–"
    assert plain({"a": (math.nan, 1.5, True, None)}) == {"a": [None, 1.5, True, None]}


def test_there_is_a_core():
    assert usable_cores() >= 1
