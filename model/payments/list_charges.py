"""What payers are charged for the care of every list, under the rules in force."""

import numpy as np

from model.payments.hospital_payment import HospitalPayment, bought_with_budgets, emergency_block
from model.payments.market_forces import at_place
from model.payments.money import block_pence
from model.places.geography import Geography
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import State


def list_of(provision: Provision, practices: Practices, commissioner: int) -> np.ndarray:
    """Whether each practice is one of commissioner k's that are open [practices]."""
    members: np.ndarray = (provision.practice_commissioner == commissioner) & (practices.lists > 0)
    return members


def yearly_charges(
    geography: Geography, state: State, payment: HospitalPayment, here: np.ndarray
) -> np.ndarray:
    """Charges for a year of lists' care, in pence [lists, CHARGES]: by pathway and of
    emergencies, and then tests done twice in each.

    `here` [practices] says of which lists. They are last year's, or a year's block where hospitals
    are paid in blocks: what a payer who takes on a list will be charged, and what the one before is
    spared.
    """
    urgent = state.yearbooks.last_year.emergency_spend[here]
    if not payment.emergencies_by_activity:
        block = emergency_block(geography, state.hospitals, state.money).lists
        urgent = 12.0 * at_place(geography, state.hospitals, block)[here, 0]
    tests = state.yearbooks.last_year.test_spend[here]
    return np.column_stack([planned_charges(geography, state, payment, here), urgent, tests])


def planned_charges(
    geography: Geography, state: State, payment: HospitalPayment, here: np.ndarray
) -> np.ndarray:
    """The part of them for planned care [lists, 13].

    `here`: which lists, bool or rows.
    """
    spend: np.ndarray = state.yearbooks.last_year.planned_spend[here]
    if payment.planned_by_activity:
        return spend
    site = geography.candidate[here]
    block = (state.hospitals.lines.base_income * state.hospitals.lines.open)[site]
    place = state.hospitals.market_forces.paid[site]
    agreed = 12.0 * np.einsum("gjp,gj->gp", state.money.attribution.block[here] * block, place)
    charges: np.ndarray = np.where(bought_with_budgets(state)[here], spend, agreed)
    return charges


def pathway_spend(
    setup: Setup, state: State, payment: HospitalPayment, commissioner: int, pathway: int
) -> float:
    """What a commissioner's patients' planned care of a pathway costs a year, in pounds.

    Last year's tariff or the hospitals' block, and the pathway's part of community blocks.
    """
    here = list_of(state.provision, state.practices, commissioner)
    tariff = float(planned_charges(setup.geography, state, payment, here)[:, pathway].sum())
    tests = float(state.yearbooks.last_year.test_spend[here, pathway].sum())
    block = block_pence(setup, int(state.practices.lists[here].sum()), pathway)
    return (tariff + tests + block) / PENCE_PER_POUND
