"""Run a study and keep it: nothing is lost when it is stopped, nothing is done twice."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.runs.executors import (
    JOBS_AHEAD,
    Followers,
    WorkerPool,
    lived,
    no_followers,
    pool_opener,
)
from experiments.runs.folders import (
    MANIFEST,
    RUNS,
    check_parent,
    check_writable,
    digest_at,
    digest_of,
    hash_of,
    made_elsewhere,
    manifest_of_sweep,
    read_manifest,
    write_licences,
    write_manifest,
    write_whole,
)
from experiments.runs.handover import Handed, hand_over
from experiments.runs.jobs import DONE, Job, JobResult, compile_first, said, seconds_of
from experiments.runs.memory import check_memory
from experiments.runs.options import Options
from experiments.studies import store
from experiments.studies.estimate import check_disk
from experiments.studies.plan import Plan, plan_of
from experiments.studies.study import Study
from experiments.terminal.output import Progress, plain, print_rows, say, show
from model.input.errors import InputError, RunFailed
from model.input.plain import check_no_links

PoolOf = Callable[[int, Handed], WorkerPool]  # of the number of jobs and the places
OWN = {store.LOCK, store.SCRATCH, f"{MANIFEST}.partial"}  # what a sweep may leave before it begins


def sweep(
    plan: Plan, folder: Path | None, resume: bool, pool_of: PoolOf
) -> tuple[Path, dict[str, int]]:
    """Live every run of a plan that is not done yet: the folder, and how many are done or failed.

    `pool_of` opens the pool; it is called only if there is something to do. `folder`: where to keep
    it, or by name in runs/; `resume`: whether it may be there.
    """
    manifest = plan.manifest()
    if resume and folder is not None and not folder.exists():
        say(f"{folder}: nothing is there yet; all runs will be made")
    go_on = "the same command" if folder is None else "--resume"
    resume, folder = resume or folder is None, folder or RUNS / f"sweep_{hash_of(manifest)}"
    check_parent(folder)
    jobs = list(plan.jobs())
    _refuse_if_other(folder, resume, jobs, manifest)
    left = _left(jobs, store.done_addresses(folder))
    check_writable(folder)
    check_disk(folder, sum(len(job.arms) for job in left))
    with _told_if_stopped(folder, go_on), _begun(folder, plan, jobs, manifest):
        if left:
            _live(folder, plan, left, pool_of)
        results = _finish(folder, manifest)
    return folder, results


def live_study(study: Study, options: Options, workers: int, command: str) -> Path:
    """The folder in runs/ of a study that a command has made; only what is new is lived.

    `InputError` if a run failed. `workers`: processes; `command`: that asks, as the manifest names
    it.
    """
    plan = plan_of(study, options.data, command)
    check_plan(plan, workers)
    folder, results = sweep(plan, None, True, pool_opener(workers, None, False))
    if results["failed"]:
        raise InputError(f"{results['failed']} runs failed", file=folder)
    return folder


def check_plan(plan: Plan, workers: int) -> None:
    """`InputError` if runs in one of the places need more memory than this machine has."""
    for place in plan.places.values():
        check_memory(place, Options(patients=plan.study.patients).patients_at(place), workers)


@contextmanager
def _told_if_stopped(folder: Path, go_on: str) -> Iterator[None]:
    """Say what is kept, and how to go on, when user, disk or cluster stops a sweep."""
    try:
        yield
    except (OSError, RunFailed) as error:
        raise RunFailed(f"{folder}: {said(error)}; {_kept(folder, go_on)}") from error
    except KeyboardInterrupt:
        say(f"{folder}: {_kept(folder, go_on)}")
        raise


def _kept(folder: Path, go_on: str) -> str:
    return f"{len(store.done_addresses(folder)):,} runs are kept; {go_on} goes on with the rest."


def _refuse_if_other(
    folder: Path, resume: bool, jobs: Sequence[Job], manifest: dict[str, Any]
) -> None:
    """`InputError` if the folder may not be gone on with, or holds runs the plan does not ask
    for."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError("not a folder", file=folder, key="--out")
    if not resume:
        raise InputError(
            "this exists already; give another --out, or --resume to go on with it",
            file=folder, key="--out",
        )  # fmt: skip
    if {path.name for path in folder.iterdir()} <= OWN:
        return
    found = manifest_of_sweep(folder)
    asked = {arm.address for job in jobs for arm in job.arms}
    other = store.done_addresses(folder) - asked
    if other:
        raise InputError(
            f"this folder holds {len(other):,} runs that the study does not ask for:"
            f" {difference(found, manifest)}", file=folder, key="--out",
        )  # fmt: skip
    if found != plain(manifest) and (damaged := store.damaged_parts(folder)):
        raise InputError(
            f"damaged or written otherwise, and perhaps runs that the study does not ask for:"
            f" {difference(found, manifest)}",
            file=damaged[0], key="--out", allowed="another --out",
        )  # fmt: skip
    if _beside(found) != _beside(manifest):
        raise InputError("runs of this folder are put beside another policy", file=folder,
                       key="against", value=_beside(manifest), allowed=_beside(found))  # fmt: skip


def difference(found: dict[str, Any], manifest: dict[str, Any]) -> str:
    """In what the folder of a sweep differs from what is asked of it, in words."""
    if elsewhere := made_elsewhere(found, manifest):
        return elsewhere
    there, here = found["study"], manifest["study"]
    said = [
        f"{key} differs"
        if isinstance(here[key], dict)
        else f"{key} is {there.get(key)} there and {here[key]} here"
        for key in here
        if key != "title" and there.get(key) != here[key]
    ]
    said += [
        f"{name} has changed since"
        for key in ("policies", "places", "libraries")
        for name in manifest[key]
        if name in found[key] and found[key][name] != manifest[key][name]
    ]
    return "; ".join(said) or "the data they were made of have changed"


