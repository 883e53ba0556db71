"""How many live at each age, how long, and who comes when someone leaves.

The age structure of a place is held constant: what mortality and ageing take from an age, net
moves and births give back. A home slot that is left is taken at once by an entrant, so the
population of a place never changes.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.optimize import fsolve

from model.input.errors import InputError
from model.parameters import Parameters

Array = NDArray[np.float64]

AGES = 106
SEXES = ("male", "female")
LIST_BAND_STARTS = (0, 5, 15, 25, 35, 45, 55, 65, 75)
AGE_SEX_COLUMNS = tuple(
    f"{sex}_{band}"
    for band in (
        *(f"{a}_{b - 1}" for a, b in pairwise(LIST_BAND_STARTS)),
        "75plus",
    )
    for sex in "mf"
)
OLDEST_KNOT = 6.0
SMALLEST_SHARE = 0.0005
FASTEST_MOVE = 1.0


class Turnover(NamedTuple):
    """Leaving and entering at each place; what `agents.patients.health` needs of it.

    move_annual [place, fifth, 106, sex]: hazard of moving away, net, per year.
    entry_cumulative [place, fifth, 214]: cumulative distribution of entrants over births, then
    ages 0 to 105, sex varying fastest. resident_cumulative [place, 212]: the same for the standing
    population over ages 0 to 105.
    """

    move_annual: Array
    entry_cumulative: Array
    resident_cumulative: Array


def life_table(parameters: Parameters) -> Array:
    """Hazard of death per year by age and sex [106, 2].

    Gompertz-Makeham (Makeham, Journal of the Institute of Actuaries 1860) fitted to the life
    expectancies at birth, 65 and 85 of the ONS life tables 2010-12, and infant deaths apart.
    """
    published = parameters["demography.life_expectancy_years"]
    infant = -np.log1p(-parameters["demography.infant_deaths_per_1000"] / 1000.0)
    return np.stack([_fit_hazard(published[sex], infant) for sex in SEXES], axis=1)


def _gompertz_makeham(logs: Array, infant: float) -> Array:
    hazard: Array = np.exp(logs[0]) + np.exp(logs[1] + logs[2] * (np.arange(AGES) + 0.5 - 65.0))
    hazard[0] = infant
    return hazard


def _fit_hazard(expectancy_years: list[float], infant: float) -> Array:
    def miss(logs: Array) -> Array:
        years = life_expectancy(_gompertz_makeham(logs, infant))
        return years[[0, 65, 85]] - np.asarray(expectancy_years)

    return _gompertz_makeham(fsolve(miss, np.array([-8.0, -4.5, 0.1])), infant)


def survival(hazard: Array) -> Array:
    """Share alive at exact ages 0 to 106, from hazards by age [106, ...]."""
    start = np.zeros((1, *hazard.shape[1:]))
    return np.exp(-np.concatenate([start, np.cumsum(hazard, axis=0)]))


def years_lived(hazard: Array) -> Array:
    """Years lived at each age per birth, the last age being open, from hazards [106, ...]."""
    alive = survival(hazard)
    years = (alive[:-1] - alive[1:]) / hazard
    years[-1] = alive[-2] / hazard[-1]
    return years


def life_expectancy(hazard: Array) -> Array:
    """Years still to live at exact ages 0 to 105, from hazards [106, ...]."""
    lived = years_lived(hazard)
    return np.cumsum(lived[::-1], axis=0)[::-1] / survival(hazard)[:-1]


def band_of_age(starts: tuple[int, ...] | list[int]) -> NDArray[np.int64]:
    """The band of each age 0 to 105; the last band is open."""
    return np.searchsorted(np.asarray(starts), np.arange(AGES), side="right") - 1


def band_sums(values: Array, starts: tuple[int, ...] | list[int]) -> Array:
    """Sums over the bands of the last axis (106 ages)."""
    return np.add.reduceat(values, np.asarray(starts), axis=-1)


def _knots(starts: tuple[int, ...] | list[int]) -> Array:
    ends = np.asarray([*starts[1:], starts[-1] + 2.0 * OLDEST_KNOT])
    return 0.5 * (np.asarray(starts) + ends)


def _spread(shares: Array, lived: Array, starts: tuple[int, ...] | list[int]) -> Array:
    """Shares of bands [..., band] as shares of single years [..., 106].

    The size of birth cohorts and moves change smoothly with age (monotone cubic in the logarithm,
    PCHIP); within a band people thin out as the life table says. Bands keep their totals.
    """
    knots, ages = _knots(starts), np.arange(AGES) + 0.5
    target = np.maximum(shares, SMALLEST_SHARE)
    size = np.log(target / band_sums(lived, starts))
    for _ in range(40):
        smooth = PchipInterpolator(knots, size, axis=-1)(np.clip(ages, knots[0], knots[-1]))
        density: Array = np.exp(smooth) * lived
        size = size + np.log(target / band_sums(density, starts))
    return density


def age_density(counts: Array, hazard: Array) -> Array:
    """Shares of a place's people by single year of age and sex [place, 106, 2].

    `counts` [place, 18]: people or shares in the columns of AGE_SEX_COLUMNS. `hazard` [106, 2] is
    the life table. Raises InputError if a place has nobody or a number below nothing.
    """
    counts = np.atleast_2d(np.asarray(counts, dtype=np.float64))
    totals = counts.sum(axis=1, keepdims=True)
    if counts.shape[1] != len(AGE_SEX_COLUMNS) or not (np.all(counts >= 0) and np.all(totals > 0)):
        raise InputError(
            "people by age and sex cannot be used",
            key=f"{AGE_SEX_COLUMNS[0]} to {AGE_SEX_COLUMNS[-1]}",
            value=f"{counts.shape[1]} columns, smallest {counts.min():g}",
            allowed="18 columns of at least 0, not all of them 0",
        )
    by_sex = (counts / totals).reshape(len(counts), -1, 2).transpose(0, 2, 1)
    density = _spread(by_sex, years_lived(hazard).T, LIST_BAND_STARTS).transpose(0, 2, 1)
    # Laid out in rows, as it is after pickling: the order of sums follows the layout.
    return np.ascontiguousarray(density / density.sum(axis=(1, 2), keepdims=True))


def england_density(parameters: Parameters, hazard: Array) -> Array:
    """Shares of the people of England by single year of age and sex [106, 2]."""
    boys = parameters["demography.male_share_of_births"]
    lived = years_lived(hazard) * np.array([boys, 1.0 - boys])
    shares = np.asarray(parameters["demography.age_shares"])
    starts = parameters["demography.age_band_starts"]
    both = _spread(shares, lived.sum(axis=1), starts)
    density = both[:, None] * lived / lived.sum(axis=1, keepdims=True)
    england: Array = density / density.sum()
    return england


def turnover(density: Array, mortality: Array, hazard: Array) -> Turnover:
    """Leaving and entering that hold the age structure of each place constant.

    `density` [place, 106, 2] from `age_density`; `mortality` [106, 2, fifth], or with a leading
    place axis, the mean hazard of death per year in each fifth; `hazard` [106, 2] the life table.
    At each age the net rate of moving in is what keeps n'(a) = (in - mortality) n(a): the slope of
    the size of cohorts plus the excess of the place's mortality over the life table. A
    negative rate is a hazard of moving away. The unequal size of birth cohorts, which a constant
    structure cannot have, counts as moves.
    """
    size = np.log(density / years_lived(hazard))
    slope = np.gradient(size, axis=1)[:, None]
    mortality = np.broadcast_to(mortality, (len(density), *mortality.shape[-3:]))
    excess = mortality.transpose(0, 3, 1, 2) - hazard
    net = np.clip(slope + excess, -FASTEST_MOVE, None)
    births = np.exp(size[:, :1] - 0.5 * slope[:, 0, :1])
    births = np.broadcast_to(births[:, None], (*net.shape[:2], 1, 2))
    entries = np.concatenate([births, np.maximum(net, 0.0) * density[:, None]], axis=2)
    return Turnover(
        move_annual=np.ascontiguousarray(np.maximum(-net, 0.0)),
        entry_cumulative=_cumulative(entries.reshape(*net.shape[:2], -1)),
        resident_cumulative=_cumulative(density.reshape(len(density), -1)),
    )


def _cumulative(weights: Array) -> Array:
    total = np.cumsum(weights, axis=-1)
    return np.ascontiguousarray(total / total[..., -1:])
