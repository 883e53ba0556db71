"""Everything that changes during a run, and how it starts. A copy of it is a run that can go on."""

import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agents.choice.deciding import Decision
from agents.choice.learning import Belief
from model.pathway_names import PATHWAYS
from model.policies.policy import PathwayContract, PopulationContract
from model.state.attribution import Attribution
from model.state.bodies import Bodies
from model.state.budget_books import BudgetBooks
from model.state.buyers import Buyers
from model.state.coding_books import CodingBooks
from model.state.ledger import Ledger
from model.state.practice_books import PracticeBooks
from model.state.provision import Provision, RouteTables
from model.state.social_care import SocialCare
from model.state.workforce import Workforce

BURN_IN_MONTHS = 36  # of the status quo, before any policy
EMERGENCIES, CHARGES = 13, 28  # column of care beside the pathways; with tests done twice in each
QUALITY_STEP = 0.25  # standard deviations


@dataclass
class Lines:
    """Planned service lines of every site [sites, 13]: operations a month and pounds."""

    open: np.ndarray  # bool
    pull: np.ndarray  # factor on the odds of being chosen, less than 1 if it was shut once
    capacity: np.ndarray  # operations a month
    backlog: np.ndarray  # operations waited for
    years_of_loss: np.ndarray
    unit_cost: np.ndarray  # pence for a pound of tariff income at the start, over 100
    base_income: np.ndarray  # pence a month at the start, planned
    base_emergency: np.ndarray  # pence a month at the start, emergencies
    urgent_fixed: np.ndarray  # of it what fixed cost is carried for
    urgent_semi: np.ndarray  # and what semi-fixed cost is carried for
    fixed_kept: np.ndarray  # share of the fixed cost still carried (1 unless closed for years)
    semi_kept: np.ndarray  # share of the semi-fixed cost still carried
    stay: np.ndarray  # length of stays, 1 at the start
    overnight: np.ndarray  # share of operations that stay overnight, 1 at the start
    only_simple: np.ndarray  # bool, whether patients with several conditions are refused
    case_mix: np.ndarray  # cost of this month's patients relative to those of a usual mix


@dataclass
class MarketForces:
    """How dear the places of sites are [sites], against their mean; 1 until books are opened."""

    index: np.ndarray  # factor as it is published
    cost: np.ndarray  # unavoidable cost
    paid: np.ndarray  # what the tariff is multiplied by under the rules in force


@dataclass
class QualityStart:
    """Where every trust's quality began, and what a step was worth in money [trusts]."""

    steps: np.ndarray
    net: np.ndarray  # pounds a year, less what it cost
    drawn: np.ndarray  # of it, income for patients drawn


@dataclass
class Structure:
    """What can be expected of a list, whoever of its patients is simulated."""

    need: np.ndarray  # of one patient in a month [practices, NEEDS]
    strata: np.ndarray  # share of its patients by stratum [practices, STRATA]
    keys: np.ndarray  # uint64 [sites x 13], of the noise


@dataclass
class Yearbook:
    """Sums over a year of what organisations look at when they plan (pence, full scale)."""

    line_income: np.ndarray  # [sites, 13], planned
    line_avoidable: np.ndarray  # [sites, 13], what closing the line would save in two years
    line_cost: np.ndarray  # [sites, 13], with its share of fixed cost
    arrivals: np.ndarray  # [sites, 13], operations asked for
    admissions: np.ndarray  # [sites, 13], emergencies
    planned_spend: np.ndarray  # [practices, 13]
    clinic_spend: np.ndarray  # [practices, 13], of it for referrals without operation
    emergency_spend: np.ndarray  # [practices], as it is paid
    emergency_value: np.ndarray  # [practices], at full tariff, without market forces
    test_spend: np.ndarray  # [practices, 13 and emergencies], on tests done twice
    emergency_paid: np.ndarray  # [sites], as it is paid
    emergency_cost: np.ndarray  # [sites]

    def of_lists(self) -> tuple[np.ndarray, ...]:
        """What is counted by list, and moves with it."""
        return (
            self.planned_spend, self.clinic_spend, self.emergency_spend, self.emergency_value,
            self.test_spend,
        )  # fmt: skip

    def move_spending(self, g: int, part: np.ndarray) -> None:
        """Spending on the `part` of each list [practices] that goes over to practice `g`."""
        for figure in self.of_lists():
            gone = figure * part.reshape((-1,) + (1,) * (figure.ndim - 1))
            figure -= gone
            figure[g] += gone.sum(axis=0)


