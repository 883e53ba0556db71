"""The examples of docs/studies.md: the model under Mesa's batch_run and the EMA Workbench."""

import re
import runpy
from pathlib import Path

import pytest

from experiments.runs.one_run import outcomes_of
from model.input.errors import InputError

DOCUMENT = Path(__file__).parents[3] / "docs" / "studies.md"


def example(name: str) -> str:
    """The Python of the example whose first line is a comment with its name."""
    found = re.findall(r"```python\n(# \w+\n.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S)
    return next(code for code in found if code.startswith(f"# {name}\n"))


def output(name: str, folder: Path, capsys) -> list[str]:
    """What the example prints when it is run as a file of its own."""
    path = folder / f"{name}_example.py"
    path.write_text(example(name), encoding="utf-8")
    capsys.readouterr()
    runpy.run_path(str(path), run_name="__main__")
    return capsys.readouterr().out.splitlines()


def test_the_model_runs_under_mesas_batch_run(tmp_path, capsys):
    rows = [line.split() for line in output("batch_run", tmp_path, capsys)]
    assert len(rows) == 2 * 2 * 2
    of = {(policy, seed, step): float(lost) for policy, seed, step, lost in rows}
    assert {step for _, _, step in of} == {"48.0", "60.0"}
    assert of["carveout_msk", "0", "48.0"] != of["carveout_msk", "1", "48.0"]
    assert of["carveout_msk", "0", "60.0"] != of["status_quo", "0", "60.0"]


@pytest.mark.slow
def test_the_model_runs_as_a_model_of_the_ema_workbench(tmp_path, capsys):
    lines = output("ema_workbench", tmp_path, capsys)
    rows = [line.split() for line in lines[1:]]
    assert sorted(row[1] for row in rows) == ["carveout_msk"] * 3 + ["status_quo"] * 3
    assert len({row[2] for row in rows}) == 6


def test_one_run_as_a_function_answers_to_its_arguments():
    small = {"patients": 500, "years": 1}
    first = outcomes_of(**small)
    assert outcomes_of(**small)["emergencies"] == first["emergencies"]
    lost = outcomes_of(**small, handovers__lost_between_teams=0.2)["lost_handovers"]
    assert lost > first["lost_handovers"]
    with pytest.raises(InputError, match="link_effect"):
        outcomes_of(**small, handovers__link_efect=0.2)
    with pytest.raises(InputError, match="not a usable value"):
        outcomes_of(**small, handovers__link_effect=7)
