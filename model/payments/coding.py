"""Coding of hospital care: how deeply trusts code, what payers check, and the money it moves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from agents.organisations.coding import (
    AUDIT,
    CODING,
    STEPS,
    AuditView,
    CodingView,
    set_audit,
    set_coding,
)
from agents.organisations.trust import Trust
from model.deciding.boards import hospital_agents, sites_of
from model.deciding.decisions import SETTLING_YEARS, enter, forced_option
from model.state.bodies import MARKET
from model.state.coding_books import USUAL, empty_coding_year
from model.state.contracts import information
from model.state.ledger import PENCE_PER_POUND
from model.state.state import BURN_IN_MONTHS

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

LESS, MORE = "audit_less", "audit_more"
ERROR = "hospital_payment.coding.gross_payment_error"
BASE_MONTH = 24  # of the burn-in, when a whole year has been seen


def found_shares(economy: "HealthEconomy") -> dict[str, float]:
    """Share of what is coded in the hospital's favour that a payer finds, by effort of checking.

    Practices that know what was done for their patients find more when they are asked.
    """
    value = economy.setup.parameters
    usual = float(value["coding.found_share"])
    more = usual + value["coding.found_more_share"] * (1.0 + information(economy))
    return {LESS: 0.0, USUAL: usual, MORE: min(float(more), 1.0)}


def audit_costs(economy: "HealthEconomy", people: float) -> dict[str, float]:
    """Pounds a year of checking for so many people, by effort."""
    value = economy.setup.parameters
    usual = people * value["coding.audit_pence_per_head"] / PENCE_PER_POUND
    more = people * value["coding.audit_more_pence_per_head"] / PENCE_PER_POUND
    return {LESS: 0.0, USUAL: usual, MORE: usual + more}


def decide_on_coding(economy: "HealthEconomy") -> None:
    """Once a year, after the base years: trusts how deeply to code, commissioners how to check.

    In the base years commissioners settle on the effort that they would have come to.
    """
    month, books = economy.state.month, economy.state.coding
    if not CODING.is_due(month):
        return
    if month == BASE_MONTH:
        _settle_audits(economy)
    if month == BURN_IN_MONTHS:
        books.base_deficit = yearly_deficits(economy)
    if month >= BURN_IN_MONTHS:
        _set_depths(economy)
        _set_audits(economy)
    books.year = empty_coding_year(books.depth.size, len(books.effort))


def yearly_deficits(economy: "HealthEconomy") -> np.ndarray:
    """What every trust has lost a year in the deficit it is in, in pence [trusts]."""
    state = economy.state
    deficits: np.ndarray = state.hospitals.deficits / np.maximum(state.hospitals.deficit_years, 1)
    return deficits


def _set_depths(economy: "HealthEconomy") -> None:
    for row, agent in hospital_agents(economy):
        view = coding_view(economy, row, agent)
        if view.income > 0.0:
            forced = forced_option(economy, agent.code, CODING)
            decision = set_coding(agent, view, economy.state.month, forced)
            step = view.step * STEPS.get(decision.chosen, 0)
            enter(economy, decision, "coding", (agent.code, view.depth + step))


def coding_view(economy: "HealthEconomy", row: int, agent: Trust) -> CodingView:
    """What a trust, in a row of trusts, sees of its coding."""
    books, sites, last = (
        economy.state.coding,
        sites_of(economy, agent),
        economy.state.yearbooks.last_year,
    )
    by_kind = np.column_stack([last.line_income.sum(axis=1), last.emergency_paid])[sites]
    income = by_kind @ _by_activity(economy)
    paid = max(float(books.year.paid[sites].sum()), 1.0)
    worse = yearly_deficits(economy)[row] - books.base_deficit[row]
    return CodingView(
        income=float(income.sum()) / PENCE_PER_POUND,
        depth=float(books.depth[sites] @ income / max(income.sum(), 1.0)),
        recovered_share=float(books.year.recoverable[sites].sum()) / paid,
        usual_recovered_share=float(books.year.recoverable_then[sites].sum()) / paid,
        coders_share=float(economy.setup.parameters["coding.coder_cost_share"]),
        deficit=max(float(worse), 0.0) / PENCE_PER_POUND,
        curvature=float(economy.setup.parameters["coding.cost_curvature"]),
        deepest=float(economy.setup.parameters["coding.deepest_share"]),
        step=float(economy.setup.parameters["coding.depth_step"]),
    )


def _set_audits(economy: "HealthEconomy") -> None:
    state = economy.state
    for k, agent in enumerate(economy.minds.commissioners):
        forced = forced_option(economy, agent.code, AUDIT)
        decision = set_audit(agent, audit_view(economy, k), state.month, forced)
        enter(economy, decision, "audit", (k, decision.chosen))


def _settle_audits(economy: "HealthEconomy") -> None:
    """Commissioners begin with the effort they would have come to, so that habits do not drift."""
    books = economy.state.coding
    for year in range(SETTLING_YEARS, 0, -1):
        for k, agent in enumerate(economy.minds.commissioners):
            view = audit_view(economy, k)
            books.effort[k] = set_audit(agent, view, SETTLING_MONTH - 12 * year).chosen
    books.base_effort = list(books.effort)


SETTLING_MONTH = 40_000  # far from any month of a run, whose luck it must not share


def audit_view(economy: "HealthEconomy", k: int) -> AuditView:
    """What commissioner k sees of the coding of the hospital care that it paid for last year."""
    state, books = economy.state, economy.state.coding
    people = float(state.practices.lists[state.provision.practice_commissioner == k].sum())
    bought = float(books.year.bought[k])
    return AuditView(
        current=books.effort[k],
        people=people,
        spend=bought / PENCE_PER_POUND,
        overcharged_share=overcharged_share(economy),
        depth=float(books.year.deeper[k]) / max(bought, 1.0),
        found=found_shares(economy),
        cost=audit_costs(economy, people),
    )


def overcharged_share(economy: "HealthEconomy") -> float:
    """Share of payments that errors in the hospital's favour make up: half of all errors."""
    return float(economy.rules.get(ERROR, 0.0)) / 2.0


