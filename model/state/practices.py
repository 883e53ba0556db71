"""General practices: lists, doctors, books, and what they do."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    pass
from dataclasses import dataclass


class PracticeBooks(NamedTuple):
    """What stays the same of every practice while it neither merges nor is founded [practices]."""

    weight: np.ndarray  # weighted patients for a registered one
    prevalence: np.ndarray  # of long-term conditions, against the place's mean
    conditions: float  # for a patient, that mean
    correction_pence: np.ndarray  # correction factor of 2013/14 a weighted patient
    has_pms: (
        np.ndarray
    )  # share under a personal (or alternative provider) medical services contract
    other_pence: float  # payments not named, a registered patient
    expense_factor: np.ndarray  # expenses against those of a practice of its size
    fixed_expense_pence: float
    expense_pence: float  # a registered patient


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

    def merge(self, practice: int, other_practice: int, lists: np.ndarray) -> None:
        """Partners of `practice` join those of `other_practice`, but those who would leave do."""
        usual = self.usual_list
        posts = lists[practice] / usual[practice] + lists[other_practice] / usual[other_practice]
        usual[other_practice] = (lists[practice] + lists[other_practice]) / posts
        self.keep((self.practice != practice) | ~self.leaving)
        self.practice[self.practice == practice] = other_practice


@dataclass
class Practices:
    """All that changes of general practices."""

    lists: np.ndarray  # int64 [practices], registered patients at full scale
    effort: list[str]  # of every practice
    more_exceptions: np.ndarray  # bool [practices], except more patients than care needs
    owned_trust: np.ndarray  # int32 [practices], trust that owns the practice or NOBODY
    managed_share: np.ndarray  # of patients with a commissioner's case manager [practices]
    salaries: np.ndarray  # pence a year of all doctors of a practice that a trust owns [practices]
    books: PracticeBooks
    workforce: Workforce
    closed_lists: np.ndarray  # bool [practices], take no new patients
    access: np.ndarray  # int8 [practices], steps of hours and appointments beyond the usual
    pair_practice: np.ndarray  # int32 [pairs of practice and area], who looks after them now
    pair_patients: np.ndarray  # float64 [pairs], at full scale
    lists_moved: bool  # since the tables that patients meet were last made
    lean_years: np.ndarray  # [practices], years in a row in which partners earned too little
