"""What is not installed is said before anything is done, and the core does without it."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from experiments.commands.cli import exit_code
from experiments.terminal import extras
from experiments.terminal.extras import EXTRAS

ROOT = Path(__file__).parents[3]
PACKAGES = {"sklearn": "scikit-learn"}  # where a package is not called as what it brings
WITHOUT = f"""
import sys
for module in {sorted({m for modules in EXTRAS.values() for m in modules})}:
    sys.modules[module] = None  # as if it were not installed
from experiments.commands.cli import exit_code
line = "sweep study.toml --out swept --workers 1"
sys.exit(exit_code(line.split()) or exit_code(["contrast", "swept"]))
"""
STUDY = (
    'title = "T"\npolicies = ["status_quo", "carveout_msk"]\n'
    'places = ["lakeland"]\npatients = 200\nyears = 1\nreplicates = 2\n'
)


def test_extras_are_those_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["optional-dependencies"].keys() == EXTRAS.keys()
    for extra, modules in EXTRAS.items():
        listed = " ".join(project["optional-dependencies"][extra])
        assert all(PACKAGES.get(module, module) in listed for module in modules), extra


@pytest.mark.parametrize(
    ("line", "key"),
    [("query swept SELECT", "query"), ("watch", "watch"), ("calibrate", "calibrate"),
     ("compare --figure verdict", "--figure"), ("sweep mine.toml --slurm", "--slurm"),
     ("sweep mine.toml --cluster host", "--cluster")],
)  # fmt: skip
def test_a_part_that_is_not_installed_is_asked_for_in_one_sentence(monkeypatch, capsys, line, key):
    monkeypatch.setattr(extras, "find_spec", lambda module: None)
    assert exit_code(line.split()) == 2
    said = capsys.readouterr().err.strip()
    assert said.splitlines()[-1].startswith(f"{key}: needs ") and "pip install 'joinedup[" in said


def test_studies_are_made_and_contrasted_by_the_core_alone(tmp_path):
    (tmp_path / "study.toml").write_text(STUDY)
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=tmp_path, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "lakeland" in ran.stdout
