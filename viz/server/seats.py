"""How many sessions a server holds beside one another, and whose place is given to whom.

A session whose browser has gone (its WebSocket has ended) is kept, so that a browser that comes
back finds its own again; but once it has been gone for a few seconds its place is given to whoever
needs one. A browser that comes back anew takes the place that it left behind at once.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

MOST_SESSIONS = 12  # economies of so many browsers fit beside one another
GONE_SECONDS = 3.0  # after which a place is given away: longer than to connect again takes


@dataclass(eq=False)
class Seat:
    """A place that is taken: by which kernel of which browser, and how that session is ended."""

    kernel: str
    browser: str
    give_up: Callable[[], None]


class Seats:
    """The places of one server; safe to ask from several threads. `clock` tells seconds."""

    def __init__(self, most: int = MOST_SESSIONS, clock: Callable[[], float] = time.monotonic):
        self.most, self._clock = most, clock
        self._taken: dict[str, Seat] = {}  # by kernel
        self._sockets: Counter[str] = Counter()  # open, by kernel
        self._gone: dict[str, float] = {}  # since when, by kernel
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._taken)

    def socket(self, kernel: str, opens: bool) -> None:
        """A WebSocket of this kernel opens, or has ended."""
        with self._lock:
            self._sockets[kernel] += 1 if opens else -1
            if self._sockets[kernel] > 0:
                self._gone.pop(kernel, None)
                return
            del self._sockets[kernel]
            if kernel in self._taken:
                self._gone[kernel] = self._clock()

    def admit(self, kernel: str, browser: str, give_up: Callable[[], None]) -> Seat | None:
        """A place for this kernel; None if all are taken by browsers that are there."""
        with self._lock:
            left = self._left_by(browser) if len(self._taken) >= self.most else None
            if len(self._taken) >= self.most and left is None:
                return None
            if left is not None:
                self._forget(left)
            seat = self._taken[kernel] = Seat(kernel, browser, give_up)
            if not self._sockets[kernel]:  # it has gone while it was being let in
                self._gone[kernel] = self._clock()
        if left is not None:
            left.give_up()
        return seat

    def leave(self, seat: Seat) -> None:
        """A session has ended."""
        with self._lock:
            self._forget(seat)

    def _left_by(self, browser: str) -> Seat | None:
        """The place to give away: this browser's own, else the one that was left first."""
        now = self._clock()
        gone = sorted(self._gone, key=self._gone.__getitem__)
        own = [kernel for kernel in gone if self._taken[kernel].browser == browser]
        free = [kernel for kernel in gone if now - self._gone[kernel] >= GONE_SECONDS]
        return self._taken[(own + free)[0]] if own or free else None

    def _forget(self, seat: Seat) -> None:
        if self._taken.get(seat.kernel) is seat:
            del self._taken[seat.kernel]
            self._gone.pop(seat.kernel, None)
