"""Every heading of the ledger is explained by the second books, or said to be no bill for care.

Also what must hold of people and contracts at the end of every month.
"""

from typing import NamedTuple

import numpy as np

from model.state.bodies import MARKET, TREASURY
from model.state.state import BURN_IN_MONTHS
from tests.model import bills, costs
from tests.model.books import Books

SEED = 3  # of the economies whose books are checked
PROVIDERS = ("acute", "community", "mental_health", "independent", "ambulance", "hospice")
HOSPITALS = ("acute", "independent")
LEADERS = ("practice", "firm", *PROVIDERS)  # of integrated organisations

#: Headings of which the books know every payer, payee and sum.
EXPLAINED = {
    function.__name__: function
    for function in (
        bills.tariff_planned, bills.tariff_emergency, bills.outside_income, bills.duplicate_tests,
        bills.clinics, bills.triage, bills.block, bills.subcontract, bills.bundle,
        bills.capitation, bills.allocation, bills.case_management, bills.enrolment,
        bills.member_support,
        bills.quality_goals, bills.coding, bills.coding_challenge,
        costs.pay_and_supplies, costs.delayed_days, costs.delayed_discharge_charge,
        costs.care_after_hospital, costs.budget_pool, costs.social_care,
    )
}  # fmt: skip


class NoBill(NamedTuple):
    """Who may pay under a heading, and why it is no bill for anybody's patients."""

    payers: tuple[str, ...]
    why: str


OWN_LIST = NoBill(("treasury",), "a practice's income by its own contract, list and results")
ONCE = "paid once, for a decision"
NO_BILL = {
    **dict.fromkeys(
        ("global_sum", "correction_factor", "premium_pms", "enhanced_services", "premises",
         "other_practice_payment", "qof"), OWN_LIST,
    ),
    "practice_expenses": NoBill(("practice", *PROVIDERS), "a practice's own staff and rooms"),
    "tender_cost": NoBill(("commissioner",), ONCE),
    "bid_cost": NoBill(PROVIDERS, ONCE),
    "transition": NoBill(
        ("commissioner", "integrated", *LEADERS),
        "setting up, running and ending records, teams and contracts, by who decided on them",
    ),
    "redesign": NoBill(("integrated",), "an organisation's own services, set up and run"),
    "high_cost_patients": NoBill(("integrated",), "luck of a pool, its members' and no other's"),
    "gain_share": NoBill(("integrated", "commissioner"), "a result that is shared by contract"),
    "reserve": NoBill(("integrated", *LEADERS), "put up or given back"),
    "deficit_cover": NoBill(("commissioner", "integrated"), "a result that is borne at the end"),
    "own_services": NoBill(PROVIDERS, "a result that is passed on to the owner"),
    "running_cost": NoBill(("commissioner", "council"), "what the model does not follow"),
    "budget_allowance": NoBill(("commissioner",), "for managing a budget"),
    "budget_management": NoBill(("practice",), "of a budget, by whoever holds it"),
    "budget_saving": NoBill(("commissioner",), "a result that is shared by contract"),
    "budget_overspend": NoBill(("practice",), "a result that is shared by contract"),
    "capital": NoBill(("commissioner", *PROVIDERS), ONCE),
    "closing_cost": NoBill(HOSPITALS, ONCE),
    "merger_cost": NoBill(("acute", "community", "mental_health"), ONCE),
    "merger_support": NoBill(("treasury",), ONCE),
    "rescue": NoBill(("treasury",), ONCE),
    "administration": NoBill(("treasury",), ONCE),
}  # fmt: skip


def check_money(books):
    """Nothing is made or lost; every bill is explained, and only those pay who have a reason to."""
    state, bodies = books.economy.state, len(books.economy.state.bodies)
    assert state.money.ledger.balance.sum() == 0
    booked = {}
    for heading, payer, payee, pence in books.entries:
        table = booked.setdefault(heading, np.zeros((bodies, bodies)))
        table[payer, payee] += pence
        check_payer(heading, state.bodies.kinds[payer], pence)
        assert payer != MARKET or heading == "pay_and_supplies", heading
    for heading, due in EXPLAINED.items():
        check_bill(books, heading, booked.get(heading, np.zeros((bodies, bodies))), due(books))


