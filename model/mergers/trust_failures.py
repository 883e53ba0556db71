"""Trusts that fail: the regulator looks for somebody who takes them over, and decides.

Everybody who may take the trust over is asked, with the support that public money would pay. Only
those who agree, and whom competition clears where another body rules on it, are options beside
leaving the trust alone and rescuing it.
"""

from dataclasses import replace

from agents.decisions import mergers_choice
from agents.organisations import regulator
from agents.organisations.regulator import FailureObservation
from agents.organisations.trust import Trust
from agents.patients.patient_tables import World
from model.deciding import objects
from model.deciding.decisions import forced_option, record, schedule_effect
from model.deciding.effects import effect, touched
from model.deciding.minds import Minds
from model.mergers.administration import goes_into_administration
from model.mergers.partners import MERGE, Match, Merging, acute_trusts, matches, merging
from model.mergers.review import competition_clears, review_months, two_bodies
from model.mergers.support import support_pounds, supported, taker_seen
from model.parameters import Parameters
from model.payments.in_force import InForce
from model.payments.solvency import is_failing, make_good, yearly_deficit
from model.places.place import Place
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.state import State


def regulator_answers_failures(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World
) -> None:
    """Once a year, for every acute trust that has lost too much in its years of deficit."""
    if not regulator.FAILURE.is_due(state.month):
        return
    failing = [
        pair
        for pair in acute_trusts(minds, setup.place, state.bodies, state.docket)
        if is_failing(setup.parameters, state, pair[0])
    ]
    year = merging(minds, setup, state, in_force, world) if failing else None
    for row, agent in failing:
        state.hospitals.failures[row] += 1
        if year is not None and not goes_into_administration(
            minds, setup, state, in_force, world, year, agent
        ):
            _answer_failure(minds, setup, state, in_force, year, row, agent)


def _answer_failure(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    year: Merging,
    row: int,
    failing: Trust,
) -> None:
    agent, code, month = minds.regulator, failing.code, state.month
    takers = willing_takers(minds, setup, state, in_force, year, row, failing)
    observation = FailureObservation(
        float(year.income[failing.body]),
        yearly_deficit(state.hospitals, row),
        {
            taker: taker_seen(setup.place, setup.parameters, state, in_force.rules, match)
            for taker, match in takers.items()
        },
    )
    forced = forced_option(minds, month, agent.code, regulator.FAILURE, code)
    decision = agent.answer_failure(observation, month, code, forced)
    match = takers.get(decision.chosen)
    if match is None:
        schedule_effect(setup.place, state.docket, decision, "rescue", (code,))
        return
    review = review_months(state, in_force.rules, match) if two_bodies(in_force.rules) else 0
    decision = replace(decision, effect_month=decision.effect_month + review)
    support = round(support_pounds(setup.parameters, match) * PENCE_PER_POUND)
    schedule_effect(setup.place, state.docket, decision, MERGE, (code, match.taker.code, support))


def willing_takers(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    year: Merging,
    row: int,
    failing: Trust,
) -> dict[str, Match]:
    """Who agrees to take a failing trust over and may, by code."""
    pending = {
        agent.code for _, agent in acute_trusts(minds, setup.place, state.bodies, state.docket)
    }  # without those promised by now
    asked = [
        m
        for m in matches(setup.place, setup.parameters, state, in_force, year, row, failing)
        if m.taker.code in pending
    ]
    agreed = [
        match for match in asked if _agrees(minds, setup.place, setup.parameters, state, match)
    ]
    if two_bodies(in_force.rules):
        agreed = [
            match
            for match in agreed
            if competition_clears(minds, setup, state, in_force.rules, match)
        ]
    return {match.taker.code: match for match in agreed}


def _agrees(minds: Minds, place: Place, value: Parameters, state: State, match: Match) -> bool:
    """Whether a trust takes the failing one over for the support that it would get."""
    taker, code, month = match.taker, match.asker.code, state.month
    forced = forced_option(minds, month, taker.code, mergers_choice.FAILING_OFFER, code)
    observation = supported(value, match, support_pounds(value, match))
    answer = mergers_choice.answer_regulator(taker, observation, month, code, forced)
    record(state.docket, answer, *touched(place, MERGE, (code, taker.code)))
    return answer.chosen == "accept"


@effect("rescue", "setup.place", "state", touches=objects.of_code("accounts"))
def rescue(place: Place, state: State, code: str) -> None:
    """The treasury makes good what a trust has lost in its years of deficit, which may go on."""
    make_good(state, list(place.trusts["trust"]).index(code))
