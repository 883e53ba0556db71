"""Targets as data, agreement, and the command: small runs, what is missing, mistakes."""

import json
import math

import numpy as np
import pytest

from experiments.commands.cli import exit_code
from experiments.runs.options import Options
from experiments.validation import targets, trials
from experiments.validation.targets import (
    FOLDER,
    PublishedEffect,
    find_targets,
    read_target,
    target_names,
)
from experiments.validation.validate import CONFIDENCE, TrialSize, nearest
from model.input.errors import InputError
from model.outcomes.statistics import Interval, mean_interval
from model.parameters import load_parameters
from model.policies import policy_finding

SMALL = ["--patients", "500", "--replicates", "2", "--workers", "1"]
SMALL_ENOUGH = 80


def effect(agrees, low=None, high=None):
    """An effect with an interval and what counts as agreement."""
    fields = {"name": "x", "unit": "%", "estimator": "share", "with": {}, "agrees": agrees}
    return PublishedEffect(**fields, low=low, high=high)


def agrees(one, low, high, wide=None):
    interval = Interval((low + high) / 2, low, high, 5)
    return one.met(interval, interval if wide is None else Interval(0.0, *wide, 5))


def test_every_target_is_sound_and_names_its_study():
    assert target_names() == ["V3", "V5", "V13", "V19", "V21", "V22", "V24", "V27", "V28", "V31",
                              "V34", "S1"]  # fmt: skip
    known = load_parameters()
    for target in find_targets([]):
        assert target.source and target.comparator and target.horizon
        for one in target.effects:
            assert one.published is None or one.low <= one.published <= one.high
            assert one.published is None or one.interval
            assert not one.taken_in or one.taken_in in known
        for arm in target.arms.values():
            assert all(name in known for name in arm.parameters)


def test_agreement():
    assert agrees(effect("overlap", -2, -1), -3, -1.9)
    assert not agrees(effect("overlap", -2, -1), -0.9, 3)
    assert agrees(effect("within", -1, 1), -0.5, 0.5)
    assert not agrees(effect("within", -1, 1), -0.5, 1.5)
    assert agrees(effect("negative"), -3, -1) and not agrees(effect("negative"), -3, 1)
    assert agrees(effect("positive"), 1, 3) and not agrees(effect("positive"), -1, 3)
    assert agrees(effect("contains_zero"), 1, 3, wide=(-1, 5))
    assert not agrees(effect("contains_zero"), 1, 3, wide=(0.5, 5))


def test_an_interval_of_90_per_cent_is_narrower():
    values = [1.0, 2.0, 4.0]
    narrow, wide = mean_interval(values, CONFIDENCE), mean_interval(values)
    assert narrow.estimate == wide.estimate and narrow.half < wide.half
    assert narrow.half == pytest.approx(2.919986 * math.sqrt(7 / 9), rel=1e-5)  # t(0.95, 2)


def test_the_nearest_value_is_the_end_of_the_interval_towards_the_published():
    row = {"pass": False, "agrees": "overlap", "published_low": -5.0, "published_high": -3.0}
    assert nearest({**row, "low": -2.0, "high": 1.0}) == (-2.0, -3.0)
    assert nearest({**row, "low": -9.0, "high": -7.0}) == (-7.0, -5.0)
    assert nearest({**row, "low": math.nan, "high": math.nan}) is None
    assert nearest({**row, "agrees": "negative", "low": -1.0, "high": 2.0}) == (2.0, 0.0)


def test_a_target_without_its_policy_can_be_run_once_there_is_one(monkeypatch):
    (pbc,) = find_targets(["V27"])
    monkeypatch.setattr(policy_finding, "policy_names", lambda: ["status_quo"])
    assert pbc.missing(pbc.effects[0]) == ["pbc"]
    monkeypatch.setattr(policy_finding, "policy_names", lambda: ["status_quo", "pbc"])
    assert not pbc.missing(pbc.effects[0])


def test_an_arm_is_lived_once_for_the_longest_time():
    arm, raised = (
        targets.TargetArm(policy="a"),
        targets.TargetArm(policy="a", personal_continuity="all"),
    )
    status_quo = targets.TargetArm(policy="status_quo")
    asked = [trials.TrialArm(*pair) for pair in ((arm, 1), (arm, 3), (raised, 1), (status_quo, 2))]
    found = trials.arms_asked(asked)
    assert [(trials.address_of(one.arm), one.years) for one in found] == [
        ("status_quo", 2), ("a", 3), ("a continuity=all", 1),
    ]  # fmt: skip


