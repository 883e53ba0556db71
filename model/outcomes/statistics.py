"""Means with intervals, differences of pairs, and families of tests: all statistics of results.

Intervals are Student's t. A pair is two runs with the same luck (common random numbers; Law,
Simulation Modeling and Analysis, 2015, chapter 11), so its difference holds what the two do
differently. Where several differences are tested at once, each has the confidence that makes all of
them hold together (Bonferroni; Dunn 1961, J Am Stat Assoc 56:52), whatever their correlation.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """A mean with its interval (NaN from fewer than two runs) and the number of runs."""

    estimate: float
    low: float
    high: float
    runs: int

    @property
    def half(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2.0

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside the interval."""
        return self.beyond(0.0)

    def beyond(self, least: float) -> bool:
        """Whether all of the interval lies further from zero than `least`, on one side."""
        return self.low > least or self.high < -least

    def within(self, least: float) -> bool:
        """Whether all of the interval lies nearer to zero than `least` (equivalence: Schuirmann
        1987, J Pharmacokinet Biopharm 15:657)."""
        return -least < self.low and self.high < least


def mean_interval(values: Iterable[float], confidence: float = CONFIDENCE) -> Interval:
    """Mean and (95%) interval by Student's t of independent values; unknown ones are left out."""
    known = [float(value) for value in values if math.isfinite(value)]
    n = len(known)
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = math.fsum(known) / n
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    variance = math.fsum((value - mean) ** 2 for value in known) / (n - 1)
    half = t_quantile(n, confidence) * math.sqrt(variance / n)
    return Interval(mean, mean - half, mean + half, n)


def t_quantile(runs: int, confidence: float = CONFIDENCE) -> float:
    """By how many standard errors a (95%) interval of `runs` values reaches to each side."""
    from scipy.special import stdtrit

    return float(stdtrit(runs - 1, (1.0 + confidence) / 2.0))


def paired_interval(
    values: Iterable[float], base: Iterable[float], confidence: float = CONFIDENCE
) -> Interval:
    """Mean and interval of the differences of pairs (one pair a replicate)."""
    return mean_interval(differences(values, base), confidence)


def differences(values: Iterable[float], base: Iterable[float]) -> list[float]:
    """Return the difference of each pair, one pair a replicate."""
    return [a - b for a, b in zip(values, base, strict=True)]


def each_of(tests: int, confidence: float = CONFIDENCE) -> float:
    """The confidence of each of several intervals with which all hold at once with `confidence`."""
    return 1.0 - (1.0 - confidence) / max(tests, 1)


def crossed_interval(table: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Mean and (95%) interval of values [sets, seeds] that all sets share.

    Both sets and seeds are drawn: the variance of the mean is that of a two-way layout with random
    effects (Searle, Casella & McCulloch 1992, Variance Components, chapter 4), the degrees of
    freedom those of the factor with fewer levels. Without a second seed there is no interval.
    """
    values: NDArray[np.float64] = np.asarray(table, dtype=np.float64)
    sets, seeds = values.shape
    mean = float(values.mean()) if values.size else math.nan
    if sets < 2 or seeds < 2:
        return Interval(mean, math.nan, math.nan, values.size)
    by_set, by_seed = values.mean(axis=1), values.mean(axis=0)
    rest = values - by_set[:, None] - by_seed + mean
    error = float((rest**2).sum()) / ((sets - 1) * (seeds - 1))
    between = seeds * float(by_set.var(ddof=1)) + sets * float(by_seed.var(ddof=1))
    variance = max(between - error, error) / values.size
    half = t_quantile(min(sets, seeds), confidence) * math.sqrt(variance)
    return Interval(mean, mean - half, mean + half, values.size)


def p_value(found: Interval, least: float = 0.0) -> float:
    """Two-sided p of a difference beyond `least` (Student's t); NaN if it is unknown.

    `found` is its 95% interval. The hypothesis is that it lies within `least` of zero.
    """
    from scipy.stats import t

    away = abs(found.estimate) - least
    if away <= 0.0 or found.half == 0.0:
        return float(away <= 0.0)
    return min(float(2.0 * t.sf(away / found.half * t_quantile(found.runs), found.runs - 1)), 1.0)


def found_at_rate(p_values: Sequence[float], rate: float) -> list[bool]:
    """Which of several tests are found at a false discovery rate; unknown ones (NaN) are not.

    Benjamini & Hochberg (1995, J R Stat Soc B 57:289).
    """
    from scipy.stats import false_discovery_control

    known = [k for k, p in enumerate(p_values) if not math.isnan(p)]
    adjusted = false_discovery_control([p_values[k] for k in known]) if known else []
    found = {k for k, q in zip(known, adjusted, strict=True) if q <= rate}
    return [k in found for k in range(len(p_values))]


def runs_needed(interval: Interval, least: float = 0.0, confidence: float = CONFIDENCE) -> float:
    """Independent values for an interval that just tells the mean from `least`, if mean and spread
    hold: all of it lies beyond `least`, or nearer to zero. `interval` has the same confidence.

    NaN if nothing varies or the mean is `least`.
    """
    n, half, away = interval.runs, interval.half, abs(abs(interval.estimate) - least)
    if n < 2 or not half > 0.0 or away == 0.0:
        return math.nan
    ratio = half * math.sqrt(n) / t_quantile(n, confidence) / away  # spread over distance
    needed = max(math.ceil((normal_quantile(confidence) * ratio) ** 2), 2)
    while t_quantile(needed, confidence) * ratio > math.sqrt(needed):
        needed += 1
    return float(needed)


def normal_quantile(confidence: float) -> float:
    """By how many standard errors an interval reaches to each side if there are many runs."""
    from scipy.special import ndtri

    return float(ndtri((1.0 + confidence) / 2.0))


def normal_interval(estimate: float, error: float, confidence: float = CONFIDENCE) -> Interval:
    """Return the interval around what one run found, with a known standard error."""
    half = normal_quantile(confidence) * error
    return Interval(estimate, estimate - half, estimate + half, 1)


def times_needed(interval: Interval, least: float = 0.0) -> float:
    """How many times as many sets and seeds tell the mean from `least`, about."""
    away = abs(abs(interval.estimate) - least)
    if not interval.half > 0.0 or away == 0.0:
        return math.nan
    return (interval.half / away) ** 2
