"""Which trusts may merge, and what each side sees: kind, size, solvency, distance; money.

A general hospital is taken over by a trust with one, of at least comparable size, that is neither
in years of deficit nor busy with another merger, and lies within reach. Whether it wants to is its
own decision.
"""

from typing import NamedTuple

import numpy as np

from agents.decisions.mergers_choice import MERGER, MergerObservation, worth_of_merger
from agents.organisations.trust import Trust
from agents.patients.patient_tables import World
from model.deciding.boards import hospital_agents
from model.deciding.minds import Minds
from model.hospitals.quality import left_to_rivals
from model.outcomes.market import AreaChoice
from model.parameters import Parameters
from model.payments.in_force import InForce
from model.payments.planned_care import YEAR
from model.payments.prices_ahead import Levels, Mean, levels_ahead
from model.payments.solvency import can_take_over, trust_costs, trust_income, yearly_deficit
from model.places.place import Place
from model.state.bodies import Bodies
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.state import Docket, State

MERGE = "merge_trusts"  # the change on the agenda that makes two trusts one
PROMISED = (MERGE, "administer", "hand_over_site")  # changes after which a trust is not as it was


class Match(NamedTuple):
    """Two trusts that might merge: the one that asks or fails, and the one that would take over."""

    area: AreaChoice  # what people of all areas can choose now
    row: int
    asker: Trust
    taker: Trust
    asker_observation: MergerObservation
    taker_observation: MergerObservation


class Merging(NamedTuple):
    """What all who may merge see alike in one year."""

    area: AreaChoice
    acute: list[tuple[int, Trust]]
    income: np.ndarray  # [bodies], pounds a year
    left: np.ndarray  # [bodies, bodies], what a step of quality less of one brings another


def merging(minds: Minds, setup: Setup, state: State, in_force: InForce, world: World) -> Merging:
    """Look at the market as it is."""
    area = AreaChoice(setup, state)
    left = left_to_rivals(setup, state, in_force, world)
    return Merging(
        area,
        acute_trusts(minds, setup.place, state.bodies, state.docket),
        trust_income(state),
        left,
    )


def acute_trusts(
    minds: Minds, place: Place, bodies: Bodies, docket: Docket
) -> list[tuple[int, Trust]]:
    """Acute trusts that own themselves and have no merger pending, with their rows."""
    pending = {
        code
        for _, change, details in docket.scheduled_effects
        if change in PROMISED
        for code in details
        if code in bodies.number
    }
    return [
        (row, agent)
        for row, agent in hospital_agents(minds, place, bodies)
        if bodies.kinds[agent.body] == "acute" and agent.code not in pending
    ]


def matches(
    place: Place,
    value: Parameters,
    state: State,
    in_force: InForce,
    year: Merging,
    row: int,
    asker: Trust,
) -> list[Match]:
    """Everybody who may take a trust over, best for that trust first."""
    found = [
        _match(place, value, state, in_force, year, row, asker, taker)
        for taker_row, taker in year.acute
        if may_take_over(place, value, state, year.income, row, asker, taker_row, taker)
    ]
    return sorted(found, key=lambda match: -worth_of_merger(match.asker_observation))


def may_take_over(
    place: Place,
    value: Parameters,
    state: State,
    income: np.ndarray,
    row: int,
    asker: Trust,
    other: int,
    taker: Trust,
) -> bool:
    """Whether a trust (`taker`, row `other`) is of the kind, size and means to take one over."""
    large = income[taker.body] >= value["trusts.taker_size_share"] * income[asker.body]
    kind = is_general(state, taker) or not is_general(state, asker)
    near = distance_km(place, state, asker, taker) <= value["trusts.taker_distance_km"]
    able = can_take_over(value, state, other)
    return bool(taker is not asker and large and kind and near and able)


def is_general(state: State, agent: Trust) -> bool:
    """Whether a trust runs a general hospital: one with a major emergency department."""
    mine = state.provision.site_owner(state.bodies) == agent.body
    return bool(state.hospitals.emergency_open[mine].any())


def distance_km(place: Place, state: State, one: Trust, other: Trust) -> float:
    """Distance in a straight line between the nearest hospitals of two trusts."""
    points = place.sites[["easting_km", "northing_km"]].to_numpy(np.float64)
    owner = np.where(
        state.hospitals.closed_sites,
        -1,
        state.provision.site_owner(state.bodies),
    )
    apart = points[owner == one.body][:, None] - points[owner == other.body][None]
    return float(np.sqrt((apart**2).sum(axis=2)).min(initial=np.inf))


def _match(
    place: Place,
    value: Parameters,
    state: State,
    in_force: InForce,
    year: Merging,
    row: int,
    asker: Trust,
    taker: Trust,
) -> Match:
    a, b, income = asker.body, taker.body, year.income
    rivalry = max(float(year.left[a, b] + year.left[b, a]), 0.0)
    levels = levels_of_merger(place, value, state, in_force)
    deficit, first = deficit_to_come(state, row, a, levels.mean()), float(levels.price[0])
    mine = view_of_two(value, income[a], income[b], deficit, rivalry, first)
    its = view_of_two(value, income[b], income[a], deficit, rivalry, first)
    return Match(year.area, row, asker, taker, mine, its)


def levels_of_merger(place: Place, value: Parameters, state: State, in_force: InForce) -> Levels:
    """Prices and cost in the years in which a merger that is agreed now is felt."""
    years, lag = int(value["trusts.felt_years"]), MERGER.of(value).lag_months
    return levels_ahead(place, value, state, in_force, lag, YEAR * years)


def deficit_to_come(state: State, row: int, body: int, level: Mean) -> float:
    """A trust's mean deficit, and what announced prices then add to it (pounds a year)."""
    return max(yearly_deficit(state.hospitals, row) + _added(state, body, level), 0.0)


def lost_to_come(
    place: Place, value: Parameters, state: State, in_force: InForce, row: int, body: int
) -> float:
    """What a trust that is taken over today lost last year, and prices add to it (pounds a year).

    row, body: of the trust.
    """
    months = YEAR * int(value["trusts.felt_years"])
    level = levels_ahead(place, value, state, in_force, 0, months).mean()
    lost = -float(state.hospitals.results[row] / PENCE_PER_POUND)
    return max(lost + _added(state, body, level), 0.0)


def _added(state: State, body: int, level: Mean) -> float:
    """What another level of prices and costs adds to a trust's deficit, pounds a year."""
    lost = (1.0 - level.price) * trust_income(state)[body]
    spared = (1.0 - level.cost) * trust_costs(state)[body]
    return float(lost - spared)


def view_of_two(
    value: Parameters,
    income: float,
    other: float,
    deficit: float,
    rivalry: float,
    price: float = 1.0,
) -> MergerObservation:
    """What a body with this income sees of being one with another (pounds a year).

    `price`: level of prices, and so of income, when the two are put together.
    """
    smaller = min(income, other)
    return MergerObservation(
        income=float(income),
        other_income=float(other),
        deficit=deficit,
        believed_saving=float(value["trusts.believed_merger_saving_share"] * smaller),
        integration_cost=float(value["trusts.integration_cost_share"] * smaller * price)
        / value["trusts.felt_years"],
        rivalry=float(rivalry),
    )
