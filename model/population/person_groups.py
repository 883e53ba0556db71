"""Groups of people in plain English, who belongs to them, and a random one of them."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from agents.numerics.random_streams import STREAM_SOMEONE, key_of, keyed_normals
from agents.patients.health import OLDEST
from model.input.errors import InputError
from model.population.pathways import CONDITIONS


@dataclass(frozen=True)
class Group:
    """People from `from_age` to below `below_age` (years) with all of `conditions`, and so on."""

    name: str
    title: str
    from_age: int = 0
    below_age: int = OLDEST + 50
    conditions: tuple[str, ...] = ()
    least_conditions: int = 0
    deprivation_quintile: int = 0  # of deprivation; 0 = any

    def holds(self, people: np.ndarray, month: int) -> np.ndarray:
        """Whether each of `people` (PERSON rows) belongs in a month of the run; bool [people]."""
        years = (month - people["born"].astype(np.int64)) // 12
        mask = np.uint16(sum(1 << CONDITIONS.index(name) for name in self.conditions))
        held: np.ndarray = (
            (years >= self.from_age)
            & (years < self.below_age)
            & ((people["conditions"] & mask) == mask)
            & (np.bitwise_count(people["conditions"]) >= self.least_conditions)
            & (
                (people["deprivation_quintile"] == self.deprivation_quintile)
                | (self.deprivation_quintile == 0)
            )
        )
        return held


@cache
def groups() -> dict[str, Group]:
    """All groups by name, in the order of the file."""
    entries = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return {
        name: Group(name, **{**entry, "conditions": tuple(entry.get("conditions", ()))})
        for name, entry in entries.items()
    }


def find_group(name: str) -> Group:
    """The group of a name; `InputError` with the nearest if there is none."""
    if name not in groups():
        raise InputError("no such group of people", key="--group", value=name, allowed=groups())
    return groups()[name]


def members(group: Group, people: np.ndarray, month: int) -> np.ndarray:
    """Rows of those who belong; `InputError` if nobody does."""
    rows = np.flatnonzero(group.holds(people, month))
    if rows.size == 0:
        raise InputError(
            f"none of the {people.size:,} people simulated belongs to it", key="--group",
            value=group.name, allowed="another group, or more --patients",
        )  # fmt: skip
    return rows


def group_with(person: np.void, month: int) -> Group:
    """The first group that a person (a PERSON row) belongs to."""
    row = np.array([person])
    return next(group for group in groups().values() if group.holds(row, month)[0])


def in_drawn_order(people: np.ndarray, rows: np.ndarray, seed: int, group: Group) -> np.ndarray:
    """`rows` in the order in which their people are drawn: the highest number first.

    Everybody is as likely to come first, and draws the same whoever else is there. `group`: whose
    name is the key of the luck.
    """
    keys = people["slot"][rows].astype(np.uint64) ^ np.uint64(key_of(group.name))
    drawn = keyed_normals(np.uint64(seed), STREAM_SOMEONE, keys, 0, 0)
    return rows[np.argsort(-drawn, kind="stable")]


def someone(people: np.ndarray, rows: np.ndarray, seed: int, group: Group) -> int:
    """One of `rows`, each as likely."""
    return int(in_drawn_order(people, rows, seed, group)[0])
