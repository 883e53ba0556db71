"""Verdicts on areas and years are the same to the bit for any number of threads and processes."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from experiments.commands.command_options import policies_of
from experiments.runs.jobs import (
    FREE,
    STATUS_QUO,
    Arm,
    Job,
    arms_of,
    live_policy,
    start_of,
)
from experiments.runs.options import Options
from model.outcomes.area_years import area_years
from model.outcomes.verdict import verdict_of
from model.places.place_finding import find_place

POLICY = "population_ico"
JOB = Job(
    Options(place="lakeland", patients=1_000, years=4),
    policies_of((STATUS_QUO, POLICY)),
    tuple(arms_of([STATUS_QUO, POLICY], [FREE], STATUS_QUO)),
    find_place("lakeland", None).hash(),
    "",
)


def judged(seed: int, threads: int) -> dict[str, bytes]:
    """Everything that a verdict says and rests on, as it lies in memory."""
    job = replace(JOB, options=replace(JOB.options, seed=seed, threads=threads))
    start = start_of(job)
    status_quo, one = (live_policy(job, Arm(p), start) for p in (STATUS_QUO, POLICY))
    found = verdict_of(one.record, area_years(status_quo.record))
    assert found.shares is not None
    kept = vars(found) | {"kept": area_years(one.record).lost}
    numbers = {name: value for name, value in kept.items() if isinstance(value, np.ndarray)}
    shares = np.array([*found.shares.values(), *(found.errors or {}).values()])
    return {name: value.tobytes() for name, value in {**numbers, "shares": shares}.items()}


@pytest.fixture(scope="module")
def alone() -> list[dict[str, bytes]]:
    """Two seeds lived here, one after the other, on one thread."""
    return [judged(seed, 1) for seed in (0, 1)]


def test_two_threads_judge_as_one_does(alone):
    assert judged(0, 2) == alone[0] != alone[1]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # as executors
def test_processes_judge_as_one_does(alone):
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(judged, (0, 1), (2, 1))) == alone
