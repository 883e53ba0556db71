"""Contracts through time: what a policy begins, tenders, changes that take effect, who pays whom.

Whatever takes time stands in the agenda (`state.agenda`): month, change, details. Changes are the
only way in which decisions reach the world.
"""

from typing import TYPE_CHECKING

import numpy as np

from agents.chance import STREAM_TRAIT, keyed_normals
from agents.commissioner import AWARD, TENDER, Bid, TenderView
from agents.integrated import COVERAGE
from agents.trust import BID, BID_DISCOUNTS, DELIVERY, BidView, DeliveryView, Trust
from model import deliberation
from model.bodies import MARKET
from model.care import ANY, CLOSED, DO_THE_WORK, NETWORK, NOBODY, SUBCONTRACT, add_network, add_slot
from model.journeys import SETTINGS
from model.money import PENCE_PER_POUND
from model.pathways import PATHWAYS
from model.policy import JointTeams, Merger, PathwayContract, PopulationContract
from model.state import Integrated, Prime, empty_yearbook

if TYPE_CHECKING:
    from model.economy import HealthEconomy

CHOICE_RULES = {"any": ANY, "network": NETWORK, "closed": CLOSED}
BIDDING_KINDS = ("acute", "community", "independent")
SETUP_LINK_SHARE = 1.0  # of an established link, that members of a new network start from
COMMUNITY = SETTINGS.index("community")


def keep_calendar(economy: "HealthEconomy") -> None:
    """What the policy begins this month, and what the agenda holds for it."""
    policy, now = economy.policy, economy.policy_month
    for merger in policy.mergers:
        if now == merger.start_month:
            merge_bodies(economy, merger)
    for joint in policy.joint_teams:
        if now == joint.start_month:
            join_teams(economy, joint)
    for contract in policy.pathway_contracts:
        if now >= contract.start_month and (now - contract.start_month) % 12 == 0:
            offer_pathways(economy, contract)
    for population in policy.population_contracts:
        if now == population.start_month:
            found_organisations(economy, population)
    take_effect(economy)
    if economy.state.month % 12 == 0 and economy.state.month > 0:
        close_year(economy)


def close_year(economy: "HealthEconomy") -> None:
    """The year's figures become last year's; organisations settle their results."""
    state = economy.state
    state.last_year = state.year
    state.year = empty_yearbook(len(state.effort), len(state.lines.open))
    for organisation in state.organisations:
        settle_result(economy, organisation)
    _forget_standing_cost(economy)


def _forget_standing_cost(economy: "HealthEconomy") -> None:
    """Closed lines shed semi-fixed cost, and slowly fixed cost, year by year."""
    lines, year = economy.state.lines, economy.setup.parameters["costs.trust_cost_structure"]
    left = year["year_3"]["fixed"] / year["year_1"]["fixed"]
    lines.semi_kept = np.where(lines.open, lines.semi_kept, 0.5 * lines.semi_kept)
    lines.fixed_kept = np.where(lines.open, lines.fixed_kept, lines.fixed_kept * left**0.5)


def take_effect(economy: "HealthEconomy") -> None:
    """Carry out what the agenda holds for this month, in the order in which it was decided."""
    state = economy.state
    due = [entry for entry in state.agenda if entry[0] <= state.month]
    state.agenda = [entry for entry in state.agenda if entry[0] > state.month]
    for _, change, details in due:
        CHANGES[change](economy, *details)
    for prime in [p for p in state.primes if p.end_month == state.month]:
        end_prime(economy, prime)


def change_effort(economy: "HealthEconomy", g: int, effort: str) -> None:
    """A practice's new effort."""
    economy.state.effort[g] = effort


def change_quality(economy: "HealthEconomy", row: int, step: float) -> None:
    """A step of a trust's quality, up or down."""
    economy.state.quality[row] = np.clip(economy.state.quality[row] + step, -8.0, 8.0)


def change_capacity(economy: "HealthEconomy", site: int, p: int, factor: float) -> None:
    """More or less capacity of a line, and the semi-fixed cost of it."""
    lines = economy.state.lines
    lines.capacity[site, p] *= factor
    lines.semi_kept[site, p] *= 1.0 + 0.5 * (factor - 1.0)


def close_line(economy: "HealthEconomy", site: int, p: int) -> None:
    """A line takes no more referrals; a quarter of its direct cost stays for now."""
    lines = economy.state.lines
    lines.open[site, p] = False
    lines.semi_kept[site, p] *= (
        1.0 - economy.setup.parameters["costs.removable_share_of_direct_cost"]
    )


