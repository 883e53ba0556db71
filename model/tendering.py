"""Contracts for a pathway: the tender, the bids, the award, and the prime provider who holds it."""

from typing import TYPE_CHECKING

import numpy as np

from agents.commissioner import AWARD, TENDER, Bid, TenderView
from agents.trust import BID, BID_DISCOUNTS, DELIVERY, BidView, DeliveryView, Trust
from model.bodies import MARKET
from model.care import ANY, CLOSED, DO_THE_WORK, NETWORK, NOBODY, SUBCONTRACT, add_slot
from model.deliberation import forced_option
from model.journeys import COMMUNITY
from model.money import PENCE_PER_POUND
from model.pathways import PATHWAYS
from model.policy import PathwayContract
from model.state import Prime

if TYPE_CHECKING:
    from model.economy import HealthEconomy

CHOICE_RULES = {"any": ANY, "network": NETWORK, "closed": CLOSED}
BIDDING_KINDS = ("acute", "community", "independent")


def offer_pathways(economy: "HealthEconomy", contract: PathwayContract) -> None:
    """Every commissioner tenders the pathways that nobody holds yet, or decides whether to."""
    for k in range(len(economy.minds.commissioners)):
        for pathway in contract.pathways:
            p = PATHWAYS.index(pathway)
            if not _is_taken(economy, k, p) and _wants_tender(economy, contract, k, p):
                hold_tender(economy, contract, k, p)


def _is_taken(economy: "HealthEconomy", k: int, p: int) -> bool:
    month = economy.state.month
    return any(
        prime.commissioner == k and prime.pathway == p and prime.end_month > month + 12
        for prime in economy.state.primes
    )


def list_of(economy: "HealthEconomy", k: int) -> np.ndarray:
    """Whether each practice is one of commissioner k's [practices]."""
    return economy.state.provision.practice_commissioner == k


def pathway_spend(economy: "HealthEconomy", k: int, p: int) -> float:
    """What a commissioner's patients' planned care of a pathway cost last year, in pounds."""
    return (
        float(economy.state.last_year.planned_spend[list_of(economy, k), p].sum()) / PENCE_PER_POUND
    )


def _wants_tender(economy: "HealthEconomy", contract: PathwayContract, k: int, p: int) -> bool:
    if contract.adoption == "required":
        return True
    value, agent = economy.setup.parameters, economy.minds.commissioners[k]
    view = TenderView(
        pathway=PATHWAYS[p],
        spend=pathway_spend(economy, k, p),
        expected_saving_share=value["minds.believed_saving_share"],
        tender_cost=value["minds.tender_cost_pence"] / PENCE_PER_POUND / contract.term_years,
        political_push=value["minds.political_push_pounds"],
        overspend=max(-economy.state.ledger.balance_of(agent.body) / PENCE_PER_POUND, 0.0),
    )
    forced = forced_option(economy, agent.code, TENDER, PATHWAYS[p])
    decision = agent.consider_tender(view, economy.state.month, forced)
    economy.state.decisions.append(decision)
    return decision.chosen == "tender"


def hold_tender(economy: "HealthEconomy", contract: PathwayContract, k: int, p: int) -> None:
    """Invite bids, choose a bidder, and put the start of the contract on the agenda."""
    state, value = economy.state, economy.setup.parameters
    agent = economy.minds.commissioners[k]
    state.ledger.post(
        state.month, agent.body, MARKET, "tender_cost", value["minds.tender_cost_pence"]
    )
    ceiling = pathway_spend(economy, k, p) * contract.ceiling_share
    shares = provider_shares(economy, k, p)
    bidders = [t for t in economy.minds.trusts if _may_bid(economy, t)]
    bids = [
        bid
        for t in bidders
        if (bid := _bid(economy, contract, t, k, p, ceiling, shares, len(bidders) - 1))
    ]
    if not bids:
        return
    forced = forced_option(economy, agent.code, AWARD, PATHWAYS[p])
    decision = agent.award(PATHWAYS[p], bids, state.month, forced)
    state.decisions.append(decision)
    won = next(bid for bid in bids if bid.bidder == decision.chosen)
    details = (contract, k, p, won.bidder, won.price)
    state.agenda.append((decision.effect_month, "start_prime", details))


def _may_bid(economy: "HealthEconomy", agent: Trust) -> bool:
    bodies = economy.state.bodies
    own = bodies.owner[agent.body] == agent.body
    return own and bodies.kinds[agent.body] in BIDDING_KINDS


def provider_shares(economy: "HealthEconomy", k: int, p: int) -> dict[int, float]:
    """Each body's share of a commissioner's referrals into a pathway."""
    state, candidate = economy.state, economy.setup.geography.candidate
    here = list_of(economy, k)
    weight = state.last_year.planned_spend[here, p]
    flow = weight[:, None] * state.shares[here, :, p]
    site = np.maximum(candidate[here], 0)
    body = state.bodies.owner[state.provision.slot_body[state.provision.site_slot[site]]]
    total = np.bincount(body.ravel(), weights=flow.ravel(), minlength=len(state.bodies))
    return {int(b): float(total[b] / total.sum()) for b in np.flatnonzero(total)}


