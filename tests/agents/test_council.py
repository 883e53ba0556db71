"""What moves a council: what care costs, what waiting costs it, and how much money it has."""

from dataclasses import replace

import mesa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.choice.deciding import MINDS
from agents.organisations.council import (
    CareObservation,
    Council,
    PoolObservation,
    chance_short,
    expected_shortfall,
    revealed_regard,
)

VIEW = CareObservation(
    need=1_000.0, spread=0.4, capacity=1_050.0, price=2_100.0, wait_days=10.0, charge=100.0,
    pool_gain=0.0, regard=0.0, worth_of_pound=1.0,
)  # fmt: skip
CONTENT = replace(VIEW, regard=revealed_regard(VIEW))


def council(mind="greedy"):
    return Council(mesa.Model(rng=0), "L1", "A council", 2, MINDS[mind], 1)


def chosen(observation, mind="greedy"):
    return council(mind).set_capacity(observation, 34).chosen


def test_the_shortfall_is_that_of_a_normal_need():
    draws = np.random.default_rng(1).normal(1_000.0, 400.0, 400_000)
    for capacity in (600.0, 1_000.0, 1_500.0):
        short = np.maximum(draws - capacity, 0.0).mean()
        assert expected_shortfall(1_000.0, 0.4, capacity) == pytest.approx(short, rel=0.02)
    assert expected_shortfall(0.0, 0.4, 10.0) == 0.0


@given(
    st.floats(1.0, 1e5), st.floats(0.1, 1.0), st.floats(0.0, 2e5), st.floats(0.0, 1e5)
)  # fmt: skip
def test_more_capacity_never_leaves_more_people_waiting(need, spread, capacity, more):
    less = expected_shortfall(need, spread, capacity + more)
    assert -1e-6 * need <= less <= expected_shortfall(need, spread, capacity) + 1e-6 * need


def test_a_council_is_content_with_what_its_choice_reveals():
    decision = council().set_capacity(CONTENT, 34)
    assert decision.chosen == "hold" and max(decision.pounds[1:]) < 0.0
    short = chance_short(VIEW.need, VIEW.spread, VIEW.capacity)
    day = CONTENT.charge + CONTENT.regard
    assert VIEW.price * (1.0 - short) == pytest.approx(day * VIEW.wait_days * short)


def test_charges_and_pools_lead_to_more_capacity_and_cuts_to_less():
    assert chosen(replace(CONTENT, charge=600.0)) == "expand"
    assert chosen(replace(CONTENT, charge=0.0, pool_gain=600.0)) == "expand"
    assert chosen(replace(CONTENT, worth_of_pound=3.0)) == "shrink"
    assert chosen(replace(CONTENT, price=6_000.0)) == "shrink"
    assert chosen(replace(CONTENT, charge=600.0), "inert") == "hold"


def test_the_regard_of_a_rich_council_for_delay_is_larger():
    assert revealed_regard(replace(VIEW, capacity=1_400.0)) > revealed_regard(VIEW)
    assert revealed_regard(replace(VIEW, charge=5_000.0)) == 0.0


def test_a_pool_is_worth_the_money_added_and_the_days_it_can_save():
    days = VIEW.wait_days * expected_shortfall(VIEW.need, VIEW.spread, VIEW.capacity)
    nothing = PoolObservation(
        apart=CONTENT, pooled=CONTENT, days=days, money_added=0.0, cost=0.0, budget=1e8
    )
    worth = council().worth_of_pool
    assert worth(nothing) == pytest.approx(0.0)
    assert worth(replace(nothing, money_added=500.0, cost=200.0)) == pytest.approx(300.0)
    answers = replace(CONTENT, charge=0.0, pool_gain=270.0)
    assert worth(replace(nothing, pooled=answers)) > 100.0 * days  # it is charged no more
    assert council().consider_pooling(replace(nothing, money_added=5e5), 34).chosen == "pool"
    assert council("inert").consider_pooling(nothing, 34).chosen == "stay_apart"