def open_line(economy: "HealthEconomy", site: int, p: int) -> None:
    """A closed line starts again, smaller than it was."""
    lines = economy.state.lines
    lines.open[site, p] = True
    lines.capacity[site, p] *= 0.3
    lines.backlog[site, p] = 0.0
    lines.fixed_kept[site, p] = lines.semi_kept[site, p] = 0.3


def merge_bodies(economy: "HealthEconomy", merger: Merger) -> None:
    """The largest acute trust takes over all bodies of the kinds named; teams stay."""
    state = economy.state
    largest = largest_acute(economy)
    for body in state.bodies.of_kind(*merger.kinds):
        if body != largest:
            state.bodies.merge(body, largest)
    state.routes_stale = True


def largest_acute(economy: "HealthEconomy") -> int:
    """The acute trust with the most beds."""
    trusts = economy.setup.place.trusts
    acute = trusts[trusts["kind"] == "acute"].sort_values(
        ["beds", "trust"], ascending=[False, True]
    )
    return economy.state.bodies.number[acute["trust"].iloc[0]]


def join_teams(economy: "HealthEconomy", joint: JointTeams) -> None:
    """Practices and bodies of the kinds named share a record and work in joint teams."""
    state, provision = economy.state, economy.state.provision
    n = add_network(provision, len(state.bodies), economy.setup.losses.established)
    members = [*state.bodies.of_kind(*joint.kinds), *provision.practice_body]
    provision.network_member[n, members] = joint.shared_records
    provision.network_team[n, members] = joint.joint_teams
    provision.network[provision.network == NOBODY] = n
    state.routes_stale = True


def links_grow(economy: "HealthEconomy") -> None:
    """Links and the use of shared records grow over months of joint work."""
    provision, losses = economy.state.provision, economy.setup.losses
    step = 1.0 / economy.setup.parameters["handovers.link_half_effect_months"]
    before = (
        provision.network_record.sum() + provision.network_link.sum() + provision.prime_link.sum()
    )
    records = provision.network_member.any(axis=1)
    teams = provision.network_team.any(axis=1)
    provision.network_record = np.minimum(provision.network_record + step * records, 1.0)
    provision.network_link = np.minimum(
        provision.network_link + (1.0 - losses.established) * step * teams, 1.0
    )
    kept = economy.setup.parameters["handovers.link_kept_on_transfer"]
    growth = losses.established * (1.0 - kept) * step
    provision.prime_link = np.minimum(provision.prime_link + growth, losses.established)
    after = (
        provision.network_record.sum() + provision.network_link.sum() + provision.prime_link.sum()
    )
    economy.state.links_moved |= bool(after != before)
    if economy.state.links_moved and economy.state.month % ROUTES_EVERY_MONTHS == 0:
        economy.state.routes_stale, economy.state.links_moved = True, False


ROUTES_EVERY_MONTHS = 3  # slow growth of links is passed on to routes once a quarter


# Pathway contracts ---------------------------------------------------------------------------


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


def _of(economy: "HealthEconomy", k: int) -> np.ndarray:
    return economy.state.provision.practice_commissioner == k


def pathway_spend(economy: "HealthEconomy", k: int, p: int) -> float:
    """What a commissioner's patients' planned care of a pathway cost last year, in pounds."""
    return float(economy.state.last_year.planned_spend[_of(economy, k), p].sum()) / PENCE_PER_POUND


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
    forced = deliberation.forced_option(economy, agent.code, TENDER, PATHWAYS[p])
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
    forced = deliberation.forced_option(economy, agent.code, AWARD, PATHWAYS[p])
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
    here = _of(economy, k)
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
    forced = deliberation.forced_option(economy, agent.code, BID, about)
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
    clinics = economy.state.last_year.clinic_spend[_of(economy, k), p].sum() / PENCE_PER_POUND
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
        )  # fmt: skip
    )
    _decide_delivery(economy, contract, k, p, code)
    state.routes_stale = True


def holder_slot(economy: "HealthEconomy", body: int, k: int) -> int:
    """The slot whose teams a prime provider uses: its own as this commissioner's patients meet it."""
    provision = economy.state.provision
    for slot in (*provision.setting_slot[COMMUNITY, k], *range(provision.slot_body.size)):
        if provision.slot_body[slot] == body:
            return int(slot)
    return add_slot(provision, body)


