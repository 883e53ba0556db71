"""The effort that practices make for points, and exceptions: what they see and decide."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.organisations import practice
from agents.organisations.practice import EffortObservation, ExceptionObservation
from model.deciding import objects
from model.deciding.decisions import SETTLING_YEARS, forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.payments.in_force import InForce
from model.payments.last_year import first_emergencies
from model.places.place import Place
from model.practices.effort import effort_steps, reached, steps_of
from model.practices.qof import qof_income
from model.practices.savings import kept_of_saving
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.setup import Setup
from model.state.state import State


def settle_efforts(minds: Minds, setup: Setup, state: State, in_force: InForce) -> None:
    """Practices begin with the efforts they would have come to, so that habits do not drift."""
    points = points_by_effort(setup.parameters, state.practices, in_force.rules)
    first = first_emergencies(setup, state, in_force.prices)
    for year in range(SETTLING_YEARS, 0, -1):
        for g, agent in enumerate(minds.practices):
            observation = effort_observation(setup.parameters, state, g, points[g], first[g])
            state.practices.effort[g] = agent.set_effort(observation, 30_000 - 12 * year).chosen


def practices_set_effort(minds: Minds, setup: Setup, state: State, in_force: InForce) -> None:
    """Practices that are due set their effort and their exceptions anew."""
    if practice.EFFORT.is_due(state.month):
        _practices_set_effort(minds, setup, state, in_force)


def effort_observation(
    value: Parameters, state: State, practice: int, points: np.ndarray, first: float
) -> EffortObservation:
    """What a practice sees when it sets its effort; `points` is its row of `points_by_effort`.

    `first`: pence of its patients' emergencies that were no readmissions, which care can prevent.
    Who is not referred has no operation either, and is not readmitted after it.
    """
    patients = int(state.practices.lists[practice])
    least, usual, most = points.tolist()
    kept = kept_of_saving(value, state, practice)
    planned = (
        state.yearbooks.last_year.planned_spend[practice][kept.care[:-1]].sum() / PENCE_PER_POUND
    )
    crises = first * kept.care[-1] / PENCE_PER_POUND
    referred = (
        planned
        + state.yearbooks.last_year.emergency_spend[practice] * kept.care[-1] / PENCE_PER_POUND
        - crises
    )
    more = steps_of(value)["more"]
    preventable = value["demand.preventable_share"] * -value["practices.qof_effect_on_preventable"]
    return EffortObservation(
        list_size=patients,
        current=state.practices.effort[practice],
        qof_gain=most - usual,
        qof_loss=usual - least,
        incentivised_cost=value["minds.incentivised_effort_pence_per_patient"]
        * patients
        / PENCE_PER_POUND,
        referral_cost=value["minds.referral_effort_pence_per_patient"] * patients / PENCE_PER_POUND,
        planned_saving=value["minds.referral_management_effect"] * referred,
        crisis_saving=more * preventable * crises,
        retained_share=kept.share,
        patients_benefit=value["minds.patients_benefit_pence_per_patient"]
        * patients
        / PENCE_PER_POUND,
        more_steps=more,
        private_share=kept.private,
        referral_rise=value["budgets.referral_rise"] * referred,
        coming_share=kept.coming,
    )


def points_by_effort(
    value: Parameters, practices: Practices, rules: Mapping[str, Any]
) -> np.ndarray:
    """Pounds a year for points with less, the usual and more effort [practices, 3]."""
    known = steps_of(value)
    steps = np.array([known["less"], known["usual"], known["more"]])
    return qof_at(value, practices, rules, steps, practices.more_exceptions[:, None])


def points_by_exceptions(
    value: Parameters, practices: Practices, rules: Mapping[str, Any]
) -> np.ndarray:
    """Pounds a year for points at today's effort, with exceptions as needed and more [.., 2]."""
    steps = effort_steps(value, practices.effort)[:, None]
    return qof_at(value, practices, rules, steps, np.array([False, True]))


def qof_at(
    value: Parameters,
    practices: Practices,
    rules: Mapping[str, Any],
    steps: np.ndarray,
    more_exceptions: np.ndarray,
) -> np.ndarray:
    """What practices would be paid for points, in pounds a year [practices, n].

    `steps` of effort and whether more are excepted than care needs: [n] or [practices, 1].
    `more_exceptions`: bool, of the shape of `steps`.
    """
    share = reached(value, steps, more_exceptions)
    prevalence, lists = practices.books.prevalence, practices.lists.astype(np.float64)
    income = qof_income(rules, value, prevalence[:, None], lists[:, None], share)
    return income / PENCE_PER_POUND


def _practices_set_effort(minds: Minds, setup: Setup, state: State, in_force: InForce) -> None:
    by_effort = points_by_effort(setup.parameters, state.practices, in_force.rules)
    by_exceptions = points_by_exceptions(setup.parameters, state.practices, in_force.rules)
    first = first_emergencies(setup, state, in_force.prices)
    for g in np.flatnonzero(state.practices.lists > 0).tolist():
        agent = minds.practices[g]
        forced = forced_option(minds, state.month, agent.code, practice.EFFORT)
        observation = effort_observation(setup.parameters, state, g, by_effort[g], first[g])
        decision = agent.set_effort(observation, state.month, forced)
        schedule_effect(setup.place, state.docket, decision, "effort", (g, decision.chosen))
    gain = by_exceptions[:, 1] - by_exceptions[:, 0]
    for g in np.flatnonzero(exceptions_matter(setup.parameters, state.practices, gain)).tolist():
        _consider_exceptions(minds, setup.place, setup.parameters, state, g, float(gain[g]))


def exceptions_matter(value: Parameters, practices: Practices, gain: np.ndarray) -> np.ndarray:
    """Practices with enough pounds a year within reach by more exceptions, or that make them.

    `gain`: by more exceptions, pounds a year [practices].
    """
    enough = (
        value["practices.exception_attention_pounds"]
        * practices.lists
        / value["sizes.practice_patients"]
    )
    matter: np.ndarray = (practices.lists > 0) & ((gain > enough) | practices.more_exceptions)
    return matter


def _consider_exceptions(
    minds: Minds, place: Place, value: Parameters, state: State, practice_row: int, gain: float
) -> None:
    """Whether a practice that earns more by it excepts more patients than care needs."""
    agent = minds.practices[practice_row]
    books = state.practices.books
    on_registers = (
        state.practices.lists[practice_row] * books.conditions * books.prevalence[practice_row]
    )
    observation = ExceptionObservation(
        list_size=int(state.practices.lists[practice_row]),
        more_now=bool(state.practices.more_exceptions[practice_row]),
        gain=gain,
        patients=float(value["practices.exception_rise"] * on_registers),
        conscience=value["minds.exception_conscience_pounds"],
    )
    forced = forced_option(minds, state.month, agent.code, practice.EXCEPTIONS)
    decision = agent.consider_exceptions(observation, state.month, forced)
    schedule_effect(
        place,
        state.docket,
        decision,
        "exceptions",
        (practice_row, decision.chosen == "except_more"),
    )


@effect("effort", "state.practices", touches=objects.of_practice("effort"))
def change_effort(practices: Practices, practice: int, effort: str) -> None:
    """A practice's new effort."""
    practices.effort[practice] = effort


@effect("exceptions", "state.practices", touches=objects.of_practice("exceptions"))
def change_exceptions(practices: Practices, practice: int, more: bool) -> None:
    """Whether a practice excepts more patients than care needs."""
    practices.more_exceptions[practice] = more
