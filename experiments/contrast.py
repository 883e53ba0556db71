"""Policies of a sweep beside each other: paired differences, what they rest on, how sure they are.

A pair is two runs of the same place, minds, parameters and seed. Within a set of parameters pairs
are averaged over seeds; over several sets, the mean of the sets is given with its interval and with
the span of the sets, so that chance in runs and doubt about parameters are told apart. Intervals
are Student's t.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.compare import CONFIDENCE, Interval, about_outcome, mean_interval
from experiments.comparison import HEADLINES, cell, difference_decimals
from experiments.jobs import DONE, FREE, REPLAYED
from experiments.output import UNKNOWN, number, show, table
from experiments.plan import RUN_COLUMNS
from experiments.runs import plural
from experiments.store import read_results
from model.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

EFFECTS = ("total", "direct", "institutional")
PAIR = ["place", "minds", "set", "seed"]
SPAN = (0.05, 0.95)  # of sets
ENOUGH, MOST_NEEDED = "yes", 100_000


def contrast_rows(
    folder: Path, manifest: dict[str, Any], outcomes: Sequence[str]
) -> list[dict[str, Any]]:
    """One row a place, minds, values of levers, policy, effect and outcome.

    effect: total; with replayed decisions also direct (decisions as in the other run) and
    institutional (the rest). estimate, low, high: mean difference and its 95% interval over `runs`
    independent values (seeds, or sets if there are several). span_low, span_high: 5% and 95% of
    the sets. gain: how many times smaller the variance is than with independent seeds. needed:
    seeds a set, or sets, for an interval that excludes zero if the estimate holds.
    """
    if manifest.get("command") != "sweep":
        raise BadInput("not the folder of a sweep", file=folder, value=manifest.get("command"),
                       allowed="what `joinedup sweep` wrote")  # fmt: skip
    study = manifest["study"]
    results = read_results(folder)
    results = results[results["status"] == DONE]
    shown = _shown(outcomes or study["outcomes"], results)
    levers = [name for name in study["levers"] if results[name].nunique() > 1]
    rows: list[dict[str, Any]] = []
    for key, part in results.groupby(["place", "minds", *levers], sort=False):
        where = dict(zip(["place", "minds", *levers], key, strict=True))
        rows += _of_group(part, where, study["against"], shown)
    if not rows:
        raise BadInput("no pair of runs is done yet", file=folder, value=study["against"],
                       allowed="runs of at least two policies")  # fmt: skip
    return rows


def _shown(asked: Sequence[str], results: "pd.DataFrame") -> list[str]:
    there = [name for name in results.columns if name in HEADLINES]
    for name in asked:
        if name not in results.columns or name in (*RUN_COLUMNS, "status", "reason"):
            known = [c for c in results.columns if results[c].dtype.kind == "f"]
            raise BadInput("no such outcome", key="--outcome", value=name, allowed=known)
    return list(asked) or there


def _of_group(
    part: "pd.DataFrame", where: dict[str, Any], against: str, outcomes: Sequence[str]
) -> list[dict[str, Any]]:
    base = part[(part["policy"] == against) & (part["decisions"] == FREE)].set_index(PAIR)
    rows = []
    for policy in dict.fromkeys(part["policy"]):
        if policy == against:
            continue
        arms = part[part["policy"] == policy]
        free = arms[arms["decisions"] == FREE].set_index(PAIR)
        replayed = arms[arms["decisions"] == REPLAYED].set_index(PAIR)
        effects = {"total": (free, base)}
        if len(replayed):
            effects |= {"direct": (replayed, base), "institutional": (free, replayed)}
        for outcome in outcomes:
            for effect, (one, other) in effects.items():
                about = {**where, "policy": policy, "outcome": outcome, "effect": effect,
                         **about_outcome(outcome)}  # fmt: skip
                rows.append(about | _effect(one[outcome], other[outcome]))
    return rows


def _effect(one: "pd.Series", other: "pd.Series") -> dict[str, Any]:
    """Estimate, interval, span of sets, gain from common random numbers, runs needed."""
    pairs = (one - other).dropna()
    by_set = pairs.groupby(level="set").mean()
    several = len(by_set) > 1
    interval = mean_interval(by_set if several else pairs)
    span = by_set.quantile(list(SPAN)).tolist() if several else [math.nan, math.nan]
    return {
        **interval._asdict(),
        "span_low": span[0],
        "span_high": span[1],
        "sets": len(by_set),
        "pairs": len(pairs),
        "gain": gain(one, other),
        "needed": runs_needed(interval),
    }


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
    from scipy.stats import norm, t

    n, half = interval.runs, interval.half
    if n < 2 or not half > 0.0 or interval.estimate == 0.0:
        return math.nan
    spread = half * math.sqrt(n) / float(t.ppf((1.0 + CONFIDENCE) / 2.0, n - 1))
    z = float(norm.ppf((1.0 + CONFIDENCE) / 2.0))
    needed = math.ceil((z * spread / abs(interval.estimate)) ** 2)
    while needed < 30 and float(t.ppf((1.0 + CONFIDENCE) / 2.0, max(needed - 1, 1))) * spread > (
        abs(interval.estimate) * math.sqrt(needed)
    ):
        needed += 1
    return float(max(needed, 2))


def interval_of(row: dict[str, Any]) -> Interval:
    """The interval of a row."""
    return Interval(row["estimate"], row["low"], row["high"], row["runs"])


def enough(row: dict[str, Any]) -> str:
    """Whether there are enough runs to say that there is a difference, in a word or two."""
    interval = interval_of(row)
    if interval.runs < 2:
        return "one run"
    if interval.low == interval.high:
        return "same" if interval.estimate == 0.0 else ENOUGH
    if interval.excludes_zero:
        return ENOUGH
    needed = row["needed"]
    return f"no: {needed:,.0f}" if needed <= MOST_NEEDED else "no sign"


def print_contrast(folder: Path, manifest: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    """A table for every place, minds and value of levers, then what it means."""
    show(header(manifest, rows))
    for group in groups_of(rows):
        show(*_tables(group))
    show(meaning(manifest, rows))


def groups_of(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Rows by place, minds and values of levers."""
    groups: dict[tuple, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(where(row).items()), []).append(row)
    return list(groups.values())