def _decide_delivery(
    economy: "HealthEconomy", contract: PathwayContract, k: int, p: int, code: str
) -> None:
    state, value = economy.state, economy.setup.parameters
    if contract.delivery != "decide":
        chosen = contract.delivery
    else:
        agent = next(t for t in economy.minds.trusts if t.code == code)
        clinics = state.last_year.clinic_spend[_of(economy, k), p].sum() / PENCE_PER_POUND
        has_line = agent.body in provider_shares(economy, k, p)
        view = DeliveryView(
            line=PATHWAYS[p],
            clinic_spend=float(clinics),
            own_cost_share=value["minds.own_clinic_cost_share"] + (0.0 if has_line else 0.05),
            setup_cost=value["minds.clinic_setup_share"] * float(clinics),
            has_line=has_line,
        )
        about = f"{PATHWAYS[p]} {economy.minds.commissioners[k].code}"
        forced = deliberation.forced_option(economy, code, DELIVERY, about)
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


# Integrated organisations --------------------------------------------------------------------


def found_organisations(economy: "HealthEconomy", terms: PopulationContract) -> None:
    """Each commissioner offers a capitated contract; the organisation invites practices."""
    for k, agent in enumerate(economy.minds.commissioners):
        found_organisation(economy, terms, k, agent.code)


def found_organisation(
    economy: "HealthEconomy", terms: PopulationContract, k: int, commissioner: str
) -> None:
    """A new body with its own teams, a network, and an invitation to practices."""
    setup, state = economy.setup, economy.state
    code = f"{commissioner}-integrated"
    body = state.bodies.add(code, f"Integrated organisation of {commissioner}", "integrated")
    slot = add_slot(state.provision, body)
    network = add_network(
        state.provision, len(state.bodies), SETUP_LINK_SHARE * setup.losses.established
    )
    value, spend = setup.parameters, state.last_year
    here = _of(economy, k)
    per_head = (
        (spend.planned_spend[here].sum() + spend.emergency_spend[here].sum())
        / PENCE_PER_POUND
        / setup.list_sizes[here].sum()
    )
    organisation = Integrated(
        body=body,
        code=code,
        commissioner=k,
        network=network,
        slot=slot,
        terms=terms,
        invited=_invited(economy, here, terms.invited_share),
        capitation_pence=np.zeros((here.size, len(PATHWAYS) + 1)),
        gain_pounds_per_patient=value["minds.believed_saving_share"]
        * per_head
        * value["minds.member_gain_share"]
        * terms.risk_up,
        effect=value["minds.believed_coordination_effect"],
        founded_month=state.month,
    )
    state.organisations.append(organisation)
    _set_members(economy, organisation)
    deliberation.create_organisation(economy, economy.minds, organisation)
    economy.state.routes_stale = True


def _invited(economy: "HealthEconomy", here: np.ndarray, share: float) -> np.ndarray:
    """The practices that are invited: a keyed choice of this share of them."""
    keys = np.array([agent.key for agent in economy.minds.practices], dtype=np.uint64)
    luck = keyed_normals(np.uint64(economy.seed), STREAM_TRAIT, keys, 0, 20)
    rank = np.argsort(np.argsort(np.where(here, luck, np.inf), kind="stable"), kind="stable")
    return here & (rank < round(share * here.sum()))


def _set_members(economy: "HealthEconomy", organisation: Integrated) -> None:
    """Who shares the record and who works in the joint teams of an organisation."""
    state, provision, n = economy.state, economy.state.provision, organisation.network
    k = organisation.commissioner
    practices = provision.practice_body[provision.network == n]
    community = provision.slot_body[provision.setting_slot[COMMUNITY, k]]
    team = [organisation.body, *practices, *community]
    provision.network_member[n] = provision.network_team[n] = False
    if organisation.terms.joint_teams:
        provision.network_team[n, team] = True
    if organisation.terms.shared_records:
        hospitals = state.bodies.of_kind("acute", "mental_health")
        provision.network_member[n, [*team, *hospitals]] = True
    _transfer_community(economy, organisation)
    state.routes_stale = True


def _transfer_community(economy: "HealthEconomy", organisation: Integrated) -> None:
    """Community teams go over once an organisation has most of the patients they serve."""
    state, provision = economy.state, economy.state.provision
    lists, here = economy.setup.list_sizes, _of(economy, organisation.commissioner)
    inside = lists[provision.network == organisation.network].sum()
    taken = organisation.terms.community == "transferred" and 2 * inside > lists[here].sum()
    slots = np.unique(provision.setting_slot[COMMUNITY, organisation.commissioner])
    names = [i for i, name in enumerate(economy.setup.team_names) if name.startswith("community")]
    provision.employer[np.ix_(slots, names)] = organisation.body if taken else NOBODY


