"""The model beside published effects: every target's study lived, its own estimator applied.

Intervals are Student's t (90%) over seeds. Nothing is tuned here: a target that is missed is shown
as missed, one whose policy does not exist as one that cannot be run.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.runs.executors import lived, local_pool, no_followers
from experiments.runs.folders import Made, installed, kept_or_made, manifest_of
from experiments.runs.jobs import DONE, Arm, JobResult, compile_first
from experiments.runs.measured import Measured
from experiments.runs.options import Options, described
from experiments.terminal.output import Progress, plain, say
from experiments.validation.estimators import ESTIMATORS, Arms
from experiments.validation.targets import PublishedEffect, Target
from experiments.validation.trials import Trial, TrialArm, address_of, arms_asked
from model.input.errors import RunFailed
from model.outcomes.statistics import Interval, mean_interval

if TYPE_CHECKING:
    from model.places.place import Place
    from model.policies.policy import Policy

CONFIDENCE = 0.90
WIDE = 0.95
REASONED = "reasoned"
Row = dict[str, Any]


@dataclass(frozen=True)
class TrialSize:
    """What every study is lived with: seeds, and the places that a study of several has."""

    options: Options
    seeds: range

    def places_of(self, target: Target) -> tuple[str, ...]:
        """The places of a study: its own if the place that was asked for is drawn too."""
        from model.places.named_places import named_places

        drawn = named_places().get(self.options.place, {}).get("synthetic", False)
        return target.places if target.places and drawn else (self.options.place,)


def runnable(target: Target) -> list[PublishedEffect]:
    """The effects of a target for which there is every policy."""
    return [effect for effect in target.effects if not target.missing(effect)]


def arms_by_place(targets: Iterable[Target], size: TrialSize) -> dict[str, list[TrialArm]]:
    """Every arm that the targets ask for, by place, each once."""
    asked: dict[str, list[TrialArm]] = {}
    for target in targets:
        names = dict.fromkeys(name for effect in runnable(target) for name in effect.arms)
        for place in size.places_of(target) if names else ():
            arms = [TrialArm(target.arms[name], target.years) for name in names]
            asked[place] = arms_asked([*asked.get(place, []), *arms])
    return asked


def trials_of(
    asked: Mapping[str, Sequence[TrialArm]], places: "Mapping[str, Place]", size: TrialSize
) -> list[Trial]:
    """A job for each place and seed."""
    from model.policies.policy_finding import find_policy

    trials = []
    for name, arms in asked.items():
        options = replace(size.options, place=name)
        options = replace(options, patients=options.patients_at(places[name]))
        policies = {one.arm.policy: find_policy(one.arm.policy) for one in arms}
        named = tuple(Arm(one.arm.policy, address=address_of(one.arm)) for one in arms)
        trials += [
            Trial(replace(options, seed=seed), policies, named, places[name].hash(), installed(),
                  asked=tuple(arms))
            for seed in size.seeds
        ]  # fmt: skip
    return trials


class Results(dict[tuple[str, int], Mapping[str, Measured]]):
    """What was measured of every place and seed, by address of the arm."""


def live_trials(trials: Sequence[Trial], workers: int) -> Results:
    """Every trial lived on this machine; `RunFailed` if a run failed."""
    results = Results()
    compile_first(trials[0])
    pool = local_pool(min(workers, len(trials)))
    with Progress("studies", len(trials), "seeds") as progress:
        for job, result in lived(trials, pool, no_followers):
            results[job.options.place, job.options.seed] = _measured(job.options.seed, result)
            progress.advance()
    return results


def _measured(seed: int, result: JobResult) -> dict[str, Measured]:
    for one in result.lived:
        if one.status != DONE:
            raise RunFailed(f"a run of seed {seed} failed: {one.reason}")
    pairs = zip(result.lived, result.measured, strict=True)
    return {one.address: seen for one, seen in pairs}


def estimates(
    target: Target, effect: PublishedEffect, results: Results, size: TrialSize
) -> list[float]:
    """The study's estimator applied to each seed; places are pooled by the people they stand for"""
    return [
        _pooled(effect, [_arms(target, results[place, seed]) for place in size.places_of(target)])
        for seed in size.seeds
    ]


def _arms(target: Target, lived_arms: Mapping[str, Measured]) -> dict[str, Measured]:
    by_name = {name: lived_arms.get(address_of(arm)) for name, arm in target.arms.items()}
    return {name: run for name, run in by_name.items() if run is not None}


def _pooled(effect: PublishedEffect, places: Sequence[Arms]) -> float:
    estimate = ESTIMATORS[effect.estimator]
    values = np.array([estimate(arms, **effect.with_) for arms in places])
    people = [float(next(iter(arms.values())).people.sum()) for arms in places]
    return pooled(effect.pooled, values, people)


