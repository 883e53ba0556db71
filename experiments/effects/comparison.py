"""A comparison kept and told: differences by family, regimes, and what the intervals mean."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from experiments.effects.compare import jobs_of, regimes_of, replicates, rows_of, with_random_minds
from experiments.effects.paths import COLUMNS as PATH_COLUMNS
from experiments.effects.paths import path_rows, read_paths, write_paths
from experiments.effects.verdicts import verdict_sentence
from experiments.measures.difference_cells import (
    ARITHMETIC,
    INCENTIVES,
    WITH_RANDOM_MINDS,
    column_head,
    effect_cell,
    how_to_read,
    level_cell,
    nothing,
)
from experiments.measures.regime_tables import print_foundations, print_regimes
from experiments.runs.folders import Made, folder_of, kept_or_made, manifest_of
from experiments.runs.jobs import RANDOM
from experiments.runs.kept_replicates import KeptReplicates
from experiments.runs.licences import licence_column, licences_of
from experiments.runs.memory import check_memory
from experiments.runs.options import STATUS_QUO, Options, described
from experiments.runs.runs import (
    beginnings,
    other_options,
    people,
    plural,
    runs_and_seeds,
    window_name,
    with_licences,
)
from experiments.runs.spreadsheet import about_of, write_xlsx
from experiments.studies.rows import FAMILIES, find, headlines, policies_in
from experiments.terminal.output import plain, say, show, table, write_rows
from model.outcomes.scoreboard import HEADLINES
from model.outcomes.window import last_window
from model.places.place_finding import find_place

if TYPE_CHECKING:
    from model.policies.policy import Policy

NAMED = "compare_{}"  # by hash, where nothing else is said
POLICIES_A_TABLE = 4
COLUMNS = (
    "policy", "outcome", "family", "unit", "kind", "estimate", "low", "high", "runs", "low_all",
    "high_all", "smallest_effect", "star", "negligible", "arises", "random_estimate", "random_low",
    "random_high", "random_runs", "random_minds",
)  # fmt: skip
LETTERS = {"holds": WITH_RANDOM_MINDS, "gone": INCENTIVES}


def compare_and_keep(
    policies: "dict[str, Policy]",
    options: Options,
    runs: int,
    at_random: int,
    workers: int,
    out: Path | None,
    resume: bool,
    figure: Path | None,
) -> tuple[Path, dict[str, Any]]:
    """Compare policies in `runs` replicates and keep it: the folder and its manifest and rows.

    `at_random` of the seeds are lived again with organisations that decide at random.
    """
    place = find_place(options.place, options.data)
    check_memory(place, options.patients_at(place), min(workers, runs))
    at_random = 0 if options.minds == RANDOM or len(policies) == 1 else min(at_random, runs)
    about = {**described(place, options), "replicates": runs, "random_replicates": at_random}
    manifest = manifest_of("compare", about, policies)
    jobs = jobs_of(options, place, policies, range(options.seed, options.seed + runs))
    if figure is not None:
        from experiments.figures.figure_files import beside, check_figure

        check_figure(figure)
        check_figure(beside(figure, "paths"))

    kept = KeptReplicates(folder_of(out, manifest, NAMED), manifest)
    go_on = "the same command" if out is None else "--resume"

    def make() -> Made:
        kept.begin(may_be_there=resume or out is None)
        lived = replicates(with_random_minds(jobs, at_random), workers, kept)
        rows = plain(rows_of(lived[:runs], policies, lived[runs:]))
        regimes, reason = regimes_of(lived[:runs])
        results = {"rows": rows, "regimes": plain(regimes), "no_regimes": reason}
        return results, lambda folder: _write(manifest, results, path_rows(lived[:runs]), folder)

    with kept.told(go_on):
        folder, results, was_there = kept_or_made(out, resume, manifest, NAMED, make)
    if was_there:
        say(f"This comparison has been done before and is complete: {folder}")
    if figure is not None:
        written = save_figures(manifest, results, read_paths(folder), figure)
        say("Written: " + ", ".join(map(str, written)))
    return folder, {**results, "manifest": manifest}


def _write(
    manifest: dict[str, Any], results: dict[str, Any], paths: Sequence[dict[str, Any]], folder: Path
) -> None:
    licence = licence_column(manifest)
    write_table(results["rows"], folder / "table.csv", licence)
    write_sheet(manifest, COLUMNS, results["rows"], folder / "table.xlsx")
    write_paths(paths, folder, licence)
    write_sheet(manifest, PATH_COLUMNS, paths, folder / "paths.xlsx")
    save_figures(manifest, results, paths, folder / "figure")


def save_figures(
    manifest: dict[str, Any], results: dict[str, Any], paths: Sequence[dict[str, Any]], stem: Path
) -> list[Path]:
    """Write the figure of paths and, if there is a policy, that of differences and regimes."""
    from experiments.figures.comparison_figure import comparison_figure
    from experiments.figures.figure_files import beside
    from experiments.figures.paths_figure import paths_figure
    from experiments.figures.style import save

    written = []
    if len(manifest["policies"]) > 1:
        figure = comparison_figure(manifest, results["rows"], results["no_regimes"])
        written += save(figure, stem)
    return [*written, *save(paths_figure(manifest, paths), beside(stem, "paths"))]


def without_effect(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The policies of which no outcome differs from the status quo's in any run."""
    moved = {row["policy"] for row in rows if row["kind"] == "difference" and not nothing(row)}
    return [name for name in policies_in(rows) if name not in moved]


