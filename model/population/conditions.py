"""The thresholds and hazards that make conditions as common, joined and deadly as observed.

The joint distribution is a Gaussian copula with logistic margins: correlations are solved from
odds ratios, thresholds from prevalence by age among the living. Since the ill die earlier,
thresholds and hazards are solved together, year of age by year of age, on a fixed sample.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.special import expit, logit, ndtri

from agents.numerics.compiled import compiled
from agents.numerics.rule_types import Row, Whole
from agents.patients.health import CONDITIONS, N_CONDITIONS, liabilities
from model.input.errors import InputError
from model.parameters import Parameters, once_for
from model.population.demography import AGES, Array, band_of_age, england_density, life_table

FIFTHS = 5
SAMPLE_SEED = 20_130_401
SAMPLE_PER_FIFTH = 6_000
FEWEST_TO_COMPARE = 300
NEVER = 99.0
LEVELS = np.arange(-6.0, 18.0, 0.05)
LARGEST_SHIFT = 3.0


class HealthTables(NamedTuple):
    """What `agents.patients.health` needs of the world; plain arrays, logits and hazards per year.

    cholesky [13, 13]; threshold and lowest_threshold (running minimum) [106 ages, 13];
    deprivation_shift [5, 13]; log_hazard_ratio [13]; healthy_hazard [106, sex, fifth] of a person
    without conditions; mortality [106, sex, fifth] and prevalence [106, sex, fifth, 13] as means of
    those alive at that age.
    """

    cholesky: Array
    threshold: Array
    lowest_threshold: Array
    deprivation_shift: Array
    log_hazard_ratio: Array
    healthy_hazard: Array
    mortality: Array
    prevalence: Array


@once_for("prevalence", "demography")
def health_tables(parameters: Parameters) -> HealthTables:
    """The tables of a set of parameters, worked out once for each set of values."""
    target = prevalence_by_age(parameters)
    shift = deprivation_shifts(parameters)
    correlation = liability_correlations(parameters, shift)
    hazard_ratios = _by_condition(parameters, "prevalence.mortality_hazard_ratios")
    if np.any(hazard_ratios < 1.0):
        raise InputError(
            "a hazard ratio below 1",
            key="prevalence.mortality_hazard_ratios",
            value=hazard_ratios.min(),
            allowed="at least 1",
        )
    return _follow_cohort(
        target, shift, np.linalg.cholesky(correlation), np.log(hazard_ratios), parameters
    )


def _by_condition(parameters: Parameters, name: str) -> Array:
    table: dict[str, Any] = parameters[name]
    return np.array([table[condition] for condition in CONDITIONS], dtype=np.float64)


def deprivation_shifts(parameters: Parameters) -> Array:
    """Logits of each fifth (least to most deprived) and condition [5, 13], mean zero."""
    ratios = _by_condition(parameters, "prevalence.deprivation_odds_ratios")
    return np.linspace(-0.5, 0.5, FIFTHS)[:, None] * np.log(ratios)


def prevalence_by_age(parameters: Parameters) -> Array:
    """Share with each condition by single year of age [106, 13].

    Monotone cubic (PCHIP) in the logit through the middles of the bands, moved until the mean of
    each band over the people of England is the published one.
    """
    starts = parameters["demography.age_band_starts"]
    people = england_density(parameters, life_table(parameters)).sum(axis=1)
    youngest = parameters["prevalence.youngest_relative_prevalence"]
    table = _by_condition(parameters, "prevalence.by_age") / 100.0
    return np.stack([_smooth_bands(row, starts, people, youngest) for row in table], axis=1)


def _smooth_bands(bands: Array, starts: list[int], people: Array, youngest: float) -> Array:
    ages, band = np.arange(AGES), band_of_age(starts)
    middle = np.bincount(band, people * (ages + 0.5)) / np.bincount(band, people)
    first = int(np.argmax(bands > 0.0))
    knots, aim = middle[first:], bands[first:]
    edge = float(starts[first])
    level = logit(aim)
    for _ in range(60):
        x, y = np.append(edge, knots), np.append(logit(youngest * aim[0]), level)
        if first == 0:
            x, y = knots, level
        share: Array = expit(PchipInterpolator(x, y)(np.clip(ages + 0.5, x[0], x[-1])))
        share[ages < edge] = 0.0
        means = np.bincount(band, people * share) / np.bincount(band, people)
        level = level + logit(aim) - logit(means[first:])
    return share


def liability_correlations(parameters: Parameters, shift: Array) -> Array:
    """Correlations of the liabilities [13, 13] from the odds ratios at one age band.

    The odds ratio of a pair is that of all fifths together, so part of it comes from deprivation.
    """
    band = parameters["prevalence.odds_ratio_band"]
    margins = _by_condition(parameters, "prevalence.by_age")[:, band] / 100.0
    table: dict[str, list[float]] = parameters["prevalence.odds_ratios"]
    odds_ratios = np.concatenate([table[name] for name in CONDITIONS[:-1]])
    rows, columns = np.triu_indices(N_CONDITIONS, 1)
    by_quintile = expit(_centred_logits(margins, shift) + shift)
    matrix = np.eye(N_CONDITIONS)
    pairs = tetrachoric(odds_ratios, by_quintile[:, rows], by_quintile[:, columns])
    matrix[rows, columns] = matrix[columns, rows] = pairs
    return matrix


def _centred_logits(share: Array, shift: Array) -> Array:
    """Logits [13] at which the mean over the fifths of expit(logit + shift) is `share` [13]."""
    level: Array = logit(share)
    for _ in range(20):
        level = level + logit(share) - logit(expit(level + shift).mean(axis=0))
    return level


def tetrachoric(odds_ratios: Array, first: Array, second: Array) -> Array:
    """Correlations of normal pairs [pair] whose dichotomies have these odds ratios [pair].

    `first` and `second` [group, pair]: shares above the cut in groups of equal size that are looked
    at together (Pearson, Philosophical Transactions A 1900); by bisection. `odds_ratios` [pair].
    """
    low, high = np.full(len(odds_ratios), -0.98), np.full(len(odds_ratios), 0.98)
    a, b = first.mean(axis=0), second.mean(axis=0)
    for _ in range(50):
        middle = 0.5 * (low + high)
        both = both_above(first, second, middle).mean(axis=0)
        found = both * (1.0 - a - b + both) / ((a - both) * (b - both))
        low, high = (
            np.where(found < odds_ratios, middle, low),
            np.where(found < odds_ratios, high, middle),
        )
    tetrachoric: Array = 0.5 * (low + high)
    return tetrachoric


def both_above(first: Array, second: Array, correlation: Array) -> Array:
    """P(X > h and Y > k) of normal pairs from P(X > h), P(Y > k) and the correlation.

    Independence plus the integral of the density over the correlation (Plackett, Biometrika 1954),
    by Gauss-Legendre quadrature.
    """
    h, k = -ndtri(first), -ndtri(second)
    total = first * second
    for node, weight in zip(*np.polynomial.legendre.leggauss(24), strict=True):
        r = 0.5 * correlation * (node + 1.0)
        rest = 1.0 - r * r
        density = np.exp(-0.5 * (h * h - 2.0 * r * h * k + k * k) / rest) / np.sqrt(rest)
        total = total + 0.5 * correlation * weight * density / (2.0 * np.pi)
    return total


@compiled
def _sample_liabilities(seed: Whole, size: int, tables: Row) -> np.ndarray:
    """Liabilities [size, 13] of the persons 0 to size - 1."""
    sample = np.empty((size, N_CONDITIONS))
    for who in range(size):
        liabilities(seed, who, tables, sample[who])
    return sample


class _Copula(NamedTuple):
    cholesky: Array


class _Cohort:
    """A fixed sample of liabilities in every fifth, from which death takes a part every year."""

    def __init__(self, shift: Array, cholesky: Array, boys: float):
        size = FIFTHS * SAMPLE_PER_FIFTH
        sample = _sample_liabilities(SAMPLE_SEED, size, _Copula(cholesky))
        self.shift = shift
        self.level = sample.reshape(FIFTHS, SAMPLE_PER_FIFTH, N_CONDITIONS) + shift[:, None]
        self.alive = np.ones((2, FIFTHS, SAMPLE_PER_FIFTH))
        self.sexes = np.array([boys, 1.0 - boys])[:, None, None]
        flat = self.level.reshape(size, N_CONDITIONS)
        self.order = np.ascontiguousarray(np.argsort(-flat, axis=0).T)
        self.ranked = -np.take_along_axis(-flat, self.order.T, axis=0)
        self.above = np.stack(
            [np.searchsorted(-self.ranked[:, c], -LEVELS) for c in range(N_CONDITIONS)]
        )
        self.born_above = expit(shift[:, :, None] - LEVELS).mean(axis=0)

    def living(self, rate: Array) -> Array:
        """Weights of those alive half a year on at `rate` per year; every fifth equally large.

        The fifths are fifths of homes, which are refilled, so they stay equal at every age.
        """
        alive = self.alive * np.exp(-0.5 * rate)
        by_sex = alive.mean(axis=(1, 2), keepdims=True)
        return alive / alive.mean(axis=2, keepdims=True) * by_sex

    def thresholds(self, target: Array, alive: Array) -> Array:
        """Thresholds [13] at which the shares `target` [13] of the people alive are above.

        The share above at birth is known exactly; the sample only tells how much rarer the people
        above are among the living. Where few of the sample are above, more are asked.
        """
        weight = (self.sexes * alive).sum(axis=0).ravel()
        found = np.full(N_CONDITIONS, NEVER)
        for c in np.flatnonzero(target > 0.0):
            total = np.cumsum(weight[self.order[c]])
            asked = np.maximum(self.above[c], FEWEST_TO_COMPARE)
            relative = (total[asked - 1] / asked) / (total[-1] / weight.size)
            share = np.minimum.accumulate(self.born_above[c] * relative)
            found[c] = np.interp(-np.log(target[c]), -np.log(share), LEVELS)
        return found

    def prevalence(self, threshold: Array, alive: Array) -> Array:
        """Share with each condition among the living [sex, fifth, 13], the same way.

        A fifth with few people above borrows from the other fifths.
        """
        above = (self.level > threshold).astype(np.float64)
        count = above.sum(axis=1)
        held = np.einsum("sdn,dnc->sdc", alive, above, optimize=True)
        held = held / alive.mean(axis=2)[:, :, None]
        few = FEWEST_TO_COMPARE
        together = (held.sum(axis=1) + few / 10) / (count.sum(axis=0) + few / 10)
        relative = (held + few * together[:, None]) / (count + few)
        prevalence: Array = expit(self.shift - threshold) * relative
        return prevalence


def _follow_cohort(
    target: Array, shift: Array, cholesky: Array, log_ratio: Array, parameters: Parameters
) -> HealthTables:
    """Thresholds, hazards and means at every age, forward from birth."""
    hazard = life_table(parameters)
    episodic = np.isin(CONDITIONS, parameters["prevalence.episodic"])
    gradient = np.log(parameters["demography.deprivation_mortality_ratio"])
    unequal = np.exp(gradient * np.linspace(-0.5, 0.5, FIFTHS))
    cohort = _Cohort(shift, cholesky, parameters["demography.male_share_of_births"])
    threshold = np.empty((AGES, N_CONDITIONS))
    healthy, mortality = np.empty((2, AGES, 2, FIFTHS))
    prevalence = np.empty((AGES, 2, FIFTHS, N_CONDITIONS))
    rate = np.zeros_like(cohort.alive)
    for age in range(AGES):
        # Rates hold for the year, so its people are those alive half way through; their deaths
        # until then are first taken from last year's rates, then from this year's.
        for _ in range(2):
            alive = cohort.living(rate)
            threshold[age] = cohort.thresholds(target[age], alive)
            if age:
                stay = np.minimum(threshold[age], threshold[age - 1])
                threshold[age] = np.where(episodic, threshold[age], stay)
            ratio = np.exp((cohort.level > threshold[age]) @ log_ratio) * unequal[:, None]
            mean = (alive * ratio).sum(axis=(1, 2)) / alive.sum(axis=(1, 2))
            rate = (hazard[age] / mean)[:, None, None] * ratio
        healthy[age] = (hazard[age] / mean)[:, None] * unequal
        mortality[age] = (alive * rate).sum(axis=2) / alive.sum(axis=2)
        prevalence[age] = cohort.prevalence(threshold[age], alive)
        cohort.alive = cohort.alive * np.exp(-rate)
    lowest = np.minimum.accumulate(threshold, axis=0)
    return HealthTables(
        cholesky, threshold, lowest, shift, log_ratio, healthy, mortality, prevalence
    )


def prevalence_at(density: Array, quintile_shares: Array, tables: HealthTables) -> Array:
    """Share with each condition at each age [place, 106, 13] for the mix of sexes and fifths.

    `density` [place, 106, 2], `quintile_shares` [place, 5] (least to most deprived, sums to 1).
    `tables`: of health, with prevalence by age, sex and fifth.
    """
    sex_shares = density / density.sum(axis=2, keepdims=True)
    present: Array = np.einsum(
        "pas,pd,asdc->pac", sex_shares, quintile_shares, tables.prevalence, optimize=True
    )
    return present


def register_shifts(
    registers: Array, density: Array, quintile_shares: Array, tables: HealthTables
) -> Array:
    """Logits [place, 13] by which the expected prevalence becomes that of the registers.

    `registers` [place, 13]: share of the list on each register, NaN where none is kept (no shift).
    Shifts are held within LARGEST_SHIFT either way.
    """
    people = density.sum(axis=2)
    by_age = np.clip(prevalence_at(density, quintile_shares, tables), 1e-12, 1.0 - 1e-12)
    aim = np.clip(registers, 1e-6, 1.0 - 1e-6)
    shift = np.zeros(registers.shape)
    for _ in range(12):
        share = expit(logit(by_age) + shift[:, None, :])
        mean = np.einsum("pa,pac->pc", people, share)
        slope = np.einsum("pa,pac->pc", people, share * (1.0 - share)) / (mean * (1.0 - mean))
        step = (logit(aim) - logit(mean)) / np.maximum(slope, 0.05)
        shift = np.clip(shift + step, -LARGEST_SHIFT, LARGEST_SHIFT)
    return np.where(np.isnan(registers), 0.0, shift)


def shifted_mortality(register_shift: Array, tables: HealthTables) -> Array:
    """Mean hazard of death per year [place, 106, sex, fifth] under register shifts [place, 13].

    More illness on the register is more death; conditions are taken as independent for the ratio.
    """
    excess = np.expm1(tables.log_hazard_ratio)
    level = logit(np.clip(tables.prevalence, 1e-12, 1.0 - 1e-12))
    before = np.log1p(excess * tables.prevalence).sum(axis=-1)
    ratios = [np.log1p(excess * expit(level + shift)).sum(axis=-1) for shift in register_shift]
    mortality: Array = tables.mortality * np.exp(np.stack(ratios) - before)
    return mortality
