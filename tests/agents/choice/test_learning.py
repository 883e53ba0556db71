"""Beliefs move towards what is seen, by no more than it deserves, and stay within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.choice.learning import Belief, success

MOST = 0.5
SHARES = st.floats(-MOST, MOST)
SPREADS = st.floats(0.0, 0.2)
ERRORS = st.floats(0.0, 1.0)


def test_a_belief_by_hand():
    after = Belief(0.03, 0.02).after(-0.01, 0.02)
    assert after.mean == pytest.approx(0.01)
    assert after.spread == pytest.approx(0.02 * 0.5**0.5)


@given(SHARES, SPREADS, st.floats(-10, 10), ERRORS)
def test_a_belief_stays_between_what_was_believed_and_what_was_seen(mean, spread, seen, error):
    after = Belief(mean, spread).after(seen, error, MOST)
    seen = min(max(seen, -MOST), MOST)
    assert min(mean, seen) - 1e-12 <= after.mean <= max(mean, seen) + 1e-12
    assert 0.0 <= after.spread <= spread


@given(SHARES, SPREADS, SHARES, SHARES, ERRORS)
def test_a_better_report_never_makes_for_a_worse_belief(mean, spread, one, other, error):
    low, high = sorted((one, other))
    belief = Belief(mean, spread)
    assert belief.after(low, error).mean <= belief.after(high, error).mean + 1e-12


@given(SHARES, st.floats(0.001, 0.2), SHARES, ERRORS, ERRORS)
def test_who_knows_more_learns_more(mean, spread, seen, one, other):
    low, high = sorted((one, other))
    sure, unsure = (Belief(mean, spread).after(seen, error) for error in (low, high))
    assert abs(sure.mean - mean) >= abs(unsure.mean - mean) - 1e-12
    assert sure.spread <= unsure.spread + 1e-12


@given(st.floats(0.5, 10), st.integers(0, 20), st.floats(0, 20), st.floats(0, 20))
def test_losing_tenders_lowers_the_odds_and_winning_raises_them(patience, won, one, other):
    fewer, more = sorted((one, other))
    assert success(patience, 0, 0.0) == 1.0
    assert 0.0 < success(patience, won, more) <= success(patience, won, fewer)
    assert success(patience, won, fewer) < success(patience, won + 1, fewer)
