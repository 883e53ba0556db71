"""Differences that matter: beyond the smallest effect of interest, with all tests at once.

A star needs the whole interval beyond the smallest effect of interest (`outcomes.toml`), on one
side. Intervals behind stars hold for all tests of a table together (Bonferroni), so that the chance
of a single wrong one is 5%, however many policies and outcomes are looked at.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from model.outcomes.scoreboard import OUTCOMES
from model.outcomes.statistics import (
    CONFIDENCE,
    Interval,
    each_of,
    mean_interval,
    paired_interval,
)


def level_and_difference(
    outcome: str, values: Sequence[float], base: Sequence[float] | None, tests: int
) -> list[dict[str, Any]]:
    """Return the rows of a series by seed: its "level" and, beside a base, its "difference".

    outcome: its name. base: the same seeds under what it is compared with. tests: how many
    differences the table has.
    """
    level = {"kind": "level", **mean_interval(values)._asdict()}
    if base is None:
        return [level]
    return [level, {"kind": "difference", **difference(outcome, values, base, tests)}]


def difference(
    outcome: str, values: Sequence[float], base: Sequence[float], tests: int
) -> dict[str, Any]:
    """The paired difference of two series by seed, judged as one of `tests`."""
    level = math.fsum(base) / len(base) if base else math.nan
    return judged(outcome, lambda c: paired_interval(values, base, c), level, tests)


def judged(
    outcome: str, interval: Callable[[float], Interval], level: float, tests: int
) -> dict[str, Any]:
    """A difference with its interval by itself and that of all `tests` at once, and the verdict.

    interval: the interval at a confidence. level: of what it is put beside. Keys: estimate, low,
    high, runs; low_all, high_all; smallest_effect (None if none is declared); star, negligible.
    outcome: its name.
    """
    own, together = interval(CONFIDENCE), interval(each_of(tests))
    least = smallest_effect(outcome, level)
    return {
        **own._asdict(), "low_all": together.low, "high_all": together.high,
        "smallest_effect": least,
        "star": least is not None and together.beyond(least),
        "negligible": least is not None and together.within(least),
    }  # fmt: skip


def smallest_effect(outcome: str, level: float) -> float | None:
    """From which difference on an outcome matters, in its unit; None if nothing is declared."""
    declared = OUTCOMES[outcome].smallest_effect if outcome in OUTCOMES else None
    return declared.at(level) if declared else None
