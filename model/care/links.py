"""Links between organisations: learnt by joint work, lost by neglect and with a contract.

Whoever works in the joint teams of a network learns to, from nothing, along a logistic curve. The
tie between two organisations is as strong as the one of them that has learnt less, and so is a
late joiner's. Whoever is in several networks has ties of each; the strongest counts. A network that
ends, or is left, leaves ties that fade. Shared records are used in the same way, and only by
members.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from model.parameters import Parameters
from model.state.provision import Losses, Provision
from model.state.state import Referrals, State

GROWTH_MONTHS = 3
FORGOTTEN = 0.01  # a strength below which nothing is left
LEAST_STEEPNESS = 0.01  # of the curve, for which it is a straight line


def learnt(strength: Any, months: float, full_months: float, steepness: float) -> np.ndarray:
    """What `strength` (0 to 1) has become after so many months of work, along a logistic curve.

    `full_months` lead from 0 to 1; `steepness` is that of the curve, nought for a straight line.
    """
    k = max(steepness, LEAST_STEEPNESS)
    first = _logistic(-0.5 * k)
    height = _logistic(0.5 * k) - first
    level = first + np.asarray(strength, dtype=np.float64) * height
    time = 0.5 + np.log(level / (1.0 - level)) / k + months / full_months
    after = (_logistic(k * (time - 0.5)) - first) / height
    return np.where(time > 1.0 - 1e-9, 1.0, after)


def _logistic(exponent: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-exponent))


def take_part(
    provision: Provision, network: int, sharing: Iterable[int], working: Iterable[int]
) -> None:
    """From now on these bodies, and no others, share the record, or work in the joint teams."""
    provision.network_member[network] = provision.network_team[network] = False
    provision.network_member[network, list(sharing)] = True
    provision.network_team[network, list(working)] = True
    provision.network_record[network] *= provision.network_member[
        network
    ]  # who leaves cannot look into it


def hand_back(
    value: Parameters,
    losses: Losses,
    provision: Provision,
    referrals: Referrals,
    network: int,
    pathways: np.ndarray | None,
    commissioner: int,
) -> None:
    """A network ends as a contract does: only people who know each other keep their ties.

    Where community teams go back to their provider, those that `commissioner` has not given to a
    prime provider must get used to it for `pathways` (None: no teams go back).
    """
    kept = value["handovers.link_kept_on_transfer"]
    take_part(provision, network, (), ())
    provision.network_link[network] *= kept
    if pathways is not None:
        start_anew(value, losses, provision, commissioner, pathways)
    referrals.routes_stale = True


def change_hands(
    value: Parameters,
    losses: Losses,
    state: State,
    commissioner: int,
    pathway: int,
    before: int,
    after: int,
) -> bool:
    """`commissioner`'s work on `pathway` goes from one body to another; whether ties are lost.

    Whoever was merged with the one before knows the others already; that is kept in mind.
    """
    state.contracts.spared_ties.pop((commissioner, pathway), None)
    new = bool(state.bodies.owner[before] != state.bodies.owner[after])
    if new:
        start_anew(value, losses, state.provision, commissioner, pathway)
    elif before != after:
        state.contracts.spared_ties[commissioner, pathway] = (before, after)
    return new


def start_anew(
    value: Parameters, losses: Losses, provision: Provision, commissioner: int, pathways: Any
) -> None:
    """Whoever does `commissioner`'s community work on these pathways is new to it."""
    provision.prime_link[commissioner, pathways] = link_of_new(value, losses)


def covered(provision: Provision) -> tuple[np.ndarray, np.ndarray]:
    """Whether records, and joint teams, of networks cover practices [networks, practices]."""
    practice = provision.practice_body
    return provision.network_member[:, practice], provision.network_team[:, practice]


def links_change(value: Parameters, losses: Losses, state: State) -> None:
    """Quarter by quarter links and the use of records grow with joint work, and fade without."""
    provision = state.provision
    if state.month % GROWTH_MONTHS:
        return
    before = [provision.network_record, provision.network_link, provision.prime_link]
    provision.network_record = _used(value, provision.network_record, provision.network_member)
    faded = provision.network_link * kept_by_neglect(value)
    faded = np.where(faded < FORGOTTEN, 0.0, faded)
    provision.network_link = np.where(
        provision.network_team, _grown(value, provision.network_link), faded
    )
    provision.prime_link = _settled(value, losses, provision.prime_link)
    after = [provision.network_record, provision.network_link, provision.prime_link]
    if any((a != b).any() for a, b in zip(after, before, strict=True)):
        state.referrals.routes_stale = True


def _grown(value: Parameters, strength: np.ndarray) -> np.ndarray:
    full, steepness = value["handovers.link_full_strength_months"], value["links.curve_steepness"]
    return learnt(strength, GROWTH_MONTHS, full, steepness)


def _used(value: Parameters, record: np.ndarray, member: np.ndarray) -> np.ndarray:
    return np.where(member, _grown(value, record), 0.0)


def kept_by_neglect(value: Parameters) -> float:
    """What a quarter without joint work leaves of what was learnt."""
    yearly = value["links.kept_after_a_year_of_neglect"]
    return float(yearly ** (GROWTH_MONTHS / 12.0))


def mean_link(value: Parameters, losses: Losses, state: State, link: float, months: int) -> float:
    """Mean strength, from now on, of the link of whoever is new to a pathway for so many months."""
    total, strength = 0.0, np.array(link)
    for month in range(state.month, state.month + months):
        total += float(strength)
        if month % GROWTH_MONTHS == 0:
            strength = _settled(value, losses, strength)
    return total / months


def link_of_new(value: Parameters, losses: Losses) -> float:
    """Strength of the links of whoever is new to a pathway, when it begins."""
    kept = value["handovers.link_kept_on_transfer"]
    return float(kept * losses.established)


def _settled(value: Parameters, losses: Losses, link: np.ndarray) -> np.ndarray:
    """Links of whoever is new to a pathway grow to what is established, and no further."""
    established = losses.established
    least = link_of_new(value, losses)
    gap = max(established - least, 1e-12)
    known = np.clip((link - least) / gap, 0.0, 1.0)
    return np.where(link < established, least + gap * _grown(value, known), link)
