"""Where patients from outside the place are treated.

They come in a constant stream, each to the hospital that they used at the start. Where it takes
them no longer, or is sought less since it was shut once, they go to another as those who live by it
would: by distance and type of hospital. Like the stream, that does not answer to waits or quality.

Some of the others lie beyond the edge of the place. All sites of a trust are in it; other trusts'
hospitals around a site are taken to be of the place as far as its patients are. So whoever lives
near an edge mostly goes to hospitals beyond it, and is no longer seen.
"""

import numpy as np

from model.places.geography import Geography, distance_utility
from model.state.hospitals import Hospitals
from model.state.setup import Setup

EVERY = slice(None)


def outside_referrals(setup: Setup, hospitals: Hospitals, pathways: slice = EVERY) -> np.ndarray:
    """Patients from outside a month, where they go as lines are [sites, pathways]."""
    simple, demanding = outside_by_need(setup, hospitals, pathways)
    referrals: np.ndarray = simple + demanding
    return referrals


def outside_by_need(
    setup: Setup, hospitals: Hospitals, pathways: slice = EVERY
) -> tuple[np.ndarray, np.ndarray]:
    """Simple and complex patients from outside a month, where they go [sites, pathways]."""
    lines, stream = hospitals.lines, hospitals.outside_planned[:, pathways]
    taken, refused = (lines.pull * lines.open)[:, pathways], lines.only_simple[:, pathways]
    share = setup.activity.complex_share[pathways]
    first = lines.base_income[:, pathways] > 0.0
    return (
        _where_taken(setup, stream * (1.0 - share), taken, first),
        _where_taken(setup, stream * share, taken * ~refused, first),
    )


def _where_taken(
    setup: Setup, stream: np.ndarray, pull: np.ndarray, first: np.ndarray
) -> np.ndarray:
    """A stream by the site used first, where it goes if lines have a pull, or none [sites, p].

    `first` [sites, p] says who offered it at the start.
    """
    leaving = stream * (1.0 - np.minimum(pull, 1.0))
    there: np.ndarray
    there, left = stream - leaving, np.flatnonzero(leaving.any(axis=1))
    if left.size:
        share = _shares_of_others(setup, left, pull, first)
        there += np.einsum("sp,stp->tp", leaving[left], share)
    return there


def _shares_of_others(
    setup: Setup, left: np.ndarray, pull: np.ndarray, first: np.ndarray
) -> np.ndarray:
    """Shares of sites of the place in those who leave the sites `left` [left, sites, p]."""
    geography = setup.geography
    near = np.exp(distance_utility(geography.site_km[left], setup.parameters))
    near = near * np.exp(setup.site_constant)
    near[np.arange(left.size), left] = 0.0
    other = geography.site_trust[left][:, None] != geography.site_trust
    beyond = (near * other) @ first * geography.outside_ratio[left][:, None]
    odds = near[:, :, None] * pull
    total = odds.sum(axis=1) + beyond
    parts: np.ndarray = np.divide(
        odds, total[:, None], out=np.zeros_like(odds), where=total[:, None] > 0.0
    )
    return parts


def department_after(geography: Geography, hospitals: Hospitals, site: int) -> tuple[int, float]:
    """Where patients from outside go in an emergency if a site's department shuts.

    The nearest department to it, and the share of them who go there: the rest is nearer to one
    beyond the edge.
    """
    others = hospitals.emergency_open.copy()
    others[site] = 0
    nearest = int(np.where(others > 0, geography.site_km[site], np.inf).argmin())
    same_trust = geography.site_trust[nearest] == geography.site_trust[site]
    return nearest, 1.0 if same_trust else float(1.0 / (1.0 + geography.outside_ratio[site]))
