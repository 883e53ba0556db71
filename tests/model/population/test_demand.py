"""Rates of use add up to what is published, by age, conditions, deprivation and in all."""

import numpy as np
import pytest

from agents.patients.patient_tables import STRATA
from model.parameters import load_parameters
from model.population.demand import (
    BAND_STARTS,
    BANDS,
    activity_of,
    first_strata,
    reference_population,
)
from model.population.pathways import PATHWAYS


@pytest.fixture(scope="module")
def numbers():
    return load_parameters()


@pytest.fixture(scope="module")
def rates(numbers):
    return activity_of(numbers)


@pytest.fixture(scope="module")
def england(numbers):
    return reference_population(numbers)


def stratum(people):
    return (people.band * 5 + people.conditions) * 5 + people.deprivation_quintile - 1


def yearly_emergencies(rates):
    return 12 * rates.emergency_rate.reshape(7, 5, 5)


def test_consultations_have_the_published_mean(numbers, rates, england):
    each = 12 * (rates.consult_rest[england.band] + england.bits @ rates.consult_need)
    wanted = numbers["demand.consultations_per_person_year"]
    assert each.mean() == pytest.approx(wanted, rel=0.01)
    assert (rates.consult_rest > 0).all()


def test_first_outpatients_have_the_published_total(numbers, rates, england):
    need = england.bits @ rates.planned_need.sum(axis=1)
    each = 12_000 * (need + rates.planned_rest.sum(axis=1)[england.band])
    assert each.mean() == pytest.approx(numbers["demand.first_outpatients_per_1000"], rel=0.01)
    assert (rates.planned_need >= 0).all() and (rates.planned_rest >= 0).all()


def test_emergencies_have_the_published_total_and_profile_by_age(numbers, rates, england):
    each = 12_000 * rates.emergency_rate[stratum(england)]
    assert each.mean() == pytest.approx(numbers["demand.emergencies_per_1000"], rel=1e-3)
    profile = np.array([numbers["demand.emergencies_per_1000_by_age"][band] for band in BANDS])
    by_band = np.array([each[england.band == b].mean() for b in range(7)])
    ratio = by_band / profile
    assert ratio.max() / ratio.min() == pytest.approx(1.0, abs=0.01)


def test_odds_of_an_emergency_are_the_published_ones_at_equal_age_and_deprivation(numbers, rates):
    chance = 1 - np.exp(-yearly_emergencies(rates))
    odds = chance / (1 - chance)
    wanted = np.array(numbers["demand.emergency_odds_by_condition_count"])
    np.testing.assert_allclose(odds / odds[:, :1], np.broadcast_to(wanted[:, None], odds.shape))
    most_to_least = odds[:, :, 4] / odds[:, :, 0]
    np.testing.assert_allclose(most_to_least, numbers["demand.emergency_deprivation_ratio"])


def test_preventable_emergencies_have_the_published_share_and_gradient(numbers, rates, england):
    rate, share = rates.emergency_rate, rates.preventable_share
    rows = stratum(england)
    mean = (rate * share)[rows].sum() / rate[rows].sum()
    assert mean == pytest.approx(numbers["demand.preventable_share"], rel=1e-3)
    assert (share > 0).all() and (share < 1).all()
    table = share.reshape(7, 5, 5)
    assert (np.diff(table, axis=1) > 0).all()


def test_attendances_and_admissions_together_are_the_published_total(numbers, rates, england):
    each = 12_000 * (rates.ae_rate + rates.emergency_rate)[stratum(england)]
    assert each.mean() == pytest.approx(numbers["demand.ae_attendances_per_1000"], rel=0.01)


def test_planned_admissions_and_day_cases_have_the_published_totals(numbers, rates, england):
    need = 12 * (england.bits @ rates.planned_need + rates.planned_rest[england.band])
    once = need.mean(axis=0) * rates.operation_share
    admissions = 1000 * (once * (1 + rates.repeat_operations)).sum()
    assert admissions == pytest.approx(numbers["demand.elective_admissions_per_1000"], rel=0.02)
    stays = 1000 * (once * (1 - rates.day_case_share)).sum()
    assert 1 - stays / admissions == pytest.approx(numbers["demand.day_case_share"], abs=0.02)


def test_shares_and_rates_are_possible(rates):
    for share in (rates.operation_share, rates.day_case_share, rates.preventable_share):
        assert (share >= 0).all() and (share <= 1).all()
    for rate in (rates.consult_need, rates.crisis_need, rates.crisis_rest, rates.repeat_operations):
        assert np.isfinite(rate).all() and (rate >= 0).all()
    assert ((rates.yearly_pathway >= 0) & (rates.yearly_pathway < len(PATHWAYS))).all()
    assert rates.emergency_rate.max() < 0.5 and rates.ae_rate.max() < 0.5


def test_every_band_has_care_of_other_causes(rates):
    assert (rates.crisis_rest[:, PATHWAYS.index("urgent")] > 0).all()
    assert (rates.planned_rest[:, PATHWAYS.index("other_planned")] > 0).all()
    young = BAND_STARTS < 65
    assert not rates.crisis_rest[young, PATHWAYS.index("frailty")].any()


def test_the_reference_population_looks_like_england(england):
    assert 0.14 < (england.age >= 65).mean() < 0.20
    assert np.bincount(england.deprivation_quintile, minlength=6)[1:] == pytest.approx(
        12_000, rel=0.05
    )
    poorest, richest = (
        england.bits[england.deprivation_quintile == f].sum(axis=1).mean() for f in (5, 1)
    )
    assert poorest > richest


def test_rates_are_worked_out_once_for_each_set_of_values(numbers, rates):
    assert activity_of(load_parameters()) is rates
    other = activity_of(numbers.with_values({"choice.voluntary_switch_per_year": 0.02}))
    assert other is not rates and other.register_rate == pytest.approx(0.02 / 12)


def test_strata_begin_without_an_anchor(rates):
    rows = first_strata(rates)
    assert rows.shape == (STRATA,) and (rows["anchor"] == 1.0).all()
    np.testing.assert_array_equal(rows["emergency_rate"], rates.emergency_rate)
