"""Closed lists: who closes, where newcomers go, and that everybody has a practice."""

import numpy as np
import pytest

from model.month.economy import HealthEconomy
from model.policies.policy_finding import find_policy
from model.practice_decisions.list_closing import change_list, practices_consider_lists
from model.practices.list_moves import expected_moves, lists_follow_moves, practice_options


@pytest.fixture
def economy(shire, after_burn_in) -> HealthEconomy:
    return HealthEconomy(shire, find_policy("status_quo"), 1, state=after_burn_in.copy())


def test_a_closed_list_shrinks_and_others_take_its_newcomers(economy):
    state, g = economy.state, int(economy.state.practices.lists.argmax())
    patients = (state.residents.people["practice"] == g).sum()
    usual = expected_moves(economy.setup, state)
    change_list(economy.state.practices, g, True)
    moves = expected_moves(economy.setup, state)
    assert moves.sum() == pytest.approx(0.0, abs=1e-6)
    mine = state.practices.pair_practice == g
    assert moves[mine].sum() < usual[mine].sum() - 0.01 * state.practices.lists[g]
    assert (moves[~mine] >= usual[~mine] - 1e-9).all()
    before = state.practices.lists[g]
    lists_follow_moves(economy.setup, economy.state)
    assert (
        state.practices.lists[g] < before
        and state.practices.lists.sum() == economy.setup.list_sizes.sum()
    )
    economy.run(12)
    assert (state.residents.people["practice"] == g).sum() < patients


def test_nobody_new_registers_with_a_closed_list_but_newborns(economy):
    state, g = economy.state, int(economy.state.practices.lists.argmax())
    change_list(economy.state.practices, g, True)
    before = state.residents.people["practice"].copy()
    economy.run(11)
    here = state.residents.people["practice"] == g
    new = here & (state.residents.people["entered"] >= 36)
    assert (state.residents.people["born"][new] == state.residents.people["entered"][new]).all()
    assert (before[here & ~new] == g).all()


def test_where_all_lists_are_closed_people_are_assigned(economy):
    economy.state.practices.closed_lists[:] = economy.state.practices.lists > 0
    _, share = practice_options(
        economy.setup.parameters, economy.setup.geography, economy.state.practices
    )
    np.testing.assert_allclose(share.sum(axis=1), 1.0)
    lists_follow_moves(economy.setup, economy.state)
    economy.run(6)
    assert (economy.state.practices.lists[economy.state.residents.people["practice"]] > 0).all()


def test_practices_with_too_much_work_think_of_closing(economy):
    state = economy.state
    g = int(state.practices.workforce.count().argmax())
    rows = np.flatnonzero(state.practices.workforce.practice == g)
    gone = np.isin(np.arange(state.practices.workforce.practice.size), rows[: rows.size // 2 + 1])
    state.practices.workforce.keep(~gone)
    practices_consider_lists(economy.minds, economy.setup, economy.state, economy.rules)
    asked = [d for d in economy.decisions() if d.rule == "patient_list" and d.month == 36]
    mine = next(d for d in asked if d.agent == economy.minds.practices[g].code)
    assert mine.options == ("keep_open", "close_list") and mine.figures["workload"] > 1.1
    assert all(d.figures["workload"] > 1.1 or d.options[0] == "keep_closed" for d in asked)
    state.practices.closed_lists[g] = True
    forced = {(mine.agent, "patient_list", 36): "reopen"}
    again = HealthEconomy(economy.setup, economy.policy, 1, state=state.copy(), forced=forced)
    practices_consider_lists(again.minds, again.setup, again.state, again.rules)
    assert (39, "patient_list", (g, False)) in again.state.docket.scheduled_effects
