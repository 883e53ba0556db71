"""Programmes that enrol patients: terms, places, and whom they can be expected to have."""

from dataclasses import dataclass, field

import numpy as np

from agents.patients.patient_tables import NEED_MONTHS, STRATA
from model.policies.policy import Enrolment

# How somebody's time in a programme began, or why it ended; deaths and moves away apart.
JOINED, DROPPED_OUT, CHANGED_LIST, QUIET_YEAR, PROGRAMME_ENDED = range(5)
LONG = 12  # months in a programme from which no more are told apart
EVENTS = ("joined", "dropped_out", "changed_list", "quiet_year", "programme_ended")

#: Somebody who joined a programme this month, or left it.
EVENT = np.dtype(
    [
        ("slot", "u4"),
        ("programme", "u2"),  # as in the person's row
        ("what", "u1"),  # a number of EVENTS
        ("score", "f4"),  # by which people were picked
        ("line", "f4"),  # the lowest score that was picked this month
    ]
)


@dataclass
class Candidates:
    """Residents who stand for a place's people and may be picked, the highest score first.

    They are the same however many people are simulated (`month.everybody`).
    """

    stratum: np.ndarray  # int64 [candidates]
    leaving: np.ndarray  # chance to die or move away in a month
    qualifies: np.ndarray  # chance to have had the admissions that the terms ask for
    enrolled: np.ndarray  # chance to be in the programme now
    ever: np.ndarray  # chance to have been in it since they came to live there
    pool: np.ndarray  # chance to accept, if offered, and not to have been in it yet


@dataclass
class Programme:
    """One programme that a policy has begun.

    `by_months`: share of its practices' people who can be expected to have been in it for 0, 1 to
    11, 12 and more months [13, STRATA]. `found`: share of them with a need that it found so many
    months ago, also of those who have left [12, STRATA].
    """

    terms: Enrolment
    number: int  # as in the rows of people
    start_month: int
    practices: np.ndarray  # bool [practices], whose patients may be enrolled
    candidates: Candidates
    need_share: float  # of those who join, in whom it finds a need
    by_months: np.ndarray = field(default_factory=lambda: np.zeros((LONG + 1, STRATA)))
    found: np.ndarray = field(default_factory=lambda: np.zeros((NEED_MONTHS, STRATA)))
    ended: bool = False

    @property
    def share(self) -> np.ndarray:
        """Share of its practices' people who can be expected to be in it [STRATA]."""
        share: np.ndarray = self.by_months.sum(axis=0)
        return share


@dataclass
class Enrolments:
    """All programmes so far, and who joined or left one this month."""

    programmes: list[Programme] = field(default_factory=list)
    events: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=EVENT))

    def expected(self, lists: np.ndarray, strata: np.ndarray) -> np.ndarray:
        """People who can be expected to be enrolled, at full scale [programmes, practices].

        `strata`: share of every list by stratum [practices, STRATA].
        """
        each = [one.practices * lists * (strata @ one.share) for one in self.programmes]
        return np.array(each).reshape(len(self.programmes), lists.size)
