"""What a decision was about, in words that need no knowledge of the model's names."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from model.stories.events import Event

ANY_OTHER = "*"
BEARS_ON = ("monopoly", "fragmentation", "people", "money")
CODE = re.compile(r"[\w-]+")


@cache
def words() -> dict[str, Any]:
    """The words of every rule, and of figures, kinds of organisation and pathways."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def question(event: Event) -> str:
    """What was decided, as the object of "decided"."""
    about = f" about {event.about}" if event.about else ""
    told = words().get(event.rule, {}).get("question")
    return _filled(told, event, event.chosen) if told else f"{_plain(event.rule)}{about}"


def asked_when(event: Event) -> str:
    """When this question comes up, or nothing."""
    asked: str = words().get(event.rule, {}).get("asked", "")
    return asked


def did(event: Event, option: str | None = None) -> str:
    """What was done, after the name of who did it; or what `option` would have been."""
    option = option or event.chosen
    about = f" about {event.about}" if event.about else ""
    told = _of_option(event, "did", option)
    told = told or f"decided {_plain(event.rule)}{about}: {_plain(option)}"
    stayed = option == event.options[0] and words().get(event.rule, {}).get("stays", False)
    return f"{told}, as before" if stayed else told


def had_done(event: Event, option: str) -> str:
    """What `option` would have been, after "if it had"."""
    told = did(event, option)
    for past, participle in words()["participles"].items():
        if told.startswith(f"{past} "):
            said: str = participle + told.removeprefix(past)
            return said
    return told


def is_routine(rule: str) -> bool:
    """Whether decisions of the rule are steps in what is done all the time."""
    return bool(words().get(rule, {}).get("routine", False))


def bears_on(rule: str) -> str:
    """What decisions of the rule move first: monopoly, fragmentation, people or money."""
    bearing: str = words().get(rule, {}).get("bears_on", BEARS_ON[-1])
    return bearing


def with_names(sentence: str, names: Mapping[str, str]) -> str:
    """The sentence with the names of organisations and sites instead of their codes."""
    return CODE.sub(lambda match: names.get(match[0], match[0]), sentence)


def by_habit(event: Event) -> bool:
    """Whether leaving things as they are has a weight of its own; some decisions start afresh."""
    habit: bool = words().get(event.rule, {}).get("habit", True)
    return habit


def effect(event: Event) -> str:
    """What is so once it takes effect; nothing if things stay as they are or it is not known."""
    return _of_option(event, "effect", event.chosen) if event.is_change else ""


def figure(name: str, rule: str = "") -> str:
    """What a figure is that was recorded with a decision of this rule."""
    known = words()["figures"] | words().get(rule, {}).get("figures", {})
    if name in known:
        said: str = known[name]
        return said
    for start, told in known.items():
        if start.endswith("_") and name.startswith(start):
            said = told.format(rest=name.removeprefix(start))
            return said
    return _plain(name)


def kind(name: str) -> str:
    """What kind of organisation it is."""
    word: str = words()["kinds"].get(name, _plain(name))
    return word


def ordered(name: str, terms: Mapping[str, Any]) -> str:
    """What the terms of a policy begin; `name` is the policy's field that holds them."""
    told = words()["ordered"].get(name, "")
    told = told.get(terms.get("adoption", "*"), "") if isinstance(told, dict) else told
    parts = [_named(part) for key in ("pathways", "kinds") for part in terms.get(key, ())]
    return told.format(parts=", ".join([*parts, *_rules_of(terms)])) or _plain(name)


def _rules_of(terms: Mapping[str, Any]) -> list[str]:
    """The rules that terms change, with what they say then."""
    day = f" as on {terms['as_of']}" if terms.get("as_of") else ""
    onwards = ", and as they changed from then" if terms.get("moves") else ""
    dated = [f"{name}{day}{onwards}" for name in terms.get("of", ())]
    return dated + [f"{name} = {_typed(value)}" for name, value in terms.get("set", {}).items()]


def _typed(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def ended(name: str) -> str:
    """What ends with the terms of a policy; `name` is the policy's field that holds them."""
    said: str = words()["ended"].get(name, f"{_plain(name)} end")
    return said


def _named(name: str) -> str:
    word: str = words()["pathways"].get(name, _plain(name))
    return word


def _of_option(event: Event, what: str, option: str) -> str:
    told = words().get(event.rule, {}).get(what, {})
    return _filled(told.get(option, told.get(ANY_OTHER, "")), event, option)


def _filled(text: str, event: Event, option: str) -> str:
    first, _, second = event.about.partition(" ")
    return text.format(
        agent=event.agent, chosen=option, about=event.about, first=first, where=second,
        pathway=_named(first),
    )  # fmt: skip


def _plain(name: str) -> str:
    return name.replace("_", " ")
