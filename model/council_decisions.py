"""What councils see, decide and change: care for people who leave hospital, and pools."""

from typing import TYPE_CHECKING

from agents.council import CAPACITIES, CAPACITY, POOLING, PoolView
from model.deliberation import enter, forced_option
from model.policy import PooledBudget
from model.social_care import PENCE, Pool, care_view, money_added

if TYPE_CHECKING:
    from model.economy import HealthEconomy


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
    per_head = value["social_care.pooling_cost_pence_per_head"]
    share = care.first_budget[c] / value["prices.social_care_pence_per_head"]
    view = PoolView(
        apart=care_view(economy, c, need),
        pooled=care_view(economy, c, need, terms),
        days=12.0 * float(care.days[c].sum()),
        money_added=money_added(economy, c, terms) / PENCE,
        cost=per_head * share / PENCE,
        budget=float(care.budget[c]) / PENCE,
    )
    forced = forced_option(economy, agent.code, POOLING)
    decision = agent.consider_pooling(view, economy.state.month, forced)
    enter(economy, decision, "start_pool", (terms, c))


def change_social_care(economy: "HealthEconomy", c: int, factor: float) -> None:
    """A council pays for more or fewer places in advance."""
    economy.state.social_care.capacity[c] *= factor


def start_pool(economy: "HealthEconomy", terms: PooledBudget, c: int) -> None:
    """A council and the NHS pool; gains count from the days of last month."""
    care = economy.state.social_care
    if c not in care.pools:
        care.pools[c] = Pool(terms, care.site_days[c].copy())


def start_pools(economy: "HealthEconomy", terms: PooledBudget) -> None:
    """A policy that requires pools begins."""
    for c in range(len(economy.minds.councils)):
        start_pool(economy, terms, c)
