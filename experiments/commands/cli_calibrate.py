"""The command that looks for the parameters that published effects and rates do not rule out."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from experiments.commands import command_options as asked
from experiments.commands.arguments import (
    Data,
    Json,
    Levers,
    Minds,
    Out,
    Place,
    Quick,
    Resume,
    Seed,
    Without,
    Workers,
)
from experiments.runs.options import whole_number
from experiments.terminal.exit_codes import MISSED
from experiments.terminal.extras import check_installed

REPLICATES = 2


def calibrate(
    problem: Annotated[
        Path | None,
        typer.Argument(metavar="PROBLEM", help="a .toml file of what may move [the shipped one]"),
    ] = None,
    place: Place = "anyshire",
    data: Data = None,
    patients: Annotated[
        str | None,
        typer.Option(
            "--patients", metavar="N|all", help="patients to simulate [as PROBLEM: 2,000]"
        ),
    ] = None,
    seed: Seed = 0,
    replicates: Annotated[
        int | None, typer.Option("--replicates", help="seeds of every set [2]")
    ] = None,
    sets: Annotated[int | None, typer.Option("--sets", help="sets of a wave [the file's]")] = None,
    workers: Workers = None,
    set_: Levers = None,
    without: Without = None,
    minds: Minds = "reasoned",
    save: Annotated[
        Path | None, typer.Option("--save", help="also write the sets left to this .toml file")
    ] = None,
    out: Out = None,
    resume: Resume = False,
    quick: Quick = False,
    json: Json = False,
) -> None:
    """Rule out parameters that published effects contradict; keep the sets that are left.

    --minds and --without live ten of these sets again with other minds, or without a mechanism.
    """
    check_installed("calibrate", "calibrate")
    options = asked.checked_options(
        place=place, data=data, patients=patients, years=None, seed=seed, levers=set_ or [],
        threads=1, minds=minds, quick=quick,
    )  # fmt: skip
    asked.check_out(out, may_be_there=resume)
    if save is not None:
        from experiments.runs.folders import check_name, check_parent, check_writable

        check_name(save, "--save", ".toml")
        check_parent(save, "--save")
        check_writable(save, "--save")
    switched = asked.switched_off(without or [])
    n = whole_number("--replicates", REPLICATES if replicates is None else replicates, 1000,
                           least=2)  # fmt: skip
    from experiments.calibration.calibrate import beside, calibrate_and_keep, calibration_of
    from experiments.calibration.calibrate_tables import print_calibration
    from experiments.calibration.calibration import SHIPPED, read_problem
    from experiments.terminal.output import print_json
    from experiments.validation.validate import TrialSize

    wanted = read_problem(problem or SHIPPED)
    wanted = wanted.quick() if quick else wanted
    if sets is not None:
        wanted = wanted.model_copy(update={"sets": whole_number("--sets", sets, 10_000, 8)})
    given = replace(options, minds="reasoned", patients_by_default=wanted.patients)
    size = TrialSize(given, range(options.seed, options.seed + n))
    asked_for, manifest = calibration_of(wanted, size, asked.workers_of(workers), out)
    results = calibrate_and_keep(asked_for, manifest, resume or out is None, save)
    others = {}
    if minds != "reasoned" or switched:
        name = "_".join([minds, *(f"without_{mechanism}" for mechanism in without or [])])
        others[name] = beside(asked_for, results, minds, switched, name)
    if json:
        print_json("calibrate", manifest, results["figures"], results=results, others=others,
                   folder=str(asked_for.folder))  # fmt: skip
    else:
        print_calibration(manifest, results, others, asked_for.folder)
    if results["not_ruled_out"] < wanted.enough:
        raise typer.Exit(MISSED)
