"""Practices' access: when it is thought about, what pays, and what it does to work and patients."""

from datetime import date

import numpy as np
import pytest

from agents.decisions.access_choice import (
    LEVELS,
    AccessObservation,
    draws_attention,
    worth_of_access,
)
from model.month.economy import HealthEconomy
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.policies.policy_finding import find_policy
from model.practice_decisions.access_decisions import (
    access_views,
    change_access,
    practices_consider_access,
)
from model.practices.access import access_income, added_pay, hours
from model.practices.list_moves import lists_follow_moves, practice_options
from model.practices.profits import partnerships, profits
from model.rules import load_rules

HOURS = "general_practice.core_income.extended_hours_pence"
CALM = AccessObservation(
    list_size=7_000, current="usual_access", paid=dict.fromkeys(LEVELS, 0.0), step_cost=4_000.0,
    workload=1.0, supply_elasticity=0.3, drawn=10.0, margin=60.0, curvature=1.0,
    attention=1_500.0,
)  # fmt: skip


def changed(**more) -> AccessObservation:
    return AccessObservation(**(vars(CALM) | more))


@pytest.fixture
def economy(shire, after_burn_in) -> HealthEconomy:
    return HealthEconomy(shire, find_policy("status_quo"), 1, state=after_burn_in.copy())


def test_what_has_not_changed_is_not_thought_about():
    assert not draws_attention(CALM) and draws_attention(changed(current="more_access"))
    assert worth_of_access("usual_access", CALM) == 0.0
    assert worth_of_access("more_access", CALM) == worth_of_access("less_access", CALM) == -2_000.0


def test_pay_brings_hours_and_work_takes_them():
    paid = changed(paid={"usual_access": 0.0, "more_access": 5_000.0, "less_access": -5_000.0})
    assert draws_attention(paid) and worth_of_access("more_access", paid) == 3_000.0
    assert worth_of_access("less_access", paid) == -7_000.0
    # A quarter more work: an hour is worth 1.25^(1/0.3) = 2.104 of the usual one.
    busy = changed(workload=1.25)
    assert worth_of_access("less_access", busy) == pytest.approx(
        1.104 * (4_000 + 10 * 60) - 2_000, rel=1e-3
    )
    idle = changed(workload=0.7)
    assert worth_of_access("more_access", idle) > worth_of_access("less_access", idle)


def test_pay_follows_the_rules_of_each_year(shire):
    value, lists = shire.parameters, np.array([1_000.0, 1_000.0, 1_000.0])
    access, by_year = np.array([-1, 0, 1]), {}
    for year in (2005, 2007, 2009, 2012):
        rules = load_rules().in_force(date(year, 4, 1))
        paid = access_income(rules, year, value, lists, access)
        assert paid["qof"][1] == paid["enhanced_services"][1] == 0.0
        by_year[year] = {name: pence[2] for name, pence in paid.items()}
    step = (1.0 - 0.739) * 1_000
    assert by_year[2005] == pytest.approx(
        {"qof": step * 50 * 12_460 / 5_891, "enhanced_services": 0.0}, rel=0.005
    )
    assert by_year[2009]["qof"] == pytest.approx(step * 58.5 * 12_677 / 5_891, rel=0.005)
    assert by_year[2009]["enhanced_services"] == pytest.approx(step * 295, rel=0.005)
    assert by_year[2012] == pytest.approx({"qof": 0.0, "enhanced_services": step * 190}, rel=0.005)
    then = load_rules().in_force(date(2014, 4, 1))
    assert added_pay(then, 2014, value, 1) == 0.0
    assert added_pay(then | {HOURS: 0}, 2014, value, -1) == pytest.approx(190 * 0.26)
    # Without the scheme a practice of usual access has less money, too.
    lost = access_income(then | {HOURS: 0}, 2014, value, lists, access)["enhanced_services"]
    np.testing.assert_allclose(lost, -190 * 0.739 * 1_000)


