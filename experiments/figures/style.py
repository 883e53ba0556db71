"""What all figures share: colours, axes, captions, and how they are written."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from experiments.folders import check_new_file
from experiments.options import last_window
from experiments.runs import people, runs_and_seeds, window_name, with_licences
from model.errors import BadInput

MARKERS = "osD^vP*X<>"
# Okabe & Ito (2008), Color Universal Design; markers and hatches say the same without colour
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
INK, FAINT = "#222222", "#9a9a9a"
DOTS_PER_INCH = 160
ENDINGS = (".svg", ".png", ".pdf")
PANELS_ACROSS, PANEL_WIDTH, LEAST_WIDTH = 4, 3.33, 8.0  # inches; four are as wide as a slide
LETTERS_AN_INCH = 15  # of a caption


def colour_of(k: int) -> str:
    """The colour of the k-th thing of a figure."""
    return COLOURS[k % len(COLOURS)]


def marker_of(k: int) -> str:
    """The marker of the k-th thing of a figure."""
    return MARKERS[k % len(MARKERS)]


def panels_for(count: int, height: float, head: float) -> tuple[Any, list[Any], list[Any]]:
    """A figure with panels in rows of four, those in use and those left over, which are blank.

    height: inches of a panel; head: inches above and below all of them.
    """
    from matplotlib.figure import Figure

    across = min(PANELS_ACROSS, count)
    deep = -(-count // across)
    size = (max(across * PANEL_WIDTH, LEAST_WIDTH), head + deep * height)
    figure = Figure(figsize=size, layout="constrained")
    panels = list(figure.subplots(deep, across, squeeze=False).flat)
    for panel in panels[count:]:
        panel.set_axis_off()
    return figure, panels[:count], panels[count:]


def zero_and_interest(panel, smallest: Sequence[float | None]) -> None:
    """A line at zero, and a band for the differences that do not matter."""
    panel.axvline(0.0, color=FAINT, linewidth=1.0, zorder=1)
    known = [least for least in smallest if least]
    if known:
        panel.axvspan(-min(known), min(known), color=FAINT, alpha=0.18, linewidth=0, zorder=0)


def plain_axes(panel) -> None:
    """Axes with few ticks and nothing that is not needed."""
    panel.tick_params(labelsize=8, colors=INK, length=2)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)


def plain_rows(panel, labels: Sequence[str], count: int) -> None:
    """Axes with a line a row, labelled where there are labels."""
    plain_axes(panel)
    panel.set_ylim(count - 0.4, -0.6)
    panel.set_yticks(range(count) if labels else [], labels or None)
    panel.locator_params(axis="x", nbins=4)
    panel.ticklabel_format(axis="x", useOffset=False)
    panel.spines["left"].set_visible(False)


def reach_interest(panel, middle: float, least: float | None) -> None:
    """Widen the vertical axis so that what is too small to matter looks small."""
    if least:
        low, high = panel.get_ylim()
        panel.set_ylim(min(low, middle - 1.2 * least), max(high, middle + 1.2 * least))


def titled(figure, title: str, caption: str, manifest: dict[str, Any]) -> None:
    """Put a title above and a caption below, with the licences of the data."""
    wide = int(figure.get_figwidth() * LETTERS_AN_INCH)
    lines = dict.fromkeys(with_licences(caption, manifest).splitlines())  # a licence once
    below = "\n".join(fill(line, wide) for line in lines)
    figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold", color=INK)
    figure.supxlabel(below, x=0.01, ha="left", fontsize=8, color=INK)


def what_was_run(manifest: dict[str, Any]) -> str:
    """Patients, replicates and seeds, and over which years the means are."""
    window = window_name(last_window(manifest["years"]))
    return f"{without_means(manifest)}; means of {window}"


def without_means(manifest: dict[str, Any]) -> str:
    """Patients, replicates and seeds."""
    return f"{people(manifest)}; {runs_and_seeds(manifest)}"


def figure_files(stem: Path) -> list[Path]:
    """The files of a figure: of one format if its ending is given, else of all."""
    if stem.suffix in ENDINGS:
        return [stem]
    return [stem.with_name(stem.name + ending) for ending in ENDINGS]


def check_figure(stem: Path) -> None:
    """`BadInput` if the files of a figure are there already, or cannot be made."""
    if stem.suffix not in ("", *ENDINGS):
        raise BadInput(
            "a figure is written as .svg, .png and .pdf", key="--figure", value=stem,
            allowed="a name without an ending (all three), or with one of these",
        )  # fmt: skip
    for path in figure_files(stem):
        check_new_file(path, "--figure")


def beside(stem: Path, what: str) -> Path:
    """The name of a figure that goes with another: `verdict.png` -> `verdict_paths.png`."""
    if stem.suffix in ENDINGS:
        return stem.with_name(f"{stem.stem}_{what}{stem.suffix}")
    return stem.with_name(f"{stem.name}_{what}")


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


def save(figure: Any, stem: Path) -> list[Path]:
    """Write a figure, the same bytes for the same figure; the files written."""
    import matplotlib

    files = figure_files(stem)
    stem.parent.mkdir(parents=True, exist_ok=True)
    matplotlib.use("Agg")
    _take_text_as_text(figure)
    undated = {".svg": {"Date": None}, ".png": {"Software": None}, ".pdf": {"CreationDate": None}}
    with matplotlib.rc_context({"svg.hashsalt": "joinedup", "svg.fonttype": "none"}):
        for path in files:
            figure.savefig(path, dpi=DOTS_PER_INCH, metadata=undated[path.suffix])
    return files
