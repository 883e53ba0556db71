"""Regimes as every command tells them: shares with intervals, and what they rest on.

A run is judged beside the status quo of the same seed, minds and parameters
(`model.outcomes.verdict`). What is kept of a verdict is a small record (`summary`); over seeds it
becomes rows with intervals.
"""

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table
from rich.text import Text

import model.outcomes
from experiments.measures.difference_cells import column_head, half_or_ends, interval_of
from experiments.terminal.output import number, quantity, show, table
from model.outcomes.regimes import REGIMES, VARIED
from model.outcomes.statistics import Interval, mean_interval, normal_interval

if TYPE_CHECKING:
    import pandas as pd

    from model.outcomes.verdict import Verdict

PREFIX = "regime."  # of a share of people among the outcomes of a run
TO = " -> "
Row = dict[str, Any]


def shares_of(found: "Verdict") -> dict[str, float]:
    """Shares of people by regime, as outcomes; NaN where there is no verdict."""
    return {PREFIX + name: (found.shares or {}).get(name, math.nan) for name in REGIMES}


def summary(found: "Verdict") -> Row:
    """What is kept of a verdict: plain values.

    reason: why there is none, or "". errors: standard errors of shares, from residents drawn and
    patients simulated. changed: share of people in areas with a lasting change; onset, duration:
    its first year and how many years it has lasted, means over these people. moves: shares of
    people by regime at the start and at the end. moved: share placed elsewhere by threshold and
    factor.
    """
    people = found.people / found.people.sum()
    changed = found.onset > 0
    return {
        "reason": found.reason,
        "errors": found.errors or {},
        "changed": float(people[changed].sum()),
        "onset": _mean(found.onset[changed], people[changed]),
        "duration": _mean(found.duration[changed], people[changed]),
        "moves": _moves(found.start, found.settled, people),
        "moved": {(r["threshold"], r["factor"]): r["moved"] for r in found.sensitivity},
    }


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    return float(np.average(values, weights=weights)) if values.size else math.nan


def _moves(start: np.ndarray, end: np.ndarray, people: np.ndarray) -> dict[str, float]:
    shares: dict[str, float] = {}
    for a, b, share in zip(start, end, people, strict=True):
        if a != b and min(a, b) >= 0:
            name = REGIMES[a] + TO + REGIMES[b]
            shares[name] = shares.get(name, 0.0) + float(share)
    return shares


def reason_of(summaries: Iterable[Row]) -> str:
    """Why regimes cannot be told of some runs, or ""; one run without a verdict is enough."""
    return next((one["reason"] for one in summaries if one["reason"]), "")


def rows_about(policy: str, over_seeds: Sequence[Row]) -> list[Row]:
    """What the regimes of a policy rest on, over its seeds: rows with intervals.

    kind "changed" (outcomes changed, onset, duration), "transition" ("plural -> fragmented") and
    "sensitivity" ("few_alternatives_share x0.8": share of people placed elsewhere).
    """
    found: list[tuple[str, str, list[float]]] = [
        ("changed", name, [one[name] for one in over_seeds])
        for name in ("changed", "onset", "duration")
    ]
    moves = dict.fromkeys(name for one in over_seeds for name in one["moves"])
    found += [
        ("transition", name, [one["moves"].get(name, 0.0) for one in over_seeds])
        for name in sorted(moves, key=_in_order)
    ]
    found += [
        ("sensitivity", f"{name} x{factor:g}", [one["moved"][name, factor] for one in over_seeds])
        for name, factor in over_seeds[0]["moved"]
        if name != "none"
    ]
    return [
        {"policy": policy, "outcome": outcome, "family": "regime", "kind": kind}
        | mean_interval(values)._asdict()
        for kind, outcome, values in found
    ]


def _in_order(move: str) -> tuple[int, ...]:
    return tuple(REGIMES.index(name) for name in move.split(TO))


def rows_of_one(policy: str, found: "Verdict") -> list[Row]:
    """Shares of one run, with intervals from who was drawn and simulated alone (95%, normal)."""
    errors = found.errors or {}
    return [
        {"policy": policy, "outcome": outcome, "family": "regime", "kind": "level"}
        | normal_interval(share, errors.get(outcome.removeprefix(PREFIX), math.nan))._asdict()
        for outcome, share in shares_of(found).items()
    ]


def regimes_by(runs: "Mapping[str, pd.DataFrame]") -> tuple[dict[str, list[Row]], str]:
    """Rows of shares over the runs of each column, and why there are none, or ""."""
    said = (reason for part in runs.values() for reason in part["no_regimes"] if reason)
    columns = {
        name: [
            {"outcome": PREFIX + regime, "family": "regime", "kind": "level"}
            | mean_interval(part[PREFIX + regime])._asdict()
            for regime in REGIMES
        ]
        for name, part in runs.items()
    }
    return columns, next(said, "")


def print_regimes(columns: Mapping[str, Sequence[Row]], reason: str, of: str = "") -> None:
    """The table of shares, a column a policy (or value, or run); or the reason why there is none.

    `columns` have rows of kind "level"; those of other families are left out.
    """
    if columns:
        show(reason or regime_table(columns, of))


