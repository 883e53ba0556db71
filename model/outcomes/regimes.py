"""Which regime an area is in: monopoly and fragmentation, measured apart and placed together.

The rule has two questions. *Monopoly*: have most of those in need fewer than two real alternatives,
and is the market between those who treat highly concentrated? The first asks who could take the
patients, the second who does; both must hold. *Fragmentation*: do more handovers get lost than in
the same area, in the same year, under the status quo of the same seed, and does continuity with
teams not say the opposite? Between fragmented and joined up lies a middle band. An area leaves it
only if it lies beyond the margin by more than its own standard error.

| Handovers | Choice | Monopoly |
|---|---|---|
| lost more often | fragmented | monopoly and fragmented |
| about as in the status quo | plural | local monopoly |
| lost less often | joined up with choice | monopoly and joined up |

The status quo is what areas are compared with, so it is in the middle band by construction: it is
plural or a local monopoly. Many rural places are monopolies from the start, so a level is reported
with the change from it. A change counts if it lasts some years (`transitions`).
"""

from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.input.errors import InputError
from model.parameters import Parameters

Codes = NDArray[np.int8]

NOT_MEASURED = -1
PLURAL, FRAGMENTED, JOINED_UP_WITH_CHOICE = 0, 1, 2
LOCAL_MONOPOLY, MONOPOLY_AND_FRAGMENTED, MONOPOLY_AND_JOINED_UP = 3, 4, 5
REGIMES = (
    "plural",
    "fragmented",
    "joined_up_with_choice",
    "local_monopoly",
    "monopoly_and_fragmented",
    "monopoly_and_joined_up",
)

SENSITIVITY = 0.2  # by which share thresholds and windows are lowered and raised
VARIED = (1.0 - SENSITIVITY, 1.0 + SENSITIVITY)
#: What decides which alternatives are real (`regimes.*`), each lower and higher.
WINDOWS = tuple(
    (name, factor)
    for name in (
        "alternatives_needed",
        "window_minutes",
        "window_logits",
        "near_minutes",
        "longest_wait_months",
    )
    for factor in VARIED
)


