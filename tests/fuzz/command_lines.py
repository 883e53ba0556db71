"""Command lines of every command; where lives would begin, a stub records that they would have."""

import random
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import odd
import typer
from fuzzing import Input, Target, check_that
from handed_over import answered, base, lived, swept

from experiments.commands.cli import app
from model.parameters import load_parameters
from model.policies.policy_finding import policy_names
from model.rules import load_rules

BEGIN = [  # where a command begins to live, or to serve
    "experiments.commands.command_options.Options.prepare", "experiments.studies.sweep._begun",
    "experiments.runs.jobs.setup_of",
    "experiments.effects.compare.local_pool", "experiments.validation.validate.local_pool",
    "experiments.runs.executors.local_pool", "experiments.runs.executors.slurm_pool",
    "experiments.runs.executors.dask_pool", "experiments.commands.cli_watch._serve",
    "experiments.explanations.undo.made",
    "experiments.runs.jobs.compile_first", "model.month.compiling.compiled",
]  # fmt: skip


class Begun(BaseException):
    """Lives would have begun."""


@contextmanager
def nothing_lived() -> Any:
    """A world in which nothing is lived: `Begun` is raised instead."""
    with ExitStack() as all_of_them:
        for name in BEGIN:
            all_of_them.enter_context(mock.patch(name, side_effect=Begun))
        yield


@cache
def _commands() -> dict[str, list[Any]]:
    """Every command as it is typed, with its parameters."""
    found: dict[str, list[Any]] = {}

    def look(command: Any, words: str) -> None:
        for name, inner in getattr(command, "commands", {}).items():
            look(inner, f"{words} {name}".strip())
        if not getattr(command, "commands", {}):
            found[words] = [p for p in command.params if p.name != "help"]

    look(typer.main.get_command(app), "")
    return found


@cache
def _known() -> dict[str, list[str]]:
    """What may be typed for a parameter, by its name."""
    policies = ["status_quo", "carveout_msk", "population_ico+merger_only",
                "risk_two_sided:risk_down=0.3", "mine.toml", *policy_names()[:5]]  # fmt: skip
    levers = [f"{n}={e.value}" for n, e in load_parameters().entries.items() if e.is_lever][:20]
    run, sweep, place = str(lived()), str(swept()), str(base() / "leigh")
    return {
        "policy": policies, "policies": policies, "against": policies,
        "place": ["anyshire", "lakeland", place, "cumbria", "england"],
        "data": [str(base() / "files"), "nowhere", run], "ccg": ["01A", "*", "01a", "E38000001"],
        "patients": ["all", "300", "100000"], "set_": levers, "without": ["coding", "links"],
        "minds": ["reasoned", "inert"], "out": ["out", "deep/er/out", ".", run, "x" * 300],
        "figure": ["f.svg", "f", "f.pdf", "f.xyz", "d/f.png", run], "csv": ["a.csv", run],
        "save": ["s.toml", "s.txt", run], "run": [run, sweep, place, "run", "abc"],
        "folder": [sweep, run, place, "sweep"], "sweep": [sweep, run, "none"],
        "sql": ["SELECT * FROM results", "SELECT 1; SELECT 2", "SELECT * FROM decisions",
                "DROP TABLE results", "SELECT * FROM read_csv('/etc/passwd')", "COPY x TO 'y'"],
        "organisation": ["RAA", "01A", "treasury"], "agent": ["RAA", "01A"],
        "event": ["0", "award", "999"], "option": ["stay", "bid"], "lever": [
            "every", "handovers.link_effect", *list(load_rules())[:3]],
        "outcome": ["hhi", "regime.fragmented", "lost_handovers"], "what": ["levers", "places"],
        "about": ["trust", "merger"], "targets": ["V3", "S1"], "group": ["dementia", "frail"],
        "study": ["direct_and_institutional", "mine.toml", str(base() / "study.toml")],
        "problem": ["mine.toml", "none"], "file": ["study", "a.toml", "b/c.toml", "d.txt"],
        "cluster": ["tcp://127.0.0.1:1"], "host": ["127.0.0.1", "0.0.0.0"],
    }  # fmt: skip


def _line(luck: random.Random) -> Input:
    command = luck.choice(sorted(_commands()))
    edits: list[list[str]] = []
    for parameter in _commands()[command]:
        wanted = parameter.required or luck.random() < (
            0.18 if parameter.opts[0][0] == "-" else 0.9
        )
        for _ in range(luck.choice((0, 1, 1, 1, 2)) if parameter.required else int(wanted)):
            edits.append(_words(luck, parameter))
    if luck.random() < 0.1:
        edits.append([odd.misspelt(luck, luck.choice(("--json", "--seed", "--help", "x")))])
    luck.shuffle(edits)
    return Input(command, edits)


def _words(luck: random.Random, parameter: Any) -> list[str]:
    option = [parameter.opts[0]] if parameter.opts[0].startswith("-") else []
    if getattr(parameter, "is_flag", False):
        return option
    known = _known().get(parameter.name)
    if known is None:
        value = luck.choice(("0", "1", "2", "5", odd.number_text(luck)))
    else:
        value = luck.choice(known) if luck.random() < 0.7 else odd.name(luck, known)
    return [*option, value.replace("\0", "").replace("\ud800", "")]


def _feed(given: Input, work: Path) -> None:
    words = [word for edit in given.edits for word in edit]
    (work.parent / "mine.toml").write_text("title = 'a'\nhelp = 'b'\nsource = 'c'\n")
    with nothing_lived():
        try:
            out = answered([*given.base.split(), *words])
        except Begun:
            return
    check_that("Traceback" not in out, "a traceback")


TARGETS = [Target("commands", _line, _feed, 5)]
