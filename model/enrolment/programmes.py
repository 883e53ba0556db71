"""A programme begins, goes through its months, is paid for, and ends."""

import numpy as np

from model.deciding.minds import Minds
from model.enrolment.enrolling import enrol_people, everybody_leaves, need_share
from model.enrolment.expected_places import expect_month, first_candidates
from model.integrated.organisations import invited
from model.parameters import Parameters
from model.payments.list_charges import list_of
from model.policies.policy import Enrolment
from model.state.bodies import MARKET
from model.state.enrolment import EVENT, Programme
from model.state.setup import Setup
from model.state.state import State


def begin_programme(minds: Minds, setup: Setup, state: State, seed: int, terms: Enrolment) -> None:
    """Every commissioner enrols patients of a share of its practices from now on.

    `terms`: whom, how many of them, and what it costs.
    """
    chosen = np.zeros(state.practices.lists.size, dtype=bool)
    for k in range(len(minds.commissioners)):
        here = list_of(state.provision, state.practices, k)
        chosen |= invited(minds, seed, here, terms.practice_share)
    programmes = state.residents.enrolment.programmes
    programmes.append(
        Programme(
            terms=terms,
            number=len(programmes) + 1,
            start_month=state.month,
            practices=chosen,
            candidates=first_candidates(setup, state, terms, chosen),
            need_share=need_share(setup.parameters, terms),
        )
    )


def programmes_enrol(setup: Setup, state: State, seed: int) -> None:
    """A month of every programme: who leaves, and who takes the places that are free."""
    if not state.residents.enrolment.programmes:
        return
    events = []
    for programme in state.residents.enrolment.programmes:
        last = programme.terms.end_month
        if last is not None and state.month >= programme.start_month + _lasts(programme.terms):
            events.append(everybody_leaves(state, programme))
        else:
            expect_month(setup, state, programme)
            events.append(enrol_people(setup.parameters, state, programme, seed))
    state.residents.enrolment.events = np.concatenate(events).astype(EVENT)


def _lasts(terms: Enrolment) -> int:
    """Months from beginning to end."""
    assert terms.end_month is not None
    return terms.end_month - terms.start_month


def pay_programmes(minds: Minds, value: Parameters, state: State) -> None:
    """A month of the programmes, by the commissioner of the list of whoever is enrolled."""
    structure, lists = state.residents.structure, state.practices.lists
    enrolled = state.residents.enrolment.expected(lists, structure.strata)
    for programme, people in zip(state.residents.enrolment.programmes, enrolled, strict=True):
        cost = yearly_pence(value, programme.terms) / 12
        for k, agent in enumerate(minds.commissioners):
            here = list_of(state.provision, state.practices, k)
            pence = round(float(people[here].sum() * cost))
            state.money.ledger.post(state.month, agent.body, MARKET, "enrolment", pence)


def yearly_pence(value: Parameters, terms: Enrolment) -> float:
    """What a year of one person in a programme costs, with medicines that are taken for it."""
    given = terms.pence_per_enrolled_year
    cost = value["enrolment.pence_per_enrolled_year"] if given is None else given
    medicines = value["enrolment.adherence_pence"] if "adherence" in terms.services else 0
    return float(cost + medicines)
