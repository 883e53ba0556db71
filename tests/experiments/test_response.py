"""The answer of outcomes to a lever: values, pairs, central value, mistakes."""

import json
import re

import pytest

from experiments.cli import exit_code
from experiments.response import values_of

LEVER = "handovers.lost_between_teams"
SMALL = ["--patients", "500", "--years", "1", "--replicates", "2"]


def test_values_span_the_range_and_hold_the_central_one():
    assert values_of(LEVER, 2) == [0.05, 0.12, 0.2]
    assert values_of("handovers.link_effect", 3) == pytest.approx([0.2, 0.5, 0.8])


def test_more_losses_between_teams_are_more_lost_handovers(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    line = ["response", LEVER, *SMALL, "--points", "2", "--outcome", "lost_handovers"]
    assert exit_code([*line, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    levels = [row["estimate"] for row in rows if row["kind"] == "level"]
    assert levels == sorted(levels) and len(levels) == 3
    low, high = (row for row in rows if row["kind"] == "difference")
    assert low["estimate"] == pytest.approx(levels[0] - levels[1])
    assert high["estimate"] > 0 and high["runs"] == 2
    assert exit_code(line) == 0  # the runs are there already
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80
    assert "central" in page and "2 seeds (0-1)" in page and "assumption:" in page
    assert re.search(r"Runs: runs/sweep_[0-9a-f]{16}", page)


@pytest.mark.parametrize(
    "line, said",
    [
        (["response", "handovers.lost", *SMALL], "LEVER"),
        (["response", "handovers.upc_step", *SMALL], "no range of its own"),
        (["response", LEVER, *SMALL, "--policy", "status_qou"], "did you mean status_quo?"),
        (["response", LEVER, *SMALL, "--points", "1"], "--points: out of range"),
        (["response", LEVER, "--patients", "3"], "39 practices"),
    ],
)
def test_mistakes_are_told(line, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert exit_code(line) == 2
    shown = capsys.readouterr().err
    assert said in shown and shown.count("\n") == 1 and not list(tmp_path.iterdir())


def test_the_lever_that_is_varied_cannot_be_set_too(capsys):
    line = ["response", "minds.noise", "--set", "minds.noise=2", "--quick"]
    assert exit_code(line) == 2
    assert "this lever is varied over its range" in capsys.readouterr().err
