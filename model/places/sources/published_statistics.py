"""Reading published statistics: files known by content, strict rows, numbers that are numbers.

A folder may hold the tables in any encoding (UTF-8, Windows-1252), with any of the delimiters that
the publishers use. Whatever cannot be used is a `InputError` that names file, line and column.
"""

import csv
import io
import math
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from model.input.errors import InputError
from model.places.place import LARGEST_FILE_BYTES
from model.places.sources.kinds import FileKind, header_row, headerless_kind, plain_code, plain_name

DELIMITERS = ",¬$;\t|~^"
MOST = 10**12  # of anything that is counted
PEEK_BYTES, PEEK_LINES = 65_536, 200
SPREADSHEETS = {".xlsx", ".xls", ".xlsb", ".xlsm", ".ods"}
NOT_GIVEN = {"", "-", "NA", "Not Applicable", "Not applicable"}


@dataclass(frozen=True)
class Table:
    """The rows of one file as text, with the line each came from."""

    path: Path
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    kind: FileKind | None = None

    def _index(self, column: str) -> int | None:
        names = self.kind.names_of(column) if self.kind else [plain_name(column)]
        header = [plain_name(name) for name in self.header]
        return next((header.index(name) for name in names if name in header), None)

    def has(self, column: str) -> bool:
        """Whether the file has a column, under any name of its kind."""
        return self._index(column) is not None

    def text(self, column: str) -> list[str]:
        """A column as stripped text, codes in capitals; `InputError` if there is no such column."""
        index = self._index(column)
        if index is None:
            raise InputError(f"the column {column} is missing", file=self.path, key=column)
        cells = [row[index] if index < len(row) else "" for row in self.rows]
        is_coded = self.kind is not None and column in self.kind.coded
        return [plain_code(cell) if is_coded else cell.strip() for cell in cells]

    def numbers(self, column: str, blank: float | None = None) -> np.ndarray:
        """A column as finite numbers; empty cells become `blank`, or are refused without it."""
        values = self.text(column)
        return np.array([self._number(v, i, column, blank) for i, v in enumerate(values)], float)

    def _number(self, value: str, row: int, column: str, blank: float | None) -> float:
        if value in NOT_GIVEN and blank is not None:
            return blank
        try:
            number = float(value.replace(",", ""))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise InputError(
                f"line {self.lines[row]} has no number",
                file=self.path,
                key=column,
                value=value,
                allowed="a finite number",
            )
        return number

    def counts(self, column: str) -> np.ndarray:
        """A column as whole numbers of at least 0."""
        numbers = self.numbers(column)
        wrong = np.flatnonzero((numbers < 0) | (numbers != np.floor(numbers)) | (numbers > MOST))
        if len(wrong):
            raise InputError(
                f"line {self.lines[wrong[0]]} has no count",
                file=self.path,
                key=column,
                value=numbers[wrong[0]],
                allowed=f"a whole number from 0 to {MOST:,}",
            )
        return numbers.astype(np.int64)


def decoded(path: Path, most_bytes: int = LARGEST_FILE_BYTES) -> str:
    """The text of a file (or its beginning) in UTF-8, else in Windows-1252."""
    with path.open("rb") as file:
        raw = file.read(most_bytes)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="ignore")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        cut_at_the_end = len(raw) == most_bytes and error.start > len(raw) - 4
        return raw.decode("utf-8-sig" if cut_at_the_end else "cp1252", errors="ignore")


def parsed(text: str) -> list[list[str]]:
    """Rows by the delimiter that makes a known kind of them, else by the most frequent one."""
    return _split(text, delimiter_of(text))


def delimiter_of(text: str) -> str:
    """The delimiter that makes a known kind of the first rows, else the one that stands most often
    in the first line that has any."""
    lines = text.splitlines()[:PEEK_LINES]
    for mark in DELIMITERS:
        rows = _split("\n".join(lines), mark) if mark in text else []
        if header_row(rows) or headerless_kind(rows):
            return mark
    for line in lines:
        best = max(DELIMITERS, key=line.count)
        if line.count(best):
            return best
    return ","


def _split(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(text.splitlines(), delimiter=delimiter))
    except csv.Error:
        return []


def opened_workbook(path: Path) -> Any:
    """A spreadsheet (.xlsx, .xls, .xlsb, .ods) to read sheets from; None if it is none."""
    from python_calamine import CalamineError, CalamineWorkbook

    _check_size(path)
    _check_unpacked(path)
    try:
        return CalamineWorkbook.from_path(path)
    except (CalamineError, OSError, ValueError):
        return None


