"""Who pays: for its own patients, at the prices in force, wherever clinics are held."""

from dataclasses import replace

import numpy as np
import pytest
from forced_options import at_once

from model.commissioners.bids import provider_shares
from model.commissioners.delivery import start_prime
from model.input.errors import InputError
from model.integrated.membership import join
from model.integrated.plans import clinic_spend
from model.month.economy import HealthEconomy, burn_in
from model.payments.allocation import follow_lists
from model.payments.money import block_pence, pay_blocks, pay_duplicates
from model.policies.policy_finding import find_policy, policy_names
from model.population.demand import BLOCK_SETTINGS
from model.population.journeys import SETTINGS
from model.population.pathways import PATHWAYS
from model.practice_decisions.closures_and_mergers import merge_practices
from model.state.attribution import no_parts
from model.state.bodies import TREASURY
from model.state.ledger import HEADINGS
from model.state.provision import DO_THE_WORK, add_slot
from tests.model.books import Books
from tests.model.headings import SEED, live_and_check

MSK = PATHWAYS.index("msk")
MONTHS = 15  # contracts begin within eight if a policy begins at once


@pytest.fixture(scope="module")
def in_2003(small):
    """The same place under the rules of 2003, when hospitals were paid in blocks."""
    return replace(small, place=replace(small.place, year=2003))


@pytest.fixture(scope="module")
def begun_in_2003(in_2003):
    """Where every arm begins under those rules; copy it before use."""
    return burn_in(in_2003, SEED)


def after(setup, state, policy, mind="reasoned"):
    return HealthEconomy(setup, find_policy(policy), SEED, mind, state=state.copy())


def soon_after(setup, state, policy):
    return HealthEconomy(setup, at_once(policy), SEED, state=state.copy())


PRICES_MOVE = (
    "emergencies_full_tariff", "market_forces_none", "tariff_by_regulator", "tariff_by_year",
    "tariff_cut", "block_payment", "quality_goals_tenth",
)  # fmt: skip


def outside_by_month(economy):
    """Pence paid for patients from outside, by month."""
    entries = economy.state.money.ledger.entries()
    mine = entries[entries["heading"] == HEADINGS.index("outside_income")]
    assert (mine["payer"] == TREASURY).all()
    return mine.groupby("month")["pence"].sum()


@pytest.fixture(scope="module")
def usual(small, begun):
    return after(small, begun, "status_quo").run(MONTHS)


@pytest.fixture(scope="module")
def usual_two_years(small, begun):
    return after(small, begun, "status_quo").run(24)


def explains_every_bill(economy, usual, policy):
    """Every payer pays for its own patients each month, and as many come from outside as usual.

    They are treated at the same hospitals as long as those of the pathway are open to them alike.
    """
    months = usual.state.month - economy.state.month
    assert live_and_check(economy, months) == months
    if policy not in PRICES_MOVE:
        flows, then, same = economy.flows, usual.flows, open_alike(economy, usual)
        np.testing.assert_array_equal(flows.admitted.outside, then.admitted.outside)
        np.testing.assert_array_equal(
            flows.referred.outside[:, same], then.referred.outside[:, same]
        )


def open_alike(economy, usual):
    """Whether lines of a pathway are open to the same patients in both worlds [13]."""
    one, other = economy.state.hospitals.lines, usual.state.hospitals.lines
    tables = ("open", "only_simple", "pull")
    return np.all([getattr(one, t) == getattr(other, t) for t in tables], axis=(0, 1))


#: One of every kind of contract, payment and rule; the others are checked behind `slow`.
OF_EVERY_KIND = (
    "block_payment", "carveouts_three", "choice_none", "fundholding", "pbc_federations",
    "pooled_budget", "population_ico_two", "risk_two_sided", "teams_only", "torbay", "vertical_fp",
)  # fmt: skip


