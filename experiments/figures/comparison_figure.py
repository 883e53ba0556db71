"""The figure of a comparison: how much policies change what matters, and where areas end up.

Left: differences from the status quo of every headline outcome on one scale, in multiples of the
smallest effect of interest, so that rows can be compared. Right: shares of people by regime.
"""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

from experiments.figures.style import (
    FAINT,
    FURTHEST,
    INK,
    colour_of,
    draw_difference,
    in_own_style,
    marker_of,
    plain_axes,
    titled,
    unit_after,
    what_was_run,
)
from experiments.measures.difference_cells import interval_of, level_cell, smallest_in_words
from experiments.measures.regime_tables import PREFIX
from experiments.runs.options import STATUS_QUO
from experiments.studies.rows import FAMILIES, find, headlines, policies_in
from model.outcomes.regimes import REGIMES
from model.outcomes.scoreboard import HEADLINES, OUTCOMES
from model.outcomes.statistics import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Row = dict[str, Any]
WIDTH, HEAD_INCHES, ROW_INCHES, POLICY_INCHES = 13.33, 1.9, 0.16, 0.07  # as wide as a slide
LEAST_HEIGHT = 7.5
SPREAD = 0.72  # of a row that its policies fill
REGIME_COLOURS = ("#009e73", "#f0e442", "#56b4e9", "#d55e00", "#cc79a7", "#0072b2")
HATCHES = ("", "..", "//", "xx", "\\\\", "++")
LEAST_TOLD = 0.06  # share of a bar that holds its number
POLICY_LETTERS = 24


@in_own_style
def comparison_figure(
    manifest: dict[str, Any], rows: Sequence[Row], no_regimes: str = ""
) -> "Figure":
    """Draw the differences of all policies and, if there are any, the regimes.

    `no_regimes`: why there are none, as a sentence.
    """
    from matplotlib.figure import Figure

    policies = policies_in(rows)
    outcomes = [name for family in FAMILIES for name in headlines(rows, family)]
    titles = {name: manifest["policies"][name]["title"] for name in [STATUS_QUO, *policies]}
    height = HEAD_INCHES + len(outcomes) * (ROW_INCHES + POLICY_INCHES * len(policies))
    figure = Figure(figsize=(WIDTH, max(height, LEAST_HEIGHT)), layout="constrained")
    wide = (1.0,) if no_regimes else (2.3, 1.0)
    panels = figure.subplots(1, len(wide), width_ratios=wide, squeeze=False)[0]
    _draw_differences(panels[0], rows, outcomes, policies, titles)
    if not no_regimes:
        _draw_regimes(panels[1], rows, titles)
    caption = f"{what_was_run(manifest)}\n{_meaning(manifest, no_regimes)}"
    titled(figure, f"What policies change: {manifest['place']['title']}", caption, manifest)
    return figure


def _draw_differences(
    panel: "Axes", rows: Sequence[Row], outcomes: Sequence[str], policies: Sequence[str],
    titles: Mapping[str, str],
) -> None:  # fmt: skip
    for k, policy in enumerate(policies):
        found = [find(rows, policy, outcome, "difference") for outcome in outcomes]
        lines = [n + SPREAD * ((k + 0.5) / len(policies) - 0.5) for n in range(len(outcomes))]
        for row, line in zip(found, lines, strict=True):
            draw_difference(panel, interval_of(row, together=True), row["smallest_effect"], line, k,
                            filled=row["star"])  # fmt: skip
        panel.plot([], [], color=colour_of(k), marker=marker_of(k), label=titles[policy])
    _furnish(panel, rows, outcomes)
    panel.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, frameon=False, fontsize=9)


