"""The folder of a sweep: every run the study asks for, and what came of it.

    study.toml      the study as it was written
    manifest.json   what the runs depend on; when all are there, how many were done and failed
    runs.parquet    one row a run, in the order of the study: its address and what it was asked
    parts/          outcomes by address, one file a job while the sweep runs, few when it is over

A part is named by the digest of its bytes, so that one that is damaged anywhere does not fit its
name and is made anew. Rows of the same address are the same to the bit, so that a row that is there
twice does no harm.
"""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.measures.outcomes import outcome_names
from experiments.runs.folders import (
    DIGITS,
    code_version,
    digest_at,
    digest_of,
    read_manifest,
    write_whole,
)
from experiments.runs.jobs import DONE, Lived
from model.input.errors import InputError
from model.input.plain import check_no_links, tables_in
from model.input.reading import DAMAGED, check_table, read_parquet

if TYPE_CHECKING:
    import pandas as pd

STUDY, RUNS, PARTS = "study.toml", "runs.parquet", "parts"
LOCK, SCRATCH = ".lock", ".scratch"  # only while a sweep is at work
ROWS_A_PART = 50_000
PART = re.compile(rf"[0-9a-f]{{{DIGITS}}}\.parquet")
PART_TEXTS = ("run", "status", "reason", "no_regimes")
RUN_KINDS = dict.fromkeys(("run", "policy", "decisions", "place", "minds"), "text")
RUN_KINDS |= dict.fromkeys(("number", "years", "set", "replicate", "seed"), "whole")


def write_part(folder: Path, lived: Sequence[Lived]) -> None:
    """Add the runs of a job."""
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
    write_outcomes(folder, pa.table(columns))


def _numbers(values: Sequence[float | None]) -> Any:
    """A column of numbers in which what is not known (NaN) is null, so that means leave it out."""
    import pyarrow as pa

    return pa.array([None if v is None or v != v else v for v in values], pa.float64())


def write_outcomes(folder: Path, table: Any) -> Path:
    """Add an Arrow table of outcomes in a file named by its content; where it is."""
    content = encoded(table)
    path = folder / PARTS / f"{digest_of(content)}.parquet"
    write_whole(content, path)
    return path


def encoded(table: Any) -> bytes:
    """An Arrow table as the bytes of a Parquet file: the same of the same table."""
    from pyarrow import parquet

    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()


def part_files(folder: Path) -> list[Path]:
    """The files of outcomes that are there, sound (a power cut can leave one that is not).

    `InputError` about a table that no sweep has written: it is neither read nor swept away.
    """
    return [path for path in _named_parts(folder) if _is_sound(path)]


def damaged_parts(folder: Path) -> list[Path]:
    """The files of outcomes that are there and are not as they were written."""
    return [path for path in _named_parts(folder) if not _is_sound(path)]


def _named_parts(folder: Path) -> list[Path]:
    found = tables_in(folder / PARTS)
    for path in found:
        if not PART.fullmatch(path.name):
            raise InputError("no table of a sweep", file=path)
    return found


def _is_sound(path: Path) -> bool:
    return digest_at(path) == path.stem


def _read_part(path: Path) -> Any:
    """A file of outcomes as an Arrow table; `InputError` if it holds something else, as if
    forged."""
    from pyarrow import parquet

    try:
        table = parquet.read_table(path)
        table.validate(full=True)
    except Exception:  # damage makes of readers whatever it likes
        raise InputError(DAMAGED, file=path) from None
    for name in dict.fromkeys([*PART_TEXTS, *table.column_names]):
        if table.column_names.count(name) != 1 or not _is_of_part(name, table[name]):
            raise InputError(f"damaged: the column {name} is missing or holds something else",
                           file=path, key=name)  # fmt: skip
    return table


def _is_of_part(name: str, column: Any) -> bool:
    """Whether a column is a text a row, or numbers that are finite or nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if name in PART_TEXTS:
        return bool(column.type == pa.string() and not column.null_count)
    return column.type == pa.float64() and pc.all(pc.is_finite(column)).as_py() is not False


def check_parts(folder: Path) -> None:
    """`InputError` about a file of outcomes that is damaged, where the sweep has come to its end.

    Of a sweep of another version it cannot be told: it may have written its tables otherwise.
    """
    manifest, results = read_manifest(folder)
    code, damaged = manifest.get("code"), damaged_parts(folder)
    if damaged and code != code_version():
        raise InputError(
            f"damaged, or written otherwise by another version of joinedup ({code}); sweep its"
            " study.toml anew into another folder", file=damaged[0],
        )  # fmt: skip
    if damaged and results:
        raise InputError("damaged: no whole table; sweep --resume makes it anew", file=damaged[0])


def done_addresses(folder: Path) -> set[str]:
    """The addresses of the runs that are done; failed ones are not among them.

    None if there is no such folder yet. What stood in damaged files is to be done again.
    """
    done: set[str] = set()
    for path in part_files(folder):
        table = _read_part(path)
        pairs = zip(table["run"].to_pylist(), table["status"].to_pylist(), strict=True)
        done |= {run for run, status in pairs if status == DONE}
    return done


def gather_parts(folder: Path, only_done: bool = False) -> None:
    """Put all outcomes into few files in the order of the study, and sweep up what is left over.

    New files are whole before old ones go: whatever stops it, nothing is lost. `only_done` drops
    the runs that failed.
    """
    results = read_outcomes(folder, only_done)
    starts = range(0, results.num_rows, ROWS_A_PART)
    gathered = {write_outcomes(folder, results.slice(k, ROWS_A_PART)) for k in starts}
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

    tables = [_read_part(path) for path in part_files(folder)] or [_nothing()]
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
    for each outcome (its mean over the last three years). `InputError` if it is no folder of a
    sweep.
    """
    folder = Path(folder)
    check_no_links(folder)
    check_parts(folder)
    runs = read_parquet(folder / RUNS)
    check_table(runs, RUN_KINDS, folder / RUNS)
    return _results(runs, read_outcomes(folder).to_pandas())


def done_by_seed(folder: str | Path) -> "pd.DataFrame":
    """The runs that are done, in the order of their seeds, so that parts of them can be paired."""
    results = read_results(folder)
    return results[results["status"] == DONE].sort_values("seed")


def _results(runs: "pd.DataFrame", outcomes: "pd.DataFrame") -> "pd.DataFrame":
    """Runs in order, with what came of each."""
    found = runs.sort_values("number").drop(columns="number").merge(outcomes, "left", "run")
    found["status"] = found["status"].fillna("missing")
    found["reason"] = found["reason"].fillna("")
    first = [*runs.columns.drop("number"), "status", "reason"]
    return found[[*first, *found.columns.drop(first)]]
