"""Bundle the page's script anew; `--check` says instead whether the one that is kept is the same.

`--library` takes anew from D3 what the page uses of it, as one module that is kept with the others,
so that unit tests and type checks of the page need no npm registry. The bundler is esbuild, which
`deno bundle` fetches from that registry once.
"""

import re
import subprocess
import sys
from pathlib import Path

from deno import find_deno_bin

from viz.bundle import BUNDLE, FIRST, SOURCES, digest, script, sources

ENTRY = BUNDLE.with_name("library.js")
LIBRARY = SOURCES / "library" / "d3.js"
WHERE_FOUND = re.compile(r"^// \S*/npm/[^/\s]+/(\S+)$", re.MULTILINE)  # package/version/file
HEAD = """\
/*! Parts of D3 (https://d3js.org).
{licence}*/
// Parts of it, taken by viz/bundle/library.js; the name and version of each stand above it.
// @ts-self-types="./d3.d.ts"
// @ts-nocheck: its types stand in d3.d.ts.
"""


def bundled(entry: Path, *more: str) -> str:
    """A module with all that it imports, as one script."""
    words = ("bundle", "--quiet", "--no-lock", "--platform=browser", *more, entry.name)
    made = subprocess.run(
        [find_deno_bin(), *words], cwd=entry.parent, stdout=subprocess.PIPE, check=True
    )
    return made.stdout.decode()


def page() -> str:
    """The script of the page, with the digest of what it is made of."""
    return FIRST.format(digest=digest(sources())) + bundled(SOURCES / "main.js", "--minify")


def library() -> str:
    """The parts of D3, without the folders of the machine that took them."""
    licence = LIBRARY.with_name("LICENSE").read_text(encoding="utf-8")
    return HEAD.format(licence=licence) + WHERE_FOUND.sub(r"// \1", bundled(ENTRY))


def main(words: list[str]) -> int:
    """0 if the bundle is as it should be."""
    if words == ["--library"]:
        LIBRARY.write_text(library(), encoding="utf-8", newline="\n")
    made = page()
    if words != ["--check"]:
        BUNDLE.write_text(made, encoding="utf-8", newline="\n")
    elif made != script():
        print(f"{BUNDLE.name} is stale: uv run python -m viz.bundle", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
