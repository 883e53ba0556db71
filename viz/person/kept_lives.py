"""Lives that were told last and counts of groups, kept for all sessions of a server."""

from collections import OrderedDict
from threading import Lock
from typing import Any

MOST_KEPT = 64

Told = dict[str, Any]
Key = tuple[Any, ...]


class KeptLives:
    """Safe to ask from several threads. The key of a life is that of its group and a number."""

    def __init__(self) -> None:
        self._lives: OrderedDict[Key, Told] = OrderedDict()
        self._counts: OrderedDict[Key, Told] = OrderedDict()
        self._lock = Lock()

    def life(self, key: Key) -> Told | None:
        """A life, with its group's counts as they are by now."""
        with self._lock:
            life, like = self._lives.get(key), self._counts.get(key[:-1])
        return None if life is None or like is None else {**life, "like": like}

    def counts(self, key: Key) -> Told | None:
        """The counts of a group."""
        with self._lock:
            return self._counts.get(key)

    def keep_life(self, key: Key, life: Told) -> None:
        """Keep it, and forget the oldest."""
        self._keep(self._lives, key, life)

    def keep_counts(self, key: Key, like: Told) -> None:
        """Keep them unless more seeds have been counted already."""
        known = self.counts(key)
        if known is None or known["seeds"] < like["seeds"]:
            self._keep(self._counts, key, like)

    def _keep(self, where: OrderedDict[Key, Told], key: Key, what: Told) -> None:
        with self._lock:
            where[key] = what
            while len(where) > MOST_KEPT:
                where.popitem(last=False)
