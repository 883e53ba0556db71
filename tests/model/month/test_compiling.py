"""The rules are compiled once on a machine, and it is said where that cannot be kept."""

import subprocess
from types import SimpleNamespace

import pytest

from model.month import compiling


@pytest.mark.parametrize("kept", [True, False])
def test_it_is_said_which_folder_cannot_keep_what_was_compiled(monkeypatch, capsys, kept):
    there = iter([False, kept])
    monkeypatch.setattr(compiling, "is_compiled", lambda: next(there))
    monkeypatch.setattr(compiling, "_compile_the_rest", lambda setup, ahead: None)
    ahead = SimpleNamespace(kill=lambda: None, wait=lambda: None)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: ahead)
    assert compiling.compiled(lambda: "setup") == "setup"
    told = f"{compiling.CACHE_FOLDER}: compiled rules cannot be kept here"
    assert (told in capsys.readouterr().err) is not kept
