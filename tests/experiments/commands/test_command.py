"""The real command at a small size: run, compare, explain, describe; identity and folders."""

import json
import os
import signal
import subprocess
import sys
import time

import matplotlib.image
import pandas as pd
import pytest

from experiments.commands.cli import exit_code
from experiments.commands.command_options import with_status_quo
from experiments.effects.compare import jobs_of, replicates
from experiments.runs import executors
from experiments.runs.folders import building
from experiments.runs.options import Options
from model.outcomes.record import Record
from model.outcomes.scoreboard import HEADLINES
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy

SMALL = ["--place", "lakeland", "--patients", "1000", "--years", "1"]
TABLES = {
    *("organisation_month", "organisation_year", "area_month", "area_year"),
    *("decisions", "ledger"),
}
COMMAND = [sys.executable, "-m", "experiments.commands.entry"]


def answer(line, capsys, expected=0):
    """The JSON that a command answers."""
    capsys.readouterr()
    assert exit_code([*line, "--json"]) == expected
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    """A small run of a carve-out, kept."""
    folder = tmp_path_factory.mktemp("runs") / "kept"
    assert exit_code(["run", "carveout_msk", *SMALL, "--out", str(folder)]) == 0
    return folder


def test_a_run_folder_is_complete(run_folder):
    names = {path.name for path in run_folder.iterdir()}
    assert names == {"manifest.json", *(f"{table}.parquet" for table in TABLES)}
    assert not run_folder.with_name("kept.partial").exists()
    manifest = json.loads((run_folder / "manifest.json").read_text())
    assert manifest["schema"] == "joinedup/1" and manifest["patients"] == 1000
    assert manifest["place"]["name"] == "lakeland" and manifest["place"]["hash"]
    assert set(manifest["libraries"]) == {"numpy", "numba", "mesa"}
    assert manifest["policies"]["carveout_msk"]["pathway_contracts"]
    for table in TABLES - {"decisions"}:
        assert len(pd.read_parquet(run_folder / f"{table}.parquet")), table


def test_an_existing_run_is_refused_resumed_or_protected(run_folder, capsys):
    line = ["run", "carveout_msk", *SMALL, "--out", str(run_folder)]
    before = (run_folder / "manifest.json").stat().st_mtime_ns
    assert exit_code(line) == 2
    assert exit_code([*line, "--resume"]) == 0
    shown = capsys.readouterr()
    assert "complete" in shown.err and "Scoreboard" in shown.out
    assert exit_code(["run", "status_quo", *SMALL, "--out", str(run_folder), "--resume"]) == 2
    assert "something else" in capsys.readouterr().err
    assert (run_folder / "manifest.json").stat().st_mtime_ns == before


def test_a_run_fits_80_columns_and_says_what_it_is(run_folder, capsys):
    assert exit_code(["run", "carveout_msk", *SMALL, "--out", str(run_folder), "--resume"]) == 0
    page = capsys.readouterr().out
    body = [line for line in page.splitlines() if str(run_folder) not in line]
    assert max(map(len, body)) <= 80
    assert "1,000 of 150,000 patients simulated" in page and "one run" in page
    assert "Regimes are not told of 1 year" in page, "as compare says it"


def test_the_same_run_twice_and_with_two_threads_is_the_same(run_folder, tmp_path):
    for name, extra in (("again", []), ("threads", ["--threads", "2"])):
        folder = tmp_path / name
        assert exit_code(["run", "carveout_msk", *SMALL, "--out", str(folder), *extra]) == 0
        for path in run_folder.iterdir():
            assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_the_hash_seed_of_python_changes_nothing(run_folder, tmp_path):
    """This process has a seed of its own: one by chance, unless the environment gives it one."""
    folder, here = tmp_path / "run", os.environ.get("PYTHONHASHSEED")
    line = [*COMMAND, "run", "carveout_msk", *SMALL, "--out", str(folder)]
    other = {**os.environ, "PYTHONHASHSEED": "1" if here == "0" else "0"}
    subprocess.run(line, env=other, stdout=subprocess.DEVNULL, check=True)
    for path in run_folder.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


