"""Studies: what a file asks for, the sets of its design, and mistakes told in one sentence."""

import shutil
from collections import namedtuple

import pytest

from experiments.commands.cli import exit_code
from experiments.studies.designs import parameter_sets, size_of
from experiments.studies.estimate import duration
from experiments.studies.store import read_results
from experiments.studies.study import TEMPLATE
from experiments.studies.study_check import runs_of
from experiments.studies.sweep_reading import find_study, read_study, study_names
from model.parameters import load_parameters

GOOD = """
title = "A study"
policies = ["status_quo", "carveout_msk"]
patients = 1000
years = 1
replicates = 2
"""
LOST, RATIO = "handovers.lost_between_teams", "handovers.between_bodies_ratio"
BAD = {
    "not TOML": ("title = ", "not valid TOML"),
    "no title": (GOOD.replace('title = "A study"', ""), "title: this field is missing"),
    "no policies": (GOOD.replace("policies =", "policy ="), "policies: this field is missing"),
    "misspelt field": (GOOD + "replicate = 3", "no such field (got replicate); allowed:"),
    "unknown policy": (GOOD.replace("carveout_msk", "carveout_mks"), "did you mean carveout_msk?"),
    "unknown policy file": (GOOD.replace("carveout_msk", "mine.toml"), "mine.toml: no such file"),
    "contradicting policies": (
        GOOD.replace("carveout_msk", "carveout_msk+carveouts_three"),
        "give away this pathway",
    ),
    "a policy twice": (GOOD.replace("status_quo", "carveout_msk"), "policies: named twice"),
    "policies as text": (
        GOOD.replace('["status_quo", "carveout_msk"]', '"all"'),
        "policies: not a list (got all).",
    ),
    "no policy": (GOOD.replace('["status_quo", "carveout_msk"]', "[]"), "policies: "),
    "unknown place": (GOOD + 'places = ["anyshires"]', "did you mean anyshire?"),
    "years as text": (
        GOOD.replace("years = 1", 'years = "one"'),
        "years: not a whole number (got one); allowed: a whole number from 1 to 50.",
    ),
    "years too many": (
        GOOD.replace("years = 1", "years = 500"),
        "years: too large (got 500); allowed: a whole number from 1 to 50.",
    ),
    "half a replicate": (GOOD.replace("replicates = 2", "replicates = 2.5"), "replicates: "),
    "no replicate": (GOOD.replace("replicates = 2", "replicates = 0"), "replicates: "),
    "negative seed": (GOOD + "seed = -1", "seed: "),
    "last seed too large": (GOOD + "seed = 4294967295", "seed: the last seed is too large"),
    "patients as text": (GOOD.replace("patients = 1000", 'patients = "many"'), "patients: "),
    "too few patients": (GOOD.replace("patients = 1000", "patients = 3"), "patients: anyshire has"),
    "too many patients": (GOOD.replace("patients = 1000", "patients = 900000"), "patients: "),
    "unknown minds": (
        GOOD + 'minds = ["lazy"]',
        "no such choice (got lazy); allowed: greedy, inert,",
    ),
    "nobody decides": (GOOD + 'decisions = ["replayed"]', "decisions must be free in some runs"),
    "replayed from nothing": (
        GOOD.replace('"status_quo", ', "") + 'decisions = ["free", "replayed"]',
        "against: ",
    ),
    "beside nothing": (GOOD + 'against = "merger_only"', "against: "),
    "unknown outcome": (GOOD + 'outcomes = ["hhi_holdings"]', "did you mean hhi_holding?"),
    "regimes of nothing": (
        GOOD.replace('"status_quo", ', "") + 'outcomes = ["regime.plural"]',
        "against: ",
    ),
    "unknown lever": (GOOD + '[levers]\n"handovers.lost" = 0.1', "levers: no such lever"),
    "lever as text": (GOOD + f'[levers]\n"{LOST}" = "much"', f"levers.{LOST}: "),
    "lever without value": (GOOD + f'[levers]\n"{LOST}" = []', "a lever without a value"),
    "lever out of range": (GOOD + f'[levers]\n"{LOST}" = [0.1, 7]', "(got 7.0); allowed: a number"),
    "unknown parameter": (
        GOOD + '[uncertain]\n"minds.nois" = "range"',
        "did you mean minds.noise?",
    ),
    "empty range": (
        GOOD + f'[uncertain]\n"{LOST}" = {{ low = 0.2, high = 0.1 }}\n[design]\nmethod = "grid"',
        "an empty range (got 0.2 to 0.1)",
    ),
    "range too wide": (
        GOOD + f'[uncertain]\n"{LOST}" = {{ low = 0.0, high = 0.1 }}',
        "(got 0.0); allowed: a number",
    ),
    "range misspelt": (
        GOOD + f'[uncertain]\n"{LOST}" = {{ lo = 0.0, high = 0.1 }}',
        'allowed: "range", { low',
    ),
    "no range of its own": (
        GOOD + '[uncertain]\n"handovers.upc_step" = "range"',
        "no range of its own",
    ),
    "a name without quotes": (GOOD + '[uncertain]\nminds.noise = "range"', "stands in quotes"),
    "lever and uncertain": (
        GOOD + f'[levers]\n"{LOST}" = 0.1\n[uncertain]\n"{LOST}" = "range"',
        "both a lever and",
    ),
    "no design": (GOOD + f'[uncertain]\n"{LOST}" = "range"', "need a design"),
    "unknown method": (GOOD + '[design]\nmethod = "latin_cube"', "did you mean"),
    "misspelt in design": (GOOD + "[design]\npoint = 3", "design.point: no such field"),
    "design of nothing": (
        GOOD + '[design]\nmethod = "grid"\npoints = 3',
        "a design without uncertain parameters",
    ),
    "no points": (
        GOOD + f'[uncertain]\n"{LOST}" = "range"\n[design]\nmethod = "latin_hypercube"',
        "needs a number of points",
    ),
    "not a power of two": (
        GOOD + f'[uncertain]\n"{LOST}" = "range"\n[design]\nmethod = "sobol"\npoints = 6',
        "a power of two",
    ),
    "sets of unlike parameters": (
        GOOD + f'[design]\nsets = [{{ "{LOST}" = 0.1 }}, {{ "{RATIO}" = 2.0 }}]',
        "every set must give the same parameters",
    ),
    "sets and points": (GOOD + "[design]\npoints = 3", "a list design has sets, not points"),
    "a lever in a set": (
        GOOD + f'[levers]\n"{LOST}" = 0.1\n[design]\nsets = [{{ "{LOST}" = 0.1 }}]',
        "both a lever and in a set",
    ),
    "too many runs": (
        GOOD + f'[uncertain]\n"{LOST}" = "range"\n"{RATIO}" = "range"\n'
        '[design]\nmethod = "grid"\npoints = 10000',
        "too many runs for one study",
    ),
}


