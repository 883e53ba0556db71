"""The market forces factor: what tariff prices are multiplied by where wages and land are dear.

Of a place only the differences between its hospitals count, so factors are relative to the mean of
the place: prices, costs and allocations of the place as a whole stay what they are.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from agents.numerics.random_streams import STREAM_TRAIT, key_of, keyed_normals
from model.care.flows import emergency_shares_of
from model.parameters import Parameters
from model.places.geography import Geography
from model.places.place import Place
from model.rules import rules_of_year
from model.state.bodies import Bodies
from model.state.hospitals import Hospitals, MarketForces
from model.state.provision import Provision
from model.state.state import Referrals, State

SHARE = "hospital_payment.market_forces.paid_share"
INDEPENDENTS = "hospital_payment.market_forces.independents"
CHARING_CROSS_KM = (530.0, 180.4)  # on the grid
ORDINAL = 14  # which of a trust's traits


class OfLists(NamedTuple):
    """Mean of a figure of hospitals over those where each list's patients go."""

    planned: np.ndarray  # [practices, 13]
    urgent: np.ndarray  # [practices]


def first_market_forces(
    place: Place,
    value: Parameters,
    bodies: Bodies,
    provision: Provision,
    income: np.ndarray,
    seed: int,
) -> MarketForces:
    """Factors of all sites, what is paid of them by the rules of the place's year, and costs.

    `income`: what each site earns at tariff prices [sites].
    """
    trust = provision.site_slot
    dear = (
        _drawn(place, value, seed) if place.synthetic else _by_distance(place, value, trust, income)
    )
    published = 1.0 + value["prices.market_forces_range"] * dear[trust]
    index = published * income.sum() / max(float(income @ published), 1e-30)
    paid = first_paid_factor(place, bodies, provision, index)
    cost = 1.0 + value["costs.unavoidable_per_market_forces"] * (paid - 1.0)
    return MarketForces(index, cost, paid)


def _drawn(place: Place, value: Parameters, seed: int) -> np.ndarray:
    """How dear every trust's place is within the published range, 0 to 1 [trusts]."""
    keys = np.array([key_of(str(code)) for code in place.trusts["trust"]], dtype=np.uint64)
    draw = keyed_normals(np.uint64(seed), STREAM_TRAIT, keys, 0, ORDINAL)
    spread = value["prices.market_forces_local_spread"]
    middle = value["prices.market_forces_local_mean"]
    drawn: np.ndarray = np.clip(middle + spread * draw, 0.0, 1.0)
    return drawn


def _by_distance(
    place: Place, value: Parameters, trust: np.ndarray, income: np.ndarray
) -> np.ndarray:
    """The same by distance from the middle of London, a trust's sites together [trusts]."""
    points = place.sites[["easting_km", "northing_km"]].to_numpy(np.float64)
    away = np.hypot(*(points - CHARING_CROSS_KM).T)
    dear = np.exp(-away / value["prices.market_forces_reach_km"])
    trusts, weight = len(place.trusts), np.maximum(income, 1.0)
    total = np.bincount(trust, weight, minlength=trusts)
    return np.bincount(trust, dear * weight, minlength=trusts) / np.maximum(total, 1.0)


def first_paid_factor(
    place: Place, bodies: Bodies, provision: Provision, index: np.ndarray
) -> np.ndarray:
    """The same as under the rules of the place's year [sites].

    `index` [sites]: factor as it is published.
    """
    return paid_factor(rules_of_year(place.year), bodies, provision, index)


def paid_factor(
    rules: Mapping[str, Any], bodies: Bodies, provision: Provision, index: np.ndarray
) -> np.ndarray:
    """What the tariff of every site is multiplied by under these rules [sites].

    Before there was a rule, local prices met local costs, as the whole factor does. `index`
    [sites]: factor as it is published.
    """
    kinds = [bodies.kinds[body] for body in provision.slot_body[provision.site_slot]]
    left_out = np.array([kind == "independent" for kind in kinds]) & (
        not rules.get(INDEPENDENTS, SHARE not in rules)
    )
    return np.where(left_out, 1.0, 1.0 + rules.get(SHARE, 1.0) * (index - 1.0))


def of_lists(geography: Geography, state: State, by_site: np.ndarray) -> OfLists:
    """A figure of sites [sites] as the lists meet it that send their patients there.

    `by_site` is that figure.
    """
    urgent = emergency_shares_of(geography, state.hospitals, state.practices)
    of_urgent = _mean(_at_candidates(geography, by_site), urgent)[:, 0]
    return OfLists(planned_of_lists(geography, state.referrals, by_site), of_urgent)


def planned_of_lists(geography: Geography, referrals: Referrals, by_site: np.ndarray) -> np.ndarray:
    """The same for planned care alone [practices, 13].

    `by_site`: the figure [sites].
    """
    return _mean(_at_candidates(geography, by_site), referrals.shares)


def _at_candidates(geography: Geography, by_site: np.ndarray) -> np.ndarray:
    candidate = geography.candidate
    return np.where(candidate >= 0, by_site[np.maximum(candidate, 0)], 0.0)[:, :, None]


def at_place(geography: Geography, hospitals: Hospitals, pence: np.ndarray) -> np.ndarray:
    """What lists have at their candidates [practices, candidates, columns], as it is paid there.

    Returns [practices, columns]. `pence` is what they have at national prices.
    """
    place = hospitals.market_forces.paid[geography.candidate]
    factor: np.ndarray = np.einsum("gjp,gj->gp", pence, place)
    return factor


def _mean(figure: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Weighted by shares [practices, candidates, 13]; 1 where nobody goes anywhere."""
    total = shares.sum(axis=1)
    weighted = (figure * shares).sum(axis=1)
    weighted_mean: np.ndarray = np.divide(
        weighted, total, out=np.ones_like(total), where=total > 0.0
    )
    return weighted_mean
