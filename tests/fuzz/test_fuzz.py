"""Broken inputs of every kind, a few by default and 100,000 before a release (`-m slow`).

uv run pytest -n0 -m slow -s tests/fuzz          all, with figures by kind
JOINEDUP_FUZZ=policies:0:26 uv run pytest -n0 tests/fuzz     one input again
"""

import os

import command_lines
import handed_over
import page_input
import published_files
import pytest
import written
from fuzzing import HEAD, Target, came_of, input_of, run, working_folder

TARGETS: list[Target] = [
    *written.TARGETS, *handed_over.TARGETS, *published_files.TARGETS, *command_lines.TARGETS,
    *page_input.TARGETS,
]  # fmt: skip
BY_NAME = {target.name: target for target in TARGETS}
SEED = 0
WHOLE, FEW = 100_000, 2_000
CHEAP = [*written.TARGETS, page_input.TARGETS[0], page_input.TARGETS[1], handed_over.TARGETS[0]]
ASKED = os.environ.get("JOINEDUP_FUZZ", "")


@pytest.fixture(autouse=True)
def no_data(monkeypatch):
    """Without the data of the machine."""
    monkeypatch.delenv("JOINEDUP_DATA", raising=False)


def inputs_of(target: Target, whole: int) -> int:
    """How many inputs of a kind are fed when there are so many in all."""
    return max(1, round(whole * target.share / sum(one.share for one in TARGETS)))


def check(tally) -> None:
    """No input of a kind may have shown a fault."""
    print(f"\n{HEAD}\n{tally.line()}")
    assert not tally.faults, "\n".join(tally.faults.values())


@pytest.mark.parametrize("target", CHEAP, ids=lambda target: target.name)
def test_a_few_broken_inputs(target):
    check(run(target, inputs_of(target, FEW), SEED))


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_many_broken_inputs(target):
    check(run(target, inputs_of(target, WHOLE), SEED + 1))


@pytest.mark.skipif(not ASKED, reason="JOINEDUP_FUZZ=KIND:SEED:NUMBER feeds one input again")
def test_one_input_again():
    name, seed, number = ASKED.split(":")
    given = input_of(BY_NAME[name], int(seed), int(number))
    with working_folder() as work:
        came = came_of(BY_NAME[name], given, work)
    print(given, came)
    assert came in ("accepted", "refused"), came
