"""What trusts earn and lose, and which of them could carry a risk."""

from typing import TYPE_CHECKING

import numpy as np

from agents.organisations.trust import Trust
from model.population.demand import BLOCK_SETTINGS
from model.population.journeys import SETTINGS
from model.state.ledger import PENCE_PER_POUND

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def is_solvent(economy: "HealthEconomy", row: int) -> bool:
    """Whether a trust has fewer years of deficit than make a board think, and does not fail."""
    years = economy.setup.parameters["trusts.deficit_years"]
    return bool(economy.state.hospitals.deficit_years[row] < years and not is_failing(economy, row))


def is_failing(economy: "HealthEconomy", row: int) -> bool:
    """Whether what a trust has lost in its years of deficit is so much that the regulator acts."""
    state, share = economy.state, economy.setup.parameters["trusts.failure_share"]
    income = trust_income(economy)[state.provision.trust_owner(state.bodies)[row]]
    return bool(state.hospitals.deficits[row] / PENCE_PER_POUND > share * income)


def can_carry(economy: "HealthEconomy", agent: Trust, price: float) -> bool:
    """Whether a trust could carry a bad year of a contract at this price (pounds a year).

    Such a year costs so much more than bidders err by; with it, a trust must not fail.
    """
    state, value = economy.state, economy.setup.parameters
    rows = list(economy.setup.place.trusts["trust"])
    row = rows.index(agent.code) if agent.code in rows else -1
    if row < 0:
        return True  # a commissioner's own services: it carries the risk already
    income = float(trust_income(economy)[agent.body] + block_income(economy)[agent.body])
    if economy.state.bodies.kinds[agent.body] == "independent":
        income += float(value["trusts.firm_income_pounds"])
    loss = value["trusts.bad_year_deviations"] * value["minds.bid_optimism"] * price
    lost = float(state.hospitals.deficits[row]) / PENCE_PER_POUND
    enough = lost + loss <= value["trusts.failure_share"] * (income + price)
    return bool(enough and is_solvent(economy, row))


def yearly_deficit(economy: "HealthEconomy", row: int) -> float:
    """Mean deficit of a trust over its years of deficit in a row, pounds a year."""
    state = economy.state
    return float(
        state.hospitals.deficits[row]
        / max(int(state.hospitals.deficit_years[row]), 1)
        / PENCE_PER_POUND
    )


def trust_income(economy: "HealthEconomy") -> np.ndarray:
    """Last year's income from hospital care by owner, in pounds [bodies]."""
    state, year, site = (
        economy.state,
        economy.state.yearbooks.last_year,
        economy.state.provision.site_owner(economy.state.bodies),
    )
    income = year.line_income.sum(axis=1) + year.emergency_paid
    return np.bincount(site, weights=income, minlength=len(state.bodies)) / PENCE_PER_POUND


def trust_costs(economy: "HealthEconomy") -> np.ndarray:
    """Last year's cost of hospital care by owner, in pounds [bodies]."""
    state, year, site = (
        economy.state,
        economy.state.yearbooks.last_year,
        economy.state.provision.site_owner(economy.state.bodies),
    )
    cost = year.line_cost.sum(axis=1) + year.emergency_cost
    return np.bincount(site, weights=cost, minlength=len(state.bodies)) / PENCE_PER_POUND


def block_income(economy: "HealthEconomy") -> np.ndarray:
    """A year's blocks by whose accounts they come into, in pounds [bodies]."""
    state, provision = economy.state, economy.state.provision
    per_head = economy.setup.parameters["prices.block_pence_per_head"]
    income = np.zeros(len(state.bodies))
    for setting, weights in zip(BLOCK_SETTINGS, economy.setup.block_weights, strict=True):
        for k in range(len(economy.minds.commissioners)):
            patients = state.practices.lists[provision.practice_commissioner == k].sum()
            value = weights * (per_head[setting] * patients / PENCE_PER_POUND)
            np.add.at(income, _served_by(economy, setting, k), value)
    return income


def _served_by(economy: "HealthEconomy", setting: str, k: int) -> np.ndarray:
    """In whose accounts those are who serve a commissioner's patients, by pathway [13]."""
    bodies, provision = economy.state.bodies, economy.state.provision
    slots = provision.setting_slot[SETTINGS.index(setting), k]
    return np.array([bodies.account(int(provision.slot_body[slot])) for slot in slots])
