"""Coding of hospital care: how deeply trusts code, what payers check, and the money it moves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from agents.decisions.coding_choice import (
    AUDIT,
    CODING,
    STEPS,
    AuditObservation,
    CodingObservation,
    set_audit,
    set_coding,
)
from agents.organisations.trust import Trust
from model.deciding import objects
from model.deciding.boards import hospital_agents, sites_of
from model.deciding.decisions import SETTLING_YEARS, forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.payments.hospital_payment import HospitalPayment, Payers
from model.payments.in_force import InForce
from model.state.bodies import MARKET
from model.state.books import USUAL, CodingBooks, empty_coding_year
from model.state.contracts import information
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.state import BURN_IN_MONTHS, State

LESS, MORE = "audit_less", "audit_more"
ERROR = "hospital_payment.coding.gross_payment_error"
BASE_MONTH = 24  # of the burn-in, when a whole year has been seen


def found_shares(value: Parameters, rules: Mapping[str, Any]) -> dict[str, float]:
    """Share of what is coded in the hospital's favour that a payer finds, by effort of checking.

    Practices that know what was done for their patients find more when they are asked.
    """
    usual = float(value["coding.found_share"])
    more = usual + value["coding.found_more_share"] * (1.0 + information(value, rules))
    return {LESS: 0.0, USUAL: usual, MORE: min(float(more), 1.0)}


def audit_costs(value: Parameters, people: float) -> dict[str, float]:
    """Pounds a year of checking for so many people, by effort."""
    usual = people * value["coding.audit_pence_per_head"] / PENCE_PER_POUND
    more = people * value["coding.audit_more_pence_per_head"] / PENCE_PER_POUND
    return {LESS: 0.0, USUAL: usual, MORE: usual + more}


def decide_on_coding(minds: Minds, setup: Setup, state: State, in_force: InForce) -> None:
    """Once a year, after the base years: trusts how deeply to code, commissioners how to check.

    In the base years commissioners settle on the effort that they would have come to.
    """
    month, books = state.month, state.coding
    if not CODING.is_due(month):
        return
    if month == BASE_MONTH:
        _settle_audits(minds, setup.parameters, state, in_force.rules)
    if month == BURN_IN_MONTHS:
        books.base_deficit = yearly_deficits(state.hospitals)
    if month >= BURN_IN_MONTHS:
        _set_depths(minds, setup, state, in_force.payment)
        _set_audits(minds, setup, state, in_force.rules)
    books.year = empty_coding_year(books.depth.size, len(books.effort))


def yearly_deficits(hospitals: Hospitals) -> np.ndarray:
    """What every trust has lost a year in the deficit it is in, in pence [trusts]."""
    deficits: np.ndarray = hospitals.deficits / np.maximum(hospitals.deficit_years, 1)
    return deficits


def _set_depths(minds: Minds, setup: Setup, state: State, payment: HospitalPayment) -> None:
    for row, agent in hospital_agents(minds, setup.place, state.bodies):
        observation = coding_observation(setup.parameters, state, payment, row, agent)
        if observation.income > 0.0:
            forced = forced_option(minds, state.month, agent.code, CODING)
            decision = set_coding(agent, observation, state.month, forced)
            step = observation.step * STEPS.get(decision.chosen, 0)
            schedule_effect(
                setup.place,
                state.docket,
                decision,
                "coding",
                (agent.code, observation.depth + step),
            )


def coding_observation(
    value: Parameters, state: State, payment: HospitalPayment, row: int, agent: Trust
) -> CodingObservation:
    """What a trust, in a row of trusts, sees of its coding."""
    books = state.coding
    sites = sites_of(state.bodies, state.provision, agent)
    last = state.yearbooks.last_year
    by_kind = np.column_stack([last.line_income.sum(axis=1), last.emergency_paid])[sites]
    income = by_kind @ _by_activity(payment)
    paid = max(float(books.year.paid[sites].sum()), 1.0)
    worse = yearly_deficits(state.hospitals)[row] - books.base_deficit[row]
    return CodingObservation(
        income=float(income.sum()) / PENCE_PER_POUND,
        depth=float(books.depth[sites] @ income / max(income.sum(), 1.0)),
        recovered_share=float(books.year.recoverable[sites].sum()) / paid,
        usual_recovered_share=float(books.year.recoverable_then[sites].sum()) / paid,
        coders_share=float(value["coding.coder_cost_share"]),
        deficit=max(float(worse), 0.0) / PENCE_PER_POUND,
        curvature=float(value["coding.cost_curvature"]),
        deepest=float(value["coding.deepest_share"]),
        step=float(value["coding.depth_step"]),
    )


def _set_audits(minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any]) -> None:
    for k, agent in enumerate(minds.commissioners):
        forced = forced_option(minds, state.month, agent.code, AUDIT)
        decision = set_audit(
            agent, audit_observation(setup.parameters, state, rules, k), state.month, forced
        )
        schedule_effect(setup.place, state.docket, decision, "audit", (k, decision.chosen))


def _settle_audits(minds: Minds, value: Parameters, state: State, rules: Mapping[str, Any]) -> None:
    """Commissioners begin with the effort they would have come to, so that habits do not drift."""
    books = state.coding
    for year in range(SETTLING_YEARS, 0, -1):
        for k, agent in enumerate(minds.commissioners):
            observation = audit_observation(value, state, rules, k)
            books.effort[k] = set_audit(agent, observation, SETTLING_MONTH - 12 * year).chosen
    books.base_effort = list(books.effort)


SETTLING_MONTH = 40_000  # far from any month of a run, whose luck it must not share


def audit_observation(
    value: Parameters, state: State, rules: Mapping[str, Any], commissioner: int
) -> AuditObservation:
    """What commissioner k sees of the coding of the hospital care that it paid for last year."""
    books = state.coding
    people = float(
        state.practices.lists[state.provision.practice_commissioner == commissioner].sum()
    )
    bought = float(books.year.bought[commissioner])
    return AuditObservation(
        current=books.effort[commissioner],
        people=people,
        spend=bought / PENCE_PER_POUND,
        overcharged_share=overcharged_share(rules),
        depth=float(books.year.deeper[commissioner]) / max(bought, 1.0),
        found=found_shares(value, rules),
        cost=audit_costs(value, people),
    )


def overcharged_share(rules: Mapping[str, Any]) -> float:
    """Share of payments that errors in the hospital's favour make up: half of all errors."""
    return float(rules.get(ERROR, 0.0)) / 2.0


