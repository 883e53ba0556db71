"""A job of a worker: one seed in one world, lived under several policies from one burn-in.

How runs of a seed begin alike is said in `model.paired_runs`; here is what workers need to know of
them. What goes wrong in a run is its result.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from experiments.runs.folders import hash_of, installed, manifest_of, reason_of
from experiments.runs.handover import Handed, hand_over, received
from experiments.runs.options import STATUS_QUO, Options
from model.input.errors import InputError, RunFailed

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy
    from model.outcomes.area_years import AreaYears
    from model.paired_runs.start import Start
    from model.places.place import Place
    from model.policies.policy import Policy
    from model.state.setup import Setup

FREE, REPLAYED = "free", "replayed"
RANDOM = "random"  # minds that answer no incentive
DONE, FAILED = "done", "failed"


class Arm(NamedTuple):
    """A policy, whether organisations decide freely or as they did under another, its address."""

    policy: str
    decisions: str = FREE
    address: str = ""

    def is_free(self, policy: str) -> bool:
        """Whether this is the run of `policy` in which organisations decide freely."""
        return self.policy == policy and self.decisions == FREE


class Lived(NamedTuple):
    """What came of one run: outcomes (none if it failed), why it failed, its regimes.

    regimes: what its verdict rests on (`experiments.measures.regime_tables.summary`). paths:
    headline
    outcomes by year, where the job asks for them.
    """

    address: str
    values: dict[str, float]
    status: str = DONE
    reason: str = ""
    regimes: dict[str, Any] | None = None
    paths: dict[str, list[float]] | None = None


@dataclass(frozen=True)
class Job:
    """What a worker needs to know of its runs. `policies` holds every policy that `arms` name.

    Options name place, patients (a number), levers, years, seed, minds and threads. With `start`
    the burn-in is received instead of lived; with `hand_over_to` it is written there for jobs that
    follow. With `with_paths` headline outcomes are kept by year.
    """

    options: Options
    policies: "dict[str, Policy]"
    arms: tuple[Arm, ...]
    place_hash: str
    code: str
    against: str = STATUS_QUO
    start: Handed | None = None
    hand_over_to: Path | None = None
    with_paths: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells jobs of one sweep or comparison apart."""
        return self.options.seed, self.options.minds, self.arms

    def live(self) -> "JobResult":
        """Live every arm; whatever is raised becomes the reason of the runs that need it."""
        return live_arms(self)


class JobResult(NamedTuple):
    """The runs of a job, in the order of its arms, where followers begin, what was measured."""

    lived: list[Lived]
    start: Handed | None = None
    measured: Sequence[Any] = ()


_places: "dict[str, Place]" = {}  # of this process, by hash, when they were handed to it


def keep_places(handed: "Handed | None") -> None:
    """Receive the places of a sweep, so that this worker need not build them."""
    if handed is not None:
        _places.update(received(handed))


@lru_cache(maxsize=16)
def _place(name: str, data: Path | None) -> "Place":
    from model.places.place_finding import find_place

    return find_place(name, data)


@lru_cache(maxsize=16)
def _same_place(place_hash: str, name: str, data: Path | None) -> "Place":
    if _place(name, data).hash() != place_hash:
        _place.cache_clear()  # its files may have changed since this process read them
    found = _place(name, data)
    if found.hash() != place_hash:
        raise InputError("this worker's place differs from that of the sweep", key="place",
                       value=name, allowed="the same files on every machine")  # fmt: skip
    return found


@lru_cache(maxsize=4)
def _setup(
    place_hash: str, place: str, data: Path | None, patients: int, levers: tuple[Any, ...]
) -> "Setup":
    from model.month.preparing import prepare

    found = _places.get(place_hash) or _same_place(place_hash, place, data)
    return prepare(found, Options(levers=dict(levers)).parameters(), patients)


def setup_of(job: Job) -> "Setup":
    """The world of a job made ready; the last few are kept, as jobs of one come in turn."""
    options = job.options
    levers = tuple(sorted(options.levers.items()))
    assert isinstance(options.patients, int)
    return _setup(job.place_hash, options.place, options.data, options.patients, levers)


def compile_first(job: Job) -> float:
    """Compile the rules and live a year, so that forked workers inherit what they need.

    Seconds that a month took.
    """
    from model.month.compiling import compiled
    from model.month.economy import HealthEconomy

    central = replace(job, options=replace(job.options, levers={}))
    setup = compiled(lambda: setup_of(central))
    economy = HealthEconomy(setup, job.policies[job.arms[0].policy], job.options.seed).run(6)
    start = time.perf_counter()
    economy.run(6)
    return (time.perf_counter() - start) / 6


def seconds_of(jobs: Sequence[Job], month: float, workers: int) -> float:
    """Seconds for jobs whose months take so long each, by so many workers.

    `month`: seconds that one month takes.
    """
    from model.state.state import BURN_IN_MONTHS

    months = sum(BURN_IN_MONTHS + 12 * job.options.years * len(job.arms) for job in jobs)
    return months * month / workers