def test_a_lever_changes_the_result(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    base = answer(["run", "status_quo", *SMALL], capsys)
    line = ["run", "status_quo", *SMALL, "--set", "handovers.lost_between_teams=0.05"]
    changed = answer(line, capsys)
    assert base["folder"] != changed["folder"]
    assert [row["value"] for row in base["rows"]] != [row["value"] for row in changed["rows"]]


def test_half_a_folder_is_removed(tmp_path):
    with pytest.raises(ZeroDivisionError), building(tmp_path / "deep" / "run") as partial:
        (partial / "some.parquet").write_text("x")
        _ = 1 / 0
    assert list((tmp_path / "deep").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a child on Windows")
def test_an_interrupted_run_leaves_nothing(tmp_path):
    line = [*COMMAND, "compare", "--patients", "5000", "--replicates", "50", "--workers", "2"]
    started = subprocess.Popen(line, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        while "replicates" not in started.stderr.readline():
            assert started.poll() is None
        time.sleep(0.5)
        started.send_signal(signal.SIGINT)
        assert started.wait(timeout=60) == 130
    finally:
        started.terminate()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    """A small comparison, kept: its folder."""
    folder = tmp_path_factory.mktemp("compared") / "kept"
    line = ["compare", "carveout_msk", "population_ico", *SMALL, "--replicates", "2"]
    assert exit_code([*line, "--workers", "2", "--out", str(folder)]) == 0
    return folder


def test_a_run_is_told_beside_the_status_quo_of_its_seed(tmp_path, capsys):
    line = [*SMALL, "--out"]
    told = {}
    for policy in ("status_quo", "carveout_msk"):
        told[policy] = answer(["run", policy, *line, str(tmp_path / policy)], capsys)
    usual = told["status_quo"]["rows"]
    assert told["carveout_msk"]["usual_rows"] == usual == told["status_quo"]["usual_rows"]
    assert told["carveout_msk"]["rows"] != usual
    capsys.readouterr()
    assert (
        exit_code(["run", "carveout_msk", *line, str(tmp_path / "carveout_msk"), "--resume"]) == 0
    )
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines()[:60])) <= 80
    head = next(line for line in page.splitlines() if line.startswith("outcome"))
    assert head.split() == ["outcome", "unit", "status", "quo", "year", "1", "change"]


def test_a_comparison_is_kept_with_table_and_figure(comparison):
    assert {path.name for path in comparison.iterdir()} == {
        "manifest.json", "table.csv", "table.xlsx", "paths.csv", "paths.xlsx",
        *(f"figure{what}.{ending}" for what in ("", "_paths") for ending in ("svg", "png", "pdf")),
    }  # fmt: skip
    table = pd.read_csv(comparison / "table.csv")
    assert set(table["policy"]) == {"status_quo", "carveout_msk", "population_ico"}
    assert set(table["kind"]) == {"level", "difference"} and set(table["runs"]) <= {0, 1, 2}
    known = table.dropna()
    assert (known["low"] <= known["estimate"]).all() and (known["estimate"] <= known["high"]).all()
    regimes = table[(table["family"] == "regime") & (table["kind"] == "level")]
    assert len(regimes) == 3 * 6 and regimes["estimate"].isna().all(), "a year is too short"
    told = table[(table["kind"] == "difference") & table["outcome"].isin(HEADLINES)]
    assert (told["low_all"] <= told["low"]).all() and (told["high"] <= told["high_all"]).all()
    assert set(told["arises"]) == {"arithmetic", "emergent"}
    assert told.loc[told["star"], "random_minds"].isin(["holds", "gone", "unclear"]).all()
    assert matplotlib.image.imread(comparison / "figure.png").std() > 0.01
    assert "Musculoskeletal carve-out" in (comparison / "figure.svg").read_text()
    paths = pd.read_csv(comparison / "paths.csv")
    assert set(paths["outcome"]) == set(HEADLINES) and set(paths["year"]) == {1}
    last = table[(table["kind"] == "level") & (table["outcome"] == "hhi")]["estimate"]
    of_hhi = paths[(paths["kind"] == "level") & (paths["outcome"] == "hhi")]["estimate"]
    assert list(of_hhi) == list(last), "the window of one year is that year"


def test_a_comparison_is_the_same_with_one_worker(comparison, tmp_path):
    line = ["compare", "carveout_msk", "population_ico", *SMALL, "--replicates", "2"]
    folder = tmp_path / "one"
    assert exit_code([*line, "--workers", "1", "--out", str(folder)]) == 0
    for path in comparison.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


@pytest.mark.slow
def test_workers_that_cannot_be_forked_say_the_same(monkeypatch):
    place, policies = find_place("anyshire", None), with_status_quo(["carveout_msk"])
    jobs = jobs_of(Options(patients=1000, years=1), place, policies, range(2))
    here = replicates(jobs, workers=1)
    monkeypatch.setattr(executors.sys, "platform", "darwin")
    assert repr(replicates(jobs, workers=2)) == repr(here)  # what is unknown is not equal to itself


def test_a_comparison_fits_80_columns(comparison, capsys):
    line = ["compare", "carveout_msk", "population_ico", *SMALL, "--replicates", "2"]
    assert exit_code([*line, "--out", str(comparison), "--resume"]) == 0
    page = capsys.readouterr().out
    body = [line for line in page.splitlines() if str(comparison) not in line]
    assert max(map(len, body)) <= 80
    assert "2 replicates (seeds 0-1)" in page and "FRAGMENTATION" in page
    assert "26 tests: 13 outcomes of 2 policies; 1 replicate again with random minds" in page
    assert "Regimes are not told of 1 year" in page and "local monopoly" not in page
    rows = answer([*line, "--out", str(comparison), "--resume"], capsys)["rows"]
    keys = {"policy", "outcome", "family", "unit", "kind", "estimate", "low", "high", "runs"}
    assert keys <= set(rows[0])


def test_many_policies_one_run_and_a_figure_elsewhere(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    policies = ["carveout_msk+carveout_cancer", "label_only", "merger_only", "teams_only"]
    line = ["compare", *policies, "population_ico", *SMALL, "--replicates", "1"]
    (tmp_path / "pictures").mkdir()
    assert exit_code([*line, "--figure", "pictures/verdict"]) == 0
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80 and "One run has no interval" in page
    assert page.count("FRAGMENTATION") == 2, "a block of at most four policies each"
    drawn = {p.name for p in (tmp_path / "pictures").iterdir()}
    assert {"verdict.svg", "verdict.png", "verdict.pdf", "verdict_paths.pdf"} <= drawn
    rows = answer(line, capsys)["rows"]
    null = [row for row in rows if row["policy"] == "label_only" and row["kind"] == "difference"]
    assert null and all(row["estimate"] in (0.0, None) for row in null)
    assert all(row["low"] is None for row in rows)


def test_explain_shows_decisions_and_offers_the_nearest_name(run_folder, capsys):
    agents = sorted(set(pd.read_parquet(run_folder / "decisions.parquet")["agent"]))
    rows = answer(["explain", str(run_folder), "--agent", agents[0]], capsys)["rows"]
    assert [row["month"] for row in rows] == sorted(row["month"] for row in rows)
    for row in rows:
        assert row["agent"] == agents[0] and row["chosen"] in row["options"]
        assert sum(row["probabilities"]) == pytest.approx(1.0, abs=1e-4)
    assert exit_code(["explain", str(run_folder), "--agent", agents[0]]) == 0
    assert "probability" in capsys.readouterr().out
    assert exit_code(["explain", str(run_folder), "--agent", agents[0] + "x"]) == 2
    assert f"did you mean {agents[0]}" in capsys.readouterr().err


def test_a_place_is_described_and_checked(capsys):
    described = answer(["place", "describe", "lakeland"], capsys)
    assert {row["table"] for row in described["rows"]} == {"organisations", "figures"}
    line = ["place", "describe", "anyshire", "--check", "--patients", "2000", "--years", "1"]
    code = exit_code([*line, "--json"])
    rows = json.loads(capsys.readouterr().out)["rows"]
    checks = [row for row in rows if row["table"] == "activity"]
    assert len(checks) == 10 and all(row["source"] for row in checks)
    assert code == (0 if all(row["pass"] for row in checks) else 1)
    assert len([row for row in rows if row["table"] == "prevalence"]) == 13 * 8
    assert exit_code(line) == code
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_the_name_of_a_policy_is_in_no_table(run_folder, tmp_path):
    assert callable(Record.tables)
    for table in TABLES:
        frame = pd.read_parquet(run_folder / f"{table}.parquet")
        text = frame.drop(columns="policy", errors="ignore").select_dtypes(["object", "string"])
        for column in text:
            assert not text[column].astype(str).str.contains("carveout_msk").any(), (table, column)


def test_a_path_to_a_policy_file_is_a_policy(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('title = "Mine"\nhelp = "Nothing."\nsource = "none"\n', encoding="utf-8")
    assert find_policy(str(path)).name == "mine"
