"""The outcomes of a run: one number each for a span of years, in four families.

Monopoly and fragmentation are measured apart and never added up.
"""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from agents.patients.patient_tables import COUNTS
from model.outcomes.continuity import continuity_means
from model.outcomes.inequality import relative_index_of_inequality
from model.places.place import Place
from model.state.bodies import Bodies
from model.state.books import BudgetBooks
from model.state.integrated import IntegratedCare
from model.state.ledger import HEADINGS
from model.state.practices import Practices
from model.state.social_care import SocialCare
from model.state.state import BURN_IN_MONTHS, State

if TYPE_CHECKING:
    from model.month.record import Record
    from model.policies.policy import Policy, RuleChange

MULTIMORBID_GROUPS = (
    np.arange(50) // 10 >= 2
)  # groups of two or more conditions (5 fifths x 2 ages each)
OLD = np.arange(50) % 2 == 1
FIRST_YEAR = BURN_IN_MONTHS // 12
PROGRAMME_HEADINGS = (
    "tender_cost", "bid_cost", "transition", "case_management", "redesign", "member_support",
    "budget_allowance", "enrolment",
)  # fmt: skip
LARGEST = {"0-1": 1.0}  # of units; per cent of whatever it is, a hundred
SIGNED = ("SD", "% of income", "pounds per head")  # units of what may be below nothing
RULES = "rules:"  # before the name of a rule among the terms from which an outcome follows
HOSPITAL_HEADINGS = ("tariff_planned", "tariff_emergency")


@dataclass(frozen=True)
class SmallestEffect:
    """From which difference on an outcome matters: in its unit, or a share of the level."""

    value: float = 0.0
    share: float = 0.0
    source: str = ""
    assumption: str = ""

    def at(self, level: float) -> float:
        """In the outcome's unit, where the status quo has this level."""
        return self.value or self.share * abs(level)


@dataclass(frozen=True)
class Outcome:
    """What a number means and how it is shown.

    title: of a headline, which has a smallest effect of interest. follows_from: terms of a policy
    that move it once they are taken up: "table", "table.term" that is on,
    "table.term=value", "rules:NAME" of a rule or a group, or "rules:NAME=value".
    """

    name: str
    family: str
    unit: str
    meaning: str
    decimals: int
    title: str = ""
    smallest_effect: SmallestEffect | None = None
    follows_from: tuple[str, ...] = ()

    def bounds(self) -> tuple[float, float]:
        """Below and above what it cannot lie."""
        if self.unit in SIGNED:
            return -math.inf, math.inf
        return 0.0, 100.0 if self.unit.startswith("%") else LARGEST.get(self.unit, math.inf)

    def is_arithmetic(self, policy: "Policy") -> bool:
        """Whether a term of the policy moves it by the way the policy is drawn."""
        return any(_has(policy, term) for term in self.follows_from)


def _has(policy: "Policy", term: str) -> bool:
    name, _, value = term.partition("=")
    if name.startswith(RULES):
        return any(_changes(one, name.removeprefix(RULES), value) for one in policy.rules)
    table, _, field = name.partition(".")
    return any(not field or _is_on(getattr(one, field), value) for one in getattr(policy, table))


def _is_on(held: Any, value: str) -> bool:
    """Whether a term is on; or, if a value is named, whether the term has or holds it."""
    if not value:
        return bool(held)
    return value in held if isinstance(held, tuple) else str(held) == value


def _changes(change: "RuleChange", rule: str, value: str) -> bool:
    """Whether rules change that are, belong to or contain `rule`; or it is set to a value named."""
    if value:
        return str(change.set.get(rule)) == value
    names = (*change.of, *change.set)
    return any(f"{name}.".startswith(f"{rule}.") or rule.startswith(f"{name}.") for name in names)


def _read_outcomes() -> dict[str, Outcome]:
    table = tomllib.loads((Path(__file__).parent / "outcomes.toml").read_text(encoding="utf-8"))
    return {name: _outcome(name, fields) for name, fields in table.items()}


def _outcome(name: str, fields: dict[str, Any]) -> Outcome:
    smallest, terms = fields.pop("smallest_effect", None), tuple(fields.pop("follows_from", ()))
    effect = SmallestEffect(**smallest) if smallest else None
    return Outcome(name=name, smallest_effect=effect, follows_from=terms, **fields)


