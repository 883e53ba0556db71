"""The model beside published effects and rates, as readers see it, within 80 columns."""

from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap
from typing import Any

from rich.text import Text

from experiments.runs.runs import other_options, people, plural, with_licences
from experiments.terminal.output import UNKNOWN, number, show
from experiments.validation.validate import REASONED, Row, nearest, passed_targets

AGREES, MISSED, NOT_RUN, TAKEN_IN = "agrees", "MISSED", "not run", "*"
WIDTH, NAME, MODEL, PUBLISHED = 80, 28, 21, 20
SIGNS = {"negative": "falls", "positive": "rises"}


def print_validation(manifest: dict[str, Any], rows: Sequence[Row], folders: Sequence[Any]) -> None:
    """Header, targets, what was not reached and why, other minds, and where it is kept.

    `folders`: where it is kept.
    """
    _show_lines(manifest, rows, target_lines)
    show(MEANING, "Not reached\n" + "\n".join(not_reached(rows)), summary(rows), kept(folders))


def print_rates(manifest: dict[str, Any], rows: Sequence[Row], folders: Sequence[Any]) -> None:
    """Header, rates of the status quo beside England's, what was not reached, where it is kept.

    `folders`: where it is kept.
    """
    _show_lines(manifest, rows, rate_lines)
    missed = [row for row in rows if row["minds"] == REASONED and not row["pass"]]
    show(
        "\n".join(f"{row['meaning'].capitalize()}: {reason(row)}." for row in missed)
        or "All are reached."
    )
    show("\n".join(dict.fromkeys(set_from(row) for row in rows)))
    show(RATES_MEANING, kept(folders))


def set_from(row: Row) -> str:
    """Which parameters were set with a published rate in sight."""
    return f"Set with {row['rate'].replace('_', ' ')} in sight: {row['tuned']}."


def _show_lines(
    manifest: dict[str, Any], rows: Sequence[Row], lines: Callable[[Sequence[Row]], list[str]]
) -> None:
    show(with_licences(header(manifest), manifest))
    for minds, of_minds in by_minds(rows):
        if minds != REASONED:
            show(Text(f"The same with {minds} minds", style="bold"))
        show("\n".join(lines(of_minds)))


