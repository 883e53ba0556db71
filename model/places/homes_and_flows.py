"""Who lives where and goes where: homes of registered patients, predicted flows to hospitals.

Both are gravity models with published distance effects: practices by Santos, Gravelle & Propper
2017 (Economic Journal), hospitals by Gutacker et al. 2016 (Journal of Health Economics).
"""

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from model.parameters import Parameters

FITTING_ROUNDS = 40


def points_km(table: pd.DataFrame) -> np.ndarray:
    """Positions [rows, 2] in km."""
    return table[["easting_km", "northing_km"]].to_numpy(float)


def whole_numbers(expected: np.ndarray, group: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Expected counts rounded so that each group keeps its total (largest remainder).

    `expected` [cells] of at least 0, `group` [cells] gives each cell's group, and `totals`
    [groups] are the whole numbers to meet: within each group `expected` must sum to them.
    """
    counts = np.floor(expected + 1e-9).astype(np.int64)
    missing = totals - np.bincount(group, counts, len(totals)).astype(np.int64)
    order = np.lexsort((np.arange(len(expected)), counts - expected, group))
    starts = np.searchsorted(group[order], np.arange(len(totals)))
    rank = np.arange(len(expected)) - starts[group[order]]
    counts[order] += rank < missing[group[order]]
    return counts


def homes_of_patients(
    practices: pd.DataFrame, areas: pd.DataFrame, parameters: Parameters
) -> pd.DataFrame:
    """How many of each practice's patients live in each area (practice, area, patients).

    Gravity within reach, fitted in turn to areas' populations (scaled to all lists) and to list
    sizes, which are met exactly and in whole patients. `practices` with list sizes and points,
    `areas` with people and points.
    """
    row, column = _cells_in_reach(
        practices, areas, int(parameters["geography.practice_reach_areas"])
    )
    weight = _gravity(practices, areas, row, column, parameters)
    lists = practices["list_size"].to_numpy(float)
    residents = areas["population"].to_numpy(float)
    expected = _fitted(weight, row, column, lists, residents * (lists.sum() / residents.sum()))
    keep = _large_enough(expected, row, column, parameters["geography.smallest_home_group"])
    row, column, expected = row[keep], column[keep], expected[keep]
    expected *= (lists / np.bincount(row, expected, len(lists)))[row]
    patients = whole_numbers(expected, row, practices["list_size"].to_numpy(np.int64))
    names = {"practice": practices["practice"].to_numpy()[row]}
    names |= {"area": areas["area"].to_numpy()[column]}
    cells = pd.DataFrame(names | {"patients": patients})
    return cells[cells["patients"] > 0].reset_index(drop=True)


def _cells_in_reach(
    practices: pd.DataFrame, areas: pd.DataFrame, reach: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of practice and area: the nearest areas of each practice, and three the other way."""
    reach, back = min(reach, len(areas)), min(3, len(practices))
    near = cKDTree(points_km(areas)).query(points_km(practices), k=[*range(1, reach + 1)])[1]
    nearest = cKDTree(points_km(practices)).query(points_km(areas), k=[*range(1, back + 1)])[1]
    forward = np.repeat(np.arange(len(practices)), reach) * len(areas) + near.ravel()
    backward = nearest.ravel() * len(areas) + np.repeat(np.arange(len(areas)), back)
    row, column = np.divmod(np.unique(np.concatenate([forward, backward])), len(areas))
    return row, column


def _gravity(
    practices: pd.DataFrame,
    areas: pd.DataFrame,
    row: np.ndarray,
    column: np.ndarray,
    parameters: Parameters,
) -> np.ndarray:
    away = np.hypot(*(points_km(practices)[row] - points_km(areas)[column]).T)
    same = practices["commissioner"].to_numpy()[row] == areas["commissioner"].to_numpy()[column]
    utility = parameters["geography.same_commissioner_bonus"] * same
    utility = utility - parameters["geography.practice_distance_effect_per_km"] * away
    best = np.full(len(practices), -np.inf)
    np.maximum.at(best, row, utility)
    # A practice far from every area keeps usable weights: only differences within a row matter.
    relative = np.maximum(utility - best[row], -200.0)
    gravity: np.ndarray = areas["population"].to_numpy(float)[column] * np.exp(relative)
    return gravity


def _fitted(
    weight: np.ndarray, row: np.ndarray, column: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """Iterative proportional fitting of sparse cells to both margins; the rows are met exactly."""
    cells = weight.copy()
    for _ in range(FITTING_ROUNDS):
        cells *= (columns / np.maximum(np.bincount(column, cells, len(columns)), 1e-300))[column]
        cells *= (rows / np.maximum(np.bincount(row, cells, len(rows)), 1e-300))[row]
    return cells


def _large_enough(
    expected: np.ndarray, row: np.ndarray, column: np.ndarray, smallest: float
) -> np.ndarray:
    """Cells worth keeping: not tiny, or the largest of their practice or of their area."""
    top_row = np.zeros(row.max() + 1)
    top_column = np.zeros(column.max() + 1)
    np.maximum.at(top_row, row, expected)
    np.maximum.at(top_column, column, expected)
    enough: np.ndarray = (
        (expected >= smallest) | (expected == top_row[row]) | (expected == top_column[column])
    )
    return enough


def hospital_shares(areas: pd.DataFrame, sites: pd.DataFrame, parameters: Parameters) -> np.ndarray:
    """Predicted share [areas, sites] of each area's hospital patients who go to each site.

    A logit on straight-line distance and beds; each row sums to 1.
    """
    gap = points_km(areas)[:, None, :] - points_km(sites)[None, :, :]
    away = np.minimum(
        np.hypot(gap[..., 0], gap[..., 1]), parameters["geography.hospital_distance_cap_km"]
    )
    utility = -parameters["geography.hospital_distance_effect_per_km"] * away
    utility += parameters["geography.hospital_distance_curve_per_km2"] * away**2
    beds = np.maximum(sites["beds"].to_numpy(float), 1.0)
    utility += parameters["geography.hospital_beds_effect"] * np.log(beds)
    odds = np.exp(utility - utility.max(axis=1, keepdims=True))
    parts: np.ndarray = odds / odds.sum(axis=1, keepdims=True)
    return parts
