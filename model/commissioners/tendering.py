"""Contracts for a pathway: the tender, the bids, the award, and the prime provider who holds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from agents.organisations.commissioner import AWARD, TENDER, TYPICAL_SPEND, Bid, TenderView
from agents.organisations.commissioner import NOBODY as NO_AWARD
from agents.organisations.trust import BID, BID_DISCOUNTS, DELIVERY, BidView, DeliveryView, Trust
from agents.patients.tables import World
from model.care.attraction import clinic_owners, clinics_outside
from model.care.links import change_hands, link_of_new, mean_link
from model.care.routes import away_share, holder_slot
from model.commissioners.commissioning import copied_share, past_success, political_push
from model.commissioners.own_services import own_services, trust_row
from model.commissioners.prime_work import (
    Movable,
    block_income,
    lost_work,
    movable_work,
    own_work,
    part_of_clinics,
)
from model.commissioners.tests_ahead import Holding, more_tests
from model.deciding import objects
from model.deciding.decisions import forced_option, record
from model.deciding.effects import effect
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
from model.places.place import Place
from model.policies.policy import PathwayContract
from model.population.journeys import COMMUNITY
from model.state.bodies import MARKET, Bodies
from model.state.contracts import Contracts, Prime
from model.state.hospitals import QUALITY_STEP
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import (
    ANY,
    CHOICE_RULES,
    DO_THE_WORK,
    NOBODY,
    SUBCONTRACT,
    Losses,
    Provision,
)
from model.state.setup import Setup
from model.state.state import State

BIDDING_KINDS = ("acute", "community", "mental_health", "independent")
MOST_RIVALS = 3  # that a bidder reckons with
WAYS = {"subcontract": SUBCONTRACT, "do_the_work": DO_THE_WORK}  # to deliver a contract's care


def offer_pathways(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
) -> None:
    """Every commissioner tenders the pathways that nobody holds yet, or decides whether to."""
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
    view = tender_view(minds, setup, state, in_force, world, contract, commissioner, pathway)
    forced = forced_option(minds, state.month, agent.code, TENDER, PATHWAYS[pathway])
    decision = agent.consider_tender(view, state.month, forced)
    record(state.docket, decision, contract_object(setup.place, commissioner, pathway))
    wanted = decision.chosen == "tender"
    buyers.idle_years[commissioner, pathway] = (
        0.0 if wanted else buyers.idle_years[commissioner, pathway] + 1.0
    )
    return wanted


def tender_view(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
) -> TenderView:
    """What commissioner k sees when it may tender a pathway."""
    value = setup.parameters
    spend = pathway_spend(setup, state, in_force.payment, commissioner, pathway)
    pressure = value["commissioning.overspend_pressure"]
    worth = value["commissioning.copying_pounds"] * spend / TYPICAL_SPEND
    return TenderView(
        pathway=PATHWAYS[pathway],
        spend=spend,
        expected_saving_share=float(state.contracts.buyers.believed[commissioner, pathway]),
        tender_cost=value["minds.tender_cost_pence"] / PENCE_PER_POUND / contract.term_years,
        political_push=political_push(value, state, commissioner, pathway),
        deficit_worth=pressure
        * _overspent(minds, setup, state, in_force.payment, commissioner, spend),
        copying=worth
        * copied_share(value, state.provision, state.contracts, commissioner, pathway),
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
    invitation = _invite(
        minds, setup, state, in_force, world, contract, commissioner, pathway, spend
    )
    rivals = min(len(invitation.gains.keys() - {own}), MOST_RIVALS)
    loss = _loss_to_rivals(value, state.bodies, in_force.payment, invitation, own)
    return float(value["commissioning.own_services_weight"] * loss * rivals / (rivals + 1))


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
    invitation = _invite(
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
        bid for t in bidders if (bid := _bid(minds, setup, state, in_force.payment, invitation, t))
    ]
    if bids:
        _award(minds, setup.place, setup.parameters, state, invitation, bids)


def _invite(
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
    """What is known of a tender, and what each who may bid would make of the contract."""
    level = levels_ahead(
        setup.place, setup.parameters, state, in_force, AWARD.lag_months, YEAR * contract.term_years
    ).mean()
    price = spend * contract.ceiling_share
    work = movable_work(setup, state, in_force, commissioner, pathway, level)
    holder = incumbent(setup, state, commissioner, pathway)
    gains = {
        t.body: _gains_of(
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
        if _may_bid(minds, setup, state, t, commissioner, price)
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
    state.docket.agenda.append((decision.effect_month, "start_prime", details))


def _may_bid(
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
    total += _block_income(setup.parameters, setup.block_weights, state, commissioner, pathway)
    return {int(b): float(total[b] / total.sum()) for b in np.flatnonzero(total)}


def incumbent(setup: Setup, state: State, commissioner: int, pathway: int) -> int:
    """The body that holds a pathway's contract, or else the one that does most of the work."""
    held = state.provision.prime_slot[commissioner, pathway]
    if held >= 0:
        return int(state.bodies.owner[state.provision.slot_body[held]])
    shares = provider_shares(setup, state, commissioner, pathway)
    return max(shares, key=lambda body: shares[body])


