"""Questions in SQL about a folder of results: one that reads, which reaches nothing else.

A sweep has the table `results`; a run has one for each of its files.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.runs.folders import read_manifest
from experiments.studies.store import RUNS, read_results
from model.input.errors import InputError
from model.input.plain import check_no_links, tables_in
from model.input.reading import read_parquet

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

QUESTIONS = "one SELECT, or SHOW TABLES, DESCRIBE or SUMMARIZE"
ROUNDED = 2**53  # from which on not every whole number is one of 64 bits with a point


def ask(folder: Path, sql: str) -> "pd.DataFrame":
    """The answer to one question about a folder of results; `InputError` if it is anything else."""
    import duckdb

    with opened(folder) as connection:
        try:
            statements = connection.extract_statements(sql)
            if [s.type for s in statements] != [duckdb.StatementType.SELECT]:
                raise InputError("one question can be asked, nothing else", key="SQL", value=sql,
                               allowed=QUESTIONS)  # fmt: skip
            found = connection.execute(statements[0]).df()
            _check_exact(found, [str(column[1]) for column in connection.description or ()])
            return found
        except duckdb.Error as error:
            raise _refused(connection, folder, sql, str(error)) from None


def _check_exact(found: "pd.DataFrame", types: Sequence[str]) -> None:
    """`InputError` about whole numbers of more than 64 bits that a table of numbers would round."""
    for n, kind in enumerate(types):
        if kind in ("HUGEINT", "UHUGEINT") and (found.iloc[:, n].abs() >= ROUNDED).any():
            raise InputError(
                "whole numbers that would be rounded", key="SQL", value=found.columns[n],
                allowed=f"numbers below {ROUNDED:,}, or their text: CAST(... AS VARCHAR)",
            )  # fmt: skip


def opened(folder: Path) -> "duckdb.DuckDBPyConnection":
    """A connection with the tables of a folder of results as views, and access to nothing else."""
    import pyarrow as pa

    tables = read_tables(folder)
    connection = _connection()
    for name, table in tables.items():  # what is not known is null in Arrow: means leave it out
        connection.register(name, pa.Table.from_pandas(table, preserve_index=False))
    return connection


def read_tables(folder: Path) -> "dict[str, pd.DataFrame]":
    """The tables of a folder of results by name; `InputError` if one is a link or damaged."""
    read_manifest(folder)
    check_no_links(folder)
    paths = tables_in(folder)
    if (folder / RUNS).exists():
        return {"results": read_results(folder)}
    if not paths:
        raise InputError("no tables here to ask about", file=folder)
    return {path.stem: read_parquet(path) for path in paths}


def _connection() -> "duckdb.DuckDBPyConnection":
    """A connection that may read no file, whatever is asked of it."""
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute("SET python_enable_replacements = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _refused(connection: Any, folder: Path, sql: str, said: str) -> InputError:
    """What DuckDB said against a SELECT, in plain words with what there is instead."""
    tables = _known(connection, "SELECT view_name FROM duckdb_views() WHERE NOT internal")
    first = " ".join(said.split("\n\n")[0].split())
    if found := re.search(r'syntax error at or near "(.*?)"', first):
        return InputError(f'not SQL from "{found[1]}" on', file=folder, key="SQL", value=sql,
                        allowed=f"a SELECT from {', '.join(tables)}")  # fmt: skip
    if found := re.search(r"Table with name (\S+) does not exist", first):
        return InputError("no such table", file=folder, key="SQL", value=found[1], allowed=tables)
    if found := re.search(r'column "(.*?)" not found', first):
        columns = _known(connection, "SELECT DISTINCT column_name FROM duckdb_columns() WHERE NOT"
                         " internal")  # fmt: skip
        return InputError("no such column", file=folder, key="SQL", value=found[1], allowed=columns)
    plain = re.sub(r"^[A-Z][A-Za-z ]* Error: |( You might need| Candidate).*", "", first)
    return InputError(plain, file=folder, key="SQL", value=sql,
                    allowed=f"a SELECT from {', '.join(tables)}")  # fmt: skip


def _known(connection: Any, question: str) -> list[str]:
    return [row[0] for row in connection.execute(question).fetchall()]
