"""Bed days: what trusts see when they plan stays and day cases, and what fewer days save.

What a trust sees of a day is what the world then books: its variable cost and, for the part of
such days that planned patients use, operations by the rule of the queue and patients whom shorter
waits draw from others, at the price in force less the cost of treating them.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.choice.deciding import DecisionType
from agents.decisions.stays_choice import DAY_CASE, STAY, STEPS, BedObservation, plan_stays
from agents.numerics.compiled import compiled
from agents.patients.patient_tables import World
from model.care.attraction import WEEKS_PER_MONTH, attraction
from model.care.outside import outside_slope
from model.care.queues import Queue, queue_of, ready_for, wait_for, wait_months
from model.deciding import objects
from model.deciding.boards import hospital_agents, sites_of
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.payments.hospital_payment import paid_by_activity
from model.payments.in_force import InForce
from model.payments.market_forces import first_paid_factor
from model.payments.money import Prices, day_cost, overnight_days
from model.payments.planned_care import (
    YEAR,
    at_hospital,
    planned_cost_more,
    planned_margins,
    slope_of_choice,
)
from model.payments.prices_ahead import levels_ahead
from model.places.place import Place
from model.population.demand import ActivityRates
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.state import State

if TYPE_CHECKING:
    from agents.organisations.trust import Trust


SMALL = 0.01  # change of capacity, or of who comes, by which its worth is told


class Beds(NamedTuple):
    """A year's bed days of every site, as care was organised at the start [sites, 13]."""

    emergency: np.ndarray
    planned: np.ndarray
    used_worth: np.ndarray  # [sites], pounds earned with a day that planned patients can use
    usual_worth: np.ndarray  # [sites], the same as hospitals were paid in the place's year


def trusts_plan_stays(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World
) -> None:
    """Once a year: every line with enough patients in bed."""
    if not STAY.is_due(state.month):
        return
    beds, small = year_of_beds(setup, state, in_force, world), setup.parameters["trusts.small_line"]
    for _, agent in hospital_agents(minds, setup.place, state.bodies):
        for site in sites_of(state.bodies, state.provision, agent):
            for p in range(len(PATHWAYS)):
                days = beds.emergency[site, p] + beds.planned[site, p]
                if days >= small:
                    _plan(
                        minds, setup.place, setup.parameters, state, agent, STAY, beds, int(site), p
                    )
                if beds.planned[site, p] >= small and state.hospitals.lines.open[site, p]:
                    _plan(
                        minds,
                        setup.place,
                        setup.parameters,
                        state,
                        agent,
                        DAY_CASE,
                        beds,
                        int(site),
                        p,
                    )


def year_of_beds(setup: Setup, state: State, in_force: InForce, world: World) -> Beds:
    """Bed days of last year, and what a day is worth that planned patients can use."""
    lag, months = STAY.of(setup.parameters).lag_months, _months_felt(setup.parameters)
    level = levels_ahead(setup.place, setup.parameters, state, in_force, lag, months).mean()
    last, margins = state.yearbooks.last_year, planned_margins(setup, state, in_force) * level
    then = first_paid_factor(
        setup.place, state.bodies, state.provision, state.hospitals.market_forces.index
    )[:, None]
    then = then * paid_by_activity(setup.place.year) - planned_cost_more(
        state.hospitals, in_force.prices
    )
    share = setup.parameters["trusts.freed_beds_used_share"] / PENCE_PER_POUND
    care = share * care_of_a_day(setup, state, in_force.prices, world)
    return Beds(
        emergency=last.admissions * setup.activity.emergency_stay_days,
        planned=last.arrivals * overnight_days(setup.activity),
        used_worth=(care * (margins[:, :, 0] - margins[:, :, 1])).sum(axis=1),
        usual_worth=np.maximum((care * then).sum(axis=1), 0.0),
    )


