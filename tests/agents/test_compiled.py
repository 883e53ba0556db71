"""The cache of compiled rules belongs to the rules as they are written."""

import os
import shutil
import subprocess
import sys

import pytest

from agents.numerics.compiled import compiled
from agents.numerics.kernel_cache import ROOT, kernel_sources

NAME = "from agents.numerics.kernel_cache import _source_hash; print(_source_hash())"


@pytest.fixture
def tree(tmp_path):
    """A copy of the packages, to edit."""
    for package in ("agents", "model"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return tmp_path


def cache_name(tree):
    run = subprocess.run(
        [sys.executable, "-c", NAME], capture_output=True, text=True, check=True, cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "XDG_CACHE_HOME": str(tree / "cache")},
    )  # fmt: skip
    return run.stdout.strip()


def edit(path):
    path.write_text(path.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")


def test_an_edited_helper_is_another_cache(tree):
    before = cache_name(tree)
    assert len(before) == 12 and cache_name(tree) == before
    names = {before}
    helpers = (
        "agents/patients/health.py",
        "agents/patients/patient_tables.py",
        "model/care/kernel.py",
    )
    for helper in helpers:
        edit(tree / helper)
        names.add(cache_name(tree))
    assert len(names) == 4
    others = set((tree / "model").rglob("*.py")) - set(kernel_sources(tree))
    edit(min(others))  # no compiled rule looks at it
    assert cache_name(tree) in names


def test_another_copy_and_files_written_anew_are_other_caches(tree, tmp_path_factory):
    """numba looks for a rule by the place and the time of its file: there is none to be found."""
    other = shutil.copytree(tree, tmp_path_factory.mktemp("other") / "tree")
    kernel = tree / "model/care/kernel.py"
    names = [cache_name(tree), cache_name(other)]
    os.utime(kernel, ns=(0, kernel.stat().st_mtime_ns + 1_000))
    assert len({*names, cache_name(tree)}) == 3


def test_every_file_with_a_compiled_rule_counts():
    sources = set(kernel_sources())
    marks = ("@compiled", "@lean", "@hot")
    for package in ("agents", "model"):
        for path in (ROOT / package).rglob("*.py"):
            lines = path.read_text(encoding="utf-8").splitlines()
            if any(line.startswith(marks) for line in lines):
                assert path in sources, path
    assert {path.name for path in sources} >= {"rules.py", "random_streams.py", "routes.py"}


def test_only_one_module_asks_the_compiler():
    for package in ("agents", "model"):
        for path in (ROOT / package).rglob("*.py"):
            if path.name != "compiled.py":
                assert "import numba" not in path.read_text(encoding="utf-8"), path


def test_a_compiled_rule_can_be_read_and_called():
    @compiled
    def double(x):
        return 2 * x

    assert double(21) == 42
