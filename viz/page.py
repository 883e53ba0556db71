"""The Solara page of one browser: a widget, and a runner that plays what it asks for."""

import threading
from collections.abc import Callable
from typing import Any

import solara

from viz.beginnings import Beginnings
from viz.runner import Runner
from viz.strings import text
from viz.widget import LiveWidget
from viz.wishes import Wish

MOST_SESSIONS = 12  # economies of so many browsers fit beside one another


class Served:
    """What all pages of one server share: how it was started, burn-ins, the count of sessions."""

    def __init__(self, wish: Wish, beginnings: Beginnings):
        self.wish, self.beginnings = wish, beginnings
        self.sessions = 0
        self.lock = threading.Lock()

    def enter(self) -> bool:
        """Whether there is room for another session; it is taken at once."""
        with self.lock:
            room = self.sessions < MOST_SESSIONS
            self.sessions += room
            return room

    def leave(self) -> None:
        """A session has ended."""
        with self.lock:
            self.sessions -= 1


served = Served(Wish(), Beginnings())


def serve(wish: Wish, beginnings: Beginnings) -> Served:
    """Say what the pages of this process show, before the first is opened."""
    global served
    served = Served(wish, beginnings)
    return served


@solara.component
def Page() -> None:
    """The live view: everything else is drawn by the widget."""
    solara.Title(text("page", "title"))
    element = LiveWidget.element()
    solara.use_effect(lambda: _play(solara.get_widget(element)), [])


def _play(widget: LiveWidget) -> Callable[[], None]:
    """Connect a widget with a runner of its own; returns what stops it when the tab closes."""
    if not served.enter():
        full = {"kind": "refused", "text": text("status", "full").format(n=MOST_SESSIONS)}
        widget.on_msg(lambda _, message, buffers: widget.send(full))
        return lambda: None
    runner = Runner(served.beginnings, served.wish, _sender(widget))
    widget.on_msg(lambda _, message, buffers: _heard(runner, message))
    runner.start()

    def stop() -> None:
        runner.close()
        served.leave()

    return stop


def _sender(widget: LiveWidget) -> Callable[[dict[str, Any], list[bytes]], None]:
    def send(message: dict[str, Any], parts: list[bytes]) -> None:
        widget.send(message, parts)

    return send


def _heard(runner: Runner, message: Any) -> None:
    if isinstance(message, dict):
        runner.ask(message)
