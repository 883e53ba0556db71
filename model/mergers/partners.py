"""Which trusts may merge, and what each side sees: kind, size, solvency, distance; money.

A general hospital is taken over by a trust with one, of at least comparable size, that is neither
in years of deficit nor busy with another merger, and lies within reach. Whether it wants to is its
own decision.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.organisations.mergers import MERGER, MergerView, worth_of_merger
from agents.organisations.trust import Trust
from model.deciding.boards import hospital_agents
from model.hospitals.quality import left_to_rivals
from model.outcomes.market import AreaChoice
from model.payments.planned_care import YEAR
from model.payments.prices_ahead import Levels, Mean, levels_ahead
from model.payments.solvency import is_solvent, trust_costs, trust_income, yearly_deficit

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

MERGE = "merge_trusts"  # the change on the agenda that makes two trusts one
PROMISED = (MERGE, "administer", "hand_over_site")  # changes after which a trust is not as it was


class Match(NamedTuple):
    """Two trusts that might merge: the one that asks or fails, and the one that would take over."""

    area: AreaChoice  # what people of all areas can choose now
    row: int
    asker: Trust
    taker: Trust
    asker_view: MergerView
    taker_view: MergerView


class Merging(NamedTuple):
    """What all who may merge see alike in one year."""

    area: AreaChoice
    acute: list[tuple[int, Trust]]
    income: np.ndarray  # [bodies], pounds a year
    left: np.ndarray  # [bodies, bodies], what a step of quality less of one brings another


def merging(economy: "HealthEconomy") -> Merging:
    """Look at the market as it is."""
    area = AreaChoice(economy.setup, economy.state)
    left = left_to_rivals(economy)
    return Merging(area, acute_trusts(economy), trust_income(economy), left)


def acute_trusts(economy: "HealthEconomy") -> list[tuple[int, Trust]]:
    """Acute trusts that own themselves and have no merger pending, with their rows."""
    bodies = economy.state.bodies
    pending = {
        code
        for _, change, details in economy.state.docket.agenda
        if change in PROMISED
        for code in details
        if code in bodies.number
    }
    return [
        (row, agent)
        for row, agent in hospital_agents(economy)
        if bodies.kinds[agent.body] == "acute" and agent.code not in pending
    ]


def matches(economy: "HealthEconomy", year: Merging, row: int, asker: Trust) -> list[Match]:
    """Everybody who may take a trust over, best for that trust first."""
    found = [
        _match(economy, year, row, asker, taker)
        for taker_row, taker in year.acute
        if may_take_over(economy, year.income, row, asker, taker_row, taker)
    ]
    return sorted(found, key=lambda match: -worth_of_merger(match.asker_view))


def may_take_over(
    economy: "HealthEconomy", income: np.ndarray, row: int, asker: Trust, other: int, taker: Trust
) -> bool:
    """Whether a trust (`taker`, row `other`) is of the kind, size and means to take one over."""
    value = economy.setup.parameters
    large = income[taker.body] >= value["trusts.taker_size_share"] * income[asker.body]
    kind = is_general(economy, taker) or not is_general(economy, asker)
    near = distance_km(economy, asker, taker) <= value["trusts.taker_distance_km"]
    return bool(taker is not asker and large and kind and near and is_solvent(economy, other))


def is_general(economy: "HealthEconomy", agent: Trust) -> bool:
    """Whether a trust runs a general hospital: one with a major emergency department."""
    mine = economy.state.provision.site_owner(economy.state.bodies) == agent.body
    return bool(economy.state.hospitals.emergency_open[mine].any())


def distance_km(economy: "HealthEconomy", one: Trust, other: Trust) -> float:
    """Distance in a straight line between the nearest hospitals of two trusts."""
    points = economy.setup.place.sites[["easting_km", "northing_km"]].to_numpy(np.float64)
    owner = np.where(
        economy.state.hospitals.closed_sites,
        -1,
        economy.state.provision.site_owner(economy.state.bodies),
    )
    apart = points[owner == one.body][:, None] - points[owner == other.body][None]
    return float(np.sqrt((apart**2).sum(axis=2)).min(initial=np.inf))


def _match(economy: "HealthEconomy", year: Merging, row: int, asker: Trust, taker: Trust) -> Match:
    a, b, income = asker.body, taker.body, year.income
    rivalry = max(float(year.left[a, b] + year.left[b, a]), 0.0)
    levels = levels_of_merger(economy)
    deficit, first = deficit_to_come(economy, row, a, levels.mean()), float(levels.price[0])
    mine = view_of_two(economy, income[a], income[b], deficit, rivalry, first)
    its = view_of_two(economy, income[b], income[a], deficit, rivalry, first)
    return Match(year.area, row, asker, taker, mine, its)


def levels_of_merger(economy: "HealthEconomy") -> Levels:
    """Prices and cost in the years in which a merger that is agreed now is felt."""
    years = int(economy.setup.parameters["trusts.felt_years"])
    return levels_ahead(economy, MERGER.lag_months, YEAR * years)


def deficit_to_come(economy: "HealthEconomy", row: int, body: int, level: Mean) -> float:
    """A trust's mean deficit, and what announced prices then add to it (pounds a year)."""
    lost = (1.0 - level.price) * trust_income(economy)[body]
    spared = (1.0 - level.cost) * trust_costs(economy)[body]
    return max(yearly_deficit(economy, row) + float(lost - spared), 0.0)


def view_of_two(
    economy: "HealthEconomy",
    income: float,
    other: float,
    deficit: float,
    rivalry: float,
    price: float = 1.0,
) -> MergerView:
    """What a body with this income sees of being one with another (pounds a year).

    `price`: level of prices, and so of income, when the two are put together.
    """
    value, smaller = economy.setup.parameters, min(income, other)
    return MergerView(
        income=float(income),
        other_income=float(other),
        deficit=deficit,
        believed_saving=float(value["trusts.believed_merger_saving_share"] * smaller),
        integration_cost=float(value["trusts.integration_cost_share"] * smaller * price)
        / value["trusts.felt_years"],
        rivalry=float(rivalry),
    )