def change_coding(economy: "HealthEconomy", code: str, depth: float) -> None:
    """A trust codes deeper, or less deeply, at all its sites."""
    agent = next(t for t in economy.minds.trusts if t.code == code)
    economy.state.coding.depth[sites_of(economy, agent)] = depth


def change_audit(economy: "HealthEconomy", k: int, effort: str) -> None:
    """A commissioner's new effort of checking."""
    economy.state.coding.effort[k] = effort


def pay_for_coding(economy: "HealthEconomy") -> None:
    """What coding and its challenges move beside the tariff as coded in the base year."""
    _keep_coding_year(economy)
    state, books = economy.state, economy.state.coding
    if not books.depth.any() and books.effort == books.base_effort:
        return
    found, then = (found_by_payer(economy, e) for e in (books.effort, books.base_effort))
    coders = economy.setup.parameters["coding.coder_cost_share"]
    trust = state.provision.site_owner(state.bodies)
    error, deeper = overcharged_share(economy), np.maximum(books.depth, 0.0)
    for row, coded in enumerate(coded_pay(economy)):
        payer, gained = (
            int(economy.payers.bodies[row]),
            np.rint(coded * books.depth).astype(np.int64),
        )
        state.money.ledger.post(state.month, payer, trust, "coding", gained)
        cost = np.rint(coders * gained).astype(np.int64)
        state.money.ledger.post(state.month, trust, MARKET, "pay_and_supplies", cost)
        # What was found in the base year is in the tariff as it was paid then.
        against = coded * (error * (found[row] - then[row]) + deeper * found[row])
        back = np.rint(against).astype(np.int64)
        state.money.ledger.post(state.month, trust, payer, "coding_challenge", back)
    _pay_audits(economy)


def coded_pay(economy: "HealthEconomy") -> np.ndarray:
    """What was paid for activity as it is coded, without blocks [payers, sites]."""
    pay: np.ndarray = economy.paid @ _by_activity(economy)
    return pay


def _by_activity(economy: "HealthEconomy") -> np.ndarray:
    """Whether planned care and emergencies are paid for by activity [2]."""
    payment = economy.payment
    return np.array([payment.planned_by_activity, payment.emergencies_by_activity], dtype=np.int64)


def found_by_payer(economy: "HealthEconomy", effort: Sequence[str]) -> np.ndarray:
    """Share of coding in the hospital's favour that each payer finds [payers].

    Commissioners, with these efforts, come first; holders of contracts check as usual.
    """
    shares = found_shares(economy)
    others = economy.payers.bodies.size - len(effort)
    return np.array([shares[one] for one in effort] + [shares[USUAL]] * others)


def _keep_coding_year(economy: "HealthEconomy") -> None:
    """Enter the month in the year's sums."""
    books, coded = economy.state.coding, coded_pay(economy)
    year, buyers = books.year, len(books.effort)
    year.paid += coded.sum(axis=0)
    year.recoverable += found_by_payer(economy, books.effort) @ coded
    year.recoverable_then += found_by_payer(economy, books.base_effort) @ coded
    year.bought += coded[:buyers].sum(axis=1)
    year.deeper += coded[:buyers] @ books.depth


def _pay_audits(economy: "HealthEconomy") -> None:
    """What checking costs beyond that of the base year, which is part of the running cost."""
    state, k_of = economy.state, economy.state.provision.practice_commissioner
    for k, agent in enumerate(economy.minds.commissioners):
        cost = audit_costs(economy, float(state.practices.lists[k_of == k].sum()))
        more = cost[state.coding.effort[k]] - cost[state.coding.base_effort[k]]
        pence = round(more * PENCE_PER_POUND / 12)
        state.money.ledger.post(state.month, agent.body, MARKET, "running_cost", pence)
