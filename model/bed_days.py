"""Bed days: what trusts see when they plan stays and day cases, and what fewer days save."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.deciding import Rule
from agents.stays import DAY_CASE, STAY, STEPS, BedView, plan_stays
from model.deliberation import (
    PENCE,
    enter,
    forced_option,
    hospital_agents,
    sites_of,
)
from model.hospital_payment import paid_by_activity
from model.market_forces import first_paid_factor
from model.money import day_cost, overnight_days
from model.pathways import PATHWAYS

if TYPE_CHECKING:
    from agents.trust import Trust
    from model.economy import HealthEconomy


class Beds(NamedTuple):
    """A year's bed days of every site, as care was organised at the start [sites, 13]."""

    emergency: np.ndarray
    planned: np.ndarray
    used_worth: np.ndarray  # [sites], pounds earned with a day that planned patients can use
    usual_worth: np.ndarray  # [sites], the same as hospitals were paid in the place's year


def trusts_plan_stays(economy: "HealthEconomy") -> None:
    """Once a year: every line with enough patients in bed."""
    if not STAY.is_due(economy.state.month):
        return
    beds, small = year_of_beds(economy), economy.setup.parameters["trusts.small_line"]
    for _, agent in hospital_agents(economy):
        for site in sites_of(economy, agent):
            for p in range(len(PATHWAYS)):
                days = beds.emergency[site, p] + beds.planned[site, p]
                if days >= small:
                    _plan(economy, agent, STAY, beds, int(site), p)
                if beds.planned[site, p] >= small and economy.state.lines.open[site, p]:
                    _plan(economy, agent, DAY_CASE, beds, int(site), p)


def year_of_beds(economy: "HealthEconomy") -> Beds:
    """Bed days of last year, and what a day is worth that planned patients can use."""
    setup, last = economy.setup, economy.state.last_year
    activity, prices = setup.activity, economy.prices
    planned = last.arrivals * overnight_days(setup)
    share = setup.parameters["trusts.freed_beds_used_share"]
    days = np.maximum(activity.elective_stay_days, 1.0)
    forces = economy.state.market_forces
    then_paid = first_paid_factor(setup, economy.state, forces.index)
    cost = np.outer(forces.cost, prices.operation * prices.planned_cost * prices.variable)
    weight = share * planned / np.maximum(planned.sum(axis=1, keepdims=True), 1e-30) / days / PENCE
    now, then = (
        (weight * np.maximum(np.outer(paid, prices.operation) - cost, 0.0)).sum(axis=1)
        for paid in (
            forces.paid * economy.payment.planned_by_activity,
            then_paid * paid_by_activity(setup.place.year),
        )
    )
    return Beds(last.admissions * activity.emergency_stay_days, planned, now, then)


def _plan(
    economy: "HealthEconomy", agent: "Trust", rule: Rule, beds: Beds, site: int, p: int
) -> None:
    about = economy.setup.place.line_name(site, p)
    forced = forced_option(economy, agent.code, rule, about)
    view = bed_view(economy, rule, beds, site, p)
    decision = plan_stays(agent, rule, view, economy.state.month, about, forced)
    step = view.step * STEPS.get(decision.chosen, 0)
    used = bool(step < 0.0 or view.day_used > 0.0)
    enter(economy, decision, rule.name, (site, p, step, view.bed_days * step * used / 12.0))


def bed_view(economy: "HealthEconomy", rule: Rule, beds: Beds, site: int, p: int) -> BedView:
    """What a trust sees of the stays, or of the day cases, of a line."""
    value, lines = economy.setup.parameters, economy.state.lines
    staying = rule is STAY
    left, others = lines.stay[site, p], lines.overnight[site, p]
    if not staying:
        left, others = others, left
    # A day that day cases have saved cannot be saved again by shorter stays, nor the reverse.
    days = float(beds.planned[site, p] * others + beds.emergency[site, p] * staying)
    cost = day_cost(economy.setup) / PENCE
    least = "trusts.shortest_stay_share" if staying else "trusts.fewest_overnight_share"
    return BedView(
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


def change_stay(economy: "HealthEconomy", site: int, p: int, step: float, days: float) -> None:
    """Shorter or longer stays of a line, and `days` a month that planned patients can use."""
    economy.state.lines.stay[site, p] -= step
    _use_beds(economy, site, days)


def change_day_cases(economy: "HealthEconomy", site: int, p: int, step: float, days: float) -> None:
    """Fewer or more operations that stay overnight, and `days` a month for planned patients."""
    economy.state.lines.overnight[site, p] -= step
    _use_beds(economy, site, days)


def _use_beds(economy: "HealthEconomy", site: int, days: float) -> None:
    """Part of the days makes room for more operations, or takes it, in all lines of the site."""
    setup, capacity = economy.setup, economy.state.lines.capacity
    least = 1.0 - setup.parameters["trusts.most_days_added_share"]
    there = float(capacity[site] @ overnight_days(setup))
    if there > 0.0:
        used = setup.parameters["trusts.freed_beds_used_share"] * days
        capacity[site] *= max(1.0 + used / there, least)
