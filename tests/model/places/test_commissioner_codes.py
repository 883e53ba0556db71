"""Commissioners are found by old and new code, ONS code or name, whatever the case."""

from pathlib import Path

import pandas as pd
import pytest

from model.places.commissioner_codes import (
    commissioners_meant,
    of_these,
    predecessors,
    refused,
    short_code,
    successor,
)

KNOWN = ["00C", "00K", "00M", "01H", "08V"]
NAMES = pd.DataFrame(
    {"commissioner": KNOWN, "ons": ["", "", "", "E38000215", ""],
     "name": ["NHS Darlington CCG", "NHS Hartlepool & Stockton", "NHS South Tees",
              "NHS Cumbria CCG", "NHS Tower Hamlets"]}
)  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ("01H", ["01H"]), ("01h", ["01H"]), (" 01h00", ["01H"]), ("e38000215", ["01H"]),
        ("NHS CUMBRIA", ["01H"]), ("cumbria", ["01H"]), ("hartlepool and stockton ccg", ["00K"]),
        ("16C", ["00C", "00K", "00M"]), ("16c", ["00C", "00K", "00M"]), ("99Q", []), ("", []),
    ],
)  # fmt: skip
def test_a_commissioner_by_any_name(wanted, codes):
    assert commissioners_meant(wanted, KNOWN, NAMES) == codes


def test_codes_of_five_characters():
    assert short_code("07m00") == "07M" and short_code("W2U3Z") == "W2U3Z"


def test_what_became_of_a_commissioner_is_told():
    assert successor("00C") == "16C" and successor("01H") is None
    said = refused("00C", ["16C", "01H"], Path("data")).sentence()
    assert "it became part of 16C" in said


def test_successors_are_whole_and_stand_once():
    old = [code for new, codes in predecessors().items() if new != "15D" for code in codes]
    assert len(old) == len(set(old)) and "15D" not in old
    assert set(predecessors()["D4U1Y"]) == {"10G", "10T", "11C", "10C", "99M"}


def test_registers_of_other_years_join():
    def rows(*codes: str) -> pd.DataFrame:
        return pd.DataFrame({"commissioner": codes, "condition": "chd", "register": 10.0,
                             "list_size": 100.0})  # fmt: skip

    later = of_these(rows("16C", "01H"), KNOWN)
    assert sorted(later["commissioner"]) == ["00C", "00K", "00M", "01H"]
    earlier = of_these(rows("00C", "00K", "00M"), ["16C"])
    assert earlier[["register", "list_size"]].to_numpy().tolist() == [[30.0, 300.0]]
