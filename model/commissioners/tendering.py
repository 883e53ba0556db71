"""Contracts for a pathway: the tender, the bids, the award, and the prime provider who holds it."""

from collections.abc import Sequence

from agents.organisations.commissioner import AWARD, TENDER, Bid, TenderObservation
from agents.organisations.commissioner import NOBODY as NO_AWARD
from agents.patients.patient_tables import World
from model.commissioners.bids import (
    Invitation,
    _loss_to_rivals,
    invite,
    make_bid,
    reckoned_rivals,
)
from model.commissioners.commissioning import political_push, share_of_peers_adopting
from model.commissioners.own_services import own_services
from model.deciding.decisions import forced_option, record
from model.deciding.minds import Minds
from model.deciding.objects import contract as contract_object
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.payments.hospital_payment import HospitalPayment
from model.payments.in_force import InForce
from model.payments.list_charges import pathway_spend
from model.places.place import Place
from model.policies.policy import PathwayContract
from model.state.bodies import MARKET
from model.state.contracts import Contracts
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import (
    NOBODY,
)
from model.state.setup import Setup
from model.state.state import State


def offer_pathways(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
) -> None:
    """Every commissioner tenders the pathways that nobody holds yet, or decides whether to.

    `contract`: pathways and terms, as the policy writes them.
    """
    for k in range(len(minds.commissioners)):
        for pathway in contract.pathways:
            p = PATHWAYS.index(pathway)
            if not _is_taken(state.month, state.contracts, k, p) and _wants_tender(
                minds, setup, state, in_force, world, contract, k, p
            ):
                hold_tender(minds, setup, state, in_force, world, contract, k, p)


def _is_taken(month: int, contracts: Contracts, commissioner: int, pathway: int) -> bool:
    return any(
        prime.commissioner == commissioner
        and prime.pathway == pathway
        and prime.end_month > month + 12
        for prime in contracts.primes
    )


def _wants_tender(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
) -> bool:
    if contract.adoption == "required":
        return True
    agent, buyers = minds.commissioners[commissioner], state.contracts.buyers
    observation = tender_observation(
        minds, setup, state, in_force, world, contract, commissioner, pathway
    )
    forced = forced_option(minds, state.month, agent.code, TENDER, PATHWAYS[pathway])
    decision = agent.consider_tender(observation, state.month, forced)
    record(state.docket, decision, contract_object(setup.place, commissioner, pathway))
    wanted = decision.chosen == "tender"
    buyers.idle_years[commissioner, pathway] = (
        0.0 if wanted else buyers.idle_years[commissioner, pathway] + 1.0
    )
    return wanted


def tender_observation(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
) -> TenderObservation:
    """What commissioner k sees when it may tender a pathway.

    `contract`: as the policy writes it.
    """
    value = setup.parameters
    spend = pathway_spend(setup, state, in_force.payment, commissioner, pathway)
    pressure = value["commissioning.overspend_pressure"]
    worth = value["commissioning.copying_pounds"] * spend / value["sizes.pathway_pounds"]
    return TenderObservation(
        pathway=PATHWAYS[pathway],
        spend=spend,
        expected_saving_share=float(state.contracts.buyers.believed[commissioner, pathway]),
        tender_cost=value["minds.tender_cost_pence"] / PENCE_PER_POUND / contract.term_years,
        political_push=political_push(value, state, commissioner, pathway),
        deficit_worth=pressure
        * _overspent(minds, setup, state, in_force.payment, commissioner, spend),
        copying=worth
        * share_of_peers_adopting(value, state.provision, state.contracts, commissioner, pathway),
        own_loss=_expected_loss(
            minds, setup, state, in_force, world, contract, commissioner, pathway, spend
        ),
    )


def _overspent(
    minds: Minds,
    setup: Setup,
    state: State,
    payment: HospitalPayment,
    commissioner: int,
    spend: float,
) -> float:
    """What is missing in a commissioner's account, a pathway's part of it by spending (pounds)."""
    balance = state.money.ledger.balance_of(minds.commissioners[commissioner].body)
    if balance >= 0:
        return 0.0
    every = sum(pathway_spend(setup, state, payment, commissioner, p) for p in range(len(PATHWAYS)))
    return -balance / PENCE_PER_POUND * spend / every


def _expected_loss(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
    spend: float,
) -> float:
    """What a commissioner's own services must expect to lose by a tender, as its own (pounds)."""
    value = setup.parameters
    own = own_services(state.bodies, commissioner)
    if own == NOBODY:
        return 0.0
    invitation = invite(
        minds, setup, state, in_force, world, contract, commissioner, pathway, spend
    )
    rivals = reckoned_rivals(value, len(invitation.gains.keys() - {own}))
    loss = _loss_to_rivals(value, state.bodies, in_force.payment, invitation, own)
    return float(value["commissioning.own_services_weight"] * loss * rivals / (rivals + 1))


def hold_tender(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
) -> None:
    """Invite bids, choose a bidder, and put the start of the contract on the agenda."""
    agent = minds.commissioners[commissioner]
    cost = setup.parameters["minds.tender_cost_pence"]
    state.money.ledger.post(state.month, agent.body, MARKET, "tender_cost", cost)
    invitation = invite(
        minds,
        setup,
        state,
        in_force,
        world,
        contract,
        commissioner,
        pathway,
        pathway_spend(setup, state, in_force.payment, commissioner, pathway),
    )
    bidders = [t for t in minds.trusts if t.body in invitation.gains]
    bids = [
        bid
        for t in bidders
        if (bid := make_bid(minds, setup, state, in_force.payment, invitation, t))
    ]
    if bids:
        _award(minds, setup.place, setup.parameters, state, invitation, bids)


def _award(
    minds: Minds,
    place: Place,
    value: Parameters,
    state: State,
    invitation: Invitation,
    bids: Sequence[Bid],
) -> None:
    k, p = invitation.k, invitation.p
    agent = minds.commissioners[k]
    required = invitation.contract.adoption == "required"
    push = value["minds.political_push_pounds"] if required else political_push(value, state, k, p)
    forced = forced_option(minds, state.month, agent.code, AWARD, PATHWAYS[p])
    decision = agent.award(PATHWAYS[p], invitation.spend, push, bids, state.month, forced)
    record(state.docket, decision, contract_object(place, k, p))
    if decision.chosen == NO_AWARD:
        return
    won = next(bid for bid in bids if bid.bidder == decision.chosen)
    state.contracts.buyers.won[won.bidder] = state.contracts.buyers.won.get(won.bidder, 0.0) + 1.0
    details = (invitation.contract, k, p, won.bidder, won.price)
    state.docket.scheduled_effects.append((decision.effect_month, "start_prime", details))
