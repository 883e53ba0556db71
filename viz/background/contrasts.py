"""Contrasts of a sweep's policies, asked of the command line, which alone knows sweeps.

A sweep may still be running: what is done so far is shown, and what cannot be read is said.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from viz.server.strings import text

LONGEST_SECONDS = 120
ROW = ("policy", "outcome", "effect", "estimate", "low_all", "high_all", "star", "negligible",
       "runs", "span_low", "span_high", "family", "unit", "decimals", "meaning")  # fmt: skip
ALL = "total"  # the effect that is shown
_one_at_a_time = threading.Lock()


def contrasts_of(folder: Path) -> dict[str, Any]:
    """groups: rows by where they were lived; runs asked and done; or `error`, one sentence."""
    words = ["contrast", str(folder), "--json"]
    try:
        with _one_at_a_time:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "experiments.commands.cli", *words],
                capture_output=True, text=True, encoding="utf-8", timeout=LONGEST_SECONDS,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"error": text("contrasts", "slow").format(n=LONGEST_SECONDS)}
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return {"error": text("contrasts", "broken")}
    if "error" in found:
        return {"error": _sentence(found["error"], folder)}
    return {"groups": _groups(found["rows"]), "runs": found["runs"], **_about(found["manifest"])}


def _sentence(error: dict[str, Any], folder: Path) -> str:
    """What is wrong, without the path, which is nobody's business but the server's."""
    problem = str(error["problem"]).replace(str(folder), folder.name)
    allowed = f" {text('contrasts', 'allowed')}: {error['allowed']}." if error["allowed"] else ""
    return text("contrasts", "unreadable").format(folder=folder.name, problem=problem) + allowed


def _about(manifest: dict[str, Any]) -> dict[str, Any]:
    study = manifest["study"]
    wanted = ("title", "against", "patients", "years", "replicates", "seed")
    return {"study": {name: study[name] for name in wanted}}


def _groups(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of one place, minds and value of levers together, with what is told apart in words."""
    groups: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["effect"] != ALL:
            continue
        keys = list(row)
        where = {key: row[key] for key in keys[: keys.index("policy")]}
        told = ", ".join(_told(key, value) for key, value in where.items() if value != "reasoned")
        group = groups.setdefault(json.dumps(where), {"where": told, "rows": []})
        group["rows"].append({name: row[name] for name in ROW if name in row})
    return list(groups.values())


def _told(key: str, value: Any) -> str:
    return str(value) if key == "place" else f"{key} = {value}"
