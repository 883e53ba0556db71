"""What the page names under a number bears on it: moved within its range it moves the number."""

import pytest

from model.month.economy import HealthEconomy
from model.month.preparing import prepare
from model.outcomes.scoreboard import scoreboard
from model.parameters import load_parameters
from model.places.drawn import draw_place
from model.policies.policy_finding import find_policy
from viz.scene.assumptions import declared

GROUP = "lost_handovers"
YEARS = 2
POLICIES = ("population_ico", "carveouts_three")  # teams and records; contracts that move


def lost(policy, levers):
    """Lost handovers under a policy, of all and of people with several conditions."""
    setup = prepare(draw_place("anyshire"), load_parameters().with_values(levers, "levers"), 1_000)
    economy = HealthEconomy(setup, find_policy(policy), 1).run(36 + 12 * YEARS)
    found = scoreboard(setup.place, setup.list_sizes, economy.state, economy.record, 1, YEARS)
    return tuple(float(found[name]) for name in declared()[GROUP]["outcomes"])


@pytest.fixture(scope="module")
def usual():
    return {policy: lost(policy, {}) for policy in POLICIES}


def ends(name):
    """The ends of a lever's range, or half and twice its value."""
    entry = load_parameters().entry(name)
    if entry.low is not None and entry.high is not None:
        return entry.low, entry.high
    return 0.5 * entry.value, 2.0 * entry.value


LEVERS = [
    name for name in declared()[GROUP]["parameters"] if load_parameters().entry(name).is_lever
]


@pytest.mark.slow
@pytest.mark.parametrize("name", LEVERS)
def test_a_number_that_is_said_to_bear_on_lost_handovers_moves_them(usual, name):
    assert len(LEVERS) >= 8
    assert any(
        lost(policy, {name: end}) != usual[policy] for policy in POLICIES for end in ends(name)
    )
