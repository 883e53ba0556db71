"""Income and expenditure of an organisation in a run, by heading and counterparty, year by year."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.runs.runs import with_licences
from experiments.terminal.output import number, print_rows, show
from model.input.errors import InputError
from model.stories.events import read_table

LEDGER_COLUMNS = {"month": "whole", "pence": "whole"} | dict.fromkeys(
    ("payer", "payee", "heading"), "text"
)
PENCE_IN_THOUSAND = 100_000.0
MOST_PARTIES = 3  # named under a heading
MOST_YEARS = 4  # side by side


def account_rows(folder: Path, code: str, year: int | None) -> list[dict[str, Any]]:
    """One row a year, side (income or expenditure), heading and counterparty, with pence.

    `InputError` if the run has no such organisation, or no such year. `folder`: of the run; `code`:
    of the organisation; `year`: one alone, from 1.
    """
    ledger = read_table(folder / "ledger.parquet", LEDGER_COLUMNS)
    ledger = ledger.assign(year=ledger["month"] // 12 + 1)
    codes = sorted({*ledger["payer"], *ledger["payee"]})
    if code not in codes:
        raise InputError("no organisation of this run has this code", file=folder, key="ORG",
                       value=code, allowed=codes)  # fmt: skip
    years = sorted(ledger["year"].unique())
    if year is not None and year not in years:
        raise InputError("the run has no such year", file=folder, key="--year", value=year,
                       allowed=f"{years[0]} to {years[-1]}")  # fmt: skip
    chosen = ledger if year is None else ledger[ledger["year"] == year]
    sides = [
        ("income", chosen[chosen["payee"] == code], "payer"),
        ("expenditure", chosen[chosen["payer"] == code], "payee"),
    ]
    return [_turned(row) for side, part, other in sides for row in _sums(part, side, other)]


def _turned(row: dict[str, Any]) -> dict[str, Any]:
    """A negative sum, such as a deficit handed to an owner, stands on the other side."""
    other = {"income": "expenditure", "expenditure": "income"}[row["side"]]
    return row if row["pence"] > 0 else row | {"side": other, "pence": -row["pence"]}


def _sums(part: pd.DataFrame, side: str, other: str) -> list[dict[str, Any]]:
    sums = part.groupby(["year", "heading", other], observed=True)["pence"].sum().reset_index()
    renamed = sums.rename(columns={other: "counterparty"}).assign(side=side)
    kept = renamed[renamed["pence"] != 0]
    columns = ["year", "side", "heading", "counterparty", "pence"]
    return [{str(k): v for k, v in row.items()} for row in kept[columns].to_dict("records")]


def print_accounts(code: str, manifest: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
    """Income, expenditure and surplus, thousands of pounds; a column a year, at most the last four.

    The parties that a heading is most with are named under it.
    """
    known = sorted({row["year"] for row in rows})
    years = known[-MOST_YEARS:]
    rows = [row for row in rows if row["year"] in years]
    (policy,) = manifest["policies"]
    said = (
        f"{code}: income and expenditure, thousands of pounds\n{policy} in"
        f" {manifest['place']['title']}, seed {manifest['seed']}; one run, so no interval"
    )
    show(with_licences(said, manifest))
    for side in ("income", "expenditure"):
        print_rows(side.capitalize(), _side([r for r in rows if r["side"] == side], years), 1)
        show()
    surplus = {"": "surplus"} | {f"year {y}": _thousands(_surplus(rows, y)) for y in years}
    print_rows("", [surplus], 1)
    if len(known) > len(years):
        show(f"The last {len(years)} of {len(known)} years; --year shows another, --json all.")


def _side(rows: Sequence[dict[str, Any]], years: Sequence[int]) -> list[dict[str, str]]:
    frame = pd.DataFrame(rows, columns=["year", "side", "heading", "counterparty", "pence"])
    total = frame.groupby("heading")["pence"].sum().sort_values(ascending=False, key=abs)
    lines = [_line(frame, heading, years) for heading in total.index]
    whole = {f"year {y}": _thousands(int(frame[frame["year"] == y]["pence"].sum())) for y in years}
    return [*lines, {"heading": "all", **whole}]


def _line(frame: pd.DataFrame, heading: str, years: Sequence[int]) -> dict[str, str]:
    mine = frame[frame["heading"] == heading]
    parties = mine.groupby("counterparty")["pence"].sum().sort_values(ascending=False, key=abs)
    named = ", ".join(parties.index[:MOST_PARTIES])
    more = f" and {len(parties) - MOST_PARTIES} more" if len(parties) > MOST_PARTIES else ""
    sums = mine.groupby("year")["pence"].sum()
    return {"heading": f"{heading.replace('_', ' ')}\n  {named}{more}"} | {
        f"year {y}": _thousands(int(sums.get(y, 0))) for y in years
    }


def _surplus(rows: Sequence[dict[str, Any]], year: int) -> int:
    sign = {"income": 1, "expenditure": -1}
    return sum(sign[row["side"]] * row["pence"] for row in rows if row["year"] == year)


def _thousands(pence: int) -> str:
    thousands = pence / PENCE_IN_THOUSAND
    return number(thousands, 0 if abs(thousands) >= 1000 else 1)
