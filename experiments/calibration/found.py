"""What a calibration found, as rows: figures, parameters, and what each figure identifies."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.calibration.calibration import Problem
from experiments.calibration.history_matching import (
    HistoryMatch,
    Runs,
    Space,
    central_set,
    kept_sets,
    of_runs,
    ranked,
)
from experiments.validation.outputs import Output
from model.parameters import load_parameters

SPAN = (0.05, 0.95)  # of the sets that are left
Row = dict[str, Any]


def found_rows(
    problem: Problem, space: Space, outputs: Sequence[Output], found: HistoryMatch
) -> dict[str, Any]:
    """Everything a calibration says: how many sets are left, figures, parameters, the sets.

    The central set is the first; the others are in the order in which they were lived.
    """
    rows, above = kept_sets(problem, found)
    centre = central_set(problem, found)
    ordered = [centre, *(int(k) for k in rows if k != centre)]
    scores = [ranked(found.table, found.reached, m) for m in range(problem.most_above + 1)]
    return {
        "above": above,
        "not_ruled_out": len(rows),
        "ruled_out": len(found.table) - len(rows),
        "by_above": [int((score <= problem.cutoff).sum()) for score in scores],
        "defaults": [float(score[0]) for score in scores],
        "figures": [_figure(space, found, output, k, ordered) for k, output in enumerate(outputs)],
        "parameters": [_parameter(space, found, k, ordered) for k in range(len(space.names))],
        "sets": [found.runs.sets[k] for k in ordered],
    }


def _figure(
    space: Space, found: HistoryMatch, output: Output, row: int, ordered: Sequence[int]
) -> Row:
    """A figure: the published one, what sets give, and how much each parameter moves it."""
    means, away = found.runs.means[:, row], found.table[:, row]
    closest, emulator = int(away.argmin()), found.emulators[row]
    low, high = _span(means[list(ordered)])
    shares = zip(space.names, emulator.shares().tolist(), strict=True)
    return {
        "figure": output.name,
        "group": output.group,
        "unit": output.unit,
        "decimals": output.decimals,
        "observed": output.observed,
        "sign": output.sign,
        "observation": output.observation,
        "discrepancy": output.discrepancy,
        "why": output.why,
        "chance": float(np.sqrt(found.runs.chance[row])),
        "taken_in": output.taken_in,
        "source": output.source,
        "limit": output.limit,
        "reached": bool(found.reached[row]),
        "moved": not emulator.still,
        "closest": float(means[closest]),
        "closest_away": float(away[closest]),
        "central": float(means[ordered[0]]),
        "default": float(means[0]),
        "default_away": float(away[0]),
        "low": low,
        "high": high,
        "away": [float(away[row]) for row in ordered],
        "explained": emulator.check.explained if emulator.check else None,
        "inside": emulator.check.inside if emulator.check else None,
        "shares": {name: share for name, share in shares if share > 0.0},
    }


def _parameter(space: Space, found: HistoryMatch, row: int, ordered: Sequence[int]) -> Row:
    """A parameter: its range, where the sets that are left lie, and how much narrower that is."""
    name, entry = space.names[row], load_parameters().entry(space.names[row])
    values = np.array([found.runs.sets[row][name] for row in ordered], dtype=float)
    low, high = _span(values)
    whole = (SPAN[1] - SPAN[0]) * (space.high[row] - space.low[row])
    return {
        "parameter": name, "unit": entry.unit, "default": entry.value,
        "range_low": float(space.low[row]), "range_high": float(space.high[row]),
        "low": low, "high": high, "central": values[0],
        "narrowed": float(1.0 - (high - low) / whole) if len(ordered) > 1 else None,
    }  # fmt: skip


def _span(values: np.ndarray) -> tuple[float, float]:
    """From the 5th to the 95th percentile of what is known."""
    known = values[np.isfinite(values)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, SPAN)
    return float(low), float(high)


def beside_rows(
    problem: Problem, outputs: Sequence[Output], figures: Sequence[Mapping[str, Any]], runs: Runs
) -> list[Row]:
    """One row a figure: how many of the same sets bring it within the cut-off, before and now."""
    table = of_runs(runs, outputs)
    rows = []
    for k, figure in enumerate(figures):
        before = figure["away"][: len(table)]
        rows.append(
            {
                "figure": figure["figure"], "sets": len(table),
                "before": sum(away is not None and away <= problem.cutoff for away in before),
                "now": int((table[:, k] <= problem.cutoff).sum()),
                "value_before": figure["central"], "value_now": float(runs.means[0, k]),
                "decimals": figure["decimals"], "unit": figure["unit"],
            }
        )  # fmt: skip
    return rows
