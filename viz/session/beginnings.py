"""Where sessions begin: a place made ready and its burn-in, kept for those that follow."""

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from model.input.errors import InputError
from model.month.compiling import compiled
from model.month.economy import HealthEconomy, burning_in
from model.month.preparing import prepare
from model.outcomes.record import Record
from model.paired_runs.start import Start
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.state.setup import Setup
from viz.person.kept_lives import KeptLives
from viz.scene.status_quo import StatusQuo

MOST_PRACTICES = 1_000  # of a place: with more a month takes too long to be watched
MOST_KEPT = 6  # burn-ins of place, patients and seed


@dataclass(frozen=True)
class Beginning(Start):
    """The start of all economies of a page, with the record of the burn-in."""

    record: Record = field(kw_only=True)

    def economy(self, policy: str, folder: Path = Path()) -> HealthEconomy:
        """A new economy of this beginning under a policy; `InputError` if there is no such
        policy."""
        return self.run_under(find_policy(policy, folder))

    @cached_property
    def status_quo(self) -> StatusQuo:
        """What areas are compared with; all sessions that begin here share it."""
        return StatusQuo(lambda: self.economy("status_quo"))


class Beginnings:
    """The last few beginnings that were asked for; safe to ask from several threads."""

    def __init__(self, data: Path | None = None):
        self.data = data
        self.lives = KeptLives()
        self._kept: OrderedDict[tuple[str, int, int], Beginning] = OrderedDict()
        self._setups: OrderedDict[tuple[str, int], Setup] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, place: str, patients: int, seed: int) -> Beginning:
        """The beginning of this place, number of patients and seed; `InputError` if there is none.

        A burn-in is lived only once, even if several sessions wait for it.
        """
        with self._lock:
            setup = self._setup(place, patients)
            key = (setup.place.hash(), setup.patients, seed)
            if key not in self._kept:
                self._kept[key] = _begin(setup, seed)
            self._kept.move_to_end(key)
            _forget(self._kept)
            return self._kept[key]

    def _setup(self, place: str, patients: int) -> Setup:
        if (place, patients) not in self._setups:
            found = find_place(place, self.data)
            _check_size(len(found.practices))
            people = int(found.practices["list_size"].sum())
            fewer = min(patients, people)
            self._setups[place, patients] = compiled(
                lambda: prepare(found, load_parameters(), fewer)
            )
        self._setups.move_to_end((place, patients))
        _forget(self._setups)
        return self._setups[place, patients]


def _check_size(practices: int) -> None:
    if practices > MOST_PRACTICES:
        raise InputError(
            "this place is too large to be watched: live it with joinedup run", key="practices",
            value=practices, allowed=f"a place of up to {MOST_PRACTICES:,}",
        )  # fmt: skip


def _begin(setup: Setup, seed: int) -> Beginning:
    (economy,) = deque(burning_in(setup, seed), maxlen=1)
    return Beginning(setup, seed, economy.state, record=economy.record)


def _forget(kept: OrderedDict[Any, Any]) -> None:
    while len(kept) > MOST_KEPT:
        kept.popitem(last=False)
