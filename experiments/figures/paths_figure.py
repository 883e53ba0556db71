"""The figure of outcomes over time: a panel an outcome, a line a policy, the status quo in grey."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

from experiments.figures.style import (
    INK,
    colour_of,
    in_own_style,
    marker_of,
    panels_for,
    plain_axes,
    reach_interest,
    titled,
    without_means,
)
from experiments.runs.options import STATUS_QUO
from model.outcomes.scoreboard import HEADLINES, OUTCOMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = Mapping[str, Any]
PANEL_HEIGHT, HEAD_INCHES = 1.75, 1.2
TITLE_LETTERS, LEGEND_LETTERS = 38, 30  # a line; longer ones would widen a panel


@in_own_style
def paths_figure(manifest: dict[str, Any], rows: Sequence[Row]) -> "Figure":
    """Draw levels by year; bands are intervals of the paired differences around them."""
    outcomes = [name for name in HEADLINES if any(row["outcome"] == name for row in rows)]
    figure, panels, free = panels_for(len(outcomes), PANEL_HEIGHT, HEAD_INCHES)
    for panel, outcome in zip(panels, outcomes, strict=True):
        _draw(panel, [row for row in rows if row["outcome"] == outcome], outcome)
    _legend(figure, free, manifest, rows)
    titled(figure, f"Year by year: {manifest['place']['title']}", _meaning(manifest), manifest)
    return figure


def _draw(panel: "Axes", rows: Sequence[Row], outcome: str) -> None:
    policies = list(dict.fromkeys(row["policy"] for row in rows))
    for k, policy in enumerate(policies):
        level, change = (
            [r for r in rows if r["policy"] == policy and r["kind"] == kind]
            for kind in ("level", "difference")
        )
        _line(panel, level, change, k - 1)
    panel.set_title(fill(HEADLINES[outcome], TITLE_LETTERS), fontsize=8.5, color=INK, loc="left")
    panel.set_ylabel(rows[0]["unit"], fontsize=8)
    panel.set_xlabel("year", fontsize=8)
    plain_axes(panel)
    panel.locator_params(axis="y", nbins=5)
    panel.locator_params(axis="x", integer=True)
    _reach(panel, rows, outcome)


def _reach(panel: "Axes", rows: Sequence[Row], outcome: str) -> None:
    usual = [r["estimate"] for r in rows if r["policy"] == STATUS_QUO and r["kind"] == "level"]
    smallest = OUTCOMES[outcome].smallest_effect
    middle = sum(usual) / len(usual)
    reach_interest(panel, middle, smallest.at(middle) if smallest else None)


def _line(panel: "Axes", level: Sequence[Row], change: Sequence[Row], order: int) -> None:
    """A line of levels, and around it half the interval of the difference in each year."""
    years, mean = [row["year"] for row in level], [row["estimate"] for row in level]
    panel.plot(years, mean, **_style(order, bool(change)), zorder=3 if change else 4)
    if change:
        half = [(row["high"] - row["low"]) / 2.0 for row in change]
        low = [m - h for m, h in zip(mean, half, strict=True)]
        high = [m + h for m, h in zip(mean, half, strict=True)]
        panel.fill_between(
            years, low, high, color=colour_of(order), alpha=0.18, linewidth=0, zorder=2
        )


def _legend(
    figure: "Figure", free: Sequence[Any], manifest: dict[str, Any], rows: Sequence[Row]
) -> None:
    """Name the lines, in a panel that is free or else beside all panels."""
    from matplotlib.lines import Line2D

    policies = dict.fromkeys(row["policy"] for row in rows)
    marks = [
        Line2D(
            [],
            [],
            **_style(k - 1, name != STATUS_QUO),
            label=fill(manifest["policies"][name]["title"], LEGEND_LETTERS),
        )
        for k, name in enumerate(policies)
    ]
    put: Any
    where, put = ("upper left", free[0]) if free else ("outside right center", figure)
    put.legend(handles=marks, loc=where, frameon=False, fontsize=9)


def _style(order: int, is_policy: bool) -> dict[str, Any]:
    if not is_policy:
        return {"color": INK, "marker": ".", "markersize": 3.0, "linestyle": "--", "linewidth": 1.3}
    return {
        "color": colour_of(order),
        "marker": marker_of(order),
        "markersize": 3.0,
        "linewidth": 1.3,
    }


def _meaning(manifest: dict[str, Any]) -> str:
    runs = without_means(manifest)
    if manifest["replicates"] == 1:
        return f"{runs}\nOne run of each policy, so no interval."
    return (
        f"{runs}\nLines: means over replicates. Bands: 95% interval (Student's t) of the paired"
        " difference from the status quo of the same seed, each year by itself."
    )
