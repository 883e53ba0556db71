"""One clear sentence for whatever is misspelt or out of range, exit code 2, nothing written."""

import json
import subprocess
import sys

import pytest

from experiments.commands.cli import exit_code


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Every test works in an empty folder, without the data of the machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JOINEDUP_DATA", raising=False)
    return tmp_path


SENTENCES = [
    ("run statusquo", "did you mean status_quo?"),
    ("run status_quo+carveout_mks", "did you mean carveout_msk?"),
    ("run missing.toml", "missing.toml: no such file."),
    ("run carveout_msk+carveouts_three", "both give away this pathway"),
    ("compare carveout_msc --quick", "did you mean carveout_msk?"),
    ("run msk_carve_out", "did you mean carveout_msk?"),
    ("run status_quo --place anyshir", "did you mean anyshire?"),
    ("run status_quo --place cumbria", "give --data DIR"),
    ("run status_quo --place cumbria --data nowhere", "nowhere"),
    ("run status_quo --years -1", "--years: out of range (got -1)"),
    ("run status_quo --years 0", "a whole number from 1 to 50"),
    ("run status_quo --years ten", "--years: not a whole number"),
    ("run status_quo --seed -1", "--seed: out of range"),
    ("run status_quo --threads 0", "--threads: out of range"),
    ("run status_quo --minds clever", "allowed: greedy, inert, random, reasoned"),
    ("run status_quo --patients many", "at least one for each practice of the place, or all"),
    ("run status_quo --patients -5", "not a number of patients"),
    (f"run status_quo --patients {'9' * 5000}", "out of range"),
    ("run status_quo --patients 99999999999999999999", "--patients: out of range"),
    ("run status_quo --patients ²", "not a number of patients"),
    (f"run a{'9' * 5000}", "no such policy"),
    ("run status_quo --patients 400000000", "no more than 300,000 patients"),
    ("run status_quo --patients 3 --years 1", "anyshire has 300,000 people in 39 practices"),
    ("run status_quo --set links.link_effect", "lever=value"),
    ("run status_quo --set handovers.link_efect=0.4", "did you mean handovers.link_effect?"),
    ("run status_quo --set handovers.link_effect=7", "a number from 0.2 to 0.8"),
    ("run status_quo --set handovers.link_effect=nan", "lever=value"),
    ("run status_quo --yeers 3", "No such option"),
    ("run", "policy: this is missing; allowed: a preset"),
    ("place build --ccg 01H", "--out: this is missing"),
    ("run status_quo label_only", "more words than the command takes (got label_only)"),
    ("explain ico --undo", "of which decision is not said; allowed: together with --event"),
    ("study check nothing.toml", "nothing.toml: no such file."),
    ("rum status_quo", "No such command"),
    ("compare --replicates 0", "--replicates: out of range"),
    ("compare --workers 0 --quick", "--workers: out of range"),
    ("person population_icoo", "did you mean population_ico?"),
    ("person status_quo", "the same policy twice"),
    ("person population_ico --group dementai", "did you mean dementia?"),
    ("person population_ico --person 1000 --patients 1000", "a whole number from 0 to 999"),
    ("person population_ico --seeds 0", "--seeds: out of range"),
    ("list policys", "did you mean policies?"),
    ("explain nothing --agent x", "no such run folder"),
    ("place describe atlantis", "no such place"),
    ("place build --ccg 01H --out cumbria", "--data DIR"),
    ("place build --ccg 01H --out cumbria --data nowhere", "nowhere"),
]


@pytest.mark.parametrize(("line", "said"), SENTENCES, ids=[line for line, _ in SENTENCES])
def test_bad_input_is_one_sentence(line, said, capsys, empty_folder):
    assert exit_code(line.split()) == 2
    shown = capsys.readouterr()
    assert said in shown.err and shown.out == ""
    sentence = shown.err.strip().splitlines()[-1]
    assert sentence.endswith((".", "?")) and "Traceback" not in shown.err
    assert list(empty_folder.iterdir()) == []


