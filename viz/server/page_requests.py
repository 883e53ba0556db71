"""What a page may be asked to show, and how much of it one session may have."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model.input.errors import InputError
from model.places.named_places import check_place, named_places, place_meant
from model.policies.policy_finding import find_policy, policy_names
from model.policies.terms import split_expression
from model.sizes import PATIENTS

MOST_PATIENTS = 100_000  # simulated in one session
LONGEST_YEARS, LARGEST_SEED = 50, 2**32 - 1
MOST_POLICIES = 2
EVERYBODY = "*"  # among the commissioners of a place that is the whole country
CLOSE = {"do": "close"}  # this very object is what a runner is asked last; no page can say it


@dataclass(frozen=True)
class PageRequest:
    """What is to be watched. `folder` is where paths of policy files begin; `sweep` is the folder
    whose contrasts can be seen beside.

    `place` and `policies` of the server's own command may be paths; those of a page are names.
    """

    policies: tuple[str, ...] = ("status_quo",)
    place: str = "anyshire"
    patients: int = PATIENTS
    seed: int = 0
    years: int = 10
    folder: Path = Path()
    sweep: Path | None = None


def page_request_with(own: PageRequest, message: Mapping[str, Any]) -> PageRequest:
    """The server's own wish with what a page asks for; `InputError` if it names what is not
    there."""
    asked = [str(policy) for policy in message.get("policies", own.policies)]
    if not 1 <= len(asked) <= MOST_POLICIES:
        raise InputError(
            "a page shows one or two policies", key="policies", value=len(asked), allowed="1 or 2"
        )
    page_request = replace(
        own,
        policies=tuple(_policy(own, policy) for policy in asked),
        place=_place(own, str(message.get("place", own.place))),
        seed=_whole("seed", message.get("seed", own.seed), 0, LARGEST_SEED),
        years=_whole("years", message.get("years", own.years), 1, LONGEST_YEARS),
        patients=_whole("patients", message.get("patients", own.patients), 1, MOST_PATIENTS),
    )
    for policy in page_request.policies:
        find_policy(policy, page_request.folder)
    return page_request


def is_named(policy: str) -> bool:
    """Whether an expression is made of presets (and terms) alone, without any file."""
    return _unknown(policy) is None


def _unknown(policy: str) -> str | None:
    names = (split_expression(part.strip())[0] for part in policy.split("+"))
    return next((name for name in names if name not in policy_names()), None)


def _policy(own: PageRequest, policy: str) -> str:
    if policy not in own.policies and (name := _unknown(policy)) is not None:
        raise InputError("no such policy", key="policy", value=name, allowed=policy_names())
    return policy


def places() -> dict[str, str]:
    """Titles of the named places that a page can show: all but the whole country."""
    return {
        name: entry["title"]
        for name, entry in named_places().items()
        if EVERYBODY not in entry["commissioners"]
    }


def places_with(data: Path | None) -> dict[str, str]:
    """Titles of those that can be shown with what there is of published statistics."""
    return {name: title for name, title in places().items() if _is_there(name, data)}


def _is_there(place: str, data: Path | None) -> bool:
    try:
        check_place(place, data)
    except InputError:
        return False
    return True


def _place(own: PageRequest, place: str) -> str:
    """The name of a place; or the path of its folder, which holds before a shipped place."""
    if place != own.place and place not in named_places():
        raise InputError("no such place", key="place", value=place, allowed=named_places())
    place = place_meant(place, own.folder)
    if place in named_places() and place not in places():
        raise InputError("too large to be watched; `joinedup run` lives it", key="place",
                       value=place, allowed="another of `joinedup list places`")  # fmt: skip
    return place


def _whole(key: str, value: Any, least: int, most: int) -> int:
    allowed = f"a whole number from {least:,} to {most:,}"
    if isinstance(value, bool | float):
        raise InputError("not a whole number", key=key, value=value, allowed=allowed)
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise InputError("not a number", key=key, value=value, allowed=allowed) from None
    if not least <= number <= most:
        raise InputError("out of range", key=key, value=value, allowed=allowed)
    return number
