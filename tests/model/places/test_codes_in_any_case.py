"""Codes are matched whatever their case: any file may have them in small letters."""

import re
import shutil
from pathlib import Path

import pytest
from published import (
    codes_row,
    joined_files,
    rows,
    workbook_of,
    write,
    write_official,
)
from python_calamine import CalamineWorkbook

from model.places.place import Place
from model.places.sources.build import build_place
from model.places.sources.kinds import kinds
from model.places.sources.published_statistics import SPREADSHEETS
from model.places.sources.source_files import found_files

# A whole cell that is a code: some letters, or letters and figures, without spaces.
CODE = r"(?=[A-Z]*\d)[A-Z0-9]{2,}|[A-Z]{2,4}"
CELL = rf'(?<![^,$¬\n"\[])(?:{CODE})(?![^,$¬\n"\]])'

LATER_LISTS = ("registered_by_age", "registered_totals", "registered_map")
CASES = [
    *(("joined", kind) for kind in kinds() if kinds()[kind].route != "official"),
    *(("later", kind) for kind in LATER_LISTS),
    *(("official", kind) for kind in kinds()
      if kinds()[kind].route != "joined" and kind not in LATER_LISTS),
]  # fmt: skip


def joined(folder: Path) -> None:
    write(folder, joined_files())


def official(folder: Path) -> None:
    """Files of every kind as published up to 2016, for one commissioner."""
    write_official(folder)
    qof = "PRACTICE_CODE,GROUP_CODE,REGISTER,PATIENT_LIST_TYPE,PATIENT_LIST_SIZE"
    write(folder, {
        "qof.csv": rows(qof, "A00001,HYP,360,TOTAL,1800", "A00002,HYP,180,TOTAL,1800"),
        "pay.csv": rows("Practice Code,Contract Type,Practice Rurality", "A00001,PMS,Rural"),
        "names.csv": rows("CCG13CD,CCG13CDH,CCG13NM", "E38000001,01A,NHS Leigh and Vale"),
        "etr.csv": rows(codes_row("RAA", "LEIGH", "AA1 1AA"), codes_row("RMM", "MINDS", "AA1 1AB")),
        "ets.csv": rows(codes_row("RAA01", "LEIGH", "AA1 1AA")),
    })  # fmt: skip
    header = ["CCG code", "List size", "Register", "List size", "Register"]
    sheets = {name: [header, ["01A", 3600, 400, 3600, 500]] for name in ("HYP", "CHD", "DEM")}
    workbook_of(folder / "registers.xlsx", sheets)


def later(folder: Path) -> None:
    """Lists as published since 2016; each practice's commissioner stands in another file."""
    official(folder)
    (folder / "lists.csv").unlink()
    practices = [f"A0000{number}" for number in (1, 2, 3)]
    postcodes = [codes_row(code, "SURGERY", "AA1 1AA").split(",") for code in practices]
    postcodes[2][14] = "01A"
    ages = [f"01SEP2017,{code},{sex},{age},100" for code in practices
            for sex in ("MALE", "FEMALE") for age in ("0_4", "40_44")]  # fmt: skip
    write(folder, {
        "prac.csv": rows(*(",".join(one) for one in postcodes)),
        "age.csv": rows("EXTRACT_DATE,ORG_CODE,SEX,AGE_GROUP_5,NUMBER_OF_PATIENTS", *ages),
        "all.csv": rows("EXTRACT_DATE,CODE,CCG_CODE,NUMBER_OF_PATIENTS",
                        "01SEP2017,A00002,01A,400"),
        "map.csv": rows("EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,PRACTICE_POSTCODE,CCG_CODE",
                        "01SEP2017,A00001,HIGH ST,AA1 1AA,01A"),
    })  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, tuple[Path, Place]]:
    """Each set of files with the place that it makes."""
    made = {}
    for fill in (joined, official, later):
        folder = tmp_path_factory.mktemp(fill.__name__) / "files"
        fill(folder)
        made[fill.__name__] = folder, build_place(folder, ["*"], "leigh")
    return made


def in_small_letters(path: Path) -> None:
    """Write the codes of a file, and nothing else that is read as it stands, in small letters."""
    if path.suffix in SPREADSHEETS:
        book = CalamineWorkbook.from_path(path)
        sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
        workbook_of(path, {name: [[_small(cell) for cell in row] for row in cells]
                           for name, cells in sheets.items()})  # fmt: skip
        return
    before = path.read_bytes().decode("cp1252")
    after = re.sub(CELL, lambda cell: cell[0].lower(), before)
    assert after != before
    path.write_bytes(after.encode("cp1252"))


def _small(cell):
    return cell.lower() if isinstance(cell, str) and re.fullmatch(CODE, cell) else cell


@pytest.mark.parametrize(("files", "kind"), CASES)
def test_codes_are_matched_in_any_case(folders, tmp_path, files, kind):
    folder, place = folders[files]
    copy = Path(shutil.copytree(folder, tmp_path / "files"))
    in_small_letters(found_files(copy)[kind])
    again = build_place(copy, ["*"], "leigh")
    assert again.hash() == place.hash()
    assert again.files == place.files


def test_every_kind_is_tried():
    assert {kind for _, kind in CASES} == set(kinds())
