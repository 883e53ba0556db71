"""A practice opens where one has gone: nobody is lost, and it is a new organisation."""

import numpy as np
import pytest

from agents.choice.deciding import MINDS
from model.care.flows import full_scale_need
from model.month.economy import HealthEconomy
from model.policies.policy_finding import find_policy
from model.practice_decisions.closures_and_mergers import close_practice, merge_practices
from model.practice_decisions.list_closing import change_list
from model.practice_decisions.openings import (
    commissioners_consider_openings,
    crowded_people,
    doctor_chance,
    first_pairs,
    open_practice,
    opening_observation,
)
from model.state.ledger import HEADINGS

GONE = 7


@pytest.fixture
def economy(shire, after_burn_in) -> HealthEconomy:
    """A place in which one practice has closed."""
    made = HealthEconomy(shire, find_policy("status_quo"), 1, state=after_burn_in.copy())
    close_practice(made.minds, made.setup, made.state, GONE)
    return made


@pytest.fixture
def found(economy, monkeypatch) -> HealthEconomy:
    """The same where a doctor is found."""
    monkeypatch.setattr("model.practice_decisions.openings.doctor_chance", lambda *_: 1.0)
    economy.need = full_scale_need(economy.state.residents, economy.state.practices).sum(axis=0)
    economy.spending = economy.state.yearbooks.last_year.planned_spend.sum()
    open_practice(economy.minds, economy.setup, economy.state, economy.rules, economy.seed, GONE)
    return economy


def check_whole(economy):
    """Everybody is with an open practice; lists hold everyone once."""
    state, people = economy.state, economy.state.residents.people
    assert (
        state.practices.lists.sum() == economy.setup.list_sizes.sum()
        and (state.practices.lists >= 0).all()
    )
    assert (state.practices.lists[people["practice"]] > 0).all()
    assert (state.practices.lists[people["entry_practice"]] > 0).all()
    by_practice = np.bincount(
        state.practices.pair_practice,
        state.practices.pair_patients,
        minlength=state.practices.lists.size,
    )
    np.testing.assert_allclose(by_practice, state.practices.lists, atol=60.0)


def test_nobody_is_lost_when_a_practice_opens(found):
    state = found.state
    check_whole(found)
    assert state.practices.lists[GONE] > 0 and (state.residents.people["practice"] == GONE).any()
    need = full_scale_need(state.residents, state.practices)
    np.testing.assert_allclose(need.sum(axis=0), found.need, rtol=1e-3)  # whole patients
    assert need[GONE].any()
    assert state.yearbooks.last_year.planned_spend.sum() == pytest.approx(found.spending)
    assert state.yearbooks.last_year.planned_spend[GONE].any()
    before = state.practices.lists[GONE]
    found.run(15)
    check_whole(found)
    assert state.practices.lists[GONE] > before  # newcomers to homes that were its predecessor's
    assert state.money.ledger.balance.sum() == 0


def test_it_is_another_organisation_with_a_body_mind_and_contract_of_its_own(found):
    state, old = found.state, found.setup.place.practices["practice"].iat[GONE]
    agent = found.minds.practices[GONE]
    assert agent.code == f"{old}-36" and agent.body == state.provision.practice_body[GONE]
    assert state.bodies.codes[agent.body] == agent.code
    assert (
        state.practices.workforce.count()[GONE] == 1 and state.practices.books.has_pms[GONE] == 1.0
    )
    entries = state.money.ledger.entries()
    capital = entries["heading"] == HEADINGS.index("capital")
    spent = found.setup.parameters["commissioning.practice_opening_pence"]
    assert entries[capital & (entries["month"] == 36)]["pence"].sum() == spent
    found.run(12)
    assert state.money.ledger.balance_of(agent.body) != 0
    again = HealthEconomy(found.setup, found.policy, 1, state=state.copy())
    assert [a.code for a in again.minds.practices] == [a.code for a in found.minds.practices]


def test_it_can_close_again_and_another_may_open(found):
    close_practice(found.minds, found.setup, found.state, GONE)
    check_whole(found)
    found.run(1)
    open_practice(found.minds, found.setup, found.state, found.rules, found.seed, GONE)
    check_whole(found)
    assert found.minds.practices[GONE].code.endswith("-37")
    lists = found.state.practices.lists.copy()
    open_practice(found.minds, found.setup, found.state, found.rules, found.seed, GONE)
    np.testing.assert_array_equal(found.state.practices.lists, lists)  # it is there