def _bid(
    economy: "HealthEconomy",
    contract: PathwayContract,
    agent: Trust,
    k: int,
    p: int,
    ceiling: float,
    shares: dict[int, float],
    rivals: int,
) -> Bid | None:
    state, value = economy.state, economy.setup.parameters
    share, largest = shares.get(agent.body, 0.0), max(shares.values())
    spend = pathway_spend(economy, k, p)
    view = BidView(
        line=PATHWAYS[p],
        ceiling=ceiling,
        expected_cost=spend - _expected_saving(economy, contract, k, p),
        income_at_risk=INCOME_AT_RISK * share * spend,
        bid_cost=value["minds.bid_cost_pence"] / PENCE_PER_POUND / contract.term_years,
        expected_rivals=min(rivals, 3),
        is_incumbent=share == largest,
    )
    about = f"{PATHWAYS[p]} {economy.minds.commissioners[k].code}"
    forced = forced_option(economy, agent.code, BID, about)
    decision = agent.consider_bid(view, state.month, about, forced)
    state.decisions.append(decision)
    if decision.chosen not in BID_DISCOUNTS:
        return None
    state.ledger.post(state.month, agent.body, MARKET, "bid_cost", value["minds.bid_cost_pence"])
    row = list(economy.setup.place.trusts["trust"]).index(agent.code)
    price = ceiling * (1.0 - BID_DISCOUNTS[decision.chosen])
    return Bid(agent.code, price, 0.25 * float(state.quality[row]), view.is_incumbent)


# Share of its income from a pathway that a provider fears for if a rival holds the contract.
INCOME_AT_RISK = 0.15


def _expected_saving(economy: "HealthEconomy", contract: PathwayContract, k: int, p: int) -> float:
    """What a holder expects to save by triage and own clinics, in pounds a year."""
    value = economy.setup.parameters
    clinics = economy.state.last_year.clinic_spend[list_of(economy, k), p].sum() / PENCE_PER_POUND
    saving = clinics * max(1.0 - value["minds.own_clinic_cost_share"], 0.0)
    return saving if contract.delivery != "subcontract" else 0.0


def start_prime(
    economy: "HealthEconomy", contract: PathwayContract, k: int, p: int, code: str, price: float
) -> None:
    """A prime contract goes live: holder, links, access, choice; then who does the work."""
    state, provision = economy.state, economy.state.provision
    holder = state.bodies.number[code]
    established = economy.setup.losses.established
    shares = provider_shares(economy, k, p)
    known = shares.get(int(state.bodies.owner[holder]), 0.0) >= max(shares.values())
    kept = economy.setup.parameters["handovers.link_kept_on_transfer"]
    provision.prime_slot[k, p] = holder_slot(economy, holder, k)
    provision.prime_link[k, p] = established * (1.0 if known else kept)
    provision.hub[k, p] = contract.single_point_of_access
    provision.choice_rule[k, p] = CHOICE_RULES[contract.choice]
    state.primes.append(
        Prime(
            k,
            p,
            holder,
            round(price * PENCE_PER_POUND / 12),
            state.month,
            state.month + 12 * contract.term_years,
            contract,
        )
    )
    _decide_delivery(economy, contract, k, p, code)
    state.routes_stale = True


def holder_slot(economy: "HealthEconomy", body: int, k: int) -> int:
    """The slot whose teams a prime provider uses: its own for this commissioner's patients."""
    provision = economy.state.provision
    for slot in (*provision.setting_slot[COMMUNITY, k], *range(provision.slot_body.size)):
        if provision.slot_body[slot] == body:
            return int(slot)
    return add_slot(provision, body)


def _decide_delivery(
    economy: "HealthEconomy", contract: PathwayContract, k: int, p: int, code: str
) -> None:
    state, value = economy.state, economy.setup.parameters
    chosen: str = contract.delivery
    if chosen == "decide":
        agent = next(t for t in economy.minds.trusts if t.code == code)
        clinics = state.last_year.clinic_spend[list_of(economy, k), p].sum() / PENCE_PER_POUND
        has_line = agent.body in provider_shares(economy, k, p)
        view = DeliveryView(
            line=PATHWAYS[p],
            clinic_spend=float(clinics),
            own_cost_share=value["minds.own_clinic_cost_share"] + (0.0 if has_line else 0.05),
            setup_cost=value["minds.clinic_setup_share"] * float(clinics),
            has_line=has_line,
        )
        about = f"{PATHWAYS[p]} {economy.minds.commissioners[k].code}"
        forced = forced_option(economy, code, DELIVERY, about)
        decision = agent.consider_delivery(view, state.month, about, forced)
        state.decisions.append(decision)
        chosen = decision.chosen
    work = DO_THE_WORK if chosen == "do_the_work" else SUBCONTRACT
    state.provision.delivery[k, p] = work


def end_prime(economy: "HealthEconomy", prime: Prime) -> None:
    """A contract's term is over; unless another was awarded, the status quo returns."""
    state, provision, k, p = (
        economy.state,
        economy.state.provision,
        prime.commissioner,
        prime.pathway,
    )
    state.primes.remove(prime)
    if not any(other.commissioner == k and other.pathway == p for other in state.primes):
        provision.prime_slot[k, p], provision.hub[k, p] = NOBODY, 0
        provision.delivery[k, p], provision.choice_rule[k, p] = SUBCONTRACT, ANY
    state.routes_stale = True
