"""What differences rest on: mechanisms and terms taken away in turn."""

import json

import pytest

from experiments.commands.cli import exit_code
from experiments.commands.command_options import policies_of
from experiments.effects import ablation
from experiments.effects.ablation import ALL, ablation_of, studies_of
from experiments.runs.options import Options
from model.parameters import load_parameters

OUTCOME = "lost_handovers_many"


@pytest.fixture
def few_mechanisms(monkeypatch):
    """Two mechanisms instead of all, for speed."""
    known = load_parameters().mechanisms()
    few = {name: known[name] for name in ("shared_records", "inflated_base_year")}
    monkeypatch.setattr(ablation.load_parameters().__class__, "mechanisms", lambda _: few)


def test_each_mechanism_is_off_in_a_set_of_its_own_and_each_term_turned_round():
    asked = ablation_of(policies_of(["population_ico", "carveout_msk+label_only"]), Options(), 2)
    mechanisms, terms = studies_of(asked)
    central, *others = mechanisms.design.sets
    known = load_parameters()
    assert central == {name: float(known[name]) for name in central}
    for off, one in zip(asked.mechanisms.values(), others, strict=True):
        assert {n: v for n, v in one.items() if v != central[n]} == {
            n: v for n, v in off.items() if v != central[n]
        }
    assert "population_ico:shared_records=false" in terms.policies
    assert asked.policies["carveout_msk+label_only"] == {}


def test_what_rests_on_shared_records_goes_with_them(few_mechanisms, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    line = ["ablate", "teams_only", "--place", "lakeland", "--patients", "200", "--years", "2",
            "--replicates", "2", "--outcome", OUTCOME]  # fmt: skip
    assert exit_code([*line, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    found = {(r["policy"], r["without"], r["kind"]): r["estimate"] for r in rows}
    whole = found["teams_only", ALL, "difference"]
    records = found["teams_only", "shared_records", "rests_on"]
    assert whole < 0 and whole * 1.5 < records < 0
    assert found["teams_only", "shared_records = false", "rests_on"] < 0
    assert found["status_quo", "inflated_base_year", "rests_on"] == 0
    assert exit_code(line) == 0  # the runs are there already
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80
    assert "Change nothing at all here, in any run: inflated_base_year." in page
    assert "Regime" in page
    assert "200 of 150,000 patients simulated; 2 replicates (seeds 0-1)" in page


def row(without, estimate, half, star=False):
    interval = {"estimate": estimate, "low": estimate - half, "high": estimate + half, "runs": 3}
    about = {"policy": "p", "outcome": "o", "without": without, "kind": "rests_on", "star": star}
    return about | interval


def test_inert_is_what_no_star_marks():
    rows = [row("a", 1, 2), row("a", 5, 6), row("b", 1, 2), row("b", 3, 2, True), row("c", 0, 0)]
    found = dict(ablation.inert(rows))
    assert set(found) == {"a", "c"} and found["a"]["estimate"] == 5
    assert ablation.changes_nothing(rows, "c") and not ablation.changes_nothing(rows, "a")


def test_what_is_too_small_to_matter_is_told_apart_from_what_too_few_runs_leave_open():
    small, open_, none = row("a", 1, 2), row("b", 1, 2), row("c", 0, 0)
    rows = [small | {"negligible": True}, open_ | {"negligible": False}, none]
    assert ablation.is_negligible([*rows, {**small, "negligible": True}], "a")
    assert not ablation.is_negligible(rows, "b")
    told = ablation._meaning(ablation_of(policies_of(["carveout_msk"]), Options(), 2), rows)
    assert told[1].endswith("in any run: c.") and told[2].endswith("of interest: a.")
    assert told[3].startswith("Undecided, too few runs") and "b (p: o" in told[3]


def test_every_difference_that_is_looked_at_is_counted_as_a_test(few_mechanisms):
    asked = ablation_of(policies_of(["carveout_msk"]), Options(), 2)
    terms = len(asked.policies["carveout_msk"])
    assert ablation.tests_of(asked, 3) == 3 * (2 + 1 + 2 + terms)


@pytest.mark.parametrize(
    "line, said",
    [
        (["ablate", "status_quo"], "nothing can be taken away from the status quo"),
        (["ablate", "population_icco"], "did you mean population_ico?"),
        (["ablate", "population_ico", "--replicates", "1"], "--replicates: out of range"),
        (["ablate", "population_ico", "--outcome", "hh"], "did you mean hhi?"),
    ],
)
def test_mistakes_are_told(line, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert exit_code(line) == 2
    shown = capsys.readouterr().err
    assert said in shown and shown.count("\n") == 1 and not list(tmp_path.iterdir())