def test_an_error_is_a_record_for_machines(capsys):
    assert exit_code(["run", "statusquo", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["value"] == "statusquo" and error["nearest"] == "status_quo"
    assert set(error) >= {"file", "key", "value", "allowed", "nearest"}
    assert exit_code(["run", "status_quo", "--years", "x", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["key"] == "--years"


def test_an_existing_folder_is_refused(capsys, empty_folder):
    (empty_folder / "kept").mkdir()
    line = "run status_quo --patients 1000 --years 1 --out kept"
    assert exit_code(line.split()) == 2
    assert "kept" in capsys.readouterr().err
    assert exit_code([*line.split(), "--resume"]) == 2, "a folder of something else"
    assert list((empty_folder / "kept").iterdir()) == []


def test_our_fault_is_said_with_where_to_look(capsys, monkeypatch):
    def fail(*_):
        raise RuntimeError("a plain mistake")

    monkeypatch.setattr("experiments.catalogue.listing.catalogue", fail)
    assert exit_code(["list", "places"]) == 3
    said = capsys.readouterr().err
    assert "a plain mistake" in said and "JOINEDUP_DEBUG=1" in said and "Traceback" not in said
    monkeypatch.setenv("JOINEDUP_DEBUG", "1")
    assert exit_code(["list", "places"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_is_130(capsys, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("experiments.catalogue.listing.catalogue", stop)
    assert exit_code(["list", "places"]) == 130
    assert "nothing half-written is left" in capsys.readouterr().err


def test_help_imports_nothing_slow():
    code = (
        "import sys; from experiments.commands.cli import exit_code; exit_code(['--help']);"
        "slow = {'mesa', 'numba', 'pandas', 'matplotlib', 'numpy', 'scipy', 'pydantic',"
        " 'rich.table', 'duckdb', 'pyarrow', 'distributed'} & set(sys.modules);"
        "sys.exit(', '.join(slow) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


LISTS = ["policies", "places", "levers", "rules", "mechanisms", "outcomes", "studies", "groups"]


@pytest.mark.parametrize("what", LISTS)
def test_lists_fit_and_are_complete_for_machines(what, capsys):
    assert exit_code(["list", what]) == 0
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80
    assert "e+" not in page and "2,004" not in page, "numbers as they are typed, years as years"
    assert exit_code(["list", what, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["schema"] == "joinedup/1" and content["rows"]
    assert all("name" in row for row in content["rows"])
    lines = {line.split("  ")[0].rstrip() for line in page.splitlines()}
    broken = [row["name"] for row in content["rows"] if row["name"] not in lines]
    assert what in ("outcomes",) or not broken, "a name stands whole, to be copied"


@pytest.mark.parametrize("about", [[], ["sizes"], ["redesign"], ["pounds"]])
def test_levers_fit_eighty_columns_and_wrap_once(about, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert exit_code(["list", "levers", *about]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    alone = [line.rstrip() for line in lines if len(line.split()) == 1 and "─" not in line]
    short = [line for line in alone if len(line) < 20]
    assert [line for line in short if not line.endswith(".")] == []
    assert "5,000,000" in " ".join(lines) or "sizes" not in about


def test_levers_are_told_with_what_they_mean_and_found_by_words(capsys):
    assert exit_code(["list", "levers", "trust", "merger"]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert "trusts.merger_saving_share" in page and "a merger really brings" in page
    assert "handovers" not in page
    assert exit_code(["list", "levers", "trust", "merger", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    told = [f"{row['name']} {row['meaning']} {row['unit']}".lower() for row in rows]
    assert 3 < len(told) < 30 and all("trust" in one and "merger" in one for one in told)
    assert exit_code(["list", "levers", "zzz"]) == 2
    assert "none of the levers is about this (got zzz)" in capsys.readouterr().err
