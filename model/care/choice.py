"""Where patients can go: candidate sites, their attraction, and the flows to be expected."""

import numpy as np

from agents.numerics.compiled import compiled


@compiled
def expected_shares(
    pair_practice: np.ndarray,
    pair_area: np.ndarray,
    pair_weight: np.ndarray,
    near: np.ndarray,
    candidate: np.ndarray,
    attraction: np.ndarray,
    usual: np.ndarray,
    default: np.ndarray,
    aware: float,
) -> np.ndarray:
    """Share of a practice's referrals that goes to each candidate [practices, candidates, 13].

    A share `aware` of patients choose by a logit over what is offered from where they live; for the
    others the same holds of the few sites where the practice refers (`usual`, 1 or 0).
    """
    practices, size, pathways = attraction.shape
    shares = np.zeros((practices, size, pathways))
    weight, has_list = np.empty(size), np.zeros(practices, dtype=np.uint8)
    for n in range(pair_practice.size):
        g, area = pair_practice[n], pair_area[n]
        has_list[g] = 1
        for p in range(pathways):
            total, known = 0.0, 0.0
            for j in range(size):
                weight[j] = 0.0
                if candidate[g, j] >= 0:
                    weight[j] = near[area, candidate[g, j]] * attraction[g, j, p]
                total += weight[j]
                known += weight[j] * usual[g, j, p]
            for j in range(size):
                if total > 0.0:
                    shares[g, j, p] += aware * pair_weight[n] * weight[j] / total
                if known > 0.0:
                    part = (1.0 - aware) * pair_weight[n] * usual[g, j, p]
                    shares[g, j, p] += part * weight[j] / known
            if total <= 0.0:
                shares[g, default[g, p], p] += aware * pair_weight[n]
            if known <= 0.0:
                shares[g, default[g, p], p] += (1.0 - aware) * pair_weight[n]
    for g in range(practices):
        if not has_list[g]:
            for p in range(pathways):
                shares[g, default[g, p], p] = 1.0
    return shares


@compiled
def emergency_shares(
    pair_practice: np.ndarray,
    pair_area: np.ndarray,
    pair_weight: np.ndarray,
    distance_km: np.ndarray,
    candidate: np.ndarray,
    emergency: np.ndarray,
) -> np.ndarray:
    """Share of a practice's emergencies that goes to each candidate: the nearest department."""
    shares = np.zeros(candidate.shape)
    for n in range(pair_practice.size):
        g, best, nearest = pair_practice[n], 0, np.inf
        for j in range(candidate.shape[1]):
            site = candidate[g, j]
            if site >= 0 and emergency[site] and distance_km[pair_area[n], site] < nearest:
                best, nearest = j, distance_km[pair_area[n], site]
        shares[g, best] += pair_weight[n]
    return shares


@compiled
def cross_response(
    pair_practice: np.ndarray,
    pair_area: np.ndarray,
    pair_weight: np.ndarray,
    near: np.ndarray,
    candidate: np.ndarray,
    attraction: np.ndarray,
    usual: np.ndarray,
    aware: float,
    flow: np.ndarray,
    out: np.ndarray,
) -> None:
    """Add what flow a site gets more for a logit more of utility of each site [13, sites, sites].

    As in `expected_shares`; `flow` [practices, 13]. A share s within a choice set gains s (1 - s)
    by itself, and loses s t for a site with share t.
    """
    size, pathways = candidate.shape[1], flow.shape[1]
    all_of, known_of = np.empty(size), np.empty(size)
    for n in range(pair_practice.size):
        g, area = pair_practice[n], pair_area[n]
        for p in range(pathways):
            total, known = 0.0, 0.0
            for j in range(size):
                all_of[j] = 0.0
                if candidate[g, j] >= 0:
                    all_of[j] = near[area, candidate[g, j]] * attraction[g, j, p]
                known_of[j] = all_of[j] * usual[g, j, p]
                total += all_of[j]
                known += known_of[j]
            if total <= 0.0:
                continue
            each = pair_weight[n] * flow[g, p]
            for j in range(size):
                for k in range(size):
                    if all_of[j] > 0.0 and all_of[k] > 0.0:
                        same = 1.0 if j == k else 0.0
                        gain = aware * all_of[j] / total * (same - all_of[k] / total)
                        if known > 0.0:
                            part = known_of[j] / known * (same - known_of[k] / known)
                            gain += (1.0 - aware) * part
                        out[p, candidate[g, j], candidate[g, k]] += each * gain
