"""The address of a page: policy, place, luck, month, levers moved and view, in names.

Whoever opens the address sees the same: the page lives up to that month, moves the same levers in
the same months, and stops there. It carries names and hashes, never a path of the server's machine.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from model.input.errors import InputError
from model.input.plain import whole_of
from model.places.named_places import named_places, place_meant
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.population.person_groups import groups
from viz.scene import levers
from viz.server.page_requests import PageRequest, is_named, page_request_with

VERSION = "1"
NUMBERS = ("patients", "seed", "years")
VIEWS: dict[str, tuple[str, ...]] = {  # what a view may be; booleans are on or off
    "view": ("watch", "person", "contrasts"),
    "colour": ("few", "lost", "regime"),
    "flows": ("on", "off"),
    "catchments": ("on", "off"),
    "big": ("on", "off"),
    "tables": ("on", "off"),
    "keys": ("on", "off"),
    "luck": ("on", "off"),
    "tab": ("events", "levers", "card"),
}
LIFE = ("group", "person", "beside")  # one person: of which group, who, beside which policy
SELECTED = ("body", "site", "practice", "area")
KEYS = ("v", "policy", "place", *NUMBERS, "month", "moved", "at", *LIFE, *VIEWS)
MOST_MOVES, LONGEST = 200, 8_000


class Move(NamedTuple):
    """A lever that is moved before a month is lived; 0 is the first month of the policy."""

    month: int
    lever: str
    choice: str


@dataclass(frozen=True)
class Address:
    """What a page is to show."""

    page_request: PageRequest
    month: int = 0
    moves: tuple[Move, ...] = ()
    view: Mapping[str, str] = field(default_factory=dict)
    at: tuple[str, ...] = ()  # what is selected: its kind and code
    life: Mapping[str, Any] = field(default_factory=dict)  # whom to follow, as a page asks for it


def read_address(query: str, own: PageRequest, data: Path | None = None) -> Address:
    """What the part of an address after "?" asks for; `InputError` names the first that cannot be.

    What it does not say is as in `own`, the wish of the server's own command.
    """
    if len(query) > LONGEST:
        raise InputError("too long", key="address", allowed=f"up to {LONGEST:,} characters")
    asked: dict[str, list[str]] = {}
    for key, value in parse_qsl(query.removeprefix("?"), keep_blank_values=True):
        if key not in KEYS:
            raise InputError("an address has no such part", key="address", value=key, allowed=KEYS)
        asked.setdefault(key, []).append(value)
    last = {key: values[-1] for key, values in asked.items()}
    if last.get("v", VERSION) != VERSION:
        raise InputError("written by another version of the page", key="v", value=last["v"],
                       allowed=VERSION)  # fmt: skip
    page_request = page_request_with(own, _wished(asked, last, own, data))
    return Address(
        page_request,
        _month("month", last.get("month", "0"), 12 * page_request.years),
        _moves(last.get("moved", ""), 12 * page_request.years),
        {key: _one_of(key, last[key], allowed) for key, allowed in VIEWS.items() if key in last},
        _selected(last.get("at", "")),
        _life(last, page_request),
    )


def parts_of(page_request: PageRequest, data: Path | None = None) -> list[list[str]]:
    """The parts of an address that say what is lived: pairs of key and value."""
    policies = [["policy", _token(policy, page_request)] for policy in page_request.policies]
    numbers = [[name, str(getattr(page_request, name))] for name in NUMBERS]
    return [["v", VERSION], *policies, ["place", _place_token(page_request.place, data)], *numbers]


def shown_by(
    address: Address | None, moves: Sequence[Move], page_request: PageRequest, data: Path | None
) -> dict[str, Any]:
    """What a page must know of addresses: the one it shows, and how it writes those to come."""
    return {
        "address": parts_of(page_request, data),
        "views": {key: list(values) for key, values in VIEWS.items()},
        "moves": [list(move) for move in moves],
        "opened": address
        and {"view": dict(address.view), "at": list(address.at), "life": dict(address.life)},
    }


def _wished(
    asked: Mapping[str, Sequence[str]], last: Mapping[str, str], own: PageRequest, data: Path | None
) -> dict[str, Any]:
    wished: dict[str, Any] = {name: last[name] for name in NUMBERS if name in last}
    if "policy" in asked:
        wished["policies"] = [_policy(token, own) for token in asked["policy"]]
    if "place" in last:
        wished["place"] = _place(last["place"], own, data)
    return wished


def _token(policy: str, page_request: PageRequest) -> str:
    """A preset by its name; a file of the server by its name and a hash of what it says."""
    if is_named(policy):
        return policy
    found = find_policy(policy, page_request.folder)
    return f"{found.name}~{_short(found.model_dump_json(exclude={'name'}))}"


def _policy(token: str, own: PageRequest) -> str:
    token = "+".join(token.split())  # a plus sign that somebody typed is read as a blank
    if "~" not in token:
        return token
    for policy in own.policies:
        if _token(policy, own) == token:
            return policy
    raise _not_served("policy", token)


def _place_token(place: str, data: Path | None) -> str:
    if place in named_places():
        return place
    found = find_place(place, data)
    return f"{found.name}~{found.hash()[:8]}"


def _place(token: str, own: PageRequest, data: Path | None) -> str:
    if "~" not in token:
        return token
    name = token.split("~")[0]
    shipped = [place_meant(name, own.folder)] if name in named_places() else []
    for place in (own.place, *shipped):
        if place not in named_places() and _place_token(place, data) == token:
            return place if place == own.place else name
    raise _not_served("place", token)


def _not_served(key: str, token: str) -> InputError:
    name = token.split("~")[0]
    return InputError("this server was not started with the file that the address means", key=key,
                    value=name, allowed=f"a server started with {name}")  # fmt: skip


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _one_of(key: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise InputError("the page has no such view", key=key, value=value, allowed=allowed)
    return value


def _month(key: str, text: str, most: int) -> int:
    return _whole(key, text, most, "no month of these years")


def _whole(key: str, text: str, most: int, problem: str) -> int:
    number = whole_of(text)
    if number is None or not 0 <= number <= most:
        raise InputError(problem, key=key, value=text, allowed=f"a whole number from 0 to {most}")
    return number


def _moves(text: str, months: int) -> tuple[Move, ...]:
    """The moves of "12.tariff.higher,24.choice.one", in the order of months."""
    written = [part for part in text.split(",") if part]
    if len(written) > MOST_MOVES:
        raise InputError("too many moves of levers", key="moved", value=len(written),
                       allowed=f"up to {MOST_MOVES}")  # fmt: skip
    return tuple(sorted((_move(part, months) for part in written), key=lambda move: move.month))


def _move(text: str, months: int) -> Move:
    parts = text.split(".")
    if len(parts) != 3:
        raise InputError("not a lever that was moved", key="moved", value=text,
                       allowed="MONTH.LEVER.CHOICE, such as 12.tariff.higher")  # fmt: skip
    month = _month("moved", parts[0], months - 1)
    return Move(month, parts[1], levers.find_lever(parts[1]).choice(parts[2]).name)


def _life(last: Mapping[str, str], page_request: PageRequest) -> dict[str, Any]:
    """The group, number and other policy of the person to follow, those that are said."""
    said: dict[str, Any] = {}
    if "group" in last:
        said["group"] = _one_of("group", last["group"], list(groups()))
    if "person" in last:
        said["numbers"] = [
            _whole("person", last["person"], page_request.patients - 1, "no such person")
        ]
    if "beside" in last:
        said["against"] = page_request_with(page_request, {"policies": [last["beside"]]}).policies[
            0
        ]
    return said


def _selected(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    what, _, code = text.partition(".")
    return (_one_of("at", what, SELECTED), code)
