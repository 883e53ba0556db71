"""Where compiled rules are kept on this machine.

numba's cache does not notice a change in a helper that lives in another file, so the cache folder
carries a hash of every file that holds a compiled rule and of all they import: an edited helper is
a new folder. So is another copy of the files, or one written anew: numba would find nothing there.
Its files are pickles: it is the user's alone (`agents.numerics.private_folder`), or there is none.
"""

import hashlib
import re
from pathlib import Path

from agents.numerics.private_folder import private_folder

ROOT = Path(__file__).parents[2]
IMPORT = re.compile(r"^\s*from ((?:agents|model)[\w.]*) import", re.MULTILINE)


def kernel_sources(root: Path = ROOT) -> list[Path]:
    """Files of the packages that hold compiled rules, and those they import, in order."""
    texts = {
        path: path.read_text(encoding="utf-8")
        for package in ("agents", "model")
        for path in (root / package).rglob("*.py")
    }
    wanted, found = [p for p in texts if "from agents.numerics.compiled import" in texts[p]], set()
    while wanted:
        path = wanted.pop()
        if path not in found and path in texts:
            found.add(path)
            wanted += [root / f"{m.replace('.', '/')}.py" for m in IMPORT.findall(texts[path])]
            wanted += [
                root / m.replace(".", "/") / "__init__.py" for m in IMPORT.findall(texts[path])
            ]
    return sorted(found)


def _source_hash() -> str:
    digest = hashlib.sha256()
    for path in kernel_sources():
        digest.update(f"{path} {path.stat().st_mtime_ns}".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


CACHE_FOLDER = private_folder(_source_hash())  # None: nothing is kept, each process compiles anew


def is_compiled() -> bool:
    """Whether the patients' month has been compiled on this machine before."""
    return CACHE_FOLDER is not None and any(CACHE_FOLDER.rglob("kernel._live_rows*.nbc"))
