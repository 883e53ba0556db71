"""Whose patients a hospital's work is for: the part of every list in what each line has to do.

A line does not know who pays for the patients on its waiting list, but the list that they are
registered with does. Parts are shares of one line (of one site, for emergencies); what no list of
the place has a part in is for patients from outside. Everybody who waits on a line is as likely to
be operated on next, so the parts of its waiting list are those of the operations it does. Parts go
with the people when lists move, and stay where they are when clinics do.
"""

from dataclasses import dataclass

import numpy as np

from agents.numerics.compiled import compiled, lean


@dataclass
class Attribution:
    """Parts of every list, by where its patients are referred: candidate sites of its practice."""

    waiting: np.ndarray  # [practices, candidates, 13], of operations waited for
    block: np.ndarray  # [practices, candidates, 13], of planned income at the start
    baseline: np.ndarray  # [practices, candidates], of emergency income at the start

    def tables(self) -> tuple[np.ndarray, ...]:
        """All three as [practices, candidates, columns]; changes to them change the parts."""
        return self.waiting, self.block, self.baseline[:, :, None]

    def move_list(self, candidate: np.ndarray, practice: int, share: np.ndarray) -> None:
        """The list of `practice` goes to others, a `share` [practices] of it to each.

        What is at a hospital to which none of them refers stays on the row of `practice`, whose
        commissioner has it.
        """
        for table in self.tables():
            _move(table, candidate, practice, share)

    def gather(self, candidate: np.ndarray, practice: int, part: np.ndarray) -> None:
        """A `part` [practices] of every list goes to `practice`, as far as it refers there."""
        for donor in np.flatnonzero(part).tolist():
            for table in self.tables():
                _gather(table, candidate, practice, donor, part[donor])

    def follow_lists(self, candidate: np.ndarray, grown: np.ndarray, sites: int) -> None:
        """Lists have `grown` by these factors [practices]; the place keeps its part of a line.

        `sites`: how many there are.
        """
        for table in self.tables():
            before = at_sites(table, candidate, sites)
            table *= grown[:, None, None]
            after = at_sites(table, candidate, sites)
            factor = np.divide(before, after, out=np.ones_like(after), where=after > 0.0)
            table *= np.where(candidate[:, :, None] >= 0, factor[candidate], 1.0)


def no_parts(practices: int, candidates: int, pathways: int) -> Attribution:
    """Parts before books are opened."""
    of_lines = (practices, candidates, pathways)
    return Attribution(np.zeros(of_lines), np.zeros(of_lines), np.zeros(of_lines[:2]))


def at_sites(table: np.ndarray, candidate: np.ndarray, sites: int) -> np.ndarray:
    """Sum over practices of what each has at its candidates [practices, candidates, columns]."""
    total = np.zeros((sites, table.shape[2]))
    _add_at_sites(table, candidate, total)
    return total


def shares_of(table: np.ndarray, candidate: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """What each list has at its candidates as a share of all that a site has [sites, columns]."""
    there = np.where(candidate[:, :, None] >= 0, whole[candidate], 0.0)
    parts: np.ndarray = np.divide(table, there, out=np.zeros_like(table), where=there > 0.0)
    return parts


def from_outside(part: np.ndarray, candidate: np.ndarray, sites: int) -> np.ndarray:
    """The part of every line that is for patients from outside [sites, columns]."""
    return np.maximum(1.0 - at_sites(part, candidate, sites), 0.0)


def by_payer(
    table: np.ndarray, candidate: np.ndarray, payer: np.ndarray, payers: int, sites: int
) -> np.ndarray:
    """Sum what lists have at their candidates over columns, by who pays [payers, sites].

    `table` [practices, candidates, columns], `payer` [practices, columns] rows of payers.
    """
    total = np.zeros((payers, sites))
    _add_by_payer(table, candidate, payer, total)
    return total


@compiled
def join_queue(
    waiting: np.ndarray,
    candidate: np.ndarray,
    backlog: np.ndarray,
    arriving: np.ndarray,
    arrivals: np.ndarray,
) -> None:
    """Parts of waiting lists once `arriving` [practices, candidates, 13] have joined them.

    `backlog` is what was waited for before, `arrivals` all who join it [sites, 13].
    """
    for g in range(candidate.shape[0]):
        for j in range(candidate.shape[1]):
            site = candidate[g, j]
            if site >= 0:
                for p in range(waiting.shape[2]):
                    total = backlog[site, p] + arrivals[site, p]
                    if total > 0.0:
                        mine = waiting[g, j, p] * backlog[site, p] + arriving[g, j, p]
                        waiting[g, j, p] = mine / total


@lean
def _add_at_sites(table: np.ndarray, candidate: np.ndarray, total: np.ndarray) -> None:
    for g in range(candidate.shape[0]):
        for j in range(candidate.shape[1]):
            if candidate[g, j] >= 0:
                for p in range(table.shape[2]):
                    total[candidate[g, j], p] += table[g, j, p]


@lean
def _add_by_payer(
    table: np.ndarray, candidate: np.ndarray, payer: np.ndarray, total: np.ndarray
) -> None:
    for g in range(candidate.shape[0]):
        for j in range(candidate.shape[1]):
            if candidate[g, j] >= 0:
                for p in range(table.shape[2]):
                    total[payer[g, p], candidate[g, j]] += table[g, j, p]


def _move(table: np.ndarray, candidate: np.ndarray, practice: int, share: np.ndarray) -> None:
    for j in np.flatnonzero(candidate[practice] >= 0).tolist():
        there = (candidate == candidate[practice, j]) & (share > 0.0)[:, None]
        there[practice] = False
        if there.any():
            row, column = np.nonzero(there)
            weight = share[row] / share[row].sum()
            table[row, column] += weight[:, None] * table[practice, j]
            table[practice, j] = 0.0


def _gather(
    table: np.ndarray, candidate: np.ndarray, practice: int, donor: int, part: float
) -> None:
    for j in np.flatnonzero(candidate[donor] >= 0).tolist():
        mine = np.flatnonzero(candidate[practice] == candidate[donor, j])
        if mine.size:
            moved = part * table[donor, j]
            table[practice, mine[0]] += moved
            table[donor, j] -= moved
