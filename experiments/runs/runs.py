"""One run of one policy: lived month by month, kept in a folder, told in a page."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.runs.folders import Made, kept_or_made, manifest_of
from experiments.runs.licences import licences_of
from experiments.runs.options import STATUS_QUO, Options, described
from experiments.terminal.output import Progress, number, plain, print_rows, quantity, say, show
from model.outcomes.window import WINDOW_YEARS, last_window
from model.state.state import BURN_IN_MONTHS
from model.stories.events import when

if TYPE_CHECKING:
    from model.deciding.minds import Forced
    from model.month.economy import HealthEconomy
    from model.outcomes.verdict import Verdict
    from model.paired_runs.start import Start
    from model.policies.policy import Policy
    from model.state.setup import Setup

MOST_DECISIONS, SMALL = 12, "small"
SCOREBOARD_MEANS = (
    "The status quo is that of the same seed and years: same people, same luck. One pair of runs"
    " has no interval; compare tells what is more than chance. A change is small if it is less than"
    " the smallest that matters (joinedup list outcomes)."
)


def windows(years: int) -> list[tuple[int, int]]:
    """First and last years over which outcomes are averaged: the first three, the last three."""
    first = (1, min(WINDOW_YEARS, years))
    last = last_window(years)
    return [first] if first == last else [first, last]


def window_name(window: tuple[int, int]) -> str:
    """`year 1` or `years 1-3`."""
    first, last = window
    return f"year {first}" if first == last else f"years {first}-{last}"


def live(setup: "Setup", policy: "Policy", options: Options) -> "HealthEconomy":
    """Burn-in and all years of one run, with its progress on stderr."""
    with Progress(policy.name, BURN_IN_MONTHS + 12 * options.years, "months") as progress:
        start = _burnt_in(setup, options, progress)
        return _lived(start.run_under(policy, last=True), options.years, progress)


def live_beside_status_quo(
    setup: "Setup", policy: "Policy", options: Options, forced: "Forced | None" = None
) -> "tuple[HealthEconomy, HealthEconomy]":
    """One run, and the status quo of the same seed, lived beside it (the run itself, if it is).

    `forced`: options by agent, decision and month.
    """
    from model.policies.policy_finding import find_policy

    usual = find_policy(STATUS_QUO)
    twice = policy != usual or bool(forced)
    months = BURN_IN_MONTHS + 12 * options.years * (1 + twice)
    what = f"{policy.name} beside {STATUS_QUO}" if twice else policy.name
    with Progress(what, months, "months") as progress:
        start = _burnt_in(setup, options, progress)
        economy = quo = _lived(start.run_under(usual, last=not twice), options.years, progress)
        if twice:
            economy = _lived(start.run_under(policy, forced, last=True), options.years, progress)
    return economy, quo


def verdicts_beside(economy: "HealthEconomy", quo: "HealthEconomy") -> "dict[str, Verdict]":
    """The verdicts on a status quo and on a run beside it."""
    from model.outcomes.area_years import area_years
    from model.outcomes.verdict import verdict_of

    areas = area_years(quo.record)
    return {
        STATUS_QUO: verdict_of(quo.record, areas),
        economy.policy.name: verdict_of(economy.record, areas),
    }


def _burnt_in(setup: "Setup", options: Options, progress: Progress) -> "Start":
    from model.paired_runs.start import begin

    luck, minds, threads = options.seed, options.minds, options.threads
    return begin(setup, luck, minds, threads, progress.advance, progress.begin)


def _lived(economy: "HealthEconomy", years: int, progress: Progress) -> "HealthEconomy":
    for _ in range(12 * years):
        economy.run(1)
        progress.advance()
    return economy


def run_and_keep(
    policy: "Policy", options: Options, out: Path | None, resume: bool
) -> tuple[Path, dict[str, Any]]:
    """Run a policy and keep it: its folder and its results (manifest, rows, decisions, regimes)."""
    setup = options.prepare()
    manifest = manifest_of("run", described(setup.place, options), {policy.name: policy})
    make = partial(made, setup, policy, options)
    folder, results, was_there = kept_or_made(out, resume, manifest, "{}", make)
    if was_there:
        say(f"This run has been done before and is complete: {folder}")
    return folder, {**results, "manifest": manifest}


def made(
    setup: "Setup", policy: "Policy", options: Options, forced: "Forced | None" = None
) -> Made:
    """The results of a run lived now, and what writes its tables into a folder.

    `forced`: options by agent, decision and month.
    """
    economy, quo = live_beside_status_quo(setup, policy, options, forced)
    tables = economy.record.tables(economy.state)
    return results_of(economy, quo, options.years), lambda folder: write_tables(tables, folder)


def write_tables(tables: dict[str, Any], folder: Path) -> None:
    """Write each table as a Parquet file of its name."""
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)


def results_of(economy: "HealthEconomy", quo: "HealthEconomy", years: int) -> dict[str, Any]:
    """The scoreboard (rows) of the first and last years, counted decisions, and regimes.

    usual_rows: the scoreboard of the status quo of the same seed. `economy` and `quo`: the run and
    that of the status quo, lived to their ends.
    """
    from experiments.measures.regime_tables import rows_of_one

    beside = verdicts_beside(economy, quo)
    return {
        "rows": score_rows(economy, years),
        "usual_rows": score_rows(quo, years),
        "decisions": decision_counts(economy.decisions()),
        "regimes": plain([row for n, found in beside.items() for row in rows_of_one(n, found)]),
        "no_regimes": next((v.reason for v in beside.values() if v.reason), ""),
    }


def score_rows(economy: "HealthEconomy", years: int) -> list[dict[str, Any]]:
    """One row an outcome and window: policy, outcome, family, unit, years, value."""
    from model.outcomes.scoreboard import OUTCOMES, scoreboard

    rows = []
    for first, last in windows(years):
        values = scoreboard(
            economy.setup.place,
            economy.setup.list_sizes,
            economy.state,
            economy.record,
            first,
            last,
        )
        for name, outcome in OUTCOMES.items():
            about = {"outcome": name, "family": outcome.family, "unit": outcome.unit}
            span = {"first_year": first, "last_year": last, "decimals": outcome.decimals}
            rows.append({"policy": economy.policy.name, **about, **span, "value": values[name]})
    return rows


def decision_counts(decisions: Sequence[Any]) -> list[dict[str, Any]]:
    """How often each option of each rule was taken since the policy began, changes first.

    The first option of a rule leaves things as they are (`change` is false).
    """
    since = [d for d in decisions if d.month >= BURN_IN_MONTHS]
    taken = Counter((d.rule, d.chosen, d.chosen != d.options[0]) for d in since)
    asked = Counter(d.rule for d in since)
    order = sorted(taken, key=lambda key: (not key[2], -taken[key], key))
    return [
        {"rule": rule, "option": option, "change": change, "taken": taken[rule, option, change]}
        | {"of": asked[rule]}
        for rule, option, change in order
    ]


def print_run(folder: Path, results: dict[str, Any]) -> None:
    """The header, the scoreboard, the biggest decisions and the folder, for readers."""
    manifest = results["manifest"]
    show(header(manifest))
    print_rows("Scoreboard", scoreboard_rows(results), text_columns=2)
    show(SCOREBOARD_MEANS)
    print_run_regimes(results)
    counts = results["decisions"]
    changes = [row for row in counts if row["change"]][:MOST_DECISIONS]
    rows = [
        {"rule": r["rule"], "option taken": r["option"], "times": number(r["taken"])}
        | {"of decisions": number(r["of"])}
        for r in changes
    ]
    print_rows("Decisions that changed something", rows, text_columns=2)
    total = sum(row["taken"] for row in counts)
    kept = sum(row["taken"] for row in counts if not row["change"])
    show(
        f"{total:,} decisions were taken; {kept:,} left things as they were. Their reasons:"
        f" joinedup explain {folder} --agent CODE",
        f"Run folder: {folder}",
    )


def print_run_regimes(results: dict[str, Any]) -> None:
    """The regimes of a run beside those of the status quo of the same seed, if they were kept."""
    from experiments.measures.regime_tables import percent_cell, print_regimes

    columns: dict[str, list[dict[str, Any]]] = {}
    for row in results.get("regimes", ()):
        columns.setdefault(row["policy"], []).append(row)
    reason = results.get("no_regimes", "")
    print_regimes(columns, reason)
    if not columns or reason:
        return
    told = "One run of one seed: over seeds shares differ, and compare tells by how much."
    if any("±" in percent_cell(row).plain for row in results["regimes"]):
        told += " ± is what is due to who was drawn and simulated alone."
    show(told)


def header(manifest: dict[str, Any]) -> str:
    """One line or two that say what was run."""
    (policy,) = manifest["policies"]
    text = f"{policy} in {manifest['place']['title']}\n{people(manifest)}"
    span = f"seed {manifest['seed']}, {plural(manifest['years'], 'year')}"
    said = f"{text}; {span}; one run, so no interval{other_options(manifest)}{beginnings(manifest)}"
    return with_licences(said, manifest)


def beginnings(manifest: dict[str, Any]) -> str:
    """When policies begin, a line; and a sentence about those of which the years see nothing."""
    starts: dict[int, list[str]] = {}
    for name, terms in manifest["policies"].items():
        if (month := _first_month(terms)) is not None:
            starts.setdefault(month, []).append(name)
    told = "; ".join(f"in {when(m)}: {', '.join(names)}" for m, names in sorted(starts.items()))
    text = f"\nPolicies begin {told}" if told else ""
    unseen = [n for m, names in starts.items() if m >= 12 * manifest["years"] for n in names]
    if unseen:
        text += f"\nNothing of {', '.join(unseen)} can be seen: --years ends before."
    return text


def _first_month(terms: dict[str, Any]) -> int | None:
    several = (row for rows in terms.values() if isinstance(rows, list | tuple) for row in rows)
    return min((row["start_month"] for row in several if "start_month" in row), default=None)


def with_licences(text: str, manifest: dict[str, Any]) -> str:
    """A text about results, and below it what the licences of the data in them ask for."""
    return "\n".join([text, *licences_of(manifest)])


def people(manifest: dict[str, Any]) -> str:
    """How many patients were simulated, of how many."""
    return f"{manifest['patients']:,} of {manifest['registered']:,} patients simulated"


def runs_and_seeds(asked: dict[str, Any]) -> str:
    """How many replicates, of which seeds, for how long (of a manifest, or a study)."""
    first, n = asked["seed"], asked["replicates"]
    seeds = f"seed {first}" if n == 1 else f"seeds {first}-{first + n - 1}"
    return f"{plural(n, 'replicate')} ({seeds}), {plural(asked['years'], 'year')}"


def patients_of(places: dict[str, dict[str, Any]]) -> str:
    """How many patients are simulated in each place of a sweep, of how many."""
    if len(places) == 1:
        return people(next(iter(places.values())))
    each = (f"{n} {p['patients']:,} of {p['registered']:,}" for n, p in places.items())
    return f"patients simulated: {', '.join(each)}"


def other_options(manifest: dict[str, Any]) -> str:
    """Levers and minds, where they are not the usual ones."""
    off, levers = _switched_off(manifest["levers"])
    said = [f"{name} = {quantity(value)}" for name, value in levers.items()]
    if manifest["minds"] != "reasoned":
        said.append(f"{manifest['minds']} minds")
    told = [f"with {', '.join(said)}"] * bool(said) + [f"without {', '.join(off)}"] * bool(off)
    return "".join(f"\n{line}" for line in told)


def _switched_off(levers: dict[str, float]) -> tuple[list[str], dict[str, float]]:
    """The mechanisms that levers switch off, and the levers that do nothing of the kind."""
    if not levers:
        return [], {}
    from model.parameters import load_parameters

    known = load_parameters().mechanisms()
    off = [name for name, needed in known.items() if needed.items() <= levers.items()]
    used = {lever for name in off for lever in known[name]}
    return off, {name: value for name, value in levers.items() if name not in used}


def plural(count: int, thing: str) -> str:
    """`1 year`, `10 years`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def scoreboard_rows(results: dict[str, Any]) -> list[dict[str, str]]:
    """The scoreboard as it is printed: a row an outcome; the last years beside the status quo's."""
    usual = {(r["outcome"], r["last_year"]): r["value"] for r in results["usual_rows"]}
    last = max(row["last_year"] for row in results["rows"])
    return [
        _beside(row, usual[row["outcome"], last])
        for row in results["rows"]
        if row["last_year"] == last
    ]


def _beside(row: dict[str, Any], usual: float) -> dict[str, str]:
    value, decimals = row["value"], row["decimals"]
    years = window_name((row["first_year"], row["last_year"]))
    return {
        "outcome": row["outcome"], "unit": row["unit"],
        "status quo": number(usual, decimals), years: number(value, decimals),
        "change": _change(row, usual),
    }  # fmt: skip


def _change(row: dict[str, Any], usual: float) -> str:
    """A difference; of headlines, that it is less than the smallest that matters."""
    from model.outcomes.paired_differences import smallest_effect

    if row["value"] == usual:
        return "0"
    change, least = row["value"] - usual, smallest_effect(row["outcome"], usual)
    small = least is not None and abs(change) < least
    return SMALL if small else number(change, row["decimals"] + 1, sign=True)
