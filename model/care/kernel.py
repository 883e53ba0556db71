"""The month of all patients: the compiled rule over blocks of rows, on one or more threads.

Threads work on their own rows and tallies; tallies are whole numbers, so their sum is the same for
any number of threads.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from agents.numerics.compiled import compiled
from agents.numerics.rule_types import Whole
from agents.patients.handovers import person_key
from agents.patients.health import survivor_liabilities
from agents.patients.patient_tables import (
    CONDITIONS,
    COUNTS_TALLY,
    GROUPS,
    NOT_DUE,
    NOTE,
    NOTED,
    SITE_TALLY,
    Tally,
    World,
)
from agents.patients.rules import live_month, set_health


def empty_tally(areas: int, practices: int, sites: int, notes: int = 0) -> Tally:
    """A tally of nothing, with room for `notes` notes about the patients that live with it."""
    return Tally(
        areas=np.zeros(areas, dtype=COUNTS_TALLY),
        practices=np.zeros(practices, dtype=COUNTS_TALLY),
        groups=np.zeros(GROUPS, dtype=COUNTS_TALLY),
        sites=np.zeros(sites, dtype=SITE_TALLY),
        notes=np.zeros(notes, dtype=NOTE),
        noted=np.zeros(1, dtype=NOTED),
        liability=np.zeros(CONDITIONS),
    )


@compiled
def _live_rows(
    start: int, stop: int, people: np.ndarray, world: World, tally: Tally, seed: Whole, month: int
) -> None:
    for i in range(start, stop):
        live_month(people[i], world, tally, seed, month)


@compiled
def _settle_rows(people: np.ndarray, world: World, liability: np.ndarray, seed: Whole) -> None:
    health = world.health[0]
    for i in range(people.size):
        person = people[i]
        shift = world.practices[person.home_practice].register_shift
        survivor_liabilities(
            seed, person_key(person.slot, person.entered), -np.int64(person.born),
            np.int64(person.sex), np.int64(person.deprivation_quintile), shift, health, liability,
        )  # fmt: skip
        set_health(person, world, seed, 0, liability)


@compiled
def register_with(people: np.ndarray, rows: np.ndarray, practice: int | np.ndarray) -> None:
    """Register the people of `rows` with the practice that `practice` [rows] names.

    They no longer know the doctors there, and are referred anew.
    """
    people["practice"][rows] = practice
    people["seen_filled"][rows], people["due_month"][rows] = 0, NOT_DUE


def settle(people: np.ndarray, world: World, seed: int) -> None:
    """Give the first residents their conditions and rates."""
    _settle_rows(people, world, np.zeros(CONDITIONS), np.uint64(seed))


def live(people: np.ndarray, world: World, tallies: list[Tally], seed: int, month: int) -> Tally:
    """One month of everyone on `len(tallies)` threads; returns the first tally with all sums."""
    for tally in tallies:
        for array in tally:
            array[:] = 0

    def live_rows(job: tuple[int, int, np.ndarray, World, Tally]) -> None:
        _live_rows(*job, np.uint64(seed), month)

    edges = np.linspace(0, people.size, len(tallies) + 1).astype(np.int64)
    jobs = [(edges[k], edges[k + 1], people, world, tally) for k, tally in enumerate(tallies)]
    if len(jobs) == 1:
        live_rows(jobs[0])
    else:
        with ThreadPoolExecutor(len(jobs)) as pool:
            list(pool.map(live_rows, jobs))
    for tally in tallies[1:]:
        for total, part in zip(tallies[0], tally, strict=True):
            for field in total.dtype.names or ():
                total[field] += part[field]
    return tallies[0]
