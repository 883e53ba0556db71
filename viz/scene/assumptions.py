"""What a number of the page rests on: the parameters and mechanisms declared for its chart."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from model.parameters import Parameter, Parameters

THE_REST = "decisions"  # the group of mechanisms that are named in no other
LONGEST_TABLE = 6  # entries of a table of numbers that are shown


@cache
def declared() -> dict[str, dict[str, Any]]:
    """By group: outcomes, how, mechanisms, parameters, as assumptions.toml has them."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def assumptions_of(parameters: Parameters) -> dict[str, Any]:
    """groups as declared; by name, every parameter that a group names, and every mechanism."""
    groups, known = declared(), parameters.mechanisms()
    names = {name for group in groups.values() for name in group["parameters"]}
    named = {name for group in groups.values() for name in group["mechanisms"]}
    last = groups[THE_REST]
    rest = {**last, "mechanisms": [*last["mechanisms"], *sorted(set(known) - named)]}
    return {
        "groups": {**groups, THE_REST: rest},
        "parameters": {name: _entry(parameters.entry(name)) for name in sorted(names)},
        "mechanisms": {name: _hinges(parameters, off) for name, off in known.items()},
    }


def _hinges(parameters: Parameters, off: dict[str, float]) -> list[dict[str, Any]]:
    """The parameters that a mechanism hangs on, and the value with which it does nothing."""
    return [
        {"name": name, "off": value, "meaning": parameters.entry(name).meaning}
        for name, value in off.items()
    ]


def _entry(entry: Parameter) -> dict[str, Any]:
    return {
        "value": entry.value if entry.is_lever else _table(entry.value),
        "unit": entry.unit,
        "meaning": entry.meaning,
        "source": entry.source,
        "assumption": entry.assumption,
        "low": entry.low,
        "high": entry.high,
        "lever": entry.is_lever,
        "mechanism": entry.mechanism,
    }


def _table(value: Any) -> str:
    """The first entries of a table of numbers, in words."""
    rows = list(value.items()) if isinstance(value, dict) else list(enumerate(value, start=1))
    shown = [f"{key}: {_number(item)}" for key, item in rows[:LONGEST_TABLE]]
    return "; ".join(shown) + ("; …" if len(rows) > LONGEST_TABLE else "")


def _number(item: Any) -> str:
    if isinstance(item, list | tuple):
        return ", ".join(str(part) for part in item)
    return str(item)
