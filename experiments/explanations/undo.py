"""Would it have come anyway? A run lived again with one of its decisions forced otherwise.

Place, policy, levers, seed and minds are those of the run, so all luck is the same; every other
decision is free. The second run is kept in `runs/` like any other, and can be asked like it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.explanations.explain import event_row
from experiments.runs.folders import Made, code_version, kept_or_made, manifest_of
from experiments.runs.options import Options, described
from experiments.runs.runs import made
from experiments.terminal.output import plain
from model.input.errors import InputError, RunFailed
from model.outcomes.window import last_window
from model.stories.events import Event, answers, came_to_nothing

if TYPE_CHECKING:
    from model.deciding.minds import Forced
    from model.policies.policy import Policy

Manifest = dict[str, Any]


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
        """The first time that the same came after all, of the organisation's own accord.

        Of a change: that it was made in the run without it. Of keeping things: that the change that
        was forced instead was made in the run as it was. A bid or an offer must succeed.
        """
        event = self.event
        run, wanted = (
            (self.undone, event.chosen) if event.is_change else (self.as_was, self.instead)
        )
        answered = answers(run)
        return next(
            (
                e for e in run if self._is_later(e) and e.chosen == wanted
                and not came_to_nothing(e, answered.get(e.event, []))
            ),
            None,
        )  # fmt: skip

    def differing(self) -> list[tuple[Event | None, Event | None]]:
        """All other decisions that were not taken alike in both runs, in order of time."""
        one, other = _by_key(self.as_was), _by_key(self.undone)
        pairs = [(one.get(key), other.get(key)) for key in one.keys() | other]
        differ = [(a, b) for a, b in pairs if a is None or b is None or a.chosen != b.chosen]
        own = _key(self.event)
        return sorted((p for p in differ if _key(either(p)) != own), key=lambda p: _key(either(p)))

    def of_others(self) -> list[tuple[Event | None, Event | None]]:
        """Those of them that other organisations took."""
        return [pair for pair in self.differing() if either(pair).agent != self.event.agent]

    def of_others_changing(self) -> list[tuple[Event | None, Event | None]]:
        """Those of others' in which something was changed in one run at least."""
        return [
            pair
            for pair in self.of_others()
            if any(one is not None and one.is_change for one in pair)
        ]


def _key(event: Event) -> tuple[int, str, str]:
    return event.month, event.agent, event.decision


def _by_key(events: Sequence[Event]) -> dict[tuple[int, str, str], Event]:
    return {_key(event): event for event in events}


def either(pair: tuple[Event | None, Event | None]) -> Event:
    """The decision in the first run, or else in the second."""
    found = pair[0] or pair[1]
    assert found is not None
    return found


def instead_of(event: Event, option: str | None) -> str:
    """The option to take instead, the best other one if none is named; `InputError` if it
    cannot."""
    others = [name for name in event.options if name != event.chosen]
    if not others:
        raise InputError("there was no other option", key="--event", value=event.event)
    if option == event.chosen:
        raise InputError("this is what was done", key="--option", value=option,
                       allowed=", ".join(others))  # fmt: skip
    if option is not None and option not in others:
        raise InputError("not an option of this decision", key="--option", value=option,
                       allowed=others)  # fmt: skip
    return option or str(event.best_other())


def check_version(manifest: Manifest) -> None:
    """`InputError` if other code made the run: what differed would not be due to the decision."""
    if manifest["code"] != code_version():
        raise InputError(
            "the run was made by another version of joinedup; make it again with joinedup run",
            key="--undo", value=manifest["code"], allowed=code_version(),
        )  # fmt: skip


def as_it_was(manifest: Manifest, place: str | None, data: Path | None) -> tuple[Options, "Policy"]:
    """The options and the policy of a kept run; `InputError` if they cannot be had again."""
    from experiments.runs.executors import usable_cores
    from model.policies.policy import Policy

    options = Options(
        place=place or manifest["place"]["name"], data=data, patients=manifest["patients"],
        years=manifest["years"], seed=manifest["seed"], levers=manifest["levers"],
        minds=manifest["minds"], threads=usable_cores(),
    )  # fmt: skip
    (terms,) = manifest["policies"].values()
    policy = Policy(**terms)
    _check_same(manifest, options, policy)
    return options, policy


