"""The places that can be asked for by name, without anything that is slow to import."""

import os
from functools import cache
from pathlib import Path
from typing import Any

from model.input.errors import InputError
from model.input.reading import check_file, read_toml


@cache
def named_places() -> dict[str, dict[str, Any]]:
    """The named places of places.toml: drawn ones (`synthetic`) and real ones."""
    return read_toml(Path(__file__).parent / "places.toml")


def place_meant(name: str, folder: Path = Path()) -> str:
    """The name of a place, or the path to a folder of one that lies in `folder`.

    A folder holds before a shipped place of its name, so its path is no bare name.
    """
    beside = folder / name
    if not name.strip() or not os.path.isfile(beside / "place.toml"):
        return name
    return f"./{beside}" if len(beside.parts) == 1 else str(beside)


def check_place(name_or_path: str | Path, data: Path | None = None) -> None:
    """`InputError` if there is no place of this name or in this folder, or `data` is lacking."""
    text = str(name_or_path)
    if not text.strip():
        raise InputError("an empty name", key="place", allowed=named_places())
    entry = named_places().get(text)
    if entry is None and not os.path.isdir(text):  # `Path.is_dir` fails if a name is too long
        raise InputError(
            "no such place and no such folder", key="place", value=text, allowed=named_places()
        )
    if entry is None:
        check_file(Path(name_or_path) / "place.toml", "no place here: there is no place.toml")
    drawn = entry is None or entry["synthetic"]
    if not drawn and (data is None or not Path(data).is_dir()):
        raise InputError(
            "a real place needs the folder with the published statistics; give --data DIR"
            " or set JOINEDUP_DATA",
            file=data,
            key="place",
            value=text,
        )
