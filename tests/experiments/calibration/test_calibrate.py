"""Calibration: emulators, what is ruled out, waves that are gone on with, sets that studies use."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import qmc

from experiments.calibration.calibrate import begun, runnable
from experiments.calibration.calibration import SHIPPED, Problem, outputs_of, read_problem
from experiments.calibration.emulator import Emulator
from experiments.calibration.found import found_rows
from experiments.calibration.history_matching import (
    Runs,
    Space,
    implausibility,
    kept_sets,
    match,
    next_sets,
    of_runs,
    ranked,
)
from experiments.commands.cli import exit_code
from experiments.runs.folders import read_manifest, write_manifest
from experiments.runs.options import Options
from experiments.studies import ensemble
from experiments.studies.designs import parameter_sets, size_of
from experiments.studies.store import read_results
from experiments.studies.sweep_reading import read_study
from experiments.validation.outputs import Output
from experiments.validation.validate import TrialSize
from model.input.errors import InputError
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies import policy_finding

NOISE, AWARE, MONTHS = "minds.noise", "choice.aware_share", "budgets.approval_months"
TINY = """
title = "A tiny problem"
sets = 4
waves = 1
enough = 2
cutoff = 3.0
most_above = 1

[parameters]
"practices.qof_effect_on_preventable" = "range"
"minds.noise" = { low = 0.5, high = 2.0 }

