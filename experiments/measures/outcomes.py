"""Outcomes by name: which there are, and what is said of each."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.input.errors import InputError
from model.outcomes.regimes import REGIMES
from model.outcomes.scoreboard import OUTCOMES

if TYPE_CHECKING:
    pass


def outcome_names() -> list[str]:
    """Every outcome of a run, shares of regimes included, in order."""
    return [*OUTCOMES, *(f"regime.{regime}" for regime in REGIMES)]


def check_outcomes(names: Iterable[str], key: str, file: Path | None = None) -> None:
    """`InputError` about the first name that is no outcome."""
    for name in names:
        if name not in outcome_names():
            raise InputError("no such outcome (joinedup list outcomes)", file=file, key=key,
                           value=name, allowed=outcome_names())  # fmt: skip


def about_outcome(outcome: str) -> dict[str, Any]:
    """Family, unit and decimals of an outcome, or of the share of a regime."""
    if outcome in OUTCOMES:
        about = OUTCOMES[outcome]
        return {"family": about.family, "unit": about.unit, "decimals": about.decimals}
    return {"family": "regime", "unit": "share of people", "decimals": 2}
