"""The figure of a comparison: differences from the status quo with intervals, by family."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from experiments.comparison import (
    FAMILIES,
    find,
    headlines,
    policies_in,
    runs_and_seeds,
)
from experiments.effects import interval_of
from experiments.folders import check_new_file
from experiments.options import last_window
from experiments.runs import people, window_name, with_licences
from model.errors import BadInput
from model.outcomes.scoreboard import HEADLINES

MARKERS = "osD^vP*X<>"
COLOURS = ("#1b6ca8", "#c2571a", "#3d7a37", "#7b4b94")
INK, FAINT = "#222222", "#9a9a9a"
DOTS_PER_INCH = 160
ENDINGS = (".svg", ".png")
CAPTION_LETTERS = 140  # that a line holds
INTERVALS = (
    "lines: 95% intervals (Student's t) of paired differences, for all tests at once (Bonferroni);"
    " grey: below the smallest effect of interest; filled: all of the interval beyond it"
)


def comparison_figure(manifest: dict[str, Any], rows: Sequence[dict[str, Any]]):
    """A panel an outcome (families as rows), a marker a policy, zero = the status quo."""
    from matplotlib.figure import Figure

    policies = policies_in(rows)
    shown = [headlines(rows, family) for family in FAMILIES]
    height = 1.2 + len(FAMILIES) * (0.75 + 0.24 * max(len(policies), 2))
    figure = Figure(figsize=(10.5, height), layout="constrained")
    panels = figure.subplots(len(FAMILIES), max(map(len, shown)), squeeze=False)
    for row_of_panels, family, outcomes in zip(panels, FAMILIES, shown, strict=True):
        for column, panel in enumerate(row_of_panels):
            if column < len(outcomes):
                _draw(panel, rows, outcomes[column], policies, labelled=column == 0)
            else:
                panel.set_axis_off()
        row_of_panels[0].set_ylabel(family, fontweight="bold", color=INK)
    title = f"Differences from the status quo: {manifest['place']['title']}"
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, color=INK)
    below = with_licences(caption(manifest), manifest)
    figure.supxlabel(below, x=0.01, ha="left", fontsize=8, color=INK)
    return figure


def _draw(
    panel, rows: Sequence[dict[str, Any]], outcome: str, policies: Sequence[str], labelled: bool
) -> None:
    found = [find(rows, policy, outcome, "difference") for policy in policies]
    zero_and_interest(panel, [row["smallest_effect"] for row in found])
    for k, row in enumerate(found):
        interval = interval_of(row, together=True)
        colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
        panel.plot([interval.low, interval.high], [k, k], color=colour, linewidth=1.6, zorder=2)
        panel.plot(
            interval.estimate, k, marker=marker, color=colour, markersize=6.5, zorder=3,
            markerfacecolor=colour if row["star"] else "white",
        )  # fmt: skip
    unit = next(row["unit"] for row in rows if row["outcome"] == outcome)
    panel.set_title(HEADLINES[outcome], fontsize=8.5, color=INK, loc="left")
    panel.set_xlabel(unit, fontsize=8, color=INK)
    plain_axes(panel, policies if labelled else [], len(policies))


def zero_and_interest(panel, smallest: Sequence[float | None]) -> None:
    """A line at zero, and a band for the differences that do not matter."""
    panel.axvline(0.0, color=FAINT, linewidth=1.0, zorder=1)
    known = [least for least in smallest if least]
    if known:
        panel.axvspan(-min(known), min(known), color=FAINT, alpha=0.18, linewidth=0, zorder=0)


def plain_axes(panel, labels: Sequence[str], count: int) -> None:
    """Axes with a line a row, labelled where there are labels, and nothing that is not needed."""
    panel.set_ylim(count - 0.4, -0.6)
    panel.set_yticks(range(count) if labels else [], labels or None)
    panel.tick_params(labelsize=8, colors=INK, length=2)
    panel.locator_params(axis="x", nbins=4)
    panel.ticklabel_format(axis="x", useOffset=False)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)


def caption(manifest: dict[str, Any]) -> str:
    """What the marks mean, and of what runs."""
    window = window_name(last_window(manifest["years"]))
    marks = INTERVALS
    if manifest["replicates"] == 1:
        marks = "one run, so no interval"
    asked = f"{people(manifest)}; {runs_and_seeds(manifest)}, mean of {window}"
    return f"{asked}\n{fill(marks, CAPTION_LETTERS)}"


def save_figure(
    manifest: dict[str, Any], rows: Sequence[dict[str, Any]], stem: Path
) -> tuple[Path, Path]:
    """Write the figure as `stem`.svg and `stem`.png, the same bytes for the same rows."""
    return save_both(comparison_figure(manifest, rows), stem)


def figure_files(stem: Path) -> tuple[Path, Path]:
    """The two files of a figure; either ending may be given."""
    if stem.suffix in ENDINGS:
        stem = stem.with_suffix("")
    svg, png = (stem.with_name(stem.name + ending) for ending in ENDINGS)
    return svg, png


def check_figure(stem: Path) -> None:
    """`BadInput` if the files of a figure are there already, or cannot be made."""
    if stem.suffix not in ("", *ENDINGS):
        raise BadInput("a figure is written as .svg and .png", key="--figure", value=stem,
                       allowed="a name without an ending, or with one of these")  # fmt: skip
    for path in figure_files(stem):
        check_new_file(path, "--figure")


def _take_text_as_text(figure: Any) -> None:
    """A dollar sign in a title or name begins no formula; powers on a logarithmic axis stay."""
    from matplotlib.text import Text

    powers = [
        label
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        if axis.get_scale() != "linear"
        for label in axis.get_ticklabels(which="both")
    ]
    for text in set(figure.findobj(Text)) - set(powers):
        text.set_parse_math(False)


def save_both(figure: Any, stem: Path) -> tuple[Path, Path]:
    """Write a figure as `stem`.svg and `stem`.png (either ending may be given); both paths."""
    import matplotlib

    svg, png = figure_files(stem)
    stem.parent.mkdir(parents=True, exist_ok=True)
    matplotlib.use("Agg")
    _take_text_as_text(figure)
    with matplotlib.rc_context({"svg.hashsalt": "joinedup", "svg.fonttype": "none"}):
        figure.savefig(svg, metadata={"Date": None})
    figure.savefig(png, dpi=DOTS_PER_INCH, metadata={"Software": None})
    return svg, png
