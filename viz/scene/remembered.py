"""What cards tell of months gone by: who owned whom, how practices stood, who paid whom."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from model.state.ledger import HEADINGS, Ledger
from model.state.state import State

YEAR = 12
INCOME, SPENDING = "income", "spending"
NOTHING = np.empty(0, dtype=np.int64)


class Moment(NamedTuple):
    """What is so of organisations and areas after a month."""

    owner: np.ndarray  # body that owns each [bodies]
    balance: np.ndarray  # pence [bodies that have been paid or have paid]
    practice_body: np.ndarray  # [practices]
    member_of: dict[int, str]  # by practice, the code of its integrated organisation
    lists: np.ndarray  # [practices]
    effort: tuple[str, ...]  # of every practice
    access: np.ndarray  # [practices]
    budgets: dict[int, tuple[int, str]]  # by practice: how many pool it, the code of who leads them
    emergency_open: np.ndarray  # [sites]
    closed_sites: np.ndarray  # [sites]
    regimes: np.ndarray  # codes, -1 not told [areas]


def moment_of(state: State, regimes: np.ndarray) -> Moment:
    """The moment that a state is in; nothing of it changes when the state goes on."""
    networks = {
        organisation.network: organisation.code for organisation in state.integrated.organisations
    }
    members = {g: networks.get(n, "") for g, n in enumerate(state.provision.network.tolist())}
    return Moment(
        state.bodies.owner.copy(),
        state.money.ledger.balance.copy(),
        state.provision.practice_body.copy(),
        {g: code for g, code in members.items() if code},
        state.practices.lists.copy(),
        tuple(state.practices.effort),
        state.practices.access.copy(),
        _budgets(state),
        state.hospitals.emergency_open.copy(),
        state.hospitals.closed_sites.copy(),
        regimes.copy(),
    )


def _budgets(state: State) -> dict[int, tuple[int, str]]:
    books, body = state.budgets, state.provision.practice_body
    found = dict.fromkeys(books.held_in(state.month), (1, ""))
    for g in found:
        if g in books.pool_of:
            leader = state.bodies.codes[body[books.leaders[books.pool_of[g]]]]
            found[g] = len(books.pooled_with(g)), leader
    return found


class Payments:
    """What every body was paid and paid in each month, by heading, the year before included."""

    def __init__(self, state: State):
        posted = state.money.ledger.posted
        by_month: list[list[tuple[Any, ...]]] = [[] for _ in range(YEAR)]
        for entry in reversed(posted):
            if entry[0] < state.month - YEAR:
                break
            by_month[entry[0] - state.month].append(entry)
        self._sums = [_sums(entries) for entries in by_month]
        self._read = len(posted)

    def keep(self, state: State) -> None:
        """Keep the month that has just been lived."""
        self._sums.append(_sums(state.money.ledger.posted[self._read :]))
        self._read = len(state.money.ledger.posted)

    def of(self, body: int) -> dict[str, dict[str, list[int]]]:
        """By side and heading, pence by month: first the twelve before the policy."""
        return {INCOME: self._side(body, 0), SPENDING: self._side(body, 1)}

    def _side(self, body: int, side: int) -> dict[str, list[int]]:
        first = body * len(HEADINGS)
        found: dict[str, list[int]] = {}
        for n, month in enumerate(self._sums):
            keys, pence = month[side]
            own = slice(*np.searchsorted(keys, [first, first + len(HEADINGS)]).tolist())
            for key, amount in zip(keys[own].tolist(), pence[own].tolist(), strict=True):
                heading = HEADINGS[key - first]
                found.setdefault(heading, [0] * len(self._sums))[n] = amount
        return found


Sums = tuple[np.ndarray, np.ndarray]  # keys of a body and a heading in order, pence


def _sums(entries: Sequence[tuple[Any, ...]]) -> tuple[Sums, Sums]:
    """What was paid to whom, and by whom, in these entries of a ledger."""
    ledger = Ledger()
    ledger.posted = list(entries)
    if not entries:
        return (NOTHING, NOTHING), (NOTHING, NOTHING)
    table = {name: column.to_numpy(np.int64) for name, column in ledger.entries().items()}
    payee, payer = (
        _added(table[side] * len(HEADINGS) + table["heading"], table["pence"])
        for side in ("payee", "payer")
    )
    return payee, payer


def _added(keys: np.ndarray, pence: np.ndarray) -> Sums:
    known, place = np.unique(keys, return_inverse=True)
    sums = np.zeros(known.size, dtype=np.int64)
    np.add.at(sums, place, pence)
    return known, sums