def _check_same(manifest: Manifest, options: Options, policy: "Policy") -> None:
    from model.places.place_finding import find_place

    place = find_place(options.place, options.data)
    now = manifest_of("run", described(place, options), {policy.name: policy})
    if now["place"]["hash"] != manifest["place"]["hash"]:
        raise InputError("not the place of the run", key="--place", value=options.place,
                       allowed=f"the place {manifest['place']['name']} as it was")  # fmt: skip
    for key in now:
        if now[key] != manifest[key]:
            raise InputError(f"the run had another {key}; make it again with joinedup run",
                           key="--undo", value=now[key], allowed=str(manifest[key]))  # fmt: skip


def without(manifest: Manifest, event: Event, instead: str) -> Manifest:
    """The manifest of the run in which `instead` is forced, besides what was forced already.

    `event`: the decision that is to be another.
    """
    forced = {"agent": event.agent, "decision": event.decision, "month": event.month}
    return {**manifest, "forced": [*manifest.get("forced", []), {**forced, "option": instead}]}


def forced_in(manifest: Manifest) -> "Forced":
    """What a run of this manifest forces, as the model is told it."""
    from model.state.state import BURN_IN_MONTHS

    return {
        (one["agent"], one["decision"], one["month"] + BURN_IN_MONTHS): one["option"]
        for one in manifest.get("forced", [])
    }


def live_and_keep(
    manifest: Manifest, options: Options, policy: "Policy"
) -> tuple[Path, dict[str, Any]]:
    """The folder and results of a run with forced decisions, lived if it is not there yet.

    `manifest` names what is forced.
    """

    def make() -> Made:
        return made(options.prepare(), policy, options, forced_in(manifest))

    folder, results, _ = kept_or_made(None, False, manifest, "undo_{}", make)
    return folder, results


def check_pair(pair: Pair) -> None:
    """`RunFailed` unless both runs are the same before the month of the decision, forced in one.

    Within its month, answers may stand before the question that they answer.
    """
    before = [
        [(_key(e), e.chosen, e.probabilities) for e in run if e.month < pair.event.month]
        for run in (pair.as_was, pair.undone)
    ]
    if before[0] != before[1]:
        raise RunFailed("The run could not be repeated exactly, so there is nothing to compare.")
    found = _by_key(pair.undone).get(_key(pair.event))
    if found is None or not found.forced or found.chosen != pair.instead:
        raise RunFailed(f"This kind of decision ({pair.event.rule}) cannot be forced.")


def outcome_rows(
    years: int, as_was: Sequence[dict[str, Any]], undone: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Every outcome of the last years in both runs, and the difference of the undone one.

    `as_was` and `undone`: their scoreboards, rows.
    """
    window = last_window(years)
    now = {r["outcome"]: r["value"] for r in undone if _window(r) == window}
    rows = []
    for row in as_was:
        if _window(row) == window:
            about = {key: row[key] for key in ("outcome", "family", "unit", "decimals")}
            pair = row["value"], now[row["outcome"]]
            less = None if None in pair else pair[1] - pair[0]
            rows.append({**about, "as_it_was": pair[0], "undone": pair[1], "difference": less})
    return rows


def _window(row: dict[str, Any]) -> tuple[int, int]:
    return row["first_year"], row["last_year"]


def summary(pair: Pair) -> dict[str, Any]:
    """What differs besides the outcomes, for machines."""
    anyway = pair.came_anyway()

    def both(found: tuple[Event | None, Event | None]) -> dict[str, Any]:
        names = ("as_it_was", "undone")
        return {n: event_row(e) if e else None for n, e in zip(names, found, strict=True)}

    summary: dict[str, Any] = plain({
        "event": event_row(pair.event), "instead": pair.instead,
        "came_anyway": event_row(anyway) if anyway else None,
        "later": [{"month": month, **both((a, b))} for month, a, b in pair.later()],
        "differing_decisions": [both(found) for found in pair.differing()],
        "differing_decisions_of_others": len(pair.of_others()),
    })  # fmt: skip
    return summary
