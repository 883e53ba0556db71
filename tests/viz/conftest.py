"""The live view as a reader meets it: a small server, and a real browser."""

import os
import shutil
import subprocess
import sys
import time
from typing import NamedTuple

import psutil
import pytest

# Tells of every connection or name asked for beyond this machine, then serves as the command does.
AUDITED = """
import sys
def hear(event, found):
    asked = found[1] if event == "socket.connect" else found
    if event in ("socket.connect", "socket.getaddrinfo") and isinstance(asked, tuple):
        if asked[0] not in ("127.0.0.1", "localhost", "::1", None):
            print("asked for", asked[0], file=sys.stderr, flush=True)
sys.addaudithook(hear)
from joinedup.watching import main
sys.exit(main(sys.argv[1:]))
"""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
IN_CI = os.environ.get("CI") == "true"


class Served(NamedTuple):
    """A server that runs: its address, process and the file of what it complains of."""

    address: str
    process: int
    complaints: "os.PathLike[str]"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A small live view, served as by the command; HOST must not matter."""
    complaints = tmp_path_factory.mktemp("watch") / "stderr"
    words = ["population_ico", "--patients", "1000", "--seed", "3", "--port", "0"]
    with complaints.open("w") as heard:
        served = subprocess.Popen(
            [sys.executable, "-c", AUDITED, *words], env={**os.environ, "HOST": "0.0.0.0"},
            stdout=subprocess.PIPE, stderr=heard, text=True,
        )  # fmt: skip
        yield Served(served.stdout.readline().strip(), served.pid, complaints)
        served.terminate()
        served.wait(10)


@pytest.fixture(scope="session")
def address(server) -> str:
    return server.address


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        (pytest.fail if IN_CI else pytest.skip)("there is no Chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        started = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def comes_to_rest():
    """Whether a process uses a fifth of a core or less for half a second, within a minute."""

    def rests(process: psutil.Process) -> bool:
        for _ in range(120):
            used = sum(process.cpu_times()[:2])
            time.sleep(0.5)
            if sum(process.cpu_times()[:2]) - used < 0.1:
                return True
        return False

    return rests


@pytest.fixture(scope="session")
def opens():
    """Opens a page and waits for its first month; it carries its requests and errors."""
    return _open


def _open(browser, address: str, **context):
    opened = browser.new_page(**{"viewport": {"width": 1280, "height": 800}} | context)
    opened.asked, opened.faults = [], []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("pageerror", lambda error: opened.faults.append(str(error)))
    opened.on("console", lambda said: said.type == "error" and opened.faults.append(said.text))
    opened.goto(address)
    opened.wait_for_selector(".ju .transport:not([hidden])", timeout=180_000)
    return opened
