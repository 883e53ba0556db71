"""Blocks and tariff: what activity is worth to a trust, and where patients may go."""

import numpy as np
import pytest

from model.arrangement import in_choice_set
from model.market import market_of


@pytest.fixture(scope="module")
def blocks(live_policy):
    return live_policy("block_payment", 24, mind="inert")


def test_a_block_pays_the_same_whatever_is_done(blocks):
    lines, year = blocks.state.lines, blocks.state.last_year
    np.testing.assert_allclose(year.line_income, 12 * lines.base_income * lines.open)
    np.testing.assert_allclose(year.emergency_paid, 12 * lines.base_emergency.sum(axis=1))
    assert blocks.state.ledger.balance.sum() == 0
    assert not blocks.payment.planned_by_activity


def test_costs_go_on_following_activity_under_a_block(blocks, inert_status_quo):
    spent = blocks.state.last_year.line_cost.sum()
    assert spent == pytest.approx(inert_status_quo.state.last_year.line_cost.sum(), rel=0.02)


def test_without_payment_for_activity_trusts_have_less_reason_for_quality_and_capacity(live_policy):
    def worth(policy, rule, option):
        decisions = live_policy(policy, 13).decisions()
        # In the first month of the policy all see the same past.
        asked = [d for d in decisions if d.rule == rule and d.month == 36]
        return sum(d.pounds[d.options.index(option)] for d in asked)

    assert worth("block_payment", "quality", "raise") < worth("status_quo", "quality", "raise")
    assert worth("block_payment", "capacity", "expand") <= worth("status_quo", "capacity", "expand")


def test_the_nearest_that_offer_care_can_be_chosen():
    near = np.array([[0.9, 0.5, 0.7, 0.1]])
    offered = np.array([[True, True, False, True]])[:, :, None]
    assert in_choice_set(near, offered, 2)[0, :, 0].tolist() == [True, True, False, False]
    assert in_choice_set(near, offered, 0).all() and in_choice_set(near, offered, 1).all()


def test_without_choice_patients_go_where_practices_refer(live_policy):
    none, free = (
        live_policy("choice_none", 13, mind="inert"),
        live_policy("status_quo", 13, "inert"),
    )
    shares = none.state.shares.max(axis=1)
    assert (np.isclose(shares, 1.0) | np.isclose(shares, 0.0)).all()
    assert free.state.shares.max(axis=1).mean() < 1.0
    one, any_ = (market_of(e.setup, e.state) for e in (none, free))
    assert one.hhi.mean() > any_.hhi.mean() and (one.alternatives == 0).all()


def test_choice_of_five_lies_between(live_policy):
    def spread(policy):
        return live_policy(policy, 2, mind="inert").state.shares.max(axis=1).mean()

    assert spread("status_quo") <= spread("choice_five") <= spread("choice_none")
