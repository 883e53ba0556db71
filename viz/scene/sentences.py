"""What happens, in sentences: decisions, beginnings of the policy, levers that were moved."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from model.policies.policy import Policy
from model.stories import decision_words as words
from model.stories.decision_words import with_names as named
from model.stories.events import ANSWERED_BY, Event, answers, changes, when
from viz.server.strings import text


def told(events: Sequence[Event], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The events of a month that changed something, as the page lists them.

    What changes who does what comes before steps in what is done all the time, the biggest first;
    what is asked for comes before its answers, and both are told together.
    """
    chains = sorted(chains_of(changes(events)), key=lambda chain: min(map(weight, chain)))
    return [row_of(event, names, chain) for chain in chains for event in chain]


def chains_of(events: Sequence[Event]) -> list[list[Event]]:
    """Questions together with their answers, in the order in which they were decided."""
    first = {event.event: event.event for event in events}
    for question, several in answers(events).items():
        joined = {first[question], *(first[answer.event] for answer in several)}
        first = {e: min(joined) if known in joined else known for e, known in first.items()}
    chains: dict[int, list[Event]] = {}
    for event in sorted(events, key=lambda event: event.event):
        chains.setdefault(first[event.event], []).append(event)
    return list(chains.values())


def weight(event: Event) -> tuple[bool, bool, float, int]:
    """By what events are put in order: the smaller, the earlier it is told."""
    asks = event.rule in ANSWERED_BY  # a bid or an offer: what settled it says more
    return words.is_routine(event.rule), asks, -abs(event.gain), event.event


def row_of(event: Event, names: Mapping[str, str], chain: Sequence[Event] = ()) -> dict[str, Any]:
    """A decision as the page lists it; `with` tells it from the same with other answers."""
    return {
        "event": event.event,
        "month": event.month,
        "when": when(event.month),
        "agent": event.agent,
        "rule": event.rule,
        "who": names.get(event.agent, event.agent),
        "did": named(words.did(event), names),
        "why": reason(event, names),
        "then": named(words.effect(event), names),
        "weight": abs(event.gain),
        "with": " ".join(f"{one.agent} {one.rule} {one.chosen}" for one in chain[1:]),
    }


def reason(event: Event, names: Mapping[str, str]) -> str:
    """What the choice was worth to who made it, beside leaving things as they were.

    Beside the best of what else could be done, if that is what was chosen.
    """
    first = event.options[0]
    other = first if event.chosen != first else event.best_other()
    if other is None:
        return text("events", "only")
    worth = dict(zip(event.options, event.pounds, strict=True))
    gain = worth[event.chosen] - worth[other]
    key = "worth_more" if gain >= 0 else "worth_less"
    had = named(words.had_done(event, other), names)
    return text("events", key).format(pounds=pounds(abs(gain)), other=had)


def pounds(amount: float) -> str:
    """Pounds as they are said: £1.2m, £34k, £560."""
    if amount >= 1e6:
        return f"£{amount / 1e6:.1f}m"
    return f"£{amount / 1e3:.0f}k" if amount >= 1e3 else f"£{amount:.0f}"


def begun(policy: Policy, month: int) -> list[dict[str, Any]]:
    """What the policy itself begins or ends in a month, which nobody decided."""
    return [
        _plain(month, text("events", "policy"), sentence, "policy")
        for sentence in _beginnings(policy, month)
    ]


def _beginnings(policy: Policy, month: int) -> Iterable[str]:
    for name, several in policy.model_dump(mode="json").items():
        for terms in several if isinstance(several, list) else ():
            if isinstance(terms, dict) and terms.get("start_month") == month:
                yield words.ordered(name, terms)
            if isinstance(terms, dict) and terms.get("end_month") == month:
                yield words.ended(name)


def moved(month: int, title: str, label: str) -> dict[str, Any]:
    """A lever that somebody moved on the page, from a month on."""
    return _plain(month, text("events", "you"), f"{title}: {label}", "lever")


def shortened(rows: list[dict[str, Any]], month: int, most: int) -> list[dict[str, Any]]:
    """The first rows of a month, and how many more there are.

    `most`: rows that are shown.
    """
    if len(rows) <= most:
        return rows
    left = len(rows) - most
    said = text("events", "unlisted").format(n=left)
    return [
        *rows[:most],
        _plain(month, text("events", "rest"), said, "rest") | {"stands_for": left},
    ]


def _plain(month: int, who: str, did: str, rule: str) -> dict[str, Any]:
    return {"event": -1, "month": month, "when": when(max(month, 0)), "agent": "", "rule": rule,
            "who": who, "did": did, "why": "", "then": "", "weight": 0.0, "with": ""}  # fmt: skip
