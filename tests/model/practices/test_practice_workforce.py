"""Partners leave and are found, and what is left undone costs the others work or money."""

import numpy as np
import pytest

from model.month.economy import HealthEconomy
from model.parameters import load_parameters
from model.policies.policy_finding import find_policy
from model.practice_decisions.closures_and_mergers import close_practice, merge_practices
from model.practice_decisions.futures import practices_consider_future
from model.practices.profits import partnerships, profits
from model.practices.workforce import (
    find_partner,
    first_workforce,
    leaving_share,
    locums,
    partners_leave,
    posts,
    standing_ages,
    workload,
    workload_cost,
)


@pytest.fixture
def economy(shire, after_burn_in) -> HealthEconomy:
    return HealthEconomy(shire, find_policy("status_quo"), 1, state=after_burn_in.copy())


@pytest.fixture
def force(shire):
    return first_workforce(shire.place, shire.parameters, 1)


def test_at_the_start_partners_have_the_ages_and_the_work_that_are_usual(shire, force):
    ages = np.concatenate(
        [-first_workforce(shire.place, shire.parameters, seed).born / 12.0 for seed in range(20)]
    )
    assert ages.min() >= 31 and ages.max() < 85
    assert 0.16 < (ages >= 55).mean() < 0.26  # 16% of all GPs in 2015, partners being older
    np.testing.assert_allclose(workload(force, shire.parameters, shire.list_sizes), 1.0)
    assert 0.04 < leaving_share(shire.parameters, ages).mean() < 0.08  # 6% in 2007
    assert not locums(force, shire.parameters, shire.list_sizes).any()


def test_the_ages_of_partners_last(shire):
    reached = standing_ages(shire.parameters)
    share = np.diff(reached, prepend=0.0)
    leaving = (leaving_share(shire.parameters, np.arange(share.size)) * share).sum()
    youngest, oldest = shire.parameters["practices.new_partner_ages"]
    stayed = np.roll(share * (1.0 - leaving_share(shire.parameters, np.arange(share.size))), 1)
    stayed[youngest:oldest] += leaving / (oldest - youngest)
    np.testing.assert_allclose(stayed, share, atol=1e-3)


def test_no_practice_is_ever_left_without_a_partner(shire, force):
    hurried = load_parameters().with_values({"practices.partner_leaving_factor": 1.7})
    before = force.practice.size
    for year in range(30):
        partners_leave(force, hurried, 1, 12 * year)
    assert (force.count() >= 1).all() and force.practice.size < 0.6 * before
    assert force.leaving.any() and (force.count()[force.practice[force.leaving]] == 1).all()


def test_where_nobody_leaves_nobody_leaves(shire, force):
    off = load_parameters().with_values({"practices.partner_leaving_factor": 0.0})
    partners_leave(force, off, 1, 12)
    assert force.practice.size == first_workforce(shire.place, off, 1).practice.size


def test_luck_belongs_to_each_partner(shire, force):
    fewer = first_workforce(shire.place, shire.parameters, 1)
    fewer.keep(fewer.practice != 3)
    for one in (force, fewer):
        partners_leave(one, shire.parameters, 1, 24)
    assert set(fewer.key) == set(force.key[force.practice != 3])


def test_a_search_succeeds_as_often_as_its_chance(shire, force):
    found = [
        find_partner(force, shire.parameters, 0, 0.3, (np.uint64(7), 12 * year, 0), 1)
        for year in range(400)
    ]
    assert np.mean(found) == pytest.approx(0.3, abs=0.07)
    assert not find_partner(force, shire.parameters, 0, 0.0, (np.uint64(7), 0, 0), 1)


def test_a_missing_partner_costs_locums_and_makes_work_for_the_others(economy):
    state, value = economy.state, economy.setup.parameters
    g = int(state.practices.workforce.count().argmax())
    before, load = (
        profits(
            economy.setup.place, economy.setup.parameters, economy.state.practices, economy.rules
        )[g]
        * state.practices.workforce.count()[g],
        1.0,
    )
    posts_before = posts(state.practices.workforce, state.practices.lists)[g]
    row = np.flatnonzero(state.practices.workforce.practice == g)[0]
    rows = np.arange(state.practices.workforce.practice.size) != row
    state.practices.workforce.keep(rows)
    assert posts(state.practices.workforce, state.practices.lists)[g] == posts_before
    after = (
        profits(
            economy.setup.place, economy.setup.parameters, economy.state.practices, economy.rules
        )[g]
        * state.practices.workforce.count()[g]
    )
    paid = value["practices.locum_pence"] * value["practices.locum_cover"] / 100
    assert before - after == pytest.approx(paid)
    load = workload(state.practices.workforce, value, state.practices.lists)[g]
    assert load > 1.0
    assert workload_cost(value, np.array([1.0]), np.array([5.0])) == 0.0
    assert workload_cost(value, np.array([1.2]), np.array([1.0])) > 0.2  # dearer than usual hours


def test_partners_go_with_their_practice(economy):
    force, lists = economy.state.practices.workforce, economy.state.practices.lists
    both = force.count()[2] + force.count()[5]
    merge_practices(economy.minds, economy.setup, economy.state, 2, 5)
    assert force.count()[2] == 0 and force.count()[5] == both
    assert workload(force, economy.setup.parameters, economy.state.practices.lists)[5] > 0.5
    close_practice(economy.minds, economy.setup, economy.state, 11)
    assert force.count()[11] == 0 and lists is not economy.state.practices.lists


def test_a_last_partner_who_would_leave_makes_the_practice_decide(economy):
    state = economy.state
    g = int(np.where(state.practices.lists > 0, state.practices.lists, 10**9).argmin())
    first = np.flatnonzero(state.practices.workforce.practice == g)[0]
    rows = (state.practices.workforce.practice != g) | (
        np.arange(state.practices.workforce.practice.size) == first
    )
    state.practices.workforce.keep(rows)
    state.practices.workforce.leaving[state.practices.workforce.practice == g] = True
    assert (
        partnerships(
            economy.setup.place, economy.setup.parameters, economy.state.practices, economy.rules
        ).retiring[g]
        == 1
    )
    asked = {}
    for option in ("carry_on", "close"):
        run = HealthEconomy(
            economy.setup, economy.policy, 1, state=state.copy(),
            forced={(economy.minds.practices[g].code, "future", 36): option},
        )  # fmt: skip
        practices_consider_future(run.minds, run.setup, run.state, run.rules, run.seed)
        asked[option] = run
    decision = next(
        d for d in asked["close"].decisions()[::-1] if d.rule == "future" and d.month == 36
        and d.agent == economy.minds.practices[g].code
    )  # fmt: skip
    assert decision.forced and decision.figures["retiring"] == 1.0
    assert any(
        change == "close_practice" for _, change, _ in asked["close"].state.docket.scheduled_effects
    )
    assert (
        asked["carry_on"].state.practices.workforce.count()[state.practices.lists > 0] >= 1
    ).all()
