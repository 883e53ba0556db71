"""Quality of hospitals: what a step of it brings and costs a trust, and the step itself.

What a trust sees is what the world then books: patients drawn by the rule of choice in force, paid
for as the rules say, at the variable cost that they bring; and the cost of a step on all its care.
Quality at the start was the best answer to the rules of the place's year: what a step was worth
beyond its money then stays what it was.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents import trust
from agents.trust import QualityView, Trust
from model.choice import between_owners, own_response
from model.deliberation import PENCE, enter, forced_option, hospital_agents, sites_of
from model.parameters import Parameters
from model.planned_care import choosing, planned_margins
from model.quality_goals import worth_of_a_step
from model.state import QUALITY_STEP

if TYPE_CHECKING:
    from model.economy import HealthEconomy

STEPS = {"raise": 1.0, "lower": -1.0}


class Drawn(NamedTuple):
    """What patients whom a step of quality draws bring and cost, pounds a year [bodies]."""

    income: np.ndarray
    cost: np.ndarray


def trusts_set_quality(economy: "HealthEconomy") -> None:
    """Once a year every trust and independent that has planned patients."""
    if not trust.QUALITY.is_due(economy.state.month):
        return
    drawn = drawn_by_a_step(economy)
    if economy.state.month == 0:
        _remember_start(economy, drawn)
    for row, agent in hospital_agents(economy):
        view = quality_view(economy, row, agent, drawn)
        if view.income > 0.0:
            forced = forced_option(economy, agent.code, trust.QUALITY)
            decision = agent.set_quality(view, economy.state.month, forced)
            enter(economy, decision, "quality", (agent.code, STEPS.get(decision.chosen, 0.0)))


def quality_view(economy: "HealthEconomy", row: int, agent: Trust, drawn: Drawn) -> QualityView:
    """What the trust in `row` sees of a step of quality, up and down."""
    state, sites = economy.state, sites_of(economy, agent)
    year, value = state.last_year, economy.setup.parameters
    cost = (year.line_cost.sum(axis=1) + year.emergency_cost)[sites] / PENCE
    steps = state.quality[state.provision.site_slot[sites]]
    goals_income = float(state.coding.year.paid[sites].sum()) / PENCE
    mine, start = state.trust_owner() == agent.body, state.quality_start
    since = (state.quality - start.steps)[mine]
    return QualityView(
        income=float(year.line_income[sites].sum()) / PENCE,
        drawn_income=float(drawn.income[agent.body]),
        drawn_cost=float(drawn.cost[agent.body]),
        goal_income=worth_of_a_step(economy, goals_income),
        raise_cost=float(cost @ (cost_ratio(value, steps, 1.0) - 1.0)),
        lower_saving=float(cost @ (1.0 - cost_ratio(value, steps, -1.0))),
        net_then=float(start.net[mine].sum()),
        drawn_then=float(start.drawn[mine].sum()),
        quality=float(state.quality[row]),
        steps_since=float(np.average(since, weights=np.maximum(start.drawn[mine], 1.0))),
    )


def _remember_start(economy: "HealthEconomy", drawn: Drawn) -> None:
    """Keep what a step was worth in money to every trust in the first year."""
    start = economy.state.quality_start
    start.steps[:] = economy.state.quality
    for row, agent in hospital_agents(economy):
        view = quality_view(economy, row, agent, drawn)
        cost = 0.5 * (view.raise_cost + view.lower_saving)
        start.net[row] = view.drawn_income - view.drawn_cost + view.goal_income - cost
        start.drawn[row] = view.drawn_income


def drawn_by_a_step(economy: "HealthEconomy") -> Drawn:
    """What a step of quality at all its sites draws to an owner from others."""
    money = (drawn_by_a_logit(economy)[:, :, None] * planned_margins(economy)).sum(axis=1)
    step, owner = _step_of_utility(economy), economy.state.site_owner()
    bodies = len(economy.state.bodies)
    return Drawn(*(step * np.bincount(owner, column, minlength=bodies) for column in money.T))


def drawn_by_a_logit(economy: "HealthEconomy") -> np.ndarray:
    """Planned care a year that a line draws from other owners for a logit more [sites, 13].

    In pence at national prices. It is the slope of choice in every area: for a logit that of an
    owner's share s is s (1 - s), so where there is nobody else, or patients and practices may not
    choose, nobody is drawn.
    """
    drawn = np.zeros(economy.state.lines.open.shape)
    for choice, flow in choosing(economy):
        own_response(*choice, economy.state.site_owner(), flow, drawn)
    return drawn


def left_to_rivals(economy: "HealthEconomy") -> np.ndarray:
    """What a step of quality less of one owner brings another, pounds a year [bodies, bodies].

    Income less cost of the patients who then go there; what an owner leaves to itself is nought.
    """
    owner, worth = economy.state.site_owner(), planned_margins(economy)
    bodies, row = np.unique(owner, return_inverse=True)  # few of the many bodies own a site
    among = np.zeros((bodies.size, bodies.size))
    for choice, flow in choosing(economy):
        between_owners(*choice, row, flow, worth[:, :, 0] - worth[:, :, 1], among)
    np.fill_diagonal(among, 0.0)
    whole = np.zeros((len(economy.state.bodies),) * 2)
    whole[np.ix_(bodies, bodies)] = among * _step_of_utility(economy)
    return whole


def _step_of_utility(economy: "HealthEconomy") -> float:
    """Logits of a step of quality, for sums in pence that are wanted in pounds."""
    value = economy.setup.parameters["choice.hospital_quality_per_sd"]
    return float(value) * QUALITY_STEP / PENCE


def cost_ratio(value: Parameters, quality: np.ndarray, step: float) -> np.ndarray:
    """Cost after so many steps of quality more, for a pound before; `quality` in steps."""
    return (1.0 + cost_share(value, quality + step)) / (1.0 + cost_share(value, quality))


def cost_share(value: Parameters, quality: np.ndarray) -> np.ndarray:
    """Share of cost that quality above the mean adds, and below it saves; `quality` in steps.

    Each step is dearer than the one before, up to where a step less would save nothing.
    """
    waning = float(value["trusts.waning"])
    steps = np.maximum(quality, -1.0 / waning)
    return value["quality.step_cost_share"] * (steps + 0.5 * waning * steps**2)


def change_quality(economy: "HealthEconomy", code: str, step: float) -> None:
    """A step of quality, up or down, at all sites of an owner, and what it costs."""
    state, value = economy.state, economy.setup.parameters
    body = state.bodies.owner[state.bodies.number[code]]
    trusts, slot = state.trust_owner() == body, state.provision.site_slot
    ratio = np.where(trusts, cost_ratio(value, state.quality, step), 1.0)
    state.lines.unit_cost *= ratio[slot][:, None]
    state.quality[trusts] += step
