"""What a comparison says of each policy, in a sentence or two."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.measures.difference_cells import interval_of, nothing
from experiments.measures.regime_tables import PREFIX
from model.outcomes.regimes import REGIMES
from model.outcomes.scoreboard import HEADLINES
from model.outcomes.statistics import Interval

Row = Mapping[str, Any]
LEAST_SHARE = 0.01  # of people: a regime that moves less is not told


def verdict_sentence(policy: str, rows: Sequence[Row], no_regimes: str) -> str:
    """What matters, what of it is arithmetic, what is open, and how regimes move."""
    mine = [r for r in rows if r["policy"] == policy and r["kind"] == "difference"]
    headlines = [r for r in mine if r["outcome"] in HEADLINES]
    told = f"{policy}: {_starred([r for r in headlines if r['star']])}."
    open_ones = [_name(r) for r in headlines if not (r["star"] or r["negligible"] or nothing(r))]
    told += f" Undecided: {', '.join(open_ones)}." if open_ones else ""
    return told if no_regimes else f"{told} {_regimes(mine)}"


def _name(row: Row) -> str:
    text: str = row["outcome"].removeprefix(PREFIX).replace("_", " ")
    return text


def _starred(starred: Sequence[Row]) -> str:
    if not starred:
        return "nothing that is known to matter"
    parts = []
    for word, sign in (("raises", 1.0), ("lowers", -1.0)):
        if names := [_with_origin(r) for r in starred if sign * r["estimate"] > 0.0]:
            parts.append(f"{word} {', '.join(names)}")
    return "; ".join(parts)


def _with_origin(row: Row) -> str:
    return f"{_name(row)} (arithmetic)" if row["arises"] == "arithmetic" else _name(row)


def _regimes(mine: Sequence[Row]) -> str:
    """Which regimes gain or lose people, where the interval of all tests leaves out zero."""
    of_regimes = [r for r in mine if r["outcome"].removeprefix(PREFIX) in REGIMES]
    moved = [(r, interval_of(r, together=True)) for r in of_regimes]
    told = [f"{_name(r)} {_points(found)}" for r, found in moved if _is_told(found)]
    if not told:
        return "No regime is known to gain or lose people."
    return f"Of 100 people the regimes gain or lose: {', '.join(told)}."


def _is_told(found: Interval) -> bool:
    return found.excludes_zero and abs(found.estimate) >= LEAST_SHARE


def _points(found: Interval) -> str:
    return f"{100.0 * found.estimate:+.0f} ±{100.0 * found.half:.0f}"
