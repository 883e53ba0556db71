"""Books kept beside the model's: who owes what for whose care, from activity and prices alone."""

import numpy as np

from model.bodies import MARKET, TREASURY
from model.demand import BLOCK_SETTINGS
from model.ledger import HEADINGS
from model.pathways import PATHWAYS
from model.state import BURN_IN_MONTHS

P = len(PATHWAYS)


class Books:
    """A second account of hospital care, month by month, of an economy that somebody else steps.

    It has a waiting list of its own: who joins comes from referrals, how many are operated on from
    the month's operations, and all who wait on a line have the same chance.
    """

    def __init__(self, economy):
        self.economy, self.site = economy, economy.setup.geography.candidate.astype(int)
        self.sites = len(economy.setup.place.sites)
        state = economy.state
        self.begun = state.month
        inside = self._spread(state.attribution.waiting) * state.lines.backlog
        self.waiting = inside
        self.outside = state.lines.backlog - inside.sum(axis=0)
        self.lists, self.pairs = state.lists.copy(), state.pair_practice.copy()

    def _spread(self, table, site=None):
        """[practices, candidates, ...] as [practices, sites, ...]."""
        wide = np.zeros((len(table), self.sites, *table.shape[2:]))
        for g, row in enumerate(self.site if site is None else site):
            for j in np.flatnonzero(row >= 0):
                wide[g, row[j]] += table[g, j]
        return wide

    def step(self):
        """Live a month of the economy and keep these books of it; returns what each owes."""
        economy = self.economy
        before = self._entries_so_far()
        economy.step()
        self._follow_people()
        self._operate()
        return self._entries(before)

    def _entries_so_far(self):
        return len(self.economy.state.ledger.posted)

    def _entries(self, before):
        """Payments of the month: heading, payer, payee, pence."""
        rows = []
        for _, payer, payee, code, pence in self.economy.state.ledger.posted[before:]:
            payer, payee, pence = np.broadcast_arrays(payer, payee, pence)
            rows += zip([HEADINGS[code]] * pence.size, payer.ravel().tolist(),
                        payee.ravel().tolist(), pence.ravel().tolist(), strict=True)  # fmt: skip
        return rows

    def _follow_people(self):
        """Those who wait go where their list goes; each line keeps its patients of the place."""
        state = self.economy.state
        if (state.pair_practice != self.pairs).any():  # tested by itself
            self.waiting = self._spread(state.attribution.waiting)
            self.waiting *= (state.lines.backlog + self.economy.flows.operations)[None]
            arrivals = self._spread(self.economy.flows.needed) * self._operation_share()
            self.waiting -= arrivals  # they join below
        elif (state.lists != self.lists).any():
            here = self.waiting.sum(axis=0)
            grown = self.waiting * (state.lists / np.maximum(self.lists, 1))[:, None, None]
            self.waiting = grown * here / np.maximum(grown.sum(axis=0), 1e-30)
        self.lists, self.pairs = state.lists.copy(), state.pair_practice.copy()

    def _operation_share(self):
        return self.economy.setup.activity.operation_share

    def _operate(self):
        flows, share = self.economy.flows, self._operation_share()
        self.waiting = self.waiting + self._spread(flows.needed) * share
        self.outside = self.outside + flows.referred.outside * share
        everybody = self.waiting.sum(axis=0) + self.outside
        part = np.divide(flows.operations, everybody, out=everybody * 0, where=everybody > 0)
        self.operated, self.outside_operated = self.waiting * part, self.outside * part
        self.waiting = np.maximum(self.waiting - self.operated, 0.0)  # no less than nobody waits
        self.outside = np.maximum(self.outside - self.outside_operated, 0.0)

    def payers(self):
        """The body that pays for each list's planned [practices, 13] and emergency care."""
        state, provision = self.economy.state, self.economy.state.provision
        commissioners = np.array(state.bodies.of_kind("commissioner"))
        planned = np.repeat(commissioners[provision.practice_commissioner][:, None], P, axis=1)
        urgent = planned[:, 0].copy()
        for organisation in state.organisations:
            planned[provision.network == organisation.network] = organisation.body
            urgent[provision.network == organisation.network] = organisation.body
        for k, p in np.argwhere(provision.prime_slot >= 0):
            holder = provision.slot_body[provision.prime_slot[k, p]]
            planned[provision.practice_commissioner == k, p] = holder
        return planned, urgent

    def owed(self):
        """What each body owes hospitals for the month, planned and urgent, in pence [bodies]."""
        planned, urgent = self.payers()
        bodies = len(self.economy.state.bodies)
        value, outside = self._planned_value()
        for_lists = np.bincount(planned.ravel(), value.sum(axis=1).ravel(), minlength=bodies)
        crises, outside_crises = self._urgent_value(urgent)
        for_urgent = np.bincount(urgent, crises.sum(axis=1), minlength=bodies)
        for_outside = (outside.sum(axis=1) + outside_crises).sum()
        return for_lists, for_urgent, float(for_outside)

    def _planned_value(self):
        """Planned care of lists [practices, sites, 13] and of patients from outside [sites, 13]."""
        economy, state, flows = self.economy, self.economy.state, self.economy.flows
        place, prices = state.market_forces.paid[:, None], economy.prices
        if not economy.rules.get("hospital_payment.tariff.covers_electives", False):
            agreed = state.lines.base_income * state.lines.open * place
            part = self._spread(state.attribution.block)
            lists = part * agreed
            for g, holding in state.budgets.held.items():
                if holding.terms.kind == "real" and holding.joined_month <= state.month - 1:
                    k = state.provision.practice_commissioner[g]
                    bought = holding.terms.charged[:P] & (state.provision.prime_slot[k] < 0)
                    referred = self._spread(flows.needed[g][None], [self.site[g]])[0]
                    value = referred * prices.referral + self.operated[g] * prices.operation
                    lists[g] = np.where(bought, value * place, lists[g])
            return lists, (1.0 - part.sum(axis=0)) * agreed
        k = state.provision.practice_commissioner
        done = (state.provision.delivery[k] == 1) & (state.provision.prime_slot[k] >= 0)
        away = np.where(done, 1.0, economy.world.practices["shifted"])
        seen = 1.0 - (1.0 - self._operation_share()) * away
        referred = self._spread(flows.needed) * seen[:, None, :]
        value = referred * prices.referral + self.operated * prices.operation
        outside = flows.referred.outside * prices.referral
        return value * place, (outside + self.outside_operated * prices.operation) * place

    def _urgent_value(self, urgent):
        """Emergencies of lists [practices, sites] and of patients from outside [sites]."""
        economy, state = self.economy, self.economy.state
        place = state.market_forces.paid
        agreed, part = (
            state.lines.base_emergency.sum(axis=1),
            self._spread(state.attribution.baseline),
        )
        if not economy.rules.get("hospital_payment.tariff.covers_emergencies", False):
            return part * agreed * place, (1.0 - part.sum(axis=0)) * agreed * place
        price = economy.prices.emergency + economy.prices.attendance
        value = self._spread(economy.flows.admitted.lists @ price)
        outside = economy.flows.admitted.outside @ price
        rate = economy.rules.get("hospital_payment.emergency_marginal_rate.paid_share", 1.0)
        share = self._shares_paid(urgent, part * agreed * 12.0, rate)
        return value * share * place, outside * place

    def _shares_paid(self, urgent, base, rate):
        """Share of the tariff for emergencies [practices, sites], by payer and trust."""
        state = self.economy.state
        last = self._nearest_department() * state.last_year.emergency_value[:, None]
        share = np.ones_like(last)
        for payer in np.unique(urgent):
            for trust in np.unique(state.provision.site_slot):
                there = np.ix_(urgent == payer, state.provision.site_slot == trust)
                value, agreed = last[there].sum(), base[there].sum()
                if value > agreed:
                    share[there] = 1.0 - (1.0 - rate) * (1.0 - agreed / value)
        return share

    def _nearest_department(self):
        """Share of a list that lives nearest to each emergency department [practices, sites]."""
        geography, state = self.economy.setup.geography, self.economy.state
        share = np.zeros((len(self.site), self.sites))
        for n, g in enumerate(state.pair_practice):
            near = [s for s in self.site[g] if s >= 0 and state.emergency_open[s]]
            distance = geography.distance_km[geography.pair_area[n]]
            share[g, min(near, key=lambda s: distance[s])] += state.pair_patients[n]
        return share / np.maximum(share.sum(axis=1, keepdims=True), 1e-30)


