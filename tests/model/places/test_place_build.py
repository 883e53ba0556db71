"""Real places from tiny files in the published formats (both routes), and from the real data."""

import os
from pathlib import Path

import pandas as pd
import pytest
from published import joined_files, workbook, write, write_official

from model.input.errors import InputError
from model.places.beside_published import emergency_km
from model.places.named_places import named_places
from model.places.place_finding import find_place
from model.places.sources.build import build_place
from model.places.sources.published_statistics import grid_km, read_table
from model.places.sources.source_files import found_files


@pytest.fixture
def joined(tmp_path):
    return write(tmp_path / "tables", joined_files())


def test_the_joined_tables_make_a_place(joined):
    place = build_place(joined, ["01A"], "leigh")
    assert place.practices["practice"].tolist() == ["A00001", "A00002"]
    first = place.practices.iloc[0]
    assert (first["name"], first["contract"], first["rural"]) == ("High St Surgery", "PMS", False)
    assert place.practices["deprivation_score"].tolist() == [40.5, 10.5]
    assert place.practices["rural"].tolist() == [False, True]
    area = place.areas.set_index("area").loc["M1"]
    assert (area["population"], area["easting_km"]) == (2000, 400.5)
    assert (area["deprivation_score"], area["deprivation_fifth"]) == (35.0, 5)
    assert set(place.councils["council"]) == {"E06000001", "E10000006"}
    assert place.lists["patients"].sum() == 3600
    assert "Open Government Licence" in place.licence and not place.synthetic


def test_sites_go_back_to_the_trusts_of_2014(joined):
    place = build_place(joined, ["*"], "all_of_it")
    sites = place.sites.set_index("site")
    assert sites.loc["RCC01", "trust"] == "RBB" and sites.loc["RCC01", "beds"] == 400
    assert "RCC" not in set(place.trusts["trust"])
    assert sites.loc["RCC01", "emergency"] and sites.loc["RAA01", "emergency"]
    assert sites.loc["RAA02", "planned_lines"] == "elective_only"
    assert sites.loc["RAA01", "beds"] == pytest.approx(400)
    assert (place.trusts["modelled_share"] > 0.999).all()


def test_only_surgical_independents_within_reach(joined):
    kinds = build_place(joined, ["01A"], "leigh").trusts.set_index("trust")["kind"]
    assert kinds["NT0"] == "independent" and "NT9" not in kinds
    assert "NT0" not in set(build_place(joined, ["01B"], "dene").trusts["trust"])


def test_registers_are_shares_of_the_whole_list(joined):
    place = build_place(joined, ["01A"], "leigh")
    table = place.registers.pivot(index="practice", columns="condition", values="prevalence")
    # 600 of 4,000 in 2014/15; the practices stood at 4/3 and 2/3 of their commissioner later.
    assert table["hypertension"].tolist() == pytest.approx([0.2, 0.1])
    # The diabetes register is published over adults (3,200), the list is 4,000.
    assert table["diabetes"].tolist() == pytest.approx([0.1, 0.05])


def test_the_same_files_make_the_same_place(joined, tmp_path):
    again = write(tmp_path / "renamed", {f"x_{k}": v for k, v in joined_files().items()})
    assert build_place(again, ["01A"], "leigh").hash() == (
        build_place(joined, ["01A"], "leigh").hash()
    )


def test_encodings_delimiters_and_line_ends(tmp_path, joined):
    files = joined_files()
    files["d.csv"] = files["d.csv"].replace("LEIGH COLD SITE", "Café “Leigh”")
    files["d.csv"] = files["d.csv"].replace(",", "$").replace("\n", "\r\n")
    folder = write(tmp_path / "other", files, "cp1252")
    place = build_place(folder, ["01A"], "leigh")
    assert "Café “Leigh”" in set(place.sites["name"])


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("a.csv", "404000,300000", "404000,n/k", "a.csv: northing: line 3 has no number .got n/k."),
        ("a.csv", "404000,300000", "404000,inf", "a.csv: northing: line 3 has no number .got inf."),
        ("a.csv", "400000,300000,1800,100", "400000,300000,1800,-1", "line 2 has no count"),
        ("a.csv", "400000,300000,1800", "400000,300000,1801", "sum to 1,800, not its list"),
        ("b.csv", ",imd2015_score,", ",score,", "b.csv: imd2015_score: the column .* is missing"),
        (
            "b.csv",
            ",1800,9,Rural",
            ",18",
            "line 5 has 8 fields .a truncated.*10 fields",
        ),
        ("c.csv", "trust_code", "code", "trusts: no file here has the columns trust_code, kh03"),
        ("e.csv", "ccg_code", "code", "commissioners: no file here has the columns ccg_code"),
    ],
)
def test_unusable_files_are_named(tmp_path, file, old, new, sentence):
    files = joined_files()
    assert old in files[file]
    files[file] = files[file].replace(old, new)
    with pytest.raises(InputError, match=sentence):
        build_place(write(tmp_path / "tables", files), ["01A"], "leigh")


@pytest.mark.parametrize("wanted", ["*", "01A"])
def test_tables_that_share_no_commissioner_are_refused(tmp_path, wanted):
    files = joined_files()
    files["b.csv"] = files["b.csv"].replace(",01A,", ",02C,").replace(",01B,", ",02D,")
    with pytest.raises(InputError, match="no commissioner has both practices and areas"):
        build_place(write(tmp_path / "tables", files), [wanted], "leigh")


