"""Coding: nothing moves unless somebody codes or checks otherwise than in the base year."""

from dataclasses import replace

import numpy as np
import pytest

from model.deciding.boards import hospital_agents
from model.payments.coding import (
    BASE_MONTH,
    LESS,
    MORE,
    audit_costs,
    audit_observation,
    coding_observation,
    found_shares,
    overcharged_share,
)
from model.rules import load_rules
from model.state.books import USUAL
from model.state.ledger import HEADINGS

TARIFF = ("tariff_planned", "tariff_emergency")


def paid(economy, *headings, since=36, **party):
    """Entries under some headings, of one payer or payee if it is named."""
    entries = economy.state.money.ledger.entries()
    wanted = [HEADINGS.index(heading) for heading in headings]
    kept = entries["heading"].isin(wanted) & (entries["month"] >= since)
    for side, body in party.items():
        kept &= entries[side] == body
    return entries[kept]


def decided(economy, rule):
    return [d for d in economy.decisions() if d.rule == rule]


@pytest.fixture
def quiet(live_policy):
    """Two months of the status quo in which nobody answers an incentive."""
    return live_policy("status_quo", 2, "inert")


def test_as_long_as_nobody_decides_no_money_moves(inert_status_quo):
    assert {d.chosen for d in decided(inert_status_quo, "coding")} == {"keep"}
    assert len(paid(inert_status_quo, "coding", "coding_challenge", since=0)) == 0
    assert not inert_status_quo.state.coding.depth.any()


def test_the_base_years_are_as_coded_and_efforts_are_settled_in_them(after_burn_in, shire):
    books = after_burn_in.coding
    assert not books.depth.any() and books.effort == books.base_effort
    assert set(books.effort) <= {LESS, USUAL, MORE} and after_burn_in.month > BASE_MONTH
    entries = after_burn_in.money.ledger.entries()
    new = [HEADINGS.index("coding"), HEADINGS.index("coding_challenge")]
    assert not entries["heading"].isin(new).any()


def test_in_the_status_quo_coding_moves_little(status_quo):
    tariff = paid(status_quo, *TARIFF)["pence"].sum()
    moved = paid(status_quo, "coding")["pence"].sum()
    assert abs(moved) < 0.01 * tariff
    assert status_quo.state.money.ledger.balance.sum() == 0
    assert (np.abs(status_quo.state.coding.depth) <= 0.03 + 1e-9).all()


def test_deeper_coding_is_paid_for_by_the_payer_and_partly_won_back(live_policy, quiet):
    agent, month = hospital_agents(quiet.minds, quiet.setup.place, quiet.state.bodies)[0][1], 36
    economy = live_policy(
        "status_quo", 9, "inert", forced={(agent.code, "coding", month): "deeper"}
    )
    last = economy.state.month - 1
    body = economy.state.bodies.number[agent.code]
    tariff = paid(economy, *TARIFF, since=last, payee=body)["pence"].sum()
    gained = paid(economy, "coding", since=last, payee=body)["pence"].sum()
    back = paid(economy, "coding_challenge", since=last, payer=body)["pence"].sum()
    assert paid(economy, "coding")["month"].min() == month + 6
    assert gained == pytest.approx(0.005 * tariff, rel=0.001)
    shares = {
        found_shares(economy.setup.parameters, economy.rules)[e]
        for e in economy.state.coding.effort
    }
    assert min(shares) - 1e-3 <= back / gained <= max(shares) + 1e-3
    buyers = {a.body for a in economy.minds.commissioners}
    assert set(paid(economy, "coding")["payer"]) <= buyers
    assert economy.state.money.ledger.balance.sum() == 0