def paid(entries, heading, bodies):
    """What each body has paid under a heading [bodies]."""
    mine = [(payer, pence) for name, payer, _, pence in entries if name == heading]
    total = np.zeros(bodies)
    for payer, pence in mine:
        total[payer] += pence
    return total


def check_bills(books, entries):
    """Each payer's bill is its own patients' care, and that of outside patients theirs."""
    state = books.economy.state
    bodies, slack = len(state.bodies), 0.5 * books.sites * 12
    planned, urgent, outside = books.owed()
    np.testing.assert_allclose(paid(entries, "tariff_planned", bodies), planned, atol=slack)
    np.testing.assert_allclose(paid(entries, "tariff_emergency", bodies), urgent, atol=slack)
    from_outside = paid(entries, "outside_income", bodies)
    assert abs(from_outside.sum() - outside) <= slack
    assert from_outside.sum() == from_outside[TREASURY]


def check_tests_and_blocks(books, entries):
    """Tests done twice are billed by whose care they are, blocks by whose patients there are."""
    economy, state = books.economy, books.economy.state
    bodies, (planned, urgent) = len(state.bodies), books.payers()
    tests = economy.tally.practices["tests"] * state.structure.weight[:, None]
    payer = np.column_stack([planned, urgent])
    due = np.bincount(payer.ravel(), tests.ravel() * economy.prices.diagnostic, minlength=bodies)
    np.testing.assert_allclose(paid(entries, "duplicate_tests", bodies), due, atol=1.0)
    per_head = economy.setup.parameters["prices.block_pence_per_head"]
    value = [per_head[s] for s in BLOCK_SETTINGS] @ economy.setup.block_weights  # [13]
    due = np.zeros(bodies)
    for k, body in enumerate(state.bodies.of_kind("commissioner")):
        patients = state.lists[state.provision.practice_commissioner == k].sum()
        due[body] = patients / 12 * value[state.provision.prime_slot[k] < 0].sum()
    np.testing.assert_allclose(paid(entries, "block", bodies), due, atol=P * len(BLOCK_SETTINGS))


