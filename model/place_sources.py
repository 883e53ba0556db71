"""Reading published statistics: files known by content, strict rows, numbers that are numbers.

A folder may hold the tables in any encoding (UTF-8, Windows-1252), with any of the delimiters that
the publishers use. Whatever cannot be used is a `BadInput` that names file, line and column.
"""

import csv
import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from model.errors import BadInput
from model.place import LARGEST_FILE_BYTES

DELIMITERS = ",¬$;\t|"
HEADER_WITHIN_ROWS = 5
PEEK_BYTES = 65_536
NOT_GIVEN = {"", "-", "NA", "Not Applicable", "Not applicable"}

# What a file is, by columns that only it has. The first kind that fits wins.
KINDS: dict[str, tuple[str, ...]] = {
    "practices": ("practice_code", "m_0_4"),
    "lsoas": ("lsoa11cd", "msoa11cd"),
    "trusts": ("trust_code", "kh03_beds_2014"),
    "hospitals": ("site_code", "site_type", "trust_code"),
    "qof": ("practice_code", "reg_HYP"),
    "qof_commissioners": ("ccg_code", "group_code"),
    "commissioners": ("ccg_code", "n_practices_2014q4"),
    "choices_hospitals": ("OrganisationCode", "Sector", "ParentODSCode"),
    "choices_trusts": ("OrganisationCode", "SubType", "IsPimsManaged"),
    "list_sizes": ("PCO Code", "Practice Code"),
    "qof_prevalence": ("PRACTICE_CODE", "GROUP_CODE"),
    "payments": ("Practice Code", "Practice Rurality"),
    "etrust": ("organisation_code", "national_grouping"),
    "eric": ("Site Code", "Site Type"),
    "commissioner_names": ("CCG13CDH", "CCG13NM"),
}
HEADERLESS = {"epraccur": re.compile(r"[A-Z]\d{5}"), "eccg": re.compile(r"\d\d[A-Z]")}
HEADERLESS_FIELDS = 27
WORKBOOKS = {"kh03": {"NHS Trust by Sector"}, "qof_workbook": {"HYP", "CHD", "DEM"}}


