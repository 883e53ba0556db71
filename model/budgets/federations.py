"""Practices that hold budgets and pool them: who joins or leads a federation, what its members get.

A commissioner's holders under the same terms may have one federation. Its members' budgets are
settled as one, and what is kept or owed is shared by list: luck evens out, and so does effort.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.organisations.practice import FEDERATION, BudgetObservation, FederationObservation
from model.budgets.budgets import (
    believed_saving,
    budget_observation,
    can_bear,
    is_open,
    moved,
    partners_profits,
)
from model.deciding import objects
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.policies.policy import Policy
from model.practices.savings import budget_and_spending, charged_care, own_part
from model.state.books import BudgetBooks, Holding
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import State


def practices_consider_federations(
    minds: Minds,
    setup: Setup,
    state: State,
    rules: Mapping[str, Any],
    policy: Policy,
    policy_month: int,
) -> None:
    """Once a year holders of budgets decide whether to pool them, where a policy lets them.

    `policy_month`: months since the policy began.
    """
    month = state.month
    if not FEDERATION.is_due(month):
        return
    for table, written in enumerate(policy.budgets):
        if written.federations == "allowed" and is_open(written, policy_month):
            earned = partners_profits(setup.place, setup.parameters, state.practices, rules)
            for g in _holders(month, state.budgets, table):
                _consider(minds, setup, state, g, table, float(earned[g]))


def _holders(month: int, budgets: BudgetBooks, table: int) -> list[int]:
    """Practices whose budgets under these terms have begun."""
    return sorted(
        g for g, holding in budgets.held.items()
        if holding.table == table and holding.joined_month <= month
    )  # fmt: skip


def _key(provision: Provision, practice: int, table: int) -> tuple[int, int]:
    return int(provision.practice_commissioner[practice]), table


def _consider(
    minds: Minds, setup: Setup, state: State, practice: int, table: int, earned: float
) -> None:
    """A holder decides; one that could not pay its part of a pool's bad year is not let in."""
    agent, key = minds.practices[practice], _key(state.provision, practice, table)
    about = minds.commissioners[key[0]].code
    forced = forced_option(minds, state.month, agent.code, FEDERATION, about)
    observation = federation_observation(
        minds, setup.parameters, setup.neighbours, state, practice, table
    )
    terms, pool = state.budgets.held[practice].terms, observation.pooled.pool_size
    if not (
        observation.is_member or can_bear(setup.parameters, state, practice, terms, pool, earned)
    ):
        return
    decision = agent.consider_federation(observation, state.month, about, forced)
    schedule_effect(
        setup.place, state.docket, decision, "federate", (practice, table, decision.chosen)
    )


def federation_observation(
    minds: Minds, value: Parameters, neighbours: np.ndarray, state: State, practice: int, table: int
) -> FederationObservation:
    """What the holder of a budget sees of the federation there is, or that it could lead."""
    books = state.budgets
    key, own = _key(state.provision, practice, table), int(state.practices.lists[practice])
    others = [m for m in books.pool_of if books.pool_of[m] == key and m != practice]
    near = [m for m in neighbours[practice].tolist() if m in books.held]
    pool = own + int(sum(state.practices.lists[m] for m in others))
    if not others:  # nobody knows yet who will be in
        could = [
            m for m in _holders(state.month, books, table) if _key(state.provision, m, table) == key
        ]
        uptake = value["minds.expected_uptake"] * sum(state.practices.lists[m] for m in could)
        pool = max(pool, int(uptake))
    leader = books.leaders.get(key, practice)
    return FederationObservation(
        is_member=practice in books.pool_of,
        leads=leader == practice,
        alone=_seen(minds, value, state, practice, False, own),
        pooled=_seen(minds, value, state, practice, True, pool),
        others_saving=books.pool_saving.get(key, believed_saving(minds, value, books, practice)),
        own_part=own_part(value, own, pool),
        peers_share=sum(m in others for m in near) / max(len(near), 1),
        leading_cost=value["budgets.federation_leading_pence"] / PENCE_PER_POUND,
    )


def _seen(
    minds: Minds, value: Parameters, state: State, practice: int, pooled: bool, pool: int
) -> BudgetObservation:
    """A practice's budget by itself, or in a pool of so many patients."""
    return budget_observation(
        minds, value, state, practice, state.budgets.held[practice].terms, True, pooled, pool
    )


@effect("federate", "state.provision", "state.budgets", touches=objects.of_practice("budget"))
def federate(
    provision: Provision, budgets: BudgetBooks, practice: int, table: int, chosen: str
) -> None:
    """A holder joins a federation, leads a new one, or leaves; one ends with its leader.

    Nothing if it no longer holds a budget, or if who was to lead it has gone.
    """
    key = _key(provision, practice, table)
    if chosen == "leave":
        budgets.leave_pool(practice)
    elif practice in budgets.held and (chosen == "lead" or key in budgets.leaders):
        budgets.pool_of[practice] = key
        budgets.leaders.setdefault(key, practice)  # of several who would lead, the first does


def shared_results(
    value: Parameters, state: State, settled: Mapping[int, Holding]
) -> dict[int, tuple[float, float, float]]:
    """Of every budget that is settled: budget, result, and what of a result it answers for (pence).

    A member of a federation answers for its part, by list, of what all members together made.
    """
    books, lists = state.budgets, state.practices.lists
    own = {}
    for g, holding in settled.items():
        budget, spent = budget_and_spending(
            state.practices,
            state.yearbooks,
            holding,
            charged_care(state.provision, g, holding.terms.charged),
        )
        own[g] = (budget, budget - spent)
    found = {g: (budget, result, result) for g, (budget, result) in own.items()}
    for key in dict.fromkeys(books.pool_of.values()):
        members = [g for g in own if books.pool_of.get(g) == key]
        if members:
            budget, result = (sum(own[g][n] for g in members) for n in (0, 1))
            seen = result / max(budget, 1.0)
            old = books.pool_saving.get(key, seen)
            books.pool_saving[key] = moved(value, old, seen)
            people = sum(int(lists[g]) for g in members)
            for g in members:
                found[g] = (*own[g], result * int(lists[g]) / people)
    return found
