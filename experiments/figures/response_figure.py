"""The figure of a response: a panel an outcome, its level over the values of one lever."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

from experiments.figures.style import (
    FAINT,
    INK,
    colour_of,
    in_own_style,
    panels_for,
    plain_axes,
    reach_interest,
    titled,
)
from experiments.measures.difference_cells import interval_of, nothing
from model.outcomes.scoreboard import HEADLINES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from experiments.studies.lever import Lever

Row = Mapping[str, Any]
PANEL_HEIGHT, HEAD_INCHES = 1.9, 1.3
TITLE_LETTERS, TICK_LETTERS = 38, 14
MEANING = (
    "Points: mean levels. Lines: 95% intervals (Student's t) of the difference from the central"
    " value (dotted) of the same seeds. Grey: too small to matter. Filled: wholly beyond that, for"
    " all tests at once (Bonferroni)."
)


@in_own_style
def response_figure(
    head: str, manifest: dict[str, Any], lever: "Lever", rows: Sequence[Row]
) -> "Figure":
    """Draw the levels of every outcome; `head` says of what lever, place and runs."""
    every = list(dict.fromkeys(row["outcome"] for row in rows))
    outcomes = [name for name in every if _moves(rows, name)] or every
    still = [HEADLINES.get(name, name) for name in every if name not in outcomes]
    figure, panels, _ = panels_for(len(outcomes), PANEL_HEIGHT, HEAD_INCHES)
    for panel, outcome in zip(panels, outcomes, strict=True):
        _draw(panel, [row for row in rows if row["outcome"] == outcome], lever)
    title, *about = head.splitlines()
    told = f" Not drawn, as nothing differs that matters: {'; '.join(still)}." if still else ""
    titled(figure, title, "\n".join([*about, MEANING + told]), manifest)
    return figure


def _moves(rows: Sequence[Row], outcome: str) -> bool:
    """Whether any run differs from that of the central value by what may matter."""
    return any(
        r["kind"] == "difference" and not nothing(r) and not r["negligible"]
        for r in rows
        if r["outcome"] == outcome
    )


def _draw(panel: "Axes", rows: Sequence[Row], lever: "Lever") -> None:
    places = _places(lever)
    levels = {row["value"]: row for row in rows if row["kind"] == "level"}
    changes = {row["value"]: row for row in rows if row["kind"] == "difference"}
    _central(panel, levels[lever.central], changes.values(), places[lever.central])
    at = [places[value] for value in lever.values]
    colour = colour_of(0)
    means = [levels[value]["estimate"] for value in lever.values]
    panel.plot(at, means, color=colour, linewidth=0.9 if _is_number(lever) else 0.0, zorder=2)
    for value in lever.values:
        mean = levels[value]["estimate"]
        half = interval_of(changes[value]).half if value in changes else 0.0
        panel.plot([places[value]] * 2, [mean - half, mean + half], color=colour, linewidth=1.5)
        star = value in changes and changes[value]["star"]
        panel.plot(places[value], mean, marker="o", markersize=5.0, color=colour,
                   markerfacecolor=colour if star else "white", zorder=3)  # fmt: skip
    _label(panel, rows[0], lever, places)


def _is_number(lever: "Lever") -> bool:
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in lever.values)


def _places(lever: "Lever") -> dict[Any, float]:
    """Where each value stands: numbers where they are, words side by side."""
    if _is_number(lever):
        return {value: float(value) for value in lever.values}
    return {value: float(n) for n, value in enumerate(lever.values)}


def _central(panel: "Axes", level: Row, changes: Iterable[Row], place: float) -> None:
    """The central value, and the band around its level in which nothing matters."""
    panel.axvline(place, color=FAINT, linewidth=1.0, linestyle=":", zorder=1)
    if known := [row["smallest_effect"] for row in changes if row["smallest_effect"]]:
        least, middle = min(known), level["estimate"]
        panel.axhspan(middle - least, middle + least, color=FAINT, alpha=0.2, linewidth=0)
        reach_interest(panel, middle, least)


def _label(panel: "Axes", row: Row, lever: "Lever", places: Mapping[Any, float]) -> None:
    name = HEADLINES.get(row["outcome"], row["outcome"].replace("_", " "))
    panel.set_title(fill(name, TITLE_LETTERS), fontsize=8.5, color=INK, loc="left")
    panel.set_ylabel(row["unit"], fontsize=8)
    panel.set_xlabel(lever.name.rsplit(".", 1)[-1].replace("_", " "), fontsize=8)
    plain_axes(panel)
    panel.locator_params(axis="y", nbins=5)
    if _is_number(lever):
        panel.locator_params(axis="x", nbins=5)
    else:
        words = [fill(str(value).replace("_", " "), TICK_LETTERS) for value in lever.values]
        panel.set_xticks(list(places.values()), words)
