"""Sentences of the commands that depend on numbers, dates and what others wrote."""

import pytest

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
