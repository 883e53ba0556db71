"""What all figures share: colours, axes, captions, and how they are written."""

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from experiments.figures.figure_files import figure_files
from experiments.runs.runs import people, runs_and_seeds, window_name, with_licences
from experiments.terminal.output import quantity
from model.input.errors import printable
from model.outcomes.statistics import Interval
from model.outcomes.window import last_window

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = "osD^vP*X<>"
# Okabe & Ito (2008), Color Universal Design; markers and hatches say the same without colour
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
INK, FAINT = "#222222", "#9a9a9a"
DOTS_PER_INCH = 160
PANELS_ACROSS, PANEL_WIDTH, LEAST_WIDTH = 4, 3.33, 8.0  # inches; four are as wide as a slide
LETTERS_AN_INCH = 15  # of a caption
CAPTION_LINES, LINE_INCHES = 3, 0.14  # that the room above and below all panels holds; of each
FURTHEST = 12.0  # multiples of the smallest effect; what lies further is named at the edge


def in_own_style[**P, R](draw: Callable[P, R]) -> Callable[P, R]:
    """Draw without what a folder or a user sets for Matplotlib: the same figure everywhere."""

    @wraps(draw)
    def drawn(*given: P.args, **named: P.kwargs) -> R:
        import matplotlib.style

        with matplotlib.style.context("default"):
            return draw(*given, **named)

    return drawn


def colour_of(order: int) -> str:
    """The colour of the k-th thing of a figure."""
    return COLOURS[order % len(COLOURS)]


def marker_of(order: int) -> str:
    """The marker of the k-th thing of a figure."""
    return MARKERS[order % len(MARKERS)]


def panels_for(
    count: int, height: float, head: float, left: float = 0.0
) -> tuple["Figure", list["Axes"], list["Axes"]]:
    """A figure with panels in rows of four, those in use and those left over, which are blank.

    height: inches of a panel; head: inches above and below all of them, of which a caption has
    `CAPTION_LINES`; left: beside them. count: of panels.
    """
    from matplotlib.figure import Figure

    across = min(PANELS_ACROSS, count)
    deep = -(-count // across)
    size = (max(left + across * PANEL_WIDTH, LEAST_WIDTH), head + deep * height)
    figure = Figure(figsize=size, layout="constrained")
    panels = list(figure.subplots(deep, across, squeeze=False).flat)
    for panel in panels[count:]:
        panel.set_axis_off()
    return figure, panels[:count], panels[count:]


def zero_and_interest(panel: "Axes", smallest: Sequence[float | None]) -> None:
    """A line at zero, and a band for the differences that do not matter."""
    panel.axvline(0.0, color=FAINT, linewidth=1.0, zorder=1)
    known = [least for least in smallest if least]
    if known:
        panel.axvspan(-min(known), min(known), color=FAINT, alpha=0.18, linewidth=0, zorder=0)


def draw_difference(
    panel: "Axes", interval: Interval, unit: float, line: float, order: int, *, filled: bool,
    furthest: float = FURTHEST,
) -> None:  # fmt: skip
    """A difference and its interval on a horizontal line, in multiples of `unit`.

    What lies further than `furthest` ends there in an arrowhead, and its number stands beside it.
    """
    at, low, high = (value / unit for value in interval[:3])
    colour = colour_of(order)
    panel.plot([max(low, -furthest), min(high, furthest)], [line, line], color=colour,
               linewidth=1.5, zorder=2)  # fmt: skip
    for end, edge, head in ((low, -furthest, "<"), (high, furthest, ">")):
        if abs(end) > furthest and end * edge > 0:
            panel.plot(edge, line, marker=head, color=colour, markersize=4.0, zorder=2)
    inside = min(max(at, -furthest), furthest)
    panel.plot(inside, line, marker=marker_of(order), color=colour, markersize=5.5,
               markerfacecolor=colour if filled else "white", zorder=3)  # fmt: skip
    if inside != at:
        side = "right" if at > 0 else "left"
        told = panel.text(inside - 0.05 * inside, line - 0.3, f"{quantity(round(at))} x",
                          fontsize=7, color=INK, ha=side, va="center")  # fmt: skip
        told.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8})


def unit_after(unit: str) -> str:
    """A unit as it stands behind a number: none for shares of one, no gap before per cent."""
    if unit == "0-1":
        return ""
    return unit if unit.startswith("%") else f" {unit}"


def plain_axes(panel: "Axes") -> None:
    """Axes with few ticks and nothing that is not needed."""
    panel.tick_params(labelsize=8, colors=INK, length=2)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)


def plain_rows(panel: "Axes", labels: Sequence[str], count: int) -> None:
    """Axes with a line a row, labelled where there are labels."""
    plain_axes(panel)
    panel.set_ylim(count - 0.4, -0.6)
    panel.set_yticks(range(count) if labels else [], labels or None)
    panel.locator_params(axis="x", nbins=4)
    panel.ticklabel_format(axis="x", useOffset=False)
    panel.spines["left"].set_visible(False)


def reach_interest(panel: "Axes", middle: float, least: float | None) -> None:
    """Widen the vertical axis so that what is too small to matter looks small."""
    if least:
        low, high = panel.get_ylim()
        panel.set_ylim(min(low, middle - 1.2 * least), max(high, middle + 1.2 * least))


def titled(figure: "Figure", title: str, caption: str, manifest: dict[str, Any]) -> None:
    """Put a title above and a caption below, with the licences of the data.

    The figure grows with a caption of many lines, so that panels keep their size.
    """
    wide = int(figure.get_figwidth() * LETTERS_AN_INCH)
    lines = dict.fromkeys(with_licences(caption, manifest).splitlines())  # a licence once
    below = "\n".join(fill(line, wide) for line in lines)
    more = below.count("\n") + 1 - CAPTION_LINES
    figure.set_figheight(figure.get_figheight() + LINE_INCHES * max(more, 0))
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold", color=INK)
    figure.supxlabel(below, x=0.01, ha="left", fontsize=8, color=INK)


def what_was_run(manifest: dict[str, Any]) -> str:
    """Patients, replicates and seeds, and over which years the means are."""
    window = window_name(last_window(manifest["years"]))
    return f"{without_means(manifest)}; means of {window}"


def without_means(manifest: dict[str, Any]) -> str:
    """Patients, replicates and seeds."""
    return f"{people(manifest)}; {runs_and_seeds(manifest)}"


def _take_text_as_text(figure: "Figure") -> None:
    """A dollar sign in a title or name begins no formula, a control character is its code.

    Powers on a logarithmic axis stay.
    """
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
        text.set_text(printable(text.get_text()))
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        names = [label.get_text() for label in axis.get_ticklabels()]
        if names != (shown := [printable(name) for name in names]):
            axis.set_ticklabels(shown)  # ticks write their labels anew whenever they are drawn


@in_own_style
def save(figure: "Figure", stem: Path) -> list[Path]:
    """Write a figure, the same bytes for the same figure; the files written."""
    import matplotlib

    files = figure_files(stem)
    matplotlib.use("Agg")
    _take_text_as_text(figure)
    undated = {".svg": {"Date": None}, ".png": {"Software": None}, ".pdf": {"CreationDate": None}}
    with matplotlib.rc_context({"svg.hashsalt": "joinedup", "svg.fonttype": "none"}):
        for path in files:
            figure.savefig(path, dpi=DOTS_PER_INCH, metadata=undated[path.suffix])
    return files
