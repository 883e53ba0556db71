"""Blocks and tariff: what activity is worth to a trust, and where patients may go."""

from dataclasses import replace

import numpy as np
import pytest

from model.care.attraction import among_best, in_choice_set, permitted
from model.outcomes.market import market_of
from model.payments.quality_goals import added_share, goals_met
from model.state.ledger import HEADINGS
from model.state.provision import CHOICE_RULES


@pytest.fixture(scope="module")
def blocks(live_policy):
    return live_policy("block_payment", 24, mind="inert")


def test_a_block_pays_the_same_whatever_is_done(blocks):
    lines, year = blocks.state.hospitals.lines, blocks.state.yearbooks.last_year
    place = blocks.state.hospitals.market_forces.paid
    np.testing.assert_allclose(year.line_income.T, 12 * (lines.base_income * lines.open).T * place)
    np.testing.assert_allclose(year.emergency_paid, 12 * lines.base_emergency.sum(axis=1) * place)
    assert blocks.state.money.ledger.balance.sum() == 0
    assert not blocks.payment.planned_by_activity


def test_costs_go_on_following_activity_under_a_block(blocks, inert_status_quo):
    spent = blocks.state.yearbooks.last_year.line_cost.sum()
    assert spent == pytest.approx(
        inert_status_quo.state.yearbooks.last_year.line_cost.sum(), rel=0.02
    )


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
    shares = none.state.referrals.shares.max(axis=1)
    assert (np.isclose(shares, 1.0) | np.isclose(shares, 0.0)).all()
    assert free.state.referrals.shares.max(axis=1).mean() < 1.0
    one, any_ = (market_of(e.setup, e.state) for e in (none, free))
    assert one.hhi.mean() > any_.hhi.mean() and (one.alternatives == 0).all()


def test_choice_of_five_lies_between(live_policy):
    def spread(policy):
        return live_policy(policy, 2, mind="inert").state.referrals.shares.max(axis=1).mean()

    assert spread("status_quo") <= spread("choice_five") <= spread("choice_none")


def test_goals_of_quality_are_paid_for_as_far_as_they_differ_from_those_of_the_start(live_policy):
    more = live_policy("quality_goals_tenth", 13)
    rate = (
        0.075
        * goals_met(more.setup.parameters, more.state.hospitals)[more.state.provision.site_slot]
    )
    entries = more.state.money.ledger.entries()
    goals = entries[entries["heading"] == HEADINGS.index("quality_goals")]
    paid = goals.loc[goals["month"] == 48, "pence"].sum()
    assert paid == pytest.approx((rate * more.paid.sum(axis=(0, 2))).sum(), abs=50)
    usual = live_policy("status_quo", 1)
    assert added_share(usual.setup.place, usual.rules) == 0.0
    assert more.state.money.ledger.balance.sum() == 0

    def worth(economy):
        asked = [d for d in economy.decisions() if d.rule == "quality" and d.month == 36]
        return sum(d.pounds[d.options.index("raise")] for d in asked)

    assert worth(more) > worth(live_policy("status_quo", 1))


def test_where_contracts_do_not_bind_choice_is_open(shire, after_burn_in):
    free = replace(shire, parameters=shire.parameters.with_values({"choice.closed_choice": 0}))
    state = after_burn_in.copy()
    holder = state.provision.site_slot[shire.geography.candidate[0, 0]]
    state.provision.prime_slot[:], state.provision.choice_rule[:] = holder, CHOICE_RULES["closed"]
    k, candidate = state.provision.practice_commissioner.astype(int), shire.geography.candidate
    assert permitted(free.parameters, state, k, candidate).all()
    assert not permitted(shire.parameters, state, k, candidate).all()


def test_practices_refer_to_a_few_hospitals_of_several(status_quo):
    usual = status_quo.state.referrals.usual
    assert usual.sum(axis=1).max() == 3 and usual.sum(axis=1).min() >= 1
    default = np.take_along_axis(
        usual, status_quo.state.referrals.default[:, None, :].astype(int), axis=1
    )
    assert default.all()


def test_the_best_are_few_and_offered():
    weight = np.array([[0.2, 0.5, 0.0, 0.1]])[:, :, None]
    assert among_best(weight, 2)[0, :, 0].tolist() == [1, 1, 0, 0]
    assert among_best(weight, 4)[0, :, 0].tolist() == [1, 1, 0, 1]