@effect("coding", "minds", "state", touches=objects.of_code("coding"))
def change_coding(minds: Minds, state: State, code: str, depth: float) -> None:
    """A trust codes deeper, or less deeply, at all its sites.

    `depth`: a share of tariff income, beside the base year's.
    """
    agent = next(t for t in minds.trusts if t.code == code)
    state.coding.depth[sites_of(state.bodies, state.provision, agent)] = depth


@effect(
    "audit",
    "state.coding",
    touches=lambda place, commissioner, *_: (
        objects.named("audit", place.commissioner_codes[commissioner]),
    ),
)
def change_audit(coding: CodingBooks, commissioner: int, effort: str) -> None:
    """A commissioner's new effort of checking."""
    coding.effort[commissioner] = effort


def pay_for_coding(
    minds: Minds,
    value: Parameters,
    state: State,
    in_force: InForce,
    payers: Payers,
    paid: np.ndarray,
) -> None:
    """What coding and its challenges move beside the tariff as coded in the base year.

    `paid`: tariff of the month, pence [payers, sites].
    """
    _keep_coding_year(value, state.coding, in_force, payers, paid)
    books = state.coding
    if not books.depth.any() and books.effort == books.base_effort:
        return
    found, then = (
        found_by_payer(value, in_force.rules, payers, e) for e in (books.effort, books.base_effort)
    )
    coders = value["coding.coder_cost_share"]
    trust = state.provision.site_owner(state.bodies)
    error, deeper = overcharged_share(in_force.rules), np.maximum(books.depth, 0.0)
    for row, coded in enumerate(coded_pay(in_force.payment, paid)):
        payer = int(payers.bodies[row])
        gained = np.rint(coded * books.depth).astype(np.int64)
        state.money.ledger.post(state.month, payer, trust, "coding", gained)
        cost = np.rint(coders * gained).astype(np.int64)
        state.money.ledger.post(state.month, trust, MARKET, "pay_and_supplies", cost)
        # What was found in the base year is in the tariff as it was paid then.
        against = coded * (error * (found[row] - then[row]) + deeper * found[row])
        back = np.rint(against).astype(np.int64)
        state.money.ledger.post(state.month, trust, payer, "coding_challenge", back)
    _pay_audits(minds, value, state)


def coded_pay(payment: HospitalPayment, paid: np.ndarray) -> np.ndarray:
    """What was paid for activity as it is coded, without blocks [payers, sites]."""
    pay: np.ndarray = paid @ _by_activity(payment)
    return pay


def _by_activity(payment: HospitalPayment) -> np.ndarray:
    """Whether planned care and emergencies are paid for by activity [2]."""
    return np.array([payment.planned_by_activity, payment.emergencies_by_activity], dtype=np.int64)


def found_by_payer(
    value: Parameters, rules: Mapping[str, Any], payers: Payers, effort: Sequence[str]
) -> np.ndarray:
    """Share of coding in the hospital's favour that each payer finds [payers].

    Commissioners, with these efforts, come first; holders of contracts check as usual. `effort`:
    the options that commissioners have taken.
    """
    shares = found_shares(value, rules)
    others = payers.bodies.size - len(effort)
    return np.array([shares[one] for one in effort] + [shares[USUAL]] * others)


def _keep_coding_year(
    value: Parameters, coding: CodingBooks, in_force: InForce, payers: Payers, paid: np.ndarray
) -> None:
    """Enter the month in the year's sums."""
    coded = coded_pay(in_force.payment, paid)
    year, buyers = coding.year, len(coding.effort)
    year.paid += coded.sum(axis=0)
    year.recoverable += found_by_payer(value, in_force.rules, payers, coding.effort) @ coded
    year.recoverable_then += (
        found_by_payer(value, in_force.rules, payers, coding.base_effort) @ coded
    )
    year.bought += coded[:buyers].sum(axis=1)
    year.deeper += coded[:buyers] @ coding.depth


def _pay_audits(minds: Minds, value: Parameters, state: State) -> None:
    """What checking costs beyond that of the base year, which is part of the running cost."""
    k_of = state.provision.practice_commissioner
    for k, agent in enumerate(minds.commissioners):
        cost = audit_costs(value, float(state.practices.lists[k_of == k].sum()))
        more = cost[state.coding.effort[k]] - cost[state.coding.base_effort[k]]
        pence = round(more * PENCE_PER_POUND / 12)
        state.money.ledger.post(state.month, agent.body, MARKET, "running_cost", pence)
