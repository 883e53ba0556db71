"""The bodies of a place: every legal body that holds money, contracts or staff, and its teams.

A body is a row; `owner[b]` is the body that owns it (itself until a merger). A provider slot is a
provider as one commissioner's patients meet it, with a team for every team name of the episodes; a
team keeps its number whoever employs it, so a merger changes bodies and never teams.
"""

from dataclasses import dataclass, field

import numpy as np

from model.input.errors import InputError
from model.places.place import Place

TREASURY, MARKET = 0, 1  # where NHS money comes from; staff, suppliers and the rest of the world


@dataclass
class Bodies:
    """Codes, names and kinds of all bodies, in a fixed order; new ones are added at the end."""

    codes: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    owner: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    number: dict[str, int] = field(default_factory=dict)
    by_kind: dict[str, list[int]] = field(default_factory=dict)

    def add(self, code: str, name: str, kind: str) -> int:
        """A new body, which owns itself; returns its number."""
        if code in self.number:
            raise InputError("two bodies have the same code", key=kind, value=code)
        b = len(self.codes)
        self.codes.append(code)
        self.names.append(name)
        self.kinds.append(kind)
        self.owner = np.append(self.owner, np.int32(b))
        self.number[code] = b
        self.by_kind.setdefault(kind, []).append(b)
        return b

    def of_kind(self, *kinds: str) -> list[int]:
        """Numbers of all bodies of these kinds, in order."""
        return sorted(b for kind in kinds for b in self.by_kind.get(kind, ()))

    def merge(self, absorbed: int, into: int) -> None:
        """One body takes over another: same teams, same contracts, one owner."""
        self.owner[self.owner == absorbed] = self.owner[into]

    def account(self, body: int) -> int:
        """The body in whose accounts a body's money is: its owner, if it has one.

        A commissioner's own services keep accounts of their own.
        """
        owner = int(self.owner[body])
        return body if self.kinds[owner] == "commissioner" else owner

    def __len__(self) -> int:
        return len(self.codes)


def bodies_of(place: Place) -> Bodies:
    """All bodies of a place before any policy."""
    bodies = Bodies()
    bodies.add("treasury", "HM Treasury and NHS England", "treasury")
    bodies.add("market", "Staff, suppliers and the rest of the world", "market")
    bodies.add("regulator", "Health regulator", "regulator")
    bodies.add("competition", "Competition authorities", "competition_authority")
    for table, column, kind in (
        (place.commissioners, "commissioner", "commissioner"),
        (place.practices, "practice", "practice"),
        (place.trusts, "trust", None),
        (place.councils, "council", "council"),
    ):
        kinds = table["kind"] if kind is None else [kind] * len(table)
        for code, name, its_kind in zip(table[column], table["name"], kinds, strict=True):
            bodies.add(str(code), str(name), str(its_kind))
    return bodies
