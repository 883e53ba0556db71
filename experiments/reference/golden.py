"""The golden record: hashes of all tables of small runs, so that a rebuild changes no result.

    uv run python -m experiments.reference.golden            # live the runs; exit 1 if a table
    differs uv run python -m experiments.reference.golden --renew   # after a change of results that
    is meant

Floats are hashed with twelve significant digits, so that the record holds on processors that add in
another order; whole numbers and words to the letter.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.terminal.exit_codes import DONE, MISSED

RECORD = Path(__file__).parents[2] / "tests" / "golden" / "tables.json"
POLICIES = ("status_quo", "carveouts_three", "population_ico", "fundholding")
PLACES = ("anyshire", "metropolis")
SEEDS = (0, 1)
PATIENTS, YEARS = 1_000, 3
DIGITS = 12
Hashes = dict[str, dict[str, str]]  # of each run: of each table


def table_hash(table: pd.DataFrame) -> str:
    """Sixteen digits that stand for the names, order and content of all columns."""
    found = hashlib.sha256()
    for name, column in table.items():
        found.update(f"{name}\n".encode())
        found.update("\n".join(_as_text(column)).encode())
    return found.hexdigest()[:16]


def _as_text(column: pd.Series) -> Iterator[str]:
    values = column.to_numpy()
    if not np.issubdtype(values.dtype, np.floating):
        return map(str, values.tolist())
    return (f"{value + 0.0:.{DIGITS}g}" for value in values.tolist())  # -0.0 is 0.0


def live_all() -> Iterator[tuple[str, dict[str, str]]]:
    """Live every run: its name, and the hash of each of its tables."""
    from model.month.preparing import prepare
    from model.paired_runs.start import begin
    from model.parameters import load_parameters
    from model.places.place_finding import find_place
    from model.policies.policy_finding import find_policy

    for place in PLACES:
        setup = prepare(find_place(place, None), load_parameters(), PATIENTS)
        for seed in SEEDS:
            start = begin(setup, seed)
            for name in POLICIES:
                economy = start.run_under(find_policy(name)).run(12 * YEARS)
                tables = economy.record.tables(economy.state)
                yield f"{place} {name} {seed}", {n: table_hash(t) for n, t in tables.items()}


def recorded() -> Hashes:
    """The hashes on record."""
    found: Hashes = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def differences(kept: Hashes, lived: Hashes) -> list[str]:
    """Run and table of every hash that differs, is new or is gone."""
    names = sorted({(run, table) for side in (kept, lived) for run in side for table in side[run]})
    return [
        f"{run}: {table}"
        for run, table in names
        if kept.get(run, {}).get(table) != lived.get(run, {}).get(table)
    ]


def names() -> list[str]:
    """The names of all runs on record, in the order in which they are lived."""
    return [" ".join(map(str, (p, n, s))) for p, s, n in product(PLACES, SEEDS, POLICIES)]


def main(arguments: list[str] | None = None) -> int:
    """Compare with the record, or renew it; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--renew", action="store_true", help="write the record anew")
    asked = parser.parse_args(arguments)
    lived = dict(live_all())
    if asked.renew:
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        RECORD.write_text(json.dumps(lived, indent=1) + "\n", encoding="utf-8", newline="\n")
        print(f"Written: {len(lived)} runs")
        return DONE
    found = differences(recorded(), lived)
    print("\n".join([*found, f"{len(found)} tables of {len(lived)} runs differ from the record"]))
    return MISSED if found else DONE


if __name__ == "__main__":
    sys.exit(main())
