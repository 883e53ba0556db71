"""How an outcome differs across deprivation."""

import numpy as np
from numpy.typing import ArrayLike

from model.input.errors import InputError


def slope_index_of_inequality(
    value_by_quintile: ArrayLike, population_by_quintile: ArrayLike
) -> float:
    """Difference in the outcome between the most and the least deprived end, in its own unit.

    The slope of the population-weighted regression of the outcome on the fractional rank of
    deprivation, where a fifth sits at the middle of the share of people it covers (Pamuk,
    Population Studies 1985; Mackenbach & Kunst, Social Science & Medicine 1997). Groups run from
    the least to the most deprived, so a positive index means more of the outcome among the
    deprived. Any number of groups; those without people are left out; NaN when fewer than two
    have people.
    """
    value = np.asarray(value_by_quintile, dtype=np.float64)
    people = np.asarray(population_by_quintile, dtype=np.float64)
    if value.shape != people.shape or (people < 0.0).any():
        raise InputError("needs one value and one population a group", key="population_by_fifth")
    if np.count_nonzero(people) < 2:
        return float("nan")
    share = people / people.sum()
    deviation = np.cumsum(share) - share / 2.0 - 0.5  # a weighted mean rank is always one half
    value = np.where(people > 0.0, value, 0.0)
    return float((share * deviation * value).sum() / (share * deviation**2).sum())


def relative_index_of_inequality(
    value_by_quintile: ArrayLike, population_by_quintile: ArrayLike
) -> float:
    """The slope index as a share of the population's mean outcome (Pamuk 1985), without unit."""
    value = np.asarray(value_by_quintile, dtype=np.float64)
    people = np.asarray(population_by_quintile, dtype=np.float64)
    mean = (np.where(people > 0.0, value, 0.0) * people).sum() / people.sum()
    return slope_index_of_inequality(value, people) / float(mean)
