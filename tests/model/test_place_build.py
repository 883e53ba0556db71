"""Real places from tiny files in the published formats (both routes), and from the real data."""

import os
from pathlib import Path

import pandas as pd
import pytest

from model.errors import BadInput
from model.place import AGE_SEX_COLUMNS, find_place, named_places
from model.place_build import build_place
from model.place_describe import emergency_km
from model.place_sources import grid_km, read_table, recognised

AGES = ["0-4", "5-14", "15-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+"]
PUBLISHED_AGES = [f"{sex} {age}" for age in AGES for sex in ("Male", "Female")]
CHOICES = (
    "OrganisationID¬OrganisationCode¬OrganisationType¬SubType¬Sector¬OrganisationStatus"
    "¬IsPimsManaged¬OrganisationName¬Postcode¬Latitude¬Longitude¬ParentODSCode¬ParentName"
)


def rows(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def practice_rows() -> list[str]:
    ages = ",".join(["100"] * 18)
    return [
        f"A00001,HIGH ST SURGERY,01A,400000,300000,1800,{ages},40.5,,Urban,PMS,E1",
        f"A00002,VALE SURGERY,01A,404000,300000,1800,{ages},,10.5,,,E3",
        f"A00003,FAR SURGERY,01B,450000,300000,1800,{ages},20.0,,Rural,UNKNOWN,E4",
    ]


def joined_files() -> dict[str, str]:
    columns = ",".join(AGE_SEX_COLUMNS)
    return {
        "a.csv": rows(
            f"practice_code,name,ccg_code,easting,northing,list_size,{columns},"
            "imd2019_score_registered,imd2015_score_at_postcode,rurality_2017,contract_2017,lsoa11",
            *practice_rows(),
        ),
        "b.csv": rows(
            "lsoa11cd,lsoa11nm,msoa11cd,lad21cd,ccg13,easting,northing,pop_2015,imd2015_score,ruc11",
            "E1,Leigh 001A,M1,E06000001,01A,400000,300000,1500,40,Urban",
            "E2,Leigh 001B,M1,E06000001,01A,402000,300000,500,20,Urban",
            "E3,Leigh 002A,M2,E07000026,01A,404000,300000,1600,10,Rural",
            "E4,Dene 001A,M3,E06000002,01B,450000,300000,1800,9,Rural",
        ),
        "c.csv": rows(
            "trust_code,name,type_2014,type_2017,kh03_2014q2_beds_avail_total,kh03_beds_2014,"
            "kh03_beds_2016,easting,northing,ae_type1_attendances_2016_17",
            "RAA,LEIGH NHS TRUST,Acute,Acute,500,500,480,401000,300000,90000",
            "RBB,Dene NHS Trust,Acute,,400,400,,450000,300500,",
            "RCC,Merged NHS Trust,,Acute,,,900,430000,300000,150000",
            "RMM,Minds NHS Trust,MentalHealth,Mental Health,200,200,190,401000,301000,",
            "RKK,Home NHS Trust,Health and Care,Community Provider Trust,50,50,50,402000,300000,",
            "RZZ,Ambulance NHS Trust,Ambulance,Ambulance,,,,420000,300000,",
        ),
        "d.csv": rows(
            "site_code,site_name,site_type,trust_code,easting,northing,beds_est_2016",
            "RAA01,LEIGH GENERAL,1. General acute hospital,RAA,401000,300000,400",
            "RAA02,LEIGH COLD SITE,1. General acute hospital,RAA,403000,300000,100",
            "RCC01,DENE GENERAL,1. General acute hospital,RCC,450000,300500,450",
            "RMM01,WARDS,4. Mental Health (including Specialist services),RMM,401000,301000,190",
        ),
        "e.csv": rows(
            "ccg_code,name,n_practices_2014q4", "01A,NHS Leigh,2", '01B,"NHS Dene, and Fell",1'
        ),
        "f.csv": rows(
            CHOICES.replace("¬", ","),
            "1,NT001,Hospital,Hospital,Independent Sector,Visible,True,The Clinic,AA1 1AA,"
            "52.5972,-1.9994,NT0,Clinics Ltd",
            "2,NT902,Hospital,Hospital,Independent Sector,Visible,True,The Priory,AA1 1AA,"
            "52.5972,-1.9994,NT9,Priory Group",
        ),
        "g.csv": rows(
            "practice_code,list_size," + ",".join(f"reg_{code}" for code in REGISTERS),
            "A00001,2000," + ",".join(["200"] * 12),
            "A00002,2000," + ",".join(["100"] * 12),
        ),
        "h.csv": rows(
            "ccg_code,group_code,register_2014_15,denominator",
            "01A,AF,30,4000",
            "01A,HYP,600,4000",
            "01A,DM,300,3200",
        ),
    }


REGISTERS = ["HYP", "CHD", "HF", "STIA", "DM", "COPD", "AST", "CAN", "DEP", "MH", "DEM", "CKD"]


def write(folder: Path, files: dict[str, str], encoding: str = "utf-8") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding=encoding)
    return folder


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
    with pytest.raises(BadInput, match=sentence):
        build_place(write(tmp_path / "tables", files), ["01A"], "leigh")


def test_unknown_commissioners_and_empty_folders(joined, tmp_path):
    with pytest.raises(BadInput, match=r"no such commissioner in these .*got 01C.*did you mean"):
        build_place(joined, ["01C"], "leigh")
    with pytest.raises(BadInput, match="no file here has the columns PCO Code, Practice Code"):
        build_place(write(tmp_path / "empty", {}), ["01A"], "leigh")
    with pytest.raises(BadInput, match="there is no such folder"):
        build_place(tmp_path / "nowhere", ["01A"], "leigh")