def _beside(manifest: dict[str, Any]) -> str:
    """The policy that areas are compared with, on which the shares of regimes depend."""
    study = manifest["study"]
    return study["against"] if study["against"] in study["policies"] else "none"


@contextmanager
def _begun(
    folder: Path, plan: Plan, jobs: Sequence[Job], manifest: dict[str, Any]
) -> Iterator[None]:
    """The folder with the manifest, the study and the table of runs, held by this sweep alone."""
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    check_no_links(folder)
    try:
        with FileLock(folder / store.LOCK, timeout=0):
            shutil.rmtree(folder / store.SCRATCH, ignore_errors=True)
            runs = store.encoded(plan.run_table(jobs))
            write_manifest(folder, manifest, {}, {store.RUNS: digest_of(runs)})
            write_licences(folder, manifest)
            (folder / store.PARTS).mkdir(exist_ok=True)
            _write_study(folder / store.STUDY, plan.study.text)
            write_whole(runs, folder / store.RUNS)
            store.gather_parts(folder, only_done=True)
            yield
    except Timeout:
        said = "another sweep is at work in this folder"
        raise InputError(said, file=folder, key="--out") from None
    with suppress(OSError):
        (folder / store.LOCK).unlink()


def _write_study(path: Path, text: str) -> None:
    """Write the study, whole or not at all: a calibration reads the sets of its waves from it."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)


def _left(jobs: Sequence[Job], done: set[str]) -> list[Job]:
    """What is still to be lived: no run that is done, and none twice.

    The policy that others are put beside is lived again with them, since they need what it leaves.
    """
    left, seen = [], set(done)
    for job in jobs:
        if any(arm.address not in seen for arm in job.arms):
            arms = [a for a in job.arms if a.address not in seen or a.is_free(job.against)]
            left.append(replace(job, arms=tuple(arms)))
            seen |= {arm.address for arm in arms}
    return left


def _live(folder: Path, plan: Plan, left: list[Job], pool_of: PoolOf) -> None:
    """Live the jobs that are left and write each as it comes back."""
    with _scratch(folder) as scratch:
        month = compile_first(left[0])
        pool = pool_of(len(left), hand_over(_by_hash(plan), scratch / "places"))
        jobs, followers = _split(left, pool, scratch)
        seconds = seconds_of(left, month, max(1, pool.width // JOBS_AHEAD))
        with Progress("runs", sum(len(job.arms) for job in left), "runs", seconds) as progress:
            for _, result in lived(jobs, pool, followers):
                store.write_part(folder, result.lived)
                progress.advance(len(result.lived))


def _by_hash(plan: Plan) -> dict[str, Any]:
    return {place.hash(): place for place in plan.places.values()}


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder for what workers are handed, gone afterwards."""
    scratch = folder / store.SCRATCH
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _split(left: list[Job], pool: WorkerPool, scratch: Path) -> tuple[list[Job], Followers]:
    """Jobs to begin with, and what follows each: with few jobs, its policies one by one.

    The first job of a seed lives the burn-in and its first policy and hands both over; jobs that
    follow receive them.
    """
    if not pool.shares_disk or len(left) >= pool.width:
        return left, no_followers
    firsts, rest = [], {}
    for k, job in enumerate(left):
        rest[job.arms[0].address] = [replace(job, arms=(arm,)) for arm in job.arms[1:]]
        path = scratch / f"start-{k}" if len(job.arms) > 1 else None
        firsts.append(replace(job, arms=job.arms[:1], hand_over_to=path))

    def followers(job: Job, result: JobResult) -> Sequence[Job]:
        return [replace(f, start=result.start) for f in rest.pop(job.arms[0].address, [])]

    return firsts, followers


def _finish(folder: Path, manifest: dict[str, Any]) -> dict[str, int]:
    """Gather the parts and count: runs asked for, done and failed."""
    store.gather_parts(folder)
    status = store.read_results(folder)["status"]
    results = {"runs": len(status), "done": int((status == DONE).sum())}
    results["failed"] = results["runs"] - results["done"]
    write_manifest(folder, manifest, results, {store.RUNS: digest_at(folder / store.RUNS)})
    return results


def print_sweep(folder: Path, results: dict[str, int]) -> None:
    """How many runs are done, why others failed, and what can be asked next."""
    show(f"{results['done']:,} of {results['runs']:,} runs are done: {folder}")
    if results["failed"]:
        runs = store.read_results(folder)
        reasons = Counter(runs["reason"][runs["status"] != DONE].sort_values())
        rows = [{"reason": reason, "runs": str(n)} for reason, n in reasons.most_common()]
        print_rows("Failed", rows, text_columns=1)
        show("--resume tries them again.")
    columns = ", ".join(["policy", *_varied(folder)])
    question = f"SELECT {columns}, avg(hhi) FROM results GROUP BY {columns} ORDER BY {columns}"
    show(_contrast_of(folder), f'uv run joinedup query {folder} "{question}"')


def _contrast_of(folder: Path) -> str:
    """The command that tells differences, or why there are none to tell."""
    study = read_manifest(folder)[0]["study"]
    if study["against"] in study["policies"]:
        return f"uv run joinedup contrast {folder}"
    return f"There is nothing to contrast: {study['against']} is not among the study's policies."


def _varied(folder: Path) -> list[str]:
    """Columns that must not be averaged over: what the study compares beside policies."""
    study = read_manifest(folder)[0]["study"]
    kinds = {"place": "places", "minds": "minds", "decisions": "decisions"}
    return [column for column, key in kinds.items() if len(study[key]) > 1]
