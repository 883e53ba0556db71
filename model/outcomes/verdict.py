"""The verdict on a run: which regimes its people live in, since when, and what it rests on.

Every area and year is put beside the same area and year in the status quo of the same seed. Errors
are those of chance in who is counted (delete-a-group jackknife): the residents drawn for expected
losses, the same at any size, and the patients simulated for continuity over the contacts that they
had. Areas that few of the patients live in borrow strength for continuity from the others (Fay &
Herriot, Journal of the American Statistical Association 1979); how far areas can differ is itself
known only as well as the sample tells. Where errors are too large, there is no verdict.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from model.input.errors import InputError
from model.outcomes.area_years import AreaYears, area_years
from model.outcomes.continuity import FIXED_POINT
from model.outcomes.regimes import (
    NOT_MEASURED,
    REGIMES,
    VARIED,
    WINDOWS,
    AreaMeasures,
    LastingChange,
    Thresholds,
    regime_of,
    settled_regime,
    shares_of_people,
    transitions,
)
from model.parameters import Parameters

if TYPE_CHECKING:
    from model.outcomes.record import Record


@dataclass(frozen=True)
class Criteria:
    """Thresholds of the rule, how long a change must last, and how large errors may be."""

    thresholds: Thresholds
    lasting_years: int
    largest_error: float
    largest_continuity_error: float
    supported_share: float

    @classmethod
    def from_parameters(cls, parameters: Parameters) -> "Criteria":
        """The criteria declared in the parameters of a run."""
        return cls(
            Thresholds.from_parameters(parameters),
            int(parameters["regimes.lasting_years"]),
            float(parameters["regimes.largest_error"]),
            float(parameters["regimes.largest_continuity_error"]),
            float(parameters["regimes.supported_share"]),
        )


@dataclass(frozen=True)
class Verdict:
    """Where the areas of a run came to rest. Codes are positions in REGIMES, -1 unknown.

    `shares` (0-1 of people, by regime) and their `errors` are None, and `sensitivity` is empty, if
    the run cannot support a verdict; `reason` then says why.
    """

    area: np.ndarray  # codes of areas [areas]
    people: np.ndarray  # [areas]
    year: np.ndarray  # [years], 1 is the policy's first
    start: np.ndarray  # regimes of the status quo in its first year [areas]
    yearly: np.ndarray  # regimes by year [areas, years]
    settled: np.ndarray  # regimes at the end, of changes that lasted [areas]
    onset: np.ndarray  # first year of the lasting change, 0 if there is none [areas]
    duration: np.ndarray  # years that it had lasted at the end, 0 if there is none [areas]
    shares: dict[str, float] | None
    errors: dict[str, float] | None
    sensitivity: tuple[dict[str, Any], ...]
    reason: str = ""


def verdict(policy: AreaYears, status_quo: AreaYears, criteria: Criteria) -> Verdict:
    """Judge a run beside the status quo of the same seed; the status quo beside itself, too."""
    years = np.intersect1d(policy.year, status_quo.year)
    if policy.area.tolist() != status_quo.area.tolist():
        raise InputError("runs of different places cannot be compared", key="area")
    run, base = policy.of(years), status_quo.of(years)
    compared = _Compared(run, base)
    start, yearly, settled, change = compared.placed(criteria)
    reason = _reason(compared, criteria)
    supported = not reason
    return Verdict(
        run.area, run.people, years, start, yearly, settled,
        onset=np.where(change.year >= 0, years[change.year] if years.size else 0, 0),
        duration=change.years,
        shares=_named(shares_of_people(settled, run.people)) if supported else None,
        errors=_share_errors(compared, criteria) if supported else None,
        sensitivity=_sensitivity(compared, settled, criteria) if supported else (),
        reason=reason,
    )  # fmt: skip


def verdict_of(record: "Record", status_quo: AreaYears) -> Verdict:
    """Judge what was kept of a run beside the areas of the status quo of its seed."""
    criteria = Criteria.from_parameters(record.setup.parameters)
    return verdict(area_years(record), status_quo, criteria)


class _Compared:
    """A run beside its status quo: ratios of areas by year, with their errors."""

    def __init__(self, run: AreaYears, base: AreaYears):
        self.run, self.base = run, base
        with np.errstate(invalid="ignore", divide="ignore"):
            self.lost = run.lost / base.lost  # [areas, years, 1 + groups]
        self.lost_error = _jackknife_error(self.lost[..., 1:])
        self.coc, self.coc_error, known = _continuity_ratio(run.teams, base.teams)
        self.coc_known_to = np.where(known, self.coc_error, np.inf)

    def measures(self, window: int = -1, without: int = -1) -> AreaMeasures:
        """The measures of the run with another window, or without a group of people."""
        few = self.run.few_alternatives if window < 0 else self.run.few_by_window[window]
        lost, coc, error = self.lost[..., without + 1], self.coc, self.coc_error
        if without >= 0:
            fewer = (np.delete(one.teams, without, axis=2) for one in (self.run, self.base))
            coc, error, _ = _continuity_ratio(*fewer)
        return AreaMeasures(few, self.run.hhi, lost, coc, self.lost_error, error)

    def first_codes(self, thresholds: Thresholds, window: int = -1) -> np.ndarray:
        """Regimes of the status quo in its first year [areas]; in the middle band by definition."""
        few = self.base.few_alternatives if window < 0 else self.base.few_by_window[window]
        measured = np.where(np.isnan(self.base.lost[..., 0]), np.nan, 1.0)
        return regime_of(AreaMeasures(few, self.base.hhi, measured), thresholds)[:, 0]

    def placed(
        self, criteria: Criteria, window: int = -1, without: int = -1
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, LastingChange]:
        """Regimes at the start, by year and at rest, and the changes that lasted."""
        thresholds = criteria.thresholds
        if not self.run.year.size:
            nowhere = np.full(self.run.people.size, NOT_MEASURED)
            none = transitions(nowhere[:, None], nowhere)
            return nowhere, nowhere[:, None][:, :0], nowhere, none
        start = self.first_codes(thresholds, window)
        yearly = regime_of(self.measures(window, without), thresholds)
        change = transitions(yearly, start, criteria.lasting_years)
        return start, yearly, settled_regime(start, change), change


def _jackknife_error(replicates: np.ndarray) -> np.ndarray:
    """Standard error from values without each group in turn (last axis), as the first axes."""
    groups = replicates.shape[-1]
    apart = replicates - replicates.mean(axis=-1, keepdims=True)
    error: np.ndarray = np.sqrt((groups - 1) / groups * (apart**2).sum(axis=-1))
    return error


def _continuity_ratio(run: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, ...]:
    """Ratio of team continuity to the status quo, its error, if it was measured [areas, years].

    From [areas, years, groups, 2]. The ratio of each area is drawn towards that of the place as far
    as its own error is large beside the spread between areas. Its error holds that the spread may
    be larger, by its own standard error. Where no patients tell, an area is taken for the place.
    """
    if not run.shape[1]:
        return np.ones(run.shape[:2]), np.zeros(run.shape[:2]), np.ones(run.shape[:2], dtype=bool)
    with np.errstate(invalid="ignore", divide="ignore"):  # unknown where nobody has contacts
        own = _without_each(run) / _without_each(base)
        place = _without_each(run.sum(axis=0)) / _without_each(base.sum(axis=0))
    variance, weight = _jackknife_error(own[..., 1:]) ** 2, run[..., 0].sum(axis=-1).astype(float)
    known = np.isfinite(own[..., 0]) & np.isfinite(variance)
    weight = np.where(known, weight, 0.0)
    total = np.maximum(weight.sum(axis=0), 1.0)
    apart = np.where(known, own[..., 0] - place[:, 0], 0.0)
    noise = np.where(known, variance, 0.0)
    spread = np.maximum((weight * (apart**2 - noise)).sum(axis=0) / total, 0.0)
    kept = np.where(known, spread / np.maximum(spread + noise, 1e-30), 0.0)
    of_place = _jackknife_error(place[:, 1:]) ** 2
    unsure = np.sqrt(2.0 * (weight**2 * (spread + noise) ** 2).sum(axis=0)) / total
    error = np.sqrt(kept**2 * noise + (1.0 - kept) ** 2 * (spread + unsure + of_place))
    return place[:, 0] + kept * apart, error, known


def _without_each(teams: np.ndarray) -> np.ndarray:
    """Mean continuity of all and without each group, [..., 1 + groups], from [..., groups, 2]."""
    whole = teams.sum(axis=-2, keepdims=True)
    sums = np.concatenate([whole, whole - teams], axis=-2).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(sums[..., 0] > 0, sums[..., 1] / FIXED_POINT / sums[..., 0], np.nan)


def _named(shares: np.ndarray) -> dict[str, float]:
    return dict(zip(REGIMES, (float(share) for share in shares), strict=True))


def _share_errors(compared: _Compared, criteria: Criteria) -> dict[str, float]:
    """Standard errors of the shares of people, from residents drawn and patients simulated."""
    groups = compared.lost.shape[-1] - 1
    placed = [compared.placed(criteria, without=k)[2] for k in range(groups)]
    shares = np.stack([shares_of_people(codes, compared.run.people) for codes in placed], axis=-1)
    return _named(_jackknife_error(shares))


def _reason(compared: _Compared, criteria: Criteria) -> str:
    """Why a run cannot support a verdict; empty if it can."""
    run = compared.run
    if run.year.size < criteria.lasting_years:
        lived = "1 year" if run.year.size == 1 else f"{run.year.size} years"
        return (
            f"Regimes are not told of {lived}: a change counts if it lasts at least "
            f"{criteria.lasting_years} years."
        )
    last = np.s_[:, -criteria.lasting_years :]
    lost = _error_of_share(compared.lost_error[last], run.people, criteria)
    coc = _error_of_share(compared.coc_known_to[last], run.people, criteria)
    if not np.isfinite(lost):
        return "Regimes cannot be told: some areas have no residents with handovers to measure."
    if lost > criteria.largest_error:
        return (
            "Regimes cannot be told: the error of an area's lost handovers, from the residents "
            f"drawn for the place, is {100 * lost:.0f}% of the status quo with any number of "
            "patients."
        )
    return "" if coc <= criteria.largest_continuity_error else _too_few(compared, coc, criteria)


def _too_few(compared: _Compared, error: float, criteria: Criteria) -> str:
    """That continuity is not known well enough with so few patients simulated."""
    known = (
        f"the error of an area's continuity with teams is {100 * error:.1f}% of the status quo, "
        f"and at most {100 * criteria.largest_continuity_error:.1f}% is allowed"
        if np.isfinite(error)
        else "in many areas none of them has contacts enough to measure continuity with teams"
    )
    return (
        f"Regimes cannot be told from {int(compared.run.patients):,} patients: {known}. "
        "Simulate more (--patients)."
    )


def _error_of_share(error: np.ndarray, people: np.ndarray, criteria: Criteria) -> float:
    """The error within which the areas of a sufficient share of people lie (mean over years)."""
    mean = error.mean(axis=1)
    order = np.argsort(mean, kind="stable")  # unknown ones last
    reached = np.cumsum(people[order]) >= criteria.supported_share * people.sum() - 1e-9
    return float(mean[order][reached.argmax()])


def _sensitivity(
    compared: _Compared, settled: np.ndarray, criteria: Criteria
) -> tuple[dict[str, Any], ...]:
    """What becomes of the verdict if each threshold and window is a fifth lower or higher.

    A record for each: `threshold`, `factor`, `moved` (share of people whose area is placed
    elsewhere) and the share of people in every regime. The first has everything as it is. Margins
    are varied as margins, so the status quo stays in the middle band.
    """
    records = [_varied(compared, "none", 1.0, settled, settled)]
    for name in vars(criteria.thresholds):
        for factor in VARIED:
            thresholds = criteria.thresholds.scaled(name, factor)
            other = replace(criteria, thresholds=thresholds)
            records.append(_varied(compared, name, factor, compared.placed(other)[2], settled))
    for window, (name, factor) in enumerate(WINDOWS):
        placed = compared.placed(criteria, window)[2]
        records.append(_varied(compared, name, factor, placed, settled))
    return tuple(records)


def _varied(
    compared: _Compared, name: str, factor: float, codes: np.ndarray, settled: np.ndarray
) -> dict[str, Any]:
    people = compared.run.people
    moved = float(people[codes != settled].sum() / people.sum())
    shares = _named(shares_of_people(codes, people))
    return {"threshold": name, "factor": factor, "moved": moved, **shares}
