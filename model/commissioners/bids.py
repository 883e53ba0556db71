"""Bids for a contract: who may bid, what there is to gain or lose, and the price asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from agents.organisations.commissioner import AWARD, Bid
from agents.organisations.trust import BID, BID_DISCOUNTS, BidObservation, Trust
from agents.patients.patient_tables import World
from model.care.attraction import clinic_owners, clinics_outside
from model.care.links import link_of_new, mean_link
from model.care.routes import away_share
from model.commissioners.commissioning import past_success
from model.commissioners.own_services import own_services, trust_row
from model.commissioners.prime_work import (
    Movable,
    block_income,
    lost_work,
    movable_work,
    own_work,
    part_of_clinics,
)
from model.commissioners.tests_ahead import TestsHeld, more_tests
from model.deciding.decisions import forced_option, record
from model.deciding.minds import Minds
from model.deciding.objects import contract as contract_object
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.payments.hospital_payment import HospitalPayment
from model.payments.in_force import InForce
from model.payments.last_year import referrals
from model.payments.list_charges import list_of, pathway_spend
from model.payments.money import Prices
from model.payments.planned_care import YEAR
from model.payments.prices_ahead import levels_ahead
from model.payments.solvency import can_carry
from model.policies.policy import PathwayContract
from model.state.bodies import MARKET, Bodies
from model.state.contracts import Contracts
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import (
    DO_THE_WORK,
    NOBODY,
    SUBCONTRACT,
    Losses,
    Provision,
)
from model.state.setup import Setup
from model.state.state import State

BIDDING_KINDS = ("acute", "community", "mental_health", "independent")


@dataclass(frozen=True)
class Invitation:
    """An invitation to tender, and what all bidders know of it. Pounds a year."""

    contract: PathwayContract
    k: int  # commissioner
    p: int  # pathway
    spend: float
    work: Movable  # that a holder could do itself
    incumbent: int  # body
    gains: Mapping[int, Mapping[str, float]]  # by way to deliver, of each body that may bid


def invite(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
    spend: float,
) -> Invitation:
    """What is known of a tender, and what each who may bid would make of the contract.

    `spend`: on the pathway now, pounds a year.
    """
    lag, term = AWARD.of(setup.parameters).lag_months, YEAR * contract.term_years
    level = levels_ahead(setup.place, setup.parameters, state, in_force, lag, term).mean()
    price = spend * contract.ceiling_share
    work = movable_work(setup, state, in_force, commissioner, pathway, level)
    holder = incumbent(setup, state, commissioner, pathway)
    gains = {
        t.body: gains_of(
            setup,
            state,
            in_force,
            world,
            contract,
            commissioner,
            pathway,
            work,
            t.body,
            _link(
                setup.parameters,
                setup.losses,
                state.bodies,
                state.provision,
                commissioner,
                pathway,
                t,
                holder,
            ),
        )
        for t in minds.trusts
        if may_bid(minds, setup, state, t, commissioner, price)
    }
    return Invitation(contract, commissioner, pathway, spend, work, holder, gains)


def _link(
    value: Parameters,
    losses: Losses,
    bodies: Bodies,
    provision: Provision,
    commissioner: int,
    pathway: int,
    agent: Trust,
    holder: int,
) -> float:
    """Strength of a bidder's links when its contract begins, if `holder` is the incumbent."""
    known = int(bodies.owner[agent.body]) == holder
    return (
        float(provision.prime_link[commissioner, pathway]) if known else link_of_new(value, losses)
    )


def may_bid(
    minds: Minds, setup: Setup, state: State, agent: Trust, commissioner_row: int, price: float
) -> bool:
    """Whoever owns itself may, and the services that commissioner k owns; if it can carry it."""
    bodies, commissioner = state.bodies, minds.commissioners[commissioner_row].body
    owner = int(bodies.owner[agent.body])
    may = owner in (agent.body, commissioner) and bodies.kinds[agent.body] in BIDDING_KINDS
    return may and can_carry(minds, setup, state, agent, price)


def provider_shares(
    setup: Setup, state: State, commissioner: int, pathway: int
) -> dict[int, float]:
    """Each body's share of what a commissioner's patients' planned care of a pathway costs.

    Clinics held elsewhere are the work of whoever holds them, and so are blocks.
    """
    here = np.flatnonzero(list_of(state.provision, state.practices, commissioner))
    away = away_share(
        state.provision, clinics_outside(setup.parameters, state.provision, state.integrated)[1]
    )[here, pathway]
    clinics = state.yearbooks.last_year.clinic_spend[here, pathway] * away
    flow = (state.yearbooks.last_year.planned_spend[here, pathway] - clinics)[
        :, None
    ] * state.referrals.shares[here, :, pathway]
    body = state.provision.site_owner(state.bodies)[np.maximum(setup.geography.candidate[here], 0)]
    total = np.bincount(body.ravel(), weights=flow.ravel(), minlength=len(state.bodies))
    total += np.bincount(
        clinic_owners(state.bodies, state.provision, here)[:, pathway],
        clinics,
        minlength=len(state.bodies),
    )
    total += block_income_of(setup.parameters, setup.block_weights, state, commissioner, pathway)
    return {int(b): float(total[b] / total.sum()) for b in np.flatnonzero(total)}


