"""How a council decides: care for people who leave hospital, and whether to pool its budget.

Need varies from week to week and from neighbourhood to neighbourhood, so that some are short of a
place whatever is paid for on average (the newsvendor's problem: Arrow, Harris & Marschak 1951,
Econometrica 19:250). Who is short waits in hospital, and is then served at the same price.
"""

import math
from dataclasses import dataclass

from agents.choice.deciding import Decision, Option, for_april
from agents.choice.numbers import Step
from agents.choice.organisation import Organisation

CAPACITY = for_april("social_care_capacity", "the yearly budget", month_of_year=10)
POOLING = for_april(
    "pooling", "a policy that lets councils pool budgets with the NHS", month_of_year=10
)
CAPACITIES = Step("social_care", ("hold", "expand", "shrink"))  # of what is paid for in advance


@dataclass(frozen=True)
class CareObservation:
    """What a council sees of care for people who leave hospital. People a year, pounds."""

    need: float  # people who cannot leave without care
    spread: float  # standard deviation of need over weeks and places, as a share of it
    capacity: float  # people for whom care is paid in advance
    price: float  # of the first weeks of one person's care
    wait_days: float  # in hospital, of someone for whom there is no place
    charge: float  # a day, to the hospital, for want of a place
    pool_gain: float  # a day fewer in hospital, from a pool with the NHS
    regard: float  # what a day that a resident waits is worth to the council, money apart
    worth_of_pound: float  # to other needs for social care, against the first year


@dataclass(frozen=True)
class PoolObservation:
    """What a council sees of a pooled budget. Pounds a year."""

    apart: CareObservation  # as things are
    pooled: CareObservation  # as they would be in the pool
    days: float  # that people now spend in hospital for want of a place, a year
    money_added: float  # by the NHS
    cost: float  # of running the pool, and of control that is given up
    budget: float


def expected_shortfall(need: float, spread: float, capacity: float) -> float:
    """People a year for whom there is no place, if need is normal around its mean."""
    if need <= 0.0:
        return 0.0
    sigma = spread * need
    z = (capacity - need) / sigma
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return sigma * (density - z * chance_short(need, spread, capacity))


def chance_short(need: float, spread: float, capacity: float) -> float:
    """Probability that need is larger than what is paid for."""
    return 0.5 * math.erfc((capacity - need) / (spread * need) / math.sqrt(2.0))


def revealed_regard(observation: CareObservation) -> float:
    """The worth of a day of waiting at which a council is content with the capacity it has."""
    short = max(chance_short(observation.need, observation.spread, observation.capacity), 1e-9)
    day = observation.price * (1.0 - short) / (observation.wait_days * short)
    return max(observation.worth_of_pound * (day - observation.charge), 0.0)


class Council(Organisation):
    """A local authority with a budget for social care and residents who wait in hospital."""

    def set_capacity(
        self, observation: CareObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Hold, expand or shrink by a step what is paid for in advance."""
        now = self.worth_of_capacity("hold", observation)
        options = [
            Option(name, self.worth_of_capacity(name, observation) - now)
            for name in CAPACITIES.names
        ]
        figures = {
            "need": observation.need,
            "capacity": observation.capacity,
            "charge": observation.charge,
            "pool_gain": observation.pool_gain,
            "worth_of_pound": observation.worth_of_pound,
        }
        rule = CAPACITY.scaled(
            self.times_typical(observation.price * observation.need, "social_care_pounds")
        )
        return self.decide(rule, options, month, figures, forced=forced)

    def worth_of_capacity(self, name: str, observation: CareObservation) -> float:
        """Pounds a year: care paid for in advance or when short, and what waiting costs."""
        capacity = CAPACITIES.of(self.numbers)[name] * observation.capacity
        short = expected_shortfall(observation.need, observation.spread, capacity)
        day = (
            observation.worth_of_pound * (observation.charge + observation.pool_gain)
            + observation.regard
        )
        spent = observation.worth_of_pound * observation.price * (capacity + short)
        return -spent - day * observation.wait_days * short

    def consider_pooling(
        self, observation: PoolObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Stay apart, or pool the budget with the NHS."""
        options = [Option("stay_apart", 0.0), Option("pool", self.worth_of_pool(observation))]
        figures = {
            "money_added": observation.money_added,
            "days": observation.days,
            "cost": observation.cost,
        }
        rule = POOLING.scaled(self.times_typical(observation.budget, "council_millions"))
        return self.decide(rule, options, month, figures, forced=forced)

    def worth_of_pool(self, observation: PoolObservation) -> float:
        """Money added and the gain of the best capacity in the pool, less the pool's cost.

        What is gained counts from the days that people wait for a place when it begins; those for
        other reasons stay what they are.
        """
        best = max(self.worth_of_capacity(name, observation.pooled) for name in CAPACITIES.names)
        gain = best - self.worth_of_capacity("hold", observation.apart)
        pound = observation.apart.worth_of_pound
        return gain + pound * (
            observation.pooled.pool_gain * observation.days
            + observation.money_added
            - observation.cost
        )
