"""Whose savings come back to a practice: what it keeps of what it saves, and on which care."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.policies.gain_sharing import member_share
from model.practices.effort import referral_factor
from model.state.books import BudgetBooks, Holding
from model.state.practices import Practices
from model.state.provision import Provision
from model.state.state import State, Yearbooks

ALL_CARE = np.ones(len(PATHWAYS) + 1, dtype=bool)


class KeptSavings(NamedTuple):
    """What a practice keeps of a saving on care of its list."""

    share: float = 0.0  # of a saving, as the practice believes
    private: float = 1.0  # part of it that serves the partners themselves
    care: np.ndarray = ALL_CARE  # bool [13 pathways and emergencies], on which it is made
    coming: float = 0.0  # share of this year's spending that a budget soon to be held gives back


def kept_of_saving(value: Parameters, state: State, practice: int) -> KeptSavings:
    """What comes back to `practice`: a member's part, a budget holder's share, or nothing."""
    if practice in state.budgets.held:
        return _holders_part(value, state, practice)
    return KeptSavings(_members_share(value, state, practice))


def _holders_part(value: Parameters, state: State, practice: int) -> KeptSavings:
    """A holder keeps its share now; who is to hold a budget keeps it of what raises the budget."""
    holding = state.budgets.held[practice]
    private = value["budgets.private_share"]
    care = charged_care(state.provision, practice, holding.terms.charged)
    if state.month < holding.joined_month:
        share = holding.terms.retained_share * believed_approval(
            value, state.budgets, practice, holding.terms.kind
        )
        return KeptSavings(0.0, private, care, share)
    return KeptSavings(_share_at_the_margin(value, state, holding, care), private, care)


def _share_at_the_margin(
    value: Parameters, state: State, holding: Holding, care: np.ndarray
) -> float:
    """Share that reaches a holder of what it saves by managing referrals.

    Below the budget it is the share of a saving; above it, of the overspend that it is spared.
    """
    g = holding.practice
    planned = state.yearbooks.last_year.planned_spend[g][care[:-1]].sum()
    usual = planned / referral_factor(value, [state.practices.effort[g]])[0]
    saving = value["minds.referral_management_effect"] * usual
    # A budget that begins this month is what the year before cost.
    left = _left(state, holding) + planned - usual
    trusted = believed_approval(value, state.budgets, g, holding.terms.kind)

    def kept(result: float) -> float:
        share = holding.terms.retained_share * trusted
        return result * (share if result > 0 else holding.terms.overspend_share)

    pool = sum(int(state.practices.lists[m]) for m in state.budgets.pooled_with(g))
    part = own_part(value, int(state.practices.lists[g]), pool)
    return float(part * (kept(left + saving) - kept(left)) / saving) if saving > 0 else 0.0


def _left(state: State, holding: Holding) -> float:
    """What the budget, or the pool that it is in, has left of the year (pence)."""
    books, total = state.budgets, 0.0
    for m in books.pooled_with(holding.practice):
        charged = charged_care(state.provision, m, books.held[m].terms.charged)
        budget, spent = budget_and_spending(
            state.practices, state.yearbooks, books.held[m], charged
        )
        total += budget - spent
    return total


def own_part(value: Mapping[str, Any], patients: int, pool: int) -> float:
    """Part of a saving on one's own list that a practice works for, where a pool shares it by list.

    Members who answer to each other work for more than falls to them (`minds.peer_pressure`).
    """
    share = patients / max(pool, 1)
    return 1.0 if patients >= pool else max(share, float(value["minds.peer_pressure"]))


def budget_and_spending(
    practices: Practices, yearbooks: Yearbooks, holding: Holding, care: np.ndarray
) -> tuple[float, float]:
    """The year's budget of a holder and what that care cost last year, pence.

    `holding`: the budget that it holds; `care`: which columns of spending count.
    """
    spent = spending(yearbooks, holding.practice)
    budget = holding.pence_per_patient * practices.lists[holding.practice]
    return float((budget if budget.size else spent)[care].sum()), float(spent[care].sum())


def spending(yearbooks: Yearbooks, practice: int) -> np.ndarray:
    """Last year's cost at tariff of planned care by pathway and of emergencies [14], pence."""
    year = yearbooks.last_year
    return np.append(year.planned_spend[practice], year.emergency_spend[practice])


def believed_approval(value: Parameters, budgets: BudgetBooks, practice: int, kind: str) -> float:
    """The chance of being paid a saving, as `practice` believes; a real budget's is certain.

    `kind`: of the budget, real or indicative.
    """
    if kind == "real":
        return 1.0
    known = value["budgets.approval_probability"]
    trust: float = budgets.trust.get(practice, known)
    return trust


def charged_care(provision: Provision, practice: int, charged: np.ndarray) -> np.ndarray:
    """Care charged to a budget of `practice` [14]; not what a prime provider is paid for."""
    apart = provision.prime_slot[provision.practice_commissioner[practice]] < 0
    charges: np.ndarray = charged & np.append(apart, True)
    return charges


def _members_share(value: Parameters, state: State, practice: int) -> float:
    """Only a member of an organisation shares in its savings, by its own list."""
    network = state.provision.network
    for organisation in state.integrated.organisations:
        if network[practice] == organisation.network:
            kept = member_share(value, *organisation.parties)
            own = state.practices.lists[practice]
            pool = state.practices.lists[network == organisation.network].sum()
            # A saving is shared among all members by list size: most of it goes to the others.
            part = own_part(value, int(own), int(pool))
            return kept * organisation.terms.risk_up * part
    return 0.0
