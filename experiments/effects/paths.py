"""Headline outcomes year by year: levels of every policy and paired differences, with intervals.

One year of one place is noisier than the mean of three, so these rows are for the eye: no tests are
made on them.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.runs.jobs import Lived
from experiments.runs.options import STATUS_QUO
from experiments.terminal.output import write_rows
from model.outcomes.scoreboard import HEADLINES, OUTCOMES
from model.outcomes.statistics import mean_interval, paired_interval

COLUMNS = ("policy", "outcome", "unit", "year", "kind", "estimate", "low", "high", "runs")
FILE = "paths.csv"


def path_rows(lived: Sequence[Mapping[str, Lived]]) -> list[dict[str, Any]]:
    """Rows of levels and differences from the status quo: a policy, outcome and year each.

    `lived` are replicates whose runs hold `paths`. Intervals (95%) are of each row by itself.
    """
    rows = []
    for policy in lived[0]:
        for outcome in HEADLINES:
            mine, base = (_by_year(lived, name, outcome) for name in (policy, STATUS_QUO))
            for year, (values, usual) in enumerate(zip(mine, base, strict=True), start=1):
                about = {"policy": policy, "outcome": outcome, "unit": OUTCOMES[outcome].unit}
                found = {
                    "level": mean_interval(values),
                    "difference": paired_interval(values, usual),
                }
                rows += [
                    {**about, "year": year, "kind": kind, **interval._asdict()}
                    for kind, interval in found.items()
                    if kind == "level" or policy != STATUS_QUO
                ]
    return rows


def _by_year(
    lived: Sequence[Mapping[str, Lived]], policy: str, outcome: str
) -> list[tuple[float, ...]]:
    """Of every year the values of all replicates."""
    return list(zip(*((one[policy].paths or {})[outcome] for one in lived), strict=True))


def write_paths(
    rows: Sequence[Mapping[str, Any]], folder: Path, licence: Mapping[str, str]
) -> None:
    """Keep the rows in a folder as CSV; a licence is the last column."""
    write_rows([*COLUMNS, *licence], [{**row, **licence} for row in rows], folder / FILE)


def read_paths(folder: Path) -> list[dict[str, Any]]:
    """The rows that `write_paths` kept."""
    numbers = {"year": int, "runs": int, "estimate": float, "low": float, "high": float}
    with (folder / FILE).open(encoding="utf-8", newline="") as file:
        return [
            {key: numbers.get(key, str)(value) for key, value in row.items()}
            for row in csv.DictReader(file)
        ]
