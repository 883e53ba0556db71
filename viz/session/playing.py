"""What answers to a page's wishes need of whoever plays its months."""

import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from viz.background.background_answers import Answers
from viz.server.page_requests import PageRequest
from viz.session.beginnings import Beginnings
from viz.session.session import Session

Send = Callable[[dict[str, Any], list[bytes]], None]


class Playing(Protocol):
    """Whoever plays what a browser asks for (`runner.Runner`)."""

    beginnings: Beginnings
    page_request: PageRequest
    send: Send
    session: Session | None
    errand: Iterator[dict[str, Any]] | None  # work to go on with when none is due
    heard: bool  # by the browser: what the errand said last
    closed: threading.Event
    answers: Answers | None  # who answers what takes many runs
