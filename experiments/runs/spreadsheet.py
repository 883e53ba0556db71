"""Tables as XLSX: a sheet of results, another that says of what; text is text, never a formula."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from numbers import Real
from pathlib import Path
from typing import Any

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)  # so that the same table gives the same bytes
TEXT_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
LONGEST_CELL = 32_767  # letters
MOST_ROWS = 1_048_575  # that a sheet holds below its heads


def write_xlsx(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], about: Mapping[str, str], path: Path
) -> None:
    """Write rows below their columns to `path`; `about` says in a second sheet what they are."""
    from xlsxwriter import Workbook

    with Workbook(str(path), TEXT_AS_TEXT) as book:
        book.set_properties({"created": ALWAYS.replace(tzinfo=None)})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("results")
        sheet.freeze_panes(1, 0)
        for k, column in enumerate(columns):
            sheet.write_string(0, k, column, bold)
            sheet.set_column(k, k, max(10, min(len(column) + 2, 40)))
        for n, row in enumerate(rows, start=1):
            for k, value in enumerate(row):
                _write(sheet, n, k, value)
        told = book.add_worksheet("about")
        for n, (key, text) in enumerate(about.items()):
            told.write_string(n, 0, key, bold)
            told.write_string(n, 1, text[:LONGEST_CELL])


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    """A number as a number, a truth as a truth, what is unknown as nothing, the rest as text."""
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        sheet.write_boolean(row, column, bool(value))
    elif isinstance(value, Real):
        if math.isfinite(float(value)):
            sheet.write_number(row, column, float(value))
    elif value is not None:
        sheet.write_string(row, column, str(value)[:LONGEST_CELL])


def about_of(manifest: Mapping[str, Any], licences: Sequence[str]) -> dict[str, str]:
    """What the second sheet says: the command, the code, the places, the policies, the licences."""
    places = [*manifest.get("places", {}).values(), manifest.get("place", {})]
    titles = ", ".join(place["title"] for place in places if "title" in place)
    about = {"command": str(manifest.get("command", "")), "place": titles,
             "policies": ", ".join(manifest.get("policies", {})),
             "code": str(manifest.get("code", ""))}  # fmt: skip
    return about | ({"licence": " ".join(licences)} if licences else {})
