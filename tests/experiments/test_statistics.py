"""Intervals over replicates, differences in pairs, and how they are written."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.compare import Interval, mean_interval, paired_interval, rows_of
from experiments.comparison import (
    FAMILIES,
    HEADLINES,
    cell,
    difference_decimals,
    headlines,
    without_effect,
)
from experiments.executors import usable_cores
from experiments.output import number, plain
from model.outcomes.scoreboard import OUTCOMES

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


def test_rows_hold_levels_of_all_and_differences_from_the_status_quo():
    lived = [
        {"status_quo": {"regime.plural": 0.5}, "other": {"regime.plural": 0.5 + step}}
        for step in (0.1, 0.2)
    ]
    rows = {(r["policy"], r["kind"]): r for r in rows_of(lived)}
    assert set(rows) == {("status_quo", "level"), ("other", "level"), ("other", "difference")}
    assert rows["other", "difference"]["estimate"] == pytest.approx(0.15)
    assert rows["other", "difference"]["runs"] == 2
    assert rows["other", "level"]["family"] == "regime"


def test_a_policy_that_changes_nothing_is_named():
    names = ["status_quo", "same", "odd", "even"]  # even's differences add up to nothing
    levels = [(0.5, 0.5, 0.6, 0.4), (0.5, 0.5, 0.7, 0.6)]
    lived = [{n: {"regime.plural": v} for n, v in zip(names, v, strict=True)} for v in levels]
    assert without_effect(rows_of(lived)) == ["same"]
    assert without_effect(rows_of(lived[:1])) == ["same"], "a single run, without intervals"


def test_headlines_are_outcomes_of_the_scoreboard_in_every_family():
    assert set(HEADLINES) <= set(OUTCOMES)
    rows = [{"outcome": name, "family": outcome.family} for name, outcome in OUTCOMES.items()]
    assert [len(headlines(rows, family)) for family in FAMILIES] == [3, 3, 3, 3]


def test_cells_mark_what_excludes_zero_and_show_two_digits_of_half_the_interval():
    assert cell(Interval(1.234, 1.2, 1.268, 9), 1, difference=True).plain == "+1.234*\n±0.034"
    assert cell(Interval(-0.01, -0.5, 0.48, 9), 1, difference=True).plain == "-0.01\n±0.49"
    assert cell(Interval(3.0, math.nan, math.nan, 1), 1).plain == "3.0\n"
    assert cell(Interval(0.0, 0.0, 0.0, 9), 1, difference=True).plain == "0.0\n±0.0"
    assert cell(Interval(2e-9, 1e-9, 3e-9, 9), 1, difference=True).plain == "about 0*\n±0.0000"
    assert difference_decimals(1e-9, 1) == 4


def test_numbers_for_readers_and_machines():
    assert number(-0.0001, 2) == "0.00" and number(0.0001, 2, sign=True) == "0.00"
    assert number(1234567.891, 1, sign=True) == "+1,234,567.9"
    assert number(math.nan) == number(None) == "–"
    assert plain({"a": (math.nan, 1.5, True, None)}) == {"a": [None, 1.5, True, None]}


def test_there_is_a_core():
    assert usable_cores() >= 1