def join(economy: "HealthEconomy", g: int, code: str) -> None:
    """A practice becomes a member: its list is paid for by capitation."""
    state, organisation = economy.state, _organisation(economy, code)
    state.provision.network[g] = organisation.network
    state.provision.clinic_slot[g] = organisation.slot
    organisation.capitation_pence[g, :-1] = state.last_year.planned_spend[g] / 12.0
    organisation.capitation_pence[g, -1] = state.last_year.emergency_spend[g] / 12.0
    _set_members(economy, organisation)


def leave(economy: "HealthEconomy", g: int, code: str) -> None:
    """A practice leaves; its patients' care is paid for as before."""
    state, organisation = economy.state, _organisation(economy, code)
    state.provision.network[g] = NOBODY
    slots = state.provision.setting_slot[COMMUNITY, organisation.commissioner]
    state.provision.clinic_slot[g] = slots[0]
    organisation.capitation_pence[g] = 0.0
    _set_members(economy, organisation)


def _organisation(economy: "HealthEconomy", code: str) -> Integrated:
    return next(o for o in economy.state.organisations if o.code == code)


def change_clinics(economy: "HealthEconomy", code: str, chosen: str) -> None:
    """An organisation's new share of clinics outside hospital."""
    _organisation(economy, code).clinics = chosen


def change_coverage(economy: "HealthEconomy", code: str, chosen: str) -> None:
    """An organisation's new coverage of case management."""
    _organisation(economy, code).coverage = chosen


def settle_result(economy: "HealthEconomy", organisation: Integrated) -> None:
    """Share a year's surplus or deficit with the commissioner and the members; learn from it."""
    state, setup = economy.state, economy.setup
    ledger, terms = state.ledger, organisation.terms
    members = state.provision.network == organisation.network
    result = ledger.balance_of(organisation.body) - organisation.opening_balance
    commissioner = economy.minds.commissioners[organisation.commissioner].body
    share = terms.risk_up if result > 0 else terms.risk_down
    returned = round(result * (1.0 - share))
    ledger.post(state.month, organisation.body, commissioner, "gain_share", returned)
    kept = result - returned
    lists = np.where(members, setup.list_sizes, 0)
    if members.any():
        gain = setup.parameters["minds.member_gain_share"] * kept
        pay = np.rint(gain * lists / lists.sum()).astype(np.int64)
        ledger.post(
            state.month, organisation.body, state.provision.practice_body, "gain_share", pay
        )
        observed = gain / PENCE_PER_POUND / lists.sum()
        believed = organisation.gain_pounds_per_patient
        organisation.gain_pounds_per_patient = 0.5 * believed + 0.5 * observed
        organisation.effect *= 0.75 if kept <= 0 else 1.0
    organisation.opening_balance = ledger.balance_of(organisation.body)


# Who pays ------------------------------------------------------------------------------------


def payers(economy: "HealthEconomy") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of payers for planned [practices, 13] and emergency care; the payers' bodies.

    A prime provider pays for its pathway, an integrated organisation for its members' patients,
    the commissioner for all else.
    """
    state = economy.state
    commissioners = state.bodies.of_kind("commissioner")
    k = state.provision.practice_commissioner.astype(np.int64)
    planned = np.repeat(k[:, None], len(PATHWAYS), axis=1)
    urgent = planned.copy()
    bodies = list(commissioners)
    for organisation in state.organisations:
        members = state.provision.network == organisation.network
        planned[members] = urgent[members] = len(bodies)
        bodies.append(organisation.body)
    for prime in live_primes(economy):
        planned[k == prime.commissioner, prime.pathway] = len(bodies)
        bodies.append(prime.holder)
    return planned, urgent, np.array(bodies)


def live_primes(economy: "HealthEconomy") -> list[Prime]:
    """Prime contracts in force, the newest for a pathway if two overlap."""
    newest = {(p.commissioner, p.pathway): p for p in economy.state.primes}
    return list(newest.values())


def care_groups(economy: "HealthEconomy") -> np.ndarray:
    """Practices whose patients' care is organised alike: same commissioner and network."""
    provision = economy.state.provision
    return provision.practice_commissioner.astype(np.int64) * 100_000 + provision.network


def away_share(economy: "HealthEconomy") -> np.ndarray:
    """Share of referrals without operation that no hospital sees [practices, 13]."""
    provision = economy.state.provision
    k = provision.practice_commissioner.astype(np.int64)
    done = (provision.delivery[k] == DO_THE_WORK) & (provision.prime_slot[k] >= 0)
    own = done & ~_is_hospital(economy)[np.maximum(provision.prime_slot[k], 0)]
    return np.where(own, 1.0, economy.world.practices["shifted"])


