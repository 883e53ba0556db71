"""Regimes: every branch of the rule by hand, lasting changes, and properties of the rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.errors import BadInput
from model.outcomes.regimes import (
    FRAGMENTED,
    JOINED_UP_WITH_CHOICE,
    LOCAL_MONOPOLY,
    MONOPOLY_AND_FRAGMENTED,
    NOT_MEASURED,
    PLURAL,
    REGIMES,
    AreaMeasures,
    Baseline,
    Thresholds,
    is_fragmented_regime,
    is_monopoly_regime,
    lost_handovers_per_100_patient_years,
    regime_of,
    regime_shares,
    sensitivity,
    settled_regime,
    transition_shares,
    transitions,
)
from model.parameters import load_parameters

THRESHOLDS = Thresholds(
    few_alternatives_share=0.5,
    highly_concentrated_hhi=0.2,
    fragmented_margin=0.2,
    joined_up_margin=0.2,
    continuity_margin=0.1,
)
BASELINE = Baseline(lost_handovers=100.0, coc_team=0.4)


def regime(few=0.1, hhi=0.3, lost=100.0, coc=0.4):
    return int(regime_of(AreaMeasures(few, hhi, lost, coc), BASELINE, THRESHOLDS))


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ({}, PLURAL),
        ({"lost": 120.0}, PLURAL),  # on the line: still the middle band
        ({"lost": 121.0}, FRAGMENTED),
        ({"lost": 79.0}, JOINED_UP_WITH_CHOICE),
        ({"few": 0.5}, LOCAL_MONOPOLY),
        ({"few": 0.5, "lost": 79.0}, LOCAL_MONOPOLY),
        ({"few": 0.5, "lost": 121.0}, MONOPOLY_AND_FRAGMENTED),
        ({"few": 0.9, "hhi": 0.2}, PLURAL),  # few alternatives, yet not highly concentrated
        ({"few": 0.49, "hhi": 1.0}, PLURAL),  # concentrated, yet most could go elsewhere
        ({"lost": 121.0, "coc": 0.45}, PLURAL),  # continuity clearly better contradicts
        ({"lost": 121.0, "coc": 0.43}, FRAGMENTED),
        ({"lost": 79.0, "coc": 0.35}, PLURAL),  # continuity clearly worse contradicts
        ({"lost": 79.0, "coc": 0.37}, JOINED_UP_WITH_CHOICE),
        ({"lost": np.nan}, NOT_MEASURED),
        ({"hhi": np.nan}, NOT_MEASURED),
    ],
)
def test_the_rule_by_hand(measures, expected):
    assert regime(**measures) == expected


def test_baseline_may_differ_by_area():
    measures = AreaMeasures(np.zeros((2, 1)), np.ones((2, 1)), np.full((2, 1), 90.0), 0.4)
    baseline = Baseline(lost_handovers=np.array([[60.0], [120.0]]), coc_team=0.4)
    codes = regime_of(measures, baseline, THRESHOLDS)
    assert codes.tolist() == [[FRAGMENTED], [JOINED_UP_WITH_CHOICE]]


def test_declared_thresholds_are_sound():
    thresholds = Thresholds.from_parameters(load_parameters())
    assert thresholds == THRESHOLDS
    for name, entry in load_parameters().entries.items():
        if name.startswith("regimes."):
            assert entry.low <= entry.value <= entry.high


def test_families_are_read_off_the_codes():
    codes = np.arange(-1, 5)
    assert codes[is_monopoly_regime(codes)].tolist() == [LOCAL_MONOPOLY, MONOPOLY_AND_FRAGMENTED]
    assert codes[is_fragmented_regime(codes)].tolist() == [FRAGMENTED, MONOPOLY_AND_FRAGMENTED]


def test_rate_of_lost_handovers():
    rates = lost_handovers_per_100_patient_years([6, 0], [24, 0])  # 6 in two patient-years
    np.testing.assert_allclose(rates, [300, np.nan])


def test_lasting_changes_by_hand():
    codes = [
        [0, 1, 1, 0, 1, 1],  # two spells of two years: not lasting
        [0, 1, 1, 1, 0, 0],  # three years, though it comes back
        [3, 3, 3, 4, 4, 4],  # a place that began as a monopoly and fragments
        [1, 1, 3, 3, 3, 3],  # too short, then another
        [0, 0, 0, 0, 2, 2],  # cut off by the end
        [-1, 1, 1, -1, 1, 1],  # unknown years end a spell
        [1, 1, 1, 1, 1, 1],  # unknown baseline
    ]
    base = [0, 0, 3, 0, 0, 0, -1]
    change = transitions(codes, base)
    assert change.year.tolist() == [-1, 1, 3, 2, -1, -1, -1]
    assert change.regime.tolist() == [-1, 1, 4, 3, -1, -1, -1]
    assert change.years.tolist() == [0, 3, 3, 4, 0, 0, 0]
    assert settled_regime(base, change).tolist() == [0, 1, 4, 3, 0, 0, -1]
    assert transitions(codes, base, lasting_years=2).year.tolist() == [1, 1, 3, 0, 4, 1, -1]


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


def test_baseline_of_another_length_is_refused():
    with pytest.raises(BadInput):
        transitions([[0, 1, 1]], [0, 0])


def test_regime_shares_by_hand():
    codes = np.array([[0, -1], [0, -1], [3, -1], [-1, -1]])  # four replicates, two areas
    shares = regime_shares(codes)
    np.testing.assert_allclose(shares[0], [2 / 3, 0, 0, 1 / 3, 0])
    assert np.isnan(shares[1]).all()


def test_sensitivity_names_the_threshold_that_matters():
    measures = AreaMeasures(
        np.array([0.45, 0.1, 0.1]), np.full(3, 0.3), np.array([100.0, 118, 100]), np.full(3, 0.4)
    )
    records = {
        (r["threshold"], r["factor"]): r for r in sensitivity(measures, BASELINE, THRESHOLDS)
    }
    assert len(records) == 11 and records["none", 1.0]["plural"] == 1
    moved = {key for key, record in records.items() if record["moved"] > 0}
    assert moved == {("few_alternatives_share", 0.8), ("fragmented_margin", 0.8)}
    assert records["few_alternatives_share", 0.8]["local_monopoly"] == pytest.approx(1 / 3)


def test_sensitivity_of_nothing_measured_is_unknown():
    records = sensitivity(AreaMeasures(np.nan, 0.3, 1.0, 0.4), BASELINE, THRESHOLDS)
    assert all(np.isnan(record["moved"]) for record in records)


shares = st.floats(0, 1)
rates = st.floats(0, 1000)
random_areas = settings(deadline=None, max_examples=200)


@random_areas
@given(shares, shares, rates, shares, rates, st.floats(0.01, 100))
def test_one_code_and_no_unit(few, hhi, lost, coc, base, unit):
    # rates per 100 or per 1,000 patient-years: the regime is the same
    def codes(scale):
        measures = AreaMeasures(few, hhi, lost * scale, coc)
        return regime_of(measures, Baseline(base * scale, 0.4), THRESHOLDS)

    assert 0 <= codes(1.0) < len(REGIMES)
    if min(abs(lost - 1.2 * base), abs(lost - 0.8 * base)) > 1e-6:
        assert codes(1.0) == codes(unit)


@random_areas
@given(shares, shares, rates, shares, shares, shares)
def test_families_never_mix(few, hhi, lost, coc, other_few, other_hhi):
    one, two = regime(few, hhi, lost, coc), regime(other_few, other_hhi, lost, coc)
    assert is_fragmented_regime(one) == is_fragmented_regime(two)
    assert is_monopoly_regime(one) == is_monopoly_regime(regime(few, hhi, 100.0, 0.4))


@random_areas
@given(shares, shares, rates, shares, st.floats(0, 500))
def test_losing_more_handovers_never_ends_fragmentation(few, hhi, lost, coc, more):
    before, after = regime(few, hhi, lost, coc), regime(few, hhi, lost + more, coc)
    assert is_fragmented_regime(after) >= is_fragmented_regime(before)


@random_areas
@given(shares, shares)
def test_the_baseline_itself_is_in_the_middle_band(few, hhi):
    assert regime(few, hhi) in (PLURAL, LOCAL_MONOPOLY)


@random_areas
@given(st.lists(st.lists(st.integers(-1, 4), min_size=6, max_size=6), min_size=1, max_size=5))
def test_transitions_against_a_plain_search(codes):
    change = transitions(codes, [0] * len(codes))
    for area, years in enumerate(codes):
        starts = [y for y in range(4) if years[y] > 0 and len(set(years[y : y + 3])) == 1]
        assert change.year[area] == (starts[0] if starts else -1)


@random_areas
@given(st.lists(st.integers(-1, 4), min_size=1, max_size=20))
def test_regime_shares_sum_to_one_over_what_was_measured(codes):
    total = regime_shares(codes).sum()
    assert np.isnan(total) if set(codes) == {-1} else total == pytest.approx(1)
