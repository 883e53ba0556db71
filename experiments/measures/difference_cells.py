"""How differences and levels are shown: stars, intervals, what is negligible, and how to read it.

What a star is: `model.outcomes.paired_differences`.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from experiments.terminal.output import number
from model.outcomes.scoreboard import OUTCOMES, SmallestEffect
from model.outcomes.statistics import Interval

MARK, NEGLIGIBLE = "*", "negligible"
ARITHMETIC, WITH_RANDOM_MINDS, INCENTIVES = "a", "r", "i"  # beside a starred effect
Row = Mapping[str, Any]


def interval_of(row: Row, together: bool = False) -> Interval:
    """The interval of a row (that of all tests at once); unknown limits (null) are NaN again."""
    ends = ("low_all", "high_all") if together else ("low", "high")
    estimate, low, high = (
        math.nan if row[key] is None else float(row[key]) for key in ("estimate", *ends)
    )
    return Interval(estimate, low, high, row["runs"])


def effect_cell(row: Row, letters: str = "") -> Text:
    """A difference: sign, star and letters over half its interval; or that it is negligible."""
    found = interval_of(row, together=True)
    if nothing(row):
        return Text("0")
    if row["negligible"]:
        return Text(NEGLIGIBLE)
    mark = MARK * row["star"]
    return _two_lines(found, digits(found.half, row["decimals"] + 3, row["decimals"]),
                      mark + letters, sign=True)  # fmt: skip


def level_cell(row: Row) -> Text:
    """A level over half its interval, with no more digits than are known.

    Where the interval is wider than what can be, it is given by its ends that can.
    """
    found, most = interval_of(row), row["decimals"]
    outcome = OUTCOMES.get(row["outcome"])
    bounds = outcome.bounds() if outcome else (-math.inf, math.inf)
    return _two_lines(found, digits(found.half, most, most), "", bounds=bounds)


def half_or_ends(found: Interval, decimals: int, bounds: tuple[float, float]) -> str:
    """`±0.3`, or `(0–1.4)` where half the interval would lead beyond what can be; "" if unknown."""
    if not (math.isfinite(found.half) and round(found.half, decimals)):
        return ""
    low, high = (found.estimate + side * found.half for side in (-1.0, 1.0))
    if low >= bounds[0] and high <= bounds[1]:
        return f"±{number(found.half, decimals)}"
    ends = (max(low, bounds[0]), min(high, bounds[1]))
    return f"({'–'.join(number(end, decimals) for end in ends)})"


def _two_lines(
    found: Interval, decimals: int, marks: str, sign: bool = False,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> Text:  # fmt: skip
    below = half_or_ends(found, decimals, bounds)
    text = number(found.estimate, decimals, sign=sign) + marks
    return Text(f"{text}\n{below}".rstrip("\n"), style="bold" if MARK in marks else "")


def digits(half: float, most: int, unknown: int) -> int:
    """Decimals that show two digits of half an interval, at most `most`; below 0 for tens.

    `half`: of the interval; `unknown`: what is returned where it is not known.
    """
    if not (math.isfinite(half) and half > 0.0):
        return unknown
    return min(1 - math.floor(math.log10(half)), most)


def nothing(row: Row) -> bool:
    """Whether no pair of runs differs at all."""
    found = interval_of(row)
    return found.estimate == 0.0 and not found.half > 0.0


def column_head(name: str) -> str:
    """The name of a policy or a value as the head of a narrow column."""
    broken = name.replace("_", "\n").replace("+", "\n+ ").replace(":", "\n: ")
    return re.sub(r"\.(?=[a-z])", ".\n", broken.replace(",", ",\n").replace("=", "\n= "))


def smallest_effects(outcomes: Iterable[str]) -> str:
    """The smallest effects of interest of some outcomes in words: `hhi 0.015, emergencies 1%`."""
    return ", ".join(
        f"{outcome.replace('_', ' ')} {smallest_in_words(effect)}"
        for outcome in outcomes
        if outcome in OUTCOMES and (effect := OUTCOMES[outcome].smallest_effect)
    )


def smallest_in_words(declared: SmallestEffect) -> str:
    """`0.015` in the outcome's unit, or `1%` of its level."""
    return f"{declared.value:g}" if declared.value else f"{100 * declared.share:g}%"


def how_to_read(tests: int, outcomes: Iterable[str], what: str) -> str:
    """What ± and * mean in a table of differences; `what` says how the tests come about.

    `tests`: how many there are at once; `outcomes`: those that are shown.
    """
    named = smallest_effects(outcomes)
    text = (
        f"± is half a 95% interval (Student's t): of a level by itself, of differences for all"
        f" {tests:,} tests at once ({what}; Bonferroni). In brackets: the ends of an interval of"
        " which half would lead beyond what can be."
    )
    if named:
        text += (
            f" {MARK}: the whole interval lies beyond the smallest effect of interest ({named});"
            f" {NEGLIGIBLE}: within it; 0: no run differs; ≈0: by less than is shown."
        )
    return text