def _is_hospital(economy: "HealthEconomy") -> np.ndarray:
    """Whether the body of each slot is an acute trust, whose clinics are hospital clinics."""
    kinds = np.array(economy.state.bodies.kinds)
    return kinds[economy.state.provision.slot_body] == "acute"


def pay_contract_holders(economy: "HealthEconomy") -> None:
    """Commissioners pay prime providers' bundles and organisations' capitation."""
    state, minds = economy.state, economy.minds
    for prime in live_primes(economy):
        payer = minds.commissioners[prime.commissioner].body
        state.ledger.post(state.month, payer, prime.holder, "bundle", prime.monthly_pence)
    for organisation in state.organisations:
        payer = minds.commissioners[organisation.commissioner].body
        # A pathway that a prime provider is paid for is not paid for twice.
        apart = state.provision.prime_slot[organisation.commissioner] == NOBODY
        pence = round(organisation.capitation_pence[:, np.append(apart, True)].sum())
        state.ledger.post(state.month, payer, organisation.body, "capitation", pence)


def pay_programmes(economy: "HealthEconomy") -> None:
    """Costs of own clinics, triage, records, teams, case managers and members' support."""
    _pay_clinics(economy)
    _pay_triage(economy)
    _pay_networks(economy)
    for organisation in economy.state.organisations:
        _pay_members(economy, organisation)


def _pay_clinics(economy: "HealthEconomy") -> None:
    """Who pays for a list pays for the clinics held outside hospital."""
    setup, state = economy.setup, economy.state
    row, _, bodies = payers(economy)
    moved = economy.flows.planned * (1.0 - setup.activity.operation_share) * away_share(economy)
    cost = moved * economy.prices.referral * setup.parameters["minds.own_clinic_cost_share"]
    pence = np.bincount(row.ravel(), weights=cost.ravel(), minlength=bodies.size)
    state.ledger.post(
        state.month, bodies, MARKET, "pay_and_supplies", np.rint(pence).astype(np.int64)
    )


def _pay_triage(economy: "HealthEconomy") -> None:
    """A single point of access costs its holder something for each referral."""
    state, price = economy.state, economy.setup.parameters["minds.hub_pence_per_referral"]
    for prime in live_primes(economy):
        if state.provision.hub[prime.commissioner, prime.pathway]:
            here = _of(economy, prime.commissioner)
            referrals = economy.flows.planned[here, prime.pathway].sum()
            state.ledger.post(
                state.month, prime.holder, MARKET, "pay_and_supplies", round(referrals * price)
            )


def _pay_networks(economy: "HealthEconomy") -> None:
    """Shared records and joint teams cost something for each patient covered."""
    setup, state, provision = economy.setup, economy.state, economy.state.provision
    holder = {o.network: o.body for o in state.organisations}
    for n in range(provision.network_record.size):
        here = provision.network == n
        rate = (
            provision.network_member[n].any()
            * setup.parameters["links.records_pence_per_patient_year"]
            + provision.network_team[n].any()
            * setup.parameters["links.teams_pence_per_patient_year"]
        )
        for k, agent in enumerate(economy.minds.commissioners):
            patients = setup.list_sizes[here & _of(economy, k)].sum()
            payer = holder.get(n, agent.body)
            state.ledger.post(state.month, payer, MARKET, "transition", round(rate * patients / 12))


def _pay_members(economy: "HealthEconomy", organisation: Integrated) -> None:
    """Support for member practices, and case managers for the patients covered."""
    setup, state = economy.setup, economy.state
    members = state.provision.network == organisation.network
    support = setup.parameters["minds.member_support_pence_per_patient"]
    pence = np.rint(support * setup.list_sizes * members / 12).astype(np.int64)
    state.ledger.post(
        state.month, organisation.body, state.provision.practice_body, "member_support", pence
    )
    covered = COVERAGE[organisation.coverage] * setup.list_sizes[members].sum()
    cost = setup.parameters["minds.case_manager_pence_per_patient"]
    state.ledger.post(
        state.month, organisation.body, MARKET, "case_management", round(covered * cost / 12)
    )


CHANGES = {
    "effort": change_effort,
    "quality": change_quality,
    "capacity": change_capacity,
    "close_line": close_line,
    "open_line": open_line,
    "start_prime": start_prime,
    "join": join,
    "leave": leave,
    "clinics": change_clinics,
    "coverage": change_coverage,
}
