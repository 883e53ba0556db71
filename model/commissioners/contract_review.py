"""What commissioners make of contracts in force: a year's result, and whether to end one early."""

from typing import TYPE_CHECKING

import numpy as np

from agents.organisations.commissioner import REVIEW, ContractView
from model.commissioners.commissioning import (
    QUALITY_LUCK,
    RESULT_LUCK,
    error_left,
    hear_results,
    luck,
    political_push,
    result_error,
)
from model.commissioners.own_services import own_services, trust_row
from model.commissioners.tendering import end_prime, provider_shares, transition_pence
from model.deciding.decisions import enter, forced_option
from model.pathway_names import PATHWAYS
from model.payments.list_charges import pathway_spend
from model.state.bodies import MARKET
from model.state.contracts import Prime, Result, information
from model.state.hospitals import QUALITY_STEP
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import NOBODY

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def measure_contracts(economy: "HealthEconomy") -> None:
    """At a year's end commissioners measure their contracts, and hear of their neighbours'."""
    state = economy.state
    for prime in state.contracts.primes:
        if prime.start_month <= state.month - 12:
            state.contracts.buyers.results.append(_measured(economy, prime))
    if state.contracts.buyers.results:
        hear_results(economy)


def _measured(economy: "HealthEconomy", prime: Prime) -> Result:
    """Last year's price beside what the same care would have cost at tariff and in blocks."""
    month, k, p = economy.state.month, prime.commissioner, prime.pathway
    usual = max(pathway_spend(economy, k, p), 1.0)
    saving = 1.0 - 12 * prime.monthly_pence / PENCE_PER_POUND / usual
    handover = prime.transition_pence / PENCE_PER_POUND / prime.terms.term_years / usual
    own = _is_own(economy, prime)
    seen = saving + result_error(economy, own) * luck(economy, k, k, p, RESULT_LUCK)
    return Result(month, k, p, prime.start_month, saving - handover, seen, own)


def _is_own(economy: "HealthEconomy", prime: Prime) -> bool:
    """Whether the commissioner owns the services that hold the contract."""
    return own_services(economy.state.bodies, prime.commissioner) == prime.holder


def review_contracts(economy: "HealthEconomy") -> None:
    """Once in each year of its contract, a commissioner that sees it fail weighs ending it."""
    now = economy.state.month
    for prime in economy.state.contracts.primes:
        age = now - prime.start_month
        if age > 0 and age % 12 == 0 and prime.end_month - now > REVIEW.lag_months:
            _review(economy, prime)


def _review(economy: "HealthEconomy", prime: Prime) -> None:
    state, k, p = economy.state, prime.commissioner, prime.pathway
    agent = economy.minds.commissioners[k]
    forced = forced_option(economy, agent.code, REVIEW, PATHWAYS[p])
    view = _contract_view(economy, prime)
    if forced is None and view.saving_share >= 0.0 and view.quality_gap >= 0.0:
        return
    decision = agent.review_contract(view, state.month, forced)
    enter(economy, decision, "terminate_prime", (k, p, prime.start_month))


def _contract_view(economy: "HealthEconomy", prime: Prime) -> ContractView:
    state, k, p = economy.state, prime.commissioner, prime.pathway
    this = (k, p, prime.start_month)
    seen = [
        result.seen for result in state.contracts.buyers.results
        if (result.commissioner, result.pathway, result.start_month) == this
    ]  # fmt: skip
    years_left = (prime.end_month - state.month) / 12
    return ContractView(
        pathway=PATHWAYS[p],
        spend=pathway_spend(economy, k, p),
        saving_share=float(np.mean(seen)) if seen else 0.0,
        quality_gap=_quality_gap(economy, prime),
        transition_cost=transition_pence(economy, k, p) / PENCE_PER_POUND / years_left,
        face=political_push(economy, k, p),
    )


def _quality_gap(economy: "HealthEconomy", prime: Prime) -> float:
    """Quality of the holder less that of those who would do the work, as it is seen (SD)."""
    k, p = prime.commissioner, prime.pathway
    shares = provider_shares(economy, k, p)
    usual = sum(share * _quality(economy, k, body) for body, share in shares.items())
    gap = QUALITY_STEP * (_quality(economy, k, prime.holder) - usual)
    error = economy.setup.parameters["commissioning.quality_error"] * (1.0 - information(economy))
    error *= error_left(economy, _is_own(economy, prime))
    noticed: float = gap + error * luck(economy, k, k, p, QUALITY_LUCK)
    return noticed


def _quality(economy: "HealthEconomy", k: int, body: int) -> float:
    """Quality of a trust, or of what commissioner k itself provides, in steps; nought of others."""
    bodies = economy.state.bodies
    if body == economy.minds.commissioners[k].body:
        body = own_services(bodies, k)
    row = trust_row(economy, bodies.codes[body])
    return float(economy.state.hospitals.quality[row]) if row != NOBODY else 0.0


def terminate_prime(economy: "HealthEconomy", k: int, p: int, start_month: int) -> None:
    """A contract ends before its term: the work goes back, which costs what a handover costs."""
    state = economy.state
    for prime in [x for x in state.contracts.primes if (x.commissioner, x.pathway) == (k, p)]:
        if prime.start_month == start_month:
            payer = economy.minds.commissioners[k].body
            cost = transition_pence(economy, k, p)
            state.money.ledger.post(state.month, payer, MARKET, "transition", cost)
            end_prime(economy, prime)
