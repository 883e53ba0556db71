"""What everybody owes everybody for whose care, by heading, reckoned from the second books.

Each function gives payers, payees and pence of a month under the heading of its name, in arrays
that go together (numpy's broadcasting).
"""

import numpy as np

from agents.organisations.integrated_organisation import COVERAGE
from model.population.demand import BLOCK_SETTINGS
from model.population.journeys import SETTINGS
from model.population.pathways import PATHWAYS
from model.state.bodies import MARKET, TREASURY

P = len(PATHWAYS)


def commissioners(books):
    return np.array(books.economy.state.bodies.of_kind("commissioner"))


def owners(books):
    """The body that owns each hospital site [sites]."""
    state = books.economy.state
    return state.bodies.owner[state.provision.slot_body[state.provision.site_slot]]


def primes(books):
    """Contracts in force: commissioner, pathway, who holds it."""
    provision = books.economy.state.provision
    for k, p in np.argwhere(provision.prime_slot >= 0):
        yield k, p, provision.slot_body[provision.prime_slot[k, p]]


def patients_of(books, k):
    state = books.economy.state
    return state.practices.lists[state.provision.practice_commissioner == k].sum()


def rows(listed):
    """Three arrays from a list of payments, which may be empty."""
    return np.array(listed, dtype=np.float64).reshape(-1, 3).T


def tariff_planned(books):
    """Lists' planned care, by whose they are."""
    planned, _ = books.payers()
    value, _ = books.planned_value()
    return planned[:, None, :], owners(books)[None, :, None], value


def tariff_emergency(books):
    """Lists' emergencies, by whose they are."""
    _, urgent = books.payers()
    value, _ = books.urgent_value(urgent)
    return urgent[:, None], owners(books)[None, :], value


def outside_income(books):
    """All care of patients from outside is the treasury's."""
    planned = books.planned_value()[1].sum(axis=1)
    return TREASURY, owners(books), planned + books.urgent_value(books.payers()[1])[1]


def duplicate_tests(books):
    """Tests done twice, by whose the care is that they belong to."""
    economy = books.economy
    tests = economy.care.tests
    planned, urgent = books.payers()
    payer = np.column_stack([planned, urgent])
    return payer, MARKET, tests * economy.prices.diagnostic


def clinics(books):
    """Clinics outside hospital, by whose patients are seen there."""
    return books.payers()[0], MARKET, books.clinic_value()


def triage(books):
    """A point of access, for every referral of its pathway that its commissioner's patients get."""
    economy, provision = books.economy, books.economy.state.provision
    price = economy.setup.parameters["minds.hub_pence_per_referral"]
    referrals = economy.flows.needed.sum(axis=1)
    return rows([
        (holder, MARKET, referrals[provision.practice_commissioner == k, p].sum() * price)
        for k, p, holder in primes(books) if provision.hub[k, p]
    ])  # fmt: skip


def shares_of_blocks(books):
    """Each commissioner's blocks: commissioner, pathway, who serves it, pence of a month."""
    state, setup = books.economy.state, books.economy.setup
    per_head = setup.parameters["prices.block_pence_per_head"]
    teams = {
        o.commissioner: o.body for o in state.integrated.organisations
        if (state.provision.employer == o.body).any()
    }  # fmt: skip
    for k in range(len(commissioners(books))):
        for n, setting in enumerate(BLOCK_SETTINGS):
            slots = state.provision.setting_slot[SETTINGS.index(setting), k]
            for p in range(P):
                body = state.bodies.account(int(state.provision.slot_body[slots[p]]))
                if setting == "community":
                    body = teams.get(k, body)
                value = setup.block_weights[n, p] * per_head[setting] * patients_of(books, k) / 12
                yield k, p, body, value


def block(books):
    """Commissioners, for their own patients, what no contract holder has to spend."""
    held = books.economy.state.provision.prime_slot >= 0
    payers = commissioners(books)
    return rows([
        (payers[k], body, pence) for k, p, body, pence in shares_of_blocks(books) if not held[k, p]
    ])  # fmt: skip


def holders(books):
    """Who holds a pathway, by commissioner and pathway, and whether they do the work."""
    delivery = books.economy.state.provision.delivery
    return {(k, p): (holder, delivery[k, p] == 1) for k, p, holder in primes(books)}


def subcontract(books):
    """Holders of contracts, the pathway's part of blocks that they leave to others."""
    held = holders(books)
    return rows([
        (held[k, p][0], body, pence) for k, p, body, pence in shares_of_blocks(books)
        if (k, p) in held and not held[k, p][1]
    ])  # fmt: skip


def bundle(books):
    """Commissioners, the price of the newest contract for each pathway."""
    payers, newest = commissioners(books), {}
    for prime in books.economy.state.contracts.primes:
        newest[prime.commissioner, prime.pathway] = prime
    return rows([(payers[k], one.holder, one.monthly_pence) for (k, _), one in newest.items()])


def capitation(books):
    """Commissioners, for members' lists, of all care that no contract holder has."""
    state, payers, due = books.economy.state, commissioners(books), []
    for o in state.integrated.organisations:
        apart = state.provision.prime_slot[o.commissioner] >= 0
        for part in (o.capitation_pence[:, : P + 1], o.capitation_pence[:, P + 1 :]):
            of_pathways, urgent = part[:, :P][:, ~apart].sum(), part[:, P].sum()
            due.append((payers[o.commissioner], o.body, of_pathways + urgent))
    return rows(due)


