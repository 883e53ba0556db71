"""Where patients from outside the place are treated.

They come in a constant stream, each to the hospital that they used at the start. Where it takes
them no longer, or is sought less since it was shut once, they go to another as those who live by it
would: by distance, type of hospital, quality and wait. The stream itself answers to neither.

Some of the others lie beyond the edge of the place. All sites of a trust are in it; other trusts'
hospitals around a site are taken to be of the place as far as its patients are. So whoever lives
near an edge mostly goes to hospitals beyond it, and is no longer seen. What attracts patients there
stays as it was in the place at the start: where waits have grown in the place, more go there.
"""

from typing import NamedTuple

import numpy as np

from agents.numerics.compiled import compiled
from model.care.attraction import site_attraction
from model.places.geography import Geography, distance_utility
from model.state.hospitals import Hospitals
from model.state.provision import Provision
from model.state.setup import Setup


class Rerouted(NamedTuple):
    """Patients from outside, of a pathway, whom the site that they used takes no longer."""

    patients: np.ndarray  # a month [rows], by site and kind
    odds: np.ndarray  # of going to sites of the place, as things are [rows, sites]
    beyond: np.ndarray  # of going to hospitals beyond its edge [rows]


@compiled
def go_elsewhere(those: Rerouted, moved: np.ndarray) -> np.ndarray:
    """Where they go a month [sites] once odds of sites have moved by such factors [sites]."""
    sent = np.zeros(moved.size)
    for n in range(those.patients.size):
        total = those.beyond[n]
        for s in range(moved.size):
            total += those.odds[n, s] * moved[s]
        if total > 0.0:
            for s in range(moved.size):
                sent[s] += those.patients[n] * those.odds[n, s] * moved[s] / total
    return sent


def outside_referrals(
    setup: Setup,
    provision: Provision,
    hospitals: Hospitals,
    waits: np.ndarray,
    moved: np.ndarray | None = None,
) -> np.ndarray:
    """Patients from outside a month, where they go as lines and `waits` are [sites, 13].

    Odds of sites are multiplied by `moved` [sites], if anything else has moved them.
    """
    simple, demanding = outside_by_need(setup, provision, hospitals, waits, moved)
    referrals: np.ndarray = simple + demanding
    return referrals


def outside_by_need(
    setup: Setup,
    provision: Provision,
    hospitals: Hospitals,
    waits: np.ndarray,
    moved: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The same, simple and complex patients apart."""
    stream, share = hospitals.outside_planned, setup.activity.complex_share
    found = stream * (1.0 - share), stream * share
    factor = np.ones(len(stream)) if moved is None else moved
    for p in _pathways_left(hospitals):
        for kind, (stay, those) in enumerate(_kinds(setup, provision, hospitals, waits, p)):
            found[kind][:, p] = stay + go_elsewhere(those, factor)
    return found


def outside_of(
    setup: Setup, provision: Provision, hospitals: Hospitals, waits: np.ndarray, pathway: int
) -> tuple[np.ndarray, Rerouted]:
    """Who goes where they went first, a month [sites], and who goes elsewhere, of a pathway."""
    simple, demanding = _kinds(setup, provision, hospitals, waits, pathway)
    those = (np.concatenate(pair) for pair in zip(simple[1], demanding[1], strict=True))
    return simple[0] + demanding[0], Rerouted(*those)


def outside_slope(
    setup: Setup, provision: Provision, hospitals: Hospitals, waits: np.ndarray
) -> np.ndarray:
    """Patients from outside a month that sites get more for a logit more of each [13, s, s]."""
    sites, pathways = hospitals.outside_planned.shape
    slope = np.zeros((pathways, sites, sites))
    for p in _pathways_left(hospitals):
        those = outside_of(setup, provision, hospitals, waits, p)[1]
        total = those.odds.sum(axis=1) + those.beyond
        share = those.odds / np.maximum(total, 1e-30)[:, None]
        flow = those.patients[:, None] * share
        slope[p] = np.diag(flow.sum(axis=0)) - flow.T @ share
    return slope


def only_near(those: Rerouted, near: np.ndarray) -> Rerouted:
    """The same with nothing moving but at the sites `near`: others are as good as beyond."""
    apart = np.delete(those.odds, near, axis=1).sum(axis=1)
    return Rerouted(those.patients, those.odds[:, near].copy(), those.beyond + apart)


def _pathways_left(hospitals: Hospitals) -> np.ndarray:
    """Pathways of which some line no longer takes all who used it first."""
    lines = hospitals.lines
    there = (lines.pull >= 1.0) & lines.open & ~lines.only_simple
    return np.flatnonzero(((hospitals.outside_planned > 0.0) & ~there).any(axis=0))


def _kinds(
    setup: Setup, provision: Provision, hospitals: Hospitals, waits: np.ndarray, pathway: int
) -> list[tuple[np.ndarray, Rerouted]]:
    """Who stays [sites], and who goes elsewhere: of simple patients and of complex ones."""
    stream, share = hospitals.outside_planned[:, pathway], setup.activity.complex_share[pathway]
    refused = hospitals.lines.only_simple[:, pathway]
    attraction = site_attraction(setup, provision, hospitals, waits)[:, pathway]
    pull = (hospitals.lines.pull * hospitals.lines.open)[:, pathway]
    found = []
    anybody = np.ones_like(refused)
    for patients, taken in ((stream * (1.0 - share), anybody), (stream * share, ~refused)):
        leaving = patients * (1.0 - np.minimum(pull * taken, 1.0))
        left = np.flatnonzero(leaving)
        odds, beyond = _odds_of_others(setup, hospitals, left, attraction * taken, pathway)
        found.append((patients - leaving, Rerouted(leaving[left], odds, beyond)))
    return found


def _odds_of_others(
    setup: Setup, hospitals: Hospitals, left: np.ndarray, attraction: np.ndarray, pathway: int
) -> tuple[np.ndarray, np.ndarray]:
    """Odds of sites of the place for who leaves `left` [left, sites], and beyond its edge [left].

    `attraction` [sites] is that of lines as they are, apart from distance.
    """
    geography = setup.geography
    near = np.exp(distance_utility(geography.site_km[left], setup.parameters))
    near[np.arange(left.size), left] = 0.0
    other = geography.site_trust[left][:, None] != geography.site_trust
    first = hospitals.first_attraction[:, pathway]
    return near * attraction, (near * other) @ first * geography.outside_ratio[left]


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
