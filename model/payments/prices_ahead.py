"""Hospital prices, and what care costs, in the months ahead, as far as they have been announced.

A policy's rules are public from the month in which the first of them holds, with what they say of
later years; costs fall by what trusts usually save. A regulator's prices are known once it has set
them: beyond its next year prices are taken to move as costs do, and neither is moved.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from model.parameters import Parameters
from model.payments.in_force import InForce
from model.payments.tariff import CALENDAR, PRICE_CHANGE, REGULATOR, SET_BY, real_change
from model.places.place import Place
from model.policies.policy import Policy, rules_in_force
from model.state.state import State

YEAR = 12


class Levels(NamedTuple):
    """What becomes of prices and costs, beside those of today [months]."""

    price: np.ndarray
    cost: np.ndarray  # of the same care

    def by_quarter(self) -> "Levels":
        """The mean of every three months [quarters]."""
        return Levels(*(one.reshape(-1, 3).mean(axis=1) for one in self))

    def mean(self) -> "Mean":
        """The mean month."""
        return Mean(float(self.price.mean()), float(self.cost.mean()))


class Mean(NamedTuple):
    """Mean level of prices and of costs over some months, beside those of today."""

    price: float
    cost: float


def levels_ahead(
    place: Place, value: Parameters, state: State, in_force: InForce, lag: int, months: int
) -> Levels:
    """Levels in so many months, from `lag` months ahead on."""
    levels = np.ones((2, lag + months))
    rules: Mapping[str, Any] = in_force.rules
    for ahead in range(1, lag + months):
        before, rules = (
            rules,
            _rules_ahead(place, in_force.policy, in_force.policy_month, ahead, rules),
        )
        moved = _moved(value, state, in_force.policy_month, ahead, before, rules)
        levels[:, ahead] = levels[:, ahead - 1] * moved
    return Levels(*levels[:, lag:])


def _rules_ahead(
    place: Place, policy: Policy, policy_month: int, ahead: int, rules: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Rules so many months ahead, `rules` being those of the month before."""
    changes = policy.rules
    public = any(change.start_month <= policy_month for change in changes)
    if not public or all((policy_month + ahead - change.start_month) % YEAR for change in changes):
        return rules
    return rules_in_force(place.year, policy, policy_month + ahead)


def _moved(
    value: Parameters,
    state: State,
    policy_month: int,
    ahead: int,
    before: Mapping[str, Any],
    rules: Mapping[str, Any],
) -> tuple[float, float]:
    """Factors by which prices and costs change when a month begins."""
    month, set_by = state.month + ahead, before.get(SET_BY, "")
    set_ahead = [
        float(details[0])
        for due, change, details in state.docket.scheduled_effects
        if change == "tariff" and due == month
    ]
    price = float(np.prod(set_ahead)) * _ruled(rules) / _ruled(before)
    if month % YEAR or policy_month + ahead <= 0:
        return price, 1.0
    if set_by == CALENDAR:
        price *= 1.0 + real_change(rules)
    falls = set_by == CALENDAR or (set_by == REGULATOR and bool(set_ahead))
    saved = float(value["trusts.usual_saving_share"])
    return price, 1.0 - saved * falls


def _ruled(rules: Mapping[str, Any]) -> float:
    return 1.0 + float(rules.get(PRICE_CHANGE, 0.0))
