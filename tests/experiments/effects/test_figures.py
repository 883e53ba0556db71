"""Figures say what their rows say: one scale, titles, no empty panels, nothing over anything."""

import json
from pathlib import Path

import pytest

from experiments.effects.response import lever_of
from experiments.figures.comparison_figure import FURTHEST, comparison_figure
from experiments.figures.figure_files import beside, figure_files
from experiments.figures.paths_figure import paths_figure
from experiments.figures.response_figure import response_figure
from experiments.figures.style import save
from model.outcomes.scoreboard import HEADLINES

RECORD = Path(__file__).parents[3] / "docs" / "recorded" / "compare.json"


@pytest.fixture(scope="module")
def compared():
    """A recorded comparison: manifest and rows."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    return record["manifest"], record["results"]["rows"]


def texts_of(figure) -> list[str]:
    from matplotlib.text import Text

    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def overlapping(figure) -> list[tuple[str, str]]:
    """Pairs of titles, labels of axes, legends and captions that lie over each other."""
    figure.draw_without_rendering()
    parts = [figure._suptitle, figure._supxlabel, *figure.legends]
    for axes in figure.axes:
        parts += [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
        parts += [axes.get_legend()] if axes.get_legend() else []
        low, high = sorted(axes.get_ylim())
        ticks = zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
        parts += [label for at, label in ticks if axes.axison and low <= at <= high]
    told = [p for p in parts if not hasattr(p, "get_text") or p.get_text()]
    boxes = [part.get_window_extent().padded(-1) for part in told]
    return [
        (str(told[a]), str(told[b]))
        for b in range(len(told))
        for a in range(b)
        if boxes[a].overlaps(boxes[b])
    ]


def points_of(axes) -> dict[tuple[float, float], bool]:
    """Where single markers stand, and whether they are filled."""
    return {
        (line.get_xdata()[0], line.get_ydata()[0]): line.get_markerfacecolor() != "white"
        for line in axes.lines
        if len(line.get_xdata()) == 1 and line.get_marker() not in ("None", None, "<", ">")
    }


def test_differences_stand_on_one_scale_and_are_filled_if_starred(compared):
    manifest, rows = compared
    figure = comparison_figure(manifest, rows)
    drawn = points_of(figure.axes[0])
    wanted = [
        (row["estimate"] / row["smallest_effect"], row["star"])
        for row in rows
        if row["kind"] == "difference" and row["outcome"] in HEADLINES
    ]
    assert len(drawn) == len(wanted) == 13 * 4
    assert sorted(x for x, _ in drawn) == pytest.approx(sorted(x for x, _ in wanted))
    assert sum(drawn.values()) == sum(star for _, star in wanted) > 0
    low, high = figure.axes[0].get_xlim()
    assert -FURTHEST - 1 < low < -1 and 1 < high < FURTHEST + 1


def test_what_lies_far_out_is_named_at_the_edge(compared):
    manifest, rows = compared
    far = [{**row, "estimate": row["estimate"] * 100} for row in rows]
    figure = comparison_figure(manifest, far)
    assert max(abs(x) for x, _ in points_of(figure.axes[0])) == FURTHEST
    assert any(text.strip().endswith(" x") for text in texts_of(figure))


def test_a_figure_has_titles_levels_regimes_and_nothing_lies_over_anything(compared):
    manifest, rows = compared
    figure = comparison_figure(manifest, rows)
    told = "\n".join(texts_of(figure))
    assert "Population organisation" in told and "population_ico" not in told
    lost = next(r for r in rows if r["outcome"] == "lost_handovers_many" and r["kind"] == "level")
    assert f"status quo {lost['estimate']:.1f} ±" in told
    assert "per 100 person-years; matters from 5%" in told
    assert "local monopoly" in told and "\n±" in told
    assert "20 replicates (seeds 0-19)" in told
    assert overlapping(figure) == []
    legends = [panel.get_legend().get_window_extent() for panel in figure.axes]
    assert all(box.x0 >= 0.0 and box.x1 <= figure.bbox.width for box in legends)


def test_no_interval_goes_through_the_name_of_a_family(compared):
    figure = comparison_figure(*compared)
    figure.draw_without_rendering()
    left, right = figure.axes
    names = [text for text in left.texts if text.get_text().isupper()]
    assert [name.get_text() for name in names] == ["MONOPOLY", "FRAGMENTATION", "CARE", "MONEY"]
    ends = min(label.get_window_extent().x0 for label in right.get_yticklabels())
    for box in (name.get_window_extent() for name in names):
        assert left.get_window_extent().x1 < box.x0 and box.x1 < ends


def test_without_regimes_there_is_no_panel_of_them(compared):
    manifest, rows = compared
    figure = comparison_figure(manifest, rows, "two years are too short")
    assert len(figure.axes) == 1
    assert any("two years are too short" in text for text in texts_of(figure))


def path(policy: str, year: int, kind: str, estimate: float) -> dict:
    about = {"policy": policy, "outcome": "hhi", "unit": "0-1", "year": year, "kind": kind}
    return about | {
        "estimate": estimate,
        "low": estimate - 0.01,
        "high": estimate + 0.03,
        "runs": 3,
    }


def test_paths_are_levels_with_the_interval_of_the_difference_around_them(compared):
    manifest, _ = compared
    rows = [path("status_quo", year, "level", 0.7) for year in (1, 2, 3)]
    for year in (1, 2, 3):
        rows += [path("carveout_msk", year, "level", 0.7 + year / 10)]
        rows += [path("carveout_msk", year, "difference", year / 10)]
    figure = paths_figure(manifest, rows)
    usual, policy = figure.axes[0].lines[:2]
    assert list(usual.get_ydata()) == [0.7] * 3 and list(policy.get_xdata()) == [1, 2, 3]
    assert list(policy.get_ydata()) == pytest.approx([0.8, 0.9, 1.0])
    band = figure.axes[0].collections[0].get_paths()[0].get_extents()
    assert (band.y0, band.y1) == pytest.approx((0.8 - 0.02, 1.0 + 0.02))
    assert "Musculoskeletal carve-out" in texts_of(figure)
    assert overlapping(figure) == []


def response_rows(lever, outcome, changes):
    level = {"outcome": outcome, "unit": "0-1", "kind": "level", "runs": 3}
    rows = []
    for value, change in zip(lever.values, changes, strict=True):
        mean = 0.5 + change
        rows.append({**level, "value": value, "estimate": mean, "low": mean, "high": mean})
        if value != lever.central:
            half = 0.01 * (change != 0)
            ends = {"low": change - half, "high": change + half}
            more = {"kind": "difference", "estimate": change, "smallest_effect": 0.02, **ends}
            said = {"star": change > 0.05, "negligible": change + half < 0.02}
            rows.append({**level, "value": value, **more, **said})
    return rows


@pytest.mark.parametrize("name", ["handovers.link_effect", "competition.choice.options"])
def test_a_response_is_a_curve_an_outcome_and_what_stands_still_is_named(compared, name):
    policy = "status_quo" if "link" in name else "choice_five"
    lever = lever_of(name, policy, 3, 2014)
    moved = [0.1 * (value != lever.central) for value in lever.values]
    still = [0.005 * (value == lever.values[0]) for value in lever.values]
    rows = response_rows(lever, "hhi", moved) + response_rows(lever, "coc_team_many", still)
    figure = response_figure("A lever\nwhat it means", compared[0], lever, rows)
    assert len(figure.axes) == 1, "nothing is drawn of what no run moves"
    assert sum(points_of(figure.axes[0]).values()) == 2
    told = "\n".join(texts_of(figure))
    assert "Not drawn, as nothing differs that matters: Continuity with teams" in told.replace(
        "\n", " "
    )
    assert overlapping(figure) == []


def test_a_caption_of_many_lines_takes_nothing_from_the_panels(compared):
    lever = lever_of("handovers.link_effect", "status_quo", 3, 2014)
    rows = response_rows(lever, "hhi", [0.1, 0.0, 0.1])
    heights = []
    for lines in (1, 20):
        head = "A lever" + "\nwhat it means" * lines
        distinct = "\n".join(f"{line} {k}" for k, line in enumerate(head.splitlines()))
        figure = response_figure(distinct, compared[0], lever, rows)
        figure.draw_without_rendering()
        heights.append(figure.axes[0].get_window_extent().height / figure.dpi)
    assert heights[1] == pytest.approx(heights[0], rel=0.1) and heights[1] > 0.8


def test_control_characters_in_names_are_their_codes_in_a_figure(compared, tmp_path):
    import warnings
    from xml.etree import ElementTree

    manifest = json.loads(json.dumps(compared[0]))
    manifest["place"]["title"] = "Any\x1bshire"
    for policy in manifest["policies"].values():
        policy["title"] += "\x07\u202e"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (written,) = save(comparison_figure(manifest, compared[1]), tmp_path / "f.svg")
    ElementTree.parse(written)
    text = written.read_text(encoding="utf-8")
    assert "Any\\x1bshire" in text and "\\x07\\u202e" in text


def test_a_figure_is_written_in_all_formats_or_the_one_named_and_the_same_again(compared, tmp_path):
    assert [p.suffix for p in figure_files(tmp_path / "v")] == [".svg", ".png", ".pdf"]
    assert beside(tmp_path / "v.png", "paths").name == "v_paths.png"
    (one,) = save(comparison_figure(*compared), tmp_path / "one.pdf")
    (two,) = save(comparison_figure(*compared), tmp_path / "two.pdf")
    assert one.read_bytes() == two.read_bytes() and one.read_bytes().startswith(b"%PDF")


def test_colours_differ_for_the_colour_blind_and_marks_for_all():
    from experiments.figures.style import COLOURS, MARKERS

    assert len(set(MARKERS)) == len(MARKERS) > len(COLOURS) == len(set(COLOURS))
    grey = [sum(w * int(c[k : k + 2], 16) for w, k in ((0.3, 1), (0.59, 3), (0.11, 5)))
            for c in COLOURS[:4]]  # fmt: skip
    pairs = [abs(a - b) for k, a in enumerate(grey) for b in grey[:k]]
    assert min(pairs) > 8, "the first four differ in grey, too"


def test_a_figure_is_the_same_whatever_a_folder_sets_for_matplotlib(compared, tmp_path):
    import matplotlib

    manifest, rows = compared
    plain = save(comparison_figure(manifest, rows), tmp_path / "plain")
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "lines.linewidth": 9}):
        set_ = save(comparison_figure(manifest, rows), tmp_path / "set")
    assert [path.read_bytes() for path in plain] == [path.read_bytes() for path in set_]