def check_people(economy):
    """Everybody is on one open list, and lists hold everybody."""
    state, people = economy.state, economy.state.people
    assert state.lists.sum() == economy.setup.list_sizes.sum() and (state.lists >= 0).all()
    assert (state.lists[people["practice"]] > 0).all()
    assert (state.lists[people["entry_practice"]] > 0).all()
    assert (state.lists[state.pair_practice] > 0).all() and (state.pair_patients >= -1e-9).all()
    by_practice = np.bincount(state.pair_practice, state.pair_patients, minlength=state.lists.size)
    np.testing.assert_allclose(by_practice, state.lists, atol=60.0)  # whole patients
    for table in state.attribution.tables():
        wide = np.zeros((len(economy.setup.place.sites), table.shape[2]))
        candidate = economy.setup.geography.candidate
        for j in range(candidate.shape[1]):
            known = candidate[:, j] >= 0
            np.add.at(wide, candidate[known, j], table[known, j])
        assert (table >= 0).all() and wide.max() <= 1.0 + 1e-9


def check_contracts(economy):
    """Every list has one payer for everything; contracts and who serves under them agree."""
    state, provision = economy.state, economy.state.provision
    networks = [o.network for o in state.organisations]
    assert len(set(networks)) == len(networks)
    members = provision.network >= 0
    assert np.isin(provision.network[members], networks).all()
    for o in state.organisations:
        mine = provision.network == o.network
        assert (provision.practice_commissioner[mine] == o.commissioner).all()
        assert (state.lists[mine] > 0).all()
        assert (o.capitation_pence[~mine] == 0).all() and (o.capitation_pence[mine] > 0).any(
            1
        ).all()
        assert (mine & ~o.invited).sum() == 0
    shares_record = provision.network_member[networks][:, provision.practice_body].sum(axis=0)
    assert (shares_record <= 1).all()
    newest = {(prime.commissioner, prime.pathway): prime for prime in state.primes}
    held = {(int(k), int(p)) for k, p in np.argwhere(provision.prime_slot >= 0)}
    assert held == set(newest)
    for (k, p), prime in newest.items():
        assert provision.slot_body[provision.prime_slot[k, p]] == prime.holder
        assert prime.start_month < prime.end_month and prime.end_month > state.month - 1