def by_minds(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Rows by kind of mind, in order."""
    for minds in dict.fromkeys(row["minds"] for row in rows):
        yield minds, [row for row in rows if row["minds"] == minds]


def kept(folders: Sequence[Any]) -> str:
    """Where results lie."""
    return "Kept: " + ", ".join(map(str, folders))


def header(manifest: dict[str, Any]) -> str:
    """What was run: place, patients, seeds, years, interval."""
    first, n, years = manifest["seed"], manifest["replicates"], manifest["years"]
    span = ("" if "--rates" in manifest["command"] else "up to ") + plural(years, "year")
    return (
        f"{manifest['place']['title']}\n{people(manifest)}; {n} seeds ({first}-{first + n - 1}),"
        f" {span} after 3 of burn-in; intervals are 90% (Student's t over seeds)"
        f"{other_options(manifest)}"
    )


def target_lines(rows: Sequence[Row]) -> list[str]:
    """A block a target: title, source, and a line an effect."""
    lines = [column_line("", "model (90%)", "published", "")]
    for name in dict.fromkeys(row["target"] for row in rows):
        block = [row for row in rows if row["target"] == name]
        title = f"{name} {block[0]['title']}. {block[0]['source']}"
        lines += ["", *wrap(title, WIDTH, subsequent_indent="  ")]
        for row in block:
            lines += column_lines(f"{row['effect']}, {row['unit']}", row)
    return lines


def rate_lines(rows: Sequence[Row]) -> list[str]:
    """A block a rate: meaning, source, and a line."""
    lines = [column_line("", "model (90%)", "published", "")]
    for row in rows:
        lines += [
            "",
            *wrap(f"{row['meaning'].capitalize()}. {row['source']}", WIDTH, subsequent_indent="  "),
        ]
        lines += column_lines(f"{row['unit']} ({row['era']})", row)
    return lines


def column_lines(name: str, row: Row) -> list[str]:
    """One line of the table; a long name goes on below."""
    first, *more = wrap(name, NAME, break_on_hyphens=False)
    line = column_line(first, model(row), published(row), verdict(row))
    return [line, *(f"  {part}" for part in more)]


def column_line(name: str, here: str, there: str, said: str) -> str:
    """Four columns in 80 characters."""
    line = f"  {name:<{NAME}}{here:>{MODEL}}{there:>{PUBLISHED}}  {said}"
    return line.rstrip()


def model(row: Row) -> str:
    """The model's value with its interval."""
    decimals = decimals_of(row)
    if row["estimate"] is None:
        return UNKNOWN
    low, high = (number(row[key], decimals) for key in ("low", "high"))
    return f"{number(row['estimate'], decimals)} ({low}, {high})"


def decimals_of(row: Row) -> int:
    """Decimals of a row: those of the published figure, one more for a narrow interval."""
    least: int = row.get("decimals", 2)
    if row["low"] is None or row["high"] is None:
        return least
    decimals: int = least + (0.0 < row["high"] - row["low"] < 10.0**-least)
    return decimals


def published(row: Row) -> str:
    """The published figure and interval, in square brackets if it was declared; or its sign."""
    if row.get("agrees") in SIGNS:
        return SIGNS[row["agrees"]]
    decimals = row.get("decimals", 2)
    low, high = (number(row[f"published_{key}"], decimals) for key in ("low", "high"))
    limits = f"({low}, {high})" if row["interval"] == "published" else f"[{low}, {high}]"
    return f"{number(row['published'], decimals)} {limits}"


def verdict(row: Row) -> str:
    """Whether a row agrees, is missed, or could not be run."""
    if row.get("missing"):
        return NOT_RUN
    return (AGREES if row["pass"] else MISSED) + TAKEN_IN * bool(row.get("taken_in"))


MEANING = (
    "Published intervals are 95%, in round brackets; those in square brackets were declared here,"
    " since none was published. A line agrees if the two intervals overlap; where only the sign is"
    " known, if the model's interval lies on that side of 0; where nothing should change (V27,"
    " deaths), if it lies within the other; V5 if the model's 95% interval contains 0. A target"
    " agrees if all its lines do."
    f"\n{TAKEN_IN} The figure is one of the model's own parameters: the line shows only whether it"
    " arrives."
)
RATES_MEANING = (
    "Round brackets: range of the published figures; square ones were declared around the figure. A"
    " rate agrees if the intervals overlap. The era is that of the place's year; --json has others."
)


def not_reached(rows: Sequence[Row]) -> list[str]:
    """A sentence for each line that was missed, and one for each target that cannot be run."""
    mine = [row for row in rows if row["minds"] == REASONED and not row["pass"]]
    said: list[str] = []
    told: set[tuple[str, str]] = set()
    for row in mine:
        what = "" if row["missing"] else f" {row['effect']}"
        again = (row["target"], row["limit"]) in told
        said.append(f"{row['target']}{what}: {reason({**row, 'limit': ''} if again else row)}.")
        told.add((row["target"], row["limit"]))
    return list(dict.fromkeys(said)) or ["nothing"]


def reason(row: Row) -> str:
    """Why a row was not reached: what is missing, or the nearest value and what holds it back."""
    if row.get("missing"):
        return f"cannot be run: there is no policy {' or '.join(row['missing'])}"
    found = nearest(row)
    if found is None:
        return "unknown, since nothing of the kind happened"
    here, there = (number(value, decimals_of(row)) for value in found)
    return f"nearest {here}, needed {there}" + (f"; {row['limit']}" if row["limit"] else "")


def summary(rows: Sequence[Row]) -> str:
    """How many targets agree, under each kind of mind."""
    said = []
    for minds, of_minds in by_minds(rows):
        total = len({row["target"] for row in of_minds})
        waiting = {row["target"] for row in of_minds if row["missing"]}
        passed = passed_targets(rows, minds)
        who = "" if minds == REASONED else f"With {minds} minds "
        names = f" ({', '.join(passed)})" if passed else ""
        wait = f"; {len(waiting)} lack a policy to be run" if waiting and not who else ""
        said.append(f"{who}{len(passed)} of {total} targets agree{names}{wait}.")
    return "\n".join(said)