def regime_table(columns: Mapping[str, Sequence[Row]], of: str = "") -> Table:
    """Share of people who live in areas of each regime, in per cent, with half its interval."""
    title = f"Regime of the area\n% of people{of}"
    made = table([title, *map(column_head, columns)])
    for regime in REGIMES:
        cells = (_share_cell(rows, PREFIX + regime) for rows in columns.values())
        made.add_row(Text(words(regime)), *cells)
    return made


@cache
def regime_words() -> dict[str, Any]:
    """What a regime, a monopoly and an alternative are, in words."""
    path = Path(model.outcomes.__file__).parent / "regime_words.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def words(regime: str) -> str:
    """A regime, or a change from one to another, in words."""
    return regime.removeprefix(PREFIX).replace("_", " ")


def _share_cell(rows: Sequence[Row], outcome: str) -> Text:
    return percent_cell(next(row for row in rows if row["outcome"] == outcome))


def percent_cell(row: Row | None) -> Text:
    """A share in per cent with half its interval, in one line: `59 ±13`, `3 (0–9)`; 0 is nobody."""
    if row is None:
        return Text("0")
    estimate, low, high, runs = interval_of(row)
    found = Interval(100.0 * estimate, 100.0 * low, 100.0 * high, runs)
    return _one_line(found, 0, (0.0, 100.0))


def _one_line(found: Interval, decimals: int, bounds: tuple[float, float]) -> Text:
    """A number with half its interval, or its ends, where that is known."""
    told = half_or_ends(found, decimals, bounds)
    return Text(f"{number(found.estimate, decimals)} {told}".rstrip())


def print_foundations(rows: Sequence[Row], policies: Sequence[str]) -> None:
    """Thresholds and what moves with them, when changes came and lasted, and from where to where.

    For `compare --regimes`; `rows` are those of `rows_about`.
    """
    show("What the regimes rest on", thresholds_table(rows, policies), thresholds_told())
    show(changes_table(rows, policies))
    moves = dict.fromkeys(row["outcome"] for row in rows if row["kind"] == "transition")
    if moves:
        show(transition_table(rows, policies, sorted(moves, key=_in_order)))
    show(
        "Onset: the first year of the change in force at the end. Only changes that lasted at"
        f" least {_value('lasting_years')} years count. From: the regime of the area in the status"
        " quo's first year. ± is half the 95% interval (Student's t) over seeds."
    )


def thresholds_table(rows: Sequence[Row], policies: Sequence[str]) -> Table:
    """Every threshold with its value; % of people placed elsewhere if it is a fifth lower/higher"""
    made = table(
        ["Threshold\n-20% / +20%: % of people moved", "value", *map(column_head, policies)]
    )
    found = {(row["policy"], row["outcome"]): row for row in rows if row["kind"] == "sensitivity"}
    for name in dict.fromkeys(outcome.rsplit(" x", 1)[0] for _, outcome in found):
        cells = [
            " / ".join(_moved(found[policy, f"{name} x{factor:g}"]) for factor in VARIED)
            for policy in policies
        ]
        made.add_row(Text(words(name)), _value(name), *cells)
    return made


def _moved(row: Row) -> str:
    return number(100.0 * (math.nan if row["estimate"] is None else row["estimate"]))


def _value(name: str) -> str:
    from model.parameters import load_parameters

    return quantity(float(load_parameters()[f"regimes.{name}"]))


def thresholds_told() -> str:
    """Every threshold: its meaning, and its source or why it was assumed."""
    from model.parameters import load_parameters

    entries = load_parameters().entries.values()
    return "\n".join(
        f"- {words(entry.name.split('.')[1])} ({quantity(entry.value)} {entry.unit}):"
        f" {entry.meaning}. {entry.source or 'Assumption: ' + str(entry.assumption)}"
        for entry in entries
        if entry.name.startswith("regimes.")
    )


def changes_table(rows: Sequence[Row], policies: Sequence[str]) -> Table:
    """How many people's areas changed, when, and for how long."""
    made = table(["Lasting changes", *map(column_head, policies)])
    found = {(row["policy"], row["outcome"]): row for row in rows if row["kind"] == "changed"}
    made.add_row("% of people", *(percent_cell(found[p, "changed"]) for p in policies))
    for outcome, label in (("onset", "onset, year"), ("duration", "lasted, years")):
        made.add_row(label, *(_years(found[p, outcome]) for p in policies))
    return made


def _years(row: Row) -> Text:
    return _one_line(interval_of(row), 1, (0.0, math.inf))


def transition_table(rows: Sequence[Row], policies: Sequence[str], moves: Sequence[str]) -> Table:
    """Share of people by regime at the start and at the end, where these differ."""
    made = table(["From -> to\n% of people", *map(column_head, policies)])
    found = {(row["policy"], row["outcome"]): row for row in rows if row["kind"] == "transition"}
    for move in moves:
        made.add_row(Text(words(move)), *(percent_cell(found.get((p, move))) for p in policies))
    return made
