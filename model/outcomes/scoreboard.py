"""The outcomes of a run: one number each for a span of years, in four families.

Monopoly and fragmentation are measured apart and never added up.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agents.patient_tables import COUNTS
from model.ledger import HEADINGS
from model.outcomes.concentration import geometric_mean_hhi
from model.outcomes.continuity import continuity_means
from model.outcomes.inequality import relative_index_of_inequality
from model.outcomes.regimes import (
    REGIMES,
    AreaMeasures,
    Baseline,
    Thresholds,
    lost_handovers_per_100_patient_years,
    regime_of,
)
from model.state import BURN_IN_MONTHS

if TYPE_CHECKING:
    from model.economy import HealthEconomy

MANY = np.arange(50) // 10 >= 2  # groups of two or more conditions (5 fifths x 2 ages each)
OLD = np.arange(50) % 2 == 1
FIRST_YEAR = BURN_IN_MONTHS // 12
PROGRAMME_HEADINGS = ("tender_cost", "bid_cost", "transition", "case_management", "member_support")
HOSPITAL_HEADINGS = ("tariff_planned", "tariff_emergency")
SETTLING_YEARS = 3  # the last years, by whose mean a regime is judged


@dataclass(frozen=True)
class Outcome:
    """What a number means and how it is shown."""

    name: str
    family: str
    unit: str
    meaning: str
    decimals: int


def _table(*rows: tuple[str, str, str, int, str]) -> dict[str, Outcome]:
    return {
        name: Outcome(name, family, unit, meaning, decimals)
        for name, family, unit, decimals, meaning in rows
    }


OUTCOMES = _table(
    ("hhi", "monopoly", "0-1", 3, "concentration between owners of planned hospital care, predicted flows (HHI)"),
    ("hhi_sites", "monopoly", "0-1", 3, "the same between sites"),
    ("hhi_holding", "monopoly", "0-1", 3, "concentration between holders of contracts for planned care (HHI)"),
    ("few_alternatives", "monopoly", "% of need", 1, "planned need with fewer than two real alternatives of different owners"),
    ("alternatives", "monopoly", "number", 2, "real alternatives of different owners, mean over need"),
    ("loci", "monopoly", "0-1", 3, "logit competition index; 0 is a monopoly"),
    ("practice_hhi", "monopoly", "0-1", 3, "concentration between practices; members of an organisation count as one"),
    ("lost_handovers", "fragmentation", "per 100 person-years", 1, "handovers whose information was lost"),
    ("lost_handovers_many", "fragmentation", "per 100 person-years", 1, "the same, people with two or more conditions"),
    ("handovers_between", "fragmentation", "per 100 person-years", 1, "handovers between bodies (describes, does not judge)"),
    ("handovers_within", "fragmentation", "per 100 person-years", 1, "handovers between teams of one body (describes)"),
    ("coc_team_many", "fragmentation", "0-1", 3, "Bice-Boxerman continuity over teams, two or more conditions"),
    ("coc_body_many", "fragmentation", "0-1", 3, "Bice-Boxerman continuity over bodies (describes)"),
    ("bodies_many", "fragmentation", "number", 2, "bodies among the last eight contacts, two or more conditions (describes)"),
    ("contracts_many", "fragmentation", "number", 2, "contracts among the last eight contacts, two or more conditions (describes)"),
    ("usual_provider_index", "fragmentation", "0-1", 3, "share of GP contacts with the GP seen most"),
    ("usual_provider_index_62_82", "fragmentation", "0-1", 3, "the same at ages 62 to 82"),
    ("consultations", "care", "per person-year", 2, "general practice consultations"),
    ("first_outpatients", "care", "per 1,000", 1, "first outpatient attendances at hospital"),
    ("elective_admissions", "care", "per 1,000", 1, "planned admissions, day cases included"),
    ("day_case_share", "care", "% of planned", 1, "planned admissions without a night"),
    ("emergencies", "care", "per 1,000", 1, "emergency admissions"),
    ("emergencies_65", "care", "per 1,000 aged 65+", 1, "emergency admissions at 65 and over"),
    ("emergencies_many", "care", "per 1,000", 1, "emergency admissions, people with two or more conditions"),
    ("preventable_emergencies", "care", "per 1,000", 2, "emergency admissions that care in the community could have prevented"),
    ("bed_days", "care", "per 1,000", 0, "emergency bed days"),
    ("duplicate_tests", "care", "per 1,000", 1, "tests repeated because a result did not arrive"),
    ("wait_months", "care", "months", 2, "wait from referral to operation"),
    ("deaths", "care", "per 1,000", 2, "deaths"),
    ("emergency_inequality", "care", "ratio", 2, "relative index of inequality of emergencies over deprivation"),
    ("hospital_spend", "money", "pounds per head", 0, "paid for hospital care of the place's patients"),
    ("programme_cost", "money", "pounds per head", 2, "tenders, bids, records, teams, case managers, members' support"),
    ("trust_surplus", "money", "% of income", 2, "surplus of acute trusts and independents"),
    ("commissioner_surplus", "money", "pounds per head", 1, "surplus of commissioners"),
    ("emergency_odds_1", "care", "odds ratio", 2, "any emergency admission in a year, one condition against none, age and deprivation alike"),
    ("emergency_odds_2", "care", "odds ratio", 2, "the same, two conditions"),
    ("emergency_odds_3", "care", "odds ratio", 2, "the same, three conditions"),
    ("emergency_odds_4", "care", "odds ratio", 2, "the same, four or more conditions"),
)  # fmt: skip


def scoreboard(economy: "HealthEconomy", first_year: int, last_year: int) -> dict[str, float]:
    """All outcomes over years `first_year` to `last_year` (1 is the policy's first)."""
    record = economy.record
    years = [
        n for n, year in enumerate(record.years) if first_year <= year - FIRST_YEAR + 1 <= last_year
    ]
    months = slice(12 * years[0], 12 * (years[-1] + 1))
    counts = np.sum(record.by_group[months], axis=0)
    return (
        _market(economy, years)
        | _fragmentation(counts, economy, years)
        | _care(counts, economy, months)
        | _emergency_odds(np.sum([record.any_crisis[n] for n in years], axis=0))
        | _money(economy, years)
    )


def _market(economy: "HealthEconomy", years: list[int]) -> dict[str, float]:
    people = economy.setup.place.areas["population"].to_numpy(np.float64)
    market = [economy.record.market[n] for n in years]

    def mean(field: str) -> float:
        return float(np.mean([np.average(getattr(m, field), weights=people) for m in market]))

    return {
        "hhi": mean("hhi"),
        "hhi_sites": mean("hhi_sites"),
        "hhi_holding": float(np.mean([m.hhi_holding for m in market])),
        "few_alternatives": 100.0 * mean("few_alternatives"),
        "alternatives": mean("alternatives"),
        "loci": float(np.mean([m.loci for m in market])),
        "practice_hhi": mean("practice_hhi"),
    }


def _count(counts: np.ndarray, what: str, groups: np.ndarray | slice = slice(None)) -> float:
    return float(counts[groups, COUNTS.index(what)].sum())


def _rate(
    counts: np.ndarray, what: str, per: float, groups: np.ndarray | slice = slice(None)
) -> float:
    months = _count(counts, "person_months", groups)
    return per * 12.0 * _count(counts, what, groups) / months if months else float("nan")


def _lost(counts: np.ndarray, groups: np.ndarray | slice = slice(None)) -> float:
    kinds = ("lost_within_team", "lost_within_body", "lost_between_bodies")
    return sum(_rate(counts, kind, 100.0, groups) for kind in kinds)


def _fragmentation(
    counts: np.ndarray, economy: "HealthEconomy", years: list[int]
) -> dict[str, float]:
    record = economy.record
    many, everyone = {}, {}
    for label in ("clinician", "team", "body", "contract"):
        tally = np.sum([record.continuity[n][label] for n in years], axis=0)
        many[label] = continuity_means(tally[MANY].sum(axis=0)[None])
        everyone[label] = continuity_means(tally.sum(axis=0)[None])
    return {
        "lost_handovers": _lost(counts),
        "lost_handovers_many": _lost(counts, MANY),
        "handovers_between": _rate(counts, "handovers_between_bodies", 100.0),
        "handovers_within": _rate(counts, "handovers_within_body", 100.0),
        "coc_team_many": float(many["team"]["coc"][0]),
        "coc_body_many": float(many["body"]["coc"][0]),
        "bodies_many": float(many["body"]["distinct"][0]),
        "contracts_many": float(many["contract"]["distinct"][0]),
        "usual_provider_index": float(everyone["clinician"]["upc"][0]),
        "usual_provider_index_62_82": float(
            np.mean([record.usual_provider_62_82[n] for n in years])
        ),
    }


def _care(counts: np.ndarray, economy: "HealthEconomy", months: slice) -> dict[str, float]:
    day, stay = _count(counts, "day_cases"), _count(counts, "electives")
    record = economy.record
    seen, waits = np.array(record.planned[months]), np.array(record.wait[months])
    fifth = np.arange(50) // 2 % 5
    by_fifth = np.array([_rate(counts, "emergencies", 1000.0, fifth == f) for f in range(5)])
    people = np.array([_count(counts, "person_months", fifth == f) for f in range(5)])
    return {
        "consultations": _rate(counts, "consultations", 1.0),
        "first_outpatients": _rate(counts, "first_outpatients", 1000.0),
        "elective_admissions": _rate(counts, "day_cases", 1000.0)
        + _rate(counts, "electives", 1000.0),
        "day_case_share": 100.0 * day / max(day + stay, 1.0),
        "emergencies": _rate(counts, "emergencies", 1000.0),
        "emergencies_65": _rate(counts, "emergencies", 1000.0, OLD),
        "emergencies_many": _rate(counts, "emergencies", 1000.0, MANY),
        "preventable_emergencies": _rate(counts, "preventable_emergencies", 1000.0),
        "bed_days": _rate(counts, "emergency_bed_days", 1000.0),
        "duplicate_tests": _rate(counts, "duplicate_tests", 1000.0),
        "wait_months": float((seen * waits).sum() / max(seen.sum(), 1)),
        "deaths": _rate(counts, "deaths", 1000.0),
        "emergency_inequality": float(relative_index_of_inequality(by_fifth, people)),
    }


def _emergency_odds(any_crisis: np.ndarray) -> dict[str, float]:
    """Mantel-Haenszel odds ratios over age bands and fifths (Mantel & Haenszel 1959, JNCI)."""
    cells = any_crisis.reshape(7, 5, 5, 2).astype(np.float64)  # band, count, fifth, (all, admitted)
    well, ill = cells[..., 0] - cells[..., 1], cells[..., 1]
    odds = {}
    for count in range(1, 5):
        total = np.maximum(cells[:, count, :, 0] + cells[:, 0, :, 0], 1.0)
        top = (ill[:, count] * well[:, 0] / total).sum()
        bottom = (well[:, count] * ill[:, 0] / total).sum()
        odds[f"emergency_odds_{count}"] = float(top / bottom) if bottom else float("nan")
    return odds


def _money(economy: "HealthEconomy", years: list[int]) -> dict[str, float]:
    """Yearly sums of the ledger in pounds per registered patient; surpluses of providers."""
    flows = economy.state.ledger.yearly()
    wanted = {economy.record.years[n] for n in years}
    flows = flows[flows["year"].isin(wanted)]
    patients = float(economy.setup.list_sizes.sum()) * len(years) * 100.0
    bodies = economy.state.bodies

    def paid(*headings: str) -> float:
        codes = [HEADINGS.index(heading) for heading in headings]
        return float(flows[flows["heading"].isin(codes)]["pence"].sum())

    hospitals = [b for b in bodies.of_kind("acute", "independent")]
    income = float(flows[flows["payee"].isin(hospitals)]["pence"].sum())
    spent = float(flows[flows["payer"].isin(hospitals)]["pence"].sum())
    buyers = bodies.of_kind("commissioner")
    kept = flows[flows["payee"].isin(buyers)]["pence"].sum()
    kept = float(kept - flows[flows["payer"].isin(buyers)]["pence"].sum())
    return {
        "hospital_spend": paid(*HOSPITAL_HEADINGS) / patients,
        "programme_cost": paid(*PROGRAMME_HEADINGS) / patients,
        "trust_surplus": 100.0 * (income - spent) / max(income, 1.0),
        "commissioner_surplus": kept / patients,
    }


def net_cost(economy: "HealthEconomy") -> float:
    """What NHS commissioners and practices spent on care in the run, in pounds per head a year."""
    years = len(economy.record.years)
    score = _money(economy, list(range(years)))
    return score["hospital_spend"] + score["programme_cost"]


def area_measures(economy: "HealthEconomy", last_years: int = SETTLING_YEARS) -> AreaMeasures:
    """The two families by area, mean over the last years."""
    record = economy.record
    market = record.market[-last_years:]
    many = np.sum(record.area_many[-last_years:], axis=0)
    continuity = np.array(record.area_continuity[-last_years:])
    return AreaMeasures(
        few_alternatives_share=np.mean([m.few_alternatives for m in market], axis=0),
        hhi=np.mean([m.hhi for m in market], axis=0),
        lost_handovers=lost_handovers_per_100_patient_years(many[:, 1], many[:, 0]),
        coc_team=continuity.mean(axis=0),
    )


def baseline_of(economy: "HealthEconomy") -> Baseline:
    """What areas are compared with: the status quo of the place as a whole, in the same years."""
    measures = area_measures(economy)
    many = np.sum(economy.record.area_many[-SETTLING_YEARS:], axis=0)
    lost = lost_handovers_per_100_patient_years(many[:, 1].sum(), many[:, 0].sum())
    return Baseline(float(lost), float(np.nanmean(measures.coc_team)))


def area_regimes(economy: "HealthEconomy", baseline: Baseline) -> np.ndarray:
    """The regime of every area over the last years: codes into REGIMES, -1 where unknown."""
    thresholds = Thresholds.from_parameters(economy.setup.parameters)
    return regime_of(area_measures(economy), baseline, thresholds)


def regime_table(economy: "HealthEconomy", baseline: Baseline) -> dict[str, float]:
    """Share of people (0-1) who live in areas of each regime."""
    people = economy.setup.place.areas["population"].to_numpy(np.float64)
    codes = area_regimes(economy, baseline)
    known = codes >= 0
    share = np.bincount(codes[known], weights=people[known], minlength=len(REGIMES))
    return dict(zip(REGIMES, share / share.sum(), strict=True))


def national_hhi(economy: "HealthEconomy") -> float:
    """Geometric mean HHI over areas in the last year, the form in which England's is published."""
    return geometric_mean_hhi(economy.record.market[-1].hhi)
