"""What is called arithmetic follows from the terms: it moves with every decision as it was."""

import pytest

from model.outcomes.scoreboard import OUTCOMES, scoreboard

YEARS = 4
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
    "budgets": ("fundholding", "status_quo"),
}  # fmt: skip


@pytest.fixture(scope="module")
def outcomes_of(live_policy, status_quo):
    """Outcomes of the last year of a policy, with the decisions of the status quo replayed."""
    known = {}

    def of(policy):
        if policy not in known:
            economy = live_policy(policy, 12 * YEARS, forced=status_quo.decided())
            known[policy] = scoreboard(economy, YEARS, YEARS)
        return known[policy]

    return of


@pytest.mark.parametrize(
    "outcome, term", [(o.name, term) for o in OUTCOMES.values() for term in o.follows_from]
)
def test_an_outcome_moves_with_each_term_that_it_is_said_to_follow_from(outcome, term, outcomes_of):
    policy, without = WITH[term]
    assert outcomes_of(policy)[outcome] != outcomes_of(without)[outcome]
