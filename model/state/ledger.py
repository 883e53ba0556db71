"""Money: a double-entry ledger in whole pence.

An entry moves pence from one body to another under a heading, so that the sum over all bodies is
nought by construction, month by month; nothing is created or lost.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

PENCE_PER_POUND = 100

HEADINGS = (
    "allocation",  # treasury to commissioner
    "global_sum",  # treasury to practice, this and the next six
    "correction_factor",  # minimum practice income guarantee
    "premium_pms",  # of a personal medical services contract
    "enhanced_services",
    "premises",
    "other_practice_payment",
    "qof",  # quality and outcomes framework
    "tariff_planned",
    "tariff_emergency",
    "block",
    "capitation",
    "bundle",
    "subcontract",
    "outside_income",  # activity for patients from outside the place
    "pay_and_supplies",  # providers to staff and suppliers
    "practice_expenses",
    "tender_cost",
    "bid_cost",
    "transition",  # records, teams, leadership, setting up
    "case_management",
    "member_support",
    "gain_share",
    "duplicate_tests",
    "running_cost",
    "capital",  # new capacity or a line opened again
    "merger_cost",  # of putting two trusts together
    "merger_support",  # treasury to a trust that takes over a failing one
    "rescue",  # treasury to a trust that has failed
    "budget_saving",  # commissioner to practice: the share of what a budget saved
    "budget_overspend",  # practice to commissioner
    "budget_allowance",  # for managing a budget
    "budget_management",  # practice to managers and systems
    "high_cost_patients",  # what capitated patients cost beyond, or below, the tariff's mean
    "reserve",  # of an integrated organisation: put up, given back
    "deficit_cover",  # an integrated organisation's, by its leader or the commissioner
    "coding",  # tariff gained or lost by other coding than in the base year
    "coding_challenge",  # trust to payer: what a challenge of coding has found
    "social_care",  # treasury to council, council to all other care
    "delayed_days",  # hospitals, for people who are ready to leave
    "delayed_discharge_charge",  # council to hospital
    "quality_goals",  # to trusts, for a share of contracts other than that of the place's year
    "budget_pool",  # between a council's pool and the NHS
    "redesign",  # an integrated organisation's services that are to keep patients out of hospital
    "own_services",  # a commissioner's own services to it: what they made, or lost (negative)
    "care_after_hospital",  # council to care for people who leave hospital
    "closing_cost",  # of closing a line or a hospital: redundancies, beds and theatres elsewhere
    "administration",  # treasury, for an administrator of a trust that has failed
    "clinics",  # held outside hospital, by whoever pays for the patients seen there
    "triage",  # a contract holder's single point of access, for each referral
    "enrolment",  # programmes in which patients are enrolled
)


#: What comes once and does not recur: an underlying result leaves it out.
ONE_OFF = (
    "closing_cost", "capital", "merger_cost", "merger_support", "rescue", "transition", "reserve",
    "administration",
)  # fmt: skip


CODES = {heading: code for code, heading in enumerate(HEADINGS)}


class Ledger:
    """All entries of a run, and the balance of every body (pence)."""

    def __init__(self) -> None:
        self.posted: list[
            tuple[Any, ...]
        ] = []  # month, payer, payee, heading, pence; numbers or arrays
        self.balance = np.zeros(0, dtype=np.int64)

    def post(
        self,
        month: int,
        payer: np.ndarray | int,
        payee: np.ndarray | int,
        heading: str,
        pence: np.ndarray | int,
    ) -> None:
        """Enter payments: whole `pence`, a number or an array, between bodies of that shape.

        A negative amount is money the other way round. Nought is not entered.
        """
        if isinstance(pence, np.ndarray):
            if not pence.any():
                return
            self._reserve(max(_largest(payer), _largest(payee)) + 1)
            self._move(payer, -pence)
            self._move(payee, pence)
        elif pence:
            self._reserve(max(int(payer), int(payee)) + 1)
            self.balance[payer] -= pence
            self.balance[payee] += pence
        else:
            return
        # Copies, since an entry never changes and the arrays of bodies and sums may.
        entry = (month, _copied(payer), _copied(payee), CODES[heading], _copied(pence))
        self.posted.append(entry)

    def _move(self, body: np.ndarray | int, pence: np.ndarray) -> None:
        if isinstance(body, np.ndarray):
            np.add.at(self.balance, body, pence)
        else:
            self.balance[body] += pence.sum()

    def balance_of(self, body: int) -> int:
        """What a body has, in pence; nought before its first entry."""
        return int(self.balance[body]) if body < self.balance.size else 0

    def spent(self, payers: Sequence[int], headings: Sequence[str], since: int) -> int:
        """What bodies have paid under some headings from month `since` on, in pence.

        `payers` and `headings`: which of them.
        """
        codes, total = {CODES[heading] for heading in headings}, 0
        for month, payer, _, code, pence in reversed(self.posted):
            if month < since:
                break
            if code in codes:
                total += int((np.isin(payer, payers) * pence).sum())
        return total

    def net(self, headings: Sequence[str], since: int) -> np.ndarray:
        """What bodies have got, less what they have paid, under headings since a month [bodies]."""
        codes, total = {CODES[heading] for heading in headings}, np.zeros_like(self.balance)
        for month, payer, payee, code, pence in reversed(self.posted):
            if month < since:
                break
            if code in codes:
                for body, gained in ((payer, -pence), (payee, pence)):
                    np.add.at(total, *np.broadcast_arrays(body, gained))
        return total

    def _reserve(self, bodies: int) -> None:
        if bodies > self.balance.size:
            more = np.zeros(bodies - self.balance.size, dtype=np.int64)
            self.balance = np.append(self.balance, more)

    def entries(self) -> pd.DataFrame:
        """All entries: month, payer, payee (body numbers), heading (code), pence."""
        names = ("month", "payer", "payee", "heading", "pence")
        kinds = (np.int16, np.int32, np.int32, np.int8, np.int64)
        sizes = [
            entry[-1].size if isinstance(entry[-1], np.ndarray) else 1 for entry in self.posted
        ]
        columns = {
            name: _column([entry[n] for entry in self.posted], sizes, kind)
            for n, (name, kind) in enumerate(zip(names, kinds, strict=True))
        }
        kept = np.flatnonzero(columns["pence"])
        return pd.DataFrame({name: column[kept] for name, column in columns.items()})

    def yearly(self) -> pd.DataFrame:
        """Sums by year, payer, payee and heading."""
        entries = self.entries()
        entries["year"] = entries["month"] // 12
        keys = ["year", "payer", "payee", "heading"]
        return entries.groupby(keys)["pence"].sum().reset_index()


def _column(values: list[Any], sizes: list[int], kind: type) -> np.ndarray:
    """One column of entries, a number standing for all lines of its entry."""
    parts = [
        value.tolist() if isinstance(value, np.ndarray) else [int(value)] * size
        for value, size in zip(values, sizes, strict=True)
    ]
    return np.array(list(itertools.chain.from_iterable(parts)), dtype=kind)


def _largest(body: np.ndarray | int) -> int:
    return int(body.max()) if isinstance(body, np.ndarray) else int(body)


def _copied(part: np.ndarray | int) -> np.ndarray | int:
    return part.copy() if isinstance(part, np.ndarray) else part
