"""Accounts of an organisation: they add up to the ledger, and mistakes are told."""

import json

import pandas as pd
import pytest

from experiments.commands.cli import exit_code
from experiments.runs.accounts import account_rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("accounts") / "run"
    line = ["run", "carveout_msk", "--patients", "500", "--years", "2", "--out", str(out)]
    assert exit_code(line) == 0
    return out


def test_accounts_add_up_to_the_ledger(folder, capsys):
    ledger = pd.read_parquet(folder / "ledger.parquet")
    capsys.readouterr()
    assert exit_code(["accounts", str(folder), "east", "--year", "2", "--json"]) == 0
    rows = pd.DataFrame(json.loads(capsys.readouterr().out)["rows"])
    for side, column in (("income", "payee"), ("expenditure", "payer")):
        mine = ledger[(ledger[column] == "east") & (ledger["month"].between(12, 23))]
        assert rows[rows["side"] == side]["pence"].sum() == mine["pence"].sum()
    assert set(rows["year"]) == {2} and "allocation" in set(rows["heading"])


def test_accounts_of_a_practice_are_told_by_stream_in_80_columns(folder, capsys):
    assert exit_code(["accounts", str(folder), "anyshire_gp_001"]) == 0
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80
    for words in ("global sum", "qof", "practice expenses", "surplus", "year 2", "seed 0"):
        assert words in page


def test_mistakes_are_told(folder, capsys):
    assert exit_code(["accounts", str(folder), "westford_hospital"]) == 2
    assert "did you mean westford_hospitals?" in capsys.readouterr().err
    assert exit_code(["accounts", str(folder), "east", "--year", "9"]) == 2
    assert "allowed: 1 to 2" in capsys.readouterr().err


def test_a_deficit_that_goes_to_the_owner_is_income(tmp_path):
    ledger = {"month": [0, 1, 12], "heading": "own_services", "payer": "services",
              "payee": "owner", "pence": [-300, 100, 50]}  # fmt: skip
    pd.DataFrame(ledger).to_parquet(tmp_path / "ledger.parquet")
    rows = account_rows(tmp_path, "services", None)
    assert [(row["year"], row["side"], row["pence"]) for row in rows] == [
        (1, "income", 200), (2, "expenditure", 50),
    ]  # fmt: skip


def test_a_folder_that_lost_a_table_is_told(folder, tmp_path, capsys):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "manifest.json").write_bytes((folder / "manifest.json").read_bytes())
    assert exit_code(["accounts", str(tmp_path / "half"), "east"]) == 2
    assert "no ledger here" in capsys.readouterr().err
    (tmp_path / "half" / "ledger.parquet").write_bytes(b"PAR1")
    assert exit_code(["accounts", str(tmp_path / "half"), "east"]) == 2
    assert exit_code(["query", str(tmp_path / "half"), "SELECT 1"]) == 2
    assert "not as it was written" in capsys.readouterr().err


def test_what_a_practice_keeps_of_a_saving_is_in_its_accounts(tmp_path, capsys):
    out = tmp_path / "run"
    line = ["run", "fundholding", "--patients", "500", "--years", "4", "--out", str(out)]
    assert exit_code(line) == 0
    ledger = pd.read_parquet(out / "ledger.parquet")
    saved = ledger[ledger["heading"] == "budget_saving"].iloc[0]
    capsys.readouterr()
    assert exit_code(["accounts", str(out), saved["payee"], "--json"]) == 0
    rows = pd.DataFrame(json.loads(capsys.readouterr().out)["rows"])
    kept = rows[rows["heading"] == "budget_saving"]
    assert list(kept["side"]) == ["income"] and kept["counterparty"].iat[0] == saved["payer"]
    assert kept["pence"].iat[0] == saved["pence"] and kept["year"].iat[0] == 4
    assert {"budget_allowance", "budget_management"} <= set(rows["heading"])