@dataclass
class Prime:
    """A contract for planned care of a pathway, and who holds it."""

    commissioner: int
    pathway: int
    holder: int  # body
    monthly_pence: int
    start_month: int
    end_month: int
    terms: PathwayContract
    transition_pence: int = 0  # paid by the commissioner to hand the pathway over


@dataclass
class Service:
    """A service that is to keep an integrated organisation's patients out of hospital."""

    believed: float  # share of emergency spend that it avoids at full skill
    how: str = "do_without"  # or make, or buy
    skill: float = 0.0  # of the organisation's own team, 0 to 1


@dataclass
class Beliefs:
    """What each practice expects an organisation to have left, as a share of its capitation."""

    mean: np.ndarray  # [practices]
    spread: np.ndarray  # how unsure it is, standard deviation [practices]

    def of(self, g: int) -> Belief:
        """What practice `g` expects."""
        return Belief(float(self.mean[g]), float(self.spread[g]))

    def update(self, g: int, seen: float, noise: float) -> None:
        """What practice `g` expects after a report with an error of this standard deviation."""
        belief = self.of(g).after(seen, noise)
        self.mean[g], self.spread[g] = belief.mean, belief.spread


@dataclass(frozen=True)
class YearResult:
    """A whole year of an integrated organisation, before its result was shared."""

    month: int  # in which the year closed
    share: float  # of the capitation received that was left, its own costs paid; or, negative, lost
    spread: float  # of it by luck, standard deviation
    members: np.ndarray  # bool [practices], of that year


@dataclass
class Integrated:
    """An integrated organisation: its body, what it has decided, and how it fares."""

    body: int
    code: str
    commissioner: int
    network: int
    slot: int
    terms: PopulationContract
    invited: np.ndarray  # bool [practices]
    capitation_pence: np.ndarray  # a month [practices, CHARGES]
    beliefs: Beliefs  # of the practices
    leaders_belief: Belief  # in the same
    effect: float  # believed, of case management on emergency spending
    founded_month: int
    lead: str  # practices, community, acute or outside
    leader: int  # body, or NOBODY where the practices lead themselves
    hospital: int  # body of the acute trust it works with
    reserve_pence: np.ndarray  # int64 [practices], put up for each member's list
    standing: dict[str, float] = field(default_factory=dict)  # factors on bargaining power
    clinics: str = "buy_all"
    clinic_skill: float = 0.0  # share of them that is held there by now
    coverage: str = "nobody"
    apparent_effect: float = 0.0  # of case management, by a comparison without controls
    services: dict[str, Service] = field(default_factory=dict)
    steering: str = "refer_freely"  # what members are asked for, of `steering.STRENGTH`
    ability: float = 1.0  # effect of its services relative to the mean organisation's
    opening_balance: int = 0
    received_pence: int = 0  # of capitation since the last settlement
    results: list[YearResult] = field(default_factory=list)
    ended_month: int = -1
    end: str = ""  # surrendered, insolvent or no_members

    @property
    def parties(self) -> tuple[PopulationContract, str, dict[str, float]]:
        """Who shares its results, and with what power, as `gain_sharing` asks for it."""
        return self.terms, self.lead, self.standing


