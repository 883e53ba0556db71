"""Policies against the status quo, paired by common random numbers, in several replicates.

A replicate is one seed: one burn-in, then every policy from a copy of its end with the same luck,
so that what differs between two policies is due to the policies (common random numbers; Law,
Simulation Modeling and Analysis, 2015, chapter 11). Intervals are Student's t over replicates.
"""

import math
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.options import Options, policies_of
from experiments.output import Progress
from experiments.runs import last_window

if TYPE_CHECKING:
    from model.policy import Policy
    from model.setup import Setup

STATUS_QUO = "status_quo"
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


@dataclass(frozen=True)
class Task:
    """What every worker needs: the setup, the policies and the options of a comparison."""

    setup: "Setup"
    policies: "dict[str, Policy]"
    options: Options


def mean_interval(values: Iterable[float]) -> Interval:
    """Mean and 95% interval by Student's t of independent values; unknown ones are left out."""
    from scipy.stats import t

    known = [float(value) for value in values if math.isfinite(value)]
    n = len(known)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = math.fsum(known) / n
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    variance = math.fsum((value - mean) ** 2 for value in known) / (n - 1)
    half = float(t.ppf((1.0 + CONFIDENCE) / 2.0, n - 1)) * math.sqrt(variance / n)
    return Interval(mean, mean - half, mean + half, n)


def paired_interval(values: Sequence[float], base: Sequence[float]) -> Interval:
    """Mean and interval of the differences of pairs (one pair a replicate)."""
    return mean_interval(a - b for a, b in zip(values, base, strict=True))


def with_status_quo(expressions: Sequence[str]) -> "dict[str, Policy]":
    """The policies to compare, each once, the status quo first."""
    return policies_of(dict.fromkeys((STATUS_QUO, *(expressions or DEFAULT_POLICIES))))


def replicate(task: Task, seed: int) -> Measures:
    """Live one seed under every policy: outcomes over the last three years, regimes of areas."""
    from model.economy import HealthEconomy, burn_in
    from model.outcomes.scoreboard import baseline_of, regime_table, scoreboard

    options, measures = task.options, {}
    window = last_window(options.years)
    state = burn_in(task.setup, seed, options.threads)
    for name, policy in task.policies.items():
        economy = HealthEconomy(
            task.setup, policy, seed, options.minds,
            threads=options.threads, state=state.copy(),
        ).run(12 * options.years)  # fmt: skip
        if name == STATUS_QUO:
            baseline = baseline_of(economy)
        regimes = regime_table(economy, baseline)
        shares = {f"regime.{regime}": share for regime, share in regimes.items()}
        measures[name] = {**scoreboard(economy, *window), **shares}
    return measures


def replicates(task: Task, seeds: Sequence[int], workers: int) -> list[Measures]:
    """Every seed lived, in the order of the seeds whatever the number of workers."""
    done = _in_workers if min(workers, len(seeds)) > 1 else _in_process
    lived = []
    with Progress("replicates", len(seeds), "replicates") as progress:
        for measures in done(task, seeds, min(workers, len(seeds))):
            lived.append(measures)
            progress.advance()
    return lived


def _in_process(task: Task, seeds: Sequence[int], workers: int) -> Iterator[Measures]:
    return (replicate(task, seed) for seed in seeds)


_task: Task | None = None  # of this process, when it is a worker


def _in_workers(task: Task, seeds: Sequence[int], workers: int) -> Iterator[Measures]:
    """Workers that inherit the setup where processes can be forked, and prepare it elsewhere.

    The fork is safe: no thread of ours runs, and those of the libraries (BLAS, Arrow's allocator)
    guard themselves against it.
    """
    global _task
    forks = sys.platform == "linux"
    _task = task if forks else None
    if forks:
        _compile_first(task)
    context = multiprocessing.get_context("fork" if forks else "spawn")
    start = (task.options, tuple(task.policies))
    with ProcessPoolExecutor(workers, context, initializer=_start_worker, initargs=start) as pool:
        try:
            yield from pool.map(_live_in_worker, seeds)
        except BaseException:
            _stop_workers(pool)
            raise


def _compile_first(task: Task) -> None:
    """Live a year, so that workers inherit compiled rules instead of compiling them again."""
    from model.economy import HealthEconomy

    HealthEconomy(task.setup, task.policies[STATUS_QUO], task.options.seed).run(12)


def _start_worker(options: Options, expressions: tuple[str, ...]) -> None:
    global _task
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the parent says what an interrupt means
    if _task is None:
        _task = Task(options.prepare(), policies_of(expressions), options)


def _live_in_worker(seed: int) -> Measures:
    assert _task is not None
    return replicate(_task, seed)


def _stop_workers(pool: ProcessPoolExecutor) -> None:
    pool.shutdown(wait=False, cancel_futures=True)
    for worker in multiprocessing.active_children():
        worker.terminate()


def usable_cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def rows_of(lived: Sequence[Measures]) -> list[dict[str, Any]]:
    """Levels of every policy and paired differences from the status quo, with intervals.

    One row a policy, outcome and kind ("level" or "difference"): policy, outcome, family, unit,
    kind, estimate, low, high, runs, decimals. Regimes are outcomes of the family "regime".
    """
    rows = []
    for policy in lived[0]:
        for outcome in lived[0][policy]:
            values = [measures[policy][outcome] for measures in lived]
            about = {"policy": policy, "outcome": outcome, **_about(outcome)}
            rows.append(_row(about, "level", mean_interval(values)))
            if policy != STATUS_QUO:
                base = [measures[STATUS_QUO][outcome] for measures in lived]
                rows.append(_row(about, "difference", paired_interval(values, base)))
    return rows


def _about(outcome: str) -> dict[str, Any]:
    from model.outcomes.scoreboard import OUTCOMES

    if outcome in OUTCOMES:
        about = OUTCOMES[outcome]
        return {"family": about.family, "unit": about.unit, "decimals": about.decimals}
    return {"family": "regime", "unit": "share of people", "decimals": 2}


def _row(about: dict[str, Any], kind: str, interval: Interval) -> dict[str, Any]:
    return {**about, "kind": kind, **interval._asdict()}
