"""Part of a contract that is paid for goals of quality: what it brings and what trusts see of it.

What was paid for such goals in the place's year is in trusts' income and motives as they were at
the start; money moves as far as the share in force differs from that of the place's year.
"""

from typing import TYPE_CHECKING

import numpy as np

from model.rules import rules_of_year

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

SHARE = "hospital_payment.tariff.outcome_linked_share"


def added_share(economy: "HealthEconomy") -> float:
    """Share of income paid for goals, less that of the place's year."""
    then = rules_of_year(economy.setup.place.year)
    return float(economy.rules.get(SHARE, 0.0) - then.get(SHARE, 0.0))


def goals_met(economy: "HealthEconomy", step: float = 0.0) -> np.ndarray:
    """Share of the goals that every trust reaches, with a step more than its quality [trusts]."""
    value, quality = economy.setup.parameters, economy.state.hospitals.quality + step
    met = value["trusts.goals_met_share"]
    reached: np.ndarray = np.clip(met + value["trusts.goals_met_per_step"] * quality, 0.0, 1.0)
    return reached


def goals_of_a_step(economy: "HealthEconomy", step: float) -> np.ndarray:
    """Pence a year that a step of quality brings through goals for last year's care [sites]."""
    year, trust = economy.state.yearbooks.last_year, economy.state.provision.site_slot
    more = goals_met(economy, step) - goals_met(economy)
    worth: np.ndarray = (
        added_share(economy) * more[trust] * (year.line_income.sum(axis=1) + year.emergency_paid)
    )
    return worth


def pay_for_goals(economy: "HealthEconomy") -> None:
    """Payers add to the month's tariff, or take from it where the share is lower than it was."""
    state, share = economy.state, added_share(economy)
    if not share:
        return
    rate, trust = (
        share * goals_met(economy)[state.provision.site_slot],
        state.provision.site_owner(state.bodies),
    )
    for row, of_payer in enumerate(economy.paid.sum(axis=2)):
        pence = np.rint(rate * of_payer).astype(np.int64)
        state.money.ledger.post(
            state.month, int(economy.payers.bodies[row]), trust, "quality_goals", pence
        )
