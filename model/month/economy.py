"""The health economy of a place: a Mesa model whose month reads as a table of contents."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol

import mesa

from agents.choice.deciding import MINDS, Decision
from agents.patients.patient import Patient
from agents.patients.patient_tables import Tally, World
from model.budgets import budgets, federations, payments
from model.care import links
from model.care.attraction import ANY_HOSPITAL, CHOICE
from model.care.expected_care import Care, expected_care
from model.care.expected_programmes import programme_rows
from model.care.flows import Flows, month_flows, structure_of
from model.care.kernel import empty_tally, live
from model.commissioners import contract_payments, own_services
from model.deciding.minds import Forced, create_minds
from model.enrolment import programmes
from model.hospitals import acceptance, bed_days, quality, service_lines, steering
from model.input.errors import InputError
from model.integrated import case_management, plans, redesign
from model.mergers import site_closings, takeovers, trust_failures, trust_mergers
from model.month import calendar
from model.month.initial_state import first_state, settle_people
from model.month.monthly_tables import set_monthly_tables
from model.month.opening import open_books, set_anchor
from model.month.tables import first_world
from model.outcomes.record import Record
from model.outcomes.scoreboard import OUTCOMES, scoreboard
from model.payments import coding, money, quality_goals, tariff
from model.payments.hospital_payment import Bills, Payers, payment_in_force
from model.payments.in_force import InForce
from model.payments.planned_care import away_share
from model.policies.policy import Policy, rules_in_force
from model.practice_decisions import (
    access_decisions,
    effort_decisions,
    futures,
    list_closing,
    openings,
)
from model.social_care import councils, discharges
from model.state.setup import Setup
from model.state.state import BURN_IN_MONTHS, State

ANCHOR_MONTHS = (12, 24)  # of the burn-in, in which the total of crises is measured and anchored


class Diary(Protocol):
    """What follows people through the months (`stories.life.Diary`)."""

    def write(self, economy: "HealthEconomy") -> None:
        """Write the month that is about to be lived."""


class HealthEconomy(mesa.Model):
    """A place living under a policy.

    Months count from the start of the burn-in, in which the status quo holds; the policy begins
    after it. `forced` maps (agent code, rule, month) to the option that must be taken if it is
    there. A `state` is where to go on from, such as a copy of the end of a burn-in; it is taken
    over as it is. With `collect`, Mesa's data collector keeps every
    outcome of every year under the policy.
    """

    care: Care  # what lists can expect of the month that is lived
    flows: Flows  # of the same month
    payers: Payers  # of the month
    bills: Bills  # of the month, of hospitals
    _priced: tuple[float, money.Prices] | None = None
    scores: dict[str, float]  # of the last year, if they are collected

    def __init__(
        self,
        setup: Setup,
        policy: Policy,
        seed: int = 0,
        mind: str = "reasoned",
        forced: Forced | None = None,
        threads: int = 1,
        state: State | None = None,
        collect: bool = False,
    ):
        super().__init__(rng=int(seed))
        if mind not in MINDS:
            raise InputError("no such mind", key="minds", value=mind, allowed=MINDS)
        self.setup, self.policy, self.seed = setup, policy, int(seed)
        self.state = state if state is not None else self._first_state()
        self.rules = rules_in_force(setup.place.year, policy, self.policy_month)
        self.payment = payment_in_force(self.rules)
        self.world: World = first_world(setup, self.state)
        self.tallies = self._tallies(threads)
        self.tally: Tally = self.tallies[0]
        self.record = Record(setup)
        self.minds = create_minds(self, setup.parameters, self.state, MINDS[mind], self.seed)
        self.minds.forced = dict(forced or {})
        self.diary: Diary | None = None  # of people who are followed
        self.datacollector = collector() if collect else None
        if state is None:
            effort_decisions.settle_efforts(self.minds, self.setup, self.state, self.in_force)

    def _first_state(self) -> State:
        state = first_state(self.setup, self.seed)
        settle_people(state.residents, first_world(self.setup, state), self.seed)
        state.residents.structure = structure_of(self.setup)
        open_books(
            self.setup,
            state,
            money.prices_of(self.setup.parameters, self.setup.activity),
            self.seed,
        )
        return state

    def _tallies(self, threads: int) -> list[Tally]:
        place = self.setup.place
        size = (len(place.areas), len(place.practices), len(place.sites))
        return [empty_tally(*size) for _ in range(threads)]

    @property
    def policy_month(self) -> int:
        """Months since the policy could begin; negative in the burn-in."""
        return self.state.month - BURN_IN_MONTHS

    def step(self) -> None:
        """One month."""
        calendar.keep_calendar(self)
        self.payment = payment_in_force(self.rules)
        self.state.referrals.choice_options = self.choice_options
        self.organisations_decide()
        self.rearrange()
        programmes.programmes_enrol(self.setup, self.state, self.seed)
        self.patients_live()
        self.hospitals_treat()
        discharges.discharge_patients(self.setup, self.state, self.in_force, self.seed, self.flows)
        self.money_moves()
        links.links_change(self.setup.parameters, self.setup.losses, self.state)
        redesign.services_learn(self.setup.parameters, self.state.month, self.state.integrated)
        self.record.keep_month(self.state, self.tally, self.flows, self.world)
        self.state.month += 1
        self._collect()

    def organisations_decide(self) -> None:
        """Take every decision that is due this month."""
        minds, setup, state, policy = self.minds, self.setup, self.state, self.policy
        in_force = self.in_force
        rules = self.rules
        world = self.world
        seed = self.seed
        month = self.policy_month
        budgets.practices_consider_budgets(minds, setup, state, rules, policy, month)
        federations.practices_consider_federations(minds, setup, state, rules, policy, month)
        effort_decisions.practices_set_effort(minds, setup, state, in_force)
        quality.trusts_set_quality(minds, setup, state, in_force, world)
        service_lines.trusts_plan_lines(minds, setup, state, in_force, world)
        plans.organisations_plan(minds, setup, state, in_force, seed)
        futures.practices_consider_future(minds, setup, state, rules, seed)
        list_closing.practices_consider_lists(minds, setup, state, rules)
        access_decisions.practices_consider_access(minds, setup, state, rules)
        openings.commissioners_consider_openings(minds, setup, state, rules)
        trust_mergers.trusts_plan_savings(minds, setup.place, state)
        site_closings.trusts_consider_closings(minds, setup, state, in_force, world)
        trust_mergers.trusts_consider_mergers(minds, setup, state, in_force, world)
        trust_failures.regulator_answers_failures(minds, setup, state, in_force, world)
        takeovers.trusts_consider_takeovers(minds, setup, state, in_force, world)
        tariff.regulator_sets_tariff(minds, setup, state, rules)
        bed_days.trusts_plan_stays(minds, setup, state, in_force, world)
        acceptance.independents_choose_patients(minds, setup, state, in_force, world)
        steering.decide_on_steering(minds, setup, state, in_force, world)
        coding.decide_on_coding(minds, setup, state, in_force)
        councils.councils_decide(minds, setup, state, in_force)
        councils.regulator_directs_councils(minds, setup, state, rules)

    def _collect(self) -> None:
        if self.datacollector is not None and self.policy_month > 0 and self.policy_month % 12 == 0:
            year = self.policy_month // 12
            self.scores = scoreboard(
                self.setup.place, self.setup.list_sizes, self.state, self.record, year, year
            )
            self.datacollector.collect(self)

    def rearrange(self) -> None:
        """Bring the tables that patients meet up to date; anew if practices have come or gone."""
        if self.state.practices.lists_moved:
            self.world = first_world(self.setup, self.state)
            self.state.practices.lists_moved = False
        rows = programme_rows(self.setup.parameters, self.state.residents.enrolment)
        self.world = self.world._replace(programmes=rows)
        set_monthly_tables(self.setup, self.state, self.world, self.choice_options)

    @property
    def prices(self) -> money.Prices:
        """Prices of hospital care at the level of the month."""
        level = self.state.money.price_level
        if self._priced is None or self._priced[0] != level:
            self._priced = level, money.prices_of(self.setup.parameters, self.setup.activity, level)
        return self._priced[1]

    @property
    def in_force(self) -> InForce:
        """Policy, rules and prices of the month."""
        return InForce(self.policy, self.policy_month, self.rules, self.payment, self.prices)

    @property
    def choice_options(self) -> int:
        """Of how many hospitals patients may choose under the rules in force."""
        return int(self.rules.get(CHOICE, ANY_HOSPITAL))

    def patients_live(self) -> None:
        """A month of every patient."""
        state = self.state
        if self.diary is not None:
            self.diary.write(self)
        self.tally = live(state.residents.people, self.world, self.tallies, self.seed, state.month)

    def _measure_anchor(self) -> None:
        state = self.state
        first, last = ANCHOR_MONTHS
        if first <= state.month < last:
            state.residents.anchor_base += self.care.anchor_base
            state.residents.anchor_total += self.care.anchor_total
        if state.month == last - 1:
            set_anchor(state.residents, state.yearbooks)

    def hospitals_treat(self) -> None:
        """Full-scale flows, as organisations see them, and queues; what is owed for them."""
        setup, state, prices = self.setup, self.state, self.prices
        self.care = expected_care(setup, state, self.world)
        self._measure_anchor()
        away = away_share(self.state.provision, self.world)
        self.flows = month_flows(
            setup, state, self.world, self.seed, self.care.emergencies, away, self.care.programmes
        )
        state.hospitals.lines.case_mix = acceptance.case_mix(
            setup, state.provision, state.referrals, state.hospitals, self.flows
        )
        self.payers = contract_payments.payers(self.state)
        self.bills = money.hospital_bills(
            setup.geography, state, self.flows, prices, self.payers, self.payment
        )
        money.keep_yearbook(setup, state.hospitals, state.yearbooks, self.flows, prices, self.bills)
        money.keep_spending(
            setup.geography,
            setup.activity,
            state.hospitals,
            state.yearbooks,
            self.flows,
            prices,
            self.payers,
            self.bills,
        )

    def money_moves(self) -> None:
        """Every payment of the month."""
        setup, state, flows = self.setup, self.state, self.flows
        money.pay_allocations(state)
        contract_payments.pay_contract_holders(self.minds, self.state)
        self.paid = money.pay_hospitals(state, self.payers, self.bills)
        money.pay_costs(setup, state, flows, self.prices)
        money.pay_blocks(setup, state)
        discharges.pay_social_care(self.setup, self.state, self.rules)
        money.pay_practices(setup.place, setup.parameters, state, self.rules)
        takeovers.pay_owned_practices(self.setup.parameters, self.state)
        money.pay_duplicates(state, self.care.tests, self.prices.diagnostic, self.payers)
        contract_payments.pay_programmes(
            self.minds, self.setup, self.state, self.prices, self.seed, self.flows, self.payers
        )
        case_management.pay_case_managers(self.minds, self.setup.parameters, self.state)
        programmes.pay_programmes(self.minds, self.setup.parameters, self.state)
        payments.pay_allowances(self.minds, self.setup.parameters, self.state)
        coding.pay_for_coding(
            self.minds, self.setup.parameters, self.state, self.in_force, self.payers, self.paid
        )
        quality_goals.pay_for_goals(self.setup, self.state, self.rules, self.payers, self.paid)
        own_services.pass_on_results(self.minds, self.state)

    def run(self, months: int) -> "HealthEconomy":
        """Live `months` months."""
        for _ in range(months):
            self.step()
        return self

    def register_patients(self) -> None:
        """Make every patient a resident Mesa agent over its row, so that all of Mesa works.

        About 2 microseconds and 0.4 kB each; batch runs leave it out.
        """
        for row in range(self.state.residents.people.size):
            Patient(self, self.state.residents.people, row)

    def decisions(self) -> Sequence[Decision]:
        """Every decision so far, in order."""
        return self.state.docket.decisions

    def decided(self) -> Forced:
        """Every decision since the policy could begin, in the form that another run can replay."""
        return {
            (d.agent, f"{d.rule} {d.about}" if d.about else d.rule, d.month): d.chosen
            for d in self.state.docket.decisions
            if d.month >= BURN_IN_MONTHS
        }


def collector() -> mesa.DataCollector:
    """Mesa's collector of every outcome of the scoreboard."""
    return mesa.DataCollector({name: partial(_score, name) for name in OUTCOMES})


def _score(name: str, economy: HealthEconomy) -> float:
    return economy.scores[name]


def burn_in(
    setup: Setup,
    seed: int,
    threads: int = 1,
    after_month: Callable[[], object] = lambda: None,
    before_first: Callable[[], object] = lambda: None,
) -> State:
    """The state after three years of the status quo: where every arm of one seed begins.

    `after_month` is called after each of its months, `before_first` once everybody is there.
    `threads`: of one month's patients.
    """
    months = burning_in(setup, seed, threads)
    economy = next(months)
    before_first()
    for _ in months:
        after_month()
    return economy.state


def burning_in(setup: Setup, seed: int, threads: int = 1) -> Iterator[HealthEconomy]:
    """Yield the economy of a burn-in once everybody is there, and again after each of its months.

    `threads`: of one month's patients.
    """
    from model.policies.policy_finding import find_policy

    economy = HealthEconomy(setup, find_policy("status_quo"), seed, threads=threads)
    yield economy
    for _ in range(BURN_IN_MONTHS):
        economy.step()
        yield economy
