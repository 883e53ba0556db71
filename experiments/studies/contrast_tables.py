"""A contrast as tables within 80 columns: policy by policy, or many settings side by side."""

import math
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from experiments.measures.difference_cells import (
    digits,
    effect_cell,
    how_to_read,
    interval_of,
    nothing,
)
from experiments.measures.regime_tables import print_regimes
from experiments.runs.runs import patients_of, plural, runs_and_seeds, window_name, with_licences
from experiments.studies.contrast import EFFECTS, groups_of, place_words, where
from experiments.terminal.output import UNKNOWN, number, show, table
from model.outcomes.window import last_window

MANY_SETTINGS = 4  # settings, from which a line each must do
POLICIES_A_TABLE = 3
MOST = 1_000  # times; more than that is said to be more than that

WORDS = {
    "exact": "every pair differs by the same amount",
    "same": "no pair differs",
    "1 seed": "an interval needs at least two",
    UNKNOWN: "nothing varies",
}


def print_contrast(
    manifest: dict[str, Any],
    rows: Sequence[dict[str, Any]],
    progress: dict[str, int],
    regimes: Sequence[dict[str, Any]] = (),
) -> None:
    """A table for every setting and policy, or for every outcome if settings are many."""
    show(header(manifest, rows, progress))
    groups = groups_of(rows)
    if len(groups) <= MANY_SETTINGS:
        for group in groups:
            show(place_words(group[0]), *(_of_policy(group, policy) for policy in _policies(group)))
    else:
        show(place_words(rows[0], [key for key in where(rows[0]) if key not in shared_keys(rows)]))
        show(*(made for outcome in _outcomes(rows) for made in _of_outcome(groups, outcome)))
    _print_regimes(regimes)
    show(meaning(rows, lines=len(groups) > MANY_SETTINGS))
    for policy in without_effect(rows):
        show(
            f"{policy} changed nothing here: in every pair these outcomes are the same. Policies"
            f" take time to act; this study lives {plural(manifest['study']['years'], 'year')}."
        )


def _print_regimes(found: Sequence[dict[str, Any]]) -> None:
    """The regimes of every setting; what is the same sentence for all is said once."""
    reasons = dict.fromkeys(one["reason"] for one in found)
    if len(reasons) == 1 and next(iter(reasons)):
        show(next(iter(reasons)))
        return
    for one in found:
        if len(found) > 1:
            show(", ".join(map(str, one["where"].values())))
        for names in blocks_of(list(one["columns"])):
            print_regimes({name: one["columns"][name] for name in names}, one["reason"])


def blocks_of(names: Sequence[str]) -> list[Sequence[str]]:
    """Names in blocks that fit a table."""
    return [names[k : k + POLICIES_A_TABLE + 1] for k in range(0, len(names), POLICIES_A_TABLE + 1)]


