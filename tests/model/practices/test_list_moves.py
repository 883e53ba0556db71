"""Lists follow expected moves: nobody is lost, and sampled patients move alike."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agents.patients.patient_tables import PERSON
from model.month.economy import HealthEconomy
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.practice_decisions.closures_and_mergers import (
    _move_people,
    close_practice,
    merge_practices,
)
from model.practices.list_moves import (
    expected_moves,
    first_patients,
    lists_follow_moves,
    shares_of_pairs,
    turnover_of_practices,
    whole_lists,
)


@pytest.fixture
def economy(shire, after_burn_in) -> HealthEconomy:
    return HealthEconomy(shire, find_policy("status_quo"), 1, state=after_burn_in.copy())


def check(economy):
    state, setup = economy.state, economy.setup
    assert (
        state.practices.lists.sum() == setup.list_sizes.sum()
        and (state.practices.pair_patients >= 0.0).all()
    )
    assert (
        (state.practices.lists > 0)
        == (np.bincount(state.practices.pair_practice, minlength=39) > 0)
    ).all()
    by_practice = np.bincount(
        state.practices.pair_practice, state.practices.pair_patients, minlength=39
    )
    np.testing.assert_allclose(by_practice, state.practices.lists, atol=60.0)


def test_a_decade_of_moves_loses_nobody_whatever_closes(economy):
    merge_practices(economy.minds, economy.setup, economy.state, 2, 5)
    close_practice(economy.minds, economy.setup, economy.state, 11)
    area = economy.setup.geography.pair_area
    before = np.bincount(area, economy.state.practices.pair_patients)
    for _ in range(10):
        assert expected_moves(economy.setup, economy.state).sum() == pytest.approx(0.0, abs=1e-6)
        lists_follow_moves(economy.setup, economy.state)
        check(economy)
    np.testing.assert_allclose(np.bincount(area, economy.state.practices.pair_patients), before)


def test_lists_begin_as_published_and_move_little(inert_status_quo, shire):
    """Where no practice closes, lists move by less than all who change practice in seven years."""
    moved = (
        np.abs(inert_status_quo.state.practices.lists - shire.list_sizes).sum()
        / shire.list_sizes.sum()
    )
    assert 0.0 < moved < 7.0 * shire.parameters["choice.voluntary_switch_per_year"]


def test_where_everyone_is_where_they_would_choose_nobody_moves(economy):
    setup, state = economy.setup, economy.state
    share, area = (
        shares_of_pairs(setup.parameters, setup.geography, state),
        setup.geography.pair_area,
    )
    known = np.bincount(area, share)
    assert ((known > 0.5) & (known < 1.0 + 1e-9)).all()  # options that have patients in the area
    people = np.bincount(area, first_patients(setup.geography, setup.list_sizes))
    state.practices.pair_patients = people[area] * share / known[area]
    back = expected_moves(setup, state) - 0.0
    toward_first = np.sign(
        first_patients(setup.geography, setup.list_sizes) - state.practices.pair_patients
    )
    moving = np.abs(back) > 1e-9
    assert (np.sign(back)[moving] == toward_first[moving]).all()


def test_turnover_is_that_of_the_patients_simulated(status_quo):
    record = status_quo.record
    left = record.total("deaths") + record.total("departures")
    lived = 12.0 * left / record.total("person_months")
    assert np.mean(turnover_of_practices(status_quo.setup)) == pytest.approx(lived, rel=0.15)


@given(arrays(np.float64, st.integers(1, 30), elements=st.floats(0.0, 1e4)))
def test_whole_lists_keep_the_sum_and_are_off_by_less_than_one(lists):
    lists[-1] += np.ceil(lists.sum()) - lists.sum()
    whole = whole_lists(lists)
    assert whole.sum() == round(lists.sum()) and (whole >= 0).all()
    assert (np.abs(whole - lists) < 1.0 + 1e-6).all()


@pytest.mark.slow
def test_sampled_patients_move_as_lists_do():
    """With everybody simulated, the registered are as many as the lists say."""
    setup = prepare(find_place("anyshire", None), load_parameters(), 50_000)
    economy = HealthEconomy(setup, find_policy("status_quo"), 1, mind="inert").run(121)
    state = economy.state
    weight = setup.list_sizes / np.bincount(state.residents.people["home_practice"], minlength=39)
    there = np.bincount(
        state.residents.people["practice"],
        weight[state.residents.people["home_practice"]],
        minlength=39,
    )
    change, seen = state.practices.lists - setup.list_sizes, there - setup.list_sizes
    assert np.corrcoef(change, seen)[0, 1] > 0.7
    assert np.polyfit(change, seen, 1)[0] == pytest.approx(1.0, abs=0.3)


def seconds_of(act: Callable[[int], object]) -> float:
    """The least processor time that it takes, of a few."""
    found = []
    for number in range(5):
        began = time.process_time()
        act(number)
        found.append(time.process_time() - began)
    return min(found)


def test_a_closure_looks_at_everybody_no_more_than_it_must():
    """England has hundreds of closures a year, and fifty million people."""
    people = np.zeros(2_000_000, PERSON)
    for column in ("practice", "entry_practice"):
        people[column] = np.arange(len(people)) // 2_000
    residents = SimpleNamespace(people=people)
    to = np.full(1, 999)
    look = seconds_of(lambda number: np.flatnonzero(people["practice"] == number))
    assert seconds_of(lambda number: _move_people(residents, number, to)) < 5 * look
    assert (people["practice"][:10_000] == 999).all() and (
        people["practice"][10_000:12_000] == 5
    ).all()
