"""Folders that somebody handed over: names, titles and links in them are data and steer nothing."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from experiments.commands.answers import write_csv
from experiments.commands.cli import exit_code
from experiments.effects.comparison import write_table
from experiments.figures.style import save
from experiments.runs.folders import MANIFEST, read_manifest, write_manifest
from experiments.studies.questions import ask, opened
from experiments.studies.store import PARTS, RUNS
from experiments.studies.sweep import _begun
from experiments.terminal.output import SCHEMA, err, json_text, out, print_rows, say, show
from model.input.errors import InputError, printable
from model.places.place import Place
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy, read_policy

STEAL = "(SELECT 1 AS stolen) TO 'stolen.csv'"
ODD_NAMES = [
    f'a" AS SELECT 1; COPY {STEAL}; --.parquet',
    f"a' AS SELECT 1; COPY {STEAL}; --.parquet",
    f"a'], x = 1); COPY {STEAL}; --.parquet",
    "a b.parquet", "A.parquet", "a\nb.parquet", "a\x1b[2J.parquet", "é.parquet", "*.parquet",
    "a-b.parquet", "a.b.parquet", "[a].parquet", f"{'a' * 120}.parquet",
]  # fmt: skip
ESCAPES = ("\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\x08\x08", "\r", "\x7f", "\u202e", "\u2066")
STEERING = set("\x1b\x9b\x08\x07\r\x7f\u202e\u2066\udcff")


def folder_of(folder: Path, *tables: str) -> Path:
    """A folder of results with these tables of one number each."""
    folder.mkdir(parents=True)
    write_manifest(folder, {"schema": SCHEMA}, {})
    for name in tables:
        pd.DataFrame({"a": [1, 2]}).to_parquet(folder / name)
    return folder


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory: whatever a statement writes lands in it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("sub", ["", PARTS])
def test_the_name_of_a_table_is_no_statement(here, name, sub, capsys):
    folder = folder_of(here / "run", "good.parquet", *([RUNS] if sub else []))
    (folder / sub).mkdir(exist_ok=True)
    pd.DataFrame({"a": [1]}).to_parquet(folder / sub / "whole.parquet")
    (folder / sub / "whole.parquet").rename(folder / sub / name)
    assert exit_code(["query", str(folder), "SELECT 1 AS a"]) == 2
    said = capsys.readouterr()
    assert "not a name for a table" in said.err and not said.out
    assert len(said.err.splitlines()) == 1 and not STEERING & set(said.err)
    assert sorted(path.name for path in here.iterdir()) == ["run"]


@pytest.mark.parametrize("name", ["select", "order", "table", "a", "1", "_"])
def test_a_word_of_sql_may_be_the_name_of_a_table(here, name):
    folder = folder_of(here / "run [1] 'a' *", f"{name}.parquet")
    assert ask(folder, f'SELECT sum(a) AS n FROM "{name}"')["n"].tolist() == [3]


def test_nothing_is_reached_before_or_after_the_views_are_made(here):
    folder = folder_of(here / "run", "good.parquet")
    folder_of(here / "other", "secret.parquet")
    (here / "secret.txt").write_text("secret")
    with opened(folder) as connection:
        for statement in (
            "SELECT * FROM read_text('secret.txt')", "SELECT * FROM 'other/secret.parquet'",
            "SELECT * FROM read_parquet('run/../other/secret.parquet')", "SELECT * FROM folder",
            "SELECT * FROM glob('*')", f"COPY {STEAL}", "SET enable_external_access = true",
            "SET allowed_paths = ['/']", "INSTALL httpfs", "LOAD httpfs", "ATTACH 'x.db'",
            "EXPORT DATABASE 'x'",
        ):  # fmt: skip
            with pytest.raises(Exception, match=r"Error|disabled|locked|exist"):
                connection.execute(statement)
    assert sorted(path.name for path in here.iterdir()) == ["other", "run", "secret.txt"]


def link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target, target_is_directory=target.is_dir())
    except OSError as error:
        pytest.skip(f"links cannot be made here: {error}")


@pytest.mark.parametrize(
    "what", [MANIFEST, "good.parquet", "parts", "parts/deep.parquet", "note.txt", "study.toml"]
)
def test_a_link_in_a_folder_of_results_is_not_followed(here, what, capsys):
    folder = folder_of(here / "run", "good.parquet", RUNS)
    elsewhere = folder_of(here / "elsewhere", "secret.parquet")
    target = {"parts": elsewhere, MANIFEST: elsewhere / MANIFEST}.get(
        what, elsewhere / "secret.parquet"
    )
    (folder / what).parent.mkdir(exist_ok=True)
    (folder / what).unlink(missing_ok=True)
    link(folder / what, target)
    with pytest.raises(InputError, match="a link"):
        read_manifest(folder)
    for words in (["query", "SELECT 1"], ["contrast"]):
        assert exit_code([words[0], str(folder), *words[1:]]) == 2
        assert "it is not followed" in capsys.readouterr().err
    assert (elsewhere / "secret.parquet").is_file()


@pytest.mark.parametrize("what", [".lock", "parts", ".scratch", "runs.partial", "study.toml"])
def test_a_sweep_that_goes_on_writes_through_no_link(here, what):
    folder = folder_of(here / "sweep")
    target = folder_of(here / "elsewhere") if what in ("parts", ".scratch") else here / "victim"
    if not target.exists():
        target.write_text("mine")
    link(folder / what, target)
    with pytest.raises(InputError, match="a link"), _begun(folder, None, [], {}):
        pass
    assert target.is_dir() or target.read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_in_a_folder_is_not_waited_for(here):
    folder = folder_of(here / "run", "good.parquet")
    os.mkfifo(folder / "wait.parquet")
    with pytest.raises(InputError, match="no plain file"):
        opened(folder)


def test_the_folder_itself_may_be_reached_by_a_link(here):
    link(here / "alias", folder_of(here / "run", "good.parquet"))
    assert ask(here / "alias", "SELECT sum(a) AS n FROM good")["n"].tolist() == [3]


@pytest.mark.parametrize("what", ["place.toml", "areas.parquet"])
def test_a_link_in_a_place_is_not_followed(tmp_path, what):
    folder = find_place("anyshire").save(tmp_path / "mine")
    (folder / what).rename(folder / "inside")
    link(folder / what, folder / "inside")
    with pytest.raises(InputError, match="a link"):
        Place.load(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
@pytest.mark.parametrize("what", ["place.toml", "areas.parquet"])
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (getattr(os, "mkfifo", os.mkdir), "a pipe"),
        (os.mkdir, "a folder"),
        (lambda path: os.symlink("no", path), "a link"),
    ],
)
def test_what_lies_where_a_file_of_a_place_should_is_said(what, make, said, tmp_path):
    folder = find_place("anyshire").save(tmp_path / "mine")
    (folder / what).unlink()
    make(folder / what)
    with pytest.raises(InputError, match=f"{what}: {said}.*, not a file"):
        find_place(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_no_policy_and_is_not_waited_for(here):
    os.mkfifo(here / "mine.toml")
    with pytest.raises(InputError, match="a pipe, not a file"):
        find_policy(str(here / "mine.toml"))


def titled(tmp_path: Path, title: str) -> Path:
    """A place whose title and names of trusts are this."""
    folder = find_place("anyshire").save(tmp_path / "mine")
    head = (folder / "place.toml").read_text().splitlines()
    lines = [f"title = {json.dumps(title)}" if line[:5] == "title" else line for line in head]
    (folder / "place.toml").write_text("\n".join(lines))
    trusts = pd.read_parquet(folder / "trusts.parquet").assign(name=title)
    trusts.to_parquet(folder / "trusts.parquet")
    return folder


def test_titles_and_names_of_a_place_do_not_steer_the_terminal(tmp_path, capsys):
    folder = titled(tmp_path, "Shire " + "".join(ESCAPES) + " [/bold] [red]x")
    assert exit_code(["place", "describe", str(folder)]) == 0
    said = capsys.readouterr()
    assert not STEERING & set(said.out + said.err)
    assert "Shire" in said.out and "[/bold]" in said.out
    assert exit_code(["place", "describe", str(folder), "--json"]) == 0
    text = capsys.readouterr().out
    assert not STEERING & set(text) and json.loads(text)["rows"]


@pytest.mark.parametrize("escape", [*ESCAPES, "\udcff"])
def test_whatever_is_printed_is_text(capsys, escape):
    say(f"one {escape} [/]")
    show(f"two {escape} [/]")
    print_rows(f"head {escape}", [{f"name {escape} [/]": f"cell {escape} [bold]"}], 1)
    err().print(f"three {escape} [/]")
    out().print(f"four {escape} [red]")
    said = capsys.readouterr()
    assert not STEERING & set(said.out + said.err)
    for word in ("one", "two", "head", "name", "cell", "three", "four"):
        assert word in said.out + said.err
    assert "[bold]" in said.out and "[/]" in said.err
    kept = json.loads(json_text({"a": escape}))
    assert kept == {"a": escape} and not STEERING & set(json_text({"a": escape}))


def test_a_refusal_is_one_line_of_text():
    told = str(
        InputError("x\x1b[2J\ny", file="a\nb\x07", key="k\r", value="\x9b", allowed="\u202e")
    )
    assert len(told.splitlines()) == 1 and not STEERING & set(told)
    assert printable("Größe – ½ “ok”\n") == "Größe – ½ “ok”\n"


def test_a_bad_policy_file_is_told_without_its_escapes(tmp_path, capsys):
    path = tmp_path / "a\x1b[31m.toml"
    path.write_text('title = "\\u001b[2J"\nhelp = 3\n')
    with pytest.raises(InputError) as told:
        read_policy(path)
    assert not STEERING & set(str(told.value))
    assert exit_code(["run", str(path)]) == 2
    said = capsys.readouterr()
    assert not STEERING & set(said.out + said.err)


FORMULAS = ("=cmd|' /C calc'!A1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1")


def test_no_cell_of_a_table_is_a_formula(tmp_path):
    frame = pd.DataFrame({"=name": FORMULAS, "number": [-1.5] * len(FORMULAS)})
    write_csv(frame, tmp_path / "a.csv", {})
    found = pd.read_csv(tmp_path / "a.csv", keep_default_na=False)
    assert list(found.columns) == ["'=name", "number"]
    assert found["'=name"].tolist() == [f"'{one}" for one in FORMULAS]
    assert found["number"].tolist() == [-1.5] * len(FORMULAS)
    write_table([{"policy": one, "estimate": -1.5} for one in FORMULAS], tmp_path / "b.csv", {})
    rows = pd.read_csv(tmp_path / "b.csv")
    assert rows["policy"].tolist() == [f"'{one}" for one in FORMULAS]
    assert rows["estimate"].tolist() == [-1.5] * len(FORMULAS)


def test_an_answer_in_a_file_holds_no_formula(here):
    folder = folder_of(here / "run", "good.parquet")
    sql = "SELECT '=1+1' AS \"@x\", -a AS n FROM good"
    assert exit_code(["query", str(folder), sql, "--csv", "answer.csv"]) == 0
    assert (here / "answer.csv").read_text().splitlines() == ["'@x,n", "'=1+1,-1", "'=1+1,-2"]


def test_a_dollar_sign_in_a_title_begins_no_formula(tmp_path):
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.subplots()
    axes.set(title=r"£ and $\nosuch$", xscale="log")
    axes.plot([1, 1000], [1, 2], label=r"$\frac{$")
    axes.legend()
    figure.suptitle(r"$x^{$")
    (svg,) = save(figure, tmp_path / "figure.svg")
    assert r"$\nosuch$" in svg.read_text() and r"$x^{$" in svg.read_text()


def test_hidden_files_of_other_systems_are_passed_over(here):
    folder = folder_of(here / "run", "good.parquet")
    shutil.copy(folder / "good.parquet", folder / "._good.parquet")
    assert ask(folder, "SELECT count(*) AS n FROM good")["n"].tolist() == [2]