@pytest.mark.parametrize("effort", [LESS, USUAL, MORE])
def test_checking_finds_what_it_finds_and_costs_what_it_costs(live_policy, shire, effort):
    code = shire.place.commissioners["commissioner"].iloc[0]
    economy = live_policy("status_quo", 5, "inert", forced={(code, "coding_audit", 36): effort})
    agent, books = economy.minds.commissioners[0], economy.state.coding
    last = economy.state.month - 1
    assert books.effort[0] == effort and books.base_effort[1] == books.effort[1]
    mine = agent.body
    tariff = paid(economy, *TARIFF, since=last, payer=mine)["pence"].sum()
    back = paid(economy, "coding_challenge", since=last, payee=mine)["pence"].sum()
    back -= paid(economy, "coding_challenge", since=last, payer=mine)["pence"].sum()
    found = found_shares(economy.setup.parameters, economy.rules)
    more = found[effort] - found[books.base_effort[0]]
    assert back == pytest.approx(
        overcharged_share(economy.rules) * more * tariff, rel=0.001, abs=50
    )
    people = float(
        economy.state.practices.lists[economy.state.provision.practice_commissioner == 0].sum()
    )
    cost = audit_costs(economy.setup.parameters, people)
    extra = cost[effort] - cost[books.base_effort[0]]
    spent = [
        paid(e, "running_cost", since=last, payer=mine)["pence"].sum()
        for e in (economy, live_policy("status_quo", 5, "inert"))
    ]
    assert spent[0] - spent[1] == pytest.approx(100 * extra / 12, abs=1)


def test_a_ccg_finds_more_than_a_pct_and_errors_have_become_fewer(live_policy, quiet):
    pct = live_policy("pct_kept", 1, "inert")
    assert (
        found_shares(pct.setup.parameters, pct.rules)[MORE]
        < found_shares(quiet.setup.parameters, quiet.rules)[MORE]
    )
    assert (
        found_shares(pct.setup.parameters, pct.rules)[LESS]
        == 0.0
        < found_shares(pct.setup.parameters, pct.rules)[USUAL]
        < found_shares(pct.setup.parameters, pct.rules)[MORE]
    )
    rule = load_rules()["hospital_payment.coding.gross_payment_error"]
    errors = [dated.value for dated in rule.values]
    assert errors == sorted(errors, reverse=True)
    assert overcharged_share(quiet.rules) == errors[-1] / 2


def test_a_trust_sees_who_checks_it_and_how_short_of_money_it_is(status_quo):
    for row, agent in hospital_agents(
        status_quo.minds, status_quo.setup.place, status_quo.state.bodies
    ):
        observation = coding_observation(
            status_quo.setup.parameters, status_quo.state, status_quo.payment, row, agent
        )
        assert (
            0.0
            <= observation.recovered_share
            <= found_shares(status_quo.setup.parameters, status_quo.rules)[MORE] + 1e-9
        )
        assert (
            observation.deficit >= 0.0
            and np.isfinite(observation.income)
            and np.isfinite(observation.depth)
        )
    observation = audit_observation(
        status_quo.setup.parameters, status_quo.state, status_quo.rules, 0
    )
    assert (
        observation.spend > 0
        and observation.current in observation.found
        and set(observation.found) == set(observation.cost)
    )


def test_a_copy_of_a_state_goes_its_own_way(after_burn_in):
    one, two = after_burn_in.copy(), after_burn_in.copy()
    one.coding.depth[0], one.coding.effort[0] = 0.01, "changed"
    one.contracts.buyers.believed[0, 0] = 0.4
    assert two.coding.depth[0] == 0.0 and two.coding.effort[0] != "changed"
    assert two.contracts.buyers.believed[0, 0] != 0.4


def test_without_the_mechanism_nothing_moves(live_policy, shire):
    off = shire.parameters.mechanisms()["coding"]
    economy = live_policy(
        "status_quo", 26, setup=replace(shire, parameters=shire.parameters.with_values(off))
    )
    assert not economy.state.coding.depth.any()
    assert not len(paid(economy, "coding"))
    assert overcharged_share(economy.rules) > 0 and set(
        found_shares(economy.setup.parameters, economy.rules).values()
    ) == {0.0}
