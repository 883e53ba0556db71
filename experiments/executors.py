"""Where jobs are lived: processes of this machine, a Dask cluster, SLURM; one loop for all.

Each place is a `concurrent.futures.Executor`. A worker that dies takes its jobs with it; they are
tried again, each alone, and one that goes down alone a second time is given up as a failed run.
"""

import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.handover import Handed
from experiments.jobs import Job, JobResult, keep_places, live_job, lost, said
from model.errors import BadInput

MOST_TRIES = 2  # of a job alone, after it was lost in company
JOBS_AHEAD = 3  # waiting at every worker, so that none is idle
POLL_SECONDS = 1.0
SLURM_MINUTES = 240
BUNDLES_A_WORKER = 4
Bundle = tuple[Job, ...]
Followers = Callable[[Job, JobResult], Sequence[Job]]


@dataclass(frozen=True)
class Pool:
    """How to open an executor (again, if it breaks), and how many bundles it is given at a time."""

    open: Callable[[], Executor]
    width: int
    bundle: int = 1
    shares_disk: bool = False  # so that burn-ins can be handed from one worker to another
    close: Callable[[Any], None] = lambda executor: executor.shutdown(False, cancel_futures=True)


def usable_cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def local_pool(workers: int, places: Handed | None = None) -> Pool:
    """Processes of this machine, which receive the places; forked where that is safe.

    The fork is safe on Linux: no thread of ours holds a lock, and those of the libraries (BLAS,
    Arrow's allocator) guard themselves against it. Forked workers inherit the compiled rules.
    """
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")

    def start() -> Executor:
        return LocalExecutor(workers, context, _start_worker, (places,))

    return Pool(start, JOBS_AHEAD * workers, shares_disk=True)


class LocalExecutor(ProcessPoolExecutor):
    """Processes that end at once when they are not to be waited for."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Drop what waits and, unless asked to wait, end the processes."""
        processes = list((self._processes or {}).values())  # Python 3.14 has terminate_workers
        super().shutdown(wait, cancel_futures=cancel_futures)
        if not wait:
            for process in processes:
                process.terminate()
                process.join()


