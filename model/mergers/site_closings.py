"""Boards with years of deficit that think about closing one of their hospitals.

What a board sees is what the world then books: planned patients by the rule of choice, emergencies
by distance, cost as `money` reckons it. The regulator, who sees the longer journeys, rules on it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from agents.decisions import closures_choice
from agents.decisions.closures_choice import ClosingObservation, ClosingReviewObservation
from agents.organisations.trust import Trust
from agents.patients.patient_tables import World
from model.care.outside import department_after
from model.deciding.boards import sites_of
from model.deciding.decisions import forced_option, record, schedule_effect
from model.deciding.effects import touched
from model.deciding.minds import Minds
from model.hospitals.closures import (
    can_be_replaced,
    closing_pounds,
    emergencies_moved,
    further_minutes,
    is_hospital,
)
from model.hospitals.service_lines import closes_lines, line_observation, owners_deficit
from model.hospitals.standing_costs import left_in_time
from model.mergers.partners import acute_trusts
from model.mergers.review import two_bodies
from model.outcomes.market import AreaChoice, people_losing_site
from model.parameters import Parameters
from model.payments.in_force import InForce
from model.payments.money import Prices
from model.payments.planned_care import YEAR
from model.payments.prices_ahead import Mean, levels_ahead
from model.payments.solvency import yearly_deficit
from model.places.geography import Geography
from model.places.place import Place
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.state import Docket, State

CLOSE, ADMINISTER = "close_site", "administer"


def boards_look_again(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World
) -> None:
    """Once a year, and before it happens, boards look again at hospitals that they are to close."""
    if not closures_choice.CLOSING_AGAIN.is_due(state.month):
        return
    for entry in [
        e
        for e in state.docket.scheduled_effects
        if e[1] == CLOSE and _is_boards_own(setup.place, state.docket, e)
    ]:
        if _withdraws(minds, setup, state, in_force, world, entry[2][0], entry[0] - state.month):
            state.docket.scheduled_effects.remove(entry)


def _is_boards_own(place: Place, docket: Docket, entry: tuple[int, str, tuple[Any, ...]]) -> bool:
    """Whether a closing on the agenda was decided by a board, and not by an administrator."""
    month, _, (site,) = entry
    code = site_code(place, site)
    return any(
        d.rule == closures_choice.CLOSING.name and d.effect_month == month and d.about == code
        for d in docket.decisions
    )


def _withdraws(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World, site: int, lag: int
) -> bool:
    """Whether the board of whoever owns a site by now would keep it, `lag` months ahead."""
    owner = state.provision.site_owner(state.bodies)[site]
    code = site_code(setup.place, site)
    agent = next(t for t in minds.trusts if t.body == owner)
    observation = closing_observation(
        minds, setup, state, in_force, world, site, owners_deficit(state, site), lag
    )
    forced = forced_option(minds, state.month, agent.code, closures_choice.CLOSING_AGAIN, code)
    decision = closures_choice.consider_again(agent, observation, state.month, code, forced)
    record(state.docket, decision, *touched(setup.place, CLOSE, (site,)))
    return decision.chosen == "withdraw"


def trusts_consider_closings(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World
) -> None:
    """Once a year boards of several hospitals that have lost money for years look at each.

    Lines come first: a board waits for what closing those that cost too much does to its deficit.
    """
    value = setup.parameters
    if not closures_choice.CLOSING.is_due(state.month):
        return
    for row, agent in acute_trusts(minds, setup.place, state.bodies, state.docket):
        long = state.hospitals.deficit_years[row] >= value["trusts.closing_years"]
        if long and not closes_lines(state, agent):
            _look_at_sites(minds, setup, state, in_force, world, row, agent)


def _look_at_sites(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    row: int,
    agent: Trust,
) -> None:
    """Each hospital in turn, until one is to be closed; the last one is never closed by a board."""
    own = [
        int(s)
        for s in sites_of(state.bodies, state.provision, agent)
        if is_hospital(state.hospitals)[s]
    ]
    planned = {
        details[0] for _, change, details in state.docket.scheduled_effects if change == CLOSE
    }
    if len(own) < 2 or planned & set(own):
        return
    deficit = yearly_deficit(state.hospitals, row)
    for site in own:
        if may_close(setup, state, site) and _closes(
            minds, setup, state, in_force, world, agent, site, deficit
        ):
            return


def may_close(setup: Setup, state: State, site: int) -> bool:
    """Whether others can stand in for a hospital, and none of those near it is to close first.

    Of hospitals that share people one closes at a time: until then nobody knows who would take
    whose patients, and what these would bring.
    """
    others = [other for other in _unsettled(state) if other != site]
    alone = not shares_people(setup.geography, site, others)
    return alone and can_be_replaced(setup, state, site)


def _unsettled(state: State) -> list[int]:
    """Hospitals that are to close, and those of trusts that wait for an administrator."""
    to_close = [
        details[0] for _, change, details in state.docket.scheduled_effects if change == CLOSE
    ]
    waiting = [
        details[0] for _, change, details in state.docket.scheduled_effects if change == ADMINISTER
    ]
    owners = [state.bodies.number[code] for code in waiting]
    return (
        to_close
        + np.flatnonzero(np.isin(state.provision.site_owner(state.bodies), owners)).tolist()
    )


def shares_people(geography: Geography, site: int, others: list[int]) -> bool:
    """Whether some practice is in reach of a hospital and of one of the others."""
    candidate = geography.candidate
    there = (candidate == site).any(axis=1)
    return bool(np.isin(candidate[there], others).any())


def _closes(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    agent: Trust,
    site: int,
    deficit: float,
) -> bool:
    """Whether a board would close a site and the regulator permits it; it is on the agenda then."""
    code = site_code(setup.place, site)
    observation = closing_observation(minds, setup, state, in_force, world, site, deficit)
    forced = forced_option(minds, state.month, agent.code, closures_choice.CLOSING, code)
    decision = closures_choice.consider_closing(agent, observation, state.month, code, forced)
    if decision.chosen == "close" and permitted(
        minds, setup, state, in_force.rules, agent.code, site, observation
    ):
        schedule_effect(setup.place, state.docket, decision, CLOSE, (site,))
        return True
    record(state.docket, decision, *touched(setup.place, CLOSE, (site,)))
    return False


def permitted(
    minds: Minds,
    setup: Setup,
    state: State,
    rules: Mapping[str, Any],
    trust: str,
    site: int,
    observation: ClosingObservation,
) -> bool:
    """Whether the regulator permits that a trust closes a site."""
    agent, about = minds.regulator, f"{trust} {site_code(setup.place, site)}"
    forced = forced_option(minds, state.month, agent.code, closures_choice.CLOSING_REVIEW, about)
    seen, month = review_observation(setup, state, rules, site, observation), state.month
    decision = closures_choice.review_closing(agent, seen, month, about, forced)
    record(state.docket, decision, *touched(setup.place, CLOSE, (site,)))
    return decision.chosen == "permit"


def review_observation(
    setup: Setup, state: State, rules: Mapping[str, Any], site: int, observation: ClosingObservation
) -> ClosingReviewObservation:
    """What a regulator sees of closing a site; of alternatives only if no other body does."""
    losing = None
    if not two_bodies(rules):
        area = AreaChoice(setup, state)
        losing = people_losing_site(setup.parameters, state.yearbooks, area, site)
    further = further_minutes(setup.place, setup.geography, state.hospitals, site)
    return ClosingReviewObservation(observation.gain, observation.deficit, further, losing)


def site_code(place: Place, site: int) -> str:
    """The public code of a site."""
    return place.site_codes[site]


def closing_observation(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    site: int,
    deficit: float,
    lag: int | None = None,
) -> ClosingObservation:
    """What the owner of a site sees of closing it in `lag` months, or as soon as boards can."""
    if lag is None:
        lag = closures_choice.CLOSING.of(setup.parameters).lag_months
    offered = np.flatnonzero(
        state.hospitals.lines.open[site] & (state.hospitals.lines.base_income[site] > 0.0)
    )
    years = int(setup.parameters["trusts.felt_years"])
    lines = [
        line_observation(minds, setup, state, in_force, world, site, int(p), lag) for p in offered
    ]
    levels = levels_ahead(setup.place, setup.parameters, state, in_force, lag, YEAR * years)
    urgent = _urgent(setup.geography, state, in_force.prices, site, levels.mean())
    standing = _standing(
        setup.parameters, state.month, state.hospitals, in_force.prices, site, lag, levels.cost
    )
    patients = sum(line.patients for line in lines)
    kept = sum(line.patients * line.kept_share for line in lines)
    return ClosingObservation(
        income=sum(line.income for line in lines) + urgent.income,
        avoidable_cost=sum(line.avoidable_cost for line in lines) + urgent.cost + standing.at_once,
        shed_later=standing.later,
        kept_margin=sum(line.kept_margin for line in lines) + urgent.kept_margin,
        closing_cost=float(levels.price[0])
        * closing_pounds(setup.parameters, state.yearbooks, site)
        / years,
        patients=patients,
        kept_share=kept / max(patients, 1e-30),
        deficit=deficit,
    )


class Urgent(NamedTuple):
    """Emergency care of a site, pounds a year."""

    income: float
    cost: float  # that goes with it at once, standing cost apart
    kept_margin: float  # of what goes to its owner's other sites


def _urgent(geography: Geography, state: State, prices: Prices, site: int, mean: Mean) -> Urgent:
    """What emergencies of a site bring and cost, and what of it stays with the owner.

    At the `mean` level of prices and cost in the years felt.
    """
    value = _urgent_value(geography, state, prices, site)
    now, then = emergencies_moved(geography, state.hospitals, state.practices, site)
    if value.total <= 0.0:
        return Urgent(0.0, 0.0, 0.0)
    candidate, owner = geography.candidate, state.provision.site_owner(state.bodies)
    moved = value.lists[:, None] * np.maximum(then - now, 0.0)
    other = (candidate >= 0) & (candidate != site) & (owner[candidate] == owner[site])
    kept = np.bincount(np.maximum(candidate, 0).ravel(), (moved * other).ravel(), owner.size)
    nearest, share = department_after(geography, state.hospitals, site)
    kept[nearest] += share * value.outside * (owner[nearest] == owner[site])
    income = mean.price * float(state.yearbooks.last_year.emergency_paid[site])
    each = (
        income
        / value.total
        * state.hospitals.market_forces.paid
        / state.hospitals.market_forces.paid[site]
    )
    mix = (
        state.hospitals.lines.base_emergency[site]
        / state.hospitals.lines.base_emergency[site].sum()
    )
    variable = mean.cost * _cost_of_urgent(state.hospitals, prices, prices.variable) @ mix
    staff = mean.cost * _cost_of_urgent(state.hospitals, prices, prices.semi_fixed) @ mix
    margin = float((kept * (each - variable - staff)).sum())
    return Urgent(
        income / PENCE_PER_POUND,
        value.total * float(variable[site]) / PENCE_PER_POUND,
        margin / PENCE_PER_POUND,
    )


class UrgentValue(NamedTuple):
    """A year's emergencies of a site at national prices, pence."""

    total: float
    lists: np.ndarray  # of every list, at all sites [practices]
    outside: float  # of patients from outside


