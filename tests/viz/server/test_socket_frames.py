"""What a socket says that is no frame of a page is refused in words, before a library sees it."""

import asyncio
import json
import logging

import pytest
from traitlets import TraitError

from model.input.errors import InputError
from viz.server.door import Door
from viz.server.socket_frames import MOST_REASON_BYTES, check_frame, tell_in_a_line

KERNEL = "6418d8fa-6a5b-4b44-a645-8f5600baf0bc"
HEADER = {"date": "2026-12-01T00:00:00Z", "msg_id": "1", "msg_type": "comm_msg", "session": "2",
          "username": "", "version": "5.2"}  # fmt: skip


def frame(data=None, kind="comm_msg", content=None, without=(), **changed) -> str:
    """A frame as the page's script sends it, but for what is changed."""
    made = {"comm_id": "a1", "target_name": "solara.control"} if kind == "comm_open" else {}
    content = {"comm_id": "a1", "data": data or {}} | made if content is None else content
    whole = {"buffers": [], "channel": "shell", "content": content, "metadata": {},
             "header": HEADER | {"msg_type": kind}, "parent_header": {}} | changed  # fmt: skip
    return json.dumps({key: value for key, value in whole.items() if key not in without})


RUN = {"method": "run", "args": {"path": "/", "dark": False, "appName": None,
                                 "themes": {"light": {}, "dark": {}}}}  # fmt: skip
OF_A_PAGE = [
    frame(kind="kernel_info_request", content={}), frame(kind="comm_open"), frame(RUN),
    frame({"method": "update", "state": {"dark_effective": False}, "buffer_paths": []}),
    frame({"method": "custom", "content": {"do": "hello", "address": ""}}),
    frame({"method": "app-status"}), frame(kind="comm_close"),
]  # fmt: skip
NO_FRAMES = [
    None, "", "{", "[]", "null", '"text"', "5", "[" * 5000 + "]" * 5000,
    '{"a":' * 5000 + "1" + "}" * 5000, frame({"method": "custom", "content": "\ud800"}),
    frame({"method": "custom", "content": json.loads("[" * 40 + "]" * 40)}),
    frame(without=["content"]), frame(without=["header"]), frame(without=["channel"]),
    frame(header=None), frame(header=[]), frame(header={"msg_type": "comm_msg"}),
    frame(header=HEADER | {"date": 5}), frame(header=HEADER | {"msg_type": ["comm_msg"]}),
    frame(RUN, kind="execute_request"), frame(RUN, channel=5), frame(RUN, metadata=[]),
    frame(RUN, buffers=None), frame(RUN, buffers=["x"]), frame(content=[1]), frame(content="x"),
    frame(content={"comm_id": ["a1"], "data": RUN}), frame(content={"comm_id": "a1"}),
    frame(content={"comm_id": 5, "data": RUN}), frame({"method": 5}), frame({"method": "reload"}),
    frame({"method": "update", "state": 5}), frame({"method": "run", "args": None}),
    frame({"method": "update", "state": {}, "buffer_paths": [["a"]]}),
    frame(RUN | {"args": RUN["args"] | {"themes": None}}),
    frame(RUN | {"args": RUN["args"] | {"appName": "other"}}),
    frame(kind="comm_open", content={"comm_id": "a", "target_name": "jupyter.widget", "data": {}}),
    frame(kind="comm_open", content={"comm_id": "a", "target_name": [], "data": {}}),
    frame(kind="comm_open", content={"comm_id": "a", "target_name": "jupyter.widget.control",
                                     "data": {}}),
]  # fmt: skip


@pytest.mark.parametrize("text", OF_A_PAGE)
def test_what_the_page_says_is_heard(text):
    check_frame(text)


@pytest.mark.parametrize("text", NO_FRAMES)
def test_what_is_no_frame_is_refused_in_words(text):
    with pytest.raises(InputError, match="no frame of a page; allowed"):
        check_frame(text)


@pytest.mark.parametrize("said", [{"text": frame(content=None, header=5)}, {"bytes": b"\0\1"}])
def test_the_socket_closes_with_the_reason(said, caplog):
    heard, sent = [], []

    async def page(scope, receive, send):
        while (message := await receive())["type"] != "websocket.disconnect":
            heard.append(message)
        assert (await receive())["type"] == "websocket.disconnect"

    messages = iter([{"type": "websocket.connect"}, {"type": "websocket.receive", **said},
                     {"type": "websocket.receive", "text": OF_A_PAGE[0]}])  # fmt: skip

    async def receive():
        return next(messages)

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": f"/jupyter/api/kernels/{KERNEL}/channels",
             "headers": [(b"host", b"127.0.0.1:1")], "query_string": b"session_id=1"}  # fmt: skip
    asyncio.run(Door(page, "127.0.0.1", {})(scope, receive, send))
    assert heard == [{"type": "websocket.connect"}]
    (closed,) = sent
    assert closed["code"] == 1008 and "no frame of a page" in closed["reason"]
    assert len(closed["reason"].encode()) <= MOST_REASON_BYTES
    assert len(caplog.records) == 1 and caplog.records[0].exc_info is None


def test_what_a_widget_has_no_use_for_is_one_line():
    fault = TraitError("expected text, not 5")
    record = logging.LogRecord("Comm", logging.ERROR, "", 0, "in %s", ("a1",),
                               (TraitError, fault, None))  # fmt: skip
    assert tell_in_a_line(record)
    assert record.getMessage() == "in a1: TraitError: expected text, not 5"
    assert record.exc_info is None
