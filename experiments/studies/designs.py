"""Designs: which sets of uncertain parameters a study tries, and with which values of its levers.

Latin hypercube: McKay, Beckman & Conover 1979, Technometrics. Sobol: Owen's scrambling, as in
scipy.stats.qmc. The same study gives the same sets on every machine.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from experiments.studies.ensemble import read_ensemble
from experiments.studies.study import Range, Study, Values
from model.parameters import Parameters

ParameterSet = dict[str, float]


def parameter_sets(study: Study, parameters: Parameters) -> list[ParameterSet]:
    """Every combination of the levers' values with every set of uncertain parameters, in order.

    A number that is whole is kept as a whole number, so that a set has one way of being written.
    """
    drawn = {
        "list": _listed,
        "grid": _grid,
        "latin_hypercube": _latin_hypercube,
        "sobol": _sobol,
        "one_at_a_time": _one_at_a_time,
        "calibrated": _calibrated,
    }[study.design.method](study, parameters)
    sets = [{**levers, **uncertain} for levers in _levers(study) for uncertain in drawn]
    return [{name: _whole(value) for name, value in one.items()} for one in sets]


def size_of(study: Study) -> int:
    """How many sets there will be at most, without drawing them."""
    design, choices = study.design, math.prod(len(v) for v in _lists(study.levers).values())
    lengths = [_length(study, spread) for spread in study.uncertain.values()]
    drawn = {
        "list": max(len(design.sets), 1),
        "grid": math.prod(lengths),
        "one_at_a_time": 1 + sum(lengths),
    }
    if design.method == "calibrated":
        drawn["calibrated"] = len(calibrated_sets(study))
    return choices * drawn.get(design.method, design.points or 1)


def _length(study: Study, spread: object) -> int:
    default = 2 if study.design.method == "one_at_a_time" else 1
    return len(spread.values) if isinstance(spread, Values) else study.design.points or default


def bounds(study: Study, name: str, parameters: Parameters) -> tuple[float, float]:
    """The least and the greatest value that the study gives an uncertain parameter.

    `name`: of the parameter.
    """
    spread = study.uncertain[name]
    if isinstance(spread, Range):
        return spread.low, spread.high
    if isinstance(spread, Values):
        return min(spread.values), max(spread.values)
    entry = parameters.entry(name)
    assert entry.low is not None and entry.high is not None
    return entry.low, entry.high


def _lists(levers: dict[str, Any]) -> dict[str, tuple[float, ...]]:
    return {name: v if isinstance(v, tuple) else (v,) for name, v in levers.items()}


def _levers(study: Study) -> Iterator[ParameterSet]:
    lists = _lists(study.levers)
    return (dict(zip(lists, values, strict=True)) for values in itertools.product(*lists.values()))


def _listed(study: Study, parameters: Parameters) -> list[ParameterSet]:
    return [dict(one) for one in study.design.sets] or [{}]


def _calibrated(study: Study, parameters: Parameters) -> list[ParameterSet]:
    return calibrated_sets(study)


def calibrated_sets(study: Study) -> list[ParameterSet]:
    """The sets that calibration left, the central one first; the first `points` of them if given"""
    file = study.design.ensemble
    sets = read_ensemble(None if file is None else study.folder / file).sets
    return sets[: study.design.points]


def _steps(study: Study, name: str, parameters: Parameters, default: int) -> Sequence[float]:
    """The values a grid or a one-at-a-time design gives one parameter."""
    spread = study.uncertain[name]
    if isinstance(spread, Values):
        return spread.values
    low, high = bounds(study, name, parameters)
    points = study.design.points or default
    if points == 1:
        return [(low + high) / 2.0]
    return [_between(low, high, k / (points - 1)) for k in range(points)]


def _grid(study: Study, parameters: Parameters) -> list[ParameterSet]:
    steps = {name: _steps(study, name, parameters, 1) for name in study.uncertain}
    return [dict(zip(steps, point, strict=True)) for point in itertools.product(*steps.values())]


def _one_at_a_time(study: Study, parameters: Parameters) -> list[ParameterSet]:
    """The central set first, then each parameter moved from there while the others stay."""
    moved = [
        {name: value}
        for name in study.uncertain
        for value in _steps(study, name, parameters, 2)
        if value != parameters[name]
    ]  # fmt: skip
    return [{}, *moved]


def _latin_hypercube(study: Study, parameters: Parameters) -> list[ParameterSet]:
    from scipy.stats import qmc

    sampler = qmc.LatinHypercube(len(study.uncertain), rng=study.design.seed)
    return _scaled(study, parameters, sampler.random(study.design.points or 1))


def _sobol(study: Study, parameters: Parameters) -> list[ParameterSet]:
    from scipy.stats import qmc

    sampler = qmc.Sobol(len(study.uncertain), rng=study.design.seed)
    return _scaled(study, parameters, sampler.random(study.design.points or 1))


def _scaled(study: Study, parameters: Parameters, unit: np.ndarray) -> list[ParameterSet]:
    columns = {
        name: [_at(study, name, parameters, float(u)) for u in unit[:, k]]
        for k, name in enumerate(study.uncertain)
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _at(study: Study, name: str, parameters: Parameters, share: float) -> float:
    """The value that lies at `share` (0-1) of what a parameter may be."""
    spread = study.uncertain[name]
    if isinstance(spread, Values):
        return spread.values[min(int(share * len(spread.values)), len(spread.values) - 1)]
    return _between(*bounds(study, name, parameters), share)


def _between(low: float, high: float, share: float) -> float:
    return min(low + (high - low) * share, high)  # rounding must not lead out of the range


def _whole(value: float) -> float:
    return int(value) if float(value).is_integer() else float(value)
