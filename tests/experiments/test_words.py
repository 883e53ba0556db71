"""Sentences of the commands that depend on numbers, dates and what others wrote."""

import pytest

from experiments.runs import beginnings
from model.errors import BadInput
from model.policy import find_policy


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
    assert BadInput(problem, key="joinedup").sentence().endswith(said)
