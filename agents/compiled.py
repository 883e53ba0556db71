"""The one way to compile a rule: serial, without the interpreter's lock, cached on disk.

numba's cache does not notice a change in a helper that lives in another file, so the cache folder
carries a hash of every source file that may hold a compiled rule: an edited helper is a new folder.
"""

import hashlib
import tempfile
from pathlib import Path

import numba
import platformdirs


def _source_hash(packages: tuple[str, ...] = ("agents", "model")) -> str:
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _cache_folder() -> str:
    try:
        folder = Path(platformdirs.user_cache_dir("joinedup", False)) / _source_hash()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir()) / f"joinedup-{_source_hash()}"
    return str(folder)


numba.config.CACHE_DIR = _cache_folder()
compiled = numba.njit(cache=True, nogil=True, error_model="numpy")
#: For rules of one row that make no arrays: arrays are lent to them, never counted or freed.
lean = numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
#: The same for what every row needs every month: made part of its caller.
hot = numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=False, forceinline=True)
