"""The forest plot of a contrast: a panel an outcome, a line an effect, one scale for all panels.

The scale is multiples of the smallest effect of interest, so that panels can be compared. An
outcome for which none is declared has its own unit, which its axis names.
"""

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from textwrap import fill
from typing import TYPE_CHECKING, Any

from experiments.figures.style import (
    FURTHEST,
    INK,
    colour_of,
    draw_difference,
    in_own_style,
    panels_for,
    plain_rows,
    titled,
    unit_after,
    zero_and_interest,
)
from experiments.measures.difference_cells import interval_of, nothing, smallest_in_words
from experiments.studies.contrast import EFFECTS, groups_of, place_words
from experiments.studies.contrast_tables import header, shared_keys
from experiments.terminal.output import number
from model.outcomes.scoreboard import HEADLINES, OUTCOMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = dict[str, Any]
ROW_INCHES, PANEL_INCHES, HEAD_INCHES = 0.24, 1.25, 2.0
LEAST_REACH, TICKS = 2.0, (-10, -5, -1, 1, 5, 10)  # smallest effects
TITLE_LETTERS, LABEL_LETTERS = 36, 30
LEVER = re.compile(r"\b[a-z_]+\.([a-z][a-z_]+)")  # as it is written: subject.name
MEANING = (
    "Differences in multiples of the smallest effect of interest. Lines: 95% intervals (Student's"
    " t) of paired differences, for all tests at once (Bonferroni). Grey: too small to matter."
    " Filled: wholly beyond that. Arrowheads: further."
)
SETS = " Broad lines: 5% to 95% of the sets of parameters."


@in_own_style
def forest(
    manifest: dict[str, Any], rows: Sequence[dict[str, Any]], progress: dict[str, int]
) -> "Figure":
    """Panels by outcome; lines by policy, effect and where, in the order of the rows.

    `progress`: how many runs are done and missing.
    """
    every = list(dict.fromkeys(row["outcome"] for row in rows))
    drawn = [name for name in every if not all(map(nothing, _of(rows, name)))] or every
    labels = _labels(manifest, rows)
    lines = list(dict.fromkeys(labels.values()))
    height = PANEL_INCHES + ROW_INCHES * len(lines)
    figure, panels, _ = panels_for(len(drawn), height, HEAD_INCHES, _label_inches(lines))
    reach = _reach(rows)
    for k, (panel, outcome) in enumerate(zip(panels, drawn, strict=True)):
        _draw(panel, _of(rows, outcome), labels, lines)
        at = panel.get_subplotspec()
        first = at is not None and at.is_first_col()
        plain_rows(panel, lines if first else [], len(lines))
        panel.set_title(_title(manifest, _of(rows, outcome)), fontsize=8, color=INK, loc="left")
        _scale(panel, _of(rows, outcome)[0], reach, last=k == len(drawn) - 1)
    still = [HEADLINES.get(name, name) for name in every if name not in drawn]
    _head(figure, manifest, rows, progress, still)
    return figure


def _of(rows: Sequence[Row], outcome: str) -> list[Row]:
    return [row for row in rows if row["outcome"] == outcome]


def _in_words(lever: re.Match[str]) -> str:
    """A lever without its subject, in words."""
    return lever[1].replace("_", " ")


def _label_inches(lines: Sequence[str]) -> float:
    return 0.07 * max(len(part) for line in lines for part in line.splitlines())


def _labels(manifest: dict[str, Any], rows: Sequence[Row]) -> dict[int, str]:
    """What a row's line is called: policy, effect, and where if there are several settings."""
    several, shared = len(groups_of(rows)) > 1, shared_keys(rows)
    titles = {name: policy["title"] for name, policy in manifest["policies"].items()}
    labels = {}
    for row in rows:
        told = str(titles.get(row["policy"], row["policy"]))
        told += "" if row["effect"] == "total" else f", {row['effect']}"
        told += f" ({place_words(row, shared)})" if several else ""
        labels[id(row)] = fill(LEVER.sub(_in_words, told), LABEL_LETTERS)
    return labels


def _draw(
    panel: "Axes", of: Sequence[Row], labels: Mapping[int, str], lines: Sequence[str]
) -> None:
    zero_and_interest(panel, [1.0 if row["smallest_effect"] else None for row in of])
    for row in of:
        k, effect = lines.index(labels[id(row)]), EFFECTS.index(row["effect"])
        unit = row["smallest_effect"] or 1.0
        if row["sets"] > 1:
            ends = (row["span_low"] / unit, row["span_high"] / unit)
            span = [min(max(end, -FURTHEST), FURTHEST) for end in ends]
            panel.plot(span, [k, k], color=colour_of(effect), linewidth=5.0, alpha=0.25,
                       solid_capstyle="butt", zorder=2)  # fmt: skip
        interval = interval_of(row, together=True)
        furthest = FURTHEST if row["smallest_effect"] else float("inf")
        draw_difference(panel, interval, unit, k, effect, filled=row["star"], furthest=furthest)


def _title(manifest: dict[str, Any], of: Sequence[Row]) -> str:
    """The outcome, its level in what all are put beside, and what matters."""
    outcome = of[0]["outcome"]
    bases = [row["base"] for row in of if row["effect"] != "institutional"]
    unit = unit_after(of[0]["unit"])
    ends = sorted({number(base, of[0]["decimals"]) for base in (min(bases), max(bases))}, key=len)
    declared = OUTCOMES[outcome].smallest_effect if outcome in OUTCOMES else None
    least = f"; matters from {smallest_in_words(declared)}" if declared else ""
    against = manifest["study"]["against"]
    level = f"{manifest['policies'][against]['title']} {' to '.join(ends)}{unit}{least}"
    name = HEADLINES.get(outcome, outcome.replace("_", " "))
    return fill(name, TITLE_LETTERS) + "\n" + fill(level, TITLE_LETTERS)


def _reach(rows: Sequence[Row]) -> float:
    """How many smallest effects the common scale holds on either side."""
    ends = [
        abs(end) / row["smallest_effect"]
        for row in rows
        if row["smallest_effect"]
        for end in (*interval_of(row, together=True)[:3], row["span_low"], row["span_high"])
        if isfinite(end)
    ]
    furthest: float = min(max([LEAST_REACH, *ends]), FURTHEST)
    return furthest


def _scale(panel: "Axes", row: Row, reach: float, last: bool) -> None:
    if not row["smallest_effect"]:
        panel.set_xlabel(row["unit"], fontsize=8, color=INK)
        return
    panel.set_xlim(-1.05 * reach, 1.05 * reach)
    panel.set_xticks([tick for tick in TICKS if abs(tick) <= reach])
    if last:
        panel.set_xlabel("smallest effects of interest", fontsize=8, color=INK)


def _head(
    figure: "Figure", manifest: dict[str, Any], rows: Sequence[Row], progress: dict[str, int],
    still: Sequence[str],
) -> None:  # fmt: skip
    """The study's title above; below what was run, where, and what marks mean."""
    title, *about = header(manifest, rows, progress).splitlines()
    places = "; ".join(place["title"] for place in manifest["places"].values())
    meaning = MEANING + SETS * any(row["sets"] > 1 for row in rows)
    told = f" Not drawn, as no run differs: {'; '.join(still)}." if still else ""
    titled(figure, title, "\n".join([places, *about, meaning + told]), manifest)
