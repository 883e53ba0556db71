"""Damaged folders of results and unreadable files: one sentence, exit code 2, nothing written."""

import json
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest

from experiments.commands.cli import exit_code
from experiments.runs.folders import MANIFEST, read_manifest, write_manifest

TITLES = 'title = "t"\nhelp = "h"\nsource = "s"\n'
UNREADABLE = {
    "a number of 5,000 digits": TITLES + "x = " + "9" * 5_000,
    "lists in lists": TITLES + "x = " + "[" * 5_000 + "]" * 5_000,
    "tables in tables": TITLES + "x = " + "{a=" * 5_000 + "1" + "}" * 5_000,
    "a date that is none": TITLES + "x = 2014-02-30",
    "nothing closed": TITLES + "x = [",
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lived") / "run"
    line = f"run carveout_msk --place lakeland --patients 300 --years 1 --out {folder}"
    assert exit_code(line.split()) == 0
    return folder


@pytest.fixture
def run(lived, tmp_path, monkeypatch, capsys) -> Path:
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    return Path(shutil.copytree(lived, tmp_path / "run"))


def refused(line: list[str], capsys) -> str:
    """What is said when a command refuses; nothing else may come of it."""
    before = sorted(Path().rglob("*"))
    assert exit_code(line) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and "Traceback" not in shown.err
    assert sorted(Path().rglob("*")) == before
    assert shown.err.strip().count("\n") == 0 and shown.err.strip().endswith((".", "?"))
    return shown.err


def asked(run: Path) -> list[list[str]]:
    return [["explain", str(run)], ["accounts", str(run), "lakeland"],
            ["query", str(run), "SELECT * FROM decisions"]]  # fmt: skip


def sealed_anew(run: Path, **changes) -> None:
    """Change what a manifest says as if it had been written so; None takes an entry out."""
    manifest, results = read_manifest(run)
    manifest |= changes
    manifest = {key: value for key, value in manifest.items() if value is not None}
    write_manifest(run, manifest, results)


def test_a_folder_as_it_was_written_is_read(run, capsys):
    for line in asked(run):
        assert exit_code(line) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"schema": "joinedup/1"}', "[" * 9_000 + "]" * 9_000,
             '{"schema": ' + "9" * 5_000 + "}"],
)  # fmt: skip
def test_manifests_that_are_none(run, text, capsys):
    (run / MANIFEST).write_text(text)
    for line in asked(run)[:2]:
        assert str(run) in refused(line, capsys)


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_manifests_in_another_encoding(run, encoding, capsys):
    text = (run / MANIFEST).read_text().replace("lakeland", "l\u00e4keland")
    (run / MANIFEST).write_bytes(text.encode(encoding))
    for line in asked(run):
        assert "not a text in UTF-8" in refused(line, capsys)


@pytest.mark.parametrize("old, new", [('"seed": 0', '"seed": 1'), ("Lakeland", "Lokeland")])
def test_a_manifest_that_was_changed_is_noticed(run, old, new, capsys):
    text = (run / MANIFEST).read_text()
    assert old in text
    (run / MANIFEST).write_text(text.replace(old, new))
    for line in asked(run):
        assert "not as it was written" in refused(line, capsys)


@pytest.mark.parametrize(
    "changes", [{"years": None}, {"years": "one"}, {"place": {}}, {"policies": {}}, {"minds": 3},
                {"levers": []}, {"registered": True}, {"years": 10**18}, {"years": 0},
                {"seed": -1}, {"seed": 2**32}, {"patients": 0}],
)  # fmt: skip
def test_a_manifest_without_what_is_told_is_refused(run, changes, capsys):
    sealed_anew(run, **changes)
    for line in asked(run)[:2]:
        assert "damaged: " in refused(line, capsys)


def test_a_manifest_without_its_seal_is_not_believed(run, capsys):
    content = json.loads((run / MANIFEST).read_text())
    del content["seal"], content["tables"]
    (run / MANIFEST).write_text(json.dumps(content | {"years": 10**18}))
    for line in asked(run):
        assert "damaged: the manifest has no seal" in refused(line, capsys)


def test_a_table_that_was_changed_is_noticed(run, capsys):
    raw = bytearray((run / "decisions.parquet").read_bytes())
    raw[len(raw) // 3] ^= 0xFF
    (run / "decisions.parquet").write_bytes(raw)
    for line in asked(run):
        assert "this table is not as it was written" in refused(line, capsys)


@pytest.mark.parametrize("column", ["month", "options", "chosen", "pounds"])
def test_a_table_without_a_column_or_with_another_is_refused(run, column, capsys):
    sealed_anew(run)
    path = run / "decisions.parquet"
    whole = pd.read_parquet(path)
    whole.drop(columns=column).to_parquet(path)
    assert f"the column {column} is missing" in refused(["explain", str(run)], capsys)
    whole.assign(**{column: 1.5}).to_parquet(path)
    assert f"the column {column} holds something else" in refused(["explain", str(run)], capsys)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_damaged_nothing_is_our_fault(run, seed, capsys):
    luck = random.Random(seed)
    path = luck.choice(sorted(p for p in run.rglob("*") if p.is_file()))
    raw = bytearray(path.read_bytes())
    for _ in range(5):
        raw[luck.randrange(len(raw))] ^= luck.randrange(1, 256)
    damage = luck.choice(["flipped", "cut", "gone", "a folder"])
    path.unlink()
    if damage in ("flipped", "cut"):
        path.write_bytes(raw[: len(raw) if damage == "flipped" else luck.randrange(len(raw))])
    elif damage == "a folder":
        path.mkdir()
    for line in asked(run):
        assert exit_code(line) in (0, 2), f"{line[0]} with {path.name} {damage}"
    capsys.readouterr()


def test_a_damaged_run_is_not_gone_on_with(run, capsys):
    (run / MANIFEST).write_text((run / MANIFEST).read_text().replace('"rows"', '"raws"'))
    line = f"run carveout_msk --place lakeland --patients 300 --years 1 --out {run} --resume"
    assert "not as it was written" in refused(line.split(), capsys)


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_files_that_cannot_be_read(text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("odd.toml").write_text(text)
    Path("odd").mkdir()
    Path("odd/place.toml").write_text(text)
    for line in ("run odd.toml", "sweep odd.toml --out here", "run status_quo --place odd",
                 "calibrate odd.toml"):  # fmt: skip
        assert "odd" in refused(line.split(), capsys)


def test_files_in_another_encoding(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("odd.toml").write_bytes(TITLES.encode("utf-16"))
    assert "odd.toml: not a text in UTF-8" in refused(["run", "odd.toml"], capsys)


@pytest.mark.parametrize("value", ["9" * 5_000, "[" * 3_000, "1e999", "-1e999", "9" * 400])
def test_numbers_on_the_command_line_that_cannot_be(value, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for asked_for in ("run status_quo --set handovers.link_effect=", "run status_quo --seed ",
                      "run risk_two_sided:risk_down="):  # fmt: skip
        refused(f"{asked_for}{value}".split(), capsys)
