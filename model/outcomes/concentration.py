"""How concentrated the care of an area is, and between whom its people can really choose.

Arrays are lists of candidates by area. `shares[n_areas, J]` is the share of the area's patients
expected to choose each of its J candidates (predicted flows, free of the quality that actual flows
answer to: Kessler & McClellan 2000); a row sums to 1, or to 0 where there is nobody to choose.
`owner[n_areas, J]` (or `[J]`, when all areas share one list) is a whole number for the body that
owns the candidate, -1 where the list is shorter than J. Two sites of one owner are two candidates.
A row may as well be an area and pathway, and a share the value of contracts held: the measures are
the same for delivering care and for holding contracts. `need[n_areas]` counts the people or the
events that an area weighs with. HHI runs from 0 to 1 (times 10,000 in merger guidance).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agents.numerics.compiled import compiled
from model.input.errors import InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOBODY = -1
SUM_TOLERANCE = 1e-6


def candidate_shares(shares: ArrayLike, owner: ArrayLike) -> tuple[Floats, Ints]:
    """Shares and owner codes, both [n_areas, J]; `InputError` if they cannot be predicted flows."""
    p, codes = np.asarray(shares, dtype=np.float64), np.asarray(owner, dtype=np.int64)
    if p.ndim != 2 or codes.shape not in (p.shape, p.shape[1:]):
        raise InputError("shares and owners differ in shape", key="owner", value=codes.shape)
    codes = np.broadcast_to(codes, p.shape)
    totals = p.sum(axis=1)
    whole = (np.abs(totals - 1.0) < SUM_TOLERANCE) | (totals == 0.0)
    if not whole.all() or (p < 0.0).any():
        raise InputError("the shares of an area must sum to 1, or be all 0", key="shares")
    if p[codes == NOBODY].any():
        raise InputError("a padded candidate must have share 0", key="shares")
    return p, codes


def owner_shares(shares: ArrayLike, owner: ArrayLike) -> Floats:
    """For each candidate, the area's share that goes to *its owner* at all sites, [n_areas, J]."""
    p, codes = candidate_shares(shares, owner)
    totals = np.empty_like(p)
    for j in range(p.shape[1]):
        totals[:, j] = (p * (codes == codes[:, j : j + 1])).sum(axis=1)
    return totals


def hhi_by_area(shares: ArrayLike, owner: ArrayLike) -> Floats:
    """Predicted-flow HHI between owners by area, [n_areas], 0-1; NaN where nobody can be chosen.

    HHI_a = sum_o P_ao^2 with P_ao the share of owner o over all its sites (Kessler & McClellan,
    Quarterly Journal of Economics 2000; for England Gaynor, Moreno-Serra & Propper, American
    Economic Journal: Economic Policy 2013).
    """
    # sum_o P_o^2 = sum_j P_j P_owner(j): no need to gather the sites of an owner first
    p = np.asarray(shares, dtype=np.float64)
    hhi = (p * owner_shares(shares, owner)).sum(axis=1)
    return np.where(p.any(axis=1), hhi, np.nan)


def hhi_by_site(shares: ArrayLike) -> Floats:
    """Predicted-flow HHI between sites by area, [n_areas], 0-1: each candidate its own owner.

    The gap to `hhi_by_area` is the concentration that comes from common ownership alone.
    """
    return hhi_by_area(shares, np.arange(np.shape(shares)[-1]))


def need_weighted_mean(
    values: ArrayLike, need: ArrayLike, group: ArrayLike | None = None, n_groups: int = 1
) -> Floats:
    """Mean of an area measure over people in need, by group of areas, [n_groups].

    `values[n_areas]`; areas with NaN are left out. `group[n_areas]` might be the deprivation fifth;
    without it there is one group. NaN for a group without need.
    """
    x, weight = np.asarray(values, dtype=np.float64), np.asarray(need, dtype=np.float64)
    known = ~np.isnan(x)
    of = np.zeros(x.size, dtype=np.int64) if group is None else np.asarray(group, dtype=np.int64)
    total = np.bincount(of[known], (x * weight)[known], minlength=n_groups)
    return _ratio(total, np.bincount(of[known], weight[known], minlength=n_groups))


def geometric_mean_hhi(hhi: ArrayLike, need: ArrayLike | None = None) -> float:
    """exp of the (weighted) mean of ln HHI, over areas or hospitals, 0-1.

    Those with NaN, and those where nobody treats (0), are left out. The form in which Cooper,
    Gibbons, Jones & McGuire (Economic Journal 2011) report England's hospital markets: the mean of
    -ln HHI on predicted flows is 1.05, a geometric mean of 0.35.
    """
    known = np.asarray(hhi, dtype=np.float64)
    log_hhi = np.log(np.where(known > 0.0, known, np.nan))
    weight = np.ones(log_hhi.size) if need is None else need
    return float(np.exp(need_weighted_mean(log_hhi, weight)[0]))


def loci(
    shares: ArrayLike, owner: ArrayLike, need: ArrayLike, n_owners: int | None = None
) -> Floats:
    """Logit competition index of each owner, [n_owners]: 0 a monopoly, towards 1 competitive.

    LOCI_h = 1 - sum_a (n_ah / n_h) s_ah with n_ah = need_a s_ah and s_ah the owner's share of area
    a, all its sites together (Akosa Antwi, Gaynor & Vogt, Forum for Health Economics & Policy
    2009). NaN for an owner without predicted patients.
    """
    flows, codes = _flows(shares, owner, need)
    return 1.0 - _mean_over_flows(owner_shares(shares, owner), flows, codes, n_owners)


