"""The folder of a sweep: every run the study asks for, what came of it, and how to ask about it.

    study.toml      the study as it was written
    manifest.json   what the runs depend on; when all are there, how many were done and failed
    runs.parquet    one row a run, in the order of the study: its address and what it was asked
    parts/          outcomes by address, one file a job while the sweep runs, few when it is over

A part is written beside its place and renamed, so that a file that is there is whole. Rows of the
same address are the same to the bit, so that a row that is there twice does no harm.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.measures.outcomes import outcome_names
from experiments.runs.folders import read_manifest
from experiments.runs.jobs import DONE, Lived
from model.input.errors import BadInput
from model.input.plain import check_no_links, tables_in
from model.input.reading import DAMAGED, check_table

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

STUDY, RUNS, PARTS = "study.toml", "runs.parquet", "parts"
LOCK, SCRATCH = ".lock", ".scratch"  # only while a sweep is at work
ROWS_A_PART = 50_000
PART_TEXTS = ("run", "status", "reason", "no_regimes")
RUN_KINDS = dict.fromkeys(("run", "policy", "decisions", "place", "minds", "status"), "text")
RUN_KINDS |= dict.fromkeys(("years", "set", "replicate", "seed"), "whole")
RESULTS = """
    CREATE VIEW results AS
    SELECT runs.* EXCLUDE (number), coalesce(status, 'missing') AS status,
           coalesce(reason, '') AS reason, part.* EXCLUDE (run, status, reason)
    FROM {runs} AS runs LEFT JOIN (
        SELECT DISTINCT ON (run) * FROM {parts} ORDER BY run, status
    ) AS part ON runs.run = part.run
    ORDER BY number
