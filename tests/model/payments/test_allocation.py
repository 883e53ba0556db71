"""Commissioners' money: distance from target, what is spent of it, and the way to the target."""

from dataclasses import replace

import numpy as np
import pytest

from model.commissioners.tendering import tender_observation
from model.month.economy import HealthEconomy
from model.payments.allocation import approach_targets, distance_from_target
from model.payments.list_charges import pathway_spend
from model.policies.policy import PathwayContract
from model.policies.policy_finding import find_policy
from model.population.pathways import PATHWAYS
from model.state.bodies import MARKET


def test_distances_are_as_wide_as_published(shire):
    drawn = np.concatenate(
        [distance_from_target(shire.place, shire.parameters, seed) for seed in range(300)]
    )
    least, most = (
        shire.parameters[f"commissioning.most_{side}_target"] for side in ("below", "above")
    )
    assert drawn.min() >= -least and drawn.max() <= most
    assert abs(drawn.mean()) < 0.01
    assert 0.35 < (abs(drawn) > 0.05).mean() < 0.45  # two fifths of them, published


def test_a_mechanism_without_distance_leaves_everyone_at_the_target(shire):
    off = shire.parameters.mechanisms()["distance_from_target"]
    setup = replace(shire, parameters=shire.parameters.with_values(off))
    economy = HealthEconomy(setup, find_policy("status_quo"), seed=3, mind="inert")
    assert economy.state.money.allocation == pytest.approx(economy.state.money.target_allocation)


def test_a_year_closes_a_twentieth_of_the_distance_and_other_spending_follows(shire):
    economy = HealthEconomy(shire, find_policy("status_quo"), seed=3, mind="inert")
    state = economy.state
    before, spent = state.money.allocation, state.money.other_spend
    assert np.abs(before / state.money.target_allocation - 1.0).max() > 0.001
    approach_targets(economy.setup.parameters, economy.state.money)
    step = (state.money.target_allocation - before) / 20.0
    assert state.money.allocation - before == pytest.approx(step)
    assert state.money.other_spend - spent == pytest.approx(0.8 * step)


def test_who_is_above_its_target_has_the_larger_surplus(shire):
    economy = HealthEconomy(shire, find_policy("status_quo"), seed=3, mind="inert").run(12)
    bodies = [agent.body for agent in economy.minds.commissioners]
    balance = np.array([economy.state.money.ledger.balance_of(body) for body in bodies])
    per_head = balance / economy.state.money.target_allocation
    distance = economy.state.money.allocation / economy.state.money.target_allocation - 1.0
    assert np.corrcoef(distance, per_head)[0, 1] > 0.3


def test_what_is_missing_counts_once_over_all_pathways(shire):
    economy = HealthEconomy(shire, find_policy("status_quo"), seed=3, mind="inert").run(1)
    ledger, body = economy.state.money.ledger, economy.minds.commissioners[0].body
    contract = PathwayContract(pathways=("msk",))
    spend = [
        pathway_spend(economy.setup, economy.state, economy.payment, 0, p)
        for p in range(len(PATHWAYS))
    ]

    def worths():
        return [
            tender_observation(
                economy.minds,
                economy.setup,
                economy.state,
                economy.in_force,
                economy.world,
                contract,
                0,
                p,
            ).deficit_worth
            for p in range(len(PATHWAYS))
        ]

    ledger.post(1, body, MARKET, "running_cost", ledger.balance_of(body) + 300_000_000)
    assert sum(worths()) == pytest.approx(0.2 * 3_000_000)
    assert np.argmax(worths()) == np.argmax(spend)
    ledger.post(1, MARKET, body, "running_cost", 300_000_000)
    assert worths() == [0.0] * len(PATHWAYS)
