"""The folder of a sweep: every run the study asks for, and what came of it.

    study.toml      the study as it was written
    manifest.json   what the runs depend on; when all are there, how many were done and failed
    runs.parquet    one row a run, in the order of the study: its address and what it was asked
    parts/          outcomes by address, one file a job while the sweep runs, few when it is over

A part is written beside its place and renamed, so that a file that is there is whole. Rows of the
same address are the same to the bit, so that a row that is there twice does no harm.
"""

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.measures.outcomes import outcome_names
from experiments.runs.folders import read_manifest
from experiments.runs.jobs import DONE, Lived
from model.input.errors import BadInput
from model.input.plain import check_no_links, tables_in
from model.input.reading import check_table, read_parquet

if TYPE_CHECKING:
    import pandas as pd

STUDY, RUNS, PARTS = "study.toml", "runs.parquet", "parts"
LOCK, SCRATCH = ".lock", ".scratch"  # only while a sweep is at work
ROWS_A_PART = 50_000
PART_TEXTS = ("run", "status", "reason", "no_regimes")
RUN_KINDS = dict.fromkeys(("run", "policy", "decisions", "place", "minds", "status"), "text")
RUN_KINDS |= dict.fromkeys(("years", "set", "replicate", "seed"), "whole")


def write_part(folder: Path, lived: Sequence[Lived]) -> None:
    """Add the runs of a job, in a file named by their addresses."""
    import pyarrow as pa

    about = {
        "run": [one.address for one in lived],
        "status": [one.status for one in lived],
        "reason": [one.reason for one in lived],
        "no_regimes": [one.regimes["reason"] if one.regimes else "" for one in lived],
    }
    outcomes = dict.fromkeys(name for one in lived for name in one.values)
    values = {name: [one.values.get(name) for one in lived] for name in outcomes}
    columns = {key: pa.array(column, pa.string()) for key, column in about.items()}
    columns |= {key: _numbers(column) for key, column in values.items()}
    table = pa.table(columns)
    write_table(table, folder / PARTS / _name_of(table))


def _numbers(values: Sequence[float | None]) -> Any:
    """A column of numbers in which what is not known (NaN) is null, so that means leave it out."""
    import pyarrow as pa

    return pa.array([None if v is None or v != v else v for v in values], pa.float64())


def _name_of(table: Any) -> str:
    """The name of a file with these runs: no two files with other runs share it."""
    addresses = "".join(table["run"].to_pylist())
    return hashlib.sha256(addresses.encode()).hexdigest()[:16] + ".parquet"


def write_table(table: Any, path: Path) -> None:
    """Write an Arrow table, whole or not at all."""
    from pyarrow import parquet

    partial = path.with_suffix(".partial")
    try:
        parquet.write_table(table, partial, write_page_checksum=True)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def part_files(folder: Path) -> list[Path]:
    """The files of outcomes that are there, sound (a power cut can leave one that is not).

    `BadInput` about a table that no sweep has written: it is neither read nor swept away.
    """
    return [path for path in tables_in(folder / PARTS) if _is_sound(path)]


def check_parts(folder: Path) -> None:
    """`BadInput` about a file of outcomes that is damaged, where the sweep has come to its end."""
    _, results = read_manifest(folder)
    for path in tables_in(folder / PARTS) if results else []:
        if not _is_sound(path):
            raise BadInput("damaged: no whole table; sweep --resume makes it anew", file=path)


def _is_sound(path: Path) -> bool:
    state = path.stat()
    return _is_sound_as(path, state.st_mtime_ns, state.st_size)


@cache  # until a file changes it is read through once
def _is_sound_as(path: Path, _changed_ns: int, _size: int) -> bool:
    """Whether every page of a table is as it was written; `BadInput` if no sweep has written it."""
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path, page_checksum_verification=True) as file:
            names = file.schema_arrow.names
            for _ in file.iter_batches():
                pass
    except Exception:  # damage makes of readers whatever it likes
        return False
    if lacking := [name for name in PART_TEXTS if name not in names]:
        raise BadInput("no table of a sweep", file=path, key=lacking[0], value="no such column")
    return True


