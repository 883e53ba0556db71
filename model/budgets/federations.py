"""Practices that hold budgets and pool them: who joins or leads a federation, what its members get.

A commissioner's holders under the same terms may have one federation. Its members' budgets are
settled as one, and what is kept or owed is shared by list: luck evens out, and so does effort.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from agents.organisations.practice import FEDERATION, BudgetView, FederationView
from model.budgets.budgets import believed_saving, budget_view, can_bear, is_open, partners_profits
from model.deciding.decisions import enter, forced_option
from model.practices.savings import budget_and_spending, charged_care, own_part
from model.state.budget_books import Holding
from model.state.ledger import PENCE_PER_POUND

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def practices_consider_federations(economy: "HealthEconomy") -> None:
    """Once a year holders of budgets decide whether to pool them, where a policy lets them."""
    month = economy.state.month
    if not FEDERATION.is_due(month):
        return
    for table, written in enumerate(economy.policy.budgets):
        if written.federations == "allowed" and is_open(written, economy.policy_month):
            earned = partners_profits(economy)
            for g in _holders(economy, table):
                _consider(economy, g, table, float(earned[g]))


def _holders(economy: "HealthEconomy", table: int) -> list[int]:
    """Practices whose budgets under these terms have begun."""
    state = economy.state
    return sorted(
        g for g, holding in state.budgets.held.items()
        if holding.table == table and holding.joined_month <= state.month
    )  # fmt: skip


def _key(economy: "HealthEconomy", g: int, table: int) -> tuple[int, int]:
    return int(economy.state.provision.practice_commissioner[g]), table


def _consider(economy: "HealthEconomy", g: int, table: int, earned: float) -> None:
    """A holder decides; one that could not pay its part of a pool's bad year is not let in."""
    state, agent, key = economy.state, economy.minds.practices[g], _key(economy, g, table)
    about = economy.minds.commissioners[key[0]].code
    forced = forced_option(economy, agent.code, FEDERATION, about)
    view = federation_view(economy, g, table)
    terms, pool = state.budgets.held[g].terms, view.pooled.pool_size
    if not (view.is_member or can_bear(economy, g, terms, pool, earned)):
        return
    decision = agent.consider_federation(view, state.month, about, forced)
    enter(economy, decision, "federate", (g, table, decision.chosen))


def federation_view(economy: "HealthEconomy", g: int, table: int) -> FederationView:
    """What the holder of a budget sees of the federation there is, or that it could lead."""
    state, value, books = economy.state, economy.setup.parameters, economy.state.budgets
    key, own = _key(economy, g, table), int(state.practices.lists[g])
    others = [m for m in books.pool_of if books.pool_of[m] == key and m != g]
    near = [m for m in economy.setup.neighbours[g].tolist() if m in books.held]
    pool = own + int(sum(state.practices.lists[m] for m in others))
    if not others:  # nobody knows yet who will be in
        could = [m for m in _holders(economy, table) if _key(economy, m, table) == key]
        uptake = value["minds.expected_uptake"] * sum(state.practices.lists[m] for m in could)
        pool = max(pool, int(uptake))
    leader = books.leaders.get(key, g)
    return FederationView(
        is_member=g in books.pool_of,
        leads=leader == g,
        alone=_seen(economy, g, False, own),
        pooled=_seen(economy, g, True, pool),
        others_saving=books.pool_saving.get(key, believed_saving(economy, g)),
        own_part=own_part(value, own, pool),
        peers_share=sum(m in others for m in near) / max(len(near), 1),
        leading_cost=value["budgets.federation_leading_pence"] / PENCE_PER_POUND,
    )


def _seen(economy: "HealthEconomy", g: int, pooled: bool, pool: int) -> BudgetView:
    """A practice's budget by itself, or in a pool of so many patients."""
    return budget_view(economy, g, economy.state.budgets.held[g].terms, True, pooled, pool)


def federate(economy: "HealthEconomy", g: int, table: int, chosen: str) -> None:
    """A holder joins a federation, leads a new one, or leaves; one ends with its leader.

    Nothing if it no longer holds a budget, or if who was to lead it has gone.
    """
    books, key = economy.state.budgets, _key(economy, g, table)
    if chosen == "leave":
        books.leave_pool(g)
    elif g in books.held and (chosen == "lead" or key in books.leaders):
        books.pool_of[g] = key
        books.leaders.setdefault(key, g)  # of several who would lead, the first does


def shared_results(
    economy: "HealthEconomy", settled: Mapping[int, Holding]
) -> dict[int, tuple[float, float, float]]:
    """Of every budget that is settled: budget, result, and what of a result it answers for (pence).

    A member of a federation answers for its part, by list, of what all members together made.
    """
    books, lists = economy.state.budgets, economy.state.practices.lists
    own = {}
    for g, holding in settled.items():
        budget, spent = budget_and_spending(
            economy, holding, charged_care(economy, g, holding.terms.charged)
        )
        own[g] = (budget, budget - spent)
    found = {g: (budget, result, result) for g, (budget, result) in own.items()}
    for key in dict.fromkeys(books.pool_of.values()):
        members = [g for g in own if books.pool_of.get(g) == key]
        if members:
            budget, result = (sum(own[g][n] for g in members) for n in (0, 1))
            seen = result / max(budget, 1.0)
            books.pool_saving[key] = 0.5 * (books.pool_saving.get(key, seen) + seen)
            people = sum(int(lists[g]) for g in members)
            for g in members:
                found[g] = (*own[g], result * int(lists[g]) / people)
    return found
