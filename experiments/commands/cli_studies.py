"""Commands about studies: write and check one, run it, ask about its results."""

from pathlib import Path
from typing import Annotated

import typer

from experiments.commands import command_options as asked
from experiments.commands.arguments import (
    Data,
    Figure,
    Json,
    Levers,
    Minds,
    Patients,
    Place,
    Quick,
    Resume,
    Seed,
    Without,
    Workers,
    Years,
)
from experiments.runs.options import MOST_REPLICATES, Options, whole_number
from experiments.terminal.exit_codes import MISSED
from experiments.terminal.extras import check_installed
from model.input.errors import InputError

study_app = typer.Typer(
    help="Write a study (which runs to make), or check one.",
    no_args_is_help=True, rich_markup_mode=None,
)  # fmt: skip
StudyName = Annotated[str, typer.Argument(metavar="STUDY", help="a .toml file, or a shipped study")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="the folder of a sweep")]
SweepOut = Annotated[
    Path | None, typer.Option("--out", help="the folder of the results [by hash in runs/]")
]


@study_app.command()
def new(
    file: Annotated[Path, typer.Argument(help="the file to write")] = Path("study.toml"),
) -> None:
    """Write a commented study to change at will."""
    from experiments.runs.folders import check_name, check_new_file
    from experiments.studies.study import TEMPLATE
    from experiments.terminal.output import show

    check_name(file, "FILE", ".toml")
    file = file if file.suffix else file.with_suffix(".toml")
    if file.suffix != ".toml":
        raise InputError("not a name for a study", key="FILE", value=file,
                       allowed="a name that ends in .toml")  # fmt: skip
    check_new_file(file, "FILE")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(TEMPLATE.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
    show(f"Written: {file}\nNext: uv run joinedup study check {file}")


@study_app.command()
def check(
    study: StudyName,
    data: Data = None,
    workers: Workers = None,
    json: Json = False,
) -> None:
    """Say how many runs a study asks for, how long they take and how much disk they need."""
    cores = asked.workers_of(workers)
    from experiments.studies.sweep_reading import find_study

    found = find_study(study)
    from experiments.runs.folders import RUNS
    from experiments.studies.estimate import check_disk, estimate_rows, print_estimate
    from experiments.studies.plan import plan_of
    from experiments.studies.study_check import runs_of
    from experiments.terminal.output import print_json

    plan = plan_of(found, data, study)
    check_disk(RUNS, runs_of(plan.study, len(plan.sets)))
    rows = estimate_rows(plan, cores)
    if json:
        print_json("study check", plan.manifest(), rows)
    else:
        print_estimate(plan, rows)


def sweep(
    study: StudyName,
    out: SweepOut = None,
    resume: Resume = False,
    workers: Workers = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="ADDRESS", help="a running Dask cluster, on a"
                                 " network you trust; every worker needs this installation")
    ] = None,
    slurm: Annotated[
        bool, typer.Option("--slurm", help="hand runs to SLURM, --workers jobs at once; partition,"
                           " account and time come from SBATCH_*")
    ] = False,
    data: Data = None,
    json: Json = False,
) -> None:  # fmt: skip
    """Make every run of a study, on all cores or a cluster; stop and go on at any time."""
    from experiments.runs.executors import pool_opener

    if cluster and slurm:
        raise InputError("give --cluster or --slurm, not both", key="--slurm")
    if cluster or slurm:
        check_installed("cluster", "--slurm" if slurm else "--cluster")
    cores = asked.workers_of(workers)
    asked.check_out(out, may_be_there=resume)
    from experiments.studies.sweep_reading import find_study

    found = find_study(study)
    from experiments.studies.plan import plan_of
    from experiments.studies.sweep import check_plan, print_sweep
    from experiments.studies.sweep import sweep as live_all
    from experiments.terminal.output import print_json

    plan = plan_of(found, data, study)
    if not (cluster or slurm):
        check_plan(plan, cores)
    folder, results = live_all(plan, out, resume, pool_opener(cores, cluster, slurm))
    if json:
        print_json("sweep", plan.manifest(), [results], folder=str(folder))
    else:
        print_sweep(folder, results)
    if results["failed"]:
        raise typer.Exit(MISSED)


def response(
    lever: Annotated[
        str,
        typer.Argument(
            metavar="LEVER",
            help="a name of `joinedup list levers` or `list rules`,"
            " a term of the policy's contracts, or `every`: all of them, at the"
            " ends of their ranges",
        ),
    ],
    policy: Annotated[
        str, typer.Option("--policy", help="under which it is varied")
    ] = "status_quo",
    points: Annotated[int, typer.Option("--points", help="values over its range")] = 5,
    outcome: Annotated[
        list[str] | None, typer.Option("--outcome", help="an outcome to show; may be repeated")
    ] = None,
    place: Place = "anyshire",
    data: Data = None,
    patients: Patients = None,
    years: Years = None,
    seed: Seed = 0,
    replicates: Annotated[int, typer.Option("--replicates", help="seeds of each value")] = 8,
    workers: Workers = None,
    set_: Levers = None,
    without: Without = None,
    minds: Minds = "reasoned",
    figure: Figure = None,
    quick: Quick = False,
    json: Json = False,
) -> None:
    """Show how outcomes answer to a lever over its range, with intervals."""
    from experiments.studies.lever import EVERY_LEVER, check_lever

    options = asked.checked_options(
        place=place, data=data, patients=patients, years=years, seed=seed, levers=set_ or [],
        without=without or [],
        threads=1, minds=minds, quick=quick,
    )  # fmt: skip
    seeds = whole_number("--replicates", replicates, MOST_REPLICATES)
    values = whole_number("--points", points, 100, least=2)
    check_lever(lever, policy)
    from experiments.effects.response import (
        draw_response,
        lever_of,
        print_response,
        respond,
    )
    from experiments.measures.outcomes import check_outcomes
    from experiments.runs.folders import read_manifest
    from experiments.terminal.output import print_json
    from model.places.place_finding import find_place

    check_outcomes(outcome or [], "--outcome")
    year = find_place(options.place, options.data).year
    if lever == EVERY_LEVER:
        if figure is not None:
            raise InputError("a figure shows one lever", key="--figure", value=figure,
                           allowed="the name of a lever instead of every")  # fmt: skip
        _every(policy, year, options, seeds, asked.workers_of(workers), outcome or [], json)
        return
    varied = lever_of(lever, policy, values, year)
    cores = asked.workers_of(workers)
    study, folder, rows = respond(varied, policy, options, seeds, cores, outcome or [])
    if figure is not None:
        draw_response(study, varied, rows, folder, figure)
    if json:
        print_json("response", read_manifest(folder)[0], rows, folder=str(folder))
    else:
        print_response(study, varied, rows, folder)


