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
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments import STOPPING
from experiments.runs.handover import Handed
from experiments.runs.jobs import Job, JobResult, keep_places, live_job, lost, said
from model.input.errors import InputError, RunFailed

if TYPE_CHECKING:
    from experiments.runs.handover import Handed

MOST_TRIES = 2  # of a job alone
MOST_WINDOWS_PROCESSES = 61
JOBS_AHEAD = 3  # waiting at every worker, so that none is idle
POLL_SECONDS = 1.0
SLURM_MINUTES = 240
BUNDLES_A_WORKER, LARGEST_BUNDLE = 4, 50
Bundle = tuple[Job, ...]
Followers = Callable[[Job, JobResult], Sequence[Job]]


@dataclass(frozen=True)
class WorkerPool:
    """How to open an executor (again, if it breaks), and how many bundles it is given at a time."""

    open: Callable[[], Executor]
    width: int
    bundle: int = 1
    shares_disk: bool = False  # so that burn-ins can be handed from one worker to another
    close: Callable[[Any], None] = lambda executor: executor.shutdown(False, cancel_futures=True)


def usable_cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def local_pool(workers: int, places: Handed | None = None) -> WorkerPool:
    """Processes of this machine, which receive the places; forked where that is safe.

    The fork is safe on Linux: no thread of ours holds a lock, and those of the libraries (BLAS,
    Arrow's allocator) guard themselves against it. Forked workers inherit the compiled rules.
    """
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    workers = min(workers, MOST_WINDOWS_PROCESSES) if sys.platform == "win32" else workers

    def start() -> Executor:
        return LocalExecutor(workers, context, _start_worker, (places,))

    return WorkerPool(start, JOBS_AHEAD * workers, shares_disk=True)


class LocalExecutor(ProcessPoolExecutor):
    """Processes that end at once when they are not to be waited for."""

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand in one job; processes forked for it hear no signal before they are ready."""
        with _deaf():
            return super().submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Drop what waits and, unless asked to wait, end the processes."""
        processes = list((self._processes or {}).values())  # Python 3.14 has terminate_workers
        super().shutdown(wait, cancel_futures=cancel_futures)
        if not wait:
            for process in processes:
                process.terminate()
                process.join()


@contextmanager
def _deaf() -> Iterator[None]:
    """Put off what would stop this process; processes forked meanwhile inherit that."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(places: Handed | None) -> None:
    for each in STOPPING:  # the parent says what an interrupt means, and ends its workers
        signal.signal(each, signal.SIG_DFL if each == signal.SIGTERM else signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    keep_places(places)


def _end_with_parent() -> None:
    """Leave when the parent is gone, however it went, so that no worker outlives its sweep."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def dask_pool(address: str) -> WorkerPool:
    """A running Dask cluster; its workers need the same installation and the same files."""
    from distributed import Client

    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(f"no Dask scheduler answers here: {error}", key="--cluster", value=address,
                       allowed="an address such as tcp://127.0.0.1:8786") from None  # fmt: skip
    threads = sum(client.nthreads().values())
    return WorkerPool(
        lambda: client.get_executor(pure=False), JOBS_AHEAD * max(threads, 8),
        close=lambda executor: executor.shutdown(wait=False),
    )  # fmt: skip