@pytest.mark.parametrize("policy", OF_EVERY_KIND)
def test_every_payer_pays_for_its_own_patients_every_month(small, begun, usual, policy):
    """For those from outside only the month of an operation can move, as capacity and queues do."""
    economy = soon_after(small, begun, policy)
    explains_every_bill(economy, usual, policy)
    if policy not in PRICES_MOVE:
        then, now = outside_by_month(usual).sum(), outside_by_month(economy).sum()
        assert now == pytest.approx(then, rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("policy", policy_names())
def test_every_payer_pays_for_its_own_patients_for_two_years(small, begun, usual_two_years, policy):
    explains_every_bill(after(small, begun, policy), usual_two_years, policy)


@pytest.mark.parametrize(
    "policy",
    ["carveouts_three+population_ico",
     *(pytest.param(one, marks=pytest.mark.slow)
       for one in ("status_quo", "population_ico", "carveouts_three"))],
)  # fmt: skip
def test_every_payer_pays_its_own_part_of_blocks(in_2003, begun_in_2003, policy):
    assert live_and_check(soon_after(in_2003, begun_in_2003, policy), MONTHS) == MONTHS


@pytest.mark.parametrize("rules", [None, "block_payment"])
def test_moving_clinics_moves_the_bills_for_clinics_alone(small, begun, rules):
    """The same contract, month and luck; in one of two worlds the holder does the work.

    Lost handovers do no harm here: clinics elsewhere lose others, and emergencies would follow.
    """
    harms = ("handovers.crisis_hazard_lost_discharge", "handovers.crisis_hazard_lost_referral")
    values = small.parameters.with_values(dict.fromkeys(harms, 1.0))
    harmless, books = replace(small, parameters=values), []
    for work in (False, True):
        economy = after(harmless, begun, rules or "status_quo", "inert")
        holder = economy.minds.trusts[0].code
        contract = find_policy("carveout_msk").pathway_contracts[0]
        start_prime(
            economy.minds,
            economy.setup,
            economy.state,
            economy.in_force,
            economy.world,
            replace_delivery(contract),
            0,
            MSK,
            holder,
            1e6,
        )
        economy.state.provision.delivery[0, MSK] = DO_THE_WORK if work else 0
        books.append(Books(economy))
        books[-1].step()
    usual, moved = books
    a, b = (book.economy for book in books)
    np.testing.assert_array_equal(a.flows.operated.lists, b.flows.operated.lists)
    np.testing.assert_array_equal(a.flows.operated.outside, b.flows.operated.outside)
    fell = usual.paid("tariff_planned") - moved.paid("tariff_planned")
    seen = (a.flows.referred.lists - b.flows.referred.lists)[:, :, MSK]
    place = a.state.hospitals.market_forces.paid[small.geography.candidate]
    clinics = (seen * place).sum() * a.prices.referral[MSK]
    number = a.state.bodies.number[a.minds.trusts[0].code]
    assert seen.sum() > 10
    assert fell[number] == pytest.approx(0.0 if rules else clinics, abs=10)
    assert (np.delete(fell, number) == 0).all()
    for heading in ("outside_income", "tariff_emergency"):
        np.testing.assert_array_equal(usual.paid(heading), moved.paid(heading))


def replace_delivery(contract):
    return contract.model_copy(update={"delivery": "subcontract", "single_point_of_access": False})


def test_a_block_goes_with_the_list_to_whoever_pays_for_it(small, begun):
    """A practice that becomes a member takes its own part of the block along, and no more."""
    economy = after(small, begun, "block_payment+population_ico", "inert")
    economy.run(13)
    state = economy.state
    organisation = state.integrated.organisations[0]
    g = int(np.flatnonzero(organisation.invited & (state.provision.network < 0))[0])
    before = economy.bills.planned.copy()
    economy.state.provision.network[g] = organisation.network
    economy.step()
    row = economy.payers.bodies.tolist().index(organisation.body)
    gained = economy.bills.planned[row] - before[row]
    block = (
        state.hospitals.lines.base_income
        * state.hospitals.lines.open
        * state.hospitals.market_forces.paid[:, None]
    )
    site = small.geography.candidate[g]
    own = np.bincount(
        site[site >= 0], (state.money.attribution.block[g] * block[site]).sum(axis=1)[site >= 0],
        minlength=len(block),
    )  # fmt: skip
    np.testing.assert_allclose(gained, own, atol=1.0)
    k = state.provision.practice_commissioner[g]
    np.testing.assert_allclose(before[k] - economy.bills.planned[k], own, atol=1.0)


def test_parts_at_the_start_are_those_of_the_activity_that_blocks_were_agreed_for(small):
    economy = HealthEconomy(small, find_policy("status_quo"), SEED, "inert").run(1)
    parts, flows = economy.state.money.attribution, economy.flows
    expected = flows.planned[:, None, :] * economy.state.referrals.shares
    site = small.geography.candidate
    whole = economy.state.hospitals.outside_planned.copy()
    for j in range(site.shape[1]):
        np.add.at(whole, site[site[:, j] >= 0, j], expected[site[:, j] >= 0, j])
    share = expected / np.maximum(whole[site], 1e-30)
    seen = (site[:, :, None] >= 0) & (whole[site] > 20.0)
    assert np.abs(parts.block - share)[seen].mean() < 0.01
    assert 0.2 < parts.block.sum() / economy.state.hospitals.lines.open.sum() < 1.0


def test_those_who_wait_move_with_their_list(small, begun):
    economy = after(small, begun, "status_quo", "inert").run(1)
    state, site = economy.state, small.geography.candidate
    before = state.money.attribution.waiting.copy()
    shared = set(site[2].tolist()) & set(site[5].tolist()) - {-1}
    assert shared
    merge_practices(economy.minds, economy.setup, economy.state, 2, 5)
    now = state.money.attribution.waiting
    for s in range(len(small.place.sites)):
        both = [(before[g][site[g] == s].sum(), now[g][site[g] == s].sum()) for g in (2, 5)]
        assert sum(old for old, _ in both) == pytest.approx(sum(new for _, new in both))
        if s in shared:
            assert both[0][1] == 0.0
    np.testing.assert_array_equal(np.delete(now, (2, 5), 0), np.delete(before, (2, 5), 0))


def test_no_list_has_a_part_before_books_are_opened():
    assert all(not table.any() for table in no_parts(3, 2, 13).tables())


@pytest.mark.parametrize("policy", ["fundholding+block_payment"])
def test_a_real_budget_is_spent_on_the_activity_that_is_charged_to_it(small, begun, policy):
    """Not kept of a block that the commissioner goes on paying."""
    economy = after(small, begun, policy)
    assert live_and_check(economy, 27) == 27
    assert any(h.joined_month < economy.state.month for h in economy.state.budgets.held.values())
    assert not economy.payment.planned_by_activity


def test_an_organisation_is_given_what_its_patients_cost_before(small, begun):
    """Capitation is what the payer before it was charged: hospitals' bills and tests done twice."""
    for policy in ("population_ico", "population_ico+block_payment"):
        economy = after(small, begun, policy, "inert").run(13)
        g = int(np.flatnonzero(economy.state.integrated.organisations[0].invited)[0])
        join(
            economy.minds,
            economy.setup,
            economy.state,
            economy.payment,
            g,
            economy.state.integrated.organisations[0].code,
        )
        given = economy.state.integrated.organisations[0].capitation_pence[g]
        economy.run(12)
        economy.step()  # the year is closed
        charged = _billed_by_list(economy, g)
        assert given[:14].sum() == pytest.approx(charged, rel=0.05)
        assert given[14:].sum() > 0


def _billed_by_list(economy, g):
    """A month's bills for one list, as its payer is billed, in pence."""
    books = Books(economy)
    months = []
    for _ in range(6):
        books.step()
        value, _ = books.planned_value()
        urgent, _ = books.urgent_value(books.payers()[1])
        months.append(value[g].sum() + urgent[g].sum())
    return np.mean(months)


def test_blocks_go_to_whoever_serves_a_pathway(small, begun):
    economy = after(small, begun, "status_quo", "inert")
    provision, k = economy.state.provision, 0
    other = provision.slot_body[provision.setting_slot[SETTINGS.index("mental_health"), k, 0]]
    slot = add_slot(provision, int(other))
    provision.setting_slot[SETTINGS.index("community"), k, MSK] = slot
    before = len(economy.state.money.ledger.posted)
    pay_blocks(small, economy.state)
    got = {}
    for _, payer, payee, code, pence in economy.state.money.ledger.posted[before:]:
        if HEADINGS[code] == "block" and payer == economy.minds.commissioners[k].body:
            got[payee] = got.get(payee, 0) + pence
    patients = economy.state.practices.lists[provision.practice_commissioner == k].sum()
    value = small.parameters["prices.block_pence_per_head"]
    weights = dict(zip(BLOCK_SETTINGS, small.block_weights, strict=True))
    due = value["community"] * weights["community"][MSK] + value["mental_health"]
    assert got[int(other)] == pytest.approx(due * patients / 12, abs=5)


def test_money_goes_with_people_to_another_commissioners_practices(small, begun):
    economy = after(small, begun, "status_quo", "inert")
    state, k = economy.state, economy.state.provision.practice_commissioner
    follow_lists(economy.state)
    before, total = state.money.allocation.copy(), state.money.other_spend.sum()
    one, other = (int(np.flatnonzero(k == c)[0]) for c in (0, 1))
    moved = 500
    state.practices.lists = state.practices.lists.copy()
    state.practices.lists[one] -= moved
    state.practices.lists[other] += moved
    head = state.money.target_allocation.sum() / state.practices.lists.sum()
    follow_lists(economy.state)
    np.testing.assert_allclose(state.money.allocation - before, [-moved * head, moved * head])
    assert state.money.other_spend.sum() == pytest.approx(total)
    follow_lists(economy.state)
    np.testing.assert_allclose(state.money.allocation - before, [-moved * head, moved * head])


def test_clinics_of_a_primes_pathway_are_the_primes(small, begun):
    """An organisation's members' patients of a carved-out pathway are not its to move."""
    economy = after(small, begun, "population_ico", "inert").run(13)
    organisation = economy.state.integrated.organisations[0]
    members = economy.state.provision.network == organisation.network
    if not members.any():
        g = int(np.flatnonzero(organisation.invited)[0])
        join(economy.minds, economy.setup, economy.state, economy.payment, g, organisation.code)
        members[g] = True
    k = organisation.commissioner
    contract = find_policy("carveout_msk").pathway_contracts[0]
    start_prime(
        economy.minds,
        economy.setup,
        economy.state,
        economy.in_force,
        economy.world,
        replace_delivery(contract),
        k,
        MSK,
        economy.minds.trusts[0].code,
        1e6,
    )
    economy.state.provision.delivery[k, MSK] = 0
    organisation.clinics, organisation.clinic_skill = "make_a_quarter", 1.0
    economy.rearrange()
    shifted = economy.world.practices["shifted"][members]
    assert (shifted[:, MSK] == 0).all() and (np.delete(shifted, MSK, 1) > 0).all()
    assert (
        clinic_spend(economy.state.provision, economy.state.yearbooks, members)[:, MSK] == 0
    ).all()


def test_tests_done_twice_are_paid_by_whoever_holds_the_care(small, begun):
    """A prime those of its pathway, an organisation those of its members' other care."""
    economy = after(small, begun, "population_ico", "inert").run(13)
    state, organisation = economy.state, economy.state.integrated.organisations[0]
    k, of = organisation.commissioner, economy.state.provision.practice_commissioner
    for g in np.flatnonzero(organisation.invited & (of == k))[:5].tolist():
        join(economy.minds, economy.setup, economy.state, economy.payment, g, organisation.code)
    contract, holder = find_policy("carveout_msk").pathway_contracts[0], economy.minds.trusts[0]
    start_prime(
        economy.minds,
        economy.setup,
        economy.state,
        economy.in_force,
        economy.world,
        replace_delivery(contract),
        k,
        MSK,
        holder.code,
        1e6,
    )
    economy.step()
    found = np.random.default_rng(1).integers(0, 5, (state.practices.lists.size, len(PATHWAYS) + 1))
    before = len(state.money.ledger.posted)
    pay_duplicates(state, found, 1000.0, economy.payers)
    due = owed_for_tests(economy, found, organisation, k, holder.body)
    (_, payers, _, _, pence) = state.money.ledger.posted[before]
    assert dict(zip(payers.tolist(), pence.tolist(), strict=True)) == pytest.approx(due, abs=1)
    assert due[holder.body] > 0 and due[organisation.body] > 0


def owed_for_tests(economy, found, organisation, k, holder):
    """What everybody owes for tests done twice at ten pounds each, list by list (pence)."""
    state = economy.state
    due = dict.fromkeys([holder, organisation.body, *state.bodies.of_kind("commissioner")], 0.0)
    for g in range(state.practices.lists.size):
        spend = found[g] * 1000.0
        c = int(state.provision.practice_commissioner[g])
        member = state.provision.network[g] == organisation.network
        usual = organisation.body if member else state.bodies.of_kind("commissioner")[c]
        due[usual] += spend.sum() - (spend[MSK] if c == k else 0.0)
        due[holder] += spend[MSK] if c == k else 0.0
    return due


def test_budgets_have_room_for_tests_that_are_done_twice(small):
    """What more is spent on them is not spent on what the model does not follow."""
    rest, tests = [], []
    for each in (0.05, 0.35):
        values = small.parameters.with_values({"handovers.duplicate_tests_per_loss": each})
        setup = replace(small, parameters=values)
        state = HealthEconomy(setup, find_policy("status_quo"), SEED, "inert").run(37).state
        rest.append(state.money.other_spend.sum())
        tests.append(state.yearbooks.last_year.test_spend.sum())
    assert tests[1] > 4.0 * tests[0] > 0.0
    assert rest[0] - rest[1] == pytest.approx(tests[1] - tests[0], rel=0.01)


def test_work_done_elsewhere_is_that_of_whoever_does_it(small, begun):
    """A prime's clinics and blocks are its own work in the eyes of commissioner and rivals."""
    economy = after(small, begun, "status_quo", "inert").run(1)
    state, k, prime = economy.state, 0, economy.minds.trusts[0]
    before = provider_shares(economy.setup, economy.state, k, MSK)
    contract = find_policy("carveout_msk").pathway_contracts[0]
    contract = contract.model_copy(update={"delivery": "do_the_work"})
    start_prime(
        economy.minds,
        economy.setup,
        economy.state,
        economy.in_force,
        economy.world,
        contract,
        k,
        MSK,
        prime.code,
        1e6,
    )
    economy.rearrange()
    shares, owner = (
        provider_shares(economy.setup, economy.state, k, MSK),
        int(state.bodies.owner[prime.body]),
    )
    here = np.flatnonzero(state.provision.practice_commissioner == k)
    year = state.yearbooks.last_year
    block = block_pence(small, int(state.practices.lists[here].sum()), MSK)
    all_work = year.planned_spend[here, MSK].sum() + block
    theirs = (year.clinic_spend[here, MSK].sum() + block) / all_work
    operations = before.get(owner, 0.0)  # at most all that it did
    assert theirs <= shares[owner] <= theirs + operations
    assert sum(shares.values()) == pytest.approx(1.0)
    assert all(shares[body] < before[body] for body in shares if body != owner)


SUMS = 100


def random_sum(n):
    """Two of the shipped policies, the first pair drawn that may be put together."""
    draw = np.random.default_rng(n)
    while True:
        pair = "+".join(draw.choice(policy_names(), 2, replace=False))
        try:
            return find_policy(pair) and pair
        except InputError:  # both give away the same thing
            continue


@pytest.mark.parametrize("n", range(2))
def test_nothing_is_lost_under_sums_of_policies(small, begun, n):
    assert live_and_check(soon_after(small, begun, random_sum(n)), 24) == 24


@pytest.mark.slow
@pytest.mark.parametrize("n", range(2, SUMS))
def test_nothing_is_lost_under_a_hundred_sums_of_policies(small, begun, n):
    assert live_and_check(soon_after(small, begun, random_sum(n)), 24) == 24
