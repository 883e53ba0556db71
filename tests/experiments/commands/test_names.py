"""What has one name with another is said or refused; typos are answered without anything heavy."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.commands.cli import exit_code
from experiments.commands.command_options import policies_of
from experiments.runs.one_run import outcomes_of
from experiments.studies.study import Study
from model.input.errors import InputError, nearest
from model.policies.policy_finding import FOLDER, find_policy, policy_names

SMALL = ["--patients", "1000", "--years", "1"]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Every test works in an empty folder, without the data of the machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JOINEDUP_DATA", raising=False)
    find_policy.cache_clear()  # files of one name hold different things from test to test
    return tmp_path


def refused(line: list[str], capsys) -> str:
    assert exit_code(line) == 2
    return capsys.readouterr().err


def written(name: str, of: str = "label_only") -> Path:
    return shutil.copy(FOLDER / f"{of}.toml", name)


def test_a_file_like_the_status_quo_is_refused_unless_it_is_the_same(capsys):
    written("status_quo.toml")
    assert "named like the status quo" in refused(["compare", "status_quo.toml"], capsys)
    assert "named like the status quo" in refused(["run", "status_quo.toml"], capsys)
    written("status_quo.toml", of="status_quo")
    find_policy.cache_clear()
    assert list(policies_of(["status_quo.toml"])) == ["status_quo"]


def test_two_policies_of_one_name_are_refused_and_the_same_twice_is_said(capsys):
    written("carveout_msk.toml")
    line = ["compare", "carveout_msk", "carveout_msk.toml"]
    assert "two policies of this name" in refused(line, capsys)
    written("carveout_msk.toml", of="carveout_msk")
    find_policy.cache_clear()
    assert list(policies_of(["carveout_msk", "carveout_msk.toml"])) == ["carveout_msk"]
    assert "asked for twice, lived once" in capsys.readouterr().err
    assert "stands twice in this sum" in refused(["run", "merger_only+merger_only"], capsys)


def test_which_of_a_file_and_a_shipped_policy_is_meant_is_said(capsys):
    written("carveout_msk.toml")
    policies_of(["carveout_msk"])
    assert "the shipped policy, not the file carveout_msk.toml" in capsys.readouterr().err
    policies_of(["merger_only+carveout_msk.toml"])
    assert "this file, not the shipped policy carveout_msk" in capsys.readouterr().err
    policies_of(["label_only"])
    assert capsys.readouterr().err == ""


def test_a_folder_named_like_a_shipped_place_holds_and_that_is_said(capsys):
    Path("anyshire").mkdir()
    Path("anyshire", "place.toml").write_text("schema = 'of something else'")
    told = refused(["run", "status_quo", "--place", "anyshire", *SMALL], capsys)
    assert "not the shipped place of that name" in told
    assert "written by another version" in told
    asked = Study(title="t", policies=("status_quo",))
    assert asked.place_of("anyshire") == "./anyshire" and asked.place_of("lakeland") == "lakeland"
    line = ["place", "build", "--ccg", "01H", "--data", ".", "--out", "lakeland"]
    assert "a drawn place has this name" in refused(line, capsys)


def folder_of_another_version(name: str) -> Path:
    Path(name).mkdir()
    Path(name, "place.toml").write_text("schema = 'of something else'")
    return Path(name).absolute()


@pytest.mark.parametrize("name", ["anyshire", "cumbria"])
def test_every_command_and_what_it_starts_find_the_folder_before_the_shipped_place(
    name, capsys, monkeypatch
):
    folder = folder_of_another_version(name)
    line = ["response", "minds.noise", "--place", name, *SMALL]
    assert "written by another version" in refused(line, capsys)
    with pytest.raises(InputError, match="written by another version"):
        outcomes_of(place=name)
    handed_on: list[list[str]] = []
    monkeypatch.setattr(
        "experiments.commands.cli_watch._serve", lambda words: handed_on.append(words) or 0
    )
    assert exit_code(["watch", "--place", name]) == 0
    assert exit_code(["watch", "--place", "lakeland"]) == 0
    told = [words[words.index("--place") + 1] for words in handed_on]
    assert told == [str(folder), "lakeland"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--set handovers.link_effect=0.3 --set handovers.link_effect=0.4", "is set twice"),
        ("--set handovers.link_effect=0.3 --without OFF", "one of the two"),
        ("--set handovers.link_effect=nan", "handovers.link_effect: not a finite number"),
        ("--set =3", "lever=value"),
        ("--place  ", "an empty name"),
    ],
)
def test_options_that_disagree_are_refused(line, said, capsys, monkeypatch):
    off = {"OFF": {"handovers.link_effect": 0.0}}
    monkeypatch.setattr("model.parameters.Parameters.mechanisms", lambda self: off)
    words = line.split(" ") if line.endswith(" ") else line.split()
    words = [word for k, word in enumerate(words) if word or k == 1]
    assert said in refused(["run", "status_quo", *words, *SMALL], capsys)


def test_hints_are_near_in_meaning_or_none():
    names = policy_names()
    meant = {"carveout_mask": "carveout_msk", "status-quo": "status_quo", "msk": "carveout_msk",
             "Status_Quo": "status_quo", "popultion_ico": "population_ico",
             "cancer": "carveout_cancer", "vertical": "vertical_fp"}  # fmt: skip
    assert {typed: nearest(typed, names, {}) for typed in meant} == meant
    for typed in ("carveout_eyes", "carveout_heart", "zzzz", "heart", "hospital", "choice", ""):
        assert nearest(typed, names, {}) is None, typed


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("gp_federation", "pbc_federations"), ("population_organisation", "population_ico")],
)
def test_a_policy_is_offered_by_what_its_title_says(typed, meant, capsys):
    assert f"did you mean {meant}?" in refused(["run", typed, *SMALL], capsys)


def test_a_long_list_of_names_says_how_many_more():
    told = InputError("no such policy", value="x", allowed=policy_names()).sentence()
    assert "..." not in told and f" and {len(policy_names()) - 15} more" in told


TYPOS = [
    "run msk", "compare msk", "ablate msk", "response msk", "person msk", "run x --place cumbira",
    "run status_quo --set handovers.link_efect=0.3", "run status_quo --without nothing",
    "run carveout_msk:trm_years=3", "sweep nothing", "accounts nothing X",
]  # fmt: skip


@pytest.mark.parametrize("line", TYPOS)
def test_typos_are_answered_before_anything_heavy_is_imported(line):
    code = (
        f"import sys; from experiments.commands.cli import exit_code;"
        f" assert exit_code({line.split()}) == 2;"
        "slow = {'mesa', 'numba', 'pandas', 'matplotlib', 'scipy', 'duckdb', 'pyarrow'}"
        " & set(sys.modules); sys.exit(', '.join(slow) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


FAULTS = [
    ('[[pathway_contracts]]\npathways = ["mskk"]',
     "1st of pathway_contracts, 1st of pathways: no such choice (got mskk)", "did you mean msk?"),
    ('[[pathway_contracts]]\npathways = "msk"', "pathways: not a list (got msk)", ""),
    ("[[pathway_contracts]]\npathways = []", "pathways: an empty list", ""),
    ("[[population_contracts]]\nrisk_down = nan", "not a number (got nan)", "from 0 to 1"),
    ("[[population_contracts]]\nstart_month = 1.5", "not a whole number", "from 0 to 600"),
    ("[[population_contracts]]\ninvited_share = 2", "too large", "above 0 to 1"),
    ("[[population_contracts]]\nshared_records = 'maybe'", "neither true nor false", ""),
    ("mergers = 5", "mergers: not a list (got 5)", ""),
    ("[[rules]]\nset = {x = 1}", "1st of rules: no rule is called x.", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said", "allowed"), FAULTS)
def test_faults_of_a_policy_are_told_in_its_own_words(text, said, allowed, capsys):
    Path("mine.toml").write_text(f'title = "T"\nhelp = "h"\nsource = "s"\n{text}\n')
    told = refused(["run", "mine.toml"], capsys)
    assert said in told and allowed in told and told.count("\n") == 1
    assert not any(word in told for word in ("tuple", "Input", "input should", "validation"))


def test_missing_folders_are_said_to_be_missing(capsys):
    for line in (["contrast", "nowhere"], ["query", "nowhere", "SELECT 1"]):
        assert "nowhere: no such folder." in refused(line, capsys)
    assert "no such run folder, here or in runs/" in refused(["explain", "nothing"], capsys)


@pytest.mark.parametrize(
    "line",
    [
        *(["study", "new", name] for name in (".", "..", "/", ".toml", "../..")),
        *(["contrast", "sw", "--figure", name] for name in (".", "..", "/", ".png", "..png")),
        ["compare", "label_only", "--figure", "."],
        ["query", "sw", "SELECT 1", "--csv", ".xlsx"],
        ["calibrate", "--save", "."],
    ],
)
def test_what_is_written_has_a_name_before_its_ending(line, capsys, empty_folder):
    assert "not a name for a file" in refused(line, capsys)
    assert list(empty_folder.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "after"),
    [
        (["study", "new", ""], "new"),
        (["run", "label_only", "--out", ""], "--out"),
        (["run", "label_only", "--out="], "--out"),
        (["run", "label_only", "--data", " "], "--data"),
        (["place", "build", "--ccg", "", "--out", "x"], "--ccg"),
        (["contrast", "sw", "--figure", ""], "--figure"),
        (["accounts", "sw", ""], "sw"),
        (["explain", "sw", "--agent", ""], "--agent"),
        (["query", ""], "query"),
        (["list", ""], "list"),
    ],
)
def test_an_empty_name_is_said_to_be_one(line, after, capsys, empty_folder):
    told = refused(line, capsys)
    assert "an empty name" in told and after in told and "got" not in told
    assert list(empty_folder.iterdir()) == []


@pytest.mark.parametrize(
    "line",
    [
        ["query", "sw", "SELECT '\udcff'"],
        ["run", "a\udcff"],
        ["list", "levers", "\udcff"],
        ["run", "x", "--out=\udcff"],
    ],
)
def test_an_argument_that_is_no_text_is_refused(line, capsys, empty_folder):
    told = refused(line, capsys)
    assert "not a text in UTF-8" in told and "\\udcff" in told and told.count("\n") == 1
    assert list(empty_folder.iterdir()) == []


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_question_is_no_name(text, capsys, empty_folder):
    told = refused(["query", "sw", text], capsys)
    assert "SQL" in told and "empty" in told and "name" not in told


@pytest.mark.parametrize(
    ("line", "allowed"),
    [("run status_quo --years nan", "1 to 50"), ("watch --port 1e3", "0 to 65,535"),
     ("run status_quo --seed 1.5", "0 to 4,294,967,295"),
     ("compare status_quo --workers x", "1 to 1,024")],
)  # fmt: skip
def test_a_number_that_is_none_is_named_in_our_words(line, allowed, capsys):
    *_, key, wrong = line.split()
    assert refused(line.split(), capsys) == (
        f"{key}: not a whole number (got {wrong}); allowed: a whole number from {allowed}.\n"
    )


@pytest.mark.parametrize(
    ("line", "key"),
    [("run status_quo --place anyshire --place lakeland", "--place"),
     ("run status_quo --place=anyshire --place=anyshire", "--place"),
     ("run status_quo --without links --without links", "--without"),
     ("compare status_quo --years 1 --years 2", "--years")],
)  # fmt: skip
def test_an_option_that_is_given_twice_is_refused(line, key, capsys, empty_folder):
    assert f"{key}: given twice" in refused(line.split(), capsys)
    assert list(empty_folder.iterdir()) == []
    assert "no such mechanism" in refused(["run", "x", "--without", "a", "--without", "b"], capsys)


def test_numbers_of_names_are_compared_as_numbers():
    names = [f"lakeland_gp_{k:03d}" for k in (1, 9, 19, 29)]
    assert nearest("lakeland_gp_9", names, {}) == "lakeland_gp_009"
    assert nearest("lakeland_gp_8", names, {}) is None
