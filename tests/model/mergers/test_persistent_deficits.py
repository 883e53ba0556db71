"""What a deficit that goes on leads to in free runs: lines close, then hospitals; owners change."""

from dataclasses import replace

import numpy as np
import pytest

from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.payments.solvency import trust_income
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.state.bodies import TREASURY
from model.state.ledger import CODES
from model.state.state import BURN_IN_MONTHS

YEARS, LONG = 5, 8
#: Changes of all prices by which trusts first lose about 5, 15 and 30 per cent of their income.
CUTS = {0.0: 0.0, 0.05: -0.075, 0.15: -0.15, 0.30: -0.25}
DEEP, SHALLOW = -0.3, -0.1  # change of all prices, at costs as they are
DEARER = 1.1  # costs of planned care and emergencies of one trust, at prices as they are
NOBODY_LOOKS = {
    "trusts.deficit_years": 1_000, "trusts.closing_years": 1_000, "trusts.failure_share": 1_000,
}  # fmt: skip
EFFECTS = ("line", "site_closing", "trust_merger", "administration")
HANDED_OVER = ("trust_merger", "trust_failure", "failing_trust_offer")


class Lived:
    """A free run under other prices: in which month what closed or had another owner."""

    def __init__(self, setup, state, price_change=0.0, years=YEARS):
        policy = find_policy(f"status_quo:hospital_payment.tariff.price_change={price_change}")
        self.economy = HealthEconomy(setup, policy, 1, state=state.copy())
        self.lines, self.hospitals, self.owners, self.margins = [], [], [], []
        for month in range(12 * years):
            self._step(month)

    def _step(self, month):
        before = self._seen()
        self.economy.step()
        after, found = self._seen(), (self.hospitals, self.owners)
        for was, now, months in zip(before[1:], after[1:], found, strict=True):
            months += [month] * int((was != now).sum())
        shut = (before[0] & ~after[0])[before[1] == after[1]]  # not with their hospital
        self.lines += [month] * int(shut.sum())
        if month and month % 12 == 0:
            self.margins.append(self._margins())

    def _seen(self):
        state = self.economy.state
        return (
            state.hospitals.lines.open.copy(),
            state.hospitals.closed_sites.copy(),
            state.provision.site_owner(state.bodies).copy(),
        )

    def _margins(self):
        """Results of acute trusts of their own, as a share of their income."""
        state, trusts = self.economy.state, self.economy.setup.place.trusts
        rows = np.flatnonzero(trusts["kind"] == "acute")
        body, income = state.provision.slot_body[rows], trust_income(self.economy.state)
        own = (state.bodies.owner[body] == body) & (income[body] > 0.0)
        return state.hospitals.results[rows][own] / 100.0 / income[body][own]

    def decided(self, *rules):
        """Decisions of these rules that left things not as they were."""
        made = [d for d in self.economy.decisions() if d.month >= BURN_IN_MONTHS]
        return [d for d in made if d.rule in rules and d.chosen != d.options[0]]

    def rescued(self):
        """Pounds of every rescue that was booked, all of them paid by the treasury."""
        posted = self.economy.state.money.ledger.posted
        entries = [e for e in posted if e[3] == CODES["rescue"]]
        assert all(payer == TREASURY for _, payer, *_ in entries)
        return [pence / 100.0 for *_, pence in entries]

    def paid_by_the_public(self):
        """Pounds of rescues, support for takers and administrators together."""
        known = {CODES[name] for name in ("rescue", "merger_support", "administration")}
        return sum(e[4] for e in self.economy.state.money.ledger.posted if e[3] in known) / 100.0

    def changed(self):
        """How many lines and hospitals closed, owners changed and deficits were made good."""
        return len(self.lines + self.hospitals + self.owners + self.rescued())


@pytest.fixture(scope="module")
def deep(shire, after_burn_in):
    return Lived(shire, after_burn_in, DEEP)


@pytest.fixture(scope="module")
def shallow(shire, after_burn_in):
    """One trust loses a tenth of its income; others, who break even, could take it over."""
    state, sites = after_burn_in.copy(), shire.place.sites
    state.hospitals.lines.unit_cost[(sites["trust"] == "eastbury_hospitals").to_numpy()] *= DEARER
    return Lived(shire, state)


def test_a_deep_deficit_closes_lines_and_then_a_hospital(deep):
    assert all((year < -0.2).all() for year in deep.margins[:3])
    assert deep.lines and deep.hospitals
    assert min(deep.lines) < min(deep.hospitals)


