"""Steering of referrals: who asks for it, what it is worth, and what it does to the market."""

from dataclasses import replace

import mesa
import numpy as np
import pytest

from agents.choice.deciding import MINDS
from agents.decisions.steering_choice import (
    STRENGTH,
    SteeringObservation,
    steer,
    worth_of_steering,
)
from agents.organisations.integrated_organisation import IntegratedOrganisation
from model.care import referral_tilts
from model.hospitals import steering
from model.integrated import membership
from model.mergers.takeovers import take_over_practice
from model.outcomes.market import market_of
from model.policies.policy import Policy, PopulationContract

VIEW = SteeringObservation(
    current="refer_freely", referral_spend=10e6, own_share=0.5, resistance=50_000.0,
    margin={"refer_freely": 1_500_000.0, "prefer_own": 1_800_000.0, "insist_on_own": 1_950_000.0},
)  # fmt: skip


def led_by(lead):
    contract = PopulationContract(lead=lead)
    return Policy(title="t", help="h", source="s", population_contracts=(contract,))


def joined(live_policy, lead, **more):
    """Every practice is a member; nobody decides anything."""
    economy = live_policy(led_by(lead), 1, "inert", **more)
    for g in np.flatnonzero(economy.state.practices.lists).tolist():
        k = economy.state.provision.practice_commissioner[g]
        organisation = next(
            o for o in economy.state.integrated.organisations if o.commissioner == k
        )
        membership.join(
            economy.minds, economy.setup, economy.state, economy.payment, g, organisation.code
        )
    return economy


def own_share(economy, body):
    site = np.maximum(economy.setup.geography.candidate, 0)
    own = (economy.state.provision.site_owner(economy.state.bodies)[site] == body) & (
        economy.setup.geography.candidate >= 0
    )
    share = (economy.state.referrals.shares * own[:, :, None]).sum(axis=1)
    spend = economy.state.yearbooks.last_year.planned_spend
    return float((share * spend).sum() / spend.sum())


def test_steering_by_hand():
    assert worth_of_steering("prefer_own", 1.0, VIEW) == pytest.approx(300_000 - 50_000)
    assert worth_of_steering("insist_on_own", 2.0, VIEW) == pytest.approx(450_000 - 200_000)
    agent = IntegratedOrganisation(mesa.Model(rng=0), "O1", "An ICO", 9, MINDS["greedy"], 1)
    assert steer(agent, replace(VIEW, resistance=10_000.0), 9).chosen == "insist_on_own"
    assert (
        steer(agent, replace(VIEW, margin=dict.fromkeys(STRENGTH.names, 0.0)), 9).chosen
        == "refer_freely"
    )
    assert steer(agent, VIEW, 9, forced="insist_on_own").forced


def test_only_leaders_with_hospitals_ask_members_and_trusts_their_own_practices(live_policy):
    asked = {}
    for lead in ("acute", "practices", "outside"):
        economy = joined(live_policy, lead)
        economy.state.month = 45  # a January
        steering.decide_on_steering(
            economy.minds, economy.setup, economy.state, economy.in_force, economy.world
        )
        asked[lead] = {d.agent for d in economy.decisions() if d.rule == "referral_steering"}
    assert asked["acute"] == {
        o.code for o in joined(live_policy, "acute").state.integrated.organisations
    }
    assert asked["practices"] == asked["outside"] == set()
    economy = live_policy("status_quo", 1, "inert")
    trusts = economy.setup.place.trusts["trust"].tolist()
    take_over_practice(economy.state, 0, trusts.index("anytown_hospitals"), 20_000_000)
    economy.state.month = 45
    steering.decide_on_steering(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world
    )
    found = [d for d in economy.decisions() if d.rule == "referral_steering"]
    assert [d.agent for d in found] == ["anytown_hospitals"]
    assert found[0].chosen == "prefer_own" and set(found[0].options) == set(STRENGTH.names)


def test_whoever_takes_a_trust_over_asks_its_practices(live_policy):
    economy = live_policy("status_quo", 1, "inert")
    trusts = economy.setup.place.trusts
    absorbed, into = trusts.index[trusts["kind"] == "acute"][:2].tolist()
    take_over_practice(economy.state, 0, absorbed, 20_000_000)
    bodies = economy.state.provision.slot_body
    economy.state.bodies.merge(int(bodies[absorbed]), int(bodies[into]))
    steering.change_steering(
        economy.setup.place,
        economy.state.hospitals,
        economy.state.integrated,
        trusts["trust"].iat[into],
        "insist_on_own",
    )
    tilt, towards = referral_tilts.referral_tilts(economy.setup.parameters, economy.state)
    usual = economy.setup.parameters["choice.owned_referral_tilt"]
    assert tilt[0] == pytest.approx(2.0 * usual) and towards[0] == bodies[into]
    economy.state.month = 45
    steering.decide_on_steering(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world
    )
    asked = [d.agent for d in economy.decisions() if d.rule == "referral_steering"]
    assert asked == [trusts["trust"].iat[into]]


def test_members_refer_to_their_leader_and_delivery_concentrates(live_policy):
    free, steered = joined(live_policy, "acute"), joined(live_policy, "acute")
    for organisation in steered.state.integrated.organisations:
        steering.change_steering(
            steered.setup.place,
            steered.state.hospitals,
            steered.state.integrated,
            organisation.code,
            "insist_on_own",
        )
    free.run(2)
    steered.run(2)
    body = steered.state.integrated.organisations[0].leader
    assert own_share(steered, body) > own_share(free, body) + 0.02
    before, after = market_of(free.setup, free.state), market_of(steered.setup, steered.state)
    assert after.hhi.mean() > before.hhi.mean()
    # The same people have the same alternatives, but where another owner now treats most of them;
    # spending, which weighs pathways, moves a little.
    same = np.isclose(after.alternatives, before.alternatives, rtol=1e-4)
    assert same.mean() > 0.9
    assert steered.state.money.ledger.balance.sum() == 0


def test_without_the_mechanism_nobody_steers(live_policy, shire):
    off = shire.parameters.mechanisms()["referral_steering"]
    setup = replace(shire, parameters=shire.parameters.with_values(off))
    economy = joined(live_policy, "acute", setup=setup)
    economy.state.month = 45
    steering.decide_on_steering(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world
    )
    assert not any(d.rule == "referral_steering" for d in economy.decisions())
    site = np.maximum(setup.geography.candidate, 0)
    assert (
        referral_tilts.referral_odds(setup.parameters, economy.state, np.arange(len(site)), site)
        == 1.0
    ).all()