def care_of_a_day(setup: Setup, state: State, prices: Prices, world: World) -> np.ndarray:
    """Planned care that a site does for a bed day more, in pence at national prices [sites, 13].

    In a mean year of those that boards look ahead. More room shortens lists, once, or works off
    more of one without end; and patients of others come as far as they weigh waits.
    """
    value, hospitals, lines = setup.parameters, state.hospitals, state.hospitals.lines
    arrivals = state.yearbooks.last_year.arrivals
    now, roomier, fuller = (
        queues_ahead(value, hospitals, arrivals, *factors)
        for factors in ((1.0, 1.0), (1.0 + SMALL, 1.0), (1.0, 1.0 + SMALL))
    )
    per_month = -value["choice.hospital_wait_per_week"] * WEEKS_PER_MONTH
    felt = per_month * (now.waits - roomier.waits) / SMALL
    longer = per_month * (fuller.waits - now.waits) / SMALL
    # Every patient who is drawn is referred; operated are those for whom there is room.
    each = prices.referral / np.maximum(setup.activity.operation_share, 1e-30)
    worth = np.maximum(arrivals * (each + prices.operation), 1e-30)
    answer = _drawn_by_a_logit(setup, state, prices, world) / worth
    drawn = answer * felt / (1.0 + answer * longer)  # those who come lengthen the list again
    more = (roomier.operations - now.operations) / SMALL * prices.operation
    more += drawn * arrivals * each
    more += drawn * (fuller.operations - now.operations) / SMALL * prices.operation
    days = YEAR * days_of_operations(setup.activity, hospitals).sum(axis=1, keepdims=True)
    care = np.where(lines.open, more, 0.0)
    of_a_day: np.ndarray = np.divide(care, days, out=np.zeros_like(care), where=days > 0.0)
    return of_a_day


class QueueAhead(NamedTuple):
    """Lines in a mean year of those looked ahead [sites, 13]."""

    operations: np.ndarray
    waits: np.ndarray  # months


def queues_ahead(
    value: Parameters, hospitals: Hospitals, arrivals: np.ndarray, room: float, come: float
) -> QueueAhead:
    """Lines in the years from which their capacity is changed by a factor, and who comes by one.

    `arrivals`: operations that are asked for in a year [sites, 13].
    """
    lag, months = STAY.of(value).lag_months, _months_felt(value)
    lists, rooms = hospitals.lines.backlog.ravel(), hospitals.lines.capacity.ravel()
    asked = (arrivals / YEAR).ravel()
    total, waits = _lived_ahead(lists, rooms, asked, room, come, lag, months, queue_of(value))
    shape = arrivals.shape
    return QueueAhead((total * YEAR / months).reshape(shape), (waits / months).reshape(shape))


@compiled
def _lived_ahead(
    lists: np.ndarray,
    rooms: np.ndarray,
    asked: np.ndarray,
    room: float,
    come: float,
    lag: int,
    months: int,
    rule: Queue,
) -> np.ndarray:
    """Operations, and waits added up, of lines once `lag` months are over [2, lines]."""
    found = np.zeros((2, lists.size))
    for n in range(lists.size):
        backlog, capacity, more = lists[n], rooms[n], asked[n]
        for month in range(lag + months):
            if month == lag:
                capacity, more = capacity * room, more * come
            wait = wait_for(backlog, capacity, rule)
            done = min(ready_for(backlog, capacity, rule), backlog + more)
            backlog = max(backlog + more - done, 0.0)
            if month >= lag:
                found[0, n] += done
                found[1, n] += wait
    return found


def _months_felt(value: Parameters) -> int:
    """Months that boards look ahead from when what they decide takes effect."""
    return YEAR * int(value["trusts.felt_years"])


def _drawn_by_a_logit(setup: Setup, state: State, prices: Prices, world: World) -> np.ndarray:
    """Planned care a year that a line draws from other owners for a logit more [sites, 13].

    In pence at national prices.
    """
    waits = wait_months(setup.parameters, state.hospitals)
    pull, owner = attraction(setup, state, waits), state.provision.site_owner(state.bodies)
    slope = slope_of_choice(setup, state, pull, at_hospital(setup, state, prices, world))
    each = prices.referral + setup.activity.operation_share * prices.operation
    outside = outside_slope(setup, state.provision, state.hospitals, waits)
    slope += YEAR * each[:, None, None] * outside
    drawn: np.ndarray = np.einsum("pst,st->tp", slope, owner[:, None] == owner)
    return drawn


