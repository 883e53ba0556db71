"""What payers are charged for the care of every list, under the rules in force."""

from typing import TYPE_CHECKING

import numpy as np

from model.payments.hospital_payment import bought_with_budgets, emergency_block
from model.payments.market_forces import at_place

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy
from typing import TYPE_CHECKING

from model.payments.money import block_pence
from model.state.ledger import PENCE_PER_POUND

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def list_of(economy: "HealthEconomy", k: int) -> np.ndarray:
    """Whether each practice is one of commissioner k's that are open [practices]."""
    members: np.ndarray = (economy.state.provision.practice_commissioner == k) & (
        economy.state.practices.lists > 0
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
    urgent = state.yearbooks.last_year.emergency_spend[here]
    if not economy.payment.emergencies_by_activity:
        block = emergency_block(setup, state).lists
        urgent = 12.0 * at_place(setup, state, block)[here, 0]
    tests = state.yearbooks.last_year.test_spend[here]
    return np.column_stack([planned_charges(economy, here), urgent, tests])


def planned_charges(economy: "HealthEconomy", here: np.ndarray) -> np.ndarray:
    """The part of them for planned care [lists, 13]."""
    setup, state = economy.setup, economy.state
    spend: np.ndarray = state.yearbooks.last_year.planned_spend[here]
    if economy.payment.planned_by_activity:
        return spend
    site = setup.geography.candidate[here]
    block = (state.hospitals.lines.base_income * state.hospitals.lines.open)[site]
    place = state.hospitals.market_forces.paid[site]
    agreed = 12.0 * np.einsum("gjp,gj->gp", state.money.attribution.block[here] * block, place)
    charges: np.ndarray = np.where(bought_with_budgets(state)[here], spend, agreed)
    return charges


def pathway_spend(economy: "HealthEconomy", k: int, p: int) -> float:
    """What a commissioner's patients' planned care of a pathway costs a year, in pounds.

    Last year's tariff or the hospitals' block, and the pathway's part of community blocks.
    """
    here = list_of(economy, k)
    tariff = float(planned_charges(economy, here)[:, p].sum())
    tests = float(economy.state.yearbooks.last_year.test_spend[here, p].sum())
    block = block_pence(economy.setup, int(economy.state.practices.lists[here].sum()), p)
    return (tariff + tests + block) / PENCE_PER_POUND
