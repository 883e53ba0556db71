"""The runs that a target's study asks for: every arm of a seed from one burn-in, with one luck."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from experiments.runs.jobs import (
    DONE,
    FAILED,
    Arm,
    Job,
    JobResult,
    Lived,
    check_code,
    lost,
    said,
    start_of,
)
from experiments.runs.measured import Measured, absorbed_trusts, measured
from experiments.validation.targets import TargetArm

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy
    from model.paired_runs.start import Start
    from model.state.setup import Setup

INDEX_RAISED = 0.2  # of the usual provider index, in practices whose continuity is raised


class TrialArm(NamedTuple):
    """An arm, and how many years of it are lived."""

    arm: TargetArm
    years: int


@dataclass(frozen=True)
class Trial(Job):
    """All arms of one seed in one place; what is measured of each comes back beside its outcome.

    `asked` are the arms, in the order of `arms`.
    """

    asked: tuple[TrialArm, ...] = field(default=(), kw_only=True)

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells trials of one validation apart."""
        return self.options.place, self.options.seed

    def live(self) -> JobResult:
        """Live every arm; whatever is raised becomes the reason of those that need it."""
        try:
            check_code(self)
            start = start_of(self)
        except Exception as error:
            return lost(self, said(error))
        results = [self._live_arm(start, k) for k in range(len(self.arms))]
        return JobResult([one for one, _ in results], None, [seen for _, seen in results])

    def _live_arm(self, start: "Start", row: int) -> tuple[Lived, Measured | None]:
        arm, asked = self.arms[row], self.asked[row]
        try:
            return Lived(arm.address, {}, DONE), lived_arm(self, start, arm, asked)
        except Exception as error:
            return Lived(arm.address, {}, FAILED, said(error)), None


def lived_arm(job: Job, start: "Start", arm: Arm, asked: TrialArm) -> Measured:
    """All years of one arm with its own parameters, and what is measured of them."""
    start = replace(start, setup=with_parameters(start.setup, asked.arm))
    economy = start.run_under(job.policies[arm.policy])
    lists, absorbed = [economy.state.practices.lists.copy()], [absorbed_trusts(economy)]
    for _ in range(asked.years):
        for _ in range(12):
            raise_continuity(economy, asked.arm.personal_continuity)
            economy.step()
        lists.append(economy.state.practices.lists.copy())
        absorbed.append(absorbed_trusts(economy))
    return measured(economy, asked.years, padded(lists), np.array(absorbed))


def padded(lists: Sequence[np.ndarray]) -> np.ndarray:
    """Lists of every year as one table; practices that open later had no patients before."""
    size = max(one.size for one in lists)
    return np.array([np.pad(one, (0, size - one.size)) for one in lists])


def with_parameters(setup: "Setup", arm: TargetArm) -> "Setup":
    """The setup with the arm's parameters for what a run reads month by month."""
    from model.parameters import Parameters

    entries = dict(setup.parameters.entries)
    for name, value in arm.parameters.items():
        entries[name] = replace(setup.parameters.entry(name), value=value)
    return replace(setup, parameters=Parameters(entries)) if arm.parameters else setup


def raise_continuity(economy: "HealthEconomy", where: str) -> None:
    """Set what a GP consultation with the usual practitioner takes to raise the index."""
    if not where:
        return
    from model.month.tables import UPC_OF_FEW_CONTACTS, personal_continuity

    usual = personal_continuity(economy.setup.parameters, economy.state.practices.lists)
    here = np.ones(usual.size, dtype=bool) if where == "all" else np.arange(usual.size) % 2 == 1
    step = INDEX_RAISED * (1.0 + UPC_OF_FEW_CONTACTS) * here
    economy.world.practices["personal"] = np.minimum(usual + step, 1.0)


def arms_asked(arms: Iterable[TrialArm]) -> list[TrialArm]:
    """Every arm once, for the longest time that anyone asks of it; the status quo first."""
    longest: dict[str, TrialArm] = {}
    for one in arms:
        name = address_of(one.arm)
        if name not in longest or longest[name].years < one.years:
            longest[name] = one
    return [longest[name] for name in sorted(longest, key=lambda n: (n != "status_quo", n))]


def address_of(arm: TargetArm) -> str:
    """A name for an arm that no other arm has."""
    more = [f"{name}={value:g}" for name, value in sorted(arm.parameters.items())]
    if arm.personal_continuity:
        more.append(f"continuity={arm.personal_continuity}")
    return " ".join([arm.policy, *more])
