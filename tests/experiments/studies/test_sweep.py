"""Sweeps: the same table however they were stopped, failures as rows, and what can be asked."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from experiments.commands.cli import exit_code
from experiments.runs import executors, jobs
from experiments.runs.folders import hash_of
from experiments.studies import store
from experiments.studies import sweep as sweep_module
from experiments.studies.store import read_results

STUDY = """
title = "A small study"
policies = ["status_quo", "carveout_msk"]
places = ["lakeland"]
decisions = ["free", "replayed"]
patients = 200
years = 1
replicates = 2

[uncertain]
"handovers.lost_between_teams" = { values = [0.1, 0.2] }

[design]
method = "grid"
"""
RUNS = 3 * 2 * 2
COMMAND = [sys.executable, "-m", "experiments.commands.entry"]


@pytest.fixture(scope="module", autouse=True)
def whole_seeds():
    """Policies of one seed go to one worker, as they do where there are many jobs."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(executors, "JOBS_AHEAD", 1)
        yield


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("study") / "small.toml"
    path.write_text(STUDY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def swept(study) -> Path:
    """An undisturbed sweep of the small study."""
    folder = study.parent / "swept"
    assert exit_code(["sweep", str(study), "--out", str(folder), "--workers", "2"]) == 0
    return folder


def remember(patched: pytest.MonkeyPatch, found: dict[str, dict]) -> None:
    """Live nothing twice, here and in workers that are forked from here."""

    def once(name: str, key: Callable[..., tuple]) -> None:
        live, kept = getattr(jobs, name), found.setdefault(name, {})

        def ask(*given):
            if key(*given) not in kept:
                kept[key(*given)] = live(*given)
            return kept[key(*given)]

        patched.setattr(jobs, name, ask)

    once("start_of", lambda job: (*world(job), job.start))  # or what it is handed
    once("live_policy", lambda job, arm, _: (*world(job), arm.policy, arm.decisions))
    once("measures_of", lambda economy, years, _: (id(economy), years))


def world(job: jobs.Job) -> tuple:
    """What the burn-in of a job depends on."""
    return (job.place_hash, job.options.patients, job.options.seed,
            *sorted(job.options.levers.items()))  # fmt: skip


@pytest.fixture(scope="module")
def lived(study) -> dict[str, dict]:
    """What this process lived for the small study, whose folder is `no_worker` beside it."""
    found: dict[str, dict] = {}
    with pytest.MonkeyPatch.context() as patched:
        remember(patched, found)
        patched.setattr(sweep_module, "lived", lambda asked, *_: (
            (job, jobs.live_job(job)) for job in asked))  # fmt: skip
        assert exit_code(["sweep", str(study), "--out", str(study.parent / "no_worker")]) == 0
    assert [len(kept) for kept in found.values()] == [4, RUNS, RUNS]
    return found


@pytest.fixture
def lived_before(lived, monkeypatch) -> None:
    """Runs come from what was lived, for what is asked of their folder alone."""
    remember(monkeypatch, lived)


def content(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_sweep_has_every_run_in_the_order_of_the_study(swept):
    results = read_results(swept)
    assert len(results) == RUNS and set(results["status"]) == {"done"}
    assert results["run"].is_unique and results["run"].str.fullmatch("[0-9a-f]{16}").all()
    assert list(results["set"]) == sorted(results["set"]) and set(results["seed"]) == {0, 1}
    assert set(results["handovers.lost_between_teams"]) == {0.1, 0.2}
    files = sorted(content(swept))
    assert files[0] == "manifest.json" and files[2:] == ["runs.parquet", "study.toml"]
    manifest = json.loads((swept / "manifest.json").read_text())
    assert manifest["results"] == {"runs": RUNS, "done": RUNS, "failed": 0}


def test_a_run_of_a_sweep_has_the_address_and_the_outcomes_of_that_run(swept, tmp_path, capsys):
    row = read_results(swept).query("policy == 'carveout_msk' and decisions == 'free'").iloc[0]
    line = ["run", "carveout_msk", "--place", "lakeland", "--patients", "200", "--years", "1",
            "--seed", str(row["seed"]),
            "--set", f"handovers.lost_between_teams={row['handovers.lost_between_teams']}",
            "--out", str(tmp_path / "run"), "--json"]  # fmt: skip
    capsys.readouterr()
    assert exit_code(line) == 0
    shown = json.loads(capsys.readouterr().out)
    assert hash_of(shown["manifest"]) == row["run"]
    for outcome in shown["rows"]:
        value = float("nan") if outcome["value"] is None else outcome["value"]
        assert row[outcome["outcome"]] == pytest.approx(value, rel=1e-15, nan_ok=True)


@pytest.mark.usefixtures("lived")
def test_no_worker_at_all_gives_the_same_folder(swept, study):
    assert content(study.parent / "no_worker") == content(swept)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 3])
