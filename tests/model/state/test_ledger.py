"""Money: nothing is created or lost, and every pence moves between bodies that exist."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.month.economy import BURN_IN_MONTHS
from model.state.bodies import MARKET, TREASURY
from model.state.ledger import HEADINGS, Ledger

amounts = st.integers(-(10**12), 10**12)
payments = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 8), st.integers(0, 8), amounts), max_size=30
)


def test_one_payment_by_hand():
    ledger = Ledger()
    ledger.post(3, 0, 2, "block", 500)
    assert ledger.balance.tolist() == [-500, 0, 500]
    assert ledger.entries().iloc[0].tolist() == [3, 0, 2, HEADINGS.index("block"), 500]
    assert ledger.balance_of(2) == 500 and ledger.balance_of(99) == 0


def test_one_payer_and_many_payees_and_the_other_way_round():
    ledger = Ledger()
    ledger.post(0, 0, np.array([1, 2, 2]), "qof", np.array([10, 20, 30]))
    assert ledger.balance.tolist() == [-60, 10, 50]
    ledger.post(0, np.array([1, 2, 2]), 0, "pay_and_supplies", np.array([10, 20, 30]))
    assert ledger.balance.tolist() == [0, 0, 0]
    ledger.post(0, np.array([1, 2]), np.array([2, 1]), "gain_share", np.array([7, -4]))
    assert ledger.balance.tolist() == [0, -11, 11]


def test_nought_is_not_entered():
    ledger = Ledger()
    ledger.post(0, 0, 1, "block", 0)
    ledger.post(0, 0, np.array([1, 2]), "block", np.array([0, 5]))
    assert ledger.entries()[["payee", "pence"]].to_numpy().tolist() == [[2, 5]]


@settings(deadline=None, max_examples=60)
@given(payments)
def test_any_payments_sum_to_zero_and_add_up_from_the_entries(made):
    ledger = Ledger()
    for month, payer, payee, pence in made:
        ledger.post(month, payer, payee, "block", pence)
    assert ledger.balance.sum() == 0
    entries, size = ledger.entries(), ledger.balance.size
    again = np.zeros(size, dtype=np.int64)
    np.add.at(again, entries["payee"].to_numpy(), entries["pence"].to_numpy())
    np.subtract.at(again, entries["payer"].to_numpy(), entries["pence"].to_numpy())
    assert again.tolist() == ledger.balance.tolist()
    assert ledger.yearly()["pence"].sum() == sum(pence for *_, pence in made)


def test_an_unknown_heading_is_refused():
    with pytest.raises(KeyError):
        Ledger().post(0, 0, 1, "pocket_money", 5)


# The ledger of a run with contracts of every kind


def test_the_ledger_of_a_run_sums_to_zero_after_every_month(busy):
    assert len(busy.record.balance) == 48
    assert [int(balance.sum()) for balance in busy.record.balance] == [0] * 48
    assert busy.state.money.ledger.balance.dtype == np.int64
    assert np.abs(busy.record.balance[-1]).max() > 0


def test_every_entry_moves_pence_between_two_bodies_that_exist(busy):
    entries, bodies = busy.state.money.ledger.entries(), len(busy.state.bodies)
    assert entries[["payer", "payee"]].to_numpy().min() >= 0
    assert entries[["payer", "payee"]].to_numpy().max() < bodies
    assert (entries["payer"] != entries["payee"]).mean() > 0.99  # a merged body may pay itself
    assert entries["month"].is_monotonic_increasing
    assert entries["pence"].dtype == np.int64


def test_entries_of_a_run_add_up_to_the_balances(busy):
    entries = busy.state.money.ledger.entries()
    for last in (BURN_IN_MONTHS + 20, busy.state.month - 1):
        part = entries[entries["month"] <= last]
        paid = np.bincount(part["payee"], part["pence"], minlength=len(busy.state.bodies))
        spent = np.bincount(part["payer"], part["pence"], minlength=len(busy.state.bodies))
        kept = busy.record.balance[last - BURN_IN_MONTHS]
        np.testing.assert_array_equal((paid - spent)[: kept.size], kept)


def test_money_comes_from_the_treasury_and_goes_to_staff_and_suppliers(status_quo, busy):
    for economy in (status_quo, busy):
        entries = economy.state.money.ledger.entries()
        assert (
            not (entries["payee"] == TREASURY).any()
            or (entries.loc[entries["payee"] == TREASURY, "pence"] <= 0).all()
        )
        assert not (entries["payer"] == MARKET).any()
        balance = economy.state.money.ledger.balance
        assert balance[TREASURY] < 0 < balance[MARKET]


def test_contracts_of_every_kind_left_their_entries(busy, status_quo):
    def headings(economy):
        used = economy.state.money.ledger.entries()["heading"].unique()
        return {HEADINGS[code] for code in used}

    wanted = {"bundle", "capitation", "tender_cost", "bid_cost", "transition", "member_support"}
    assert headings(busy) >= wanted and not headings(status_quo) & wanted
    assert headings(status_quo) >= {"allocation", "qof", "tariff_planned", "tariff_emergency"}


def test_what_bodies_got_under_some_headings_by_hand():
    ledger = Ledger()
    ledger.post(0, 1, 2, "closing_cost", 1000)  # before the months asked for
    ledger.post(1, np.array([1, 2, 2]), 0, "transition", np.array([10, 20, 30]))
    ledger.post(2, 0, 1, "rescue", 5)
    ledger.post(2, 0, 3, "block", 7)
    assert ledger.net(["closing_cost", "transition", "rescue"], 1).tolist() == [55, -5, -50, 0]
    assert ledger.net(["block"], 0).tolist() == [-7, 0, 0, 7]
