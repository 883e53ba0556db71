"""How published studies estimate an effect, applied to runs of one seed that share their luck.

Every estimator gets the runs by the name of their arm and what the target declares, and returns one
number: per cent, points, or in the outcome's own unit. Spans of years are inclusive, year 1 the
policy's first. Chance differences between groups are the same in both arms and so cancel out.
"""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from agents.patients.patient_tables import COUNTS, PERSON_MONTHS
from experiments.runs.measured import EVENTS, PEOPLE, Measured
from model.outcomes.concentration import geometric_mean_hhi

Arms = Mapping[str, Measured]
Span = Sequence[int]


def _years(span: Span) -> slice:
    return slice(span[0] - 1, span[1])


def count(table: np.ndarray, events: str, span: Span, rows: np.ndarray) -> float:
    """Events of one kind in some years among some rows of [years, rows, COUNTS]."""
    kept = table[_years(span)][:, rows].sum(axis=(0, 1))
    return float(sum(sign * kept[COUNTS.index(name)] for sign, name in EVENTS[events]))


def rate(table: np.ndarray, events: str, span: Span, rows: np.ndarray) -> float:
    """Events a person-year; NaN without people."""
    months = float(table[_years(span)][:, rows, PERSON_MONTHS].sum())
    return _ratio(12.0 * count(table, events, span, rows), months)


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0.0 else math.nan


def _per_cent(ratio: float) -> float:
    return 100.0 * (ratio - 1.0)


def relative_change(
    arms: Arms, of: str, against: str, events: str, years: Span, people: str = "all"
) -> float:
    """By how many % the rate of events differs from that of the same people under another arm.

    `of` and `against`: the arms, by name; `events` and `people`: which are counted, in whom.
    """
    rows = PEOPLE[people]
    one, other = (rate(arms[arm].groups, events, years, rows) for arm in (of, against))
    return _per_cent(_ratio(one, other))


def practices_apart(
    arms: Arms, of: str, against: str, events: str, after: Span, who: str,
    before: Span | None = None,
) -> float:  # fmt: skip
    """Difference in differences, %: some practices against the others, in `of` and in `against`.

    who: "invited" into an organisation, or "takers" of what only one of the two arms offers. With
    `before` rates are relative to those years of the same run.
    """
    chosen = _chosen(arms[of], arms[against], who)
    one, other = (_group_ratio(arms[a], events, before, after, chosen) for a in (of, against))
    return _per_cent(_ratio(one, other))


def _group_ratio(
    run: Measured, events: str, before: Span | None, after: Span, chosen: np.ndarray
) -> float:
    inside, outside = (_change(run, events, before, after, rows) for rows in (chosen, ~chosen))
    # Where all practices were chosen, the same practices under the other arm are the comparator.
    return _ratio(inside, outside) if not chosen.all() else inside


def _change(
    run: Measured, events: str, before: Span | None, after: Span, rows: np.ndarray
) -> float:
    late = rate(run.practices, events, after, rows)
    return late if before is None else _ratio(late, rate(run.practices, events, before, rows))


def _chosen(one: Measured, other: Measured, who: str) -> np.ndarray:
    """Which practices the policy reached, in either arm."""
    if who == "invited":
        found: np.ndarray = one.invited | other.invited
        return found
    only = one.changed.keys() ^ other.changed.keys()  # rules that only one of the arms knows
    chosen = np.zeros(one.practices.shape[1], dtype=bool)
    for run in (one, other):
        for rule in only & run.changed.keys():
            chosen |= run.changed[rule][: chosen.size]
    return chosen


def events_apart(arms: Arms, of: str, against: str, events: str, others: str, years: Span) -> float:
    """By how many % events fell against other events, under one arm against another."""
    everyone = PEOPLE["all"]
    one, other = (
        _ratio(*(count(arms[arm].groups, kind, years, everyone) for kind in (events, others)))
        for arm in (of, against)
    )
    return _per_cent(_ratio(one, other))


def growth(run: Measured, events: str, first: int, last: int) -> float:
    """Growth of the rate of events from one year to another, %."""
    rows = PEOPLE["all"]
    late, early = (rate(run.groups, events, (year, year), rows) for year in (last, first))
    return _per_cent(_ratio(late, early))


