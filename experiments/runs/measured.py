"""What a published study could have seen of a run: counts, lists, owners and markets by year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.patients.patient_tables import COUNTS
from model.outcomes.scoreboard import scoreboard

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

RADIUS_KM = 30.0  # of the market around a hospital
# What is counted as one kind of event: counts with their signs.
EVENTS: dict[str, tuple[tuple[int, str], ...]] = {
    **{name: ((1, name),) for name in COUNTS},
    "outpatients": ((1, "first_outpatients"), (1, "follow_ups")),
    "electives": ((1, "day_cases"), (1, "electives")),
    "preventable": ((1, "preventable_emergencies"),),
    "other_emergencies": ((1, "emergencies"), (-1, "preventable_emergencies")),
    "bed_days": ((1, "emergency_bed_days"),),
}
_OLD = np.arange(50) % 2 == 1
PEOPLE = {  # groups of patients: conditions (0 to 4) x fifth x younger or older than 65
    "all": np.ones(50, dtype=bool),
    "old": _OLD,
    "old_ill": _OLD & (np.arange(50) // 10 == 4),
}


@dataclass(frozen=True)
class Measured:
    """A run by year; year 1 is the first under the policy.

    practices: counts [years, practices, COUNTS]; groups: counts [years, 50, COUNTS]; scores:
    outcomes of each year; lists: registered patients at the start and each year's end
    [years + 1, practices]; absorbed: acute trusts that another body owns [years + 1]; acute: acute
    trusts at the start; invited: practices that an organisation invited; changed: by rule of
    decision, practices that ever chose anything but the status quo; hhi and people: predicted-flow
    HHI and population of each area in the last year; radius_hhi and flows: HHI of the market around
    each hospital site, and its planned patients.
    """

    practices: np.ndarray
    groups: np.ndarray
    scores: Sequence[Mapping[str, float]]
    lists: np.ndarray
    absorbed: np.ndarray
    acute: int
    invited: np.ndarray
    changed: Mapping[str, np.ndarray]
    hhi: np.ndarray
    people: np.ndarray
    radius_hhi: np.ndarray
    flows: np.ndarray


def measured(
    economy: "HealthEconomy", years: int, lists: np.ndarray, absorbed: np.ndarray
) -> Measured:
    """Everything kept of a run that has lived `years` years since its burn-in."""
    record, place = economy.record, economy.setup.place
    radius, flows = radius_markets(economy)
    return Measured(
        practices=_by_year(record.by_practice, years),
        groups=_by_year(record.by_group, years),
        scores=[
            scoreboard(
                economy.setup.place,
                economy.setup.list_sizes,
                economy.state,
                economy.record,
                year,
                year,
            )
            for year in range(1, years + 1)
        ],
        lists=lists,
        absorbed=absorbed,
        acute=len(economy.state.bodies.of_kind("acute")),
        invited=_invited(economy),
        changed=_changed(economy),
        hhi=record.market[-1].hhi,
        people=place.areas["population"].to_numpy(np.float64),
        radius_hhi=radius,
        flows=flows,
    )


def _by_year(months: Sequence[np.ndarray], years: int) -> np.ndarray:
    """Sums of twelve months [years, rows, COUNTS]; rows that come later are empty before."""
    rows = max(len(month) for month in months)
    out = np.zeros((years, rows, len(COUNTS)), dtype=np.int64)
    for n, month in enumerate(months):
        out[n // 12, : len(month)] += month
    return out


def _invited(economy: "HealthEconomy") -> np.ndarray:
    invited = np.zeros(len(economy.state.practices.lists), dtype=bool)
    for organisation in economy.state.integrated.organisations:
        invited[: len(organisation.invited)] |= organisation.invited
    return invited


def _changed(economy: "HealthEconomy") -> dict[str, np.ndarray]:
    row = {agent.code: g for g, agent in enumerate(economy.minds.practices)}
    changed: dict[str, np.ndarray] = {}
    for decision in economy.decisions():
        if decision.agent in row:
            who = changed.setdefault(
                decision.rule, np.zeros(len(economy.state.practices.lists), dtype=bool)
            )
            who[row[decision.agent]] |= decision.chosen != decision.options[0]
    return changed


def absorbed_trusts(economy: "HealthEconomy") -> int:
    """Acute trusts that another body owns by now."""
    bodies = economy.state.bodies
    return sum(int(bodies.owner[b]) != b for b in bodies.of_kind("acute"))


def radius_markets(economy: "HealthEconomy") -> tuple[np.ndarray, np.ndarray]:
    """HHI between owners within 30 km of each site [sites], and planned patients of each site.

    Shares are of first outpatients of the last year, patients from outside included.
    """
    setup, state = economy.setup, economy.state
    flows = np.sum(economy.record.planned[-12:], axis=0).sum(axis=1).astype(np.float64)
    owner = state.provision.site_owner(state.bodies)[: flows.size]
    points = setup.place.sites[["easting_km", "northing_km"]].to_numpy(np.float64)
    apart = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    hhi = [_hhi(flows[near], owner[near]) for near in apart <= RADIUS_KM]
    return np.array(hhi), flows


def _hhi(flows: np.ndarray, owner: np.ndarray) -> float:
    by_owner = np.bincount(owner, weights=flows)
    total = by_owner.sum()
    return float(((by_owner / total) ** 2).sum()) if total > 0.0 else np.nan