def _check_unpacked(path: Path) -> None:
    """`InputError` if a packed workbook is far larger than its file says: it would fill the memory.

    Pieces are unpacked to see it, since what they say of their own size can be untrue.
    """
    if not zipfile.is_zipfile(path):
        return
    size = 0
    try:
        with zipfile.ZipFile(path) as packed:
            for piece in packed.infolist():
                with packed.open(piece) as opened:
                    while found := len(opened.read(PEEK_BYTES)):
                        size += found
                        if size > LARGEST_FILE_BYTES:
                            raise InputError("this workbook is too large", file=path,
                                           allowed=f"at most {LARGEST_FILE_BYTES:,} bytes when"
                                           " unpacked")  # fmt: skip
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, EOFError, zlib.error):
        return  # the reader says what is wrong with it


def cells_of(book: Any, sheet: str, path: Path) -> list[list[Any]]:
    """The cells of a sheet; `InputError` if it cannot be read."""
    from python_calamine import CalamineError

    try:
        rows: list[list[Any]] = book.get_sheet_by_name(sheet).to_python()
        return rows
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(f"the sheet {sheet} cannot be read: {error}", file=path) from None


def read_table(path: Path, kind: FileKind | None = None) -> Table:
    """All rows of a file; a row short of fields is `InputError` (a truncated file).

    A file published without a header has the columns field_1, field_2 and so on.
    """
    _check_size(path)
    rows, lines = _sheet_rows(path) if path.suffix.lower() in SPREADSHEETS else _text_rows(path)
    if not rows:
        raise InputError("this file has no rows", file=path)
    if kind is not None and kind.codes:
        header, first = [f"field_{i}" for i in range(1, len(rows[0]) + 1)], 0
    else:
        found = header_row(rows)
        first = found[0] if found else 0
        header, first = [name.strip() for name in rows[first]], first + 1
    table = Table(path, header, rows[first:], lines[first:], kind)
    _check_rows(table, kind.shorter_by if kind else 0)
    return table


def _text_rows(path: Path) -> tuple[list[list[str]], list[int]]:
    text = decoded(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    rows, lines = [], []
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"line {reader.line_num}: {error}", file=path) from None
    return rows, lines


def _sheet_rows(path: Path) -> tuple[list[list[str]], list[int]]:
    """The rows of the first sheet that holds a table of a known kind, cells as text."""
    book = opened_workbook(path)
    if book is None:
        raise InputError("no workbook that can be read", file=path)
    for name in book.sheet_names:
        cells = cells_of(book, name, path)
        rows = [[_as_text(cell) for cell in row] for row in cells]
        if header_row(rows):
            full = [(row, i) for i, row in enumerate(rows, start=1) if any(row)]
            return [row for row, _ in full], [line for _, line in full]
    return [], []


def _as_text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _check_size(path: Path) -> None:
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise InputError(
            "this file is too large", file=path, value=f"{path.stat().st_size:,} bytes",
            allowed=f"at most {LARGEST_FILE_BYTES:,} bytes",
        )  # fmt: skip


def _check_rows(table: Table, shorter_by: int) -> None:
    if not table.rows:
        raise InputError("this file has no rows", file=table.path)
    for row, line in zip(table.rows, table.lines, strict=True):
        if not len(table.header) - shorter_by <= len(row) <= len(table.header):
            raise InputError(
                f"line {line} has {len(row)} fields (a truncated file?)",
                file=table.path,
                allowed=f"{len(table.header)} fields",
            )


class Sieve:
    """Rows of a table that stay, and how many went for which reason."""

    def __init__(self, frame: pd.DataFrame):
        self.frame = frame
        self.dropped: dict[str, int] = {}

    def keep(self, which: pd.Series | np.ndarray, otherwise: str) -> "Sieve":
        """Leave out the rows that are not `which`; `otherwise` says what they are."""
        stay = np.asarray(which, dtype=bool)
        self.dropped[otherwise] = self.dropped.get(otherwise, 0) + int((~stay).sum())
        self.frame = self.frame[stay]
        return self

    def __add__(self, earlier: "Sieve") -> "Sieve":
        """This sieve after an earlier one: its rows, and what both left out."""
        self.dropped = {**earlier.dropped, **self.dropped}
        return self

    def keep_first(self, key: str) -> "Sieve":
        """Leave out rows whose key stood before."""
        return self.keep(~self.frame.duplicated(key), "that stand twice")