[targets.V22]
"incentivised against other emergencies" = { discrepancy = 0.5, why = "other causes" }
"""
SMALL = ["--place", "lakeland", "--patients", "60", "--replicates", "2", "--workers", "1"]
PAGE = 80


def output(name, observed=0.0, **more):
    """A figure with a standard deviation of 0.1."""
    fields = {"unit": "%", "decimals": 1, "observation": 0.06, "discrepancy": 0.08, "why": "so"}
    about = {"group": name, "source": "", "limit": "", "places": ("anyshire",)}
    return Output(name=name, observed=observed, **{**fields, **about, **more})


def problem(**more):
    about = {"title": "x", "sets": 40, "waves": 2, "enough": 5, "cutoff": 3.0, "most_above": 1}
    parameters = dict.fromkeys((NOISE, AWARE), "range")
    return Problem(**{**about, "parameters": parameters, "targets": {}, **more})


def lived(space, points, *figures):
    """Runs of two seeds in which figures are functions of the points."""
    means = np.array([figure(points) for figure in figures]).T
    chance = np.random.default_rng(0).normal(0.0, 0.01, (len(points), 2, len(figures)))
    return Runs(space.sets(points), means[:, None] + chance)


def first(points):
    return points[:, 0]


def test_an_emulator_recovers_a_function_and_its_intervals_hold():
    def truth(x):
        return 2.0 * x[:, 3] + 3.0 * x[:, 0] * x[:, 1]

    points = qmc.LatinHypercube(12, rng=1).random(80)
    noise = np.random.default_rng(2)
    emulator = Emulator(points, truth(points) + noise.normal(0.0, 0.1, 80))
    new = qmc.LatinHypercube(12, rng=3).random(500)
    mean, variance = emulator.predict(new)
    error = mean - truth(new) - noise.normal(0.0, 0.1, 500)
    assert 1.0 - (error**2).mean() / truth(new).var() > 0.95
    assert 0.9 <= (np.abs(error) < 1.96 * np.sqrt(variance)).mean() <= 1.0
    assert emulator.check.inside > 0.85 and emulator.check.explained > 0.9
    shares = emulator.shares()
    # 2x: 4/12; 3xy: (3/2)²/12 for x and y alone, and 9/144 together
    whole = 4 / 12 + 2 * 2.25 / 12 + 9 / 144
    assert shares[3] == pytest.approx(4 / 12 / whole, abs=0.08)
    assert shares[0] == pytest.approx(2.25 / 12 / whole, abs=0.08)
    assert shares[4:].max() < 0.03


def test_an_emulator_of_nothing_but_chance_says_the_mean():
    points = qmc.LatinHypercube(6, rng=1).random(40)
    values = np.random.default_rng(4).normal(5.0, 1.0, 40)
    emulator = Emulator(points, values)
    mean, variance = emulator.predict(points)
    assert emulator.shares().sum() < 0.3 and np.abs(mean - 5.0).max() < 1.5
    assert variance.min() > 0.3
    values[3:] = np.nan  # measured three times: nobody knows
    assert np.isinf(Emulator(points, values).predict(points)[1]).all()
    assert (Emulator(points, np.zeros(40)).predict(points)[1] == 0.0).all()


def test_implausibility_counts_standard_deviations():
    mean = np.array([0.0, 0.3, np.nan])
    assert implausibility(output("a"), mean, 0.0) == pytest.approx([0.0, 3.0, np.inf])
    assert implausibility(output("a"), mean, 0.03)[1] == pytest.approx(1.5)
    falls, rises = (output("a", sign=sign) for sign in ("negative", "positive"))
    assert implausibility(falls, np.array([-9.0, 0.2]), 0.0) == pytest.approx([0.0, 2.0])
    assert implausibility(rises, np.array([9.0, -0.2]), 0.0) == pytest.approx([0.0, 2.0])
    table, counted = np.array([[9.0, 1.0, 4.0, 99.0]]), np.array([True, True, True, False])
    assert [ranked(table, counted, m)[0] for m in range(4)] == [9.0, 4.0, 1.0, 0.0]


def test_a_figure_that_was_measured_in_half_of_the_seeds_is_not_known():
    values = np.array([[[1.0], [np.nan]], [[1.0], [3.0]]])
    runs = Runs([{}, {}], values)
    assert np.isnan(runs.means[0, 0]) and runs.means[1, 0] == 2.0
    assert runs.chance[0] == pytest.approx(2.0 / 2)  # variance of two values, over two seeds


def test_what_is_ruled_out_is_what_should_be():
    """One figure equals the first parameter; another is out of reach and rules nothing out."""
    asked = problem()
    space = Space(asked, {})
    runs = lived(space, qmc.LatinHypercube(2, rng=5).random(40), first, lambda x: 0.0 * x[:, 0])
    figures = [output("within reach", 0.5), output("out of reach", 50.0)]
    found = match(asked, space, figures, runs, 1)
    assert list(found.reached) == [True, False] and found.above == 0
    away = np.abs(found.candidates[:, 0] - 0.5)
    assert (found.score[away > 0.36] > 3.0).all() and (found.score[away < 0.26] <= 3.0).all()
    rows, above = kept_sets(asked, found)
    inside = np.abs(space.points(runs.sets)[:, 0] - 0.5)
    assert above == 0 and inside[rows].max() < 0.35
    assert inside[np.setdiff1d(np.arange(40), rows)].min() > 0.28
    following = space.points(next_sets(asked, space, found))
    assert len(following) == 40 and np.abs(following[:, 0] - 0.5).max() < 0.36
    told = found_rows(asked, space, figures, found)
    assert told["figures"][1]["closest_away"] > 100.0 and not told["figures"][1]["reached"]
    assert told["figures"][0]["shares"][NOISE] > 0.9
    assert told["parameters"][0]["narrowed"] > 0.2 and told["not_ruled_out"] == len(rows)
    assert abs(space.points(told["sets"][:1])[0, 0] - 0.5) == inside[rows].min()


def test_figures_that_contradict_each_other_leave_sets_that_miss_one():
    asked = problem()
    space = Space(asked, {})
    runs = lived(space, qmc.LatinHypercube(2, rng=5).random(40), first, first)
    found = match(asked, space, [output("low", 0.0), output("high", 1.0)], runs, 1)
    assert found.reached.all() and found.above == 1
    rows, above = kept_sets(asked, found)
    assert (
        above == 1
        and (of_runs(runs, [output("low"), output("high", 1.0)])[rows] <= 3.0).any(1).all()
    )


def test_parameters_move_within_their_ranges_and_keep_whole_numbers_whole():
    asked = problem(parameters={NOISE: {"low": 0.5, "high": 2.0}, MONTHS: "range", AWARE: "range"})
    space = Space(asked, {AWARE: 0.5})
    assert space.names == [NOISE, MONTHS]  # what is set by hand does not move
    low, high = space.sets(np.array([[0.0, 0.0], [1.0, 1.0]]))
    assert (low[NOISE], high[NOISE]) == (0.5, 2.0) and (low[MONTHS], high[MONTHS]) == (4, 18)
    sets = space.first(20, 0)
    assert sets[0] == {name: load_parameters()[name] for name in space.names}
    assert all(isinstance(one[MONTHS], int) and 0.5 <= one[NOISE] <= 2.0 for one in sets)
    assert sets == space.first(20, 0) != space.first(20, 1)


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    """The tiny problem calibrated, and where it lies."""
    folder = tmp_path_factory.mktemp("calibration")
    (folder / "tiny.toml").write_text(TINY, encoding="utf-8")
    line = ["calibrate", str(folder / "tiny.toml"), *SMALL, "--out", str(folder / "done")]
    assert exit_code([*line, "--save", str(folder / "kept.toml")]) == 0
    return folder, line


def test_a_calibration_from_end_to_end(calibrated, capsys):
    folder, line = calibrated
    assert exit_code([*line, "--resume", "--without", "quality_framework", "--json"]) == 2
    assert "no such mechanism" in capsys.readouterr().err
    assert exit_code([*line, "--resume", "--minds", "random", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    results, (other,) = answer["results"], answer["others"]["random"]
    assert results["not_ruled_out"] + results["ruled_out"] == 4
    assert answer["rows"][0]["figure"] == "V22 incentivised against other emergencies"
    assert other["before"] <= other["sets"] == min(len(results["sets"]), 10)
    table = read_results(folder / "done" / "wave_1")
    assert len(table) == 8 and set(table["status"]) == {"done"}
    assert table["V22 incentivised against other emergencies"].notna().all()
    kept = ensemble.read_ensemble(folder / "kept.toml")
    assert kept.sets == results["sets"] and kept.manifest["place"] == "lakeland"
    assert exit_code([*line, "--resume", "--minds", "random"]) == 0
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= PAGE
    assert "not ruled out" in page and "The same sets: random" in page


def test_a_calibration_that_was_stopped_goes_on_and_ends_the_same(calibrated, capsys):
    folder, line = calibrated
    stopped = folder / "stopped"
    shutil.copytree(folder / "done", stopped)
    write_manifest(stopped, read_manifest(stopped)[0], {})  # as when the calibration began
    (stopped / "calibrated.toml").unlink()
    whole = {p.name: p.read_bytes() for p in (stopped / "wave_1").iterdir() if p.is_file()}
    line = [*line[:-1], str(stopped), "--resume"]
    assert exit_code(line) == 0
    said = capsys.readouterr().err
    assert "runs in" not in said  # every run is there: none is lived again
    same = (folder / "done" / "calibrated.toml").read_bytes()
    assert (stopped / "calibrated.toml").read_bytes() == same
    assert whole == {p.name: p.read_bytes() for p in (stopped / "wave_1").iterdir() if p.is_file()}
    assert exit_code(line[:-1]) == 2 and "exists already" in capsys.readouterr().err


def test_figures_without_their_policy_are_said_and_left_out(monkeypatch, capsys):
    place, size = find_place("lakeland"), TrialSize(Options(place="lakeland"), range(2))
    monkeypatch.setattr(policy_finding, "policy_names", lambda: ["status_quo"])
    left = runnable(outputs_of(read_problem(SHIPPED), place, size))
    assert {one.group for one in left if one.target} == {"V19", "V28", "S1"}
    assert "cannot be run, there is no policy evercare" in capsys.readouterr().err


def test_a_start_that_was_cut_off_at_once_is_no_start(tmp_path):
    assert not begun(tmp_path) and not begun(tmp_path / "nothing")
    (tmp_path / "manifest.json.partial").touch()
    assert not begun(tmp_path)
    (tmp_path / "manifest.json").touch()
    assert begun(tmp_path) and begun(tmp_path / "manifest.json")


STUDY = """
title = "Over what is not ruled out"
policies = ["status_quo", "carveout_msk"]
patients = 500
[design]
method = "calibrated"
ensemble = "kept.toml"
"""


def test_a_study_goes_over_the_sets_that_are_left(tmp_path, monkeypatch):
    sets = [{NOISE: 1.5, AWARE: 0.4}, {NOISE: 2.5, AWARE: 0.6}]
    ensemble.write_ensemble(tmp_path / "kept.toml", ensemble.Ensemble({"place": "x"}, sets))
    (tmp_path / "mine.toml").write_text(STUDY, encoding="utf-8")
    study = read_study(tmp_path / "mine.toml")
    assert parameter_sets(study, load_parameters()) == sets and size_of(study) == 2
    (tmp_path / "one.toml").write_text(STUDY + "points = 1\n", encoding="utf-8")
    assert parameter_sets(read_study(tmp_path / "one.toml"), load_parameters()) == sets[:1]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no calibrated sets are kept here"):
        ensemble.calibrated_set(1)
    ensemble.write_ensemble(Path("calibrated.toml"), ensemble.Ensemble({}, sets))
    assert ensemble.calibrated_set(1) == sets[1]
    with pytest.raises(InputError, match="a whole number from 0 to 1"):
        ensemble.calibrated_set(2)


@pytest.mark.parametrize(
    "more, said",
    [
        ("points = 3", "at most 2"),
        ("sets = [{}]", "only a list design has sets"),
        (f'\n[levers]\n"{NOISE}" = 1.0', "both a lever and in the calibrated sets"),
        (f'\n[uncertain]\n"{NOISE}" = "range"', "calibrated sets say what is uncertain"),
    ],
)
def test_unsound_studies_over_calibrated_sets_are_told(more, said, tmp_path):
    sets = [{NOISE: 1.5}, {NOISE: 2.5}]
    ensemble.write_ensemble(tmp_path / "kept.toml", ensemble.Ensemble({}, sets))
    (tmp_path / "mine.toml").write_text(STUDY + more + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_study(tmp_path / "mine.toml")


@pytest.mark.parametrize(
    "text, said",
    [
        ("parameters = [", "not valid TOML"),
        ("parameters = []\nsets = []", "not a file of calibrated sets"),
        (f'parameters = ["{NOISE}"]\nsets = [[1.0, 2.0]]', "a value for each parameter"),
        (f'parameters = ["{NOISE}"]\nsets = [[99.0]]', "not a usable value"),
        ('parameters = ["minds.noisy"]\nsets = [[1.0]]', "did you mean minds.noise?"),
    ],
)
def test_unsound_sets_are_told(text, said, tmp_path):
    (tmp_path / "kept.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        ensemble.read_ensemble(tmp_path / "kept.toml")


def test_the_shipped_problem_is_sound_and_declares_why():
    shipped = read_problem(SHIPPED)
    assert shipped.enough >= 50 and len(shipped.parameters) >= 20
    assert all(one.why for effects in shipped.targets.values() for one in effects.values())
    assert shipped.quick().waves == 1 and not shipped.quick().rates


@pytest.mark.parametrize(
    "change, said",
    [
        (("title =", "titel ="), "title: this field is missing"),
        (("[parameters]", "cutof = 1\n[parameters]"), "no such field"),
        (('"minds.noise"', '"minds.noisy"'), "did you mean minds.noise?"),
        (("high = 2.0", "high = 99.0"), "not within the parameter's own range"),
        (("V22", "V23"), "no such target"),
        (("incentivised against", "incentivized against"), "no such effect"),
        (("why =", "because ="), "why"),
        (("discrepancy = 0.5", "discrepancy = -0.5"), "too small (got -0.5)"),
        (('[targets.V22]\n"incentivised against other emergencies"', "[rates]\ndeaths"),
         "no such rate"),
    ],
)  # fmt: skip
def test_unsound_problems_are_told(change, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert TINY.replace(*change) != TINY
    (tmp_path / "mine.toml").write_text(TINY.replace(*change), encoding="utf-8")
    assert exit_code(["calibrate", "mine.toml", *SMALL]) == 2
    shown = capsys.readouterr().err
    assert said in shown and "mine.toml" in shown and shown.count("\n") == 1


@pytest.mark.parametrize(
    "line, said",
    [
        (["nothing.toml"], "no such file"),
        (["--minds", "clever"], "no such mind"),
        (["--without", "gravity"], "no such mechanism"),
        (["--sets", "2"], "--sets"),
        (["--replicates", "1"], "--replicates"),
        (["--patients", "3"], "39 practices"),
    ],
)
def test_mistakes_are_told(line, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert exit_code(["calibrate", *line]) == 2
    shown = capsys.readouterr().err
    assert said in shown and shown.count("\n") == 1 and not list(tmp_path.iterdir())
