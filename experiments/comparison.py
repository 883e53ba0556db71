"""A comparison kept and told: differences by family, regimes, and what the intervals mean."""

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from experiments.compare import (
    STATUS_QUO,
    Interval,
    jobs_of,
    replicates,
    rows_of,
    with_status_quo,
)
from experiments.folders import kept_or_made, manifest_of
from experiments.options import Options, described, last_window
from experiments.output import UNKNOWN, number, plain, say, show, table
from experiments.runs import other_options, people, plural, window_name
from model.place import find_place

FAMILIES = ("monopoly", "fragmentation", "care", "money")
HEADLINES = {
    "hhi": "Concentration of hospital owners (HHI)",
    "few_alternatives": "Need with fewer than two real alternatives",
    "hhi_holding": "Concentration of contract holders (HHI)",
    "lost_handovers_many": "Lost handovers, two or more conditions",
    "coc_team_many": "Continuity with teams, two or more conditions",
    "usual_provider_index": "Continuity with the usual GP",
    "emergencies": "Emergency admissions",
    "preventable_emergencies": "Preventable emergency admissions",
    "wait_months": "Wait for an operation",
    "commissioner_spend": "Commissioners' spending",
    "programme_cost": "Tenders, bids, records, teams, case managers",
    "trust_surplus": "Surplus of acute trusts and independents",
}
POLICIES_A_TABLE = 4
MARK = "*"
COLUMNS = ("policy", "outcome", "family", "unit", "kind", "estimate", "low", "high", "runs")


def compare_and_keep(
    expressions: Sequence[str],
    options: Options,
    runs: int,
    workers: int,
    out: Path | None,
    resume: bool,
    figure: Path | None,
) -> tuple[Path, dict[str, Any]]:
    """Compare policies in `runs` replicates and keep it: the folder and its manifest and rows."""
    place, policies = find_place(options.place, options.data), with_status_quo(expressions)
    about = {**described(place, options), "replicates": runs}
    manifest = manifest_of("compare", about, policies)
    jobs = jobs_of(options, place, policies, range(options.seed, options.seed + runs))
    if figure is not None:
        from experiments.figures import check_figure

        check_figure(figure)

    def make():
        rows = plain(rows_of(replicates(jobs, workers)))
        return {"rows": rows}, lambda folder: _write(manifest, rows, folder)

    folder, results, was_there = kept_or_made(out, resume, manifest, "compare_{}", make)
    if was_there:
        say(f"This comparison has been done before and is complete: {folder}")
    if figure is not None:
        written = save_figure_of(manifest, results["rows"], figure)
        say("Written: " + ", ".join(map(str, written)))
    return folder, {**results, "manifest": manifest}


def _write(manifest: dict[str, Any], rows: Sequence[dict[str, Any]], folder: Path) -> None:
    write_table(rows, folder / "table.csv")
    save_figure_of(manifest, rows, folder / "figure")


def save_figure_of(
    manifest: dict[str, Any], rows: Sequence[dict[str, Any]], stem: Path
) -> tuple[Path, Path]:
    """Write the figure as `stem`.svg and `stem`.png; both paths."""
    from experiments.figures import save_figure

    return save_figure(manifest, rows, stem)


def headlines(rows: Sequence[dict[str, Any]], family: str) -> list[str]:
    """The outcomes of a family that are shown; all others are in table.csv."""
    of_family = {row["outcome"] for row in rows if row["family"] == family}
    return [outcome for outcome in HEADLINES if outcome in of_family]


def interval_of(row: dict[str, Any]) -> Interval:
    """The interval of a row; unknown limits (null in JSON) are NaN again."""
    estimate, low, high = (
        math.nan if row[key] is None else float(row[key]) for key in ("estimate", "low", "high")
    )
    return Interval(estimate, low, high, row["runs"])


def find(rows: Sequence[dict[str, Any]], policy: str, outcome: str, kind: str) -> Interval:
    """The interval of one policy, outcome and kind."""
    wanted = (policy, outcome, kind)
    return next(
        interval_of(row) for row in rows if (row["policy"], row["outcome"], row["kind"]) == wanted
    )


