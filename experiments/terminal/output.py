"""What the command says: tables and JSON on stdout, progress and errors on stderr."""

import csv
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from experiments.terminal.waiting import waiting
from model.input.errors import STEERING, InputError, printable

SCHEMA = "joinedup/1"
UNKNOWN, ROUNDED_AWAY = "–", "≈0"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # how a cell begins that a spreadsheet obeys


class PlainConsole(Console):
    """A console on which text is text: names and titles of others cannot steer the terminal."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The segments of a thing; those that rich itself writes to move the cursor stay."""
        for part in super().render(renderable, options):
            yield part if part.control else Segment(printable(part.text), part.style)


def out() -> Console:
    """The console of results: plain text unless it is a terminal."""
    return PlainConsole(highlight=False, markup=False, emoji=False, soft_wrap=False)


def err() -> Console:
    """The console of progress and messages."""
    return PlainConsole(stderr=True, highlight=False, markup=False, emoji=False)


def as_cell(value: Any) -> Any:
    """A cell of a table for a spreadsheet: text that begins like a formula is quoted."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def write_rows(columns: Sequence[str], rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write these columns of rows as CSV; unknown numbers are empty.

    `path`: of the file.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: as_cell(value) for key, value in row.items()} for row in rows)


def say(text: str) -> None:
    """A message on stderr."""
    waiting.heard()
    err().print(Text(text), soft_wrap=True)


def print_json(
    command: str, manifest: Mapping[str, Any], rows: Sequence[Mapping[Any, Any]], **more: Any
) -> None:
    """One JSON object on stdout: schema, command, manifest and rows; unknown numbers are null."""
    whole = {"schema": SCHEMA, "command": command, "manifest": manifest, "rows": rows, **more}
    sys.stdout.write(json_text(plain(whole)) + "\n")


def print_error(error: InputError, as_json: bool) -> None:
    """One sentence on stderr and, for machines, the same as a record on stdout."""
    say(error.sentence())
    if as_json:
        sys.stdout.write(json_text({"error": error.record()}) + "\n")


def json_text(whole: Any) -> str:
    """One line of JSON that a terminal may show: what would steer it is escaped."""
    text = json.dumps(whole, ensure_ascii=False, allow_nan=False)
    return STEERING.sub(lambda found: json.dumps(found[0])[1:-1], text)


def plain(value: Any) -> Any:
    """The same value in types that JSON has; what is not finite becomes None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str | bool | int | None):
        return value
    if isinstance(value, bytes | bytearray):
        return text_of(value)
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return str(value)


def text_of(value: bytes | bytearray) -> str:
    """Bytes as text; those that are none in UTF-8 as their codes."""
    return bytes(value).decode("utf-8", "backslashreplace")


def number(value: float | None, decimals: int = 0, sign: bool = False) -> str:
    """A number with thousands separated; a dash is what is unknown.

    `0` is nothing at all; what is but rounded away is `≈0`. Fewer than no decimals round to tens or
    hundreds.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    rounded, shown = round(value, decimals), max(decimals, 0)
    if rounded:
        return f"{rounded:{'+' * sign},.{shown}f}"
    return ROUNDED_AWAY if value else "0"


def quantity(value: float) -> str:
    """A number as it may be typed, without an exponent where it is large: 0.05, 6000000."""
    return f"{value:.0f}" if abs(value) >= 1e5 else f"{value:g}"


def table(columns: Sequence[str], text_columns: int = 1, tight: bool = False) -> Table:
    """An empty table that fits 80 columns; all but the first `text_columns` hold numbers.

    `tight` leaves one space between columns instead of two.
    """
    padding = (0, 0 if tight else 1)
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=padding, collapse_padding=True,
                 show_edge=False)  # fmt: skip
    for k, column in enumerate(columns):
        side = "left" if k < text_columns else "right"
        made.add_column(column, justify=side, overflow="fold")  # type: ignore[arg-type]
    return made


def print_rows(
    title: str, rows: Sequence[Mapping[str, str]], text_columns: int, tight: bool = False
) -> None:
    """A title and a table of records that all have the same keys; nothing if there are none."""
    if not rows:
        return
    made = table([printable(name) for name in rows[0]], text_columns, tight)
    for row in rows:
        made.add_row(*(Text(printable(str(cell))) for cell in row.values()))
    if title:
        out().print(Text(title, style="bold"))
    show(made)


def show(*things: Any) -> None:
    """Print tables and sentences on stdout, a blank line between them; paths are never broken."""
    console = out()
    for thing in things:
        if isinstance(thing, str):
            lines = (
                fill(line, console.width, break_long_words=False, break_on_hyphens=False)
                for line in thing.splitlines()
            )
            console.print(Text("\n".join(lines)), soft_wrap=True)
        else:
            console.print(thing)
        console.print()


class Progress:
    """Progress of a long piece of work on stderr: share done, rate, time left.

    On a terminal it is a moving bar; elsewhere a line at the start, every half minute and at the
    end. `seconds`: how long it may take, as far as that can be said before anything is done.
    """

    def __init__(self, what: str, total: int, unit: str, seconds: float | None = None):
        from rich import progress

        self.what, self.total, self.unit, self.done = what, total, unit, 0
        self.seconds, self.begun = seconds, False
        self.bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(bar_width=20),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[rate]}"),
            console=err(), transient=True, disable=not sys.stderr.isatty(),
            auto_refresh=False,  # no thread of its own: workers are forked from here
        )  # fmt: skip

    def __enter__(self) -> "Progress":
        import time

        self.started = time.monotonic()
        self.task = self.bar.add_task(self.what, total=self.total, rate=self.left())
        self.bar.start()
        if self.bar.disable:
            say(f"{self.what}: {self.total} {self.unit}" + f", {self.left()}" * bool(self.left()))
        waiting.heard()
        waiting.doing, waiting.bar = self.sentence, not self.bar.disable
        return self

    def begin(self) -> None:
        """The first step begins now; what came before is no part of the rate."""
        import time

        self.started, self.begun = time.monotonic(), True

    def advance(self, steps: int = 1) -> None:
        """`steps` more are done."""
        self.done += steps
        rate = f"{self.rate():.1f} {self.unit}/s {self.left()}"
        self.bar.update(self.task, advance=steps, rate=rate, refresh=True)

    def rate(self) -> float:
        """Steps a second so far."""
        return self.done / max(self._elapsed(), 1e-9)

    def _elapsed(self) -> float:
        import time

        return time.monotonic() - self.started

    def left(self) -> str:
        """`about 3 min left`; before anything is done what is known then, or nothing.

        What one process took alone is the least that several beside each other take. A first step
        may take longer than the others, so of what has passed of it only a condition is said.
        """
        if self.done:
            return f"about {duration((self.total - self.done) / self.rate())} left"
        if self.seconds is not None:
            return f"at least {duration(self.seconds - self._elapsed())} left"
        others = duration(self._elapsed() * (self.total - 1))
        return f"{others} left if the others take as long as this one has" * self.begun

    def sentence(self) -> str:
        """How far it is, and how long still."""
        counted = f"{self.done} of {self.total} {self.unit}"
        told = f"{self.what}: {counted} in {duration(self._elapsed())}"
        return told + f", {self.left()}" * bool(self.left())

    def __exit__(self, *error: object) -> None:
        self.bar.stop()
        waiting.doing, waiting.bar, waiting.stage = None, False, "working out what came of it"
        if error[0] is None:
            seconds = self.done / self.rate() if self.done else 0.0
            say(f"{self.what}: {self.done} {self.unit} in {seconds:.0f} s ({self.rate():.1f}/s)")


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:,.1f} h"
