"""What is calibrated: the parameters that may move and the published figures that they must meet.

A problem is a TOML file (`calibration.toml` is the shipped one). It names parameters, which move
within the ranges that they have anyway, and for every figure what the model may be off by, declared
with a reason before anything is run (the model discrepancy of Vernon, Goldstein & Bower 2010,
Bayesian Analysis 5:619).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pydantic

from experiments.studies.study import Number, Range, Text, Written
from experiments.validation.outputs import Output
from experiments.validation.rates import era_of, published_rates
from experiments.validation.targets import find_targets, target_names
from experiments.validation.validate import TrialSize
from model.input.errors import InputError
from model.input.faults import problem_of
from model.input.reading import read_toml
from model.parameters import load_parameters
from model.sizes import PATIENTS

if TYPE_CHECKING:
    from model.places.place import Place

SHIPPED = Path(__file__).parent / "calibration.toml"
WIDTHS_OF_95 = 3.92  # standard deviations from end to end of a 95% interval
YEARS_QUICK, SETS_QUICK = 3, 16  # of a first look: its longest target, its sets
Whole = Annotated[int, pydantic.Field(ge=1, strict=True)]


class Discrepancy(Written):
    """What the model may be off by: a standard deviation in the figure's unit, and why."""

    discrepancy: Annotated[Number, pydantic.Field(ge=0.0)]
    why: Text


class Problem(Written):
    """A calibration problem as it is written.

    sets: of a wave. waves: at most. enough: sets not ruled out with which it ends. cutoff: the
    implausibility that rules out. most_above: how many figures may lie beyond it, at most.
    rate_years: years of the status quo that rates are taken from. patients: simulated in a run.
    """

    title: Text
    sets: Annotated[int, pydantic.Field(ge=4, strict=True)]
    waves: Whole
    enough: Whole
    cutoff: Annotated[Number, pydantic.Field(gt=0.0)]
    most_above: Annotated[int, pydantic.Field(ge=0, strict=True)]
    rate_years: Annotated[int, pydantic.Field(ge=1, le=20, strict=True)] = 10
    patients: Whole = PATIENTS
    parameters: dict[str, Range | Literal["range"]] = pydantic.Field(min_length=1)
    targets: dict[str, dict[str, Discrepancy]] = pydantic.Field(default_factory=dict)
    rates: dict[str, Discrepancy] = pydantic.Field(default_factory=dict)

    def bounds(self, name: str) -> tuple[float, float]:
        """The least and the greatest value of a parameter."""
        spread, entry = self.parameters[name], load_parameters().entry(name)
        if isinstance(spread, Range):
            return spread.low, spread.high
        assert entry.low is not None and entry.high is not None
        return entry.low, entry.high

    def quick(self) -> "Problem":
        """The part of it that a first look takes: the short targets, one wave of few sets."""
        short = [t.name for t in find_targets(list(self.targets)) if t.years <= YEARS_QUICK]
        kept = {name: self.targets[name] for name in short} or self.targets
        few = {"targets": kept, "rates": {}, "sets": min(self.sets, SETS_QUICK), "waves": 1}
        return self.model_copy(update=few)


def read_problem(path: Path) -> Problem:
    """A problem from its file, every name checked; `InputError` names what is wrong."""
    content = read_toml(path)
    try:
        problem = Problem(**content)
    except pydantic.ValidationError as error:
        raise _told(path, content, error) from None
    _check_parameters(problem, path)
    _check_figures(problem, path)
    return problem


def _told(path: Path, content: Mapping[str, Any], error: pydantic.ValidationError) -> InputError:
    """The first mistake in words; what was written there, if it is a single thing."""
    first = error.errors()[0]
    steps = [str(part) for part in first["loc"]]
    if first["type"] == "extra_forbidden":
        return InputError("no such field", file=path, key=".".join(steps[:-1]) or steps[-1],
                        value=steps[-1], allowed=list(Problem.model_fields))  # fmt: skip
    value = first["input"] if isinstance(first["input"], str | int | float) else None
    return InputError(problem_of(first), file=path, key=".".join(steps), value=value)


