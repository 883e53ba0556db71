"""Two policies on one page: when they part, and their differences under other seeds."""

import contextlib
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from experiments.commands.command_options import policies_of
from experiments.effects import compare
from experiments.effects.compare import jobs_of
from experiments.measures.regime_tables import PREFIX
from experiments.runs.jobs import Lived, live_job
from experiments.runs.options import Options
from model.input.errors import InputError
from model.outcomes.paired_differences import difference
from model.outcomes.scoreboard import HEADLINES
from model.outcomes.statistics import mean_interval
from model.places.place_finding import find_place
from viz.background.replicates import (
    Replicates,
    ReplicatesRequest,
    asked_for,
    command,
    regimes_of,
    rows_of,
)
from viz.background.seed_trials import live_seeds
from viz.scene.measures import SERIES
from viz.server.page_requests import PageRequest
from viz.server.strings import strings
from viz.session.beginnings import Beginnings
from viz.session.runner import Runner
from viz.session.session import Session

PATIENTS, SEED, YEARS = 1_000, 3, 1
POLICIES = ("carveout_msk", "status_quo")
ASKED = ReplicatesRequest(POLICIES, "anyshire", "", ".", 5_000, 3, (4, 5))  # enough for regimes


@pytest.fixture(scope="module")
def beginnings() -> Beginnings:
    return Beginnings()


def lived_until(session: Session, months: int) -> Session:
    for _ in range(months):
        session.live()
    return session


def test_the_same_policy_twice_never_parts(beginnings):
    beginning = beginnings.find("anyshire", PATIENTS, SEED)
    session = lived_until(Session(beginning, ("status_quo", "status_quo"), YEARS), 12)
    assert session.parting is None


def test_two_policies_part_when_one_first_does_what_the_other_does_not(beginnings):
    beginning = beginnings.find("anyshire", PATIENTS, SEED)
    session = lived_until(Session(beginning, ("population_ico", "status_quo"), 2), 14)
    one, other = session.watched
    month = session.parting["month"]
    assert month == 13 and one.rows[:month] == other.rows[:month]
    first, *decisions = session.parting["told"][0]
    assert first["rule"] == "policy" and "integrated organisations" in first["did"]
    assert any("joined Integrated organisation" in row["did"] for row in decisions)
    assert session.parting["told"][1] == []
    assert set(session.parting["figures"]) <= set(SERIES)


def test_organisations_do_not_take_the_letters_of_policies(beginnings):
    beginning = beginnings.find("anyshire", PATIENTS, SEED)
    session = lived_until(Session(beginning, ("population_ico", "status_quo"), 2), 13)
    said, _ = session.watched[0].look()
    assert [one["letter"] for one in said["organisations"]] == ["C", "D"]


@pytest.fixture(scope="module")
def done(burn_ins_once) -> Replicates:
    """Two seeds lived by the program in the background."""
    return waited_for(Replicates(ASKED, lambda: None))


def waited_for(found: Replicates, seconds: float = 300.0) -> Replicates:
    """These replicates once they are done, for as long as somebody wants them."""
    until = time.monotonic() + seconds
    while found.is_busy and time.monotonic() < until:
        found.want()
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def compared(burn_ins_once) -> list[dict[str, Lived]]:
    """The same seeds as `joinedup compare` lives them: runs by policy."""
    options = Options(patients=ASKED.patients, years=ASKED.years)
    jobs = jobs_of(options, find_place("anyshire", None), policies_of(POLICIES[::-1]), ASKED.seeds)
    return [
        {arm.policy: one for arm, one in zip(job.arms, live_job(job).lived, strict=True)}
        for job in jobs
    ]


