"""Commissioners that own services: accounts, tenders, what they know, and who gets the services."""

from dataclasses import replace

import numpy as np
import pytest

from model.commissioners.commissioning import result_error
from model.commissioners.tendering import tender_observation
from model.integrated.organisations import community_provider
from model.month.economy import BURN_IN_MONTHS
from model.policies.policy import CommissionerProvides, JointTeams, Merger, PathwayContract, Policy
from model.policies.policy_finding import find_policy
from model.population.pathways import PATHWAYS
from model.state.ledger import HEADINGS

EAST, OWN = "east", "east-services"
FRAILTY = PathwayContract(pathways=("frailty",), adoption="allowed", start_month=1)
DECIDED = BURN_IN_MONTHS + 12
TRUST, FORMER = "anytown_hospitals", "community_trust"
DOES_THE_WORK = "mental_health_trust"  # of the muscles and joints, if it holds the contract


def providing(*contracts, **terms):
    return Policy(name="invented", title="t", help="h", source="s", pathway_contracts=contracts,
                  commissioner_provides=(CommissionerProvides(**terms),))  # fmt: skip


def entries_of(economy, heading):
    entries = economy.state.money.ledger.entries()
    return entries[entries["heading"] == HEADINGS.index(heading)]


def decided(economy, rule):
    return [d for d in economy.decisions() if d.rule == rule and d.month >= BURN_IN_MONTHS]


def decision(economy, rule, agent):
    return next(d for d in decided(economy, rule) if d.agent == agent)


@pytest.fixture(scope="module")
def owning(live_policy):
    """Two years of commissioners that provide, in which nobody answers an incentive. Read only."""
    return live_policy(providing(), 24, mind="inert")


def test_what_own_services_make_is_the_commissioners_month_by_month(owning):
    value, state = owning.setup.parameters, owning.state
    results, bodies = entries_of(owning, "own_services"), owning.state.bodies
    people = state.practices.lists[owning.state.provision.practice_commissioner == 0].sum()
    block = people * value["prices.block_pence_per_head"]["community"] / 12
    expected = block - block / (1.0 + value["costs.community_margin"])
    east = results[results["payer"] == bodies.number[OWN]]
    assert len(east) == 24 and set(east["payee"]) == {bodies.number[EAST]}
    assert (abs(east["pence"] - expected) < 0.002 * expected + 2).all()
    assert (
        state.money.ledger.balance_of(bodies.number[OWN]) == 0 == state.money.ledger.balance.sum()
    )
    assert (
        bodies.codes[community_provider(owning.state.bodies, owning.state.provision, 0)] == OWN
    )  # who would lead with these teams


def test_the_margin_moves_from_the_trust_to_the_commissioner_and_patients_notice_nothing(
    owning, inert_status_quo
):
    ours, theirs = owning.record.balance[23], inert_status_quo.record.balance[23]
    moved = ours[: theirs.size] - theirs
    number = owning.state.bodies.number
    gained = entries_of(owning, "own_services")["pence"].sum()
    assert moved[number[EAST]] + moved[number["west"]] == gained > 0
    assert moved[number["community_trust"]] == -gained and np.count_nonzero(moved) == 3
    for mine, others in zip(owning.record.by_group, inert_status_quo.record.by_group, strict=False):
        assert (mine == others).all()


@pytest.fixture(scope="module")
def tendered(live_policy):
    """A tender that both sides are made to hold, and that its own services win."""
    about = "frailty east"
    forced = {
        (EAST, "tender frailty", BURN_IN_MONTHS + 1): "tender",
        (OWN, f"bid {about}", BURN_IN_MONTHS + 1): "bid_2_percent_below",
        (TRUST, f"bid {about}", BURN_IN_MONTHS + 1): "bid_5_percent_below",
        (EAST, "award frailty", BURN_IN_MONTHS + 1): OWN,
    }
    return live_policy(providing(FRAILTY), 25, mind="inert", forced=forced)


def test_own_services_bid_with_their_owner_only_and_their_books_weigh_in_the_award(tendered):
    award, bids = decision(tendered, "award", EAST), decided(tendered, "bid")
    own = next(d for d in bids if d.agent == OWN)
    assert own.figures["income_at_risk"] > 0
    assert award.figures[f"own_result_{OWN}"] == pytest.approx(
        award.figures[f"price_{OWN}"] - own.figures["believed_cost"]
    )
    assert award.figures[f"own_result_{TRUST}"] == pytest.approx(-own.figures["income_at_risk"])
    assert "west-services" not in {d.agent for d in bids}


def test_who_would_subcontract_takes_no_work_from_own_services(live_policy):
    contract = PathwayContract(pathways=("msk",), adoption="required", start_month=1)
    forced = {
        (bidder, "bid msk east", BURN_IN_MONTHS + 1): "bid_2_percent_below"
        for bidder in (TRUST, DOES_THE_WORK)
    }
    economy = live_policy(providing(contract), 2, mind="inert", forced=forced)
    award = decision(economy, "award", EAST)
    assert f"price_{TRUST}" in award.figures and f"own_result_{TRUST}" not in award.figures
    assert award.figures[f"own_result_{DOES_THE_WORK}"] < 0.0


def test_a_commissioner_pays_its_own_services_as_holder_and_bears_the_result(tendered):
    state, number = tendered.state, tendered.state.bodies.number
    bundles = entries_of(tendered, "bundle")
    assert set(bundles["payer"]) == {number[EAST]} and set(bundles["payee"]) == {number[OWN]}
    assert state.money.ledger.balance_of(number[OWN]) == 0 == state.money.ledger.balance.sum()


