"""Commissioners' case managers: who has one, what it costs, and nobody else is touched."""

import numpy as np
import pytest

from model.month.tables import NO_PATIENT
from model.state.ledger import HEADINGS


@pytest.fixture(scope="module")
def managed(live_policy):
    return live_policy("evercare", 24, mind="inert")


def test_the_highest_risks_of_a_quarter_of_practices_are_covered(managed):
    state, threshold = managed.state, managed.world.practices["coordination_threshold"]
    chosen = state.practices.managed_share > 0
    assert 0.15 < chosen.mean() < 0.35 and (threshold[~chosen] == NO_PATIENT).all()
    people = state.residents.people
    rows = chosen[people["practice"]]
    covered = people["risk_score"] >= threshold[people["practice"]]
    assert covered[rows].mean() == pytest.approx(0.02, abs=0.01) and not covered[~rows].any()


def test_commissioners_pay_for_whom_they_cover(managed):
    state = managed.state
    entries = state.money.ledger.entries()
    names = np.array(state.bodies.kinds)
    paid = entries[(entries["month"] == state.month - 1)]

    paid = paid[paid["heading"] == HEADINGS.index("case_management")]
    cost = managed.setup.parameters["minds.case_manager_pence_per_patient"] / 12
    assert set(names[paid["payer"]]) == {"commissioner"}
    assert paid["pence"].sum() == pytest.approx(
        (state.practices.managed_share * state.practices.lists).sum() * cost, abs=2
    )
    assert state.money.ledger.balance.sum() == 0


def test_it_loses_fewer_handovers(managed, inert_status_quo):
    def lost(economy):
        return sum(kept.sum(axis=0) for kept in economy.record.by_group[:24])

    assert (lost(managed) != lost(inert_status_quo)).any()
