"""Whom independent providers take: what they see, whom they refuse, and what is left to others."""

import numpy as np

from agents.decisions.acceptance_choice import (
    ACCEPTANCE,
    SIMPLE,
    AcceptanceObservation,
    choose_patients,
)
from agents.patients.patient_tables import World
from model.care.flows import Flows
from model.care.outside import outside_by_need
from model.care.queues import wait_months
from model.deciding import objects
from model.deciding.boards import hospital_agents, sites_of
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.hospitals.lines_ahead import Line, year_ahead
from model.parameters import Parameters
from model.payments.in_force import InForce
from model.payments.money import Prices
from model.payments.planned_care import YEAR, planned_margins
from model.payments.prices_ahead import levels_ahead
from model.population.demand import ActivityRates
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import Referrals, State


def independents_choose_patients(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World
) -> None:
    """Once a year, for every line that an independent provider offers."""
    if not ACCEPTANCE.is_due(state.month):
        return
    for _, agent in hospital_agents(minds, setup.place, state.bodies):
        if state.bodies.kinds[agent.body] != "independent":
            continue
        for site in sites_of(state.bodies, state.provision, agent):
            for p in np.flatnonzero(state.hospitals.lines.open[site]):
                about = setup.place.line_name(int(site), int(p))
                observation = acceptance_observation(
                    minds, setup, state, in_force, world, int(site), int(p)
                )
                forced = forced_option(minds, state.month, agent.code, ACCEPTANCE, about)
                decision = choose_patients(agent, observation, state.month, about, forced)
                schedule_effect(
                    setup.place,
                    state.docket,
                    decision,
                    "acceptance",
                    (int(site), int(p), decision.chosen),
                )


def acceptance_observation(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    site: int,
    pathway: int,
) -> AcceptanceObservation:
    """What an independent provider sees of one of its lines."""
    lines = state.hospitals.lines
    every, simple = (
        care_ahead(minds, setup, state, in_force.prices, world, site, pathway, refuse)
        for refuse in (False, True)
    )
    lag = ACCEPTANCE.of(setup.parameters).lag_months
    level = levels_ahead(setup.place, setup.parameters, state, in_force, lag, YEAR).mean()
    paid, cost = planned_margins(setup, state, in_force)[site, pathway] * level
    simplest = (
        relative_cost(setup.parameters, setup.activity, 0.0)[pathway]
        / lines.case_mix[site, pathway]
    )
    return AcceptanceObservation(
        only_simple=bool(lines.only_simple[site, pathway]),
        care=every / PENCE_PER_POUND,
        complex_share=float(setup.activity.complex_share[pathway]),
        simple_care=simple / PENCE_PER_POUND,
        paid=float(paid),
        cost=float(cost * simplest),
        cost_ratio=float(setup.parameters["trusts.complex_cost_ratio"]),
    )


def care_ahead(
    minds: Minds,
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    site: int,
    pathway: int,
    refuse: bool,
) -> float:
    """A year's care on a line at national prices, if it refuses complex patients or not (pence).

    When choices and lists have met each other; the state is left as it was.
    """
    lines = state.hospitals.lines
    lists, was = lines.backlog[:, pathway], bool(lines.only_simple[site, pathway])
    lines.only_simple[site, pathway] = refuse
    line = Line(site, pathway, True, lines.capacity[site, pathway], lines.pull[site, pathway])
    care = year_ahead(minds, setup, state, prices, world, line, lists).worth(prices, pathway)[site]
    lines.only_simple[site, pathway] = was
    return float(care)


@effect("acceptance", "state.hospitals", touches=objects.of_line)
def change_acceptance(hospitals: Hospitals, site: int, pathway: int, chosen: str) -> None:
    """An independent provider takes only simple patients from now on, or all."""
    hospitals.lines.only_simple[site, pathway] = chosen == SIMPLE


def case_mix(
    setup: Setup, provision: Provision, referrals: Referrals, hospitals: Hospitals, flows: Flows
) -> np.ndarray:
    """Cost of a line's patients of the month relative to those of a usual mix [sites, 13]."""
    usual = setup.activity.complex_share
    if not hospitals.lines.only_simple.any():
        return np.ones(hospitals.lines.open.shape)
    waits = wait_months(setup.parameters, hospitals)
    simple, complex_there = outside_by_need(setup, provision, hospitals, waits)
    there = simple + complex_there
    candidate = setup.geography.candidate
    for j in range(candidate.shape[1]):
        known = candidate[:, j] >= 0
        sites, planned = candidate[known, j], flows.planned[known]
        np.add.at(there, sites, planned * referrals.shares[known, j])
        np.add.at(complex_there, sites, planned * usual * referrals.complex_shares[known, j])
    share = np.divide(complex_there, there, out=there * 0.0 + usual, where=there > 0.0)
    return relative_cost(setup.parameters, setup.activity, share)


def relative_cost(
    value: Parameters, activity: ActivityRates, share: np.ndarray | float
) -> np.ndarray:
    """Cost of patients of whom a `share` is complex, relative to a usual mix [..., 13]."""
    more = value["trusts.complex_cost_ratio"] - 1.0
    cost: np.ndarray = (1.0 + more * share) / (1.0 + more * activity.complex_share)
    return cost
