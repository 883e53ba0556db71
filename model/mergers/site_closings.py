"""Boards with years of deficit that think about closing one of their hospitals.

What a board sees is what the world then books: planned patients by the rule of choice, emergencies
by distance, cost as `money` reckons it. The regulator, who sees the longer journeys, rules on it.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from agents.organisations import closures
from agents.organisations.closures import ClosingReviewView, ClosingView
from agents.organisations.trust import Trust
from model.care.outside import department_after
from model.deciding.boards import sites_of
from model.deciding.decisions import enter, forced_option, record
from model.deciding.objects import touched
from model.hospitals.closures import (
    can_be_replaced,
    closing_pounds,
    emergencies_moved,
    further_minutes,
    is_hospital,
)
from model.hospitals.service_lines import (
    closes_lines,
    left_in_time,
    line_view,
    owners_deficit,
)
from model.mergers.partners import acute_trusts
from model.mergers.review import two_bodies
from model.outcomes.market import AreaChoice, people_losing_site
from model.payments.planned_care import YEAR
from model.payments.prices_ahead import Mean, levels_ahead
from model.payments.solvency import yearly_deficit
from model.state.ledger import PENCE_PER_POUND

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

CLOSE, ADMINISTER = "close_site", "administer"


def boards_look_again(economy: "HealthEconomy") -> None:
    """Once a year, and before it happens, boards look again at hospitals that they are to close."""
    state = economy.state
    if not closures.CLOSING_AGAIN.is_due(state.month):
        return
    for entry in [e for e in state.docket.agenda if e[1] == CLOSE and _is_boards_own(economy, e)]:
        if _withdraws(economy, entry[2][0], entry[0] - state.month):
            state.docket.agenda.remove(entry)


def _is_boards_own(economy: "HealthEconomy", entry: tuple[int, str, tuple[Any, ...]]) -> bool:
    """Whether a closing on the agenda was decided by a board, and not by an administrator."""
    month, _, (site,) = entry
    code = site_code(economy, site)
    return any(
        d.rule == closures.CLOSING.name and d.effect_month == month and d.about == code
        for d in economy.state.docket.decisions
    )


def _withdraws(economy: "HealthEconomy", site: int, lag: int) -> bool:
    """Whether the board of whoever owns a site by now would keep it, `lag` months ahead."""
    owner, code = (
        economy.state.provision.site_owner(economy.state.bodies)[site],
        site_code(economy, site),
    )
    agent = next(t for t in economy.minds.trusts if t.body == owner)
    view = closing_view(economy, site, owners_deficit(economy, site), lag)
    forced = forced_option(economy, agent.code, closures.CLOSING_AGAIN, code)
    decision = closures.consider_again(agent, view, economy.state.month, code, forced)
    record(economy, decision, *touched(economy, CLOSE, (site,)))
    return decision.chosen == "withdraw"


def trusts_consider_closings(economy: "HealthEconomy") -> None:
    """Once a year boards of several hospitals that have lost money for years look at each.

    Lines come first: a board waits for what closing those that cost too much does to its deficit.
    """
    state, value = economy.state, economy.setup.parameters
    if not closures.CLOSING.is_due(state.month):
        return
    for row, agent in acute_trusts(economy):
        long = state.hospitals.deficit_years[row] >= value["trusts.closing_years"]
        if long and not closes_lines(economy, agent):
            _look_at_sites(economy, row, agent)


def _look_at_sites(economy: "HealthEconomy", row: int, agent: Trust) -> None:
    """Each hospital in turn, until one is to be closed; the last one is never closed by a board."""
    own = [int(s) for s in sites_of(economy, agent) if is_hospital(economy)[s]]
    planned = {details[0] for _, change, details in economy.state.docket.agenda if change == CLOSE}
    if len(own) < 2 or planned & set(own):
        return
    deficit = yearly_deficit(economy, row)
    for site in own:
        if may_close(economy, site) and _closes(economy, agent, site, deficit):
            return


def may_close(economy: "HealthEconomy", site: int) -> bool:
    """Whether others can stand in for a hospital, and none of those near it is to close first.

    Of hospitals that share people one closes at a time: until then nobody knows who would take
    whose patients, and what these would bring.
    """
    others = [other for other in _unsettled(economy) if other != site]
    return can_be_replaced(economy, site) and not shares_people(economy, site, others)


def _unsettled(economy: "HealthEconomy") -> list[int]:
    """Hospitals that are to close, and those of trusts that wait for an administrator."""
    state = economy.state
    to_close = [details[0] for _, change, details in state.docket.agenda if change == CLOSE]
    waiting = [details[0] for _, change, details in state.docket.agenda if change == ADMINISTER]
    owners = [state.bodies.number[code] for code in waiting]
    return (
        to_close
        + np.flatnonzero(np.isin(state.provision.site_owner(state.bodies), owners)).tolist()
    )


def shares_people(economy: "HealthEconomy", site: int, others: list[int]) -> bool:
    """Whether some practice is in reach of a hospital and of one of the others."""
    candidate = economy.setup.geography.candidate
    there = (candidate == site).any(axis=1)
    return bool(np.isin(candidate[there], others).any())


def _closes(economy: "HealthEconomy", agent: Trust, site: int, deficit: float) -> bool:
    """Whether a board would close a site and the regulator permits it; it is on the agenda then."""
    code, view = site_code(economy, site), closing_view(economy, site, deficit)
    forced = forced_option(economy, agent.code, closures.CLOSING, code)
    decision = closures.consider_closing(agent, view, economy.state.month, code, forced)
    if decision.chosen == "close" and permitted(economy, agent.code, site, view):
        enter(economy, decision, CLOSE, (site,))
        return True
    record(economy, decision, *touched(economy, CLOSE, (site,)))
    return False


def permitted(economy: "HealthEconomy", trust: str, site: int, view: ClosingView) -> bool:
    """Whether the regulator permits that a trust closes a site."""
    agent, about = economy.minds.regulator, f"{trust} {site_code(economy, site)}"
    forced = forced_option(economy, agent.code, closures.CLOSING_REVIEW, about)
    seen, month = review_view(economy, site, view), economy.state.month
    decision = closures.review_closing(agent, seen, month, about, forced)
    record(economy, decision, *touched(economy, CLOSE, (site,)))
    return decision.chosen == "permit"


def review_view(economy: "HealthEconomy", site: int, view: ClosingView) -> ClosingReviewView:
    """What a regulator sees of closing a site; of alternatives only if no other body does."""
    losing = None
    if not two_bodies(economy):
        area = AreaChoice(economy.setup, economy.state)
        losing = people_losing_site(economy.setup, economy.state, area, site)
    return ClosingReviewView(view.gain, further_minutes(economy, site), losing)


def site_code(economy: "HealthEconomy", site: int) -> str:
    """The public code of a site."""
    return economy.setup.place.site_codes[site]


def closing_view(
    economy: "HealthEconomy", site: int, deficit: float, lag: int = closures.CLOSING.lag_months
) -> ClosingView:
    """What the owner of a site sees of closing it in `lag` months."""
    state = economy.state
    offered = np.flatnonzero(
        state.hospitals.lines.open[site] & (state.hospitals.lines.base_income[site] > 0.0)
    )
    years = int(economy.setup.parameters["trusts.felt_years"])
    lines = [line_view(economy, site, int(p), lag) for p in offered]
    levels = levels_ahead(economy, lag, YEAR * years)
    urgent, standing = (
        _urgent(economy, site, levels.mean()),
        _standing(economy, site, lag, levels.cost),
    )
    patients = sum(line.patients for line in lines)
    kept = sum(line.patients * line.kept_share for line in lines)
    return ClosingView(
        income=sum(line.income for line in lines) + urgent.income,
        avoidable_cost=sum(line.avoidable_cost for line in lines) + urgent.cost + standing.at_once,
        shed_later=standing.later,
        kept_margin=sum(line.kept_margin for line in lines) + urgent.kept_margin,
        closing_cost=float(levels.price[0]) * closing_pounds(economy, site) / years,
        patients=patients,
        kept_share=kept / max(patients, 1e-30),
        deficit=deficit,
    )


class Urgent(NamedTuple):
    """Emergency care of a site, pounds a year."""

    income: float
    cost: float  # that goes with it at once, standing cost apart
    kept_margin: float  # of what goes to its owner's other sites


def _urgent(economy: "HealthEconomy", site: int, mean: Mean) -> Urgent:
    """What emergencies of a site bring and cost, and what of it stays with the owner.

    At the `mean` level of prices and cost in the years felt.
    """
    state, value = economy.state, _urgent_value(economy, site)
    now, then = emergencies_moved(economy, site)
    if value.total <= 0.0:
        return Urgent(0.0, 0.0, 0.0)
    candidate, owner = economy.setup.geography.candidate, state.provision.site_owner(state.bodies)
    moved = value.lists[:, None] * np.maximum(then - now, 0.0)
    other = (candidate >= 0) & (candidate != site) & (owner[candidate] == owner[site])
    kept = np.bincount(np.maximum(candidate, 0).ravel(), (moved * other).ravel(), owner.size)
    nearest, share = department_after(economy.setup, state, site)
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
    variable = mean.cost * _cost_of_urgent(economy, economy.prices.variable) @ mix
    staff = mean.cost * _cost_of_urgent(economy, economy.prices.semi_fixed) @ mix
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


def _urgent_value(economy: "HealthEconomy", site: int) -> UrgentValue:
    state, prices = economy.state, economy.prices
    lists = state.yearbooks.last_year.emergency_value
    now = emergencies_moved(economy, site)[0]
    inside = (lists[:, None] * now)[economy.setup.geography.candidate == site].sum()
    outside = (
        YEAR * state.hospitals.outside_emergency[site] @ (prices.emergency + prices.attendance)
    )
    there = bool(state.hospitals.emergency_open[site])
    return UrgentValue(float(inside + outside) * there, lists, float(outside) * there)


def _cost_of_urgent(economy: "HealthEconomy", part: np.ndarray) -> np.ndarray:
    """Cost of a part for a pound of emergencies at national prices [sites, 13]."""
    cost: np.ndarray = (
        economy.prices.emergency_cost * part * economy.state.hospitals.lines.unit_cost
    )
    return cost


class Standing(NamedTuple):
    """Standing cost of a site that closing it saves, beyond that of single lines. Pounds a year."""

    at_once: float
    later: float  # a year, over the years felt


def _standing(economy: "HealthEconomy", site: int, lag: int, cost: np.ndarray) -> Standing:
    """What leaves of staff and buildings, at once and in the years after it shuts in `lag` months.

    `cost`: its level in every month of the years felt.
    """
    lines, prices, value = economy.state.hospitals.lines, economy.prices, economy.setup.parameters
    planned = prices.planned_cost * lines.unit_cost[site] * lines.base_income[site]
    urgent = prices.emergency_cost * lines.unit_cost[site]
    semi = (planned * prices.semi_fixed * lines.semi_kept[site] * lines.open[site]).sum()
    staff = (urgent * prices.semi_fixed * lines.urgent_semi[site]).sum()
    fixed = (planned * prices.fixed * lines.fixed_kept[site]).sum()
    fixed += (urgent * prices.fixed * lines.urgent_fixed[site]).sum()
    removable = value["costs.removable_share_of_direct_cost"]
    saved = value["trusts.site_fixed_saved_share"]
    gone = left_in_time(economy, lag, cost)
    later = (1.0 - removable) * (semi + staff) * gone[0] + (1.0 - saved) * fixed * gone[1]
    at_once = float(cost.mean()) * (removable * staff + saved * fixed)
    return Standing(float(YEAR * at_once) / PENCE_PER_POUND, float(YEAR * later) / PENCE_PER_POUND)
