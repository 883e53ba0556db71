"""What people write: policies, expressions, studies, levers, seeds and sizes."""

import datetime
import json
import math
import random
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import odd
from fuzzing import Input, Target, check_that

from experiments.studies.study import FOLDER as STUDIES
from experiments.studies.study import TEMPLATE
from experiments.studies.study_check import MOST_RUNS, runs_of
from experiments.studies.sweep_reading import read_study, study_names
from experiments.terminal.output import plain
from model.parameters import load_parameters
from model.policies.policy import Policy, rules_in_force
from model.policies.policy_finding import FOLDER, find_policy, policy_names, read_policy
from model.policies.terms import terms_of, value_of
from model.rules import load_rules, years_with_rules

SHARES = ("share", "risk_up", "risk_down", "corridor", "floor", "bed_day_share")
MOST = {"month": 600, "years": 15, "pence": 10**9, "patient": 10**9, "months": 12, "list": 10**6,
        "pounds": 10**6, "head": 10**9, "youngest": 120, "oldest": 120, "conditions": 13,
        "admissions": 20, "contacts_a_year": 365, "pence_per_enrolled_year": 10**7}  # fmt: skip


@cache
def _preset(name: str) -> str:
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")


@cache
def _policy_fields() -> list[str]:
    """Everything that some preset writes, and some more."""
    found = {"name", "end_month", "minimum_list", "stop_loss_pence", "reserve_share", "moves"}
    for preset in policy_names():
        for table in tomllib.loads(_preset(preset)).values():
            if isinstance(table, list):
                found |= {key for one in table for key in one}
    return sorted(found)


def _policy(luck: random.Random) -> Input:
    preset = luck.choice(policy_names())
    content = tomllib.loads(_preset(preset))
    edits: list[Any] = []
    if luck.random() < 0.8:
        edits += [odd.document_edit(luck, content, _policy_fields())
                  for _ in range(luck.randrange(1, 4))]  # fmt: skip
    else:
        edits += [odd.text_edit(luck) for _ in range(luck.randrange(1, 3))]
    return Input(preset, edits)


def written(base: str, edits: list[Any]) -> tuple[str, dict[str, Any]]:
    """The text of a file after all edits, and what it says if it was edited as a document."""
    content = tomllib.loads(base)
    of_document = [edit for edit in edits if isinstance(edit[1], tuple)]
    for edit in of_document:
        odd.changed(content, edit)
    text = odd.toml_text(content) if of_document else base
    for edit in edits:
        if edit not in of_document:
            text = odd.edited(text, edit)
    return text, content if len(of_document) == len(edits) else {}


def put(text: str) -> Path:
    """A file with this text, outside the working folder."""
    path = Path("..") / "mine.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path


def _feed_policy(given: Input, work: Path) -> None:
    text, content = written(_preset(given.base), given.edits)
    policy = read_policy(put(text))
    if content:
        _says_the_same(policy.model_dump(), content)
    sound_policy(policy)


def _says_the_same(dumped: dict[str, Any], content: dict[str, Any]) -> None:
    """Nothing that was written became something else."""
    for key, found in content.items():
        if isinstance(found, list):
            for one, other in zip(dumped[key], found, strict=True):
                _same_fields(one, other)
        else:
            _same(dumped[key], found, key)


def _same_fields(one: dict[str, Any], other: dict[str, Any]) -> None:
    for name, value in other.items():
        _same(one[name], value, name)


def _same(mine: Any, wrote: Any, key: str) -> None:
    if isinstance(mine, tuple | list):
        check_that(isinstance(wrote, list) and list(mine) == wrote, f"{key}: {wrote!r} -> {mine!r}")
        return
    if isinstance(mine, dict):
        for name, value in wrote.items():
            _same(mine[name], value, f"{key}.{name}")
        return
    numbers = isinstance(mine, int | float) and isinstance(wrote, int | float)
    alike = numbers and isinstance(mine, bool) == isinstance(wrote, bool)
    check_that(
        (alike or type(mine) is type(wrote)) and mine == wrote, f"{key}: {wrote!r} -> {mine!r}"
    )


