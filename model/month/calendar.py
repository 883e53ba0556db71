"""A run's calendar: what the policy begins, and what takes effect.

Whatever takes time stands in the agenda (`state.agenda`): month, change, details. Changes are the
only way in which decisions reach the world.
"""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from agents.organisations.commissioner import SPLIT
from agents.patients.patient_tables import World
from model.budgets.budgets import end_budgets
from model.budgets.payments import settle_budgets
from model.care.links import take_part
from model.commissioners.contract_review import measure_contracts, review_contracts
from model.commissioners.delivery import end_prime
from model.commissioners.own_services import take_on_services
from model.commissioners.tendering import offer_pathways
from model.deciding.effects import EFFECTS
from model.deciding.minds import Minds
from model.enrolment.programmes import begin_programme
from model.hospitals.standing_costs import fixed_after, left_after_a_year
from model.integrated import membership  # noqa: F401 (for the effects that it declares)
from model.integrated.case_management import begin_case_management
from model.integrated.organisations import (
    found_organisations,
)
from model.integrated.results import close_organisations_year
from model.mergers.provider_split import plan_split
from model.mergers.site_closings import boards_look_again
from model.mergers.trust_mergers import keep_results
from model.month.opening import balance_budgets
from model.parameters import Parameters
from model.payments.allocation import approach_targets, follow_lists
from model.payments.hospital_payment import HospitalPayment
from model.payments.in_force import InForce
from model.payments.tariff import SET_BY, begin_price_year, follow_rules
from model.places.place import Place
from model.policies.policy import JointTeams, Merger, Policy, rules_in_force
from model.practice_decisions import closures_and_mergers  # noqa: F401 (as well)
from model.practices.list_moves import lists_follow_moves
from model.social_care.councils import start_pools
from model.state.bodies import Bodies
from model.state.hospitals import Hospitals
from model.state.provision import COMMUNITY, add_network
from model.state.setup import Setup
from model.state.state import BURN_IN_MONTHS, Referrals, State, empty_yearbook


class Economy(Protocol):
    """What a calendar moves: a place that lives under a policy (`month.economy.HealthEconomy`)."""

    setup: Setup
    state: State
    minds: Minds
    policy: Policy
    rules: dict[str, Any]
    payment: HospitalPayment
    world: World
    seed: int

    @property
    def in_force(self) -> InForce:
        """Return the rules and prices of the month."""

    @property
    def policy_month(self) -> int:
        """Return the months since the policy could begin."""


def keep_calendar(economy: Economy) -> None:
    """What the policy begins this month, and what the agenda holds for it."""
    policy, now = economy.policy, economy.policy_month
    if economy.state.month % 12 == 0 and economy.state.month > 0:
        close_year(economy.minds, economy.setup, economy.state, economy.in_force, economy.seed)
    set_by = economy.rules.get(SET_BY, "")
    if now >= 0 and any((now - change.start_month) % 12 == 0 for change in policy.rules):
        economy.rules = rules_in_force(economy.setup.place.year, policy, now)
        follow_rules(economy.setup, economy.state, economy.rules, economy.payment)
    if economy.state.month % 12 == 0:
        begin_price_year(economy.setup, economy.state, economy.in_force, set_by)
    for table, begin in POLICY_STARTS.items():
        for terms in getattr(policy, table):
            months = now - terms.start_month
            if months == 0 or (table in EVERY_YEAR and months > 0 and months % 12 == 0):
                begin(economy, terms)
    for provided in policy.commissioner_provides:
        lag = SPLIT.of(economy.setup.parameters).lag_months
        if provided.end_month is not None and now == provided.end_month - lag:
            plan_split(economy.minds, economy.setup, economy.state)
    end_budgets(economy.state.month, economy.state.budgets, policy, now)
    review_contracts(economy.minds, economy.setup, economy.state, economy.in_force, economy.seed)
    boards_look_again(economy.minds, economy.setup, economy.state, economy.in_force, economy.world)
    take_effect(economy)


def close_year(minds: Minds, setup: Setup, state: State, in_force: InForce, seed: int) -> None:
    """The year's figures become last year's; organisations settle their results."""
    state.yearbooks.last_year = state.yearbooks.year
    state.yearbooks.year = empty_yearbook(
        len(state.practices.effort), len(state.hospitals.lines.open)
    )
    close_organisations_year(minds, setup, state)
    keep_results(minds, setup.place, state)
    settle_budgets(minds, setup.parameters, state, seed)
    approach_targets(setup.parameters, state.money)
    measure_contracts(minds, setup, state, in_force, seed)
    lists_follow_moves(setup, state)  # after all that is settled by the lists of the year
    follow_lists(state)
    if state.month == BURN_IN_MONTHS:
        balance_budgets(setup.parameters, state)
    _forget_standing_cost(setup.parameters, state.hospitals)


