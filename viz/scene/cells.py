"""The land of each area on the map: all that is nearer to its centre than to any other.

Published areas have centres here, and no boundaries. A cell is a many-sided disc cut by the lines
half-way to its neighbours (a bounded Voronoi cell), so the outline of a place follows its people.
"""

import numpy as np
from scipy.spatial import cKDTree

SIDES = 40  # of the disc before it is cut
REACH = 2.3  # radius of the disc over the distance to the neighbours
NEIGHBOURS = 24  # that may cut a cell


def cells_of(points: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each point [n, 2] the corners [k, 2] of its cell, and the point beyond each side [k].

    A side that lies on the disc has no point beyond it: -1.
    """
    count = min(NEIGHBOURS + 1, len(points))
    apart, near = cKDTree(points).query(points, range(1, count + 1))
    radius = REACH * _typical_distance(apart)
    return [_cell(points, row, radius, near[row], apart[row]) for row in range(len(points))]


def _typical_distance(apart: np.ndarray) -> float:
    """Of points to their third neighbour; `apart` [n, k] are distances, the first to itself."""
    if apart.shape[1] < 2:
        return 1.0
    return float(np.median(apart[:, min(3, apart.shape[1] - 1)]))


def _cell(
    points: np.ndarray, row: int, radius: float, near: np.ndarray, apart: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    turn = np.linspace(0.0, 2.0 * np.pi, SIDES, endpoint=False)
    corners = points[row] + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    beyond = np.full(SIDES, -1)
    for other, distance in zip(near, apart, strict=True):
        if 0.0 < distance < 2.0 * np.hypot(*(corners - points[row]).T).max():
            corners, beyond = _cut(corners, beyond, points[row], points[other], int(other))
    return corners, beyond


def _cut(
    corners: np.ndarray, beyond: np.ndarray, own: np.ndarray, far: np.ndarray, other: int
) -> tuple[np.ndarray, np.ndarray]:
    """What is left of a convex cell on its own side of the line half-way to another point."""
    inside = (corners - (own + far) / 2.0) @ (far - own)
    stays = inside <= 0.0
    if stays.all():
        return corners, beyond
    after = np.roll(np.arange(len(corners)), -1)
    crosses = stays != stays[after]
    share = inside / np.where(crosses, inside - inside[after], 1.0)
    crossings = corners + share[:, None] * (corners[after] - corners)
    # In turn round the cell: each corner that stays, then the crossing on the side that it begins.
    every = np.stack([corners, crossings], axis=1).reshape(-1, 2)
    sides = np.stack([beyond, np.where(stays, other, beyond)], axis=1).ravel()
    kept = np.stack([stays, crosses], axis=1).ravel()
    return every[kept], sides[kept]