def _block_income(
    value: Parameters, block_weights: np.ndarray, state: State, commissioner: int, pathway: int
) -> np.ndarray:
    """What each body gets from blocks for a pathway a year, in pence [bodies].

    A prime that does the work itself has all of it.
    """
    provision = state.provision
    income = block_income(value, block_weights, state, commissioner, pathway)
    prime = provision.prime_slot[commissioner, pathway]
    if prime < 0 or provision.delivery[commissioner, pathway] != DO_THE_WORK:
        return income
    own = np.arange(income.size) == state.bodies.owner[provision.slot_body[prime]]
    return np.where(own, income.sum(), 0.0)


def _bid(
    minds: Minds,
    setup: Setup,
    state: State,
    payment: HospitalPayment,
    invitation: Invitation,
    agent: Trust,
) -> Bid | None:
    value = setup.parameters
    k, p = invitation.k, invitation.p
    view = bid_view(value, state.bodies, state.contracts, payment, invitation, agent)
    about = f"{PATHWAYS[p]} {minds.commissioners[k].code}"
    forced = forced_option(minds, state.month, agent.code, BID, about)
    decision = agent.consider_bid(view, state.month, about, forced)
    record(state.docket, decision, contract_object(setup.place, k, p))
    if decision.chosen not in BID_DISCOUNTS:
        return None
    state.money.ledger.post(
        state.month, agent.body, MARKET, "bid_cost", value["minds.bid_cost_pence"]
    )
    discount = BID_DISCOUNTS[decision.chosen]
    promised = agent.chance_to_win(discount, replace(view, success=1.0))
    state.contracts.buyers.expected[agent.code] = (
        state.contracts.buyers.expected.get(agent.code, 0.0) + promised
    )
    price = view.ceiling * (1.0 - discount)
    quality = QUALITY_STEP * float(
        state.hospitals.quality[trust_row(setup.place, state, agent.code)]
    )
    margin = price - decision.figures["believed_cost"]
    own_result = _own_result(value, state.bodies, payment, invitation, agent, margin)
    handover = 0 if view.is_incumbent else transition_pence(setup, state, payment, k, p)
    transition = handover / PENCE_PER_POUND / invitation.contract.term_years
    return Bid(agent.code, price, quality, view.is_incumbent, own_result, transition)


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


def bid_view(
    value: Parameters,
    bodies: Bodies,
    contracts: Contracts,
    payment: HospitalPayment,
    invitation: Invitation,
    agent: Trust,
) -> BidView:
    """What a provider sees of an invitation to tender."""
    contract = invitation.contract
    gains = invitation.gains[agent.body]
    return BidView(
        line=PATHWAYS[invitation.p],
        ceiling=invitation.spend * contract.ceiling_share,
        expected_cost=invitation.spend - gains[_way(contract, gains)],
        income_at_risk=_loss_to_rivals(value, bodies, payment, invitation, agent.body),
        bid_cost=value["minds.bid_cost_pence"] / PENCE_PER_POUND / contract.term_years,
        expected_rivals=min(len(invitation.gains) - 1, MOST_RIVALS),
        is_incumbent=invitation.incumbent == int(bodies.owner[agent.body]),
        success=past_success(value, contracts, agent.code),
        error_left=_error_left(value, contracts, agent, invitation.k, invitation.p),
    )


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
    value, triage, part = setup.parameters, 0.0, _diverted(setup.parameters, contract)
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


