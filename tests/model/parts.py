"""Whose patients wait, and for whose care blocks and baselines were agreed, kept a second time.

All of it is counted in people and pence by list and hospital. It is read from the model once, when
the books begin; from then on it follows the people who change practice.
"""

from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np

from model.deciding.effects import EFFECTS
from model.month import calendar

MOVES = ("merge_practices", "close_practice", "open_practice", "close_site")


class Parts:
    """What every list has at every hospital, and what is there for patients from outside."""

    def __init__(self, economy, spread, nearest):
        self.economy, self.nearest = economy, nearest
        state = economy.state
        lines, parts, self.level = (
            state.hospitals.lines,
            state.money.attribution,
            state.money.price_level,
        )
        urgent = lines.base_emergency.sum(axis=1)
        wide = spread(parts.waiting), spread(parts.block), spread(parts.baseline)
        whole = lines.backlog, lines.base_income, urgent
        self.waiting, self.planned, self.urgent = (
            part * all_of_it for part, all_of_it in zip(wide, whole, strict=True)
        )
        self.outside, self.outside_planned, self.outside_urgent = (
            all_of_it - mine.sum(axis=0)
            for mine, all_of_it in zip(
                (self.waiting, self.planned, self.urgent), whole, strict=True
            )
        )
        there = economy.setup.geography.candidate
        self.refers = spread((there >= 0).astype(float)) > 0.0  # [practices, sites]

    def risen(self):
        """What prices have come to since the books began, as a ratio."""
        return self.economy.state.money.price_level / self.level

    def tables(self):
        """All three by list and hospital; a change to them is a change of the parts."""
        return self.waiting, self.planned, self.urgent

    def follow(self, change, before, after):
        """Lists have changed from `before` to `after` by a change of the calendar."""
        if change == "close_site":
            self._follow_emergencies(before, after)
        elif change == "lists_follow_moves":
            self._grow(before["lists"], after["lists"])
        elif change == "open_practice":
            self._found(before["lists"], after["lists"])
        elif (before["pair_practice"] != after["pair_practice"]).any():
            self._move_list(before, after)

    def _grow(self, before, after):
        """Lists grow and shrink; the place as a whole keeps what it has at a hospital."""
        grown = np.divide(after, before, out=np.ones(before.size), where=before > 0)
        for table in self.tables():
            whole = table.sum(axis=0)
            table *= grown.reshape((-1,) + (1,) * (table.ndim - 1))
            now = table.sum(axis=0)
            table *= np.divide(whole, now, out=np.ones_like(now), where=now > 0)

    def _found(self, before, after):
        """Those who join a new practice take along what they have where it refers to."""
        for g in np.flatnonzero((before == 0) & (after > 0)):
            left = np.divide(before - after, before, out=np.zeros(before.size), where=before > 0)
            for table in self.tables():
                for s in np.flatnonzero(self.refers[g]):
                    taken = (table[:, s].T * left).T * self.refers[:, s].reshape(
                        (-1,) + (1,) * (table.ndim - 2)
                    )
                    table[:, s] -= taken
                    table[g, s] += taken.sum(axis=0)

    def _move_list(self, before, after):
        """A list is shared out: at each hospital to those of its heirs who refer there."""
        moved = before["pair_practice"] != after["pair_practice"]
        (g,) = np.unique(before["pair_practice"][moved])
        people = before["pair_patients"][moved]
        heirs = np.bincount(after["pair_practice"][moved], people, minlength=len(self.refers))
        for s in np.flatnonzero(self.refers[g]):
            there = heirs * self.refers[:, s]
            if there.any():  # else it stays with the old list, whose commissioner has it
                for table in self.tables():
                    table[:, s] += np.multiply.outer(there / there.sum(), table[g, s].copy())
                    table[g, s] = 0.0

    def _follow_emergencies(self, before, after):
        """A department shuts: what was agreed for its patients goes where they now go."""
        for s in np.flatnonzero(before["emergency_open"] & ~after["emergency_open"]):
            gained = np.maximum(self.nearest(after) - self.nearest(before), 0.0)
            self._outsiders_follow(s, after["emergency_open"])
            leaving, self.urgent[:, s] = self.urgent[:, s].copy(), 0.0
            for g in np.flatnonzero(leaving):
                to = gained[g] if gained[g].any() else self._first(g, after["emergency_open"])
                self.urgent[g] += leaving[g] * to / to.sum()

    def _outsiders_follow(self, s, departments):
        """Patients from outside go to the department nearest to the one that they used.

        If it is another trust's, as many of them as the place has in the work of theirs.
        """
        sites, trusts = self.economy.setup.place.sites, self.economy.setup.place.trusts
        x, y = (sites[axis].to_numpy(float) for axis in ("easting_km", "northing_km"))
        to = min(np.flatnonzero(departments), key=lambda t: np.hypot(x[t] - x[s], y[t] - y[s]))
        own = sites["trust"][to] == sites["trust"][s]
        modelled = trusts.set_index("trust")["modelled_share"][sites["trust"][s]]
        self.outside_urgent[to] += self.outside_urgent[s] * (1.0 if own else modelled)
        self.outside_urgent[s] = 0.0

    def _first(self, g, departments):
        """The first hospital of a list without patients that has a department."""
        row = self.economy.setup.geography.candidate[g]
        return np.arange(departments.size) == next(s for s in row if s >= 0 and departments[s])


def snapshot(state):
    """Who is on which list, and which departments are open."""
    return {
        "lists": state.practices.lists.copy(),
        "pair_practice": state.practices.pair_practice.copy(),
        "pair_patients": state.practices.pair_patients.copy(),
        "emergency_open": state.hospitals.emergency_open.astype(bool),
    }


@contextmanager
def watched(economy, parts):
    """Have parts follow every change of lists and departments, in the order of the calendar."""

    def followed(name, state, change):
        before = snapshot(state)
        change()
        if state is economy.state:
            parts.follow(name, before, snapshot(state))

    def following(name, effect):
        def apply(of, details):
            followed(name, of.state, lambda: effect.apply(of, details))

        return SimpleNamespace(apply=apply, touches=effect.touches)

    def follow_moves(setup, state):
        followed("lists_follow_moves", state, lambda: yearly(setup, state))

    moves, yearly = {name: EFFECTS[name] for name in MOVES}, calendar.lists_follow_moves
    try:
        EFFECTS.update({name: following(name, moves[name]) for name in MOVES})
        calendar.lists_follow_moves = follow_moves
        yield
    finally:
        EFFECTS.update(moves)
        calendar.lists_follow_moves = yearly
