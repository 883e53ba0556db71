"""What runs beside a page: it is heard line by line, steps back, and ends when it should."""

import importlib
import os
import subprocess
import sys
import time

import psutil
import pytest

from viz.background.beside import NICENESS, answer_of, lines_of

WORK = """
import os, time

def forever():
    print("a library says something")
    yield {"process": os.getpid(), "niceness": os.nice(0)}
    time.sleep(600)

def silent():
    time.sleep(600)
    yield {}

def wrong(number):
    raise ValueError(f"not {number}")

def forking():
    import multiprocessing
    with multiprocessing.get_context("fork").Pool(1) as pool:
        yield {"found": pool.map(abs, [-3])}

def dying():
    os._exit(3)
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module of functions, which processes that are begun from here find, too."""
    (tmp_path / "work_of_a_test.py").write_text(WORK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("work_of_a_test")
    del sys.modules["work_of_a_test"]


def goes(process: int, seconds: float = 20.0) -> bool:
    """Whether a process ends before long."""
    until = time.monotonic() + seconds
    while psutil.pid_exists(process) and time.monotonic() < until:
        time.sleep(0.05)
    return not psutil.pid_exists(process)


def test_it_says_what_it_finds_behind_everything_else_until_nobody_wants_it(work):
    wanted = True
    lines = lines_of(work.forever, {}, lambda: wanted)
    found = next(lines)
    assert found["niceness"] == min(os.nice(0) + NICENESS, 19)
    assert psutil.pid_exists(found["process"])
    wanted = False
    assert list(lines) == []
    assert goes(found["process"])


def test_whoever_hears_no_more_ends_it(work):
    lines = lines_of(work.forever, {}, lambda: True)
    process = next(lines)["process"]
    lines.close()
    assert goes(process)


def test_what_takes_too_long_is_stopped_and_what_goes_wrong_is_said(work):
    assert answer_of(work.silent, {}, lambda: True, 0.2) == {"stopped": True}
    assert answer_of(work.silent, {}, lambda: False, 60.0) == {"stopped": True}
    assert answer_of(work.wrong, {"number": 3}, lambda: True, 60.0) == {
        "failed": "ValueError: not 3"
    }
    assert answer_of(work.dying, {}, lambda: True, 60.0) == {"failed": "ended"}


@pytest.mark.skipif(sys.platform == "win32", reason="there are no forks")
def test_what_it_forks_works(work):
    assert answer_of(work.forking, {}, lambda: True, 20.0) == {"found": [3]}


PARENT = """
from viz.background.beside import lines_of
import work_of_a_test
for line in lines_of(work_of_a_test.forever, {}, lambda: True):
    print(line["process"], flush=True)
"""


def test_it_ends_with_whoever_started_it_however_that_went(work):
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    process = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    assert goes(process)
