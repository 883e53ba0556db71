"""The land of each area on the map: all that is nearer to its centre than to any other.

Published areas have centres here, and no boundaries. A cell is a many-sided disc cut by the lines
half-way to its neighbours (a bounded Voronoi cell), so the outline of a place follows its people.
"""

import numpy as np

SIDES = 40  # of the disc before it is cut
REACH = 2.3  # radius of the disc over the distance to the neighbours
NEIGHBOURS = 24  # that may cut a cell


def cells_of(points: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each point [n, 2] the corners [k, 2] of its cell, and the point beyond each side [k].

    A side that lies on the disc has no point beyond it: -1.
    """
    radius = REACH * _typical_distance(points)
    return [_cell(points, row, radius) for row in range(len(points))]


def _typical_distance(points: np.ndarray) -> float:
    if len(points) < 2:
        return 1.0
    apart = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    several = min(3, len(points) - 1)
    return float(np.median(np.sort(apart, axis=1)[:, several - 1]))


def _cell(points: np.ndarray, row: int, radius: float) -> tuple[np.ndarray, np.ndarray]:
    turn = np.linspace(0.0, 2.0 * np.pi, SIDES, endpoint=False)
    corners = points[row] + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    beyond = np.full(SIDES, -1)
    distance = np.hypot(*(points - points[row]).T)
    for other in np.argsort(distance, kind="stable")[1 : NEIGHBOURS + 1]:
        if 0.0 < distance[other] < 2.0 * radius:
            corners, beyond = _cut(corners, beyond, points[row], points[other], int(other))
    return corners, beyond


def _cut(
    corners: np.ndarray, beyond: np.ndarray, own: np.ndarray, far: np.ndarray, other: int
) -> tuple[np.ndarray, np.ndarray]:
    """What is left of a convex cell on its own side of the line half-way to another point."""
    inside = (corners - (own + far) / 2.0) @ (far - own)
    kept: list[np.ndarray] = []
    sides: list[int] = []
    for i in range(len(corners)):
        j = (i + 1) % len(corners)
        if inside[i] <= 0.0:
            kept.append(corners[i])
            sides.append(int(beyond[i]))
        if (inside[i] <= 0.0) != (inside[j] <= 0.0):
            share = inside[i] / (inside[i] - inside[j])
            kept.append(corners[i] + share * (corners[j] - corners[i]))
            sides.append(other if inside[i] <= 0.0 else int(beyond[i]))
    return np.array(kept), np.array(sides)