OUTCOMES = _read_outcomes()
HEADLINES = {name: outcome.title for name, outcome in OUTCOMES.items() if outcome.title}


def scoreboard(
    place: Place,
    list_sizes: np.ndarray,
    state: State,
    record: "Record",
    first_year: int,
    last_year: int,
) -> dict[str, float]:
    """All outcomes over years `first_year` to `last_year` (1 is the policy's first)."""
    return _scored(
        place, list_sizes, state, record, state.money.ledger.yearly(), first_year, last_year
    )


def headline_paths(
    place: Place, list_sizes: np.ndarray, state: State, record: "Record", last_year: int
) -> dict[str, list[float]]:
    """Every headline outcome in each of the years 1 to `last_year`, by itself."""
    flows = state.money.ledger.yearly()
    by_year = [
        _scored(place, list_sizes, state, record, flows, year, year)
        for year in range(1, last_year + 1)
    ]
    return {name: [one[name] for one in by_year] for name in HEADLINES}


def _scored(
    place: Place,
    list_sizes: np.ndarray,
    state: State,
    record: "Record",
    flows: pd.DataFrame,
    first_year: int,
    last_year: int,
) -> dict[str, float]:
    years = [
        n for n, year in enumerate(record.years) if first_year <= year - FIRST_YEAR + 1 <= last_year
    ]
    months = slice(12 * years[0], 12 * (years[-1] + 1))
    counts = np.sum(record.by_group[months], axis=0)
    return (
        _market(place, record, years)
        | _fragmentation(counts, record, years)
        | _care(counts, record, months)
        | _delays(counts, list_sizes, state.social_care, record, months)
        | _emergency_odds(np.sum([record.any_crisis[n] for n in years], axis=0))
        | _money(list_sizes, state.bodies, record, flows, years)
        | _programme(list_sizes, state.integrated, flows, last_year)
        | {
            "budget_holders": 100.0 * _held(state.practices, state.budgets, record, months),
            "enrolled": _enrolled(list_sizes, record, months),
        }
    )


def _market(place: Place, record: "Record", years: list[int]) -> dict[str, float]:
    people = place.areas["population"].to_numpy(np.float64)
    market = [record.market[n] for n in years]

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


