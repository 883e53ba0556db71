"""Policies of a sweep beside each other: paired differences, what they rest on, how sure they are.

A pair is two runs of the same place, minds, parameters and seed. With one set of parameters the
interval holds the chance in seeds. Where a design draws sets at random, sets and seeds are crossed:
the interval holds both, and the span of the sets is shown beside it. Sets of other designs, and
values of levers, are told apart row by row. Intervals are Student's t.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.measures.outcomes import about_outcome, check_outcomes
from experiments.measures.regime_tables import PREFIX, regimes_by
from experiments.runs.jobs import DONE, FREE, REPLAYED
from experiments.studies.store import read_results
from model.input.errors import InputError
from model.outcomes.paired_differences import judged
from model.outcomes.regimes import REGIMES
from model.outcomes.scoreboard import HEADLINES
from model.outcomes.statistics import (
    Interval,
    crossed_interval,
    each_of,
    mean_interval,
    runs_needed,
    times_needed,
)

if TYPE_CHECKING:
    import pandas as pd

EFFECTS = ("total", "direct", "institutional")
SAMPLED = ("latin_hypercube", "sobol", "calibrated")
PAIR = ["set", "seed"]
SPAN = (0.05, 0.95)  # of sets
Pair = tuple[dict[str, Any], "pd.Series", "pd.Series"]


def contrast_rows(
    folder: Path, manifest: dict[str, Any], outcomes: Sequence[str]
) -> list[dict[str, Any]]:
    """One row a place, minds, value of levers (or set), policy, effect and outcome.

    effect: total; with replayed decisions also direct (decisions as in the other run) and
    institutional (the rest). estimate, low, high: mean difference and its 95% interval from
    `runs` pairs. span_low, span_high: 5% and 95% of randomly drawn sets. gain: how many times
    smaller the variance is than with independent seeds. needed: how many times as many runs tell
    the difference from the smallest effect of interest, if mean and spread hold. All rows are one
    family of tests. base: the mean level of what is taken off.
    """
    if manifest.get("command") != "sweep":
        raise InputError("not the folder of a sweep", file=folder, value=manifest.get("command"),
                       allowed="what `joinedup sweep` wrote")  # fmt: skip
    study = manifest["study"]
    results = _told_apart(read_results(folder), study)
    shown = _shown(outcomes or study["outcomes"])
    keys = ["place", "minds", *_apart(results, study)]
    done = results[results["status"] == DONE]
    if not set(shown) <= set(done.columns):
        done = done[:0]
    pairs: list[Pair] = []
    for key, part in done.groupby(keys, sort=False):
        where = dict(zip(keys, key, strict=True))
        pairs += _of_group(part.drop_duplicates("run"), where, study["against"], shown)
    rows = [
        {**about, **_effect(about["outcome"], one, other, len(pairs))}
        for about, one, other in pairs
    ]
    if not any(row["runs"] for row in rows):
        raise InputError("no pair of runs is done", file=folder, value=study["against"],
                       allowed=f"runs of {study['against']} and of another policy")  # fmt: skip
    return rows


def regimes_in(folder: Path, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """By place, minds and what is told apart: shares of people by regime of every free policy.

    A record each: where, columns (rows by policy), reason (why there are none, or "").
    """
    study = manifest["study"]
    results = _told_apart(read_results(folder), study)
    keys = ["place", "minds", *_apart(results, study)]
    done = results[(results["status"] == DONE) & (results["decisions"] == FREE)]
    if not {"no_regimes", *(PREFIX + regime for regime in REGIMES)} <= set(done.columns):
        return []
    found = []
    for key, part in done.groupby(keys, sort=False):
        by_policy = {p: part[part["policy"] == p] for p in dict.fromkeys(part["policy"])}
        columns, reason = regimes_by(by_policy)
        where = dict(zip(keys, key, strict=True))
        found.append({"where": where, "columns": columns, "reason": reason})
    return found


def progress_of(folder: Path) -> dict[str, int]:
    """How many runs a sweep asks for, and how many of them are done."""
    status = read_results(folder)["status"]
    return {"asked": len(status), "done": int((status == DONE).sum())}


def _shown(asked: Sequence[str]) -> list[str]:
    check_outcomes(asked, "--outcome")
    return list(asked) or list(HEADLINES)


def _told_apart(results: "pd.DataFrame", study: dict[str, Any]) -> "pd.DataFrame":
    """The results with what was moved from the centre, for a one-at-a-time design."""
    if study["design"]["method"] != "one_at_a_time":
        return results
    from model.parameters import load_parameters

    central = {name: float(load_parameters()[name]) for name in study["uncertain"]}
    moved = [
        ", ".join(f"{n} = {row[n]:g}" for n in central if row[n] != central[n]) or "central"
        for row in results[list(central)].to_dict("records")
    ]
    return results.assign(moved=moved)


def _apart(results: "pd.DataFrame", study: dict[str, Any]) -> list[str]:
    """Columns whose values are told apart instead of averaged over."""
    method, names = study["design"]["method"], list(study["levers"])
    if method == "one_at_a_time":
        names.append("moved")
    elif method not in SAMPLED:
        names += [*study["uncertain"], *(study["design"]["sets"] or [{}])[0]]
    return [name for name in names if results[name].nunique() > 1]


def _of_group(
    part: "pd.DataFrame", where: dict[str, Any], against: str, outcomes: Sequence[str]
) -> "Iterator[Pair]":
    """What a row is about, and the two series that it puts beside each other."""
    base = _arm(part, against, FREE)
    for policy in dict.fromkeys(part["policy"]):
        free, replayed = (_arm(part, policy, how) for how in (FREE, REPLAYED))
        effects = {"total": (free, base)}
        if len(replayed):
            effects |= {"direct": (replayed, base), "institutional": (free, replayed)}
        for outcome in outcomes if policy != against else ():
            for effect, (one, other) in effects.items():
                about = {**where, "policy": policy, "outcome": outcome, "effect": effect}
                yield {**about, **about_outcome(outcome)}, one[outcome], other[outcome]


def _arm(part: "pd.DataFrame", policy: str, decisions: str) -> "pd.DataFrame":
    chosen = (part["policy"] == policy) & (part["decisions"] == decisions)
    return part[chosen].set_index(PAIR)


def _effect(outcome: str, one: "pd.Series", other: "pd.Series", tests: int) -> dict[str, Any]:
    """Estimate, intervals and verdict, span of sets, gain from common numbers, runs needed."""
    pairs = (one - other).dropna()
    several = pairs.index.get_level_values("set").nunique() > 1
    table = whole_table(pairs)

    def interval(confidence: float) -> Interval:
        known = crossed_interval(table, confidence) if several else None
        return known or mean_interval(pairs, confidence)

    found = judged(outcome, interval, float(other.mean()), tests)
    span = table.mean(axis=1).quantile(list(SPAN)).tolist() if several else [math.nan, math.nan]
    return {
        **found,
        "base": float(other.mean()),
        "span_low": span[0],
        "span_high": span[1],
        "sets": len(table),
        "gain": gain(one, other),
        "needed": _needed(interval, found["smallest_effect"] or 0.0, tests, several),
    }


def _needed(
    interval: Callable[[float], Interval], least: float, tests: int, several: bool
) -> float:
    """How many times as many runs tell the difference from `least`, if mean and spread hold."""
    together = interval(each_of(tests))
    if several:
        return times_needed(together, least)
    return runs_needed(together, least, each_of(tests)) / max(together.runs, 1)


def whole_table(pairs: "pd.Series") -> "pd.DataFrame":
    """Differences by set (rows) and seed (columns); sets that lack a seed are left out."""
    return pairs.unstack("seed").dropna()


def gain(one: "pd.Series", other: "pd.Series") -> float:
    """Variance of a difference between independent seeds over that between paired ones.

    Series by set and seed. Infinite if paired differences do not vary; NaN if nothing does.
    """
    pairs = (one - other).dropna()
    groups = [s.loc[pairs.index].groupby(level="set") for s in (one, other)]
    independent = sum(float(group.var().mean()) for group in groups)
    paired = float(pairs.groupby(level="set").var().mean())
    if not paired > 0.0:
        return math.inf if independent > 0.0 else math.nan
    return independent / paired


def groups_of(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows by place, minds and what is told apart."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(where(row).items()), []).append(row)
    return list(groups.values())


def where(row: dict[str, Any]) -> dict[str, Any]:
    """Place, minds and what else is told apart of a row."""
    first = list(row)
    return {key: row[key] for key in first[: first.index("policy")]}


def place_words(row: dict[str, Any], left_out: Sequence[str] = ()) -> str:
    """Where a row belongs, in words; usual minds and the keys of `left_out` are not mentioned."""
    told = {key: value for key, value in where(row).items() if key not in left_out}
    about = {key: value for key, value in told.items() if value != "reasoned"}
    return ", ".join(
        f"{key} = {value:g}" if isinstance(value, float) else str(value)
        for key, value in about.items()
    )
