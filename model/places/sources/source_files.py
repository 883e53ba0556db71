"""Which file of a folder is which: known by content, one of a kind, and every one accounted for."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.input.errors import InputError
from model.input.plain import is_link
from model.places.sources.kinds import FileKind, header_row, headerless_kind, kinds, nearest_kind
from model.places.sources.published_statistics import (
    PEEK_BYTES,
    SPREADSHEETS,
    Table,
    cells_of,
    decoded,
    opened_workbook,
    parsed,
    read_table,
)
from model.places.sources.vintage import UNKNOWN, Vintage, months_in_words, newest_day, vintage_of

JOINED = ["practices", "lsoas", "trusts", "hospitals", "commissioners"]
VINTAGE_ROWS = 15
LINK = "a link, which is not followed: copy it here"
LINKS_NAMED = 3  # in a sentence
USED, NOT_USED, SKIPPED, MISSING = "used", "not used", "skipped", "missing"


@dataclass
class Found:
    """One file of the folder: what it was taken for, of when it is, and what was made of it.

    dropped: rows by the reason why they were left out. note: why a file was not used, or what a
    used one lacks.
    """

    path: Path
    kind: FileKind | None
    vintage: Vintage = UNKNOWN
    status: str = NOT_USED
    rows: int | None = None
    used: int | None = None
    dropped: dict[str, int] = field(default_factory=dict)
    note: str = ""


class Files(Mapping[str, Path]):
    """The files of a folder by kind; it is told what is read from each, and why rows are left."""

    def __init__(self, folder: Path, found: list[Found]):
        self.folder, self.found = folder, found
        self.by_kind = {one.kind.name: one for one in found if one.kind and not one.note}

    def __getitem__(self, kind: str) -> Path:
        return self.by_kind[kind].path

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_kind)

    def __len__(self) -> int:
        return len(self.by_kind)

    def table(self, kind: str) -> Table:
        """The rows of the file of a kind."""
        table = read_table(self.path(kind), kinds()[kind])
        one = self.by_kind[kind]
        one.rows = len(table.rows)
        self._date(one, table)
        return table

    def _date(self, one: Found, table: Table) -> None:
        """Say of when a file is whose rows say it, or else its name."""
        if one.vintage == UNKNOWN and one.kind and one.kind.vintage_column:
            newest = newest_day(table.text(one.kind.vintage_column))
            one.vintage = newest or _vintage_by_name(one.path, self.folder)

    def path(self, kind: str) -> Path:
        """The path of the file of a kind, which counts as used from now on."""
        self.by_kind[kind].status = USED
        return self[kind]

    def tell(self, kind: str, used: int, dropped: Mapping[str, int] | None = None) -> None:
        """How many rows of a kind the place is made from, and how many were left out and why."""
        one = self.by_kind[kind]
        one.used = used
        one.rows = used + sum((dropped or {}).values()) if one.rows is None else one.rows
        one.dropped |= {why: count for why, count in (dropped or {}).items() if count}
        if not used:
            one.note = "nothing of it could be used"

    def leave(self, kind: str, why: str) -> None:
        """Say why the file of a kind, if it is there, is not used."""
        if kind in self:
            self.by_kind[kind].note = why

    def vintage(self, kind: str) -> Vintage:
        """Of when the file of a kind is."""
        return self.by_kind[kind].vintage if kind in self else UNKNOWN

    def sources(self) -> list[str]:
        """The publications that something was used of, each with its vintage and publisher."""
        used = [one for one in self.found if one.status == USED and one.used != 0]
        texts = [f"{one.kind.title}, {_of(one.vintage)} ({one.kind.publisher})"
                 for one in used if one.kind]  # fmt: skip
        return sorted(set(texts))

    def records(self) -> list[dict[str, Any]]:
        """Every file and every optional kind that is not there, as plain records."""
        for one in self.found:
            if one.kind and one.kind.vintage_column and one.vintage == UNKNOWN:  # not read yet
                self._date(one, read_table(one.path, one.kind))
        records = [self._record(one) for one in self.found]
        routes = {one.kind.route for one in self.found if one.kind and one.status == USED}
        for kind in kinds().values():
            if kind.optional and kind.route in routes and kind.name not in self.by_kind:
                note = f"optional; without it there are no {kind.optional}"
                records.append(_blank() | {"kind": kind.name, "status": MISSING, "note": note})
        return records

    def _record(self, one: Found) -> dict[str, Any]:
        dropped = "; ".join(f"{count:,} {why}" for why, count in one.dropped.items())
        record = {"file": one.path.relative_to(self.folder).as_posix(), "status": one.status,
                  "kind": one.kind.name if one.kind else "", "dropped": dropped, "note": one.note,
                  "vintage": one.vintage.told() if one.kind else ""}  # fmt: skip
        counts = {"rows": one.rows, "used": one.used}
        return _blank() | record | {k: n for k, n in counts.items() if n is not None}


def _blank() -> dict[str, Any]:
    texts = dict.fromkeys(("file", "status", "kind", "vintage"), "")
    return {**texts, "rows": 0, "used": 0, "dropped": "", "note": ""}


def _of(vintage: Vintage) -> str:
    return "year not known" if vintage == UNKNOWN else vintage.text


def found_files(folder: Path) -> Files:
    """The files of a folder and of the folders in it; names do not matter.

    Joined tables go before files as published, and those beside the table of practices before
    others. `InputError` if two files that differ are of one kind.
    """
    if not folder.is_dir():
        raise InputError("there is no such folder", file=folder, key="data")
    paths = sorted(_entries(folder, folder))
    found = [_found(path, folder) for path in paths if is_link(path) or path.is_file()]
    _choose_route(found)
    _one_of_each(found, folder)
    return Files(folder, found)


def _entries(inner: Path, folder: Path) -> Iterator[Path]:
    """What lies in a folder and in the folders in it, but for what is hidden or behind a link."""
    for path in inner.iterdir():
        if path.name.startswith("."):
            continue
        yield path
        if inner == folder and path.is_dir() and not is_link(path):
            yield from _entries(path, folder)


def _choose_route(found: list[Found]) -> None:
    known = {one.kind.name for one in found if one.kind}
    route = "joined" if known & set(JOINED) else "official"
    home = next((one.path.parent for one in found if one.kind and one.kind.name == "practices"
                 and not one.note), None)  # fmt: skip
    for one in found:
        if one.kind and one.kind.route not in (route, "both"):
            one.note = "the joined tables are used" if route == "joined" else "of another set"
    if route == "joined" and home:
        _prefer_folder(found, home)


def _prefer_folder(found: list[Found], home: Path) -> None:
    """Of two files of a kind, the one beside the table of practices counts."""
    at_home = {one.kind.name: one for one in found if one.kind and one.path.parent == home}
    for one in found:
        other = at_home.get(one.kind.name) if one.kind and not one.note else None
        if other and one.path.parent != home:
            one.note = f"{other.path.name}, beside the table of practices, is used"


def _one_of_each(found: list[Found], folder: Path) -> None:
    first: dict[str, Found] = {}
    for one in found:
        if one.kind is None or one.note:
            continue
        other = first.setdefault(one.kind.name, one)
        if other is one:
            continue
        if one.path.read_bytes() != other.path.read_bytes():
            _refuse_two(other, one, folder)
        one.note = f"the same as {other.path.name}"


def _refuse_two(first: Found, second: Found, folder: Path) -> None:
    names = [f"{one.path.relative_to(folder)} ({one.vintage.told()})" for one in (first, second)]
    assert first.kind
    raise InputError(
        f"two files of one kind ({first.kind.title}): {names[0]} and {names[1]}",
        file=folder, key=first.kind.name, allowed="one of them; take the other out of the folder",
    )  # fmt: skip


def _found(path: Path, folder: Path) -> Found:
    if is_link(path):
        return Found(path, None, status=SKIPPED, note=LINK)
    suffix = path.suffix.lower()
    if suffix in SPREADSHEETS:
        return _found_workbook(path, folder)
    for kind in kinds().values():
        if kind.suffix == suffix != "":
            return Found(path, kind, _vintage_by_name(path, folder))
    if suffix in (".csv", ".txt", ".tsv", ".dat", ""):
        return _found_text(path, folder)
    return Found(path, None, status=SKIPPED, note=f"files that end in {suffix} are not read")


def _found_text(path: Path, folder: Path) -> Found:
    text = decoded(path, PEEK_BYTES)
    if not text.strip() or "\0" in text:
        return Found(path, None, status=SKIPPED, note="not text" if text.strip() else "empty")
    rows = parsed("\n".join(text.splitlines()[:200]))
    if found := header_row(rows):
        return Found(path, found[1], _vintage(found[1], rows[: found[0]], path, folder))
    if kind := headerless_kind(rows):
        return Found(path, kind, _vintage(kind, [], path, folder))
    return Found(path, None, status=SKIPPED, note=_nearly(rows))


def _nearly(rows: list[list[str]]) -> str:
    nearest = nearest_kind(rows)
    if nearest is None:
        return "like no file that is known"
    kind, lacking = nearest
    if not lacking:
        return f"nearly {kind.name} ({kind.title}), but it has other columns, too"
    several = "columns are" if len(lacking) > 1 else "column is"
    return f"nearly {kind.name} ({kind.title}): the {several} missing: {', '.join(lacking)}"


def _found_workbook(path: Path, folder: Path) -> Found:
    book = opened_workbook(path)
    if book is None:
        return Found(path, None, status=SKIPPED, note="no workbook that can be read")
    sheets = {str(name).strip() for name in book.sheet_names}
    for kind in kinds().values():
        if kind.sheets and set(kind.sheets) <= sheets:
            top = cells_of(book, kind.sheets[0], path)[:VINTAGE_ROWS]
            return Found(path, kind, _vintage(kind, top, path, folder))
    for name in book.sheet_names:
        rows = [[str(cell) for cell in row] for row in cells_of(book, name, path)]
        if found := header_row(rows):
            return Found(path, found[1], _vintage(found[1], rows[: found[0]], path, folder))
    return Found(path, None, status=SKIPPED, note=_nearly_workbook(sheets))


def _nearly_workbook(sheets: set[str]) -> str:
    for kind in kinds().values():
        lacking = [name for name in kind.sheets if name not in sheets]
        if kind.sheets and len(lacking) < len(kind.sheets):
            return f"nearly {kind.name} ({kind.title}): without the sheets {', '.join(lacking)}"
    return f"a workbook like none that is known; its sheets: {', '.join(sorted(sheets)[:5])}"


def _vintage(kind: FileKind, top: Iterable[Iterable[Any]], path: Path, folder: Path) -> Vintage:
    """From the rows above the table, what its columns say, its name, the name of its folder."""
    if kind.vintage:
        said = vintage_of(kind.vintage)
        return Vintage(kind.vintage, said.start if said else None, "its columns")
    cells = [str(cell) for row in top for cell in row if isinstance(cell, str)]
    for cell in _by_weight(cells):
        if said := vintage_of(cell):
            return said
    if kind.vintage_column:
        return UNKNOWN
    return _vintage_by_name(path, folder)


def _by_weight(cells: list[str]) -> list[str]:
    """Cells in the order in which they tell the vintage: months in words, then the last years."""
    months = [cell for cell in cells if months_in_words(cell)]
    years = [cell for cell in cells if re.fullmatch(r"20\d\d[-/]\d\d", cell.strip())]
    return [*months, *sorted(years, reverse=True)]


def _vintage_by_name(path: Path, folder: Path) -> Vintage:
    for name, by in ((path.stem, "by its name"), (path.parent.name, "by its folder's name")):
        if (said := vintage_of(name)) and (by == "by its name" or path.parent != folder.parent):
            return Vintage(said.text, said.start, by)
    return UNKNOWN


def required(files: Files, names: Iterable[str | tuple[str, ...]]) -> None:
    """`InputError` about the first of these kinds (or groups of kinds) that is not there."""
    for name in names:
        group = (name,) if isinstance(name, str) else name
        if not any(one in files for one in group):
            wanted = " or ".join(kinds()[one].told() for one in group)
            near = [one for one in files.found if one.status == SKIPPED
                    and one.note.startswith(tuple(f"nearly {k} " for k in group))]  # fmt: skip
            hint = f" (the nearest is {near[0].path.name}: {near[0].note})" if near else ""
            hint += _links_told(files)
            raise InputError(f"no file here has {wanted}{hint}", file=files.folder, key=group[0])


def _links_told(files: Files) -> str:
    """How many links were not followed, and some of them; nothing if there are none."""
    links = [str(one.path.relative_to(files.folder)) for one in files.found if one.note == LINK]
    some = ", ".join(links[:LINKS_NAMED]) + ", ..." * (len(links) > LINKS_NAMED)
    told = f"{len(links)} links are" if len(links) > 1 else "1 link is"
    return f" ({told} not followed, copy the files here: {some})" if links else ""
