"""Regimes: every branch of the rule by hand, lasting changes, and properties of the rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.input.errors import InputError
from model.outcomes.regimes import (
    FRAGMENTED,
    JOINED_UP_WITH_CHOICE,
    LOCAL_MONOPOLY,
    MONOPOLY_AND_FRAGMENTED,
    MONOPOLY_AND_JOINED_UP,
    NOT_MEASURED,
    PLURAL,
    REGIMES,
    AreaMeasures,
    Thresholds,
    is_fragmented_regime,
    is_joined_up_regime,
    is_monopoly_regime,
    regime_of,
    regime_shares,
    settled_regime,
    shares_of_people,
    transition_shares,
    transitions,
)
from model.parameters import load_parameters

THRESHOLDS = Thresholds(
    few_alternatives_share=0.5,
    highly_concentrated_hhi=0.5,
    fragmented_margin=0.2,
    joined_up_margin=0.2,
    continuity_margin=0.1,
)


def regime(few=0.1, hhi=0.6, lost=1.0, coc=1.0, lost_error=0.0, coc_error=0.0):
    return int(regime_of(AreaMeasures(few, hhi, lost, coc, lost_error, coc_error), THRESHOLDS))


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ({}, PLURAL),
        ({"lost": 1.2}, PLURAL),  # on the line: still the middle band
        ({"lost": 1.21}, FRAGMENTED),
        ({"lost": 1.21, "lost_error": 0.02}, PLURAL),  # beyond the line, and not beyond its error
        ({"lost": 0.79}, JOINED_UP_WITH_CHOICE),
        ({"lost": 0.79, "lost_error": 0.02}, PLURAL),
        ({"few": 0.5}, LOCAL_MONOPOLY),
        ({"few": 0.5, "lost": 0.79}, MONOPOLY_AND_JOINED_UP),
        ({"few": 0.5, "lost": 1.21}, MONOPOLY_AND_FRAGMENTED),
        ({"few": 0.9, "hhi": 0.5}, PLURAL),  # few alternatives, yet not highly concentrated
        ({"few": 0.49, "hhi": 1.0}, PLURAL),  # concentrated, yet most could go elsewhere
        ({"lost": 1.21, "coc": 1.12}, PLURAL),  # continuity clearly better contradicts
        ({"lost": 1.21, "coc": 1.12, "coc_error": 0.03}, FRAGMENTED),  # not clearly
        ({"lost": 1.21, "coc": 1.08}, FRAGMENTED),
        ({"lost": 0.79, "coc": 0.88}, PLURAL),  # continuity clearly worse contradicts
        ({"lost": 0.79, "coc": 0.92}, JOINED_UP_WITH_CHOICE),
        ({"lost": np.nan}, NOT_MEASURED),
        ({"hhi": np.nan}, NOT_MEASURED),
    ],
)
def test_the_rule_by_hand(measures, expected):
    assert regime(**measures) == expected


def test_declared_thresholds_are_sound():
    thresholds = Thresholds.from_parameters(load_parameters())
    assert thresholds == THRESHOLDS
    for name, entry in load_parameters().entries.items():
        if name.startswith("regimes."):
            assert entry.low <= entry.value <= entry.high


def test_families_are_read_off_the_codes():
    codes = np.arange(-1, len(REGIMES))
    assert codes[is_monopoly_regime(codes)].tolist() == [3, 4, 5]
    assert codes[is_fragmented_regime(codes)].tolist() == [FRAGMENTED, MONOPOLY_AND_FRAGMENTED]
    joined = [JOINED_UP_WITH_CHOICE, MONOPOLY_AND_JOINED_UP]
    assert codes[is_joined_up_regime(codes)].tolist() == joined


def test_lasting_changes_by_hand():
    codes = [
        [0, 1, 1, 0, 1, 1],  # two spells of two years: not lasting
        [0, 1, 1, 1, 0, 0],  # three years; two back are too few to move again
        [1, 1, 1, 0, 0, 0],  # it comes back for good
        [3, 3, 3, 4, 4, 4],  # a place that began as a monopoly and fragments
        [1, 1, 3, 3, 3, 3],  # too short, then another
        [1, 1, 1, 3, 3, 3],  # one lasting change after another: the last is in force
        [0, 0, 0, 0, 2, 2],  # cut off by the end
        [-1, 1, 1, -1, 1, 1],  # unknown years end a spell
        [1, 1, 1, 1, 1, 1],  # unknown start
    ]
    start = [0, 0, 0, 3, 0, 0, 0, 0, -1]
    change = transitions(codes, start)
    assert change.year.tolist() == [-1, 1, -1, 3, 2, 3, -1, -1, -1]
    assert change.regime.tolist() == [-1, 1, -1, 4, 3, 3, -1, -1, -1]
    assert change.years.tolist() == [0, 5, 0, 3, 4, 3, 0, 0, 0]
    assert settled_regime(start, change).tolist() == [0, 1, 0, 4, 3, 3, 0, 0, -1]
    assert transitions(codes, start, lasting_years=2).regime.tolist() == [
        1, -1, -1, 4, 3, 3, 2, 1, -1,
    ]  # fmt: skip


def test_a_family_may_change_while_its_regimes_alternate():
    codes = np.array([[LOCAL_MONOPOLY, MONOPOLY_AND_FRAGMENTED, LOCAL_MONOPOLY]])
    assert transitions(codes, [PLURAL]).year.tolist() == [-1]
    family = transitions(is_monopoly_regime(codes), [0])
    assert (family.year.tolist(), family.regime.tolist()) == ([0], [1])


def test_transition_shares_by_hand():
    base = [PLURAL, PLURAL, LOCAL_MONOPOLY, NOT_MEASURED]
    change = transitions(np.repeat([[PLURAL], [FRAGMENTED], [3], [3]], 3, axis=1), base)
    table = transition_shares(base, change, [1, 2, 1, 50])
    assert table[PLURAL, PLURAL] == 0.25 and table[PLURAL, FRAGMENTED] == 0.5
    assert table[LOCAL_MONOPOLY, LOCAL_MONOPOLY] == 0.25 and table.sum() == 1


def test_a_start_of_another_length_is_refused():
    with pytest.raises(InputError):
        transitions([[0, 1, 1]], [0, 0])


def test_regime_shares_by_hand():
    codes = np.array([[0, -1], [0, -1], [3, -1], [-1, -1]])  # four replicates, two areas
    shares = regime_shares(codes)
    np.testing.assert_allclose(shares[0], [2 / 3, 0, 0, 1 / 3, 0, 0])
    assert np.isnan(shares[1]).all()


def test_shares_of_people_leave_out_what_was_not_measured():
    shares = shares_of_people([0, 5, -1], [1.0, 3.0, 9.0])
    np.testing.assert_allclose(shares, [0.25, 0, 0, 0, 0, 0.75])


shares = st.floats(0, 1)
ratios = st.floats(0, 10)
random_areas = settings(deadline=None, max_examples=200)


@random_areas
@given(shares, shares, ratios, ratios, shares, shares)
def test_families_never_mix(few, hhi, lost, coc, other_few, other_hhi):
    one, two = regime(few, hhi, lost, coc), regime(other_few, other_hhi, lost, coc)
    assert is_fragmented_regime(one) == is_fragmented_regime(two)
    assert is_joined_up_regime(one) == is_joined_up_regime(two)
    assert is_monopoly_regime(one) == is_monopoly_regime(regime(few, hhi))


@random_areas
@given(shares, shares, ratios, ratios, st.floats(0, 5))
def test_losing_more_handovers_never_ends_fragmentation(few, hhi, lost, coc, more):
    before, after = regime(few, hhi, lost, coc), regime(few, hhi, lost + more, coc)
    assert is_fragmented_regime(after) >= is_fragmented_regime(before)


@random_areas
@given(shares, shares, ratios, ratios, shares)
def test_a_larger_error_never_takes_an_area_out_of_the_middle_band(few, hhi, lost, coc, error):
    certain, unsure = regime(few, hhi, lost, 1.0), regime(few, hhi, lost, 1.0, error)
    for leaves in (is_fragmented_regime, is_joined_up_regime):
        assert leaves(certain) >= leaves(unsure)


@random_areas
@given(shares, shares)
def test_the_status_quo_itself_is_in_the_middle_band(few, hhi):
    assert regime(few, hhi) in (PLURAL, LOCAL_MONOPOLY)


@random_areas
@given(st.lists(st.lists(st.integers(-1, 5), min_size=6, max_size=6), min_size=1, max_size=5))
def test_transitions_against_a_plain_search(codes):
    found = settled_regime([0] * len(codes), transitions(codes, [0] * len(codes)))
    for area, years in enumerate(codes):
        spells = [years[y] for y in range(4) if years[y] >= 0 and len(set(years[y : y + 3])) == 1]
        assert found[area] == (spells[-1] if spells else 0)


@random_areas
@given(st.lists(st.integers(-1, 5), min_size=1, max_size=20))
def test_regime_shares_sum_to_one_over_what_was_measured(codes):
    total = regime_shares(codes).sum()
    assert np.isnan(total) if set(codes) == {-1} else total == pytest.approx(1)
