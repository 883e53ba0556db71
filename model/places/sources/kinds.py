"""What published files are: which columns, codes or sheets tell a kind (`kinds.toml`)."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HEADER_WITHIN_ROWS = 20
HEADERLESS_FIELDS = range(22, 31)  # files of the Organisation Data Service, without a header
# A file is nearly of a kind if it has so large a share of the kind's columns; a larger one if all
# of them stand in other kinds, too (codes and names of practices): these tell little.
NEARLY, NEARLY_BY_COMMON = 0.3, 0.7


@dataclass(frozen=True)
class FileKind:
    """One kind of file: how it is known, what it is read for, what the place lacks without it.

    route: "joined" (tables joined from publications), "official" (as published) or "both".
    coded: the columns of codes, which are read in capitals.
    optional: what an optional file gives; empty for one that its route needs. where: what the first
    row holds in a column, if columns alone do not tell.
    """

    name: str
    route: str
    title: str
    publisher: str
    optional: str = ""
    marks: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    coded: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    codes: str = ""
    sheets: tuple[str, ...] = ()
    suffix: str = ""
    shorter_by: int = 0  # last fields that rows may lack
    vintage: str = ""
    vintage_column: str = ""
    also: dict[str, list[str]] = field(default_factory=dict, hash=False)
    where: dict[str, str] = field(default_factory=dict, hash=False)

    def names_of(self, column: str) -> list[str]:
        """A column's names over the years, plain, the one in the code first."""
        return [plain_name(name) for name in (column, *self.also.get(column, ()))]

    def has(self, header: Iterable[str], column: str) -> bool:
        """Whether a header (plain names) has a column under any of its names."""
        return bool(set(self.names_of(column)) & set(header))

    def fits(self, header: set[str]) -> bool:
        """Whether a file with this header (plain names) is of this kind."""
        marked = bool(self.marks) and all(self.has(header, mark) for mark in self.marks)
        return marked and not any(self.has(header, other) for other in self.unless)

    def column_names(self) -> set[str]:
        """The plain names, over the years, of all its columns."""
        return {name for column in (*self.marks, *self.columns) for name in self.names_of(column)}

    def lacking(self, header: set[str]) -> list[str]:
        """Which of its columns a header (plain names) lacks."""
        return [c for c in (*self.marks, *self.columns) if not self.has(header, c)]

    def told(self) -> str:
        """What a file of this kind has, in words."""
        if self.marks:
            return f"the columns {', '.join(self.marks)}"
        if self.sheets:
            return f"a workbook with the sheets {', '.join(self.sheets)}"
        return f"no header and codes like {self.codes}" if self.codes else f"a {self.suffix} file"


def plain_name(name: str) -> str:
    """A column's name without case, spaces and marks: `Practice Code`, PRACTICE_CODE are one."""
    return re.sub(r"[\W_]+", "", str(name)).casefold() or str(name).strip()


def plain_code(code: object) -> str:
    """A code in capitals and without spaces around it: publications differ in the case."""
    return str(code).strip().upper()


@cache
def kinds() -> dict[str, FileKind]:
    """Every kind by name, in the order in which they are tried."""
    path = Path(__file__).parent / "kinds.toml"
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: _kind(name, table) for name, table in tables.items()}


def _kind(name: str, table: dict[str, Any]) -> FileKind:
    lists = {key: tuple(value) for key, value in table.items() if isinstance(value, list)}
    return FileKind(name=name, **table | lists)


def header_row(rows: Sequence[Sequence[str]]) -> tuple[int, FileKind] | None:
    """Which of the first rows is the header of a known kind, and of which; None if none is."""
    for i, row in enumerate(rows[:HEADER_WITHIN_ROWS]):
        names = [plain_name(cell) for cell in row]
        first = rows[i + 1] if i + 1 < len(rows) else []
        for kind in kinds().values():
            if kind.fits(set(names)) and _holds(kind, names, first):
                return i, kind
    return None


def _holds(kind: FileKind, names: list[str], first: Sequence[str]) -> bool:
    held = dict(zip(names, first, strict=False))
    return all(held.get(plain_name(column), value) == value for column, value in kind.where.items())


def headerless_kind(rows: Sequence[Sequence[str]]) -> FileKind | None:
    """The kind of a file without a header: most codes in its first field are of one form."""
    codes = [plain_code(row[0]) for row in rows if row and len(row) in HEADERLESS_FIELDS]
    for kind in kinds().values():
        fitting = sum(bool(re.fullmatch(kind.codes, code)) for code in codes) if kind.codes else 0
        if 2 * fitting > len(rows):
            return kind
    return None


def nearest_kind(rows: Sequence[Sequence[str]]) -> tuple[FileKind, list[str]] | None:
    """The kind that a file of no kind comes nearest to, and the columns that it lacks."""
    best: tuple[float, FileKind, list[str]] | None = None
    for row in rows[:HEADER_WITHIN_ROWS]:
        names = {plain_name(cell) for cell in row if str(cell).strip()}
        for kind in kinds().values():
            lacking = kind.lacking(names)
            share = 1 - len(lacking) / max(len(kind.marks) + len(kind.columns), 1)
            share += 0.01 * (kind.route != "joined")  # of two alike, what is published
            enough = NEARLY if _own_columns(kind) & names else NEARLY_BY_COMMON
            if kind.marks and share >= enough and (best is None or share > best[0]):
                best = share, kind, lacking
    return (best[1], best[2]) if best else None


@cache
def _own_columns(kind: FileKind) -> frozenset[str]:
    """Names of a kind's columns that no other kind of its route has."""
    others = [
        other for other in kinds().values() if other.route == kind.route and other is not kind
    ]
    common = {name for other in others for name in other.column_names()}
    return frozenset(kind.column_names() - common)
