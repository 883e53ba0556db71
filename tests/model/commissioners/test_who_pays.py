"""The second books find it out when somebody else is billed, and leave no heading unexplained."""

import numpy as np
import pytest
from forced_options import at_once

from model.hospitals import closures
from model.month.economy import HealthEconomy
from model.payments import money
from model.policies.policy_finding import find_policy
from model.state.attribution import Attribution
from model.state.bodies import TREASURY
from model.state.ledger import HEADINGS
from tests.model.books import Books
from tests.model.headings import (
    EXPLAINED,
    NO_BILL,
    SEED,
    check_month,
    check_payer,
    live_and_check,
)

BUSY = (
    "carveouts_three+population_ico+quality_goals_tenth+torbay+evercare+case_management_risk_score"
)
OF_NO_POOL = ("delayed_discharge_charge",)


@pytest.fixture(scope="module")
def worlds(small, begun):
    """Contracts of every kind with minds that do anything, and the status quo, after a while."""
    states = {
        name: HealthEconomy(small, at_once(name), SEED, "random", state=begun.copy()).run(8).state
        for name in (BUSY, "status_quo")
    }
    return lambda name: HealthEconomy(
        small, at_once(name), SEED, "random", state=states[name].copy()
    )


def test_every_heading_is_explained_or_said_to_be_no_bill():
    assert set(EXPLAINED) | set(NO_BILL) == set(HEADINGS)
    assert not set(EXPLAINED) & set(NO_BILL)
    assert all(one.why and one.payers for one in NO_BILL.values())


def test_an_unlisted_heading_and_a_payer_without_a_reason_fail():
    check_payer("tender_cost", "commissioner", 5)
    with pytest.raises(AssertionError, match="pocket_money"):
        check_payer("pocket_money", "commissioner", 5)
    with pytest.raises(AssertionError, match="tender_cost"):
        check_payer("tender_cost", "practice", 5)


def test_bills_of_a_busy_world_are_explained(worlds):
    economy = worlds(BUSY)
    months = economy.state.month
    live_and_check(economy, 6)
    entries = economy.state.money.ledger.entries()
    booked = {HEADINGS[code] for code in entries[entries["month"] >= months]["heading"]}
    assert set(EXPLAINED) - booked == set(OF_NO_POOL)


@pytest.mark.parametrize("heading", sorted(EXPLAINED))
def test_a_bill_to_somebody_else_is_found_out(worlds, heading):
    """All that is paid under a heading is paid by the next body of the payer's kind."""
    economy = worlds("status_quo" if heading in OF_NO_POOL else BUSY)
    send_to_others(economy.state, heading)
    with pytest.raises(AssertionError, match=heading):
        live_and_check(economy, 3)


def send_to_others(state, heading):
    ledger, usual = state.money.ledger, state.money.ledger.post

    def post(month, payer, payee, name, pence):
        if name == heading:
            payer, payee, pence = np.broadcast_arrays(payer, payee, pence)
            if (payer == TREASURY).all():
                payee = next_of_kind(state.bodies, payee)
            else:
                payer = next_of_kind(state.bodies, payer)
            payer, payee, pence = (np.atleast_1d(part).copy() for part in (payer, payee, pence))
        usual(month, payer, payee, name, pence)

    ledger.post = post


def next_of_kind(bodies, several):
    """The next body of the same kind in place of each; a commissioner if there is no other."""
    others = []
    for body in np.atleast_1d(several).tolist():
        alike = bodies.of_kind(bodies.kinds[body])
        alike = alike if len(alike) > 1 else [body, bodies.of_kind("commissioner")[0]]
        others.append(alike[(alike.index(body) + 1) % len(alike)])
    return np.array(others)


def test_clinics_that_the_commissioner_pays_for_a_holder_are_found_out(worlds):
    economy = worlds(BUSY)
    ledger, usual = economy.state.money.ledger, economy.state.money.ledger.post
    first = economy.minds.commissioners[0].body

    def post(month, payer, payee, name, pence):
        usual(month, np.full_like(payer, first) if name == "clinics" else payer, payee, name, pence)

    ledger.post = post
    with pytest.raises(AssertionError, match="clinics"):
        live_and_check(economy, 1)


def test_operations_that_are_billed_by_referrals_which_hospitals_see_are_found_out(
    worlds, small, monkeypatch
):
    """As they once were: who has clinics elsewhere was spared its patients' operations."""

    def value(flows, prices):
        candidate, sites = small.geography.candidate, len(flows.operations)
        there = flows.referred.at(candidate)
        done = np.divide(flows.operations, there, out=np.zeros_like(there), where=there > 0)
        lists = flows.referred.lists * (candidate >= 0)[:, :, None]
        operated = flows.operated._replace(
            lists=lists * done[candidate], outside=flows.referred.outside * done
        )
        assert len(operated.outside) == sites
        return usual(flows._replace(operated=operated), prices)

    usual = money.planned_value
    monkeypatch.setattr(money, "planned_value", value)
    with pytest.raises(AssertionError, match="tariff_planned"):
        live_and_check(worlds(BUSY), 1)


PRACTICE, SITE = 9, 5
YEAR = 12


def busy_years(economy):
    """Practices that merge, close and open again, and a hospital that closes."""
    openings = [(month, "open_practice", (PRACTICE,)) for month in range(5, 11)]
    economy.state.docket.scheduled_effects += [
        (2, "merge_practices", (2, 5)),
        (3, "close_practice", (PRACTICE,)),
        (3, "merge_practices", (5, 20)),
        *openings,  # until somebody is found for it
        (YEAR + 2, "close_practice", (PRACTICE,)),
        (YEAR + 3, "close_site", (SITE,)),
    ]
    return economy


@pytest.mark.parametrize("policy", ["status_quo", "block_payment"])
def test_parts_of_lists_follow_people_from_the_first_month(small, policy):
    """Books that begin when the place does, before anything has moved."""
    economy = busy_years(HealthEconomy(small, find_policy(policy), SEED, "random"))
    books, there = Books(economy), []
    for _ in range(42):
        books.step()
        check_month(books)
        there.append(bool(economy.state.practices.lists[PRACTICE]))
    assert there[2] and not there[3] and there[YEAR] and not there[YEAR + 2]
    assert (
        not economy.state.practices.lists[[2, 5]].any()
        and economy.state.hospitals.closed_sites[SITE]
    )


MISTAKES = {
    "waiting lists stay": (Attribution, "move_list"),
    "parts do not grow with lists": (Attribution, "follow_lists"),
    "newcomers bring nothing": (Attribution, "gather"),
    "baselines stay": (closures, "_move_baselines"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_parts_that_do_not_follow_people_are_found_out(small, monkeypatch, mistake):
    economy = busy_years(HealthEconomy(small, find_policy("status_quo"), SEED, "random"))
    where, name = MISTAKES[mistake]
    monkeypatch.setattr(where, name, lambda *_: None)
    with pytest.raises(AssertionError):
        live_and_check(economy, 18)
