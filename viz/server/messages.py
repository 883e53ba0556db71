"""What a page may say: every message by what it asks to `do`, its parts and their types.

A message of another form is refused in words, before anything is done with it.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from model.input.errors import InputError

Message = dict[str, Any]
MOST_LISTED = 100
LONGEST_TEXT = 10_000  # characters
LARGEST = 2**53  # up to which a browser counts


class MessageKind(NamedTuple):
    """A type of a part, in words, and how it is known."""

    words: str
    holds: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def _is_whole(value: Any) -> bool:
    return type(value) is int and abs(value) <= LARGEST


def _list_of(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list | tuple) and len(value) <= MOST_LISTED and all(map(holds, value))
    )


TEXT = MessageKind("text", _is_text)
WHOLE = MessageKind("a whole number", _is_whole)
FLAG = MessageKind("true or false", lambda value: isinstance(value, bool))
TEXTS = MessageKind("a list of texts", _list_of(_is_text))
WHOLES = MessageKind("a list of whole numbers", _list_of(_is_whole))
PERSON = {"group": TEXT, "rank": WHOLE, "numbers": WHOLES, "against": TEXT, "on": FLAG}
WISHED = {"policies": TEXTS, "place": TEXT, "patients": WHOLE, "seed": WHOLE, "years": WHOLE}
PARTS: dict[str, dict[str, MessageKind]] = {
    "hello": {"address": TEXT},
    "open": {"address": TEXT},
    "start": WISHED,
    "ack": {"month": WHOLE},
    "play": {"on": FLAG},
    "step": {"by": WHOLE},
    "seek": {"month": WHOLE},
    "speed": {"speed": WHOLE},
    "lever": {"lever": TEXT, "choice": TEXT},
    "card": {"economy": WHOLE, "what": TEXT, "code": TEXT},
    "replicates": {"on": FLAG, "quiet": FLAG},
    "command": {},
    "record": {},
    "contrasts": {},
    "response": {"lever": TEXT},
    "person": PERSON,
    "person_seeds": PERSON,
    "person_heard": {},
}


def checked(message: Any) -> Message:
    """The message itself if a page may say it, else `InputError`. Other parts are left out."""
    if not isinstance(message, Mapping):
        raise InputError("a message must be a record", key="message", value=message)
    asked = message.get("do")
    parts = PARTS.get(asked) if isinstance(asked, str) else None
    if parts is None:
        raise InputError("a page cannot ask for this", key="do", value=repr(asked), allowed=PARTS)
    for name, kind in parts.items():
        if name in message and not kind.holds(message[name]):
            raise InputError(f"this must be {kind.words}", key=f"{asked}.{name}",
                           value=repr(message[name]))  # fmt: skip
    return {"do": asked, **{name: message[name] for name in parts if name in message}}
