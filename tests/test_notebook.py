"""The public functions say what the command says; the notebook of the documents runs."""

import inspect
import json
from pathlib import Path

import pandas as pd
import pytest

import joinedup
from experiments.commands.cli import exit_code

NOTEBOOK = Path(__file__).parent.parent / "docs" / "notebook.ipynb"
SMALL = {"patients": 300, "years": 1}
LINE = ["--patients", "300", "--years", "1"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, burn_ins_once):
    monkeypatch.chdir(tmp_path)


def answer(line, capsys):
    capsys.readouterr()
    assert exit_code([*line, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_public_function_is_documented_and_takes_options_by_name():
    for name in joinedup.__all__:
        found = getattr(joinedup, name)
        assert found.__doc__, name
        if inspect.isfunction(found):
            first = found.__doc__.split()[0]
            assert not first.endswith("s"), f"{name}: say it in the imperative"


@pytest.mark.parametrize("what", ["places", "policies", "outcomes", "levers"])
def test_lists_are_those_of_the_command(what, capsys):
    rows = answer(["list", what], capsys)["rows"]
    assert list(getattr(joinedup, what)()["name"]) == [row["name"] for row in rows]


def test_a_comparison_is_that_of_the_command(capsys):
    found = joinedup.compare("carveout_msk", replicates=2, workers=1, **SMALL)
    line = ["compare", "carveout_msk", *LINE, "--replicates", "2", "--random-minds", "0"]
    told = answer(line, capsys)
    assert told["folder"] == str(found.folder), "the same runs, found again"
    assert found.rows.to_json() == pd.DataFrame(told["rows"]).to_json()
    assert set(found.differences["policy"]) == {"carveout_msk"} and len(found.differences) == 13
    assert len(found.regimes) == 2 * 6 and found.no_regimes
    assert found.verdicts["carveout_msk"].startswith("carveout_msk: ")
    assert set(found.paths["year"]) == {1}


def test_a_run_is_that_of_the_command_and_can_be_explained(capsys):
    found = joinedup.run("population_ico", **SMALL)
    told = answer(["run", "population_ico", *LINE], capsys)
    assert told["folder"] == str(found.folder)
    assert found.scoreboard.to_json() == pd.DataFrame(told["rows"]).to_json()
    assert set(found.table("ledger")["heading"]) > {"social_care"}
    with pytest.raises(joinedup.InputError, match="ledger"):
        found.table("ledgr")
    why = joinedup.explain(found)
    rows = answer(["explain", str(found.folder)], capsys)["rows"]
    assert list(why["event"]) == [row["event"] for row in rows]
    agent = why["agent"].iloc[0]
    assert set(joinedup.explain(found, agent=agent, year=1)["agent"]) == {agent}


def test_bad_input_is_one_sentence():
    with pytest.raises(joinedup.InputError) as refused:
        joinedup.run("population_icq", **SMALL)
    assert "did you mean population_ico" in refused.value.sentence()
    with pytest.raises(joinedup.InputError, match="link_effect"):
        joinedup.run("status_quo", levers={"handovers.link_efect": 0.4}, **SMALL)


@pytest.mark.parametrize("years", [1, pytest.param(4, marks=pytest.mark.slow)])
def test_the_notebook_runs_from_top_to_bottom(capsys, years):
    """As it is; by default in a place that takes less and one year, as its first cell may say."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    names: dict[str, object] = {}
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 5 and all(not cell.get("outputs") for cell in cells)
    size = '"years": 4}'
    assert sum(source.count(size) for source in code) == code[0].count(size) == 1
    if years == 1:
        code[0] = code[0].replace(size, '"years": 1, "place": "lakeland"}')
    for source in code:
        exec(compile(source, str(NOTEBOOK), "exec"), names)
    assert "two" in capsys.readouterr().out.lower()
