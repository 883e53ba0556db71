"""History matching: which sets of parameters published figures rule out, and where to look next.

A set is ruled out by its implausibility, how many standard deviations a figure of the model lies
from the published one (Vernon, Goldstein & Bower 2010, Bayesian Analysis 5:619), where the
variance holds the study's own, the model discrepancy that was declared, the chance in seeds and,
at parameters that were never run, the emulator's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import qmc

from experiments.calibration.calibration import Problem
from experiments.calibration.emulator import Emulator
from experiments.runs.jobs import DONE
from experiments.studies.designs import ParameterSet
from experiments.validation.outputs import Output
from experiments.validation.validate import pooled
from model.parameters import load_parameters

CANDIDATES = 16_384  # points at which emulators are asked, a power of two
STEP = 0.12  # standard deviation of steps from the best sets, as a share of the range
LEAST_SPACE = 0.001  # of the candidates; with less another figure may lie beyond the cut-off
DIGITS = 6  # of a parameter's value, so that a set is written as it is lived


@dataclass(frozen=True)
class Runs:
    """Sets that were lived. values: [sets, seeds, outputs], NaN where a figure was not measured."""

    sets: list[ParameterSet]
    values: np.ndarray

    @cached_property
    def means(self) -> np.ndarray:
        """Mean over seeds [sets, outputs]; NaN if it was measured in half of the seeds or fewer."""
        known = np.isfinite(self.values)
        sums = np.where(known, self.values, 0.0).sum(axis=1)
        enough = known.sum(axis=1) * 2 > self.values.shape[1]
        return np.where(enough, sums / np.maximum(known.sum(axis=1), 1), np.nan)

    @cached_property
    def chance(self) -> np.ndarray:
        """Variance of a mean over seeds, pooled over sets [outputs]."""
        known = np.isfinite(self.values)
        error = np.where(known, self.values - self.means[:, None], 0.0)
        error = np.where(np.isfinite(error), error, 0.0)
        freedom = np.maximum(known.sum(axis=1) - 1, 0).sum(axis=0)
        chance: np.ndarray = (
            (error**2).sum(axis=(0, 1)) / np.maximum(freedom, 1) / self.values.shape[1]
        )
        return chance

    def joined(self, other: "Runs") -> "Runs":
        """These and other runs."""
        return Runs([*self.sets, *other.sets], np.concatenate([self.values, other.values]))


def runs_of(
    results: pd.DataFrame,
    sets: Sequence[ParameterSet],
    outputs: Sequence[Output],
    people: Mapping[str, float],
) -> tuple[Runs, int]:
    """What a wave's folder holds, places pooled, and how many sets have a run that failed."""
    seeds = sorted(results["seed"].unique())
    table = np.full((len(sets), len(seeds), len(outputs)), np.nan)
    done = results[results["status"] == DONE].set_index(["set", "seed", "place"])
    done = done.reindex(columns=[output.name for output in outputs])
    for k, output in enumerate(outputs):
        column = _pooled(done, output, people)
        numbers, by_seed = (column.index.get_level_values(n) for n in ("set", "seed"))
        table[numbers, [seeds.index(seed) for seed in by_seed], k] = column.to_numpy()
    failed = set(results.loc[results["status"] != DONE, "set"])
    kept = [k for k in range(len(sets)) if k not in failed]
    return Runs([sets[k] for k in kept], table[kept]), len(failed)


def _pooled(done: pd.DataFrame, output: Output, people: Mapping[str, float]) -> pd.Series:
    """An output by set and seed, the mean of its places."""
    by_place = done[output.name].astype(float).unstack("place").reindex(columns=list(output.places))
    weights = [people[place] for place in output.places]
    return by_place.apply(lambda row: pooled(output.pooled, row.to_numpy(), weights), axis=1)


def implausibility(output: Output, mean: np.ndarray, variance: np.ndarray | float) -> np.ndarray:
    """Standard deviations between an output and what was published; infinite where not measured.

    variance: of `mean`. Where only the sign is known, what lies on the right side is 0 away.
    """
    away = np.abs(mean - output.observed)
    if output.sign:
        wrong = mean if output.sign == "negative" else -mean
        away = np.maximum(wrong, 0.0)
    deviation = np.sqrt(output.observation**2 + output.discrepancy**2 + variance)
    return np.where(np.isfinite(away), away / deviation, np.inf)


def of_runs(runs: Runs, outputs: Sequence[Output]) -> np.ndarray:
    """Implausibility of every set that was lived [sets, outputs]."""
    columns = [
        implausibility(output, runs.means[:, k], runs.chance[k]) for k, output in enumerate(outputs)
    ]
    return np.array(columns).T.reshape(len(runs.sets), len(outputs))


def ranked(table: np.ndarray, counted: np.ndarray, above: int) -> np.ndarray:
    """The largest implausibility of each row over the counted outputs, `above` larger ones aside.

    `table` [rows, outputs]: how implausible each output is.
    """
    kept = np.sort(table[:, counted], axis=1)
    return kept[:, -1 - above] if kept.shape[1] > above else np.zeros(len(table))