def sound_policy(policy: Policy) -> None:
    """Whether a policy means something, and whatever reads policies can go on with it."""
    for field, found in policy:
        if isinstance(found, tuple):
            for contract in found:
                for name, value in contract:
                    _sound_term(name, value)
                _ends_after_it_begins(contract)
            shown = [contract.model_dump_json() for contract in found]
            check_that(len(set(shown)) == len(shown), f"{field} twice the same")
        elif field in ("title", "help", "source"):
            check_that(isinstance(found, str) and found.strip(), f"{field} says nothing")
    first, last = years_with_rules()
    for year, month in ((first, 0), (last, 600)):
        for name, value in rules_in_force(year, policy, month).items():
            check_that(name in load_rules(), f"unknown rule {name}")
            check_that(not isinstance(value, float) or math.isfinite(value), f"{name} not finite")
    json.dumps(plain(policy.model_dump(mode="json")), allow_nan=False)
    terms_of(policy)
    check_that(find_policy("status_quo").title in (find_policy("status_quo") + policy).title, "sum")


def _sound_term(name: str, value: Any) -> None:
    if isinstance(value, tuple):
        check_that(len(set(value)) == len(value) or name == "rivals", f"{name} twice the same")
        check_that(value or name in ("of", "rivals", "partners", "conditions"), f"{name} is empty")
        return
    if isinstance(value, bool | str | dict | datetime.date) or value is None:
        return
    check_that(math.isfinite(value), f"{name} is not finite")
    if name.endswith(SHARES):
        check_that(0 <= value <= (1.5 if name == "ceiling_share" else 1), f"{name} is no share")
        return
    most = MOST.get(name, MOST.get(name.rpartition("_")[2]))
    check_that(most is not None, f"{name} has no bounds that this test knows")
    check_that(0 <= value <= most, f"{name} out of bounds")


def _ends_after_it_begins(contract: Any) -> None:
    end = getattr(contract, "end_month", None)
    check_that(end is None or end > contract.start_month, "it ends before it begins")


def _expression(luck: random.Random) -> Input:
    parts: list[str] = []
    for k in range(luck.choice((1, 1, 1, 2, 3))):
        name = odd.name(luck, policy_names())
        parts += [luck.choice(("+", " + ", "+", "++", "")), name] if k else [name]
        if luck.random() < 0.7:
            parts += [luck.choice((":", ":", ":", " : ", "::"))]
            for n in range(luck.choice((1, 1, 2))):
                parts += [","] * bool(n) + _term(luck, name)
    return Input(None, parts)


def _term(luck: random.Random, name: str) -> list[str]:
    known = list(load_rules())
    if name in policy_names():
        known = [*terms_of(_found(name)), *luck.sample(known, 2)]
    term = odd.name(luck, known)
    which = luck.random()
    if which < 0.3 and term in load_rules():
        value = str(luck.choice(load_rules()[term].values).value)
    elif which < 0.5:
        value = f"{luck.random():.2g}"
    else:
        value = odd.number_text(luck) if which < 0.8 else luck.choice(odd.TEXTS)
    return [term, luck.choice(("=", "=", "=", " = ", "==", "")), value]


@cache
def _found(name: str) -> Policy:
    return find_policy.__wrapped__(name)


def _feed_expression(given: Input, work: Path) -> None:
    text = "".join(given.edits)
    policy = find_policy.__wrapped__(text, work)
    sound_policy(policy)
    if "+" not in text and ":" in text:
        for pair in text.partition(":")[2].split(","):
            _has_term(policy, *(part.strip() for part in pair.split("=", 1)))
    if not policy.name.endswith(".toml"):
        again = find_policy.__wrapped__(policy.name, work)
        check_that(again == policy, f"its name means another policy: {policy.name!r}")


def _has_term(policy: Policy, term: str, typed: str) -> None:
    found = [change.set[term] for change in policy.rules if term in change.set]
    found += [getattr(contract, term) for _, table in policy if isinstance(table, tuple)
              for contract in table if hasattr(contract, term)]  # fmt: skip
    check_that(found, f"{term} is lost")
    for value in found[-1:]:
        _same(value, value_of(typed), term)


@cache
def _study_text(name: str) -> str:
    path = TEMPLATE if name == "template" else STUDIES / f"{name}.toml"
    return path.read_text(encoding="utf-8")


STUDY_FIELDS = [
    *("patients", "years", "replicates", "seed", "minds", "decisions", "against", "outcomes"),
    *("levers", "uncertain", "design", "places", "points", "sets", "ensemble", "method"),
    *("handovers.link_effect", "minds.noise", "text", "folder", "low", "high", "values"),
]


