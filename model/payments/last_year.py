"""What lists were referred for, and admitted for, in the year that has ended."""

import numpy as np

from agents.patients.patient_tables import NEED_CRISIS
from model.care.expected_episodes import readmission_shares
from model.payments.market_forces import planned_of_lists
from model.payments.money import Prices
from model.places.geography import Geography
from model.population.demand import ActivityRates
from model.state.setup import Setup
from model.state.state import State


def referrals(
    geography: Geography, activity: ActivityRates, state: State, prices: Prices
) -> np.ndarray:
    """Last year's planned referrals wherever clinics are held [practices, 13].

    Told from clinics: operations of the year were for those who had waited.
    """
    paid = planned_of_lists(geography, state.referrals, state.hospitals.market_forces.paid)
    each = prices.referral * (1.0 - activity.operation_share)
    return state.yearbooks.last_year.clinic_spend / (paid * each)


def first_emergencies(setup: Setup, state: State, prices: Prices) -> np.ndarray:
    """What last year's emergencies cost that were no readmissions, in pence [practices].

    Care in the community can prevent these; a readmission follows from an operation.
    """
    site = np.maximum(setup.geography.candidate, 0)
    chance = (
        readmission_shares(setup.parameters, state.provision, state.hospitals)[site][:, :, None]
        * state.referrals.shares
    ).sum(axis=1)
    again = (
        referrals(setup.geography, setup.activity, state, prices)
        * setup.activity.operation_share
        * chance
    ).sum(axis=1)
    mix = state.residents.structure.need[:, NEED_CRISIS:]
    each = mix @ (prices.emergency + prices.attendance) / np.maximum(mix.sum(axis=1), 1e-30)
    first = 1.0 - again * each / np.maximum(state.yearbooks.last_year.emergency_value, 1e-30)
    emergencies: np.ndarray = state.yearbooks.last_year.emergency_spend * np.clip(first, 0.0, 1.0)
    return emergencies
