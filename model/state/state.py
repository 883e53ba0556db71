"""Everything that changes during a run, and how it starts. A copy of it is a run that can go on."""

import copy
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agents.choice.deciding import Decision
from model.pathway_names import PATHWAYS
from model.state.attribution import Attribution
from model.state.bodies import Bodies
from model.state.books import BudgetBooks, CodingBooks
from model.state.contracts import Contracts
from model.state.enrolment import Enrolments
from model.state.hospitals import Hospitals
from model.state.integrated import IntegratedCare
from model.state.ledger import Ledger
from model.state.practices import Practices
from model.state.provision import Provision, RouteTables
from model.state.social_care import SocialCare

BURN_IN_MONTHS = 36  # of the status quo, before any policy
EMERGENCIES, CHARGES = 13, 28  # column of care beside the pathways; with tests done twice in each


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

    def move_spending(self, practice: int, part: np.ndarray) -> None:
        """Spending on the `part` of each list [practices] that goes over to `practice`."""
        for figure in self.of_lists():
            gone = figure * part.reshape((-1,) + (1,) * (figure.ndim - 1))
            figure -= gone
            figure[practice] += gone.sum(axis=0)


@dataclass
class Residents:
    """People simulated one by one, and what can be expected of all who live in the place."""

    people: np.ndarray  # PERSON, one row a patient
    strata: np.ndarray  # STRATUM
    anchor_base: np.ndarray
    anchor_total: np.ndarray
    structure: Structure = field(default_factory=lambda: Structure(*[np.zeros(0)] * 3))
    enrolment: Enrolments = field(default_factory=Enrolments)


@dataclass
class Referrals:
    """Where practices refer, and the routes by which their patients go."""

    routes: RouteTables
    default: np.ndarray  # int8 [practices, 13], candidate where a practice refers most
    usual: np.ndarray  # uint8 [practices, candidates, 13], 1 = one of those where it refers
    shares: np.ndarray  # [practices, candidates, 13]
    complex_shares: np.ndarray  # the same for patients with several conditions
    choice_options: int = 0  # of how many hospitals patients may choose; 0 is any
    routes_stale: bool = True


@dataclass
class Yearbooks:
    """What was done and paid for, this year and last."""

    year: Yearbook
    last_year: Yearbook


@dataclass
class Money:
    """Accounts, allocations of commissioners, and the level of prices."""

    ledger: Ledger
    attribution: Attribution
    closed_balance: np.ndarray  # pence of every body when the last year closed
    price_level: float = 1.0  # hospital prices as a ratio to those of the start
    ruled_level: float = 1.0  # of it what the rule of prices says (`tariff.PRICE_CHANGE`)
    other_spend: np.ndarray = field(default_factory=lambda: np.zeros(0))
    allocation: np.ndarray = field(default_factory=lambda: np.zeros(0))
    target_allocation: np.ndarray = field(default_factory=lambda: np.zeros(0))
    funded_people: np.ndarray = field(default_factory=lambda: np.zeros(0))  # [commissioners]


@dataclass
class Docket:
    """What was decided, and what still is to take effect."""

    decisions: list[Decision] = field(default_factory=list)
    scheduled_effects: list[tuple[int, str, tuple[Any, ...]]] = field(
        default_factory=list
    )  # month, change, details


@dataclass(slots=True)  # a name of no slice is an error also where it is set
class State:
    """All that changes, in slices by institution."""

    month: int
    residents: Residents
    bodies: Bodies
    provision: Provision
    referrals: Referrals
    hospitals: Hospitals
    practices: Practices
    contracts: Contracts
    money: Money
    coding: CodingBooks
    social_care: SocialCare
    yearbooks: Yearbooks
    integrated: IntegratedCare = field(default_factory=IntegratedCare)
    budgets: BudgetBooks = field(default_factory=BudgetBooks)
    docket: Docket = field(default_factory=Docket)

    def copy(self) -> "State":
        """A state that can go its own way; it shares decisions and entries, which never change."""
        shared = {id(one): one for one in (*self.docket.decisions, *self.money.ledger.posted)}
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
