"""How practices decide to join, stay in or leave an integrated organisation: what they see."""

import math

import numpy as np

from agents.choice.learning import Belief
from agents.organisations import practice
from agents.organisations.practice import BudgetObservation, MembershipObservation
from model.budgets.budgets import budget_observation
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.minds import Minds
from model.integrated.joining import luck_spread
from model.integrated.organisations import members_of, open_organisations
from model.integrated.results import paid_care
from model.parameters import Parameters
from model.payments.hospital_payment import HospitalPayment
from model.payments.list_charges import yearly_charges
from model.policies.gain_sharing import (
    expected_parts,
    losing_spread,
    loss_share,
    member_share,
    patient_spread,
)
from model.state.integrated import Integrated
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import State, Yearbooks


def membership_observation(
    minds: Minds,
    value: Parameters,
    neighbours: np.ndarray,
    state: State,
    organisation: Integrated,
    practice: int,
    charges: np.ndarray,
) -> MembershipObservation:
    """What a practice sees of an integrated organisation; `charges` as for `yearly_charges`.

    `neighbours` [practices, n]: rows of the nearest practices.
    """
    terms = organisation.terms
    patients = int(state.practices.lists[practice])
    members, belief = members_of(state.provision, organisation), organisation.beliefs.of(practice)
    near = neighbours[practice][organisation.invited[neighbours[practice]]]
    pool = expected_pool(value, state, organisation, practice)
    head = capitation_per_head(state.provision, state.practices, organisation, practice, charges)
    reserve = own_reserve(organisation, practice, bool(members[practice]), charges)
    return MembershipObservation(
        is_member=bool(members[practice]),
        list_size=patients,
        support=value["minds.member_support_pence_per_patient"] * patients / PENCE_PER_POUND,
        expected_gain=patients * gain_per_patient(value, organisation, belief, pool, head),
        downside_share=terms.risk_down * loss_share(value, *organisation.parties),
        pool_size=pool,
        cost_spread_per_patient=_borne_spread(
            value, state.practices, state.yearbooks, organisation, practice, pool
        ),
        joining_cost=value["minds.joining_cost_pence_per_patient"] * patients / PENCE_PER_POUND,
        peers_share=float(members[near].mean()) if near.size else 0.0,
        believed_result=belief.mean,
        reserve_cost=value["integrated.reserve_cost_share"] * reserve,
        budget=_held_budget(minds, value, state, practice),
    )


def expected_pool(value: Parameters, state: State, organisation: Integrated, practice: int) -> int:
    """Patients of the members with `practice` among them; in the first year, as it expects."""
    members = members_of(state.provision, organisation)
    pool = int(
        state.practices.lists[members].sum()
        + (0 if members[practice] else state.practices.lists[practice])
    )
    if state.month < organisation.founded_month + 12:  # all are asked at once: what will they do?
        rivals = sum(
            o.commissioner == organisation.commissioner for o in state.integrated.organisations
        )
        uptake = (
            value["minds.expected_uptake"]
            * state.practices.lists[organisation.invited].sum()
            / rivals
        )
        pool = max(pool, int(uptake))
    return pool


def gain_per_patient(
    value: Parameters, organisation: Integrated, belief: Belief, pool: int, head: float
) -> float:
    """A member's share of the result that is believed, in pounds a patient a year.

    Gains and losses are shared by list, after what the commissioner takes of them. `head`: of the
    capitation, pounds a patient a year.
    """
    terms = organisation.terms
    deviation = math.hypot(belief.spread, luck_spread(value, terms, pool, head))
    gain, loss = expected_parts(belief.mean * head, deviation * head, head, terms)
    kept = member_share(value, *organisation.parties) * gain
    return kept - loss_share(value, *organisation.parties) * loss


def capitation_per_head(
    provision: Provision,
    practices: Practices,
    organisation: Integrated,
    practice: int,
    charges: np.ndarray,
) -> float:
    """Pounds a year for each patient of the members, and of `practice` if it joins.

    Before there are members: what the lists of all who are invited are charged. `charges`: pence
    a year that each list is charged, as `yearly_charges` says [practices, CHARGES].
    """
    members = members_of(provision, organisation)
    rows = np.flatnonzero(organisation.invited & (practices.lists > 0))
    if members.any():
        rows = np.union1d(np.flatnonzero(members), practice)
    care = paid_care(provision, organisation)
    paid = 12.0 * organisation.capitation_pence[rows][:, care].sum(axis=1)
    pence = np.where(members[rows], paid, charges[rows][:, care].sum(axis=1))
    return float(pence.sum() / PENCE_PER_POUND / practices.lists[rows].sum())