def pooled(how: str, values: np.ndarray, people: Sequence[float]) -> float:
    """The mean of places, "geometric" or not, weighted by the people they stand for."""
    if how == "geometric":
        return float(np.exp(np.average(np.log(values), weights=people)))
    return float(np.average(values, weights=people))


def effect_rows(targets: Sequence[Target], results: Results, size: TrialSize) -> list[Row]:
    """One row an effect: what the model gives, what was published, and whether they agree."""
    return [_row(target, effect, results, size) for target in targets for effect in target.effects]


def _row(target: Target, effect: PublishedEffect, results: Results, size: TrialSize) -> Row:
    missing = target.missing(effect)
    values = [] if missing else estimates(target, effect, results, size)
    interval = mean_interval(values, CONFIDENCE)
    about = {
        "target": target.name, "title": target.title, "effect": effect.name, "unit": effect.unit,
        "minds": size.options.minds, **interval._asdict(),
    }  # fmt: skip
    published = {
        "published": effect.published, "published_low": effect.low, "published_high": effect.high,
        "interval": effect.interval, "agrees": effect.agrees, "source": target.source,
        "decimals": effect.decimals, "taken_in": effect.taken_in, "limit": effect.limit,
    }  # fmt: skip
    met = not missing and met_by(effect, interval, mean_interval(values, WIDE))
    return {**about, **published, "missing": missing, "pass": met}


def met_by(effect: PublishedEffect, interval: Interval, wide: Interval) -> bool:
    """Whether the effect is met; never without an interval.

    `interval` as the target asks for it, `wide` that of 95%.
    """
    return not math.isnan(interval.low) and effect.met(interval, wide)


def nearest(row: Row) -> tuple[float, float] | None:
    """The end of the model's interval that is nearest to agreement, and what it would have to be.

    None if it is not known or the row agrees by what it says.
    """
    if row["pass"] or row["low"] is None or not math.isfinite(row["low"]):
        return None
    low, high = row["low"], row["high"]
    if row["agrees"] in ("negative", "positive"):
        return (high, 0.0) if row["agrees"] == "negative" else (low, 0.0)
    if row["agrees"] == "contains_zero":
        return (high, 0.0) if high < 0.0 else (low, 0.0)
    if row["agrees"] == "within":
        return (low, row["published_low"]) if low < row["published_low"] else (
            high, row["published_high"])  # fmt: skip
    below = high < row["published_low"]
    return (high, row["published_low"]) if below else (low, row["published_high"])


def validate_and_keep(
    targets: Sequence[Target], size: TrialSize, workers: int, out: Path | None, resume: bool
) -> tuple[Path, dict[str, Any]]:
    """Live every study that can be lived and keep it: the folder, its manifest and rows."""
    from model.places.place_finding import find_place

    asked = arms_by_place(targets, size)
    named = {size.options.place, *asked}
    places = {name: find_place(name, size.options.data) for name in sorted(named)}
    check_places(size, places)
    trials = trials_of(asked, places, size)
    manifest = _manifest(targets, size, places, trials)

    def make() -> Made:
        results = live_trials(trials, workers) if trials else Results()
        return {"rows": plain(effect_rows(targets, results, size))}, lambda folder: None

    folder, results, was_there = kept_or_made(out, resume, manifest, "validate_{}", make)
    if was_there:
        say(f"These studies have been lived before: {folder}")
    return folder, {**results, "manifest": manifest}


def check_places(size: TrialSize, places: "Mapping[str, Place]") -> None:
    """`InputError` if a place has fewer people than patients asked for, or more practices."""
    from model.month.preparing import check_patients

    for place in places.values():
        check_patients(place, size.options.patients_at(place), key="--patients")


def _manifest(
    targets: Sequence[Target],
    size: TrialSize,
    places: "Mapping[str, Place]",
    trials: Sequence[Trial],
) -> dict[str, Any]:
    about = described(places[size.options.place], replace(size.options, years=longest(targets)))
    about |= {
        "replicates": len(size.seeds),
        "confidence": CONFIDENCE,
        "targets": [target.name for target in targets],
        "places": {name: place.hash() for name, place in places.items()},
    }
    policies: dict[str, Policy] = {}
    for trial in trials:
        policies |= trial.policies
    return manifest_of("validate", about, policies)


def longest(targets: Sequence[Target]) -> int:
    """The longest time that a study is lived."""
    return max(target.years for target in targets)


def missed(rows: Sequence[Row]) -> bool:
    """Whether any effect of the reasoned minds is missed or cannot be run."""
    return not all(row["pass"] for row in rows if row["minds"] == REASONED)


def passed_targets(rows: Sequence[Row], minds: str) -> list[str]:
    """Targets of which every effect agrees, under some minds."""
    of_minds = [row for row in rows if row["minds"] == minds]
    names = dict.fromkeys(row["target"] for row in of_minds)
    return [n for n in names if all(row["pass"] for row in of_minds if row["target"] == n)]
