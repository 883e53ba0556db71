"""Bytecode is kept in the cache folder only where Python is told to keep none beside sources."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from model.bytecode import keep_bytecode


@pytest.fixture(autouse=True)
def python_as_it_was(monkeypatch):
    monkeypatch.setattr(sys, "pycache_prefix", None)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "")


def test_it_goes_to_the_cache_folder_and_never_beside_sources():
    keep_bytecode()
    assert not sys.dont_write_bytecode and "PYTHONDONTWRITEBYTECODE" not in os.environ
    assert os.environ["PYTHONPYCACHEPREFIX"] == sys.pycache_prefix
    folder = Path(str(sys.pycache_prefix))
    assert folder.is_absolute() and folder.name == "bytecode"
    assert not folder.is_relative_to(Path(__file__).parents[2])


def test_on_a_full_disk_it_is_read_and_none_is_added(monkeypatch):
    """Python keeps what was cut short there, and fails on it ever after."""
    full = shutil._ntuple_diskusage(10**12, 10**12, 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    keep_bytecode()
    assert sys.dont_write_bytecode and os.environ["PYTHONDONTWRITEBYTECODE"] == "1"
    assert Path(str(sys.pycache_prefix)).name == "bytecode"


def test_python_is_left_alone_where_it_keeps_its_own(monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    keep_bytecode()
    assert sys.pycache_prefix is None and os.environ["PYTHONDONTWRITEBYTECODE"] == "1"
