"""Closing a hospital site: who can stand in for it, where its patients go, what it leaves behind.

Its lines take no more referrals and its emergency department shuts. Emergencies go to the nearest
department that is open, planned patients where they choose; beds and staff follow emergencies
there, and so do the payers' baselines. Part of the cost of the site stays with its owner and leaves
slowly.
"""

import numpy as np

from agents.patients.patient_tables import World
from model.care.flows import emergency_shares_of
from model.care.outside import department_after
from model.deciding import objects
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.hospitals.protected import is_last_in_reach
from model.hospitals.service_lines import shut_line
from model.hospitals.staff_moves import staying_with_owner
from model.parameters import Parameters
from model.payments.money import Prices
from model.places.geography import Geography
from model.places.place import Place
from model.state.bodies import MARKET
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.setup import Setup
from model.state.social_care import SocialCare
from model.state.state import Money, State, Yearbooks


def is_hospital(hospitals: Hospitals) -> np.ndarray:
    """Whether a site treats anybody: it has an open line or an emergency department [sites]."""
    hospital: np.ndarray = hospitals.lines.open.any(axis=1) & ~hospitals.closed_sites | (
        hospitals.emergency_open > 0
    )
    return hospital


def can_be_replaced(setup: Setup, state: State, site: int) -> bool:
    """Whether others have room for each of a site's lines, and a department is near enough.

    Near enough is within the longest journey, for everybody in reach of it.
    """
    geography, hospitals = setup.geography, state.hospitals
    offered = np.flatnonzero(hospitals.lines.open[site] & (hospitals.lines.base_income[site] > 0.0))
    if any(is_last_in_reach(setup, state, site, int(p)) for p in offered):
        return False
    if not hospitals.emergency_open[site]:
        return True
    others = hospitals.emergency_open.copy()
    others[site] = 0
    served = (geography.candidate == site).any(axis=1)
    reached = (others[geography.candidate] > 0) & (geography.candidate >= 0)
    longest = setup.parameters["trusts.longest_minutes_to_emergency"]
    further = minutes_to_emergency(geography, others)[_nearest_is(geography, hospitals, site)]
    return bool(reached[served].any(axis=1).all() and (further <= longest).all())


def minutes_to_emergency(geography: Geography, departments: np.ndarray) -> np.ndarray:
    """Minutes to the nearest of some departments (bool [sites]), or infinity [areas]."""
    km = np.where(departments > 0, geography.distance_km, np.inf).min(axis=1)
    minutes: np.ndarray = km * geography.minutes_per_km
    return minutes


def further_minutes(place: Place, geography: Geography, hospitals: Hospitals, site: int) -> float:
    """Minutes further to the nearest department if this one shuts, summed over people."""
    others = hospitals.emergency_open.copy()
    others[site] = 0
    now, then = (minutes_to_emergency(geography, d) for d in (hospitals.emergency_open, others))
    people = place.areas["population"].to_numpy(np.float64)
    return float((people * (then - now)).sum())


def _nearest_is(geography: Geography, hospitals: Hospitals, site: int) -> np.ndarray:
    """Whether the nearest open department is this one [areas]."""
    distance = geography.distance_km
    nearest: np.ndarray = (
        np.where(hospitals.emergency_open > 0, distance, np.inf).argmin(axis=1) == site
    )
    return nearest


def emergencies_moved(
    geography: Geography, hospitals: Hospitals, practices: Practices, site: int
) -> tuple[np.ndarray, np.ndarray]:
    """Share of each list's emergencies by candidate, now and if a site's department shut.

    Both [practices, candidates].
    """
    now = emergency_shares_of(geography, hospitals, practices)[:, :, 0]
    was, hospitals.emergency_open[site] = hospitals.emergency_open[site], 0
    then = emergency_shares_of(geography, hospitals, practices)[:, :, 0]
    hospitals.emergency_open[site] = was
    return now, then


