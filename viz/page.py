"""The Solara page of one browser: a widget, and a runner in a thread that plays what it asks for.

The model is slow to import, so a page opens without it: the runner's thread waits for it.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import solara

from viz.strings import text
from viz.widget import LiveWidget
from viz.wishes import CLOSE, Wish

if TYPE_CHECKING:
    from viz.beginnings import Beginnings

MOST_SESSIONS = 12  # economies of so many browsers fit beside one another


class Served:
    """What all pages of one server share: how it was started, burn-ins, the count of sessions."""

    def __init__(self, wish: Wish, beginnings: "Future[Beginnings]"):
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


_of_this_process: list[Served] = []


def serve(wish: Wish, beginnings: "Future[Beginnings]") -> None:
    """Say what the pages of this process show, before the first is opened."""
    _of_this_process[:] = [Served(wish, beginnings)]


@solara.component
def Page() -> None:
    """The live view: everything else is drawn by the widget."""
    solara.Title(text("page", "title"))
    element = LiveWidget.element()
    solara.use_effect(lambda: _play(solara.get_widget(element)), [])


def _play(widget: LiveWidget) -> Callable[[], None]:
    """Connect a widget with a runner of its own; returns what stops it when the tab closes."""
    (served,) = _of_this_process
    if not served.enter():
        full = {"kind": "refused", "text": text("status", "full").format(n=MOST_SESSIONS)}
        widget.on_msg(lambda _, message, buffers: widget.send(full))
        return lambda: None
    asked: queue.Queue[dict[str, Any]] = queue.Queue()
    widget.on_msg(lambda _, message, buffers: _ask(asked, message))
    threading.Thread(target=_run, args=(served, widget, asked), daemon=True).start()
    return lambda: asked.put(CLOSE)


def _ask(asked: queue.Queue[dict[str, Any]], message: Any) -> None:
    if isinstance(message, dict):
        asked.put(message)


def _run(served: Served, widget: LiveWidget, asked: queue.Queue[dict[str, Any]]) -> None:
    """The thread of a session, from its tab's opening to its closing."""
    try:
        beginnings = served.beginnings.result()
        from viz.runner import Runner

        Runner(beginnings, served.wish, widget.send, asked).run()
    finally:
        served.leave()