def test_tenders_that_own_services_win_are_no_success_of_the_trust_that_ran_them(tendered):
    assert tendered.state.contracts.buyers.won == {OWN: 1.0}
    assert FORMER not in tendered.state.contracts.buyers.expected


def test_contracts_held_with_the_teams_go_with_them(live_policy):
    contract = FRAILTY.model_copy(update={"start_month": 0, "adoption": "required"})
    forced = {
        (FORMER, "bid frailty east", BURN_IN_MONTHS): "bid_at_ceiling",
        (EAST, "award frailty", BURN_IN_MONTHS): FORMER,
    }
    economy = live_policy(providing(contract, start_month=10), 12, mind="inert", forced=forced)
    number, bundles = economy.state.bodies.number, entries_of(economy, "bundle")
    payees = bundles.groupby("month")["payee"].first() - number[FORMER]
    assert payees.index.tolist() == list(range(BURN_IN_MONTHS + 8, BURN_IN_MONTHS + 12))
    assert payees.tolist() == [0, 0] + 2 * [number[OWN] - number[FORMER]]
    assert (
        economy.state.money.ledger.balance_of(number[OWN])
        == 0
        == economy.state.money.ledger.balance.sum()
    )


def test_it_knows_more_of_its_own_services_contract(tendered):
    left = tendered.setup.parameters["commissioning.own_services_error_left"]
    assert result_error(tendered.setup.parameters, tendered.rules, True) == pytest.approx(
        left * result_error(tendered.setup.parameters, tendered.rules)
    )
    result = tendered.state.contracts.buyers.results[-1]
    assert result.own_services and result.pathway == PATHWAYS.index("frailty")


def test_a_tender_is_worth_less_to_the_owner_unless_it_looks_away(owning, shire):
    p = PATHWAYS.index("frailty")
    loss = tender_observation(
        owning.minds, owning.setup, owning.state, owning.in_force, owning.world, FRAILTY, 0, p
    ).own_loss
    value = shire.parameters
    economy = owning
    economy.setup = replace(
        shire, parameters=value.with_values({"commissioning.own_services_weight": 0.0})
    )
    away = tender_observation(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world, FRAILTY, 0, p
    ).own_loss
    economy.setup = shire
    assert loss > 0.0 == away


@pytest.mark.parametrize(
    ("chosen", "owner", "payer", "heading", "share"),
    [
        ("stand_alone", OWN, EAST, "transition", "commissioning.transition_share"),
        (TRUST, TRUST, TRUST, "merger_cost", "trusts.integration_cost_share"),
        ("nobody_who_offers", OWN, EAST, "transition", "commissioning.transition_share"),
    ],
)
def test_who_gets_the_services(live_policy, chosen, owner, payer, heading, share):
    forced = {
        (TRUST, f"services_offer {OWN}", BURN_IN_MONTHS): "offer",
        (EAST, f"provider_split {OWN}", BURN_IN_MONTHS): chosen,
    }
    economy = live_policy(providing(end_month=12), 14, mind="inert", forced=forced)
    state, number, value = economy.state, economy.state.bodies.number, economy.setup.parameters
    assert (
        state.bodies.codes[community_provider(economy.state.bodies, economy.state.provision, 0)]
        == owner
    )
    assert decision(economy, "provider_split", EAST).options == ("stand_alone", TRUST)
    paid = entries_of(economy, heading)
    paid = paid[(paid["month"] == DECIDED) & (paid["payer"] == number[payer])]
    people = state.practices.lists[state.provision.practice_commissioner == 0].sum()
    block = people * value["prices.block_pence_per_head"]["community"]
    assert paid["pence"].sum() == pytest.approx(value[share] * block, rel=0.002)
    results = entries_of(economy, "own_services")
    assert results["month"].max() == DECIDED - 1 and state.money.ledger.balance.sum() == 0


def test_a_merger_that_a_policy_orders_leaves_own_services_to_their_owner(live_policy):
    policy = providing().model_copy(update={"mergers": (Merger(start_month=1),)})
    bodies = live_policy(policy, 2, mind="inert").state.bodies
    owner = {code: bodies.codes[bodies.owner[bodies.number[code]]] for code in (OWN, FORMER)}
    assert owner == {OWN: EAST, FORMER: TRUST}


def test_teams_keep_their_home_whoever_owns_them(live_policy, after_burn_in):
    economy = live_policy(providing(kinds=("community", "mental_health")), 1, mind="inert")
    before, after = after_burn_in.provision, economy.state.provision
    assert (before.slot_home == after.slot_home).all()
    assert (before.slot_body != after.slot_body).sum() == 4  # two kinds, two commissioners


def test_joint_teams_reach_own_services_where_their_teams_are_at_home(live_policy):
    policy = providing(kinds=("mental_health",))
    policy = policy.model_copy(update={"joint_teams": (JointTeams(kinds=("community",)),)})
    state = live_policy(policy, 1, mind="inert").state
    bodies, team = state.bodies, state.provision.network_team[0]
    home = state.provision.slot_home[state.provision.slot_body == bodies.number[OWN]]
    assert [bodies.kinds[body] for body in home] == ["mental_health"] and team[home].all()
    assert not team[bodies.of_kind("acute")].any()


def test_presets_use_it():
    assert find_policy("commissioner_split").commissioner_provides[0].end_month == 48
    assert find_policy("torbay").commissioner_provides[0].end_month is None
