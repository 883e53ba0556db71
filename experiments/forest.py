"""The forest plot of a contrast: a panel an outcome, a line an effect, zero in every panel."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.comparison import HEADLINES, interval_of
from experiments.contrast import EFFECTS, groups_of, place_words
from experiments.contrast_tables import header
from experiments.figures import COLOURS, FAINT, INK, MARKERS, plain_axes, save_both

COLUMNS = 4
ROW_INCHES, PANEL_INCHES = 0.24, 0.95


def save_forest(manifest: dict[str, Any], rows: Sequence[dict[str, Any]], stem: Path) -> None:
    """Write the plot as `stem`.svg and `stem`.png, the same bytes for the same rows."""
    save_both(forest(manifest, rows), stem)


def forest(manifest: dict[str, Any], rows: Sequence[dict[str, Any]]):
    """Panels by outcome; lines by policy, effect and where, in the order of the rows."""
    from matplotlib.figure import Figure

    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    lines = list(dict.fromkeys(_label(row, len(groups_of(rows)) > 1) for row in rows))
    deep = -(-len(outcomes) // COLUMNS)
    height = 1.1 + deep * (PANEL_INCHES + ROW_INCHES * len(lines))
    across = min(COLUMNS, len(outcomes))
    figure = Figure(figsize=(2.0 + 2.7 * across, height), layout="constrained")
    panels = figure.subplots(deep, across, squeeze=False)
    for k, panel in enumerate(panels.flat):
        if k >= len(outcomes):
            panel.set_axis_off()
            continue
        _draw(panel, [row for row in rows if row["outcome"] == outcomes[k]], lines, rows)
        plain_axes(panel, lines if k % across == 0 else [], len(lines))
    figure.suptitle(header(manifest, rows), x=0.01, ha="left", fontsize=10, color=INK)
    figure.supxlabel(_caption(rows), x=0.01, ha="left", fontsize=8, color=INK)
    return figure


def _label(row: dict[str, Any], say_where: bool) -> str:
    label = row["policy"] if row["effect"] == "total" else f"{row['policy']} {row['effect']}"
    return f"{label} ({place_words(row)})" if say_where else label


def _draw(panel, of_outcome: Sequence[dict[str, Any]], lines: Sequence[str], rows: Any) -> None:
    panel.axvline(0.0, color=FAINT, linewidth=1.0, zorder=1)
    several = len(groups_of(rows)) > 1
    for row in of_outcome:
        k, interval = lines.index(_label(row, several)), interval_of(row)
        effect = EFFECTS.index(row["effect"])
        colour = COLOURS[effect]
        if row["sets"] > 1:
            panel.plot([row["span_low"], row["span_high"]], [k, k], color=colour, linewidth=5.0,
                       alpha=0.25, solid_capstyle="butt", zorder=2)  # fmt: skip
        panel.plot([interval.low, interval.high], [k, k], color=colour, linewidth=1.6, zorder=3)
        face = colour if interval.excludes_zero else "white"
        panel.plot(interval.estimate, k, marker=MARKERS[effect], color=colour, markersize=6.0,
                   markerfacecolor=face, zorder=4)  # fmt: skip
    outcome = of_outcome[0]["outcome"]
    panel.set_title(HEADLINES.get(outcome, outcome), fontsize=8, color=INK, loc="left")
    panel.set_xlabel(of_outcome[0]["unit"], fontsize=8, color=INK)


def _caption(rows: Sequence[dict[str, Any]]) -> str:
    marks = "lines: 95% intervals (Student's t) of paired differences; filled: interval excludes 0"
    if any(row["sets"] > 1 for row in rows):
        marks += "; broad lines: 5% to 95% of the sets of parameters"
    return marks
