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
class CareView:
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
class PoolView:
    """What a council sees of a pooled budget. Pounds a year."""

    apart: CareView  # as things are
    pooled: CareView  # as they would be in the pool
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


def revealed_regard(view: CareView) -> float:
    """The worth of a day of waiting at which a council is content with the capacity it has."""
    short = max(chance_short(view.need, view.spread, view.capacity), 1e-9)
    day = view.price * (1.0 - short) / (view.wait_days * short)
    return max(view.worth_of_pound * (day - view.charge), 0.0)


class Council(Organisation):
    """A local authority with a budget for social care and residents who wait in hospital."""

    def set_capacity(self, view: CareView, month: int, forced: str | None = None) -> Decision:
        """Hold, expand or shrink by a step what is paid for in advance."""
        now = self.worth_of_capacity("hold", view)
        options = [
            Option(name, self.worth_of_capacity(name, view) - now) for name in CAPACITIES.names
        ]
        figures = {
            "need": view.need,
            "capacity": view.capacity,
            "charge": view.charge,
            "pool_gain": view.pool_gain,
            "worth_of_pound": view.worth_of_pound,
        }
        rule = CAPACITY.scaled(self.times_typical(view.price * view.need, "social_care_pounds"))
        return self.decide(rule, options, month, figures, forced=forced)

    def worth_of_capacity(self, name: str, view: CareView) -> float:
        """Pounds a year: care paid for in advance or when short, and what waiting costs."""
        capacity = CAPACITIES.of(self.numbers)[name] * view.capacity
        short = expected_shortfall(view.need, view.spread, capacity)
        day = view.worth_of_pound * (view.charge + view.pool_gain) + view.regard
        spent = view.worth_of_pound * view.price * (capacity + short)
        return -spent - day * view.wait_days * short

    def consider_pooling(self, view: PoolView, month: int, forced: str | None = None) -> Decision:
        """Stay apart, or pool the budget with the NHS."""
        options = [Option("stay_apart", 0.0), Option("pool", self.worth_of_pool(view))]
        figures = {"money_added": view.money_added, "days": view.days, "cost": view.cost}
        rule = POOLING.scaled(self.times_typical(view.budget, "council_millions"))
        return self.decide(rule, options, month, figures, forced=forced)

    def worth_of_pool(self, view: PoolView) -> float:
        """Money added and the gain of the best capacity in the pool, less the pool's cost.

        What is gained counts from the days that people wait for a place when it begins; those for
        other reasons stay what they are.
        """
        best = max(self.worth_of_capacity(name, view.pooled) for name in CAPACITIES.names)
        gain = best - self.worth_of_capacity("hold", view.apart)
        pound = view.apart.worth_of_pound
        return gain + pound * (view.pooled.pool_gain * view.days + view.money_added - view.cost)
