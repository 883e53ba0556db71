"""Take from D3 what the page uses of it, as one module: `uv run python -m viz.bundle.library`.

It is kept with the project, so that unit tests and type checks of the page need no npm registry.
"""

import re
import subprocess
from pathlib import Path

from deno import find_deno_bin

from viz.bundle import SOURCES

ENTRY = Path(__file__).with_suffix(".js")
LIBRARY = SOURCES / "library" / "d3.js"
WHERE_FOUND = re.compile(r"^// \S*/npm/[^/\s]+/(\S+)$", re.MULTILINE)  # package/version/file
HEAD = """\
/*! D3 (https://d3js.org), copyright 2010-2026 Mike Bostock, ISC licence: see LICENSE beside it. */
// Parts of it, taken by viz/bundle/library.py; the name and version of each stand above it.
// @ts-self-types="./d3.d.ts"
// @ts-nocheck: its types stand in d3.d.ts.
"""


def taken() -> str:
    """The parts of the library, without the folders of the machine that took them."""
    words = ("bundle", "--quiet", "--platform=browser", "--no-lock", ENTRY.name)
    made = subprocess.run(
        [find_deno_bin(), *words], cwd=ENTRY.parent, stdout=subprocess.PIPE, check=True
    )
    return HEAD + WHERE_FOUND.sub(r"// \1", made.stdout.decode())


if __name__ == "__main__":
    LIBRARY.write_text(taken(), encoding="utf-8", newline="\n")
