"""Sets of parameters held against targets, as a sweep: one job a set, place and seed.

A job lives every arm of every target from one burn-in, applies the studies' estimators at once and
brings back one number for each published figure. So the waves of a calibration are folders of
sweeps: they are stopped, gone on with and asked in the same way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from experiments.runs.folders import hash_of, installed, manifest_of
from experiments.runs.jobs import (
    Arm,
    Job,
    JobResult,
    Lived,
    check_code,
    lost,
    said,
    start_of,
)
from experiments.runs.options import STATUS_QUO, Options
from experiments.studies.designs import parameter_sets
from experiments.studies.plan import Plan
from experiments.studies.study import Study
from experiments.validation.outputs import Output
from experiments.validation.trials import TrialArm, address_of, arms_asked, lived_arm

if TYPE_CHECKING:
    from pathlib import Path

    from model.places.place import Place


@dataclass(frozen=True)
class TargetJob(Job):
    """Every arm that the outputs of a place ask for, under one set and seed."""

    asked: tuple[TrialArm, ...] = field(default=(), kw_only=True)
    outputs: tuple[Output, ...] = field(default=(), kw_only=True)

    def live(self) -> JobResult:
        """The outputs of this seed as one result; whatever is raised becomes its reason."""
        try:
            check_code(self)
            start = start_of(self)
            seen = {
                address_of(one.arm): lived_arm(self, start, Arm(one.arm.policy), one)
                for one in self.asked
            }
            values = {output.name: output.estimate(seen) for output in self.outputs}
        except Exception as error:
            return lost(self, said(error))
        return JobResult([Lived(self.arms[0].address, values)])


@dataclass(frozen=True)
class TargetPlan(Plan):
    """A plan whose runs are all arms of the targets; its study names the sets and places."""

    outputs: tuple[Output, ...] = field(default=(), kw_only=True)

    def _job(self, options: Options, about: dict[str, Any]) -> TargetJob:
        here = tuple(output for output in self.outputs if options.place in output.places)
        asked = arms_asked(arm for output in here for arm in output.arms)
        arms = (Arm(STATUS_QUO, address=self._address(about, asked, here)),)
        return TargetJob(
            options=replace(options, seed=about["seed"]), policies=self.policies, arms=arms,
            place_hash=about["place"]["hash"], code=installed(), asked=tuple(asked), outputs=here,
        )  # fmt: skip

    def _address(
        self, about: dict[str, Any], asked: Sequence[TrialArm], outputs: Sequence[Output]
    ) -> str:
        arms = {address_of(one.arm): one.years for one in asked}
        policies = {one.arm.policy: self.policies[one.arm.policy] for one in asked}
        names = {"arms": arms, "outputs": [output.name for output in outputs]}
        return hash_of(manifest_of("calibrate", {**about, **names}, policies))

    def manifest(self) -> dict[str, Any]:
        """All that the results depend on."""
        arms = arms_asked(arm for output in self.outputs for arm in output.arms)
        asked = {address_of(one.arm): one.years for one in arms}
        return {**super().manifest(), "arms": asked, "outputs": [one.name for one in self.outputs]}


def places_of(outputs: Sequence[Output]) -> tuple[str, ...]:
    """Every place that an output is lived in, each once."""
    return tuple(dict.fromkeys(place for output in outputs for place in output.places))


def target_plan(
    study: Study, outputs: Sequence[Output], places: "dict[str, Place]", data: "Path | None"
) -> TargetPlan:
    """The plan of a study of sets with a list design."""
    from model.parameters import load_parameters
    from model.policies.policy_finding import find_policy

    named = {one.arm.policy for output in outputs for one in output.arms} | {STATUS_QUO}
    policies = {name: find_policy(name) for name in sorted(named)}
    sets = parameter_sets(study, load_parameters())
    return TargetPlan(study, places, policies, sets, data, outputs=tuple(outputs))
