"""What trusts earn and lose, and which of them could carry a risk."""

import numpy as np

from agents.organisations.trust import Trust
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.population.demand import BLOCK_SETTINGS
from model.population.journeys import SETTINGS
from model.state.bodies import TREASURY, Bodies
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import State


def is_solvent(value: Parameters, state: State, row: int) -> bool:
    """Whether a trust has fewer years of deficit than make a board think, and does not fail.

    Who was rescued is not cured by that: it has failed until it breaks even. `row`: of the trust.
    """
    hospitals, years = state.hospitals, value["trusts.deficit_years"]
    sound = hospitals.deficit_years[row] < years and not hospitals.failures[row]
    return bool(sound and not is_failing(value, state, row))


def can_take_over(value: Parameters, state: State, row: int) -> bool:
    """Whether a trust is solvent, and its last year was no loss without what came once.

    `row`: of the trust.
    """
    return bool(is_solvent(value, state, row) and state.hospitals.results[row] >= 0.0)


def still_takes_over(value: Parameters, state: State, body: int) -> bool:
    """Whether the owner who agreed to take something over can, now that it would take effect."""
    row = int(np.flatnonzero(state.provision.slot_body == body)[0])
    return can_take_over(value, state, row)


def has_lost(hospitals: Hospitals, row: int) -> bool:
    """Whether a trust still is in deficit: it has not broken even since.

    row: of the trust. Without a deficit nobody is given up, or paid for taking over.
    """
    return bool(hospitals.deficit_years[row] > 0)


def make_good(state: State, row: int) -> None:
    """The treasury pays what a trust (`row`) lost in its years of deficit and nobody has paid."""
    hospitals, owner = state.hospitals, int(state.provision.trust_owner(state.bodies)[row])
    pence = round(hospitals.deficits[row] - hospitals.made_good[row])
    if pence:
        state.money.ledger.post(state.month, TREASURY, owner, "rescue", pence)
    hospitals.made_good[row] = hospitals.deficits[row]


def is_failing(value: Parameters, state: State, row: int) -> bool:
    """Whether a trust lost so much in its years of deficit that the regulator acts.

    What public money has made good counts no more, but a year of such a loss does, paid or not.
    `row`: of the trust.
    """
    hospitals = state.hospitals
    lost = max(unpaid_deficit(hospitals, row), -float(hospitals.results[row]) / PENCE_PER_POUND)
    share = value["trusts.failure_share"]
    income = trust_income(state)[state.provision.trust_owner(state.bodies)[row]]
    return bool(lost > share * income)


def can_carry(minds: Minds, setup: Setup, state: State, agent: Trust, price: float) -> bool:
    """Whether a trust could carry a bad year of a contract at this price (pounds a year).

    Such a year costs so much more than bidders err by; with it, a trust must not fail.
    """
    value = setup.parameters
    rows = list(setup.place.trusts["trust"])
    row = rows.index(agent.code) if agent.code in rows else -1
    if row < 0:
        return True  # a commissioner's own services: it carries the risk already
    income = float(trust_income(state)[agent.body] + block_income(minds, setup, state)[agent.body])
    if state.bodies.kinds[agent.body] == "independent":
        income += float(value["trusts.firm_income_pounds"])
    loss = value["trusts.bad_year_deviations"] * value["minds.bid_optimism"] * price
    lost = unpaid_deficit(state.hospitals, row)
    enough = lost + loss <= value["trusts.failure_share"] * (income + price)
    return bool(enough and is_solvent(value, state, row))


def unpaid_deficit(hospitals: Hospitals, row: int) -> float:
    """What a trust lost in its years of deficit that no public money has made good, pounds."""
    return float(hospitals.deficits[row] - hospitals.made_good[row]) / PENCE_PER_POUND


def yearly_deficit(hospitals: Hospitals, row: int) -> float:
    """Mean deficit of a trust over its years of deficit in a row, made good or not, pounds a year.

    Money lent for pay and creditors is no income: it ends no deficit (King's Fund 2020, Financial
    debts and loans in the NHS).
    """
    return float(
        hospitals.deficits[row] / max(int(hospitals.deficit_years[row]), 1) / PENCE_PER_POUND
    )


def trust_income(state: State) -> np.ndarray:
    """Last year's income from hospital care by owner, in pounds [bodies]."""
    year, site = state.yearbooks.last_year, state.provision.site_owner(state.bodies)
    income = year.line_income.sum(axis=1) + year.emergency_paid
    return np.bincount(site, weights=income, minlength=len(state.bodies)) / PENCE_PER_POUND


def trust_costs(state: State) -> np.ndarray:
    """Last year's cost of hospital care by owner, in pounds [bodies]."""
    year, site = state.yearbooks.last_year, state.provision.site_owner(state.bodies)
    cost = year.line_cost.sum(axis=1) + year.emergency_cost
    return np.bincount(site, weights=cost, minlength=len(state.bodies)) / PENCE_PER_POUND


def block_income(minds: Minds, setup: Setup, state: State) -> np.ndarray:
    """A year's blocks by whose accounts they come into, in pounds [bodies]."""
    provision = state.provision
    per_head = setup.parameters["prices.block_pence_per_head"]
    income = np.zeros(len(state.bodies))
    for setting, weights in zip(BLOCK_SETTINGS, setup.block_weights, strict=True):
        for k in range(len(minds.commissioners)):
            patients = state.practices.lists[provision.practice_commissioner == k].sum()
            value = weights * (per_head[setting] * patients / PENCE_PER_POUND)
            np.add.at(income, _served_by(state.bodies, provision, setting, k), value)
    return income


def _served_by(bodies: Bodies, provision: Provision, setting: str, commissioner: int) -> np.ndarray:
    """In whose accounts those are who serve a commissioner's patients, by pathway [13]."""
    slots = provision.setting_slot[SETTINGS.index(setting), commissioner]
    return np.array([bodies.account(int(provision.slot_body[slot])) for slot in slots])
