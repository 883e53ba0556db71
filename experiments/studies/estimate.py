"""What a study will take: runs, time and disk, from a short trial on this machine."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.runs.jobs import Job, compile_first, live_job, setup_of
from experiments.runs.memory import gigabytes
from experiments.studies.plan import Plan
from experiments.studies.study_check import runs_of
from experiments.terminal.output import duration, number, print_rows, show
from model.input.errors import InputError

BYTES_A_RUN = 30_000  # at most, while every job still has a file of its own


def check_disk(folder: Path, runs: int) -> None:
    """`InputError` if the results of so many runs would not fit on the disk of `folder`."""
    there = folder.absolute()
    while not there.exists():
        there = there.parent
    free, needed = shutil.disk_usage(there).free, BYTES_A_RUN * runs
    if needed > free:
        raise InputError(
            f"{runs:,} runs need about {gigabytes(needed)} and this disk has {gigabytes(free)}",
            file=folder, key="--out", allowed="fewer runs, or another --out",
        )  # fmt: skip


def estimate_rows(plan: Plan, workers: int) -> list[dict[str, Any]]:
    """One row a place: runs, seconds by `workers` processes, bytes of disk at most."""
    runs = runs_of(plan.study, len(plan.sets)) // len(plan.places)
    about = {"sets": len(plan.sets), "runs": runs, "workers": workers}
    return [
        {
            "place": name,
            **about,
            "seconds": _seconds(plan, name, workers),
            "bytes": BYTES_A_RUN * runs,
        }
        for name in plan.places
    ]


def _seconds(plan: Plan, place: str, workers: int) -> float:
    """Seconds for all runs in a place, from the first year of the first job."""
    jobs = [job for job in plan.jobs() if job.options.place == place]
    prepare, first_year, month = _trial(jobs[0], jobs[-1])
    more = len(jobs[0].arms) * 12 * (plan.study.years - 1) * month
    each = len(jobs) // len(plan.sets)  # jobs of a set, which share its preparation
    return (len(plan.sets) * min(workers, each) * prepare + len(jobs) * (first_year + more)) / min(
        workers, len(jobs) * len(jobs[0].arms)
    )


def _trial(first: Job, last: Job) -> tuple[float, float, float]:
    """Seconds to prepare a set of parameters, for the first year of a job, for a month more."""
    compile_first(first)
    live_job(replace(first, options=replace(first.options, years=1)))  # first use of everything
    start = time.perf_counter()
    setup_of(last)
    prepared = time.perf_counter()
    live_job(replace(last, options=replace(last.options, years=1)))
    lived = time.perf_counter()
    live_job(replace(last, options=replace(last.options, years=2)))
    month = (time.perf_counter() - lived - (lived - prepared)) / (12 * len(first.arms))
    return prepared - start, lived - prepared, max(month, 0.0)


def print_estimate(plan: Plan, rows: Sequence[dict[str, Any]]) -> None:
    """What the study asks for and what it will take."""
    show(plan.study.title)
    print_rows("", [_row(plan, row) for row in rows], text_columns=1)
    total = sum(row["seconds"] for row in rows)
    runs = sum(row["runs"] for row in rows)
    show(
        f"{runs:,} runs; about {duration(total)} with {rows[0]['workers']} processes of this"
        " machine, by a short trial. Nothing has been run yet.",
    )
    if len(plan.study.policies) == 1:
        show("One policy has no other to be put beside: `contrast` will have nothing to say.")


def _row(plan: Plan, row: dict[str, Any]) -> dict[str, str]:
    study = plan.study
    return {
        "place": row["place"],
        "sets": number(row["sets"]),
        "policies": number(len(study.policies)),
        "replicates": number(study.replicates),
        "runs": number(row["runs"]),
        "time": duration(row["seconds"]),
        "disk": gigabytes(row["bytes"]),
    }
