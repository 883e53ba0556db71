"""Practices that join and leave integrated organisations, and the reserves that come with them."""

import numpy as np

from model.deciding import objects
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.integrated.organisations import (
    find_organisation,
    leading_body,
    note_team_moves,
    send_back,
    set_members,
)
from model.integrated.results import settle_result
from model.payments.hospital_payment import HospitalPayment
from model.payments.list_charges import yearly_charges
from model.state.integrated import Integrated
from model.state.provision import NOBODY
from model.state.setup import Setup
from model.state.state import State


@effect("join", "minds", "setup", "state", "payment", touches=objects.of_membership)
def join(
    minds: Minds, setup: Setup, state: State, payment: HospitalPayment, practice: int, code: str
) -> None:
    """A practice becomes a member: its list is paid for by capitation."""
    organisation = find_organisation(state.integrated, code)
    if organisation is None or not state.practices.lists[practice]:
        return  # one of them has ended since it was decided
    _leave_others(minds, setup, state, practice)
    state.budgets.hand_back(practice, state.month)  # the organisation now pays for the list's care
    state.provision.network[practice] = organisation.network
    state.provision.clinic_slot[practice] = organisation.slot
    organisation.capitation_pence[practice] = (
        yearly_charges(setup.geography, state, payment, np.array([practice]))[0] / 12.0
    )
    put_up = round(
        organisation.terms.reserve_share * 12.0 * organisation.capitation_pence[practice].sum()
    )
    _move_reserve(state, organisation, practice, put_up)
    _change_members(minds, setup, state, organisation, practice)


def _change_members(
    minds: Minds, setup: Setup, state: State, organisation: Integrated, practice: int
) -> None:
    """Who is in by now; if community teams change hands by it, that is noted with the practice."""
    before = state.provision.employer.copy()
    set_members(setup, state, organisation)
    note_team_moves(minds, state, organisation, minds.practices[practice].code, before)


def _leave_others(minds: Minds, setup: Setup, state: State, practice: int) -> None:
    for other in state.integrated.organisations:
        if state.provision.network[practice] == other.network:
            leave(minds, setup, state, practice, other.code)


@effect("leave", "minds", "setup", "state", touches=objects.of_membership)
def leave(minds: Minds, setup: Setup, state: State, practice: int, code: str) -> None:
    """A practice leaves; its patients' care is paid for as before."""
    organisation = find_organisation(state.integrated, code)
    if organisation is None or state.provision.network[practice] != organisation.network:
        return  # it has ended, or the practice has moved, since it was decided
    if (state.provision.network == organisation.network).sum() == 1:
        settle_result(
            minds, setup.parameters, state, organisation
        )  # the last to leave bears its share of the year
    state.provision.network[practice] = NOBODY
    send_back(state.provision, organisation, practice)
    held = max(state.money.ledger.balance_of(organisation.body), 0)
    mine = int(organisation.reserve_pence[practice])
    _move_reserve(state, organisation, practice, -min(mine, held))
    organisation.reserve_pence[practice] = 0
    _change_members(minds, setup, state, organisation, practice)


def _move_reserve(state: State, organisation: Integrated, practice: int, pence: int) -> None:
    """The leader, or the practice itself, puts up a list's reserve, or is given it back."""
    payer = leading_body(state.bodies, organisation)
    if payer == NOBODY:
        payer = int(state.provision.practice_body[practice])
    state.money.ledger.post(state.month, payer, organisation.body, "reserve", pence)
    organisation.reserve_pence[practice] += pence
    organisation.opening_balance += pence  # it is no part of the year's result
