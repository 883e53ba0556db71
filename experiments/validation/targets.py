"""Calibration targets: published studies written down as data, one TOML file each in `targets/`.

A target says what was studied, which arms are put beside each other, which estimator the study
used, what it found, and what counts as agreement. It can be run as soon as there is a policy of
every name that its arms ask for.
"""

import inspect
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pydantic

from experiments.studies.study import Number, Text, Written
from experiments.validation.estimators import ESTIMATORS
from model.input.errors import InputError
from model.input.faults import problem_of
from model.input.reading import read_toml
from model.outcomes.statistics import Interval

FOLDER = Path(__file__).parent / "targets"
Agreement = Literal["overlap", "within", "contains_zero", "negative", "positive"]


class TargetArm(Written):
    """A policy of the study; parameters and continuity differ from the policy's start.

    parameters may lie outside the range that a run may set. personal_continuity: the usual provider
    index is raised in every practice ("all") or in every other one ("half").
    """

    policy: Text
    parameters: dict[str, Number] = pydantic.Field(default_factory=dict)
    personal_continuity: Literal["", "half", "all"] = ""


class PublishedEffect(Written):
    """One published effect: how it is estimated, what was found, and what counts as agreement.

    interval: whether `low` and `high` were "published", or "declared" here since they were not.
    taken_in: the parameter by which the model takes this very figure in, if it does. limit: what is
    known to hold the model back. pooled: how places are averaged, by population.
    """

    name: Text
    unit: Text
    estimator: Text
    with_: dict[str, Any] = pydantic.Field(alias="with")
    agrees: Agreement
    published: Number | None = None
    low: Number | None = None
    high: Number | None = None
    interval: Literal["published", "declared", ""] = ""
    decimals: int = 1
    taken_in: str = ""
    limit: str = ""
    pooled: Literal["mean", "geometric"] = "mean"

    @property
    def arms(self) -> list[str]:
        """The names of the arms it is estimated from."""
        keys = ("of", "against", "all", "half", "base")
        return [self.with_[key] for key in keys if key in self.with_]

    def met(self, interval: Interval, wide: Interval) -> bool:
        """Whether an interval (and the 95% one) agrees with what was published."""
        low, high = interval.low, interval.high
        if self.agrees == "contains_zero":
            return wide.low <= 0.0 <= wide.high
        if self.agrees in ("negative", "positive"):
            return high < 0.0 if self.agrees == "negative" else low > 0.0
        assert self.low is not None and self.high is not None
        if self.agrees == "within":
            return self.low <= low and high <= self.high
        return low <= self.high and self.low <= high


class Target(Written):
    """A study: population, selection, comparator, horizon, source, arms and effects."""

    name: Text
    title: Text
    studied: Text
    selection: Text
    comparator: Text
    horizon: Text
    source: Text
    years: int = pydantic.Field(ge=1, le=20, strict=True)
    places: tuple[Text, ...] = ()
    arms: dict[str, TargetArm]
    effects: tuple[PublishedEffect, ...] = pydantic.Field(min_length=1)

    def missing(self, effect: PublishedEffect) -> list[str]:
        """Policies that an effect needs and that do not exist."""
        from model.policies.policy_finding import policy_names

        names = [n for arm in effect.arms for n in self.arms[arm].policy.split("+")]
        known = policy_names()
        return [name for name in dict.fromkeys(names) if name not in known]


@cache
def read_target(path: Path) -> Target:
    """A target from its file; `InputError` names what is wrong."""
    try:
        target = Target(name=path.stem, **read_toml(path))
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(problem_of(first), file=path, key=key) from None
    for effect in target.effects:
        _check(path, target, effect)
    return target


def _check(path: Path, target: Target, effect: PublishedEffect) -> None:
    """`InputError` if an effect asks for what is not there."""
    if effect.estimator not in ESTIMATORS:
        raise InputError("no such estimator", file=path, key="estimator", value=effect.estimator,
                       allowed=ESTIMATORS)  # fmt: skip
    try:
        inspect.signature(ESTIMATORS[effect.estimator]).bind({}, **effect.with_)
    except TypeError as error:
        raise InputError(str(error), file=path, key=f"{effect.name}.with") from None
    for arm in effect.arms:
        if arm not in target.arms:
            raise InputError("no such arm", file=path, key=f"{effect.name}.with", value=arm,
                           allowed=target.arms)  # fmt: skip
    if effect.agrees in ("overlap", "within") and None in (effect.low, effect.high):
        raise InputError("needs low and high", file=path, key=effect.name, value=effect.agrees)


def target_names() -> list[str]:
    """All targets: V3, V5, ... S1."""
    names = (path.stem for path in FOLDER.glob("*.toml"))
    return sorted(names, key=lambda name: (name[0] != "V", int(name[1:])))


def find_targets(names: Sequence[str]) -> list[Target]:
    """The targets of some names, all if there are none; `InputError` about a name that is none."""
    for name in names:
        if name not in target_names():
            raise InputError("no such target", key="TARGET", value=name, allowed=target_names())
    return [read_target(FOLDER / f"{name}.toml") for name in names or target_names()]