def done_addresses(folder: Path) -> set[str]:
    """The addresses of the runs that are done; failed ones are not among them.

    None if there is no such folder yet. What stood in damaged files is to be done again.
    """
    from pyarrow import parquet

    done: set[str] = set()
    for path in part_files(folder):
        table = parquet.read_table(path, columns=["run", "status"])
        pairs = zip(table["run"].to_pylist(), table["status"].to_pylist(), strict=True)
        done |= {run for run, status in pairs if status == DONE}
    return done


def gather_parts(folder: Path, only_done: bool = False) -> None:
    """Put all outcomes into few files in the order of the study, and sweep up what is left over.

    New files are whole before old ones go: whatever stops it, nothing is lost. `only_done` drops
    the runs that failed.
    """
    results = read_outcomes(folder, only_done)
    gathered = set()
    for k in range(0, results.num_rows, ROWS_A_PART):
        part = results.slice(k, ROWS_A_PART)
        gathered.add(folder / PARTS / _name_of(part))
        write_table(part, folder / PARTS / _name_of(part))
    for path in {*(folder / PARTS).iterdir()} - gathered:
        path.unlink()


def read_outcomes(folder: Path, only_done: bool = False) -> Any:
    """Every run that has come back, once, in the order of the study, as an Arrow table."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = _parts(folder)
    asked = pa.array(read_parquet(folder / RUNS)["run"].drop_duplicates(), pa.string())
    at = pc.drop_null(pc.index_in(asked, value_set=parts["run"]))
    found = parts.take(at)
    return found.filter(pc.equal(found["status"], DONE)) if only_done else found


def _parts(folder: Path) -> Any:
    """The outcomes of every run that has come back, once; a done one before one that failed."""
    import pyarrow as pa
    from pyarrow import parquet

    tables = [parquet.read_table(path) for path in part_files(folder)] or [_nothing()]
    rows = pa.concat_tables(tables, promote_options="default")
    return rows.sort_by([("run", "ascending"), ("status", "ascending")])


def _nothing() -> Any:
    """A table of outcomes without a row, with the columns that one with rows has."""
    import pyarrow as pa

    texts = [(name, pa.string()) for name in PART_TEXTS]
    numbers = [(name, pa.float64()) for name in outcome_names()]
    return pa.schema([*texts, *numbers]).empty_table()


def read_results(folder: str | Path) -> "pd.DataFrame":
    """The results of a sweep: one row a run in the order of the study.

    Columns: run (its address), policy, decisions, place, patients, years, minds, set, replicate,
    seed, one for each lever and uncertain parameter, status (done, failed or missing), reason, one
    for each outcome (its mean over the last three years). `BadInput` if it is no folder of a sweep.
    """
    folder = Path(folder)
    read_manifest(folder)
    check_no_links(folder)
    check_parts(folder)
    results = _results(read_parquet(folder / RUNS), read_outcomes(folder).to_pandas())
    _check_results(results, folder)
    return results


def _results(runs: "pd.DataFrame", outcomes: "pd.DataFrame") -> "pd.DataFrame":
    """Runs in order, with what came of each."""
    found = runs.sort_values("number").drop(columns="number").merge(outcomes, "left", "run")
    found["status"] = found["status"].fillna("missing")
    found["reason"] = found["reason"].fillna("")
    first = [*runs.columns.drop("number"), "status", "reason"]
    return found[[*first, *found.columns.drop(first)]]


def _check_results(results: "pd.DataFrame", folder: Path) -> None:
    """`BadInput` about the first column that holds something else than a sweep writes."""
    check_table(results, RUN_KINDS, folder)
    for name in outcome_names():
        if name in results.columns and not _are_numbers(results[name]):
            raise BadInput(f"damaged: the column {name} holds something else", file=folder,
                           key=name, allowed="finite numbers, or nothing")  # fmt: skip


def _are_numbers(values: "pd.Series") -> bool:
    known = values.dropna()
    return known.empty or bool(known.dtype.kind in "iuf" and np.isfinite(known).all())