def test_seeds_are_lived_as_the_command_line_lives_them(done, compared):
    assert (done.state, done.failure) == ("done", "")
    for ours, lived in zip(done.lived, compared, strict=True):
        theirs = {policy: one.values for policy, one in lived.items()}
        for outcomes, policy in zip(ours["outcomes"], POLICIES, strict=True):
            np.testing.assert_equal(outcomes, {name: theirs[policy][name] for name in outcomes})
        for regimes, policy in zip(ours["regimes"], POLICIES, strict=True):
            assert regimes["reason"] == ""
            for name, share in regimes["shares"].items():
                assert share == theirs[policy][PREFIX + name]


def test_rows_of_a_page_are_those_of_the_command_line_to_the_bit(done, compared):
    told = compare.rows_of(compared, policies_of(POLICIES[::-1]))
    theirs = {(row["policy"], row["outcome"], row["kind"]): row for row in told}
    rows = rows_of(done.lived)
    for row in rows:
        levels = [theirs[policy, row["outcome"], "level"]["estimate"] for policy in POLICIES]
        np.testing.assert_equal(row["levels"], levels)
        found = theirs[POLICIES[0], row["outcome"], "difference"]
        for key in ("estimate", "low_all", "high_all", "star", "negligible"):
            assert row[key] == found[key], (row["outcome"], key)
    assert sum(row["estimate"] != 0.0 for row in rows) > 5
    for row in done.told()["regimes"]["rows"]:
        levels = [theirs[policy, PREFIX + row["name"], "level"] for policy in POLICIES]
        assert row["levels"] == [level["estimate"] for level in levels]


def test_regimes_are_means_over_seeds_with_the_interval_of_the_command_line(done):
    told = done.told()["regimes"]
    assert told["reason"] == ""
    for row in told["rows"]:
        for n in range(2):
            shares = [one["regimes"][n]["shares"][row["name"]] for one in done.lived]
            known = mean_interval(shares)
            assert row["levels"][n] == known.estimate and row["halves"][n] == known.half
    assert sum(row["levels"][0] for row in told["rows"]) == pytest.approx(1.0)


def test_one_seed_without_a_verdict_is_enough_for_no_regimes(done):
    short = {"shares": {}, "reason": "Regimes are not told of 1 year."}
    lived = [*done.lived, {**done.lived[0], "regimes": [short, short]}]
    assert regimes_of(lived) == {"reason": short["reason"], "rows": []}
    assert regimes_of([]) == {"reason": "", "rows": []}


def test_a_status_quo_is_lived_beside_two_other_policies(burn_ins_once):
    asked = ASKED._replace(policies=("carveout_msk", "choice_none"), seeds=ASKED.seeds[:1])
    (lived,) = live_seeds(**asked._asdict())
    assert [sum(one["shares"].values()) for one in lived["regimes"]] == pytest.approx([1.0, 1.0])
    assert lived["regimes"][1]["shares"] != lived["regimes"][0]["shares"]  # nobody may choose


def test_what_was_lived_is_not_lived_again(done):
    again = Replicates(ASKED, pytest.fail)
    assert again.state == "done" and again.lived == done.lived


def test_differences_are_paired_with_their_interval(done):
    row = next(row for row in rows_of(done.lived) if row["outcome"] == "emergencies")
    a, b = (np.array([one["outcomes"][n]["emergencies"] for one in done.lived]) for n in (0, 1))
    assert row["estimate"] == pytest.approx(np.mean(a - b))
    assert row["levels"] == pytest.approx([a.mean(), b.mean()])
    known = difference("emergencies", a.tolist(), b.tolist(), len(HEADLINES))  # as compare does
    assert {key: row[key] for key in ("estimate", "low_all", "high_all")} == pytest.approx(
        {key: known[key] for key in ("estimate", "low_all", "high_all")}
    )
    assert (row["star"], row["negligible"]) == (known["star"], known["negligible"])
    assert rows_of(done.lived[:1])[0]["low_all"] is None
    assert [row["outcome"] for row in rows_of(done.lived)] == list(strings()["outcomes"])


