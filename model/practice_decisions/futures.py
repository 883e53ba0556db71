"""When practices think about their future: what partners earn, who leaves, who might merge."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.organisations import practice
from agents.organisations.practice import FutureView
from model.deciding.decisions import enter, forced_option, record
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
    leaving = {details[0] for _, change, details in state.docket.agenda if change in LEAVING}
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
    minds: Minds, value: Parameters, state: State, seed: int, g: int, chance: float, post: int
) -> bool:
    """Search for one partner of a practice."""
    vacancy = (minds.practices[g].key, state.month, post)
    return find_partner(state.practices.workforce, value, g, chance, vacancy, seed)


def _consider(
    minds: Minds, setup: Setup, state: State, seed: int, g: int, seen: Partnerships
) -> None:
    agent, month = minds.practices[g], state.month
    h, mine, theirs = best_partner(
        setup.neighbours, state.provision, state.practices, g, seen.partners
    )
    about = minds.practices[h].code if h >= 0 else ""
    forced = forced_option(minds, month, agent.code, practice.FUTURE, about)
    decision = agent.consider_future(
        future_view(setup.parameters, state.practices, g, seen, mine), month, forced, about
    )
    if decision.chosen != "merge":
        enter(setup.place, state.docket, decision, "close_practice", (g,))
    elif _accepted(minds, setup.place, setup.parameters, state, g, h, theirs):
        enter(setup.place, state.docket, decision, "merge_practices", (g, h))
    else:
        record(state.docket, decision, *touched(setup.place, "merge_practices", (g, h)))
    if decision.chosen == "carry_on" and seen.retiring[g]:
        _succeed(minds, setup.parameters, state, seed, g, float(seen.chance[g]))


def _succeed(
    minds: Minds, value: Parameters, state: State, seed: int, g: int, chance: float
) -> None:
    """The last partner goes as soon as a successor is found, and works on until then."""
    force = state.practices.workforce
    if _search(minds, value, state, seed, g, chance, SUCCESSOR):
        force.keep((force.practice != g) | ~force.leaving)


SUCCESSOR = 1_000  # number of the post of a last partner


def _accepted(
    minds: Minds, place: Place, value: Parameters, state: State, g: int, h: int, gain: float
) -> bool:
    """Whether the neighbour takes the offer."""
    agent, code = minds.practices[h], minds.practices[g].code
    cost = value["minds.practice_merger_cost_pounds"]
    forced = forced_option(minds, state.month, agent.code, practice.OFFER, code)
    answer = agent.answer_offer(gain, cost, state.month, forced, code)
    record(state.docket, answer, *touched(place, "merge_practices", (g, h)))
    return answer.chosen == "accept"


def best_partner(
    neighbours: np.ndarray, provision: Provision, practices: Practices, g: int, count: np.ndarray
) -> tuple[int, float, float]:
    """The neighbour with which the partners of `g` gain most, and what each side gains a year.

    Two practices of one commissioner save the fixed expenses of one; partners keep what they had
    and share the saving by heads. -1 if there is no such neighbour.
    """
    commissioner = provision.practice_commissioner
    near = neighbours[g]
    near = near[(practices.lists[near] > 0) & (commissioner[near] == commissioner[g])]
    near = near[practices.owned_trust[near] < 0]
    if not near.size:
        return -1, 0.0, 0.0
    saved = saved_by_merging(practices.books, practices.lists, g, near) / PENCE_PER_POUND
    mine = saved * count[g] / (count[g] + count[near])
    best = int(mine.argmax())
    return int(near[best]), float(mine[best]), float(saved[best] - mine[best])


def future_view(
    value: Parameters, practices: Practices, g: int, seen: Partnerships, gain: float
) -> FutureView:
    """What the partners of practice `g` see; `gain` is theirs from a merger."""
    patients = int(practices.lists[g])
    return FutureView(
        partners=int(seen.partners[g]),
        profit=float(seen.profit[g]),
        workload_cost=float(seen.workload_cost[g]),
        elsewhere=value["practices.exit_income_pence"] / PENCE_PER_POUND,
        retiring=int(seen.retiring[g]),
        successor_cost=value["minds.successor_cost_pounds"],
        successor_chance=float(seen.chance[g]),
        postponed_cost=value["minds.postponed_retirement_pounds"],
        merger_gain=gain,
        merger_cost=value["minds.practice_merger_cost_pounds"],
        patients_benefit=value["minds.patients_benefit_pence_per_patient"]
        * patients
        / PENCE_PER_POUND,
    )
