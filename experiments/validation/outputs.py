"""A published figure that runs are held against."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from experiments.runs.measured import Measured
from experiments.validation.estimators import ESTIMATORS
from experiments.validation.rates import ESTIMATES, STATUS_QUO, published_rates
from experiments.validation.targets import PublishedEffect, Target
from experiments.validation.trials import TrialArm, address_of

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Output:
    """One figure that runs are held against.

    observed: the published one (0 where only a sign is known). sign: "negative" or "positive" if
    that is all that is known. observation, discrepancy: standard deviations. Of a target `effect`
    is set, of a rate it is None. places: where it is lived.
    """

    name: str
    group: str
    unit: str
    decimals: int
    observed: float
    observation: float
    discrepancy: float
    why: str
    source: str
    limit: str
    places: tuple[str, ...]
    sign: str = ""
    pooled: str = "mean"
    taken_in: str = ""
    target: Target | None = None
    effect: PublishedEffect | None = None
    years: int = 0

    @property
    def arms(self) -> list[TrialArm]:
        """The arms it is estimated from."""
        if self.target is None or self.effect is None:
            return [TrialArm(STATUS_QUO, self.years)]
        return [TrialArm(self.target.arms[name], self.years) for name in self.effect.arms]

    def estimate(self, seen: Mapping[str, Measured]) -> float:
        """The study's own estimator applied to what one seed measured, by address of the arm."""
        if self.target is None or self.effect is None:
            run = seen[address_of(STATUS_QUO)]
            return ESTIMATES[published_rates()[self.group]["estimate"]](run)
        arms = {name: seen[address_of(self.target.arms[name])] for name in self.effect.arms}
        return ESTIMATORS[self.effect.estimator](arms, **self.effect.with_)