def live_job(job: Job) -> JobResult:
    """Live a job, whatever kind it is."""
    return job.live()


def live_arms(job: Job) -> JobResult:
    """Live every arm of a job; whatever is raised becomes the reason of the runs that need it."""
    from model.paired_runs.arm_results import with_status_quo

    try:
        check_code(job)
        start = start_of(job)
        if not job.arms[0].is_free(STATUS_QUO):  # which is lived first anyway
            start = with_status_quo(start, job.options.years)
    except Exception as error:
        return lost(job, said(error))
    lived = []
    for arm in job.arms:
        result, start = _live_arm(job, arm, start)
        lived.append(result)
    return _with_start(job, lived, start)


def _with_start(job: Job, lived: list[Lived], start: "Start") -> JobResult:
    """The result, with what jobs that follow cannot make themselves, if there are any."""
    if job.hand_over_to is None:
        return JobResult(lived)
    left = start.state, start.areas, start.decided
    return JobResult(lived, hand_over(left, job.hand_over_to))


def check_code(job: Job) -> None:
    """`InputError` if this process has other code than the one that made the job."""
    if job.code != installed():
        raise InputError("this worker has other code, libraries or processor", key="code",
                       value=installed(), allowed=job.code)  # fmt: skip


def start_of(job: Job) -> "Start":
    """Where the runs of a job begin: what was handed over, or a burn-in lived now."""
    from model.paired_runs.start import Start, begin

    setup, options = setup_of(job), job.options
    if job.start is None:
        return begin(setup, options.seed, options.minds, options.threads)
    state, areas, decided = received(job.start)
    return Start(setup, options.seed, state, options.minds, options.threads, areas, decided)


def _live_arm(job: Job, arm: Arm, start: "Start") -> tuple[Lived, "Start"]:
    """One run, and the start with what it adds: areas and decisions, if others need them."""
    from model.outcomes.scoreboard import headline_paths

    if job.against in job.policies and start.decided is None and not arm.is_free(job.against):
        reason = f"the run of {job.against} that it is put beside failed"
        return Lived(arm.address, {}, FAILED, reason), start
    try:
        economy = live_policy(job, arm, start)
        if arm.is_free(job.against):
            start = start.after(economy)
        values, regimes = measures_of(economy, job.options.years, start.areas)
        paths = (
            headline_paths(
                economy.setup.place,
                economy.setup.list_sizes,
                economy.state,
                economy.record,
                job.options.years,
            )
            if job.with_paths
            else None
        )
        return Lived(arm.address, values, regimes=regimes, paths=paths), start
    except Exception as error:
        return Lived(arm.address, {}, FAILED, said(error)), start


def live_policy(job: Job, arm: Arm, start: "Start") -> "HealthEconomy":
    """All years of one arm."""
    forced = start.decided if arm.decisions == REPLAYED else None
    return start.run_under(job.policies[arm.policy], forced).run(12 * job.options.years)


def measures_of(
    economy: "HealthEconomy", years: int, status_quo: "AreaYears | None"
) -> tuple[dict[str, float], dict[str, Any] | None]:
    """Outcomes of the last three years and, beside a status quo, what the regimes rest on.

    Shares of people are among the outcomes, as `regime.*`: NaN where there is no verdict.
    """
    from experiments.measures.regime_tables import shares_of, summary
    from model.outcomes.verdict import verdict_of
    from model.paired_runs.arm_results import last_outcomes

    outcomes = last_outcomes(economy, years)
    if status_quo is None:
        return outcomes, None
    found = verdict_of(economy.record, status_quo)
    return outcomes | shares_of(found), summary(found)


def said(error: BaseException) -> str:
    """An error in one line."""
    words = " ".join(str(error).split())
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}cannot be written or read: {reason_of(error)}"
    return (
        words if isinstance(error, InputError | RunFailed) else f"{type(error).__name__}: {words}"
    )


def lost(job: Job, reason: str) -> JobResult:
    """The result of a job that failed as a whole."""
    return JobResult([Lived(arm.address, {}, FAILED, reason) for arm in job.arms])


def address_of(described: Mapping[str, Any], policies: "Mapping[str, Policy]", arm: Arm,
               against: str) -> str:  # fmt: skip
    """Sixteen digits that stand for all that determines a run; a free run's name in `runs/`."""
    more = (
        {} if arm.decisions == FREE else {"decisions_of": policies[against].model_dump(mode="json")}
    )
    chosen = policies[arm.policy]
    return hash_of(manifest_of("run", {**described, **more}, {chosen.name: chosen}))


def arms_of(policies: Sequence[str], decisions: Sequence[str], against: str) -> list[Arm]:
    """The arms of every seed: `against` first if it is there, replayed decisions last.

    `policies` as they are typed; `decisions`: of each, free or replayed.
    """
    first = [policy for policy in policies if policy == against]
    ordered = [*first, *(policy for policy in policies if policy != against)]
    free = [Arm(policy) for policy in ordered]
    replayed = [Arm(policy, REPLAYED) for policy in ordered if policy != against]
    return free + (replayed if REPLAYED in decisions else [])
