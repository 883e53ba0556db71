"""What one parameter does to the outcomes: `joinedup response`, lived small beside a page.

One process of low priority at a time, whatever the number of pages. Its runs are kept as those of
the command are, in runs/, so asking again lives only what is new.
"""

import shlex
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model.sizes import PATIENTS
from viz.background.background_answers import Response
from viz.background.beside import POLL_INTERVAL_SECONDS, answer_of
from viz.server.page_requests import PageRequest
from viz.server.strings import strings, text
from viz.sharing.command import place_words, policy_word

SEEDS, YEARS = 6, 5
ENDS = 2  # values tried beside the central one: the ends of its range
LONGEST_SECONDS = 600
STATUS_QUO = "status_quo"
_turn = threading.Lock()
Asked = dict[str, Any]


def asked_of(lever: str, page_request: PageRequest, data: Path | None) -> Asked:
    """What is lived for a page: under its first policy that changes something."""
    policy = next((name for name in page_request.policies if name != STATUS_QUO), STATUS_QUO)
    return {
        "lever": lever,
        "policy": policy,
        "place": page_request.place,
        "data": str(data) if data else None,
        "points": ENDS,
        "patients": min(page_request.patients, PATIENTS),
        "years": YEARS,
        "replicates": SEEDS,
        "seed": page_request.seed + 1,
    }


def command(asked: Asked) -> str:
    """The same on the command line, without a path of the server."""
    words = ["joinedup", "response", asked["lever"], "--policy", policy_word(asked["policy"])]
    words += place_words(asked["place"])
    for name in ("points", "patients", "years", "replicates", "seed"):
        words += [f"--{name}", f"{asked[name]}"]
    return shlex.join(words)


def response_of(asked: Asked, folder: Path, live: Response, wanted: Callable[[], bool]) -> Asked:
    """Differences from the central value with 95% intervals, by outcome; or `error`, a sentence.

    It waits for its turn, and stops when it is no longer `wanted`. folder: where policy files and
    runs/ are. live: lives it.
    """
    lever = {"lever": asked["lever"]}
    while not _turn.acquire(timeout=POLL_INTERVAL_SECONDS):
        if not wanted():
            return {**lever, "error": text("answers", "stopped")}
    try:
        found = answer_of(live, asked, wanted, LONGEST_SECONDS, folder)
    finally:
        _turn.release()
    return {**lever, "command": command(asked), **told(found, asked)}


def told(found: dict[str, Any], asked: Asked) -> dict[str, Any]:
    """What a page shows of what was found."""
    if "stopped" in found:
        return {"error": text("answers", "stopped")}
    if "failed" in found:
        refused = found.get("refused")
        return {"error": str(refused["problem"]) if refused else text("answers", "broken")}
    rows = found["rows"]
    values = sorted({row["value"] for row in rows})
    outcomes = dict.fromkeys(row["outcome"] for row in rows)
    ends = {row["value"] for row in rows if row["kind"] == "difference"}
    return {
        "central": next(value for value in values if value not in ends),
        "ends": [value for value in values if value in ends],
        "outcomes": [_outcome(name, rows) for name in outcomes],
        "patients": asked["patients"], "years": asked["years"], "seeds": asked["replicates"],
        "first": asked["seed"], "runs": asked["replicates"] * len(values),
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
