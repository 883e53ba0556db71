"""The command that follows one simulated person, at a small size."""

import json

import pytest

from experiments.commands.cli import exit_code

SMALL = ["--patients", "1000", "--years", "1", "--seed", "3"]


@pytest.fixture(scope="module")
def line():
    return ["person", "population_ico", *SMALL, "--seeds", "2"]


def test_a_person_for_readers_and_for_machines(line, capsys):
    assert exit_code(line) == 0
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80
    assert page.startswith("A simulated person") and "under 2 seeds" in page
    assert "Two lives with the same luck" in page and "status_quo" in page
    assert exit_code([*line[:-2], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["command"] == "person" and told["life"]["simulated"] is True
    assert [row["policy"] for row in told["rows"]] == ["status_quo", "population_ico"]
    person = told["life"]["person"]
    assert person["age_years"] >= 75 and len(person["conditions"]) >= 3
    assert f"Person {person['person']}:" in page
    assert set(told["life"]["lives"]) == {"status_quo", "population_ico"}


def test_a_certain_person_and_another_comparison(capsys):
    line = ["person", "carveout_msk", "--against", "label_only", "--person", "5", *SMALL]
    assert exit_code([*line, "--json"]) == 0
    life = json.loads(capsys.readouterr().out)["life"]
    assert life["person"]["person"] == 5 and life["policies"] == ["label_only", "carveout_msk"]
