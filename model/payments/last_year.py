"""What lists were referred for, and admitted for, in the year that has ended."""

from typing import TYPE_CHECKING

import numpy as np

from agents.patients.tables import NEED_CRISIS
from model.care.readmissions import readmission_shares
from model.payments.market_forces import planned_of_lists

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def referrals(economy: "HealthEconomy") -> np.ndarray:
    """Last year's planned referrals wherever clinics are held [practices, 13].

    Told from clinics: operations of the year were for those who had waited.
    """
    setup, state = economy.setup, economy.state
    paid = planned_of_lists(setup, state, state.hospitals.market_forces.paid)
    each = economy.prices.referral * (1.0 - setup.activity.operation_share)
    return state.yearbooks.last_year.clinic_spend / (paid * each)


def first_emergencies(economy: "HealthEconomy") -> np.ndarray:
    """What last year's emergencies cost that were no readmissions, in pence [practices].

    Care in the community can prevent these; a readmission follows from an operation.
    """
    setup, state, prices = economy.setup, economy.state, economy.prices
    site = np.maximum(setup.geography.candidate, 0)
    chance = (readmission_shares(setup, state)[site][:, :, None] * state.referrals.shares).sum(
        axis=1
    )
    again = (referrals(economy) * setup.activity.operation_share * chance).sum(axis=1)
    mix = state.residents.structure.need[:, NEED_CRISIS:]
    each = mix @ (prices.emergency + prices.attendance) / np.maximum(mix.sum(axis=1), 1e-30)
    first = 1.0 - again * each / np.maximum(state.yearbooks.last_year.emergency_value, 1e-30)
    emergencies: np.ndarray = state.yearbooks.last_year.emergency_spend * np.clip(first, 0.0, 1.0)
    return emergencies
