"""How often organisations of the status quo close, open, merge and grow, beside England's rates."""

import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from experiments.runs.folders import Made, kept_or_made, manifest_of
from experiments.runs.measured import Measured
from experiments.runs.options import described
from experiments.terminal.output import plain, say
from experiments.validation.targets import TargetArm
from experiments.validation.trials import TrialArm
from experiments.validation.validate import (
    CONFIDENCE,
    Row,
    TrialSize,
    check_places,
    live_trials,
    trials_of,
)
from model.outcomes.statistics import mean_interval

PUBLISHED = Path(__file__).parent / "rates.toml"
STATUS_QUO = TargetArm(policy="status_quo")


def _open(run: Measured) -> np.ndarray:
    """Whether each practice is open at the start and at every year's end [years + 1, practices]."""
    return run.lists > 0


def practice_exits(run: Measured) -> float:
    """Practices open at a year's start and gone at its end, % a year."""
    here = _open(run)
    gone = here[:-1] & ~here[1:]
    return 100.0 * float(gone.sum()) / float(here[:-1].sum())


def practice_openings(run: Measured) -> float:
    """Practices that were not there at a year's start and are at its end, % a year."""
    here = _open(run)
    new = ~here[:-1] & here[1:]
    return 100.0 * float(new.sum()) / float(here[:-1].sum())


def trust_mergers(run: Measured) -> float:
    """Acute trusts that come to belong to another body, % a year of those still their own."""
    own = run.acute - run.absorbed[:-1]
    return 100.0 * float(np.diff(run.absorbed).sum()) / float(max(own.sum(), 1))


def list_growth(run: Measured) -> float:
    """Growth of the mean list of open practices, % a year."""
    mean = [float(lists[lists > 0].mean()) for lists in run.lists[[0, -1]]]
    return 100.0 * float((mean[1] / mean[0]) ** (1.0 / (len(run.lists) - 1)) - 1.0)


ESTIMATES: dict[str, Callable[[Measured], float]] = {
    one.__name__: one for one in (practice_exits, practice_openings, trust_mergers, list_growth)
}


@cache
def published_rates() -> dict[str, Row]:
    """The published rates by name, with their eras."""
    return tomllib.loads(PUBLISHED.read_text(encoding="utf-8"))


def era_of(eras: Sequence[Row], year: int) -> Row:
    """The era that a year falls in; the nearest one where none does."""
    return min(eras, key=lambda era: max(era["from"] - year, year - era["to"], 0))


def rate_rows(runs: Sequence[Measured], year: int, minds: str) -> list[Row]:
    """One row a rate: the model's, with its interval over seeds, and England's of the same era."""
    rows = []
    for name, entry in published_rates().items():
        values = [ESTIMATES[entry["estimate"]](run) for run in runs]
        interval, era = mean_interval(values, CONFIDENCE), era_of(entry["eras"], year)
        about = {key: entry[key] for key in ("meaning", "unit", "source", "limit", "tuned", "eras")}
        there = {"published": era["value"], "published_low": era["low"]}
        there |= {"published_high": era["high"], "interval": era["interval"], "agrees": "overlap"}
        met = interval.low <= era["high"] and era["low"] <= interval.high
        whose = {"rate": name, "minds": minds, "era": f"{era['from']}-{era['to']}"}
        rows.append({**whose, **about, **interval._asdict(), **there, "pass": bool(met)})
    return rows


def rates_and_keep(
    size: TrialSize, workers: int, out: Path | None, resume: bool
) -> tuple[Path, dict[str, Any]]:
    """Live the status quo and keep its rates: the folder, its manifest and rows."""
    from model.places.place_finding import find_place

    options = size.options
    places = {options.place: find_place(options.place, options.data)}
    place = places[options.place]
    check_places(size, places)
    trials = trials_of({options.place: [TrialArm(STATUS_QUO, options.years)]}, places, size)
    about = described(place, options) | {"replicates": len(size.seeds), "confidence": CONFIDENCE}
    manifest = manifest_of("validate --rates", about, trials[0].policies)

    def make() -> Made:
        lived = live_trials(trials, workers)
        runs = [lived[options.place, seed][STATUS_QUO.policy] for seed in size.seeds]
        return {"rows": plain(rate_rows(runs, place.year, options.minds))}, lambda folder: None

    folder, results, was_there = kept_or_made(out, resume, manifest, "rates_{}", make)
    if was_there:
        say(f"These runs have been made before: {folder}")
    return folder, {**results, "manifest": manifest}