def test_access_stays_as_it_is_where_nothing_changes(status_quo):
    asked = [d for d in status_quo.decisions() if d.rule == "access"]
    years = status_quo.state.month / 12
    assert len(asked) < 0.1 * years * (status_quo.state.practices.lists > 0).sum()
    assert np.abs(status_quo.state.practices.access).mean() < 0.1


def test_pay_for_access_moves_practices_and_money(live_policy):
    paid = live_policy(f"status_quo:{HOURS}=600", 16)
    unpaid = live_policy(f"status_quo:{HOURS}=0", 16)
    there = paid.state.practices.lists > 0
    assert (
        paid.state.practices.access[there].mean() > 0.3
        and unpaid.state.practices.access[there].mean() < -0.05
    )
    for economy in (paid, unpaid):
        assert economy.state.money.ledger.balance.sum() == 0
        np.testing.assert_allclose(
            economy.world.practices["access"],
            hours(economy.setup.parameters, economy.state.practices.access),
        )
    each = np.diff([e.record.total("consultations") for e in (unpaid, paid)])
    assert each > 0


def test_hours_cost_work_and_money_and_draw_patients(economy):
    state, value, g = (
        economy.state,
        economy.setup.parameters,
        int(economy.state.practices.lists.argmax()),
    )
    profit, extra = (
        profits(
            economy.setup.place, economy.setup.parameters, economy.state.practices, economy.rules
        )[g],
        partnerships(
            economy.setup.place, economy.setup.parameters, economy.state.practices, economy.rules
        ).workload_cost[g],
    )
    options, share = practice_options(
        economy.setup.parameters, economy.setup.geography, state.practices
    )
    reach = options == g
    change_access(economy.state.practices, g, 1)
    cost = (
        value["practices.access_expense_pence"]
        * state.practices.lists[g]
        / state.practices.workforce.count()[g]
    )
    pay = 190 * 0.26 * state.practices.lists[g] / state.practices.workforce.count()[g]
    assert profits(
        economy.setup.place, economy.setup.parameters, economy.state.practices, economy.rules
    )[g] - profit == pytest.approx((pay - cost) / 100, rel=0.01)
    assert (
        partnerships(
            economy.setup.place, economy.setup.parameters, economy.state.practices, economy.rules
        ).workload_cost[g]
        > extra
    )
    after = practice_options(economy.setup.parameters, economy.setup.geography, state.practices)[1]
    assert (
        after[reach & (share > 0) & (share < 1)] > share[reach & (share > 0) & (share < 1)]
    ).all()
    np.testing.assert_allclose(after.sum(axis=1), share.sum(axis=1))
    usual = HealthEconomy(economy.setup, economy.policy, 1, state=state.copy())
    usual.state.practices.access[g] = 0
    for one in (economy, usual):
        lists_follow_moves(one.setup, one.state)
    assert (
        state.practices.lists[g] > usual.state.practices.lists[g]
        and state.practices.lists.sum() == usual.state.practices.lists.sum()
    )
    economy.run(1)
    assert economy.world.practices["attendance"][g] == 1.0 - 0.02
    assert economy.world.practices["access"][g] == 1.02


def test_a_practice_can_be_made_to_change_its_hours(economy):
    code = economy.minds.practices[3].code
    economy.minds.forced[(code, "access", 36)] = "less_access"
    practices_consider_access(economy.minds, economy.setup, economy.state, economy.rules)
    decision = next(d for d in economy.decisions() if d.agent == code and d.rule == "access")
    assert decision.forced and (39, "access", (3, -1)) in economy.state.docket.scheduled_effects
    economy.run(4)
    assert economy.state.practices.access[3] == -1
    assert access_views(economy.setup, economy.state, economy.rules)[3].current == "less_access"


def test_without_the_mechanism_nobody_changes_hours(shire, after_burn_in):
    off = load_parameters().mechanisms()["effort_on_access"]
    setup = prepare(shire.place, load_parameters().with_values(off), 1_000)
    economy = HealthEconomy(setup, find_policy(f"status_quo:{HOURS}=900"), 1).run(1)
    assert not [d for d in economy.decisions() if d.rule == "access"]