def incumbent(setup: Setup, state: State, commissioner: int, pathway: int) -> int:
    """The body that holds a pathway's contract, or else the one that does most of the work."""
    held = state.provision.prime_slot[commissioner, pathway]
    if held >= 0:
        return int(state.bodies.owner[state.provision.slot_body[held]])
    shares = provider_shares(setup, state, commissioner, pathway)
    return max(shares, key=lambda body: shares[body])


def block_income_of(
    value: Parameters, block_weights: np.ndarray, state: State, commissioner: int, pathway: int
) -> np.ndarray:
    """What each body gets from blocks for a pathway a year, in pence [bodies].

    A prime that does the work itself has all of it. `block_weights` [settings, 13]: parts of blocks
    that are for each pathway.
    """
    provision = state.provision
    income = block_income(value, block_weights, state, commissioner, pathway)
    prime = provision.prime_slot[commissioner, pathway]
    if prime < 0 or provision.delivery[commissioner, pathway] != DO_THE_WORK:
        return income
    own = np.arange(income.size) == state.bodies.owner[provision.slot_body[prime]]
    return np.where(own, income.sum(), 0.0)


def make_bid(
    minds: Minds,
    setup: Setup,
    state: State,
    payment: HospitalPayment,
    invitation: Invitation,
    agent: Trust,
) -> Bid | None:
    value = setup.parameters
    k, p = invitation.k, invitation.p
    observation = bid_observation(value, state.bodies, state.contracts, payment, invitation, agent)
    about = f"{PATHWAYS[p]} {minds.commissioners[k].code}"
    forced = forced_option(minds, state.month, agent.code, BID, about)
    decision = agent.consider_bid(observation, state.month, about, forced)
    record(state.docket, decision, contract_object(setup.place, k, p))
    if decision.chosen not in BID_DISCOUNTS.names:
        return None
    state.money.ledger.post(
        state.month, agent.body, MARKET, "bid_cost", value["minds.bid_cost_pence"]
    )
    discount = BID_DISCOUNTS.of(value)[decision.chosen]
    promised = agent.chance_to_win(discount, replace(observation, success=1.0))
    state.contracts.buyers.expected[agent.code] = (
        state.contracts.buyers.expected.get(agent.code, 0.0) + promised
    )
    price = observation.ceiling * (1.0 - discount)
    quality = state.hospitals.quality_step * float(
        state.hospitals.quality[trust_row(setup.place, state, agent.code)]
    )
    margin = price - decision.figures["believed_cost"]
    own_result = _own_result(value, state.bodies, payment, invitation, agent, margin)
    handover = 0 if observation.is_incumbent else transition_pence(setup, state, payment, k, p)
    transition = handover / PENCE_PER_POUND / invitation.contract.term_years
    return Bid(agent.code, price, quality, observation.is_incumbent, own_result, transition)


def _own_result(
    value: Parameters,
    bodies: Bodies,
    payment: HospitalPayment,
    invitation: Invitation,
    agent: Trust,
    margin: float,
) -> float:
    """What a bidder's win would be to the services that the commissioner owns, as its own.

    Its own services' `margin` if they are the bidder (they tell it what they believe), or else the
    margin on work of theirs that would go. Pounds a year; nought if it owns none.
    """
    own = own_services(bodies, invitation.k)
    if own == NOBODY:
        return 0.0
    loss = _loss_to(value, payment, invitation, int(bodies.owner[own]), agent.body)
    result = margin if agent.body == own else -loss
    return float(value["commissioning.own_services_weight"] * result)


def bid_observation(
    value: Parameters,
    bodies: Bodies,
    contracts: Contracts,
    payment: HospitalPayment,
    invitation: Invitation,
    agent: Trust,
) -> BidObservation:
    """What a provider sees of an invitation to tender.

    `contracts`: who has won and lost before.
    """
    contract = invitation.contract
    gains = invitation.gains[agent.body]
    return BidObservation(
        line=PATHWAYS[invitation.p],
        ceiling=invitation.spend * contract.ceiling_share,
        expected_cost=invitation.spend - gains[_way(contract, gains)],
        income_at_risk=_loss_to_rivals(value, bodies, payment, invitation, agent.body),
        bid_cost=value["minds.bid_cost_pence"] / PENCE_PER_POUND / contract.term_years,
        expected_rivals=reckoned_rivals(value, len(invitation.gains) - 1),
        is_incumbent=invitation.incumbent == int(bodies.owner[agent.body]),
        success=past_success(value, contracts, agent.code),
        error_left=_error_left(value, contracts, agent, invitation.k, invitation.p),
    )


