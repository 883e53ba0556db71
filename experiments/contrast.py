"""Policies of a sweep beside each other: paired differences, what they rest on, how sure they are.

A pair is two runs of the same place, minds, parameters and seed. With one set of parameters the
interval holds the chance in seeds. Where a design draws sets at random, sets and seeds are crossed:
the interval holds both, and the span of the sets is shown beside it. Sets of other designs, and
values of levers, are told apart row by row. Intervals are Student's t.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.compare import (
    Interval,
    about_outcome,
    check_outcomes,
    mean_interval,
    t_quantile,
)
from experiments.comparison import HEADLINES
from experiments.jobs import DONE, FREE, REPLAYED
from experiments.store import read_results
from model.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

EFFECTS = ("total", "direct", "institutional")
SAMPLED = ("latin_hypercube", "sobol", "calibrated")
PAIR = ["set", "seed"]
SPAN = (0.05, 0.95)  # of sets
NORMAL_QUANTILE = 1.959964  # of a 95% interval


def contrast_rows(
    folder: Path, manifest: dict[str, Any], outcomes: Sequence[str]
) -> list[dict[str, Any]]:
    """One row a place, minds, value of levers (or set), policy, effect and outcome.

    effect: total; with replayed decisions also direct (decisions as in the other run) and
    institutional (the rest). estimate, low, high: mean difference and its 95% interval from
    `runs` pairs. span_low, span_high: 5% and 95% of randomly drawn sets. gain: how many times
    smaller the variance is than with independent seeds. needed: how many times as many runs give
    an interval that excludes zero if mean and spread hold.
    """
    if manifest.get("command") != "sweep":
        raise BadInput("not the folder of a sweep", file=folder, value=manifest.get("command"),
                       allowed="what `joinedup sweep` wrote")  # fmt: skip
    study = manifest["study"]
    results = _told_apart(read_results(folder), study)
    shown = _shown(outcomes or study["outcomes"])
    keys = ["place", "minds", *_apart(results, study)]
    done = results[results["status"] == DONE]
    rows: list[dict[str, Any]] = []
    for key, part in done.groupby(keys, sort=False) if set(shown) <= set(done.columns) else []:
        where = dict(zip(keys, key, strict=True))
        rows += _of_group(part.drop_duplicates("run"), where, study["against"], shown)
    if not any(row["runs"] for row in rows):
        raise BadInput("no pair of runs is done", file=folder, value=study["against"],
                       allowed=f"runs of {study['against']} and of another policy")  # fmt: skip
    return rows


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
) -> list[dict[str, Any]]:
    base = _arm(part, against, FREE)
    rows = []
    for policy in dict.fromkeys(part["policy"]):
        free, replayed = (_arm(part, policy, how) for how in (FREE, REPLAYED))
        effects = {"total": (free, base)}
        if len(replayed):
            effects |= {"direct": (replayed, base), "institutional": (free, replayed)}
        about = {**where, "policy": policy}
        rows += [
            {**about, "outcome": outcome, "effect": effect, **about_outcome(outcome)}
            | _effect(one[outcome], other[outcome])
            for outcome in outcomes
            for effect, (one, other) in effects.items()
            if policy != against
        ]
    return rows


def _arm(part: "pd.DataFrame", policy: str, decisions: str) -> "pd.DataFrame":
    chosen = (part["policy"] == policy) & (part["decisions"] == decisions)
    return part[chosen].set_index(PAIR)


def _effect(one: "pd.Series", other: "pd.Series") -> dict[str, Any]:
    """Estimate, interval, span of sets, gain from common random numbers, runs needed."""
    pairs = (one - other).dropna()
    several = pairs.index.get_level_values("set").nunique() > 1
    table = whole_table(pairs)
    interval = crossed_interval(table) if several else mean_interval(pairs)
    span = table.mean(axis=1).quantile(list(SPAN)).tolist() if several else [math.nan, math.nan]
    return {
        **interval._asdict(),
        "span_low": span[0],
        "span_high": span[1],
        "sets": len(table),
        "gain": gain(one, other),
        "needed": times_needed(interval) if several else runs_needed(interval) / max(len(pairs), 1),
    }


def whole_table(pairs: "pd.Series") -> "pd.DataFrame":
    """Differences by set (rows) and seed (columns); sets that lack a seed are left out."""
    return pairs.unstack("seed").dropna()


def crossed_interval(table: "pd.DataFrame") -> Interval:
    """Mean and 95% interval of values by set (rows) and seed (columns) that all sets share.

    Both sets and seeds are drawn: the variance of the mean is that of a two-way layout with random
    effects (Searle, Casella & McCulloch 1992, Variance Components, chapter 4), the degrees of
    freedom those of the factor with fewer levels. Without a second seed there is no interval.
    """
    sets, seeds = table.shape
    mean = float(table.to_numpy().mean()) if table.size else math.nan
    if sets < 2 or seeds < 2:
        return Interval(mean, math.nan, math.nan, table.size)
    by_set, by_seed = table.mean(axis=1), table.mean(axis=0)
    rest = table.sub(by_set, axis=0).sub(by_seed, axis=1) + mean
    error = float((rest**2).to_numpy().sum()) / ((sets - 1) * (seeds - 1))
    between = seeds * float(by_set.var()) + sets * float(by_seed.var())
    variance = max(between - error, error) / table.size
    half = t_quantile(min(sets, seeds)) * math.sqrt(variance)
    return Interval(mean, mean - half, mean + half, table.size)


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


def runs_needed(interval: Interval) -> float:
    """Independent values for a 95% interval that just excludes zero, if mean and spread hold.

    NaN if nothing varies or nothing differs.
    """
    n, half = interval.runs, interval.half
    if n < 2 or not half > 0.0 or interval.estimate == 0.0:
        return math.nan
    ratio = half * math.sqrt(n) / t_quantile(n) / abs(interval.estimate)  # spread over mean
    needed = max(math.ceil((NORMAL_QUANTILE * ratio) ** 2), 2)
    while t_quantile(needed) * ratio > math.sqrt(needed):
        needed += 1
    return float(needed)


def times_needed(interval: Interval) -> float:
    """How many times as many sets and seeds give an interval that excludes zero, about."""
    if not interval.half > 0.0 or interval.estimate == 0.0:
        return math.nan
    return (interval.half / interval.estimate) ** 2


def groups_of(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows by place, minds and what is told apart."""
    groups: dict[tuple, list[dict[str, Any]]] = {}
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
