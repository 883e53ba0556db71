"""Files that people wrote or that may be damaged: read in full, or refused in one sentence."""

import json
import os
import stat
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.input.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

LARGEST_TEXT_BYTES = 50_000_000
DAMAGED = "damaged: not a whole Parquet table"
MOST_ROWS = 20_000_000  # of a table: a file of few bytes can hold many that are alike
OTHER_THAN_FILES = {
    stat.S_IFIFO: "a pipe", stat.S_IFDIR: "a folder", stat.S_IFSOCK: "a socket",
    stat.S_IFLNK: "a link to nothing", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
}  # fmt: skip
KINDS = {"text": "OU", "number": "iuf", "whole": "iu", "flag": "b", "list": "O"}


def check_file(path: Path, missing: str, key: str | None = None) -> None:
    """`InputError` if there is no file: what else it is, or `missing` if there is nothing."""
    if os.path.isfile(path):
        return
    if not os.path.lexists(path):
        raise InputError(missing, file=path, key=key)
    found = os.stat(path) if os.path.exists(path) else os.lstat(path)
    kind = OTHER_THAN_FILES.get(stat.S_IFMT(found.st_mode), "something else")
    raise InputError(f"{kind}, not a file", file=path, key=key)


def read_text(path: Path) -> str:
    """A text file in UTF-8; `InputError` if it is none, too large, or cannot be read."""
    check_file(path, "no such file")  # a pipe is not waited for
    try:
        if path.stat().st_size > LARGEST_TEXT_BYTES:
            raise InputError("this file is too large", file=path,
                           value=f"{path.stat().st_size:,} bytes",
                           allowed=f"at most {LARGEST_TEXT_BYTES:,} bytes")  # fmt: skip
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from None
    except UnicodeDecodeError:
        raise InputError("not a text in UTF-8", file=path) from None


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file; `InputError` says what is wrong with it."""
    return parsed_toml(read_text(path), path)


def parsed_toml(text: str, file: str | Path | None = None) -> dict[str, Any]:
    """The content of a text in TOML; `InputError` (about `file`) says what is wrong with it."""
    toml: dict[str, Any] = _parsed(tomllib.loads, text, "TOML", tomllib.TOMLDecodeError, file)
    return toml


def read_json(path: Path) -> Any:
    """The content of a JSON file; `InputError` says what is wrong with it."""
    return parsed_json(read_text(path), path)


def parsed_json(text: str, file: str | Path | None = None) -> Any:
    """The content of a text in JSON; `InputError` (about `file`) says what is wrong with it."""
    return _parsed(json.loads, text, "JSON", json.JSONDecodeError, file)


def _parsed(
    parse: Callable[[str], Any], text: str, what: str, fault: type[ValueError],
    file: str | Path | None,
) -> Any:  # fmt: skip
    try:
        return parse(text)
    except fault as error:
        raise InputError(f"not valid {what}: {_told(error)}", file=file) from None
    except ValueError:  # the parser turned a number down
        raise InputError("a number or date that cannot be", file=file) from None
    except RecursionError:
        raise InputError("nested too deeply", file=file) from None


def _told(error: ValueError) -> str:
    """Where a text breaks; a parser of TOML says in words what it expected."""
    if isinstance(error, json.JSONDecodeError):
        return f"it breaks off or is wrong at line {error.lineno}, character {error.colno}"
    return str(error)


def read_parquet(path: Path) -> "pd.DataFrame":
    """A Parquet table; `InputError` if it is none or too large to be read."""
    import pandas as pd
    from pyarrow import parquet

    try:
        rows = parquet.read_metadata(path).num_rows
        if rows <= MOST_ROWS:
            frame = pd.read_parquet(path)
            _check_texts(frame)
            return frame
    except Exception:  # damage makes of readers whatever it likes
        raise InputError(DAMAGED, file=path) from None
    raise InputError("this table is too large", file=path, value=f"{rows:,} rows",
                   allowed=f"at most {MOST_ROWS:,} rows")  # fmt: skip


def _check_texts(frame: "pd.DataFrame") -> None:
    """An error if a text is none: Parquet's reader lets bytes through that no text has."""
    import pandas as pd

    for column, kind in frame.dtypes.items():
        if isinstance(kind, pd.StringDtype):
            frame[column].astype(object)


def check_fields(content: Any, fields: Mapping[str, type], file: Path) -> None:
    """`InputError` about the first field (`place.title`) that is missing or of another type."""
    for key, kind in fields.items():
        value = content
        for part in key.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise InputError(f"damaged: the entry {key} is missing or of another type", file=file,
                           key=key, value=value)  # fmt: skip


def check_table(frame: "pd.DataFrame", columns: Mapping[str, str], file: Path) -> None:
    """`InputError` about the first column that is missing or holds something else (`KINDS`)."""
    for column, kind in columns.items():
        if column not in frame.columns:
            raise InputError(f"damaged: the column {column} is missing", file=file, key=column)
        values = frame[column]
        wrong = len(values) and values.dtype.kind not in KINDS[kind]
        if kind == "list":
            wrong = not all(hasattr(value, "__len__") and not isinstance(value, str)
                            for value in values)  # fmt: skip
        elif kind == "text":
            wrong = not all(isinstance(value, str) for value in values)
        if wrong or values.isna().any():
            raise InputError(f"damaged: the column {column} holds something else", file=file,
                           key=column, allowed=kind)  # fmt: skip
