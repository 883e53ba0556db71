"""Bundle the page's script anew; `--check` says instead whether the one that is kept is the same.

The bundler is esbuild, which `deno bundle` fetches from the npm registry once.
"""

import subprocess
import sys

from deno import find_deno_bin

from viz.bundle import BUNDLE, FIRST, SOURCES, digest, script, sources

BUNDLER = ("bundle", "--quiet", "--platform=browser", "--minify", "main.js")


def bundled() -> str:
    """The modules of the page as one script."""
    made = subprocess.run(
        [find_deno_bin(), *BUNDLER], cwd=SOURCES, stdout=subprocess.PIPE, check=True
    )
    return FIRST.format(digest=digest(sources())) + made.stdout.decode()


def main(words: list[str]) -> int:
    """0 if the bundle is as it should be."""
    made = bundled()
    if words != ["--check"]:
        BUNDLE.write_text(made, encoding="utf-8", newline="\n")
    elif made != script():
        print(f"{BUNDLE.name} is stale: uv run python -m viz.bundle", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
