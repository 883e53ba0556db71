"""Broken inputs by the thousand: each is refused in one sentence or taken for what it says.

An input is a base and some edits. It is made from a seed and a number alone, so that the line that
a failure prints makes it again; a failing input is shrunk to the edits that it needs.
"""

import os
import random
import re
import shutil
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from model.input.errors import STEERING, InputError

ACCEPTED, REFUSED = "accepted", "refused"
LONGEST_SENTENCE = 1_200
MOST_SECONDS = 20.0  # of the processor for one input: what takes longer is a fault, too
MOST_FAULTS = 40  # different ones, after which a run has seen enough
JARGON = re.compile(
    r"Traceback|<class|object at 0x|pydantic|NoneType|ndarray|validator|errno", re.I
)


class Nonsense(AssertionError):
    """Something was accepted that means nothing."""


class Input(NamedTuple):
    """What is fed: something sound, and what is done to it in turn."""

    base: Any
    edits: list[Any]


@dataclass(frozen=True)
class Target:
    """One kind of input: how one is made, and what takes it.

    `feed` returns what was accepted, raises `InputError`, or fails. share: of 1,000 inputs.
    """

    name: str
    make: Callable[[random.Random], Input]
    feed: Callable[[Input, Path], Any]
    share: int


@dataclass
class Tally:
    """What came of the inputs of one kind."""

    name: str
    came: Counter = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)  # by what went wrong where: how to repeat
    seconds: float = 0.0

    def line(self) -> str:
        """One row of the figures."""
        return (
            f"{self.name:<14}{sum(self.came.values()):>8,}{self.came[REFUSED]:>9,}"
            f"{self.came[ACCEPTED]:>9,}{len(self.faults):>7}{self.seconds:>8.0f} s"
        )


HEAD = f"{'kind':<14}{'inputs':>8}{'refused':>9}{'accepted':>9}{'faults':>7}{'time':>10}"


def check_that(sound: Any, what: str) -> None:
    """`Nonsense` with these words unless it is sound."""
    if not sound:
        raise Nonsense(what)


def input_of(target: Target, seed: int, number: int) -> Input:
    """The input of this number."""
    return target.make(random.Random(f"{target.name} {seed} {number}"))


@contextmanager
def working_folder() -> Iterator[Path]:
    """An empty folder to work in, deep enough that ".." leads nowhere else; gone afterwards."""
    import tempfile

    before = Path.cwd()
    with tempfile.TemporaryDirectory() as top:
        work = Path(top) / "a" / "b" / "work"
        work.mkdir(parents=True)
        os.chdir(work)
        try:
            yield work
        finally:
            os.chdir(before)


def emptied(work: Path) -> list[str]:
    """The names of what lies in the working folder, which is empty afterwards."""
    left = sorted(os.listdir(work))
    for name in left:
        path = work / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return left


def came_of(target: Target, given: Input, work: Path) -> str:
    """`ACCEPTED`, `REFUSED`, or what is wrong and where, in one line."""
    before = time.process_time()
    try:
        target.feed(given, work)
        came = ACCEPTED
    except InputError as error:
        came = _as_refusal(str(error))
    except Exception as error:
        came = _fault(error)
    left = emptied(work)
    if came == REFUSED and left:
        return f"refused, and left behind: {left}"
    if time.process_time() - before > MOST_SECONDS:
        return "slow"
    return came


def _as_refusal(sentence: str) -> str:
    """A refusal, if it is one plain sentence of a bearable length without the words of a tool."""
    if sentence.count("\n") or STEERING.search(sentence):
        return "the refusal is no plain line"
    if not sentence.endswith((".", "?", "!")) or len(sentence) > LONGEST_SENTENCE:
        return "the refusal is no sentence"
    if found := JARGON.search(sentence):
        return f"the refusal says {found[0]}"
    return REFUSED


def _fault(error: Exception) -> str:
    if isinstance(error, Nonsense):
        return f"nonsense: {error}"
    ours = [one for one in traceback.extract_tb(error.__traceback__) if "/lib/" not in one.filename]
    where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__} at {where}: {' '.join(str(error).split())[:160]}"


def _kind(fault: str) -> str:
    """A fault without what differs between its occurrences."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|[\d.,-]+|\b(True|False|inf|nan)\b", "", fault)[:70]


def shrunk(target: Target, given: Input, work: Path, fault: str) -> Input:
    """The same with as few edits as show the same fault."""
    edits, k = list(given.edits), 0
    while k < len(edits):
        fewer = Input(given.base, edits[:k] + edits[k + 1 :])
        if _kind(came_of(target, fewer, work)) == _kind(fault):
            edits = fewer.edits
        else:
            k += 1
    return Input(given.base, edits)


def run(target: Target, inputs: int, seed: int, first: int = 0) -> Tally:
    """Feed inputs of one kind and count what came of them."""
    tally, began = Tally(target.name), time.perf_counter()
    with working_folder() as work:
        for number in range(first, first + inputs):
            given = input_of(target, seed, number)
            came = came_of(target, given, work)
            tally.came[came if came in (ACCEPTED, REFUSED) else "fault"] += 1
            if came in (ACCEPTED, REFUSED) or _kind(came) in tally.faults:
                continue
            less = shrunk(target, given, work, came)
            tally.faults[_kind(came)] = (
                f"{came}\n  shrunk to: {_short(less)}"
                f"\n  again: JOINEDUP_FUZZ='{target.name}:{seed}:{number}'"
                " uv run pytest -n0 tests/fuzz"
            )
            if len(tally.faults) >= MOST_FAULTS:
                break
    tally.seconds = time.perf_counter() - began
    return tally


def _short(given: Input) -> str:
    text = f"{given.base!r} {given.edits!r}"
    return text if len(text) < 1_500 else f"{text[:1_500]}..."
