"""What goes in arrives: each effect of a programme on the same people with the same luck."""

import numpy as np
import pytest

from agents.patients.patient_tables import COUNTS
from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy import Enrolment
from model.policies.policy_finding import find_policy
from tests.model.headings import SEED, live_and_check

MONTHS, SIZE = 36, 8_000
LARGE = {
    "enrolment.take_up_share": 0.9, "enrolment.new_need_share": 0.4,
    "enrolment.need_outpatients": 2.9, "enrolment.need_admissions": 0.45,
    "enrolment.need_consultations": 6.0, "enrolment.follow_ups_replaced": 0.4,
    "enrolment.reviews_replaced": 1.0, "enrolment.own_doctor_change": 0.25,
    "enrolment.adherence_gain": 0.15, "enrolment.adherent_admission_ratio": 0.52,
    "enrolment.adherence_causal_share": 0.8, "enrolment.effect_lag_months": 3,
}  # fmt: skip


class Watched(HealthEconomy):
    """An economy that keeps, for every month, its people as they were before it."""

    def patients_live(self):
        self.__dict__.setdefault("seen", []).append(self.state.residents.people.copy())
        super().patients_live()


@pytest.fixture(scope="module")
def large(shire):
    """The place with effects at the ends of their ranges, more of its people simulated."""
    setup = prepare(find_place("anyshire", None), load_parameters().with_values(LARGE), SIZE)
    setup.__dict__["everybody"] = shire.everybody  # the same, whatever is simulated
    return setup


@pytest.fixture(scope="module")
def start(large):
    return burn_in(large, SEED)


@pytest.fixture(scope="module")
def live(large, start):
    """Live a programme with some services; none of them: nobody is enrolled."""

    def lived(*services, **terms):
        preset = find_policy("case_management_risk_score")
        terms = {"capacity_share": 0.25, "services": services} | terms
        rows = (Enrolment(**terms),) if services else ()
        policy = preset.model_copy(update={"enrolment": rows})
        economy = Watched(large, policy, SEED, "inert", state=start.copy())
        economy.expected = []
        for _ in range(MONTHS):
            economy.step()
            flows = economy.flows
            economy.expected.append(
                [flows.planned.sum(), flows.consultations.sum(), flows.spared.sum(),
                 economy.care.emergencies.sum(), economy.care.tests.sum()]
            )  # fmt: skip
        return economy

    return lived


@pytest.fixture(scope="module")
def without(live):
    return live()


def lived(economy, *what):
    """Events of these kinds among the people simulated."""
    counts = sum(month.sum(axis=0) for month in economy.record.by_group)
    return sum(int(counts[COUNTS.index(name)]) for name in what)


def months(economy, least=0):
    """Person-months in the programme, of those who have been in it for `least` months."""
    return sum(
        ((p["programme"] > 0) & (36 + k - p["enrolled_since"].astype(int) >= least)).sum()
        for k, p in enumerate(economy.seen)
    )


def needs(economy):
    """Person-months in which a need that was found is treated."""
    return sum(
        ((p["new_need"] > 0) & (36 + k < p["enrolled_since"].astype(int) + 12)).sum()
        for k, p in enumerate(economy.seen)
    )


def close(found, expected, noise):
    """Whether a difference is what it should be, within three standard errors of counts."""
    return abs(found - expected) < 3.0 * np.sqrt(noise)


def test_needs_that_are_found_are_treated_as_often_as_the_parameters_say(live, without):
    economy = live("case_finding")
    years = needs(economy) / 12
    joined = sum(month.events[0, 0] for month in economy.record.enrolled)
    found = (economy.state.residents.people["new_need"] > 0).sum()
    assert found > 300 and abs(found / joined - 0.4) < 0.06
    for kinds, rate in (
        (("emergencies",), 0.45), (("consultations",), 6.0),
        (("first_outpatients", "follow_ups"), 2.9),
    ):  # fmt: skip
        more = lived(economy, *kinds) - lived(without, *kinds)
        # one referral brings follow-ups with it: counts come in lumps
        assert close(more, rate * years, 4.0 * rate * years), kinds


def test_contacts_are_as_many_as_the_terms_say(live, without):
    economy = live("contacts", contacts_a_year=12)
    years = months(economy) / 12
    more = lived(economy, "community_contacts") - lived(without, "community_contacts")
    assert close(more, 12 * years, 12 * years)
    same = ("emergencies", "consultations", "first_outpatients", "follow_ups", "deaths")
    assert [lived(economy, k) for k in same] == [lived(without, k) for k in same]


