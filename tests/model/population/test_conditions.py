"""Prevalence, odds ratios and mortality of the tables, and the registers of practices."""

import numpy as np
import pytest
from published import expected_prevalence
from scipy.stats import multivariate_normal, norm

from agents.patients.health import CONDITIONS
from model.input.errors import InputError
from model.parameters import Parameters, load_parameters
from model.population.conditions import (
    both_above,
    deprivation_shifts,
    health_tables,
    prevalence_at,
    register_shifts,
    shifted_mortality,
    tetrachoric,
)
from model.population.demography import age_density, band_sums, england_density, life_table

PARAMETERS = load_parameters()
HAZARD = life_table(PARAMETERS)
TABLES = health_tables(PARAMETERS)
ENGLAND = england_density(PARAMETERS, HAZARD)[None]
EVEN = np.full((1, 5), 0.2)
ALL_AGE = [13.5, 3.3, 0.8, 1.7, 4.8, 1.8, 6.0, 2.0, 10.1, 8.3, 0.8, 0.6, 3.4]


def test_bivariate_normal_agrees_with_scipy():
    for h, k, r in [(0.2, 1.4, 0.5), (2.0, 2.5, 0.7), (-0.3, 1.0, -0.4)]:
        here = both_above(norm.sf([h]), norm.sf([k]), np.array([r]))[0]
        there = multivariate_normal([0, 0], [[1, r], [r, 1]]).cdf([-h, -k])
        assert here == pytest.approx(there, abs=1e-6)


def test_tetrachoric_gives_back_the_odds_ratio():
    first, second = np.array([[0.43]]), np.array([[0.11]])
    both = both_above(first, second, tetrachoric(np.array([2.5]), first, second))[0, 0]
    assert both * (1 - 0.54 + both) / ((0.43 - both) * (0.11 - both)) == pytest.approx(2.5)


def test_correlations_are_positive_definite():
    matrix = TABLES.cholesky @ TABLES.cholesky.T
    np.testing.assert_allclose(np.diag(matrix), 1.0)
    assert np.linalg.eigvalsh(matrix).min() > 0.4


def test_prevalence_of_the_living_is_the_published_one_in_every_band():
    starts = PARAMETERS["demography.age_band_starts"]
    people = ENGLAND[0].sum(axis=1)
    by_age = prevalence_at(ENGLAND, EVEN, TABLES)[0]
    found = 100 * band_sums((by_age * people[:, None]).T, starts) / band_sums(people, starts)
    published = np.array([PARAMETERS["prevalence.by_age"][c] for c in CONDITIONS])
    np.testing.assert_allclose(found, published, rtol=0.04, atol=0.003)


def test_all_age_prevalence_is_the_register_of_england():
    found = 100 * expected_prevalence(ENGLAND, EVEN, TABLES)[0]
    np.testing.assert_allclose(found, ALL_AGE, rtol=0.06, atol=0.05)


def test_conditions_for_life_never_end():
    stay = ~np.isin(CONDITIONS, PARAMETERS["prevalence.episodic"])
    assert np.all(np.diff(TABLES.threshold[:, stay], axis=0) <= 0)


def test_mean_mortality_is_the_life_table_and_unequal_by_deprivation():
    np.testing.assert_allclose(TABLES.mortality[:80].mean(axis=2), HAZARD[:80], rtol=0.02)
    deaths = (TABLES.mortality * ENGLAND[0][:, :, None]).sum(axis=(0, 1))
    assert np.all(np.diff(deaths) > 0)
    assert deaths[4] / deaths[0] == pytest.approx(1.6, abs=0.05)


def test_deprivation_moves_prevalence_by_its_odds_ratio_before_deaths():
    odds = TABLES.prevalence[40, 1] / (1 - TABLES.prevalence[40, 1])
    ratios = [PARAMETERS["prevalence.deprivation_odds_ratios"][c] for c in CONDITIONS]
    common = TABLES.prevalence[40, 1, 2] > 0.002
    np.testing.assert_allclose((odds[4] / odds[0])[common], np.array(ratios)[common], rtol=0.05)
    np.testing.assert_allclose(deprivation_shifts(PARAMETERS).sum(axis=0), 0.0, atol=1e-12)


def test_register_shifts_reach_the_registers_and_skip_missing_ones():
    people = age_density(
        np.array([[2, 2, 4, 4, 6, 6, 7, 7, 7, 7, 7, 7, 6, 6, 5, 6, 4, 7.0]]), HAZARD
    )
    expected = expected_prevalence(people, EVEN, TABLES)
    registers = expected * np.linspace(0.6, 1.5, 13)
    registers[0, 8] = np.nan
    shift = register_shifts(registers, people, EVEN, TABLES)
    share = prevalence_at(people, EVEN, TABLES)
    moved = 1 / (1 + (1 - share) / np.maximum(share, 1e-12) * np.exp(-shift[:, None]))
    reached = np.einsum("pa,pac->pc", people.sum(axis=2), moved)
    kept = ~np.isnan(registers)
    np.testing.assert_allclose(reached[kept], registers[kept], rtol=1e-4)
    assert shift[0, 8] == 0.0


def test_no_shift_is_no_change_of_mortality_and_illness_adds_to_it():
    np.testing.assert_allclose(shifted_mortality(np.zeros((1, 13)), TABLES)[0], TABLES.mortality)
    more = shifted_mortality(np.full((1, 13), 0.3), TABLES)[0]
    assert np.all(more[60:] > TABLES.mortality[60:])


def test_tables_are_worked_out_once_for_a_set_of_parameters():
    assert health_tables(PARAMETERS) is TABLES


def test_a_protective_condition_is_refused():
    entries = dict(PARAMETERS.entries)
    entry = entries["prevalence.mortality_hazard_ratios"]
    value = {**entry.value, "cancer": 0.5}
    entries[entry.name] = type(entry)(**{**vars(entry), "value": value})
    with pytest.raises(InputError, match="at least 1"):
        health_tables(Parameters(entries))
