"""A command says early that it works, how long still, and ends cleanly from its first moment."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.terminal import waiting as told
from experiments.terminal.output import Progress
from experiments.terminal.waiting import Waiting
from model.month.economy import burn_in

LINE = [sys.executable, "-m", "experiments.commands.entry", "compare", "--place", "lakeland"]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="no signals to a child on Windows")


def heard(waiting: Waiting, monkeypatch, seconds: float) -> list[str]:
    """What a command that says nothing itself is heard to say."""
    said: list[str] = []
    monkeypatch.setattr(told.os, "write", lambda handle, text: said.append(text.decode()))
    waiting.start()
    time.sleep(seconds)
    waiting.stop()
    return said


def test_silence_is_broken_early_and_again_and_again(monkeypatch):
    monkeypatch.setattr(told, "FIRST_SECONDS", 0.1)
    monkeypatch.setattr(told, "EVERY_SECONDS", 0.5)
    waiting = Waiting()
    said = heard(waiting, monkeypatch, 2.5)
    assert said[0] == f"{told.READY}\n" and len(said) == 3
    assert "s so far" in said[-1]


def test_nothing_is_added_to_a_command_that_speaks_or_draws_a_bar(monkeypatch):
    monkeypatch.setattr(told, "FIRST_SECONDS", 0.1)
    monkeypatch.setattr(told, "EVERY_SECONDS", 0.0)
    waiting = Waiting()
    waiting.bar = True
    monkeypatch.setattr(waiting, "sentence", lambda: "never")
    waiting.told += 1e6
    assert heard(waiting, monkeypatch, 1.3) == []


def test_progress_tells_the_time_left_before_and_while_it_goes_on(capsys):
    with Progress("runs", 4, "runs", seconds=100.0) as progress:
        assert "of 4 runs" in progress.sentence() and "at least 2 min left" in progress.sentence()
        assert told.waiting.doing is not None
        progress.started -= 30.0
        progress.advance()
        assert progress.sentence() == "runs: 1 of 4 runs in 30 s, about 2 min left"
    assert told.waiting.doing is None
    assert capsys.readouterr().err.startswith("runs: 4 runs, at least 2 min left\n")


def test_the_time_left_is_told_in_a_long_first_month():
    with Progress("status_quo", 121, "months") as progress:
        progress.started -= 300.0
        assert "left" not in progress.sentence()  # while everybody is drawn
        progress.begin()
        progress.started -= 60.0
        assert progress.sentence() == (
            "status_quo: 0 of 121 months in 60 s, 2.0 h left if the others take as long as this one"
            " has"
        )


def test_a_burn_in_says_when_its_first_month_begins(shire):
    heard: list[str] = []
    burn_in(shire, 2, after_month=lambda: heard.append("month"),
            before_first=lambda: heard.append("begins"))  # fmt: skip
    assert heard == ["begins", *["month"] * 36]


def started() -> subprocess.Popen:
    return subprocess.Popen(
        LINE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip


@POSIX
@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        *[("SIGINT", seconds) for seconds in (0.1, 0.3, 0.6, 1.0)],
        ("SIGTERM", 0.1),
        ("SIGHUP", 0.3),
        *[
            pytest.param(name, seconds, marks=pytest.mark.slow)
            for name, others in (("SIGTERM", (0.3, 0.6, 1.0)), ("SIGHUP", (0.1, 0.6, 1.0)))
            for seconds in others
        ],
    ],
)
def test_it_ends_cleanly_from_the_first_moment(seconds, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = started()
    _wait_for_handlers(command.pid)
    time.sleep(seconds - 0.1)
    command.send_signal(getattr(signal, name))
    out, err = command.communicate(timeout=60)
    assert command.returncode == 130 and out == "" and "Traceback" not in err
    assert err.splitlines()[-1] == "Interrupted; nothing half-written is left."
    assert list(tmp_path.iterdir()) == []


def _wait_for_handlers(pid: int) -> None:
    """Until the process listens to SIGTERM: before that, it is Python that starts."""
    if not os.path.exists("/proc/self/status"):
        time.sleep(0.5)
        return
    for _ in range(600):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        caught = next(line for line in lines if line.startswith("SigCgt"))
        if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.05)


def test_nothing_is_read_before_it_listens():
    code = (
        "import sys; before = {*sys.modules}; import experiments.commands.entry\n"
        "new = {*sys.modules} - before - {*sys.builtin_module_names}\n"
        "print(*sorted(name for name in new if not name.startswith('experiments')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "\n" and done.stderr == ""


@POSIX
def test_whoever_ignores_hangups_goes_on_after_one():
    code = (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN);"
        "from experiments.commands import entry;"
        "entry._listen(); signal.raise_signal(signal.SIGHUP);"
        "print('goes on')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "goes on\n"


@POSIX
def test_an_interrupt_that_falls_where_nothing_can_be_raised_comes_again():
    code = (
        "import signal, time; from experiments.commands import entry\n"
        "class Dying:\n"
        "    def __del__(self): signal.raise_signal(signal.SIGINT)\n"
        "entry._listen()\n"
        "try:\n"
        "    Dying(); time.sleep(2.0); print('lost')\n"
        "except KeyboardInterrupt:\n"
        "    print('heard')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert done.stdout == "heard\n"