def _study(luck: random.Random) -> Input:
    name = luck.choice([*study_names(), "template"])
    content = tomllib.loads(_study_text(name))
    if luck.random() < 0.8:
        edits: list[Any] = [odd.document_edit(luck, content, STUDY_FIELDS)
                            for _ in range(luck.randrange(1, 4))]  # fmt: skip
    else:
        edits = [odd.text_edit(luck) for _ in range(luck.randrange(1, 3))]
    return Input(name, edits)


def _feed_study(given: Input, work: Path) -> None:
    text, content = written(_study_text(given.base), given.edits)
    study = read_study(put(text))
    if content:
        _same_study(study.model_dump(), content)
    check_that(1 <= study.years <= 50, "years")
    check_that(1 <= runs_of(study) <= MOST_RUNS, "runs")
    check_that(study.seed >= 0 and study.seed + study.replicates - 1 < 2**32, "seeds")
    check_that(study.title.strip(), "a title that says nothing")
    for name, values in study.levers.items():
        for value in values if isinstance(values, tuple) else (values,):
            sound_lever(name, value)


def _same_study(dumped: dict[str, Any], content: dict[str, Any]) -> None:
    for key, found in content.items():
        if isinstance(found, dict):
            continue
        mine = list(dumped[key]) if isinstance(dumped[key], tuple) else dumped[key]
        check_that(mine == found and type(mine) is type(found), f"{key}: {found!r} -> {mine!r}")


def sound_lever(name: str, value: float) -> None:
    """Whether a lever is known and the value one that it may have."""
    check_that(name in load_parameters(), f"unknown lever {name}")
    about = load_parameters().entry(name)
    low, high = about.bounds()
    number = isinstance(value, int | float) and not isinstance(value, bool)
    check_that(number and (low <= value <= high or value == about.off), f"{name}: {value!r}")


def _options(luck: random.Random) -> Input:
    levers = [name for name, entry in load_parameters().entries.items() if entry.is_lever]
    edits: list[Any] = []
    for _ in range(luck.randrange(1, 4)):
        key = luck.choice(("levers", "levers", "levers", "without", "seed", "years", "patients",
                           "threads", "minds", "place"))  # fmt: skip
        if key == "levers":
            name = odd.name(luck, [*levers, "calibrated"])
            number = f"{luck.random():.3g}" if luck.random() < 0.3 else odd.number_text(luck)
            edits.append((key, f"{name}{luck.choice(('=', '=', '=', '==', ' = ', ''))}{number}"))
        elif key == "without":
            edits.append((key, odd.name(luck, list(load_parameters().mechanisms()))))
        elif key in ("patients", "minds", "place"):
            known = {"patients": ["all", "300"], "minds": ["inert", "greedy"]}
            edits.append((key, odd.name(luck, known.get(key, ["anyshire", "lakeland"]))))
        else:
            edits.append((key, luck.choice([n for n in odd.NUMBERS if type(n) is int])))
    return Input(None, edits)


def _feed_options(given: Input, work: Path) -> None:
    from experiments.commands.command_options import checked_options

    asked: dict[str, Any] = {"place": "anyshire", "data": None, "patients": None, "years": None,
                             "seed": 0, "threads": 1, "minds": "reasoned",
                             "quick": False}  # fmt: skip
    asked |= {key: value for key, value in given.edits if key not in ("levers", "without")}
    levers = [value for key, value in given.edits if key == "levers"]
    without = [value for key, value in given.edits if key == "without"]
    options = checked_options(**asked, levers=levers, without=without)
    options.parameters()
    for name, value in options.levers.items():
        sound_lever(name, value)
    for text in levers:
        name, _, number = text.partition("=")
        if name.strip() in options.levers and not name.strip().startswith("calibrated"):
            mine = options.levers[name.strip()]
            others = [one for one in levers if one.partition("=")[0].strip() == name.strip()]
            check_that(mine == float(number) or len(others) > 1, f"{text!r} became {mine!r}")
    check_that(1 <= options.years <= 50 and 0 <= options.seed < 2**32, "years or seed")
    check_that(options.patients in (None, "all") or int(options.patients) >= 1, "patients")


TARGETS = [
    Target("policies", _policy, _feed_policy, 240),
    Target("expressions", _expression, _feed_expression, 180),
    Target("studies", _study, _feed_study, 120),
    Target("options", _options, _feed_options, 100),
]
