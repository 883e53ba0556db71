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
def merge_practices(
    minds: Minds, setup: Setup, state: State, practice: int, other_practice: int
) -> None:
    """`practice` becomes part of `other_practice`: one list, one set of partners, the books of
    both.
    """
    if state.practices.lists[practice] and state.practices.lists[other_practice]:
        state.practices.workforce.merge(practice, other_practice, state.practices.lists)
        join_books(state.practices.books, state.practices.lists, practice, other_practice)
        move_patients(
            minds,
            setup,
            state,
            practice,
            np.where(
                state.practices.pair_practice == practice,
                other_practice,
                state.practices.pair_practice,
            ),
        )


@effect("close_practice", "minds", "setup", "state", touches=objects.of_lists)
def close_practice(minds: Minds, setup: Setup, state: State, practice: int) -> None:
    """The patients of a practice that closes go to the open practices that suit each area best.

    The last practice within reach of an area takes nobody away: it stays open.
    """
    area = setup.geography.pair_area
    if not state.practices.lists[practice]:
        return
    options, share = practice_options(
        setup.parameters, setup.geography, state.practices, without=practice
    )
    mine = np.flatnonzero(state.practices.pair_practice == practice)
    best = np.take_along_axis(options, share.argmax(axis=1)[:, None], axis=1)[:, 0]
    if (share[area[mine]].max(axis=1) <= 0.0).any():
        return
    moved = state.practices.pair_practice.copy()
    moved[mine] = best[area[mine]]
    state.practices.workforce.keep(state.practices.workforce.practice != practice)
    move_patients(minds, setup, state, practice, moved)


def move_patients(
    minds: Minds, setup: Setup, state: State, practice: int, pair_practice: np.ndarray
) -> None:
    """Move the whole list of `practice` as `pair_practice` says: who looks after each pair now
    [pairs].
    """
    pairs = np.flatnonzero(state.practices.pair_practice == practice)
    size = len(setup.place.practices)
    gained = np.bincount(pair_practice[pairs], state.practices.pair_patients[pairs], minlength=size)
    share = gained / gained.sum()
    by_area = np.full(len(setup.place.areas), int(share.argmax()))
    by_area[setup.geography.pair_area[pairs]] = pair_practice[pairs]
    _share_figures(state, practice, share)
    state.money.attribution.move_list(setup.geography.candidate, practice, share)
    _move_people(state.residents, practice, by_area)
    state.practices.pair_practice = pair_practice
    state.practices.lists = _whole(state.practices.lists, practice, share)
    state.practices.closed_lists[practice], state.practices.access[practice] = False, 0
    _leave_networks(minds, setup, state, practice)
    state.practices.lists_moved = True
    state.referrals.routes_stale = True


def _leave_networks(minds: Minds, setup: Setup, state: State, practice: int) -> None:
    """What has gone is a member of nothing and holds no budget."""
    state.budgets.hand_back(practice, state.month)
    for organisation in state.integrated.organisations:
        if state.provision.network[practice] == organisation.network:
            leave(minds, setup, state, practice, organisation.code)
    provision, body = state.provision, state.provision.practice_body[practice]
    provision.network[practice] = NOBODY
    provision.network_member[:, body] = provision.network_team[:, body] = False


def _whole(lists: np.ndarray, practice: int, share: np.ndarray) -> np.ndarray:
    """Lists after that of `practice` has been shared out: whole patients, none lost."""
    parts = np.floor(lists[practice] * share).astype(np.int64)
    parts[int(share.argmax())] += lists[practice] - parts.sum()
    after: np.ndarray = lists + parts
    after[practice] = 0
    return after


def _share_figures(state: State, practice: int, share: np.ndarray) -> None:
    """What lists are expected to need, spend and be paid for moves with the patients."""
    before = state.practices.lists.astype(np.float64)
    parts = state.practices.lists[practice] * share
    structure = state.residents.structure
    for name in ("need", "strata"):
        figure = getattr(structure, name)
        mine = parts.reshape((-1,) + (1,) * (figure.ndim - 1))
        held = before.reshape(mine.shape)
        mixed = (held * figure + mine * figure[practice]) / np.maximum(held + mine, 1e-30)
        setattr(structure, name, np.where(mine > 0, mixed, figure))
    for organisation in state.integrated.organisations:
        grown = 1.0 + np.divide(parts, before, out=np.zeros_like(parts), where=before > 0)
        organisation.capitation_pence *= grown[:, None]
        organisation.capitation_pence[practice] = 0.0
    for year in (state.yearbooks.year, state.yearbooks.last_year):
        for figure in year.of_lists():
            figure += np.multiply.outer(share, figure[practice].copy())
            figure[practice] = 0.0


def _move_people(residents: Residents, practice: int, by_area: np.ndarray) -> None:
    """Everyone registered with `practice`, and whoever takes a slot of its list later."""
    people = residents.people
    schedule_effect = np.flatnonzero(people["entry_practice"] == practice)
    people["entry_practice"][schedule_effect] = by_area[people["area"][schedule_effect]]
    mine = np.flatnonzero(people["practice"] == practice)
    register_with(people, mine, by_area[people["area"][mine]])