def policies_in(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The policies of a comparison but the status quo, in order."""
    return [name for name in dict.fromkeys(r["policy"] for r in rows) if name != STATUS_QUO]


def without_effect(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The policies of which no outcome differs from the status quo's in any run."""
    differences = [(r["policy"], interval_of(r)) for r in rows if r["kind"] == "difference"]
    moved = {name for name, found in differences if abs(found.estimate) > 0.0 or found.half > 0.0}
    return [name for name in policies_in(rows) if name not in moved]


def print_comparison(folder: Path, results: dict[str, Any]) -> None:
    """Header, differences, regimes, meaning and files, within 80 columns."""
    manifest, rows = results["manifest"], results["rows"]
    show(header(manifest))
    policies = policies_in(rows)
    blocks = [policies[k : k + POLICIES_A_TABLE] for k in range(0, len(policies), POLICIES_A_TABLE)]
    for block in blocks or [[]]:
        show(difference_table(rows, block), regime_table(rows, block))
    show(meaning(manifest))
    if same := without_effect(rows):
        show(f"The same as the status quo in every outcome of every run: {', '.join(same)}.")
    show(
        "joinedup list outcomes says what each row measures.",
        f"Every outcome, the figure and the manifest: {folder}",
    )


def header(manifest: dict[str, Any]) -> str:
    """What was run."""
    return f"{manifest['place']['title']}\n{people(manifest)}; {runs_and_seeds(manifest)}" + (
        other_options(manifest)
    )


def runs_and_seeds(manifest: dict[str, Any]) -> str:
    """How many replicates, of which seeds, for how long."""
    first, n = manifest["seed"], manifest["replicates"]
    seeds = f"seed {first}" if n == 1 else f"seeds {first}-{first + n - 1}"
    return f"{plural(n, 'replicate')} ({seeds}), {plural(manifest['years'], 'year')}"


def meaning(manifest: dict[str, Any]) -> str:
    """A sentence on how to read the table."""
    n, window = manifest["replicates"], window_name(last_window(manifest["years"]))
    text = (
        f"Means over {window} of {plural(n, 'run')} of each policy. Differences are from the status"
        " quo of the same seed: same people, same luck."
    )
    if n == 1:
        return text + " One run has no interval."
    return text + (
        f" ± is half the 95% interval (Student's t, {plural(n - 1, 'degree')} of freedom, each"
        f" outcome by itself); {MARK} marks an interval that excludes 0. They hold the chance in"
        " runs, not doubt about assumptions."
    )


def difference_table(rows: Sequence[dict[str, Any]], policies: Sequence[str]):
    """Outcomes by family: level under the status quo, difference of each policy."""
    made = table(["Difference\nfrom status quo", "status quo\nlevel", *map(_header, policies)])
    about = {row["outcome"]: row for row in rows}
    for family in FAMILIES:
        made.add_row(Text(family.upper(), style="bold"))
        for outcome in headlines(rows, family):
            unit, decimals = about[outcome]["unit"], about[outcome]["decimals"]
            level = cell(find(rows, STATUS_QUO, outcome, "level"), decimals)
            found = [find(rows, policy, outcome, "difference") for policy in policies]
            cells = [cell(interval, decimals, difference=True) for interval in found]
            made.add_row(Text(f"{outcome.replace('_', ' ')}\n  {unit}"), level, *cells)
    return made


def _header(policy: str) -> str:
    broken = policy.replace("_", "\n").replace("+", "\n+ ").replace(":", "\n: ")
    return re.sub(r"\.(?=[a-z])", ".\n", broken.replace(",", ",\n").replace("=", "\n= "))


def cell(interval: Interval, decimals: int, difference: bool = False) -> Text:
    """An estimate over half its interval; differences with sign, mark and digits to match."""
    if difference:
        decimals = difference_decimals(interval.half, decimals)
    mark = MARK if difference and interval.excludes_zero else ""
    text = number(interval.estimate, decimals, sign=difference) + mark
    half = number(interval.half, decimals)
    if mark and not round(interval.estimate, decimals):
        text = f"about 0{mark}"
    below = "" if half == UNKNOWN else f"±{half}"
    return Text(f"{text}\n{below}", style="bold" if mark else "")


def difference_decimals(half: float, decimals: int) -> int:
    """Decimals that show two digits of half an interval, at most three more than `decimals`."""
    if not (math.isfinite(half) and half > 0.0):
        return decimals
    return min(max(1 - math.floor(math.log10(half)), decimals), decimals + 3)


def regime_table(rows: Sequence[dict[str, Any]], policies: Sequence[str]):
    """Share of people who live in areas of each regime, in per cent, under each policy."""
    made = table(["Regime of the area\n% of people", "status quo", *map(_header, policies)])
    regimes = dict.fromkeys(row["outcome"] for row in rows if row["family"] == "regime")
    for regime in regimes:
        shares = [find(rows, p, regime, "level") for p in (STATUS_QUO, *policies)]
        name = regime.removeprefix("regime.").replace("_", " ")
        made.add_row(Text(name), *(Text(number(100 * s.estimate)) for s in shares))
    return made


def write_table(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """All rows as CSV; unknown numbers are empty."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
