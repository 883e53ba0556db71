"""The decisions of a run as numbered events, and which of them bear on one another.

The number of an event is its row in the run's table of decisions, counted from 0: it is the same
every time the run is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agents.choice.deciding import Decision
from model.input.errors import InputError
from model.input.reading import check_file, check_table, read_parquet

DECISIONS = "decisions.parquet"
DECISION_COLUMNS = {
    **dict.fromkeys(("agent", "rule", "about", "chosen"), "text"),
    **dict.fromkeys(("month", "effect_month"), "whole"),
    **dict.fromkeys(("options", "pounds", "probabilities", "figure_names", "figures"), "list"),
    "forced": "flag",
}
MONTHS = (
    "April", "May", "June", "July", "August", "September", "October", "November", "December",
    "January", "February", "March",
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """A decision of a run. Months count from the April in which the policy begins (month 0)."""

    event: int
    month: int
    agent: str
    rule: str
    about: str
    chosen: str
    options: tuple[str, ...]
    pounds: tuple[float, ...]  # worth of each option a year, to who decides
    probabilities: tuple[float, ...]
    figures: dict[str, float]
    forced: bool
    effect_month: int
    objects: frozenset[str] = frozenset()  # what it changes or would, as in model.deciding.objects

    @property
    def year(self) -> int:
        """The year of the policy, from 1."""
        return self.month // 12 + 1

    @property
    def is_change(self) -> bool:
        """Whether anything but leaving things as they are (the first option) was chosen."""
        return self.chosen != self.options[0] or self.rule in ALWAYS_A_CHANGE

    @property
    def gain(self) -> float:
        """Pounds a year by which the choice was worth more than leaving things as they are."""
        return self.pounds[self.options.index(self.chosen)] - self.pounds[0]

    @property
    def subject(self) -> frozenset[str]:
        """What the decision is about by name: pathways, sites, organisations."""
        return frozenset(self.about.split())

    @property
    def matter(self) -> frozenset[str]:
        """All that has a part in it by name: who decided, and what about."""
        return self.subject | {self.agent}

    @property
    def decision(self) -> str:
        """The rule and what it is about, as a run that forces the decision names it."""
        return f"{self.rule} {self.about}".strip()

    def best_other(self) -> str | None:
        """The option worth most to who decided among those not taken; None if there was one."""
        worth = dict(zip(self.options, self.pounds, strict=True))
        worth.pop(self.chosen)
        return max(worth, key=lambda option: worth[option]) if worth else None


def events_of(folder: Path) -> list[Event]:
    """Every decision of a run, in order; `InputError` if the folder holds no run."""
    path = folder / DECISIONS
    frame = read_table(path, DECISION_COLUMNS)
    for number, row in enumerate(frame.to_dict("records")):
        if not _is_decision(row):
            raise InputError(f"damaged: row {number} is no decision", file=path, key="decisions")
    return events_in(frame)


def _is_decision(row: Mapping[str, Any]) -> bool:
    """Whether one of the options was chosen, each is worth something, and figures have names."""
    options, names = list(row["options"]), list(row["figure_names"])
    numbers = [row[key] for key in ("pounds", "probabilities", "figures")]
    texts = all(isinstance(text, str) for text in (*options, *names))
    lengths = [len(options), len(options), len(names)]
    return (
        texts and row["chosen"] in options and [len(found) for found in numbers] == lengths
        and all(np.asarray(found).dtype.kind in "iuf" for found in numbers if len(found))
    )  # fmt: skip


def read_table(path: Path, columns: Mapping[str, str]) -> Any:
    """A table of a run's folder; `InputError` if it is not there, or has not these columns."""
    if path.is_symlink():
        raise InputError("a link: it is not followed", file=path)
    check_file(path, f"no {path.stem} here: not the folder of a run")
    frame = read_parquet(path)
    check_table(frame, columns, path)
    return frame


def events_in(frame: Any) -> list[Event]:
    """The events of a table of decisions."""
    return [_event(number, row) for number, row in enumerate(frame.to_dict("records"))]


def _event(number: int, row: dict[str, Any]) -> Event:
    figures = zip(row["figure_names"], map(float, row["figures"]), strict=True)
    return Event(
        event=number, month=int(row["month"]), agent=row["agent"], rule=row["rule"],
        about=row["about"], chosen=row["chosen"], options=tuple(row["options"]),
        pounds=tuple(map(float, row["pounds"])),
        probabilities=tuple(map(float, row["probabilities"])),
        figures=dict(figures), forced=bool(row["forced"]), effect_month=int(row["effect_month"]),
        objects=frozenset(row.get("objects", ())),  # runs of old have none
    )  # fmt: skip


def event_from(number: int, decision: Decision, start_month: int) -> Event:
    """A decision as the event of this number; the policy began in `start_month` of the run."""
    told = {name: getattr(decision, name) for name in TOLD_ALIKE}
    month, effect = decision.month - start_month, decision.effect_month - start_month
    return Event(
        event=number, month=month, effect_month=effect, figures=dict(decision.figures),
        objects=frozenset(decision.objects), **told,
    )  # fmt: skip


TOLD_ALIKE = (
    "agent", "rule", "about", "chosen", "options", "pounds", "probabilities", "forced",
)  # fmt: skip


def event_of(events: Sequence[Event], number: int) -> Event:
    """The event of a number; `InputError` if the run has none."""
    if not 0 <= number < len(events):
        allowed = f"0 to {len(events) - 1}" if events else "none: nobody decided anything"
        raise InputError("the run has no such event", key="--event", value=number, allowed=allowed)
    return events[number]


