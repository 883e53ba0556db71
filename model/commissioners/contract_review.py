"""What commissioners make of contracts in force: a year's result, and whether to end one early."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.organisations.commissioner import REVIEW, ContractObservation
from model.commissioners.bids import provider_shares, transition_pence
from model.commissioners.commissioning import (
    QUALITY_LUCK,
    RESULT_LUCK,
    draw,
    error_left,
    political_push,
    result_error,
    update_beliefs,
)
from model.commissioners.delivery import end_prime
from model.commissioners.own_services import own_services, trust_row
from model.deciding import objects
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.pathway_names import PATHWAYS
from model.payments.hospital_payment import HospitalPayment
from model.payments.in_force import InForce
from model.payments.list_charges import pathway_spend
from model.places.place import Place
from model.state.bodies import MARKET, Bodies
from model.state.contracts import Prime, Result, information
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import NOBODY
from model.state.setup import Setup
from model.state.state import State


def measure_contracts(
    minds: Minds, setup: Setup, state: State, in_force: InForce, seed: int
) -> None:
    """At a year's end commissioners measure their contracts, and hear of their neighbours'."""
    for prime in state.contracts.primes:
        if prime.start_month <= state.month - 12:
            state.contracts.buyers.results.append(
                _measured(minds, setup, state, in_force, seed, prime)
            )
    if state.contracts.buyers.results:
        update_beliefs(minds, setup.parameters, state, in_force.rules, seed)


def _measured(
    minds: Minds, setup: Setup, state: State, in_force: InForce, seed: int, prime: Prime
) -> Result:
    """Last year's price beside what the same care would have cost at tariff and in blocks."""
    month, k, p = state.month, prime.commissioner, prime.pathway
    usual = max(pathway_spend(setup, state, in_force.payment, k, p), 1.0)
    saving = 1.0 - 12 * prime.monthly_pence / PENCE_PER_POUND / usual
    handover = prime.transition_pence / PENCE_PER_POUND / prime.terms.term_years / usual
    own = _is_own(state.bodies, prime)
    seen = saving + result_error(setup.parameters, in_force.rules, own) * draw(
        minds, month, seed, k, k, p, RESULT_LUCK
    )
    return Result(month, k, p, prime.start_month, saving - handover, seen, own)


def _is_own(bodies: Bodies, prime: Prime) -> bool:
    """Whether the commissioner owns the services that hold the contract."""
    return own_services(bodies, prime.commissioner) == prime.holder


def review_contracts(
    minds: Minds, setup: Setup, state: State, in_force: InForce, seed: int
) -> None:
    """Once in each year of its contract, a commissioner that sees it fail weighs ending it."""
    now, lag = state.month, REVIEW.of(setup.parameters).lag_months
    for prime in state.contracts.primes:
        age = now - prime.start_month
        if age > 0 and age % 12 == 0 and prime.end_month - now > lag:
            _review(minds, setup, state, in_force, seed, prime)


def _review(
    minds: Minds, setup: Setup, state: State, in_force: InForce, seed: int, prime: Prime
) -> None:
    k, p = prime.commissioner, prime.pathway
    agent = minds.commissioners[k]
    forced = forced_option(minds, state.month, agent.code, REVIEW, PATHWAYS[p])
    observation = _contract_observation(minds, setup, state, in_force, seed, prime)
    if forced is None and observation.saving_share >= 0.0 and observation.quality_gap >= 0.0:
        return
    decision = agent.review_contract(observation, state.month, forced)
    schedule_effect(
        setup.place, state.docket, decision, "terminate_prime", (k, p, prime.start_month)
    )


def _contract_observation(
    minds: Minds, setup: Setup, state: State, in_force: InForce, seed: int, prime: Prime
) -> ContractObservation:
    k, p = prime.commissioner, prime.pathway
    this = (k, p, prime.start_month)
    seen = [
        result.seen for result in state.contracts.buyers.results
        if (result.commissioner, result.pathway, result.start_month) == this
    ]  # fmt: skip
    years_left = (prime.end_month - state.month) / 12
    return ContractObservation(
        pathway=PATHWAYS[p],
        spend=pathway_spend(setup, state, in_force.payment, k, p),
        saving_share=float(np.mean(seen)) if seen else 0.0,
        quality_gap=_quality_gap(minds, setup, state, in_force.rules, seed, prime),
        transition_cost=transition_pence(setup, state, in_force.payment, k, p)
        / PENCE_PER_POUND
        / years_left,
        face=political_push(setup.parameters, state, k, p),
    )


def _quality_gap(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], seed: int, prime: Prime
) -> float:
    """Quality of the holder less that of those who would do the work, as it is seen (SD)."""
    k, p = prime.commissioner, prime.pathway
    shares = provider_shares(setup, state, k, p)
    usual = sum(
        share * _quality(minds, setup.place, state, k, body) for body, share in shares.items()
    )
    gap = state.hospitals.quality_step * (
        _quality(minds, setup.place, state, k, prime.holder) - usual
    )
    error = setup.parameters["commissioning.quality_error"] * (
        1.0 - information(setup.parameters, rules)
    )
    error *= error_left(setup.parameters, _is_own(state.bodies, prime))
    noticed: float = gap + error * draw(minds, state.month, seed, k, k, p, QUALITY_LUCK)
    return noticed


def _quality(minds: Minds, place: Place, state: State, commissioner: int, body: int) -> float:
    """Quality of a trust, or of what commissioner k itself provides, in steps; nought of others."""
    bodies = state.bodies
    if body == minds.commissioners[commissioner].body:
        body = own_services(bodies, commissioner)
    row = trust_row(place, state, bodies.codes[body])
    return float(state.hospitals.quality[row]) if row != NOBODY else 0.0


@effect("terminate_prime", "minds", "setup", "state", "payment", touches=objects.of_contract)
def terminate_prime(
    minds: Minds,
    setup: Setup,
    state: State,
    payment: HospitalPayment,
    commissioner: int,
    pathway: int,
    start_month: int,
) -> None:
    """A contract ends before its term: the work goes back, which costs what a handover costs.

    `start_month`: of the contract that is meant.
    """
    for prime in [
        x for x in state.contracts.primes if (x.commissioner, x.pathway) == (commissioner, pathway)
    ]:
        if prime.start_month == start_month:
            payer = minds.commissioners[commissioner].body
            cost = transition_pence(setup, state, payment, commissioner, pathway)
            state.money.ledger.post(state.month, payer, MARKET, "transition", cost)
            end_prime(setup.parameters, setup.losses, state, prime)
