"""Sentences of the commands that depend on numbers, dates and what others wrote."""

from pathlib import Path

import pandas as pd
import pytest

from experiments.commands.answers import print_answer
from experiments.commands.cli import exit_code
from experiments.explanations.explain import _figure
from experiments.measures.difference_cells import effect_cell, how_to_read, level_cell
from experiments.measures.regime_tables import percent_cell
from experiments.runs.runs import beginnings, scoreboard_rows
from model.input.errors import InputError
from model.outcomes.scoreboard import OUTCOMES
from model.policies.policy_finding import find_policy


def manifest(years, *policies):
    terms = {name: find_policy(name).model_dump(mode="json") for name in policies}
    return {"policies": terms, "years": years}


def test_a_header_says_when_policies_begin_and_which_the_years_do_not_reach():
    told = beginnings(manifest(1, "status_quo", "carveout_msk", "choice_none"))
    first, second = told.strip().splitlines()
    assert first == (
        "Policies begin in April of year 1: choice_none; in April of year 2: carveout_msk"
    )
    assert second == "Nothing of carveout_msk can be seen: --years ends before."
    assert "Nothing" not in beginnings(manifest(2, "carveout_msk"))
    assert beginnings(manifest(1, "status_quo", "label_only")) == ""


@pytest.mark.parametrize(
    "problem, said",
    [
        ("No such command 'comparee'. Did you mean 'compare'?", "mean 'compare'?"),
        ("no such thing", "no such thing."),
        ("It is done.", "It is done."),
    ],
)
def test_a_sentence_ends_once(problem, said):
    assert InputError(problem, key="joinedup").sentence().endswith(said)


def row(outcome: str, estimate: float, half: float, decimals: int = 1) -> dict:
    ends = {"low": estimate - half, "high": estimate + half}
    both = {**ends, "low_all": ends["low"], "high_all": ends["high"]}
    about = {"outcome": outcome, "decimals": decimals, "runs": 2, "negligible": False}
    return {**about, "estimate": estimate, **both, "star": False}


@pytest.mark.parametrize(
    "shown, said",
    [
        (level_cell(row("few_alternatives", 0.0, 4.4)), "0\n(0–4.4)"),
        (level_cell(row("few_alternatives", 98.0, 4.4)), "98.0\n(93.6–100.0)"),
        (level_cell(row("hhi", 0.5, 0.01, 3)), "0.500\n±0.010"),
        (level_cell(row("trust_surplus", 0.0, 4.4)), "0\n±4.4"),
        (level_cell(row("commissioner_spend", 1141.5, 143.0)), "1,140\n±140"),
        (effect_cell(row("hhi", 0.0, 0.0)), "0"),
        (effect_cell(row("hhi", 0.0001, 0.3, 3)), "≈0\n±0.30"),
        (percent_cell(None), "0"),
        (percent_cell(row("regime.plural", 0.0, 0.0)), "0"),
        (percent_cell(row("regime.plural", 0.003, 0.0)), "≈0"),
        (percent_cell(row("regime.plural", 0.0, 0.044)), "0 (0–4)"),
        (percent_cell(row("regime.plural", 0.59, 0.13)), "59 ±13"),
    ],
)
def test_cells_show_nothing_as_nothing_and_no_interval_beyond_what_can_be(shown, said):
    assert shown.plain == said


def test_what_was_written_is_shown_as_it_is_written():
    told = InputError("no", value={"a": [True, "b", 1.5]}, key="k")
    assert told.sentence() == 'k: no (got {a = [true, "b", 1.5]}).'
    assert told.record()["value"] == '{a = [true, "b", 1.5]}'


def test_places_in_a_list_are_counted_as_they_are_said():
    from model.input.faults import ordinal

    told = [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111)]
    assert " ".join(told) == "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 101st 111th"


def test_what_stands_in_brackets_is_explained_and_a_zero_is_one():
    assert "In brackets" in how_to_read(1, [], "one")
    assert _figure(-0.0) == "0"