def _urgent_value(geography: Geography, state: State, prices: Prices, site: int) -> UrgentValue:
    lists = state.yearbooks.last_year.emergency_value
    now = emergencies_moved(geography, state.hospitals, state.practices, site)[0]
    inside = (lists[:, None] * now)[geography.candidate == site].sum()
    outside = (
        YEAR * state.hospitals.outside_emergency[site] @ (prices.emergency + prices.attendance)
    )
    there = bool(state.hospitals.emergency_open[site])
    return UrgentValue(float(inside + outside) * there, lists, float(outside) * there)


def _cost_of_urgent(hospitals: Hospitals, prices: Prices, part: np.ndarray) -> np.ndarray:
    """Cost of a part for a pound of emergencies at national prices [sites, 13]."""
    cost: np.ndarray = prices.emergency_cost * part * hospitals.lines.unit_cost
    return cost


class Standing(NamedTuple):
    """Standing cost of a site that closing it saves, beyond that of single lines. Pounds a year."""

    at_once: float
    later: float  # a year, over the years felt


def _standing(
    value: Parameters,
    month: int,
    hospitals: Hospitals,
    prices: Prices,
    site: int,
    lag: int,
    cost: np.ndarray,
) -> Standing:
    """What leaves of staff and buildings, at once and in the years after it shuts in `lag` months.

    `cost`: its level in every month of the years felt.
    """
    lines = hospitals.lines
    planned = prices.planned_cost * lines.unit_cost[site] * lines.base_income[site]
    urgent = prices.emergency_cost * lines.unit_cost[site]
    semi = (planned * prices.semi_fixed * lines.semi_kept[site] * lines.open[site]).sum()
    staff = (urgent * prices.semi_fixed * lines.urgent_semi[site]).sum()
    fixed = (planned * prices.fixed * lines.fixed_kept[site]).sum()
    fixed += (urgent * prices.fixed * lines.urgent_fixed[site]).sum()
    removable = value["costs.removable_share_of_direct_cost"]
    saved = value["trusts.site_fixed_saved_share"]
    gone = left_in_time(value, month, lag, cost)
    later = (1.0 - removable) * (semi + staff) * gone[0] + (1.0 - saved) * fixed * gone[1]
    at_once = float(cost.mean()) * (removable * staff + saved * fixed)
    return Standing(float(YEAR * at_once) / PENCE_PER_POUND, float(YEAR * later) / PENCE_PER_POUND)
