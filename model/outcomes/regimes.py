"""Which regime an area is in: monopoly and fragmentation, measured apart and placed together.

The rule has two questions. *Monopoly*: have most of those in need fewer than two real alternatives,
and is the market between owners highly concentrated? England's hospital markets lie above the
guidance's line almost everywhere (geometric mean HHI 0.35: Cooper, Gibbons, Jones & McGuire,
Economic Journal 2011), so concentration alone would call every place a monopoly: both must hold.
*Fragmentation*: do more handovers get lost than in the baseline, and does continuity with teams
not say the opposite? Between fragmented and joined up lies a middle band.

| Handovers | Choice | Monopoly |
|---|---|---|
| lost more often | fragmented | monopoly and fragmented |
| about as in the baseline | plural | local monopoly |
| lost less often | joined up with choice | local monopoly |

Many rural places are monopolies from the start, so a level is reported with the change from it.
"""

from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.errors import BadInput
from model.parameters import Parameters

Codes = NDArray[np.int8]

NOT_MEASURED = -1
PLURAL, FRAGMENTED, JOINED_UP_WITH_CHOICE, LOCAL_MONOPOLY, MONOPOLY_AND_FRAGMENTED = range(5)
REGIMES = (
    "plural",
    "fragmented",
    "joined_up_with_choice",
    "local_monopoly",
    "monopoly_and_fragmented",
)
MONTHS_OF_100_YEARS = 1200


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

    `few_alternatives_share` (0-1) and `hhi` (0-1, between owners, predicted flows) speak of
    monopoly; `lost_handovers` (per 100 patient-years) and `coc_team` (Bice-Boxerman over teams,
    0-1), both among people with two or more conditions, of fragmentation.
    """

    few_alternatives_share: ArrayLike
    hhi: ArrayLike
    lost_handovers: ArrayLike
    coc_team: ArrayLike


@dataclass(frozen=True)
class Baseline:
    """The status quo to compare with: of the nation, or of each area (anything that broadcasts)."""

    lost_handovers: ArrayLike
    coc_team: ArrayLike


class LastingChange(NamedTuple):
    """For each area the first change that lasted: its first year and regime, -1 if there is none.

    `years` is how long the spell lasted within the years observed (0 if there is none); a spell
    cut off by the end of the run counts only if it was long enough by then.
    """

    year: NDArray[np.int64]
    regime: NDArray[np.int64]
    years: NDArray[np.int64]


def lost_handovers_per_100_patient_years(lost: ArrayLike, patient_months: ArrayLike) -> NDArray:
    """Rate of lost handovers per 100 patient-years; NaN where there are no patient-months."""
    months = np.asarray(patient_months, dtype=np.float64)
    return MONTHS_OF_100_YEARS * np.asarray(lost) / np.where(months > 0, months, np.nan)


def monopoly(measures: AreaMeasures, thresholds: Thresholds) -> NDArray[np.bool_]:
    """Whether most need has no choice of owner *and* the market is highly concentrated."""
    few = np.asarray(measures.few_alternatives_share) >= thresholds.few_alternatives_share
    return few & (np.asarray(measures.hhi) > thresholds.highly_concentrated_hhi)


def fragmented(
    measures: AreaMeasures, baseline: Baseline, thresholds: Thresholds
) -> NDArray[np.bool_]:
    """Whether handovers are lost more often, and team continuity is not clearly better."""
    lost_line = np.asarray(baseline.lost_handovers) * (1.0 + thresholds.fragmented_margin)
    coc_line = np.asarray(baseline.coc_team) * (1.0 + thresholds.continuity_margin)
    return (np.asarray(measures.lost_handovers) > lost_line) & (
        np.asarray(measures.coc_team) <= coc_line
    )


def joined_up(
    measures: AreaMeasures, baseline: Baseline, thresholds: Thresholds
) -> NDArray[np.bool_]:
    """Whether handovers are lost less often, and team continuity is not clearly worse."""
    lost_line = np.asarray(baseline.lost_handovers) * (1.0 - thresholds.joined_up_margin)
    coc_line = np.asarray(baseline.coc_team) * (1.0 - thresholds.continuity_margin)
    return (np.asarray(measures.lost_handovers) < lost_line) & (
        np.asarray(measures.coc_team) >= coc_line
    )


def regime_of(measures: AreaMeasures, baseline: Baseline, thresholds: Thresholds) -> Codes:
    """The regime of each area-year as a code into `REGIMES`, -1 where a measure is unknown."""
    lost_more = fragmented(measures, baseline, thresholds)
    with_choice = np.where(joined_up(measures, baseline, thresholds), JOINED_UP_WITH_CHOICE, PLURAL)
    with_choice = np.where(lost_more, FRAGMENTED, with_choice)
    without_choice = np.where(lost_more, MONOPOLY_AND_FRAGMENTED, LOCAL_MONOPOLY)
    codes = np.where(monopoly(measures, thresholds), without_choice, with_choice)
    codes = np.where(np.isnan(_sum_of(measures) + _sum_of(baseline)), NOT_MEASURED, codes)
    return codes.astype(np.int8)


def is_monopoly_regime(codes: ArrayLike) -> NDArray[np.bool_]:
    """Which codes are one of the two monopoly regimes: the monopoly family on its own."""
    return np.isin(codes, (LOCAL_MONOPOLY, MONOPOLY_AND_FRAGMENTED))


def is_fragmented_regime(codes: ArrayLike) -> NDArray[np.bool_]:
    """Which codes are one of the two fragmented regimes: the fragmentation family on its own."""
    return np.isin(codes, (FRAGMENTED, MONOPOLY_AND_FRAGMENTED))


def transitions(
    codes: ArrayLike, baseline_codes: ArrayLike, lasting_years: int = 3
) -> LastingChange:
    """The first change from the baseline that lasts, by area.

    `codes[n_areas, n_years]` are regimes, or one family of them (0, 1: `is_monopoly_regime`), and
    `baseline_codes[n_areas]` those of the status quo. A change is a spell of at least
    `lasting_years` successive years in one regime other than the baseline's; years that could not
    be measured end a spell, and an area without a measured baseline has no change.
    """
    years, base = np.asarray(codes, dtype=np.int64), np.asarray(baseline_codes, dtype=np.int64)
    if years.ndim != 2 or base.shape != years.shape[:1]:
        raise BadInput("needs one baseline code an area", key="baseline_codes", value=base.shape)
    spell = _years_ahead_in_same_code(years)
    measured = (years != NOT_MEASURED) & (base[:, None] != NOT_MEASURED)
    lasts = measured & (years != base[:, None]) & (spell >= lasting_years)
    found, first = lasts.any(axis=1), lasts.argmax(axis=1)
    area = np.arange(base.size)
    year, regime = np.where(found, first, -1), np.where(found, years[area, first], NOT_MEASURED)
    return LastingChange(year, regime, np.where(found, spell[area, first], 0))


def settled_regime(baseline_codes: ArrayLike, change: LastingChange) -> NDArray[np.int64]:
    """Where each area came to rest, [n_areas]: its lasting new regime, or that of the baseline.

    A regime map is `regime_shares` of these over replicates.
    """
    return np.where(change.year >= 0, change.regime, np.asarray(baseline_codes, dtype=np.int64))


def transition_shares(
    baseline_codes: ArrayLike, change: LastingChange, need: ArrayLike
) -> NDArray[np.float64]:
    """Share of need by baseline regime (rows) and lasting regime (columns), [5, 5], sums to 1.

    An area without a lasting change stands on the diagonal; one without a measured baseline is
    left out. All NaN if no area is left.
    """
    base = np.asarray(baseline_codes, dtype=np.int64)
    known, to = base != NOT_MEASURED, settled_regime(base, change)
    table = np.zeros((len(REGIMES), len(REGIMES)))
    np.add.at(table, (base[known], to[known]), np.asarray(need, dtype=np.float64)[known])
    return _shares_of(table, table.sum())


def regime_shares(codes: ArrayLike) -> NDArray[np.float64]:
    """Share of replicates in each regime, [..., 5], from `codes[n_replicates, ...]`.

    Over the replicates that could be measured; NaN where none could. The last axis sums to 1.
    """
    replicates = np.asarray(codes)
    counts = np.stack([(replicates == code).sum(axis=0) for code in range(len(REGIMES))], axis=-1)
    return _shares_of(counts, counts.sum(axis=-1, keepdims=True))


def sensitivity(
    measures: AreaMeasures, baseline: Baseline, thresholds: Thresholds, by: float = 0.2
) -> list[dict[str, float | str]]:
    """What becomes of the verdicts when each threshold in turn is lower or higher by a share.

    A record for each threshold and factor (1 - `by`, 1 + `by`): `moved`, the share of area-years
    placed elsewhere, and for each regime its share of the area-years. The first record has the
    thresholds as they are. Margins are varied as margins, so the baseline stays in the middle band.
    """
    central = regime_of(measures, baseline, thresholds)
    records = [_verdicts("none", 1.0, central, central)]
    for field in fields(thresholds):
        for factor in (1.0 - by, 1.0 + by):
            varied = thresholds.scaled(field.name, factor)
            codes = regime_of(measures, baseline, varied)
            records.append(_verdicts(field.name, factor, codes, central))
    return records


def _verdicts(threshold: str, factor: float, codes: Codes, central: Codes) -> dict:
    moved = float(_shares_of((codes != central).sum(), (central != NOT_MEASURED).sum()))
    shares = dict(zip(REGIMES, regime_shares(codes.ravel()).tolist(), strict=True))
    return {"threshold": threshold, "factor": factor, "moved": moved, **shares}


def _sum_of(record: AreaMeasures | Baseline) -> NDArray[np.float64]:
    """All measures of a record added: NaN wherever one of them is."""
    total = np.zeros(())
    for value in vars(record).values():
        total = total + np.asarray(value, dtype=np.float64)
    return total


def _years_ahead_in_same_code(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many years, this one included, an area stays in the code of this year, as `codes`."""
    ahead = np.ones_like(codes)
    for year in range(codes.shape[1] - 2, -1, -1):
        stays = codes[:, year] == codes[:, year + 1]
        ahead[:, year] += np.where(stays, ahead[:, year + 1], 0)
    return ahead


def _shares_of(counts: NDArray, total: ArrayLike) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        return counts / np.asarray(total, dtype=np.float64)
