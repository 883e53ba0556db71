"""A place on disk and in check: saved and loaded unchanged, every fault said in one sentence."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import model.places.place
from model.input.errors import InputError
from model.places.columns import COLUMNS
from model.places.drawn import draw_place
from model.places.named_places import named_places
from model.places.place import Place, check, make_place
from model.places.place_finding import find_place


@pytest.fixture(scope="module")
def lakeland():
    return draw_place("lakeland")


def changed(place: Place, table: str, column: str, value, row: int = 0) -> Place:
    frame = getattr(place, table).copy()
    frame.loc[row, column] = value
    return dataclasses.replace(place, **{table: frame})


def test_saved_and_loaded_unchanged(lakeland, tmp_path):
    folder = lakeland.save(tmp_path / "my_lakes")
    again = find_place(folder)
    assert again.hash() == lakeland.hash()
    assert again.sources == lakeland.sources and again.title == lakeland.title
    for table in COLUMNS:
        pd.testing.assert_frame_equal(getattr(again, table), getattr(lakeland, table))
    assert not list(tmp_path.glob("*.partial"))


def test_an_existing_folder_is_kept(lakeland, tmp_path):
    lakeland.save(tmp_path / "lakes")
    with pytest.raises(InputError, match="this folder exists already"):
        lakeland.save(tmp_path / "lakes")


@pytest.mark.parametrize("name", ["Lake Land", "lakes.v2", "LAKES"])
def test_names_are_plain(lakeland, tmp_path, name):
    with pytest.raises(InputError, match="not a usable folder name"):
        lakeland.save(tmp_path / name)
    with pytest.raises(InputError, match="not a usable name"):
        check(dataclasses.replace(lakeland, name=name))


@pytest.mark.parametrize(
    ("table", "column", "value", "sentence"),
    [
        (
            "practices",
            "list_size",
            0,
            "practices.list_size: .*out of range .got 0.; allowed: .* 1 to",
        ),
        ("practices", "m_0_4", 1, "sum to .*, not its list"),
        (
            "sites",
            "beds",
            -5.0,
            "sites.beds: .* has a negative number .got -5.0.; allowed: .* 0 to",
        ),
        ("trusts", "beds", -1.0, "trusts.beds: .* has a negative number"),
        ("sites", "trust", "nobody", "sites.trust: no such trust in this place .got nobody."),
        ("sites", "easting_km", np.nan, "sites.easting_km: .* has no finite number here"),
        ("areas", "northing_km", np.inf, "areas.northing_km: .* has no finite number here"),
        ("areas", "commissioner", "nobody", "areas.commissioner: no such commissioner"),
        ("lists", "patients", 1, "lists.patients: the homes of the patients of .* do not sum"),
        ("services", "provider", "nobody", "services.provider: no such provider"),
        ("services", "pathway", "mssk", "services.pathway: .*did you mean msk"),
        ("trusts", "kind", "acutee", "trusts.kind: .*did you mean acute"),
        ("sites", "easting_km", 400_000.0, "sites.easting_km: .*out of range.*km on the Ordnance"),
        ("practices", "northing_km", -80.0, "practices.northing_km: .*allowed: .* -10 to 1,300"),
        ("sites", "beds", 1e18, "sites.beds: .*out of range .got 1e.18.; allowed: .* to 20,000"),
        ("trusts", "beds", 9_000.0, "trusts.beds: the beds of the sites of .* sum to .*, not to"),
        ("trusts", "modelled_share", 101.0, "trusts.modelled_share: .*0 to 1 .a share"),
        ("areas", "deprivation_score", 250.0, "areas.deprivation_score: .*0 to 100"),
        ("areas", "deprivation_fifth", 6, "areas.deprivation_fifth: .* 1, 2, 3, 4, 5"),
        ("areas", "population", 2**62, "areas.population: .*out of range"),
        ("areas", "population", 999_999, "areas.population: the areas of .* too many or too few"),
        ("areas", "population", 120_000, "areas.population: the area .* for the .* who live there"),
        ("areas", "population", 1, "areas.population: the area .* has too many or too few"),
        ("sites", "northing_km", 1_250.0, "sites.easting_km, .*lies .* km from the nearest area"),
        ("practices", "easting_km", 600.0, "practices.easting_km, .* at most 200 km"),
        ("services", "contracts", 10**12, "services.contracts: .*0 to 10,000"),
        ("services", "provider", "lakeland_council", "services.provider: the wrong kind"),
        ("commissioners", "population", 5, "commissioners.population: the lists of the practices"),
        ("sites", "site", "A\x1b[31mB", "sites.site: no usable text"),
        ("practices", "name", "A" * 201, "practices.name: no usable text.*1 to 200 characters"),
        ("practices", "name", "", "practices.name: no usable text .got nothing.; allowed: 1 to"),
    ],
)
def test_faults_are_said_in_one_sentence(lakeland, table, column, value, sentence):
    with pytest.raises(InputError, match=sentence):
        check(changed(lakeland, table, column, value))


def test_a_place_needs_an_emergency_site(lakeland):
    sites = lakeland.sites.assign(emergency=False)
    with pytest.raises(InputError, match="no site takes emergencies"):
        check(dataclasses.replace(lakeland, sites=sites))


@pytest.mark.parametrize("table", ["commissioners", "practices", "areas"])
def test_a_place_needs_its_parts(lakeland, table):
    with pytest.raises(InputError, match=f"{table}: there is no "):
        check(dataclasses.replace(lakeland, **{table: getattr(lakeland, table).iloc[:0]}))


def registers(place: Place, condition: str, prevalence: float) -> Place:
    row = {"practice": place.practices["practice"].iloc[0], "condition": condition}
    table = pd.DataFrame([row | {"prevalence": prevalence}])
    return dataclasses.replace(place, registers=table)


def test_registers_are_shares_of_conditions_that_exist(lakeland):
    check(registers(lakeland, "diabetes", 0.161))
    with pytest.raises(
        InputError, match=r"registers.prevalence: .*got 16.1.*0 to 1 .a share: 0.16"
    ):
        check(registers(lakeland, "diabetes", 16.1))
    with pytest.raises(
        InputError, match=r"registers.condition: .*got diabetis.*did you mean diabet"
    ):
        check(registers(lakeland, "diabetis", 0.1))


def test_hospitals_that_take_patients_have_beds(lakeland):
    no_beds = {"sites": lakeland.sites.assign(beds=0.0), "trusts": lakeland.trusts.assign(beds=0.0)}
    with pytest.raises(InputError, match=r"sites.beds: .* takes patients and has no bed"):
        check(dataclasses.replace(lakeland, **no_beds))


@pytest.mark.parametrize("year", [1066, 2003, 2150, 10**12])
def test_years_have_rules(lakeland, year):
    with pytest.raises(
        InputError, match=r"year: no rules are known .*allowed: a year from 2004 to 2020"
    ):
        check(dataclasses.replace(lakeland, year=year))


@pytest.mark.parametrize("code", ["treasury", "lakeland", "lakeland_gp_001"])
def test_bodies_have_codes_of_their_own(lakeland, code):
    councils = pd.concat([lakeland.councils, pd.DataFrame([{"council": code, "name": "Another"}])])
    with pytest.raises(
        InputError, match=rf"councils.council: .* has this code already .got {code}"
    ):
        check(dataclasses.replace(lakeland, councils=councils))


def test_every_column_has_bounds_or_words():
    for table, columns in COLUMNS.items():
        for name, column in columns.items():
            if column.kind in ("float64", "int64") and not column.words:
                assert column.unit and column.high < 1e9, f"{table}.{name}"


def test_codes_stand_once(lakeland):
    twice = pd.concat([lakeland.practices, lakeland.practices.head(1)], ignore_index=True)
    with pytest.raises(InputError, match=r"this code stands twice .got lakeland_gp_001."):
        check(dataclasses.replace(lakeland, practices=twice))


def remade(place: Place, table: str, frame: pd.DataFrame) -> Place:
    head = {f.name: getattr(place, f.name) for f in dataclasses.fields(place)}
    tables = {name: head.pop(name) for name in COLUMNS} | {table: frame}
    return make_place(**head, tables=tables)


def test_a_missing_column_is_named(lakeland):
    with pytest.raises(InputError, match="practices: the column list_size is missing"):
        remade(lakeland, "practices", lakeland.practices.drop(columns="list_size"))


def test_values_are_not_silently_changed(lakeland):
    half = lakeland.lists.assign(patients=lakeland.lists["patients"] + 0.5)
    with pytest.raises(InputError, match=r"lists.patients: a value of another kind"):
        remade(lakeland, "lists", half)
    words = lakeland.sites.assign(emergency="no")
    with pytest.raises(InputError, match=r"sites.emergency: a value of another kind"):
        remade(lakeland, "sites", words)
    missing = lakeland.practices.astype({"list_size": float})
    missing.loc[0, "list_size"] = np.nan
    with pytest.raises(InputError, match=r"practices.list_size: a value is missing"):
        remade(lakeland, "practices", missing)


def test_the_order_of_rows_does_not_matter(lakeland):
    shuffled = lakeland.lists.sample(frac=1.0, random_state=1)
    assert remade(lakeland, "lists", shuffled).hash() == lakeland.hash()
    other = changed(lakeland, "sites", "beds", 1.0)
    assert other.hash() != lakeland.hash()


def test_broken_folders(lakeland, tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"there is no place.toml"):
        find_place(tmp_path)
    folder = lakeland.save(tmp_path / "lakes")
    (folder / "lists.parquet").write_bytes(b"not parquet")
    with pytest.raises(InputError, match=r"lists.parquet: damaged: not a whole Parquet table"):
        Place.load(folder)
    (folder / "lists.parquet").unlink()
    with pytest.raises(InputError, match=r"lists.parquet: this table of the place is missing"):
        Place.load(folder)
    head = (folder / "place.toml").read_text()
    (folder / "place.toml").write_text(head.replace("joinedup-place/1", "joinedup-place/9"))
    with pytest.raises(InputError, match="written by another version"):
        Place.load(folder)
    (folder / "place.toml").write_text("year = = 2014")
    with pytest.raises(InputError, match="not valid TOML"):
        Place.load(folder)


def test_large_files_are_refused_unread(lakeland, tmp_path, monkeypatch):
    folder = lakeland.save(tmp_path / "lakes")
    monkeypatch.setattr(model.places.place, "LARGEST_FILE_BYTES", 5_000)
    with pytest.raises(
        InputError, match=r"this file is too large .got .* bytes.; allowed: at most"
    ):
        Place.load(folder)


def test_real_places_say_how_to_get_data(tmp_path):
    with pytest.raises(InputError, match="give --data DIR or set JOINEDUP_DATA"):
        find_place("cumbria")
    with pytest.raises(InputError, match="give --data DIR or set JOINEDUP_DATA"):
        find_place("cumbria", tmp_path / "nowhere")


def test_every_named_place_has_a_title_and_commissioners():
    for name, entry in named_places().items():
        assert model.places.place.NAME.fullmatch(name)
        assert entry["title"] and entry["commissioners"]


def test_what_is_wrong_of_a_whole_column_is_said(lakeland):
    """Each value may be; all of them together cannot."""
    everybody = lakeland.practices[["practice"]].assign(condition="copd", prevalence=1.0)
    for table, frame, sentence in (
        ("registers", everybody, "registers.prevalence: copd is on the registers of 100% of"),
        ("trusts", lakeland.trusts.assign(modelled_share=0.0), "modelled_share: no trust treats"),
        ("trusts", lakeland.trusts.assign(kind="hospice"), "sites.emergency: .* kind hospice"),
        ("services", lakeland.services.head(3), "services.pathway: .* has no services for"),
    ):
        with pytest.raises(InputError, match=sentence):
            check(dataclasses.replace(lakeland, **{table: frame}))
