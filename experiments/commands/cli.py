"""The command `joinedup`: what can be asked, and what its exit codes mean.

Exit codes: 0 done; 1 a check missed; 2 bad input; 3 our fault; 130 interrupted. Whatever is slow to
import is imported by the command that needs it.
"""

import errno
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from experiments import signals_heard
from experiments.commands import cli_calibrate, cli_studies, cli_validate
from experiments.commands import command_options as asked
from experiments.commands.arguments import (
    Data,
    Figure,
    Json,
    Levers,
    Minds,
    Out,
    Patients,
    Place,
    Quick,
    Resume,
    Seed,
    Threads,
    Without,
    Workers,
    Years,
)
from experiments.commands.cli_explain import explain
from experiments.commands.cli_person import person
from experiments.commands.cli_watch import watch
from experiments.runs.options import (
    MOST_REPLICATES,
    REPLICATES,
    Options,
    bounds_told,
    described,
    whole_number,
)
from experiments.terminal.exit_codes import BAD_INPUT, DONE, INTERRUPTED, MISSED, OUR_FAULT
from experiments.terminal.waiting import waiting
from model.bytecode import keep_bytecode
from model.input.errors import InputError, RunFailed, printable

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

app = typer.Typer(
    help="When does integration policy produce monopoly, when fragmentation, when neither?",
    no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip
place_app = typer.Typer(
    help="Build a place from published statistics, or describe one.",
    no_args_is_help=True, rich_markup_mode=None,
)  # fmt: skip
app.add_typer(place_app, name="place")
app.add_typer(cli_studies.study_app, name="study")


@app.command()
def run(
    policy: Annotated[str, typer.Argument(help="a preset, a TOML file, or several: a+b")],
    place: Place = "anyshire",
    data: Data = None,
    patients: Patients = None,
    years: Years = None,
    seed: Seed = 0,
    set_: Levers = None,
    without: Without = None,
    threads: Threads = 1,
    minds: Minds = "reasoned",
    out: Out = None,
    resume: Resume = False,
    quick: Quick = False,
    json: Json = False,
) -> None:
    """Live one policy in a place and keep everything that happened in a run folder."""
    options = asked.checked_options(
        place=place, data=data, patients=patients, years=years, seed=seed, levers=set_ or [],
        without=without or [],
        threads=threads, minds=minds, quick=quick,
    )  # fmt: skip
    (chosen,) = asked.policies_of([policy]).values()
    asked.check_out(out, may_be_there=resume)
    from experiments.runs.runs import print_run, run_and_keep
    from experiments.terminal.output import print_json

    folder, results = run_and_keep(chosen, options, out, resume)
    if json:
        print_json("run", results["manifest"], results["rows"],
                   usual_rows=results["usual_rows"],
                   decisions=results["decisions"], regimes=results["regimes"],
                   no_regimes=results["no_regimes"], folder=str(folder))  # fmt: skip
    else:
        print_run(folder, results)


@app.command()
def compare(
    policies: Annotated[
        list[str] | None,
        typer.Argument(
            help="presets, files, several at once (a+b), other terms (a:term=value) [three"
            " carve-outs and more]"
        ),
    ] = None,
    place: Place = "anyshire",
    data: Data = None,
    patients: Patients = None,
    years: Years = None,
    seed: Seed = 0,
    replicates: Annotated[
        int | None, typer.Option("--replicates", help="seeds each policy is lived under [20]")
    ] = None,
    workers: Workers = None,
    set_: Levers = None,
    without: Without = None,
    threads: Threads = 1,
    minds: Minds = "reasoned",
    at_random: Annotated[
        int | None,
        typer.Option(
            "--random-minds",
            metavar="N",
            help="seeds lived again with organisations"
            " that decide at random: what holds then, too? [half of the replicates]",
        ),
    ] = None,
    figure: Figure = None,
    regimes: Annotated[
        bool,
        typer.Option(
            "--regimes",
            help="also what regimes rest on: thresholds and what moves"
            " with them, when areas changed, from what to what",
        ),
    ] = False,
    out: Out = None,
    resume: Resume = False,
    quick: Quick = False,
    json: Json = False,
) -> None:
    """Put policies beside the status quo: same people, same luck, several replicates."""
    options = asked.checked_options(
        place=place, data=data, patients=patients, years=years, seed=seed, levers=set_ or [],
        without=without or [],
        threads=threads, minds=minds, quick=quick,
    )  # fmt: skip
    default = asked.REPLICATES_QUICK if quick else REPLICATES
    n = whole_number("--replicates", default if replicates is None else replicates, MOST_REPLICATES)
    again = whole_number(
        "--random-minds", -(-n // 2) if at_random is None else at_random, n, least=0
    )
    chosen, cores = asked.with_status_quo(policies or ()), asked.workers_of(workers)
    asked.check_out(out, may_be_there=resume)
    from experiments.effects.comparison import compare_and_keep, print_comparison
    from experiments.terminal.output import print_json

    folder, results = compare_and_keep(chosen, options, n, again, cores, out, resume, figure)
    if json:
        rows = results["rows"] + results["regimes"] * regimes
        print_json("compare", results["manifest"], rows, no_regimes=results["no_regimes"],
                   folder=str(folder))  # fmt: skip
    else:
        print_comparison(folder, results, regimes)


@app.command(name="list")
def list_(
    what: Annotated[
        str,
        typer.Argument(
            help="policies, places, levers, rules, mechanisms, outcomes, groups or studies"
        ),
    ],
    about: Annotated[
        list[str] | None, typer.Argument(metavar="WORD", help="only what is about all these words")
    ] = None,
    json: Json = False,
) -> None:
    """Show what can be asked for."""
    from experiments.catalogue.listing import catalogue, print_catalogue
    from experiments.terminal.output import print_json

    rows = catalogue(what, about or ())
    if json:
        print_json("list", {"what": what, "about": about or []}, rows)
    else:
        print_catalogue(what, rows)


app.command()(explain)
app.command()(watch)
app.command()(person)


@app.command()
def accounts(
    run: Annotated[str, typer.Argument(help="a run folder, or how its name in runs/ begins")],
    organisation: Annotated[str, typer.Argument(metavar="ORG", help="the code of an organisation")],
    year: Annotated[int | None, typer.Option("--year", help="one year [all]")] = None,
    json: Json = False,
) -> None:
    """Show an organisation's income and expenditure in a run, by heading."""
    from experiments.runs.folders import find_run, manifest_of_run

    folder = find_run(run)
    manifest, _ = manifest_of_run(folder)
    from experiments.runs.accounts import account_rows, print_accounts
    from experiments.terminal.output import print_json

    rows = account_rows(folder, organisation, year)
    if json:
        print_json("accounts", manifest, rows)
    else:
        print_accounts(organisation, manifest, rows)


@place_app.command()
def build(
    ccg: Annotated[list[str], typer.Option("--ccg", help="code of a commissioner; repeat it")],
    out: Annotated[Path, typer.Option("--out", help="the new folder; its name names the place")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Build a place from the published statistics of some commissioners."""
    asked.check_new_place(out, data)
    from experiments.catalogue.describe import place_rows, print_place
    from experiments.terminal.output import print_json
    from model.places.sources.build import build_place

    assert data is not None
    made = build_place(data, ccg, out.name)
    made.save(out)
    rows = place_rows(made)
    if json:
        print_json("place build", {"place": made.name, "hash": made.hash()}, rows)
    else:
        print_place(made, rows)


@place_app.command()
def describe(
    place: Annotated[str, typer.Argument(help="a named place, or a folder of one")],
    data: Data = None,
    check: Annotated[
        bool, typer.Option("--check", help="live ten years and put them beside published figures")
    ] = False,
    patients: Patients = None,
    years: Years = None,
    seed: Seed = 0,
    threads: Threads = 1,
    json: Json = False,
) -> None:
    """Show what a place is; with --check, what ten years of the status quo make of it."""
    options = asked.checked_options(
        place=place, data=data, patients=patients, years=years, seed=seed, levers=[],
        threads=threads, minds="reasoned", quick=False,
    )  # fmt: skip
    if check:
        _check_place(options, json)
    else:
        _show_place(options, json)


def _show_place(options: Options, json: bool) -> None:
    from experiments.catalogue.describe import place_rows, print_place
    from experiments.terminal.output import print_json
    from model.places.place_finding import find_place

    place = find_place(options.place, options.data)
    rows = place_rows(place)
    if json:
        print_json("place describe", {"place": place.name, "hash": place.hash()}, rows)
    else:
        print_place(place, rows)


def _check_place(options: Options, json: bool) -> None:
    from experiments.catalogue.describe import checked_baseline, print_check
    from experiments.terminal.output import print_json

    economy, rows = checked_baseline(options)
    manifest = described(economy.setup.place, options)
    if json:
        print_json("place describe", manifest, rows)
    else:
        print_check(manifest, rows)
    if not all(row.get("pass", True) for row in rows):
        raise typer.Exit(MISSED)


for command in (
    cli_studies.sweep, cli_studies.query, cli_studies.contrast, cli_studies.response,
    cli_studies.ablate,
    cli_validate.validate, cli_calibrate.calibrate,
):  # fmt: skip
    app.command()(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code."""
    keep_bytecode()
    waiting.start()
    sys.exit(exit_code(sys.argv[1:] if arguments is None else arguments))


def exit_code(arguments: Sequence[str]) -> int:
    """Run the command; what went wrong is said in one sentence."""
    try:
        check_text(arguments)
        check_none_empty(arguments)
        check_said_once(arguments)
        left = int(app(list(arguments), prog_name="joinedup", standalone_mode=False) or DONE)
        sys.stdout.flush()
        return _interrupted() if left == INTERRUPTED else left  # what Typer makes of Ctrl-C
    except KeyboardInterrupt:
        return _interrupted()
    except InputError as error:
        return _refuse(error, arguments)
    except TyperException as error:
        return _misused(error, arguments)
    except RunFailed as stopped:
        print(printable(str(stopped)), file=sys.stderr)
        return MISSED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        return _no_room(error) if error.errno in NO_ROOM else _unusable(error, arguments)
    except Exception as error:
        return _interrupted() if signals_heard else _own_fault(error)


def check_text(arguments: Sequence[str]) -> None:
    """`InputError` about the first argument that is no UTF-8: no name, number or SQL is."""
    for word in arguments:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise InputError("not a text in UTF-8", key="joinedup", value=word) from None


def check_none_empty(arguments: Sequence[str]) -> None:
    """`InputError` about the first name that is empty, which as a path would mean this folder."""
    for before, word in pairwise(["joinedup", *arguments]):
        option, is_one, given = word.partition("=")
        if is_one and option.startswith("--") and not given.strip():
            raise InputError("an empty name", key=option)
        if not word.strip():
            raise _empty_after(before, asked="query" in arguments[:1])


def _empty_after(before: str, asked: bool) -> InputError:
    """What is said of an empty text: after the folder of `query` it is no name but the SQL."""
    if asked and before != "query" and not before.startswith("-"):
        return InputError("empty", key="SQL", allowed="one SELECT")
    return InputError(f"an empty name after {before}", key="joinedup")


def check_said_once(arguments: Sequence[str]) -> None:
    """`InputError` about an option that is given twice, or one that may be, with the same value."""
    said = [word.partition("=") for word in arguments]
    found: set[str] = set()
    for k, (option, is_one, value) in enumerate(said):
        if not option.startswith("--") or option == "--":
            continue
        told = value if is_one else next(iter(arguments[k + 1 : k + 2]), "")
        if option in found and (f"{option} {told}" in found or option not in _repeatable()):
            raise InputError("given twice", key=option, value=told, allowed="one of them")
        found |= {option, f"{option} {told}"}


def _repeatable() -> set[str]:
    """The options that may be given several times."""
    commands: list[Any] = [typer.main.get_command(app)]
    for command in commands:
        commands += getattr(command, "commands", {}).values()
    return {name for command in commands for option in command.params
            if getattr(option, "multiple", False) for name in option.opts}  # fmt: skip


def _interrupted() -> int:
    print("Interrupted; nothing half-written is left.", file=sys.stderr)
    return INTERRUPTED


def _unusable(error: OSError, arguments: Sequence[str]) -> int:
    """A name that is too long, a folder that may not be read: a fault of the input, if named."""
    if error.filename is None or error.strerror is None:
        return _own_fault(error)
    told = f"cannot be used: {error.strerror.lower()}"
    return _refuse(InputError(told, file=error.filename), arguments)


def _no_room(error: OSError) -> int:
    """What was asked for is done and kept; where its answer goes has no room."""
    where = error.filename or "the output"
    print(printable(f"{where}: cannot be written: {str(error.strerror).lower()}."), file=sys.stderr)
    with suppress(OSError):  # or Python would try it again at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return MISSED


def _refuse(error: InputError, arguments: Sequence[str]) -> int:
    from experiments.terminal.output import print_error

    print_error(error, as_json="--json" in arguments)
    return BAD_INPUT


def _misused(error: TyperException, arguments: Sequence[str]) -> int:
    message: Any = getattr(error, "format_message", lambda: str(error))()
    if message.startswith("Usage:"):  # nothing was asked for: the help is the answer
        print(printable(message), file=sys.stderr)
        return BAD_INPUT
    said = " ".join(message.split()).rstrip(".")
    told = _of_option(error, said) or _too_many(said) or InputError(said, key="joinedup")
    return _refuse(told, arguments)


def _of_option(error: TyperException, said: str) -> InputError | None:
    """What is wrong with one option or argument: of the wrong kind, or missing."""
    option: Any = getattr(error, "param", None)
    if option is None:
        return None
    is_option = option.opts[0].startswith("-")
    name = option.opts[0] if is_option else (option.metavar or option.name).removesuffix("...")
    if said.startswith("Missing "):
        return InputError("this is missing", key=name, allowed=option.help)
    return _mistyped(error, name)


def _mistyped(error: TyperException, name: str) -> InputError | None:
    """What is wrong with a value of the wrong kind, as it is said of one in a file."""
    from pydantic import ValidationError

    if not isinstance(error.__cause__, ValidationError):
        return None
    from model.input.faults import problem_of

    fault: Any = error.__cause__.errors()[0]
    return InputError(problem_of(fault), key=name, value=fault["input"], allowed=bounds_told(name))


def _too_many(said: str) -> InputError | None:
    """What is told of words that a command has no use for."""
    words = re.fullmatch(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", said)
    if words is None:
        return None
    return InputError("more words than the command takes", key="joinedup", value=words[1])


def _own_fault(error: Exception) -> int:
    if os.environ.get("JOINEDUP_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    said = " ".join(f"{type(error).__name__}: {error}".split())
    said = printable(said)
    print(f"Our fault: {said}; JOINEDUP_DEBUG=1 shows where it happened.", file=sys.stderr)
    return OUR_FAULT
