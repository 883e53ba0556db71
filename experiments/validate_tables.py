"""The model beside published effects and rates, as readers see it."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from experiments.output import UNKNOWN, number, print_rows, show, table
from experiments.runs import other_options, people, plural
from experiments.validate import REASONED, Row, nearest, passed_targets

AGREES, MISSED, NOT_RUN = "agrees", "MISSED", "not run"
WIDTH = 80


def print_validation(manifest: dict[str, Any], rows: Sequence[Row], folders: Sequence[Any]) -> None:
    """Header, targets, what was missed and by how much, other minds, and where it is kept."""
    show(header(manifest))
    mine = [row for row in rows if row["minds"] == REASONED]
    show(target_table(mine), meaning())
    for minds in dict.fromkeys(row["minds"] for row in rows if row["minds"] != REASONED):
        show(Text(f"The same with {minds} minds", style="bold"))
        show(other_table(mine, [row for row in rows if row["minds"] == minds]))
    _print_missed(mine)
    show(summary(rows), "Kept: " + ", ".join(map(str, folders)))


def header(manifest: dict[str, Any]) -> str:
    """What was run: place, patients, seeds, years, interval."""
    first, n = manifest["seed"], manifest["replicates"]
    years = manifest["years"]
    span = (
        f"up to {plural(years, 'year')}" if manifest["command"] == "validate" else f"{years} years"
    )
    return (
        f"{manifest['place']['title']}\n{people(manifest)}; {n} seeds ({first}-{first + n - 1}),"
        f" {span} after 3 of burn-in; intervals are 90% (Student's t over seeds)"
        f"{other_options(manifest)}"
    )


def target_table(rows: Sequence[Row]):
    """A block a target: title and source, then a line an effect."""
    made = table(["target", "effect", "model (90%)", "published", ""], text_columns=2)
    for name in dict.fromkeys(row["target"] for row in rows):
        block = [row for row in rows if row["target"] == name]
        for k, row in enumerate(block):
            made.add_row(
                Text(name if k == 0 else "", style="bold"), Text(f"{row['effect']}, {row['unit']}"),
                Text(_model(row)), Text(published(row)), Text(verdict(row)),
            )  # fmt: skip
    return made


def _model(row: Row) -> str:
    decimals = decimals_of(row)
    if row["estimate"] is None:
        return UNKNOWN
    limits = ", ".join(number(row[key], decimals) for key in ("low", "high"))
    return f"{number(row['estimate'], decimals)}\n({limits})"


def decimals_of(row: Row) -> int:
    """Decimals of a row: at least those of the published figure, more for narrow intervals."""
    least = row.get("decimals", 2)
    if row["low"] is None or row["high"] is None:
        return least
    width = abs(row["high"] - row["low"])
    return least + 1 if 0.0 < width < 10.0**-least else least


def published(row: Row) -> str:
    """The published figure over its interval; one that was declared here stands in brackets."""
    words = {"negative": "falls", "positive": "rises"}
    if row.get("agrees") in words:
        return words[row["agrees"]]
    decimals = row.get("decimals", 2)
    pair = ", ".join(number(row[f"published_{key}"], decimals) for key in ("low", "high"))
    limits = f"({pair})" if row["interval"] == "published" else f"[{pair}]"
    return f"{number(row['published'], decimals)}\n{limits}"


def verdict(row: Row) -> str:
    """Whether a row agrees, is missed, or could not be run."""
    if row.get("missing"):
        return NOT_RUN
    return AGREES if row["pass"] else MISSED


def other_table(mine: Sequence[Row], other: Sequence[Row]):
    """Verdicts of reasoned and of other minds side by side."""
    made = table(["target", "effect", "model (90%)", "verdict", "reasoned"], text_columns=2)
    for one, row in zip(mine, other, strict=True):
        cells = (row["target"], f"{row['effect']}, {row['unit']}", _model(row))
        made.add_row(*map(Text, cells), Text(verdict(row)), Text(verdict(one)))
    return made


def meaning() -> str:
    """How to read the table."""
    return (
        "Published intervals are 95%, in round brackets; those in square brackets were declared"
        " here, since none was published. A line agrees if the two intervals overlap; where only the"
        " sign is known, if the model's interval lies on that side of 0; lines of V27 and deaths if"
        " it lies within the other; V5 if the model's 95% interval contains 0. A target agrees if"
        " all its lines do."
    )


def _print_missed(rows: Sequence[Row]) -> None:
    lines = [sentence_of(row) for row in rows if not row["pass"]]
    if lines:
        show(Text("Not reached", style="bold"), "\n".join(lines))


def sentence_of(row: Row) -> str:
    """Why a row was not reached: what is missing, or the nearest value and what holds it back."""
    name = row.get("target") or row["rate"]
    what = f"{name} {row['effect']}" if "effect" in row else row["meaning"]
    if row.get("missing"):
        policies = " or ".join(row["missing"])
        return f"{what}: cannot be run: there is no policy {policies}."
    found = nearest(row)
    if found is None:
        return f"{what}: unknown: nothing of the kind happened."
    decimals = decimals_of(row)
    text = f"{what}: nearest {number(found[0], decimals)}, needed {number(found[1], decimals)}"
    return f"{text}; {row['limit']}." if row["limit"] else f"{text}."


def summary(rows: Sequence[Row]) -> str:
    """How many targets agree, under each kind of mind."""
    said = []
    for minds in dict.fromkeys(row["minds"] for row in rows):
        of_minds = [row for row in rows if row["minds"] == minds]
        total = len({row["target"] for row in of_minds})
        waiting = {row["target"] for row in of_minds if row["missing"]}
        passed = passed_targets(rows, minds)
        names = f" ({', '.join(passed)})" if passed else ""
        who = "" if minds == REASONED else f"With {minds} minds "
        text = f"{who}{len(passed)} of {total} targets agree{names}"
        if minds == REASONED:
            text += f"; {len(waiting)} have lines that cannot be run for want of a policy"
        said.append(text + ".")
    taken = [row["target"] for row in rows if row["taken_in"] and row["minds"] == REASONED]
    if taken:
        said.append(
            f"{', '.join(dict.fromkeys(taken))}: the figure is one of the model's own parameters,"
            " so agreement shows only that it arrives where it should."
        )
    return "\n".join(said)


def print_rates(manifest: dict[str, Any], rows: Sequence[Row], folders: Sequence[Any]) -> None:
    """Rates of the status quo beside England's."""
    show(header(manifest))
    for minds in dict.fromkeys(row["minds"] for row in rows):
        of_minds = [row for row in rows if row["minds"] == minds]
        title = "Rates of the status quo" + ("" if minds == REASONED else f" with {minds} minds")
        lines = [
            {"rate": f"{row['meaning']},\n  {row['unit']}", "model (90%)": _model(row)}
            | {"published": published(row), "era": row["era"], "": verdict(row)}
            for row in of_minds
        ]
        print_rows(title, lines, text_columns=1)
    mine = [row for row in rows if row["minds"] == REASONED]
    reasons = [sentence_of({**row, "agrees": "overlap"}) for row in mine if not row["pass"]]
    if reasons:
        show("\n".join(reasons))
    show(
        "Round brackets: range of the published figures; square ones were declared around the"
        " figure. The era is that of the place's year; --json has the others.",
        "Kept: " + ", ".join(map(str, folders)),
    )
