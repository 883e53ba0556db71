"""The forest plot of a contrast: a panel an outcome, a line an effect, zero in every panel."""

from collections.abc import Sequence
from textwrap import fill
from typing import Any

from experiments.contrast import EFFECTS, groups_of, place_words
from experiments.contrast_tables import header, shared_keys
from experiments.effects import interval_of
from experiments.figures.style import (
    INK,
    colour_of,
    marker_of,
    plain_rows,
    zero_and_interest,
)
from model.outcomes.scoreboard import HEADLINES

COLUMNS = 4
ROW_INCHES, PANEL_INCHES, PANEL_WIDTH = 0.24, 1.1, 2.7
LETTER_INCHES = 0.072  # of the labels
TITLE_LETTERS = 36  # that a panel's width holds
HEAD_INCHES, LEAST_WIDTH = 1.5, 7.5
INTERVALS = (
    "lines: 95% intervals (Student's t) of paired differences, for all tests at once (Bonferroni);"
    " grey: below the smallest effect of interest; filled: all of the interval beyond it"
)
LETTERS_AN_INCH = 13  # of the header and the caption


def forest(manifest: dict[str, Any], rows: Sequence[dict[str, Any]], progress: dict[str, int]):
    """Panels by outcome; lines by policy, effect and where, in the order of the rows."""
    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    labels = _labels(rows)
    lines = list(dict.fromkeys(labels))
    deep, across = -(-len(outcomes) // COLUMNS), min(COLUMNS, len(outcomes))
    figure = _figure(deep, across, lines)
    panels = figure.subplots(deep, across, squeeze=False)
    for k, panel in enumerate(panels.flat):
        if k >= len(outcomes):
            panel.set_axis_off()
            continue
        of_outcome = [pair for pair in zip(rows, labels, strict=True)
                      if pair[0]["outcome"] == outcomes[k]]  # fmt: skip
        _draw(panel, of_outcome, lines)
        plain_rows(panel, lines if k % across == 0 else [], len(lines))
    wide = int(figure.get_figwidth() * LETTERS_AN_INCH)
    head = "\n".join(fill(line, wide) for line in header(manifest, rows, progress).splitlines())
    figure.suptitle(head, x=0.01, ha="left", fontsize=10, color=INK)
    figure.supxlabel(fill(_caption(rows), wide), x=0.01, ha="left", fontsize=8, color=INK)
    return figure


def _figure(deep: int, across: int, lines: Sequence[str]):
    from matplotlib.figure import Figure

    label = LETTER_INCHES * max(len(line) for line in lines)
    width = max(label + PANEL_WIDTH * across, LEAST_WIDTH)
    height = HEAD_INCHES + deep * (PANEL_INCHES + ROW_INCHES * len(lines))
    return Figure(figsize=(width, height), layout="constrained")


def _labels(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What a row's line is called: policy, effect, and where if there are several settings."""
    several = len(groups_of(rows)) > 1
    shared = shared_keys(rows)
    labels = []
    for row in rows:
        label = row["policy"] if row["effect"] == "total" else f"{row['policy']} {row['effect']}"
        labels.append(f"{label} ({place_words(row, shared)})" if several else label)
    return labels


def _draw(panel, of_outcome: Sequence[tuple[dict[str, Any], str]], lines: Sequence[str]) -> None:
    zero_and_interest(panel, [row["smallest_effect"] for row, _ in of_outcome])
    for row, label in of_outcome:
        k, interval = lines.index(label), interval_of(row, together=True)
        effect = EFFECTS.index(row["effect"])
        colour = colour_of(effect)
        if row["sets"] > 1:
            panel.plot([row["span_low"], row["span_high"]], [k, k], color=colour, linewidth=5.0,
                       alpha=0.25, solid_capstyle="butt", zorder=2)  # fmt: skip
        panel.plot([interval.low, interval.high], [k, k], color=colour, linewidth=1.6, zorder=3)
        face = colour if row["star"] else "white"
        panel.plot(interval.estimate, k, marker=marker_of(effect), color=colour, markersize=6.0,
                   markerfacecolor=face, zorder=4)  # fmt: skip
    about = of_outcome[0][0]
    title = HEADLINES.get(about["outcome"], about["outcome"].replace("_", " "))
    panel.set_title(fill(title, TITLE_LETTERS), fontsize=8, color=INK, loc="left")
    panel.set_xlabel(about["unit"], fontsize=8, color=INK)


def _caption(rows: Sequence[dict[str, Any]]) -> str:
    marks = INTERVALS
    if any(row["sets"] > 1 for row in rows):
        marks += "; broad lines: 5% to 95% of the sets of parameters"
    return marks
