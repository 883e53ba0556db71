"""Queues: the wait that is shown is the wait that is lived, and supply answers to it."""

import numpy as np
import pytest

from model.care.queues import (
    growth_of_waits,
    move_queues,
    operated,
    queue_of,
    ready_for,
    settled_lists,
    wait_for,
    wait_months,
    waits_of,
)
from model.parameters import load_parameters

MOST_MONTHS = 400
ELASTICITIES = (0.3, 1.0, 3.0)


def with_elasticity(elasticity):
    return load_parameters().with_values({"minds.supply_elasticity_of_wait": elasticity})


def months_lived(value, shire, hospitals, line):
    """Months until those are operated on who join a line now, first in, first out.

    As many come every month as the line does for the list that it has.
    """
    lines, share = hospitals.lines, np.maximum(shire.activity.operation_share, 1e-9)
    come = operated(value, lines.backlog, lines.capacity) / share
    ahead, done = float(lines.backlog[line]), 0.0
    for month in range(MOST_MONTHS):
        more = float(move_queues(value, shire.activity, hospitals, come)[line])
        if done + more >= ahead:
            return month + (ahead - done) / more
        done += more
    raise AssertionError("never operated on")


@pytest.mark.parametrize("elasticity", ELASTICITIES)
@pytest.mark.parametrize("months", [0.5, 1.0, 1.6, 2.0, 2.4, 4.0, 12.0, 24.0])
def test_the_wait_that_is_shown_is_the_wait_that_is_lived(shire, after_burn_in, months, elasticity):
    """In a queue that stays as it is, from a list of half a month to one of two years."""
    value, hospitals = with_elasticity(elasticity), after_burn_in.copy().hospitals
    lines = hospitals.lines
    line = np.unravel_index(lines.capacity.argmax(), lines.capacity.shape)
    lines.backlog = months * lines.capacity
    shown = wait_months(value, hospitals)[line]
    assert months_lived(value, shire, hospitals, line) == pytest.approx(shown, rel=0.02)
    assert wait_months(value, hospitals)[line] == pytest.approx(shown, rel=1e-9)


@pytest.mark.parametrize("elasticity", ELASTICITIES)
def test_supply_answers_to_the_wait_with_its_elasticity_between_limits(elasticity):
    value, lists = with_elasticity(elasticity), np.geomspace(0.1, 100.0, 400)
    rule, room = queue_of(value), np.ones(400)
    use, waits = operated(value, lists, room), waits_of(value, lists, room)
    answer = np.clip((waits / rule.target) ** elasticity, rule.least_use, rule.most_use)
    np.testing.assert_allclose(use, answer)
    np.testing.assert_allclose(waits * use, lists)
    assert (np.diff(waits) > 0.0).all()
    inside = (use > rule.least_use) & (use < rule.most_use)
    slope = np.diff(np.log(use)) / np.diff(np.log(waits))
    np.testing.assert_allclose(slope[inside[1:] & inside[:-1]], elasticity)
    assert inside.sum() > 5


def test_what_is_compiled_for_one_line_is_what_is_done_for_all(after_burn_in):
    value, lines = load_parameters(), after_burn_in.hospitals.lines
    rule, lists = queue_of(value), 3.0 * lines.backlog
    for row, room in zip(lists.ravel(), lines.capacity.ravel(), strict=True):
        ready = ready_for(row, room, rule)
        assert ready == operated(value, np.array([row]), np.array([room]))[0]
        assert wait_for(row, room, rule) == waits_of(value, np.array([row]), np.array([room]))[0]
    assert operated(value, lists[:, :, None], lines.capacity[:, :, None]).shape == (*lists.shape, 1)


@pytest.mark.parametrize("elasticity", ELASTICITIES)
def test_a_settled_list_stays_and_its_wait_grows_as_foreseen(elasticity):
    value, room = with_elasticity(elasticity), np.array([100.0, 80.0, 50.0])
    for use in (0.9, 1.0, 1.1):
        lists = settled_lists(value, use * room, room)
        np.testing.assert_allclose(operated(value, lists, room), use * room)
        more = settled_lists(value, use * room + 1e-4, room)
        growth = (waits_of(value, more, room) - waits_of(value, lists, room)) / 1e-4
        np.testing.assert_allclose(growth, growth_of_waits(value, lists, room), rtol=1e-4)


def test_nothing_moves_at_the_start(shire):
    """Capacity is planned with some slack, and lists begin as those that such lines keep."""
    from model.month.economy import HealthEconomy
    from model.policies.policy_finding import find_policy

    economy = HealthEconomy(shire, find_policy("status_quo"), 1, "inert")
    value, lines = shire.parameters, economy.state.hospitals.lines
    asked = lines.capacity / (1.0 + value["minds.capacity_slack"])
    np.testing.assert_allclose(operated(value, lines.backlog, lines.capacity), asked)
