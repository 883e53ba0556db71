"""Contracts for a pathway: the tender, the bids, the award, and the prime provider who holds it."""

from typing import TYPE_CHECKING

import numpy as np

from agents.commissioner import AWARD, TENDER, Bid, TenderView
from agents.commissioner import NOBODY as NO_AWARD
from agents.trust import BID, BID_DISCOUNTS, DELIVERY, BidView, DeliveryView, Trust
from model.bodies import MARKET
from model.care import ANY, CLOSED, DO_THE_WORK, NETWORK, NOBODY, SUBCONTRACT, add_slot
from model.deliberation import forced_option
from model.demand import BLOCK_SETTINGS
from model.journeys import COMMUNITY, SETTINGS
from model.money import PENCE_PER_POUND, block_pence
from model.pathways import PATHWAYS
from model.policy import PathwayContract
from model.state import Prime

if TYPE_CHECKING:
    from model.economy import HealthEconomy

CHOICE_RULES = {"any": ANY, "network": NETWORK, "closed": CLOSED}
BIDDING_KINDS = ("acute", "community", "mental_health", "independent")


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
    """Whether each practice is one of commissioner k's that are open [practices]."""
    return (economy.state.provision.practice_commissioner == k) & (economy.state.lists > 0)


def pathway_spend(economy: "HealthEconomy", k: int, p: int) -> float:
    """What a commissioner's patients' planned care of a pathway costs a year, in pounds.

    Last year's tariff, and the pathway's part of block contracts.
    """
    here = list_of(economy, k)
    tariff = float(economy.state.last_year.planned_spend[here, p].sum())
    block = block_pence(economy.setup, int(economy.state.lists[here].sum()), p)
    return (tariff + block) / PENCE_PER_POUND


def movable_spend(economy: "HealthEconomy", k: int, p: int) -> float:
    """The part of it that a prime provider could do itself: clinics and block, in pounds."""
    here = list_of(economy, k)
    clinics = float(economy.state.last_year.clinic_spend[here, p].sum())
    block = block_pence(economy.setup, int(economy.state.lists[here].sum()), p)
    return (clinics + block) / PENCE_PER_POUND


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
    decision = agent.award(
        PATHWAYS[p], pathway_spend(economy, k, p), value["minds.political_push_pounds"], bids,
        state.month, forced,
    )  # fmt: skip
    state.decisions.append(decision)
    if decision.chosen == NO_AWARD:
        return
    won = next(bid for bid in bids if bid.bidder == decision.chosen)
    details = (contract, k, p, won.bidder, won.price)
    state.agenda.append((decision.effect_month, "start_prime", details))


def _may_bid(economy: "HealthEconomy", agent: Trust) -> bool:
    bodies = economy.state.bodies
    own = bodies.owner[agent.body] == agent.body
    return own and bodies.kinds[agent.body] in BIDDING_KINDS


def provider_shares(economy: "HealthEconomy", k: int, p: int) -> dict[int, float]:
    """Each body's share of what a commissioner's patients' planned care of a pathway costs."""
    state, candidate = economy.state, economy.setup.geography.candidate
    here = list_of(economy, k)
    flow = state.last_year.planned_spend[here, p][:, None] * state.shares[here, :, p]
    site = np.maximum(candidate[here], 0)
    body = state.bodies.owner[state.provision.slot_body[state.provision.site_slot[site]]]
    total = np.bincount(body.ravel(), weights=flow.ravel(), minlength=len(state.bodies))
    total += _block_income(economy, k, p)
    return {int(b): float(total[b] / total.sum()) for b in np.flatnonzero(total)}


def incumbent(economy: "HealthEconomy", k: int, p: int) -> int:
    """The body that holds a pathway's contract, or else the one that does most of the work."""
    state = economy.state
    held = state.provision.prime_slot[k, p]
    if held >= 0:
        return int(state.bodies.owner[state.provision.slot_body[held]])
    shares = provider_shares(economy, k, p)
    return max(shares, key=lambda body: shares[body])


def _block_income(economy: "HealthEconomy", k: int, p: int) -> np.ndarray:
    """What each body gets from blocks for a pathway a year, in pence [bodies]."""
    setup, state = economy.setup, economy.state
    patients = int(state.lists[list_of(economy, k)].sum())
    income = np.zeros(len(state.bodies))
    for s, setting in enumerate(BLOCK_SETTINGS):
        slot = state.provision.setting_slot[SETTINGS.index(setting), k, p]
        body = state.bodies.owner[state.provision.slot_body[slot]]
        per_head = setup.parameters["prices.block_pence_per_head"][setting]
        income[body] += per_head * patients * setup.block_weights[s, p]
    return income


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
    share = shares.get(agent.body, 0.0)
    spend = pathway_spend(economy, k, p)
    view = BidView(
        line=PATHWAYS[p],
        ceiling=ceiling,
        expected_cost=spend - _expected_saving(economy, contract, k, p),
        income_at_risk=value["minds.income_at_risk_share"] * share * spend,
        bid_cost=value["minds.bid_cost_pence"] / PENCE_PER_POUND / contract.term_years,
        expected_rivals=min(rivals, 3),
        is_incumbent=incumbent(economy, k, p) == agent.body,
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


def _expected_saving(economy: "HealthEconomy", contract: PathwayContract, k: int, p: int) -> float:
    """What a holder expects to save by triage and own clinics, in pounds a year."""
    value = economy.setup.parameters
    saving = movable_spend(economy, k, p) * max(1.0 - value["minds.own_clinic_cost_share"], 0.0)
    return saving if contract.delivery != "subcontract" else 0.0


def start_prime(
    economy: "HealthEconomy", contract: PathwayContract, k: int, p: int, code: str, price: float
) -> None:
    """A prime contract goes live: holder, links, access, choice; then who does the work."""
    state, provision = economy.state, economy.state.provision
    holder = state.bodies.number[code]
    established = economy.setup.losses.established
    known = incumbent(economy, k, p) == int(state.bodies.owner[holder])
    kept = economy.setup.parameters["handovers.link_kept_on_transfer"]
    provision.prime_slot[k, p] = holder_slot(economy, holder, k)
    if not known:
        provision.prime_link[k, p] = established * kept
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
        clinics = movable_spend(economy, k, p)
        has_line = agent.body in provider_shares(economy, k, p)
        view = DeliveryView(
            line=PATHWAYS[p],
            clinic_spend=clinics,
            own_cost_share=value["minds.own_clinic_cost_share"] + (0.0 if has_line else 0.05),
            setup_cost=value["minds.clinic_setup_share"] * clinics,
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