KINDS_THAT_PAY = {
    "allocation": ("treasury",), "global_sum": ("treasury",), "qof": ("treasury",),
    "tariff_planned": ("commissioner", "integrated", "acute", "community", "mental_health",
                       "independent"),
    "tariff_emergency": ("commissioner", "integrated"),
    "outside_income": ("treasury",), "block": ("commissioner",), "bundle": ("commissioner",),
    "capitation": ("commissioner",),
    "duplicate_tests": ("commissioner", "integrated", "acute", "community", "mental_health",
                        "independent"),
    "social_care": ("treasury", "council"),
    "tender_cost": ("commissioner",), "rescue": ("treasury",),
}  # fmt: skip


def check_money(economy, entries):
    """Nothing is made or lost, and only those pay who have a reason to."""
    state = economy.state
    assert state.ledger.balance.sum() == 0
    kinds = state.bodies.kinds
    for heading, payer, payee, pence in entries:
        allowed = KINDS_THAT_PAY.get(heading)
        assert pence == 0 or allowed is None or kinds[payer] in allowed, (heading, kinds[payer])
        assert payer != payee or pence == 0 or heading not in ("tariff_emergency", "capitation")
        assert payer != MARKET or heading == "pay_and_supplies", heading
    _check_contract_payments(economy, entries)


def _check_contract_payments(economy, entries):
    state, provision = economy.state, economy.state.provision
    bodies = len(state.bodies)
    newest = {(prime.commissioner, prime.pathway): prime for prime in state.primes}
    got = np.zeros(bodies)
    for name, _, payee, pence in entries:
        if name in ("bundle", "capitation"):
            got[payee] += pence
    due = np.zeros(bodies)
    for prime in newest.values():
        due[prime.holder] += prime.monthly_pence
    for o in state.organisations:
        apart = provision.prime_slot[o.commissioner] >= 0
        care, tests = o.capitation_pence[:, : P + 1], o.capitation_pence[:, P + 1 :]
        for part in (care, tests):  # of pathways, and of emergencies
            due[o.body] += part[:, :P][:, ~apart].sum() + part[:, P].sum()
    np.testing.assert_allclose(got, due, atol=len(newest) + len(state.organisations))


def check_month(books, entries):
    """All that must hold at the end of any month."""
    check_bills(books, entries)
    check_tests_and_blocks(books, entries)
    check_people(books.economy)
    check_contracts(books.economy)
    check_money(books.economy, entries)


def live_and_check(economy, months):
    """Live and check every month; returns how many months were lived under the policy."""
    books = Books(economy)
    for _ in range(months):
        check_month(books, books.step())
    return economy.state.month - BURN_IN_MONTHS
