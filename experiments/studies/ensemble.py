"""Sets of parameters that a calibration did not rule out, kept as text and used by studies.

The file says what it came from (`manifest`), names the parameters once and gives a row a set, the
central one first.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.input.errors import InputError
from model.input.reading import check_file, read_toml

OWN = Path("calibrated.toml")  # in the working directory
CALIBRATED = "calibrated"  # stands for a whole set where a lever can be given
COMMENT = "# Parameter sets that a calibration did not rule out; the first is the central one."


@dataclass(frozen=True)
class Ensemble:
    """Sets not ruled out, the central one first, and the manifest of their calibration."""

    manifest: dict[str, Any]
    sets: list[dict[str, float]]


def write_ensemble(path: Path, ensemble: Ensemble) -> None:
    """Write an ensemble as TOML, one row a set, whole or not at all."""
    names = list(ensemble.sets[0])
    rows = [f"  {json.dumps([one[name] for name in names])}," for one in ensemble.sets]
    lines = [COMMENT, f"parameters = {_listed(names)}", "sets = [", *rows, "]", "", "[manifest]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in ensemble.manifest.items()]
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    partial.replace(path)


def _listed(names: Sequence[str]) -> str:
    return "[\n" + "".join(f"  {json.dumps(name)},\n" for name in names) + "]"


def read_ensemble(path: Path | None = None) -> Ensemble:
    """The ensemble of a file, else of `calibrated.toml` here; every value is one of a run's.

    `InputError` names what is wrong.
    """
    path = path or OWN
    lacking = "no calibrated sets are kept here; `joinedup calibrate --save FILE` makes them"
    check_file(path, lacking, "calibrated")
    content = read_toml(path)
    return Ensemble(content.get("manifest", {}), _sets(path, content))


def _sets(path: Path, content: Mapping[str, Any]) -> list[dict[str, float]]:
    """The rows as sets, each checked against the ranges that parameters have now."""
    from model.parameters import load_parameters

    names, rows = content.get("parameters"), content.get("sets")
    if not (isinstance(names, list) and isinstance(rows, list) and names and rows):
        raise InputError("not a file of calibrated sets", file=path, key="sets",
                       allowed="parameters = [names], sets = [[values], ...]")  # fmt: skip
    known = load_parameters()
    for k, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names):
            raise InputError("a set needs a value for each parameter", file=path, key=f"sets.{k}")
        for name, value in zip(names, row, strict=True):
            known.entry(name, path, "parameters").checked(value, path)
    return [dict(zip(names, row, strict=True)) for row in rows]


def calibrated_set(number: float) -> dict[str, float]:
    """One of the sets kept here, 0 the central one; `InputError` if none has that number."""
    sets = read_ensemble().sets
    if number not in range(len(sets)):
        raise InputError("no such calibrated set", key=f"--set {CALIBRATED}", value=number,
                       allowed=f"a whole number from 0 to {len(sets) - 1}")  # fmt: skip
    return sets[int(number)]
