"""What broken inputs had shown, each by hand."""

import asyncio
import shutil
import zipfile

import numpy as np
import pandas as pd
import published
import pyarrow as pa
import pytest
from pyarrow import parquet

from experiments.commands.cli import exit_code
from experiments.runs.folders import read_manifest, write_manifest
from experiments.studies.store import write_outcomes
from experiments.studies.sweep_reading import read_study
from model.input.errors import InputError
from model.input.reading import read_parquet
from model.places.columns import COLUMNS
from model.places.named_places import check_place
from model.places.place import Place, make_place
from model.places.place_finding import find_place
from model.places.sources.build import build_place
from model.places.sources.published_statistics import opened_workbook
from model.policies.policy_finding import find_policy, read_policy
from viz.scene.cards import _trust_of
from viz.server.door import Door

TITLES = 'title = "t"\nhelp = "h"\nsource = "s"\n'


def policy(tmp_path, text: str):
    path = tmp_path / "mine.toml"
    path.write_text(TITLES + text)
    return read_policy(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[mergers]]\nstart_month = true", "not a number"),
        ('[[mergers]]\nstart_month = "12"', "not a number"),
        ("[[population_contracts]]\njoint_teams = 1", "neither true nor false"),
        ('[[rules]]\nof = ["general_practice.qof"]\nas_of = 1396310400', "not a date"),
        ("[[mergers]]\nkinds = []", "empty|at least"),
        ('[[joint_teams]]\nkinds = ["acute", "acute"]', "acute can stand once only"),
        ("[[mergers]]\n[[mergers]]", r"\[\[mergers\]\] can stand once only"),
        (
            "[[budgets]]\nstart_month = 12\nend_month = 12",
            "end_month must be later than start_month",
        ),
    ],
)
def test_a_policy_that_means_nothing(tmp_path, text, said):
    with pytest.raises(InputError, match=said):
        policy(tmp_path, text)


def test_a_title_says_something(tmp_path):
    (tmp_path / "mine.toml").write_text(TITLES.replace('"h"', '" "'))
    with pytest.raises(InputError, match="help: an empty text"):
        read_policy(tmp_path / "mine.toml")


def test_a_contract_stands_once_in_a_sum_and_a_rule_changes_once():
    with pytest.raises(InputError, match="twice"):
        find_policy("merger_only+merger_only")
    assert len(find_policy("pbc+pbc_federations").rules) == 1


@pytest.mark.parametrize("value", ["-0.0", "0.123456789"])
def test_a_name_with_terms_means_the_same_policy(value):
    name = "population_ico:risk_up" if value[0] == "0" else "population_ico:start_month"
    found = find_policy(f"{name}={value}")
    assert find_policy(found.name) == found


def test_what_others_wrote_is_cut_in_a_sentence():
    told = str(InputError("p" * 9_000, file="f" * 9_000, key="k" * 9_000, value="v" * 9_000))
    assert len(told) < 1_200


@pytest.fixture
def tables():
    place = find_place("lakeland")
    return {table: getattr(place, table) for table in COLUMNS}


HEAD = {"name": "mine", "title": "m", "year": 2014, "sources": [], "licence": "", "synthetic": True}


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [("councils", "council", False), ("lists", "area", ["x"]), ("trusts", "beds", "1"),
     ("practices", "list_size", True), ("areas", "rural", 1), ("areas", "name", 3)],
)  # fmt: skip
def test_a_cell_of_another_kind(tables, table, column, value):
    cells = tables[table][column].astype(object)
    cells.iloc[0] = value
    changed = {**tables, table: tables[table].assign(**{column: cells})}
    with pytest.raises(InputError, match=f"{table}.{column}: a value of another kind"):
        make_place(**HEAD, tables=changed)


@pytest.mark.parametrize(
    ("old", "new"), [('title = "Lakeland"', 'title = " "'), ("sources = [", "sources = [1, ")]
)
def test_a_head_of_a_place_that_says_nothing(tmp_path, old, new):
    folder = find_place("lakeland").save(tmp_path / "mine")
    head = (folder / "place.toml").read_text()
    line = next(one for one in head.splitlines() if one.startswith(old.split()[0]))
    changed = new if old.startswith("title") else line.replace(old, new)
    (folder / "place.toml").write_text(head.replace(line, changed))
    with pytest.raises(InputError, match=r"empty|no list of texts|not valid TOML"):
        Place.load(folder)


def test_a_table_of_few_bytes_and_many_rows(tmp_path):
    folder = find_place("lakeland").save(tmp_path / "mine")
    rows = pd.DataFrame({"a": np.zeros(20_000_001, "bool")})
    rows.to_parquet(folder / "lists.parquet")
    assert (folder / "lists.parquet").stat().st_size < 1_000_000
    with pytest.raises(InputError, match=r"too large .got 20,000,001 rows"):
        Place.load(folder)