def written(tmp_path, text):
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("mistake", BAD)
def test_a_bad_study_is_told_in_one_sentence(mistake, tmp_path, monkeypatch, capsys):
    text, said = BAD[mistake]
    written(tmp_path, text)
    monkeypatch.chdir(tmp_path)
    assert exit_code(["sweep", "study.toml", "--out", "results"]) == 2
    shown = capsys.readouterr()
    print(shown.err, end="")
    assert said in shown.err and shown.err.count("\n") == 1 and not shown.out
    assert "Traceback" not in shown.err and ".toml: " in shown.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["study.toml"]


def test_a_study_too_big_for_the_disk_is_refused(tmp_path, monkeypatch, capsys):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1, 1, 100_000))
    path, out = written(tmp_path, GOOD), tmp_path / "results"
    assert exit_code(["sweep", str(path), "--out", str(out)]) == 2
    assert "4 runs need about 0.1 MB" in capsys.readouterr().err and not out.exists()


@pytest.mark.parametrize("name", [*study_names(), "template"])
def test_shipped_studies_and_the_template_are_sound(name, tmp_path):
    if name == "template":
        study = read_study(written(tmp_path, TEMPLATE.read_text(encoding="utf-8")))
        assert runs_of(study) == 4 * 4 * 2 * 10
    else:
        assert runs_of(find_study(name)) >= 100


def test_the_shipped_study_of_uncertainty_has_a_thousand_runs():
    assert runs_of(find_study("uncertainty")) == 1000


def test_a_new_study_can_be_checked_and_is_not_overwritten(tmp_path, capsys):
    path = tmp_path / "mine.toml"
    assert exit_code(["study", "new", str(path)]) == 0
    assert exit_code(["study", "new", str(path)]) == 2
    assert exit_code(["study", "new", str(tmp_path / "mine.txt")]) == 2
    capsys.readouterr()
    text = path.read_text(encoding="utf-8")
    smaller = text.replace("patients = 10000", "patients = 300")
    smaller = smaller.replace('# places = ["anyshire"]', 'places = ["lakeland"]')
    path.write_text(smaller, encoding="utf-8")
    assert exit_code(["study", "check", str(path), "--workers", "2"]) == 0
    page = capsys.readouterr().out
    assert "320 runs" in page and "Nothing has been run" in " ".join(page.split())
    assert max(map(len, page.splitlines())) <= 80


