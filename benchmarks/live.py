"""How the live view keeps up: opening, frames drawn a second, months a second, lag, memory.

    uv run python benchmarks/live.py

Starts the page's server for each case, plays it at its fastest in headless Chromium and reads what
the page itself counted: drawings of the map (each with its data moved on), months that arrived, and
the time from a month's end on the server to its being drawn. Server and browser share the machine.
Opening is timed from the start of `joinedup watch`: until it gives the address and answers, until
the browser then first paints the page's frame, and until the first month is there. The load of the
machine when a case starts is printed: on a busy one all figures are worse.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from playwright.sync_api import Page, sync_playwright

CASES = {  # policies, patients, frames a second to reach
    "one economy, 8,000 patients": (["population_ico"], 8_000, 20),
    "two economies, 8,000 patients": (["status_quo", "population_ico"], 8_000, 20),
    "one economy, 50,000 patients": (["population_ico"], 50_000, 10),
}
MOST_LAG_MS, MOST_PAINT_S, MOST_OPENING_S = 100, 3, 10
MONTHS = 240
STORE = "document.querySelector('.ju').store"


@contextmanager
def served(policies: list[str], patients: int) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a page that `joinedup watch` began, and the process that serves it."""
    one, *other = policies
    words = ["watch", one, *(["--against", *other] if other else []), "--patients", str(patients)]
    words += ["--years", str(MONTHS // 12), "--port", "0"]
    program = subprocess.Popen([sys.executable, "-m", "experiments.commands.entry", *words],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               text=True)  # fmt: skip
    assert program.stdout is not None
    try:
        address = program.stdout.readline().strip()
        yield address, psutil.Process(program.pid).children()[0]
    finally:
        program.terminate()
        program.wait()


def measure(page: Page, seconds: float) -> dict[str, float]:
    """Play for a while; what the page counted meanwhile."""
    page.wait_for_selector(".ju .transport:not([hidden])", timeout=180_000)
    page.select_option(".transport select", "15")
    page.click(".ju .play")
    page.wait_for_function(f"{STORE}.shown >= 5", timeout=60_000)
    page.evaluate(f"Object.assign({STORE}.stats, {{ drawn: 0, received: 0, lags: [] }})")
    page.wait_for_timeout(1000 * seconds)
    found = page.evaluate(f"{STORE}.stats")
    return {
        "frames": found["drawn"] / seconds,
        "months": found["received"] / seconds,
        "lag": statistics.median(found["lags"]),
    }


def opened(page: Page, address: str, began: float) -> str:
    """Open the page and wait for its first month; what that took, in words."""
    answers = time.monotonic() - began
    page.goto(address)
    page.wait_for_selector(".ju .transport:not([hidden])", timeout=180_000)
    ready = time.monotonic() - began
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    first = answers + paint / 1000
    return (
        f"server answers {answers:.1f} s, first paint {paint / 1000:.1f} s later"
        f" (wanted {MOST_PAINT_S}), {first:.1f} s in all (wanted {MOST_OPENING_S}),"
        f" first month {ready:.1f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    asked = parser.parse_args()
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=shutil.which("chromium"),
                                       args=["--no-sandbox"])  # fmt: skip
        for name, (policies, patients, wanted) in CASES.items():
            load, began = os.getloadavg()[0], time.monotonic()
            with served(policies, patients) as (address, process):
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                opening = opened(page, address, began)
                found = measure(page, asked.seconds)
                memory = process.memory_info().rss / 1e6
                page.close()
            print(f"{name} (load {load:.1f}):"
                  f" {found['frames']:.1f} frames/s drawn (wanted {wanted}),"
                  f" {found['months']:.1f} months/s, median lag {found['lag']:.0f} ms"
                  f" (wanted under {MOST_LAG_MS}), server {memory:.0f} MB; {opening}",
                  flush=True)  # fmt: skip
        browser.close()


if __name__ == "__main__":
    main()
