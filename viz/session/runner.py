"""What plays a session, in a thread of its own: it lives months, publishes frames, answers.

Only its thread touches the economies. A frame is published when the browser has acknowledged the
last one, and at most `MOST_FRAMES_A_SECOND` times; so a slow browser slows the clock, never the
other way round. Without acknowledgements (a closed tab) nothing is lived.
"""

import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from model.input.errors import InputError
from viz.background.background_answers import Answers
from viz.background.replicates import Replicates, asked_for
from viz.person.following import FOLLOWING
from viz.scene.cards import card_of
from viz.scene.scene import scene_of
from viz.server.address import Address, read_address, shown_by
from viz.server.messages import checked
from viz.server.page_requests import CLOSE, PageRequest, page_request_with
from viz.server.strings import text
from viz.session.beginnings import Beginnings
from viz.session.playing import Send
from viz.session.session import Session
from viz.sharing.sharing import SHARING

MOST_FRAMES_A_SECOND = 15
SPEEDS = (1, 2, 4, 8, 15)  # months a second
Inbox = queue.Queue[Any]


class Runner:
    """Plays what a browser asks for. `send` takes a message and its binary parts.

    answers: who answers what takes many runs or a sweep; without them it is refused.
    """

    def __init__(
        self,
        beginnings: Beginnings,
        page_request: PageRequest,
        send: Send,
        asked: Inbox | None = None,
        answers: Answers | None = None,
    ):
        self.beginnings, self.page_request, self.send, self.answers = (
            beginnings,
            page_request,
            send,
            answers,
        )
        self.own = page_request  # of the server's command
        self.asked: Inbox = queue.Queue() if asked is None else asked
        self.session: Session | None = None
        self.shown, self.known = 0, 0  # month shown; months that the browser has heard of
        self.playing, self.speed, self.target = False, SPEEDS[1], -1
        self.acknowledged, self.last_sent = True, 0.0
        self.replicates: Replicates | None = None
        self.errand: Iterator[dict[str, Any]] | None = None  # work to go on with when none is due
        self.heard = True  # by the browser: what the errand said last
        self.closed = threading.Event()

    def run(self) -> None:
        """Do what is asked in turn, and live months in between, until `CLOSE` is asked.

        The first thing to be asked is the browser's hello.
        """
        while True:
            try:
                message = self.asked.get(timeout=0.0 if self._may_go_on() else self._patience())
            except queue.Empty:
                due = not self._may_go_on() or self._patience() == 0.0
                self._guarded(self._advance if due else self._go_on)
                continue
            if message is CLOSE:
                self.closed.set()
                self._stop_replicates()
                return
            self._guarded(partial(self._answer, message))

    def _may_go_on(self) -> bool:
        return self.errand is not None and self.heard

    def _go_on(self) -> None:
        """The next step of the errand, and what it has to say; one that fails is forgotten."""
        errand, self.errand = self.errand, None
        assert errand is not None
        for said in itertools.islice(errand, 1):
            self.errand = errand
            if said:
                self.heard = False
                self.send(said, [])

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do it; what goes wrong is told to the browser and the runner goes on listening."""
        try:
            work()
        except InputError as error:
            self.send({"kind": "refused", "text": str(error)}, [])
        except Exception as error:
            logging.getLogger("joinedup").exception("the live view failed")
            self.playing, self.target = False, -1
            said = text("status", "failed").format(error=f"{type(error).__name__}: {error}")
            self.send({"kind": "failed", "text": said}, [])

    def _begin(self, page_request: PageRequest, address: Address | None = None) -> None:
        """Prepare what is wished and show its start; then live up to the month of an address.

        If it cannot be, what is shown stays.
        """
        self.send({"kind": "preparing", "text": text("status", "preparing")}, [])
        beginning = self.beginnings.find(
            page_request.place, page_request.patients, page_request.seed
        )
        session = Session(beginning, page_request.policies, page_request.years, page_request.folder)
        session.planned = list(address.moves) if address else []
        self.playing, self.target, self.errand = False, -1, None
        self._stop_replicates()
        self.replicates = None
        self.page_request, self.session, self.shown = page_request, session, 0
        self._present(address)
        if address and address.month:
            self._seek({"month": address.month})

    def _present(self, address: Address | None = None) -> None:
        """Tell a browser that knows nothing yet what there is, and show the month."""
        assert self.session is not None
        self.known, self.acknowledged = 0, True
        moves = [*self.session.moves, *self.session.planned]
        shown = shown_by(address, moves, self.page_request, self.beginnings.data)
        self.send(
            {
                "kind": "scene",
                **scene_of(self.session, self.page_request, self.beginnings.data),
                **shown,
            },
            [],
        )
        self._publish()

    def _patience(self) -> float | None:
        """Seconds to wait for a message before a month is due; None: for as long as it takes."""
        if self.session is None or not (self.playing or self.target >= 0):
            return None
        if self.target >= 0:
            return 0.0
        if not self.acknowledged:
            return None
        pause = 1.0 / min(self.speed, MOST_FRAMES_A_SECOND)
        return max(self.last_sent + pause - time.monotonic(), 0.0)

    def _advance(self) -> None:
        """The next month: remembered if it was lived already, else lived now."""
        assert self.session is not None
        if self.shown >= self.session.lived:
            self.session.live()
        self.shown = min(self.shown + 1, self.session.lived)
        end = self.session.months if self.target < 0 else self.target
        if self.shown >= end:
            self.playing, self.target = False, -1
        due = time.monotonic() - self.last_sent >= 1.0 / MOST_FRAMES_A_SECOND
        if self.target < 0 or (self.acknowledged and due):
            self._publish()

    def _publish(self) -> None:
        session = self.session
        assert session is not None
        frame = session.frame(self.shown)
        news = session.news(self.known)
        message = {
            "kind": "frame", "month": frame.month, "lived": session.lived, "first": session.first,
            "months": session.months, "playing": self.playing, "speed": self.speed,
            "news": news._asdict(), "sent": time.time(), "parting": session.parting,
        }  # fmt: skip
        self.known = session.lived + 1
        self.acknowledged, self.last_sent = False, time.monotonic()
        self.shown = frame.month
        self.send(message, [frame.data])

    def _answer(self, message: Any) -> None:
        """Do what the browser asks, once something is shown; `InputError` if it cannot ask that."""
        asked = checked(message)
        answer = ANSWERS[asked["do"]]
        if self.session is not None or answer in OPENINGS:
            answer(self, asked)

    def _greet(self, message: dict[str, Any]) -> None:
        if self.session is None:
            self._open(message)
        else:
            self._present()

    def _open(self, message: dict[str, Any]) -> None:
        """Show what an address says; if that cannot be, say so and show what can."""
        try:
            address = read_address(str(message.get("address", "")), self.own, self.beginnings.data)
            self._begin(address.page_request, address)
        except InputError as error:
            if self.session is None:
                self._begin(self.own, Address(self.own))
            self.send({"kind": "refused", "text": str(error)}, [])

    def _acknowledge(self, _: dict[str, Any]) -> None:
        self.acknowledged = True

    def _play(self, message: dict[str, Any]) -> None:
        assert self.session is not None
        self.playing = bool(message.get("on")) and self.shown < self.session.months
        self.target = -1
        self._publish()

    def _step(self, message: dict[str, Any]) -> None:
        self._seek({"month": self.shown + message.get("by", 1)})

    def _seek(self, message: dict[str, Any]) -> None:
        """Show a month; those not lived yet are lived first, as fast as can be."""
        assert self.session is not None
        month = min(max(message.get("month", 0), self.session.first), self.session.months)
        self.playing = False
        if month > self.session.lived:
            self.shown, self.target = self.session.lived, month
        else:
            self.shown, self.target = month, -1
            self._publish()

    def _set_speed(self, message: dict[str, Any]) -> None:
        if message.get("speed") in SPEEDS:
            self.speed = message["speed"]

    def _move_lever(self, message: dict[str, Any]) -> None:
        assert self.session is not None
        self.session.set_lever(str(message.get("lever")), str(message.get("choice")))
        title = {"lever": message.get("lever"), "choice": message.get("choice")}
        self.send({"kind": "moved", "month": self.session.lived, **title}, [])

    def _card(self, message: dict[str, Any]) -> None:
        assert self.session is not None
        number = message.get("economy", 0) % len(self.session.watched)
        watched = self.session.watched[number]
        card = card_of(watched, str(message.get("what")), str(message.get("code")))
        self.send({"kind": "card", "economy": number, **card}, [])

    def _replicate(self, message: dict[str, Any]) -> None:
        """Start, keep or stop the replicates if that is asked; say how far they are."""
        assert self.session is not None
        if message.get("on") is False:
            self._stop_replicates()
        elif message.get("on") and len(self.session.watched) > 1:
            self._want_replicates(self.session)
        if self.replicates is not None and not message.get("quiet"):
            self.send({"kind": "replicates", **self.replicates.told()}, [])

    def _want_replicates(self, session: Session) -> None:
        if self.replicates is not None and self.replicates.is_busy:
            self.replicates.want()
            return
        asked = asked_for(self.page_request, session.beginning.setup.patients, self.beginnings.data)
        self.replicates = Replicates(asked, lambda: self.asked.put({"do": "replicates"}))

    def _stop_replicates(self) -> None:
        if self.replicates is not None:
            self.replicates.stop()

    def _restart(self, message: dict[str, Any]) -> None:
        self._begin(page_request_with(self.page_request, message))


ANSWERS: dict[str, Callable[[Runner, dict[str, Any]], None]] = {
    "hello": Runner._greet,
    "ack": Runner._acknowledge,
    "play": Runner._play,
    "step": Runner._step,
    "seek": Runner._seek,
    "speed": Runner._set_speed,
    "lever": Runner._move_lever,
    "card": Runner._card,
    "replicates": Runner._replicate,
    "start": Runner._restart,
    "open": Runner._open,
    **SHARING,
    **FOLLOWING,
}
OPENINGS = (Runner._greet, Runner._restart, Runner._open)
