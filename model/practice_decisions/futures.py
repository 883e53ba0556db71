"""When practices think about their future: what partners earn, who leaves, who might merge."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.organisations import practice
from agents.organisations.practice import FutureObservation
from model.deciding.decisions import forced_option, record, schedule_effect
from model.deciding.effects import touched
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.places.place import Place
from model.practices.income import saved_by_merging
from model.practices.profits import Partnerships, partnerships
from model.practices.workforce import (
    find_partner,
    partners_leave,
    posts,
)
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import State

LEAVING = ("close_practice", "merge_practices")


def practices_consider_future(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], seed: int
) -> None:
    """Once a year partners come and go; practices with too little income, or nobody left, decide.

    Income is too little if, less the worth of extra work, it stays below a salaried GP's.
    """
    if not practice.FUTURE.is_due(state.month):
        return
    value = setup.parameters
    independent = (state.practices.lists > 0) & (state.practices.owned_trust < 0)
    partners_leave(state.practices.workforce, value, seed, state.month)
    _fill_posts(minds, setup, state, rules, seed)
    seen = partnerships(setup.place, value, state.practices, rules)
    lean = seen.profit - seen.workload_cost < value["practices.exit_income_pence"] / PENCE_PER_POUND
    state.practices.lean_years = np.where(lean, state.practices.lean_years + 1, 0)
    leaving = {
        details[0] for _, change, details in state.docket.scheduled_effects if change in LEAVING
    }
    due = (state.practices.lean_years >= value["practices.exit_years"]) | (seen.retiring > 0)
    for g in np.flatnonzero(independent & due).tolist():
        if g not in leaving:
            _consider(minds, setup, state, seed, g, seen)
    for g in np.flatnonzero(~independent & (seen.retiring > 0)).tolist():
        _succeed(
            minds, value, state, seed, g, float(seen.chance[g])
        )  # a trust closes no practice of its own


def _fill_posts(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], seed: int
) -> None:
    """Practices that need more doctors than they have search for them."""
    chance = partnerships(setup.place, setup.parameters, state.practices, rules).chance
    missing = (
        posts(state.practices.workforce, state.practices.lists) - state.practices.workforce.count()
    )
    for g in np.flatnonzero(missing > 0).tolist():
        for post in range(int(missing[g])):
            _search(minds, setup.parameters, state, seed, g, float(chance[g]), post)


def _search(
    minds: Minds,
    value: Parameters,
    state: State,
    seed: int,
    practice: int,
    chance: float,
    post: int,
) -> bool:
    """Search for one partner of a practice."""
    vacancy = (minds.practices[practice].key, state.month, post)
    return find_partner(state.practices.workforce, value, practice, chance, vacancy, seed)


def _consider(
    minds: Minds, setup: Setup, state: State, seed: int, practice_row: int, seen: Partnerships
) -> None:
    agent, month = minds.practices[practice_row], state.month
    h, mine, theirs = best_partner(
        setup.neighbours, state.provision, state.practices, practice_row, seen.partners
    )
    about = minds.practices[h].code if h >= 0 else ""
    forced = forced_option(minds, month, agent.code, practice.FUTURE, about)
    decision = agent.consider_future(
        future_observation(setup.parameters, state.practices, practice_row, seen, mine),
        month,
        forced,
        about,
    )
    if decision.chosen != "merge":
        schedule_effect(setup.place, state.docket, decision, "close_practice", (practice_row,))
    elif _accepted(minds, setup.place, setup.parameters, state, practice_row, h, theirs):
        schedule_effect(setup.place, state.docket, decision, "merge_practices", (practice_row, h))
    else:
        record(state.docket, decision, *touched(setup.place, "merge_practices", (practice_row, h)))
    if decision.chosen == "carry_on" and seen.retiring[practice_row]:
        _succeed(
            minds, setup.parameters, state, seed, practice_row, float(seen.chance[practice_row])
        )


def _succeed(
    minds: Minds, value: Parameters, state: State, seed: int, practice: int, chance: float
) -> None:
    """The last partner goes as soon as a successor is found, and works on until then."""
    force = state.practices.workforce
    if _search(minds, value, state, seed, practice, chance, SUCCESSOR):
        force.keep((force.practice != practice) | ~force.leaving)


SUCCESSOR = 1_000  # number of the post of a last partner


def _accepted(
    minds: Minds,
    place: Place,
    value: Parameters,
    state: State,
    practice_row: int,
    other_practice: int,
    gain: float,
) -> bool:
    """Whether the neighbour takes the offer."""
    agent, code = minds.practices[other_practice], minds.practices[practice_row].code
    cost = value["minds.practice_merger_cost_pounds"]
    forced = forced_option(minds, state.month, agent.code, practice.OFFER, code)
    answer = agent.answer_offer(gain, cost, state.month, forced, code)
    record(state.docket, answer, *touched(place, "merge_practices", (practice_row, other_practice)))
    return answer.chosen == "accept"


def best_partner(
    neighbours: np.ndarray,
    provision: Provision,
    practices: Practices,
    practice: int,
    count: np.ndarray,
) -> tuple[int, float, float]:
    """The neighbour with which the partners of `practice` gain most, and what each side gains a
    year.

    Two practices of one commissioner save the fixed expenses of one; partners keep what they had
    and share the saving by heads. -1 if there is no such neighbour.
    """
    commissioner = provision.practice_commissioner
    near = neighbours[practice]
    near = near[(practices.lists[near] > 0) & (commissioner[near] == commissioner[practice])]
    near = near[practices.owned_trust[near] < 0]
    if not near.size:
        return -1, 0.0, 0.0
    saved = saved_by_merging(practices.books, practices.lists, practice, near) / PENCE_PER_POUND
    mine = saved * count[practice] / (count[practice] + count[near])
    best = int(mine.argmax())
    return int(near[best]), float(mine[best]), float(saved[best] - mine[best])


def future_observation(
    value: Parameters, practices: Practices, practice: int, seen: Partnerships, gain: float
) -> FutureObservation:
    """What the partners of `practice` see; `gain` is theirs from a merger.

    `seen`: partners, income and work of all practices.
    """
    patients = int(practices.lists[practice])
    return FutureObservation(
        partners=int(seen.partners[practice]),
        profit=float(seen.profit[practice]),
        workload_cost=float(seen.workload_cost[practice]),
        elsewhere=value["practices.exit_income_pence"] / PENCE_PER_POUND,
        retiring=int(seen.retiring[practice]),
        successor_cost=value["minds.successor_cost_pounds"],
        successor_chance=float(seen.chance[practice]),
        postponed_cost=value["minds.postponed_retirement_pounds"],
        merger_gain=gain,
        merger_cost=value["minds.practice_merger_cost_pounds"],
        patients_benefit=value["minds.patients_benefit_pence_per_patient"]
        * patients
        / PENCE_PER_POUND,
    )