def own_reserve(
    organisation: Integrated, practice: int, is_member: bool, charges: np.ndarray
) -> float:
    """Pounds that `practice` itself has put up as a reserve, or would have to."""
    if organisation.lead != "practices":
        return 0.0
    if is_member:
        return float(organisation.reserve_pence[practice] / PENCE_PER_POUND)
    return float(organisation.terms.reserve_share * charges[practice].sum() / PENCE_PER_POUND)


def _held_budget(
    minds: Minds, value: Parameters, state: State, practice: int
) -> BudgetObservation | None:
    """A budget that `practice` holds, as it sees it; None if it holds none."""
    books = state.budgets
    if practice not in books.held:
        return None
    pool = sum(int(state.practices.lists[m]) for m in books.pooled_with(practice))
    return budget_observation(
        minds,
        value,
        state,
        practice,
        books.held[practice].terms,
        True,
        practice in books.pool_of,
        pool,
    )


def _borne_spread(
    value: Parameters,
    practices: Practices,
    yearbooks: Yearbooks,
    organisation: Integrated,
    practice: int,
    pool: int,
) -> float:
    """Spread of a patient's yearly cost after stop-loss, corridor and floor, for such a pool."""
    terms = organisation.terms
    spread = patient_spread(value, terms)
    least = min(terms.corridor, terms.floor)
    if least >= 1.0:
        return spread
    year, root = yearbooks.last_year, math.sqrt(pool)
    spend = (year.planned_spend[practice].sum() + year.emergency_spend[practice]) / PENCE_PER_POUND
    return losing_spread(spread * root, least * spend / practices.lists[practice] * pool) / root


def practices_consider_membership(
    minds: Minds, setup: Setup, state: State, payment: HospitalPayment
) -> None:
    """Practices look at the organisation that invites them, or choose between several."""
    offers: dict[int, list[Integrated]] = {}
    for organisation in open_organisations(state.integrated, state.docket):
        for g in np.flatnonzero(organisation.invited & (state.practices.lists > 0)).tolist():
            offers.setdefault(g, []).append(organisation)
    charges = yearly_charges(setup.geography, state, payment, np.arange(state.practices.lists.size))
    for g, offered in offers.items():
        if len(offered) == 1:
            _consider_one(minds, setup, state, g, offered[0], charges)
        else:
            _choose(minds, setup, state, g, offered, charges)


def _consider_one(
    minds: Minds,
    setup: Setup,
    state: State,
    practice_row: int,
    organisation: Integrated,
    charges: np.ndarray,
) -> None:
    agent = minds.practices[practice_row]
    observation = membership_observation(
        minds, setup.parameters, setup.neighbours, state, organisation, practice_row, charges
    )
    forced = forced_option(minds, state.month, agent.code, practice.MEMBERSHIP, organisation.code)
    decision = agent.consider_membership(observation, state.month, forced, organisation.code)
    schedule_effect(
        setup.place,
        state.docket,
        decision,
        "leave" if observation.is_member else "join",
        (practice_row, organisation.code),
    )


def _choose(
    minds: Minds,
    setup: Setup,
    state: State,
    practice_row: int,
    offered: list[Integrated],
    charges: np.ndarray,
) -> None:
    agent = minds.practices[practice_row]
    views = {
        o.code: membership_observation(
            minds, setup.parameters, setup.neighbours, state, o, practice_row, charges
        )
        for o in offered
    }
    forced = forced_option(minds, state.month, agent.code, practice.MEMBERSHIP)
    decision = agent.choose_organisation(views, state.month, forced)
    if decision.chosen.startswith("join "):
        schedule_effect(
            setup.place,
            state.docket,
            decision,
            "join",
            (practice_row, decision.chosen.removeprefix("join ")),
        )
    else:
        current = next((code for code, observation in views.items() if observation.is_member), "")
        schedule_effect(setup.place, state.docket, decision, "leave", (practice_row, current))
