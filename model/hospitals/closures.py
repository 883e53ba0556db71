"""Closing a hospital site: who can stand in for it, where its patients go, what it leaves behind.

Its lines take no more referrals and its emergency department shuts. Emergencies go to the nearest
department that is open, planned patients where they choose; beds and staff follow emergencies
there, and so do the payers' baselines. Part of the cost of the site stays with its owner and leaves
slowly.
"""

from typing import TYPE_CHECKING

import numpy as np

from model.care.flows import emergency_shares_of
from model.care.outside import department_after
from model.hospitals.service_lines import is_last_in_reach, shut_line, staying_with_owner
from model.state.bodies import MARKET
from model.state.ledger import PENCE_PER_POUND

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def is_hospital(economy: "HealthEconomy") -> np.ndarray:
    """Whether a site treats anybody: it has an open line or an emergency department [sites]."""
    state = economy.state
    hospital: np.ndarray = state.hospitals.lines.open.any(
        axis=1
    ) & ~state.hospitals.closed_sites | (state.hospitals.emergency_open > 0)
    return hospital


def can_be_replaced(economy: "HealthEconomy", site: int) -> bool:
    """Whether others offer each of a site's lines, and its department has another near enough.

    Near enough is within the longest journey, for everybody in reach of it.
    """
    state, geography = economy.state, economy.setup.geography
    offered = np.flatnonzero(
        state.hospitals.lines.open[site] & (state.hospitals.lines.base_income[site] > 0.0)
    )
    if any(is_last_in_reach(economy, site, int(p)) for p in offered):
        return False
    if not state.hospitals.emergency_open[site]:
        return True
    others = state.hospitals.emergency_open.copy()
    others[site] = 0
    served = (geography.candidate == site).any(axis=1)
    reached = (others[geography.candidate] > 0) & (geography.candidate >= 0)
    longest = economy.setup.parameters["trusts.longest_minutes_to_emergency"]
    further = minutes_to_emergency(economy, others)[_nearest_is(economy, site)]
    return bool(reached[served].any(axis=1).all() and (further <= longest).all())


def minutes_to_emergency(economy: "HealthEconomy", departments: np.ndarray) -> np.ndarray:
    """Minutes to the nearest of some departments (bool [sites]), or infinity [areas]."""
    geography = economy.setup.geography
    km = np.where(departments > 0, geography.distance_km, np.inf).min(axis=1)
    minutes: np.ndarray = km * geography.minutes_per_km
    return minutes


def further_minutes(economy: "HealthEconomy", site: int) -> float:
    """Minutes further to the nearest department if this one shuts, summed over people."""
    others = economy.state.hospitals.emergency_open.copy()
    others[site] = 0
    now, then = (
        minutes_to_emergency(economy, d) for d in (economy.state.hospitals.emergency_open, others)
    )
    people = economy.setup.place.areas["population"].to_numpy(np.float64)
    return float((people * (then - now)).sum())


def _nearest_is(economy: "HealthEconomy", site: int) -> np.ndarray:
    """Whether the nearest open department is this one [areas]."""
    state, distance = economy.state, economy.setup.geography.distance_km
    nearest: np.ndarray = (
        np.where(state.hospitals.emergency_open > 0, distance, np.inf).argmin(axis=1) == site
    )
    return nearest


def emergencies_moved(economy: "HealthEconomy", site: int) -> tuple[np.ndarray, np.ndarray]:
    """Share of each list's emergencies by candidate, now and if a site's department shut.

    Both [practices, candidates].
    """
    state = economy.state
    now = emergency_shares_of(economy.setup, state)[:, :, 0]
    was, state.hospitals.emergency_open[site] = state.hospitals.emergency_open[site], 0
    then = emergency_shares_of(economy.setup, state)[:, :, 0]
    state.hospitals.emergency_open[site] = was
    return now, then


def close_site(economy: "HealthEconomy", site: int) -> None:
    """A hospital site shuts for good, if somebody can stand in for it."""
    state, value = economy.state, economy.setup.parameters
    if state.hospitals.closed_sites[site] or not can_be_replaced(economy, site):
        return
    _pay_for_closing(economy, site)
    for p in np.flatnonzero(state.hospitals.lines.open[site]).tolist():
        shut_line(economy, site, p, staying_with_owner(economy, site, p))
    stays = 1.0 - value["trusts.site_fixed_saved_share"]
    state.hospitals.lines.fixed_kept[site] *= stays
    if state.hospitals.emergency_open[site]:
        _close_department(economy, site)
        state.hospitals.lines.urgent_semi[site] *= (
            1.0 - value["costs.removable_share_of_direct_cost"]
        )
        state.hospitals.lines.urgent_fixed[site] *= stays
    state.hospitals.closed_sites[site] = True
    state.referrals.routes_stale = True


