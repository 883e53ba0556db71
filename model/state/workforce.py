"""The doctors of general practices."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Workforce:
    """Partners, a row each, and the work that practices are used to."""

    practice: np.ndarray  # int32 [partners]
    born: np.ndarray  # int32 [partners], month of the run
    key: np.ndarray  # uint64 [partners], of each one's luck
    leaving: np.ndarray  # bool [partners], would leave and has no successor yet
    usual_list: np.ndarray  # patients for a partner to which a practice is used [practices]

    def count(self) -> np.ndarray:
        """Partners of every practice [practices]."""
        return np.bincount(self.practice, minlength=self.usual_list.size)

    def keep(self, rows: np.ndarray) -> None:
        """Keep the partners in `rows`; the others leave."""
        for name in ("practice", "born", "key", "leaving"):
            setattr(self, name, getattr(self, name)[rows])

    def add(self, practice: int, born: int, key: int) -> None:
        """One more partner."""
        self.practice = np.append(self.practice, np.int32(practice))
        self.born = np.append(self.born, np.int32(born))
        self.key = np.append(self.key, np.uint64(key))
        self.leaving = np.append(self.leaving, False)

    def merge(self, g: int, h: int, lists: np.ndarray) -> None:
        """Partners of `g` join those of `h`, but those who would leave do."""
        usual = self.usual_list
        posts = lists[g] / usual[g] + lists[h] / usual[h]
        usual[h] = (lists[g] + lists[h]) / posts
        self.keep((self.practice != g) | ~self.leaving)
        self.practice[self.practice == g] = h
