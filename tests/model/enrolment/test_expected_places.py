"""Whom payers expect to be enrolled is who is enrolled among the people simulated."""

import numpy as np
import pytest

from agents.patients.patient_tables import STRATA
from model.enrolment.expected_places import chance_of_admissions, covered_people
from model.policies.policy import Enrolment
from model.policies.policy_finding import find_policy

# Of adults: those who stand for the place's people grow no older, and who is enrolled as a small
# child soon is none.
ADULT = {"youngest": 18}
TERMS = {
    "risk_score": {"capacity_share": 0.05},
    "judgement": {"capacity_share": 0.05, "picked_by": "judgement", "practice_share": 0.6},
    "admissions": {
        "capacity_share": 0.02, "past_admissions": 1, "discharged_after_quiet_year": True,
    },
}  # fmt: skip
MONTHS = 42


@pytest.fixture(scope="module", params=list(TERMS))
def programme(request, live_policy):
    """An economy after three years and a half of one of the programmes."""
    preset = find_policy("case_management_risk_score")
    policy = preset.model_copy(update={"enrolment": (Enrolment(**ADULT, **TERMS[request.param]),)})
    return live_policy(policy, MONTHS, mind="inert")


def simulated(economy):
    """Simulated people of the programme's practices, and of them those enrolled [STRATA, 2]."""
    people, one = economy.state.residents.people, economy.state.residents.enrolment.programmes[0]
    rows = people[one.practices[people["practice"]]]
    stratum = rows["stratum"].astype(int)
    count = [np.bincount(s, minlength=STRATA) for s in (stratum, stratum[rows["programme"] > 0])]
    return np.stack(count, axis=1)


def test_places_are_as_many_as_people_can_be_found_for(programme):
    people, here = simulated(programme).sum(axis=0)[::-1]
    one = programme.state.residents.enrolment.programmes[0]
    whole = covered_people(programme.state, one)
    share = (whole @ one.share) / whole.sum()
    assert share <= one.terms.capacity_share * (1.0 + 1e-9)
    assert abs(people / here - share) < 1.5 / here + 3.0 * np.sqrt(share / here)


@pytest.mark.parametrize("group", ["age", "conditions", "deprivation"])
def test_the_same_kinds_of_people_are_enrolled(programme, group):
    one = programme.state.residents.enrolment.programmes[0]
    here, people = simulated(programme).T
    stratum = np.arange(STRATA)
    label = {"age": stratum // 25, "conditions": stratum % 25 // 5, "deprivation": stratum % 5}
    expected = here * one.share
    for k in np.unique(label[group]):
        mine = label[group] == k
        assert abs(people[mine].sum() - expected[mine].sum()) < 3.0 * np.sqrt(
            expected[mine].sum() + 1.0
        ), (group, k)


def test_they_have_been_in_it_for_as_long(programme):
    one, people = (
        programme.state.residents.enrolment.programmes[0],
        programme.state.residents.people,
    )
    weight = simulated(programme)[:, 0]
    since = people["enrolled_since"][people["programme"] > 0]
    long = (programme.state.month - 1 - since.astype(int) >= 12).mean()
    expected = (one.by_months @ weight)[12] / (one.share @ weight)
    assert abs(long - expected) < 3.0 * np.sqrt(expected * (1.0 - expected) / since.size)


def test_chances_of_admissions_are_those_of_counts():
    rate, least = np.array([0.1, 1.0]), 2
    np.testing.assert_allclose(
        chance_of_admissions(rate, least), 1.0 - np.exp(-rate) * (1.0 + rate)
    )
    assert (chance_of_admissions(rate, 0) == 1.0).all()
