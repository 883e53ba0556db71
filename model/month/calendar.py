"""A run's calendar: what the policy begins, and what takes effect.

Whatever takes time stands in the agenda (`state.agenda`): month, change, details. Changes are the
only way in which decisions reach the world.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from agents.organisations.commissioner import SPLIT
from model.budgets.budgets import end_budgets, give_up_budget, take_budget
from model.budgets.federations import federate
from model.budgets.payments import pay_saving, settle_budgets
from model.care.links import take_part
from model.commissioners.contract_review import measure_contracts, review_contracts, terminate_prime
from model.commissioners.own_services import take_on_services
from model.commissioners.tendering import end_prime, offer_pathways, start_prime
from model.hospitals.acceptance import change_acceptance
from model.hospitals.bed_days import change_day_cases, change_stay
from model.hospitals.capacity import change_capacity
from model.hospitals.closures import close_site
from model.hospitals.quality import change_quality
from model.hospitals.service_lines import (
    close_line,
    fixed_after,
    left_after_a_year,
    open_line,
)
from model.hospitals.steering import change_steering
from model.integrated.case_management import begin_case_management
from model.integrated.membership import join, leave
from model.integrated.organisations import (
    change_clinics,
    change_coverage,
    change_service,
    found_organisations,
)
from model.integrated.results import close_organisations_year, surrender
from model.mergers.administration import administer, hand_over_site
from model.mergers.provider_split import leave_provision, plan_split
from model.mergers.site_closings import boards_look_again
from model.mergers.takeovers import take_over_practice
from model.mergers.trust_failures import rescue
from model.mergers.trust_mergers import keep_results, merge_trusts, save
from model.month.opening import balance_budgets
from model.payments.allocation import approach_targets, follow_lists
from model.payments.coding import change_audit, change_coding
from model.payments.tariff import SET_BY, begin_price_year, follow_rules, move_prices
from model.policies.policy import JointTeams, Merger, rules_in_force
from model.practice_decisions.access import change_access
from model.practice_decisions.closures_and_mergers import close_practice, merge_practices
from model.practice_decisions.lists import change_list
from model.practice_decisions.openings import open_practice
from model.practices.list_moves import lists_follow_moves
from model.social_care.councils import change_social_care, start_pool, start_pools
from model.state.provision import COMMUNITY, add_network
from model.state.state import BURN_IN_MONTHS, empty_yearbook

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def keep_calendar(economy: "HealthEconomy") -> None:
    """What the policy begins this month, and what the agenda holds for it."""
    policy, now = economy.policy, economy.policy_month
    if economy.state.month % 12 == 0 and economy.state.month > 0:
        close_year(economy)
    set_by = economy.rules.get(SET_BY, "")
    if now >= 0 and any((now - change.start_month) % 12 == 0 for change in policy.rules):
        economy.rules = rules_in_force(economy.setup.place.year, policy, now)
        follow_rules(economy)
    if economy.state.month % 12 == 0:
        begin_price_year(economy, set_by)
    for table, begin in BEGINNINGS.items():
        for terms in getattr(policy, table):
            months = now - terms.start_month
            if months == 0 or (table in EVERY_YEAR and months > 0 and months % 12 == 0):
                begin(economy, terms)
    for provided in policy.commissioner_provides:
        if provided.end_month is not None and now == provided.end_month - SPLIT.lag_months:
            plan_split(economy)
    end_budgets(economy)
    review_contracts(economy)
    boards_look_again(economy)
    take_effect(economy)


def close_year(economy: "HealthEconomy") -> None:
    """The year's figures become last year's; organisations settle their results."""
    state = economy.state
    state.yearbooks.last_year = state.yearbooks.year
    state.yearbooks.year = empty_yearbook(
        len(state.practices.effort), len(state.hospitals.lines.open)
    )
    close_organisations_year(economy)
    keep_results(economy)
    settle_budgets(economy)
    approach_targets(economy)
    measure_contracts(economy)
    lists_follow_moves(economy)  # after all that is settled by the lists of the year
    follow_lists(economy)
    if state.month == BURN_IN_MONTHS:
        balance_budgets(economy.setup, state)
    _forget_standing_cost(economy)


def _forget_standing_cost(economy: "HealthEconomy") -> None:
    """Closed lines shed semi-fixed cost, and slowly fixed cost, year by year."""
    lines, shut, value = (
        economy.state.hospitals.lines,
        economy.state.hospitals.closed_sites,
        economy.setup.parameters,
    )
    semi, fixed = left_after_a_year(value)
    left = fixed_after(value, lines.fixed_kept, ~shut[:, None])
    lines.semi_kept = np.where(lines.open, lines.semi_kept, semi * lines.semi_kept)
    lines.fixed_kept = np.where(lines.open, lines.fixed_kept, left)
    lines.urgent_semi[shut] *= semi
    lines.urgent_fixed[shut] *= fixed


def take_effect(economy: "HealthEconomy") -> None:
    """Carry out what the agenda holds for this month, in the order in which it was decided."""
    state = economy.state
    due = [entry for entry in state.docket.agenda if entry[0] <= state.month]
    state.docket.agenda = [entry for entry in state.docket.agenda if entry[0] > state.month]
    for _, change, details in due:
        CHANGES[change](economy, *details)
    for prime in [p for p in state.contracts.primes if p.end_month == state.month]:
        end_prime(economy, prime)


def change_effort(economy: "HealthEconomy", g: int, effort: str) -> None:
    """A practice's new effort."""
    economy.state.practices.effort[g] = effort