@dataclass
class State:
    """All that changes."""

    month: int
    people: np.ndarray  # PERSON, one row a patient
    anchor_base: np.ndarray
    anchor_total: np.ndarray
    strata: np.ndarray  # STRATUM
    bodies: Bodies
    provision: Provision
    routes: RouteTables
    lines: Lines
    market_forces: MarketForces
    emergency_open: np.ndarray  # uint8 [sites], 1 = has a major emergency department
    closed_sites: np.ndarray  # bool [sites], which no longer treat anybody
    quality: np.ndarray  # [trusts], steps
    quality_start: QualityStart
    effort: list[str]  # of every practice
    more_exceptions: np.ndarray  # bool [practices], except more patients than care needs
    outside_planned: (
        np.ndarray
    )  # [sites, 13], patients from outside a month, by the site used first
    outside_emergency: np.ndarray  # [sites, 13]
    attribution: Attribution
    ledger: Ledger
    default: np.ndarray  # int8 [practices, 13], candidate where a practice refers most
    usual: np.ndarray  # uint8 [practices, candidates, 13], 1 = one of those where it refers
    shares: np.ndarray  # [practices, candidates, 13]
    complex_shares: np.ndarray  # the same for patients with several conditions
    owned_trust: np.ndarray  # int32 [practices], trust that owns the practice or NOBODY
    managed_share: np.ndarray  # of patients with a commissioner's case manager [practices]
    steering: list[str]  # what each trust asks of the practices that it runs
    salaries: np.ndarray  # pence a year of all doctors of a practice that a trust owns [practices]
    practice_books: PracticeBooks
    workforce: Workforce
    closed_lists: np.ndarray  # bool [practices], take no new patients
    access: np.ndarray  # int8 [practices], steps of hours and appointments beyond the usual
    lists: np.ndarray  # int64 [practices], registered patients at full scale
    pair_practice: np.ndarray  # int32 [pairs of practice and area], who looks after them now
    pair_patients: np.ndarray  # float64 [pairs], at full scale
    deficit_years: np.ndarray  # of every trust in a row [trusts]
    deficits: np.ndarray  # pence that it lost in them, what comes once apart [trusts]
    results: np.ndarray  # pence that recurred of last year's result; nought if owned [trusts]
    failures: np.ndarray  # years in which the regulator saw it fail, since it last broke even
    saved_share: np.ndarray  # of cost, since the start [trusts]
    closed_balance: np.ndarray  # pence of every body when the last year closed
    buyers: Buyers
    coding: CodingBooks
    lean_years: np.ndarray  # [practices], years in a row in which partners earned too little
    social_care: SocialCare
    year: Yearbook
    last_year: Yearbook
    primes: list[Prime] = field(default_factory=list)
    organisations: list[Integrated] = field(default_factory=list)
    price_level: float = 1.0  # hospital prices as a ratio to those of the start
    ruled_level: float = 1.0  # of it what the rule of prices says (`tariff.PRICE_CHANGE`)
    choice_options: int = 0  # of how many hospitals patients may choose; 0 is any
    former_organisations: list[Integrated] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    agenda: list[tuple[int, str, tuple[Any, ...]]] = field(
        default_factory=list
    )  # month, change, details
    other_spend: np.ndarray = field(default_factory=lambda: np.zeros(0))
    allocation: np.ndarray = field(default_factory=lambda: np.zeros(0))
    target_allocation: np.ndarray = field(default_factory=lambda: np.zeros(0))
    funded_people: np.ndarray = field(default_factory=lambda: np.zeros(0))  # [commissioners]
    routes_stale: bool = True
    #: When community teams changed hands: month, by whose decision, of which commissioner.
    team_moves: list[tuple[int, str, str]] = field(default_factory=list)
    #: Bodies between which work changed hands without a loss of ties, as they have one owner:
    #: by commissioner and pathway, before and after.
    spared_ties: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    budgets: BudgetBooks = field(default_factory=BudgetBooks)
    structure: Structure = field(default_factory=lambda: Structure(*[np.zeros(0)] * 3))

    def trust_owner(self) -> np.ndarray:
        """The body that owns each trust [trusts]."""
        owner: np.ndarray = self.bodies.owner[self.provision.slot_body[: self.quality.size]]
        return owner

    def site_quality(self) -> np.ndarray:
        """Quality of each site's trust in standard deviations [sites]."""
        quality: np.ndarray = QUALITY_STEP * self.quality[self.provision.site_slot]
        return quality

    def site_owner(self) -> np.ndarray:
        """The body that owns each site [sites]."""
        owner: np.ndarray = self.bodies.owner[self.provision.slot_body[self.provision.site_slot]]
        return owner

    def copy(self) -> "State":
        """A state that can go its own way; it shares decisions and entries, which never change."""
        shared = {id(one): one for one in (*self.decisions, *self.ledger.posted)}
        return copy.deepcopy(self, shared)


def empty_yearbook(practices: int, sites: int) -> Yearbook:
    """A year of nothing."""
    at_site, of_practice = (sites, len(PATHWAYS)), (practices, len(PATHWAYS))
    return Yearbook(
        line_income=np.zeros(at_site),
        line_avoidable=np.zeros(at_site),
        line_cost=np.zeros(at_site),
        arrivals=np.zeros(at_site),
        admissions=np.zeros(at_site),
        planned_spend=np.zeros(of_practice),
        clinic_spend=np.zeros(of_practice),
        emergency_spend=np.zeros(practices),
        emergency_value=np.zeros(practices),
        test_spend=np.zeros((practices, len(PATHWAYS) + 1)),
        emergency_paid=np.zeros(sites),
        emergency_cost=np.zeros(sites),
    )
