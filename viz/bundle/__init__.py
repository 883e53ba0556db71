"""The page's script: the modules in js/ and the library that they use, as one file.

The file is kept beside this, so that watching a model, a recording and tests need no bundler. Its
first line has the digest of what it was made of, from which anybody can tell that it is stale.
"""

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

SOURCES = Path(__file__).parents[1] / "js"
BUNDLE = Path(__file__).with_name("page.js")
FIRST = "// Made of viz/js by: uv run python -m viz.bundle. SHA-256 of the modules: {digest}\n"
STATED = re.compile(r"// Made of .*: ([0-9a-f]{64})\n")


@cache
def script() -> str:
    """The script as it was bundled last."""
    return BUNDLE.read_text(encoding="utf-8")


def sources() -> list[Path]:
    """Modules, library, settings of the bundler."""
    return sorted([*SOURCES.rglob("*.js"), SOURCES / "deno.json"])


def digest(files: Iterable[Path]) -> str:
    """The SHA-256 of files in `SOURCES` with their names, whatever ends their lines."""
    found = hashlib.sha256()
    for path in files:
        name, text = path.relative_to(SOURCES).as_posix(), path.read_text(encoding="utf-8")
        found.update(f"{name}\0{len(text)}\0{text}".encode())
    return found.hexdigest()


def stated_digest(bundled: str) -> str | None:
    """The digest of what a bundle says that it was made of."""
    stated = STATED.match(bundled)
    return stated[1] if stated else None