def test_any_number_of_workers_gives_the_same_folder(swept, study, tmp_path, workers):
    folder = tmp_path / "again"
    line = ["sweep", str(study), "--out", str(folder), "--workers", str(workers)]
    assert exit_code(line) == 0
    assert content(folder) == content(swept)


def test_burn_ins_that_are_handed_over_give_the_same_folder(swept, study, tmp_path, monkeypatch):
    """With few jobs for the workers, policies of one seed go to several of them."""
    handed = []
    monkeypatch.setattr(executors, "JOBS_AHEAD", 100)
    monkeypatch.setattr(store, "write_part", lambda folder, lived, write=store.write_part: (
        handed.append(len(lived)), write(folder, lived)))  # fmt: skip
    assert exit_code(["sweep", str(study), "--out", str(tmp_path / "split")]) == 0
    assert handed == [1] * RUNS
    assert content(tmp_path / "split") == content(swept)


def kill_all(process: subprocess.Popen, workers_too: bool) -> None:
    if workers_too:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    process.stderr.close()


def parts(folder: Path) -> int:
    return len(list((folder / "parts").glob("*.parquet")))


@pytest.mark.parametrize("workers_too", [pytest.param(True, marks=pytest.mark.slow), False])
@pytest.mark.usefixtures("lived_before")
def test_a_killed_sweep_goes_on_to_the_same_folder(swept, study, tmp_path, workers_too):
    folder = tmp_path / "killed"
    line = [*COMMAND, "sweep", str(study), "--out", str(folder), "--workers", "2"]
    process = subprocess.Popen(line, stderr=subprocess.PIPE, start_new_session=True)
    while parts(folder) < 3 and process.poll() is None:
        time.sleep(0.02)
    kill_all(process, workers_too)
    assert 3 <= parts(folder) < RUNS and not (folder / "manifest.json.partial").exists()
    assert set(read_results(folder)["status"]) == {"done", "missing"}
    assert exit_code(["sweep", str(study), "--out", str(folder)]) == 2
    assert exit_code(["sweep", str(study), "--out", str(folder), "--resume"]) == 0
    assert content(folder) == content(swept)
    assert not children_of_sweeps(folder)