def without_effect(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Policies whose pairs are the same in every outcome shown."""
    return [
        policy
        for policy in _policies(rows)
        if all(nothing(row) for row in rows if row["policy"] == policy)
    ]


def _policies(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["policy"] for row in rows))


def _outcomes(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(row["outcome"] for row in rows))


def header(
    manifest: dict[str, Any], rows: Sequence[dict[str, Any]], progress: dict[str, int]
) -> str:
    """What was run, what is missing, and what the differences are taken from.

    `progress`: how many runs are done and missing.
    """
    study = manifest["study"]
    sets = max(row["sets"] for row in rows)
    base = manifest["policies"][study["against"]]["title"].lower()
    lines = [
        study["title"],
        f"{patients_of(manifest['places'])}; {runs_and_seeds(study)}"
        + f"; {sets:,} sets of parameters" * (sets > 1),
        f"Differences from {base}, means over {window_name(window_of(study))}",
    ]
    if progress["done"] < progress["asked"]:
        lines.insert(
            2, f"UNFINISHED: {progress['done']:,} of {progress['asked']:,} runs are done, and only"
            " they count here;\njoinedup sweep with --resume goes on",
        )  # fmt: skip
    return with_licences("\n".join(lines), manifest)


def window_of(study: dict[str, Any]) -> tuple[int, int]:
    """The years that outcomes of a study are means over."""
    return last_window(study["years"])


def _of_policy(group: Sequence[dict[str, Any]], policy: str) -> Table:
    """Outcomes as rows; effects, span of sets, gain and enough as columns."""
    rows = [row for row in group if row["policy"] == policy]
    several = any(row["sets"] > 1 for row in rows)
    split = any(row["effect"] != "total" for row in rows)
    columns = [policy, *(EFFECTS if split else EFFECTS[:1])]
    columns += ["90% of sets"] if several else []
    made = table([*columns, "gain", "enough?"])
    for outcome in _outcomes(rows):
        found = {row["effect"]: row for row in rows if row["outcome"] == outcome}
        total = found["total"]
        cells = [effect_cell(row) for row in found.values()]
        span = [_span(total)] if several else []
        name = f"{outcome.replace('_', ' ')}\n  {total['unit']}"
        made.add_row(name, *cells, *span, times(total["gain"]), enough(total))
    return made


def _of_outcome(groups: Sequence[Sequence[dict[str, Any]]], outcome: str) -> list[Table]:
    """Settings as rows, policies as columns, a few policies a table."""
    policies = _policies(groups[0])
    unit = next(row["unit"] for row in groups[0] if row["outcome"] == outcome)
    blocks = range(0, len(policies), POLICIES_A_TABLE)
    return [
        _lines(groups, outcome, unit, policies[k : k + POLICIES_A_TABLE]) for k in blocks
    ]  # fmt: skip


def _lines(groups: Any, outcome: str, unit: str, policies: Sequence[str]) -> Table:
    made = table([f"{outcome.replace('_', ' ')}\n  {unit}", *(_short(p) for p in policies)])
    for group in groups:
        found = {
            row["policy"]: row
            for row in group
            if row["outcome"] == outcome and row["effect"] == "total"
        }
        cells = [effect_cell(found[p]) if p in found else UNKNOWN for p in policies]
        words = place_words(group[0], shared_keys([group[0] for group in groups]))
        made.add_row(words.replace(", ", "\n"), *cells)
    return made


def shared_keys(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Keys of a setting that are the same in all."""
    return [key for key in where(rows[0]) if len({row[key] for row in rows}) == 1]


def _short(policy: str) -> str:
    return policy.replace("_", "\n", 1)


def _span(row: dict[str, Any]) -> str:
    decimals = digits(row["span_high"] - row["span_low"], row["decimals"] + 3, row["decimals"])
    low, high = (number(row[key], decimals, sign=True) for key in ("span_low", "span_high"))
    return f"{low}\n{high}"


def times(gain: float) -> str:
    """`3.1x`, `450x`, `>1,000x`; "exact" if paired runs do not vary; a dash if nothing varies."""
    if math.isnan(gain):
        return UNKNOWN
    if math.isinf(gain):
        return "exact"
    return f">{MOST:,}x" if gain > MOST else f"{gain:,.{1 if gain < 10 else 0}f}x"


def enough(row: dict[str, Any]) -> str:
    """Whether there are enough runs to say if the difference matters, in a word or two."""
    interval = interval_of(row, together=True)
    if math.isnan(interval.half):
        return "1 seed"
    if nothing(row):
        return "same"
    if row["star"] or row["negligible"] or (not row["smallest_effect"] and interval.excludes_zero):
        return "yes"
    needed = row["needed"]
    return f"{max(needed, 1.1):,.1f}x" if needed <= MOST else f">{MOST:,}x"


def meaning(rows: Sequence[dict[str, Any]], lines: bool) -> str:
    """How to read the tables."""
    outcomes = _outcomes(rows)
    tests = f"{len(rows):,} differences of {plural(len(outcomes), 'outcome')}"
    text = f"Mean differences. {how_to_read(len(rows), outcomes, tests)}"
    if not lines:
        text += (
            " gain: how many times independent seeds would widen the variance. enough?: yes if the"
            " interval lies beyond the smallest effect of interest or within it; else how many"
            " times as many runs would settle that if mean and spread hold (0 is the smallest"
            " effect where none is declared)."
        )
        text += "".join(f" {word}: {WORDS[word]}." for word in WORDS if word in _words(rows))
    if max(row["sets"] for row in rows) > 1:
        text += " The interval holds the draw of sets and of seeds."
        if not lines:
            text += " 90% of sets: from the 5th to the 95th percentile of the sets' means."
    if not lines and any(row["effect"] == "direct" for row in rows):
        text += (
            " direct: with every decision that the other run took as well replayed from it;"
            " institutional: what organisations' own decisions add."
        )
    return text


def _words(rows: Sequence[dict[str, Any]]) -> set[str]:
    """The words in the last two columns of the tables."""
    totals = [row for row in rows if row["effect"] == "total"]
    return {word for row in totals for word in (times(row["gain"]), enough(row))}
