"""What programmes do: the rows that patients meet, and what of it lists can be expected to have.

Patients who are simulated are in a programme or not (`agents.patients.programme_effects`). Of a
list, the share of its people by stratum that can be expected to be in one has the same effects, so
that what organisations see and are paid for is the mean of what patients live.
"""

from typing import NamedTuple

import numpy as np

from agents.patients.needs import Needs
from agents.patients.patient_tables import NEED_MONTHS, PROGRAMME, STRATA, World
from model.parameters import Parameters
from model.policies.policy import Enrolment
from model.state.enrolment import Enrolments, Programme
from model.state.state import State


def programme_rows(value: Parameters, enrolments: Enrolments) -> np.ndarray:
    """What every programme does for whoever is in it; the first row is for no programme."""
    rows = np.zeros(1 + len(enrolments.programmes), dtype=PROGRAMME)
    rows["crises"] = 1.0
    for row, programme in zip(rows[1:], enrolments.programmes, strict=True):
        _fill_row(row, value, programme.terms)
    return rows


def _fill_row(row: np.void, value: Parameters, terms: Enrolment) -> None:
    """The effects of the services that a programme has."""
    if "contacts" in terms.services:
        usual = value["enrolment.contacts_a_year"]
        given = terms.contacts_a_year
        row["contacts"] = (usual if given is None else given) / 12.0
    if "substitution" in terms.services:
        row["follow_ups_replaced"] = value["enrolment.follow_ups_replaced"]
        row["reviews_replaced"] = value["enrolment.reviews_replaced"]
    if "own_doctor" in terms.services:
        row["personal"] = value["enrolment.own_doctor_change"]
    if "adherence" in terms.services:
        cause = value["enrolment.adherence_causal_share"]
        ratio = value["enrolment.adherent_admission_ratio"] ** cause
        row["crises"] = 1.0 - value["enrolment.adherence_gain"] * (1.0 - ratio)


class Expected(NamedTuple):
    """Effects of programmes on one person of a list and stratum [practices, STRATA]."""

    referrals: np.ndarray  # more, a month
    consultations: np.ndarray  # more, a month
    crises: np.ndarray  # more, a month
    factor: np.ndarray  # on all other crises
    reviews: np.ndarray  # share of yearly reviews that is replaced
    follow_ups: np.ndarray  # share of follow-ups in outpatients that is replaced
    found_follow_ups: np.ndarray  # of `referrals`, those whose follow-ups are replaced


def expected_effects(needs: Needs, state: State, world: World) -> Expected | None:
    """What lists can expect of programmes this month; None if there are none.

    `needs`: of one person.
    """
    programmes = state.residents.enrolment.programmes
    if not programmes:
        return None
    rules, shape = world.rules[0], (state.practices.lists.size, STRATA)
    need, inside, factor = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    reviews, follow_ups = np.zeros(shape), np.zeros(shape)
    for programme, row in zip(programmes, world.programmes[1:], strict=True):
        here = programme.practices
        need[here] += programme.found.sum(axis=0)
        factor[here] += _acted_on(programme, int(rules["effect_lag"])) * (row["crises"] - 1.0)
        reviews[here] += programme.share * row["reviews_replaced"]
        follow_ups[here] += programme.share * row["follow_ups_replaced"]
        treated = programme.by_months[:NEED_MONTHS].sum(axis=0) * programme.need_share
        inside[here] += treated * row["follow_ups_replaced"]
    each = _referrals_of_a_need(needs, world)
    return Expected(
        need * each, need * rules["need_consultations"], need * rules["need_crises"],
        1.0 + factor, reviews, follow_ups, inside * each,
    )  # fmt: skip


def _acted_on(programme: Programme, lag: int) -> np.ndarray:
    """Share of people who have been in a programme for `lag` months or more [STRATA]."""
    share: np.ndarray = programme.by_months[lag:].sum(axis=0)
    return share


def _referrals_of_a_need(needs: Needs, world: World) -> np.ndarray:
    """Referrals a month for a need that was found, as `found_referrals` of a patient [STRATA]."""
    rules, planned = world.rules[0], needs.planned[0]
    attendances = planned @ (1.0 + rules["follow_up_ratio"])
    of_all = np.maximum(planned.sum(axis=1), GUARD) / np.maximum(attendances, GUARD)
    referrals: np.ndarray = rules["need_outpatients"] * of_all
    return referrals


GUARD = 1e-30


def by_pathway(needs: Needs, referrals: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Referrals of lists by pathway [practices, 13], from those of one person by stratum.

    `referrals` and `people` [practices, STRATA], `needs` of one person.
    """
    planned = needs.planned[0]
    mix = planned / np.maximum(planned.sum(axis=1, keepdims=True), GUARD)
    found: np.ndarray = (people * referrals) @ mix
    return found


def with_programmes(
    needs: Needs, effects: Expected, people: np.ndarray, planned: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Referrals of lists with those for needs that were found; share whose follow-ups are replaced.

    `planned`: without them. All by pathway [practices, 13]; `people` [practices, STRATA].
    """
    need = needs.planned[0]
    share = ((people * effects.follow_ups) @ need) / np.maximum(people @ need, GUARD)
    every = planned + by_pathway(needs, effects.referrals, people)
    replaced = planned * share + by_pathway(needs, effects.found_follow_ups, people)
    return every, replaced / np.maximum(every, GUARD)
