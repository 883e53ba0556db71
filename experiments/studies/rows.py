"""Rows of a comparison: find them by policy, outcome and kind."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from experiments.runs.options import STATUS_QUO
from model.outcomes.scoreboard import HEADLINES

if TYPE_CHECKING:
    pass


FAMILIES = ("monopoly", "fragmentation", "care", "money")


def headlines(rows: Sequence[dict[str, Any]], family: str) -> list[str]:
    """The outcomes of a family that are shown; all others are in table.csv."""
    of_family = {row["outcome"] for row in rows if row["family"] == family}
    return [outcome for outcome in HEADLINES if outcome in of_family]


def find(rows: Sequence[dict[str, Any]], policy: str, outcome: str, kind: str) -> dict[str, Any]:
    """The row of one policy, outcome and kind."""
    wanted = (policy, outcome, kind)
    return next(row for row in rows if (row["policy"], row["outcome"], row["kind"]) == wanted)


def policies_in(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The policies of a comparison but the status quo, in order."""
    return [name for name in dict.fromkeys(r["policy"] for r in rows) if name != STATUS_QUO]
