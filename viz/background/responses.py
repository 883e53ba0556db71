"""What one parameter does to the outcomes: `joinedup response`, lived small beside a page.

One process of low priority at a time, whatever the number of pages. Its runs are kept as those of
the command are, in runs/, so asking again lives only what is new.
"""

import contextlib
import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model.sizes import PATIENTS
from viz.background.trials import KINDNESS
from viz.server.strings import strings, text
from viz.server.wishes import Wish

SEEDS, YEARS = 6, 5
ENDS = 2  # values tried beside the central one: the ends of its range
LONGEST_SECONDS = 600
LOOKING = 1.0  # seconds between looks at whether it is still wanted
STATUS_QUO = "status_quo"
_turn = threading.Lock()


def words_of(lever: str, wish: Wish, data: Path | None) -> list[str]:
    """The command that is run for a page: under its first policy that changes something."""
    policy = next((name for name in wish.policies if name != STATUS_QUO), STATUS_QUO)
    words = ["response", lever, "--policy", policy, "--place", wish.place]
    words += ["--data", str(data)] if data else []
    words += ["--points", f"{ENDS}", "--patients", f"{min(wish.patients, PATIENTS)}"]
    return [*words, "--years", f"{YEARS}", "--replicates", f"{SEEDS}", "--seed", f"{wish.seed + 1}",
            "--workers", "1"]  # fmt: skip


def response_of(
    lever: str, wish: Wish, data: Path | None, wanted: Callable[[], bool]
) -> dict[str, Any]:
    """Differences from the central value with 95% intervals, by outcome; or `error`, a sentence.

    It waits for its turn, and stops when it is no longer `wanted`.
    """
    words = words_of(lever, wish, data)
    while not _turn.acquire(timeout=LOOKING):
        if not wanted():
            return {"lever": lever, "error": text("answers", "stopped")}
    try:
        found = _run(words, wish.folder, wanted)
    finally:
        _turn.release()
    return {"lever": lever, "command": shlex.join(["joinedup", *words]), **found}


def _run(words: list[str], folder: Path, wanted: Callable[[], bool]) -> dict[str, Any]:
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "experiments.commands.cli", *words, "--json"], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        with contextlib.suppress(AttributeError, OSError):  # no such thing on Windows
            os.setpriority(os.PRIO_PROCESS, process.pid, KINDNESS)
        for _ in range(int(LONGEST_SECONDS / LOOKING)):
            with contextlib.suppress(subprocess.TimeoutExpired):
                return _told(process.communicate(timeout=LOOKING)[0])
            if not wanted():
                break
        process.kill()
    return {"error": text("answers", "stopped")}


def _told(said: str) -> dict[str, Any]:
    try:
        found = json.loads(said)
    except ValueError:
        return {"error": text("answers", "broken")}
    if "error" in found:
        return {"error": str(found["error"]["problem"])}
    study, rows = found["manifest"]["study"], found["rows"]
    values = sorted({row["value"] for row in rows})
    outcomes = dict.fromkeys(row["outcome"] for row in rows)
    ends = {row["value"] for row in rows if row["kind"] == "difference"}
    return {
        "central": next(value for value in values if value not in ends),
        "ends": [value for value in values if value in ends],
        "outcomes": [_outcome(name, rows) for name in outcomes],
        "patients": study["patients"], "years": study["years"], "seeds": study["replicates"],
        "first": study["seed"], "runs": study["replicates"] * len(values),
    }  # fmt: skip


def _outcome(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Its differences, those of the lowest value first."""
    mine = [row for row in rows if row["outcome"] == name]
    titles = strings()["contrasts"]["outcomes"]
    about = {key: mine[0][key] for key in ("family", "unit", "decimals")}
    changes = sorted((row for row in mine if row["kind"] == "difference"), key=lambda r: r["value"])
    kept = ("value", "estimate", "low_all", "high_all", "star", "negligible")
    return {
        "outcome": name, "title": titles.get(name, name.replace("_", " ").capitalize()), **about,
        "changes": [{key: row[key] for key in kept} for row in changes],
    }  # fmt: skip
