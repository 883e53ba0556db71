"""Work beside a page: one function in a process of low priority; what it finds as lines of JSON.

    python -m viz.background.beside MODULE:FUNCTION '{"seed": 1, ...}'

The process steps back behind everything else on the machine, and ends with the program that started
it. Which function it runs is said by whoever starts the page, never by a browser.
"""

import contextlib
import importlib
import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from model.input.errors import InputError

Record = dict[str, Any]
Work = Callable[..., Iterable[Record]]  # a function of a module
NICENESS = 15  # added to the niceness of the process
POLL_INTERVAL_SECONDS = 0.2  # seconds between looks at whether it is still wanted


def lines_of(
    work: Work,
    given: Mapping[str, Any],
    wanted: Callable[[], bool],
    seconds: float = math.inf,
    folder: Path | None = None,
) -> Generator[Record]:
    """Yield what a function finds, until it ends, is no longer wanted or took too long.

    given: its arguments. folder: where it runs. What it raises is its last record: "failed", one
    sentence, and of bad input "refused", its parts.
    """
    name = f"{work.__module__}:{work.__qualname__}"
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "viz.background.beside", name, json.dumps(given)], cwd=folder,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        until = time.monotonic() + seconds
        threading.Thread(target=_end_unless, args=(process, wanted, until), daemon=True).start()
        try:
            for line in process.stdout:
                if line.endswith("\n"):  # else it was ended while it spoke
                    yield json.loads(line)
        finally:
            _end(process)


def answer_of(
    work: Work,
    given: Mapping[str, Any],
    wanted: Callable[[], bool],
    seconds: float,
    folder: Path | None = None,
) -> Record:
    """Return the first thing that a function finds; "stopped" if it was ended before.

    given: its arguments. wanted: whether it still is. folder: where it runs. "failed" says why
    nothing was found.
    """
    until = time.monotonic() + seconds
    with contextlib.closing(lines_of(work, given, wanted, seconds, folder)) as lines:
        found = next(lines, None)
    if found is not None:
        return found
    return {"stopped": True} if not wanted() or time.monotonic() > until else {"failed": "ended"}


def _end_unless(process: "subprocess.Popen[str]", wanted: Callable[[], bool], until: float) -> None:
    while process.poll() is None:
        if not wanted() or time.monotonic() > until:
            _end(process)
        time.sleep(POLL_INTERVAL_SECONDS)


def _end(process: "subprocess.Popen[str]") -> None:
    """End a process and whatever it has begun, which would hold its output open."""
    if process.poll() is None and hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def main(arguments: Sequence[str]) -> None:
    """Run the function of this name and say each thing that it finds, or why it cannot be."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(AttributeError, OSError):  # no such thing on Windows
        os.nice(NICENESS)
    name, given = arguments
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # what else is printed is no answer
        for found in _said(name, json.loads(given)):
            print(json.dumps(found), file=out, flush=True)


def _said(name: str, given: Mapping[str, Any]) -> Iterator[Record]:
    module, _, function = name.partition(":")
    try:
        yield from getattr(importlib.import_module(module), function)(**given)
    except InputError as error:
        yield {"failed": str(error), "refused": error.record()}
    except Exception as error:
        yield {"failed": f"{type(error).__name__}: {error}"}


def _end_with_parent() -> None:
    """Whoever started this holds its standard input open for as long as it wants an answer."""
    while os.read(0, 1):  # not `sys.stdin`, whose lock a process forked meanwhile would wait for
        pass
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
