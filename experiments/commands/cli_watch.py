"""`joinedup watch`: checks the numbers asked for and starts the program of the live view.

The page is a program of its own (`joinedup.watching`), which hands the page what experiments
answer; it checks the names of policy and place itself.
"""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from experiments.commands import command_options as asked
from experiments.commands.arguments import Data, Patients, Place, Seed, Years
from experiments.runs.options import bounded
from experiments.terminal.exit_codes import DONE, INTERRUPTED
from experiments.terminal.extras import check_installed
from experiments.terminal.waiting import waiting
from model.input.errors import InputError
from model.places.named_places import named_places

PORT = 8765


def watch(
    policy: Annotated[
        str, typer.Argument(help="a preset, a TOML file, or several: a+b")
    ] = "status_quo",
    against: Annotated[
        str | None, typer.Option("--against", help="another policy beside it, with the same luck")
    ] = None,
    place: Place = "anyshire",
    data: Data = None,
    patients: Patients = None,
    years: Years = None,
    seed: Seed = 0,
    sweep: Annotated[
        Path | None, typer.Option("--sweep", help="show the contrasts of this sweep beside")
    ] = None,
    port: Annotated[int, typer.Option("--port", help="where to listen; 0 is any free one")] = PORT,
    host: Annotated[
        str, typer.Option("--host", help="listen beyond this machine: others can use the page")
    ] = "127.0.0.1",
) -> None:
    """Open the live view: a place month by month in the browser, with levers."""
    check_installed("view", "watch")
    options = asked.checked_options(
        place=place, data=data, patients=patients, years=years, seed=seed, levers=[],
        threads=1, minds="reasoned", quick=False,
    )  # fmt: skip
    bounded("--port", port)
    if options.patients == "all":
        raise InputError("a page cannot show everybody", key="--patients", value="all",
                       allowed="a whole number")  # fmt: skip
    simulated = options.patients_by_default if options.patients is None else options.patients
    policies = [policy] if against is None else [policy, against]
    words: list[object] = [*policies, "--place", _handed_on(options.place), "--patients", simulated]
    words += ["--years", options.years, "--seed", seed, "--host", host, "--port", port]
    words += ["--data", data] if data else []
    words += ["--sweep", _checked_sweep(sweep)] if sweep else []
    _leave(_serve([str(word) for word in words]))


def _handed_on(place: str) -> str:
    """A place as another program is told of it: a name, or the whole path of a folder."""
    return place if place in named_places() else str(Path(place).absolute())


def _checked_sweep(folder: Path) -> Path:
    """The folder, which may be of a sweep that has only begun; `InputError` if there is none."""
    if not folder.is_dir():
        raise InputError("no such folder", key="--sweep", value=folder,
                       allowed="the folder of a sweep")  # fmt: skip
    return folder


def _serve(words: list[str]) -> int:
    waiting.stop()  # the page says itself how far it is
    print("Opening the live view.", file=sys.stderr)
    page = subprocess.Popen([sys.executable, "-P", "-m", "joinedup.watching", *words])
    before = signal.signal(signal.SIGTERM, lambda *_: page.terminate())  # it must not outlive this
    try:
        code = page.wait()
    except KeyboardInterrupt:
        page.terminate()  # a terminal has told it, too; whoever ended this process alone has not
        page.wait()
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)
    return INTERRUPTED if code == -signal.SIGTERM else code


def _leave(code: int) -> None:
    if code != DONE:
        raise typer.Exit(code)