def test_a_workbook_that_would_fill_the_memory(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 201_000_000)
    with pytest.raises(InputError, match="too large"):
        opened_workbook(path)


def test_a_workbook_whose_sheet_is_damaged(tmp_path):
    folder = published.write_official(tmp_path / "official")
    raw = bytearray((folder / "beds.xlsx").read_bytes())
    start = raw.index(b"sheet1.xml") + 30
    raw[start : start + 20] = bytes(20)
    (folder / "beds.xlsx").write_bytes(raw)
    with pytest.raises(InputError, match=r"cannot be read|KH03"):
        build_place(folder, ["01A"], "leigh")


@pytest.mark.parametrize("name", ["b.csv", "c.csv", "e.csv", "h.csv"])
def test_rows_that_stand_twice_in_joined_tables(tmp_path, name):
    folder = published.write(tmp_path / "tables", published.joined_files())
    once = build_place(folder, ["01A"], "leigh")
    lines = (folder / name).read_text().splitlines()
    (folder / name).write_text("\n".join([*lines, lines[1]]) + "\n")
    assert build_place(folder, ["01A"], "leigh").hash() == once.hash()


def test_a_count_beyond_all_counts(tmp_path):
    folder = published.write(tmp_path / "tables", published.joined_files())
    text = (folder / "b.csv").read_text().replace(",1500,", ",1e300,")
    (folder / "b.csv").write_text(text)
    with pytest.raises(InputError, match="line 2 has no count"):
        build_place(folder, ["01A"], "leigh")


def test_a_name_that_is_too_long(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = published.write_official(tmp_path / "official")
    line = ["place", "build", "--ccg", "01A", "--data", str(folder), "--out", "x" * 300]
    assert exit_code(line) == 2
    assert "file name too long" in capsys.readouterr().err.lower()


def test_an_origin_that_is_none_is_foreign():
    said = []

    async def send(message):
        said.append(message)

    headers = [(b"host", b"127.0.0.1:1"), (b"origin", b"http://a]b")]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}
    asyncio.run(Door(None, "127.0.0.1", {})(scope, None, send))
    assert said[0]["status"] == 403


def test_a_card_of_a_body_is_no_card_of_a_site(shire):
    with pytest.raises(InputError, match="no such site here"):
        _trust_of(shire.place, shire.place.trusts["trust"].iloc[0])


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    top = tmp_path_factory.mktemp("swept")
    build_place(published.write_official(top / "files"), ["01A"], "leigh").save(top / "leigh")
    study = 'title="t"\npolicies=["status_quo","merger_only"]\nplaces=["leigh"]\npatients=100\n'
    (top / "s.toml").write_text(f"{study}years=1\nreplicates=1\n")
    line = f"sweep {top}/s.toml --out {top}/sweep --workers 1"
    assert exit_code(line.split()) == 0
    run = f"run merger_only --place {top}/leigh --patients 100 --years 1 --out {top}/run"
    assert exit_code(run.split()) == 0
    return top


@pytest.mark.parametrize("change", ["drop", "text"])
def test_parts_of_a_sweep_without_regimes_or_with_texts(swept, tmp_path, capsys, change):
    folder = shutil.copytree(swept / "sweep", tmp_path / "sweep")
    (part,) = (folder / "parts").glob("*.parquet")
    table, column = parquet.read_table(part), "regime.local_monopoly"
    changed = table.drop_columns(column)
    if change == "text":
        changed = changed.append_column(column, pa.array(["x"] * len(table)))
    part.unlink()
    write_outcomes(folder, changed)
    assert exit_code(["contrast", str(folder)]) == (0 if change == "drop" else 2)
    assert "Our fault" not in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["other"], [1]])
def test_a_decision_among_other_options_is_none(swept, tmp_path, capsys, options):
    folder = shutil.copytree(swept / "run", tmp_path / "run")
    given = read_manifest(folder)
    frame = pd.read_parquet(folder / "decisions.parquet")
    frame["options"] = [options] * len(frame)
    frame.to_parquet(folder / "decisions.parquet", index=False)
    write_manifest(folder, *given)
    assert exit_code(["explain", str(folder)]) == 2
    assert "row 0 is no decision" in capsys.readouterr().err


def test_a_study_whose_title_says_nothing(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('title = " "\npolicies = ["status_quo"]\n')
    with pytest.raises(InputError, match="title: an empty text"):
        read_study(path)


def test_a_name_of_a_place_that_is_too_long_for_a_path():
    with pytest.raises(InputError, match="no such place"):
        check_place("a" * 5_000)


def test_bytes_that_are_no_text_in_a_table(tmp_path):
    path = tmp_path / "areas.parquet"
    pd.DataFrame({"area": ["kendal_north"]}).to_parquet(path, compression=None)
    path.write_bytes(path.read_bytes().replace(b"kendal_north", b"kendal\xaenorth"))
    with pytest.raises(InputError, match="damaged: not a whole Parquet table"):
        read_parquet(path)