def when(month: int) -> str:
    """A month of a run in words: month 0 is the April in which the policy begins."""
    return f"{MONTHS[month % 12]} of year {month // 12 + 1}"


ANSWERED_BY = {  # what is only asked for, and whose answers of the same month decide it
    "bid": ("award",),
    "services_offer": ("provider_split",),
    "future": ("merger_offer",),
    "practice_takeover": ("practice_takeover_offer",),
    "trust_merger": ("trust_merger_offer", "merger_review"),
    "trust_merger_offer": ("merger_review",),
    "merger_support": ("trust_merger_offer", "merger_review"),
    "merger_direction": ("trust_merger_offer", "merger_review"),
    "failing_trust_offer": ("trust_failure",),
    "site_closing": ("site_review",),
    "site_offer": ("site_fate",),
}


ALWAYS_A_CHANGE = ("provider_split",)  # whatever is chosen, nothing stays as it was
FOR_OTHERS = ("merger_support", "merger_direction")  # about two, one of whom answers the other
CHOSEN_AMONG = (
    "bid",
    "services_offer",
    "failing_trust_offer",
    "site_offer",
)  # what others offer, too


def answers(events: Sequence[Event]) -> dict[int, list[Event]]:
    """By the number of a bid or an offer: the decisions of others on which it depended."""
    by_month: dict[int, list[Event]] = {}
    for event in events:
        by_month.setdefault(event.month, []).append(event)
    found = {}
    for event in events:
        if event.is_change and event.rule in ANSWERED_BY:
            by_subject = event.rule in (*CHOSEN_AMONG, *FOR_OTHERS)
            parties = event.subject if by_subject else event.matter
            rules = ANSWERED_BY[event.rule]
            found[event.event] = [
                other for other in by_month[event.month]
                if other.rule in rules and parties <= other.matter
            ]  # fmt: skip
    return {number: several for number, several in found.items() if several}


def came_to_nothing(event: Event, answered: Sequence[Event]) -> bool:
    """Whether a bid lost, or an offer was refused or forbidden."""
    if event.rule in CHOSEN_AMONG:
        return any(answer.chosen != event.agent for answer in answered)
    return any(not answer.is_change for answer in answered)


def changes(events: Sequence[Event]) -> list[Event]:
    """The events that changed something: not those that kept things, lost bids, refused offers."""
    answered = answers(events)
    return [e for e in events if e.is_change and not came_to_nothing(e, answered.get(e.event, []))]


SAME_MATTER, SAME_QUESTION, NEAR_MATTER, SAME_AGENT = range(4)


def closeness(event: Event, other: Event) -> int | None:
    """How closely another decision bears on an event, 0 the closest; None if it does not.

    Two that name what they change bear on one another if that is one contract, list or line, or if
    one body decided both; not for a name in common, as another commissioner's contract for the same
    pathway has. Else the same matter is one in which either decision's subject is a part of the
    other: an offer and its answer, a review and what is reviewed.
    """
    if event.objects & other.objects:
        return SAME_MATTER if event.agent != other.agent else SAME_QUESTION
    apart = bool(event.objects and other.objects)
    ours = event.subject <= other.matter | {other.chosen}  # a bidder that is chosen, too
    theirs = other.subject <= event.matter | {event.chosen}
    same_agent = event.agent == other.agent
    if apart and not same_agent:
        return None
    if ours and theirs and event.matter & other.matter and not same_agent:
        return SAME_MATTER
    if (event.agent, event.decision) == (other.agent, other.decision):
        return SAME_QUESTION
    if same_agent:
        return SAME_AGENT
    near = (event.subject and ours) or (other.subject and theirs)
    return NEAR_MATTER if near else None


#: What is asked of others in the month of a decision, beside its answers (`ANSWERED_BY`).
ASKED_BY_IT = {
    "tender": ("bid",),
    "award": ("delivery",),
    "site_closing": ("site_review",),
    "administration": ("site_offer", "site_fate"),
}


def leads_to(earlier: str, later: str) -> bool:
    """Whether a decision of one rule leads to one of another within a month."""
    follow = {*ANSWERED_BY.get(earlier, ()), *ASKED_BY_IT.get(earlier, ())}
    return later in follow or any(leads_to(rule, later) for rule in follow - {earlier})


def could_bear_on(earlier: Event, later: Event) -> bool:
    """Whether who decided `later` could know of `earlier`, which has a lower number.

    Organisations decide at once within a month, each question as the world was when it began: of
    that month count only decisions that are put to one or that answer it, and its own on the same
    thing.
    """
    own = earlier.agent == later.agent and bool(earlier.objects & later.objects)
    return earlier.month < later.month or own or leads_to(earlier.rule, later.rule)


def bearing_on(event: Event, events: Sequence[Event]) -> tuple[list[Event], list[Event]]:
    """What bears on an event before it, and after it: the closest first, then the nearest in time.

    Of what is not on the same matter, only what changed something. What was decided in the same
    month, unasked, bears on nothing yet.
    """
    changed = {other.event for other in changes(events)}
    ranked = [
        (close, abs(other.month - event.month), other.event)
        for other in events
        if other.event != event.event
        and could_bear_on(*sorted((event, other), key=lambda e: e.event))
        and (close := closeness(event, other)) is not None
        and (close <= SAME_QUESTION or other.event in changed)
    ]
    order = [number for _, _, number in sorted(ranked)]
    before = [events[number] for number in order if number < event.event]
    return before, [events[number] for number in order if number > event.event]
