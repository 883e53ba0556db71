"""Answers to questions about results: what stands on the screen, in CSV and in JSON."""

import csv
import io
import json

import pandas as pd
import pytest

from experiments.commands import answers
from experiments.terminal.output import plain

LONG = "x" * 100_000_000
ODD = {"raw": bytearray(b"a\xff"), "record": {"of": 1.5}, "list": [0.123456789, None]}


def test_a_cell_is_cut_on_the_screen_and_whole_in_a_file(tmp_path, capsys):
    found = pd.DataFrame({"long": [LONG]})
    answers.print_answer(found, {})
    page, said = capsys.readouterr()
    assert page.count("x") == answers.LETTERS and "…" in page
    assert "cut at 200 characters; --csv FILE writes them whole" in said
    answers.write_csv(found, tmp_path / "long.csv", {})
    assert (tmp_path / "long.csv").read_text().count("x") == len(LONG)


def test_short_cells_are_not_said_to_be_cut(capsys):
    answers.print_answer(pd.DataFrame({"short": ["x" * answers.LETTERS]}), {})
    page, said = capsys.readouterr()
    assert "…" not in page and "cut" not in said


def test_bytes_records_and_lists_are_plain_on_the_screen(capsys):
    answers.print_answer(pd.DataFrame({name: [of] for name, of in ODD.items()}), {})
    last = capsys.readouterr().out.rstrip().splitlines()[-1].split("  ")
    assert [cell.strip() for cell in last if cell.strip()] == ["a\\xff", "of: 1.5", "0.123457, –"]


def test_bytes_records_and_lists_are_plain_in_files(tmp_path):
    found = pd.DataFrame({name: [of] for name, of in ODD.items()})
    answers.write_csv(found, tmp_path / "a.csv", {})
    (row,) = csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text()))
    assert row == {"raw": "a\\xff", "record": "of: 1.5", "list": "0.123456789, –"}
    assert json.dumps(plain(ODD["raw"])) == '"a\\\\xff"'


@pytest.mark.parametrize("value", [None, float("nan"), pd.NaT])
def test_nothing_is_a_dash(value, capsys):
    answers.print_answer(pd.DataFrame({"none": [value]}, dtype=object), {})
    assert "–" in capsys.readouterr().out