def test_unknown_commissioners_and_empty_folders(joined, tmp_path):
    with pytest.raises(InputError, match=r"no such commissioner in these .*got 01C.*allowed: 01A"):
        build_place(joined, ["01C"], "leigh")
    with pytest.raises(InputError, match="no file here has the columns PCO Code, Practice Code"):
        build_place(write(tmp_path / "empty", {}), ["01A"], "leigh")
    with pytest.raises(InputError, match="there is no such folder"):
        build_place(tmp_path / "nowhere", ["01A"], "leigh")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("a", "1 link is not followed, copy the files here: a.csv"),
        ("abcd", "4 links are not followed, .*: a.csv, b.csv, c.csv, ..."),
    ],
)
def test_links_that_are_not_followed_are_told_where_files_lack(joined, tmp_path, names, told):
    linked = write(tmp_path / "linked", {})
    for name in names:
        (linked / f"{name}.csv").symlink_to(joined / f"{name}.csv")
    with pytest.raises(InputError, match=f"no file here has the columns PCO Code.*{told}"):
        build_place(linked, ["01A"], "leigh")


def test_registers_and_independents_may_be_missing(tmp_path):
    files = {k: v for k, v in joined_files().items() if k not in ("f.csv", "g.csv", "h.csv")}
    place = build_place(write(tmp_path / "few", files), ["01A"], "leigh")
    assert place.registers.empty and "independent" not in place.sites["planned_lines"].tolist()


@pytest.fixture
def official(tmp_path):
    return write_official(tmp_path / "official")


def test_the_official_files_make_a_place(official):
    place = build_place(official, ["01A"], "leigh")
    practices = place.practices.set_index("practice")
    assert list(practices.index) == ["A00001", "A00002"]
    at_hospital = grid_km(52.5972, -1.9994)
    assert practices.loc["A00001", "easting_km"] == pytest.approx(at_hospital[0], abs=0.01)
    middle = grid_km(52.65, -1.95)
    assert practices.loc["A00002", "northing_km"] == pytest.approx(middle[1], abs=0.05)
    assert place.areas["population"].tolist() == [1800, 1800]
    assert (place.practices["deprivation_score"] == 25.8).all()
    assert any("positions of practices" in note for note in place.sources)
    sites = place.sites.set_index("site")
    assert sites.loc["RAA01", "emergency"] and sites.loc["RAA01", "beds"] == 500.5
    assert place.trusts.set_index("trust").loc["RMM", "kind"] == "mental_health"


def test_files_are_known_by_content(official, joined):
    kinds = found_files(official)
    assert kinds["kh03"].name == "beds.xlsx" and kinds["epraccur"].name == "prac.csv"
    assert kinds["eric"].name == "eric.csv" and kinds["eccg"].name == "ccg.csv"
    both = {one.kind.name for one in found_files(joined.parent).found if one.kind}
    assert both >= {"practices", "list_sizes", "kh03"}


def test_both_folders_together_take_the_joined_tables(official, joined):
    assert build_place(joined.parent, ["01A"], "leigh").hash() == (
        build_place(joined, ["01A"], "leigh").hash()
    )


def test_a_broken_workbook_is_said(official):
    workbook(official / "beds.xlsx", "NHS Trust by Sector", [["Org Code", "Beds"]])
    with pytest.raises(InputError, match=r"beds.xlsx: Total: the column Total is missing"):
        build_place(official, ["01A"], "leigh")


def test_quotes_may_hold_line_ends(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('practice_code,m_0_4\n"A\nB",1\nC,2\n')
    table = read_table(path)
    assert table.text("practice_code") == ["A\nB", "C"] and table.lines == [3, 4]


def test_grid_agrees_with_known_points():
    # Ordnance Survey's worked example: Caister water tower, 651409.903 E 313177.270 N (OSGB36
    # degrees 52.65757, 1.71792; in WGS84 52.65798, 1.71605).
    east, north = grid_km(52.65798, 1.71605)
    assert east == pytest.approx(651.41, abs=0.1) and north == pytest.approx(313.18, abs=0.1)


@pytest.fixture(scope="module")
def data():
    folder = os.environ.get("JOINEDUP_DATA")
    if not folder:
        pytest.skip("JOINEDUP_DATA is not set: no published data to build real places from")
    return Path(folder)


@pytest.mark.slow
def test_england(data):
    england = find_place("england", data)
    for entry in named_places().values():
        known = {*england.commissioners["commissioner"], "*"}
        assert entry["synthetic"] or set(entry["commissioners"]) <= known
    assert england.practices["list_size"].sum() == 56_809_372
    assert len(england.commissioners) == 211 and len(england.areas) == 6791
    assert 170 <= england.sites["emergency"].sum() <= 200
    assert england.lists["patients"].sum() == 56_809_372
    assert set(england.lists["area"]) == set(england.areas["area"])
    assert england.registers.groupby("condition").size().eq(len(england.practices)).all()
    level = england.registers.groupby("condition")["prevalence"].mean()
    assert 0.12 < level["hypertension"] < 0.16 and 0.04 < level["diabetes"] < 0.06


@pytest.mark.parametrize("name", ["cumbria", "staffordshire"])
def test_named_places(data, name):
    place = find_place(name, data)
    assert len(place.commissioners) == len(named_places()[name]["commissioners"])
    assert place.sites["emergency"].any()
    assert emergency_km(place)["km"].max() < 80
    assert place.trusts["modelled_share"].between(0, 1).all()


def test_official_files_alone(data):
    official = [p for p in data.iterdir() if p.is_dir() and "lsoas" not in found_files(p)]
    if not official:
        pytest.skip("the folder of officially published files is not here")
    place = find_place("cumbria", official[0])
    assert {"RNL", "RTX"} <= set(place.trusts["trust"])
    assert abs(place.practices["list_size"].sum() - 521_217) < 5_000
    assert isinstance(place.registers, pd.DataFrame) and len(place.registers) == 12 * len(
        place.practices
    )