def children_of_sweeps(folder: Path) -> list[str]:
    """Processes that still work for a sweep into this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        found += [words] if str(folder) in words else []
    return found


@pytest.mark.usefixtures("lived_before")
def test_an_interrupt_leaves_what_is_done_and_says_how_to_go_on(swept, study, tmp_path):
    folder = tmp_path / "interrupted"
    line = [*COMMAND, "sweep", str(study), "--out", str(folder), "--workers", "2"]
    process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while parts(folder) < 1 and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate()[1]
    assert process.returncode == 130 and "--resume" in said and "Traceback" not in said
    assert exit_code([*line[3:], "--resume"]) == 0
    assert content(folder) == content(swept)


def test_a_finished_sweep_is_not_done_again(swept, study, tmp_path, monkeypatch):
    folder = tmp_path / "copy"
    shutil.copytree(swept, folder)
    monkeypatch.setattr(executors, "live_job", None)
    assert exit_code(["sweep", str(study), "--out", str(folder), "--resume"]) == 0
    assert content(folder) == content(swept)


@pytest.mark.usefixtures("lived_before")
def test_more_replicates_live_only_the_new_ones(swept, study, tmp_path, monkeypatch):
    folder, longer, lived = tmp_path / "copy", tmp_path / "longer.toml", []
    shutil.copytree(swept, folder)
    longer.write_text(STUDY.replace("replicates = 2", "replicates = 3"), encoding="utf-8")
    monkeypatch.setattr(store, "write_part", lambda folder, rows, write=store.write_part: (
        lived.append(len(rows)), write(folder, rows)))  # fmt: skip
    assert exit_code(["sweep", str(longer), "--out", str(folder), "--resume"]) == 0
    assert sum(lived) == 3 * 2 and len(read_results(folder)) == 3 * 3 * 2
    assert exit_code(["sweep", str(study), "--out", str(folder), "--resume"]) == 2


@pytest.mark.usefixtures("lived_before")
def test_a_run_that_fails_is_a_row_and_is_tried_again(swept, study, tmp_path, monkeypatch, capsys):
    measure, folder = jobs.measures_of, tmp_path / "failing"

    def failing(economy, years, baseline):
        if economy.policy.name == "carveout_msk" and economy.seed == 1:
            raise ZeroDivisionError("nothing  to\ndivide")
        return measure(economy, years, baseline)

    line = ["sweep", str(study), "--out", str(folder)]
    with monkeypatch.context() as patched:
        patched.setattr(jobs, "measures_of", failing)
        assert exit_code(line) == 1
    page = capsys.readouterr().out
    assert "8 of 12 runs are done" in page and "ZeroDivisionError: nothing to divide" in page
    failed = read_results(folder).query("status == 'failed'")
    assert len(failed) == 4 and failed["hhi"].isna().all()
    assert exit_code([*line, "--resume"]) == 0
    assert content(folder) == content(swept)


@pytest.mark.usefixtures("lived_before")
def test_a_full_disk_stops_the_sweep_and_loses_nothing(swept, study, tmp_path, monkeypatch, capsys):
    folder, write = tmp_path / "full", store.write_whole

    def full_after_three(content, path):
        if path.parent.name == "parts" and parts(folder) >= 3:
            raise OSError(28, "No space left on device")
        write(content, path)

    line = ["sweep", str(study), "--out", str(folder)]
    with monkeypatch.context() as patched:
        patched.setattr(store, "write_whole", full_after_three)
        assert exit_code(line) == 1
    said = capsys.readouterr().err
    assert "no space left on device" in said and "9 runs are kept; --resume goes on" in said
    assert exit_code([*line, "--resume"]) == 0
    assert content(folder) == content(swept)


@pytest.mark.usefixtures("lived_before")
def test_what_is_put_beside_a_run_that_failed_fails_too(study, tmp_path, monkeypatch, capsys):
    live, folder = jobs.live_policy, tmp_path / "failing"

    def failing(job, arm, start):
        if arm.policy == "status_quo" and job.options.seed == 1:
            raise ValueError("no")
        return live(job, arm, start)

    monkeypatch.setattr(jobs, "live_policy", failing)
    assert exit_code(["sweep", str(study), "--out", str(folder)]) == 1
    failed = read_results(folder).query("status == 'failed'")
    assert len(failed) == 6 and set(failed["seed"]) == {1}
    assert failed["reason"].str.contains("put beside failed").sum() == 4


@pytest.mark.usefixtures("lived_before")
def test_a_sweep_stopped_before_its_first_run_goes_on(study, swept, tmp_path, monkeypatch):
    folder = tmp_path / "early"
    line = ["sweep", str(study), "--out", str(folder)]
    with monkeypatch.context() as patched:
        patched.setattr(sweep_module, "write_whole", lambda content, path: 1 / 0)
        assert exit_code(line) == 3
    assert exit_code([*line, "--resume"]) == 0
    assert content(folder) == content(swept)


def test_a_folder_of_runs_put_beside_another_policy_is_refused(tmp_path, capsys):
    text = 'title = "T"\npolicies = ["status_quo", "label_only"]\npatients = 200\nyears = 1\n'
    study, folder = tmp_path / "study.toml", tmp_path / "swept"
    study.write_text(text + "replicates = 1", encoding="utf-8")
    line = ["sweep", str(study), "--out", str(folder)]
    assert exit_code(line) == 0
    study.write_text(text + 'replicates = 2\nagainst = "label_only"', encoding="utf-8")
    assert exit_code([*line, "--resume"]) == 2
    assert "put beside another policy" in capsys.readouterr().err


def cut_short(raw: bytes) -> bytes:
    return raw[:1000]


def one_bit_else(raw: bytes) -> bytes:
    """Bytes of which one, among the numbers, is not as it was written."""
    at = len(raw) // 3
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


@pytest.mark.parametrize("damaged", [cut_short, one_bit_else])
@pytest.mark.usefixtures("lived_before")
def test_a_damaged_part_is_made_again(swept, study, tmp_path, damaged):
    folder = tmp_path / "cut"
    shutil.copytree(swept, folder)
    (part,) = (folder / "parts").iterdir()
    part.write_bytes(damaged(part.read_bytes()))
    assert exit_code(["query", str(folder), "SELECT * FROM results"]) == 2
    assert exit_code(["sweep", str(study), "--out", str(folder), "--resume"]) == 0
    assert content(folder) == content(swept)


def question(folder: Path, capsys) -> tuple[int, str, str]:
    capsys.readouterr()
    code = exit_code(["query", str(folder), "SELECT * FROM results", "--json"])
    return code, *capsys.readouterr()


@pytest.mark.parametrize("table", [store.RUNS, store.PARTS])
@pytest.mark.parametrize("every", [149, pytest.param(7, marks=pytest.mark.slow)])
@pytest.mark.usefixtures("lived_before")
def test_a_bit_that_is_not_as_it_was_written_is_never_believed(
    swept, study, tmp_path, capsys, table, every
):
    """Nor is it our fault; wherever it is, `--resume` makes the folder what it was."""
    folder, luck = Path(shutil.copytree(swept, tmp_path / "flipped")), random.Random(1)
    path = next(p for p in folder.rglob("*.parquet") if table in p.relative_to(folder).parts)
    raw, line = path.read_bytes(), ["sweep", str(study), "--out", str(folder), "--resume"]
    for at in range(0, len(raw), every):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 1 << luck.randrange(8)]) + raw[at + 1 :])
        code, _, said = question(folder, capsys)
        assert code == 2 and f"{path.name}: damaged: " in said, f"byte {at}: {said}"
        if at % (len(raw) // 4) < 7:
            assert exit_code(line) == 0
            assert content(folder) == content(swept), f"byte {at}"


@pytest.mark.parametrize("table", [store.RUNS, store.PARTS])
def test_a_contrast_names_the_table_that_is_damaged(swept, tmp_path, capsys, table):
    """Also where what is read from it would still be a table: in the mark that it begins with."""
    folder = Path(shutil.copytree(swept, tmp_path / "flipped"))
    path = next(p for p in folder.rglob("*.parquet") if table in p.relative_to(folder).parts)
    raw = path.read_bytes()
    for changed in (bytes([raw[0] ^ 1]) + raw[1:], one_bit_else(raw)):
        path.write_bytes(changed)
        capsys.readouterr()
        assert exit_code(["contrast", str(folder)]) == 2
        assert path.name in capsys.readouterr().err


def test_a_sweep_of_another_version_is_not_said_to_be_made_anew(swept, study, tmp_path, capsys):
    """Its tables may be named otherwise: all that is said of it is true, and what to do works."""
    folder = Path(shutil.copytree(swept, tmp_path / "older"))
    for part in (folder / "parts").iterdir():
        part.rename(part.with_name(f"{'0' * 16}.parquet"))
    manifest = json.loads((folder / "manifest.json").read_text())
    content = {key: value for key, value in manifest.items() if key != "seal"} | {"code": "0.0+1"}
    (folder / "manifest.json").write_text(json.dumps(content | {"seal": hash_of(content)}))
    for line in (["query", str(folder), "SELECT * FROM results"], ["contrast", str(folder)]):
        capsys.readouterr()
        assert exit_code(line) == 2
        said = capsys.readouterr().err
        assert "another version of joinedup (0.0+1)" in said and "--resume" not in said
    assert exit_code(["sweep", str(study), "--out", str(folder), "--resume"]) == 2
    said = capsys.readouterr().err
    assert "the code was 0.0+1 there" in said and "another --out" in said


@pytest.mark.parametrize("column, values", [("no_regimes", None), ("hhi", "x"), ("hhi", 1)])
def test_outcomes_of_another_kind_are_refused_by_name(swept, tmp_path, capsys, column, values):
    """As somebody could write them who knows how parts are named."""
    folder = Path(shutil.copytree(swept, tmp_path / "forged"))
    (part,) = (folder / "parts").iterdir()
    table = parquet.read_table(part)
    changed = table.drop_columns(column)
    if values is not None:
        changed = changed.append_column(column, pa.array([values] * len(table)))
    part.unlink()
    forged = store.write_outcomes(folder, changed)
    for line in (["query", str(folder), "SELECT * FROM results"], ["contrast", str(folder)]):
        assert exit_code(line) == 2
        said = capsys.readouterr().err
        assert forged.name in said and f"the column {column} is missing or" in said


def test_a_damaged_part_is_not_swept_away_for_another_study(swept, study, tmp_path, capsys):
    """What is in it cannot be told, so that it may be what the other study does not ask for."""
    folder, other = Path(shutil.copytree(swept, tmp_path / "cut")), tmp_path / "other.toml"
    (part,) = (folder / "parts").iterdir()
    part.write_bytes(cut_short(part.read_bytes()))
    other.write_text(STUDY.replace("years = 1", "years = 2"), encoding="utf-8")
    before = content(folder)
    assert exit_code(["sweep", str(other), "--out", str(folder), "--resume"]) == 2
    said = capsys.readouterr().err
    assert part.name in said and "years is 1 there and 2 here" in said
    assert content(folder) == before


def test_a_table_that_no_sweep_has_written_is_neither_read_nor_swept_away(
    swept, study, tmp_path, capsys
):
    folder = tmp_path / "foreign"
    shutil.copytree(swept, folder)
    foreign = folder / "parts" / "mine.parquet"
    pd.DataFrame({"hhi": [1.0]}).to_parquet(foreign)
    for line in (["query", str(folder), "SELECT * FROM results"],
                 ["sweep", str(study), "--out", str(folder), "--resume"]):  # fmt: skip
        assert exit_code(line) == 2
        said = capsys.readouterr().err
        assert "mine.parquet" in said and "no table of a sweep" in said
    assert foreign.exists()


def test_two_sweeps_cannot_work_in_one_folder(study, tmp_path, capsys):
    from filelock import FileLock

    folder = tmp_path / "held"
    folder.mkdir()
    with FileLock(folder / ".lock"):
        assert exit_code(["sweep", str(study), "--out", str(folder), "--resume"]) == 2
    assert "another sweep is at work" in capsys.readouterr().err


def test_folders_of_other_things_are_refused(swept, study, tmp_path, capsys):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("Dear all")
    assert exit_code(["sweep", str(study), "--out", str(tmp_path / "other"), "--resume"]) == 2
    assert exit_code(["contrast", str(tmp_path / "other")]) == 2
    assert exit_code(["query", str(tmp_path / "none"), "SELECT 1"]) == 2
    said = capsys.readouterr().err
    assert said.count("no results here") == 2 and "no such folder" in said
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["letter.txt"]


def test_a_cluster_that_is_not_there_is_told(study, tmp_path, capsys):
    line = ["sweep", str(study), "--out", str(tmp_path / "none")]
    assert exit_code([*line, "--cluster", "tcp://127.0.0.1:9", "--slurm"]) == 2
    assert exit_code([*line, "--cluster", "nowhere"]) == 2
    assert "--cluster: no Dask scheduler" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_question_is_answered_on_the_screen_in_csv_and_json(swept, tmp_path, capsys):
    sql = "SELECT policy, count(*) AS runs FROM results GROUP BY policy ORDER BY policy"
    assert exit_code(["query", str(swept), sql]) == 0
    assert "carveout_msk     8" in capsys.readouterr().out
    path = tmp_path / "answer.csv"
    assert exit_code(["query", str(swept), sql, "--csv", str(path)]) == 0
    assert pd.read_csv(path)["runs"].tolist() == [8, 4]
    assert exit_code(["query", str(swept), sql, "--csv", str(path)]) == 2
    capsys.readouterr()
    assert exit_code(["query", str(swept), sql, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0] == {"policy": "carveout_msk", "runs": 8}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/hosts')",
        "COPY results TO 'x.csv'",
        "CREATE TABLE t AS SELECT 1",
        "SELECT 1; SELECT 2",
        "SELECT nonsense FROM results",
        "SET enable_external_access = true",
        ";",
    ],
)
def test_a_question_reads_the_results_and_nothing_else(swept, sql, capsys):
    before = content(swept)
    assert exit_code(["query", str(swept), sql]) == 2
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1 and "SQL: " in shown.err and not shown.out
    assert content(swept) == before


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELEC * FROM results", 'not SQL from "SELEC" on'),
        ("SELECT * FROM result", "no such table (got result); allowed: results; did you mean"),
        ("SELECT polcy FROM results", "did you mean policy?"),
        ("SELECT hhl FROM results", "did you mean hhi?"),
        ("PIVOT results ON policy USING count(*)", "allowed: one SELECT, or SHOW TABLES"),
        ("SELECT 9007199254740993::HUGEINT AS n", "whole numbers that would be rounded (got n)"),
        ("SELECT sum(policy) FROM results", "No function matches"),
    ],
)
def test_what_is_wrong_with_a_question_is_said_in_plain_words(swept, sql, said, capsys):
    assert exit_code(["query", str(swept), sql]) == 2
    shown = capsys.readouterr().err
    assert said in shown and not re.search(r"Error|Candidate|binding", shown)


def test_answers_wider_than_the_screen_show_the_columns_that_fit(swept, capsys):
    assert exit_code(["query", str(swept), "SELECT * FROM results"]) == 0
    page, said = capsys.readouterr()
    assert max(map(len, page.splitlines())) <= 80 and "policy" in page
    assert "more columns" in said and "hhi_holding" in said


def test_a_file_is_no_folder_for_results(study, tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("mine")
    assert exit_code(["sweep", str(study), "--out", str(file), "--resume"]) == 2
    assert "not a folder" in capsys.readouterr().err and file.read_text() == "mine"


def test_a_refused_folder_says_what_differs(swept, study, tmp_path, capsys):
    folder, other = tmp_path / "copy", tmp_path / "other.toml"
    shutil.copytree(swept, folder)
    other.write_text(STUDY.replace("years = 1", "years = 2"), encoding="utf-8")
    assert exit_code(["sweep", str(other), "--out", str(folder), "--resume"]) == 2
    assert "years is 1 there and 2 here" in capsys.readouterr().err
    assert content(folder) == content(swept)


def test_a_question_to_a_sweep_without_results_finds_the_columns(swept, tmp_path, capsys):
    folder = tmp_path / "early"
    shutil.copytree(swept, folder)
    for path in (folder / "parts").iterdir():
        path.unlink()
    assert exit_code(["query", str(folder), "SELECT policy, hhi FROM results LIMIT 1"]) == 0
    page, said = capsys.readouterr()
    assert f"UNFINISHED: 0 of {RUNS} runs are done" in said and "–" in page


def test_what_is_suggested_next_averages_over_nothing_that_varies(swept, capsys):
    sweep_module.print_sweep(swept, {"runs": RUNS, "done": RUNS, "failed": 0})
    page = " ".join(capsys.readouterr().out.split())
    assert "GROUP BY policy, decisions ORDER BY policy, decisions" in page


@pytest.mark.parametrize("at", [0.02, 0.2, 0.4, 0.6, 0.8, 0.98])
@pytest.mark.parametrize("name", ["runs.parquet", "parts"])
def test_a_damaged_table_of_a_sweep_is_told_in_one_sentence(swept, tmp_path, capsys, name, at):
    """Wherever the damage is: no fault of ours."""
    folder = Path(shutil.copytree(swept, tmp_path / "damaged"))
    path = folder / name if name.endswith("parquet") else next((folder / name).glob("*.parquet"))
    raw = bytearray(path.read_bytes())
    first = int(at * len(raw))
    raw[first : first + 40] = b"\xff" * len(raw[first : first + 40])
    path.write_bytes(raw)
    capsys.readouterr()
    for line in (["query", str(folder), "SELECT * FROM results"], ["contrast", str(folder)]):
        code = exit_code(line)
        said = capsys.readouterr().err
        assert code == 2 and path.name in said and "Traceback" not in said
        assert said.strip().count("\n") == 0


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
@pytest.mark.usefixtures("lived_before")
def test_a_sweep_whose_outcomes_are_damaged_is_said_to_be(swept, tmp_path, capsys, damage):
    folder = Path(shutil.copytree(swept, tmp_path / "damaged"))
    (part,) = (folder / "parts").glob("*.parquet")
    part.write_bytes(part.read_bytes()[:500] if damage is None else damage)
    capsys.readouterr()
    for line in (["query", str(folder), "SELECT * FROM results"], ["contrast", str(folder)]):
        assert exit_code(line) == 2
        assert "damaged: no whole table" in capsys.readouterr().err
    study = str(folder / "study.toml")
    assert exit_code(["sweep", study, "--out", str(folder), "--resume"]) == 0
    assert exit_code(["contrast", str(folder)]) == 0


@pytest.mark.parametrize("policies, said", [(["status_quo", "pbc"], "joinedup contrast"),
                                            (["pbc"], "There is nothing to contrast")])  # fmt: skip
def test_a_sweep_points_to_contrast_where_there_is_something_to_contrast(
    policies, said, monkeypatch, tmp_path
):
    study = {"against": "status_quo", "policies": policies}
    monkeypatch.setattr(sweep_module, "read_manifest", lambda folder: ({"study": study}, None))
    assert said in sweep_module._contrast_of(tmp_path)