def where(row: dict[str, Any]) -> dict[str, Any]:
    """Place, minds and levers of a row."""
    first = list(row)
    return {key: row[key] for key in first[: first.index("policy")]}


def header(manifest: dict[str, Any], rows: Sequence[dict[str, Any]]) -> str:
    """What was run."""
    study = manifest["study"]
    n, first = study["replicates"], study["seed"]
    seeds = f"seed {first}" if n == 1 else f"seeds {first}-{first + n - 1}"
    sets = max(row["sets"] for row in rows)
    said = f"{plural(n, 'replicate')} ({seeds}), {plural(study['years'], 'year')}"
    patients = study["patients"] if study["patients"] == "all" else f"{study['patients']:,}"
    return (
        f"{study['title']}\n{patients} patients; {said}"
        f"; {plural(sets, 'set')} of parameters\nDifferences from {study['against']}"
    )


def _tables(group: Sequence[dict[str, Any]]) -> list:
    about = where(group[0])
    title = ", ".join(f"{key} {value:g}" if isinstance(value, float) else str(value)
                      for key, value in about.items() if value != "reasoned")  # fmt: skip
    return [title, *(_table(group, policy) for policy in dict.fromkeys(r["policy"] for r in group))]


def _table(group: Sequence[dict[str, Any]], policy: str):
    rows = [row for row in group if row["policy"] == policy]
    several = any(row["sets"] > 1 for row in rows)
    split = any(row["effect"] != "total" for row in rows)
    columns = [policy, *(EFFECTS if split else EFFECTS[:1])]
    columns += ["90% of sets"] if several else []
    made = table([*columns, "gain", "enough?"])
    for outcome in dict.fromkeys(row["outcome"] for row in rows):
        found = {row["effect"]: row for row in rows if row["outcome"] == outcome}
        total = found["total"]
        cells = [cell(interval_of(row), row["decimals"], difference=True) for row in found.values()]
        span = [_span(total)] if several else []
        name = f"{outcome.replace('_', ' ')}\n  {total['unit']}"
        made.add_row(name, *cells, *span, times(total["gain"]), enough(total))
    return made


def _span(row: dict[str, Any]) -> str:
    decimals = difference_decimals(row["span_high"] - row["span_low"], row["decimals"])
    low, high = (number(row[key], decimals, sign=True) for key in ("span_low", "span_high"))
    return f"{low}\n{high}"


def times(gain: float) -> str:
    """`3.1x`, `450x`; "exact" if paired runs do not vary at all; a dash if nothing varies."""
    if math.isnan(gain):
        return UNKNOWN
    return "exact" if math.isinf(gain) else f"{gain:,.{1 if gain < 10 else 0}f}x"


def meaning(manifest: dict[str, Any], rows: Sequence[dict[str, Any]]) -> str:
    """How to read the tables."""
    several = max(row["sets"] for row in rows) > 1
    unit = "sets (each the mean of its seeds)" if several else "seeds"
    text = (
        f"Mean differences over {unit}; ± is half the 95% interval (Student's t), * excludes 0."
        " gain: how many times independent seeds would widen the variance. enough?: whether the"
        f" interval excludes 0; if not, how many {'sets' if several else 'seeds'} would do so if"
        " the mean and spread hold."
    )
    if several:
        text += " 90% of sets: from the 5th to the 95th hundredth of the sets' means."
    if any(row["effect"] == "direct" for row in rows):
        text += (
            " direct: with every decision that the other run took as well replayed from it;"
            " institutional: what organisations' own decisions add."
        )
    return text