def reckoned_rivals(value: Parameters, able: int) -> int:
    """Rivals that a bidder reckons with if so many others could bid."""
    return min(able, int(value["beliefs.most_rivals"]))


def _error_left(
    value: Parameters, contracts: Contracts, agent: Trust, commissioner: int, pathway: int
) -> float:
    """Share of a bidder's error about cost that is left: who holds the contract knows its cost."""
    held = any(
        (prime.commissioner, prime.pathway, prime.holder) == (commissioner, pathway, agent.body)
        for prime in contracts.primes
    )
    return value["commissioning.holder_error_left"] if held else 1.0


def _gains(
    setup: Setup,
    state: State,
    payment: HospitalPayment,
    prices: Prices,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
    work: Movable,
    owner: int,
) -> dict[str, float]:
    """Pounds a year that a holder would have more by each way to deliver; triage goes off both."""
    value, triage, part = setup.parameters, 0.0, diverted(setup.parameters, contract)
    if contract.single_point_of_access:
        each = value["minds.hub_pence_per_referral"] / PENCE_PER_POUND
        triage = float(
            referrals(setup.geography, setup.activity, state, prices)[
                list_of(state.provision, state.practices, commissioner), pathway
            ].sum()
            * each
        )
    ways = {"subcontract": part_of_clinics(work, part), "do_the_work": work}
    return {way: own_work(value, payment, done, owner) - triage for way, done in ways.items()}


def gains_of(
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
    work: Movable,
    body: int,
    link: float,
) -> dict[str, float]:
    """The same for a body whose links have this strength now: tests done twice go off, too."""
    strength = mean_link(setup.parameters, setup.losses, state, link, 12 * contract.term_years)
    gains = _gains(
        setup,
        state,
        in_force.payment,
        in_force.prices,
        contract,
        commissioner,
        pathway,
        work,
        int(state.bodies.owner[body]),
    )
    for way, delivery in WAYS.items():
        holding = TestsHeld(
            commissioner, pathway, body, delivery, contract.single_point_of_access, strength
        )
        gains[way] -= more_tests(setup, state, in_force.prices, world, holding)
    return gains


def _way(contract: PathwayContract, gains: Mapping[str, float]) -> str:
    """How a holder would deliver: as the contract says, or as it pays."""
    return contract.delivery if contract.delivery in gains else max(gains, key=lambda w: gains[w])


def _loss_to_rivals(
    value: Parameters, bodies: Bodies, payment: HospitalPayment, invitation: Invitation, body: int
) -> float:
    """Pounds a year that a body must expect to lose if it does not win: the mean over its rivals.

    All who may bid weigh alike, as its chance to win counts them: who bids, and how low, is not
    known to it. Nothing is lost if there is nobody else.
    """
    owner = int(bodies.owner[body])
    rivals = [rival for rival in invitation.gains if rival != body]
    losses = [_loss_to(value, payment, invitation, owner, rival) for rival in rivals]
    return float(np.mean(losses)) if losses else 0.0


def _loss_to(
    value: Parameters, payment: HospitalPayment, invitation: Invitation, owner: int, holder: int
) -> float:
    """Pounds a year that an owner loses if another body holds the contract and does as it pays."""
    contract, work = invitation.contract, invitation.work
    if _way(contract, invitation.gains[holder]) == "do_the_work":
        return lost_work(value, payment, work, owner)
    return lost_work(value, payment, part_of_clinics(work, diverted(value, contract)), owner)


def diverted(value: Parameters, contract: PathwayContract) -> float:
    """Share of clinics that a holder has behind a single point of access, if there is to be one."""
    return float(value["minds.hub_diversion"] * contract.single_point_of_access)


WAYS = {"subcontract": SUBCONTRACT, "do_the_work": DO_THE_WORK}  # to deliver a contract's care


def transition_pence(
    setup: Setup, state: State, payment: HospitalPayment, commissioner: int, pathway: int
) -> int:
    """What it costs a commissioner to hand a pathway over to another provider, in pence."""
    share = setup.parameters["commissioning.transition_share"]
    pence: int = round(
        share * pathway_spend(setup, state, payment, commissioner, pathway) * PENCE_PER_POUND
    )
    return pence
