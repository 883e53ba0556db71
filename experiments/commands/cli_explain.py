"""The command that asks why: the decisions of a run, and a run without one of them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from experiments.commands.arguments import Data, Json
from experiments.runs.options import MOST_REPLICATES, whole_number
from model.input.errors import InputError


def explain(
    run: Annotated[str, typer.Argument(help="a run folder, or how its name in runs/ begins")],
    agent: Annotated[
        str | None, typer.Option("--agent", help="all decisions of this organisation (its code)")
    ] = None,
    event: Annotated[
        str | None,
        typer.Option("--event", help="the chain of one decision: its number, or a kind's first"),
    ] = None,
    year: Annotated[
        int | None,
        typer.Option(
            "--year",
            help="all that changed something in this year; with --agent: all its decisions in it",
        ),
    ] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="with --event: live the run again without it")
    ] = False,
    option: Annotated[
        str | None, typer.Option("--option", help="with --undo: what to do instead [best other]")
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", help="with --undo: under this many seeds, the run's first")
    ] = 1,
    place: Annotated[
        str | None, typer.Option("--place", help="with --undo: where the place's folder is now")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show why: a run's big decisions, one organisation's, or the chain of one; or undo one."""
    _check_one({"--agent": agent, "--event": event})
    _check_one({"--year": year, "--event": event})
    _check_undo(event, undo, {"--option": option, "--place": place, "--seeds": _more(seeds)})
    from experiments.runs.folders import find_run, manifest_of_run

    folder = find_run(run)
    manifest, results = manifest_of_run(folder)
    from model.stories.events import events_of

    events = events_of(folder)
    if event is None:
        _list(run, (manifest, results), events, agent, year, json)
        return
    from experiments.explanations.explain import event_number

    number = event_number(events, event)
    if undo:
        from experiments.explanations.undo_told import undo_and_tell

        kept = manifest, results, events
        undo_and_tell(run, kept, number, option, seeds, place, data, json)
    else:
        _chain(run, folder, manifest, events, number, json)


def _more(seeds: int) -> int | None:
    """How many seeds, if it is not the one that is meant when nothing is said."""
    most = MOST_REPLICATES
    return whole_number("--seeds", seeds, most) if seeds != 1 else None


def _check_one(asked: dict[str, Any]) -> None:
    if sum(value is not None for value in asked.values()) > 1:
        raise InputError("one thing at a time", key="explain",
                       allowed=f"only one of {', '.join(asked)}")  # fmt: skip


def _check_undo(event: str | None, undo: bool, more: dict[str, Any]) -> None:
    if undo and event is None:
        raise InputError(
            "of which decision is not said", key="--undo", allowed="together with --event EVENT"
        )
    for key, value in more.items():
        if value is not None and not undo:
            raise InputError("only for a run without a decision", key=key, value=value,
                           allowed="together with --event EVENT --undo")  # fmt: skip


def _list(run: str, kept: tuple[dict[str, Any], dict[str, Any]], events: list[Any],
          agent: str | None, year: int | None, json: bool) -> None:  # fmt: skip
    from experiments.explanations import explain as told
    from experiments.runs.runs import print_run_regimes
    from experiments.terminal.output import print_json

    manifest, results = kept
    if agent is not None:
        found = told.events_by(events, manifest, agent, year)
    else:
        found = told.changes_of(events, manifest, year)
    if json:
        print_json("explain", manifest, [told.event_row(event) for event in found])
    elif agent is not None:
        told.print_agent(run, manifest, agent, year, found)
    elif year is not None:
        told.print_year(run, manifest, found, year)
    else:
        told.print_changes(run, manifest, found)
        print_run_regimes(results)


def _chain(run: str, folder: Path, manifest: dict[str, Any], events: list[Any], number: int,
           json: bool) -> None:  # fmt: skip
    from experiments.explanations import explain as told
    from experiments.terminal.output import print_json
    from model.stories.events import bearing_on, event_of

    event = event_of(events, number)
    if not json:
        told.print_event(run, folder, manifest, event, events)
        return
    before, after = ([told.event_row(e) for e in found] for found in bearing_on(event, events))
    print_json("explain", manifest, [told.event_row(event)], before=before, after=after)
