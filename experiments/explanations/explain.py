"""Why things came as they did: the events of a run, one organisation's, or the chain of one."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from experiments.runs.runs import people, plural, with_licences
from experiments.terminal.output import number, print_rows, show, table
from model.input.errors import InputError
from model.input.plain import whole_of
from model.stories import decision_words as words
from model.stories.events import (
    Event,
    answers,
    bearing_on,
    came_to_nothing,
    changes,
    read_table,
    when,
)

MOST_KINDS = 8  # kinds of event that the short list shows of what bears on one thing
BEARING = {
    "monopoly": "Who treats, who holds contracts, what choice is left",
    "fragmentation": "How care is joined",
    "people": "Patients' care",
    "money": "Money alone",
}
MOST_EVENTS = 40  # of one year that are printed
MOST_OWN, MOST_OF_OTHERS = 4, 8  # events before and after that are printed


def events_by(
    events: Sequence[Event], manifest: dict[str, Any], agent: str, year: int | None
) -> list[Event]:
    """All decisions of an agent, in one year or all, in order.

    `InputError` with the nearest code if it took none, or if the run has no such year.
    """
    _check_year(manifest, year)
    agents = sorted({event.agent for event in events})
    if agent not in agents:
        allowed = agents or "no agent: nobody decided anything in this run"
        raise InputError(
            "took no decision in this run", key="--agent", value=agent, allowed=allowed
        )
    return [e for e in events if e.agent == agent and year in (None, e.year)]


def _check_year(manifest: dict[str, Any], year: int | None) -> None:
    years = manifest["years"]
    if year is not None and not 1 <= year <= years:
        raise InputError(
            "the run has no such year", key="--year", value=year, allowed=f"1 to {years}"
        )


def event_number(events: Sequence[Event], asked: str) -> int:
    """The event that is asked for: a number, or a decision's name for its first change.

    `InputError` if nothing of that name was decided.
    """
    number = whole_of(asked)
    if number is not None:
        return number
    alike = [event for event in events if event.rule == asked]
    if not alike:
        rules = sorted({event.rule for event in events})
        allowed = ["a number", *rules] if rules else "none: nobody decided anything"
        raise InputError(
            "no such decision in this run", key="--event", value=asked, allowed=allowed
        )
    return next((event for event in alike if event.is_change), alike[0]).event


def changes_of(events: Sequence[Event], manifest: dict[str, Any], year: int | None) -> list[Event]:
    """What changed something, in one year or all: by year, the biggest first.

    `InputError` if the run has no such year.
    """
    _check_year(manifest, year)
    found = [e for e in changes(events) if year is None or e.year == year]
    return sorted(found, key=lambda e: (e.year, -abs(e.gain), e.event))


def event_row(event: Event) -> dict[str, Any]:
    """An event for machines: also what was done and changed in words, and the gain by it."""
    told = {
        "objects": sorted(event.objects),
        "year": event.year, "did": words.did(event), "effect": words.effect(event),
        "is_change": event.is_change, "gain": event.gain,
        "bears_on": words.bears_on(event.rule),
    }  # fmt: skip
    return {**vars(event), **told}


def header(manifest: dict[str, Any]) -> str:
    """Which run is asked."""
    (policy,) = manifest["policies"]
    lines = [f"{policy} in {manifest['place']['title']}, seed {manifest['seed']},"
             f" {plural(manifest['years'], 'year')}; {people(manifest)}"]  # fmt: skip
    for forced in manifest.get("forced", []):
        decision = f"{forced['agent']}, {forced['decision']}, {when(forced['month'])}"
        lines.append(f"A run in which one decision was forced: {decision}: {forced['option']}")
    return with_licences("\n".join(lines), manifest)


def print_changes(run: str, manifest: dict[str, Any], events: Sequence[Event]) -> None:
    """The short list: what bears on monopoly, fragmentation, people, money; and how to ask on.

    `run`: the folder of the run, as it was typed.
    """
    show(header(manifest))
    for line in ordered(manifest):
        show(line)
    settled = answers(events)  # bids and offers are told by what settled them
    big = [event for event in events if event.event not in settled]
    for what, title in BEARING.items():
        kinds = _kinds(event for event in big if words.bears_on(event.rule) == what)
        in_order = sorted(kinds[:MOST_KINDS], key=lambda kind: kind[0].event)
        print_rows(title, [_short(kind, _short_when(kind[0].month)) for kind in in_order], 4)
        if rest := kinds[MOST_KINDS:]:
            largest = max((sum(e.gain for e in kind) for kind in rest), key=abs)
            show(f"and {plural(sum(map(len, rest)), 'further decision')}, the largest gain among"
                 f" them {number(largest, sign=True)} £/year; --year YEAR has all.")  # fmt: skip
    _print_how_to_read(run, big)


def ordered(manifest: dict[str, Any]) -> list[str]:
    """What the policy itself begins, which nobody in the run decided: a sentence or none."""
    (policy,) = manifest["policies"].values()
    begun = [
        f"{words.ordered(name, terms)} ({_from_until(terms)})"
        for name, several in policy.items()
        if isinstance(several, list)
        for terms in several
        if "start_month" in terms
    ]
    return ["Begun by the policy, decided by nobody here: " + "; ".join(begun) + "."] * bool(begun)


def _from_until(terms: dict[str, Any]) -> str:
    end = terms.get("end_month")
    return when(terms["start_month"]) + (f", to {when(end)}" if end else "")


def _kinds(events: Iterable[Event]) -> list[list[Event]]:
    """Events of a year that are the same choice, in lists.

    What changes who does what comes before steps in what is done all the time, then the kind with
    most at stake.
    """
    alike: dict[tuple[int, str, str], list[Event]] = {}
    for event in events:
        alike.setdefault((event.year, event.rule, event.chosen), []).append(event)
    return sorted(
        alike.values(),
        key=lambda kind: (words.is_routine(kind[0].rule), -sum(abs(e.gain) for e in kind)),
    )


def print_year(run: str, manifest: dict[str, Any], events: Sequence[Event], year: int) -> None:
    """Every change of one year, the biggest first.

    `run`: the folder of the run, as it was typed.
    """
    show(header(manifest))
    print_rows(f"Year {year}", [_short([e], when(e.month)[:3]) for e in events[:MOST_EVENTS]], 4)
    left = len(events) - MOST_EVENTS
    if left > 0:
        show(f"and {left} smaller ones; --json has all.")
    _print_how_to_read(run, events)


def _short(alike: Sequence[Event], month: str) -> dict[str, str]:
    first = alike[0]
    more = f"\nand {len(alike) - 1} more alike" if len(alike) > 1 else ""
    return {
        "event": str(first.event), "when": month,
        "who": first.agent + more, "what it did": words.did(first),
        "gain £/year": number(sum(event.gain for event in alike), sign=True),
    }  # fmt: skip


def _print_how_to_read(run: str, events: Sequence[Event]) -> None:
    if not events:
        show("No decision changed anything.")
        return
    biggest = max(events, key=lambda event: abs(event.gain))
    show(
        "The gain is what the choice was worth to who decided, in its own eyes, above leaving"
        " things as they are (all alike of a year together). A loss can be chosen: organisations"
        " err.",
        f"Everything that changed something in a year:\n"
        f"  joinedup explain {run} --year {biggest.year}\n"
        f"Why did one of them come about?\n  joinedup explain {run} --event {biggest.event}\n"
        f"Would things have gone the same way without it?\n"
        f"  joinedup explain {run} --event {biggest.event} --undo",
    )


def print_agent(
    run: str, manifest: dict[str, Any], agent: str, year: int | None, events: Sequence[Event]
) -> None:
    """Every decision of one organisation (in one year): options, worth, chances and figures."""
    of = f" in year {year}" if year else ""
    show(f"{agent}: {plural(len(events), 'decision')}{of}\n{header(manifest)}",
         "Worth in pounds a year, other motives at their money's worth; > was done.")  # fmt: skip
    for event in events:
        head = f"Event {event.event}, {when(event.month)}: {words.did(event)}"
        head += "; forced" if event.forced else ""
        show(head, options_table(event), *_figures_lines(event))
    if events:
        show(f"More about one of them: joinedup explain {run} --event {events[-1].event}")


def options_table(event: Event) -> Any:
    """Options with their worth and probability; the one that was taken is marked."""
    made = table(["", "option", "worth £/year", "probability"], text_columns=2)
    for option, pounds, probability in zip(
        event.options, event.pounds, event.probabilities, strict=True
    ):
        mark = ">" if option == event.chosen else ""
        made.add_row(*map(Text, (mark, option, number(pounds), number(probability, 3))))
    return made


def _figures_lines(event: Event) -> Iterable[str]:
    if event.figures:
        yield "\n".join(
            f"{words.figure(n, event.rule)}: {_figure(v)}" for n, v in event.figures.items()
        )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value + 0.0:,.4g}"  # no zero below zero


def print_event(
    run: str, folder: Path, manifest: dict[str, Any], event: Event, events: Sequence[Event]
) -> None:
    """The chain of one decision: what was weighed, what it did, what came before and after."""
    show(f"Event {event.event} of {run}\n{header(manifest)}", _who(folder, event))
    show(options_table(event), _chances(event, manifest["minds"]))
    rows = [{"figure it looked at": words.figure(name, event.rule), "value": _figure(value)}
            for name, value in event.figures.items()]  # fmt: skip
    print_rows("", rows, 1)
    show(_freedom(event, manifest))
    for line in _what_came(event, events, manifest):
        show(line)
    before, after = bearing_on(event, events)
    _print_links("What came before", event, before)
    _print_links("What came after", event, after)
    show(_ask_on(run, event))


def _who(folder: Path, event: Event) -> str:
    asked = words.asked_when(event)
    lines = [f"{event.agent}{_kind(folder, event.agent)} decided in {when(event.month)}"
             f" {words.question(event)}. It {words.did(event)}."]  # fmt: skip
    if asked:
        lines.append(f"The question comes up when: {asked}.")
    return "\n".join(lines)


def _kind(folder: Path, agent: str) -> str:
    path = folder / "organisation_year.parquet"
    if not path.is_file():
        return ""
    frame = read_table(path, dict.fromkeys(("organisation", "kind"), "text"))
    frame = frame[["organisation", "kind"]].drop_duplicates()
    kinds = dict(zip(frame["organisation"], frame["kind"], strict=True))
    kind = words.kind(kinds.get(agent, agent))
    return "" if kind == agent else f" ({kind})"


def _chances(event: Event, minds: str) -> str:
    chance = dict(zip(event.options, event.probabilities, strict=True))
    likeliest = max(chance, key=lambda option: chance[option])
    said = f"It would take this option {_percent(chance[event.chosen])} of the time"
    said += (
        "; no other is likelier." if likeliest == event.chosen
        else f"; likelier was {likeliest} ({_percent(chance[likeliest])})."
    )  # fmt: skip
    said += " Worth is in its own eyes, with other motives at their money's worth."
    if minds != "reasoned":
        return f"{said} Organisations had {minds} minds."
    said += " Better options are likelier, not certain"
    if not words.by_habit(event):
        return f"{said}."
    return (
        f"{said}; {event.options[0]} leaves things as they are and may be likelier than its worth"
        " says, by habit."
    )


def _percent(share: float) -> str:
    if 0.0 < share < 0.01 or 0.99 < share < 1.0:
        return "under 1%" if share < 0.5 else "over 99%"
    return f"{100 * share:.0f}%"


def _freedom(event: Event, manifest: dict[str, Any]) -> str:
    if event.forced:
        return "The decision was forced: the run was told what to take, whatever it was worth."
    if event.rule == "award" and event.about in _required_tenders(manifest):
        return (
            "The policy obliges commissioners to invite bids for this contract. Whom to choose,"
            " or nobody, was free."
        )
    return "The decision was free: neither the policy nor the run forced it."


def _required_tenders(manifest: dict[str, Any]) -> set[str]:
    """Pathways that a policy obliges commissioners to put out to tender."""
    return {
        pathway
        for policy in manifest["policies"].values()
        for contract in policy["pathway_contracts"]
        if contract["adoption"] == "required"
        for pathway in contract["pathways"]
    }


def _what_came(event: Event, events: Sequence[Event], manifest: dict[str, Any]) -> Iterable[str]:
    """What changed in the world by it."""
    answered = answers(events).get(event.event, [])
    for answer in answered:
        yield f"What came of it: {answer.agent} {words.did(answer)} (event {answer.event})."
    if not event.is_change:
        yield "What changed by it: nothing. It left things as they were."
    elif came_to_nothing(event, answered):
        yield "What changed by it: nothing."
    else:
        yield _in_effect(event, manifest)


def _in_effect(event: Event, manifest: dict[str, Any]) -> str:
    told = words.effect(event) or "what was decided holds"
    if event.effect_month >= 12 * manifest["years"]:
        return f"What changed by it: nothing yet. After the run's end, {told}."
    return f"What changed by it, from {when(event.effect_month)}: {told}."


def _print_links(title: str, event: Event, found: Sequence[Event]) -> None:
    """The closest of what came before or after: a few of its own decisions, and of others'."""
    if not found:
        show(f"{title}: no decision that bears on it.")
        return
    own = [other for other in found if other.agent == event.agent]
    others = [other for other in found if other.agent != event.agent]
    nearest = sorted(own[:MOST_OWN] + others[:MOST_OF_OTHERS], key=lambda e: e.event)
    rows = [
        {"event": str(e.event), "when": _short_when(e.month), "who": e.agent}
        | {"what it did": words.did(e)}
        for e in nearest
    ]
    print_rows(title, rows, 4)
    if left := len(found) - len(nearest):
        show(f"and {plural(left, 'decision')} further off; --json has all.")


def _short_when(month: int) -> str:
    return f"{when(month)[:3]} y{month // 12 + 1}"


def _ask_on(run: str, event: Event) -> str:
    others = [option for option in event.options if option != event.chosen]
    if not others:
        return "There was no other option, so there is nothing to undo."
    best = event.best_other()
    further = ", ".join(option for option in others if option != best)
    return (
        "Would things have gone the same way otherwise?\n"
        f"  joinedup explain {run} --event {event.event} --undo\n"
        f"does {best} instead" + (f"; --option takes another: {further}." if further else ".")
    )