def test_contacts_stand_for_follow_ups_and_reviews_one_for_one(live, without):
    economy = live("substitution")
    fewer = lived(without, "follow_ups") - lived(economy, "follow_ups")
    scale = SIZE / economy.setup.list_sizes.sum()
    expected = scale * np.array(economy.expected)[:, 2].sum()
    assert fewer > 500 and abs(fewer / expected - 1.0) < 0.12
    contacts = lived(economy, "community_contacts") - lived(without, "community_contacts")
    assert contacts > 0.9 * fewer  # some of the reviews had community contacts of their own
    assert lived(economy, "first_outpatients") == lived(without, "first_outpatients")


def test_medicines_taken_lower_admissions_after_some_months(live, without):
    economy = live("adherence")
    factor = 1.0 - 0.15 * (1.0 - 0.52**0.8)
    seen, strata = without.seen, without.state.residents.strata
    enrolled = [p["programme"] > 0 for p in economy.seen]
    since = [36 + k - p["enrolled_since"].astype(int) >= 3 for k, p in enumerate(economy.seen)]
    rate = sum(
        strata["emergency_rate"][p["stratum"][who & long]].sum()
        for p, who, long in zip(seen, enrolled, since, strict=True)
    )
    fewer = lived(without, "emergencies") - lived(economy, "emergencies")
    assert fewer > 10 and close(fewer, (1.0 - factor) * rate, (1.0 - factor) * rate)


def test_those_enrolled_see_their_own_doctor_more_often(live, without):
    economy = live("own_doctor")
    ours, theirs = (e.state.residents.people for e in (economy, without))
    same = (ours["entered"] == theirs["entered"]) & (ours["seen_filled"] == 8)
    long = same & (ours["programme"] > 0) & (ours["enrolled_since"] < 48)
    usual = [(p["seen_clinician"][long] == 0).mean() for p in (ours, theirs)]
    base = without.world.practices["personal"][theirs["practice"][long]]
    gain = np.minimum(base + 0.25, 1.0).mean() - base.mean()
    # doctors seen before they joined are still among the last eight of some
    assert 0.6 * gain < usual[0] - usual[1] < 1.1 * gain and long.sum() > 100
    others = same & (ours["enrolled_since"] == 0)
    np.testing.assert_array_equal(ours["seen_clinician"][others], theirs["seen_clinician"][others])


def test_payers_expect_what_is_lived(live, without):
    """At full scale, of all services at once: referrals, consultations, emergencies, tests."""
    economy = live("case_finding", "contacts", "substitution", "adherence")
    scale = SIZE / economy.setup.list_sizes.sum()
    expected = scale * (np.array(economy.expected) - np.array(without.expected)).sum(axis=0)
    for kind, column in (("first_outpatients", 0), ("consultations", 1), ("emergencies", 3)):
        more = lived(economy, kind) - lived(without, kind)
        assert close(more, expected[column], 3.0 * abs(expected[column]) + 30.0), kind
    fewer = lived(without, "follow_ups") - lived(economy, "follow_ups")
    more = lived(economy, "first_outpatients") - lived(without, "first_outpatients")
    ratio = lived(without, "follow_ups") / lived(without, "first_outpatients")
    assert fewer == pytest.approx(expected[2] - more * ratio, abs=0.15 * expected[2])


def test_without_its_effects_a_programme_costs_money_and_changes_nobody(live_policy, shire):
    from dataclasses import replace

    off = shire.parameters.mechanisms()["effects_of_programmes"]
    setup = replace(shire, parameters=shire.parameters.with_values(off))
    setup.__dict__["everybody"] = shire.everybody
    ours = live_policy("case_management_risk_score", 24, mind="inert", setup=setup)
    theirs = live_policy("status_quo", 24, mind="inert", setup=setup)
    assert lived(ours, *COUNTS) == lived(theirs, *COUNTS)
    assert ours.state.residents.people["programme"].any()


def test_every_payment_is_explained_with_follow_ups_replaced(small, begun):
    policy = find_policy("case_management_risk_score:capacity_share=0.3")
    economy = HealthEconomy(small, policy, SEED, state=begun.copy())
    live_and_check(economy, 14)
    assert economy.flows.spared.sum() > 0.0
