"""Whom independent providers take: what they see, whom they refuse, and what is left to others."""

from typing import TYPE_CHECKING

import numpy as np

from agents.acceptance import ACCEPTANCE, SIMPLE, AcceptanceView, choose_patients
from model.deliberation import PENCE, enter, forced_option, hospital_agents, sites_of
from model.flows import Flows
from model.setup import Setup
from model.state import State

if TYPE_CHECKING:
    from model.economy import HealthEconomy


def independents_choose_patients(economy: "HealthEconomy") -> None:
    """Once a year, for every line that an independent provider offers."""
    state = economy.state
    if not ACCEPTANCE.is_due(state.month):
        return
    for _, agent in hospital_agents(economy):
        if state.bodies.kinds[agent.body] != "independent":
            continue
        for site in sites_of(economy, agent):
            for p in np.flatnonzero(state.lines.open[site]):
                about = economy.setup.place.line_name(int(site), int(p))
                view = acceptance_view(economy, int(site), int(p))
                forced = forced_option(economy, agent.code, ACCEPTANCE, about)
                decision = choose_patients(agent, view, state.month, about, forced)
                enter(economy, decision, "acceptance", (int(site), int(p), decision.chosen))


def acceptance_view(economy: "HealthEconomy", site: int, p: int) -> AcceptanceView:
    """What an independent provider sees of one of its lines."""
    value, lines, prices = economy.setup.parameters, economy.state.lines, economy.prices
    share, simple = float(economy.setup.activity.complex_share[p]), bool(lines.only_simple[site, p])
    ratio = value["trusts.complex_cost_ratio"]
    income = economy.state.last_year.line_income[site, p] / PENCE
    direct = prices.planned_cost[p] * (prices.semi_fixed[p] + prices.variable[p])
    direct /= economy.state.market_forces.paid[site]
    return AcceptanceView(
        only_simple=simple,
        income=float(income / (1.0 - share * simple)),
        complex_share=share,
        cost=float(direct * lines.unit_cost[site, p] / (1.0 + (ratio - 1.0) * share)),
        cost_ratio=float(ratio),
        replaced_share=float(value["trusts.refused_replaced_share"]),
    )


def change_acceptance(economy: "HealthEconomy", site: int, p: int, chosen: str) -> None:
    """An independent provider takes only simple patients from now on, or all."""
    economy.state.lines.only_simple[site, p] = chosen == SIMPLE


def case_mix(setup: Setup, state: State, flows: Flows) -> np.ndarray:
    """Cost of a line's patients of the month relative to those of a usual mix [sites, 13]."""
    usual = setup.activity.complex_share
    if not state.lines.only_simple.any():
        return np.ones(state.lines.open.shape)
    complex_there, there = state.outside_planned * usual, state.outside_planned.copy()
    candidate = setup.geography.candidate
    for j in range(candidate.shape[1]):
        known = candidate[:, j] >= 0
        sites, planned = candidate[known, j], flows.planned[known]
        np.add.at(there, sites, planned * state.shares[known, j])
        np.add.at(complex_there, sites, planned * usual * state.complex_shares[known, j])
    share = np.divide(complex_there, there, out=there * 0.0 + usual, where=there > 0.0)
    return relative_cost(setup, share)


def relative_cost(setup: Setup, share: np.ndarray | float) -> np.ndarray:
    """Cost of patients of whom a `share` is complex, relative to a usual mix [..., 13]."""
    more = setup.parameters["trusts.complex_cost_ratio"] - 1.0
    return (1.0 + more * share) / (1.0 + more * setup.activity.complex_share)