def _start_worker(places: Handed | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent says what an interrupt means
    threading.Thread(target=_end_with_parent, daemon=True).start()
    keep_places(places)


def _end_with_parent() -> None:
    """Leave when the parent is gone, however it went, so that no worker outlives its sweep."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def dask_pool(address: str) -> Pool:
    """A running Dask cluster; its workers need the same installation and the same files."""
    from distributed import Client

    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise BadInput(f"no Dask scheduler answers here: {error}", key="--cluster", value=address,
                       allowed="an address such as tcp://127.0.0.1:8786") from None  # fmt: skip
    threads = sum(client.nthreads().values())
    return Pool(
        lambda: client.get_executor(pure=False), JOBS_AHEAD * max(threads, 8),
        close=lambda executor: executor.shutdown(wait=False),
    )  # fmt: skip


def slurm_pool(workers: int, jobs: int) -> Pool:
    """SLURM, at most `workers` jobs at once; partition, account and time come from SBATCH_*.

    submitit keeps what it hands over in the user's folder `joinedup_slurm`, on a disk that every
    node sees.
    """
    bundle = max(1, -(-jobs // (BUNDLES_A_WORKER * workers)))
    return Pool(lambda: SubmititExecutor(Path.home() / "joinedup_slurm", "slurm"), workers, bundle)


def check_slurm() -> None:
    """`BadInput` if jobs cannot be handed to SLURM from here."""
    if shutil.which("sbatch") is None:
        raise BadInput("there is no SLURM here: sbatch is not found", key="--slurm")


class SubmititExecutor(Executor):
    """submitit with the interface of `concurrent.futures`; a thread looks for results."""

    def __init__(self, folder: Path, cluster: str):
        from submitit import AutoExecutor

        self.inner = AutoExecutor(folder=folder, cluster=cluster)
        self.inner.update_parameters(timeout_min=SLURM_MINUTES, cpus_per_task=1, name="joinedup")
        self.open: dict[Future, Any] = {}
        self.closed = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def submit(self, fn, /, *args, **kwargs) -> Future:
        """Hand in one job."""
        future: Future = Future()
        self.open[future] = self.inner.submit(fn, *args, **kwargs)
        return future

    def _look(self) -> None:
        while not self.closed.wait(POLL_SECONDS):
            for future, job in list(self.open.items()):
                if job.done():
                    del self.open[future]
                    _settle(future, job)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop looking, and cancel what is still open if asked to."""
        while wait and not cancel_futures and self.open:
            time.sleep(POLL_SECONDS)
        self.closed.set()
        if cancel_futures:
            for job in self.open.values():
                job.cancel()


def _settle(future: Future, job: Any) -> None:
    error = job.exception()
    if error is None:
        future.set_result(job.result())
    else:
        future.set_exception(BrokenExecutor(f"{type(error).__name__}: {error}"))


def live_bundle(bundle: Bundle) -> list[JobResult]:
    """Live several jobs, one after the other."""
    return [live_job(job) for job in bundle]


@dataclass
class Work:
    """What is still to be done: bundles in order, suspects to be tried alone, and who has what."""

    waiting: deque[Bundle]
    suspects: deque[Bundle] = field(default_factory=deque)
    running: dict[Future, Bundle] = field(default_factory=dict)
    on_trial: Bundle | None = None  # a suspect that runs with nothing beside it
    tries: dict[int, int] = field(default_factory=dict)  # alone, by id of the job

    def left(self) -> bool:
        """Whether anything is not done yet."""
        return bool(self.waiting or self.suspects or self.running)

    def next(self, width: int) -> Bundle | None:
        """What can be handed in now: suspects one at a time with nothing beside them."""
        if self.on_trial is not None or (self.suspects and self.running):
            return None
        if self.suspects:
            self.on_trial = self.suspects.popleft()
            job = id(self.on_trial[0])
            self.tries[job] = self.tries.get(job, 0) + 1
            return self.on_trial
        if self.waiting and len(self.running) < width:
            return self.waiting.popleft()
        return None

    def back(self, future: Future) -> Bundle:
        """What a future was handed, which is now back."""
        self.on_trial = None
        return self.running.pop(future)

    def suspect(self, bundle: Bundle) -> list[Job]:
        """Put lost jobs back to be tried alone; those lost alone too often are returned."""
        given_up = []
        for job in bundle:
            if self.tries.get(id(job), 0) >= MOST_TRIES:
                given_up.append(job)
            else:
                self.suspects.append((job,))
        return given_up


def lived(jobs: Iterable[Job], pool: Pool, followers: Followers) -> Iterator[tuple[Job, JobResult]]:
    """Every job with its result, in the order in which they come back.

    `followers` gives the jobs that can begin once a job is done. When the caller stops, so do the
    workers.
    """
    listed = list(jobs)
    bundles = (tuple(listed[k : k + pool.bundle]) for k in range(0, len(listed), pool.bundle))
    work, executor = Work(deque(bundles)), pool.open()
    try:
        while work.left():
            broken = not _hand_in(work, executor, pool.width)
            for future in wait(work.running, return_when=FIRST_COMPLETED).done:
                bundle, error = work.back(future), future.exception()
                if error is None:
                    for job, result in zip(bundle, future.result(), strict=True):
                        work.waiting.extendleft((f,) for f in followers(job, result))
                        yield job, result
                else:
                    broken |= isinstance(error, BrokenExecutor)
                    for job in work.suspect(bundle):
                        yield job, lost(job, said(error))
            if broken:
                executor = _open_again(executor, work, pool)
    finally:
        pool.close(executor)


def no_followers(job: Job, result: JobResult) -> Sequence[Job]:
    """Nothing comes after a job."""
    return ()


def _hand_in(work: Work, executor: Executor, width: int) -> bool:
    """Hand in what can be; False if the executor is broken."""
    while (bundle := work.next(width)) is not None:
        try:
            work.running[executor.submit(live_bundle, bundle)] = bundle
        except BrokenExecutor:
            work.on_trial = None
            work.waiting.appendleft(bundle)
            return False
    return True


def _open_again(executor: Executor, work: Work, pool: Pool) -> Executor:
    """A new executor for one that broke; what it still held is put back."""
    for future in list(work.running):
        work.suspect(work.back(future))
    pool.close(executor)
    return pool.open()