def _pay_for_closing(economy: "HealthEconomy", site: int) -> None:
    state = economy.state
    cost = round(closing_pounds(economy, site) * PENCE_PER_POUND)
    state.money.ledger.post(
        state.month,
        int(state.provision.site_owner(state.bodies)[site]),
        MARKET,
        "closing_cost",
        cost,
    )


def closing_pounds(economy: "HealthEconomy", site: int) -> float:
    """What closing a site costs its owner once: redundancies, beds and theatres elsewhere."""
    year = economy.state.yearbooks.last_year
    income = float(year.line_income[site].sum() + year.emergency_paid[site]) / PENCE_PER_POUND
    return float(economy.setup.parameters["trusts.closing_cost_share"] * income)


def _close_department(economy: "HealthEconomy", site: int) -> None:
    """Emergencies go elsewhere, with baselines, beds and staff."""
    state = economy.state
    nearest, share = department_after(economy.setup, state, site)
    now, then = emergencies_moved(economy, site)
    state.hospitals.emergency_open[site] = 0
    _move_baselines(economy, site, np.maximum(then - now, 0.0), (nearest, share))
    state.hospitals.outside_emergency[nearest] += share * state.hospitals.outside_emergency[site]
    state.hospitals.outside_emergency[site] = 0.0
    _move_catchment(economy, site)


def _move_baselines(
    economy: "HealthEconomy", site: int, gained: np.ndarray, others: tuple[int, float]
) -> None:
    """What was agreed for a department's patients goes with them; beds and staff, too.

    `gained` [practices, candidates] is the share of a list that goes elsewhere; of patients from
    outside `others` says to which site what share goes.
    """
    state, candidate = economy.state, economy.setup.geography.candidate
    lines, part = state.hospitals.lines, state.money.attribution.baseline
    there = candidate >= 0
    whole = lines.base_emergency.sum(axis=1)
    value = np.where(there, part * whole[candidate], 0.0)
    leaving = np.where(candidate == site, value, 0.0).sum(axis=1)
    elsewhere = there & (state.hospitals.emergency_open[candidate] > 0)
    first = np.arange(candidate.shape[1]) == elsewhere.argmax(axis=1)[:, None]  # of empty lists
    weight = np.where(gained.any(axis=1)[:, None], gained, first & elsewhere)
    weight = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-30)
    moved = np.where(there, leaving[:, None] * weight, 0.0)
    to = np.bincount(np.maximum(candidate, 0).ravel(), moved.ravel(), minlength=whole.size)
    nearest, share = others
    to[nearest] += share * max(whole[site] - leaving.sum(), 0.0)  # agreed for those from outside
    mix = lines.base_emergency[site] / max(whole[site], 1e-30)
    lines.base_emergency += to[:, None] * mix
    lines.urgent_semi += to[:, None] * mix
    lines.base_emergency[site] = 0.0
    whole = lines.base_emergency.sum(axis=1)
    value = np.where(candidate == site, 0.0, value + moved)
    after = np.where(there, whole[candidate], 0.0)
    part[:] = np.divide(value, after, out=np.zeros_like(value), where=after > 0.0)


def _move_catchment(economy: "HealthEconomy", site: int) -> None:
    """People who cannot leave hospital wait where they now are; what was agreed goes with them."""
    state, care = economy.state, economy.state.social_care
    served, council = care.catchment.site == site, care.catchment.council
    distance = economy.setup.geography.distance_km
    nearest = np.where(state.hospitals.emergency_open > 0, distance, np.inf).argmin(axis=1)
    after = np.where(served, nearest, care.catchment.site)
    care.catchment = care.catchment._replace(site=after)
    people = economy.setup.place.areas["population"].to_numpy(np.float64) * served
    by_council = np.zeros_like(care.site_days)  # [councils, sites]
    np.add.at(by_council, (council, after), people)
    for c, pool in care.pools.items():
        _spread(pool.site_days, site, by_council[c])
    if care.is_open:
        _spread(care.first_burden, site, by_council.sum(axis=0))


def _spread(figure: np.ndarray, site: int, people: np.ndarray) -> None:
    """What stands at a site goes to others [sites] in proportion to people, in place."""
    if people.any():
        gone, figure[site] = float(figure[site]), 0.0
        figure += gone * people / people.sum()
