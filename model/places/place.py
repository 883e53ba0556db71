"""A place: the people, practices, hospitals, purse-holders and contracts that a run starts from.

A place is drawn (`model.places.drawn`) or built from published statistics
(`model.places.sources.build`), and kept as a folder of Parquet tables with a `place.toml`.
`find_place` turns a name into a place.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from model.input.errors import InputError
from model.input.reading import check_file, read_parquet, read_toml
from model.pathway_names import PATHWAYS
from model.places.columns import (
    COLUMNS,
    COUNT,
    FLAG,
    KEYS,
    MEANING,
    NUMBER,
    POINT,
    TEXT,
    check_columns,
)
from model.places.totals import check_totals
from model.rules import years_with_rules

SCHEMA = "joinedup-place/1"
NAME = re.compile(r"[a-z0-9_]+")
LARGEST_FILE_BYTES = 200_000_000
HOLDS: dict[str, tuple[str, Any]] = {  # kinds of columns of NumPy, and what others may hold
    TEXT: ("U", str), NUMBER: ("iuf", int | float | np.number | None),
    COUNT: ("iuf", int | float | np.number), FLAG: ("b", bool | np.bool_),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Place:
    """One place. Tables are plain, sorted by key, one row each; positions are km on the OS grid.

    - areas: of about 8,000 residents; `population`, mean deprivation score (IMD), national fifth
      of it (1 least, 5 most deprived), `rural`, the `commissioner` and the `council` in charge.
    - practices: `list_size` registered patients, who sum over the 18 age-sex columns (m_0_4 ...
      f_75plus), deprivation of its patients, `contract` (GMS, PMS, APMS), `rural`.
    - registers: `prevalence` of a condition as a share of the practice's whole list; may be empty.
    - lists: `patients` of a practice who live in an area; sums to the list of every practice.
    - trusts: providers by `kind` (TRUST_KINDS), `beds`, and `modelled_share`: the share of its
      activity that this place's patients make (the rest is a stream that no policy here reaches).
    - sites: where trusts work; `beds`; `emergency` is a major (type 1) department; `planned_lines`
      is what planned care it offers (PLANNED_LINES; "none" for sites without planned acute care).
    - commissioners: `population` registered with their practices.
    - councils: social care and public health.
    - services: the status quo, one row for commissioner, pathway and setting: `provider` (a trust
      or council; "" where the patient chooses), `payment`, and the number of `contracts`. Zero
      contracts: covered by the core practice contract or by the one ambulance contract (urgent).
      The setting hospice holds all voluntary bodies.

    `files`: what a real place was built from, a record for every file that lay there.
    """

    name: str
    title: str
    year: int
    sources: list[str]
    licence: str
    synthetic: bool
    areas: pd.DataFrame = field(repr=False)
    practices: pd.DataFrame = field(repr=False)
    registers: pd.DataFrame = field(repr=False)
    lists: pd.DataFrame = field(repr=False)
    trusts: pd.DataFrame = field(repr=False)
    sites: pd.DataFrame = field(repr=False)
    commissioners: pd.DataFrame = field(repr=False)
    councils: pd.DataFrame = field(repr=False)
    services: pd.DataFrame = field(repr=False)
    files: tuple[dict[str, Any], ...] = ()

    def hash(self) -> str:
        """A hash of every table, the same on every machine and after saving and loading."""
        return self._digest

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256(f"{self.name} {self.year} {self.synthetic}".encode())
        for table in COLUMNS:
            frame = getattr(self, table)
            text = frame.to_csv(index=False, float_format="%.9g", lineterminator="\n")
            digest.update(f"{table}\n{text}".encode())
        return digest.hexdigest()[:16]

    def line_name(self, site: int, pathway: int) -> str:
        """What decisions about `pathway` at row `site` of the sites are about."""
        return f"{PATHWAYS[pathway]} {self.site_codes[site]}"

    @cached_property
    def site_codes(self) -> list[str]:
        """The public code of every site, by row."""
        return [str(code) for code in self.sites["site"]]

    @cached_property
    def commissioner_codes(self) -> list[str]:
        """The public code of every commissioner, by row."""
        return [str(code) for code in self.commissioners["commissioner"]]

    @cached_property
    def council_codes(self) -> list[str]:
        """The public code of every council, by row."""
        return [str(code) for code in self.councils["council"]]

    @cached_property
    def practice_codes(self) -> list[str]:
        """The public code of every practice, by row."""
        return [str(code) for code in self.practices["practice"]]

    def save(self, folder: Path) -> Path:
        """Write the place to a new folder, in full or not at all; `InputError` if it exists."""
        folder = Path(folder)
        if not NAME.fullmatch(folder.name):
            raise InputError(
                "not a usable folder name", key="place", value=folder.name, allowed="a-z, 0-9 and _"
            )
        if folder.exists():
            raise InputError("this folder exists already", file=folder)
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        (partial / "place.toml").write_text(self._toml(), encoding="utf-8")
        for table in COLUMNS:
            getattr(self, table).to_parquet(partial / f"{table}.parquet", index=False)
        return partial.rename(folder)

    def _toml(self) -> str:
        head = {"schema": SCHEMA, "name": self.name, "title": self.title, "year": self.year}
        head |= {"synthetic": self.synthetic, "licence": self.licence, "sources": self.sources}
        lines = [f"{key} = {json.dumps(value)}" for key, value in head.items()]
        for record in self.files:
            lines += ["", "[[files]]"]
            lines += [f"{key} = {json.dumps(value)}" for key, value in record.items()]
        return "\n".join(lines) + "\n"

    @classmethod
    def load(cls, folder: Path) -> "Place":
        """Read a saved place and check it; `InputError` names the file and what is wrong."""
        folder = Path(folder)
        head = _read_head(folder / "place.toml")
        tables = {table: _read_table(folder / f"{table}.parquet") for table in COLUMNS}
        return check(make_place(**head, tables=tables, file=folder), file=folder)


def make_place(
    *,
    name: str,
    title: str,
    year: int,
    sources: list[str],
    licence: str,
    synthetic: bool,
    tables: dict[str, pd.DataFrame],
    files: Sequence[dict[str, Any]] = (),
    file: Path | None = None,
) -> Place:
    """A place from its tables: columns in order, typed, sorted by key, positions to a metre."""
    tidied = {table: _tidy(table, tables[table], file) for table in COLUMNS}
    return Place(name, title, year, list(sources), licence, synthetic, **tidied, files=tuple(files))


def _tidy(table: str, frame: pd.DataFrame, file: Path | None) -> pd.DataFrame:
    for column in COLUMNS[table]:
        if column not in frame.columns:
            raise InputError(f"the column {column} is missing", file=file, key=table)
    frame = frame[list(COLUMNS[table])].reset_index(drop=True)
    for column, about in COLUMNS[table].items():
        frame[column] = _typed(frame[column], about.kind, file, f"{table}.{column}")
    frame = frame.sort_values(KEYS[table]).reset_index(drop=True)
    numbers = [column for column, about in COLUMNS[table].items() if about.kind == NUMBER]
    frame[numbers] = frame[numbers].round(6)
    return frame.round(dict.fromkeys(POINT, 3))


def _typed(values: pd.Series, kind: str, file: Path | None, key: str) -> pd.Series:
    """The column in its type; text, counts and flags may not be missing, nothing may be changed."""
    if kind != NUMBER and values.isna().any():
        raise InputError("a value is missing", file=file, key=key, allowed=MEANING[kind])
    try:
        typed = values.astype(np.dtype(kind) if kind != TEXT else "str")
    except (ValueError, TypeError, OverflowError):
        typed = None
    changed = kind in (COUNT, FLAG) and len(values) and typed is not None
    if typed is None or not _is_of(values, kind) or (changed and not (typed == values).all()):
        raise InputError("a value of another kind", file=file, key=key, allowed=MEANING[kind])
    return typed


def _is_of(values: pd.Series, kind: str) -> bool:
    """Whether a column holds what it should: a text is no number, a number no flag."""
    dtypes, types = HOLDS[kind]
    if values.dtype.kind in dtypes or values.empty:
        return True
    flags = [isinstance(value, bool | np.bool_) for value in values]
    return all(isinstance(v, types) and flag == (kind == FLAG)
               for v, flag in zip(values, flags, strict=True))  # fmt: skip


def _read_head(path: Path) -> dict[str, Any]:
    check_file(path, "no place here: there is no place.toml")
    _check_size(path)
    head = read_toml(path)
    if head.pop("schema", None) != SCHEMA:
        raise InputError("written by another version", file=path, key="schema", allowed=SCHEMA)
    kinds = {"name": str, "title": str, "year": int, "sources": list, "licence": str}
    for key, kind in (kinds | {"synthetic": bool}).items():
        if not isinstance(head.get(key), kind):
            raise InputError(f"the entry {key} is missing or of another type", file=path, key=key)
        if kind is str and not head[key].strip():
            raise InputError(f"the entry {key} is empty", file=path, key=key)
    if not all(isinstance(source, str) for source in head["sources"]):
        raise InputError("the entry sources is no list of texts", file=path, key="sources")
    files = head.get("files", [])
    if not isinstance(files, list) or not all(isinstance(one, dict) for one in files):
        raise InputError("the entry files is no list of tables", file=path, key="files")
    return {key: head[key] for key in (*kinds, "synthetic")} | {"files": files}


def _read_table(path: Path) -> pd.DataFrame:
    check_file(path, "this table of the place is missing")
    _check_size(path)
    return read_parquet(path)


def _check_size(path: Path) -> None:
    if path.is_symlink():
        raise InputError("a link: it is not followed", file=path)
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise InputError(
            "this file is too large",
            file=path,
            value=f"{path.stat().st_size:,} bytes",
            allowed=f"at most {LARGEST_FILE_BYTES:,} bytes",
        )


def check(place: Place, file: Path | None = None) -> Place:
    """The place itself if a run can start from it, else `InputError` about the first fault."""
    if not NAME.fullmatch(place.name):
        raise InputError(
            "not a usable name", file=file, key="name", value=place.name, allowed="a-z, 0-9 and _"
        )
    first, last = years_with_rules()
    if not first <= place.year <= last:
        raise InputError(
            "no rules are known for this year", file=file, key="year", value=place.year,
            allowed=f"a year from {first} to {last}",
        )  # fmt: skip
    tables = {table: getattr(place, table) for table in COLUMNS}
    for table, frame in tables.items():
        _check_rows(table, frame, file)
    check_columns(tables, file)
    check_totals(tables, file)
    return place


def _check_rows(table: str, frame: pd.DataFrame, file: Path | None) -> None:
    if table != "registers" and frame.empty:
        one = {"commissioners": "commissioner"}.get(table, f"row in {table}")
        raise InputError(f"there is no {one}", file=file, key=table)
    twice = frame.duplicated(KEYS[table])
    if twice.any():
        value = " ".join(frame.loc[twice, KEYS[table]].iloc[0])
        raise InputError("this code stands twice", file=file, key=table, value=value)
