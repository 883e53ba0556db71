"""The Solara page of one browser: a widget, and a runner in a thread that plays what it asks for.

The model is slow to import, so a page opens without it: the runner's thread waits for it.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import solara
from solara.server.kernel_context import get_current_context

from viz.background.background_answers import Answers
from viz.server.page_requests import CLOSE, PageRequest
from viz.server.seats import Seat, Seats
from viz.server.strings import text
from viz.server.widget import LiveWidget

if TYPE_CHECKING:
    from viz.session.beginnings import Beginnings

RETRY_SECONDS = 3  # after which a page that found no place asks again


class Served:
    """What all pages of one server share: how it was started, burn-ins, places for sessions.

    answers: who answers what takes many runs or a sweep.
    """

    def __init__(
        self,
        page_request: PageRequest,
        beginnings: "Future[Beginnings]",
        answers: Answers | None = None,
        seats: Seats | None = None,
    ):
        self.page_request, self.beginnings, self.answers = page_request, beginnings, answers
        self.seats = Seats() if seats is None else seats


_of_this_process: list[Served] = []


def serve(
    page_request: PageRequest, beginnings: "Future[Beginnings]", answers: Answers | None
) -> Served:
    """Say what the pages of this process show, before the first is opened.

    answers: who answers what takes many runs or a sweep.
    """
    _of_this_process[:] = [Served(page_request, beginnings, answers)]
    return _of_this_process[0]


@solara.component
def Page() -> None:
    """The live view: everything else is drawn by the widget."""
    solara.Title(text("page", "title"))
    element = LiveWidget.element()
    solara.use_effect(lambda: _play(solara.get_widget(element)), [])


def _play(widget: LiveWidget) -> Callable[[], None]:
    """Connect a widget with a runner of its own; returns what stops it when the tab closes."""
    (served,) = _of_this_process
    context = get_current_context()
    # It is ended from a thread of its own: it belongs to another page than the one that asks.
    end = threading.Thread(target=context.close, args=("its place was given away",), daemon=True)
    visit = Visit(
        served,
        widget,
        lambda: served.seats.admit(context.id, context.session_id, end.start),
    )
    widget.on_msg(lambda _, message, buffers: visit.hear(message))
    return visit.end


class Visit:
    """A browser's page: it waits for a place if it must, then a runner answers what it asks."""

    def __init__(self, served: Served, widget: LiveWidget, admit: Callable[[], Seat | None]):
        self.served, self.widget, self.admit = served, widget, admit
        self.asked: queue.Queue[Any] = queue.Queue()
        self.seat: Seat | None = None
        self.ended = False

    def hear(self, message: Any) -> None:
        """Pass on what the page asks, if there is a place for it."""
        if self.seat is None and not self.ended:
            self.seat = self.admit()
            if self.seat is None:
                self._say_full()
                return
            threading.Thread(target=self._run, args=(self.seat,), daemon=True).start()
        self.asked.put(message)

    def end(self) -> None:
        """The tab has closed, or its place is given away."""
        self.ended = True
        self.asked.put(CLOSE)

    def _say_full(self) -> None:
        told = text("status", "full").format(n=self.served.seats.most)
        self.widget.send({"kind": "full", "text": told, "seconds": RETRY_SECONDS})

    def _run(self, seat: Seat) -> None:
        """The thread of a session, from its first message to its end."""
        try:
            beginnings = self.served.beginnings.result()
            from viz.session.runner import Runner

            served = self.served
            Runner(
                beginnings, served.page_request, self.widget.send, self.asked, served.answers
            ).run()
        finally:
            self.served.seats.leave(seat)
