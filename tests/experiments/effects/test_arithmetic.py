"""What is called arithmetic follows from the terms: it moves with every decision as it was."""

import pytest
from forced_options import at_once

from experiments.effects.compare import how_it_arises
from model.outcomes.scoreboard import HEADLINES, OUTCOMES, scoreboard
from model.policies.policy import Policy
from model.policies.policy_finding import find_policy

YEARS = 2


def of_terms(**tables):
    """A policy that has nothing but these tables."""
    return Policy(title="-", help="-", source="-", **tables)


def with_rules(**values):
    """A policy that sets these rules of the group hospital_payment.tariff."""
    return of_terms(rules=[{"set": {f"hospital_payment.tariff.{n}": v for n, v in values.items()}}])


def with_charge():
    """A policy under which councils pay 500 pounds for a delayed day."""
    return of_terms(rules=[{"set": {"social_care.councils.delay_charge_pence": 50_000}}])


def with_service(*services):
    """A policy that enrols one in five and does this for them."""
    return of_terms(enrolment=[{"capacity_share": 0.2, "services": services}])


CALENDAR = {"set_by": "calendar"}
TARIFF = "rules:hospital_payment.tariff."
WITH = {
    "pathway_contracts": ("carveout_msk", "status_quo"),
    "pathway_contracts.single_point_of_access": (
        "carveout_msk", "carveout_msk:single_point_of_access=false",
    ),
    "population_contracts": ("population_ico", "status_quo"),
    "population_contracts.shared_records": (
        "population_ico", "population_ico:shared_records=false",
    ),
    "mergers": ("merger_only", "status_quo"),
    "joint_teams": ("teams_only", "status_quo"),
    "case_management": ("evercare", "status_quo"),
    "enrolment": ("case_management_risk_score", "status_quo"),
    **{
        f"enrolment.services={name}": (with_service(name), with_service())
        for name in ("case_finding", "contacts", "substitution", "own_doctor", "adherence")
    },
    "budgets": ("fundholding", "status_quo"),
    "pathway_contracts.choice=closed": ("carveout_msk:choice=closed", "carveout_msk"),
    "population_contracts.choice=closed": ("population_ico:choice=closed", "population_ico"),
    "population_contracts.choice=network": ("population_ico:choice=network", "population_ico"),
    "mergers.kinds=acute": (of_terms(mergers=[{"kinds": ["acute"]}]), "status_quo"),
    "pooled_budgets.nhs_pence_per_head": ("pooled_budget", "pooled_budget:nhs_pence_per_head=0"),
    "pooled_budgets.bed_day_share": ("pooled_budget", "pooled_budget:bed_day_share=0"),
    "rules:competition.choice": ("choice_none", "status_quo"),
    "rules:social_care.councils.delay_charge_pence": (with_charge(), "status_quo"),
    "rules:hospital_payment.market_forces": ("market_forces_none", "status_quo"),
    f"{TARIFF}covers_electives": (with_rules(covers_electives=False), "status_quo"),
    f"{TARIFF}covers_emergencies": (with_rules(covers_emergencies=False), "status_quo"),
    f"{TARIFF}outcome_linked_share": ("quality_goals_tenth", "status_quo"),
    f"{TARIFF}price_change": (with_rules(price_change=0.05), "status_quo"),
    f"{TARIFF}set_by=calendar": (with_rules(**CALENDAR), "status_quo"),
    f"{TARIFF}efficiency": (with_rules(**CALENDAR, efficiency=0.08), with_rules(**CALENDAR)),
    f"{TARIFF}net_change": (with_rules(**CALENDAR, net_change=-0.05), with_rules(**CALENDAR)),
}  # fmt: skip
MARGINAL_RATE = (
    "rules:hospital_payment.emergency_marginal_rate"  # tests of payment show that it moves
)


@pytest.fixture(scope="module")
def outcomes_of(live_policy, status_quo):
    """Outcomes of the last year of a policy, with the decisions of the status quo replayed."""
    known = {}

    def of(policy):
        key = str(policy)
        if key not in known:
            begun = at_once(policy) if isinstance(policy, str) else policy
            economy = live_policy(begun, 12 * YEARS, forced=status_quo.decided())
            known[key] = scoreboard(
                economy.setup.place,
                economy.setup.list_sizes,
                economy.state,
                economy.record,
                YEARS,
                YEARS,
            )
        return known[key]

    return of


@pytest.mark.parametrize(
    "outcome, term",
    [(o.name, t) for o in OUTCOMES.values() for t in o.follows_from if t != MARGINAL_RATE],
)
def test_an_outcome_moves_with_each_term_that_it_is_said_to_follow_from(outcome, term, outcomes_of):
    policy, without = WITH[term]
    assert outcomes_of(policy)[outcome] != outcomes_of(without)[outcome]


CHOICE = {"hhi", "few_alternatives"}
MONEY = {"trust_surplus", "commissioner_spend"}


@pytest.mark.parametrize(
    "policy, arithmetic",
    [
        ("choice_none", CHOICE | {"hhi_holding"}),
        ("tariff_cut", MONEY),
        ("tariff_by_year", MONEY),  # names the whole group
        ("tariff_by_regulator", set()),  # who sets prices decides on them
        ("emergencies_full_tariff", MONEY),
        ("mergers_unreviewed", set()),  # who merges is decided
        ("qof_none", set()),
    ],
)
def test_rules_and_prices_are_terms_of_a_policy_too(policy, arithmetic):
    found = {n for n in HEADLINES if OUTCOMES[n].is_arithmetic(find_policy(policy))}
    assert found == arithmetic


def test_closed_choice_leaves_fewer_alternatives_by_definition():
    for contract in ("carveout_msk", "population_ico"):
        few, closed = OUTCOMES["few_alternatives"], find_policy(f"{contract}:choice=closed")
        assert few.is_arithmetic(closed) and not few.is_arithmetic(find_policy(contract))


def test_a_regime_follows_from_what_its_measures_follow_from():
    assert how_it_arises("regime.local_monopoly", find_policy("choice_none")) == "arithmetic"
    assert how_it_arises("regime.local_monopoly", find_policy("tariff_cut")) == "emergent"