def days_of_operations(activity: ActivityRates, hospitals: Hospitals) -> np.ndarray:
    """Bed days a month of all operations for which there is capacity, as they are done now."""
    lines = hospitals.lines
    days = overnight_days(activity) * lines.overnight * lines.stay
    return np.where(lines.open, lines.capacity * days, 0.0)


def _plan(
    minds: Minds,
    place: Place,
    value: Parameters,
    state: State,
    agent: "Trust",
    rule: DecisionType,
    beds: Beds,
    site: int,
    pathway: int,
) -> None:
    about = place.line_name(site, pathway)
    forced = forced_option(minds, state.month, agent.code, rule, about)
    observation = bed_observation(value, state.hospitals, rule, beds, site, pathway)
    decision = plan_stays(agent, rule, observation, state.month, about, forced)
    step = observation.step * STEPS.get(decision.chosen, 0)
    used = step < 0.0 or observation.day_used > 0.0
    schedule_effect(
        place,
        state.docket,
        decision,
        rule.name,
        (site, pathway, step, observation.bed_days * step * used / 12.0),
    )


def bed_observation(
    value: Parameters, hospitals: Hospitals, rule: DecisionType, beds: Beds, site: int, pathway: int
) -> BedObservation:
    """What a trust sees of the stays, or of the day cases, of a line."""
    lines = hospitals.lines
    staying = rule is STAY
    left, others = lines.stay[site, pathway], lines.overnight[site, pathway]
    if not staying:
        left, others = others, left
    # A day that day cases have saved cannot be saved again by shorter stays, nor the reverse.
    days = float(beds.planned[site, pathway] * others + beds.emergency[site, pathway] * staying)
    cost = day_cost(value) / PENCE_PER_POUND
    least = "trusts.shortest_stay_share" if staying else "trusts.fewest_overnight_share"
    return BedObservation(
        bed_days=days,
        cut=1.0 - float(left),
        day_cost=cost,
        day_used=float(beds.used_worth[site]),
        usual_worth=cost + float(beds.usual_worth[site]),
        curvature=float(value["trusts.stay_effort_curvature"]),
        most_cut=1.0 - float(value[least]),
        least_cut=-float(value["trusts.most_days_added_share"]),
        step=float(value["trusts.stay_step"]),
    )


@effect(
    "length_of_stay",
    "setup.parameters",
    "setup.activity",
    "state.hospitals",
    touches=objects.of_beds("stays"),
)
def change_stay(
    value: Parameters,
    activity: ActivityRates,
    hospitals: Hospitals,
    site: int,
    pathway: int,
    step: float,
    days: float,
) -> None:
    """Shorter or longer stays of a line, and `days` a month that planned patients can use."""
    hospitals.lines.stay[site, pathway] -= step
    _use_beds(value, activity, hospitals, site, days)


@effect(
    "day_cases",
    "setup.parameters",
    "setup.activity",
    "state.hospitals",
    touches=objects.of_beds("day_cases"),
)
def change_day_cases(
    value: Parameters,
    activity: ActivityRates,
    hospitals: Hospitals,
    site: int,
    pathway: int,
    step: float,
    days: float,
) -> None:
    """Fewer or more operations that stay overnight, and `days` a month for planned patients."""
    hospitals.lines.overnight[site, pathway] -= step
    _use_beds(value, activity, hospitals, site, days)


def _use_beds(
    value: Parameters, activity: ActivityRates, hospitals: Hospitals, site: int, days: float
) -> None:
    """Part of the days makes room for more operations, or takes it, in all lines of the site."""
    capacity = hospitals.lines.capacity
    least = 1.0 - value["trusts.most_days_added_share"]
    there = float(days_of_operations(activity, hospitals)[site].sum())
    if there > 0.0:
        used = value["trusts.freed_beds_used_share"] * days
        capacity[site] *= max(1.0 + used / there, least)
