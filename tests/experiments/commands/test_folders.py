"""A folder that was handed over holds no code: nothing in it runs, whatever it is called."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

NAMES = ("tomllib", "numpy", "multiprocessing", "random", "selectors", "viz", "model")
COMMAND = Path(sys.executable).parent / "joinedup"


@pytest.fixture
def folder(tmp_path):
    """A folder with files named like modules, which tell who imported them."""
    made = tmp_path / "handed"
    made.mkdir()
    for name in NAMES:
        told = f"import sys\nopen({str(tmp_path / 'ran')!r}, 'a').write({name!r} + ' ')\n"
        (made / f"{name}.py").write_text(told + "sys.exit(9)\n")
    return made


def lived(folder: Path, *words: str, home: Path) -> subprocess.CompletedProcess[str]:
    """The command in this folder, with the home of a first use."""
    clean = {n: v for n, v in os.environ.items() if n != "PYTHONSAFEPATH" and "CACHE" not in n}
    clean |= {"HOME": str(home)}
    return subprocess.run([COMMAND, *words], cwd=folder, env=clean, capture_output=True, text=True)


def test_the_page_and_its_workers_run_nothing_of_the_folder(folder, tmp_path):
    home = Path.home()
    watched = lived(folder, "watch", "nothing_of_this_name", "--port", "0", home=home)
    assert watched.returncode == 2 and "nothing_of_this_name" in watched.stderr
    compared = lived(folder, "compare", "status_quo", "population_ico", "--replicates", "2",
                     "--years", "1", "--patients", "500", "--place", "lakeland",
                     "--random-minds", "0", "--workers", "2", home=home)  # fmt: skip
    assert compared.returncode == 0, compared.stderr
    assert not (tmp_path / "ran").exists()


def test_what_runs_beside_a_page_runs_nothing_of_the_folder(folder, tmp_path, monkeypatch):
    """The answers of experiments, where their runs are kept; the policy's file is not there."""
    from joinedup.page_answers import response
    from viz.background.beside import answer_of
    from viz.background.responses import asked_of
    from viz.server.page_requests import PageRequest

    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    asked = asked_of("choice.aware_share", PageRequest(("mine.toml",), patients=500), None)
    found = answer_of(response, asked, lambda: True, 120.0, folder)
    assert found["refused"] and "mine.toml" in found["failed"]
    assert not (tmp_path / "ran").exists()


def test_every_python_begun_here_is_told_to_leave_the_folder_alone():
    root = Path(__file__).parents[3]
    begun = [
        line.strip()
        for top in ("experiments", "model", "viz", "joinedup", "agents")
        for path in (root / top).rglob("*.py")
        for line in path.read_text().splitlines()
        if "sys.executable," in line
    ]
    assert len(begun) == 3 and all('sys.executable, "-P", "-m"' in line for line in begun), begun


@pytest.mark.slow  # compiles the rules anew
def test_a_first_run_compiles_nothing_of_the_folder(folder, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    done = lived(folder, "run", "status_quo", "--years", "1", "--patients", "500", home=home)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()
