"""What every file of a folder was taken for: kind, vintage, rows used and left out, near misses."""

from datetime import date

import pandas as pd
import pytest
from published import joined_files, official_files, rows, workbook, write, write_official

from experiments.commands.cli import exit_code
from model.input.errors import InputError
from model.places.place import Place
from model.places.sources.build import _registers_of, build_place
from model.places.sources.published_statistics import register_prevalence
from model.places.sources.source_files import found_files
from model.places.sources.vintage import vintage_of

LISTS_2013 = "Patient_List_Size_2013_04-06.csv"


@pytest.fixture
def official(tmp_path):
    return write_official(tmp_path / "official")


def record(place: Place, file: str) -> dict:
    found = [one for one in place.files if one["file"].endswith(file)]
    assert len(found) == 1, f"{file} stands {len(found)} times"
    return found[0]


def renamed_lists(folder, name: str) -> None:
    (folder / "lists.csv").rename(folder / name)


def test_a_list_of_2013_is_of_2013(official):
    renamed_lists(official, LISTS_2013)
    place = build_place(official, ["01A"], "leigh")
    assert place.year == 2013
    assert record(place, LISTS_2013)["vintage"] == "April to June 2013 (by its name)"
    assert any("Patient List Size" in s and "April to June 2013" in s for s in place.sources)


def test_lists_before_april_are_of_the_year_before(official):
    renamed_lists(official, "Patient_List_Size_2013_01-03.csv")
    assert build_place(official, ["01A"], "leigh").year == 2012


def test_a_year_that_is_not_known_is_said(official):
    place = build_place(official, ["01A"], "leigh")
    assert place.year == 2014 and record(place, "lists.csv")["vintage"].startswith("not said")
    assert any("not known" in source for source in place.sources)


def test_years_without_rules_are_said(official):
    renamed_lists(official, "Patient_List_Size_2031_04-06.csv")
    place = build_place(official, ["01A"], "leigh")
    assert place.year == 2020 and any("lists are of 2031" in source for source in place.sources)


def test_rows_that_are_left_out_have_a_reason(official):
    place = build_place(official, ["01A"], "leigh")
    lists = record(place, "lists.csv")
    assert (lists["rows"], lists["used"]) == (3, 2)
    assert lists["dropped"] == "1 of bodies that are no commissioners"
    assert record(place, "prac.csv")["kind"] == "epraccur"


def test_files_that_are_skipped_say_what_they_nearly_were(official):
    text = official_files()["eric.csv"].replace("Inpatient main meals", "Meals")
    (official / "eric.csv").rename(official / "old.txt")
    (official / "old.txt").write_text("Site Code,Organisation Code\nRAA01,RAA\n")
    (official / "eric.csv").write_text(text, encoding="cp1252")
    (official / "notes.md").write_text("notes")
    with pytest.raises(
        InputError, match=r"the column Inpatient main meals requested .No.. is missing"
    ):
        build_place(official, ["01A"], "leigh")
    found = {one.path.name: one for one in found_files(official).found}
    assert "nearly eric" in found["old.txt"].note and "Site Type" in found["old.txt"].note
    assert found["notes.md"].status == "skipped"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("CCG code,CCG name,Practice code,Practice name,All ages,Points", "like no file"),
        ("PRACTICE_CODE,PRACTICE_NAME,PRACTICE_POSTCODE,CCG_CODE", "nearly registered_map"),
        ("EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,CCG_CODE", "nearly registered_map"),
        ("Practice Code,REGISTER,PATIENT_LIST_SIZE", "nearly qof_prevalence"),
        ("Practice Code,Practice Name,Contract Type", "nearly payments"),
    ],
)
def test_columns_that_many_kinds_have_tell_no_kind(official, header, told):
    """Codes and names of practices are in many publications: points are no map."""
    (official / "other.csv").write_text(rows(header, ",".join("x" for _ in header.split(","))))
    found = {one.path.name: one for one in found_files(official).found}
    assert found["other.csv"].note.startswith(told)


def test_a_missing_kind_names_the_nearest_file(official):
    text = (official / "eric.csv").read_text(encoding="cp1252")
    (official / "eric.csv").write_text(text.replace("Site Type", "Type"), encoding="cp1252")
    with pytest.raises(
        InputError, match=r"columns Site Code, Site Type.*nearest is eric.csv.*Site Type"
    ):
        build_place(official, ["01A"], "leigh")


def test_two_files_of_a_kind_are_refused(official):
    other = official_files()["lists.csv"].replace("VALE", "VALLEY")
    (official / LISTS_2013).write_text(other)
    with pytest.raises(
        InputError, match=rf"two files of one kind .*{LISTS_2013} .April to June 2013"
    ):
        build_place(official, ["01A"], "leigh")


def test_a_copy_of_a_file_does_no_harm(official):
    (official / "copy.csv").write_bytes((official / "lists.csv").read_bytes())
    place = build_place(official, ["01A"], "leigh")
    assert record(place, "lists.csv")["note"] == "the same as copy.csv"


