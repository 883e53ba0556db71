"""Estimators of published studies, on counts whose answers are known."""

import math

import numpy as np
import pytest

from agents.patients.patient_tables import COUNTS, PERSON_MONTHS
from experiments.runs.measured import Measured
from experiments.validation import estimators, rates
from experiments.validation.estimators import ESTIMATORS

YEARS, PRACTICES = 3, 4


def run(events=(), invited=(), changed=None, scores=None, lists=None, **more):
    """A run of 4 practices with 1,200 person-months a year each; `events` sets counts.

    events: (name, table [years, practices]) pairs, which all fall to people of the first group.
    """
    practices = np.zeros((YEARS, PRACTICES, len(COUNTS)), dtype=np.int64)
    practices[..., PERSON_MONTHS] = 1_200
    for name, table in events:
        practices[..., COUNTS.index(name)] = np.broadcast_to(table, (YEARS, PRACTICES))
    groups = np.zeros((YEARS, 50, len(COUNTS)), dtype=np.int64)
    groups[:, 0] = practices.sum(axis=1)
    reached = np.isin(np.arange(PRACTICES), invited)
    fields = {
        "absorbed": np.zeros(YEARS + 1), "acute": 4, "hhi": np.ones(1), "people": np.ones(1),
        "radius_hhi": np.ones(1), "flows": np.ones(1),
        "scores": scores or [{} for _ in range(YEARS)],
        "lists": np.full((YEARS + 1, PRACTICES), 5_000) if lists is None else np.array(lists),
    }  # fmt: skip
    about = {"practices": practices, "groups": groups, "invited": reached, "changed": changed or {}}
    return Measured(**{**about, **fields, **more})


def test_a_relative_change_is_that_of_rates_a_person():
    arms = {"a": run([("emergencies", 90)]), "b": run([("emergencies", 100)])}
    with_ = {"of": "a", "against": "b", "events": "emergencies", "years": (1, 3)}
    assert estimators.relative_change(arms, **with_) == pytest.approx(-10.0)
    assert math.isnan(estimators.relative_change(arms, **with_, people="old"))  # nobody is old


def test_difference_in_differences_takes_out_what_all_practices_share():
    """Invited practices fall by a fifth beside others; everybody's rate doubles in year 3."""
    policy = np.array([[100] * 4, [100] * 4, [160, 160, 200, 200]])
    nothing = np.array([[100] * 4, [100] * 4, [200] * 4])
    arms = {
        "pilot": run([("first_outpatients", policy)], invited=(0, 1)),
        "none": run([("first_outpatients", nothing)]),
    }
    with_ = {"of": "pilot", "against": "none", "events": "outpatients", "who": "invited"}
    found = estimators.practices_apart(arms, **with_, before=(1, 1), after=(3, 3))
    assert found == pytest.approx(-20.0)


def test_chance_differences_between_groups_cancel():
    uneven = np.array([50, 70, 100, 120])
    arms = {
        "pilot": run([("first_outpatients", uneven)], invited=(0, 1)),
        "none": run([("first_outpatients", uneven)]),
    }
    with_ = {"of": "pilot", "against": "none", "events": "outpatients", "who": "invited"}
    assert estimators.practices_apart(arms, **with_, after=(3, 3)) == pytest.approx(0.0)


def test_takers_are_those_who_chose_what_only_one_arm_offers():
    took = np.array([True, False, False, False])
    effort = {"effort": np.array([False, True, True, True])}
    arms = {
        "funds": run([("day_cases", [95, 100, 100, 100])], changed={"hold_fund": took, **effort}),
        "abolished": run([("day_cases", 100)], changed=effort),
    }
    with_ = {"of": "abolished", "against": "funds", "events": "electives", "who": "takers"}
    found = estimators.practices_apart(arms, **with_, after=(1, 3))
    assert found == pytest.approx(100.0 * (100 / 95 - 1))


def test_where_every_practice_takes_part_the_other_arm_is_the_comparator():
    everyone = {"hold_fund": np.ones(4, dtype=bool)}
    arms = {
        "funds": run([("day_cases", 80)], changed=everyone),
        "abolished": run([("day_cases", 100)]),
    }
    with_ = {"of": "abolished", "against": "funds", "events": "electives", "who": "takers"}
    assert estimators.practices_apart(arms, **with_, after=(1, 3)) == pytest.approx(25.0)


def test_without_a_taker_nothing_is_known():
    arms = {"a": run([("day_cases", 80)]), "b": run([("day_cases", 100)])}
    with_ = {"of": "a", "against": "b", "events": "electives", "who": "takers"}
    assert math.isnan(estimators.practices_apart(arms, **with_, after=(1, 3)))


def test_incentivised_events_are_put_beside_the_others():
    """Both fall by 10% in general; the incentivised ones by 3% more."""
    off = run([("emergencies", 1_000), ("preventable_emergencies", 200)])
    on = run([("emergencies", 72 + 102 + 720), ("preventable_emergencies", 174)])
    with_ = {"of": "on", "against": "off", "events": "preventable", "others": "other_emergencies"}
    found = estimators.events_apart({"on": on, "off": off}, **with_, years=(1, 1))
    assert found == pytest.approx(100.0 * (174 / 720 / (200 / 800) - 1))


