"""Whom a programme can be expected to have, at full scale: what payers and organisations go by.

Nothing that the simulated people do reaches an organisation. The residents who stand for the
place's people (`month.everybody`) go through the same months as chances: the places are filled from
the highest score down by those who would accept, people drop out, die and move away at their rates,
and who has been enrolled is not offered a place again. Residents grow no older; who dies or moves
away is followed by someone alike.
"""

import numpy as np
from scipy.special import pdtrc

from agents.numerics.random_streams import STREAM_ENROL, keyed_normals
from agents.patients.patient_tables import STRATA
from model.enrolment.eligible import fits
from model.enrolment.enrolling import JUDGING, dropping_out
from model.policies.policy import Enrolment
from model.state.enrolment import LONG, Candidates, Programme
from model.state.setup import Setup
from model.state.state import State

GUARD = 1e-30
LUCK = 0  # of these people's judged scores, the same in every run


def first_candidates(
    setup: Setup, state: State, terms: Enrolment, practices: np.ndarray
) -> Candidates:
    """The residents whom a programme is for, with nobody in it.

    `terms` and `practices` (bool) are the programme's.
    """
    known = setup.everybody
    rows = np.flatnonzero(fits(-known.born.astype(np.int64) // 12, known.conditions, terms))
    rate = 12.0 * state.residents.strata["emergency_rate"][known.stratum[rows]]
    if terms.picked_by == "judgement":
        keys = np.arange(rows.size, dtype=np.uint64)
        error = keyed_normals(np.uint64(LUCK), STREAM_ENROL, keys, 0, JUDGING)
        judged = rate * np.exp(setup.parameters["enrolment.judgement_error"] * error)
        order = np.argsort(-judged, kind="stable")
        rows, rate = rows[order], rate[order]
    return Candidates(
        stratum=known.stratum[rows],
        leaving=_leaving(setup, state, practices, known.leaving[rows]),
        qualifies=chance_of_admissions(rate, terms.past_admissions),
        enrolled=np.zeros(rows.size),
        ever=np.zeros(rows.size),
        pool=np.zeros(rows.size),
    )


def _leaving(setup: Setup, state: State, practices: np.ndarray, leaving: np.ndarray) -> np.ndarray:
    """Chance to be gone from the lists in a month: to die, to move away, to change practice."""
    lists = state.practices.lists
    elsewhere = 1.0 - lists[practices].sum() / lists.sum()
    gone: np.ndarray = leaving + setup.activity.register_rate * elsewhere
    return gone


def chance_of_admissions(rate: np.ndarray, least: int) -> np.ndarray:
    """Chance to have `least` emergency admissions or more in a year [people].

    `rate`: admissions a year.
    """
    if least == 0:
        return np.ones_like(rate)
    chance: np.ndarray = pdtrc(least - 1, rate)
    return chance


def expect_month(setup: Setup, state: State, programme: Programme) -> None:
    """A month of whom the programme can be expected to have."""
    value, terms, one = setup.parameters, programme.terms, programme.candidates
    residents = np.maximum(np.bincount(setup.everybody.stratum, minlength=STRATA), 1)
    people = covered_people(state, programme)
    weight = (people / residents)[one.stratum]
    _leave(programme, dropping_out(value))
    if state.month % 12 == 0 and terms.discharged_after_quiet_year:
        _discharge(programme, 12.0 * state.residents.strata["emergency_rate"])
    if state.month % 12 == 0 or not terms.past_admissions or state.month == programme.start_month:
        one.pool = one.qualifies * np.maximum(value["enrolment.take_up_share"] - one.ever, 0.0)
    places = terms.capacity_share * people.sum() - weight @ one.enrolled
    joined = one.pool * _filled(weight * one.pool, places)
    one.enrolled += joined
    one.ever += joined
    one.pool -= joined
    new = np.bincount(one.stratum, joined, minlength=STRATA) / residents
    programme.by_months[0] = new
    programme.found[0] = new * programme.need_share


def covered_people(state: State, programme: Programme) -> np.ndarray:
    """People of the programme's practices by stratum, at full scale [STRATA]."""
    lists, strata = state.practices.lists, state.residents.structure.strata
    people: np.ndarray = lists[programme.practices] @ strata[programme.practices]
    return people


def _leave(programme: Programme, dropping: float) -> None:
    """People drop out, die and move away; who stays has been in for a month more."""
    one, by_months = programme.candidates, programme.by_months
    before = np.bincount(one.stratum, one.enrolled, minlength=STRATA)
    one.enrolled *= 1.0 - one.leaving
    here = np.bincount(one.stratum, one.enrolled, minlength=STRATA)
    one.enrolled *= 1.0 - dropping
    one.ever *= 1.0 - one.leaving
    one.pool *= 1.0 - one.leaving
    by_months[LONG] += by_months[LONG - 1]
    by_months[1:LONG] = by_months[: LONG - 1]
    by_months[0] = 0.0
    living = np.divide(here, before, out=np.zeros(STRATA), where=before > 0.0)
    by_months *= living * (1.0 - dropping)
    programme.found[1:] = programme.found[:-1] * living
    programme.found[0] = 0.0


def _discharge(programme: Programme, rate: np.ndarray) -> None:
    """Who has been in for a year or more leaves after an NHS year without an admission.

    `rate`: admissions a year [STRATA].
    """
    one, by_months, quiet = programme.candidates, programme.by_months, np.exp(-rate)
    long = by_months[LONG] / np.maximum(by_months.sum(axis=0), GUARD)
    by_months[LONG] *= 1.0 - quiet
    one.enrolled *= (1.0 - quiet * long)[one.stratum]


def _filled(offered: np.ndarray, places: float) -> np.ndarray:
    """Share of each of those on offer who get a place, the first in line before others."""
    before = np.cumsum(offered) - offered
    left = np.maximum(places - before, 0.0)
    share: np.ndarray = np.minimum(left / np.maximum(offered, GUARD), 1.0)
    return share
