"""What an evaluation of those enrolled would find: before and after, and beside matched others.

The estimators are those of published evaluations, worked out on people who are simulated: a
difference in differences with matching in cells (the enrolled and the others of the same age band,
conditions, deprivation and past admissions). What is true is known from a twin of the run in which
nobody is enrolled and all have the same luck.
"""

from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """An effect for one person enrolled, its standard error, and how many of them were matched."""

    value: float
    error: float
    people: int


def before_and_after(before: np.ndarray, after: np.ndarray) -> Estimate:
    """How much more happens to people after they were enrolled than before.

    `before` and `after`: events of each person in a span of the same length [people].
    """
    return _mean(after.astype(np.float64) - before)


def matched_difference(
    enrolled: np.ndarray, cell: np.ndarray, before: np.ndarray, after: np.ndarray
) -> Estimate:
    """The change of those enrolled beside that of others in the same cells.

    `enrolled`: bool; `cell`: number of the cell of each person, within which people are alike;
    `before` and `after`: events of each person [people]. Enrolled people in cells without others
    are left out.
    """
    change = after.astype(np.float64) - before
    ours, theirs = (_by_cell(cell[who], change[who], cell.max() + 1)
                    for who in (enrolled, ~enrolled))  # fmt: skip
    both = (ours.people > 0) & (theirs.people > 0)
    weight = ours.people * both / (ours.people * both).sum()
    error = weight**2 @ (ours.squared_error + theirs.squared_error)
    value = weight @ (ours.mean - theirs.mean)
    return Estimate(float(value), float(np.sqrt(error)), int((ours.people * both).sum()))


class _Cells(NamedTuple):
    people: np.ndarray
    mean: np.ndarray
    squared_error: np.ndarray  # of the mean


def _by_cell(cell: np.ndarray, change: np.ndarray, cells: int) -> _Cells:
    """Mean change of people by cell; the variance is that of all about the mean of their cell."""
    people = np.bincount(cell, minlength=cells)
    size = np.maximum(people, 1)
    mean = np.bincount(cell, change, minlength=cells) / size
    spread = (change - mean[cell]) ** 2
    within = spread.sum() / max(change.size - (people > 0).sum(), 1)
    return _Cells(people, mean, within / size)


def true_effect(with_it: np.ndarray, without: np.ndarray) -> Estimate:
    """What enrolment did: the same people, with the same luck, enrolled and not.

    Events of each person in either run [people]; the error is that of so many people.
    """
    return _mean(with_it.astype(np.float64) - without)


def _mean(change: np.ndarray) -> Estimate:
    error = change.std() / np.sqrt(max(change.size, 1))
    return Estimate(float(change.mean()), float(error), int(change.size))


def cells_of(stratum: np.ndarray, past: np.ndarray) -> np.ndarray:
    """Cells of people alike in age band, conditions, deprivation and past admissions [people].

    `stratum`: of each; `past`: admissions of the year before.
    """
    cells: np.ndarray = stratum.astype(np.int64) * (past.max(initial=0) + 1) + past
    return cells
