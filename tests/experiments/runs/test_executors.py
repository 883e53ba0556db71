"""Workers that die, alone or in company; things handed over; executors other than processes."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from experiments.commands.command_options import with_status_quo
from experiments.effects.compare import jobs_of
from experiments.runs import executors
from experiments.runs.executors import (
    SubmititExecutor,
    WorkerPool,
    live_bundle,
    lived,
    local_pool,
    no_followers,
)
from experiments.runs.handover import hand_over, received
from experiments.runs.jobs import DONE, FAILED, Job, JobResult, Lived
from experiments.runs.options import Options
from model.places.place_finding import find_place


@pytest.fixture(scope="module")
def jobs() -> list[Job]:
    """Six jobs that are not lived here."""
    place, policies = find_place("anyshire", None), with_status_quo(["status_quo"])
    return jobs_of(Options(patients=100, years=1), place, policies, range(6))


def answer(job: Job) -> JobResult:
    return JobResult([Lived("", {"seed": float(job.options.seed)})])


def seeds_of(results) -> dict[int, str]:
    return {job.options.seed: result.lived[0].status for job, result in results}


def test_every_job_comes_back_once(jobs, monkeypatch):
    monkeypatch.setattr(executors, "live_job", answer)
    found = list(lived(jobs, local_pool(2), no_followers))
    assert sorted(job.options.seed for job, _ in found) == list(range(6))
    assert all(result == answer(job) for job, result in found)


def test_jobs_of_a_worker_that_was_killed_are_lived_again(jobs, monkeypatch, tmp_path):
    def dies_once(job: Job) -> JobResult:
        flag = tmp_path / str(job.options.seed)
        if job.options.seed in (1, 4) and not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return answer(job)

    monkeypatch.setattr(executors, "live_job", dies_once)
    found = list(lived(jobs, local_pool(2), no_followers))
    assert len(found) == 6 and set(seeds_of(found).values()) == {DONE}


def test_a_job_that_kills_every_worker_is_a_failed_run_and_costs_no_other(jobs, monkeypatch):
    def dies(job: Job) -> JobResult:
        if job.options.seed == 2:
            os._exit(9)
        return answer(job)

    monkeypatch.setattr(executors, "live_job", dies)
    found = list(lived(jobs, local_pool(2), no_followers))
    assert seeds_of(found) == {k: FAILED if k == 2 else DONE for k in range(6)}
    (reason,) = [r.lived[0].reason for _, r in found if r.lived[0].status == FAILED]
    assert "its worker failed" in reason and "terminated abruptly" in reason


def test_bundles_that_fail_are_taken_apart(jobs):
    class Half(ThreadPoolExecutor):
        def submit(self, fn, /, *args, **kwargs):
            def work(bundle):
                if any(job.options.seed == 3 for job in bundle):
                    raise MemoryError("too much")
                return [answer(job) for job in bundle]

            return super().submit(work, *args, **kwargs)

    found = list(lived(jobs, WorkerPool(lambda: Half(1), 2, bundle=4), no_followers))
    assert seeds_of(found) == {k: FAILED if k == 3 else DONE for k in range(6)}
    assert [r.lived[0].reason for _, r in found if r.lived[0].reason] == [
        "its worker failed: MemoryError: too much"
    ]


def test_what_follows_a_job_is_lived_after_it(jobs, monkeypatch):
    monkeypatch.setattr(executors, "live_job", answer)

    def next_one(job: Job, result: JobResult) -> list[Job]:
        return [jobs[3 + jobs.index(job)]] if job in jobs[:3] else []

    found = [job.options.seed for job, _ in lived(jobs[:3], local_pool(2), next_one)]
    assert sorted(found) == list(range(6))
    assert all(found.index(k) < found.index(k + 3) for k in range(3))


def test_stopping_early_ends_the_workers(jobs, monkeypatch):
    def who(job: Job) -> JobResult:
        return JobResult([Lived("", {"process": float(os.getpid())})])

    monkeypatch.setattr(executors, "live_job", who)
    results = lived(jobs, local_pool(2), no_followers)
    process = int(next(results)[1].lived[0].values["process"])
    results.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@pytest.mark.slow
def test_submitit_gives_the_same_answers(jobs, tmp_path):
    """In processes of this machine, which submitit can use in place of SLURM."""
    few = jobs[:2]
    pool = WorkerPool(lambda: SubmititExecutor(tmp_path, "local"), 1, bundle=2)
    found = {job.options.seed: r for job, r in lived(few, pool, no_followers)}
    here = dict(zip(found, live_bundle(tuple(few)), strict=True))
    assert str(found) == str(here)  # as text, since unknown outcomes (NaN) are not equal
    assert all(r.lived[0].status == DONE for r in found.values())


def test_arrays_are_handed_over_as_read_only_views_of_a_file(tmp_path):
    thing = {
        "big": np.arange(10.0),
        "none": np.zeros(0),
        "text": ["a"],
        "odd": np.arange(3, dtype="u1"),
    }
    handed = hand_over(thing, tmp_path / "thing")
    found = received(handed)
    assert [path.name for path in tmp_path.iterdir()] == ["thing"]
    assert found["text"] == ["a"] and not found["big"].flags.writeable
    for key in ("big", "none", "odd"):
        assert np.array_equal(found[key], thing[key]) and found[key].dtype == thing[key].dtype
    assert len(handed.description) < 1000 and all(start % 64 == 0 for start, _ in handed.spans)


def test_a_place_is_the_same_after_being_handed_over(tmp_path):
    place = find_place("anyshire", None)
    handed = hand_over({"one": place}, Path(tmp_path) / "place")
    found = received(handed)["one"]
    assert found.hash() == place.hash() and found.areas.equals(place.areas)
