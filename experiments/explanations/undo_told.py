"""A run with one decision undone, beside the run as it was, for readers and for machines."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.explanations.explain import header
from experiments.explanations.undo import (
    Manifest,
    Pair,
    as_it_was,
    check_pair,
    check_version,
    either,
    instead_of,
    live_and_keep,
    outcome_rows,
    summary,
    without,
)
from experiments.measures.difference_cells import effect_cell, how_to_read
from experiments.measures.regime_tables import print_regimes
from experiments.runs.options import STATUS_QUO
from experiments.runs.runs import plural, window_name
from experiments.terminal.output import number, print_json, print_rows, show
from model.outcomes.scoreboard import HEADLINES
from model.outcomes.window import last_window
from model.stories import decision_words as words
from model.stories.events import Event, event_of, events_of, when

MOST_DIFFERENCES = 8  # decisions of others that are printed
MOST_LATER = 6  # times the question came up again that are printed


def undo_and_tell(
    run: str, kept: tuple[Manifest, dict[str, Any], list[Event]], number_: int, option: str | None,
    seeds: int, place: str | None, data: Path | None, json: bool,
) -> None:  # fmt: skip
    """Live a run (manifest, results, events) again with one event undone, and tell of both."""
    from experiments.explanations.undo_seeds import Question, further_pairs, with_intervals

    manifest, results, events = kept
    event = event_of(events, number_)
    instead = instead_of(event, option)
    check_version(manifest)
    options, policy = as_it_was(manifest, place, data)
    folder, undone = live_and_keep(without(manifest, event, instead), options, policy)
    pair = Pair(event, instead, events, events_of(folder))
    check_pair(pair)
    rows = outcome_rows(options.years, results["rows"], undone["rows"])
    question = Question(manifest, options, policy, event, instead)
    pairs = further_pairs(question, seeds) if seeds > 1 else []
    if pairs:
        rows = with_intervals(rows, pairs)
    if json:
        print_json("explain", manifest, rows, **summary(pair), pairs=pairs, folder=str(folder))
    else:
        print_pair(run, folder, manifest, pair, rows, pairs)
        print_undone_regimes(policy.name, results, undone)


def print_pair(
    run: str, folder: Path, manifest: Manifest, pair: Pair, rows: Sequence[dict[str, Any]],
    pairs: Sequence[dict[str, Any]] = (),
) -> None:  # fmt: skip
    """Whether it would have come anyway: in words, the outcomes, the decisions of others."""
    event = pair.event
    asked = "Would it have come anyway?" if event.is_change else "Did that come anyway, later?"
    show(
        f"Event {event.event} of {run}, undone\n{header(manifest)}",
        f"As it was: in {when(event.month)}, {event.agent} {words.did(event)}.\n"
        f"Undone: {event.agent} {words.did(event, pair.instead)}."
        " Same people, same luck; everybody else decides freely.",
        f"{asked} {verdict(pair)}\n{outcomes_told(rows)}",
    )
    _print_later(pair)
    _print_outcomes(manifest, rows, bool(pairs))
    show(_meaning(pair, pairs))
    _print_others(pair)
    show(
        f"The run without it is kept and can be asked, too:\n  joinedup explain {folder}\n"
        f"  joinedup explain {folder} --agent {event.agent}"
    )


def verdict(pair: Pair) -> str:
    """Whether the same came later all the same, in words."""
    event, anyway = pair.event, pair.came_anyway()
    run = "Without it" if event.is_change else "As it was"
    if anyway is not None:
        later = plural(anyway.year - event.year, "year")
        return f"Yes. {run}, {event.agent} {words.did(anyway)} {later} later, of its own accord."
    asked = [two if event.is_change else one for _, one, two in pair.later()]
    again = [found for found in asked if found is not None]
    if not again:
        return f"No. {run}, {event.agent} was not asked again before the end of the run."
    other = next((found for found in again if found.is_change), None)
    if other is None:
        times = {1: "once", 2: "twice"}.get(len(again), f"{len(again)} times")
        return f"No. {run}, {event.agent} was asked again {times} and left things as they were."
    vain = (
        ", in vain" if other.chosen == (event.chosen if event.is_change else pair.instead) else ""
    )
    return f"Not the same. {run}, in {when(other.month)}, {event.agent} {words.did(other)}{vain}."


def outcomes_told(rows: Sequence[dict[str, Any]]) -> str:
    """Which headline outcomes come out as they did, to the digits that are printed."""
    shown = [row for row in rows if row["outcome"] in HEADLINES]
    moved = [
        row["outcome"].replace("_", " ") for row in shown
        if number(row["as_it_was"], row["decimals"]) != number(row["undone"], row["decimals"])
    ]  # fmt: skip
    same = len(shown) - len(moved)
    told = f"{same} of {len(shown)} headline outcomes come out the same, to the digits below"
    return f"{told}; not: {', '.join(moved)}." if moved else f"{told}."


def _print_later(pair: Pair) -> None:
    rows = [
        {"the same question, later": when(month)}
        | {"as it was": a.chosen if a else "not asked", "undone": b.chosen if b else "not asked"}
        for month, a, b in pair.later()[:MOST_LATER]
    ]
    print_rows("", rows, 3)


def _print_outcomes(manifest: Manifest, rows: Sequence[dict[str, Any]], intervals: bool) -> None:
    window = window_name(last_window(manifest["years"]))
    lines = [
        {
            f"Outcome, {window}": f"{row['outcome'].replace('_', ' ')}\n  {row['unit']}",
            "as it was": number(row["as_it_was"], row["decimals"]),
            "undone": number(row["undone"], row["decimals"]),
            "difference": difference(row["difference"], row["decimals"]),
            **({"mean difference": effect_cell(row).plain} if intervals else {}),
        }
        for row in rows
        if row["outcome"] in HEADLINES
    ]
    print_rows("", lines, 1)


def print_undone_regimes(policy: str, as_was: dict[str, Any], undone: dict[str, Any]) -> None:
    """Regimes of both runs beside those of the status quo of the same seed."""

    def of(results: dict[str, Any], name: str) -> list[dict[str, Any]]:
        return [row for row in results["regimes"] if row["policy"] == name]

    columns = {STATUS_QUO: of(as_was, STATUS_QUO), "as it was": of(as_was, policy)}
    reason = as_was["no_regimes"] or undone["no_regimes"]
    print_regimes(columns | {"undone": of(undone, policy)}, reason)


def _meaning(pair: Pair, pairs: Sequence[dict[str, Any]]) -> str:
    text = "Difference: undone less as it was; 0 is exactly the same."
    if not pairs:
        return (
            f"{text} One pair of runs with the same luck, so no interval: under other luck the"
            " decision may do something else (--seeds 10 tries)."
        )
    left_out = sum(found["undone"] is None for found in pairs)
    runs, first, last = 1 + len(pairs) - left_out, pairs[0]["seed"], pairs[-1]["seed"]
    seeds = f"seed {first}" if first == last else f"seeds {first}-{last}"
    text += (
        f" Mean difference: the same question under other luck, too, {seeds}. In each,"
        f" {pair.event.agent} was made to take {pair.event.chosen} in one run and {pair.instead} in"
        f" another; everybody else was free. Mean of {plural(runs, 'pair')}."
        f" {how_to_read(len(HEADLINES), HEADLINES, plural(len(HEADLINES), 'outcome'))}"
    )
    if left_out:
        text += (
            f" Left out: {plural(left_out, 'seed')} in which the question did not come up in that"
            " month with both options."
        )
    return text


def difference(value: float | None, decimals: int) -> str:
    """A difference with its sign and two digits at least, up to three decimals more than usual."""
    if not value or not math.isfinite(value):
        return number(value, 0)
    shown = min(max(1 - math.floor(math.log10(abs(value))), decimals), decimals + 3)
    return number(value, shown, sign=True) if round(value, shown) else "about 0"


def _print_others(pair: Pair) -> None:
    event, differing, others = pair.event, pair.differing(), pair.of_others()
    changing = pair.of_others_changing()
    taken = sum(e.agent != event.agent and e.event > event.event for e in pair.as_was)
    told = f"Others took {plural(taken, 'decision')} after it. "
    told += (
        f"{len(others):,} came out differently or came up in one run only, {len(changing):,} of"
        " them with a change in one run."
        if others
        else "All came out the same."
    )
    show(f"{told} Of its own, {len(differing) - len(others):,} differ.")
    rows = [
        {
            "when": f"{when(one.month)[:3]} y{one.year}", "who": one.agent,
            "as it was": _choice(found[0]), "undone": _choice(found[1]),
        }
        for found in changing[:MOST_DIFFERENCES]
        for one in [either(found)]
    ]  # fmt: skip
    print_rows("", rows, 4)
    if left := len(changing) - len(rows):
        show(f"and {left:,} more with a change; --json has all.")


def _choice(event: Event | None) -> str:
    return words.did(event) if event else "(was not asked)"
