"""The options that several commands share, as they are typed and explained."""

from pathlib import Path
from typing import Annotated

import typer


def _figure(stem: Path | None) -> Path | None:
    """A figure's name, which is tried before anything else is read."""
    if stem is not None:
        from experiments.figures.figure_files import check_figure

        check_figure(stem)
    return stem


Place = Annotated[str, typer.Option("--place", help="a named place, or a folder of one")]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", envvar="JOINEDUP_DATA", show_envvar=True,
        help="folder of the published statistics, for real places",
    ),
]  # fmt: skip
Patients = Annotated[
    str | None,
    typer.Option(
        "--patients",
        metavar="N|all",
        help="patients to simulate one by one [10,000]",
    ),
]
Years = Annotated[int | None, typer.Option("--years", help="years under the policy [10]")]
Seed = Annotated[int, typer.Option("--seed", help="the luck of the run, or of the first replicate")]
Levers = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="LEVER=VALUE",
        help="another value of a lever, or calibrated=N for a calibrated set; may be repeated",
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option("--without", metavar="MECHANISM", help="switch off one of `joinedup list"
                 " mechanisms`; may be repeated"),
]  # fmt: skip
Threads = Annotated[int, typer.Option("--threads", help="threads of a run; results are the same")]
Minds = Annotated[
    str, typer.Option("--minds", help="how organisations decide: reasoned, inert, random, greedy")
]
Out = Annotated[
    Path | None, typer.Option("--out", help="a new folder for the results [by hash in runs/]")
]
Resume = Annotated[bool, typer.Option("--resume", help="go on with --out if it is there already")]
Quick = Annotated[
    bool, typer.Option("--quick", help="a first look: few patients, 5 years, 4 replicates")
]
Figure = Annotated[
    Path | None,
    typer.Option("--figure", callback=_figure, help="also draw it: this name with .svg, .png and"
                 " .pdf, or just the one that it ends in"),
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="one JSON object on stdout, nothing else")]
Workers = Annotated[
    int | None, typer.Option("--workers", help="processes [cores]; results are the same")
]
