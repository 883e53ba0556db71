"""What a run leaves of its areas for the verdict on regimes: plain arrays by area and year.

Arrays can be sent to other processes and kept in a file (`np.savez(file, **vars(kept))`, and
`AreaYears(**np.load(file))` to have them back), so that a policy can be judged beside a status quo
that was lived elsewhere.
"""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from model.state.state import BURN_IN_MONTHS

if TYPE_CHECKING:
    from model.outcomes.record import Record


@dataclass(frozen=True)
class AreaYears:
    """The measures of a run by area and year; `year` 1 is the policy's first."""

    area: np.ndarray  # codes [areas]
    people: np.ndarray  # at full scale [areas]
    patients: np.ndarray  # simulated, one number
    year: np.ndarray  # [years]
    few_alternatives: np.ndarray  # share of need [areas, years]
    few_by_window: np.ndarray  # the same with each of `regimes.WINDOWS` [windows, areas, years]
    hhi: np.ndarray  # [areas, years]
    lost: np.ndarray  # expected, per 100 person-years [areas, years, 1 + groups]
    teams: np.ndarray  # people compared, sum of continuity [areas, years, groups, 2]

    def of(self, years: np.ndarray) -> "AreaYears":
        """The same for some of its years."""
        rows = np.isin(self.year, years)
        kept = {field.name: getattr(self, field.name) for field in fields(self)}
        kept |= {"year": self.year[rows], "few_by_window": self.few_by_window[:, :, rows]}
        by_year = ("few_alternatives", "hhi", "lost", "teams")
        return AreaYears(**kept | {name: kept[name][:, rows] for name in by_year})


def area_years(record: "Record") -> AreaYears:
    """The measures that a record has kept so far; `InputError` is left to whoever needs years."""
    areas, market = record.setup.place.areas, record.market
    return AreaYears(
        area=areas["area"].to_numpy(str),
        people=areas["population"].to_numpy(np.float64),
        patients=np.array(record.setup.patients),
        year=np.array(record.years, dtype=np.int64) - BURN_IN_MONTHS // 12 + 1,
        few_alternatives=_by_year([m.few_alternatives for m in market], len(areas)),
        few_by_window=np.moveaxis(np.array([m.few_by_window for m in market]), 0, -1),
        hhi=_by_year([m.hhi for m in market], len(areas)),
        lost=np.stack(record.expected_lost, axis=1),
        teams=np.stack(record.area_teams, axis=1),
    )


def _by_year(values: list[np.ndarray], areas: int) -> np.ndarray:
    return np.array(values).reshape(-1, areas).T