def test_joined_tables_go_before_files_as_published(tmp_path):
    write(tmp_path / "both" / "tables", joined_files())
    write_official(tmp_path / "both" / "official")
    place = build_place(tmp_path / "both", ["01A"], "leigh")
    assert record(place, "lists.csv")["status"] == "not used"
    assert record(place, "lists.csv")["note"] == "the joined tables are used"
    assert record(place, "hosp.csv")["note"].startswith("f.csv, beside the table of practices")
    assert not any("Patient List Size, by practice" in source for source in place.sources)


def test_sources_are_those_that_were_used(official):
    place = build_place(official, ["01A"], "leigh")
    assert not any("Payments" in s or "Outcomes Framework" in s for s in place.sources)
    missing = {one["kind"]: one["note"] for one in place.files if one["status"] == "missing"}
    assert "registers of practices" in missing["qof_prevalence"] and "payments" in missing


def test_an_optional_file_that_yields_nothing_is_told(official):
    text = rows("PRACTICE_CODE,GROUP_CODE,REGISTER,PATIENT_LIST_TYPE,PATIENT_LIST_SIZE",
                "Z99999,HYP,300,TOTAL,1800")  # fmt: skip
    (official / "QOF_PREVALENCE_1718.csv").write_text(text)
    place = build_place(official, ["01A"], "leigh")
    assert place.registers.empty
    told = record(place, "QOF_PREVALENCE_1718.csv")
    assert told["used"] == 0 and told["note"] == "nothing of it could be used"
    assert not any("Outcomes Framework" in source for source in place.sources)


@pytest.mark.parametrize("column", ["GROUP_CODE", "INDICATOR_GROUP_CODE"])
def test_registers_of_practices_alone(official, column):
    text = rows(f"PRACTICE_CODE,{column},REGISTER,PATIENT_LIST_TYPE,PATIENT_LIST_SIZE",
                "A00001,HYP,360,TOTAL,1800", "A00002,HYP,180,TOTAL,1800")  # fmt: skip
    (official / "PREVALENCE_1718.csv").write_text(text)
    registers = build_place(official, ["01A"], "leigh").registers
    assert registers["prevalence"].tolist() == pytest.approx([0.2, 0.1])


def test_trusts_without_a_header(official):
    (official / "etrust.csv").unlink()
    code = '"{}","{}"' + "," * 8 + '"{}","{}"' + "," * 16
    lines = [code.format("RAA", "LEIGH", "AA1 1AA", "20010401"),
             code.format("RMM", "MINDS", "AA1 1AB", "19980401")]  # fmt: skip
    (official / "etr.csv").write_text(rows(*lines))
    place = build_place(official, ["01A"], "leigh")
    assert record(place, "etr.csv")["kind"] == "etr"
    assert record(place, "etr.csv")["vintage"] == "April 2001 or later (its newest date)"
    assert {"RAA", "RMM"} <= set(place.trusts["trust"])


def test_care_trusts_are_trusts(official):
    for name in ("trust.csv", "eric.csv", "etrust.csv"):
        text = (official / name).read_text(encoding="cp1252").replace("RMM", "TAH")
        (official / name).write_text(text, encoding="cp1252")
    services = build_place(official, ["01A"], "leigh").services
    mental = services[services["setting"] == "mental_health"]
    assert set(mental["provider"]) == {"TAH"}


FIVES = [*(f"{n}_{n + 4}" for n in range(0, 95, 5)), "95+"]


def lists_by_five_years(folder) -> None:
    """The lists as they are published since 2016: ages in rows, no commissioner."""
    (folder / "lists.csv").unlink()
    header = "PUBLICATION,EXTRACT_DATE,ORG_TYPE,ORG_CODE,ONS_CODE,POSTCODE,SEX,AGE_GROUP_5"
    lines = [f"{header},NUMBER_OF_PATIENTS"]
    for code in ("A00001", "A00002"):
        start = f"GP_PRAC_PAT_LIST,01SEP2017,GP,{code},,AA1 1AA"
        lines += [f"{start},ALL,ALL,4000", f"{start},MALE,ALL,2000", f"{start},FEMALE,ALL,2000"]
        lines += [f"{start},{sex},{five},100" for sex in ("MALE", "FEMALE") for five in FIVES]
    (folder / "gp-reg-pat-prac-quin-age.csv").write_text(rows(*lines))
    practices = (folder / "prac.csv").read_text(encoding="cp1252").splitlines()
    fields = [line.split(",") for line in practices]
    placed = [",".join([*one[:14], "01A", *one[15:]]) for one in fields]
    (folder / "prac.csv").write_text(rows(*placed))


