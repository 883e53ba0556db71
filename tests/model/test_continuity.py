"""Continuity of care: worked by hand, then bounds, invariances and the tally by group."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.chance import keyed_uniform
from model.errors import BadInput
from model.outcomes.continuity import (
    COLUMNS,
    CONTACTS_KEPT,
    FIXED_POINT,
    continuity_means,
    continuity_of,
    empty_tally,
    tally_continuity,
)
from model.outcomes.inequality import relative_index_of_inequality, slope_index_of_inequality

random_patients = settings(deadline=None, max_examples=80)
contacts = st.lists(st.integers(0, 4), min_size=2, max_size=CONTACTS_KEPT)


def measures(labels):
    ring = np.zeros(CONTACTS_KEPT, dtype=np.int64)
    ring[: len(labels)] = labels
    return continuity_of(ring, len(labels))


@pytest.mark.parametrize(
    ("labels", "upc", "coc", "secon", "distinct"),
    [
        ([1, 1, 1, 1], 1, 1, 1, 1),
        ([1, 2, 3, 4], 1 / 4, 0, 0, 4),
        ([1, 1, 2, 1, 3], 3 / 5, 6 / 20, 1 / 4, 3),  # (9 + 1 + 1 - 5) / (5 * 4)
        ([1, 2, 1, 2], 1 / 2, 1 / 3, 0, 2),  # (4 + 4 - 4) / (4 * 3)
        ([1, 1, 2, 2], 1 / 2, 1 / 3, 2 / 3, 2),  # the same visits, in blocks
        ([5, 6], 1 / 2, 0, 0, 2),
    ],
)
def test_by_hand(labels, upc, coc, secon, distinct):
    assert measures(labels) == pytest.approx((upc, coc, secon, distinct))


@pytest.mark.parametrize(("labels", "distinct"), [([], 0), ([3], 1)])
def test_one_contact_says_nothing_about_continuity(labels, distinct):
    *shares, number = measures(labels)
    assert np.isnan(shares).all() and number == distinct


@random_patients
@given(contacts)
def test_bounds_and_textbook_formulas(labels):
    upc, coc, secon, distinct = measures(labels)
    n, visits = len(labels), np.unique(labels, return_counts=True)[1]
    assert upc == pytest.approx(visits.max() / n)
    assert coc == pytest.approx(((visits**2).sum() - n) / (n * (n - 1)))
    assert distinct == len(visits)
    assert 0 <= coc <= upc <= 1 and 0 <= secon <= 1
    assert (coc == 1) == (distinct == 1) and (coc == 0) == (distinct == n)


@random_patients
@given(contacts)
def test_names_and_direction_of_time_do_not_matter(labels):
    assert measures([40_000 - label for label in labels]) == measures(labels)
    assert measures(labels[::-1]) == measures(labels)


@random_patients
@given(contacts, st.permutations(range(CONTACTS_KEPT)))
def test_only_secon_sees_the_order(labels, order):
    mixed = measures([labels[i] for i in order if i < len(labels)])
    upc, coc, _, distinct = measures(labels)
    assert (mixed[0], mixed[1], mixed[3]) == (upc, coc, distinct)


@random_patients
@given(contacts)
def test_joining_labels_never_lowers_continuity(labels):
    joined = [min(label, 3) for label in labels]
    upc, coc, secon, distinct = measures(joined)
    before = measures(labels)
    assert upc >= before[0] and coc >= before[1] and secon >= before[2] and distinct <= before[3]


def rings(n, seed=1):
    """Rings of `n` patients, each part filled, with any position as the newest if full."""

    def whole_numbers(what, below, shape):
        draws = [keyed_uniform(seed, what, i, 0, 0) for i in range(np.prod(shape))]
        return (np.array(draws) * below).astype(np.int64).reshape(shape)

    filled = whole_numbers(1, CONTACTS_KEPT + 1, n).astype(np.uint8)
    turn = whole_numbers(2, CONTACTS_KEPT, n)
    newest = np.where(filled == CONTACTS_KEPT, turn, np.maximum(filled, 1) - 1).astype(np.uint8)
    clinician = whole_numbers(3, 5, (n, CONTACTS_KEPT)).astype(np.int32)
    team = whole_numbers(4, 4, (n, CONTACTS_KEPT)).astype(np.uint16)
    group = whole_numbers(5, 4, n) - 1
    return clinician, team, filled, newest, np.array([7, 7, 8, 9]), np.array([0, 1, 1, 2]), group


def test_a_ring_is_read_backwards_from_the_newest():
    # written in the order 0 1 2 ... 9: teams 8 and 9 overwrote the two oldest
    team = np.array([[1, 1, 0, 0, 0, 1, 1, 1]], dtype=np.uint16)
    newest, filled = np.array([1], dtype=np.uint8), np.array([8], dtype=np.uint8)
    out = empty_tally(1)
    bodies, contracts = np.zeros(2, dtype=np.int64), np.arange(2)
    zero = np.zeros(1, dtype=np.int64)
    tally_continuity(0, 1, team, team, filled, newest, bodies, contracts, zero, out)
    means = continuity_means(out)
    # in time: 0 0 0 1 1 1 1 1, one change in seven pairs
    assert means["secon_team"][0] == pytest.approx(6 / 7, abs=1e-5)
    assert means["coc_team"][0] == pytest.approx((9 + 25 - 8) / 56, abs=1e-5)
    assert means["distinct_body"][0] == 1 and means["coc_body"][0] == 1


def test_tally_is_the_sum_over_patients():
    clinician, team, filled, newest, bodies, contracts, group = arrays = rings(300)
    out = empty_tally(3)
    tally_continuity(0, 300, *arrays, out)
    expected = np.zeros((3, len(COLUMNS)))
    for row in range(300):
        n = int(filled[row])
        if group[row] < 0 or n == 0:
            continue
        at = [(int(newest[row]) - j) % CONTACTS_KEPT for j in range(n)]
        teams = team[row, at]
        values = [v for labels in (clinician[row, at], teams, bodies[teams], contracts[teams])
                  for v in measures(labels)]  # fmt: skip
        expected[group[row]] += [1, n > 1, *np.nan_to_num(values)]
    np.testing.assert_array_equal(out[:, :2], expected[:, :2])
    np.testing.assert_allclose(out[:, 2:] / FIXED_POINT, expected[:, 2:], atol=1e-3)
    means = continuity_means(out)
    np.testing.assert_allclose(means["upc_team"], expected[:, 6] / expected[:, 1], atol=1e-5)
    np.testing.assert_allclose(
        means["distinct_contract"], expected[:, 17] / expected[:, 0], atol=1e-5
    )


@random_patients
@given(st.integers(0, 2**32 - 1), st.integers(0, 200))
def test_blocks_in_any_order_give_the_same_sums(seed, cut):
    arrays = rings(200, seed)
    whole, late, early = empty_tally(3), empty_tally(3), empty_tally(3)
    tally_continuity(0, 200, *arrays, whole)
    tally_continuity(cut, 200, *arrays, late)
    tally_continuity(0, cut, *arrays, early)
    np.testing.assert_array_equal(late + early, whole)


def test_a_merger_changes_bodies_and_no_team():
    *arrays, bodies, contracts, group = rings(500)
    before, after = empty_tally(3), empty_tally(3)
    tally_continuity(0, 500, *arrays, bodies, contracts, group, before)
    tally_continuity(0, 500, *arrays, np.full(4, 1), contracts, group, after)
    one, two = continuity_means(before), continuity_means(after)
    assert (two["coc_body"] > one["coc_body"]).all()
    for name in one:
        if not name.endswith("body"):
            np.testing.assert_array_equal(one[name], two[name])


def test_a_group_without_patients_has_no_mean():
    assert all(np.isnan(mean).all() for mean in continuity_means(empty_tally(2)).values())


# Inequality


def test_slope_index_of_a_straight_line_is_its_rise():
    # equal fifths sit at .1, .3, .5, .7, .9: a rise of 2 each is 10 from end to end
    assert slope_index_of_inequality([3, 5, 7, 9, 11], [1] * 5) == pytest.approx(10)
    assert relative_index_of_inequality([3, 5, 7, 9, 11], [1] * 5) == pytest.approx(10 / 7)


def test_slope_index_of_two_unequal_groups_by_hand():
    # 75 people at rank .375, 25 at .875: slope (6 - 4) / .5
    assert slope_index_of_inequality([4, 6], [75, 25]) == pytest.approx(4)


values = st.lists(st.floats(-100, 100), min_size=5, max_size=5)
people = st.lists(st.integers(1, 1000), min_size=5, max_size=5)


@random_patients
@given(values, people, st.floats(-5, 5), st.floats(-50, 50))
def test_slope_index_scales_shifts_and_turns(value, population, scale, shift):
    slope = slope_index_of_inequality(value, population)
    changed = scale * np.array(value) + shift
    assert slope_index_of_inequality(changed, population) == pytest.approx(scale * slope, abs=1e-6)
    turned = slope_index_of_inequality(value[::-1], population[::-1])
    assert turned == pytest.approx(-slope, abs=1e-6)
    fit = np.polyfit(
        (np.cumsum(population) - np.array(population) / 2) / sum(population),
        value, 1, w=np.sqrt(population),
    )  # fmt: skip
    assert slope == pytest.approx(fit[0], abs=1e-5)


def test_an_empty_fifth_is_left_out():
    assert slope_index_of_inequality([1, np.nan, 3], [1, 0, 1]) == pytest.approx(4)
    assert np.isnan(slope_index_of_inequality([1, 2], [0, 5]))
    with pytest.raises(BadInput):
        slope_index_of_inequality([1, 2], [1, 2, 3])