def grid_km(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Easting and northing [points, 2] in km on the OS grid, to about 0.1 km.

    Transverse Mercator on the Airy ellipsoid (Ordnance Survey, A Guide to Coordinate Systems in
    Great Britain, annexe C), after a mean shift from WGS84 degrees to OSGB36 degrees.
    """
    lat = np.radians(np.asarray(latitude, float) - 0.00038)
    lon = np.radians(np.asarray(longitude, float) + 0.00155)
    a, b, f0, lat0 = 6377563.396, 6356256.909, 0.9996012717, np.radians(49.0)
    e2, n = 1 - (b / a) ** 2, (a - b) / (a + b)
    nu = a * f0 / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    rho = a * f0 * (1 - e2) * (1 - e2 * np.sin(lat) ** 2) ** -1.5
    eta2 = nu / rho - 1
    down, up = lat - lat0, lat + lat0
    arc = (
        b
        * f0
        * (
            (1 + n + 1.25 * n**2 + 1.25 * n**3) * down
            - (3 * n + 3 * n**2 + 2.625 * n**3) * np.sin(down) * np.cos(up)
            + (1.875 * n**2 + 1.875 * n**3) * np.sin(2 * down) * np.cos(2 * up)
            - 35 / 24 * n**3 * np.sin(3 * down) * np.cos(3 * up)
        )
    )
    sin, cos, tan2 = np.sin(lat), np.cos(lat), np.tan(lat) ** 2
    away = lon - np.radians(-2.0)
    north = arc - 100000 + nu / 2 * sin * cos * away**2
    north += nu / 24 * sin * cos**3 * (5 - tan2 + 9 * eta2) * away**4
    east = 400000 + nu * cos * away + nu / 6 * cos**3 * (nu / rho - tan2) * away**3
    return np.stack([east, north], axis=-1) / 1000


def proper(names: Iterable[str]) -> list[str]:
    """Names published in capitals in ordinary case ("NHS" and other short forms kept)."""
    kept = {"Nhs": "NHS", "Gp": "GP", "Nhst": "NHST"}
    return [
        " ".join(kept.get(word, word) for word in name.title().replace("'S", "'s").split())
        if name.isupper()
        else name
        for name in names
    ]


REGISTERS = {
    "HYP": "hypertension",
    "CHD": "chd",
    "HF": "heart_failure",
    "STIA": "stroke",
    "DM": "diabetes",
    "COPD": "copd",
    "AST": "asthma",
    "CAN": "cancer",
    "DEP": "depression",
    "MH": "smi",
    "DEM": "dementia",
    "CKD": "ckd",
}


RATES = ("register", "list_size", "relative")


OF_ITS_OWN = ("is_own", "of_own_commissioner")


def register_prevalence(
    practices: pd.DataFrame, by_practice: pd.DataFrame, by_commissioner: pd.DataFrame
) -> pd.DataFrame:
    """Prevalence by practice and condition as a share of the whole list.

    `practices` (practice, commissioner); `by_practice` (practice, condition, register, list_size),
    perhaps of another year, gives each practice relative to its commissioner; `by_commissioner`
    (commissioner, condition, register, list_size) gives the level, else the national one does.
    Either may be empty: then the level is that of the practices, or all practices are alike.
    `is_own` and `of_own_commissioner` (bool) say whether the practice, and its commissioner, are
    among those counted; where neither is, the rate is that of others.
    """
    if by_practice.empty and by_commissioner.empty:
        flags = dict.fromkeys(OF_ITS_OWN, pd.Series(dtype=bool))
        return pd.DataFrame({"practice": [], "condition": [], "prevalence": []} | flags)
    rates = _relative(practices, by_practice)
    if by_commissioner.empty:
        keys = ["commissioner", "condition"]
        by_commissioner = rates.groupby(keys)[["register", "list_size"]].sum().reset_index()
    national = by_commissioner.groupby("condition")[["register", "list_size"]].sum()
    national = (national["register"] / national["list_size"]).rename("national").reset_index()
    level = by_commissioner.assign(level=by_commissioner.register / by_commissioner.list_size)
    table = practices[["practice", "commissioner"]].merge(national, how="cross")
    table = table.merge(level[["commissioner", "condition", "level"]], how="left")
    table = table.merge(rates[["practice", "condition", "relative"]], how="left")
    level_here = table["level"].fillna(table["national"])
    table["prevalence"] = (level_here * table["relative"].fillna(1.0)).clip(upper=0.9)
    table["is_own"], table["of_own_commissioner"] = (
        table["relative"].notna(),
        table["level"].notna(),
    )
    return table[["practice", "condition", "prevalence", *OF_ITS_OWN]].dropna()


def _relative(practices: pd.DataFrame, by_practice: pd.DataFrame) -> pd.DataFrame:
    """Registers of practices with each one's rate relative to its commissioner's."""
    if by_practice.empty:
        texts = {name: pd.Series(dtype=str) for name in ("practice", "commissioner", "condition")}
        return pd.DataFrame(texts | {n: pd.Series(dtype=float) for n in RATES})
    rates = by_practice.merge(practices[["practice", "commissioner"]], on="practice")
    sums = rates.groupby(["commissioner", "condition"])[["register", "list_size"]].transform("sum")
    usual = (sums["register"] / sums["list_size"]).to_numpy()
    own = (rates["register"] / rates["list_size"].clip(lower=1)).to_numpy()
    return rates.assign(relative=np.clip(own / np.maximum(usual, 1e-6), 0.2, 5.0))
