"""The life table, the age structure and a turnover that holds it."""

import numpy as np
import pytest

from model.input.errors import InputError
from model.parameters import load_parameters
from model.population.demography import (
    AGE_SEX_COLUMNS,
    AGES,
    LIST_BAND_STARTS,
    age_density,
    band_sums,
    england_density,
    life_expectancy,
    life_table,
    turnover,
    years_lived,
)

PARAMETERS = load_parameters()
HAZARD = life_table(PARAMETERS)
STUDENT_TOWN = np.array([2, 2, 4, 4, 22, 24, 9, 8, 5, 4, 4, 3, 2, 2, 1, 1, 1, 2.0])
RETIREMENT_TOWN = np.array([2, 2, 4, 4, 4, 4, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 7, 9.0])


def test_life_expectancies_are_the_published_ones():
    years = life_expectancy(HAZARD)[[0, 65, 85]]
    np.testing.assert_allclose(years, [[79.0, 82.8], [18.3, 20.9], [5.8, 6.8]], atol=0.01)


def test_mortality_rises_with_age_and_is_higher_in_men():
    assert np.all(np.diff(HAZARD[1:], axis=0) > 0)
    assert np.all(HAZARD[1:, 0] > HAZARD[1:, 1])
    assert 0.015 < HAZARD[70, 0] < 0.025


def test_columns_are_those_of_the_lists():
    assert AGE_SEX_COLUMNS[:3] == ("m_0_4", "f_0_4", "m_5_14")
    assert AGE_SEX_COLUMNS[-2:] == ("m_75plus", "f_75plus")
    assert len(AGE_SEX_COLUMNS) == 18


def test_england_has_its_age_shares():
    density = england_density(PARAMETERS, HAZARD)
    shares = band_sums(density.sum(axis=1), PARAMETERS["demography.age_band_starts"])
    np.testing.assert_allclose(shares, PARAMETERS["demography.age_shares"], rtol=1e-3)
    assert 0.60 < density[85:, 1].sum() / density[85:].sum() < 0.72


@pytest.mark.parametrize("counts", [STUDENT_TOWN, RETIREMENT_TOWN])
def test_single_years_keep_the_bands(counts):
    density = age_density(counts, HAZARD)[0]
    bands = band_sums(density.T, LIST_BAND_STARTS).T.ravel()
    np.testing.assert_allclose(bands, counts / counts.sum(), rtol=0.01)
    assert density.shape == (AGES, 2) and np.all(density > 0)


def _after(years, density, mortality, deprivation_quintile):
    """Single-year density of one place's fifth after months of leaving and entering, on average."""
    change = turnover(density, mortality, HAZARD)
    leave = -np.expm1(
        -(mortality[:, :, deprivation_quintile] + change.move_annual[0, deprivation_quintile]) / 12
    )
    entry = np.diff(change.entry_cumulative[0, deprivation_quintile], prepend=0.0).reshape(-1, 2)
    schedule_effect = np.repeat(entry[1:] / 12, 12, axis=0)
    schedule_effect[0] += entry[0]
    people, leave = np.repeat(density[0] / 12, 12, axis=0), np.repeat(leave, 12, axis=0)
    for _ in range(12 * years):
        leavers = (people * leave).sum()
        stay = people * (1 - leave)
        people = np.vstack([np.zeros((1, 2)), stay[:-1]]) + leavers * schedule_effect
        people[-1] += stay[-1]
    return people.reshape(AGES, 12, 2).sum(axis=1)


@pytest.mark.parametrize("counts", [STUDENT_TOWN, RETIREMENT_TOWN])
@pytest.mark.parametrize("deprivation_quintile", [0, 4])
def test_age_structure_holds_for_twenty_years(counts, deprivation_quintile):
    density = age_density(counts, HAZARD)
    unequal = HAZARD[:, :, None] * np.linspace(0.8, 1.25, 5)
    late = _after(20, density, unequal, deprivation_quintile)
    now, then = (band_sums(n.T, LIST_BAND_STARTS) for n in (density[0], late))
    np.testing.assert_allclose(then, now, rtol=0.025)
    assert late.sum() == pytest.approx(1.0, abs=1e-6)


def test_nobody_moves_absurdly_often():
    density = age_density(np.stack([RETIREMENT_TOWN]), HAZARD)
    change = turnover(density, np.repeat(HAZARD[:, :, None], 5, axis=2), HAZARD)
    assert change.move_annual.max() < 0.15


def test_a_stationary_population_has_births_only():
    density = (years_lived(HAZARD) / years_lived(HAZARD).sum())[None]
    change = turnover(density, np.repeat(HAZARD[:, :, None], 5, axis=2), HAZARD)
    assert change.move_annual.max() < 1e-9
    assert change.entry_cumulative[0, 0, 1] == pytest.approx(1.0)
    assert change.entry_cumulative[0, 0, 0] == pytest.approx(0.5, abs=0.01)


def test_an_empty_band_is_a_trace_of_people():
    counts = STUDENT_TOWN.copy()
    counts[-4:] = 0
    assert age_density(counts, HAZARD)[0, 65:].sum() < 0.01


@pytest.mark.parametrize("counts", [np.zeros(18), -np.ones(18), np.ones(17), np.full(18, np.nan)])
def test_lists_that_cannot_be(counts):
    with pytest.raises(InputError, match="m_0_4 to f_75plus"):
        age_density(counts, HAZARD)