def _gains_of(
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
        holding = Holding(
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
    return lost_work(value, payment, part_of_clinics(work, _diverted(value, contract)), owner)


def _diverted(value: Parameters, contract: PathwayContract) -> float:
    """Share of clinics that a holder has behind a single point of access, if there is to be one."""
    return float(value["minds.hub_diversion"] * contract.single_point_of_access)


@effect("start_prime", "minds", "setup", "state", "in_force", "world", touches=objects.of_award)
def start_prime(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
    code: str,
    price: float,
) -> None:
    """A prime contract goes live: holder, links, access, choice; then who does the work."""
    provision = state.provision
    holder = state.bodies.number[code]
    is_new = change_hands(
        setup.parameters,
        setup.losses,
        state,
        commissioner,
        pathway,
        incumbent(setup, state, commissioner, pathway),
        holder,
    )
    provision.prime_slot[commissioner, pathway] = holder_slot(provision, holder, commissioner)
    transition = (
        transition_pence(setup, state, in_force.payment, commissioner, pathway) if is_new else 0
    )
    if transition:
        payer = minds.commissioners[commissioner].body
        state.money.ledger.post(state.month, payer, MARKET, "transition", transition)
    provision.hub[commissioner, pathway] = contract.single_point_of_access
    provision.choice_rule[commissioner, pathway] = CHOICE_RULES[contract.choice]
    state.contracts.primes.append(
        Prime(
            commissioner,
            pathway,
            holder,
            round(price * PENCE_PER_POUND / 12),
            state.month,
            state.month + 12 * contract.term_years,
            contract,
            transition,
        )
    )
    _decide_delivery(minds, setup, state, in_force, world, contract, commissioner, pathway, code)
    state.referrals.routes_stale = True


def transition_pence(
    setup: Setup, state: State, payment: HospitalPayment, commissioner: int, pathway: int
) -> int:
    """What it costs a commissioner to hand a pathway over to another provider, in pence."""
    share = setup.parameters["commissioning.transition_share"]
    pence: int = round(
        share * pathway_spend(setup, state, payment, commissioner, pathway) * PENCE_PER_POUND
    )
    return pence


def _decide_delivery(
    minds: Minds,
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
    code: str,
) -> None:
    chosen = str(contract.delivery)
    if chosen == "decide":
        agent = next(t for t in minds.trusts if t.code == code)
        view = delivery_view(setup, state, in_force, world, contract, commissioner, pathway, agent)
        about = f"{PATHWAYS[pathway]} {minds.commissioners[commissioner].code}"
        forced = forced_option(minds, state.month, code, DELIVERY, about)
        decision = agent.consider_delivery(view, state.month, about, forced)
        record(state.docket, decision, contract_object(setup.place, commissioner, pathway))
        chosen = decision.chosen
    state.provision.delivery[commissioner, pathway] = WAYS[chosen]


def delivery_view(
    setup: Setup,
    state: State,
    in_force: InForce,
    world: World,
    contract: PathwayContract,
    commissioner: int,
    pathway: int,
    agent: Trust,
) -> DeliveryView:
    """What the holder of a contract sees of doing the work itself, now that it has begun.

    What it has behind a single point of access is its own either way.
    """
    level = levels_ahead(
        setup.place, setup.parameters, state, in_force, 0, YEAR * contract.term_years
    ).mean()
    work = movable_work(setup, state, in_force, commissioner, pathway, level)
    link = state.provision.prime_link[commissioner, pathway]
    gains = _gains_of(
        setup,
        state,
        in_force,
        world,
        contract,
        commissioner,
        pathway,
        work,
        agent.body,
        float(link),
    )
    clinics = work.clinics.sum() * (1.0 - _diverted(setup.parameters, contract))
    return DeliveryView(
        line=PATHWAYS[pathway],
        movable=float(clinics + work.blocks.sum()),
        gain=gains["do_the_work"] - gains["subcontract"],
    )


def end_prime(value: Parameters, losses: Losses, state: State, prime: Prime) -> None:
    """A contract is over; unless another was awarded, the work goes back to who did it before."""
    provision, k, p = state.provision, prime.commissioner, prime.pathway
    state.contracts.primes.remove(prime)
    if not any(other.commissioner == k and other.pathway == p for other in state.contracts.primes):
        provision.prime_slot[k, p], provision.hub[k, p] = NOBODY, 0
        provision.delivery[k, p], provision.choice_rule[k, p] = SUBCONTRACT, ANY
        community = provision.slot_body[provision.setting_slot[COMMUNITY, k, p]]
        change_hands(value, losses, state, k, p, prime.holder, int(community))
    state.referrals.routes_stale = True