def allocation(books):
    """The treasury, each commissioner's own."""
    return TREASURY, commissioners(books), books.economy.state.money.allocation / 12


def case_management(books):
    """Commissioners for patients managed from practices, organisations for their members'."""
    state, payers = books.economy.state, commissioners(books)
    cost = books.economy.setup.parameters["minds.case_manager_pence_per_patient"] / 12
    by_list = state.practices.managed_share * state.practices.lists * cost
    own = np.bincount(state.provision.practice_commissioner, by_list, minlength=len(payers))
    due = [(payers[k], MARKET, pence) for k, pence in enumerate(own)]
    for o in state.integrated.organisations:
        share = COVERAGE.of(books.economy.setup.parameters)[o.coverage]
        covered = share * state.practices.lists[state.provision.network == o.network].sum()
        due.append((o.body, MARKET, covered * cost))
    return rows(due)


def enrolment(books):
    """Commissioners, for whoever of their lists can be expected to be in a programme."""
    state, payers, due = books.economy.state, commissioners(books), []
    usual = books.economy.setup.parameters["enrolment.pence_per_enrolled_year"]
    for programme in state.residents.enrolment.programmes:
        given = programme.terms.pence_per_enrolled_year
        cost = (usual if given is None else given) / 12
        if "adherence" in programme.terms.services:
            cost += books.economy.setup.parameters["enrolment.adherence_pence"] / 12
        for g in np.flatnonzero(programme.practices):
            inside = state.residents.structure.strata[g] * programme.by_months.sum(axis=0)
            k = int(state.provision.practice_commissioner[g])
            due.append((payers[k], MARKET, state.practices.lists[g] * inside.sum() * cost))
    return rows(due) if due else rows([(payers[0], MARKET, 0.0)])


def member_support(books):
    """Organisations, to each member for its list."""
    state, due = books.economy.state, []
    support = books.economy.setup.parameters["minds.member_support_pence_per_patient"] / 12
    for o in state.integrated.organisations:
        for g in np.flatnonzero(state.provision.network == o.network):
            due.append(
                (o.body, state.provision.practice_body[g], support * state.practices.lists[g])
            )
    return rows(due)


def quality_goals(books):
    """Payers, a share of what they pay for their patients, by how good the hospital is."""
    from model.payments.quality_goals import added_share, goals_met

    economy = books.economy
    rate = (
        added_share(economy.setup.place, economy.rules)
        * goals_met(economy.setup.parameters, economy.state.hospitals)[
            economy.state.provision.site_slot
        ]
    )
    return _on_bills(books, rate, (True, True))


def coding(books):
    """Payers, what deeper coding adds to the tariff for their patients."""
    depth = books.economy.state.coding.depth
    return _on_bills(books, depth, _coded(books)) if _coding_pays(books) else rows([])


def coding_challenge(books):
    """Hospitals, to payers what they find of it: each checks its own patients' bills."""
    from model.payments.coding import found_shares, overcharged_share

    economy, state = books.economy, books.economy.state
    if not _coding_pays(books):
        return rows([])
    found, error = (
        found_shares(economy.setup.parameters, economy.rules),
        overcharged_share(economy.rules),
    )
    deeper, usual = np.maximum(state.coding.depth, 0.0), found["audit_usual"]
    now = _by_body(books, [found[e] for e in state.coding.effort], usual)
    then = _by_body(books, [found[e] for e in state.coding.base_effort], usual)
    payers, payees, pence = _on_bills(books, np.ones(books.sites), _coded(books))
    rate = error * (now - then)[:, None] + now[:, None] * deeper
    site = np.tile(np.arange(books.sites), pence.size // books.sites)
    return payees, payers, pence * rate[payers, site]


def _by_body(books, of_commissioners, others):
    figure = np.full(len(books.economy.state.bodies), others)
    figure[commissioners(books)] = of_commissioners
    return figure


def _coding_pays(books):
    coding = books.economy.state.coding
    return coding.depth.any() or coding.effort != coding.base_effort


def _coded(books):
    """Whether planned care and emergencies are paid for as they are coded."""
    rules, name = books.economy.rules, "hospital_payment.tariff.covers_"
    return rules.get(name + "electives", False), rules.get(name + "emergencies", False)


def _on_bills(books, rate, kinds):
    """A rate [sites] on what each body pays each hospital, planned and urgent if `kinds` says so.

    Flat arrays of payers and payees, hospitals in order.
    """
    bodies, total = len(books.economy.state.bodies), 0.0
    planned, urgent = books.payers()
    if kinds[0]:
        value, outside = books.planned_value()
        total = total + _by_payer(planned[:, None, :], value, outside.sum(axis=1), bodies)
    if kinds[1]:
        value, outside = books.urgent_value(urgent)
        total = total + _by_payer(urgent[:, None, None], value[:, :, None], outside, bodies)
    total = np.broadcast_to(total, (bodies, books.sites))
    payer = np.repeat(np.arange(bodies), books.sites)
    return payer, np.tile(owners(books), bodies), (total * rate).ravel()


def _by_payer(payer, value, outside, bodies):
    """What every body pays every hospital [bodies, sites]."""
    total = np.zeros((bodies, value.shape[1]))
    site = np.arange(value.shape[1])[None, :, None]
    np.add.at(
        total, (np.broadcast_to(payer, value.shape), np.broadcast_to(site, value.shape)), value
    )
    total[TREASURY] += outside
    return total