def sets_of(tmp_path, text):
    study = read_study(written(tmp_path, GOOD + text))
    sets = parameter_sets(study, load_parameters())
    assert len(sets) == size_of(study)
    return sets


def test_levers_are_crossed_with_every_set(tmp_path):
    sets = sets_of(
        tmp_path,
        f'[levers]\n"{LOST}" = [0.1, 0.2]\n"{RATIO}" = 2\n'
        '[design]\nsets = [{ "minds.noise" = 1.0 }, { "minds.noise" = 0.5 }]',
    )
    assert sets == [
        {LOST: lost, RATIO: 2, "minds.noise": noise} for lost in (0.1, 0.2) for noise in (1, 0.5)
    ]


def test_a_grid_has_every_combination(tmp_path):
    sets = sets_of(
        tmp_path,
        f'[uncertain]\n"{LOST}" = {{ low = 0.1, high = 0.2 }}\n'
        '"minds.noise" = { values = [1, 2] }\n[design]\nmethod = "grid"\npoints = 3',
    )
    assert [tuple(one.values()) for one in sets] == [
        (pytest.approx(lost), noise) for lost in (0.1, 0.15, 0.2) for noise in (1, 2)
    ]


def test_one_at_a_time_moves_one_parameter_from_the_centre(tmp_path):
    sets = sets_of(
        tmp_path,
        f'[uncertain]\n"{LOST}" = "range"\n"{RATIO}" = "range"\n[design]\nmethod = "one_at_a_time"',
    )
    assert sets == [{}, {LOST: 0.05}, {LOST: 0.2}, {RATIO: 1}, {RATIO: 5}]


@pytest.mark.parametrize("method", ["latin_hypercube", "sobol"])
def test_a_sampled_design_fills_every_range_evenly_and_is_repeatable(method, tmp_path):
    text = f'[uncertain]\n"{LOST}" = "range"\n"minds.noise" = {{ values = [1, 2, 4, 5] }}\n'
    text += f'[design]\nmethod = "{method}"\npoints = 16\nseed = 3'
    sets = sets_of(tmp_path, text)
    other = sets_of(tmp_path, text.replace("seed = 3", "seed = 4"))
    assert sets == sets_of(tmp_path, text) != other
    quarters = [int((one[LOST] - 0.05) / 0.15 * 4) for one in sets]
    assert [quarters.count(k) for k in range(4)] == [4, 4, 4, 4]
    assert [[one["minds.noise"] for one in sets].count(v) for v in (1, 2, 4, 5)] == [4, 4, 4, 4]


def test_times_are_told_in_the_unit_that_fits():
    assert [duration(s) for s in (0.2, 40, 600, 9000)] == ["1 s", "40 s", "10 min", "2.5 h"]


def test_one_at_a_time_has_the_central_set_once(tmp_path):
    text = GOOD + f'[uncertain]\n"{RATIO}" = {{ values = [1.0, 2.1, 5.0] }}\n'
    study = read_study(written(tmp_path, text + '[design]\nmethod = "one_at_a_time"\n'))
    sets = parameter_sets(study, load_parameters())
    central = load_parameters()[RATIO]
    assert sorted(one.get(RATIO, central) for one in sets) == [1.0, central, 5.0]


def test_a_policy_file_stands_beside_its_study_and_is_called_by_its_name(tmp_path, capsys):
    (tmp_path / "softer.toml").write_text(
        'title = "Softer"\nhelp = "Only a name."\nsource = "None."\n', encoding="utf-8"
    )
    text = GOOD.replace("carveout_msk", "softer.toml").replace("patients = 1000", "patients = 500")
    path, out = written(tmp_path, text), tmp_path / "swept"
    assert exit_code(["sweep", str(path), "--out", str(out)]) == 0, capsys.readouterr().err
    assert set(read_results(out)["policy"]) == {"status_quo", "softer"}


def test_policies_need_the_one_they_are_put_beside(tmp_path, capsys):
    text = GOOD.replace('"status_quo"', '"merger_only"')
    assert exit_code(["study", "check", str(written(tmp_path, text))]) == 2
    assert "against: the policy that others are put beside" in capsys.readouterr().err
