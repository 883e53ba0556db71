"""Quality of hospitals: what a step of it brings and costs a trust, and the step itself.

What a trust sees is what the world then books: patients drawn by the rule of choice in force, paid
for as the rules say, at the variable cost that they bring; and the cost of a step on all its care.
Quality at the start was the best answer to the rules of the place's year: what a step was worth
beyond its money then stays what it was.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from agents.organisations import trust
from agents.organisations.trust import QualityObservation, StepObservation, Trust
from agents.patients.patient_tables import World
from model.deciding import objects
from model.deciding.boards import hospital_agents, sites_of
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.hospitals.quality_ahead import STEPS, Moved, moved_by_steps, readmissions_of_steps
from model.parameters import Parameters
from model.payments.in_force import InForce
from model.payments.money import Prices, emergency_costs, emergency_income, line_costs
from model.payments.planned_care import YEAR, planned_margins
from model.payments.prices_ahead import Mean
from model.payments.quality_goals import goals_of_a_step
from model.places.place import Place
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.state import State, Yearbooks


class Drawn(NamedTuple):
    """What a step of quality moves, pounds a year [bodies, steps as in `STEPS`]."""

    income: np.ndarray  # for patients drawn from others
    cost: np.ndarray  # of treating them
    readmissions: np.ndarray  # income less cost of emergencies after operations
    care_cost: np.ndarray  # of all care without a step, in pence [sites]
    level: Mean  # of prices and cost in the years looked ahead


def trusts_set_quality(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World
) -> None:
    """Once a year every trust and independent that has planned patients."""
    if not trust.QUALITY.is_due(state.month):
        return
    drawn = drawn_by_a_step(setup, state, in_force, world)
    if state.month == 0:
        _remember_start(minds, setup, state, in_force.rules, drawn)
    for row, agent in hospital_agents(minds, setup.place, state.bodies):
        observation = quality_observation(
            setup.place, setup.parameters, state, in_force.rules, row, agent, drawn
        )
        if observation.income > 0.0:
            forced = forced_option(minds, state.month, agent.code, trust.QUALITY)
            decision = agent.set_quality(observation, state.month, forced)
            schedule_effect(
                setup.place,
                state.docket,
                decision,
                "quality",
                (agent.code, STEPS.get(decision.chosen, 0.0)),
            )


def quality_observation(
    place: Place,
    value: Parameters,
    state: State,
    rules: Mapping[str, Any],
    row: int,
    agent: Trust,
    drawn: Drawn,
) -> QualityObservation:
    """What the trust in `row` sees of a step of quality, up and down."""
    sites = sites_of(state.bodies, state.provision, agent)
    mine = state.provision.trust_owner(state.bodies) == agent.body
    start = state.hospitals.quality_start
    since = (state.hospitals.quality - start.steps)[mine]
    more, less = (
        _step_observation(place, value, state, rules, agent, drawn, n) for n in range(len(STEPS))
    )
    return QualityObservation(
        income=float(state.yearbooks.last_year.line_income[sites].sum()) / PENCE_PER_POUND,
        more=more,
        less=less,
        net_then=float(start.net[mine].sum()),
        drawn_then=float(start.drawn[mine].sum()),
        quality=float(state.hospitals.quality[row]),
        steps_since=float(np.average(since, weights=np.maximum(start.drawn[mine], 1.0))),
    )


def _step_observation(
    place: Place,
    value: Parameters,
    state: State,
    rules: Mapping[str, Any],
    agent: Trust,
    drawn: Drawn,
    position: int,
) -> StepObservation:
    """What a trust sees of the step of quality in place `position` of `STEPS`."""
    sites, step = sites_of(state.bodies, state.provision, agent), list(STEPS.values())[position]
    steps = state.hospitals.quality[state.provision.site_slot[sites]]
    dearer = cost_ratio(value, steps, step) - 1.0
    return StepObservation(
        drawn_income=float(drawn.income[agent.body, position]),
        drawn_cost=float(drawn.cost[agent.body, position]),
        readmissions=float(drawn.readmissions[agent.body, position]),
        goal_income=drawn.level.price
        * float(goals_of_a_step(place, value, state, rules, step)[sites].sum())
        / PENCE_PER_POUND,
        step_cost=float(drawn.care_cost[sites] @ dearer) / PENCE_PER_POUND,
    )


def cost_of_care(
    value: Parameters, hospitals: Hospitals, yearbooks: Yearbooks, prices: Prices, moved: Moved
) -> np.ndarray:
    """What care costs a year that quality makes dearer, in pence [sites].

    Planned care is that of the years ahead, emergencies are those of last year, costs what they
    will be. Bed days that are saved are worth the same at any quality.
    """
    level = moved.level.cost
    urgent = emergency_income(yearbooks.last_year.admissions, prices) / YEAR
    planned = line_costs(value, hospitals, prices, moved.kept.T / level / YEAR)[0]
    cost = YEAR * (planned + emergency_costs(hospitals, prices, urgent)).sum(axis=1)
    dear: np.ndarray = level * cost
    return dear


def _remember_start(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], drawn: Drawn
) -> None:
    """Keep what a step was worth in money to every trust in the first year."""
    start = state.hospitals.quality_start
    start.steps[:] = state.hospitals.quality
    for row, agent in hospital_agents(minds, setup.place, state.bodies):
        observation = quality_observation(
            setup.place, setup.parameters, state, rules, row, agent, drawn
        )
        start.net[row] = 0.5 * (observation.more.worth - observation.less.worth)
        start.drawn[row] = 0.5 * (observation.more.drawn_income - observation.less.drawn_income)


def drawn_by_a_step(setup: Setup, state: State, in_force: InForce, world: World) -> Drawn:
    """What a step of quality at all sites of an owner draws to it from others, and spares."""
    moved = moved_by_steps(setup, state, in_force, world)
    owner = state.provision.site_owner(state.bodies)
    bodies = state.bodies
    own = owner[:, None] == moved.owners
    money = (
        np.einsum("kpson,so,spk->kon", moved.care, own, planned_margins(setup, state, in_force))
        / PENCE_PER_POUND
    )
    found = np.zeros((3, len(bodies), len(STEPS)))
    found[:2, moved.owners] = money
    found[2, moved.owners] = (
        readmissions_of_steps(setup, state, in_force, moved.owners) / PENCE_PER_POUND
    )
    return Drawn(
        found[0],
        found[1],
        found[2],
        cost_of_care(setup.parameters, state.hospitals, state.yearbooks, in_force.prices, moved),
        moved.level,
    )


def left_to_rivals(setup: Setup, state: State, in_force: InForce, world: World) -> np.ndarray:
    """What a step of quality less of one owner brings another, pounds a year [bodies, bodies].

    Income less cost of the patients who then go there; what an owner leaves to itself is nought.
    """
    moved = moved_by_steps(setup, state, in_force, world)
    worth = planned_margins(setup, state, in_force)
    owner = state.provision.site_owner(state.bodies)
    less, net = moved.care[..., list(STEPS).index("lower")], worth * [1.0, -1.0]
    at_site = np.einsum("kpso,spk->os", less, net) / PENCE_PER_POUND
    among = at_site @ (owner[:, None] == moved.owners)
    np.fill_diagonal(among, 0.0)
    whole = np.zeros((len(state.bodies),) * 2)
    whole[np.ix_(moved.owners, moved.owners)] = among
    return whole


def cost_ratio(value: Parameters, quality: np.ndarray, step: float) -> np.ndarray:
    """Cost after so many steps of quality more, for a pound before; `quality` in steps."""
    return (1.0 + cost_share(value, quality + step)) / (1.0 + cost_share(value, quality))


def cost_share(value: Parameters, quality: np.ndarray) -> np.ndarray:
    """Share of cost that quality above the mean adds, and below it saves; `quality` in steps.

    Each step is dearer than the one before, up to where a step less would save nothing.
    """
    waning = float(value["trusts.waning"])
    steps = np.maximum(quality, -1.0 / waning)
    share: np.ndarray = value["quality.step_cost_share"] * (steps + 0.5 * waning * steps**2)
    return share


@effect("quality", "setup.parameters", "state", touches=objects.of_code("quality"))
def change_quality(value: Parameters, state: State, code: str, step: float) -> None:
    """A step of quality, up or down, at all sites of an owner, and what it costs."""
    body = state.bodies.owner[state.bodies.number[code]]
    trusts, slot = state.provision.trust_owner(state.bodies) == body, state.provision.site_slot
    ratio = np.where(trusts, cost_ratio(value, state.hospitals.quality, step), 1.0)
    state.hospitals.lines.unit_cost *= ratio[slot][:, None]
    state.hospitals.quality[trusts] += step
