"""What a run keeps: counts by area, practice and group, flows, waits, balances, choice, continuity.

Months count from the start of the burn-in; tables name years from the start of the policy (year 1 is
its first; years up to 0 are burn-in).
"""

import numpy as np

from agents.patient_tables import COUNTS
from model.setup import Setup


class Record:
    """Arrays by month, and by year for what is measured once a year."""

    def __init__(self, setup: Setup):
        self.setup = setup
        self.months: list[int] = []
        self.by_area: list[np.ndarray] = []
        self.by_group: list[np.ndarray] = []
        self.by_practice: list[np.ndarray] = []
        self.balance: list[np.ndarray] = []
        self.planned: list[np.ndarray] = []
        self.emergency: list[np.ndarray] = []
        self.wait: list[np.ndarray] = []
        self.paid: list[np.ndarray] = []

    def keep_month(self, economy) -> None:
        """Keep the month that has just been lived."""
        from model.flows import wait_months

        state, tally = economy.state, economy.tally
        self.months.append(state.month)
        self.by_area.append(tally.areas["counts"].astype(np.int32))
        self.by_group.append(tally.groups["counts"].astype(np.int64))
        self.by_practice.append(tally.practices["counts"].astype(np.int32))
        self.balance.append(state.ledger.balance.copy())
        self.planned.append(economy.flows.seen_planned.astype(np.int32))
        self.emergency.append(economy.flows.seen_emergency.astype(np.int32))
        self.wait.append(wait_months(state).astype(np.float32))
        self.paid.append(economy.paid.sum(axis=0))

    def total(self, what: str, first: int = 0, last: int | None = None) -> int:
        """Events of one kind among the patients simulated, over months first to last."""
        column = COUNTS.index(what)
        return int(sum(month[:, column].sum() for month in self.by_group[first:last]))
