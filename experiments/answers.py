"""Answers to questions about results: a table on the screen, or a CSV file."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.folders import check_parent
from experiments.output import print_rows, say
from model.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 40
DIGITS = 6


def print_answer(found: "pd.DataFrame") -> None:
    """The first rows of an answer, and how many there are."""
    shown = found.head(MOST_ROWS)
    texts = sum(1 for dtype in found.dtypes if dtype.kind not in "iuf")
    rows = [
        {str(key): _cell(value) for key, value in row.items()} for row in shown.to_dict("records")
    ]
    print_rows("", rows, text_columns=texts)
    say(f"{len(found):,} rows" + ("; --csv FILE gives all" if len(found) > MOST_ROWS else ""))


def _cell(value: object) -> str:
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else str(value)


def write_csv(found: "pd.DataFrame", path: Path) -> None:
    """The whole answer as CSV, whole or not at all; `BadInput` if the file is there already."""
    if path.exists():
        raise BadInput("this file exists already; give another name", file=path, key="--csv")
    check_parent(path, "--csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    try:
        found.to_csv(partial, index=False, lineterminator="\n")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    say(f"Written: {path} ({len(found):,} rows)")
