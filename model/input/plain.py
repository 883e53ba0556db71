"""What others wrote is text: it steers no terminal, and no link leads out of a folder of theirs."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from model.input.errors import InputError

WHOLE = re.compile(r"(-?)0*([0-9]{1,18})")  # what a field of 64 bits surely holds
TABLE = re.compile(r"[a-z0-9_]{1,100}\.parquet")


def whole_of(text: str) -> int | None:
    """The whole number that a text is in plain digits; None if it is none, or beyond all use."""
    found = WHOLE.fullmatch(text)
    return int(found[1] + found[2]) if found else None


def check_no_links(folder: Path) -> None:
    """`InputError` if anything in a folder, however deep, is a link or no plain file.

    The folder itself is as its owner named it, and may be reached by a link.
    """
    for entry in _entries(folder):
        plain = entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)
        if not plain or _is_junction(entry):
            raise InputError("a link or no plain file: it is not followed", file=entry.path)


def _is_junction(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() or entry.is_junction()


def is_link(path: Path) -> bool:
    """Whether a name leads elsewhere: a symbolic link, or a junction of Windows."""
    return path.is_symlink() or path.is_junction()


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    waiting = [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                entries = list(found)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", file=error.filename) from None
        for entry in entries:
            yield entry
            if entry.is_dir(follow_symlinks=False) and not _is_junction(entry):
                waiting.append(entry.path)


def tables_in(folder: Path) -> list[Path]:
    """The tables of a folder in order, by plain names; `InputError` if one is called otherwise.

    Hidden files, which systems leave beside others, are none of them.
    """
    found = sorted(path for path in folder.glob("*.parquet") if not path.name.startswith("."))
    for path in found:
        if not TABLE.fullmatch(path.name):
            raise InputError("not a name for a table", file=folder, key="table", value=path.name,
                           allowed="a-z, 0-9 and _, then .parquet")  # fmt: skip
        if path.is_symlink() or not path.is_file():
            raise InputError("a link or no plain file: it is not followed", file=path)
    return found