def _furnish(panel: "Axes", rows: Sequence[Row], outcomes: Sequence[str]) -> None:
    """Zero, the band of what is too small to matter, families, and labels with the levels."""
    plain_axes(panel)
    panel.axvline(0.0, color=FAINT, linewidth=1.0, zorder=1)
    panel.axvspan(-1.0, 1.0, color=FAINT, alpha=0.22, linewidth=0, zorder=0)
    low, high = panel.get_xlim()
    panel.set_xlim(max(low, -FURTHEST - 0.5), min(high, FURTHEST + 0.5))
    panel.set_ylim(len(outcomes) - 0.5, -0.5)
    levels = [find(rows, STATUS_QUO, outcome, "level") for outcome in outcomes]
    panel.set_yticks(range(len(outcomes)), [_label(row) for row in levels], fontsize=8)
    for n, outcome in enumerate(outcomes):
        first = n == 0 or OUTCOMES[outcome].family != OUTCOMES[outcomes[n - 1]].family
        panel.axhline(n - 0.5, color=INK if first else FAINT, linewidth=0.8 if first else 0.25)
    _name_families(panel, outcomes)
    panel.spines["left"].set_visible(False)
    panel.set_xlabel("difference from the status quo, in smallest effects of interest", fontsize=9)


def _name_families(panel: "Axes", outcomes: Sequence[str]) -> None:
    """Beside the panel, where no line of an interval goes through them."""
    families = [OUTCOMES[outcome].family for outcome in outcomes]
    for family in dict.fromkeys(families):
        middle = families.index(family) + (families.count(family) - 1) / 2
        panel.text(1.006, middle, family.upper(), transform=panel.get_yaxis_transform(),
                   rotation=-90, va="center", fontsize=8, fontweight="bold", color=INK)  # fmt: skip


def _label(level: Row) -> str:
    outcome = level["outcome"]
    told, *half = level_cell(level).plain.split("\n")
    now = " ".join([told, *half]) + unit_after(level["unit"])
    smallest = OUTCOMES[outcome].smallest_effect
    least = f"; matters from {smallest_in_words(smallest)}" if smallest else ""
    return f"{HEADLINES[outcome]}\nstatus quo {now}{least}"


def _draw_regimes(panel: "Axes", rows: Sequence[Row], titles: Mapping[str, str]) -> None:
    """A bar a policy, the status quo first; regimes that nobody lives in are left out."""
    shares = {p: [_found(rows, p, regime).estimate for regime in REGIMES] for p in titles}
    for n, regime in enumerate(REGIMES):
        if not any(share[n] >= 0.005 for share in shares.values()):
            continue
        left = [sum(share[:n]) for share in shares.values()]
        wide = [share[n] for share in shares.values()]
        panel.barh(
            range(len(titles)), wide, left=left, height=0.5, label=regime.replace("_", " "),
            color=REGIME_COLOURS[n], hatch=HATCHES[n], edgecolor="white", linewidth=0.6,
        )  # fmt: skip
        _tell_shares(panel, left, [_found(rows, p, regime) for p in titles])
    plain_axes(panel)
    panel.set_xlim(0.0, 1.0)
    panel.set_ylim(len(titles) - 0.4, -0.6)
    panel.set_yticks(range(len(titles)), [fill(t, POLICY_LETTERS) for t in titles.values()])
    panel.set_xticks([0.0, 0.5, 1.0], ["0", "50", "100% of people"])
    panel.set_xlabel("regime of the area in which people live", fontsize=9)
    panel.legend(loc="lower right", bbox_to_anchor=(1.1, 1.0), ncols=2, frameon=False, fontsize=9)


def _tell_shares(panel: "Axes", left: Sequence[float], found: Sequence[Interval]) -> None:
    for k, (begin, share) in enumerate(zip(left, found, strict=True)):
        if share.estimate >= LEAST_TOLD:
            half = f"\n±{100 * share.half:.0f}" if share.half > 0.0 else ""
            told = panel.text(begin + share.estimate / 2, k, f"{100 * share.estimate:.0f}{half}",
                              ha="center", va="center", fontsize=8, color=INK)  # fmt: skip
            told.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.85})


def _found(rows: Sequence[Row], policy: str, regime: str) -> Interval:
    return interval_of(find(rows, policy, PREFIX + regime, "level"))


def _meaning(manifest: dict[str, Any], no_regimes: str) -> str:
    if manifest["replicates"] == 1:
        told = "One run of each policy, so no interval."
    else:
        told = (
            "Lines: 95% intervals (Student's t) of paired differences, for all tests at once"
            " (Bonferroni). Filled: the whole interval lies beyond the smallest effect of interest;"
            " grey band: too small to matter; arrowheads: further. ±: half the 95% interval of a"
            " level."
        )
    return f"{told} {no_regimes}" if no_regimes else told
