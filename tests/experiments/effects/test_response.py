"""The answer of outcomes to a lever: values, pairs, central value, mistakes."""

import json
import re

import pytest

from experiments.commands.cli import exit_code
from experiments.effects.response import NOT_GIVEN, lever_of
from model.policies.policy_finding import find_policy

LEVER = "handovers.lost_between_teams"
SMALL = ["--patients", "500", "--years", "1", "--replicates", "2"]


def test_values_span_the_range_and_hold_the_central_one():
    assert lever_of(LEVER, "status_quo", 2, 2014).values == (0.05, 0.12, 0.2)
    values = lever_of("handovers.link_effect", "status_quo", 3, 2014).values
    assert values == pytest.approx([0.2, 0.5, 0.8])


def test_a_rule_takes_the_values_that_it_had_and_a_term_those_it_may_have():
    choice = lever_of("competition.choice.options", "choice_five", 5, 2014)
    assert choice.values == (0, 1, 5) and choice.central == 5
    assert choice.policies[5] == "choice_five"
    assert choice.policies[1] == "choice_five:competition.choice.options=1"
    risk = lever_of("risk_down", "risk_two_sided", 3, 2014)
    assert risk.values == (0, 0.5, 0.6, 1.0) and risk.central == 0.6
    assert lever_of("deficits", "risk_two_sided", 3, 2014).values == (
        "carried", "insolvency", "leader",
    )  # fmt: skip
    stop = lever_of("stop_loss_pounds", "risk_two_sided", 2, 2014)
    assert stop.central == NOT_GIVEN and stop.values == (5_000, 1_000_000, NOT_GIVEN)
    assert find_policy(stop.policies[1_000_000]).population_contracts[0].stop_loss_pounds == 1e6


def test_values_that_other_terms_of_the_policy_forbid_are_left_out():
    assert lever_of("start_month", "commissioner_split", 2, 2014).values == (0, 12)  # ends at 48
    assert lever_of("end_month", "commissioner_split", 2, 2014).values == (48, 600)


def test_answers_to_a_rule_are_those_of_the_policy_with_that_rule(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    line = [
        "response",
        "competition.choice.options",
        *SMALL,
        "--outcome",
        "few_alternatives",
        "--json",
    ]
    assert exit_code(line) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    levels = {row["value"]: row["estimate"] for row in rows if row["kind"] == "level"}
    assert list(levels) == [0, 1, 5] and levels[1] > levels[5] >= levels[0]
    assert all(row["runs"] == 2 for row in rows)


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
    assert "500 of 300,000 patients simulated; 2 replicates (seeds 0-1)" in page
    assert "Regimes are not told of 1 year" in page
    assert "central" in page and "assumption:" in page
    assert re.search(r"Runs: runs/sweep_[0-9a-f]{16}", page)


@pytest.mark.parametrize(
    "line, said",
    [
        (["response", "handovers.lost", *SMALL], "LEVER"),
        (["response", "risk_dwn", *SMALL, "--policy", "risk_two_sided"], "mean risk_down?"),
        (["response", "commissioners.bodies.cash_growth", *SMALL], "on record only"),
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