def test_growth_is_put_beside_growth():
    policy = run([("emergencies", np.array([[100], [105], [108]]))])
    neither = run([("emergencies", np.array([[100], [110], [120]]))])
    arms = {"p": policy, "n": neither}
    with_ = {"of": "p", "against": "n", "events": "emergencies", "first": 1, "last": 3}
    assert estimators.growth_apart(arms, **with_) == pytest.approx(-12.0)
    # 5 points by year 2 and 7 more in year 3: most of it came last.
    assert estimators.late_growth(arms, **with_) == pytest.approx(-2.0)


def test_continuity_is_scaled_to_the_step_of_the_study():
    """The index rose by 0.1 and admissions fell by 3% where it rose: 0.2 is twice that."""
    low, high = ([{"usual_provider_index_62_82": i}] * 3 for i in (0.6, 0.7))
    arms = {
        "base": run([("preventable_emergencies", 10_000)], scores=low),
        "all": run([("preventable_emergencies", 9_700)], scores=high),
        "half": run([("preventable_emergencies", [10_100, 9_797, 10_100, 9_797])], scores=low),
    }
    more = {"base": "base", "events": "preventable", "years": (1, 3), "step": 0.2}
    assert estimators.continuity_everywhere(arms, all="all", **more) == pytest.approx(-5.91)
    found = estimators.continuity_between(arms, half="half", all="all", **more)
    assert found == pytest.approx(-5.91)


def test_shares_and_scores():
    scores = [{"hospital_spend": pounds} for pounds in (100.0, 90.0, 110.0)]
    a = run([("bypasses", 30), ("first_outpatients", 100)], scores=scores)
    b = run([("bypasses", 20), ("first_outpatients", 100)], scores=[{"hospital_spend": 80.0}] * 3)
    arms, span = {"a": a, "b": b}, {"years": (2, 3)}
    kinds = {"events": "bypasses", "out_of": "first_outpatients"}
    assert estimators.share(arms, "a", **kinds, **span) == pytest.approx(30.0)
    assert estimators.share_apart(arms, "a", "b", **kinds, **span) == pytest.approx(10.0)
    assert estimators.share_change(arms, "a", "b", **kinds, **span) == pytest.approx(50.0)
    assert estimators.score_apart(arms, "a", "b", "hospital_spend", (2, 3)) == pytest.approx(20.0)
    assert estimators.score_change(arms, "a", "b", "hospital_spend", (2, 3)) == pytest.approx(25.0)


def test_concentration_is_a_geometric_mean_by_people():
    arms = {"a": run(hhi=np.array([0.25, 1.0, np.nan]), people=np.array([1.0, 1.0, 5.0]))}
    assert estimators.predicted_flow_hhi(arms, "a") == pytest.approx(0.5)
    arms = {"a": run(radius_hhi=np.array([0.25, 1.0]), flows=np.array([300.0, 0.0]))}
    assert estimators.radius_hhi(arms, "a") == pytest.approx(0.25)


BESIDE_ITSELF = {
    "relative_change": {"events": "emergencies", "years": (1, 3)},
    "practices_apart": {"events": "electives", "after": (2, 3), "who": "invited"},
    "events_apart": {"events": "preventable", "others": "other_emergencies", "years": (1, 3)},
    "growth_apart": {"events": "emergencies", "first": 1, "last": 3},
    "late_growth": {"events": "emergencies", "first": 1, "last": 3},
    "share_apart": {"events": "day_cases", "out_of": "electives", "years": (1, 3)},
    "share_change": {"events": "day_cases", "out_of": "electives", "years": (1, 3)},
}


@pytest.mark.parametrize("name", BESIDE_ITSELF)
def test_an_arm_beside_itself_shows_nothing(name):
    events = [("emergencies", 50), ("preventable_emergencies", 9), ("day_cases", 40)]
    one = run(events, invited=(0,))
    found = ESTIMATORS[name]({"a": one, "b": one}, of="a", against="b", **BESIDE_ITSELF[name])
    assert found == pytest.approx(0.0)


def test_rates_count_what_happens_to_organisations():
    lists = [[4_000, 6_000, 0, 5_000], [4_000, 11_000, 0, 0], [4_000, 11_000, 2_000, 0]]
    here = run(lists=lists, absorbed=np.array([0, 1, 1]), acute=4)
    assert rates.practice_exits(here) == pytest.approx(100.0 * 1 / 5)
    assert rates.practice_openings(here) == pytest.approx(100.0 * 1 / 5)
    assert rates.trust_mergers(here) == pytest.approx(100.0 * 1 / (4 + 3))
    growth = (17_000 / 3 / 5_000) ** 0.5 - 1
    assert rates.list_growth(here) == pytest.approx(100.0 * growth)


def test_a_rate_is_put_beside_the_era_of_the_place():
    still = [run() for _ in range(2)]
    rows = {row["rate"]: row for row in rates.rate_rows(still, 2014, "reasoned")}
    assert rows["trust_mergers"]["era"] == "2010-2015" and rows["trust_mergers"]["estimate"] == 0
    assert not rows["trust_mergers"]["pass"]
    eras = rates.published_rates()["trust_mergers"]["eras"]
    assert rates.era_of(eras, 2004)["value"] == 0.5
    assert rates.era_of(eras, 1990)["from"] == 1997 and rates.era_of(eras, 2030)["to"] == 2015
