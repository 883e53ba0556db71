"""What a run keeps, and the tables that are written from it.

Months count from the start of the burn-in. In tables, month 0 and year 1 begin with the policy;
burn-in is not written.
"""

import numpy as np
import pandas as pd

from agents.patients.patient_tables import COUNTS, Tally, World
from model.care.expected_losses import expected_losses
from model.care.flows import Flows
from model.care.queues import wait_months
from model.outcomes.continuity import FIXED_POINT
from model.outcomes.enrolled import EnrolledMonth, enrolled_month, enrolment_tables
from model.outcomes.market import Market, market_of
from model.outcomes.people_year import people_year
from model.state.bodies import Bodies
from model.state.ledger import HEADINGS
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import BURN_IN_MONTHS, Docket, Money, State


class Record:
    """Arrays by month, and by year for what is measured at a year's end."""

    def __init__(self, setup: Setup):
        self.setup = setup
        self.months: list[int] = []
        self.by_area: list[np.ndarray] = []  # int32 [areas, COUNTS]
        self.by_group: list[np.ndarray] = []  # int64 [GROUPS, COUNTS]
        self.by_practice: list[np.ndarray] = []  # int32 [practices, COUNTS]
        self.balance: list[np.ndarray] = []  # int64 [bodies]
        self.planned: list[np.ndarray] = []  # int32 [sites, 13], first outpatients, full scale
        self.emergency: list[np.ndarray] = []  # int32 [sites, 13]
        self.wait: list[np.ndarray] = []  # float32 [sites, 13]
        self.quality: list[np.ndarray] = []  # float32 [sites], standard deviations
        self.delayed_days: list[np.ndarray] = []  # [2] for want of a place, other; full scale
        self.years: list[int] = []
        self.market: list[Market] = []
        self.continuity: list[dict[str, np.ndarray]] = []  # label -> int64 [GROUPS, COLUMNS]
        # Of people with two or more conditions, by area, and by groups of them for errors:
        self.expected_lost: list[np.ndarray] = []  # per 100 person-years [areas, 1 + groups]
        self.area_teams: list[
            np.ndarray
        ] = []  # people compared, sum of continuity [areas, groups, 2]
        self.usual_provider_62_82: list[float] = []
        self.any_crisis: list[np.ndarray] = []  # [STRATA, 2] people, of whom admitted this year
        self.enrolled: list[EnrolledMonth] = []  # of every month

    def keep_month(self, state: State, tally: Tally, flows: Flows, world: World) -> None:
        """Keep the month that has just been lived."""
        self.months.append(state.month)
        self.by_area.append(tally.areas["counts"].astype(np.int32))
        self.by_group.append(tally.groups["counts"].copy())
        self.by_practice.append(tally.practices["counts"].astype(np.int32))
        self.balance.append(state.money.ledger.balance.copy())
        self.planned.append(np.rint(flows.seen_planned).astype(np.int32))
        self.emergency.append(np.rint(flows.seen_emergency).astype(np.int32))
        self.wait.append(wait_months(self.setup.parameters, state.hospitals).astype(np.float32))
        self.quality.append(state.hospitals.site_quality(state.provision).astype(np.float32))
        self.delayed_days.append(state.social_care.days.sum(axis=0))
        self.enrolled.append(enrolled_month(state, len(self.setup.place.areas)))
        if state.month % 12 == 11:
            self._keep_year(state, world)

    def _keep_year(self, state: State, world: World) -> None:
        self.years.append(state.month // 12)
        self.market.append(market_of(self.setup, state))
        people = people_year(
            state.residents.people, state.provision, state.bodies.owner, state.month,
            len(self.setup.place.areas),
        )  # fmt: skip
        state.residents.people["crises_last_year"] = state.residents.people["crises"]
        state.residents.people["crises"] = 0
        self.continuity.append(people.continuity)
        self.expected_lost.append(expected_losses(self.setup, state, world))
        self.area_teams.append(people.area_teams())
        self.usual_provider_62_82.append(people.usual_provider_62_82())
        self.any_crisis.append(people.any_crisis)

    def total(self, what: str, first: int = 0, last: int | None = None) -> int:
        """Events of one kind among the patients simulated, over kept months first to last.

        `what`: a name of `COUNTS`.
        """
        column = COUNTS.index(what)
        return int(sum(month[:, column].sum() for month in self.by_group[first:last]))

    def tables(self, state: State) -> dict[str, pd.DataFrame]:
        """The tables of a run folder."""
        months = _organisation_months(self, state.bodies, state.provision)
        area = _area_months(self)
        return {
            "organisation_month": months,
            "organisation_year": _organisation_years(months),
            "area_month": area,
            "area_year": _area_years(self, area),
            "decisions": _decisions(self, state.docket),
            "ledger": _ledger(self, state.bodies, state.money),
            **enrolment_tables(self.setup.place, self.months, self.enrolled),
        }


def _organisation_months(record: Record, bodies: Bodies, provision: Provision) -> pd.DataFrame:
    """Balance, activity and wait of every body by month; patients and events of practices."""
    start = BURN_IN_MONTHS
    slot = provision.site_slot
    site_body = bodies.owner[provision.slot_body[slot]]
    parts = []
    for n, month in enumerate(record.months):
        balance = np.zeros(len(bodies), dtype=np.int64)
        balance[: record.balance[n].size] = record.balance[n]
        planned = np.bincount(site_body, record.planned[n].sum(axis=1), minlength=len(bodies))
        urgent = np.bincount(site_body, record.emergency[n].sum(axis=1), minlength=len(bodies))
        parts.append(
            pd.DataFrame(
                {
                    "month": np.int16(month - start),
                    "organisation": bodies.codes,
                    "kind": bodies.kinds,
                    "balance_pence": balance,
                    "first_outpatients": planned.astype(np.int64),
                    "emergencies": urgent.astype(np.int64),
                    "wait_months": _wait_by_body(
                        record.wait[n], record.planned[n], site_body, len(bodies)
                    ),
                    "quality_sd": _quality_by_body(record, n, site_body, len(bodies)),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _wait_by_body(
    wait: np.ndarray, planned: np.ndarray, site_body: np.ndarray, bodies: int
) -> np.ndarray:
    """Mean wait of a body's lines, weighted by referrals; nought for bodies without any."""
    weight = np.bincount(site_body, planned.sum(axis=1), minlength=bodies)
    total = np.bincount(site_body, (wait * planned).sum(axis=1), minlength=bodies)
    return np.divide(total, weight, out=np.zeros(bodies), where=weight > 0)


def _quality_by_body(record: Record, row: int, site_body: np.ndarray, bodies: int) -> np.ndarray:
    """Mean quality of a body's sites, weighted by patients; NaN for bodies without hospitals."""
    treated = (record.planned[row] + record.emergency[row]).sum(axis=1)
    weight = np.bincount(site_body, treated, minlength=bodies)
    total = np.bincount(site_body, treated * record.quality[row], minlength=bodies)
    body: np.ndarray = np.divide(total, weight, out=np.full(bodies, np.nan), where=weight > 0)
    return body


def _organisation_years(months: pd.DataFrame) -> pd.DataFrame:
    months = months.assign(year=months["month"] // 12 + 1)
    keys = ["year", "organisation", "kind"]
    year = months.groupby(keys, sort=False).agg(
        closing_balance_pence=("balance_pence", "last"),
        first_outpatients=("first_outpatients", "sum"),
        emergencies=("emergencies", "sum"),
        wait_months=("wait_months", "mean"),
        quality_sd=("quality_sd", "mean"),
    )
    return year.reset_index()


def _area_months(record: Record) -> pd.DataFrame:
    areas, start = record.setup.place.areas["area"].to_numpy(), BURN_IN_MONTHS
    parts = [
        pd.DataFrame(counts, columns=list(COUNTS)).assign(month=np.int16(month - start), area=areas)
        for month, counts in zip(record.months, record.by_area, strict=True)
    ]
    table = pd.concat(parts, ignore_index=True)
    return table[["month", "area", *COUNTS]]


def _area_years(record: Record, months: pd.DataFrame) -> pd.DataFrame:
    """Counts, market and fragmentation of every area by year."""
    start = BURN_IN_MONTHS
    sums = months.assign(year=months["month"] // 12 + 1).drop(columns="month")
    sums = sums.groupby(["year", "area"], sort=False, as_index=False).sum()
    parts = []
    for n, year in enumerate(record.years):
        market = record.market[n]
        parts.append(
            pd.DataFrame(
                {
                    "year": year - start // 12 + 1,
                    "area": record.setup.place.areas["area"].to_numpy(),
                    "hhi": market.hhi,
                    "hhi_sites": market.hhi_sites,
                    "few_alternatives_share": market.few_alternatives,
                    "alternatives": market.alternatives,
                    "practice_hhi": market.practice_hhi,
                    "expected_lost_handovers_many": record.expected_lost[n][:, 0],
                    "coc_team_many_conditions": _mean_continuity(record.area_teams[n]),
                }
            )
        )
    measured = pd.concat(parts, ignore_index=True) if parts else None
    return sums if measured is None else sums.merge(measured, on=["year", "area"], how="left")


def _mean_continuity(teams: np.ndarray) -> np.ndarray:
    """Bice-Boxerman continuity over teams by area [areas]; NaN where nobody can be compared."""
    people, total = teams.sum(axis=1).T
    continuity: np.ndarray = total / FIXED_POINT / np.where(people > 0, people, np.nan)
    return continuity


def _decisions(record: Record, docket: Docket) -> pd.DataFrame:
    start = BURN_IN_MONTHS
    columns = (
        "month", "agent", "rule", "about", "chosen", "options", "pounds", "probabilities",
        "figure_names", "figures", "forced", "effect_month", "objects",
    )  # fmt: skip
    rows = [
        (
            d.month - start,
            d.agent,
            d.rule,
            d.about,
            d.chosen,
            list(d.options),
            list(d.pounds),
            list(d.probabilities),
            list(d.figures),
            [float(v) for v in d.figures.values()],
            d.forced,
            d.effect_month - start,
            list(d.objects),
        )
        for d in docket.decisions
        if d.month >= record.months[0]
    ]
    return pd.DataFrame(rows, columns=list(columns))


def _ledger(record: Record, bodies: Bodies, money: Money) -> pd.DataFrame:
    entries = money.ledger.entries()
    entries = entries[entries["month"] >= record.months[0]].reset_index(drop=True)
    codes = np.array(bodies.codes)
    return pd.DataFrame(
        {
            "month": entries["month"].to_numpy() - BURN_IN_MONTHS,
            "payer": codes[entries["payer"].to_numpy()],
            "payee": codes[entries["payee"].to_numpy()],
            "heading": np.array(HEADINGS)[entries["heading"].to_numpy()],
            "pence": entries["pence"].to_numpy(),
        }
    )
