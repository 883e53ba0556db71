"""Something on stderr while a command works: within two seconds, then every half minute.

A thread looks whether anything has been said. It writes past all buffers and locks, since workers
are forked beside it. While a bar moves on a terminal it says nothing.
"""

import os
import sys
import threading
import time
from collections.abc import Callable

FIRST_SECONDS, EVERY_SECONDS = 1.5, 30.0
READY = "getting ready: libraries, rules, the place"


class Waiting:
    """What a command is doing, and when something was last said of it."""

    def __init__(self) -> None:
        self.doing: Callable[[], str] | None = None  # a sentence about work that is counted
        self.stage = READY
        self.bar = False  # that moves on a terminal
        self.began = self.told = time.monotonic()
        self.over = threading.Event()

    def start(self) -> None:
        """Watch from a thread, which ends with the process."""
        self.began = time.monotonic()
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        """Say no more."""
        self.over.set()

    def heard(self) -> None:
        """Something was said just now."""
        self.told = time.monotonic()

    def _watch(self) -> None:
        if not self.over.wait(FIRST_SECONDS) and self.told <= self.began:
            self._say(self.sentence())
        while not self.over.wait(1.0):
            if not self.bar and time.monotonic() - self.told >= EVERY_SECONDS:
                self._say(self.sentence())

    def sentence(self) -> str:
        """What is being done now, for how long or how long still."""
        if self.doing is not None:
            return self.doing()
        seconds = time.monotonic() - self.began
        return f"{self.stage}" + f" ({seconds:.0f} s so far)" * (seconds > 2 * FIRST_SECONDS)

    def _say(self, text: str) -> None:
        self.heard()
        try:
            os.write(sys.__stderr__.fileno(), f"{text}\n".encode())  # type: ignore[union-attr]
        except (OSError, AttributeError, ValueError):  # nobody listens
            self.stop()


waiting = Waiting()
