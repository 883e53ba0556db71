"""A step of quality that turns no practice is not lived, and one that does is, to the bit."""

import numpy as np
import pytest

from model.hospitals import habits_ahead
from model.hospitals.habits_ahead import Looks, futures_of_habits, years_of_habits
from model.month.economy import HealthEconomy
from model.policies.policy_finding import find_policy

FEW = 6  # lucks


@pytest.fixture(scope="module")
def asked(small, begun):
    """What boards ask for in a year without choice, all pathways and owners."""
    found = []

    def ask(*args):
        found.append(args)
        return futures_of_habits(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(habits_ahead, "futures_of_habits", ask)
        state = begun.copy()
        site = int(state.hospitals.outside_planned.sum(axis=1).argmax())
        state.hospitals.lines.pull[site] = 0.7  # from outside, some go elsewhere
        HealthEconomy(small, find_policy("choice_none"), 1, state=state).run(12)
    return found


def room(habit, times, steps):
    looks = len(range(times.april, times.months, 12))
    return Looks(np.empty((looks, steps.shape[1])), np.empty((looks, habit.default.size), np.int64))


def test_futures_are_those_of_each_step_lived_by_itself(asked):
    turned = 0
    for habit, times, felt, steps, draws, rule, levels in asked:
        few = draws[:FEW].copy()
        lived = futures_of_habits(habit, times, felt, steps, few, rule, levels)
        for n, step in enumerate(steps):
            looks = room(habit, times, steps)
            for draw, found in zip(few, lived[n], strict=True):
                alone = years_of_habits(habit, times, felt, step, draw, rule, levels, looks)
                np.testing.assert_array_equal(found, alone)
            turned += (lived[n] != lived[0]).any()
    assert 0 < turned < 2 * len(asked)  # some steps turn somebody, and others nobody
    assert any(habit.outside.patients.size for habit, *_ in asked)
