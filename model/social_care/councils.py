"""What councils see, decide and change: care for people who leave hospital, and pools.

A regulator of health and social care together may have a council pay for more care.
"""

from typing import TYPE_CHECKING

from agents.organisations.council import CAPACITIES, CAPACITY, POOLING, PoolView
from agents.organisations.regulator import DIRECTED, DIRECTION
from model.deciding.decisions import enter, forced_option
from model.policies.policy import PooledBudget
from model.social_care.discharges import (
    care_view,
    first_residents,
    money_added,
    running_cost,
)
from model.state.ledger import PENCE_PER_POUND
from model.state.social_care import Pool

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

DIRECTS = "social_care.regulator.directs_councils"


def councils_decide(economy: "HealthEconomy") -> None:
    """Once a year, when budgets are set: capacity; a pool, where a policy allows it."""
    month, care = economy.state.month, economy.state.social_care
    if not (CAPACITY.is_due(month) and care.is_open):
        return
    for c in range(len(economy.minds.councils)):
        need = need_a_year(economy, c)
        if need > 0.0:
            _set_capacity(economy, c, need)
            for terms in economy.policy.pooled_budgets:
                if c not in care.pools and economy.policy_month >= terms.start_month:
                    _consider_pooling(economy, terms, c, need)


def need_a_year(economy: "HealthEconomy", c: int) -> float:
    """People who need care to leave hospital, from the months since April."""
    months = economy.state.month % 12 or 12
    return 12.0 / months * float(economy.state.social_care.need_year[c])


def _set_capacity(economy: "HealthEconomy", c: int, need: float) -> None:
    agent = economy.minds.councils[c]
    forced = forced_option(economy, agent.code, CAPACITY)
    decision = agent.set_capacity(care_view(economy, c, need), economy.state.month, forced)
    enter(economy, decision, "social_care_capacity", (c, CAPACITIES[decision.chosen]))


def _consider_pooling(economy: "HealthEconomy", terms: PooledBudget, c: int, need: float) -> None:
    care, value = economy.state.social_care, economy.setup.parameters
    agent = economy.minds.councils[c]
    control = value["social_care.pooling_control_pence_per_head"] * first_residents(economy, c)
    view = PoolView(
        apart=care_view(economy, c, need),
        pooled=care_view(economy, c, need, terms),
        days=12.0 * float(care.days[c, 0]),
        money_added=money_added(economy, c, terms) / PENCE_PER_POUND,
        cost=(running_cost(economy, c) + control) / PENCE_PER_POUND,
        budget=float(care.budget[c]) / PENCE_PER_POUND,
    )
    forced = forced_option(economy, agent.code, POOLING)
    decision = agent.consider_pooling(view, economy.state.month, forced)
    enter(economy, decision, "start_pool", (terms, c))


def regulator_directs_councils(economy: "HealthEconomy") -> None:
    """Each March, where a joint regulator may: it sees the days in hospital that councils cause."""
    month, care = economy.state.month, economy.state.social_care
    if not (economy.rules.get(DIRECTS) and DIRECTION.is_due(month) and care.is_open):
        return
    agent = economy.minds.regulator
    day = economy.setup.parameters["social_care.hospital_day_pence"] / PENCE_PER_POUND
    for c, council in enumerate(economy.minds.councils):
        need = need_a_year(economy, c)
        if need > 0.0:
            view = care_view(economy, c, need)
            forced = forced_option(economy, agent.code, DIRECTION, council.code)
            decision = agent.direct_care(view, day, month, council.code, forced)
            enter(economy, decision, "social_care_capacity", (c, DIRECTED[decision.chosen]))


def change_social_care(economy: "HealthEconomy", c: int, factor: float) -> None:
    """A council pays for more or fewer places in advance."""
    economy.state.social_care.capacity[c] *= factor


def start_pool(economy: "HealthEconomy", terms: PooledBudget, c: int) -> None:
    """A council and the NHS pool; gains count from the days of last month."""
    care = economy.state.social_care
    if c not in care.pools:
        care.pools[c] = Pool(terms, care.site_days[c].copy())


def start_pools(economy: "HealthEconomy", terms: PooledBudget) -> None:
    """Every council pools its budget, where the policy requires it of them."""
    if terms.adoption != "required":
        return
    for c in range(len(economy.minds.councils)):
        start_pool(economy, terms, c)
