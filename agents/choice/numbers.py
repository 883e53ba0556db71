"""Numbers of how organisations decide: central values from the files beside this module.

`decisions.toml` has inertia, noise and delay of each decision, `sizes.toml` the organisations for
which pounds are written, `options.toml` what may be chosen by degrees, `beliefs.toml` and
`traits.toml` what those who decide believe and how they differ. A run may have others: whoever
holds a mapping from full names (`options.bid_2_percent_below`) to values reads its own.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILES = tuple(sorted(Path(__file__).parent.glob("*.toml")))

Numbers = Mapping[str, float]


@cache
def central() -> Numbers:
    """The central value of every number, by its full name."""
    tables = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in FILES}
    return {
        f"{subject}.{name}": float(table["value"])
        for subject, entries in tables.items()
        for name, table in entries.items()
    }


@dataclass(frozen=True)
class Degrees:
    """What may be chosen by degrees: options by name, each with a number.

    subject: the table of `options.toml` is `<subject>_<option>`; first: the option that has
    `of_first` by what it means (nothing more, or as much as now); others: those with numbers that a
    run may set. A name keeps the central number, whatever a run sets.
    """

    subject: str
    first: str
    of_first: float
    others: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all options, in the order in which they are weighed."""
        return (self.first, *self.others)

    def of(self, numbers: Numbers) -> dict[str, float]:
        """The number of every option in a run."""
        others = {name: numbers[f"options.{self.subject}_{name}"] for name in self.others}
        return {self.first: self.of_first, **others}


@dataclass(frozen=True)
class Step:
    """A yearly step up or down from what there is: as much, more, less, as factors."""

    subject: str  # its size, a share, is `<subject>_step` of `options.toml`
    names: tuple[str, ...]  # as much, more and perhaps less

    def of(self, numbers: Numbers) -> dict[str, float]:
        """The factor of every option in a run."""
        step = numbers[f"options.{self.subject}_step"]
        return dict(zip(self.names, (1.0, 1.0 + step, 1.0 - step), strict=False))
