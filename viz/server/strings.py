"""Every text of the live view, read from strings.toml."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def strings() -> dict[str, Any]:
    """All texts, as the file has them."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def text(part: str, name: str) -> str:
    """One text of a part of the page."""
    said: str = strings()[part][name]
    return said
