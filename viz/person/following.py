"""What a page may ask about one person; the work is the errand of its runner."""

from collections.abc import Callable, Iterator
from typing import Any

from model.input.errors import InputError
from model.population.person_groups import find_group
from viz.person.kept_lives import Told
from viz.person.person_session import asked_of, count_more, follow
from viz.session.playing import Playing


def _follow(runner: Playing, message: dict[str, Any]) -> None:
    """Follow somebody; what was on its way before is dropped."""
    assert runner.session is not None
    runner.errand, runner.heard = None, True
    beginning, kept = runner.session.beginning, runner.beginnings.lives
    try:
        asked = asked_of(runner.page_request, message)
        runner.errand = _said(follow(beginning, runner.page_request.years, asked, kept))
    except InputError as error:
        runner.send(_refused(error), [])


def _said(steps: Iterator[Told]) -> Iterator[Told]:
    """The steps; if what was asked cannot be, that is told, and there are no more."""
    try:
        yield from steps
    except InputError as error:
        yield _refused(error)


def _refused(error: InputError) -> Told:
    return {"kind": "person_refused", "text": str(error)}


def _count(runner: Playing, message: dict[str, Any]) -> None:
    """Count people of a group under some more seeds, or stop that."""
    assert runner.session is not None
    runner.errand, runner.heard = None, True
    if message.get("on") is False:
        runner.send({"kind": "person_stopped"}, [])
        return
    group = find_group(str(message.get("group")))
    beginning, kept = runner.session.beginning, runner.beginnings.lives
    asked = asked_of(runner.page_request, message)
    runner.errand = count_more(beginning, runner.page_request.years, asked, group, kept)


def _hear(runner: Playing, _: dict[str, Any]) -> None:
    """The browser is there and has heard what was said last: go on."""
    runner.heard = True


FOLLOWING: dict[str, Callable[[Playing, dict[str, Any]], None]] = {
    "person": _follow,
    "person_seeds": _count,
    "person_heard": _hear,
}
