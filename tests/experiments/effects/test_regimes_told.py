"""Regimes as commands tell them: intervals, what they rest on, one baseline, one sentence."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.catalogue.listing import outcomes
from experiments.commands.command_options import policies_of
from experiments.effects.compare import jobs_of
from experiments.measures.regime_tables import (
    PREFIX,
    print_foundations,
    print_regimes,
    regime_words,
    regimes_by,
    rows_about,
    rows_of_one,
    summary,
    thresholds_told,
)
from experiments.runs.jobs import FREE, arms_of, live_job
from experiments.runs.options import Options
from experiments.runs.runs import print_run_regimes
from model.outcomes.regimes import REGIMES, VARIED
from model.outcomes.verdict import Verdict
from model.parameters import load_parameters
from model.places.place_finding import find_place

PLURAL, FRAGMENTED, LOCAL_MONOPOLY = 0, 1, 3
REASON = "Regimes cannot be told: too few."


def verdict(end, onset, reason=""):
    """A verdict on three areas of 50, 30 and 20 people that began as plural."""
    end, onset = np.array(end), np.array(onset)
    people, nothing = np.array([50.0, 30.0, 20.0]), np.zeros(3, dtype=int)
    shares = {name: float(people[end == k].sum()) / 100.0 for k, name in enumerate(REGIMES)}
    records = [{"threshold": "none", "factor": 1.0, "moved": 0.0}]
    records += [{"threshold": "fragmented_margin", "factor": f, "moved": f / 10} for f in VARIED]
    return Verdict(
        nothing, people, np.arange(1, 11), nothing, nothing[:, None], end, onset,
        np.where(onset, 11 - onset, 0), shares if not reason else None,
        dict.fromkeys(REGIMES, 0.02) if not reason else None, tuple(records), reason,
    )  # fmt: skip


def test_what_is_kept_of_a_verdict_is_weighted_by_people():
    kept = summary(verdict([FRAGMENTED, PLURAL, LOCAL_MONOPOLY], [4, 0, 6]))
    assert kept["changed"] == pytest.approx(0.7) and kept["reason"] == ""
    assert kept["onset"] == pytest.approx((0.5 * 4 + 0.2 * 6) / 0.7)
    assert kept["duration"] == pytest.approx((0.5 * 7 + 0.2 * 5) / 0.7)
    assert kept["moves"] == {"plural -> fragmented": 0.5, "plural -> local_monopoly": 0.2}
    still = summary(verdict([PLURAL] * 3, [0, 0, 0]))
    assert still["changed"] == 0.0 and np.isnan(still["onset"]) and still["moves"] == {}


def test_what_regimes_rest_on_has_intervals_over_seeds(capsys):
    seeds = [
        summary(verdict([FRAGMENTED, PLURAL, PLURAL], [4, 0, 0])),
        summary(verdict([PLURAL, PLURAL, PLURAL], [0, 0, 0])),
    ]
    rows = {row["outcome"]: row for row in rows_about("one", seeds)}
    assert rows["plural -> fragmented"]["estimate"] == pytest.approx(0.25)
    assert rows["plural -> fragmented"]["low"] < 0.25 < rows["plural -> fragmented"]["high"]
    assert rows["onset"]["estimate"] == 4.0 and rows["onset"]["runs"] == 1
    assert rows["fragmented_margin x0.8"]["estimate"] == pytest.approx(0.08)
    assert {"policy", "outcome", "estimate", "low", "high", "runs"} <= set(rows["onset"])
    print_foundations(list(rows.values()), ["one"])
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80
    assert "8 / 12" in page and "plural -> fragmented" in page and "at least 3 years" in page
    source = str(load_parameters().entry("regimes.alternatives_needed").source)
    assert source[:30] in " ".join(page.split())


def test_shares_have_an_interval_beside_each(capsys):
    print_regimes({"one": rows_of_one("one", verdict([FRAGMENTED, PLURAL, PLURAL], [4, 0, 0]))}, "")
    page = capsys.readouterr().out
    lines = {" ".join(line.split()) for line in page.splitlines()}
    assert {"plural 50 ±4", "fragmented 50 ±4", "monopoly and joined up 0 (0–4)"} <= lines
    assert sum(line.startswith(tuple(r.replace("_", " ") for r in REGIMES)) for line in lines) == 6


def test_where_a_size_cannot_support_them_there_is_one_sentence_and_no_table(capsys):
    found = verdict([PLURAL] * 3, [0, 0, 0], REASON)
    print_regimes({"one": rows_of_one("one", found)}, summary(found)["reason"])
    assert capsys.readouterr().out.strip() == REASON


def test_half_an_interval_is_explained_only_where_one_is_shown(capsys):
    level = {"policy": "p", "family": "regime", "kind": "level", "runs": 1}
    for half, shown in ((0.0, False), (0.1, True)):
        rows = [level | {"outcome": PREFIX + name, "estimate": 0.5, "low": 0.5 - half}
                | {"high": 0.5 + half} for name in REGIMES]  # fmt: skip
        print_run_regimes({"regimes": rows, "no_regimes": ""})
        said = capsys.readouterr().out
        assert ("drawn and simulated" in said) == shown and "over seeds shares differ" in said


def test_shares_of_a_sweep_are_told_alike():
    runs = pd.DataFrame({PREFIX + name: [0.2, 0.4] for name in REGIMES} | {"no_regimes": ["", ""]})
    columns, reason = regimes_by({"one": runs})
    assert reason == "" and columns["one"][0]["estimate"] == pytest.approx(0.3)
    assert columns["one"][0]["low"] < 0.3 < columns["one"][0]["high"]
    assert regimes_by({"one": runs.assign(no_regimes=["", REASON])})[1] == REASON


def test_every_regime_and_threshold_has_its_words():
    assert tuple(regime_words()["regimes"]) == REGIMES
    names = {row["name"] for row in outcomes()}
    assert {PREFIX + regime for regime in REGIMES} <= names
    told = thresholds_told()
    for name, entry in load_parameters().entries.items():
        if name.startswith("regimes."):
            assert name.split(".")[1].replace("_", " ") in told
            assert str(entry.source or entry.assumption) in told


def test_the_baseline_is_the_status_quo_of_the_seed_whatever_runs_are_put_beside():
    place, names = find_place("lakeland", None), ["carveouts_three", "teams_only"]
    options = Options(place="lakeland", patients=2_000, years=5)

    def judged(against, policies):
        (job,) = jobs_of(options, place, policies_of(policies), [1])
        arms = tuple(arms_of(policies, [FREE], against))
        result = live_job(replace(job, arms=arms, against=against))
        return {arm.policy: one.regimes for arm, one in zip(arms, result.lived, strict=True)}

    usual = judged("status_quo", ["status_quo", *names])
    other = judged("carveouts_three", names)
    for name in names:
        assert repr(other[name]) == repr(usual[name])
    assert usual["teams_only"] != usual["status_quo"]
