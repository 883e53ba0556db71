"""The rules of the NHS as dated, cited data: what held from which day, one file per institution.

A rule is a TOML table in `<institution>/<subject>.toml`, named `institution.subject.rule`. Each of
its values says from which day it held (until `to`, or the next value), in which unit, by which
source and how sure that is: A = read in the source, B = well known, C = a judgement, which needs a
range. A rule with `on_record = true` is kept for completeness: nothing in the model reads it. One
whose value is a word lists the words `allowed`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any

from model.input.errors import InputError
from model.input.reading import read_toml

FOLDER = Path(__file__).parent
RULE_FIELDS = {"unit", "meaning", "values"}
ON_RECORD = "on_record"
ALLOWED = "allowed"
VALUE_FIELDS = {"from", "to", "value", "source", "confidence", "low", "high"}
FIRST_NEEDED = "general_practice.qof."
MOST_TIMES = 100  # a rule may be set to so many times the largest value that it ever had
CONFIDENCES = ("A", "B", "C")


@dataclass(frozen=True)
class Dated:
    """A value with the first and the last day on which it held (None: until it is replaced)."""

    start: date
    end: date | None
    value: Any
    source: str
    confidence: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Rule:
    """What one rule said over the years; values in the order of their dates."""

    name: str
    unit: str
    meaning: str
    values: tuple[Dated, ...]
    on_record: bool = False  # known, and read by nothing in the model
    allowed: tuple[str, ...] = ()  # words that it can be; empty if it is no word

    def on(self, day: date) -> Dated | None:
        """What was in force on a day; None if nothing was."""
        held = [value for value in self.values if value.start <= day]
        return held[-1] if held and (held[-1].end is None or day <= held[-1].end) else None

    def problem_with(self, value: Any) -> str | None:
        """What is wrong with a value that someone gives the rule; None if nothing is."""
        known = [dated.value for dated in self.values]
        if words := {*self.allowed, *(one for one in known if isinstance(one, str))}:
            return None if value in words else f"not one of: {', '.join(sorted(words))}"
        if all(isinstance(one, bool) for one in known):
            return None if isinstance(value, bool) else "neither true nor false"
        if isinstance(value, str | bool) or value != value:
            return "not a number"
        least, most = self._bounds()
        return None if least <= value <= most else f"not a number from {least:,g} to {most:,.0f}"

    def _bounds(self) -> tuple[float, float]:
        if self.unit.startswith("relative change"):  # -1 would leave nothing to reckon with
            return -0.99, 1.0
        known = max(abs(dated.value) for dated in self.values)
        return 0.0, 1.0 if "0 to 1" in self.unit else MOST_TIMES * max(known, 1)

    def changes(self, after: date, until: date) -> list[tuple[date, Any]]:
        """Days after `after`, up to `until`, on which the value changed, and to what (or None)."""
        begins = [value.start for value in self.values]
        ends = [value.end + timedelta(1) for value in self.values if value.end is not None]
        days = sorted({day for day in begins + ends if after < day <= until})
        held = [(day, self.on(day)) for day in days]
        return [(day, dated.value if dated else None) for day, dated in held]


class Rules(Mapping[str, Rule]):
    """Every rule by its name."""

    def __init__(self, rules: Mapping[str, Rule]):
        self.rules = dict(sorted(rules.items()))

    def __getitem__(self, name: str) -> Rule:
        if name not in self.rules:
            raise InputError("no such rule", key="rule", value=name, allowed=self.rules)
        return self.rules[name]

    def __contains__(self, name: object) -> bool:
        return name in self.rules

    def __iter__(self) -> Iterator[str]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def known_days(self) -> tuple[date, date]:
        """The first day on which any rule held; the last of the newest rule's financial year."""
        starts = [dated.start for rule in self.rules.values() for dated in rule.values]
        return min(starts), date(max(starts).year + 1, 3, 31)

    def in_force(self, day: date) -> dict[str, Any]:
        """The value of every rule that was in force on a day."""
        held = {name: rule.on(day) for name, rule in self.rules.items()}
        return {name: dated.value for name, dated in held.items() if dated is not None}


def years_later(day: date, years: int) -> date:
    """The same day some years later; for 29 February the day before it where there is none."""
    if (day.month, day.day) == (2, 29):
        day = day.replace(day=28)
    return day.replace(year=day.year + years)


@cache
def load_rules() -> Rules:
    """All rules, from the files beside this module."""
    return read_rules(FOLDER)


@cache
def rules_of_year(year: int) -> Mapping[str, Any]:
    """The value of every rule in force on 1 April of a year; read only."""
    return MappingProxyType(load_rules().in_force(date(year, 4, 1)))


@cache
def years_with_rules() -> tuple[int, int]:
    """The first and the last year that a place can be of: from the first contract of practices with
    points for quality to the newest rule that is known."""
    rules = load_rules()
    first = min(v.start for name in rules if name.startswith(FIRST_NEEDED)
                for v in rules[name].values)  # fmt: skip
    return first.year, max(value.start for rule in rules.values() for value in rule.values).year


def read_rules(folder: Path) -> Rules:
    """The rules of a folder of institutions; `InputError` names the file and what is wrong."""
    found: dict[str, Rule] = {}
    for path in sorted(folder.glob("*/*.toml")):
        for key, table in read_toml(path).items():
            name = f"{path.parent.name}.{path.stem}.{key}"
            found[name] = _rule(path, name, table)
    return Rules(found)


def _rule(path: Path, name: str, table: Any) -> Rule:
    _check_fields(path, name, table, RULE_FIELDS | {ON_RECORD, ALLOWED}, RULE_FIELDS)
    values = tuple(_dated(path, name, one) for one in table["values"])
    _check_dates(path, name, values)
    return Rule(name, table["unit"], table["meaning"], values, bool(table.get(ON_RECORD, False)),
                tuple(table.get(ALLOWED, ())))  # fmt: skip


def _check_fields(path: Path, name: str, table: Any, known: set[str], needed: set[str]) -> None:
    if not isinstance(table, dict):
        raise InputError("not a table", file=path, key=name, value=table)
    for field in table.keys() - known:
        raise InputError("no such field", file=path, key=name, value=field, allowed=known)
    for field in sorted(needed - table.keys()):
        raise InputError(f"the field {field} is missing", file=path, key=name)


def _dated(path: Path, name: str, one: Any) -> Dated:
    _check_fields(path, name, one, VALUE_FIELDS, {"from", "value", "source", "confidence"})
    if one["confidence"] not in CONFIDENCES:
        raise InputError("no such confidence", file=path, key=name, value=one["confidence"],
                       allowed=CONFIDENCES)  # fmt: skip
    number = isinstance(one["value"], int | float) and not isinstance(one["value"], bool)
    if one["confidence"] == "C" and number and not {"low", "high"} <= one.keys():
        raise InputError("a judgement needs a range (low, high)", file=path, key=name,
                       value=one["value"])  # fmt: skip
    return Dated(one["from"], one.get("to"), one["value"], one["source"], one["confidence"],
                 one.get("low"), one.get("high"))  # fmt: skip


def _check_dates(path: Path, name: str, values: tuple[Dated, ...]) -> None:
    if not values:
        raise InputError("a rule without a value", file=path, key=name)
    for value in values:
        if value.end is not None and value.end < value.start:
            raise InputError("ends before it begins", file=path, key=name, value=value.end)
    for earlier, later in pairwise(values):
        last = earlier.end or earlier.start
        if later.start <= last:
            raise InputError("dates overlap or are out of order", file=path, key=name,
                           value=later.start, allowed=f"after {last}")  # fmt: skip
