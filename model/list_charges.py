"""What payers are charged for the care of every list, under the rules in force."""

from typing import TYPE_CHECKING

import numpy as np

from model.hospital_payment import bought_with_budgets, emergency_block
from model.market_forces import at_place

if TYPE_CHECKING:
    from model.economy import HealthEconomy


def list_of(economy: "HealthEconomy", k: int) -> np.ndarray:
    """Whether each practice is one of commissioner k's that are open [practices]."""
    members: np.ndarray = (economy.state.provision.practice_commissioner == k) & (
        economy.state.lists > 0
    )
    return members


def yearly_charges(economy: "HealthEconomy", here: np.ndarray) -> np.ndarray:
    """Charges for a year of lists' care, in pence [lists, CHARGES]: by pathway and of
    emergencies, and then tests done twice in each.

    `here` [practices] says of which lists. They are last year's, or a year's block where hospitals
    are paid in blocks: what a payer who takes on a list will be charged, and what the one before is
    spared.
    """
    setup, state = economy.setup, economy.state
    urgent = state.last_year.emergency_spend[here]
    if not economy.payment.emergencies_by_activity:
        block = emergency_block(setup, state).lists
        urgent = 12.0 * at_place(setup, state, block)[here, 0]
    tests = state.last_year.test_spend[here]
    return np.column_stack([planned_charges(economy, here), urgent, tests])


def planned_charges(economy: "HealthEconomy", here: np.ndarray) -> np.ndarray:
    """The part of them for planned care [lists, 13]."""
    setup, state = economy.setup, economy.state
    spend: np.ndarray = state.last_year.planned_spend[here]
    if economy.payment.planned_by_activity:
        return spend
    site = setup.geography.candidate[here]
    block = (state.lines.base_income * state.lines.open)[site]
    place = state.market_forces.paid[site]
    agreed = 12.0 * np.einsum("gjp,gj->gp", state.attribution.block[here] * block, place)
    charges: np.ndarray = np.where(bought_with_budgets(state)[here], spend, agreed)
    return charges