@dataclass(frozen=True)
class Thresholds:
    """Where the lines lie (`regimes.*` of the parameters, where each has its source or reason)."""

    few_alternatives_share: float
    highly_concentrated_hhi: float
    fragmented_margin: float
    joined_up_margin: float
    continuity_margin: float

    @classmethod
    def from_parameters(cls, parameters: Parameters) -> "Thresholds":
        """The thresholds declared in the parameters of a run."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: float(parameters[f"regimes.{name}"]) for name in names})

    def scaled(self, name: str, factor: float) -> "Thresholds":
        """The same thresholds with one multiplied by `factor`."""
        return replace(self, **{name: getattr(self, name) * factor})


@dataclass(frozen=True)
class AreaMeasures:
    """The two measured families, arrays of one shape ([n_areas, n_years], say); NaN if unknown.

    `few_alternatives_share` (0-1) and `hhi` (0-1, between owners of who treats) speak of monopoly.
    Of fragmentation, both among people with two or more conditions, speak `lost_ratio` (expected
    lost handovers) and `coc_ratio` (Bice-Boxerman continuity over teams): each relative to the same
    area and year of the status quo, 1 where nothing differs, with its standard error.
    """

    few_alternatives_share: ArrayLike
    hhi: ArrayLike
    lost_ratio: ArrayLike = 1.0
    coc_ratio: ArrayLike = 1.0
    lost_error: ArrayLike = 0.0
    coc_error: ArrayLike = 0.0


class LastingChange(NamedTuple):
    """For each area the lasting change in force at the end: its first year and regime, -1 if none.

    `years` is how long the spell had lasted by then (0 if there is none).
    """

    year: NDArray[np.int64]
    regime: NDArray[np.int64]
    years: NDArray[np.int64]


def monopoly(measures: AreaMeasures, thresholds: Thresholds) -> NDArray[np.bool_]:
    """Whether most need has no choice of owner *and* the market is highly concentrated."""
    few = np.asarray(measures.few_alternatives_share) >= thresholds.few_alternatives_share
    return few & (np.asarray(measures.hhi) > thresholds.highly_concentrated_hhi)


def fragmented(measures: AreaMeasures, thresholds: Thresholds) -> NDArray[np.bool_]:
    """Whether handovers are lost more often, and team continuity is not clearly better."""
    more = _low(measures.lost_ratio, measures.lost_error) > 1.0 + thresholds.fragmented_margin
    better = _low(measures.coc_ratio, measures.coc_error) > 1.0 + thresholds.continuity_margin
    return more & ~better


def joined_up(measures: AreaMeasures, thresholds: Thresholds) -> NDArray[np.bool_]:
    """Whether handovers are lost less often, and team continuity is not clearly worse."""
    less = _high(measures.lost_ratio, measures.lost_error) < 1.0 - thresholds.joined_up_margin
    worse = _high(measures.coc_ratio, measures.coc_error) < 1.0 - thresholds.continuity_margin
    return less & ~worse


def _low(ratio: ArrayLike, error: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(ratio, dtype=np.float64) - np.asarray(error, dtype=np.float64)


def _high(ratio: ArrayLike, error: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(ratio, dtype=np.float64) + np.asarray(error, dtype=np.float64)


def regime_of(measures: AreaMeasures, thresholds: Thresholds) -> Codes:
    """The regime of each area-year as a code into `REGIMES`, -1 where a measure is unknown."""
    more, less = fragmented(measures, thresholds), joined_up(measures, thresholds)
    with_choice = np.where(more, FRAGMENTED, np.where(less, JOINED_UP_WITH_CHOICE, PLURAL))
    joined = np.where(less, MONOPOLY_AND_JOINED_UP, LOCAL_MONOPOLY)
    without_choice = np.where(more, MONOPOLY_AND_FRAGMENTED, joined)
    codes = np.where(monopoly(measures, thresholds), without_choice, with_choice)
    total = sum(np.asarray(value, dtype=np.float64) for value in vars(measures).values())
    return np.where(np.isnan(total), NOT_MEASURED, codes).astype(np.int8)


def is_monopoly_regime(codes: ArrayLike) -> NDArray[np.bool_]:
    """Which codes are one of the three monopoly regimes: the monopoly family on its own."""
    return np.isin(codes, (LOCAL_MONOPOLY, MONOPOLY_AND_FRAGMENTED, MONOPOLY_AND_JOINED_UP))


def is_fragmented_regime(codes: ArrayLike) -> NDArray[np.bool_]:
    """Which codes are one of the two fragmented regimes: the fragmentation family on its own."""
    return np.isin(codes, (FRAGMENTED, MONOPOLY_AND_FRAGMENTED))


def is_joined_up_regime(codes: ArrayLike) -> NDArray[np.bool_]:
    """Which codes are one of the two joined-up regimes."""
    return np.isin(codes, (JOINED_UP_WITH_CHOICE, MONOPOLY_AND_JOINED_UP))


def transitions(codes: ArrayLike, start_codes: ArrayLike, lasting_years: int = 3) -> LastingChange:
    """The change from the start that is in force at the end, by area.

    `codes[n_areas, n_years]` are regimes, or one family of them (0, 1: `is_monopoly_regime`), and
    `start_codes[n_areas]` those of the status quo at the start. An area moves to another regime
    when it has been in it for at least `lasting_years` successive years, and stays there until
    another spell is as long; shorter spells, and years that could not be measured, move it nowhere.
    An area that was not measured at the start has no change.
    """
    years, start = np.asarray(codes, dtype=np.int64), np.asarray(start_codes, dtype=np.int64)
    if years.ndim != 2 or start.shape != years.shape[:1]:
        raise InputError(
            "needs one code of the start an area", key="start_codes", value=start.shape
        )
    last = years.shape[1]
    regime, since = start.copy(), np.full(start.size, -1)
    spell = _years_ahead_in_same_code(years)
    for year in range(last):
        lasts = (years[:, year] != NOT_MEASURED) & (spell[:, year] >= lasting_years)
        moves = lasts & (start != NOT_MEASURED) & (years[:, year] != regime)
        since = np.where(moves, year, since)
        regime = np.where(moves, years[:, year], regime)
    changed = (since >= 0) & (regime != start)
    return LastingChange(
        np.where(changed, since, -1), np.where(changed, regime, NOT_MEASURED),
        np.where(changed, last - since, 0),
    )  # fmt: skip


def settled_regime(start_codes: ArrayLike, change: LastingChange) -> NDArray[np.int64]:
    """Where each area came to rest, [n_areas]: its lasting new regime, or that of the start.

    A regime map is `regime_shares` of these over replicates.
    """
    return np.where(change.year >= 0, change.regime, np.asarray(start_codes, dtype=np.int64))


def transition_shares(
    start_codes: ArrayLike, change: LastingChange, need: ArrayLike
) -> NDArray[np.float64]:
    """Share of need by regime at the start (rows) and lasting regime (columns), [6, 6], sums to 1.

    An area without a lasting change stands on the diagonal; one that was not measured at the start
    is left out. All NaN if no area is left. `start_codes` [n_areas]; `change`: where each area has
    come to stand; `need` [n_areas].
    """
    start = np.asarray(start_codes, dtype=np.int64)
    known, to = start != NOT_MEASURED, settled_regime(start, change)
    table = np.zeros((len(REGIMES), len(REGIMES)))
    np.add.at(table, (start[known], to[known]), np.asarray(need, dtype=np.float64)[known])
    return _shares_of(table, table.sum())


def regime_shares(codes: ArrayLike) -> NDArray[np.float64]:
    """Share of replicates in each regime, [..., 6], from `codes[n_replicates, ...]`.

    Over the replicates that could be measured; NaN where none could. The last axis sums to 1.
    """
    replicates = np.asarray(codes)
    counts = np.stack([(replicates == code).sum(axis=0) for code in range(len(REGIMES))], axis=-1)
    return _shares_of(counts, counts.sum(axis=-1, keepdims=True))


def shares_of_people(codes: ArrayLike, people: ArrayLike) -> NDArray[np.float64]:
    """Share of people (0-1) in areas of each regime, [6], over areas that could be measured."""
    known = np.asarray(codes) != NOT_MEASURED
    weight = np.asarray(people, dtype=np.float64)[known]
    found = np.bincount(np.asarray(codes)[known], weights=weight, minlength=len(REGIMES))
    return _shares_of(found, weight.sum())


def _years_ahead_in_same_code(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many years, this one included, an area stays in the code of this year, as `codes`."""
    ahead = np.ones_like(codes)
    for year in range(codes.shape[1] - 2, -1, -1):
        stays = codes[:, year] == codes[:, year + 1]
        ahead[:, year] += np.where(stays, ahead[:, year + 1], 0)
    return ahead


def _shares_of(counts: NDArray[Any], total: ArrayLike) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        return counts / np.asarray(total, dtype=np.float64)