def test_raised_continuity_raises_the_index(live_policy, after_burn_in):
    economy = live_policy("status_quo", 0, state=after_burn_in.copy())
    before = economy.world.practices["personal"].copy()
    trials.raise_continuity(economy, "half")
    rise = economy.world.practices["personal"] - before
    assert rise[::2] == pytest.approx(0.0) and rise[1::2] == pytest.approx(0.22)


def test_parameters_of_an_arm_may_lie_outside_their_range(shire):
    arm = targets.TargetArm(policy="status_quo", parameters={"choice.aware_share": 0.0})
    assert trials.with_parameters(shire, arm).parameters["choice.aware_share"] == 0.0
    assert shire.parameters["choice.aware_share"] > 0.0
    assert trials.with_parameters(shire, targets.TargetArm(policy="status_quo")) is shire


def test_studies_of_several_places_keep_to_a_place_that_is_built():
    (market,) = find_targets(["S1"])
    assert len(TrialSize(Options(), range(2)).places_of(market)) == 3
    assert TrialSize(Options(place="cumbria"), range(2)).places_of(market) == ("cumbria",)


def test_practices_that_open_later_had_no_patients():
    table = trials.padded([np.array([1, 2]), np.array([1, 2, 3])])
    assert table.tolist() == [[1, 2, 0], [1, 2, 3]]


@pytest.mark.parametrize(
    "change, said",
    [
        (('"score_apart"', '"score_appart"'), "did you mean score_apart?"),
        (("outcome =", "outcomes ="), "missing a required argument"),
        (('against = "none"', 'against = "nobody"'), "no such arm"),
        (("horizon =", "horizont ="), "horizon"),
        (("low = -0.01\n", ""), "needs low and high"),
        (("title =", "title "), "not valid TOML"),
    ],
)
def test_unsound_targets_are_told(change, said, tmp_path):
    text = (FOLDER / "V21.toml").read_text(encoding="utf-8")
    path = tmp_path / "V21.toml"
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_target(path)


def test_a_quick_validation_from_end_to_end(tmp_path, monkeypatch, capsys):
    """The label changes nothing and passes; case management waits for its policy."""
    monkeypatch.chdir(tmp_path)
    there = [name for name in policy_finding.policy_names() if name != "evercare"]
    monkeypatch.setattr(policy_finding, "policy_names", lambda: there)
    waiting = "V5"
    line = ["validate", "V21", waiting, *SMALL]
    assert exit_code([*line, "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    rows = {(row["target"], row["effect"]): row for row in answer["rows"]}
    index = rows["V21", "usual provider index"]
    assert index["pass"] and index["estimate"] == index["low"] == index["high"] == 0.0
    late = [row for row in answer["rows"] if row["target"] == waiting]
    assert late and not any(row["pass"] for row in late) and late[0]["missing"]
    assert exit_code(line) == 1  # the runs are there already
    shown = capsys.readouterr()
    assert "have been lived before" in shown.err
    assert max(map(len, shown.out.splitlines())) <= SMALL_ENOUGH
    assert "cannot be run: there is no policy" in shown.out
    assert "500 of 300,000 patients" in shown.out and "2 seeds (0-1)" in shown.out
    assert "1 of 2 targets agree (V21)" in shown.out and "Barker" in shown.out


def test_all_reached_is_exit_code_0_and_other_minds_are_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert exit_code(["validate", "V21", *SMALL, "--minds", "random"]) == 0
    page = capsys.readouterr().out
    assert "The same with random minds" in page
    assert "With random minds 1 of 1 targets agree (V21)." in page


def test_rates_of_the_status_quo(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert exit_code(["validate", "--rates", "--quick", *SMALL, "--json"]) in (0, 1)
    rows = {row["rate"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    assert set(rows) == {"practice_exits", "practice_openings", "trust_mergers", "list_growth"}
    assert all(row["runs"] == 2 and row["estimate"] >= 0.0 for row in rows.values())
    exit_code(["validate", "--rates", "--quick", *SMALL])
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= SMALL_ENOUGH and "2010-2015" in page


@pytest.mark.parametrize(
    "line, said",
    [
        (["validate", "V33", *SMALL], "no such target"),
        (["validate", "V21", "--replicates", "1"], "--replicates"),
        (["validate", "V21", "--patients", "3"], "39 practices"),
        (["validate", "V21", *SMALL, "--minds", "clever"], "no such mind"),
        (["validate", "V21", "--rates", *SMALL], "rates have no targets"),
        (["validate", "V21", *SMALL, "--place", "atlantis"], "atlantis"),
    ],
)
def test_mistakes_are_told(line, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert exit_code(line) == 2
    shown = capsys.readouterr().err
    assert said in shown and shown.count("\n") == 1 and not list(tmp_path.iterdir())
