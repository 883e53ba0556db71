"""The command line that lives the same run as a page, levers that were moved included.

Rules that were changed are said exactly: from the start as terms of the policy, later in a small
policy file that is added to it. What holds from the middle of a run only has no option; it is said
to be left out.
"""

import json
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.places.named_places import named_places
from model.policies.policy_finding import find_policy
from model.policies.terms import expression_of, terms_of
from model.stories.events import when
from viz.scene.levers import Choice, find_lever
from viz.server.page_requests import PageRequest, is_named
from viz.server.strings import text
from viz.session.session import Session

MOVED = "moved.toml"


@dataclass
class Said:
    """What of the levers moved a command line can say."""

    rules: dict[str, Any] = field(default_factory=dict)  # from the start
    terms: dict[str, float] = field(default_factory=dict)  # of contracts, from the start
    later: dict[int, dict[str, Any]] = field(default_factory=dict)  # rules by month
    options: dict[str, str] = field(default_factory=dict)  # by what they set
    lacking: list[str] = field(default_factory=list)  # what cannot be said


def command_of(session: Session, page_request: PageRequest) -> dict[str, Any]:
    """lines: commands; file: what `MOVED` must say, or None; lacking: what they leave out."""
    said = _said(session)
    policies = [_expression(policy, said, page_request.folder) for policy in page_request.policies]
    options = _world(session, page_request) + [word for words in said.options.values()
                                       for word in words.split(" ")]  # fmt: skip
    lines = [_line("run", policy, *options) for policy in policies]
    if len(policies) > 1:
        others = [policy for policy in policies if policy != "status_quo"]
        lines = [_line("compare", *others, "--replicates", "1", *options), *lines]
    return {"lines": lines, "file": _file(said), "name": MOVED, "lacking": said.lacking}


def _said(session: Session) -> Said:
    said, economy = Said(), session.watched[0].economy
    later = [find_lever(m.lever).choice(m.choice) for m in session.moves if m.month]
    later_mind = any(choice.mind for choice in later)
    for move in session.moves:
        lever = find_lever(move.lever)
        choice = lever.choice(move.choice)
        parts = (
            _set_rules(said, choice.rules_in(economy), move.month),
            _set_terms(said, session, choice, move.month),
            _set_mind(said, choice, move.month, later_mind),
        )
        if not all(parts):
            told = {"lever": lever.title, "choice": choice.label, "month": when(move.month)}
            said.lacking.append(text("share", "lacking").format(**told))
    if said.later:  # one file says all, in the order of months
        said.later = {0: said.rules, **said.later} if said.rules else said.later
        said.rules = {}
    return said


def _set_rules(said: Said, rules: dict[str, Any], month: int) -> bool:
    """Say rules; whether that is exactly what happened: none can be said not to be there."""
    known = {name: value for name, value in rules.items() if value is not None}
    if known:
        (said.later.setdefault(month, {}) if month else said.rules).update(known)
    return known == rules


def _set_terms(said: Said, session: Session, choice: Choice, month: int) -> bool:
    """Say terms of contracts, of which nothing need be said where no policy has them."""
    had = {name for watched in session.watched for name in terms_of(watched.policy)}
    if had.isdisjoint(choice.terms):
        return True
    if not month:
        said.terms |= choice.terms
    return not month


def _set_mind(said: Said, choice: Choice, month: int, later: bool) -> bool:
    if not choice.mind:
        return True
    if month or later:
        return False
    said.options["minds"] = f"--minds {choice.mind}"
    return True


def _expression(policy: str, said: Said, folder: Path) -> str:
    parts = [_with_terms(part, said, folder) for part in policy.split("+")]
    if said.later:
        return "+".join([*parts, MOVED])
    for rule, value in said.rules.items():
        parts[-1] = expression_of(parts[-1], rule, value)
    return "+".join(parts)


def _with_terms(part: str, said: Said, folder: Path) -> str:
    """One of the policies that are added up, with the terms that it has and a lever moved."""
    known = terms_of(find_policy(part, folder)) if said.terms else {}
    part = policy_word(part)
    for term in said.terms.keys() & known.keys():
        part = expression_of(part, term, said.terms[term])
    return part


def policy_word(policy: str) -> str:
    """A policy as the command line has it; of a file only the name."""
    return policy if is_named(policy) or "+" in policy else Path(policy).name


def place_words(place: str, folder: str = "") -> list[str]:
    """A place as the command line has it; no path of this server. `folder`: its own name."""
    if place not in named_places():
        return ["--place", folder or Path(place).name]
    return ["--place", place, *([] if named_places()[place]["synthetic"] else ["--data", "DIR"])]


def _world(session: Session, page_request: PageRequest) -> list[str]:
    place = place_words(page_request.place, session.beginning.setup.place.name)
    return [*place, "--patients", str(session.beginning.setup.patients),
            "--years", str(page_request.years), "--seed", str(page_request.seed)]  # fmt: skip


def _line(command: str, *words: str) -> str:
    return " ".join(["uv run joinedup", command, *(shlex.quote(word) for word in words)])


def _file(said: Said) -> str | None:
    """A policy file that changes the rules when they were changed."""
    if not said.later:
        return None
    head = [f"{key} = {json.dumps(text('share', f'file_{key}'))}"
            for key in ("title", "help", "source")]  # fmt: skip
    parts = ["\n".join(head)]
    for month, rules in sorted(said.later.items()):
        values = [f'"{name}" = {json.dumps(value)}' for name, value in rules.items()]
        parts.append("\n".join(["[[rules]]", f"start_month = {month}", "[rules.set]", *values]))
    return "\n\n".join(parts) + "\n"
