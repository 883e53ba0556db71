"""Practices that close or merge: their patients, lists and everything counted by list move on."""

import numpy as np

from model.care.kernel import register_with
from model.deciding import objects
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.integrated.membership import leave
from model.practices.income import join_books
from model.practices.list_moves import practice_options
from model.state.provision import NOBODY
from model.state.setup import Setup
from model.state.state import Residents, State


@effect("merge_practices", "minds", "setup", "state", touches=objects.of_lists)
def merge_practices(minds: Minds, setup: Setup, state: State, g: int, h: int) -> None:
    """Practice `g` becomes part of `h`: one list, one set of partners, the books of both."""
    if state.practices.lists[g] and state.practices.lists[h]:
        state.practices.workforce.merge(g, h, state.practices.lists)
        join_books(state.practices.books, state.practices.lists, g, h)
        move_patients(
            minds,
            setup,
            state,
            g,
            np.where(state.practices.pair_practice == g, h, state.practices.pair_practice),
        )


@effect("close_practice", "minds", "setup", "state", touches=objects.of_lists)
def close_practice(minds: Minds, setup: Setup, state: State, g: int) -> None:
    """The patients of a practice that closes go to the open practices that suit each area best.

    The last practice within reach of an area takes nobody away: it stays open.
    """
    area = setup.geography.pair_area
    if not state.practices.lists[g]:
        return
    options, share = practice_options(setup.parameters, setup.geography, state.practices, without=g)
    mine = np.flatnonzero(state.practices.pair_practice == g)
    best = np.take_along_axis(options, share.argmax(axis=1)[:, None], axis=1)[:, 0]
    if (share[area[mine]].max(axis=1) <= 0.0).any():
        return
    moved = state.practices.pair_practice.copy()
    moved[mine] = best[area[mine]]
    state.practices.workforce.keep(state.practices.workforce.practice != g)
    move_patients(minds, setup, state, g, moved)


def move_patients(
    minds: Minds, setup: Setup, state: State, g: int, pair_practice: np.ndarray
) -> None:
    """Move the whole list of `g` as `pair_practice` says: who looks after each pair now [pairs]."""
    pairs = np.flatnonzero(state.practices.pair_practice == g)
    size = len(setup.place.practices)
    gained = np.bincount(pair_practice[pairs], state.practices.pair_patients[pairs], minlength=size)
    share = gained / gained.sum()
    by_area = np.full(len(setup.place.areas), int(share.argmax()))
    by_area[setup.geography.pair_area[pairs]] = pair_practice[pairs]
    _share_figures(state, g, share)
    state.money.attribution.move_list(setup.geography.candidate, g, share)
    _move_people(state.residents, g, by_area)
    state.practices.pair_practice = pair_practice
    state.practices.lists = _whole(state.practices.lists, g, share)
    state.practices.closed_lists[g], state.practices.access[g] = False, 0
    _leave_networks(minds, setup, state, g)
    state.practices.lists_moved = True
    state.referrals.routes_stale = True


def _leave_networks(minds: Minds, setup: Setup, state: State, g: int) -> None:
    """What has gone is a member of nothing and holds no budget."""
    state.budgets.hand_back(g, state.month)
    for organisation in state.integrated.organisations:
        if state.provision.network[g] == organisation.network:
            leave(minds, setup, state, g, organisation.code)
    provision, body = state.provision, state.provision.practice_body[g]
    provision.network[g] = NOBODY
    provision.network_member[:, body] = provision.network_team[:, body] = False


def _whole(lists: np.ndarray, g: int, share: np.ndarray) -> np.ndarray:
    """Lists after that of `g` has been shared out: whole patients, none lost."""
    parts = np.floor(lists[g] * share).astype(np.int64)
    parts[int(share.argmax())] += lists[g] - parts.sum()
    after: np.ndarray = lists + parts
    after[g] = 0
    return after


def _share_figures(state: State, g: int, share: np.ndarray) -> None:
    """What lists are expected to need, spend and be paid for moves with the patients."""
    before, parts = state.practices.lists.astype(np.float64), state.practices.lists[g] * share
    structure = state.residents.structure
    for name in ("need", "strata"):
        figure = getattr(structure, name)
        mine = parts.reshape((-1,) + (1,) * (figure.ndim - 1))
        held = before.reshape(mine.shape)
        mixed = (held * figure + mine * figure[g]) / np.maximum(held + mine, 1e-30)
        setattr(structure, name, np.where(mine > 0, mixed, figure))
    for organisation in state.integrated.organisations:
        grown = 1.0 + np.divide(parts, before, out=np.zeros_like(parts), where=before > 0)
        organisation.capitation_pence *= grown[:, None]
        organisation.capitation_pence[g] = 0.0
    for year in (state.yearbooks.year, state.yearbooks.last_year):
        for figure in year.of_lists():
            figure += np.multiply.outer(share, figure[g].copy())
            figure[g] = 0.0


def _move_people(residents: Residents, g: int, by_area: np.ndarray) -> None:
    """Everyone registered with `g`, and whoever takes a slot of its list later."""
    people = residents.people
    entry = people["entry_practice"]
    entry[:] = np.where(entry == g, by_area[people["area"]], entry)
    mine = people["practice"] == g
    register_with(people, np.where(mine, by_area[people["area"]], people["practice"]))
