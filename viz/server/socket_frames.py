"""What a page's WebSocket may say: the few frames that its script sends, checked before a library.

What a frame asks for is checked later (`viz.server.messages`); here that it is a frame at all.
"""

import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from traitlets import TraitError

from model.input.errors import InputError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

DEEPEST = 30  # lists and records in one another
MOST_REASON_BYTES = 123  # of a closing frame, by RFC 6455
REFUSED = 1008
HEADER = ("date", "msg_id", "msg_type", "session", "username", "version")
CODE = re.compile(r"[0-9A-Za-z-]{1,64}")
WIDGETS = "jupyter.widget.control"
CONTROL = ("solara.control", WIDGETS)  # what a page may open
HEARS = "Comm"  # the logger of what passes frames on to widgets
LOGGERS = (HEARS, "solara.server.patch")
log = logging.getLogger("uvicorn.error")


def checked(receive: Receive, send: Send) -> Receive:
    """What is received, up to the first frame that is none: it closes the socket in words."""
    over = False

    async def receiving() -> Message:
        nonlocal over
        message: Message = {"type": "websocket.disconnect", "code": REFUSED}
        if not over:
            message = await receive()
        if message["type"] != "websocket.receive":
            return message
        try:
            check_frame(message.get("text"))
        except InputError as error:
            over = True
            log.warning("A page was refused what its socket said: %s", error)
            reason = str(error).encode()[:MOST_REASON_BYTES].decode(errors="ignore")
            await send({"type": "websocket.close", "code": REFUSED, "reason": reason})
            return {"type": "websocket.disconnect", "code": REFUSED}
        return message

    return receiving


def tell_in_a_line(record: logging.LogRecord) -> bool:
    """A filter: what a frame came to nothing with is one line, without the way through a library.

    A frame may be one and yet ask a widget for what it has not, or give it a part of another type.
    """
    fault = record.exc_info[1] if record.exc_info else None
    if fault is not None and (record.name == HEARS or isinstance(fault, TraitError)):
        record.msg = f"{record.getMessage()}: {type(fault).__name__}: {fault}".splitlines()[0]
        record.args, record.exc_info = (), None
    return True


def check_frame(text: str | None) -> None:
    """`InputError` if this is no frame of a page."""
    frame = _read(text)
    _check_depth(frame)
    header = _record(frame, "header")
    known = all(isinstance(header.get(name), str) for name in HEADER)
    _demand(known and all(isinstance(value, str) for value in header.values()), "header",
            f"texts: {', '.join(HEADER)}")  # fmt: skip
    _demand(frame.get("channel") == "shell", "channel", "shell")
    _demand(frame.get("buffers", []) == [], "buffers", "an empty list")
    frame.setdefault("metadata", {})
    version, content = _record(frame, "metadata").get("version", ""), _record(frame, "content")
    if content.get("target_name") == WIDGETS:
        _demand(isinstance(version, str) and version.startswith("1."), "version", "1.x")
    kind = header.get("msg_type", "")
    _demand(kind in KINDS, "msg_type", ", ".join(KINDS))
    KINDS[kind](content)


def _read(text: str | None) -> dict[str, Any]:
    _demand(text is not None, "frame", "text")
    try:
        frame = json.loads(text or "")
    except (ValueError, RecursionError):
        frame = None
    _demand(isinstance(frame, dict), "frame", "a record in JSON")
    found: dict[str, Any] = frame
    return found


def _check_depth(frame: dict[str, Any]) -> None:
    """Nothing nests deeper than a page ever asks, and every text can be written."""
    level: list[Any] = [frame]
    for _ in range(DEEPEST):
        inner = [list(part.items()) if isinstance(part, dict) else part for part in level]
        found = [one for part in inner for one in part]
        pairs = [one for pair in found if isinstance(pair, tuple) for one in pair]
        every = [one for one in found if not isinstance(one, tuple)] + pairs
        _demand(all(map(_can_be_written, every)), "frame", "text in Unicode")
        level = [one for one in every if isinstance(one, dict | list)]
        if not level:
            return
    _demand(False, "frame", f"at most {DEEPEST} records in one another")


def _can_be_written(value: Any) -> bool:
    if not isinstance(value, str):
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _anything(content: Mapping[str, Any]) -> None:
    """Nothing of it is read."""


def _check_opening(content: Mapping[str, Any]) -> None:
    _check_code(content)
    _demand(content.get("target_name") in CONTROL, "target_name", " or ".join(CONTROL))
    _record(content, "data")


def _check_code(content: Mapping[str, Any]) -> None:
    code = content.get("comm_id")
    _demand(isinstance(code, str) and bool(CODE.fullmatch(code)), "comm_id", "a code")


def _check_said(content: Mapping[str, Any]) -> None:
    _check_code(content)
    data = _record(content, "data")
    method = data.get("method")
    _demand(isinstance(method, str) and method in METHODS, "method", ", ".join(METHODS))
    METHODS[str(method)](data)


def _check_update(data: Mapping[str, Any]) -> None:
    _record(data, "state")
    _demand(data.get("buffer_paths", []) == [], "buffer_paths", "an empty list")


def _check_run(data: Mapping[str, Any]) -> None:
    args = _record(data, "args")
    _demand(isinstance(args.get("path", ""), str), "path", "text")
    _demand(args.get("appName") is None, "appName", "nothing")
    _demand(args.get("dark") in (None, True, False), "dark", "true or false")
    themes = _record(args, "themes")
    for name in ("light", "dark"):
        _record(themes, name)


def _record(of: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = of.get(key)
    _demand(isinstance(found, dict), key, "a record")
    assert isinstance(found, dict)
    return found


def _demand(holds: bool, key: str, allowed: str) -> None:
    if not holds:
        raise InputError("no frame of a page", key=key, allowed=allowed)


KINDS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "kernel_info_request": _anything,
    "comm_info_request": _anything,
    "comm_open": _check_opening,
    "comm_msg": _check_said,
    "comm_close": _check_code,
}
METHODS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "run": _check_run,
    "app-status": _anything,
    "update": _check_update,
    "request_state": _anything,
    "request_states": _anything,
    "custom": _anything,
}