def test_lists_of_2016_onwards(official):
    lists_by_five_years(official)
    place = build_place(official, ["01A"], "leigh")
    first = place.practices.iloc[0]
    assert (first["list_size"], first["m_0_4"], first["f_5_14"], first["m_75plus"]) == (
        4000, 100, 200, 500,
    )  # fmt: skip
    assert first["name"] == "High St Surgery" and place.year == 2017
    assert record(place, "quin-age.csv")["vintage"] == "1 September 2017"


def test_of_two_kinds_of_lists_one_is_used_and_said(official):
    before = (official / "lists.csv").read_bytes()
    lists_by_five_years(official)
    (official / "lists.csv").write_bytes(before)
    place = build_place(official, ["01A"], "leigh")
    assert place.practices["list_size"].tolist() == [1800, 1800]
    assert "lists.csv is used" in record(place, "quin-age.csv")["note"]
    assert record(place, "quin-age.csv")["vintage"] == "1 September 2017", "though it is not used"


def test_the_table_of_files_is_kept_and_shown(official, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = ["place", "build", "--data", str(official), "--ccg", "01A", "--out", "leigh"]
    assert exit_code(line) == 0
    shown = capsys.readouterr().out
    assert "lists.csv" in shown and "of bodies that are no commissioners" in shown
    kept = Place.load(tmp_path / "leigh")
    assert kept.files == build_place(official, ["01A"], "leigh").files


@pytest.mark.parametrize(
    ("text", "words", "start"),
    [
        ("Patient_List_Size_2014_10-12", "October to December 2014", date(2014, 10, 1)),
        ("QOF_PREVALENCE_1920", "2019/20", date(2019, 4, 1)),
        ("nhspaymentsgp-17-18", "2017/18", date(2017, 4, 1)),
        ("ERIC_site_2016-17", "2016/17", date(2016, 4, 1)),
        ("Hospital_2014-11", "November 2014", date(2014, 11, 1)),
        ("01SEP2017", "1 September 2017", date(2017, 9, 1)),
        ("July to September 2014", "July to September 2014", date(2014, 7, 1)),
        ("(QOF) for April 2014 - March 2015, England", "2014/15", date(2014, 4, 1)),
        ("Apr_14", "April 2014", date(2014, 4, 1)),
        ("eccg_2016", "2016", date(2016, 4, 1)),
    ],
)
def test_vintages_are_read(text, words, start):
    said = vintage_of(text)
    assert said and (said.text, said.start) == (words, start)


def test_a_workbook_of_another_kind_is_skipped(official):
    workbook(official / "activity.xlsx", "Commissioner", [["Org Code", "Elective"]])
    place = build_place(official, ["01A"], "leigh")
    assert record(place, "activity.xlsx")["status"] == "skipped"


def test_links_in_the_folder_are_not_followed(official, tmp_path):
    """What lies elsewhere is not read, whoever put the link there."""
    lists = official / "lists.csv"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    moved = elsewhere / lists.name
    lists.rename(moved)
    lists.symlink_to(moved)
    (official / "more").symlink_to(elsewhere)
    found = {one.path.name: one for one in found_files(official).found}
    for name in (lists.name, "more"):
        assert found[name].status == "skipped" and "a link" in found[name].note
    assert "more" not in [one.path.parent.name for one in found.values()]


def test_registers_of_other_places_are_not_those_of_this_one(official):
    """A file that counts nobody of a place is not used for it, and is no source."""
    text = rows("PRACTICE_CODE,GROUP_CODE,REGISTER,PATIENT_LIST_TYPE,PATIENT_LIST_SIZE",
                "A00001,HYP,300,TOTAL,1800")  # fmt: skip
    (official / "QOF_PREVALENCE_1718.csv").write_text(text)
    practices = pd.DataFrame({"practice": ["A00001", "B00001"], "commissioner": ["01A", "02B"]})
    counted = pd.DataFrame({"practice": ["A00001"], "condition": ["hypertension"],
                            "register": [300.0], "list_size": [1800.0]})  # fmt: skip
    england = register_prevalence(practices, counted, pd.DataFrame())
    assert england["prevalence"].tolist() == pytest.approx([300 / 1800] * 2)
    for practice, used in (("A00001", None), ("B00001", 0)):
        files = found_files(official)
        files.path("qof_prevalence")
        own, _ = _registers_of(england[england["practice"] == practice], files)
        assert len(own) == (used is None)
        assert files.by_kind["qof_prevalence"].used == used
        told = any("Outcomes Framework" in source for source in files.sources())
        assert told == (used is None)


def test_conditions_without_registers_are_named(official):
    text = rows("PRACTICE_CODE,GROUP_CODE,REGISTER,PATIENT_LIST_TYPE,PATIENT_LIST_SIZE",
                "A00001,HYP,300,TOTAL,1800")  # fmt: skip
    (official / "QOF_PREVALENCE_1718.csv").write_text(text)
    sources = build_place(official, ["01A"], "leigh").sources
    (said,) = [text for text in sources if "no registers of: " in text]
    assert "asthma" in said and "hypertension" not in said