def _check_parameters(problem: Problem, path: Path) -> None:
    """`InputError` about a parameter that does not exist or has no range to move in."""
    known = load_parameters()
    for name, spread in problem.parameters.items():
        entry, key = known.entry(name, path, "parameters"), f"parameters.{name}"
        if not entry.is_lever or entry.low is None or entry.high is None:
            raise InputError("this parameter has no range to move in", file=path, key=key)
        low, high = problem.bounds(name)
        if isinstance(spread, Range) and not entry.low <= low < high <= entry.high:
            raise InputError("not within the parameter's own range", file=path, key=key,
                           value=f"{low:g} to {high:g}",
                           allowed=f"{entry.low:g} to {entry.high:g}, low below high")  # fmt: skip


def _check_figures(problem: Problem, path: Path) -> None:
    """`InputError` about a target, effect or rate that does not exist, or if there is none at
    all."""
    if not problem.targets and not problem.rates:
        raise InputError(
            "nothing to calibrate to", file=path, key="targets", allowed=target_names()
        )
    for name, effects in problem.targets.items():
        if name not in target_names():
            raise InputError("no such target", file=path, key="targets", value=name,
                           allowed=target_names())  # fmt: skip
        known = [effect.name for effect in find_targets([name])[0].effects]
        for effect in effects:
            if effect not in known:
                raise InputError("no such effect", file=path, key=f"targets.{name}", value=effect,
                               allowed=known)  # fmt: skip
    for rate in problem.rates:
        if rate not in published_rates():
            raise InputError("no such rate", file=path, key="rates", value=rate,
                           allowed=published_rates())  # fmt: skip


def outputs_of(problem: Problem, place: "Place", size: TrialSize) -> list[Output]:
    """Every figure of a problem, for a place and its year.

    `size`: options of the runs, and their seeds.
    """
    return [*_of_targets(problem, size), *_of_rates(problem, place, size)]


def cannot_run(output: Output) -> list[str]:
    """Policies that an output needs and that do not exist."""
    return output.target.missing(output.effect) if output.target and output.effect else []


def _of_targets(problem: Problem, size: TrialSize) -> Iterator[Output]:
    for target in find_targets(list(problem.targets)) if problem.targets else ():
        effects = {effect.name: effect for effect in target.effects}
        for name, declared in problem.targets[target.name].items():
            effect = effects[name]
            yield Output(
                name=f"{target.name} {name}", group=target.name, unit=effect.unit,
                decimals=effect.decimals, observed=effect.published or 0.0,
                observation=_deviation(effect.low, effect.high), why=declared.why,
                discrepancy=declared.discrepancy, source=target.source, limit=effect.limit,
                places=size.places_of(target), pooled=effect.pooled, taken_in=effect.taken_in,
                target=target,
                sign=effect.agrees if effect.agrees in ("negative", "positive") else "",
                effect=effect, years=target.years,
            )  # fmt: skip


def _of_rates(problem: Problem, place: "Place", size: TrialSize) -> Iterator[Output]:
    for name, declared in problem.rates.items():
        entry = published_rates()[name]
        era = era_of(entry["eras"], place.year)
        yield Output(
            name=name, group=name, unit=entry["unit"], decimals=2, observed=era["value"],
            observation=_deviation(era["low"], era["high"]), why=declared.why,
            discrepancy=declared.discrepancy, source=entry["source"], limit=entry["limit"],
            places=(size.options.place,), years=problem.rate_years,
        )  # fmt: skip


def _deviation(low: float | None, high: float | None) -> float:
    """The standard deviation of which an interval holds 95%; 0 without an interval."""
    return 0.0 if low is None or high is None else (high - low) / WIDTHS_OF_95
