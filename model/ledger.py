"""Money: a double-entry ledger in whole pence.

An entry moves pence from one body to another under a heading, so that the sum over all bodies is
nought by construction, month by month; nothing is created or lost.
"""

import numpy as np
import pandas as pd

HEADINGS = (
    "allocation",  # treasury to commissioner
    "practice_payment",  # treasury to practice: global sum, premises, enhanced services
    "qof",  # treasury to practice: quality and outcomes framework
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
)


class Ledger:
    """All entries of a run, and the balance of every body (pence)."""

    def __init__(self) -> None:
        self._columns: tuple[list[np.ndarray], ...] = ([], [], [], [], [])
        self.balance = np.zeros(0, dtype=np.int64)

    def post(
        self,
        month: int,
        payer: np.ndarray | int,
        payee: np.ndarray | int,
        heading: str,
        pence: np.ndarray | int,
    ) -> None:
        """Enter payments: `payer`, `payee` body numbers and whole `pence` of one shape.

        A negative amount is money the other way round. Nought is not entered.
        """
        payer, payee, pence = np.broadcast_arrays(
            np.atleast_1d(payer), np.atleast_1d(payee), np.atleast_1d(pence)
        )
        kept = pence != 0
        payer, payee, pence = payer[kept], payee[kept], pence[kept].astype(np.int64)
        if not payer.size:
            return
        self._reserve(int(max(payer.max(), payee.max())) + 1)
        np.subtract.at(self.balance, payer, pence)
        np.add.at(self.balance, payee, pence)
        heading_code = np.full(payer.size, HEADINGS.index(heading), dtype=np.int8)
        for column, values in zip(
            self._columns,
            (np.full(payer.size, month, dtype=np.int16), payer, payee, heading_code, pence),
            strict=True,
        ):
            column.append(values)

    def _reserve(self, bodies: int) -> None:
        if bodies > self.balance.size:
            self.balance = np.append(
                self.balance, np.zeros(bodies - self.balance.size, dtype=np.int64)
            )

    def entries(self) -> pd.DataFrame:
        """All entries: month, payer, payee (body numbers), heading (code), pence."""
        kinds = (np.int16, np.int32, np.int32, np.int8, np.int64)
        names = ("month", "payer", "payee", "heading", "pence")
        return pd.DataFrame(
            {
                name: np.concatenate(column).astype(kind) if column else np.empty(0, dtype=kind)
                for name, column, kind in zip(names, self._columns, kinds, strict=True)
            }
        )

    def yearly(self) -> pd.DataFrame:
        """Sums by year, payer, payee and heading."""
        entries = self.entries()
        entries["year"] = entries["month"] // 12
        keys = ["year", "payer", "payee", "heading"]
        return entries.groupby(keys, as_index=False)["pence"].sum()
