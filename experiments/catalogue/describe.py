"""A place beside what is published: what it is, and what ten years of the status quo make of it."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.runs.options import Options, licence_of
from experiments.runs.runs import live, people, with_licences
from experiments.terminal.output import number, print_rows, show
from model.parameters import Parameters

if TYPE_CHECKING:
    import pandas as pd

    from model.month.economy import HealthEconomy
    from model.places.place import Place

PUBLISHED = Path(__file__).parent / "published.toml"
AGE_65_PLUS = 1  # the last axis of the groups of patients: younger than 65, or not
Row = dict[str, Any]


@cache
def published() -> dict[str, Row]:
    """The published figures and their tolerances."""
    return tomllib.loads(PUBLISHED.read_text(encoding="utf-8"))


def place_rows(place: "Place") -> list[Row]:
    """What a place is, beside published figures: table, name, here, published, unit, source; and
    the files that it was built from."""
    from model.places.beside_published import describe

    tables = describe(place)
    counts = [
        {"table": "organisations", "name": row["kind"], "here": row["count"]}
        for row in tables["organisations"].to_dict("records")
    ]
    figures = tables["figures"].assign(table="figures").to_dict("records")
    shown = [{str(key): value for key, value in row.items()} for row in figures]
    return counts + shown + file_rows(place)


def print_place(place: "Place", rows: list[Row]) -> None:
    """The tables of a place for readers."""
    kind = "drawn" if place.synthetic else "built from published statistics"
    registered = int(place.practices["list_size"].sum())
    head = f"{place.title}: {registered:,} registered patients, {place.year}, {kind}"
    show("\n".join([head, *licence_of(place).values()]))
    counts = [r for r in rows if r["table"] == "organisations"]
    figures = [r for r in rows if r["table"] == "figures"]
    print_rows("", [{"what": r["name"], "count": number(r["here"])} for r in counts], 1)
    shown = [
        {"figure": r["name"], "here": _significant(r["here"])}
        | {"published": _significant(r["published"]), "unit": _short_unit(r["unit"])}
        for r in figures
    ]
    print_rows("Beside published figures (England; places differ)", shown, 1)
    print_files(place)


def file_rows(place: "Place") -> list[Row]:
    """What a real place was built from: a row for every file that lay there."""
    return [{"table": "files", "name": _file_name(one), **one} for one in place.files]


def _file_name(one: Row) -> str:
    return str(one.get("file") or one.get("kind", ""))


def print_files(place: "Place") -> None:
    """What every file was taken for, what was made of it, what was left out and why; sources."""
    if not place.files:
        return
    used = [one for one in place.files if one.get("status") == "used"]
    shown = [
        {"file": _file_name(one), "taken for": one.get("kind", ""), "of": one.get("vintage", "")}
        | {"rows": number(one.get("rows")), "usable": number(one.get("used"))}
        for one in used
    ]
    print_rows("Files that were used", shown, 3)
    show(
        "Usable are rows of all places in a file; this place has those of its own bodies and areas."
    )
    show("\n".join([*_left_out(used), *_not_used(place)]))
    show("\n".join(["Sources", *(f"- {source}" for source in place.sources)]))


def _left_out(used: list[Row]) -> list[str]:
    return [f"{_file_name(one)}: left out: {one['dropped']}" for one in used if one.get("dropped")]


def _not_used(place: "Place") -> list[str]:
    return [f"{_file_name(one)}: {one.get('status')}: {one['note']}"
            for one in place.files if one.get("note")]  # fmt: skip


def _significant(value: float) -> str:
    return number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)


def _short_unit(unit: str) -> str:
    return unit.split(",")[0].split(";")[0]


def checked_baseline(options: Options) -> tuple["HealthEconomy", list[Row]]:
    """Burn-in and ten years of the status quo, and its rows: here beside published, `pass`."""
    from model.policies.policy_finding import find_policy

    setup = options.prepare()
    economy = live(setup, find_policy("status_quo"), options)
    activity = list(activity_rows(economy, options.years))
    return economy, activity + prevalence_rows(economy) + multimorbidity_rows(economy)


def activity_rows(economy: "HealthEconomy", years: int) -> Iterator[Row]:
    """Use of care over all years, each figure with its tolerance and whether it is met."""
    from model.outcomes.scoreboard import scoreboard

    scores = scoreboard(
        economy.setup.place, economy.setup.list_sizes, economy.state, economy.record, 1, years
    )
    here = activity(economy) | {"usual_provider_index": scores["usual_provider_index_62_82"]}
    for name, value in here.items():
        yield check_row(name, value, *_published(name, economy.setup.parameters))
    odds, unit, source = _published("emergency_odds", economy.setup.parameters)
    for count in (1, 2, 3, 4):
        value = scores[f"emergency_odds_{count}"]
        yield check_row(f"emergency_odds_{count}", value, odds[count], unit, source)


def activity(economy: "HealthEconomy") -> dict[str, float]:
    """Rates of use of the patients simulated, over all months of the record."""
    total = economy.record.total
    years = total("person_months") / 12.0
    day_cases = total("day_cases")
    return {
        "consultations_per_person_year": total("consultations") / years,
        "first_outpatients_per_1000": 1000.0 * total("first_outpatients") / years,
        "emergency_admissions_per_1000": 1000.0 * total("emergencies") / years,
        "day_case_share": day_cases / (day_cases + total("electives")),
        "emergency_admissions_65_plus_per_1000": _emergencies_65_plus(economy),
    }


def _emergencies_65_plus(economy: "HealthEconomy") -> float:
    from agents.patients.patient_tables import EMERGENCIES, PERSON_MONTHS

    counts = np.sum(economy.record.by_group, axis=0)[AGE_65_PLUS::2].sum(axis=0)
    return float(12_000.0 * counts[EMERGENCIES] / counts[PERSON_MONTHS])


def _published(name: str, parameters: Parameters) -> tuple[Any, str, str]:
    entry = published()[name]
    if "parameter" in entry:
        known = parameters.entry(entry["parameter"])
        return known.value, known.unit, str(known.source)
    return entry["value"], entry["unit"], entry["source"]


def check_row(name: str, here: float, there: float, unit: str, source: str) -> Row:
    """A row of the check: `pass` says whether `here` lies within the tolerance of `published`."""
    entry = published()[name.rstrip("_01234") if name.startswith("emergency_odds") else name]
    allowed = entry["absolute"] if "absolute" in entry else entry["tolerance"] * there
    row = {"table": "activity", "name": name, "here": here, "published": there}
    passed = bool(abs(here - there) <= allowed)
    return {**row, "tolerance": allowed, "pass": passed, "unit": unit, "source": source}


def prevalence_rows(economy: "HealthEconomy") -> list[Row]:
    """Prevalence of each condition at the end, in %: by age beside England, and in all beside the
    registers of the place where it has them."""
    from agents.patients.health import CONDITIONS

    setup = economy.setup
    table = setup.parameters.entry("prevalence.by_age")
    starts = np.array(setup.parameters["demography.age_band_starts"])
    band, has = _bands(economy, starts), conditions_of(economy)
    registers = register_prevalence(setup.place)
    rows = []
    for c, condition in enumerate(CONDITIONS):
        about = {"table": "prevalence", "condition": condition, "unit": "%"}
        whole = {"age": "all", "here": 100.0 * has[:, c].mean()}
        if condition in registers:
            source = "registers of the practices of this place, Quality and Outcomes Framework"
            whole |= {"published": 100.0 * registers[condition], "source": source}
        rows.append(about | whole)
        for b in range(starts.size):
            here = 100.0 * has[band == b, c].mean() if (band == b).any() else float("nan")
            age = {"age": band_name(starts, b), "here": here}
            rows.append(about | age | _beside(table.value[condition][b], table.source))
    return rows


def _beside(value: float, source: str | None) -> Row:
    return {"published": value, "source": source}


def _bands(economy: "HealthEconomy", starts: np.ndarray) -> np.ndarray:
    ages = (economy.state.month - economy.state.residents.people["born"].astype(np.int64)) // 12
    return np.searchsorted(starts, ages, side="right") - 1


def band_name(starts: Any, band: int) -> str:
    """`18-44`, `85+`."""
    last = band == len(starts) - 1
    return f"{starts[band]}+" if last else f"{starts[band]}-{starts[band + 1] - 1}"


def conditions_of(economy: "HealthEconomy") -> np.ndarray:
    """Whether each patient has each condition [patients, 13]."""
    from agents.patients.health import N_CONDITIONS

    bits = economy.state.residents.people["conditions"][:, None]
    present: np.ndarray = (bits >> np.arange(N_CONDITIONS, dtype=np.uint16)) & 1 == 1
    return present


def register_prevalence(place: "Place") -> dict[str, float]:
    """Share of all registered patients on each register the place keeps; empty for drawn places."""
    if place.registers.empty:
        return {}
    sizes = place.practices.set_index("practice")["list_size"]
    table: pd.DataFrame = place.registers.assign(size=place.registers["practice"].map(sizes))
    on_register = (table["prevalence"] * table["size"]).groupby(table["condition"]).sum()
    shares = on_register / table.groupby("condition")["size"].sum()
    return {str(condition): float(share) for condition, share in shares.items()}


def multimorbidity_rows(economy: "HealthEconomy") -> list[Row]:
    """People with two or more conditions by age, and with 0 to 4 of eight, in %."""
    from agents.patients.health import CONDITIONS

    has = conditions_of(economy)
    two, eight = published()["two_or_more_by_age"], published()["eight_condition_counts"]
    band = _bands(economy, np.array(two["starts"]))
    rows = []
    for b, there in enumerate(two["value"]):
        here = 100.0 * (has[band == b].sum(axis=1) >= 2).mean() if (band == b).any() else np.nan
        name = {"table": "two_or_more", "age": band_name(two["starts"], b), "unit": "%"}
        rows.append(name | {"here": here} | _beside(there, two["source"]))
    count = has[:, [CONDITIONS.index(c) for c in eight["conditions"]]].sum(axis=1)
    for k, people_there in enumerate(eight["value"]):
        there = 100.0 * people_there / sum(eight["value"])
        name = {"table": "of_eight_conditions", "conditions": str(k), "unit": "%"}
        here = 100.0 * (count == k).mean()
        rows.append(name | {"here": here} | _beside(there, eight["source"]))
    return rows


def print_check(manifest: Row, rows: list[Row]) -> None:
    """The check for readers: activity with passes, then prevalence and multimorbidity."""
    years = manifest["years"]
    said = (f"{manifest['place']['title']}: {people(manifest)}, seed {manifest['seed']}, "
            f"status quo, mean of years 1-{years} after three of burn-in; one run")  # fmt: skip
    show(with_licences(said, manifest))
    checks = [row for row in rows if row["table"] == "activity"]
    print_rows("Use of care (published: England)", [_check_line(row) for row in checks], 1)
    title = "Conditions, % of people: here/published (all: registers; by age: England)"
    print_rows(title, list(_prevalence_lines(rows)), 1, tight=True)
    two = [row for row in rows if row["table"] == "two_or_more"]
    print_rows("Two or more conditions, %", [_pair_line("age", row) for row in two], 1)
    show("Published: Scotland, of 40 conditions; the model has 13, so here must lie below.")
    eight = [row for row in rows if row["table"] == "of_eight_conditions"]
    print_rows("Number of eight conditions, %", [_pair_line("conditions", r) for r in eight], 1)
    missed = [row["name"] for row in checks if not row["pass"]]
    show(f"Missed: {', '.join(missed)}" if missed else "Every figure of use lies within tolerance.")


def _check_line(row: Row) -> dict[str, str]:
    decimals = 0 if row["published"] >= 50 else 2
    numbers = {key: number(row[key], decimals) for key in ("here", "published")}
    tolerance = f"±{number(row['tolerance'], 1 if decimals == 0 else 2)}"
    return {"figure": row["name"], **numbers, "tolerance": tolerance} | {
        "pass": "yes" if row["pass"] else "NO"
    }


def _pair_line(key: str, row: Row) -> dict[str, str]:
    return {key: str(row[key]), "here": number(row["here"], 1)} | {
        "published": number(row["published"], 1)
    }


def _prevalence_lines(rows: list[Row]) -> Iterator[dict[str, str]]:
    lines: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["table"] == "prevalence":
            line = lines.setdefault(row["condition"], {"": row["condition"].replace("_", " ")})
            there = f"/{_short(row['published'])}" if "published" in row else ""
            line[row["age"]] = _short(row["here"]) + there
    yield from lines.values()


def _short(value: float) -> str:
    return number(value, 0 if abs(value) >= 9.95 else 1)
