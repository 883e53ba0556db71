"""Who rules on a merger of trusts under the rules in force, and what they clear.

Where two bodies rule, the one for competition and the one for finance must both clear a merger,
each by what it sees.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agents.organisations import regulator
from agents.organisations.regulator import Regulator, ReviewObservation
from model.deciding.decisions import forced_option, record
from model.deciding.effects import touched
from model.deciding.minds import Minds
from model.mergers.partners import MERGE, Match
from model.outcomes.market import people_losing
from model.parameters import Parameters
from model.payments.solvency import trust_income
from model.places.place import Place
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.state import Docket, State, Yearbooks

TURNOVER = "competition.merger_control.turnover_threshold_pence"
MONTHS = "competition.merger_control.review_months"
SHARE = "competition.merger_control.share_threshold"
BODIES, TWO = "competition.regulators.bodies", "two"


def two_bodies(rules: Mapping[str, Any]) -> bool:
    """Whether competition and finance are ruled on by two bodies under the rules in force."""
    return bool(rules.get(BODIES) == TWO)


def is_reviewed(state: State, rules: Mapping[str, Any], smaller: float, together: float) -> bool:
    """Whether a merger of this size (pounds a year) is looked at under the rules in force."""
    turnover, share = rules.get(TURNOVER), rules.get(SHARE)
    supply = together / max(float(trust_income(state).sum()), 1.0)
    large = turnover is not None and smaller * PENCE_PER_POUND >= turnover
    return large or (share is not None and supply >= share)


def is_looked_at(state: State, rules: Mapping[str, Any], match: Match) -> bool:
    """Whether this merger is reviewed under the rules in force."""
    observation = match.asker_observation
    smaller = min(observation.income, observation.other_income)
    return is_reviewed(state, rules, smaller, observation.income + observation.other_income)


def review_months(state: State, rules: Mapping[str, Any], match: Match) -> int:
    """How much longer a merger takes that is looked at."""
    return int(rules.get(MONTHS, 0)) if is_looked_at(state, rules, match) else 0


def cleared(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], match: Match
) -> bool:
    """Whether no rule stands against the merger, or all who rule on it clear it."""
    if not is_looked_at(state, rules, match):
        return True
    whole = review_observation(
        setup.place, setup.parameters, state.hospitals, state.yearbooks, match
    )
    if not two_bodies(rules):
        return _clears(minds, setup.place, state.month, state.docket, match, minds.regulator, whole)
    competition = _clears(
        minds,
        setup.place,
        state.month,
        state.docket,
        match,
        minds.competition,
        replace(whole, deficit=None),
    )
    finance = _clears(
        minds,
        setup.place,
        state.month,
        state.docket,
        match,
        minds.regulator,
        replace(whole, people_losing=None),
    )
    return competition and finance


def competition_clears(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], match: Match
) -> bool:
    """Whether a failing trust may be handed over, where another body rules on competition."""
    if not is_looked_at(state, rules, match):
        return True
    partial = replace(
        review_observation(setup.place, setup.parameters, state.hospitals, state.yearbooks, match),
        deficit=None,
    )
    return _clears(minds, setup.place, state.month, state.docket, match, minds.competition, partial)


def review_observation(
    place: Place, value: Parameters, hospitals: Hospitals, yearbooks: Yearbooks, match: Match
) -> ReviewObservation:
    """All there is to see of a merger."""
    observation = match.asker_observation
    losing = people_losing(value, yearbooks, match.area, match.asker.body, match.taker.body)
    return ReviewObservation(
        observation.believed_saving, deficit_ended(place, hospitals, match), losing
    )


def deficit_ended(place: Place, hospitals: Hospitals, match: Match) -> float:
    """Part of a trust's deficit that last year's surplus of the taker would have met."""
    row = list(place.trusts["trust"]).index(match.taker.code)
    surplus = max(float(hospitals.results[row]) / PENCE_PER_POUND, 0.0)
    return min(match.asker_observation.deficit, surplus)


def _clears(
    minds: Minds,
    place: Place,
    month: int,
    docket: Docket,
    match: Match,
    agent: Regulator,
    observation: ReviewObservation,
) -> bool:
    """Whether one body clears a merger, by what it sees."""
    about = f"{match.asker.code} {match.taker.code}"
    forced = forced_option(minds, month, agent.code, regulator.REVIEW, about)
    decision = agent.review_merger(observation, month, about, forced)
    record(docket, decision, *touched(place, MERGE, (match.asker.code, match.taker.code)))
    return decision.chosen == "clear"
