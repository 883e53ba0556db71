"""Capacity of planned service lines: what a trust sees of more or less of it, and the change.

What it sees is what the world then books: operations by the rule of the queue, referrals by the
rule of choice, at the prices in force in that year.
"""

import numpy as np

from agents.organisations import trust
from agents.organisations.trust import CapacityObservation, Trust
from agents.patients.patient_tables import World
from model.care.queues import wait_months
from model.deciding import objects
from model.deciding.boards import hospital_agents, sites_of
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.hospitals.lines_ahead import Line, one_look, year_of_capacity
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.payments.in_force import InForce
from model.payments.money import Prices
from model.payments.planned_care import YEAR, planned_margins
from model.payments.prices_ahead import levels_ahead
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.state import State


def trusts_set_capacity(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World
) -> None:
    """Lines whose wait or use is out of the ordinary get attention."""
    value = setup.parameters
    waits, target = wait_months(value, state.hospitals), value["minds.wait_target_months"]
    short, long = (target * value[f"trusts.{end}_wait"] for end in ("short", "long"))
    strange = state.hospitals.lines.open & ((waits < short) | (waits > long))
    strange &= YEAR * state.hospitals.lines.capacity >= value["trusts.small_line"]
    for _, agent in hospital_agents(minds, setup.place, state.bodies):
        for site in sites_of(state.bodies, state.provision, agent):
            for p in np.flatnonzero(strange[site]):
                _set_capacity(minds, setup, state, in_force, world, agent, (int(site), int(p)))


def _set_capacity(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    agent: Trust,
    at: tuple[int, int],
) -> None:
    about = setup.place.line_name(*at)
    forced = forced_option(minds, state.month, agent.code, trust.CAPACITY, about)
    observation = capacity_observation(minds, setup, state, in_force, world, at)
    decision = agent.set_capacity(observation, state.month, about, forced)
    factor = trust.CAPACITIES.of(agent.numbers)[decision.chosen]
    schedule_effect(setup.place, state.docket, decision, "capacity", (*at, factor))


def capacity_observation(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World, at: tuple[int, int]
) -> CapacityObservation:
    """What a trust sees of the capacity of a line (site, pathway)."""
    with one_look(minds):
        margin = {
            name: margin_of_capacity(minds, setup, state, in_force, world, at, much)
            for name, much in trust.CAPACITIES.of(setup.parameters).items()
        }
    prices, (site, p) = in_force.prices, at
    price = prices.operation[p] / PENCE_PER_POUND
    paid = price * in_force.payment.planned_by_activity * state.hospitals.market_forces.paid[site]
    cost = price * prices.planned_cost[p] * state.hospitals.lines.unit_cost[at]
    lag = trust.CAPACITY.of(setup.parameters).lag_months
    cost *= levels_ahead(setup.place, setup.parameters, state, in_force, lag, YEAR).mean().cost
    share = setup.parameters["costs.capacity_share_of_semi_fixed"]
    return CapacityObservation(
        line=PATHWAYS[p],
        capacity=float(YEAR * state.hospitals.lines.capacity[at]),
        arrivals=float(state.yearbooks.last_year.arrivals[at]),
        wait_months=float(wait_months(setup.parameters, state.hospitals)[at]),
        price=float(paid),
        capacity_cost=float(cost * prices.semi_fixed[p] * share),
        margin=margin,
    )


def margin_of_capacity(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    at: tuple[int, int],
    factor: float,
) -> float:
    """What care leaves all sites of an owner beyond its variable cost, in pounds.

    In the year from which the capacity of a line (site, pathway) is changed by a factor: lists get
    shorter, and patients of its own and of other owners' sites come.
    """
    (site, p) = at
    capacity, pull = factor * state.hospitals.lines.capacity[at], state.hospitals.lines.pull[at]
    line = Line(site, p, True, float(capacity), float(pull))
    lag = trust.CAPACITY.of(setup.parameters).lag_months
    care = year_of_capacity(
        minds,
        setup,
        state,
        in_force.prices,
        world,
        line,
        lag,
        levels_ahead(setup.place, setup.parameters, state, in_force, lag, YEAR),
    )
    mine = (
        state.provision.site_owner(state.bodies) == state.provision.site_owner(state.bodies)[site]
    )
    money = planned_margins(setup, state, in_force)[:, p]
    paid, cost = care.worth(in_force.prices, p)[:, mine]
    return float(paid @ money[mine, 0] - cost @ money[mine, 1]) / PENCE_PER_POUND


@effect("capacity", "setup.parameters", "state.hospitals", "prices", touches=objects.of_line)
def change_capacity(
    value: Parameters, hospitals: Hospitals, prices: Prices, site: int, pathway: int, factor: float
) -> None:
    """More or less capacity of a line, and the semi-fixed cost of it, by operations."""
    lines = hospitals.lines
    share = value["costs.capacity_share_of_semi_fixed"]
    more = (factor - 1.0) * lines.capacity[site, pathway]
    worth = more * prices.operation[pathway] / max(lines.base_income[site, pathway], 1e-30)
    lines.semi_kept[site, pathway] = max(lines.semi_kept[site, pathway] + share * worth, 0.0)
    lines.capacity[site, pathway] *= factor
