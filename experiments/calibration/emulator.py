"""Emulators: what a figure of the model would be at parameters that were never run, and how sure.

Each figure has a Gaussian process over its active parameters, those that a sparse regression on
first and second powers finds: a linear part, smooth departures with a length for each parameter,
and noise for what is left out (Vernon, Goldstein & Bower 2010, Bayesian Analysis 5:619; Andrianakis
et al. 2015, PLoS Comput Biol 11:e1003968). Points are parameters as shares of their ranges (0-1).
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.stats import qmc
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from sklearn.gaussian_process import GaussianProcessRegressor

NORMAL_95 = 1.959964
FOLDS = 8
FEWEST_RUNS = 6  # with fewer an emulator would be guesswork
MOST_ACTIVE = 5
LEAST_WEIGHT = 0.01  # share of variance from which on a parameter is active


class _Limit(Protocol):
    """Make a function run on one thread, which is called as before."""

    def __call__[Function: Callable[..., object]](self, function: Function, /) -> Function: ...


ONE_THREAD: _Limit = threadpool_limits.wrap(
    limits=1
)  # so that sums have one order on every machine
BASE_POINTS, STEPS, WHOLE_POINTS = 128, 9, 2_048  # with which shares of variance are worked out


@dataclass(frozen=True)
class Check:
    """Runs predicted from others: share of variance explained, share of runs inside 95%.

    spread: mean squared error in units of the predicted variance, 1 if intervals hold.
    """

    explained: float
    inside: float
    spread: float


class Emulator:
    """One figure over the space of parameters, fitted to runs and checked on runs left out.

    Predicted variance is widened by the spread of the check. Where runs left out are predicted no
    better than by their mean, the mean is the emulator.
    """

    @ONE_THREAD
    def __init__(self, points: np.ndarray, values: np.ndarray):
        """Fit points [runs, parameters] to values [runs]; what is not finite is left out."""
        known = np.isfinite(values)
        self.points, self.values = points[known], values[known]
        self.still = self.values.size > 0 and float(np.ptp(self.values)) < 1e-9
        enough = self.values.size >= FEWEST_RUNS and not self.still
        self.check = left_out(self.points, self.values) if enough else None
        self.flat = self.check is None or self.check.explained <= 0.0
        self.fit = None if self.flat else _Fit(self.points, self.values)

    @ONE_THREAD
    def predict(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of a run at each of the points [n, parameters]."""
        if self.fit is None or self.check is None:
            return self._mean(len(points))
        mean, variance = self.fit.predict(points)
        return mean, variance * max(1.0, self.check.spread)

    def _mean(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        known = self.values.size >= FEWEST_RUNS
        mean = float(self.values.mean()) if self.values.size else 0.0
        variance = float(self.values.var(ddof=1)) if known else np.inf
        return np.full(count, mean), np.full(count, variance)

    @ONE_THREAD
    def shares(self) -> np.ndarray:
        """Share of the variance of runs that each parameter explains by itself [parameters].

        First-order indices of the emulator's mean over the whole space (Saltelli et al. 2008,
        Global Sensitivity Analysis), as shares of its variance and of what it leaves unexplained.
        """
        width = self.points.shape[1]
        parts = np.zeros(width)
        if self.fit is None or self.check is None:
            return parts
        base = qmc.Sobol(width, rng=0).random(BASE_POINTS)
        for k in self.fit.active:
            parts[k] = self.fit.variance_over(base, k)
        mean, _ = self.fit.predict(qmc.Sobol(width, rng=1).random(WHOLE_POINTS))
        rest = float(self.values.var()) * (1.0 - self.check.explained)
        return parts / max(float(mean.var()) + rest, float(parts.sum()))


class _Fit:
    """A Gaussian process over the active parameters with its own parameters at their likeliest."""

    def __init__(self, points: np.ndarray, values: np.ndarray):
        self.active = active_parameters(points, values)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a length at the end of its bounds is no mistake
            self.process = _process(len(self.active)).fit(points[:, self.active], values)

    def predict(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        mean, deviation = self.process.predict(points[:, self.active], return_std=True)
        return mean, deviation**2

    def variance_over(self, base: np.ndarray, parameter: int) -> float:
        """Variance, over one parameter, of the mean over all others."""
        moved = np.repeat(base[None], STEPS, axis=0)
        moved[:, :, parameter] = ((np.arange(STEPS) + 0.5) / STEPS)[:, None]
        mean = self.process.predict(moved.reshape(-1, base.shape[1])[:, self.active])
        return float(mean.reshape(STEPS, -1).mean(axis=1).var())


def _process(width: int) -> "GaussianProcessRegressor":
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel

    smooth = ConstantKernel(0.5, (1e-3, 1e2)) * RBF(np.full(width, 1.0), (0.2, 20.0))
    linear = ConstantKernel(0.5, (1e-3, 1e2)) * DotProduct(1.0, (1e-2, 1e2))
    noise = WhiteKernel(0.1, (1e-5, 1.0))
    return GaussianProcessRegressor(smooth + linear + noise, normalize_y=True)


def active_parameters(points: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Columns of points that tell values apart, the strongest first, at most five.

    Automatic relevance determination on orthonormal first and second powers (MacKay 1992).
    """
    from sklearn.linear_model import ARDRegression

    u, width = 2.0 * points - 1.0, points.shape[1]
    powers = np.hstack([np.sqrt(3.0) * u, np.sqrt(5.0) * (3.0 * u**2 - 1.0) / 2.0])
    weights = ARDRegression().fit(powers, (values - values.mean()) / values.std()).coef_
    strength = weights[:width] ** 2 + weights[width:] ** 2
    kept = max(1, min(MOST_ACTIVE, int((strength > LEAST_WEIGHT).sum())))
    return np.argsort(-strength, kind="stable")[:kept]


def left_out(points: np.ndarray, values: np.ndarray) -> Check:
    """Every run predicted from the runs of other folds; active parameters are found anew in each"""
    fold = np.arange(values.size) % FOLDS
    mean, variance = np.empty(values.size), np.empty(values.size)
    for k in range(min(FOLDS, values.size)):
        out = fold == k
        if float(np.ptp(values[~out])) < 1e-9:  # all that varied was left out
            mean[out], variance[out] = values[~out].mean(), values.var()
        else:
            mean[out], variance[out] = _Fit(points[~out], values[~out]).predict(points[out])
    error, variance = values - mean, np.maximum(variance, 1e-18)
    return Check(
        explained=float(1.0 - (error**2).mean() / values.var()),
        inside=float((np.abs(error) < NORMAL_95 * np.sqrt(variance)).mean()),
        spread=float((error**2 / variance).mean()),
    )
