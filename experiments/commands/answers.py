"""Answers to questions about results: a table on the screen, or a CSV file."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.runs.folders import check_new_file
from experiments.runs.licences import licence_column, licences_of
from experiments.runs.runs import plural
from experiments.runs.spreadsheet import MOST_ROWS as MOST_SHEET_ROWS
from experiments.runs.spreadsheet import about_of, write_xlsx
from experiments.studies.contrast import progress_of
from experiments.terminal.output import UNKNOWN, as_cell, out, print_rows, say, show, text_of
from model.input.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 40
DIGITS = 6
LETTERS = 200  # of a cell on the screen
GAP = 2  # between columns


def print_answer(found: "pd.DataFrame", manifest: Mapping[str, Any]) -> None:
    """The first rows of an answer in the columns that fit, how many there are, and what is left.

    Below stands what the licence of real data asks for.
    """
    shown = found.head(MOST_ROWS)
    rows = [
        {str(key): _cell(value) for key, value in row.items()} for row in shown.to_dict("records")
    ]
    names = _that_fit(rows, out().width)
    texts = sum(1 for name in names if found[name].dtype.kind not in "iuf")
    print_rows("", [{name: row[name] for name in names} for row in rows], text_columns=texts)
    if told := licences_of(manifest):
        show(*told)
    say(plural(len(found), "row") + ("; --csv FILE gives all" if len(found) > MOST_ROWS else ""))
    if any(len(row[name]) > LETTERS for row in rows for name in names):
        say(f"cells are cut at {LETTERS} characters; --csv FILE writes them whole")
    left = [name for name in map(str, found.columns) if rows and name not in names]
    if left:
        more = plural(len(left), "more column")
        say(f"{more} (name those you need, or --csv FILE): {', '.join(left)}")


def say_progress(folder: Path) -> None:
    """Say so if a sweep is not finished: only runs that are done have outcomes."""
    progress = progress_of(folder)
    if progress["done"] < progress["asked"]:
        say(f"UNFINISHED: {progress['done']:,} of {progress['asked']:,} runs are done")


def _that_fit(rows: Sequence[Mapping[str, str]], width: int) -> list[str]:
    """Columns from the left as long as the line holds them, one at least."""
    names: list[str] = []
    for name in rows[0] if rows else []:
        width -= max(len(name), *(len(row[name]) for row in rows)) + GAP
        if width + GAP < 0 and names:
            break
        names.append(name)
    return names


def _cell(value: object) -> str:
    """What stands on the screen for a value."""
    told = _told(value)
    return told if len(told) <= LETTERS else f"{told[:LETTERS]}…"


def _told(value: object) -> str:
    plain = _plain_cell(value, _told)
    if plain is None or plain != plain:  # SQL's NULL, which sums and means leave out
        return UNKNOWN
    return f"{plain:.{DIGITS}g}" if isinstance(plain, float) else str(plain)


def _whole(value: object) -> str:
    plain = _plain_cell(value)
    return UNKNOWN if plain is None or plain != plain else str(plain)


def _plain_cell(value: Any, told: Callable[[Any], str] = _whole) -> Any:
    """A value as a cell holds it: bytes, records and lists as text, not as Python writes them."""
    if isinstance(value, bytes | bytearray):
        return text_of(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {told(of)}" for key, of in value.items())
    if getattr(value, "ndim", 0) or isinstance(value, list):  # such as the options of a decision
        return ", ".join(map(told, getattr(value, "tolist", lambda: value)()))
    return value


def _for_spreadsheets(found: "pd.DataFrame") -> "pd.DataFrame":
    """The same with text, also of names of columns, that no spreadsheet takes for a formula."""
    texts = [n for n in range(found.shape[1]) if found.dtypes.iloc[n].kind not in "iufbmM"]
    shown = found.copy()
    for n in texts:
        shown.isetitem(n, [as_cell(_plain_cell(value)) for value in found.iloc[:, n]])
    return shown.set_axis([as_cell(str(name)) for name in found.columns], axis=1)


def _write_sheet(found: "pd.DataFrame", path: Path, manifest: Mapping[str, Any]) -> None:
    if len(found) > MOST_SHEET_ROWS:
        raise InputError(
            "more rows than a spreadsheet holds", key="--csv", value=f"{len(found):,}",
            allowed=f"at most {MOST_SHEET_ROWS:,}, or a name that ends in .csv",
        )  # fmt: skip
    rows = [[_plain_cell(value) for value in row] for row in found.itertuples(index=False)]
    write_xlsx(list(map(str, found.columns)), rows, about_of(manifest, licences_of(manifest)), path)


def write_csv(found: "pd.DataFrame", path: Path, manifest: Mapping[str, Any]) -> None:
    """The whole answer as CSV or, by its name, XLSX; whole or not at all.

    `InputError` if the file is there already. What the licence of real data asks for is the last
    column.
    """
    check_new_file(path, "--csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    with_licence = found.assign(**licence_column(manifest))
    try:
        if path.suffix.lower() == ".xlsx":
            _write_sheet(with_licence, partial, manifest)
        else:
            _for_spreadsheets(with_licence).to_csv(partial, index=False, lineterminator="\n")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    say(f"Written: {path} ({plural(len(found), 'row')})")
