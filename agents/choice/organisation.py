"""What every organisation has in common: a name, a mind, and decisions that can be forced."""

from collections.abc import Mapping, Sequence

import mesa
import numpy as np

from agents.choice.deciding import Decision, DecisionType, Mind, Option, pick
from agents.choice.numbers import Numbers, central
from agents.numerics.random_streams import (
    STREAM_DECISION,
    STREAM_TRAIT,
    key_of,
    keyed_normal,
    keyed_uniform,
)

MILLION = 1_000_000


class Organisation(mesa.Agent):
    """A body that decides. `code` is its public code, `body` its number in the accounts."""

    def __init__(self, model: mesa.Model, code: str, name: str, body: int, mind: Mind, seed: int):
        super().__init__(model)
        self.code, self.name, self.body = code, name, body
        self.inertia = self.noise = 1.0
        self.noise_of_stakes = 0.0
        self.numbers: Numbers = central()
        self.mind, self.seed, self.key = mind, np.uint64(seed), np.uint64(key_of(code))

    def set_numbers(self, numbers: Numbers) -> None:
        """Every number of how it decides in this run, by full name (`agents.choice.numbers`)."""
        self.numbers = numbers

    def scale_choice_noise(self, inertia: float, noise: float, of_stakes: float = 0.0) -> None:
        """Factors on how strongly the status quo holds, and how finely options are told apart.

        `of_stakes` is the noise of decisions that are weighed by what is at stake, as its share.
        `inertia` multiplies what the status quo is worth.
        """
        self.inertia, self.noise, self.noise_of_stakes = inertia, noise, of_stakes

    def typical(self, of: str) -> float:
        """The size for which pounds are written (`sizes.toml`): patients, people, pounds a year."""
        size = self.numbers[f"sizes.{of}"]
        return MILLION * size if of.endswith("_millions") else size

    def times_typical(self, size: float, of: str) -> float:
        """How many times as large `size` is as that for which pounds are written."""
        return size / self.typical(of)

    def trait(self, mean: float, spread: float, ordinal: int) -> float:
        """A lasting motive or ability of this organisation: mean plus spread times keyed luck.

        `ordinal`: which of its traits, each with luck of its own.
        """
        draw: float = keyed_normal(self.seed, STREAM_TRAIT, self.key, 0, ordinal)
        return mean + spread * draw

    def decide(
        self,
        rule: DecisionType,
        options: Sequence[Option],
        month: int,
        figures: Mapping[str, float],
        about: str = "",
        forced: str | None = None,
    ) -> Decision:
        """Take one of `options` (the first is the status quo), or the one that is forced.

        A forced option that is not among them cannot be taken, and the decision is free. `figures`:
        what mattered in the observation, kept with the decision.
        """
        rule = self._own(rule)
        probabilities = self.mind(rule, options)
        names = tuple(option.name for option in options)
        draw = keyed_uniform(
            self.seed, STREAM_DECISION, self.key ^ key_of(rule.name + about), month, 0
        )
        if forced not in names:
            forced = None
        chosen = forced or names[pick(probabilities, draw)]
        return Decision(
            month=month,
            agent=self.code,
            rule=rule.name,
            chosen=chosen,
            options=names,
            pounds=tuple(round(option.pounds, 2) for option in options),
            probabilities=tuple(round(p, 6) for p in probabilities),
            figures=figures,
            about=about,
            forced=forced is not None,
            effect_month=month + rule.lag_months,
        )

    def _own(self, rule: DecisionType) -> DecisionType:
        """The rule with this organisation's inertia and noise, and the lag that it has in a run."""
        inertia, noise = (self._factor(f"{rule.name}_{what}") for what in ("inertia", "noise"))
        return rule.of(self.numbers).with_scaled_noise(self.inertia * inertia, self.noise * noise)

    def _factor(self, name: str) -> float:
        """A run's inertia or noise of a decision against the central one."""
        name = f"decisions.{name}"
        return self.numbers[name] / central()[name] if name in self.numbers else 1.0