def test_registers_and_independents_may_be_missing(tmp_path):
    files = {k: v for k, v in joined_files().items() if k not in ("f.csv", "g.csv", "h.csv")}
    place = build_place(write(tmp_path / "few", files), ["01A"], "leigh")
    assert place.registers.empty and "independent" not in place.sites["planned_lines"].tolist()


def codes_row(first: str, name: str, postcode: str) -> str:
    return ",".join([first, name, *[""] * 7, postcode, *[""] * 17])


def official_files() -> dict[str, str]:
    ages = ",".join(["100"] * 18)
    header = "PCO Name,PCO Code,Practice Name,Practice Code," + ",".join(PUBLISHED_AGES)
    choices = CHOICES.replace("¬Sector", "").replace("¬ParentODSCode¬ParentName", "")
    return {
        "lists.csv": rows(
            header,
            f"LEIGH,01A00,HIGH ST SURGERY,A00001,{ages}",
            f"LEIGH,01A00,VALE SURGERY,A00002,{ages}",
            f"PRISON,NI300,UNIT,Y00001,{ages}",
        ),
        "prac.csv": rows(
            codes_row("A00001", "HIGH ST SURGERY", "AA1 1AA"),
            codes_row("A00002", "VALE SURGERY", "AB9 9ZZ"),
        ),
        "ccg.csv": rows(codes_row("01A", "NHS LEIGH CCG", "AA1 1AA")),
        "hosp.csv": rows(
            CHOICES,
            "1¬RAA01¬Hospital¬Hospital¬NHS Sector¬Visible¬True¬Leigh General¬AA1 1AA¬52.5972"
            "¬-1.9994¬RAA¬Leigh NHS Trust",
            "2¬NT001¬Hospital¬Hospital¬Independent Sector¬Visible¬True¬Clinic¬AA1 2AA¬52.60"
            "¬-1.99¬NT0¬Clinics Ltd",
        ),
        "trust.csv": rows(
            choices,
            "1¬RAA¬Trust¬Acute¬Visible¬True¬LEIGH NHS TRUST¬AA1 1AA¬52.5972¬-1.9994",
            "2¬RMM¬Trust¬MentalHealth¬Visible¬True¬Minds NHS Trust¬AA1 1AB¬52.60¬-2.0",
        ),
        "etrust.csv": rows(
            "organisation_code,name,national_grouping,postcode,open_date,close_date",
            "RAA01,LEIGH GENERAL,Y54,AA1 1AA,20110101",
            "RMM01,WARDS,Y54,AA1 1AB,20110101,",
        ),
        "eric.csv": rows(
            "$".join(["heading"] * 6),
            "Organisation Code$Organisation Type$Site Code$Site Name$Site Type"
            "$Inpatient main meals requested (No.)",
            "RAA$ACUTE - SMALL$RAA01$LEIGH GENERAL$1. General acute hospital$400,000",
            "RMM$MENTAL HEALTH$RMM01$WARDS$4. Mental Health$Not Applicable",
        ),
        "map.kml": "<kml><Placemark><name><![CDATA[01A]]></name> -2.0,52.6,0 -1.9,52.7,0"
        " </Placemark></kml>",
    }


@pytest.fixture
def official(tmp_path):
    folder = write(tmp_path / "official", official_files(), "cp1252")
    beds = [["Title:", "Beds"], [""], ["", "Org Code", "Total ", "Mental Illness", "Total "]]
    beds += [["", "", 1, 1, 1], ["", "RAA", 500.5, 0.0, 400.0], ["", "RMM", 200.0, 200.0, 180.0]]
    workbook(folder / "beds.xlsx", "NHS Trust by Sector", beds)
    return folder


def workbook(path: Path, sheet: str, cells: list[list]) -> None:
    """A minimal .xlsx (Office Open XML) with one sheet of inline strings and numbers."""
    import zipfile
    from xml.sax.saxutils import escape

    def cell(value) -> str:
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        return f"<c><v>{value}</v></c>"

    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    body = "".join(f"<row>{''.join(cell(v) for v in row)}</row>" for row in cells)
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>'
        f'<sheet name="{sheet}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData>'
        "</worksheet>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)


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
    kinds = recognised(official)
    assert kinds["kh03"].name == "beds.xlsx" and kinds["epraccur"].name == "prac.csv"
    assert kinds["eric"].name == "eric.csv" and kinds["eccg"].name == "ccg.csv"
    assert recognised(joined.parent).keys() >= {"practices", "list_sizes", "kh03"}


def test_both_folders_together_take_the_joined_tables(official, joined):
    assert build_place(joined.parent, ["01A"], "leigh").hash() == (
        build_place(joined, ["01A"], "leigh").hash()
    )


def test_a_broken_workbook_is_said(official):
    workbook(official / "beds.xlsx", "NHS Trust by Sector", [["Org Code", "Beds"]])
    with pytest.raises(BadInput, match=r"beds.xlsx: Total: the column Total is missing"):
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
    official = [p for p in data.iterdir() if p.is_dir() and "lsoas" not in recognised(p)]
    if not official:
        pytest.skip("the folder of officially published files is not here")
    place = find_place("cumbria", official[0])
    assert {"RNL", "RTX"} <= set(place.trusts["trust"])
    assert abs(place.practices["list_size"].sum() - 521_217) < 5_000
    assert isinstance(place.registers, pd.DataFrame) and len(place.registers) == 12 * len(
        place.practices
    )