def check_payer(heading, kind, pence):
    """A heading is explained, or its payer is one of those who may pay under it."""
    if heading not in EXPLAINED:
        assert heading in NO_BILL, f"nobody says what is paid as {heading}"
        assert pence == 0 or kind in NO_BILL[heading].payers, (heading, kind)


def check_bill(books, heading, booked, due):
    """What is booked [payers, payees] is what is due, but for fractions of a penny in its parts."""
    payer, payee, pence = np.broadcast_arrays(*due)
    expected = np.zeros_like(booked)
    np.add.at(expected, (payer.ravel().astype(int), payee.ravel().astype(int)), pence.ravel())
    slack = 0.5 * books.sites * 13
    np.testing.assert_allclose(booked, expected, rtol=1e-9, atol=slack, err_msg=heading)
    if heading == "outside_income":
        assert booked.sum() == booked[TREASURY].sum()


def check_parts(books):
    """Whose patients wait on a line, and whose blocks and baselines are what, by list."""
    state, parts = books.economy.state, books.parts
    urgent = state.hospitals.lines.base_emergency.sum(axis=1)
    pairs = (
        (state.money.attribution.waiting, state.hospitals.lines.backlog, parts.waiting),
        (
            state.money.attribution.block,
            state.hospitals.lines.base_income,
            parts.planned * parts.risen(),
        ),
        (state.money.attribution.baseline, urgent, parts.urgent * parts.risen()),
    )
    for part, whole, mine in pairs:
        np.testing.assert_allclose(books.spread(part) * whole, mine, rtol=1e-6, atol=1e-6)


def check_people(economy):
    """Everybody is on one open list, and lists hold everybody."""
    state, people = economy.state, economy.state.residents.people
    assert (
        state.practices.lists.sum() == economy.setup.list_sizes.sum()
        and (state.practices.lists >= 0).all()
    )
    assert (state.practices.lists[people["practice"]] > 0).all()
    assert (state.practices.lists[people["entry_practice"]] > 0).all()
    assert (state.practices.lists[state.practices.pair_practice] > 0).all() and (
        state.practices.pair_patients >= -1e-9
    ).all()
    by_practice = np.bincount(
        state.practices.pair_practice,
        state.practices.pair_patients,
        minlength=state.practices.lists.size,
    )
    np.testing.assert_allclose(by_practice, state.practices.lists, atol=60.0)  # whole patients
    for table in state.money.attribution.tables():
        wide = np.zeros((len(economy.setup.place.sites), table.shape[2]))
        candidate = economy.setup.geography.candidate
        for j in range(candidate.shape[1]):
            known = candidate[:, j] >= 0
            np.add.at(wide, candidate[known, j], table[known, j])
        assert (table >= 0).all() and wide.max() <= 1.0 + 1e-9


def check_contracts(economy):
    """Every list has one payer for everything; contracts and who serves under them agree."""
    state, provision = economy.state, economy.state.provision
    networks = [o.network for o in state.integrated.organisations]
    assert len(set(networks)) == len(networks)
    members = provision.network >= 0
    assert np.isin(provision.network[members], networks).all()
    for o in state.integrated.organisations:
        mine = provision.network == o.network
        assert (provision.practice_commissioner[mine] == o.commissioner).all()
        assert (state.practices.lists[mine] > 0).all()
        assert (o.capitation_pence[~mine] == 0).all() and (o.capitation_pence[mine] > 0).any(
            1
        ).all()
        assert (mine & ~o.invited).sum() == 0
    shares_record = provision.network_member[networks][:, provision.practice_body].sum(axis=0)
    assert (shares_record <= 1).all()
    newest = {(prime.commissioner, prime.pathway): prime for prime in state.contracts.primes}
    held = {(int(k), int(p)) for k, p in np.argwhere(provision.prime_slot >= 0)}
    assert held == set(newest)
    for (k, p), prime in newest.items():
        assert provision.slot_body[provision.prime_slot[k, p]] == prime.holder
        assert prime.start_month < prime.end_month and prime.end_month > state.month - 1


def check_month(books):
    """All that must hold at the end of any month."""
    check_parts(books)
    check_people(books.economy)
    check_contracts(books.economy)
    check_money(books)


def live_and_check(economy, months):
    """Live and check every month; returns how many months were lived under the policy."""
    books = Books(economy)
    for _ in range(months):
        books.step()
        check_month(books)
    return economy.state.month - BURN_IN_MONTHS
