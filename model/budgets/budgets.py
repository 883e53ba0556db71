"""Practices that hold a budget for care of their lists: terms, views, taking and giving up."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.organisations.practice import HOLD_BUDGET, BudgetObservation
from model.deciding import objects
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.places.place import Place
from model.policies.policy import Budget, Policy
from model.practices.profits import profits
from model.practices.savings import believed_approval, charged_care, spending
from model.state.books import BudgetBooks, BudgetTerms, Holding
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.setup import Setup
from model.state.state import State

ORDINAL_BELIEF = 50  # of the keyed luck of what a practice expects to save


def practices_consider_budgets(
    minds: Minds,
    setup: Setup,
    state: State,
    rules: Mapping[str, Any],
    policy: Policy,
    policy_month: int,
) -> None:
    """Once a year: who holds a budget thinks of giving it up, who may hold one of taking it.

    `policy_month`: months since the policy began.
    """
    if not HOLD_BUDGET.is_due(state.month):
        return
    for table, written in enumerate(policy.budgets):
        if is_open(written, policy_month):
            _offer(minds, setup, state, rules, table, terms_in_force(setup, rules, written))


def is_open(written: Budget, policy_month: int) -> bool:
    """Whether a table of terms has begun and has not ended."""
    ended = written.end_month is not None and policy_month >= written.end_month
    return policy_month >= written.start_month and not ended


def terms_in_force(setup: Setup, rules: Mapping[str, Any], written: Budget) -> BudgetTerms:
    """What the policy says; what it leaves out, as the rules in force say; then as levers say.

    `written`: one table of the policy.
    """

    def term(name: str, unsaid: float) -> float:
        said = getattr(written, name)
        value: float = rules.get(f"{written.rules}.{name}", unsaid) if said is None else said
        return value

    value = setup.parameters
    pathways = [pathway in written.pathways for pathway in PATHWAYS]
    return BudgetTerms(
        kind=written.kind,
        charged=np.array([*pathways, written.emergencies]),
        minimum_list=term("minimum_list", 0),
        entry_notice_months=int(term("entry_notice_months", HOLD_BUDGET.lag_months)),
        retained_share=term("retained_share", value["budgets.retained_share"]),
        overspend_share=term("overspend_share", value["budgets.overspend_share"]),
        stop_loss_pence=term("stop_loss_pence", np.inf),
        allowance_pence=term("allowance_pence", 0),
        allowance_pence_per_patient=term("allowance_pence_per_patient", 0),
        preparatory_allowance_pence=term("preparatory_allowance_pence", 0),
    )


def _offer(
    minds: Minds,
    setup: Setup,
    state: State,
    rules: Mapping[str, Any],
    table: int,
    terms: BudgetTerms,
) -> None:
    """Holders under these terms and practices that may hold a budget decide."""
    in_organisations = np.isin(
        state.provision.network,
        [organisation.network for organisation in state.integrated.organisations],
    )
    free = (state.practices.lists > 0) & (state.practices.owned_trust < 0) & ~in_organisations
    earned = partners_profits(setup.place, setup.parameters, state.practices, rules)
    for g in np.flatnonzero(free).tolist():
        holding, own = state.budgets.held.get(g), int(state.practices.lists[g])
        able = own >= terms.minimum_list and can_bear(
            setup.parameters, state, g, terms, own, earned[g]
        )
        if holding is None and able:
            _consider(minds, setup.place, setup.parameters, state, g, table, terms, False)
        elif holding is not None and holding.table == table:
            holding.terms = terms
            if holding.joined_month <= state.month:
                _consider(minds, setup.place, setup.parameters, state, g, table, terms, True)


def _consider(
    minds: Minds,
    place: Place,
    value: Parameters,
    state: State,
    practice: int,
    table: int,
    terms: BudgetTerms,
    holds: bool,
) -> None:
    agent = minds.practices[practice]
    forced = forced_option(minds, state.month, agent.code, HOLD_BUDGET, terms.kind)
    pool = sum(int(state.practices.lists[m]) for m in state.budgets.pooled_with(practice))
    observation = budget_observation(
        minds, value, state, practice, terms, holds, practice in state.budgets.pool_of, pool
    )
    decision = agent.consider_budget(observation, state.month, forced, terms.kind)
    schedule_effect(
        place,
        state.docket,
        decision,
        "give_up_budget" if holds else "take_budget",
        (practice, table),
    )
    if decision.chosen == "take_budget":  # that it will hold a budget is known from now on
        state.budgets.held[practice] = Holding(
            practice, table, terms, state.month, decision.effect_month
        )


def budget_observation(
    minds: Minds,
    value: Parameters,
    state: State,
    practice: int,
    terms: BudgetTerms,
    holds: bool,
    pooled: bool,
    pool: int,
) -> BudgetObservation:
    """What a practice sees of a budget, by itself or pooled in a federation of `pool` patients."""
    patients = int(state.practices.lists[practice])
    spend = (
        spending(state.yearbooks, practice)[
            charged_care(state.provision, practice, terms.charged)
        ].sum()
        / PENCE_PER_POUND
    )
    return BudgetObservation(
        holds=holds,
        notice_months=terms.entry_notice_months,
        list_size=patients,
        spend=spend,
        believed_saving=believed_saving(minds, value, state.budgets, practice),
        retained_share=terms.retained_share
        * believed_approval(value, state.budgets, practice, terms.kind),
        private_share=value["budgets.private_share"],
        downside_share=terms.overspend_share,
        pool_size=pool,
        cost_spread_per_patient=cost_spread(value, terms, spend / patients),
        allowance=allowance(terms, patients) / PENCE_PER_POUND,
        management_cost=management_cost(value, terms.kind, patients, pooled) / PENCE_PER_POUND,
        referral_cost=value["minds.referral_effort_pence_per_patient"] * patients / PENCE_PER_POUND,
    )


def partners_profits(
    place: Place, value: Parameters, practices: Practices, rules: Mapping[str, Any]
) -> np.ndarray:
    """What all partners of each practice earn together, pounds a year [practices]."""
    pounds: np.ndarray = profits(place, value, practices, rules) * practices.workforce.count()
    return pounds


def can_bear(
    value: Parameters, state: State, practice: int, terms: BudgetTerms, pool: int, earned: float
) -> bool:
    """Whether a practice could pay its part of a bad year's overspend of a pool of patients.

    `earned`: what its partners earn together, pounds a year. Luck grows with the root of the pool,
    its part of it is by list. `terms`: of the budget; `pool`: patients who share its risk.
    """
    patients = int(state.practices.lists[practice])
    spend = (
        spending(state.yearbooks, practice)[
            charged_care(state.provision, practice, terms.charged)
        ].sum()
        / PENCE_PER_POUND
    )
    deviation = cost_spread(value, terms, spend / max(patients, 1)) * pool**0.5
    part = terms.overspend_share * patients / max(pool, 1)
    owed = value["trusts.bad_year_deviations"] * deviation * part
    return bool(owed <= value["budgets.risk_bearing_share"] * max(earned, 0.0))


def moved(value: Parameters, old: float, seen: float) -> float:
    """A belief after a year's figure: part of the way to what was seen.

    `old` and `seen` are shares.
    """
    share: float = value["budgets.learning_share"]
    return (1.0 - share) * old + share * seen


def believed_saving(minds: Minds, value: Parameters, budgets: BudgetBooks, practice: int) -> float:
    """Share of a budget that `practice` believes it can save: at first its own guess."""
    agent = minds.practices[practice]
    mean, spread = (value[f"budgets.believed_saving_{part}"] for part in ("share", "spread"))
    guess = agent.trait(mean, spread, ORDINAL_BELIEF)
    return budgets.saving.get(practice, max(guess, 0.0))


def cost_spread(value: Parameters, terms: BudgetTerms, mean_pounds: float) -> float:
    """Standard deviation of a patient's yearly charge in pounds.

    A charge between nought and a stop-loss L with mean m varies at most by sqrt(m (L - m))
    (Bhatia & Davis 2000, American Mathematical Monthly).
    """
    free = value["budgets.planned_cost_spread_pounds"]
    if terms.charged[-1]:
        free = max(free, value["minds.cost_spread_per_patient_pounds"])
    most = mean_pounds * max(terms.stop_loss_pence / PENCE_PER_POUND - mean_pounds, 0.0)
    return float(min(free, most**0.5))


def allowance(terms: BudgetTerms, patients: int) -> float:
    """Paid to a holder for managing its budget, pence a year."""
    return terms.allowance_pence + terms.allowance_pence_per_patient * patients


def management_cost(value: Parameters, kind: str, patients: int, pooled: bool) -> float:
    """What a holder spends on managing its budget, or pays its federation for it, pence a year."""
    if pooled:
        return float(value["budgets.federation_pence_per_patient"] * patients)
    name = "management_cost_pence" if kind == "real" else "indicative_management_cost_pence"
    return float(value[f"budgets.{name}"])


@effect("take_budget", "state", touches=objects.of_practice("budget"))
def take_budget(state: State, practice: int, table: int) -> None:
    """A practice's budget begins: what the year before cost, for each patient.

    Nothing if the practice has closed, or the offer has ended, since it decided. `table`: the
    number of the policy's table of terms.
    """
    holding = state.budgets.held.get(practice)
    if holding is not None and holding.table == table:
        holding.joined_month = state.month
        holding.pence_per_patient = (
            spending(state.yearbooks, practice) / state.practices.lists[practice]
        )


@effect("give_up_budget", "state.month", "state.budgets", touches=objects.of_practice("budget"))
def give_up_budget(month: int, budgets: BudgetBooks, practice: int, table: int) -> None:
    """A practice hands its budget back; the commissioner carries the cost of its list alone.

    `table`: the number of the policy's table of terms.
    """
    holding = budgets.held.get(practice)
    if holding is not None and holding.table == table:
        budgets.hand_back(practice, month)


def end_budgets(month: int, budgets: BudgetBooks, policy: Policy, policy_month: int) -> None:
    """All budgets under a table of terms that ends this month are handed back.

    `policy_month`: months since the policy began.
    """
    for table, written in enumerate(policy.budgets):
        if written.end_month == policy_month:
            for g in [g for g, holding in budgets.held.items() if holding.table == table]:
                budgets.hand_back(g, month)