@dataclass(frozen=True)
class Table:
    """The rows of one file as text, with the line each came from."""

    path: Path
    header: list[str]
    rows: list[list[str]]
    lines: list[int]

    def text(self, column: str) -> list[str]:
        """A column as stripped text; `BadInput` if the file has no such column."""
        if column not in self.header:
            raise BadInput(f"the column {column} is missing", file=self.path, key=column)
        index = self.header.index(column)
        return [row[index].strip() if index < len(row) else "" for row in self.rows]

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
            raise BadInput(
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
        wrong = np.flatnonzero((numbers < 0) | (numbers != np.floor(numbers)))
        if len(wrong):
            raise BadInput(
                f"line {self.lines[wrong[0]]} has no count",
                file=self.path,
                key=column,
                value=numbers[wrong[0]],
                allowed="a whole number of at least 0",
            )
        return numbers.astype(np.int64)


def decoded(path: Path, most_bytes: int = LARGEST_FILE_BYTES) -> str:
    """The text of a file (or its beginning) in UTF-8, else in Windows-1252."""
    with path.open("rb") as file:
        raw = file.read(most_bytes)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        cut_at_the_end = len(raw) == most_bytes and error.start > len(raw) - 4
        return raw.decode("utf-8-sig" if cut_at_the_end else "cp1252", errors="ignore")


def delimiter_of(text: str) -> str:
    """The delimiter that stands most often in the first line that has any."""
    for line in text.splitlines()[:HEADER_WITHIN_ROWS]:
        best = max(DELIMITERS, key=line.count)
        if line.count(best):
            return best
    return ","


def read_table(path: Path, header: list[str] | None = None, shorter_by: int = 0) -> Table:
    """All rows of a delimited file; a row short of fields is `BadInput` (a truncated file).

    `header` is for files published without one; `shorter_by` allows that many missing last fields.
    """
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise BadInput("this file is too large", file=path, value=f"{path.stat().st_size} bytes")
    text = decoded(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    rows, lines = [], []
    try:
        for row in reader:
            if row:
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise BadInput(f"line {reader.line_num}: {error}", file=path) from None
    first = 0
    if header is None:
        first = _header_row(rows)
        header = [name.strip() for name in rows[first]] if rows else []
        first += 1
    table = Table(path, header, rows[first:], lines[first:])
    _check_rows(table, shorter_by)
    return table


def _header_row(rows: list[list[str]]) -> int:
    """Which of the first rows is the header: the first that names a known kind, else row 0."""
    for i, row in enumerate(rows[:HEADER_WITHIN_ROWS]):
        names = {name.strip() for name in row}
        if any(set(columns) <= names for columns in KINDS.values()):
            return i
    return 0


def _check_rows(table: Table, shorter_by: int) -> None:
    if not table.rows:
        raise BadInput("this file has no rows", file=table.path)
    for row, line in zip(table.rows, table.lines, strict=True):
        if not len(table.header) - shorter_by <= len(row) <= len(table.header):
            raise BadInput(
                f"line {line} has {len(row)} fields (a truncated file?)",
                file=table.path,
                allowed=f"{len(table.header)} fields",
            )


def recognised(folder: Path) -> dict[str, Path]:
    """Which file of a folder, or of the folders in it, is which kind; names do not matter.

    Where two files are of one kind, the first by path counts.
    """
    if not folder.is_dir():
        raise BadInput("there is no such folder", file=folder, key="data")
    found: dict[str, Path] = {}
    for path in sorted([*folder.glob("*"), *folder.glob("*/*")]):
        kind = _kind_of(path) if path.is_file() else None
        if kind:
            found.setdefault(kind, path)
    return found


def _kind_of(path: Path) -> str | None:
    suffix = path.suffix.lower()
    if suffix in (".csv", ".txt"):
        return _kind_of_text(path)
    if suffix == ".xlsx":
        return _kind_of_workbook(path)
    return "boundaries" if suffix == ".kml" else None


def _kind_of_text(path: Path) -> str | None:
    text = decoded(path, PEEK_BYTES)
    lines = text.splitlines()[:HEADER_WITHIN_ROWS]
    rows = list(csv.reader(lines, delimiter=delimiter_of(text)))
    for row in rows:
        names = {name.strip() for name in row}
        for kind, columns in KINDS.items():
            if set(columns) <= names:
                return kind
    for kind, code in HEADERLESS.items():
        if rows and len(rows[0]) == HEADERLESS_FIELDS and code.fullmatch(rows[0][0]):
            return kind
    return None


def _kind_of_workbook(path: Path) -> str | None:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        sheets = set(CalamineWorkbook.from_path(path).sheet_names)
    except (CalamineError, OSError):
        return None
    return next((kind for kind, names in WORKBOOKS.items() if names <= sheets), None)


def required(files: dict[str, Path], kinds: Iterable[str], folder: Path) -> None:
    """`BadInput` about the first of these kinds that the folder does not hold."""
    for kind in kinds:
        if kind not in files:
            columns = ", ".join(KINDS.get(kind, (kind,)))
            raise BadInput(f"no file here has the columns {columns}", file=folder, key=kind)


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


def register_prevalence(
    practices: pd.DataFrame, by_practice: pd.DataFrame, by_commissioner: pd.DataFrame
) -> pd.DataFrame:
    """Prevalence by practice and condition as a share of the whole list.

    `practices` (practice, commissioner); `by_practice` (practice, condition, register, list_size)
    of a later year gives each practice relative to its commissioner; `by_commissioner`
    (commissioner, condition, register, list_size) gives the level, else the national one does.
    """
    rates = by_practice.merge(practices[["practice", "commissioner"]], on="practice")
    sums = rates.groupby(["commissioner", "condition"])[["register", "list_size"]].transform("sum")
    usual = (sums["register"] / sums["list_size"]).to_numpy()
    own = (rates["register"] / rates["list_size"].clip(lower=1)).to_numpy()
    rates["relative"] = np.clip(own / np.maximum(usual, 1e-6), 0.2, 5.0)
    national = by_commissioner.groupby("condition")[["register", "list_size"]].sum()
    national = (national["register"] / national["list_size"]).rename("national").reset_index()
    level = by_commissioner.assign(level=by_commissioner.register / by_commissioner.list_size)
    table = practices[["practice", "commissioner"]].merge(national, how="cross")
    table = table.merge(level[["commissioner", "condition", "level"]], how="left")
    table = table.merge(rates[["practice", "condition", "relative"]], how="left")
    level_here = table["level"].fillna(table["national"])
    table["prevalence"] = (level_here * table["relative"].fillna(1.0)).clip(upper=0.9)
    return table[["practice", "condition", "prevalence"]]
