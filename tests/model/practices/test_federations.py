"""Federations that pool practices' budgets: who is in, who pays, what is shared, when it ends."""

import numpy as np
import pytest

from model.budgets.federations import federate, federation_observation
from model.month.economy import BURN_IN_MONTHS
from model.policies.policy import Budget, Policy
from model.practice_decisions.closures_and_mergers import close_practice
from model.practices.savings import kept_of_saving
from model.state.ledger import HEADINGS

FIRST, SECOND, AREA = "anyshire_gp_001", "anyshire_gp_002", "east"
JUNE = BURN_IN_MONTHS + 2


def policy(federations="allowed", **terms):
    budget = Budget(
        entry_notice_months=0,
        retained_share=0.5,
        overspend_share=0.5,
        federations=federations,
        **terms,
    )
    return Policy(name="tried", title="t", help="h", source="s", budgets=(budget,))


def forced(economy_codes=(FIRST, SECOND)):
    taken = {(code, "hold_budget real", BURN_IN_MONTHS): "take_budget" for code in economy_codes}
    return taken | {
        (FIRST, f"federation {AREA}", JUNE): "lead",
        (SECOND, f"federation {AREA}", JUNE): "lead",
    }


def paid(economy, heading):
    entries = economy.state.money.ledger.entries()
    return entries[entries["heading"] == HEADINGS.index(heading)]


SETTLED = ("budget_saving", "budget_overspend")


def results(economy):
    """What each of the two got (+) or owed (-) in all, in pence."""
    bodies = economy.state.provision.practice_body[:2]
    got, owed = (paid(economy, heading) for heading in SETTLED)
    return np.array([
        got["pence"][got["payee"] == body].sum() - owed["pence"][owed["payer"] == body].sum()
        for body in bodies
    ])  # fmt: skip


@pytest.fixture(scope="module")
def two(live_policy):
    """Two practices that pool, and the same two that do not, settled twice. Read only."""
    return [live_policy(policy(kind), 25, "inert", forced=forced()) for kind in ("allowed", "none")]


def test_the_first_to_lead_leads_and_the_other_joins(two):
    pooled, alone = two
    books = pooled.state.budgets
    assert books.pooled_with(0) == books.pooled_with(1) == [0, 1]
    assert list(books.leaders.values()) == [0]
    asked = [d for d in pooled.decisions() if d.rule == "federation"]
    assert {d.agent for d in asked} == {FIRST, SECOND}
    assert {d.chosen for d in asked if d.month > JUNE} == {"stay_in"}
    assert asked[0].options == ("stay_alone", "lead") and asked[0].effect_month == JUNE + 10
    assert not [d for d in alone.decisions() if d.rule == "federation"]


def test_a_pool_settles_what_its_members_would_and_shares_it_by_list(two):
    year, parts = BURN_IN_MONTHS + 24, []
    for economy in two:
        entries = economy.state.money.ledger.entries()
        settled = entries["heading"].isin([HEADINGS.index(h) for h in SETTLED])
        entries = entries[settled & (entries["month"] == year)]
        body = np.where(entries["payer"].isin(economy.state.provision.practice_body),
                        entries["payer"], entries["payee"])  # fmt: skip
        parts.append([entries["pence"][body == b].sum() for b in
                      economy.state.provision.practice_body[:2]])  # fmt: skip
    pooled, alone = parts
    assert results(two[0]).sum() == pytest.approx(results(two[1]).sum(), abs=4)
    lists = two[0].state.practices.lists[
        :2
    ]  # a year's moves later than those by which it was shared
    assert pooled[0] / pooled[1] == pytest.approx(lists[0] / lists[1], rel=0.01)
    assert alone[0] / alone[1] != pytest.approx(lists[0] / lists[1], rel=0.05)


def test_members_pay_for_their_federation_by_list_and_not_for_managers_of_their_own(two):
    pooled, value = two[0], two[0].setup.parameters
    entries = paid(pooled, "budget_management")
    entries = entries[entries["payer"] == pooled.state.provision.practice_body[0]]
    before, after = entries["pence"].iloc[0], entries["pence"].iloc[-1]
    assert before == round(value["budgets.management_cost_pence"] / 12)
    rate = value["budgets.federation_pence_per_patient"]
    assert after == pytest.approx(rate * pooled.state.practices.lists[0] / 12, abs=1)
    assert pooled.state.money.ledger.balance.sum() == 0


def test_a_member_works_for_less_of_its_saving_and_fears_less(two):
    pooled, alone = two
    lists, peers = pooled.state.practices.lists, pooled.setup.parameters["minds.peer_pressure"]
    part = max(lists[0] / lists[:2].sum(), peers)
    assert kept_of_saving(alone.setup.parameters, alone.state, 0).share == pytest.approx(0.5)
    assert kept_of_saving(pooled.setup.parameters, pooled.state, 0).share == pytest.approx(
        0.5 * part
    )
    observation, agent = (
        federation_observation(
            pooled.minds, pooled.setup.parameters, pooled.setup.neighbours, pooled.state, 0, 0
        ),
        pooled.minds.practices[0],
    )
    assert (
        observation.own_part == pytest.approx(part) and observation.leads and observation.is_member
    )
    ratio = agent.budget_premium(observation.alone) / agent.budget_premium(observation.pooled)
    assert ratio == pytest.approx(lists[:2].sum() / lists[0])


def test_a_federation_ends_with_its_leader_and_a_member_just_leaves(live_policy):
    economy = live_policy(policy(), 13, "inert", forced=forced())
    books = economy.state.budgets
    federate(economy.state.provision, economy.state.budgets, 1, 0, "leave")
    assert books.pooled_with(0) == [0] and books.leaders
    federate(economy.state.provision, economy.state.budgets, 1, 0, "join")
    close_practice(economy.minds, economy.setup, economy.state, 0)
    assert books.pool_of == {} == books.leaders
    federate(economy.state.provision, economy.state.budgets, 1, 0, "join")
    assert books.pool_of == {}
