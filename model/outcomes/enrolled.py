"""Who is enrolled in programmes, by practice and area, and who joined or left: a table of a run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from model.places.place import Place
from model.state.enrolment import EVENTS
from model.state.state import BURN_IN_MONTHS, State


@dataclass(frozen=True)
class EnrolledMonth:
    """Enrolled people of a month, by programme; `simulated` ones as they were at its end."""

    expected: np.ndarray  # at full scale [programmes, practices]
    by_practice: np.ndarray  # simulated [programmes, practices]
    by_area: np.ndarray  # simulated [programmes, areas]
    events: np.ndarray  # simulated, who joined or left by the reason [programmes, EVENTS]


def enrolled_month(state: State, areas: int) -> EnrolledMonth:
    """Who is enrolled at the end of a month, and who joined or left in it.

    `areas`: how many the place has.
    """
    enrolment, people = state.residents.enrolment, state.residents.people
    size = len(enrolment.programmes)
    expected = enrolment.expected(state.practices.lists, state.residents.structure.strata)
    inside = people[people["programme"] > 0] if size else people[:0]
    events = enrolment.events
    return EnrolledMonth(
        expected,
        _count(inside["programme"], inside["practice"], size, state.practices.lists.size),
        _count(inside["programme"], inside["area"], size, areas),
        _count(events["programme"], events["what"], size, len(EVENTS)),
    )


def _count(programme: np.ndarray, group: np.ndarray, programmes: int, groups: int) -> np.ndarray:
    """How many there are of each programme (counted from 1) and group [programmes, groups]."""
    cell = (programme.astype(np.int64) - 1) * groups + group
    counts: np.ndarray = np.bincount(cell, minlength=programmes * groups)
    return counts.reshape(programmes, groups)


def enrolment_tables(
    place: Place, months: Sequence[int], enrolled: Sequence[EnrolledMonth]
) -> dict[str, pd.DataFrame]:
    """The table of programmes by month, if there are any.

    One row a programme, month and practice or area: people enrolled at its end, at full scale
    (`expected`, of practices only) and simulated. Rows of the whole place say who joined and left.
    """
    codes = {"practice": place.practices["practice"], "area": place.areas["area"]}
    rows = [
        row
        for month, kept in zip(months, enrolled, strict=True)
        for n in range(len(kept.expected))
        for row in _rows(month - BURN_IN_MONTHS, n, kept, codes)
    ]
    return {"enrolment_month": pd.DataFrame(rows)} if rows else {}


def _rows(
    month: int, programme: int, kept: EnrolledMonth, codes: dict[str, pd.Series]
) -> list[dict[str, object]]:
    """The rows of one programme and month."""
    nobody = dict.fromkeys(EVENTS, 0)
    key = {"month": month, "programme": programme + 1}
    whole = {
        **key, "kind": "place", "code": "", "expected": float(kept.expected[programme].sum()),
        "simulated": int(kept.by_practice[programme].sum()),
        **dict(zip(EVENTS, kept.events[programme].tolist(), strict=True)),
    }  # fmt: skip
    practices = [
        {**key, "kind": "practice", "code": code, "expected": float(expected),
         "simulated": int(people), **nobody}
        for code, expected, people in zip(
            codes["practice"], kept.expected[programme], kept.by_practice[programme], strict=True
        )
    ]  # fmt: skip
    areas = [
        {**key, "kind": "area", "code": code, "expected": np.nan, "simulated": int(people),
         **nobody}
        for code, people in zip(codes["area"], kept.by_area[programme], strict=True)
    ]  # fmt: skip
    return [whole, *practices, *areas]