def test_a_smaller_deficit_changes_owners_before_anything_closes(shallow):
    assert all(shallow.margins[year].min() < -0.05 for year in (0, 1))
    assert shallow.owners and not shallow.lines
    assert not shallow.hospitals or min(shallow.owners) < min(shallow.hospitals)


@pytest.mark.parametrize("run, rules", [("deep", EFFECTS), ("shallow", HANDED_OVER)])
def test_what_boards_and_regulators_change_is_worth_it_to_them(request, run, rules):
    made = request.getfixturevalue(run).decided(*rules)
    assert made
    for decision in made:
        worth = dict(zip(decision.options, decision.pounds, strict=True))
        assert worth[decision.chosen] > worth[decision.options[0]], decision


def test_without_a_deficit_nothing_closes_or_changes_hands(shire, after_burn_in):
    usual = Lived(shire, after_burn_in)
    assert all((year > -0.02).all() for year in usual.margins)
    assert not usual.lines + usual.hospitals + usual.owners


def test_where_nobody_looks_at_deficits_nothing_closes_or_changes_hands(shire, after_burn_in):
    blind = replace(shire, parameters=shire.parameters.with_values(NOBODY_LOOKS))
    lost = Lived(blind, after_burn_in, SHALLOW)
    assert not lost.lines + lost.hospitals + lost.owners


@pytest.fixture(scope="module")
def country():
    """One trust on two hospitals two hours apart, and where every arm of it begins."""
    setup = prepare(find_place("lakeland", None), load_parameters(), 300)
    return setup, burn_in(setup, 1)


@pytest.fixture(scope="module", params=["shire", pytest.param("country", marks=pytest.mark.slow)])
def by_deficit(request):
    """Eight free years in which all trusts first lose nothing, 5, 15 or 30% of their income."""
    if request.param == "country":
        setup, state = request.getfixturevalue("country")
    else:
        setup, state = (request.getfixturevalue(name) for name in ("small", "begun"))
    return {lost: Lived(setup, state, cut, LONG) for lost, cut in CUTS.items()}


def test_a_deficit_that_goes_on_is_closed_handed_over_or_paid_for(by_deficit):
    """The larger it is the more of that, and the more public money; without one, nothing."""
    for lost, run in by_deficit.items():
        assert np.allclose(run.margins[0].mean(), -lost, atol=0.05)
    counts = [run.changed() for run in by_deficit.values()]
    paid = [run.paid_by_the_public() for run in by_deficit.values()]
    assert counts[0] == paid[0] == 0 < counts[1]
    assert counts == sorted(counts)
    assert paid == sorted(paid) and len(set(paid)) == len(paid)


def test_every_rescue_is_booked_and_no_deficit_is_paid_twice(by_deficit):
    for run in by_deficit.values():
        state = run.economy.state
        paid_for = {("trust_failure", "rescue"), ("site_fate", "keep")}
        made = [d for d in run.economy.decisions() if (d.rule, d.chosen) in paid_for]
        due = {(d.about.split()[0], d.effect_month) for d in made if d.effect_month < state.month}
        assert len(run.rescued()) == len(due)
        assert all(pounds > 0.0 for pounds in run.rescued())
        owing = state.hospitals.deficits - state.hospitals.made_good
        assert (owing >= 0.0).all()
        assert state.money.ledger.balance.sum() == 0


def test_a_rescue_lets_nobody_forget_a_deficit(by_deficit):
    """Boards look at lines, mergers and hospitals by years of deficit, whoever paid for them."""
    run = by_deficit[0.30]
    hospitals = run.economy.state.hospitals
    longest = hospitals.deficit_years.max()
    assert run.rescued() and longest >= LONG - 1
    assert hospitals.made_good[hospitals.deficit_years == longest].max() > 0.0


def test_no_structural_decision_is_taken_at_a_real_loss(by_deficit):
    """Beyond a hundredth of the sums weighed; noise is a share of those (`noise_of_stakes`)."""
    noise = load_parameters()["minds.noise_of_stakes"]
    decided = [run.decided(*EFFECTS, *HANDED_OVER, "site_fate") for run in by_deficit.values()]
    assert any(decided)
    for one in decided:
        for d in one:
            chance = dict(zip(d.options, d.probabilities, strict=True))[d.chosen]
            assert noise * np.log(max(d.probabilities) / chance) <= 0.01, d


def test_of_hospitals_that_share_people_one_closes_at_a_time():
    """Each is looked at as if the others stayed: six of a city would close for one another."""
    city = prepare(find_place("metropolis", None), load_parameters(), 800)
    run = Lived(city, burn_in(city, 1), DEEP)
    assert run.hospitals
    assert min(np.diff(run.hospitals), default=12) >= 12
