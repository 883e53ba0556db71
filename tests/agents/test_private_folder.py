"""What Python will run is kept only where nobody but its user can write, or nowhere."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from agents.numerics import private_folder as module
from agents.numerics.kernel_cache import ROOT
from agents.numerics.private_folder import private_folder

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders here have no modes")


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """Where the user's cache of the program would be; it is not there yet."""
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_: str(tmp_path / "c" / "joinedup"))
    return tmp_path / "c" / "joinedup"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_made_for_its_user_alone_whatever_the_umask(cache):
    before = os.umask(0)
    try:
        assert private_folder("kernels") == cache / "kernels"
    finally:
        os.umask(before)
    assert mode(cache) == mode(cache / "kernels") == 0o700
    (cache / "kernels" / "kept").write_text("")
    assert private_folder("kernels") == cache / "kernels" and (cache / "kernels" / "kept").exists()


@pytest.mark.parametrize("at", ["joinedup", "kernels"])
def test_a_link_is_not_taken(cache, tmp_path, at):
    (tmp_path / "theirs" / "kernels").mkdir(parents=True)
    cache.parent.mkdir()
    if at == "joinedup":
        cache.symlink_to(tmp_path / "theirs")
    else:
        cache.mkdir()
        (cache / "kernels").symlink_to(tmp_path / "theirs")
    assert private_folder("kernels") is None


@pytest.mark.parametrize("at", ["joinedup", "kernels"])
def test_a_folder_of_somebody_else_is_not_taken(cache, monkeypatch, at):
    (cache / "kernels").mkdir(parents=True, mode=0o700)
    theirs = (cache if at == "joinedup" else cache / "kernels").stat().st_ino
    own = module._is_own
    monkeypatch.setattr(module, "_is_own", lambda s: s.st_ino != theirs and own(s))
    assert private_folder("kernels") is None


def test_what_others_could_write_is_emptied_and_what_they_could_read_is_closed(cache):
    for name, given in (("read", 0o755), ("written", 0o777)):
        (cache / name).mkdir(parents=True)
        (cache / name / "kernel.nbi").write_text("a pickle")
        (cache / name).chmod(given)
    assert private_folder("read") and private_folder("written")
    assert mode(cache / "read") == mode(cache / "written") == 0o700
    assert (cache / "read" / "kernel.nbi").exists()
    assert not (cache / "written" / "kernel.nbi").exists()


def test_a_file_in_its_place_is_no_folder(cache):
    cache.parent.mkdir()
    cache.write_text("")
    assert private_folder("kernels") is None and private_folder() is None


CODE = """
import sys
import numba
if "full" in sys.argv:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
from agents.numerics.kernel_cache import CACHE_FOLDER
from agents.numerics.compiled import compiled
@compiled
def one(x):
    return x + 1
assert one(1) == 2
print(CACHE_FOLDER, repr(numba.config.CACHE_DIR), type(one._cache).__name__, one._cache.cache_path)
print("from the cache:", sum(one.stats.cache_hits.values()))
"""


@pytest.fixture
def compile_one(tmp_path):
    """Compile a rule in a process of its own, with its cache below `tmp_path`: what it printed."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "one.py").write_text(CODE)
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT),
           "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip

    def run(*words: str) -> str:
        line = [sys.executable, str(tmp_path / "source" / "one.py"), *words]
        return subprocess.run(line, capture_output=True, text=True, env=env, check=True).stdout

    return run


@pytest.mark.skipif(sys.platform != "linux", reason="a limit on the size of files")
def test_a_cache_without_room_stops_nothing_and_is_kept_once_there_is_room(compile_one, tmp_path):
    assert "from the cache: 0" in compile_one("full")
    assert not list((tmp_path / "home").rglob("*.nbc"))
    assert not list((tmp_path / "home").rglob("*.tmp.*"))
    assert "from the cache: 0" in compile_one()
    assert "from the cache: 1" in compile_one()
    assert "from the cache: 1" in compile_one("full")


def test_where_no_folder_can_be_made_in_the_cache_no_other_is_taken(compile_one, tmp_path):
    """Not beside the sources either."""
    folder = Path(compile_one().split()[3])
    shutil.rmtree(folder)
    folder.write_text("in the way")
    assert "NullCache" in compile_one()
    assert [p.name for p in (tmp_path / "source").rglob("*") if p.is_file()] == ["one.py"]


def test_without_a_folder_nothing_is_kept_and_no_other_is_looked_for(tmp_path):
    """Not in the temporary directory either, whose names others can guess and take first."""
    (tmp_path / "home").write_text("no folder")
    (tmp_path / "temp").mkdir()
    env = {**os.environ, "HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "home"),
           "TMPDIR": str(tmp_path / "temp"), "PYTHONPATH": str(ROOT)}  # fmt: skip
    (tmp_path / "one.py").write_text(CODE)
    done = subprocess.run(
        [sys.executable, tmp_path / "one.py"], capture_output=True, text=True, env=env
    )
    assert done.stdout.split()[:4] == ["None", "''", "NullCache", "None"], done.stderr
    assert list((tmp_path / "temp").iterdir()) == []
