"""What calls from a notebook return: tables as data frames, and where everything is kept."""

import contextlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Run:
    """One run: what was asked, what came out, and the folder that keeps every table.

    scoreboard: outcomes over the first and last years. status_quo: the same of the status quo of
    the same seed. regimes: shares of people by regime, 0 to 1. decisions: how often each option was
    taken.
    """

    manifest: dict[str, Any] = field(repr=False)
    folder: Path
    scoreboard: pd.DataFrame = field(repr=False)
    status_quo: pd.DataFrame = field(repr=False)
    regimes: pd.DataFrame = field(repr=False)
    decisions: pd.DataFrame = field(repr=False)
    no_regimes: str = ""

    def table(self, name: str) -> pd.DataFrame:
        """A table of the run: organisation_month, organisation_year, area_month, area_year...

        `InputError` with the names that there are if it has no such table.
        """
        from model.input.errors import InputError
        from model.input.reading import read_parquet

        there = sorted(path.stem for path in self.folder.glob("*.parquet"))
        if name not in there:
            raise InputError(
                "no such table", file=self.folder, key="name", value=name, allowed=there
            )
        return read_parquet(self.folder / f"{name}.parquet")


@dataclass(frozen=True)
class Comparison:
    """Policies beside the status quo, in several replicates.

    rows: a policy, outcome and kind ("level" or "difference") each, with 95% intervals: `low` and
    `high` of each by itself, `low_all` and `high_all` of all tests at once. paths: headline
    outcomes by year. verdicts: a sentence a policy.
    """

    manifest: dict[str, Any] = field(repr=False)
    folder: Path
    rows: pd.DataFrame = field(repr=False)
    paths: pd.DataFrame = field(repr=False)
    verdicts: dict[str, str]
    no_regimes: str = ""

    @property
    def differences(self) -> pd.DataFrame:
        """Differences of headline outcomes from the status quo of the same seed."""
        from model.outcomes.scoreboard import HEADLINES

        rows = self.rows[self.rows["kind"] == "difference"]
        return rows[rows["outcome"].isin(list(HEADLINES))].reset_index(drop=True)

    @property
    def regimes(self) -> pd.DataFrame:
        """Shares of people by regime and policy, 0 to 1, with 95% intervals."""
        rows = self.rows[(self.rows["kind"] == "level") & (self.rows["family"] == "regime")]
        return rows[["policy", "outcome", "estimate", "low", "high", "runs"]].reset_index(drop=True)


@dataclass(frozen=True)
class Person:
    """One simulated person in two futures with the same luck, and all like them."""

    manifest: dict[str, Any] = field(repr=False)
    life: dict[str, Any] = field(repr=False)

    @property
    def timeline(self) -> pd.DataFrame:
        """Both lives side by side, by month."""
        from experiments.explanations.person_answer import timeline

        return pd.DataFrame(timeline(self.life))

    def __str__(self) -> str:
        """The page that the command prints."""
        from experiments.explanations.person_answer import print_person

        page = io.StringIO()
        with contextlib.redirect_stdout(page):
            print_person(self.manifest, self.life)
        return page.getvalue()
