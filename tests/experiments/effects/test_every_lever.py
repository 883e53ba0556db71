"""Every lever at once: which are there, differences by hand, what is told apart from chance."""

import pytest

from experiments.effects.every_lever import (
    _told_apart,
    every_lever,
    every_row,
    live,
    print_every,
    studies_of,
)
from experiments.effects.response import lever_of
from experiments.runs.options import Options
from experiments.studies.store import read_results
from model.outcomes.statistics import Interval, p_value
from model.parameters import load_parameters
from model.rules import load_rules

SMALL = Options(patients=200, years=1, levers={"minds.noise": 1.5})
RECORD, CHOICE, INERT = (
    "handovers.lost_between_teams", "competition.choice.options", "budgets.retained_share",
)  # fmt: skip


def test_every_parameter_with_a_range_every_rule_and_every_term_is_there():
    found = {lever.name for lever in every_lever("risk_two_sided", 2014, SMALL)}
    ranged = {name for name, entry in load_parameters().entries.items()
              if entry.is_lever and entry.low is not None}  # fmt: skip
    assert ranged - {"minds.noise"} <= found  # which is set, and stays as it is set
    assert {"risk_down", "choice", "deficits", CHOICE} <= found
    assert not found & {name for name, rule in load_rules().items() if rule.on_record}


def test_differences_are_those_of_the_runs_and_what_nothing_reads_changes_nothing(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    levers = [lever_of(name, "status_quo", 2, 2014) for name in (RECORD, CHOICE, INERT)]
    studies = studies_of(levers, "status_quo", SMALL, 3)
    folders = live(studies, SMALL, 1)
    rows = every_row(levers, folders, ["lost_handovers", "few_alternatives"])
    by = {(row["lever"], row["value"], row["outcome"]): row for row in rows}
    assert len(by) == len(rows) == 2 * (2 + 2 + 2)

    runs = read_results(folders[0])
    mean = runs.groupby(RECORD)["lost_handovers"].mean()
    low, _, high = sorted(mean.index)
    central = runs[runs["set"] == 0]["lost_handovers"].mean()
    lowest = runs[runs[RECORD] == low]["lost_handovers"].mean()
    assert by[RECORD, low, "lost_handovers"]["estimate"] == pytest.approx(lowest - central)
    assert by[RECORD, high, "lost_handovers"]["answers"]
    assert by[CHOICE, 1, "few_alternatives"]["estimate"] > 0
    assert all(row["p"] == 1.0 and not row["answers"] for row in rows if row["lever"] == INERT)

    print_every(studies, rows, folders)
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80
    assert f"Change nothing here, in any run: {INERT}." in page
    assert "200 of 300,000 patients simulated; 3 replicates (seeds 0-2)" in page
    assert "3 seeds" in page and "false discovery rate" in page


def test_an_interval_that_ends_at_zero_has_a_p_of_one_in_twenty():
    assert p_value(Interval(1.0, 0.0, 2.0, 8)) == pytest.approx(0.05)
    assert p_value(Interval(0.0, 0.0, 0.0, 8)) == 1.0 and p_value(Interval(2.0, 2.0, 2.0, 8)) == 0.0


def test_one_p_of_one_in_fifty_among_many_is_not_told_apart():
    rows = [{"p": p} for p in (0.02, 0.3, 0.5, 0.9, 1.0, float("nan"))]
    assert not any(row["answers"] for row in _told_apart(rows))
    assert [row["answers"] for row in _told_apart([{"p": 0.001}, *rows])] == [True] + 6 * [False]