"""


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


def _unreadable(folder: str | Path, error: Exception) -> BadInput:
    from pyarrow import parquet

    for path in _files(Path(folder)):
        try:
            parquet.read_metadata(path)
        except Exception:  # damage makes of readers whatever it likes
            return BadInput(DAMAGED, file=path)
    return BadInput(f"a table here cannot be read: {_first_line(error)}", file=folder)


def _first_line(error: Exception) -> str:
    return str(error).strip("'\"").splitlines()[0].rstrip(".")


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
    runs, parts = _sources(folder)
    which = f" WHERE status = '{DONE}'" if only_done else ""
    with _connection(_files(folder)) as connection:
        return connection.sql(
            f"SELECT part.* FROM {runs} AS runs JOIN (SELECT DISTINCT ON (run) * FROM {parts}"
            f" ORDER BY run, status) AS part ON runs.run = part.run{which} ORDER BY number"
        ).to_arrow_table()  # 'done' sorts before 'failed'


def read_results(folder: str | Path) -> "pd.DataFrame":
    """The results of a sweep: one row a run in the order of the study.

    Columns: run (its address), policy, decisions, place, patients, years, minds, set, replicate,
    seed, one for each lever and uncertain parameter, status (done, failed or missing), reason, one
    for each outcome (its mean over the last three years). `BadInput` if it is no folder of a sweep.
    """
    import duckdb

    check_parts(Path(folder))
    with opened(Path(folder)) as connection:
        try:
            results = connection.execute("SELECT * FROM results").df()
        except duckdb.Error as error:  # damage that shows when rows are read
            raise _unreadable(folder, error) from None
    _check_results(results, Path(folder))
    return results


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


def opened(folder: Path) -> "duckdb.DuckDBPyConnection":
    """A connection with the tables of a folder of results as views, and access to nothing else.

    A sweep has the view `results`; a run has one for each of its tables.
    """
    import duckdb

    read_manifest(folder)
    connection = _connection(_files(folder))
    try:
        for statement in _views(folder):
            connection.execute(statement)
    except duckdb.Error as error:
        connection.close()
        raise _unreadable(folder, error) from None
    except BaseException:
        connection.close()
        raise
    return connection


def _connection(files: Sequence[Path]) -> "duckdb.DuckDBPyConnection":
    """A connection that may read these files, and nothing else, whatever is asked of it."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET python_enable_replacements = false")
    connection.execute(f"SET allowed_paths = {_quoted(files)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _files(folder: Path) -> list[Path]:
    """The tables of a folder of results; `BadInput` if anything in it is a link or oddly named."""
    check_no_links(folder)
    parts = part_files(folder) if (folder / RUNS).exists() else []
    return [*tables_in(folder), *parts]


def _views(folder: Path) -> list[str]:
    if (folder / RUNS).exists():
        runs, parts = _sources(folder)
        return [RESULTS.format(runs=runs, parts=parts)]
    tables = tables_in(folder)
    if not tables:
        raise BadInput("no tables here to ask about", file=folder)
    return [f"CREATE VIEW {_name(path.stem)} AS SELECT * FROM {_read([path])}" for path in tables]


def _name(name: str) -> str:
    """A name in SQL, whatever it is made of."""
    return '"' + name.replace('"', '""') + '"'


def _sources(folder: Path) -> tuple[str, str]:
    """Runs and parts as DuckDB reads them; no part yet is an empty table."""
    parts = part_files(folder)
    return _read([folder / RUNS]), _read(parts) if parts else _nothing()


def _nothing() -> str:
    """A table of outcomes without a row, with the columns that one with rows has."""
    texts = [f"NULL::VARCHAR AS {name}" for name in PART_TEXTS]
    numbers = [f'NULL::DOUBLE AS "{name}"' for name in outcome_names()]
    return f"(SELECT {', '.join(texts + numbers)} LIMIT 0)"


def _read(paths: Iterable[Path]) -> str:
    return f"read_parquet({_quoted(paths)}, union_by_name = true)"


def _quoted(paths: Iterable[Path]) -> str:
    """Paths as a list in SQL."""
    return "[" + ", ".join("'" + str(p.resolve()).replace("'", "''") + "'" for p in paths) + "]"


def ask(folder: Path, sql: str) -> "pd.DataFrame":
    """The answer to one SELECT about a folder of results; `BadInput` if it is anything else."""
    import duckdb

    if (folder / RUNS).exists():
        check_parts(folder)
    with opened(folder) as connection:
        try:
            statements = connection.extract_statements(sql)
            if [s.type for s in statements] != [duckdb.StatementType.SELECT]:
                raise BadInput("one SELECT can be asked, nothing else", key="SQL", value=sql)
            return connection.execute(statements[0]).df()
        except duckdb.Error as error:
            raise _refused(connection, folder, sql, str(error)) from None


def _refused(connection: Any, folder: Path, sql: str, said: str) -> BadInput:
    """What DuckDB said against a SELECT, in plain words with what there is instead."""
    tables = _known(connection, "SELECT view_name FROM duckdb_views() WHERE NOT internal")
    first = " ".join(said.split("\n\n")[0].split())
    if found := re.search(r'syntax error at or near "(.*?)"', first):
        return BadInput(f'not SQL from "{found[1]}" on', file=folder, key="SQL", value=sql,
                        allowed=f"a SELECT from {', '.join(tables)}")  # fmt: skip
    if found := re.search(r"Table with name (\S+) does not exist", first):
        return BadInput("no such table", file=folder, key="SQL", value=found[1], allowed=tables)
    if found := re.search(r'column "(.*?)" not found', first):
        columns = _known(connection, "SELECT DISTINCT column_name FROM duckdb_columns() WHERE NOT"
                         " internal")  # fmt: skip
        return BadInput("no such column", file=folder, key="SQL", value=found[1], allowed=columns)
    plain = re.sub(r"^[A-Z][A-Za-z ]* Error: |( You might need| Candidate).*", "", first)
    return BadInput(plain, file=folder, key="SQL", value=sql,
                    allowed=f"a SELECT from {', '.join(tables)}")  # fmt: skip


def _known(connection: Any, question: str) -> list[str]:
    return [row[0] for row in connection.execute(question).fetchall()]
