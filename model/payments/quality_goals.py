"""Part of a contract that is paid for goals of quality: what it brings and what trusts see of it.

What was paid for such goals in the place's year is in trusts' income and motives as they were at
the start; money moves as far as the share in force differs from that of the place's year.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from model.parameters import Parameters
from model.payments.hospital_payment import Payers
from model.places.place import Place
from model.rules import rules_of_year
from model.state.hospitals import Hospitals
from model.state.setup import Setup
from model.state.state import State

SHARE = "hospital_payment.tariff.outcome_linked_share"


def added_share(place: Place, rules: Mapping[str, Any]) -> float:
    """Share of income paid for goals, less that of the place's year."""
    then = rules_of_year(place.year)
    return float(rules.get(SHARE, 0.0) - then.get(SHARE, 0.0))


def goals_met(value: Parameters, hospitals: Hospitals, step: float = 0.0) -> np.ndarray:
    """Share of the goals that every trust reaches, with a step more than its quality [trusts]."""
    quality = hospitals.quality + step
    met = value["trusts.goals_met_share"]
    reached: np.ndarray = np.clip(met + value["trusts.goals_met_per_step"] * quality, 0.0, 1.0)
    return reached


def goals_of_a_step(
    place: Place, value: Parameters, state: State, rules: Mapping[str, Any], step: float
) -> np.ndarray:
    """Pence a year that a step of quality brings through goals for last year's care [sites]."""
    year, trust = state.yearbooks.last_year, state.provision.site_slot
    more = goals_met(value, state.hospitals, step) - goals_met(value, state.hospitals)
    worth: np.ndarray = (
        added_share(place, rules)
        * more[trust]
        * (year.line_income.sum(axis=1) + year.emergency_paid)
    )
    return worth


def pay_for_goals(
    setup: Setup, state: State, rules: Mapping[str, Any], payers: Payers, paid: np.ndarray
) -> None:
    """Payers add to the month's tariff, or take from it where the share is lower than it was.

    `paid`: tariff of the month, pence [payers, sites].
    """
    share = added_share(setup.place, rules)
    if not share:
        return
    rate = share * goals_met(setup.parameters, state.hospitals)[state.provision.site_slot]
    trust = state.provision.site_owner(state.bodies)
    for row, of_payer in enumerate(paid.sum(axis=2)):
        pence = np.rint(rate * of_payer).astype(np.int64)
        state.money.ledger.post(state.month, int(payers.bodies[row]), trust, "quality_goals", pence)
