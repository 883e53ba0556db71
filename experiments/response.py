"""How outcomes answer to one lever: levels over its range, and differences from its central value.

Each value is lived by the same seeds, so differences are paired; intervals are Student's t (95%).
The runs are kept as a sweep in runs/, so that asking again, or for more seeds, lives only what is
new.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.text import Text

from experiments.compare import about_outcome, mean_interval, paired_interval
from experiments.comparison import HEADLINES, cell, interval_of
from experiments.jobs import DONE
from experiments.options import Options, pool_opener
from experiments.output import show, table
from experiments.plan import plan_of
from experiments.runs import last_window, plural, window_name
from experiments.store import read_results
from experiments.study import Design, Study
from experiments.study_check import check_names
from experiments.sweep import sweep
from model.errors import BadInput
from model.parameters import Parameter, load_parameters

OUTCOMES_A_TABLE = 2


def values_of(lever: str, points: int) -> list[float]:
    """`points` values over the range of a lever, its central value among them.

    `BadInput` if there is no such lever, or it has no range.
    """
    entry = load_parameters().entry(lever, key="LEVER")
    if entry.low is None or entry.high is None or not entry.is_lever:
        raise BadInput("this lever has no range of its own; a study can give it values",
                       key="LEVER", value=lever)  # fmt: skip
    low, high = entry.low, entry.high
    spread = [min(low + (high - low) * k / (points - 1), high) for k in range(points)]
    return sorted({*spread, float(entry.value)})


def study_of(lever: str, policy: str, options: Options, replicates: int, points: int) -> Study:
    """The study that lives every value of a lever."""
    if lever in options.levers:
        raise BadInput("this lever is varied over its range", key="--set", value=lever,
                       allowed="other levers")  # fmt: skip
    study = Study(
        title=f"{lever} under {policy}", policies=(policy,), places=(options.place,),
        patients=options.patients or options.patients_by_default, years=options.years,  # type: ignore[arg-type]
        replicates=replicates, seed=options.seed, minds=(options.minds,), against=policy,  # type: ignore[arg-type]
        levers={**options.levers, lever: tuple(values_of(lever, points))}, design=Design(),
    )  # fmt: skip
    check_names(study, Path("response"))
    return study


def response(study: Study, options: Options, workers: int) -> Path:
    """Live the study: the folder of its sweep."""
    plan = plan_of(study, options.data, "response")
    folder, results = sweep(plan, None, True, pool_opener(workers, None, False))
    if results["failed"]:
        raise BadInput(f"{results['failed']} runs failed", file=folder)
    return folder


def response_rows(folder: Path, lever: str, outcomes: Sequence[str]) -> list[dict[str, Any]]:
    """One row an outcome, value of the lever and kind ("level" or "difference" from central)."""
    results = read_results(folder)
    results = results[results["status"] == DONE]
    central = float(load_parameters()[lever])
    base = _by_seed(results, lever, central)
    rows = []
    for outcome in outcomes or HEADLINES:
        for value in sorted(results[lever].unique()):
            mine = _by_seed(results, lever, value)
            about = {"outcome": outcome, "lever": lever, "value": value, **about_outcome(outcome)}
            level = mean_interval(mine[outcome])
            rows.append({**about, "kind": "level", **level._asdict()})
            if value != central:
                found = paired_interval(list(mine[outcome]), list(base[outcome]))
                rows.append({**about, "kind": "difference", **found._asdict()})
    return rows


def _by_seed(results: pd.DataFrame, lever: str, value: float) -> pd.DataFrame:
    return results[results[lever] == value].sort_values("seed")


def print_response(study: Study, lever: str, rows: Sequence[dict[str, Any]], folder: Path) -> None:
    """Tables of levels and differences by value of the lever, and what they mean."""
    entry = load_parameters().entry(lever)
    show(_header(study, entry))
    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    for k in range(0, len(outcomes), OUTCOMES_A_TABLE):
        show(_table(rows, entry, outcomes[k : k + OUTCOMES_A_TABLE]))
    window, seeds = window_name(last_window(study.years)), plural(study.replicates, "seed")
    show(
        f"Means over {window}; ± is half the 95% interval (Student's t) over {seeds}. Differences"
        f" are from the central value, {entry.value:g}, of the same seed; * excludes 0.",
        f"Runs: {folder}",
    )


def _header(study: Study, entry: Parameter) -> str:
    n, first = study.replicates, study.seed
    source = f"source: {entry.source}" if entry.source else f"assumption: {entry.assumption}"
    runs = f"{plural(n, 'seed')} ({first}-{first + n - 1}), {plural(study.years, 'year')}"
    where = f"{study.places[0]}, {study.patients:,} patients, {runs}"
    return f"{study.title}\n{entry.meaning} ({entry.unit})\n{source}\n{where}"


def _table(rows: Sequence[dict[str, Any]], entry: Parameter, outcomes: Sequence[str]):
    columns = [f"{name.replace('_', ' ')}\n{_unit(rows, name)}" for name in outcomes]
    made = table([entry.name.split(".")[1], *(c for name in columns for c in (name, "difference"))])
    for value in dict.fromkeys(row["value"] for row in rows):
        cells = []
        for outcome in outcomes:
            found = {r["kind"]: r for r in rows if r["outcome"] == outcome and r["value"] == value}
            level, change = found["level"], found.get("difference")
            cells.append(cell(interval_of(level), level["decimals"]))
            cells.append(_difference(change) if change else Text("central"))
        made.add_row(f"{value:g}", *cells)
    return made


def _difference(row: dict[str, Any]) -> Text:
    return cell(interval_of(row), row["decimals"], difference=True)


def _unit(rows: Sequence[dict[str, Any]], outcome: str) -> str:
    return next(row["unit"] for row in rows if row["outcome"] == outcome)
