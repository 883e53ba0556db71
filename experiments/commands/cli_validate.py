"""The command that puts the model beside published effects and rates."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.commands import command_options as asked
from experiments.commands.arguments import (
    Data,
    Json,
    Levers,
    Out,
    Patients,
    Place,
    Quick,
    Resume,
    Seed,
    Without,
    Workers,
)
from experiments.runs.options import MOST_REPLICATES, REPLICATES, whole_number
from experiments.terminal.exit_codes import MISSED


def validate(
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="TARGET", help="V3, V5, ... S1 [all]")
    ] = None,
    rates: Annotated[
        bool, typer.Option("--rates", help="how often organisations close, open, merge and grow")
    ] = False,
    place: Place = "anyshire",
    data: Data = None,
    patients: Patients = None,
    seed: Seed = 0,
    replicates: Annotated[
        int | None, typer.Option("--replicates", help="seeds of every study [20]")
    ] = None,
    workers: Workers = None,
    set_: Levers = None,
    without: Without = None,
    minds: Annotated[
        str, typer.Option("--minds", help="show also what inert, random or greedy minds pass")
    ] = "reasoned",
    out: Out = None,
    resume: Resume = False,
    quick: Quick = False,
    json: Json = False,
) -> None:
    """Put the model beside published effects: each study's own estimator, pass or miss."""
    options = asked.checked_options(
        place=place, data=data, patients=patients, years=None, seed=seed, levers=set_ or [],
        threads=1, minds=minds, quick=quick,
        without=without or [],
    )  # fmt: skip
    default = asked.REPLICATES_QUICK if quick else REPLICATES
    from experiments.terminal.output import print_json
    from experiments.validation.validate import TrialSize, missed
    from experiments.validation.validate_tables import print_rates, print_validation

    n = default if replicates is None else replicates
    n = whole_number("--replicates", n, MOST_REPLICATES, least=2)
    kinds = list(dict.fromkeys(("reasoned", minds)))
    sizes = [
        TrialSize(replace(options, minds=kind), range(options.seed, options.seed + n))
        for kind in kinds
    ]
    cores = asked.workers_of(workers)
    done = [_lived(targets or [], rates, size, cores, out, resume) for size in sizes]
    rows = [row for _, results in done for row in results["rows"]]
    manifest, folders = done[0][1]["manifest"], [folder for folder, _ in done]
    if json:
        print_json("validate", manifest, rows, folders=list(map(str, folders)))
    else:
        (print_rates if rates else print_validation)(manifest, rows, folders)
    if missed(rows):
        raise typer.Exit(MISSED)


def _lived(
    targets: list[str], rates: bool, size: Any, cores: int, out: Any, resume: bool
) -> tuple[Path, dict[str, Any]]:
    """The folder and results of one kind of minds; others than the reasoned lie beside --out."""
    from experiments.validation.rates import rates_and_keep
    from experiments.validation.targets import find_targets
    from experiments.validation.validate import validate_and_keep
    from model.input.errors import InputError

    if out is not None and size.options.minds != "reasoned":
        out = out.with_name(f"{out.name}_{size.options.minds}")
    if not rates:
        return validate_and_keep(find_targets(targets), size, cores, out, resume)
    if targets:
        raise InputError("rates have no targets; give one or the other", key="TARGET",
                       value=targets[0])  # fmt: skip
    return rates_and_keep(size, cores, out, resume)
