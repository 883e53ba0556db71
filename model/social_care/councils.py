"""What councils see, decide and change: care for people who leave hospital, and pools.

A regulator of health and social care together may have a council pay for more care.
"""

from collections.abc import Mapping
from typing import Any

from agents.organisations.council import CAPACITIES, CAPACITY, POOLING, PoolObservation
from agents.organisations.regulator import DIRECTED, DIRECTION
from model.deciding import objects
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.payments.in_force import InForce
from model.policies.policy import PooledBudget
from model.social_care.discharges import (
    care_observation,
    first_residents,
    money_added,
    running_cost,
)
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.social_care import Pool, SocialCare
from model.state.state import State

DIRECTS = "social_care.regulator.directs_councils"


def councils_decide(minds: Minds, setup: Setup, state: State, in_force: InForce) -> None:
    """Once a year, when budgets are set: capacity; a pool, where a policy allows it."""
    month, care = state.month, state.social_care
    if not (CAPACITY.is_due(month) and care.is_open):
        return
    for c in range(len(minds.councils)):
        need = need_a_year(month, care, c)
        if need > 0.0:
            _set_capacity(minds, setup, state, in_force.rules, c, need)
            for terms in in_force.policy.pooled_budgets:
                if c not in care.pools and in_force.policy_month >= terms.start_month:
                    _consider_pooling(minds, setup, state, in_force.rules, terms, c, need)


def need_a_year(month: int, social_care: SocialCare, council: int) -> float:
    """People who need care to leave hospital, from the months since April.

    `council`: its row.
    """
    months = month % 12 or 12
    return 12.0 / months * float(social_care.need_year[council])


def _set_capacity(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], council: int, need: float
) -> None:
    agent = minds.councils[council]
    forced = forced_option(minds, state.month, agent.code, CAPACITY)
    decision = agent.set_capacity(
        care_observation(setup.parameters, setup.geography, state, rules, council, need),
        state.month,
        forced,
    )
    factor = CAPACITIES.of(agent.numbers)[decision.chosen]
    schedule_effect(setup.place, state.docket, decision, "social_care_capacity", (council, factor))


def _consider_pooling(
    minds: Minds,
    setup: Setup,
    state: State,
    rules: Mapping[str, Any],
    terms: PooledBudget,
    council: int,
    need: float,
) -> None:
    care, value = state.social_care, setup.parameters
    agent = minds.councils[council]
    control = value["social_care.pooling_control_pence_per_head"] * first_residents(
        value, care, council
    )
    observation = PoolObservation(
        apart=care_observation(value, setup.geography, state, rules, council, need),
        pooled=care_observation(value, setup.geography, state, rules, council, need, terms),
        days=12.0 * float(care.days[council, 0]),
        money_added=money_added(setup.geography, state, council, terms) / PENCE_PER_POUND,
        cost=(running_cost(value, care, council) + control) / PENCE_PER_POUND,
        budget=float(care.budget[council]) / PENCE_PER_POUND,
    )
    forced = forced_option(minds, state.month, agent.code, POOLING)
    decision = agent.consider_pooling(observation, state.month, forced)
    schedule_effect(setup.place, state.docket, decision, "start_pool", (terms, council))


def regulator_directs_councils(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any]
) -> None:
    """Each March, where a joint regulator may: it sees the days in hospital that councils cause."""
    month, care = state.month, state.social_care
    if not (rules.get(DIRECTS) and DIRECTION.is_due(month) and care.is_open):
        return
    agent = minds.regulator
    day = setup.parameters["social_care.hospital_day_pence"] / PENCE_PER_POUND
    for c, council in enumerate(minds.councils):
        need = need_a_year(month, care, c)
        if need > 0.0:
            observation = care_observation(setup.parameters, setup.geography, state, rules, c, need)
            forced = forced_option(minds, month, agent.code, DIRECTION, council.code)
            decision = agent.direct_care(observation, day, month, council.code, forced)
            factor = DIRECTED.of(agent.numbers)[decision.chosen]
            schedule_effect(
                setup.place, state.docket, decision, "social_care_capacity", (c, factor)
            )


@effect("social_care_capacity", "state.social_care", touches=objects.of_council("social_care"))
def change_social_care(social_care: SocialCare, council: int, factor: float) -> None:
    """A council pays for more or fewer places in advance.

    `factor`: on places; `council`: its row.
    """
    social_care.capacity[council] *= factor


@effect(
    "start_pool",
    "state.social_care",
    touches=lambda place, terms, council: (objects.named("pool", place.council_codes[council]),),
)
def start_pool(social_care: SocialCare, terms: PooledBudget, council: int) -> None:
    """A council and the NHS pool; gains count from the days of last month."""
    if council not in social_care.pools:
        social_care.pools[council] = Pool(terms, social_care.site_days[council].copy())


def start_pools(minds: Minds, social_care: SocialCare, terms: PooledBudget) -> None:
    """Every council pools its budget, where the policy requires it of them.

    `terms`: what the NHS adds and pays.
    """
    if terms.adoption != "required":
        return
    for c in range(len(minds.councils)):
        start_pool(social_care, terms, c)
