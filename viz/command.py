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

from model.parameters import load_parameters
from model.place import named_places
from model.policy_terms import expression_of
from viz.levers import Choice, find_lever
from viz.session import Session
from viz.strings import text
from viz.wishes import Wish, is_named

# Levers that nothing reads before the policy begins: --set, which holds from before, is the same.
READ_SINCE_THE_START = ("budgets.retained_share",)
MOVED = "moved.toml"


@dataclass
class Said:
    """What of the levers moved a command line can say."""

    terms: dict[str, Any] = field(default_factory=dict)  # rules from the start
    later: dict[int, dict[str, Any]] = field(default_factory=dict)  # rules by month
    options: dict[str, str] = field(default_factory=dict)  # by what they set
    lacking: list[str] = field(default_factory=list)  # what cannot be said


def command_of(session: Session, wish: Wish) -> dict[str, Any]:
    """lines: commands; file: what `MOVED` must say, or None; lacking: what they leave out."""
    said = _said(session)
    policies = [_expression(policy, said) for policy in wish.policies]
    options = _world(session, wish) + [word for words in said.options.values()
                                       for word in words.split(" ")]  # fmt: skip
    lines = [_line("run", policy, *options) for policy in policies]
    if len(policies) > 1:
        others = [policy for policy in policies if policy != "status_quo"]
        lines = [_line("compare", *others, "--replicates", "1", *options), *lines]
    return {"lines": lines, "file": _file(said), "name": MOVED, "lacking": said.lacking}


def _said(session: Session) -> Said:
    said, held = Said(), {name: load_parameters()[name] for name in load_parameters()}
    economy = session.watched[0].economy
    later_mind = any(
        find_lever(move.lever).choice(move.choice).mind for move in session.moves if move.month
    )
    for move in session.moves:
        lever = find_lever(move.lever)
        choice = lever.choice(move.choice)
        rules = choice.rules_in(economy)
        if rules:
            where = said.later.setdefault(move.month, {}) if move.month else said.terms
            where.update(rules)
        exact = _set_levers(said, choice, move.month, held) and _set_mind(
            said, choice, move.month, later_mind
        )
        if not exact:
            told = {"lever": lever.title, "choice": choice.label, "month": move.month}
            said.lacking.append(text("share", "lacking").format(**told))
    if said.later:  # one file says all, in the order of months
        said.later = {0: said.terms, **said.later} if said.terms else said.later
        said.terms = {}
    return said


def _set_levers(said: Said, choice: Choice, month: int, held: dict[str, Any]) -> bool:
    """Say what a choice sets of levers; whether that is exactly what happened."""
    exact = True
    for name, value in choice.levers.items():
        if value == held[name]:
            continue
        held[name] = value
        if month == 0 and name in READ_SINCE_THE_START:
            said.options[name] = f"--set {name}={value:g}"
        else:
            exact = False
    return exact


def _set_mind(said: Said, choice: Choice, month: int, later: bool) -> bool:
    if not choice.mind:
        return True
    if month or later:
        return False
    said.options["minds"] = f"--minds {choice.mind}"
    return True


def _expression(policy: str, said: Said) -> str:
    policy = policy_word(policy)
    if said.later:
        return f"{policy}+{MOVED}"
    for rule, value in said.terms.items():
        policy = expression_of(policy, rule, value)
    return policy


def policy_word(policy: str) -> str:
    """A policy as the command line has it; of a file only the name."""
    return policy if is_named(policy) or "+" in policy else Path(policy).name


def place_words(place: str, folder: str = "") -> list[str]:
    """A place as the command line has it; no path of this server. `folder`: its own name."""
    if place not in named_places():
        return ["--place", folder or Path(place).name]
    return ["--place", place, *([] if named_places()[place]["synthetic"] else ["--data", "DIR"])]


def _world(session: Session, wish: Wish) -> list[str]:
    place = place_words(wish.place, session.beginning.setup.place.name)
    return [*place, "--patients", str(session.beginning.setup.patients),
            "--years", str(wish.years), "--seed", str(wish.seed)]  # fmt: skip


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
