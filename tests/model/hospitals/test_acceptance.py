"""Independent providers that take only simple patients: who goes where, and at whose cost."""

from dataclasses import replace

import numpy as np
import pytest

from agents.decisions.acceptance_choice import (
    ALL,
    SIMPLE,
    AcceptanceObservation,
    choose_patients,
)
from model.month.economy import HealthEconomy
from model.policies.policy_finding import find_policy
from model.state.attribution import at_sites

VIEW = AcceptanceObservation(False, 5e6, 0.2, 4.5e6, 1.0, 0.8, 1.4)


@pytest.fixture(scope="module")
def independent(status_quo):
    """A provider that chooses its patients, with its site."""
    minds, place = status_quo.minds, status_quo.setup.place
    agent = next(t for t in minds.trusts if t.code.endswith("independent"))
    return agent, int(np.flatnonzero(place.sites["trust"] == agent.code)[0])


def month(shire, after_burn_in, refuse):
    state = after_burn_in.copy()
    state.hospitals.lines.only_simple[:] = refuse
    state.docket.scheduled_effects = [
        entry for entry in state.docket.scheduled_effects if entry[1] != "acceptance"
    ]
    return HealthEconomy(shire, find_policy("status_quo"), 1, "inert", state=state).run(1)


def test_the_worth_of_refusing_by_hand(independent):
    decision = choose_patients(independent[0], VIEW, 0, "msk a")
    assert decision.options == (ALL, SIMPLE)
    # A million of income at a loss of 12%, replaced by half as much at a margin of 20%.
    assert decision.pounds[1] == pytest.approx(220_000)
    now = choose_patients(independent[0], replace(VIEW, only_simple=True), 0, "msk a")
    assert now.options == (SIMPLE, ALL) and now.pounds == decision.pounds[::-1]
    alike = choose_patients(independent[0], replace(VIEW, cost_ratio=1.0), 0, "msk a")
    assert alike.pounds[1] < 0.0
    assert choose_patients(independent[0], VIEW, 0, "msk a", SIMPLE).forced


def _referred(economy):
    """Referrals to be expected of the place's lists [sites, 13]."""
    lists = economy.flows.planned[:, None, :] * economy.state.referrals.shares
    return at_sites(lists, economy.setup.geography.candidate, len(economy.setup.place.sites))


def test_whom_one_refuses_others_treat_at_a_higher_cost(shire, after_burn_in, independent):
    site, refuse = independent[1], np.zeros_like(after_burn_in.hospitals.lines.only_simple)
    refuse[site] = True
    usual, simple = (month(shire, after_burn_in, one) for one in (False, refuse))
    flow = [_referred(e) for e in (usual, simple)]
    offered = usual.state.hospitals.lines.open[site] & (flow[0][site] > 0)
    fewer = flow[1][site, offered] / flow[0][site, offered]
    np.testing.assert_allclose(fewer, 1.0 - shire.activity.complex_share[offered], rtol=0.15)
    np.testing.assert_allclose(flow[0].sum(axis=0), flow[1].sum(axis=0))
    assert (usual.state.hospitals.lines.case_mix == 1.0).all()
    mix = simple.state.hospitals.lines.case_mix
    assert (mix[site, offered] < 1.0).all() and mix.max() > 1.0
    assert simple.state.money.ledger.balance.sum() == 0


def test_patients_with_several_conditions_are_not_seen_there(shire, after_burn_in, independent):
    refuse = np.zeros_like(after_burn_in.hospitals.lines.only_simple)
    refuse[independent[1]] = True
    economy = month(shire, after_burn_in, refuse)
    candidate = shire.geography.candidate
    there = candidate == independent[1]
    assert not economy.state.referrals.complex_shares[there].any()
    assert economy.state.referrals.shares[there].any()


def test_only_independents_choose(status_quo):
    asked = [d for d in status_quo.decisions() if d.rule == "acceptance"]
    assert asked and {d.agent for d in asked} == {"anyshire_independent"}
