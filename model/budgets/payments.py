"""Money of practices' budgets: allowances, what a year saved or overspent, and what it teaches."""

import numpy as np

from agents.numerics.random_streams import STREAM_TRAIT, keyed_uniform
from model.budgets.budgets import allowance, believed_saving, management_cost, moved
from model.budgets.federations import shared_results
from model.deciding import objects
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.practices.savings import believed_approval, spending
from model.state.bodies import MARKET
from model.state.books import Holding
from model.state.provision import Provision
from model.state.state import State

ORDINAL_APPROVAL = 51  # of the keyed luck with which a commissioner approves of a use
FULL_YEAR_MONTHS = 11  # budgets without notice begin a month after they are taken


def pay_allowances(minds: Minds, value: Parameters, state: State) -> None:
    """A month's allowances, and what holders spend on managers and systems."""
    held = state.budgets.held
    if not held:
        return
    money = np.array([_allowed_and_spent(value, state, g, holding) for g, holding in held.items()])
    allowed, spent = np.rint(money.T / 12).astype(np.int64)
    bodies = state.provision.practice_body[list(held)]
    payers = np.array([commissioner_of(minds, state.provision, g) for g in held])
    state.money.ledger.post(state.month, payers, bodies, "budget_allowance", allowed)
    state.money.ledger.post(state.month, bodies, MARKET, "budget_management", spent)


def _allowed_and_spent(
    value: Parameters, state: State, practice: int, holding: Holding
) -> tuple[float, float]:
    """Pence a year; who prepares to hold a budget spends what it is allowed for that."""
    terms = holding.terms
    if state.month < holding.joined_month:
        return terms.preparatory_allowance_pence, terms.preparatory_allowance_pence
    paid = allowance(terms, int(state.practices.lists[practice]))
    patients, pooled = int(state.practices.lists[practice]), practice in state.budgets.pool_of
    return paid, management_cost(value, terms.kind, patients, pooled)


def commissioner_of(minds: Minds, provision: Provision, practice: int) -> int:
    """The body of the commissioner that pays for the list of `practice`."""
    k = int(provision.practice_commissioner[practice])
    return minds.commissioners[k].body


def settle_budgets(minds: Minds, value: Parameters, state: State, seed: int) -> None:
    """Each budget held for the whole year that has ended, against what its care cost."""
    due = {
        g: holding for g, holding in state.budgets.held.items()
        if holding.joined_month <= state.month - FULL_YEAR_MONTHS
    }  # fmt: skip
    for g, (budget, result, shared) in shared_results(value, state, due).items():
        settle(minds, value, state, seed, due[g], budget, result, shared)


def settle(
    minds: Minds,
    value: Parameters,
    state: State,
    seed: int,
    holding: Holding,
    budget: float,
    result: float,
    shared: float,
) -> None:
    """Share a saving or an overspend with the commissioner, learn from it, set the next budget.

    The practice learns from its own `result`, and answers for `shared`: the same, or its part of a
    federation's (pence). `holding`: who holds it, on what terms; `budget`: of the year, pence.
    """
    terms, g = holding.terms, holding.practice
    if shared > 0:
        _pay_out(minds, value, state, seed, g, holding, round(terms.retained_share * shared))
    else:
        body = int(state.provision.practice_body[g])
        payee = commissioner_of(minds, state.provision, g)
        owed = round(terms.overspend_share * -shared)
        state.money.ledger.post(state.month, body, payee, "budget_overspend", owed)
    seen = result / max(budget, 1.0)
    old = believed_saving(minds, value, state.budgets, g)
    state.budgets.saving[g] = moved(value, old, seen)
    now = spending(state.yearbooks, g) / state.practices.lists[g]
    rebased = value["budgets.rebasing"]
    holding.pence_per_patient = (1.0 - rebased) * holding.pence_per_patient + rebased * now


def _pay_out(
    minds: Minds,
    value: Parameters,
    state: State,
    seed: int,
    practice: int,
    holding: Holding,
    pence: int,
) -> None:
    """A real saving is paid at once; an indicative one later, if its use is approved of."""
    if holding.terms.kind == "real":
        pay_saving(minds, state, practice, pence)
        return
    draw = keyed_uniform(
        seed, STREAM_TRAIT, minds.practices[practice].key, state.month, ORDINAL_APPROVAL
    )
    approved = bool(draw < value["budgets.approval_probability"])
    trusted = believed_approval(value, state.budgets, practice, holding.terms.kind)
    state.budgets.trust[practice] = moved(value, trusted, float(approved))
    if approved:
        month = state.month + int(value["budgets.approval_months"])
        state.docket.scheduled_effects.append((month, "pay_saving", (practice, pence)))


@effect("pay_saving", "minds", "state", touches=objects.of_practice("budget"))
def pay_saving(minds: Minds, state: State, practice: int, pence: int) -> None:
    """The commissioner pays a practice its share of a saving; nothing to one that has closed.

    `pence`: its share.
    """
    if state.practices.lists[practice]:
        payer = commissioner_of(minds, state.provision, practice)
        payee = int(state.provision.practice_body[practice])
        state.money.ledger.post(state.month, payer, payee, "budget_saving", pence)