def test_a_star_needs_the_whole_interval_beyond_what_matters():
    """Emergencies matter from a share of their level on: a sure but tiny difference has none."""

    def lived(*differences):
        base = {name: 100.0 for name in strings()["outcomes"]}
        return [{"seed": n, "outcomes": [base | {"emergencies": 100.0 + d}, base]}
                for n, d in enumerate(differences)]  # fmt: skip

    def row(*differences):
        return next(r for r in rows_of(lived(*differences)) if r["outcome"] == "emergencies")

    tiny, large = row(0.011, 0.010, 0.009, 0.010), row(10.1, 10.0, 9.9, 10.0)
    assert tiny["low_all"] > 0.0 and not tiny["star"] and tiny["negligible"]
    assert large["star"] and not large["negligible"]


def test_they_stop_when_told_to_and_when_nobody_asks_any_more(monkeypatch):
    many = ASKED._replace(seeds=tuple(range(50, 80)))
    told = Replicates(many, lambda: None)
    monkeypatch.setattr("viz.background.replicates.IDLE_TIMEOUT_SECONDS", 0.5)
    silent = Replicates(many._replace(years=2), lambda: None)
    told.stop()
    until = time.monotonic() + 60
    while silent.is_busy and time.monotonic() < until:
        time.sleep(0.05)
    assert told.state == silent.state == "stopped"
    assert nothing_is_at_work()


def nothing_is_at_work(seconds: float = 30.0) -> bool:
    """Whether all processes that live seeds have ended before long."""
    until = time.monotonic() + seconds
    while at_work() and time.monotonic() < until:
        time.sleep(0.05)
    return at_work() == []


def at_work() -> list[psutil.Process]:
    """The processes of this one that live seeds."""
    found = []
    for process in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            found += [process] if "viz.background.beside" in process.cmdline() else []
    return found


def test_what_cannot_be_lived_is_said():
    found = Replicates(ASKED._replace(place="anyshite", seeds=(1,)), lambda: None)
    waited_for(found, 60.0)
    assert found.state == "failed" and "did you mean anyshire" in found.failure
    assert nothing_is_at_work()


def test_the_command_line_for_the_same():
    page_request = PageRequest(("population_ico", "status_quo"), patients=8_000, seed=7)
    assert command(asked_for(page_request, 8_000, None)) == (
        "joinedup compare population_ico --place anyshire --patients 8000 --years 10"
        " --seed 8 --replicates 12"
    )
    kept = PageRequest(("/home/me/mine.toml", "status_quo"), place="cumbria")
    said = command(asked_for(kept, 8_000, Path("/home/me/data")))
    assert "/home" not in said and "compare mine.toml --place cumbria --data DIR" in said
    last = asked_for(PageRequest(seed=2**32 - 1), 500, None)
    assert last.patients == 500 and last.seeds[0] == 0


def test_a_runner_lives_other_seeds_of_two_policies_only(beginnings, monkeypatch):
    begun: list[ReplicatesRequest] = []

    class Noted(Replicates):
        def __init__(self, asked, news):
            begun.append(asked)
            super().__init__(asked, news)
            self.stop()

    monkeypatch.setattr("viz.session.runner.Replicates", Noted)
    heard: list[dict] = []
    page_request = PageRequest(("status_quo",), patients=PATIENTS, seed=SEED, years=YEARS)
    runner = Runner(beginnings, page_request, lambda message, parts: heard.append(message))
    for message in ({"do": "hello"}, {"do": "replicates", "on": True}):
        runner._answer(message)
    assert not begun
    runner._answer({"do": "start", "policies": list(POLICIES)})
    runner._answer({"do": "replicates", "on": True})
    assert begun == [asked_for(runner.page_request, PATIENTS, None)]
    assert heard[-1]["kind"] == "replicates" and heard[-1]["state"] == "stopped"
    with pytest.raises(InputError):
        runner._answer({"do": "start", "policies": ["status_quo"] * 3})
