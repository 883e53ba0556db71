"""Contrasts of a sweep's policies, read beside a page.

A sweep may still be running: what is done so far is shown, and what cannot be read is said.
"""

import json
import threading
from pathlib import Path
from typing import Any

from viz.background.background_answers import Contrast
from viz.background.beside import answer_of
from viz.server.strings import text

LONGEST_SECONDS = 120
ROW = ("policy", "outcome", "effect", "estimate", "low_all", "high_all", "star", "negligible",
       "runs", "span_low", "span_high", "family", "unit", "decimals", "meaning")  # fmt: skip
STUDY = ("title", "against", "patients", "years", "replicates", "seed")
ALL = "total"  # the effect that is shown
_one_at_a_time = threading.Lock()


def contrasts_of(folder: Path, read: Contrast) -> dict[str, Any]:
    """groups: rows by where they were lived; runs asked and done; or `error`, one sentence.

    `read` reads the sweep.
    """
    with _one_at_a_time:
        found = answer_of(read, {"folder": str(folder)}, lambda: True, LONGEST_SECONDS)
    return told(found, folder)


def told(found: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What a page shows of what was found in a folder."""
    if "stopped" in found:
        return {"error": text("contrasts", "slow").format(n=LONGEST_SECONDS)}
    if "failed" in found:
        refused = found.get("refused")
        return {"error": _sentence(refused, folder) if refused else text("contrasts", "broken")}
    about = {name: found["study"][name] for name in STUDY}
    return {"groups": _groups(found["rows"]), "runs": found["runs"], "study": about}


def _sentence(error: dict[str, Any], folder: Path) -> str:
    """What is wrong, without the path, which is nobody's business but the server's."""
    problem = str(error["problem"]).replace(str(folder), folder.name)
    allowed = f" {text('contrasts', 'allowed')}: {error['allowed']}." if error["allowed"] else ""
    return text("contrasts", "unreadable").format(folder=folder.name, problem=problem) + allowed


def _groups(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of one place, minds and value of levers together, with what is told apart in words."""
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["effect"] != ALL:
            continue
        keys = list(row)
        where = {key: row[key] for key in keys[: keys.index("policy")]}
        named = ", ".join(_named(key, value) for key, value in where.items() if value != "reasoned")
        group = groups.setdefault(json.dumps(where), {"where": named, "rows": []})
        group["rows"].append({name: row[name] for name in ROW if name in row})
    return list(groups.values())


def _named(key: str, value: Any) -> str:
    return str(value) if key == "place" else f"{key} = {value}"
