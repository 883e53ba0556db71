"""Would it have come anyway? A run lived again with one of its decisions forced otherwise.

Place, policy, levers, seed and minds are those of the run, so all luck is the same; every other
decision is free. The second run is kept in `runs/` like any other, and can be asked like it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments import decision_words as words
from experiments.comparison import HEADLINES
from experiments.events import Event, events_of, when
from experiments.explain import event_row, header
from experiments.folders import code_version, kept_or_made, manifest_of
from experiments.options import Options, described, last_window
from experiments.output import number, plain, print_json, print_rows, show
from experiments.runs import live, plural, results_of, window_name, write_tables
from model.errors import BadInput, Stopped

Kept = tuple[dict[str, Any], dict[str, Any], list[Event]]  # manifest, results, events
MOST_DIFFERENCES = 8  # decisions of others that are printed
MOST_LATER = 6  # times the question came up again that are printed


@dataclass(frozen=True)
class Pair:
    """A run and the same run with `event` undone (`instead` was done)."""

    event: Event
    instead: str
    as_was: list[Event]
    undone: list[Event]

    def later(self) -> list[tuple[int, Event | None, Event | None]]:
        """When the same organisation was asked the same again: month, its answer in each run."""
        one, other = (
            {e.month: e for e in events if self._is_later(e)}
            for events in (self.as_was, self.undone)
        )
        return [(month, one.get(month), other.get(month)) for month in sorted(one.keys() | other)]

    def _is_later(self, other: Event) -> bool:
        event = self.event
        same = (event.agent, event.decision) == (other.agent, other.decision)
        return same and other.month > event.month

    def came_anyway(self) -> Event | None:
        """The first time that the undone choice was made after all, in the run without it."""
        found = (e for e in self.undone if self._is_later(e) and e.chosen == self.event.chosen)
        return next(found, None)

    def differing(self) -> list[tuple[Event | None, Event | None]]:
        """All other decisions that were not taken alike in both runs, in order of time."""
        one, other = _by_key(self.as_was), _by_key(self.undone)
        pairs = [(one.get(key), other.get(key)) for key in one.keys() | other]
        differ = [(a, b) for a, b in pairs if a is None or b is None or a.chosen != b.chosen]
        own = (self.event.month, self.event.agent, self.event.decision)
        return sorted(
            (p for p in differ if _key(_either(p)) != own), key=lambda p: _key(_either(p))
        )

    def of_others(self) -> list[tuple[Event | None, Event | None]]:
        """Those of them that other organisations took."""
        return [pair for pair in self.differing() if _either(pair).agent != self.event.agent]


def _key(event: Event) -> tuple[int, str, str]:
    return event.month, event.agent, event.decision


def _by_key(events: Sequence[Event]) -> dict[tuple[int, str, str], Event]:
    return {_key(event): event for event in events}


def _either(pair: tuple[Event | None, Event | None]) -> Event:
    found = pair[0] or pair[1]
    assert found is not None
    return found


def undo_and_show(
    run: str, kept: Kept, event: Event, option: str | None, place: str | None, data: Path | None,
    json: bool,
) -> None:  # fmt: skip
    """Live the run again with `event` undone, unless that has been done before, and tell of it."""
    manifest, results, events = kept
    instead = instead_of(event, option)
    folder, undone = undo_and_keep(manifest, event, instead, place, data)
    pair = Pair(event, instead, events, events_of(folder))
    check_pair(pair)
    rows = outcome_rows(manifest, results["rows"], undone["rows"])
    if json:
        print_json("explain", manifest, rows, **summary(pair), folder=str(folder))
    else:
        print_pair(run, folder, manifest, pair, rows)


def instead_of(event: Event, option: str | None) -> str:
    """The option to take instead: the best other one if none is named; `BadInput` if it cannot be."""
    others = [name for name in event.options if name != event.chosen]
    if not others:
        raise BadInput("there was no other option", key="--event", value=event.event)
    if option == event.chosen:
        raise BadInput("this is what was done", key="--option", value=option, allowed=others)
    if option is not None and option not in others:
        raise BadInput("not an option of this decision", key="--option", value=option,
                       allowed=others)  # fmt: skip
    return option or str(event.best_other())


def undo_and_keep(
    manifest: dict[str, Any], event: Event, instead: str, place: str | None, data: Path | None
) -> tuple[Path, dict[str, Any]]:
    """The folder and results of the run with `event` undone, lived now if it is not there yet."""
    from model.economy import BURN_IN_MONTHS
    from model.policy import Policy

    options = _same_options(manifest, place, data)
    (terms,) = manifest["policies"].values()
    policy = Policy(**terms)
    _check_same(manifest, options, policy)
    forced = {"agent": event.agent, "decision": event.decision}
    forced |= {"month": event.month, "option": instead}
    whole = {**manifest, "forced": [*manifest.get("forced", []), forced]}
    taken = {
        (one["agent"], one["decision"], one["month"] + BURN_IN_MONTHS): one["option"]
        for one in whole["forced"]
    }

    def make():
        economy = live(options.prepare(), policy, options, taken)
        tables = economy.record.tables(economy)
        return results_of(economy, options.years), lambda folder: write_tables(tables, folder)

    folder, results, _ = kept_or_made(None, False, whole, "undo_{}", make)
    return folder, results


def _same_options(manifest: dict[str, Any], place: str | None, data: Path | None) -> Options:
    from experiments.executors import usable_cores

    return Options(
        place=place or manifest["place"]["name"], data=data, patients=manifest["patients"],
        years=manifest["years"], seed=manifest["seed"], levers=manifest["levers"],
        minds=manifest["minds"], threads=usable_cores(),
    )  # fmt: skip


def _check_same(manifest: dict[str, Any], options: Options, policy: Any) -> None:
    """`BadInput` if a run lived now would differ from the kept one in anything but the decision."""
    from model.place import find_place

    if manifest["code"] != code_version():
        raise BadInput("the run was made by another version; make it again with joinedup run",
                       key="--undo", value=manifest["code"], allowed=code_version())  # fmt: skip
    place = find_place(options.place, options.data)
    now = manifest_of("run", described(place, options), {policy.name: policy})
    if now["place"]["hash"] != manifest["place"]["hash"]:
        raise BadInput("not the place of the run", key="--place", value=options.place,
                       allowed=f"the place {manifest['place']['name']} as it was")  # fmt: skip
    for key in now:
        if now[key] != manifest[key]:
            raise BadInput(f"the run had another {key}; make it again with joinedup run",
                           key="--undo", value=now[key], allowed=str(manifest[key]))  # fmt: skip


def check_pair(pair: Pair) -> None:
    """`Stopped` unless both runs are the same up to the decision, and it was forced in one."""
    first = pair.event.event
    before = [(_key(e), e.chosen, e.probabilities) for e in pair.as_was[:first]]
    again = [(_key(e), e.chosen, e.probabilities) for e in pair.undone[:first]]
    if before != again or len(pair.undone) <= first:
        raise Stopped("The run could not be repeated exactly, so there is nothing to compare.")
    if not pair.undone[first].forced or pair.undone[first].chosen != pair.instead:
        raise Stopped(f"This kind of decision ({pair.event.rule}) cannot be forced.")


def outcome_rows(
    manifest: dict[str, Any], as_was: Sequence[dict[str, Any]], undone: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Every outcome of the last years in both runs, and how much it differs without the decision."""
    window = last_window(manifest["years"])
    without = {r["outcome"]: r["value"] for r in undone if _window(r) == window}
    rows = []
    for row in as_was:
        if _window(row) != window:
            continue
        about = {key: row[key] for key in ("outcome", "family", "unit", "decimals")}
        was, now = row["value"], without[row["outcome"]]
        difference = None if was is None or now is None else now - was
        rows.append({**about, "as_it_was": was, "undone": now, "difference": difference})
    return rows