def _forget_standing_cost(value: Parameters, hospitals: Hospitals) -> None:
    """Closed lines shed semi-fixed cost, and slowly fixed cost, year by year."""
    lines, shut = hospitals.lines, hospitals.closed_sites
    semi, fixed = left_after_a_year(value)
    left = fixed_after(value, lines.fixed_kept, ~shut[:, None])
    lines.semi_kept = np.where(lines.open, lines.semi_kept, semi * lines.semi_kept)
    lines.fixed_kept = np.where(lines.open, lines.fixed_kept, left)
    lines.urgent_semi[shut] *= semi
    lines.urgent_fixed[shut] *= fixed


def take_effect(economy: Economy) -> None:
    """Carry out what the agenda holds for this month, in the order in which it was decided."""
    state = economy.state
    due = [entry for entry in state.docket.scheduled_effects if entry[0] <= state.month]
    state.docket.scheduled_effects = [
        entry for entry in state.docket.scheduled_effects if entry[0] > state.month
    ]
    for _, change, details in due:
        EFFECTS[change].apply(economy, details)
    for prime in [p for p in state.contracts.primes if p.end_month == state.month]:
        end_prime(economy.setup.parameters, economy.setup.losses, state, prime)


def merge_bodies(place: Place, bodies: Bodies, referrals: Referrals, merger: Merger) -> None:
    """The largest acute trust takes over all bodies of the kinds named; teams stay.

    `merger`: which kinds.
    """
    largest = largest_acute(place, bodies)
    for body in bodies.of_kind(*merger.kinds):
        if body != largest:
            bodies.merge(body, largest)
    referrals.routes_stale = True


def largest_acute(place: Place, bodies: Bodies) -> int:
    """The acute trust with the most beds."""
    trusts = place.trusts
    acute = trusts[trusts["kind"] == "acute"].sort_values(
        ["beds", "trust"], ascending=[False, True]
    )
    return bodies.number[acute["trust"].iloc[0]]


def join_teams(state: State, joint: JointTeams) -> None:
    """Practices and bodies of the kinds named share a record and work in joint teams.

    Ties are those of the homes of teams: a body's that has taken teams over lie elsewhere. With
    `community` named, whoever runs community services is among them, a mental health trust, say.
    """
    provision = state.provision
    n = add_network(provision, len(state.bodies))
    bodies = state.bodies.of_kind(*joint.kinds)
    homes = provision.slot_home[np.isin(provision.slot_body, bodies)]
    if "community" in joint.kinds:
        serving = provision.setting_slot[COMMUNITY]
        homes = np.union1d(homes, provision.slot_home[np.unique(serving)])
    members = [*bodies, *homes, *provision.practice_body]
    take_part(
        provision, n, members if joint.shared_records else (), members if joint.joint_teams else ()
    )
    state.referrals.routes_stale = True


#: What begins in the month that its table of the policy says, in this order within a month.
POLICY_STARTS: dict[str, Callable[..., None]] = {
    "commissioner_provides": lambda economy, *details: take_on_services(
        economy.minds, economy.setup.place, economy.setup.parameters, economy.state, *details
    ),
    "mergers": lambda economy, *details: merge_bodies(
        economy.setup.place, economy.state.bodies, economy.state.referrals, *details
    ),
    "joint_teams": lambda economy, *details: join_teams(economy.state, *details),
    "pathway_contracts": lambda economy, *details: offer_pathways(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world, *details
    ),
    "population_contracts": lambda economy, *details: found_organisations(
        economy.minds, economy.setup, economy.state, economy.seed, *details
    ),
    "pooled_budgets": lambda economy, *details: start_pools(
        economy.minds, economy.state.social_care, *details
    ),
    "case_management": lambda economy, *details: begin_case_management(
        economy.minds, economy.state.provision, economy.state.practices, economy.seed, *details
    ),
    "enrolment": lambda economy, *details: begin_programme(
        economy.minds, economy.setup, economy.state, economy.seed, *details
    ),
}
EVERY_YEAR = ("pathway_contracts",)  # they are offered, or thought of, again each year