class Space:
    """Parameters as shares of their ranges, and back."""

    def __init__(self, problem: Problem, fixed: Mapping[str, float]):
        """`fixed` parameters do not move."""
        self.names = [name for name in problem.parameters if name not in fixed]
        self.low, self.high = (
            np.array([problem.bounds(name)[end] for name in self.names]) for end in (0, 1)
        )
        self.whole = [isinstance(load_parameters()[name], int) for name in self.names]

    def sets(self, points: np.ndarray) -> list[ParameterSet]:
        """Sets of the values at points [n, parameters]; whole where a parameter's own value is."""
        values = self.low + points * (self.high - self.low)
        return [
            {name: self._value(k, row[k]) for k, name in enumerate(self.names)} for row in values
        ]

    def _value(self, row: int, value: float) -> float:
        if self.whole[row] and self.high[row] - self.low[row] >= 1.0:
            return round(float(value))
        inside = min(max(float(f"{value:.{DIGITS}g}"), self.low[row]), self.high[row])
        return int(inside) if float(inside).is_integer() else float(inside)

    def points(self, sets: Sequence[ParameterSet]) -> np.ndarray:
        """Where sets lie [n, parameters]."""
        values = np.array([[one[name] for name in self.names] for one in sets], dtype=float)
        unit_points: np.ndarray = (values.reshape(-1, len(self.names)) - self.low) / (
            self.high - self.low
        )
        return unit_points

    def first(self, count: int, seed: int) -> list[ParameterSet]:
        """The model as it stands, then a Latin hypercube (McKay, Beckman & Conover 1979)."""
        known = load_parameters()
        drawn = qmc.LatinHypercube(len(self.names), rng=seed).random(count - 1)
        return [{name: known[name] for name in self.names}, *self.sets(drawn)]


@dataclass(frozen=True)
class HistoryMatch:
    """What is known after some waves.

    table: implausibility of lived sets [sets, outputs]. reached: outputs that any set or candidate
    brings within the cut-off. above: how many of the reached may lie beyond it. emulators: of all
    runs. candidates, score: points asked, and the implausibility that counts. space: the share of
    points drawn from the whole space that are not ruled out.
    """

    runs: Runs
    table: np.ndarray
    reached: np.ndarray
    above: int
    emulators: list[Emulator]
    candidates: np.ndarray
    score: np.ndarray
    space: float


def match(
    problem: Problem, space: Space, outputs: Sequence[Output], runs: Runs, seed: int
) -> HistoryMatch:
    """Emulate every output, see which can be reached, and score candidates: a `HistoryMatch`."""
    lived = space.points(runs.sets)
    emulators = [Emulator(lived, runs.means[:, k]) for k in range(len(outputs))]
    table = of_runs(runs, outputs)
    points = qmc.Sobol(len(space.names), rng=seed).random(CANDIDATES)
    asked = _asked(emulators, outputs, runs, points)
    reached = np.minimum(table.min(axis=0), asked.min(axis=0)) <= problem.cutoff
    above = next(
        (m for m in range(problem.most_above)
         if (ranked(asked, reached, m) <= problem.cutoff).mean() >= LEAST_SPACE),
        problem.most_above,
    )  # fmt: skip
    share = float((ranked(asked, reached, above) <= problem.cutoff).mean())
    near = _near_best(lived, ranked(table, reached, above), seed)
    asked = np.concatenate([asked, _asked(emulators, outputs, runs, near)])
    score = ranked(asked, reached, above)
    every = np.concatenate([points, near])
    return HistoryMatch(runs, table, reached, above, emulators, every, score, share)


def _asked(
    emulators: Sequence[Emulator], outputs: Sequence[Output], runs: Runs, points: np.ndarray
) -> np.ndarray:
    """Implausibility at points by the emulators [points, outputs]."""
    table = np.empty((len(points), len(outputs)))
    for k, (emulator, output) in enumerate(zip(emulators, outputs, strict=True)):
        mean, variance = emulator.predict(points)
        table[:, k] = implausibility(output, mean, variance + runs.chance[k])
    return table


def _near_best(lived: np.ndarray, score: np.ndarray, seed: int) -> np.ndarray:
    """Points around the least implausible tenth of the sets, for what uniform draws seldom meet."""
    best = lived[np.argsort(score, kind="stable")[: max(len(lived) // 10, 4)]]
    steps = np.random.default_rng(seed).normal(0.0, STEP, (CANDIDATES // 4, lived.shape[1]))
    return np.clip(best[np.arange(len(steps)) % len(best)] + steps, 0.0, 1.0)


def next_sets(problem: Problem, space: Space, found: HistoryMatch) -> list[ParameterSet]:
    """The next wave: points not ruled out, uniform over what is left of the space.

    If there are too few, what is near the best sets, and then the least implausible.
    """
    allowed = np.flatnonzero(found.score <= problem.cutoff)
    if len(allowed) < problem.sets:
        allowed = np.argsort(found.score, kind="stable")
    return space.sets(found.candidates[allowed[: problem.sets]])


def kept_sets(problem: Problem, found: HistoryMatch) -> tuple[np.ndarray, int]:
    """Rows of lived sets that are not ruled out, and how many figures may lie beyond the cut-off.

    The fewest that leave enough sets; at most as many as the problem allows.
    """
    for above in range(problem.most_above + 1):
        kept = np.flatnonzero(ranked(found.table, found.reached, above) <= problem.cutoff)
        if len(kept) >= problem.enough:
            return kept, above
    return kept, problem.most_above


def central_set(problem: Problem, found: HistoryMatch) -> int:
    """The row of the lived set that is least implausible over all figures that can be reached.

    By the mean square, so that it is good at most figures instead of best at its worst.
    """
    reached = np.minimum(found.table[:, found.reached], 10.0 * problem.cutoff)
    kept, _ = kept_sets(problem, found)
    rows = kept if len(kept) else np.arange(len(found.table))
    return int(rows[(reached[rows] ** 2).mean(axis=1).argmin()])
