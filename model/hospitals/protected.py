"""Lines that must go on, whoever runs them: nobody else in reach could take all their patients.

Commissioners designate services for which no alternative provider is near enough, and nobody may
stop those without their consent (Monitor 2013, Guidance for commissioners on ensuring the
continuity of health care services). That protects the service and not its owner: a line that loses
money is handed on with its trust, or kept with public money.
"""

from collections.abc import Sequence

import numpy as np

from model.care.queues import wait_months
from model.outcomes.market import volume
from model.state.setup import Setup
from model.state.state import State


def is_last_in_reach(
    setup: Setup, state: State, site: int, pathway: int, going: Sequence[int] = ()
) -> bool:
    """Whether some list would have nobody in reach with room for its patients of `pathway`.

    Lines of the sites that are `going` count as shut. What a line can do, how far away and with
    what wait another one is none, is as for real alternatives (`outcomes.market`). Contracts need
    not be asked: a rule that would leave nobody open to a list is not enforced
    (`arrangement.permitted`).
    """
    near = _in_reach(setup, state)
    rows = np.flatnonzero((near & (setup.geography.candidate == site)).any(axis=1))
    candidate = np.maximum(setup.geography.candidate[rows], 0)
    others = near[rows] & _others(state, site, pathway, going)[candidate]
    owner = state.provision.site_owner(state.bodies)
    follow = (others & (owner == owner[site])[candidate]).any(axis=1)  # with staff and room
    patients = np.where(follow, 0.0, _patients(setup, state, rows, site, pathway))
    room = np.where(others, _room(setup, state, pathway)[candidate], 0.0)
    return not _fits(patients, np.where(follow[:, None], 0.0, room), candidate, follow)


def _in_reach(setup: Setup, state: State) -> np.ndarray:
    """Candidates near enough for the mean patient of a list [practices, candidates]."""
    near = setup.geography.list_minutes <= setup.parameters["regimes.window_minutes"]
    reached: np.ndarray = near & (state.practices.lists > 0)[:, None]
    return reached


def _others(state: State, site: int, pathway: int, going: Sequence[int]) -> np.ndarray:
    """Sites whose line of `pathway` stays open, and takes whom this one takes [sites]."""
    lines = state.hospitals.lines
    others: np.ndarray = lines.open[:, pathway].copy()
    if not lines.only_simple[site, pathway]:
        others &= ~lines.only_simple[:, pathway]
    others[[site, *going]] = False
    return others


def _patients(setup: Setup, state: State, rows: np.ndarray, site: int, pathway: int) -> np.ndarray:
    """Part of what a line can do that is done for each of some lists, as all now refer [rows]."""
    there = setup.geography.candidate == site
    referred = (state.referrals.shares[:, :, pathway] * there).sum(axis=1) * state.practices.lists
    size = volume(setup.activity, state.hospitals)[site, pathway]
    parts: np.ndarray = size * referred[rows] / max(float(referred.sum()), 1e-30)
    return parts


def _room(setup: Setup, state: State, pathway: int) -> np.ndarray:
    """What every line can do, nothing where patients would wait too long [sites]."""
    waits = wait_months(setup.parameters, state.hospitals)[:, pathway]
    full = waits > setup.parameters["regimes.longest_wait_months"]
    return np.where(full, 0.0, volume(setup.activity, state.hospitals)[:, pathway])


def _fits(
    patients: np.ndarray, room: np.ndarray, candidate: np.ndarray, follow: np.ndarray
) -> bool:
    """Whether all patients of lists have room if each list's go where there is some, by its size.

    `patients` [lists], `room` and `candidate` [lists, candidates]; lists that `follow` have some.
    """
    offered = room.sum(axis=1)
    if ((offered <= 0.0) & ~follow).any():
        return False
    moved = room * (patients / np.maximum(offered, 1e-30))[:, None]
    load = np.bincount(candidate.ravel(), weights=moved.ravel())
    able = np.zeros(load.size)
    np.maximum.at(able, candidate.ravel(), room.ravel())
    return bool((load <= able * (1.0 + 1e-9)).all())