@effect("close_site", "minds", "setup", "state", "prices", "world", touches=objects.of_site)
def close_site(
    minds: Minds, setup: Setup, state: State, prices: Prices, world: World, site: int
) -> None:
    """A hospital site shuts for good, if somebody can stand in for it."""
    value = setup.parameters
    if state.hospitals.closed_sites[site] or not can_be_replaced(setup, state, site):
        return
    _pay_for_closing(value, state, site)
    for p in np.flatnonzero(state.hospitals.lines.open[site]).tolist():
        shut_line(
            value,
            state.hospitals,
            site,
            p,
            staying_with_owner(minds, setup, state, prices, world, site, p),
        )
    stays = 1.0 - value["trusts.site_fixed_saved_share"]
    state.hospitals.lines.fixed_kept[site] *= stays
    if state.hospitals.emergency_open[site]:
        _close_department(setup.place, setup.geography, state, site)
        state.hospitals.lines.urgent_semi[site] *= (
            1.0 - value["costs.removable_share_of_direct_cost"]
        )
        state.hospitals.lines.urgent_fixed[site] *= stays
    state.hospitals.closed_sites[site] = True
    state.referrals.routes_stale = True


def _pay_for_closing(value: Parameters, state: State, site: int) -> None:
    cost = round(closing_pounds(value, state.yearbooks, site) * PENCE_PER_POUND)
    state.money.ledger.post(
        state.month,
        int(state.provision.site_owner(state.bodies)[site]),
        MARKET,
        "closing_cost",
        cost,
    )


def closing_pounds(value: Parameters, yearbooks: Yearbooks, site: int) -> float:
    """What closing a site costs its owner once: redundancies, beds and theatres elsewhere."""
    year = yearbooks.last_year
    income = float(year.line_income[site].sum() + year.emergency_paid[site]) / PENCE_PER_POUND
    return float(value["trusts.closing_cost_share"] * income)


def _close_department(place: Place, geography: Geography, state: State, site: int) -> None:
    """Emergencies go elsewhere, with baselines, beds and staff."""
    nearest, share = department_after(geography, state.hospitals, site)
    now, then = emergencies_moved(geography, state.hospitals, state.practices, site)
    state.hospitals.emergency_open[site] = 0
    _move_baselines(
        geography, state.hospitals, state.money, site, np.maximum(then - now, 0.0), (nearest, share)
    )
    state.hospitals.outside_emergency[nearest] += share * state.hospitals.outside_emergency[site]
    state.hospitals.outside_emergency[site] = 0.0
    _move_catchment(place, geography, state.hospitals, state.social_care, site)


def _move_baselines(
    geography: Geography,
    hospitals: Hospitals,
    money: Money,
    site: int,
    gained: np.ndarray,
    others: tuple[int, float],
) -> None:
    """What was agreed for a department's patients goes with them; beds and staff, too.

    `gained` [practices, candidates] is the share of a list that goes elsewhere; of patients from
    outside `others` says to which site what share goes.
    """
    candidate = geography.candidate
    lines, part = hospitals.lines, money.attribution.baseline
    there = candidate >= 0
    whole = lines.base_emergency.sum(axis=1)
    value = np.where(there, part * whole[candidate], 0.0)
    leaving = np.where(candidate == site, value, 0.0).sum(axis=1)
    elsewhere = there & (hospitals.emergency_open[candidate] > 0)
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


def _move_catchment(
    place: Place, geography: Geography, hospitals: Hospitals, social_care: SocialCare, site: int
) -> None:
    """People who cannot leave hospital wait where they now are; what was agreed goes with them."""
    served, council = social_care.catchment.site == site, social_care.catchment.council
    distance = geography.distance_km
    nearest = np.where(hospitals.emergency_open > 0, distance, np.inf).argmin(axis=1)
    after = np.where(served, nearest, social_care.catchment.site)
    social_care.catchment = social_care.catchment._replace(site=after)
    people = place.areas["population"].to_numpy(np.float64) * served
    by_council = np.zeros_like(social_care.site_days)  # [councils, sites]
    np.add.at(by_council, (council, after), people)
    for c, pool in social_care.pools.items():
        _spread(pool.site_days, site, by_council[c])
    if social_care.is_open:
        _spread(social_care.first_burden, site, by_council.sum(axis=0))


def _spread(figure: np.ndarray, site: int, people: np.ndarray) -> None:
    """What stands at a site goes to others [sites] in proportion to people, in place."""
    if people.any():
        gone, figure[site] = float(figure[site]), 0.0
        figure += gone * people / people.sum()