def _every(
    policy: str, year: int, options: Options, seeds: int, workers: int,
    outcomes: list[str], json: bool,
) -> None:  # fmt: skip
    from experiments.effects import every_lever
    from experiments.runs.folders import read_manifest
    from experiments.terminal.output import print_json

    levers = every_lever.every_lever(policy, year, options)
    studies = every_lever.studies_of(levers, policy, options, seeds)
    folders = every_lever.live(studies, options, workers)
    rows = every_lever.every_row(levers, folders, outcomes)
    if json:
        print_json("response", read_manifest(folders[0])[0], rows, folders=list(map(str, folders)))
    else:
        every_lever.print_every(studies, rows, folders)


def ablate(
    policies: Annotated[
        list[str], typer.Argument(metavar="POLICY...", help="presets, files, or a+b")
    ],
    outcome: Annotated[
        list[str] | None, typer.Option("--outcome", help="an outcome to show; may be repeated")
    ] = None,
    place: Place = "anyshire",
    data: Data = None,
    patients: Patients = None,
    years: Years = None,
    seed: Seed = 0,
    replicates: Annotated[int, typer.Option("--replicates", help="seeds")] = 8,
    workers: Workers = None,
    minds: Minds = "reasoned",
    quick: Quick = False,
    json: Json = False,
) -> None:
    """Take away each mechanism and term in turn: what do differences rest on?"""
    options = asked.checked_options(
        place=place, data=data, patients=patients, years=years, seed=seed, levers=[],
        threads=1, minds=minds, quick=quick,
    )  # fmt: skip
    seeds = whole_number("--replicates", replicates, MOST_REPLICATES, least=2)
    chosen = asked.policies_of(policies)
    from experiments.effects import ablation
    from experiments.measures.outcomes import check_outcomes
    from experiments.runs.folders import read_manifest
    from experiments.terminal.output import print_json

    check_outcomes(outcome or [], "--outcome")
    wanted = ablation.ablation_of(chosen, options, seeds)
    folders, lived = ablation.live(wanted, asked.workers_of(workers))
    rows = ablation.ablation_rows(wanted, lived, outcome or [])
    if json:
        print_json("ablate", read_manifest(folders[0])[0], rows, folders=list(map(str, folders)))
    else:
        ablation.print_ablation(wanted, lived, rows, folders)


def query(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the folder of a sweep or a run")],
    sql: Annotated[str, typer.Argument(metavar="SQL", help="one SELECT (or SHOW TABLES,"
                                       " DESCRIBE, SUMMARIZE); a sweep has the table results, a"
                                       " run those of its files")],
    csv: Annotated[
        Path | None, typer.Option("--csv", help="write the answer to this file instead (.xlsx: as"
                                  " a spreadsheet)")
    ] = None,
    json: Json = False,
) -> None:  # fmt: skip
    """Ask about results in SQL (DuckDB), read only."""
    from experiments.commands.answers import print_answer, say_progress, write_csv
    from experiments.runs.folders import check_new_file, read_manifest
    from experiments.studies.questions import ask
    from experiments.terminal.output import print_json

    check_installed("query", "query")
    if csv is not None:
        check_new_file(csv, "--csv")
    found = ask(folder, sql)
    manifest, _ = read_manifest(folder)
    if manifest.get("command") == "sweep":
        say_progress(folder)
    if csv is not None:
        write_csv(found, csv, manifest)
    if json:
        print_json("query", manifest, found.to_dict("records"))
    elif csv is None:
        print_answer(found, manifest)


def contrast(
    folder: Folder,
    outcome: Annotated[
        list[str] | None, typer.Option("--outcome", help="an outcome to show; may be repeated")
    ] = None,
    figure: Figure = None,
    json: Json = False,
) -> None:
    """Put the policies of a sweep beside each other: paired differences with intervals."""
    from experiments.runs.folders import manifest_of_sweep
    from experiments.studies.contrast import contrast_rows, progress_of, regimes_in
    from experiments.studies.contrast_tables import print_contrast
    from experiments.terminal.output import print_json, say

    manifest = manifest_of_sweep(folder)
    rows = contrast_rows(folder, manifest, outcome or [])
    regimes = regimes_in(folder, manifest)
    progress = progress_of(folder)
    if figure is not None:
        from experiments.figures.forest import forest
        from experiments.figures.style import save

        written = save(forest(manifest, rows, progress), figure)
        say("Written: " + ", ".join(map(str, written)))
    if json:
        print_json("contrast", manifest, rows, runs=progress, regimes=regimes)
    else:
        print_contrast(manifest, rows, progress, regimes)
