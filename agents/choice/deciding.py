"""How any organisation decides: a rule, its options with utilities, a mind, a recorded decision.

A `DecisionType` says how often a decision is due, how long it takes to act, what draws attention
to it, how
strongly the status quo holds and how finely options are told apart. Utilities are pounds a year,
motives other than money included at their money-equivalent. The reasoned mind is a quantal response
(McKelvey & Palfrey 1995, Games Econ Behav): better options are likelier, not certain.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from agents.choice.numbers import Numbers, central

YEAR = 12  # months: plans, budgets and books of the NHS are of a year, and so are most decisions
SMALLEST_FACTOR = 1e-6
LEAST_NOISE_POUNDS = 1.0
FINANCIAL_YEAR_START = 0  # month 0 of a run is an April, which opens the NHS year


@dataclass(frozen=True)
class DecisionType:
    """The standing terms of one kind of decision.

    every_months: how often it is due; month_of_year: in which month of the NHS year (0 = April) it
    falls if it is yearly; lag_months: from decision to effect; attention: what draws attention to
    it, in words; status_quo_pounds: what leaving things as they are is worth, beyond its
    consequences, in pounds a year; noise_pounds: the scale of the quantal response, in pounds a
    year; lag_of, period_of: the decisions whose lag (`decisions.<lag_of>_lag`) and period it has
    in a run, if a run may set them.
    """

    name: str
    every_months: int
    lag_months: int
    attention: str
    status_quo_pounds: float = 0.0
    noise_pounds: float = 0.0
    month_of_year: int = FINANCIAL_YEAR_START
    lag_of: str = ""
    period_of: str = ""

    def of(self, numbers: Numbers) -> "DecisionType":
        """The same rule with the lag and the period of a run."""
        lag = numbers[f"decisions.{self.lag_of}_lag"] if self.lag_of else self.lag_months
        period = (
            numbers[f"decisions.{self.period_of}_period"] if self.period_of else self.every_months
        )
        return replace(self, lag_months=int(lag), every_months=int(period))

    def part_of(self, decision: str) -> "DecisionType":
        """The same rule where it takes effect with another decision, after the lag of that."""
        return replace(self, lag_of=decision).of(central())

    def after(self, months: int) -> "DecisionType":
        """The same rule where the case itself says after how many months it takes effect."""
        return replace(self, lag_months=months, lag_of="")

    def is_due(self, month: int) -> bool:
        """Whether month `month` of the run is one for this decision."""
        return (month - self.month_of_year) % self.every_months == 0

    def scaled(self, factor: float) -> "DecisionType":
        """The same rule for an organisation `factor` times the size the pounds were written for."""
        factor = max(factor, SMALLEST_FACTOR)
        return self.with_scaled_noise(factor, factor)

    def with_scaled_noise(self, inertia: float, noise: float) -> "DecisionType":
        """The same rule with other inertia and noise, by these factors."""
        return replace(
            self,
            status_quo_pounds=self.status_quo_pounds * inertia,
            noise_pounds=self.noise_pounds * noise,
        )

    def at_stake(
        self, options: Sequence["Option"], share: float, sums: Iterable[float] = ()
    ) -> "DecisionType":
        """The same rule with noise of this share of what is at stake.

        At stake is the largest of the sums weighed, and what the status quo is worth beyond its
        consequences. `sums` are those of which the worth of an option is the rest: who weighs
        millions gained against millions lost errs by a share of these, however small the rest.
        `options`: all that may be taken, the status quo first.
        """
        weighed = [abs(pounds) for pounds in (*(option.pounds for option in options), *sums)]
        stake = max(weighed) + self.status_quo_pounds
        return replace(self, noise_pounds=max(share * stake, LEAST_NOISE_POUNDS))


def declared(
    name: str, attention: str, month_of_year: int = FINANCIAL_YEAR_START, lag_of: str = ""
) -> DecisionType:
    """A rule with the central numbers of its name (`decisions.toml`), none being nought.

    A yearly decision, unless its period is declared. `lag_of`: the decision that it is a part of,
    and with which it takes effect.
    """
    known = {what: f"decisions.{name}_{what}" for what in ("inertia", "noise", "lag", "period")}
    lag_of = lag_of or (name if known["lag"] in central() else "")
    period_of = name if known["period"] in central() else ""
    inertia, noise = (central().get(known[what], 0.0) for what in ("inertia", "noise"))
    rule = DecisionType(name, YEAR, 0, attention, inertia, noise, month_of_year, lag_of, period_of)
    return rule.of(central())


def for_april(name: str, attention: str, month_of_year: int) -> DecisionType:
    """A rule for what is decided in some month and takes effect with the next financial year."""
    return declared(name, attention, month_of_year).after(YEAR - month_of_year)


@dataclass(frozen=True)
class Option:
    """Something that can be done, and what it is worth a year in pounds."""

    name: str
    pounds: float


@dataclass(frozen=True)
class Decision:
    """What was decided, when, from which options, and the figures that mattered."""

    month: int
    agent: str
    rule: str
    chosen: str
    options: tuple[str, ...]
    pounds: tuple[float, ...]
    probabilities: tuple[float, ...]
    figures: Mapping[str, float] = field(default_factory=dict)
    about: str = ""
    forced: bool = False
    effect_month: int = 0
    objects: tuple[str, ...] = ()  # what it changes, by name, as the world knows it


Mind = Callable[[DecisionType, Sequence[Option]], list[float]]


def reasoned(rule: DecisionType, options: Sequence[Option]) -> list[float]:
    """Probabilities of a quantal response; the first option is the status quo."""
    worth = [option.pounds for option in options]
    worth[0] += rule.status_quo_pounds
    best = max(worth)
    weights = [math.exp(max((w - best) / rule.noise_pounds, -700.0)) for w in worth]
    total = sum(weights)
    return [weight / total for weight in weights]


def inert(rule: DecisionType, options: Sequence[Option]) -> list[float]:
    """Always the status quo: what happens when nobody answers an incentive."""
    return [1.0] + [0.0] * (len(options) - 1)


def random(rule: DecisionType, options: Sequence[Option]) -> list[float]:
    """Any option alike: what is also true of these minds is not due to incentives."""
    return [1.0 / len(options)] * len(options)


def greedy(rule: DecisionType, options: Sequence[Option]) -> list[float]:
    """The best-paying option, without inertia or error."""
    best = max(range(len(options)), key=lambda k: options[k].pounds)
    return [1.0 if k == best else 0.0 for k in range(len(options))]


MINDS: dict[str, Mind] = {
    "reasoned": reasoned,
    "inert": inert,
    "random": random,
    "greedy": greedy,
}


def pick(probabilities: Sequence[float], draw: float) -> int:
    """The option that a number in (0, 1) points to."""
    running = 0.0
    for k, probability in enumerate(probabilities):
        running += probability
        if draw < running:
            return k
    return max(range(len(probabilities)), key=lambda k: probabilities[k])
