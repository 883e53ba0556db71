"""Books kept beside the model's: whose care was given where, and what it is worth."""

import numpy as np

from model.population.pathways import PATHWAYS
from model.state.ledger import HEADINGS
from tests.model.parts import Parts, snapshot, watched

P = len(PATHWAYS)


class Books:
    """A second account of hospital care, month by month, of an economy that somebody else steps.

    It has a waiting list of its own: who joins comes from referrals, how many are operated on from
    the month's operations, and all who wait on a line have the same chance. Whose blocks and
    baselines were agreed it reads once, when it begins, and has them follow the people.
    """

    def __init__(self, economy):
        self.economy, self.site = economy, economy.setup.geography.candidate.astype(int)
        self.sites = len(economy.setup.place.sites)
        self.parts = Parts(economy, self.spread, self.nearest_department)

    def spread(self, table, site=None):
        """[practices, candidates, ...] as [practices, sites, ...]."""
        wide = np.zeros((len(table), self.sites, *table.shape[2:]))
        for g, row in enumerate(self.site if site is None else site):
            for j in np.flatnonzero(row >= 0):
                wide[g, row[j]] += table[g, j]
        return wide

    def step(self):
        """Live a month of the economy and keep these books of it."""
        economy = self.economy
        before = len(economy.state.money.ledger.posted)
        with watched(economy, self.parts):
            economy.step()
        self._operate()
        self.entries = self._entries(before)

    def _entries(self, before):
        """Payments of the month: heading, payer, payee, pence."""
        rows = []
        for _, payer, payee, code, pence in self.economy.state.money.ledger.posted[before:]:
            payer, payee, pence = np.broadcast_arrays(payer, payee, pence)
            rows += zip([HEADINGS[code]] * pence.size, payer.ravel().tolist(),
                        payee.ravel().tolist(), pence.ravel().tolist(), strict=True)  # fmt: skip
        return rows

    def paid(self, heading):
        """What each body has paid under a heading this month, in pence [bodies]."""
        return self._sum(1, lambda name: name == heading)

    def got(self, bodies, but):
        """What these bodies got less what they paid under all headings but one [bodies]."""
        others = (self._sum(at, lambda name: name != but) for at in (2, 1))
        return np.subtract(*others)[bodies]

    def _sum(self, at, wanted):
        total = np.zeros(len(self.economy.state.bodies))
        for entry in self.entries:
            if wanted(entry[0]):
                total[entry[at]] += entry[3]
        return total

    def _operation_share(self):
        return self.economy.setup.activity.operation_share

    def _operate(self):
        flows, share, parts = self.economy.flows, self._operation_share(), self.parts
        parts.waiting = parts.waiting + self.spread(flows.needed) * share
        parts.outside = parts.outside + flows.referred.outside * share
        everybody = parts.waiting.sum(axis=0) + parts.outside
        done = np.divide(flows.operations, everybody, out=everybody * 0, where=everybody > 0)
        self.operated, self.outside_operated = parts.waiting * done, parts.outside * done
        parts.waiting = np.maximum(parts.waiting - self.operated, 0.0)  # no less than nobody waits
        parts.outside = np.maximum(parts.outside - self.outside_operated, 0.0)

    def payers(self):
        """The body that pays for each list's planned [practices, 13] and emergency care."""
        state, provision = self.economy.state, self.economy.state.provision
        commissioners = np.array(state.bodies.of_kind("commissioner"))
        planned = np.repeat(commissioners[provision.practice_commissioner][:, None], P, axis=1)
        urgent = planned[:, 0].copy()
        for organisation in state.integrated.organisations:
            planned[provision.network == organisation.network] = organisation.body
            urgent[provision.network == organisation.network] = organisation.body
        for k, p in np.argwhere(provision.prime_slot >= 0):
            holder = provision.slot_body[provision.prime_slot[k, p]]
            planned[provision.practice_commissioner == k, p] = holder
        return planned, urgent

    def planned_value(self):
        """Planned care of lists [practices, sites, 13] and of patients from outside [sites, 13]."""
        state, flows, prices = self.economy.state, self.economy.flows, self.economy.prices
        place = state.hospitals.market_forces.paid[:, None]
        if not self.economy.rules.get("hospital_payment.tariff.covers_electives", False):
            return self._planned_block(place)
        referred = self.spread(flows.needed) * (1.0 - self.held_elsewhere())[:, None, :]
        value = referred * prices.referral + self.operated * prices.operation
        value -= referred * self.follow_ups_saved()[:, None, :]
        outside = flows.referred.outside * prices.referral
        return value * place, (outside + self.outside_operated * prices.operation) * place

    def _planned_block(self, place):
        """The block agreed for lines that are open, but what real budgets buy by activity."""
        state, prices, parts = self.economy.state, self.economy.prices, self.parts
        agreed = parts.risen() * state.hospitals.lines.open * place
        lists = parts.planned * agreed
        for g, holding in state.budgets.held.items():
            if holding.terms.kind == "real" and holding.joined_month <= state.month - 1:
                k = state.provision.practice_commissioner[g]
                bought = holding.terms.charged[:P] & (state.provision.prime_slot[k] < 0)
                referred = self.spread(self.economy.flows.needed[g][None], [self.site[g]])[0]
                value = referred * prices.referral + self.operated[g] * prices.operation
                value -= referred * self.follow_ups_saved()[g]
                lists[g] = np.where(bought, value * place, lists[g])
        return lists, parts.outside_planned * agreed

    def follow_ups_saved(self):
        """Pence of follow-ups that programmes replace, of a referral [practices, 13]."""
        economy, state = self.economy, self.economy.state
        value, activity = economy.setup.parameters, economy.setup.activity
        need, strata = economy.setup.everybody.of_one.planned[0], state.residents.structure.strata
        mix = need / np.maximum(need.sum(axis=1, keepdims=True), 1e-30)
        visits = np.maximum(mix @ (1.0 + activity.follow_up_ratio), 1.0)
        each = value["enrolment.need_outpatients"] / 12 / visits
        usual = state.residents.structure.need[:, 1 : 1 + P]
        usual = usual * economy.world.practices["referral"][:, None]
        replaced, found = np.zeros_like(usual), np.zeros_like(usual)
        for one in state.residents.enrolment.programmes:
            people = strata * one.practices[:, None]
            found += (people * one.found.sum(axis=0) * each) @ mix
            if "substitution" in one.terms.services:
                inside = (people * one.by_months.sum(axis=0)) @ need
                new = (people * one.by_months[:12].sum(axis=0) * one.need_share * each) @ mix
                share = inside / np.maximum(strata @ need, 1e-30)
                replaced += value["enrolment.follow_ups_replaced"] * (usual * share + new)
        share = replaced / np.maximum(usual + found, 1e-30)
        return share * activity.follow_up_ratio * economy.prices.follow_up

    def held_elsewhere(self):
        """Share of referrals that are seen outside hospital [practices, 13]."""
        provision = self.economy.state.provision
        k = provision.practice_commissioner
        done = (provision.delivery[k] == 1) & (provision.prime_slot[k] >= 0)
        away = np.where(done, 1.0, self.economy.world.practices["shifted"])
        return (1.0 - self._operation_share()) * away

    def clinic_value(self):
        """Clinics that are held outside hospital, at their cost, in pence [practices, 13]."""
        economy, value = self.economy, self.economy.setup.parameters
        place = economy.state.hospitals.market_forces.paid[:, None]
        price = value["minds.own_clinic_cost_share"] + value["minds.clinic_setup_share"]
        held = (self.spread(economy.flows.needed) * place).sum(axis=1) * self.held_elsewhere()
        return held * economy.prices.referral * price

    def urgent_value(self, urgent):
        """Emergencies of lists [practices, sites] and of patients from outside [sites]."""
        economy, place, parts = (
            self.economy,
            self.economy.state.hospitals.market_forces.paid,
            self.parts,
        )
        agreed = parts.urgent * parts.risen()
        if not economy.rules.get("hospital_payment.tariff.covers_emergencies", False):
            return agreed * place, parts.outside_urgent * parts.risen() * place
        price = economy.prices.emergency + economy.prices.attendance
        value = self.spread(economy.flows.admitted.lists @ price)
        outside = economy.flows.admitted.outside @ price
        rate = economy.rules.get("hospital_payment.emergency_marginal_rate.paid_share", 1.0)
        share = self._shares_paid(urgent, agreed * 12.0, rate)
        return value * share * place, outside * place

    def _shares_paid(self, urgent, base, rate):
        """Share of the tariff for emergencies [practices, sites], by payer and trust."""
        state = self.economy.state
        last = (
            self.nearest_department(snapshot(self.economy.state))
            * state.yearbooks.last_year.emergency_value[:, None]
        )
        share = np.ones_like(last)
        for payer in np.unique(urgent):
            for trust in np.unique(state.provision.site_slot):
                there = np.ix_(urgent == payer, state.provision.site_slot == trust)
                value, agreed = last[there].sum(), base[there].sum()
                if value > agreed:
                    share[there] = 1.0 - (1.0 - rate) * (1.0 - agreed / value)
        return share

    def nearest_department(self, of):
        """Share of a list that lives nearest to each emergency department [practices, sites]."""
        geography, departments = self.economy.setup.geography, of["emergency_open"]
        share = np.zeros((len(self.site), self.sites))
        for n, g in enumerate(of["pair_practice"]):
            near = [s for s in self.site[g] if s >= 0 and departments[s]]
            distance = geography.distance_km[geography.pair_area[n]]
            share[g, min(near, key=lambda s: distance[s])] += of["pair_patients"][n]
        return share / np.maximum(share.sum(axis=1, keepdims=True), 1e-30)
