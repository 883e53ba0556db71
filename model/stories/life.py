"""People who are followed through the months of a run: a diary of one, counts of all like them.

The rule of a patient lives their month once more, on copies of their rows and with room for notes
(`agents.patients.diary`). Every draw is a function of its key, so the copies live what the rows
will live, and following somebody changes nothing.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from agents.patients.diary import ADMITTED, HANDED_OVER
from agents.patients.patient_tables import World
from model.care.kernel import empty_tally, live
from model.places.place import Place
from model.stories.life_pages import Lost, page_of

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

Page = dict[str, Any]
ROOM = 16  # notes a person and month; there is more when it is needed
COUNTED = np.dtype([("months", "i4"), ("handovers", "i4"), ("lost", "i4"), ("crises", "i4")])


class LifeDiary:
    """The months of the people in `rows` from now on, until they die or move away.

    `counts` [rows] holds months, handovers, lost ones and emergency admissions of each; `pages` one
    record a month of the person in row `someone`, one of them. Rows are in rising order. Set it as
    `economy.diary` before a month.
    """

    def __init__(self, people: np.ndarray, rows: np.ndarray, someone: int | None = None):
        self.rows, self.someone = rows, someone
        self.entered, self.slots = people["entered"][rows], people["slot"][rows]
        self.counts = np.zeros(self.rows.size, dtype=COUNTED)
        self.lived = people[self.rows]  # as the rule left them in the month written last
        self.pages: list[Page] = []
        self._harm: Lost | None = None  # the loss whose harm is in force

    def write(self, economy: "HealthEconomy") -> None:
        """Write down the month that is about to be lived."""
        here = economy.state.residents.people["entered"][self.rows] == self.entered
        before = economy.state.residents.people[self.rows[here]]
        lived, notes = live_along(
            economy.setup.place, economy.state.month, economy.seed, economy.world, before
        )
        self.lived[here] = lived
        self.counts["months"] += here
        self._count(notes)
        for k in np.flatnonzero(self.rows[here] == self.someone):
            own = notes[notes["slot"] == before["slot"][k]]
            page, self._harm = page_of(economy, before[k], lived[k], own, self._harm)
            self.pages.append(page)

    def _count(self, notes: np.ndarray) -> None:
        who = np.searchsorted(self.slots, notes["slot"])
        handed = notes["what"] == HANDED_OVER
        lost = handed & (notes["draw"] < notes["chance"])
        admitted = notes["what"] == ADMITTED
        for name, which in (("handovers", handed), ("lost", lost), ("crises", admitted)):
            self.counts[name] += np.bincount(who[which], minlength=self.rows.size)


def live_along(
    place: Place, month: int, seed: int, world: World, people: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The rows after the month that is about to be lived, and the notes about it (NOTE [notes]).

    Neither `people` nor the economy changes.
    """
    room = 64 + ROOM * people.size
    while True:
        lived = people.copy()
        tally = empty_tally(len(place.areas), len(place.practices), len(place.sites), room)
        live(lived, world, [tally], seed, month)
        written = int(tally.noted["written"][0])
        if written <= room:
            return lived, tally.notes[:written]
        room = written