def test_where_no_doctor_is_found_nothing_happens(economy, monkeypatch):
    monkeypatch.setattr("model.practice_decisions.openings.doctor_chance", lambda *_: 0.0)
    balance = economy.state.money.ledger.balance.copy()
    open_practice(economy.minds, economy.setup, economy.state, economy.rules, economy.seed, GONE)
    assert economy.state.practices.lists[GONE] == 0
    np.testing.assert_array_equal(economy.state.money.ledger.balance, balance)


def test_where_nobody_would_join_nothing_opens(economy, monkeypatch):
    monkeypatch.setattr("model.practice_decisions.openings.doctor_chance", lambda *_: 1.0)
    economy.state.practices.pair_patients[
        first_pairs(economy.setup.geography, economy.state.practices, GONE)[0]
    ] = 0.4
    partners = economy.state.practices.workforce.practice.size
    open_practice(economy.minds, economy.setup, economy.state, economy.rules, economy.seed, GONE)
    assert (
        economy.state.practices.lists[GONE] == 0
        and economy.state.practices.workforce.practice.size == partners
    )


def test_commissioners_look_where_people_are_crowded(economy):
    state = economy.state
    state.month = 42
    holders = np.unique(
        state.practices.pair_practice[
            first_pairs(economy.setup.geography, economy.state.practices, GONE)[1]
        ]
    )
    for h in holders:
        change_list(economy.state.practices, int(h), True)
    assert (
        crowded_people(economy.setup.parameters, economy.setup.geography, economy.state.practices)[
            GONE
        ]
        > 0
        and not crowded_people(
            economy.setup.parameters, economy.setup.geography, economy.state.practices
        )[state.practices.lists > 0].any()
    )
    observation = opening_observation(
        economy.setup, economy.state.practices, economy.rules, GONE, 5_000.0
    )
    assert 0.0 < observation.doctor_chance < 1.0 and observation.first_list > 0
    assert (
        doctor_chance(economy.setup, economy.state.practices, economy.rules, GONE)
        == observation.doctor_chance
    )
    commissioners_consider_openings(economy.minds, economy.setup, economy.state, economy.rules)
    made = [d for d in economy.decisions() if d.rule == "practice_opening" and d.month == 42]
    assert made and made[0].options == ("leave_as_it_is", "offer_contract")
    agent = next(a for a in economy.minds.commissioners if a.code == made[0].agent)
    agent.mind = MINDS["greedy"]
    dear = agent.consider_opening(observation, 0, "x")
    assert dear.chosen == "offer_contract"
    assert (
        agent.consider_opening(
            opening_observation(economy.setup, economy.state.practices, economy.rules, GONE, 100.0),
            0,
            "x",
        ).chosen
        != dear.chosen
    )


def test_an_opening_can_be_forced_and_takes_a_year(economy, monkeypatch):
    monkeypatch.setattr("model.practice_decisions.openings.doctor_chance", lambda *_: 1.0)
    state = economy.run(6).state
    for h in np.unique(
        state.practices.pair_practice[
            first_pairs(economy.setup.geography, economy.state.practices, GONE)[1]
        ]
    ):
        change_list(economy.state.practices, int(h), True)
    place = economy.setup.place.practices
    code, of = place["practice"].iat[GONE], place["commissioner"].iat[GONE]
    economy.minds.forced[of, f"practice_opening {code}", 42] = "offer_contract"
    economy.run(1)
    assert (54, "open_practice", (GONE,)) in state.docket.scheduled_effects
    economy.run(12)
    assert state.practices.lists[GONE] > 0
    check_whole(economy)


def test_it_can_open_where_organisations_have_members(live_policy, monkeypatch):
    monkeypatch.setattr("model.practice_decisions.openings.doctor_chance", lambda *_: 1.0)
    economy = live_policy("population_ico", 20)
    members = np.flatnonzero(economy.state.provision.network >= 0)
    others = np.flatnonzero(economy.state.practices.lists)
    merge_practices(
        economy.minds,
        economy.setup,
        economy.state,
        int(members[0]),
        int(others[others != members[0]][0]),
    )
    open_practice(
        economy.minds, economy.setup, economy.state, economy.rules, economy.seed, int(members[0])
    )
    assert economy.state.practices.lists[members[0]] > 0
    economy.run(14)
    check_whole(economy)
    assert economy.state.money.ledger.balance.sum() == 0
