"""A quarter that is looked ahead follows the rules of the month to the bit."""

import numpy as np
import pytest

from model.care.attraction import WEEKS_PER_MONTH
from model.care.queues import operated, waits_of
from model.hospitals.lines_ahead import Line, arrivals, lists_as_if, one_look, working
from model.hospitals.quarter import work_off
from model.payments.planned_care import settled_shares
from model.population.pathways import PATHWAYS

SITE, P = 0, PATHWAYS.index("msk")
MONTHS = 3


@pytest.fixture(params=[False, True], ids=["all_taken", "some_refuse"])
def economy(live_policy, request):
    found = live_policy("status_quo", 6)
    found.state.hospitals.lines.only_simple[SITE, P] = request.param
    return found


def test_referrals_are_those_of_choice_and_habit(economy):
    lines, value = economy.state.hospitals.lines, economy.setup.parameters
    lists = lists_as_if(
        economy.minds,
        economy.setup,
        economy.state,
        economy.prices,
        economy.world,
        Line(SITE, P, True, 1.0, float(lines.pull[SITE, P])),
    )
    near = lists.referring
    for factor in (0.2, 1.0, 3.0):
        waits = lists.waits * factor + np.arange(lists.waits.size)
        logits = value["choice.hospital_wait_per_week"] * WEEKS_PER_MONTH * (waits - lists.waits)
        pull = near.pull * np.exp(logits)[near.candidate][:, :, None]
        rows = np.flatnonzero((economy.setup.geography.candidate == SITE).any(axis=1))
        shares = settled_shares(
            economy.setup, economy.state, np.repeat(pull, len(PATHWAYS), axis=2), rows
        )[:, :, P]
        flow = np.where(near.candidate >= 0, near.needed[:, None] * shares, 0.0)
        site = np.maximum(near.candidate, 0).ravel()
        for kind, sent in enumerate((flow, flow * near.seen_share[:, None])):
            come = np.bincount(site, weights=sent.ravel(), minlength=waits.size)
            assert (
                arrivals(economy.setup.parameters, lists, waits)[kind] == near.others[kind] + come
            ).all()


def test_lines_work_their_lists_off_as_in_a_month(economy):
    lines, share = economy.state.hospitals.lines, economy.setup.activity.operation_share[P]
    rng = np.random.default_rng(1)
    capacity = np.where(rng.random(lines.open.shape[0]) < 0.2, 0.0, lines.capacity[:, P])
    for longer in (0.0, 0.5, 3.0, 40.0):
        backlog, come = lines.backlog[:, P] * longer, rng.random(capacity.size) * 200
        mine, done = backlog.copy(), np.zeros(capacity.size)
        for _ in range(MONTHS):
            ready = operated(economy.setup.parameters, mine, capacity)
            mine += come * share
            done += np.minimum(mine, ready)
            mine -= np.minimum(mine, ready)
        found = work_off(
            come,
            backlog,
            capacity,
            MONTHS,
            working(economy.setup.parameters, economy.setup.activity, P),
        )
        assert (found == done).all() and (backlog == mine).all()
        ready = operated(economy.setup.parameters, backlog, capacity)
        waits = np.divide(backlog, ready, out=np.zeros(backlog.size), where=ready > 0.0)
        np.testing.assert_allclose(waits_of(economy.setup.parameters, backlog, capacity), waits)
        assert (waits > 24.0).any() == (longer == 40.0)


def test_lists_are_worked_out_once_in_a_look_and_anew_after_it(economy):
    lines, line = economy.state.hospitals.lines, Line(SITE, P, True, 1.0, 1.0)
    with one_look(economy.minds):
        first = lists_as_if(
            economy.minds, economy.setup, economy.state, economy.prices, economy.world, line
        )
        assert (
            lists_as_if(
                economy.minds,
                economy.setup,
                economy.state,
                economy.prices,
                economy.world,
                line._replace(capacity=2.0),
            )
            is first
        )
        assert (
            lists_as_if(
                economy.minds,
                economy.setup,
                economy.state,
                economy.prices,
                economy.world,
                line._replace(pull=0.5),
            )
            is not first
        )
        assert (
            lists_as_if(
                economy.minds,
                economy.setup,
                economy.state,
                economy.prices,
                economy.world,
                line._replace(is_open=False),
            )
            is not first
        )
    lines.backlog[:] *= 2.0
    assert (
        lists_as_if(
            economy.minds, economy.setup, economy.state, economy.prices, economy.world, line
        ).waits
        != first.waits
    ).any()
