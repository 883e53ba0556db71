"""Trusts that run practices: who gains, who agrees, what moves, and that money is kept."""

import numpy as np
import pytest

from agents.organisations.trust import TakeoverObservation, joint_gain
from model.mergers.takeovers import pay_owned_practices, take_over_practice, takeover_views
from model.month.economy import HealthEconomy
from model.outcomes.market import practice_hhi
from model.payments.planned_care import look_ahead
from model.payments.prices_ahead import Mean
from model.policies.policy_finding import find_policy
from model.practice_decisions.futures import practices_consider_future
from model.practices.workforce import posts

TRUST = "anytown_hospitals"


@pytest.fixture(scope="module")
def owned(live_policy):
    """A trust that has taken over practices 0 and 1, two years on, and the same without."""
    free = live_policy("status_quo", 1, mind="inert")
    row = list(free.setup.place.trusts["trust"]).index(TRUST)
    for g in (0, 1):
        take_over_practice(free.state, g, row, 20_000_000)
    return free.run(24), live_policy("status_quo", 25, mind="inert"), row


def own_share(economy, row):
    """Share of every practice's planned referrals, by spending, that come to a trust."""
    state, candidate = economy.state, economy.setup.geography.candidate
    mine = (
        state.provision.site_owner(state.bodies) == state.provision.trust_owner(state.bodies)[row]
    )[candidate] & (candidate >= 0)
    spend = state.yearbooks.last_year.planned_spend
    own = ((state.referrals.shares * mine[:, :, None]).sum(axis=1) * spend).sum(axis=1)
    return own / np.maximum(spend.sum(axis=1), 1.0)


def test_owned_practices_send_their_trust_more(owned):
    economy, other, row = owned
    mine, usual = own_share(economy, row), own_share(other, row)
    assert (mine[:2] > usual[:2]).all()
    # The habit of those who follow their practice may turn as well, and others' waits change a bit.
    assert np.abs(mine[2:] - usual[2:]).max() < 0.05


def test_owned_practices_are_their_trusts_accounts_and_one_in_the_market(owned):
    economy, other, _ = owned
    state, bodies = economy.state, economy.state.bodies
    assert (bodies.owner[state.provision.practice_body[:2]] == bodies.number[TRUST]).all()
    assert (
        practice_hhi(economy.setup.place, economy.setup.geography, state)
        >= practice_hhi(other.setup.place, other.setup.geography, other.state)
    ).all()
    assert state.money.ledger.balance.sum() == 0
    paid = other.state.money.ledger.balance[:-1] - state.money.ledger.balance[:-1]
    assert paid[state.provision.practice_body[0]] == pytest.approx(
        24 / 12 * (20_000_000 + 300 * state.practices.lists[0]), rel=0.1
    )


def test_salaried_doctors_leave_and_are_replaced(shire, after_burn_in):
    """In 55 years all doctors of the start have gone; posts are filled, and only they are paid."""
    state = after_burn_in.copy()
    economy = HealthEconomy(shire, find_policy("status_quo"), 1, state=state)
    row = list(shire.place.trusts["trust"]).index(TRUST)
    mine = np.argsort(-state.practices.lists)[:3]
    for g in mine.tolist():
        take_over_practice(economy.state, g, row, 30_000_000)
    first = set(state.practices.workforce.key[np.isin(state.practices.workforce.practice, mine)])
    counts = []
    for _ in range(55):
        practices_consider_future(
            economy.minds, economy.setup, economy.state, economy.rules, economy.seed
        )
        counts.append(state.practices.workforce.count()[mine])
        state.month += 12
    assert not first & set(state.practices.workforce.key) and np.min(counts) >= 1
    assert np.mean(counts) == pytest.approx(
        posts(state.practices.workforce, state.practices.lists)[mine].mean(), rel=0.2
    )
    assert not [d for d in economy.decisions() if d.rule == "future" and d.month >= 36
                and d.agent in {economy.minds.practices[g].code for g in mine}]  # fmt: skip
    g = int(mine[0])
    state.practices.workforce.keep(state.practices.workforce.practice != g)
    pay_owned_practices(economy.setup.parameters, economy.state)
    unpaid = round(
        shire.parameters["trusts.practice_running_pence"] * state.practices.lists[g] / 12
    )
    assert state.money.ledger.posted[-1][-1][g] == unpaid  # no salary where nobody works


def test_a_practice_is_taken_over_once(owned):
    economy, _, row = owned
    before = economy.state.practices.salaries.copy()
    take_over_practice(economy.state, 0, row, 99)
    assert (economy.state.practices.salaries == before).all()


def test_nobody_asks_where_no_policy_lets_them(status_quo, live_policy):
    assert not [d for d in status_quo.decisions() if "takeover" in d.rule]
    asked = [d for d in live_policy("vertical_fp", 12).decisions() if d.rule == "practice_takeover"]
    assert asked and all(d.options == ("leave_alone", "offer") for d in asked)


def test_nothing_is_gained_without_steering(status_quo):
    row, state = list(status_quo.setup.place.trusts["trust"]).index(TRUST), status_quo.state
    views = takeover_views(
        status_quo.setup,
        status_quo.state,
        look_ahead(
            status_quo.setup,
            status_quo.state,
            status_quo.in_force,
            status_quo.world,
            Mean(1.0, 1.0),
        ),
        row,
        state.practices.lists > 0,
    ).values()
    still = [
        TakeoverObservation(**{**vars(observation), "margin_then": observation.margin})
        for observation in views
    ]
    assert all(joint_gain(observation) <= 0.0 for observation in still)
    assert max(joint_gain(observation) for observation in views) > 0.0


def test_a_trust_sees_only_practices_that_could_refer_to_it(status_quo):
    trusts = list(status_quo.setup.place.trusts["trust"])
    seen, row = (
        look_ahead(
            status_quo.setup,
            status_quo.state,
            status_quo.in_force,
            status_quo.world,
            Mean(1.0, 1.0),
        ),
        trusts.index(TRUST),
    )
    asked = np.zeros(len(status_quo.state.practices.lists), dtype=bool)
    asked[[3, 7]] = True
    assert set(takeover_views(status_quo.setup, status_quo.state, seen, row, asked)) <= {3, 7}
    assert not takeover_views(status_quo.setup, status_quo.state, seen, row, ~asked & asked)