@pytest.mark.parametrize(
    "outcome, value, usual, said",
    [("hhi", 0.9001, 0.9, "small"), ("hhi", 0.8, 0.9, "-0.1000"), ("hhi", 0.9, 0.9, "0"),
     ("deaths", 10.21, 10.2, "+0.010")],
)  # fmt: skip
def test_a_single_run_says_which_changes_are_too_small_to_matter(outcome, value, usual, said):
    decimals = OUTCOMES[outcome].decimals
    row = {"outcome": outcome, "value": value, "decimals": decimals, "unit": ""}
    years = {"first_year": 3, "last_year": 5}
    results = {"rows": [row | years], "usual_rows": [row | years | {"value": usual}]}
    assert scoreboard_rows(results)[0]["change"] == said


FAULTS = [
    ("[[enrolment]]\nyoungest = 80\noldest = 20", "oldest must not be below youngest."),
    ("[[enrolment]]\nend_month = 0", "end_month must be later than start_month."),
    ("[[budgets]]\nend_month = 0", "end_month must be later than start_month."),
    ("[[commissioner_provides]]\nend_month = 1", "end_month must be at least"),
    ("[[rules]]\nas_of = 2014-04-01", "of and as_of (or moves) must be given together"),
    ("[[rules]]\nof = ['tariff']\nas_of = 1800-04-01", "as_of: must be a day from 1991-04-01"),
    ("[[pathway_contracts]]\npathways = ['msk']\n"
     "[[pathway_contracts]]\npathways = ['msk']\nterm_years = 3",
     "the pathway msk must not be given away twice"),
    ("[[population_contracts]]\nrisk_up = true",
     "risk_up: not a number (got true); allowed: a number from 0 to 1."),
    ("[[population_contracts]]\nrisk_up = '1'",
     'risk_up: not a number (got "1"); allowed: a number from 0 to 1.'),
    ("[[population_contracts]]\nshared_records = 'true'", 'neither true nor false (got "true")'),
    ("[[population_contracts]]\nrivals = ['acute', 'acute', 'acute', 'acute']",
     'too long a list (got ["acute", "acute", "acute", "acute"]); allowed: at most 3.'),
    ("[[population_contracts]]\nrivals = [true, false]", "(got true)"),
    ("[[mergers]]\n[[mergers]]", "mergers: [[mergers]] can stand once only."),
    ("title = [{}, {}]", "title: not a text."),
    ("title = [{a = true}]", "title: not a text (got [{a = true}])."),
    ("[[mergers]]\nkinds = []", "an empty list (got []); allowed: at least 1."),
]  # fmt: skip


@pytest.mark.parametrize("text, said", FAULTS)
def test_a_fault_of_a_file_is_a_rule_with_its_range_in_words_of_the_file(
    text, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    find_policy.cache_clear()
    head = 'help = "h"\nsource = "s"\n' + ("" if text.startswith("title") else 'title = "T"\n')
    Path("mine.toml").write_text(f"{head}{text}\n")
    assert exit_code(["run", "mine.toml"]) == 2
    assert said in capsys.readouterr().err


def test_one_row_and_one_column_are_one(capsys, monkeypatch):
    monkeypatch.setattr("experiments.commands.answers._that_fit", lambda rows, width: ["a"])
    print_answer(pd.DataFrame({"a": [1], "b": [2]}), {})
    told = capsys.readouterr().err
    assert "1 row\n" in told and "1 more column (" in told


@pytest.mark.parametrize(
    "line, said",
    [
        ("person status_quo", "--against: the same policy twice"),
        ("compare status_quo.toml", "status_quo.toml: named like the status quo"),
        ("compare label_only status_quo.toml", "status_quo.toml: named like the status quo"),
        ("compare label_only msk_only.toml", "msk_only.toml: no such file"),
    ],
)
def test_nothing_is_said_of_what_is_refused(line, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    find_policy.cache_clear()
    Path("status_quo.toml").write_text('title = "T"\nhelp = "h"\nsource = "s"\nnew_name = "x"\n')
    Path("label_only.toml").write_text("")
    assert exit_code(line.split()) == 2
    told = capsys.readouterr().err
    assert told.startswith(said) and told.count("\n") == 1


def test_a_folder_without_results_is_said_to_be_one_whatever_links_lie_in_it(tmp_path, capsys):
    (tmp_path / "link").symlink_to("/")
    assert exit_code(["explain", str(tmp_path)]) == 2
    assert "no results here: there is no manifest.json" in capsys.readouterr().err
