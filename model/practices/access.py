"""What a practice's access does: hours, pay for it, what it costs, who comes and who stays away.

What was paid for access in the place's year is in practices' income as published (enhanced
services, points); money moves as far as access, or the rules, differ from that.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from model.parameters import Parameters
from model.practices.qof import QOF, is_in_force
from model.rules import rules_of_year

EXTENDED_HOURS = "general_practice.core_income.extended_hours_pence"
Rules = Mapping[str, Any]


def hours(parameters: Parameters, access: np.ndarray) -> np.ndarray:
    """Hours and appointments against the usual ones, by steps of access [practices]."""
    hours: np.ndarray = 1.0 + parameters["practices.access_step"] * access
    return hours


def paid_share(parameters: Parameters, access: np.ndarray | int) -> np.ndarray:
    """Share of what is paid for access that practices earn, by steps of access [practices]."""
    each = parameters["practices.access_paid_per_step"] * access
    share: np.ndarray = np.clip(parameters["practices.access_paid_usual"] + each, 0.0, 1.0)
    return share


def access_expenses(parameters: Parameters, lists: np.ndarray, access: np.ndarray) -> np.ndarray:
    """Staff and premises of longer hours, or what shorter ones save, pence a year [practices].

    `access`: steps of hours beyond the usual [practices].
    """
    expenses: np.ndarray = parameters["practices.access_expense_pence"] * lists * access
    return expenses


def pence_for_extended_hours(rules: Rules) -> float:
    """What the enhanced service pays at most, pence a registered patient a year."""
    return float(rules.get(EXTENDED_HOURS, 0.0))


def pence_for_points(rules: Rules) -> float:
    """What points for access pay at most, pence a registered patient a year."""
    if not is_in_force(rules):
        return 0.0
    points = min(rules.get(f"{QOF}.access_points", 0.0), rules[f"{QOF}.points"])
    return float(points * rules[f"{QOF}.pence_per_point"] / rules[f"{QOF}.reference_list"])


def access_income(
    rules: Rules, year: int, parameters: Parameters, lists: np.ndarray, access: np.ndarray
) -> dict[str, np.ndarray]:
    """Pence a year that access, or the rules of it, add to streams of income [practices]."""
    share, usual = paid_share(parameters, access), paid_share(parameters, 0)
    then = pence_for_extended_hours(rules_of_year(year))
    return {
        "enhanced_services": lists * (pence_for_extended_hours(rules) * share - then * usual),
        "qof": lists * pence_for_points(rules) * (share - usual),
    }


def added_pay(rules: Rules, year: int, parameters: Parameters, access: int) -> float:
    """Pence a patient a year for steps of access, beyond what they paid in the place's year."""
    then = rules_of_year(year)
    pence = pence_for_extended_hours(rules) + pence_for_points(rules)
    pence -= pence_for_extended_hours(then) + pence_for_points(then)
    return float(pence * (paid_share(parameters, access) - paid_share(parameters, 0)))


def attraction_of_access(parameters: Parameters, access: np.ndarray) -> np.ndarray:
    """Factor on the odds that people who change practice choose each one [practices]."""
    odds: np.ndarray = np.exp(parameters["choice.practice_access_per_step"] * access)
    return odds