def real_alternatives(
    utility_without_near_distance: ArrayLike,
    minutes: ArrayLike,
    owner: ArrayLike,
    capacity: ArrayLike,
    shares: ArrayLike,
    window_minutes: float = 60.0,
    window_logits: float = 2.0,
    full: ArrayLike = False,
) -> Floats:
    """Effective number of owners between whom people of an area can really choose, [n_areas].

    The owner who treats most of them is one. Each rival counts by the part of that owner's patients
    that it could take: its capacity in reach over that owner's, at most one. A clinic of one per
    cent beside a hospital makes 1.01, a rival as large as that owner 2, nobody in reach 0. Below 2
    the owner to whom most go has more than half of the capacity in reach, the share from which
    dominance is presumed (AKZO v Commission, C-62/86, [1991] ECR I-3359, 60; Office of Fair
    Trading, Assessment of market power, OFT415, 2004); a giant that hardly anybody goes to makes
    nobody dominant. `capacity[n_areas, J]` is what a candidate can do in a month, 0 if it is shut,
    or not permitted; where its list is `full` a rival takes nobody, and whoever treats most is one
    all the same. `shares[n_areas, J]` are predicted flows. A candidate is in reach
    if at most `window_minutes` away, and at most `window_logits` below the best of those. The
    utility, in logits, leaves out the distaste for the first minutes of travel (30), since having
    one hospital next door does not make the next one unreal. What is out of reach sets no standard.
    Closeness as substitutes, not a market's border, is what merger control looks for (Office of
    Fair Trading & Competition Commission, Merger Assessment Guidelines, 2010).
    """
    utility, time = np.asarray(utility_without_near_distance, float), np.asarray(minutes, float)
    codes = np.array(np.broadcast_to(np.asarray(owner, dtype=np.int64), utility.shape))
    room = np.where(codes != NOBODY, np.asarray(capacity, dtype=np.float64), 0.0)
    near = (room > 0.0) & (time <= window_minutes)
    best = np.where(near, utility, -np.inf).max(axis=1, initial=-np.inf)
    within = np.where(near & (utility >= best[:, None] - window_logits), room, 0.0)
    free = np.where(np.asarray(full), 0.0, within)
    return _owners_beside_the_usual(codes, within, free, np.array(shares, dtype=np.float64))


def share_with_few_alternatives(
    counts: ArrayLike,
    need: ArrayLike,
    fewer_than: float = 2.0,
    group: ArrayLike | None = None,
    n_groups: int = 1,
) -> Floats:
    """Share of the need in areas with fewer than `fewer_than` real alternatives, [n_groups], 0-1.

    `counts[n_areas]` from `real_alternatives`; groups as in `need_weighted_mean`. `group`
    [n_areas]: the group of each area.
    """
    few = (np.asarray(counts) < fewer_than).astype(np.float64)
    return need_weighted_mean(few, need, group, n_groups)


@compiled
def _owners_beside_the_usual(
    codes: np.ndarray, capacity: np.ndarray, free: np.ndarray, shares: np.ndarray
) -> np.ndarray:
    """One for whoever treats most, and rivals by free capacity over its own, [n_areas]."""
    areas, size = codes.shape
    number, own, treats, room = np.zeros(areas), np.empty(size), np.empty(size), np.empty(size)
    for a in range(areas):
        usual = -1
        for j in range(size):
            own[j], treats[j], room[j], first = 0.0, 0.0, 0.0, True
            for k in range(size):
                if codes[a, k] == codes[a, j]:
                    own[j] += capacity[a, k]
                    treats[j] += shares[a, k]
                    room[j] += free[a, k]
                    first = first and k >= j
            own[j] = own[j] if first else 0.0  # an owner counts at its first candidate
            if own[j] > 0.0 and (usual < 0 or (treats[j], own[j]) > (treats[usual], own[usual])):
                usual = j
        for j in range(size):
            if j == usual:
                number[a] += 1.0
            elif own[j] > 0.0:
                number[a] += min(room[j] / own[usual], 1.0)
    return number


def _flows(shares: ArrayLike, codes: ArrayLike, need: ArrayLike) -> tuple[Floats, Ints]:
    """Predicted patients need_a P_aj and the codes of the candidates, both [n_areas, J]."""
    p, codes = candidate_shares(shares, codes)
    return p * np.asarray(need, dtype=np.float64)[:, None], codes


def _size(codes: Ints, code_count: int | None) -> int:
    """Number of codes: as said, or as many as appear; `InputError` if more appear than said."""
    appear = int(codes.max(initial=NOBODY)) + 1
    if code_count is not None and appear > code_count:
        raise InputError("an owner's code is too large", key="owner", value=appear - 1)
    return appear if code_count is None else code_count


def _total_by_code(flows: Floats, codes: Ints, code_count: int) -> Floats:
    there = codes != NOBODY
    return np.bincount(codes[there], flows[there], minlength=code_count)


def _mean_over_flows(values: Floats, flows: Floats, codes: Ints, code_count: int | None) -> Floats:
    """Mean of a value over the predicted patients of each code, [code_count]; NaN without
    patients."""
    code_count = _size(codes, code_count)
    return _ratio(
        _total_by_code(values * flows, codes, code_count), _total_by_code(flows, codes, code_count)
    )


def _ratio(above: Floats, below: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0.0, above / below, np.nan)
