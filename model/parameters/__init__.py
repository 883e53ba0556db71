"""Every number of the model: value, unit, meaning, and a source or an assumption with a range.

One TOML file a subject lies beside this module, those of how organisations decide beside the
agents. A number is asked for by its full name, `parameters["handovers.lost_between_teams"]`; a
lever is such a name with another value.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any

from agents.choice.numbers import FILES
from model.input.errors import InputError
from model.input.reading import read_toml

FOLDER = Path(__file__).parent
MOST_TIMES = 100  # without a range, a run may set so many times the value
MOST_KNOWN = 64  # results kept for each piece of work
FIELDS = {
    "value",
    "unit",
    "meaning",
    "source",
    "assumption",
    "low",
    "high",
    "mechanism",
    "off",
    "whole",
}


@dataclass(frozen=True)
class Parameter:
    """One number (or table of numbers) with where it comes from.

    A parameter that a whole mechanism hangs on names it (`mechanism`) and says with what value
    (`off`, perhaps outside the range) the mechanism does nothing.
    """

    name: str
    value: Any
    unit: str
    meaning: str
    source: str | None = None
    assumption: str | None = None
    low: float | None = None
    high: float | None = None
    mechanism: str | None = None
    off: float | None = None
    whole: bool = False  # only whole numbers mean something

    @property
    def is_lever(self) -> bool:
        """Whether it is a single number, so that a run may set another value."""
        return isinstance(self.value, int | float)

    def allowed(self) -> str:
        """What values a run may set, in words."""
        low, high = self.bounds()
        off = "" if self.off is None else f", or {self.off:g} (no {self.mechanism})"
        what = "a whole number" if self.whole else "a number"
        return f"{what} from {low:.9g} to {high:.9g}{off} ({self.unit})"

    def bounds(self) -> tuple[float, float]:
        """The least and the largest value that a run may set.

        Without a range: from 0 to 1 for a share, else to many times the value.
        """
        largest = 1.0 if self.unit.startswith("share") else MOST_TIMES * max(abs(self.value), 1)
        return (0.0 if self.low is None else self.low, largest if self.high is None else self.high)

    def checked(self, value: Any, file: str | Path | None = None) -> Any:
        """`value` if it is allowed here, else `InputError`."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        low, high = self.bounds() if self.is_lever else (0.0, 0.0)
        inside = number and (low <= value <= high or value == self.off)  # never if it is no number
        inside = inside and not (self.whole and value != int(value))
        if not (self.is_lever and inside):
            raise InputError(
                "not a usable value", file=file, key=self.name, value=value, allowed=self.allowed()
            )
        return type(self.value)(value) if float(value).is_integer() else float(value)


class Parameters(Mapping[str, Any]):
    """All parameters of a run, read only: `parameters["subject.name"]` gives the value."""

    def __init__(self, entries: dict[str, Parameter]):
        self.entries = entries

    def __getitem__(self, name: str) -> Any:
        return self.entry(name).value

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def entry(self, name: str, file: str | Path | None = None, key: str = "lever") -> Parameter:
        """The parameter `name` with its unit and source; `InputError` (about `key`) if none.

        `file`: in which it was named, for the refusal.
        """
        if name not in self.entries:
            levers = [known for known, entry in self.entries.items() if entry.is_lever]
            raise InputError("no such lever", file=file, key=key, value=name, allowed=levers)
        return self.entries[name]

    def with_values(
        self, values: Mapping[str, Any], file: str | Path | None = None
    ) -> "Parameters":
        """The same parameters with other values for some levers, each checked."""
        changed = dict(self.entries)
        for name, value in values.items():
            entry = self.entry(name, file)
            changed[name] = Parameter(**{**vars(entry), "value": entry.checked(value, file)})
        return Parameters(changed)

    def mechanisms(self) -> dict[str, dict[str, float]]:
        """By mechanism, the values of parameters with which it does nothing."""
        found: dict[str, dict[str, float]] = {}
        for name, entry in self.entries.items():
            if entry.mechanism is not None and entry.off is not None:
                found.setdefault(entry.mechanism, {})[name] = entry.off
        return dict(sorted(found.items()))

    def part(self, subjects: tuple[str, ...]) -> "Parameters":
        """The parameters of some subjects (files) alone; asking for another is an error."""
        return Parameters({k: e for k, e in self.entries.items() if k.split(".")[0] in subjects})

    def hash(self) -> str:
        """A hash of every value, the same on every machine."""
        text = json.dumps({key: self.entries[key].value for key in sorted(self.entries)})
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def once_for[T](*subjects: str) -> Callable[[Callable[[Parameters], T]], Callable[[Parameters], T]]:
    """Work something out once for each set of values of these subjects; it can read no others."""

    def decorate(work: Callable[[Parameters], T]) -> Callable[[Parameters], T]:
        known: dict[str, T] = {}

        @wraps(work)
        def worked_out(parameters: Parameters) -> T:
            read = parameters.part(subjects)
            key = read.hash()
            if key not in known:
                if len(known) >= MOST_KNOWN:
                    known.clear()
                known[key] = work(read)
            return known[key]

        return worked_out

    return decorate


def read_parameter_file(path: Path) -> dict[str, Parameter]:
    """The parameters of one TOML file, named `<file>.<table>`; `InputError` if one is unsound."""
    tables = read_toml(path)
    return {f"{path.stem}.{key}": _parameter(path, key, table) for key, table in tables.items()}


def _parameter(path: Path, key: str, table: Any) -> Parameter:
    name = f"{path.stem}.{key}"
    if not isinstance(table, dict):
        raise InputError("a parameter is a table", file=path, key=name, value=table)
    for field in set(table) - FIELDS:
        raise InputError("no such field", file=path, key=name, value=field, allowed=FIELDS)
    for field in ("value", "unit", "meaning"):
        if field not in table:
            raise InputError(f"the field {field} is missing", file=path, key=name)
    if ("source" in table) == ("assumption" in table):
        raise InputError("needs either a source or an assumption", file=path, key=name)
    if ("mechanism" in table) != ("off" in table):
        raise InputError("mechanism and off must be given together", file=path, key=name)
    entry = Parameter(name=name, **table)
    if "assumption" in table and entry.is_lever and (entry.low is None or entry.high is None):
        raise InputError("an assumption needs a range (low, high)", file=path, key=name)
    if entry.is_lever:
        entry.checked(entry.value, path)
    return entry


@cache
def load_parameters() -> Parameters:
    """All parameters of the model at their central values."""
    entries: dict[str, Parameter] = {}
    for path in [*sorted(FOLDER.glob("*.toml")), *FILES]:
        entries.update(read_parameter_file(path))
    return Parameters(entries)
