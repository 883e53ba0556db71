"""Contrasts: pairs, sets, effects that add up, gain, and how many runs are enough."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from experiments.commands.cli import exit_code
from experiments.effects.comparison import HEADLINES
from experiments.figures.figure_files import check_figure
from experiments.figures.forest import forest
from experiments.studies import contrast
from experiments.studies.contrast import contrast_rows, gain, place_words, whole_table
from experiments.studies.contrast_tables import enough, times
from experiments.studies.store import read_results
from model.input.errors import InputError
from model.outcomes.paired_differences import judged
from model.outcomes.statistics import Interval, crossed_interval, mean_interval, runs_needed


def manifest(method="latin_hypercube", **more):
    """What a sweep says of its study."""
    study = {
        "title": "Made", "against": "status_quo", "outcomes": [], "levers": {}, "replicates": 4,
        "seed": 0, "years": 5, "patients": 1000, "uncertain": {},
        "design": {"method": method, "sets": []},
    }  # fmt: skip
    place = {"title": "Anyshire", "hash": "", "patients": 1000, "registered": 300_000}
    titles = {"status_quo": {"title": "Status quo"}, "other": {"title": "Another"}}
    about = {"command": "sweep", "places": {"anyshire": place}, "policies": titles}
    return {**about, "study": study | more}


def made(sets: int, seeds: int, effect, decisions=("free",)) -> pd.DataFrame:
    """Results in which seeds matter much and a policy adds `effect(set, seed, decisions)`."""
    rows = []
    for number in range(sets):
        for seed in range(seeds):
            luck = 100.0 * math.sin(1 + seed) + 10.0 * number
            about = {"place": "anyshire", "minds": "reasoned", "set": number, "seed": seed}
            rows.append({**about, "policy": "status_quo", "decisions": "free", "hhi": luck})
            for kind in decisions:
                value = luck + effect(number, seed, kind)
                rows.append({**about, "policy": "other", "decisions": kind, "hhi": value})
    results = pd.DataFrame(rows).assign(status="done", reason="")
    return results.assign(run=[str(k) for k in range(len(results))])


@pytest.fixture
def rows_from(monkeypatch, tmp_path):
    """Rows of the contrast of some results."""

    def rows(results, **study):
        monkeypatch.setattr(contrast, "read_results", lambda folder: results)
        return contrast_rows(tmp_path, manifest(**study), ["hhi"])

    return rows


def test_one_set_gives_the_interval_over_seeds(rows_from):
    (row,) = rows_from(made(1, 4, lambda number, seed, kind: 1.0 + seed))
    expected = mean_interval([1.0, 2.0, 3.0, 4.0])
    assert (row["estimate"], row["low"], row["high"], row["runs"]) == pytest.approx(expected)
    assert row["sets"] == 1 and math.isnan(row["span_low"]) and row["gain"] > 100


def test_sets_drawn_at_random_are_crossed_with_seeds(rows_from):
    """Four sets by three seeds, worked by hand from the sums of squares."""

    def effect(number, seed, kind):
        return [0.0, 1.0, 2.0, 5.0][number] + [0.0, 0.3, 0.9][seed] + 0.1 * (number * seed % 3)

    (row,) = rows_from(made(4, 3, effect))
    table = np.array([[effect(n, s, "free") for s in range(3)] for n in range(4)])
    of_sets, of_seeds, mean = table.mean(axis=1), table.mean(axis=0), table.mean()
    rest = table - of_sets[:, None] - of_seeds[None, :] + mean
    mean_squares = (
        3 * of_sets.var(ddof=1), 4 * of_seeds.var(ddof=1), (rest**2).sum() / (3 * 2),
    )  # fmt: skip
    variance = (mean_squares[0] + mean_squares[1] - mean_squares[2]) / 12
    half = t.ppf(0.975, 2) * math.sqrt(variance)
    assert row["estimate"] == pytest.approx(mean) and row["runs"] == 12 and row["sets"] == 4
    assert row["high"] - row["estimate"] == pytest.approx(half)
    assert (row["span_low"], row["span_high"]) == pytest.approx(np.quantile(of_sets, (0.05, 0.95)))


def test_sets_that_make_no_difference_do_not_hide_the_luck_of_the_seeds():
    luck = [1.0, 2.0, 4.0]
    index = pd.MultiIndex.from_product([range(50), range(3)], names=["set", "seed"])
    crossed = crossed_interval(whole_table(pd.Series(luck * 50, index=index)))
    assert crossed.half == pytest.approx(mean_interval(luck).half)
    one_seed = crossed_interval(whole_table(pd.Series([1.0] * 50, index=index[::3])))
    assert one_seed.estimate == 1.0 and math.isnan(one_seed.half)


def test_sets_of_a_grid_and_of_one_at_a_time_are_told_apart(rows_from):
    results = made(2, 4, lambda number, seed, kind: number + 0.1 * seed)
    noise = results["set"].map({0: 1.0, 1: 0.5})
    for method, words in (("grid", "minds.noise = 0.5"), ("one_at_a_time", "minds.noise = 0.5")):
        rows = rows_from(
            results.assign(**{"minds.noise": noise}), method=method, uncertain={"minds.noise": 0}
        )
        assert [row["estimate"] for row in rows] == pytest.approx([0.15, 1.15])
        assert place_words(rows[1]) == f"anyshire, {words}" and rows[1]["runs"] == 4


def test_nothing_to_compare_is_told(rows_from):
    results = made(1, 4, lambda number, seed, kind: 1.0)
    with pytest.raises(InputError, match="no pair of runs is done"):
        rows_from(results[results["policy"] == "other"])


def test_direct_and_institutional_add_up_to_the_total(rows_from):
    def effect(number, seed, kind):
        return 5.0 + seed if kind == "free" else 2.0

    rows = rows_from(made(1, 4, effect, ("free", "replayed")))
    of = {row["effect"]: row["estimate"] for row in rows}
    assert of == {"total": pytest.approx(6.5), "direct": pytest.approx(2.0),
                  "institutional": pytest.approx(4.5)}  # fmt: skip


def test_a_pair_without_its_partner_is_left_out(rows_from):
    results = made(1, 4, lambda number, seed, kind: 1.0 + seed)
    gone = (results["seed"] == 3) & (results["policy"] == "status_quo")
    (row,) = rows_from(results.assign(status=np.where(gone, "failed", "done")))
    assert row["runs"] == 3 and row["estimate"] == pytest.approx(2.0)


def test_gain_is_independent_over_paired_variance():
    index = pd.MultiIndex.from_product([[0], range(4)], names=["set", "seed"])
    base = pd.Series([0.0, 10.0, 20.0, 30.0], index=index)
    shifted = base + pd.Series([0.0, 1.0, 0.0, 1.0], index=index)
    paired = np.var([0, 1, 0, 1], ddof=1)
    assert gain(shifted, base) == pytest.approx((shifted.var() + base.var()) / paired)
    assert gain(base + 1.0, base) == math.inf and math.isnan(gain(base * 0, base * 0))
    assert [times(g) for g in (3.14, 45.6, 7890.0, math.inf, math.nan)] == [
        "3.1x", "46x", ">1,000x", "exact", "–",
    ]  # fmt: skip


@settings(deadline=None)
@given(st.floats(0.05, 5.0), st.integers(3, 30))
def test_as_many_runs_as_are_needed_exclude_zero_and_one_less_does_not(mean, n):
    values = [mean - 1.0, mean + 1.0] * n
    needed, spread = int(runs_needed(mean_interval(values))), float(np.std(values, ddof=1))

    def half(runs):
        return float(t.ppf(0.975, runs - 1)) * spread / math.sqrt(runs)

    assert half(needed) <= mean * (1 + 1e-9)
    assert needed == 2 or half(needed - 1) > mean * (1 - 1e-9)


def test_enough_is_said_in_a_word():
    def said(*interval, least=None):
        made_of = Interval(*interval)
        row = judged("", lambda c: made_of, math.nan, 1) | {"smallest_effect": least}
        if least is not None:
            row |= {"star": made_of.beyond(least), "negligible": made_of.within(least)}
        return enough({**row, "needed": runs_needed(made_of, least or 0.0) / made_of.runs})

    assert said(2.0, 1.0, 3.0, 20) == "yes" and said(1.0, -1.0, 3.0, 20) == "3.6x"
    assert said(2.0, 1.0, 3.0, 20, least=0.5) == "yes" and said(2.0, 1.0, 3.0, 20, least=4) == "yes"
    assert said(2.0, 1.0, 3.0, 20, least=1.5) == "3.6x", "one differs from 0 and might not matter"
    assert said(1.0, math.nan, math.nan, 1) == "1 seed"
    assert said(0.0, 0.0, 0.0, 20) == "same" and said(0.0, -1.0, 1.0, 20) == ">1,000x"


def swept(folder, policies=("status_quo", "carveout_msk"), replicates=3, more=""):
    """The study and the sweep of some small runs."""
    study, out = folder / "study.toml", folder / "swept"
    study.write_text(
        f'title = "Small"\npolicies = {list(policies)}\npatients = 500\nyears = 1\n'
        f"replicates = {replicates}\n{more}", encoding="utf-8")  # fmt: skip
    assert exit_code(["sweep", str(study), "--out", str(out)]) == 0
    return study, out


def test_a_contrast_is_printed_in_80_columns_drawn_and_told_to_machines(tmp_path, capsys):
    more = 'places = ["lakeland"]\ndecisions = ["free", "replayed"]\n'
    more += '[levers]\n"handovers.link_effect" = [0.4, 0.6]\n'
    _, out = swept(tmp_path, replicates=2, more=more)
    capsys.readouterr()
    assert exit_code(["contrast", str(out), "--figure", str(tmp_path / "forest")]) == 0
    page, said = capsys.readouterr()
    assert max(map(len, page.splitlines())) <= 80
    assert (
        "lakeland, handovers.link_effect = 0.4" in page
        and "500 of 150,000 patients simulated; 2 replicates (seeds 0-1)" in page
    )
    assert "institutional" in page and "means over year 1" in page and "UNFINISHED" not in page
    files = [tmp_path / f"forest.{ending}" for ending in ("svg", "png", "pdf")]
    assert files[1].stat().st_size > 10_000 and sorted(tmp_path.glob("forest*")) == files[::-1]
    assert "Written: " in said and "forest.svg" in said
    assert exit_code(["contrast", str(out), "--outcome", "hhi", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["outcome"] for row in told["rows"]} == {"hhi"} and len(told["rows"]) == 3 * 2
    assert {"policy", "outcome", "estimate", "low", "high", "runs"} <= set(told["rows"][0])
    assert told["runs"] == {"asked": 12, "done": 12}
    assert exit_code(["contrast", str(out), "--outcome", "hhhi"]) == 2
    assert "did you mean hhi?" in capsys.readouterr().err


def test_a_contrast_of_an_unfinished_sweep_says_so(tmp_path, capsys, monkeypatch):
    _, out = swept(tmp_path, more='places = ["lakeland"]\n')
    results = read_results(out)
    results.loc[(results["seed"] == 2) & (results["policy"] == "status_quo"), "status"] = "missing"
    monkeypatch.setattr(contrast, "read_results", lambda folder: results)
    capsys.readouterr()
    assert exit_code(["contrast", str(out), "--outcome", "hhi", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["runs"] == {"asked": 6, "done": 5} and {r["runs"] for r in told["rows"]} == {2}
    assert exit_code(["contrast", str(out)]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert "UNFINISHED: 5 of 6 runs are done" in page and "--resume" in page
    results["status"] = "missing"
    assert exit_code(["contrast", str(out)]) == 2
    assert "no pair of runs is done" in capsys.readouterr().err


def test_a_policy_that_changes_nothing_is_told_so_in_words(tmp_path, capsys):
    policies, more = ("status_quo", "label_only"), 'places = ["lakeland"]\n'
    _, out = swept(tmp_path, policies, replicates=2, more=more)
    capsys.readouterr()
    assert exit_code(["contrast", str(out), "--outcome", "hhi"]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert "label_only changed nothing here" in page and "this study lives 1 year." in page
    assert "same: no pair differs" in page


@pytest.mark.parametrize("outcomes", [1, 2, 12])
def test_titles_of_a_forest_plot_neither_overlap_nor_are_cut(rows_from, outcomes):
    names = list(HEADLINES)[:outcomes]
    results = made(3, 4, lambda number, seed, kind: 1.0 + seed + number)
    rows = rows_from(results)
    drawn = forest(manifest(), [{**rows[0], "outcome": name} for name in names],
                   {"asked": 1, "done": 1})  # fmt: skip
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(drawn).draw()
    width, _ = drawn.canvas.get_width_height()
    boxes = [axes._left_title.get_window_extent() for axes in drawn.axes[:outcomes]]
    boxes += [text.get_window_extent() for text in (drawn._suptitle, drawn._supxlabel)]
    assert all(box.x0 >= 0 and box.x1 <= width for box in boxes)
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])


def test_panels_of_a_forest_plot_have_one_scale_titles_and_levels(rows_from):
    results = made(1, 4, lambda number, seed, kind: 0.1 + 0.001 * seed)
    first = rows_from(results)[0]
    less = {**first, "outcome": "wait_months", "unit": "months", "smallest_effect": 0.23}
    less |= {name: first[name] / 10 for name in ("estimate", "low", "high", "low_all", "high_all")}
    flat = {**less, "outcome": "quality", "estimate": 0.0, "low": 0.0, "high": 0.0,
            "low_all": 0.0, "high_all": 0.0}  # fmt: skip
    drawn = forest(manifest(), [first, less, flat], {"asked": 1, "done": 1})
    panels = [axes for axes in drawn.axes if axes.axison]
    assert len({axes.get_xlim() for axes in panels}) == 1 and len(panels) == 2
    titles = [axes.get_title(loc="left") for axes in panels]
    assert "matters from 0.015" in " ".join(titles[0].split()) and "Status quo" in titles[0]
    labels = [label.get_text() for axes in panels for label in axes.get_yticklabels()]
    assert labels and not any("_" in label for label in labels)
    caption = " ".join(drawn._supxlabel.get_text().split())
    assert "Not drawn, as no run differs: Quality" in caption and "Anyshire" in caption


def test_a_figure_is_never_overwritten_and_has_three_endings(tmp_path):
    with pytest.raises(InputError, match=r"written as \.svg, \.png and \.pdf"):
        check_figure(tmp_path / "y.gif")
    with pytest.raises(InputError, match="no such folder"):
        check_figure(tmp_path / "no" / "y")
    check_figure(tmp_path / "y.svg")
    (tmp_path / "y.png").touch()
    with pytest.raises(InputError, match="exists already"):
        check_figure(tmp_path / "y")