def levels_by(rows: Sequence[dict[str, Any]], policies: Sequence[str]) -> dict[str, list[Any]]:
    """The rows of levels of some policies."""
    return {p: [r for r in rows if r["policy"] == p and r["kind"] == "level"] for p in policies}


def print_comparison(folder: Path, results: dict[str, Any], foundations: bool = False) -> None:
    """Header, differences, regimes, meaning and files, within 80 columns.

    foundations: what regimes rest on, too.
    """
    manifest, rows = results["manifest"], results["rows"]
    show(header(manifest))
    policies = policies_in(rows)
    blocks = [policies[k : k + POLICIES_A_TABLE] for k in range(0, len(policies), POLICIES_A_TABLE)]
    for block in blocks or [[]]:
        show(difference_table(rows, block))
        print_regimes(levels_by(rows, [STATUS_QUO, *block]), results["no_regimes"])
    if manifest["replicates"] > 1:
        for policy in policies:
            show(verdict_sentence(policy, rows, results["no_regimes"]))
    show(meaning(manifest, rows))
    if foundations and results["regimes"]:
        print_foundations(results["regimes"], [STATUS_QUO, *policies])
    if same := without_effect(rows):
        show(f"The same as the status quo in every outcome of every run: {', '.join(same)}.")
    show(
        "joinedup list outcomes says what each row measures.",
        f"Every outcome, the figures and the manifest: {folder}",
    )


def header(manifest: dict[str, Any]) -> str:
    """What was run, and how many tests were made."""
    lines = [
        manifest["place"]["title"],
        f"{people(manifest)}; {runs_and_seeds(manifest)}{other_options(manifest)}",
    ]
    if (n := len(manifest["policies"]) - 1) and manifest["replicates"] > 1:
        tests = n * len(HEADLINES)
        lines.append(f"{tests} tests: {len(HEADLINES)} outcomes of {plural_of(n, 'policy')}")
    if again := manifest["random_replicates"]:
        lines[-1] += f"; {plural(again, 'replicate')} again with random minds"
    return with_licences("\n".join(lines) + beginnings(manifest), manifest)


def plural_of(count: int, thing: str) -> str:
    """`1 policy`, `4 policies`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing[:-1]}ies"


def meaning(manifest: dict[str, Any], rows: Sequence[dict[str, Any]]) -> str:
    """Sentences on how to read the table."""
    n, window = manifest["replicates"], window_name(last_window(manifest["years"]))
    text = (
        f"Means over {window} of {plural(n, 'run')} of each policy. Differences are from the status"
        " quo of the same seed: same people, same luck."
    )
    if n == 1:
        return text + " One run has no interval."
    policies = len(policies_in(rows))
    if policies:
        named = f"{len(HEADLINES)} outcomes x {plural_of(policies, 'policy')}"
        text += " " + how_to_read(policies * len(HEADLINES), HEADLINES, named)
        text += (
            f" Letters stand beside stars only. {ARITHMETIC}: arithmetic, a term, rule or"
            " price of the policy moves it by itself once it is taken up (a contract given, a"
            " practice joined); a star without it came by other decisions."
        )
    if manifest["random_replicates"]:
        text += " " + with_random_minds_told(rows)
    return text + " Intervals hold the chance in runs, not doubt about assumptions."


def with_random_minds_told(rows: Sequence[dict[str, Any]]) -> str:
    """What the letters about random minds mean, and how many starred effects hold with them."""
    starred = [row for row in rows if row.get("star")]
    holds, gone = (sum(r["random_minds"] == what for r in starred) for what in ("holds", "gone"))
    return (
        f"{WITH_RANDOM_MINDS}: holds too if organisations decide at random, so it is not due to"
        f" incentives ({holds} of {len(starred)} starred); {INCENTIVES}: does not ({gone});"
        f" neither: too few runs to say."
    )


def difference_table(rows: Sequence[dict[str, Any]], policies: Sequence[str]) -> Table:
    """Outcomes by family: level under the status quo, difference of each policy."""
    made = table(["Difference\nfrom status quo", "status\nquo", *map(column_head, policies)])
    for family in FAMILIES:
        made.add_row(Text(family.upper(), style="bold"))
        for outcome in headlines(rows, family):
            level = find(rows, STATUS_QUO, outcome, "level")
            found = [find(rows, policy, outcome, "difference") for policy in policies]
            label = Text(f"{outcome.replace('_', ' ')}\n  {level['unit']}")
            made.add_row(label, level_cell(level), *map(_effect, found))
    return made


def _effect(row: dict[str, Any]) -> Text:
    return effect_cell(row, letters(row))


def letters(row: dict[str, Any]) -> str:
    """The letters beside a starred effect: arithmetic, and what random minds say."""
    if not row["star"]:
        return ""
    arises = ARITHMETIC * (row["arises"] == "arithmetic")
    letters: str = arises + LETTERS.get(row.get("random_minds", ""), "")
    return letters


def write_table(rows: Sequence[dict[str, Any]], path: Path, licence: Mapping[str, str]) -> None:
    """All rows as CSV; unknown numbers are empty. A licence is the last column.

    `path`: of the file.
    """
    write_rows([*COLUMNS, *licence], [{**row, **licence} for row in rows], path)


def write_sheet(
    manifest: dict[str, Any], columns: Sequence[str], rows: Sequence[dict[str, Any]], path: Path
) -> None:
    """The same as XLSX.

    `columns`: of the rows; a licence is the last. `path`: of the file.
    """
    licence = licence_column(manifest)
    named = [*columns, *licence]
    cells = [[{**row, **licence}.get(column) for column in named] for row in rows]
    write_xlsx(named, cells, about_of(manifest, licences_of(manifest)), path)
