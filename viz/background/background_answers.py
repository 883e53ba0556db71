"""What a page asks that takes many runs or a sweep: whoever starts the page hands in who answers.

Each is a function of a module, since it runs in a process of its own (`viz.background.beside`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from model.input.errors import InputError


class Response(Protocol):
    """What a lever does over its range."""

    __qualname__: str

    def __call__(
        self, *, lever: str, policy: str, place: str, data: str | None, points: int, patients: int,
        years: int, replicates: int, seed: int,
    ) -> Iterable[dict[str, Any]]:  # fmt: skip
        """Find one record: its "rows", of kind "level" and "difference", with intervals.

        points: values over the range of the lever. replicates: seeds, from `seed` on.
        """


class Contrast(Protocol):
    """The policies of a sweep beside each other."""

    __qualname__: str

    def __call__(self, *, folder: str) -> Iterable[dict[str, Any]]:
        """Find one record: its "rows", "runs" asked and done, and the "study"."""


@dataclass(frozen=True)
class Answers:
    """Who answers."""

    response: Response
    contrast: Contrast


def answers_of(answers: Answers | None) -> Answers:
    """Return who answers; `InputError` if the page was started without."""
    if answers is None:
        raise InputError("this page was started alone, and nobody answers; start it with joinedup"
                       " watch", key="do")  # fmt: skip
    return answers
