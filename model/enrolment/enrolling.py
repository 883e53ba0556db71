"""Who of the people simulated is picked for a programme, accepts, and leaves it again.

Places are filled from the highest score down, month by month. Whether somebody accepts an offer is
a draw of the person's own that does not change, so a second offer would find the same answer; who
has left is not offered a place again.
"""

import numpy as np

from agents.numerics.random_streams import STREAM_ENROL, keyed_normals, keyed_uniforms
from agents.patients.patient_tables import NEVER_ENROLLED
from model.enrolment.eligible import may_join
from model.parameters import Parameters
from model.policies.policy import Enrolment
from model.state.enrolment import (
    CHANGED_LIST,
    DROPPED_OUT,
    EVENT,
    JOINED,
    PROGRAMME_ENDED,
    QUIET_YEAR,
    Programme,
)
from model.state.state import State

ACCEPTING, JUDGING, STAYING, FINDING = DRAWS = range(4)  # of a person, for one programme


def enrol_people(value: Parameters, state: State, programme: Programme, seed: int) -> np.ndarray:
    """Let people leave, then fill the places that are free; returns what happened (EVENT)."""
    people = state.residents.people
    inside = np.flatnonzero(people["programme"] == programme.number)
    reason = reasons_to_leave(value, people[inside], programme, state.month, seed)
    leaving = reason != JOINED
    gone = inside[leaving]
    people["programme"][gone] = 0
    chosen, score = picked(value, state, programme, inside.size - gone.size, seed)
    people["programme"][chosen] = programme.number
    people["enrolled_since"][chosen] = state.month
    draw = _uniforms(people[chosen], programme, seed, state.month, FINDING)
    people["new_need"][chosen] = draw < programme.need_share
    line = float(score.min()) if score.size else np.inf
    return np.concatenate([
        _events(people[gone], programme, reason[leaving], np.zeros(gone.size), np.inf),
        _events(people[chosen], programme, np.full(chosen.size, JOINED), score, line),
    ])  # fmt: skip


def need_share(value: Parameters, terms: Enrolment) -> float:
    """Share of those who join in whom a need is found that nobody knew of."""
    return float(value["enrolment.new_need_share"]) if "case_finding" in terms.services else 0.0


def everybody_leaves(state: State, programme: Programme) -> np.ndarray:
    """The programme is over; returns who was in it (EVENT)."""
    people = state.residents.people
    inside = people["programme"] == programme.number
    people["programme"][inside] = 0
    programme.by_months[:] = 0.0
    programme.ended = True
    left, nought = people[inside], np.zeros(int(inside.sum()))
    return _events(left, programme, np.full(left.size, PROGRAMME_ENDED), nought, np.inf)


def _events(
    people: np.ndarray, programme: Programme, what: np.ndarray, score: np.ndarray, line: float
) -> np.ndarray:
    events = np.zeros(people.size, dtype=EVENT)
    events["slot"], events["programme"] = people["slot"], programme.number
    events["what"], events["score"], events["line"] = what, score, line
    return events


def reasons_to_leave(
    value: Parameters, inside: np.ndarray, programme: Programme, month: int, seed: int
) -> np.ndarray:
    """Why each of those inside leaves this month [people]; JOINED for who stays.

    `inside`: rows of people.
    """
    draw = _uniforms(inside, programme, seed, month, STAYING)
    reason = np.where(draw < dropping_out(value), DROPPED_OUT, JOINED)
    if programme.terms.discharged_after_quiet_year and month % 12 == 0:
        a_year = month - inside["enrolled_since"].astype(np.int64) >= 12
        reason[a_year & (inside["crises_last_year"] == 0)] = QUIET_YEAR
    reason[~programme.practices[inside["practice"]]] = CHANGED_LIST
    return reason


def dropping_out(value: Parameters) -> float:
    """Chance to leave a programme in a month by one's own wish."""
    return float(1.0 - 2.0 ** (-1.0 / value["enrolment.median_months"]))


def picked(
    value: Parameters, state: State, programme: Programme, taken: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of those who take the places that are free, and their scores.

    `taken`: places that are not free.
    """
    people = state.residents.people
    covered = programme.practices[people["practice"]]
    places = int(programme.terms.capacity_share * covered.sum()) - taken
    if places <= 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    new = people["enrolled_since"] == NEVER_ENROLLED
    could = np.flatnonzero(covered & new & may_join(people, programme.terms, state.month))
    ready = people[could]
    accepts = _uniforms(ready, programme, seed, 0, ACCEPTING) < value["enrolment.take_up_share"]
    could, ready = could[accepts], ready[accepts]
    score = scores(value, state, ready, programme, seed)
    order = np.argsort(-score, kind="stable")[:places]
    return could[order], score[order]


def scores(
    value: Parameters, state: State, people: np.ndarray, programme: Programme, seed: int
) -> np.ndarray:
    """By what people are picked: emergency admissions a year as they are foretold, with an error.

    A practice's judgement errs by itself, whatever the error of the risk score is.
    """
    if programme.terms.picked_by == "risk_score":
        found: np.ndarray = people["risk_score"].astype(np.float64)
        return found
    rate = 12.0 * state.residents.strata["emergency_rate"][people["stratum"]]
    error = keyed_normals(np.uint64(seed), STREAM_ENROL, _keys(people), 0, JUDGING)
    judged: np.ndarray = rate * np.exp(value["enrolment.judgement_error"] * error)
    return judged


def _uniforms(
    people: np.ndarray, programme: Programme, seed: int, month: int, which: int
) -> np.ndarray:
    ordinal = len(DRAWS) * programme.number + which
    return keyed_uniforms(np.uint64(seed), STREAM_ENROL, _keys(people), month, ordinal)


def _keys(people: np.ndarray) -> np.ndarray:
    """The keys of people's luck, as `handovers.person_key` has them."""
    entered = (people["entered"].astype(np.int64) + 1).astype(np.uint64)
    keys: np.ndarray = people["slot"].astype(np.uint64) | (entered << np.uint64(32))
    return keys
