"""Every command of README.md and docs/, as a reader meets it: it can be read, it runs, it is right.

Commands run in the order of their page, in one folder. Those that take sizes get small ones here;
runs that later commands look into keep the sizes they are written with.
"""

import os
import re
import shlex
from pathlib import Path

import pytest
import typer

from experiments.commands.cli import app, exit_code
from experiments.terminal.exit_codes import DONE, MISSED

ROOT = Path(__file__).parent.parent
PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
COMMAND = re.compile(
    r"^    (?:.* && )?(?:\w+=\S+ )?uv run joinedup (.*?)(?:\s+#.*)?$", re.MULTILINE
)

#: Commands that are read but not run here, and why.
NOT_RUN = {
    "watch": "a server; the browser tests start it",
    "response every": "every lever takes an hour; test_every_lever.py lives some of them",
    "calibrate": "takes half an hour; test_calibrate.py lives a small one from end to end",
    "validate": "lives dozens of policies; test_validate.py lives them small",
    "sweep mine.toml --out mine --cluster": "needs a cluster; test_executors.py makes one",
    "sweep mine.toml --out mine --slurm": "needs a cluster; test_clusters.py makes one",
}
AS_WRITTEN = ("run", "explain", "accounts", "study", "query", "contrast")
SMALL = {
    "--patients": "200", "--years": "2", "--replicates": "2", "--seeds": "2", "--workers": "2",
}  # fmt: skip


def commands(page: str) -> list[list[str]]:
    """The command lines of a page, in order, without `uv run joinedup`."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [shlex.split(line) for line in COMMAND.findall(text)]


def command_and_options(line: list[str]) -> tuple[typer.core.TyperCommand, list[str]]:
    """The command that a line calls, and the words after its name."""
    found = typer.main.get_command(app)
    words = list(line)
    while hasattr(found, "commands"):
        assert words and words[0] in found.commands, f"no such command: {' '.join(line)}"
        found = found.commands[words.pop(0)]
    return found, words


@pytest.mark.parametrize("page", PAGES)
def test_every_command_has_the_options_it_is_written_with(page):
    for line in commands(page):
        command, words = command_and_options(line)
        command.make_context("joinedup", words)


def test_commands_are_found_where_a_reader_sees_them():
    assert ["compare"] in commands("README.md")
    assert sum(map(len, map(commands, PAGES))) > 50


def why_not(line: list[str], has_data: bool) -> str | None:
    """Why a command is not run here, if it is not."""
    text = " ".join(line)
    if not has_data and ("--data" in line or "cumbria" in line):
        return "needs published statistics"
    return next((why for name, why in NOT_RUN.items() if text.startswith(name)), None)


def smaller(line: list[str], data: str | None) -> list[str]:
    """A command line with small sizes where its command takes them, and DIR where data are."""
    command, _ = command_and_options(line)
    if line[0] in AS_WRITTEN or "--person" in line:  # the number of one of so many people
        return line
    takes = {name for option in command.params for name in option.opts}
    less = {name: n for name, n in SMALL.items() if name in takes and name not in line}
    more = [word for name, n in less.items() for word in (name, n)]
    return [data if word == "DIR" and data else word for word in line] + more


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_every_command_runs_in_the_order_of_its_page(page, tmp_path, monkeypatch, capsys):
    data = os.environ.get("JOINEDUP_DATA")
    monkeypatch.chdir(tmp_path)
    for line in commands(page):
        if why_not(line, data is not None) is None:
            # A check of so few people may miss; the command has run all the same.
            fine = (DONE, MISSED) if "--check" in line else (DONE,)
            assert exit_code(smaller(line, data)) in fine, (line, capsys.readouterr().err)