def _window(row: dict[str, Any]) -> tuple[int, int]:
    return row["first_year"], row["last_year"]


def summary(pair: Pair) -> dict[str, Any]:
    """What differs besides the outcomes, for machines."""
    anyway = pair.came_anyway()

    def both(found: tuple[Event | None, Event | None]) -> dict[str, Any]:
        names = ("as_it_was", "undone")
        return {n: event_row(e) if e else None for n, e in zip(names, found, strict=True)}

    return plain({
        "event": event_row(pair.event), "instead": pair.instead,
        "came_anyway": event_row(anyway) if anyway else None,
        "later": [{"month": month, **both((a, b))} for month, a, b in pair.later()],
        "differing_decisions": [both(found) for found in pair.differing()],
        "differing_decisions_of_others": len(pair.of_others()),
    })  # fmt: skip


def print_pair(
    run: str, folder: Path, manifest: dict[str, Any], pair: Pair, rows: Sequence[dict[str, Any]]
) -> None:
    """Whether it would have come anyway: in words, the outcomes, the decisions of others."""
    event = pair.event
    show(
        f"Event {event.event} of {run}, undone\n{header(manifest)}",
        f"As it was: in {when(event.month)}, {event.agent} {words.did(event)}.\n"
        f"Undone: {event.agent} {words.did(event, pair.instead)}."
        " Same people, same luck; everybody else decides freely.",
        f"Would it have come anyway? {verdict(pair)}",
    )
    _print_later(pair)
    _print_outcomes(manifest, rows)
    _print_others(pair)
    show(f"The run without it is kept and can be asked, too:\n  joinedup explain {folder}")


