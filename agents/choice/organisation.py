"""What every organisation has in common: a name, a mind, and decisions that can be forced."""

from collections.abc import Mapping, Sequence

import mesa
import numpy as np

from agents.choice.deciding import Decision, Mind, Option, Rule, central_pounds, pick
from agents.numerics.chance import (
    STREAM_DECISION,
    STREAM_TRAIT,
    key_of,
    keyed_normal,
    keyed_uniform,
)


class Organisation(mesa.Agent):
    """A body that decides. `code` is its public code, `body` its number in the accounts."""

    def __init__(self, model: mesa.Model, code: str, name: str, body: int, mind: Mind, seed: int):
        super().__init__(model)
        self.code, self.name, self.body = code, name, body
        self.inertia = self.noise = 1.0
        self.noise_of_stakes = 0.0
        self.pounds: Mapping[str, float] = {}
        self.mind, self.seed, self.key = mind, np.uint64(seed), np.uint64(key_of(code))

    def set_temper(
        self,
        inertia: float,
        noise: float,
        of_stakes: float = 0.0,
        pounds: Mapping[str, float] | None = None,
    ) -> None:
        """Factors on how strongly the status quo holds, and how finely options are told apart.

        `of_stakes` is the noise of decisions that are weighed by what is at stake, as its share;
        `pounds` are inertia and noise of single decisions that are not the central ones.
        """
        self.inertia, self.noise, self.noise_of_stakes = inertia, noise, of_stakes
        self.pounds = pounds or {}

    def trait(self, mean: float, spread: float, ordinal: int) -> float:
        """A lasting motive or ability of this organisation: mean plus spread times keyed luck."""
        luck: float = keyed_normal(self.seed, STREAM_TRAIT, self.key, 0, ordinal)
        return mean + spread * luck

    def decide(
        self,
        rule: Rule,
        options: Sequence[Option],
        month: int,
        figures: Mapping[str, float],
        about: str = "",
        forced: str | None = None,
    ) -> Decision:
        """Take one of `options` (the first is the status quo), or the one that is forced.

        A forced option that is not among them cannot be taken, and the decision is free.
        """
        rule = self._own(rule)
        probabilities = self.mind(rule, options)
        names = tuple(option.name for option in options)
        luck = keyed_uniform(
            self.seed, STREAM_DECISION, self.key ^ key_of(rule.name + about), month, 0
        )
        if forced not in names:
            forced = None
        chosen = forced or names[pick(probabilities, luck)]
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

    def _own(self, rule: Rule) -> Rule:
        """The rule with this organisation's inertia and noise."""
        inertia, noise = (self._factor(f"{rule.name}_{what}") for what in ("inertia", "noise"))
        return rule.tempered(self.inertia * inertia, self.noise * noise)

    def _factor(self, name: str) -> float:
        return self.pounds[name] / central_pounds()[name] if name in self.pounds else 1.0