def slurm_pool(workers: int, jobs: int) -> WorkerPool:
    """SLURM, at most `workers` jobs at once; partition, account and time come from SBATCH_*.

    submitit keeps what it hands over in the user's folder `joinedup_slurm`, on a disk that every
    node sees.
    """
    bundle = min(max(1, -(-jobs // (BUNDLES_A_WORKER * workers))), LARGEST_BUNDLE)
    return WorkerPool(
        lambda: SubmititExecutor(Path.home() / "joinedup_slurm", "slurm"), workers, bundle
    )


def check_slurm() -> None:
    """`InputError` if jobs cannot be handed to SLURM from here."""
    if shutil.which("sbatch") is None:
        raise InputError("there is no SLURM here: sbatch is not found", key="--slurm")


class SubmititExecutor(Executor):
    """submitit with the interface of `concurrent.futures`; a thread looks for results."""

    def __init__(self, folder: Path, cluster: str):
        from submitit import AutoExecutor

        self.inner = AutoExecutor(folder=folder, cluster=cluster)
        self.inner.update_parameters(
            timeout_min=SLURM_MINUTES, cpus_per_task=1, name="joinedup",
            slurm_setup=["export PYTHONSAFEPATH=1"],  # a job begins in the folder it is sent from
        )  # fmt: skip
        self.open: dict[Future[Any], Any] = {}
        self.closed = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def submit[**P, T](self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Hand in one job; `RunFailed` if it is refused."""
        future: Future[T] = Future()
        try:
            self.open[future] = self.inner.submit(fn, *args, **kwargs)
        except Exception as error:
            raise RunFailed(f"SLURM takes no job ({said(error)})") from error
        return future

    def _look(self) -> None:
        while not self.closed.wait(POLL_SECONDS):
            for future, job in list(self.open.items()):
                if job.done():
                    del self.open[future]
                    _settle(future, job)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop looking, and cancel what is still open."""
        self.closed.set()
        for job in self.open.values():
            job.cancel()


def _settle(future: Future[Any], job: Any) -> None:
    """Give a future the result of its job, or whatever went wrong with it."""
    try:
        future.set_result(job.result())
    except Exception as error:
        future.set_exception(error)


def live_bundle(bundle: Bundle) -> list[JobResult]:
    """Live several jobs, one after the other."""
    return [live_job(job) for job in bundle]


@dataclass
class Work:
    """What is still to be done: bundles in order, suspects to be tried alone, and who has what."""

    waiting: deque[Bundle]
    suspects: deque[Bundle] = field(default_factory=deque)
    running: dict[Future[Any], Bundle] = field(default_factory=dict)
    on_trial: Bundle | None = None  # a suspect that runs with nothing beside it
    tries: Counter[tuple[Any, ...]] = field(default_factory=Counter)  # of jobs alone

    def left(self) -> bool:
        """Whether anything is not done yet."""
        return bool(self.waiting or self.suspects or self.running)

    def next(self, width: int) -> Bundle | None:
        """What can be handed in now: suspects one at a time with nothing beside them."""
        if self.on_trial is not None or (self.suspects and self.running):
            return None
        if self.suspects:
            self.on_trial = self.suspects.popleft()
            self.tries[self.on_trial[0].key] += 1
            return self.on_trial
        if self.waiting and len(self.running) < width:
            return self.waiting.popleft()
        return None

    def put_back(self, bundle: Bundle) -> None:
        """Keep a bundle that could not be handed in for later."""
        (self.waiting if self.on_trial is None else self.suspects).appendleft(bundle)
        self.tries[bundle[0].key] -= self.on_trial is not None
        self.on_trial = None

    def back(self, future: Future[Any]) -> Bundle:
        """What a future was handed, which is now back."""
        self.on_trial = None
        return self.running.pop(future)

    def lost(self, bundle: Bundle, broken: bool) -> list[Job]:
        """Keep lost jobs to be tried one by one; those that were lost too often are returned.

        If they broke the executor they are suspects, tried with nothing beside them.
        """
        given_up = []
        for job in bundle:
            self.tries[job.key] += len(bundle) == 1 and not broken
            if self.tries[job.key] >= MOST_TRIES:
                given_up.append(job)
            else:
                (self.suspects if broken else self.waiting).append((job,))
        return given_up


def lived(
    jobs: Iterable[Job], pool: WorkerPool, followers: Followers
) -> Iterator[tuple[Job, JobResult]]:
    """Every job with its result, in the order in which they come back.

    `followers` gives the jobs that can begin once a job is done. When the caller stops, so do the
    workers. `pool`: the workers that live them.
    """
    listed = list(jobs)
    bundles = (tuple(listed[k : k + pool.bundle]) for k in range(0, len(listed), pool.bundle))
    work, executor = Work(deque(bundles)), pool.open()
    try:
        while work.left():
            broken = not _hand_in(work, executor, pool.width)
            results: list[tuple[Job, JobResult]] = []
            for future in wait(work.running, return_when=FIRST_COMPLETED).done:
                broken |= _take(work, future, results)
            if broken:
                executor = _open_again(executor, work, pool, results)
            for job, result in results:
                work.waiting.extendleft((f,) for f in followers(job, result))
                yield job, result
    except CancelledError:
        raise RunFailed("the cluster is lost") from None
    finally:
        pool.close(executor)


def _take(work: Work, future: Future[Any], results: list[tuple[Job, JobResult]]) -> bool:
    """Add what a future brought to the results; True if it tells that the executor is broken."""
    bundle, error = work.back(future), future.exception()
    if error is None:
        results.extend(zip(bundle, future.result(), strict=True))
        return False
    broken = isinstance(error, BrokenExecutor)
    _give_up(work.lost(bundle, broken), error, results)
    return broken


def _give_up(
    jobs: Iterable[Job], error: BaseException, results: list[tuple[Job, JobResult]]
) -> None:
    results.extend((job, lost(job, f"its worker failed: {said(error)}")) for job in jobs)


def no_followers(job: Job, result: JobResult) -> Sequence[Job]:
    """Nothing comes after a job."""
    return ()


def _hand_in(work: Work, executor: Executor, width: int) -> bool:
    """Hand in what can be; False if the executor is broken."""
    while (bundle := work.next(width)) is not None:
        try:
            work.running[executor.submit(live_bundle, bundle)] = bundle
        except BrokenExecutor:
            work.put_back(bundle)
            return False
    return True


def _open_again(
    executor: Executor, work: Work, pool: WorkerPool, results: list[tuple[Job, JobResult]]
) -> Executor:
    """A new executor for one that broke; what it still held is kept to be tried one by one."""
    for future in list(work.running):
        error = BrokenExecutor("the worker of another job died")
        _give_up(work.lost(work.back(future), True), error, results)
    pool.close(executor)
    return pool.open()


def pool_opener(
    workers: int, cluster: str | None, slurm: bool
) -> Callable[[int, Handed], WorkerPool]:
    """What opens the pool that was asked for, once the number of jobs and the places are known.

    `InputError` if there is no such cluster.
    """
    if cluster:
        pool = dask_pool(cluster)
        return lambda jobs, places: pool
    if slurm:
        check_slurm()
        return lambda jobs, places: slurm_pool(workers, jobs)
    return lambda jobs, places: local_pool(workers, places)
