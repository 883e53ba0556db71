"""Policies against the status quo, paired by common random numbers, in several replicates.

A replicate is one seed, whose runs begin alike (`model.paired_runs`). Intervals are Student's t
over replicates.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from experiments.measures.outcomes import about_outcome
from experiments.measures.regime_tables import reason_of, rows_about
from experiments.runs.executors import lived, local_pool, no_followers
from experiments.runs.folders import installed
from experiments.runs.jobs import (
    DONE,
    FREE,
    RANDOM,
    Job,
    JobResult,
    arms_of,
    compile_first,
    seconds_of,
)
from experiments.runs.kept_replicates import KeptReplicates, Replicate
from experiments.runs.options import STATUS_QUO, Options
from experiments.terminal.output import Progress
from model.input.errors import RunFailed
from model.outcomes.paired_differences import level_and_difference
from model.outcomes.scoreboard import HEADLINES, OUTCOMES
from model.outcomes.statistics import Interval, each_of, paired_interval

if TYPE_CHECKING:
    from model.places.place import Place
    from model.policies.policy import Policy

PLACED_BY = ("few_alternatives", "hhi", "lost_handovers_many", "coc_team_many")  # areas, in regimes


def jobs_of(
    options: Options, place: "Place", policies: "dict[str, Policy]", seeds: Iterable[int]
) -> list[Job]:
    """A job a seed: every policy from the same burn-in with the same luck."""
    arms = tuple(arms_of(list(policies), [FREE], STATUS_QUO))
    options = replace(options, patients=options.patients_at(place))
    return [
        Job(replace(options, seed=seed), policies, arms, place.hash(), installed(), with_paths=True)
        for seed in seeds
    ]


def with_random_minds(jobs: Sequence[Job], seeds: int) -> list[Job]:
    """The jobs, and the first `seeds` of them again with organisations that decide at random."""
    again = [
        replace(job, options=replace(job.options, minds=RANDOM), with_paths=False)
        for job in jobs[:seeds]
    ]
    return [*jobs, *again]


def replicates(
    jobs: Sequence[Job], workers: int, kept: "KeptReplicates | None" = None
) -> list[Replicate]:
    """Every job lived, in their order whatever the number of workers; `RunFailed` if a run failed.

    What `kept` holds is not lived again; what is lived is added to it. `jobs`: one a seed;
    `workers`: processes.
    """
    by_key = {job.key: there for job in jobs if kept and (there := kept.of(job)) is not None}
    left = [job for job in jobs if job.key not in by_key]
    if left:
        _live(left, workers, kept, by_key)
    return [by_key[job.key] for job in jobs]


def _live(
    left: Sequence[Job],
    workers: int,
    kept: "KeptReplicates | None",
    by_key: dict[tuple[Any, ...], Replicate],
) -> None:
    month = compile_first(left[0])
    pool = local_pool(min(workers, len(left)))
    again = sum(job.options.minds == RANDOM for job in left) % len(left)
    what = "replicates" + f", {again} with random minds" * bool(again)
    seconds = seconds_of(left, month, min(workers, len(left)))
    with Progress(what, len(left), "replicates", seconds) as progress:
        for job, result in lived(left, pool, no_followers):
            by_key[job.key] = _replicate(job, result)
            if kept:
                kept.keep(job, by_key[job.key])
            progress.advance()


def _replicate(job: Job, result: JobResult) -> Replicate:
    for one in result.lived:
        if one.status != DONE:
            raise RunFailed(f"a run of seed {job.options.seed} failed: {one.reason}")
    pairs = zip(job.arms, result.lived, strict=True)
    return {arm.policy: one for arm, one in pairs}


def rows_of(
    lived: Sequence[Replicate], policies: "dict[str, Policy]", at_random: Sequence[Replicate] = ()
) -> list[dict[str, Any]]:
    """Levels of every policy and paired differences from the status quo, with intervals.

    One row a policy, outcome and kind ("level" or "difference"): policy, outcome, family, unit,
    kind, estimate, low, high, runs, decimals. Regimes are outcomes of the family "regime". A
    difference has the columns of `effects.judged`, and `arises`: "arithmetic" (from the terms of
    the policy) or "emergent". A headline's have what became of it with random minds (`at_random`).
    """
    rows = []
    tests = len(HEADLINES) * (len(lived[0]) - 1)
    for policy in lived[0]:
        for outcome in lived[0][policy].values:
            values = series(lived, policy, outcome)
            about = {"policy": policy, "outcome": outcome, **about_outcome(outcome)}
            base = None if policy == STATUS_QUO else series(lived, STATUS_QUO, outcome)
            found = level_and_difference(outcome, values, base, tests)
            for row in found[1:]:
                row["arises"] = how_it_arises(outcome, policies[policy])
            rows += [{**about, **row} for row in found]
    return beside_random(rows, at_random)


def series(lived: Sequence[Replicate], policy: str, outcome: str) -> list[float]:
    """An outcome of a policy in every replicate.

    `lived`: what every seed has come to, by policy.
    """
    return [one[policy].values[outcome] for one in lived]


def regimes_of(lived: Sequence[Replicate]) -> tuple[list[dict[str, Any]], str]:
    """What the regimes of every policy rest on, or why there are none."""
    over_seeds = {p: [one[p].regimes or {} for one in lived] for p in lived[0]}
    reason = reason_of(found for several in over_seeds.values() for found in several)
    if reason:
        return [], reason
    return [
        row for policy, several in over_seeds.items() for row in rows_about(policy, several)
    ], ""


def how_it_arises(outcome: str, policy: "Policy") -> str:
    """Whether an effect of a policy follows from its terms, or from what organisations decide.

    A regime follows from whatever one of the outcomes follows from that areas are placed by.
    """
    rests_on = [outcome] if outcome in OUTCOMES else PLACED_BY
    follows = any(OUTCOMES[name].is_arithmetic(policy) for name in rests_on)
    return "arithmetic" if follows else "emergent"


def beside_random(
    rows: list[dict[str, Any]], at_random: Sequence[Replicate]
) -> list[dict[str, Any]]:
    """The rows, every starred one with the same difference between random minds.

    random_estimate, random_low, random_high, random_runs: intervals that hold for all starred
    differences at once. random_minds: "holds" (beyond the smallest effect of interest on the same
    side: not due to incentives), "gone" (short of it: due to incentives) or "unclear".
    """
    starred = sum(row.get("star", False) for row in rows)
    return [
        {**row, **_at_random(row, at_random, starred)} if row.get("star") and at_random else row
        for row in rows
    ]


def _at_random(row: dict[str, Any], at_random: Sequence[Replicate], tests: int) -> dict[str, Any]:
    one, base = (series(at_random, p, row["outcome"]) for p in (row["policy"], STATUS_QUO))
    found = paired_interval(one, base, each_of(tests))
    return {
        **{f"random_{key}": value for key, value in found._asdict().items()},
        "random_minds": against_random(row["estimate"], row["smallest_effect"], found),
    }


def against_random(effect: float, least: float, found: Interval) -> str:
    """Whether an effect is there with random minds, too."""
    low, high = (found.low, found.high) if effect > 0.0 else (-found.high, -found.low)
    return "holds" if low > least else "gone" if high < least else "unclear"
