"""What a study will take: runs, time and disk, from a short trial on this machine."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.compiling import compiled
from experiments.folders import RUNS
from experiments.jobs import setup_of
from experiments.output import number, print_rows, show
from experiments.plan import Plan
from experiments.study_check import runs_of
from model.errors import BadInput

if TYPE_CHECKING:
    from model.setup import Setup

BYTES_A_RUN = 30_000  # at most, while every job still has a file of its own
TRIAL_MONTHS = 12
GROWN = 1.3  # a month under a policy takes longer than one of the burn-in


def check_disk(plan: Plan, out: Path | None, file: str) -> None:
    """`BadInput` if the results would not fit on the disk they are to be written to."""
    folder = (out or RUNS).absolute()
    while not folder.exists():
        folder = folder.parent
    free, needed = shutil.disk_usage(folder).free, BYTES_A_RUN * runs_of(plan.study)
    if needed > free:
        raise BadInput(
            f"its {runs_of(plan.study):,} runs need about {gigabytes(needed)} and {folder} has"
            f" {gigabytes(free)}", file=file, key="design", allowed="fewer runs, or another --out",
        )  # fmt: skip


def gigabytes(size: float) -> str:
    """`1.2 GB`, or megabytes if it is less than one."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{max(size / 1e6, 0.1):,.1f} MB"


def estimate_rows(plan: Plan, workers: int) -> list[dict[str, Any]]:
    """One row a place: runs, seconds by `workers` processes, bytes of disk at most."""
    study, rows = plan.study, []
    jobs = len(plan.sets) * study.replicates * len(study.minds)
    runs = runs_of(study) // len(study.places)
    for name in plan.places:
        job = next(job for job in plan.jobs() if job.options.place == name)
        setup = compiled(lambda job=job: setup_of(job))  # type: ignore[misc]
        prepare, month = _seconds_to_prepare(setup), _seconds_a_month(setup)
        from model.state import BURN_IN_MONTHS

        lived = jobs * BURN_IN_MONTHS + GROWN * runs * 12 * study.years
        prepared = len(plan.sets) * min(workers, study.replicates * len(study.minds))
        seconds = (prepared * prepare + lived * month) / min(workers, runs)
        rows.append({"place": name, "sets": len(plan.sets), "runs": runs, "workers": workers,
                     "seconds": seconds, "bytes": BYTES_A_RUN * runs})  # fmt: skip
    return rows


def _seconds_to_prepare(setup: "Setup") -> float:
    from model.setup import prepare

    start = time.perf_counter()
    prepare(setup.place, setup.parameters, setup.patients)
    return time.perf_counter() - start


def _seconds_a_month(setup: "Setup") -> float:
    from model.economy import HealthEconomy
    from model.policy import find_policy

    economy = HealthEconomy(setup, find_policy("status_quo")).run(1)
    start = time.perf_counter()
    economy.run(TRIAL_MONTHS)
    return (time.perf_counter() - start) / TRIAL_MONTHS


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


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"
