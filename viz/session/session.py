"""One or two economies on one clock: what was lived, what it looked like, what may be changed.

Every economy of a session starts from the same burn-in, so they share the luck of every patient and
organisation. Month 0 is the start of the policy; frame n shows the economies after n months.
"""

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from model.input.errors import InputError
from viz.scene.frames import Frame, pack
from viz.server.address import Move
from viz.session.beginnings import Beginning
from viz.session.first_difference import parting_of
from viz.session.watched import LETTERS, Watched

MOST_ECONOMIES = 2
MOST_HISTORY_BYTES = 64_000_000  # of frames; the oldest are forgotten first


class News(NamedTuple):
    """Series and sentences of months first to last, by economy."""

    first: int
    rows: list[list[list[float | None]]]
    events: list[list[list[dict[str, Any]]]]


class Session:
    """One or two economies that live month by month together, and the frames of what was lived."""

    def __init__(
        self, beginning: Beginning, policies: Sequence[str], years: int, folder: Path = Path()
    ):
        if not 1 <= len(policies) <= MOST_ECONOMIES:
            raise InputError(
                "too many policies on one page", key="policies", value=len(policies),
                allowed=f"one to {MOST_ECONOMIES}",
            )  # fmt: skip
        self.beginning, self.months = beginning, 12 * years
        letters = LETTERS if len(policies) == 1 else LETTERS[MOST_ECONOMIES:]  # A, B: policies
        self.watched = [Watched(beginning, policy, folder, letters) for policy in policies]
        self.frames: deque[Frame] = deque()
        self.parting: dict[str, Any] | None = None  # when and how two futures first differed
        self.planned: list[Move] = []  # levers that move by themselves, by month
        self.moves: list[Move] = []  # levers that were moved
        self._keep_frame(0)

    @property
    def lived(self) -> int:
        """Months lived since the policy could begin."""
        return self.frames[-1].month

    @property
    def first(self) -> int:
        """The oldest month that is remembered."""
        return self.frames[0].month

    def live(self) -> None:
        """One more month of every economy; nothing once all years are lived."""
        if self.lived < self.months:
            self._move_as_planned()
            for watched in self.watched:
                watched.live()
            self._judge(self.lived + 1)
            self._keep_frame(self.lived + 1)
            if self.parting is None and len(self.watched) > 1:
                one, other = self.watched
                self.parting = parting_of(one, other, self.lived)

    def _judge(self, month: int) -> None:
        """At a year's end regimes are judged, beside a status quo that is shown or lived apart."""
        plain = next((w for w in self.watched if w.is_plain), None)
        if plain is None:
            self.beginning.status_quo.follow(month)
        if month % 12 == 0:
            beside = plain.areas() if plain else self.beginning.status_quo.areas(month)
            for watched in self.watched:
                watched.judge(beside)

    def frame(self, month: int) -> Frame:
        """The frame of a month, or the nearest one that is remembered."""
        month = min(max(month, self.first), self.lived)
        return self.frames[month - self.first]

    def news(self, first: int) -> News:
        """What a browser that knows the months before `first` has yet to hear."""
        return News(
            first, [w.rows[first:] for w in self.watched], [w.events[first:] for w in self.watched]
        )

    def set_lever(self, lever: str, choice: str) -> None:
        """Move a lever in every economy from the next month on."""
        for watched in self.watched:
            watched.set_lever(lever, choice)
        self.moves.append(Move(self.lived, lever, choice))

    def _move_as_planned(self) -> None:
        while self.planned and self.planned[0].month <= self.lived:
            _, lever, choice = self.planned.pop(0)
            self.set_lever(lever, choice)

    def _keep_frame(self, month: int) -> None:
        said = []
        arrays: dict[str, np.ndarray] = {}
        for n, watched in enumerate(self.watched):
            header, own = watched.look()
            said.append(header)
            arrays |= {f"{n}.{name}": array for name, array in own.items()}
        self.frames.append(Frame(month, pack({"month": month, "economies": said}, arrays)))
        while sum(len(f.data) for f in self.frames) > MOST_HISTORY_BYTES and len(self.frames) > 1:
            self.frames.popleft()
