"""Continuity of care: worked by hand, then bounds, invariances and the tally by group."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.numerics.random_streams import keyed_uniform
from model.input.errors import InputError
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
    """Labels [n, 8], filled, newest and group of `n` patients, each ring part filled."""

    def whole_numbers(what, below, shape):
        draws = [keyed_uniform(seed, what, i, 0, 0) for i in range(np.prod(shape))]
        return (np.array(draws) * below).astype(np.int64).reshape(shape)

    filled = whole_numbers(1, CONTACTS_KEPT + 1, n)
    turn = whole_numbers(2, CONTACTS_KEPT, n)
    newest = np.where(filled == CONTACTS_KEPT, turn, np.maximum(filled, 1) - 1)
    return whole_numbers(4, 4, (n, CONTACTS_KEPT)), filled, newest, whole_numbers(5, 4, n) - 1


def test_a_ring_is_read_backwards_from_the_newest():
    # written in the order 0 1 2 ... 9: labels 8 and 9 overwrote the two oldest
    team = np.array([[1, 1, 0, 0, 0, 1, 1, 1]])
    newest, filled, out = np.array([1]), np.array([8]), empty_tally(1)
    tally_continuity(team, filled, newest, np.zeros(1, dtype=np.int64), out)
    means = continuity_means(out)
    # in time: 0 0 0 1 1 1 1 1, one change in seven pairs
    assert means["secon"][0] == pytest.approx(6 / 7, abs=1e-5)
    assert means["coc"][0] == pytest.approx((9 + 25 - 8) / 56, abs=1e-5)
    assert means["distinct"][0] == 2 and means["upc"][0] == pytest.approx(5 / 8)


def test_what_lies_beyond_the_contacts_held_is_not_read():
    team = np.array([[3, 3, 9, 9, 9, 9, 9, 9]])
    out = empty_tally(1)
    tally_continuity(team, np.array([2]), np.array([1]), np.zeros(1, dtype=np.int64), out)
    assert continuity_means(out)["coc"][0] == 1 and continuity_means(out)["distinct"][0] == 1


def test_tally_is_the_sum_over_patients():
    labels, filled, newest, group = rings(300)
    out = empty_tally(3)
    tally_continuity(labels, filled, newest, group, out)
    expected = np.zeros((3, len(COLUMNS)))
    for row in range(300):
        n = int(filled[row])
        if group[row] < 0 or n == 0:
            continue
        at = [(int(newest[row]) - j) % CONTACTS_KEPT for j in range(n)]
        expected[group[row]] += [1, n > 1, *np.nan_to_num(measures(labels[row, at]))]
    np.testing.assert_array_equal(out[:, :2], expected[:, :2])
    np.testing.assert_allclose(out[:, 2:] / FIXED_POINT, expected[:, 2:], atol=1e-3)
    means = continuity_means(out)
    np.testing.assert_allclose(means["upc"], expected[:, 2] / expected[:, 1], atol=1e-5)
    np.testing.assert_allclose(means["distinct"], expected[:, 5] / expected[:, 0], atol=1e-5)


@random_patients
@given(st.integers(0, 2**32 - 1), st.integers(0, 200))
def test_blocks_in_any_order_give_the_same_sums(seed, cut):
    arrays = rings(200, seed)
    whole, late, early = empty_tally(3), empty_tally(3), empty_tally(3)
    tally_continuity(*arrays, whole)
    tally_continuity(*(array[cut:] for array in arrays), late)
    tally_continuity(*(array[:cut] for array in arrays), early)
    np.testing.assert_array_equal(late + early, whole)


def test_joining_bodies_raises_continuity_with_bodies():
    teams, *others = rings(500)
    before, after = empty_tally(3), empty_tally(3)
    tally_continuity(np.array([7, 7, 8, 9])[teams], *others, before)
    tally_continuity(np.array([7, 7, 7, 7])[teams], *others, after)
    assert (continuity_means(after)["coc"] > continuity_means(before)["coc"]).all()
    np.testing.assert_allclose(continuity_means(after)["coc"], 1.0)


def test_patients_without_a_group_or_a_contact_are_left_out():
    labels, filled, newest, group = rings(50)
    out = empty_tally(4)
    tally_continuity(labels, filled, newest, np.full(50, -1), out)
    tally_continuity(labels, np.zeros(50, dtype=np.int64), newest, np.abs(group), out)
    assert not out.any()


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
    with pytest.raises(InputError):
        slope_index_of_inequality([1, 2], [1, 2, 3])