def change_exceptions(economy: "HealthEconomy", g: int, more: bool) -> None:
    """Whether a practice excepts more patients than care needs."""
    economy.state.practices.more_exceptions[g] = more


def merge_bodies(economy: "HealthEconomy", merger: Merger) -> None:
    """The largest acute trust takes over all bodies of the kinds named; teams stay."""
    state = economy.state
    largest = largest_acute(economy)
    for body in state.bodies.of_kind(*merger.kinds):
        if body != largest:
            state.bodies.merge(body, largest)
    state.referrals.routes_stale = True


def largest_acute(economy: "HealthEconomy") -> int:
    """The acute trust with the most beds."""
    trusts = economy.setup.place.trusts
    acute = trusts[trusts["kind"] == "acute"].sort_values(
        ["beds", "trust"], ascending=[False, True]
    )
    return economy.state.bodies.number[acute["trust"].iloc[0]]


def join_teams(economy: "HealthEconomy", joint: JointTeams) -> None:
    """Practices and bodies of the kinds named share a record and work in joint teams.

    Ties are those of the homes of teams: a body's that has taken teams over lie elsewhere. With
    `community` named, whoever runs community services is among them, a mental health trust, say.
    """
    state, provision = economy.state, economy.state.provision
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
BEGINNINGS: dict[str, Callable[..., None]] = {
    "commissioner_provides": take_on_services,
    "mergers": merge_bodies,
    "joint_teams": join_teams,
    "pathway_contracts": offer_pathways,
    "population_contracts": found_organisations,
    "pooled_budgets": start_pools,
    "case_management": begin_case_management,
}
EVERY_YEAR = ("pathway_contracts",)  # they are offered, or thought of, again each year

CHANGES: dict[str, Callable[..., None]] = {
    "effort": change_effort,
    "exceptions": change_exceptions,
    "access": change_access,
    "quality": change_quality,
    "capacity": change_capacity,
    "length_of_stay": change_stay,
    "day_cases": change_day_cases,
    "acceptance": change_acceptance,
    "close_line": close_line,
    "open_line": open_line,
    "close_site": close_site,
    "start_prime": start_prime,
    "leave_provision": leave_provision,
    "terminate_prime": terminate_prime,
    "coding": change_coding,
    "audit": change_audit,
    "join": join,
    "leave": leave,
    "steering": change_steering,
    "clinics": change_clinics,
    "coverage": change_coverage,
    "service": change_service,
    "surrender": surrender,
    "patient_list": change_list,
    "close_practice": close_practice,
    "open_practice": open_practice,
    "merge_practices": merge_practices,
    "merge_trusts": merge_trusts,
    "rescue": rescue,
    "administer": administer,
    "hand_over_site": hand_over_site,
    "savings": save,
    "tariff": move_prices,
    "take_over_practice": take_over_practice,
    "take_budget": take_budget,
    "give_up_budget": give_up_budget,
    "federate": federate,
    "pay_saving": pay_saving,
    "social_care_capacity": change_social_care,
    "start_pool": start_pool,
}
