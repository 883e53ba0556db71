"""Policies against the status quo, paired by common random numbers, in several replicates.

A replicate is one seed: one burn-in, then every policy from a copy of its end with the same luck,
so that what differs between two policies is due to the policies (common random numbers; Law,
Simulation Modeling and Analysis, 2015, chapter 11). Intervals are Student's t over replicates.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.executors import lived, local_pool, no_followers
from experiments.folders import installed
from experiments.jobs import (
    DONE,
    FREE,
    STATUS_QUO,
    Job,
    JobResult,
    arms_of,
    compile_first,
)
from experiments.options import Options, policies_of
from experiments.output import Progress
from model.errors import BadInput, Stopped

if TYPE_CHECKING:
    from model.place import Place
    from model.policy import Policy

DEFAULT_POLICIES = (
    STATUS_QUO, "carveout_msk", "carveout_cardiac", "carveouts_three", "population_ico",
)  # fmt: skip
CONFIDENCE = 0.95
Measures = dict[str, dict[str, float]]  # of each policy: outcomes; as regime.*, shares of people


class Interval(NamedTuple):
    """A mean with its interval (NaN from fewer than two runs) and the number of runs."""

    estimate: float
    low: float
    high: float
    runs: int

    @property
    def half(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2.0

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.low > 0.0 or self.high < 0.0


def mean_interval(values: Iterable[float], confidence: float = CONFIDENCE) -> Interval:
    """Mean and (95%) interval by Student's t of independent values; unknown ones are left out."""
    known = [float(value) for value in values if math.isfinite(value)]
    n = len(known)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = math.fsum(known) / n
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    variance = math.fsum((value - mean) ** 2 for value in known) / (n - 1)
    half = t_quantile(n, confidence) * math.sqrt(variance / n)
    return Interval(mean, mean - half, mean + half, n)


def t_quantile(runs: int, confidence: float = CONFIDENCE) -> float:
    """By how many standard errors a (95%) interval of `runs` values reaches to each side."""
    from scipy.special import stdtrit

    return float(stdtrit(runs - 1, (1.0 + confidence) / 2.0))


def paired_interval(values: Sequence[float], base: Sequence[float]) -> Interval:
    """Mean and interval of the differences of pairs (one pair a replicate)."""
    return mean_interval(a - b for a, b in zip(values, base, strict=True))


def with_status_quo(expressions: Sequence[str]) -> "dict[str, Policy]":
    """The policies to compare, each once, the status quo first."""
    return policies_of(dict.fromkeys((STATUS_QUO, *(expressions or DEFAULT_POLICIES))))


def jobs_of(
    options: Options, place: "Place", policies: "dict[str, Policy]", seeds: Iterable[int]
) -> list[Job]:
    """A job a seed: every policy from the same burn-in with the same luck."""
    arms = tuple(arms_of(list(policies), [FREE], STATUS_QUO))
    options = replace(options, patients=options.patients_at(place))
    return [
        Job(replace(options, seed=seed), policies, arms, place.hash(), installed())
        for seed in seeds
    ]


def replicates(jobs: Sequence[Job], workers: int) -> list[Measures]:
    """Every job lived, in their order whatever the number of workers; `Stopped` if a run failed."""
    compile_first(jobs[0])
    of_seed: dict[int, Measures] = {}
    pool = local_pool(min(workers, len(jobs)))
    with Progress("replicates", len(jobs), "replicates") as progress:
        for job, result in lived(jobs, pool, no_followers):
            of_seed[job.options.seed] = _measures(job, result)
            progress.advance()
    return [of_seed[job.options.seed] for job in jobs]


def _measures(job: Job, result: JobResult) -> Measures:
    for one in result.lived:
        if one.status != DONE:
            raise Stopped(f"a run of seed {job.options.seed} failed: {one.reason}")
    pairs = zip(job.arms, result.lived, strict=True)
    return {arm.policy: one.values for arm, one in pairs}


def rows_of(lived: Sequence[Measures]) -> list[dict[str, Any]]:
    """Levels of every policy and paired differences from the status quo, with intervals.

    One row a policy, outcome and kind ("level" or "difference"): policy, outcome, family, unit,
    kind, estimate, low, high, runs, decimals. Regimes are outcomes of the family "regime".
    """
    rows = []
    for policy in lived[0]:
        for outcome in lived[0][policy]:
            values = [measures[policy][outcome] for measures in lived]
            about = {"policy": policy, "outcome": outcome, **about_outcome(outcome)}
            rows.append(_row(about, "level", mean_interval(values)))
            if policy != STATUS_QUO:
                base = [measures[STATUS_QUO][outcome] for measures in lived]
                rows.append(_row(about, "difference", paired_interval(values, base)))
    return rows


def outcome_names() -> list[str]:
    """Every outcome of a run, shares of regimes included, in order."""
    from model.outcomes.regimes import REGIMES
    from model.outcomes.scoreboard import OUTCOMES

    return [*OUTCOMES, *(f"regime.{regime}" for regime in REGIMES)]


def check_outcomes(names: Iterable[str], key: str, file: Path | None = None) -> None:
    """`BadInput` about the first name that is no outcome."""
    for name in names:
        if name not in outcome_names():
            raise BadInput("no such outcome (joinedup list outcomes)", file=file, key=key,
                           value=name, allowed=outcome_names())  # fmt: skip


def about_outcome(outcome: str) -> dict[str, Any]:
    """Family, unit and decimals of an outcome, or of the share of a regime."""
    from model.outcomes.scoreboard import OUTCOMES

    if outcome in OUTCOMES:
        about = OUTCOMES[outcome]
        return {"family": about.family, "unit": about.unit, "decimals": about.decimals}
    return {"family": "regime", "unit": "share of people", "decimals": 2}


def _row(about: dict[str, Any], kind: str, interval: Interval) -> dict[str, Any]:
    return {**about, "kind": kind, **interval._asdict()}