def _fragmentation(counts: np.ndarray, record: "Record", years: list[int]) -> dict[str, float]:
    many, everyone = {}, {}
    for label in ("clinician", "team", "body", "contract"):
        tally = np.sum([record.continuity[n][label] for n in years], axis=0)
        many[label] = continuity_means(tally[MULTIMORBID_GROUPS].sum(axis=0)[None])
        everyone[label] = continuity_means(tally.sum(axis=0)[None])
    return {
        "lost_handovers": _lost(counts),
        "lost_handovers_many": _lost(counts, MULTIMORBID_GROUPS),
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


def _care(counts: np.ndarray, record: "Record", months: slice) -> dict[str, float]:
    day, stay = _count(counts, "day_cases"), _count(counts, "electives")
    seen, waits = np.array(record.planned[months]), np.array(record.wait[months])
    treated = (seen + np.array(record.emergency[months])).sum(axis=2)
    operated = _count(counts, "operations_done")
    deprivation_quintile = np.arange(50) // 2 % 5
    by_quintile = np.array(
        [_rate(counts, "emergencies", 1000.0, deprivation_quintile == f) for f in range(5)]
    )
    people = np.array(
        [_count(counts, "person_months", deprivation_quintile == f) for f in range(5)]
    )
    return {
        "consultations": _rate(counts, "consultations", 1.0),
        "first_outpatients": _rate(counts, "first_outpatients", 1000.0),
        "elective_admissions": _rate(counts, "day_cases", 1000.0)
        + _rate(counts, "electives", 1000.0),
        "day_case_share": 100.0 * day / max(day + stay, 1.0),
        "emergencies": _rate(counts, "emergencies", 1000.0),
        "emergencies_65": _rate(counts, "emergencies", 1000.0, OLD),
        "emergencies_many": _rate(counts, "emergencies", 1000.0, MULTIMORBID_GROUPS),
        "preventable_emergencies": _rate(counts, "preventable_emergencies", 1000.0),
        "duplicate_tests": _rate(counts, "duplicate_tests", 1000.0),
        "wait_months": float((seen * waits).sum() / max(seen.sum(), 1)),
        "quality": float(np.average(record.quality[months], weights=treated)),
        "readmissions": 100.0 * _count(counts, "readmissions") / max(operated, 1.0),
        "deaths": _rate(counts, "deaths", 1000.0),
        "deaths_after_emergency": 100.0
        * _count(counts, "deaths_after_emergency")
        / max(_count(counts, "emergencies"), 1.0),
        "emergency_inequality": float(relative_index_of_inequality(by_quintile, people)),
    }


def _delays(
    counts: np.ndarray,
    list_sizes: np.ndarray,
    social_care: SocialCare,
    record: "Record",
    months: slice,
) -> dict[str, float]:
    """Days a year per 1,000 people; published stays hold the delays of the start."""
    days = np.mean(record.delayed_days[months], axis=0)
    first = social_care.first_days
    per = 12_000.0 / float(list_sizes.sum())
    return {
        "bed_days": _rate(counts, "emergency_bed_days", 1000.0) + per * (days.sum() - first),
        "delayed_days": per * days.sum(),
        "delayed_days_social_care": per * days[0],
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


def _money(
    list_sizes: np.ndarray, bodies: Bodies, record: "Record", flows: pd.DataFrame, years: list[int]
) -> dict[str, float]:
    """Yearly sums of the ledger in pounds per registered patient; surpluses of providers."""
    wanted = {record.years[n] for n in years}
    flows = flows[flows["year"].isin(wanted)]
    patients = float(list_sizes.sum()) * len(years) * 100.0

    def paid(*headings: str) -> float:
        codes = [HEADINGS.index(heading) for heading in headings]
        return float(flows[flows["heading"].isin(codes)]["pence"].sum())

    hospitals = bodies.of_kind("acute", "independent")
    income = float(flows[flows["payee"].isin(hospitals)]["pence"].sum())
    spent = float(flows[flows["payer"].isin(hospitals)]["pence"].sum())
    buyers = bodies.of_kind("commissioner")
    budget = float(flows[flows["payee"].isin(buyers)]["pence"].sum())
    out = float(flows[flows["payer"].isin(buyers)]["pence"].sum())
    return {
        "hospital_spend": paid(*HOSPITAL_HEADINGS) / patients,
        "trust_surplus": 100.0 * (income - spent) / max(income, 1.0),
        "commissioner_spend": out / patients,
        "commissioner_surplus": (budget - out) / patients,
    }


def _held(practices: Practices, budgets: BudgetBooks, record: "Record", months: slice) -> float:
    """Share of patients whose practice holds a budget, mean over months."""
    held = [budgets.held_in(month) for month in record.months[months]]
    lists = practices.lists
    return float(np.mean([lists[rows].sum() for rows in held]) / lists.sum())


def _enrolled(list_sizes: np.ndarray, record: "Record", months: slice) -> float:
    """Of 1,000 people those who can be expected to be enrolled in a programme, mean over months."""
    people = [month.expected.sum() for month in record.enrolled[months]]
    return 1000.0 * float(np.mean(people)) / float(list_sizes.sum())


def _programme(
    list_sizes: np.ndarray, integrated: IntegratedCare, flows: pd.DataFrame, last_year: int
) -> dict[str, float]:
    """What the policy itself cost since it began, a year: tenders fall in its first years."""
    since = flows["year"].between(FIRST_YEAR, FIRST_YEAR + last_year - 1)
    codes = [HEADINGS.index(heading) for heading in PROGRAMME_HEADINGS]
    pence = float(flows[since & flows["heading"].isin(codes)]["pence"].sum())
    patients = float(list_sizes.sum())
    end = BURN_IN_MONTHS + 12 * last_year
    ended = sum(o.ended_month < end for o in integrated.former)
    return {
        "programme_cost": pence / 100.0 / patients / max(last_year, 1),
        "organisations_ended": float(ended),
    }