def growth_apart(arms: Arms, of: str, against: str, events: str, first: int, last: int) -> float:
    """Growth under one arm less growth under another, percentage points."""
    return growth(arms[of], events, first, last) - growth(arms[against], events, first, last)


def late_growth(arms: Arms, of: str, against: str, events: str, first: int, last: int) -> float:
    """What the last year adds to `growth_apart`, less all that had come before, points.

    Below 0 more than half of a fall came in the last year.
    """
    whole = growth_apart(arms, of, against, events, first, last)
    before = growth_apart(arms, of, against, events, first, last - 1)
    return (whole - before) - before


def continuity_everywhere(
    arms: Arms, all: str, base: str, events: str, years: Span, step: float
) -> float:
    """Change of a rate, %, for `step` of the usual provider index, if it rises in all practices."""
    change = relative_change(arms, all, base, events, years) / 100.0
    return _per_cent((1.0 + change) ** (step / _rise(arms, all, base, years[1])))


def continuity_between(
    arms: Arms, half: str, all: str, base: str, events: str, years: Span, step: float
) -> float:
    """The same where it rises in every other practice: these practices against the rest."""
    raised = np.arange(arms[half].practices.shape[1]) % 2 == 1
    one, other = (_group_ratio(arms[a], events, None, years, raised) for a in (half, base))
    return _per_cent(_ratio(one, other) ** (step / _rise(arms, all, base, years[1])))


def _rise(arms: Arms, all: str, base: str, year: int) -> float:
    """By how much the usual provider index at 62 to 82 rose where all practices were raised."""
    rise = _score(arms[all], "usual_provider_index_62_82", (year, year)) - _score(
        arms[base], "usual_provider_index_62_82", (year, year)
    )
    return rise if rise > 0.0 else math.nan


def _score(run: Measured, outcome: str, years: Span) -> float:
    return float(np.mean([score[outcome] for score in run.scores[_years(years)]]))


def score_apart(arms: Arms, of: str, against: str, outcome: str, years: Span) -> float:
    """Difference of an outcome of the scoreboard, in its own unit.

    `of` and `against`: the arms, by name.
    """
    return _score(arms[of], outcome, years) - _score(arms[against], outcome, years)


def score_change(arms: Arms, of: str, against: str, outcome: str, years: Span) -> float:
    """Difference of an outcome of the scoreboard, %.

    `of` and `against`: the arms, by name.
    """
    return _per_cent(_ratio(*(_score(arms[arm], outcome, years) for arm in (of, against))))


def share(arms: Arms, of: str, events: str, out_of: str, years: Span) -> float:
    """Events for every hundred others."""
    kinds = (events, out_of)
    return 100.0 * _ratio(*(count(arms[of].groups, k, years, PEOPLE["all"]) for k in kinds))


def share_apart(arms: Arms, of: str, against: str, events: str, out_of: str, years: Span) -> float:
    """Difference of a share, percentage points."""
    return share(arms, of, events, out_of, years) - share(arms, against, events, out_of, years)


def share_change(arms: Arms, of: str, against: str, events: str, out_of: str, years: Span) -> float:
    """Difference of a share, % of what it was."""
    one, other = (share(arms, arm, events, out_of, years) for arm in (of, against))
    return _per_cent(_ratio(one, other))


def predicted_flow_hhi(arms: Arms, of: str) -> float:
    """Geometric mean over people of the predicted-flow HHI of their area, last year."""
    return geometric_mean_hhi(arms[of].hhi, arms[of].people)


def radius_hhi(arms: Arms, of: str) -> float:
    """Geometric mean over planned patients of the HHI within 30 km of their hospital."""
    return geometric_mean_hhi(arms[of].radius_hhi, arms[of].flows)


Estimator = Callable[..., float]
ESTIMATORS: dict[str, Estimator] = {
    one.__name__: one
    for one in (
        relative_change, practices_apart, events_apart, growth_apart, late_growth,
        continuity_everywhere, continuity_between, score_apart, score_change,
        share, share_apart, share_change, predicted_flow_hhi, radius_hhi,
    )
}  # fmt: skip
