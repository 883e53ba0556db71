"""Practices that close or merge: nobody is lost, nothing is counted twice, nobody stays behind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.care.flows import full_scale_need
from model.month.economy import HealthEconomy
from model.policies.policy_finding import find_policy
from model.practice_decisions.closures_and_mergers import close_practice, merge_practices
from model.practice_decisions.futures import best_partner
from model.practices.income import expenses
from model.practices.profits import profits


@pytest.fixture
def economy(shire, after_burn_in) -> HealthEconomy:
    return HealthEconomy(shire, find_policy("status_quo"), 1, state=after_burn_in.copy())


def check_whole(economy, need):
    """All patients are with an open practice, and lists, needs and spending are conserved."""
    state, people = economy.state, economy.state.residents.people
    assert (
        state.practices.lists.sum() == economy.setup.list_sizes.sum()
        and (state.practices.lists >= 0).all()
    )
    assert (state.practices.lists[people["practice"]] > 0).all()
    assert (state.practices.lists[people["entry_practice"]] > 0).all()
    assert (state.practices.lists[state.practices.pair_practice] > 0).all()
    by_practice = np.bincount(
        state.practices.pair_practice,
        state.practices.pair_patients,
        minlength=state.practices.lists.size,
    )
    np.testing.assert_allclose(by_practice, state.practices.lists, atol=40.0)  # whole patients
    np.testing.assert_allclose(
        full_scale_need(state.residents, state.practices).sum(axis=0), need, rtol=1e-3
    )  # whole patients
    assert (
        full_scale_need(state.residents, state.practices)[state.practices.lists == 0] == 0
    ).all()
    strata = state.residents.structure.strata[state.practices.lists > 0]
    np.testing.assert_allclose(strata.sum(axis=1), 1.0)


@pytest.mark.parametrize(
    "change",
    [
        lambda economy, *details: close_practice(
            economy.minds, economy.setup, economy.state, *details
        ),
        lambda e, g: merge_practices(e.minds, e.setup, e.state, g, 5),
    ],
)
def test_nothing_is_lost_when_a_practice_goes(economy, change):
    state, g = economy.state, 2
    before, need = (
        state.yearbooks.last_year.planned_spend.sum(),
        full_scale_need(state.residents, state.practices).sum(axis=0),
    )
    patients = (state.residents.people["practice"] == g).sum()
    change(economy, g)
    assert patients > 0 and state.practices.lists[g] == 0
    check_whole(economy, need)
    assert state.yearbooks.last_year.planned_spend.sum() == pytest.approx(before)
    economy.run(14)
    check_whole(economy, full_scale_need(state.residents, state.practices).sum(axis=0))
    assert not (state.residents.people["practice"] == g).any()


def test_a_merged_list_goes_to_one_practice_and_a_closed_one_to_those_near(economy):
    state = economy.state
    moved = state.residents.people["practice"] == 2
    merge_practices(economy.minds, economy.setup, economy.state, 2, 5)
    assert (state.residents.people["practice"][moved] == 5).all()
    closed = state.residents.people["practice"] == 11
    close_practice(economy.minds, economy.setup, economy.state, 11)
    options = economy.setup.geography.choice_practices
    new = state.residents.people["practice"][closed]
    reach = options[state.residents.people["area"][closed]]
    assert ((reach == new[:, None]).any(axis=1)).mean() > 0.9
    assert (
        state.residents.people["seen_filled"][moved] == 0
    ).all()  # they know no doctor there yet


def test_what_has_gone_cannot_go_again(economy):
    close_practice(economy.minds, economy.setup, economy.state, 2)
    lists = economy.state.practices.lists.copy()
    close_practice(economy.minds, economy.setup, economy.state, 2)
    merge_practices(economy.minds, economy.setup, economy.state, 2, 5)
    merge_practices(economy.minds, economy.setup, economy.state, 5, 2)
    np.testing.assert_array_equal(economy.state.practices.lists, lists)


@settings(deadline=None, max_examples=8)
@given(goes=st.lists(st.integers(0, 38), min_size=1, max_size=38, unique=True), draw=st.randoms())
def test_whatever_goes_everybody_has_a_practice(shire, after_burn_in, goes, draw):
    economy = HealthEconomy(shire, find_policy("status_quo"), 1, state=after_burn_in.copy())
    need = full_scale_need(economy.state.residents, economy.state.practices).sum(axis=0)
    for g in goes:
        h = draw.randrange(39)
        if h != g and draw.random() < 0.5:
            merge_practices(economy.minds, economy.setup, economy.state, g, h)
        else:
            close_practice(economy.minds, economy.setup, economy.state, g)
    check_whole(economy, need)
    economy.run(1)
    assert (
        np.isfinite(economy.state.referrals.shares).all()
        and economy.state.money.ledger.balance.sum() == 0
    )


def test_an_organisation_all_of_whose_members_close_goes_on_without_them(live_policy):
    economy = live_policy("population_ico", 30)
    state = economy.state
    organisation = next(o for o in state.integrated.organisations if o.capitation_pence.any())
    organisation.coverage = "top_5_percent"
    members = np.flatnonzero(state.provision.network == organisation.network)
    stays = next(g for g in np.flatnonzero(state.practices.lists) if g not in members)
    for g in members:
        merge_practices(economy.minds, economy.setup, economy.state, g, stays)
    assert not organisation.capitation_pence[members].any()
    assert not (state.provision.network[state.practices.lists == 0] >= 0).any()
    economy.run(14)
    assert economy.state.money.ledger.balance.sum() == 0


def test_partners_of_a_small_practice_gain_from_a_merger_what_two_spend_twice(economy):
    count = economy.state.practices.workforce.count()
    lists = economy.state.practices.lists
    g = int(np.where(lists > 0, lists, 10**9).argmin())
    h, mine, theirs = best_partner(
        economy.setup.neighbours, economy.state.provision, economy.state.practices, g, count
    )
    assert h != g
    apart = expenses(economy.state.practices.books, economy.state.practices.lists)[[g, h]].sum()
    merge_practices(economy.minds, economy.setup, economy.state, g, h)
    together = expenses(economy.state.practices.books, economy.state.practices.lists)[[g, h]].sum()
    saved = (apart - together) / 100
    assert mine + theirs == pytest.approx(saved) and saved > 0.0
    assert mine == pytest.approx(saved * count[g] / (count[g] + count[h]))


def test_practices_close_or_merge_only_if_partners_earn_little_or_retire(live_policy):
    economy = live_policy("qof_none", 60)
    thought = [d for d in economy.decisions() if d.rule == "future" and d.month >= 36]
    assert thought
    for decision in thought:
        assert (
            decision.figures["retiring"]
            or decision.figures["profit"] - decision.figures["workload_cost"]
            < decision.figures["elsewhere"]
        )
    gone = economy.state.practices.lists == 0
    assert (
        gone.any()
        and np.isfinite(
            profits(
                economy.setup.place,
                economy.setup.parameters,
                economy.state.practices,
                economy.rules,
            )[~gone]
        ).all()
    )