def verdict(pair: Pair) -> str:
    """Whether the same choice was made later all the same, in words."""
    event, anyway, later = pair.event, pair.came_anyway(), pair.later()
    if anyway is not None:
        years = anyway.year - event.year
        return (f"Yes, {plural(years, 'year')} later: in {when(anyway.month)}, {anyway.agent}"
                f" {words.did(anyway)} of its own accord.")  # fmt: skip
    times = sum(found is not None for _, _, found in later)
    if not times:
        return f"Not in this run: {event.agent} was not asked again before its end."
    return (f"Not in this run: {event.agent} was asked again {plural(times, 'time')}"
            " and chose otherwise.")  # fmt: skip


def _print_later(pair: Pair) -> None:
    later = pair.later()
    rows = [
        {"the same question, later": when(month)}
        | {"as it was": a.chosen if a else "not asked", "undone": b.chosen if b else "not asked"}
        for month, a, b in later[:MOST_LATER]
    ]
    print_rows("", rows, 3)
    show()


def _print_outcomes(manifest: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    shown = [row for row in rows if row["outcome"] in HEADLINES]
    window = window_name(last_window(manifest["years"]))
    lines = [
        {
            f"Outcome, {window}": f"{row['outcome'].replace('_', ' ')}\n  {row['unit']}",
            "as it was": number(row["as_it_was"], row["decimals"]),
            "undone": number(row["undone"], row["decimals"]),
            "difference": difference(row["difference"], row["decimals"]),
        }
        for row in shown
    ]
    print_rows("", lines, 1)
    same = sum(row["difference"] == 0 for row in shown)
    show("")
    show(
        f"Difference: undone less as it was. Exactly the same in both runs: {same} of {len(shown)}."
        " One pair of runs, so no interval: what a decision does under other luck this does not"
        " say. joinedup compare puts policies side by side over many seeds."
    )


def difference(value: float | None, decimals: int) -> str:
    """A difference with its sign and two digits at least, up to three decimals more than usual."""
    if not value or not math.isfinite(value):
        return number(value, 0)
    return number(value, min(max(1 - math.floor(math.log10(abs(value))), decimals), decimals + 3),
                  sign=True)  # fmt: skip


def _print_others(pair: Pair) -> None:
    differing, others = pair.differing(), pair.of_others()
    asked = sum(e.agent != pair.event.agent and e.month >= pair.event.month for e in pair.as_was)
    own = len(differing) - len(others)
    show(f"Decisions of others that came out differently: {len(others):,} of {asked:,} from then on"
         f" ({own:,} of its own).")  # fmt: skip
    rows = [
        {
            "when": f"{when(one.month)[:3]} y{one.year}", "who": one.agent,
            "decision": one.decision.replace("_", " "),
            "as it was": _choice(pair_[0]), "undone": _choice(pair_[1]),
        }
        for pair_ in others[:MOST_DIFFERENCES]
        for one in [_either(pair_)]
    ]  # fmt: skip
    print_rows("", rows, 5)
    left = len(others) - len(rows)
    show(f"and {left:,} more; --json has all." if left else "")


def _choice(event: Event | None) -> str:
    return event.chosen.replace("_", " ") if event else "not asked"
