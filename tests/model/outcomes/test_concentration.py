"""Concentration measures: worked by hand, then bounds and invariances over random markets."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model.input.errors import InputError
from model.outcomes import concentration as c

chances = st.floats(0, 1, width=16)
random_markets = settings(deadline=None, max_examples=60)


@st.composite
def markets(draw):
    """Shares, owners, need of up to 6 areas with up to 7 candidates, some padded, some empty."""
    n_areas, n = draw(st.integers(1, 6)), draw(st.integers(1, 7))
    owner = draw(arrays(np.int64, (n_areas, n), elements=st.integers(-1, 4)))
    raw = draw(arrays(float, (n_areas, n), elements=chances)) ** 3 * (owner >= 0)
    total = raw.sum(axis=1, keepdims=True)
    shares = np.divide(raw, total, out=np.zeros_like(raw), where=total > 0)
    return shares, owner, draw(arrays(float, n_areas, elements=st.integers(1, 1000)))


# Two areas; candidates 0 and 1 belong to body 0, candidate 2 to body 1.
SHARES = np.array([[0.5, 0.3, 0.2], [0.0, 0.4, 0.6]])
OWNER = np.array([0, 0, 1])
NEED = np.array([100.0, 300.0])


def test_hhi_by_hand():
    np.testing.assert_allclose(c.hhi_by_site(SHARES), [0.38, 0.52])
    np.testing.assert_allclose(c.hhi_by_area(SHARES, OWNER), [0.68, 0.52])


def test_loci_by_hand():
    expected = [1 - (80 * 0.8 + 120 * 0.4) / 200, 1 - (20 * 0.2 + 180 * 0.6) / 200]
    np.testing.assert_allclose(c.loci(SHARES, OWNER, NEED), expected)


def test_geometric_mean_hhi_by_hand():
    assert c.geometric_mean_hhi([0.25, 1.0]) == pytest.approx(0.5)
    assert c.geometric_mean_hhi([0.25, 1.0, np.nan], [3, 1, 9]) == pytest.approx(0.25**0.75)


def test_need_weighted_mean_by_group_leaves_unknown_areas_out():
    means = c.need_weighted_mean([0.2, 0.6, np.nan, 1.0], [1, 3, 9, 2], [0, 0, 1, 2], 4)
    np.testing.assert_allclose(means, [0.5, np.nan, 1.0, np.nan])


# One area, five candidates: utility, minutes, owner, capacity, predicted shares.
UTILITY = np.array([[0.0, -0.5, -1.9, -2.1, 3.0]])
MINUTES = np.array([[10.0, 20.0, 60.0, 30.0, 90.0]])
OWNERS = np.array([[0, 0, 1, 2, 3]])
CAPACITY = np.array([[50.0, 50.0, 100.0, 40.0, 400.0]])
FLOWS = np.array([[0.5, 0.2, 0.2, 0.05, 0.05]])


def alternatives(owner=OWNERS, capacity=CAPACITY, **windows):
    found = c.real_alternatives(UTILITY, MINUTES, owner, capacity, FLOWS, **windows)
    return [pytest.approx(float(value)) for value in found]


@pytest.mark.parametrize(
    ("full", "number"), [((0, 0, 0), 1.2), ((1, 0, 0), 1.2), ((0, 1, 1), 1.0), ((1, 1, 1), 1.0)]
)
def test_rivals_with_full_lists_are_no_alternative_and_whoever_treats_most_stays_one(full, number):
    found = c.real_alternatives(
        [[0.0, -0.1, -0.1]], [[10, 20, 20]], [[0, 1, 2]], [[50.0, 5.0, 5.0]], [[0.95, 0.03, 0.02]],
        full=np.array([full], bool),
    )  # fmt: skip
    assert found == pytest.approx([number])


def test_real_alternatives_by_hand():
    # owner 0 with two sites, owner 1 as large within both windows, 2 too poor, 3 too far
    assert alternatives() == [2]
    assert alternatives(window_minutes=59) == [1]
    assert alternatives(window_logits=2.5) == [2.4]
    # once the distant best is in reach it sets the standard
    assert alternatives(window_minutes=90) == [1]


def test_closed_full_or_forbidden_is_no_alternative():
    assert alternatives(capacity=np.array([[50.0, 50, 0, 40, 400]])) == [1]
    assert alternatives(capacity=np.zeros((1, 5))) == [0]


def test_a_merger_takes_an_alternative_away():
    assert alternatives(owner=np.where(OWNERS == 1, 0, OWNERS)) == [1]


def test_a_small_clinic_is_no_alternative_to_a_large_hospital():
    assert alternatives(capacity=np.array([[50.0, 50, 1, 40, 400]])) == [1.01]


def test_a_rival_counts_by_the_part_of_the_main_owners_patients_that_it_could_take():
    assert alternatives(capacity=np.array([[50.0, 50, 60, 40, 400]])) == [1.6]
    assert alternatives(capacity=np.array([[50.0, 50, 900, 40, 400]])) == [2]  # once, however large


def test_share_with_few_alternatives_by_group():
    shares = c.share_with_few_alternatives([0, 1, 2, 5], [1, 1, 2, 4])
    np.testing.assert_allclose(shares, [0.25])
    by_group = c.share_with_few_alternatives([0, 1, 2, 5], [1, 1, 2, 4], 2, [0, 1, 1, 1], 2)
    np.testing.assert_allclose(by_group, [1.0, 1 / 7])


@pytest.mark.parametrize(
    ("shares", "owner"),
    [
        ([[0.5, 0.4]], [0, 1]),  # does not sum to 1
        ([[1.5, -0.5]], [0, 1]),  # negative
        ([[0.5, 0.5]], [0, -1]),  # padding with patients
        ([[0.5, 0.5]], [0, 1, 2]),  # shape
    ],
)
def test_bad_shares_are_refused(shares, owner):
    with pytest.raises(InputError):
        c.hhi_by_area(shares, owner)


def test_an_owner_beyond_the_number_said_is_refused():
    with pytest.raises(InputError):
        c.loci(SHARES, OWNER, NEED, n_owners=1)


@random_markets
@given(markets())
def test_bounds(market):
    shares, owner, need = market
    there = shares.any(axis=1)
    owners, sites = c.hhi_by_area(shares, owner)[there], c.hhi_by_site(shares)[there]
    assert np.isnan(c.hhi_by_area(shares, owner)[~there]).all()
    assert (sites <= owners + 1e-12).all() and (owners <= 1 + 1e-12).all()
    assert (sites >= 1 / shares.shape[1] - 1e-12).all()
    index = c.loci(shares, owner, need)
    known = index[~np.isnan(index)]
    assert ((known >= -1e-12) & (known <= 1 + 1e-12)).all()


@random_markets
@given(markets(), st.randoms(use_true_random=False))
def test_order_names_padding_and_scale_do_not_matter(market, random):
    shares, owner, need = market
    order = list(range(shares.shape[1]))
    random.shuffle(order)
    np.testing.assert_allclose(
        c.hhi_by_area(shares[:, order], owner[:, order]), c.hhi_by_area(shares, owner)
    )
    renamed = np.where(owner >= 0, 4 - owner, -1)
    np.testing.assert_allclose(
        c.loci(shares, renamed, need, 5)[::-1], c.loci(shares, owner, 7 * need, 5), atol=1e-9
    )
    wider = np.pad(shares, ((0, 0), (0, 2))), np.pad(owner, ((0, 0), (0, 2)), constant_values=-1)
    np.testing.assert_allclose(c.loci(*wider, need, 5), c.loci(shares, owner, need, 5), atol=1e-9)


@random_markets
@given(markets())
def test_a_merger_never_lowers_concentration(market):
    shares, owner, _ = market
    merged = np.where(owner == 1, 0, owner)
    gap = c.hhi_by_area(shares, merged) - c.hhi_by_area(shares, owner)
    pair = [np.where(owner == body, shares, 0).sum(axis=1) for body in (0, 1)]
    there = shares.any(axis=1)
    np.testing.assert_allclose(gap[there], (2 * pair[0] * pair[1])[there], atol=1e-12)


@random_markets
@given(markets())
def test_index_of_an_owner_weighted_by_patients_is_the_mean_hhi(market):
    shares, owner, need = market
    # sum_h n_h LOCI_h = N - sum_a need_a HHI_a: competition seen by owners and by areas agree
    patients = [(need[:, None] * shares * (owner == body)).sum() for body in range(5)]
    seen = np.nansum(c.loci(shares, owner, need, 5) * patients)
    hhi = c.hhi_by_area(shares, owner)
    assert seen == pytest.approx(np.sum(patients) - np.nansum(hhi * need), abs=1e-6)


@random_markets
@given(markets(), st.data())
def test_real_alternatives_against_a_plain_loop(market, data):
    shares, owner, _ = market
    owner = np.broadcast_to(owner, shares.shape)
    utility = data.draw(arrays(float, shares.shape, elements=st.floats(-4, 4, width=16)))
    minutes = data.draw(arrays(float, shares.shape, elements=st.integers(0, 90)))
    capacity = data.draw(arrays(float, shares.shape, elements=st.integers(0, 9)))
    found = c.real_alternatives(utility, minutes, owner, capacity, shares)
    for a in range(len(shares)):
        near = [j for j in range(shares.shape[1])
                if capacity[a, j] and owner[a, j] >= 0 and minutes[a, j] <= 60]  # fmt: skip
        best = max((utility[a, j] for j in near), default=0)
        held: dict[int, float] = {}
        for j in near:
            if utility[a, j] >= best - 2:
                held[owner[a, j]] = held.get(owner[a, j], 0.0) + capacity[a, j]
        if not held:
            assert found[a] == 0.0
            continue
        treats = {code: shares[a, owner[a] == code].sum() for code in held}
        most = max(treats.values())
        usual = [held[code] for code in held if treats[code] >= most - 1e-9]  # more if they tie
        wanted = [sum(min(one / main, 1.0) for one in held.values()) for main in usual]
        assert min(abs(found[a] - number) for number in wanted) < 1e-6
