"""What reaches the page's server: addresses, requests and messages, all in process."""

import asyncio
import json
import random
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import odd
from fuzzing import Input, Target, check_that
from handed_over import base

from model.policies.policy_finding import policy_names
from model.population.person_groups import groups
from viz.scene import levers
from viz.server.address import KEYS, VIEWS, read_address
from viz.server.door import Door
from viz.server.messages import PARTS
from viz.server.page_requests import MOST_PATIENTS, PageRequest, places
from viz.session.beginnings import Beginnings
from viz.session.runner import Runner

OWN = PageRequest(patients=100, years=1)
KERNEL = "6418d8fa-6a5b-4b44-a645-8f5600baf0bc"
HOST = "127.0.0.1:8765"


def _address(luck: random.Random) -> Input:
    known = {
        "policy": [*policy_names()[:8], "risk_two_sided:risk_down=0.3", "x~0123abcd"],
        "place": [*places(), "england", "mine~00000000"], "v": ["1"], "group": [*groups()],
        "moved": ["12.tariff.higher", "0.choice.one", "1.tariff.lower,3.tariff.higher"],
        "at": ["body.RAA", "area.x", "site.", "practice"], "beside": policy_names()[:4],
        **{key: list(values) for key, values in VIEWS.items()},
    }  # fmt: skip
    edits = []
    for _ in range(luck.randrange(1, 6)):
        key = luck.choice(KEYS) if luck.random() < 0.9 else odd.name(luck, list(KEYS))
        value = odd.name(luck, known.get(key, ["0", "1", "12", "119", "300"]))
        value = odd.number_text(luck) if luck.random() < 0.15 else value
        plain = luck.random() < 0.2
        edits.append((key, value if plain else quote(value, errors="replace")))
    return Input(None, edits)


def _feed_address(given: Input, work: Path) -> None:
    query = "&".join(f"{key}={value}" for key, value in given.edits)
    found = read_address(query, OWN)
    page_request = found.page_request
    check_that(
        1 <= page_request.patients <= MOST_PATIENTS and 1 <= page_request.years <= 50, "size"
    )
    check_that(0 <= page_request.seed < 2**32 and page_request.place in places(), "seed or place")
    check_that(1 <= len(page_request.policies) <= 2, "policies")
    check_that(0 <= found.month <= 12 * page_request.years, "month")
    check_that(all(0 <= move.month < 12 * page_request.years for move in found.moves), "moves")
    for move in found.moves:
        levers.find_lever(move.lever).choice(move.choice)
    check_that(all(found.view[key] in VIEWS[key] for key in found.view), "view")


@cache
def _door() -> tuple[Door, list[Any]]:
    assets = base() / "assets"
    (assets / "package@1").mkdir(parents=True)
    (assets / "package@1" / "main.js").write_text("1")
    (base() / "secret.txt").write_text("secret")
    passed: list[Any] = []

    async def page(scope: Any, receive: Any, send: Any) -> None:
        passed.append((scope["type"], scope.get("method"), scope["path"]))
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"page"})

    return Door(page, "127.0.0.1", {"/_solara/cdn/": [assets]}), passed


PATHS = [
    *("/", "/_solara/cdn/package@1/main.js", "/_solara/cdn/", f"/_solara/api/close/{KERNEL}"),
    *(f"/jupyter/api/kernels/{KERNEL}/channels", "/_solara/cdn/../secret.txt", "/readyz"),
    *("/_solara/api/evict/x", "/_solara/cdn/..%2f..%2fsecret.txt", "//", "/_solara/auth/login"),
]
HEADERS = {
    "host": [HOST, "localhost:8765", "evil.example", "", "127.0.0.1.evil", "[::1]:8765"],
    "origin": [f"http://{HOST}", "null", "http://evil.example", "http://[", "", "http://a]b"],
    "sec-fetch-site": ["same-origin", "none", "cross-site", "same-site", ""],
    "range": ["bytes=0-", "bytes=9-1", "x", "bytes=" + "0-1," * 50], "x-forwarded-prefix": ["/x"],
    "if-none-match": ["x"], "cookie": ["a=b"],
}  # fmt: skip


def _request(luck: random.Random) -> Input:
    kind = luck.choice(("http", "http", "websocket"))
    path = luck.choice(PATHS)
    method = luck.choice(("GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "get", ""))
    edits: list[Any] = [("path", odd.misspelt(luck, path))] if luck.random() < 0.5 else []
    edits += [("host", HOST)] if luck.random() < 0.8 else []
    for _ in range(luck.randrange(3)):
        name = luck.choice(list(HEADERS))
        value = odd.name(luck, HEADERS[name])
        edits.append((name, value.encode("latin-1", "replace").decode("latin-1")))
    return Input((kind, method, path), edits)


def _feed_request(given: Input, work: Path) -> None:
    kind, method, path = given.base
    path = next((value for name, value in given.edits if name == "path"), path)
    headers = [(n.encode(), v.encode("latin-1")) for n, v in given.edits if n != "path"]
    scope = {"type": kind, "method": method, "path": path, "headers": headers,
             "query_string": b"", "asgi": {"spec_version": "2.4"}}  # fmt: skip
    door, passed = _door()
    passed.clear()
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    asyncio.run(door(scope, receive, send))
    body = b"".join(one.get("body", b"") for one in said)
    check_that(b"secret" not in body and b"Traceback" not in body, "what nobody may see")
    if passed:
        _may_pass(scope, headers)
    elif kind == "http":
        check_that(said[0]["status"] in (200, 206, 304, 400, 403, 404, 416), f"{said[0]['status']}")


def _may_pass(scope: dict[str, Any], headers: list[tuple[bytes, bytes]]) -> None:
    """Only the page, its socket and its farewell are passed on, for ourselves alone."""
    hosts = [value for name, value in headers if name == b"host"]
    check_that((len(hosts) == 1 and hosts[0].split(b":")[0] in (b"127.0.0.1", b"localhost", b"["))
               or hosts == [b"[::1]:8765"], "a foreign host")  # fmt: skip
    sites = {value for name, value in headers if name == b"sec-fetch-site"}
    check_that(sites <= {b"same-origin", b"none"}, "a foreign page")
    for name, value in headers:
        check_that(name != b"origin" or value.split(b"//")[-1].startswith(hosts[0]), "origin")
    path, method = scope["path"], scope["method"]
    if scope["type"] == "websocket":
        check_that(path.startswith("/jupyter/api/kernels/") and path.endswith("/channels"), path)
    else:
        close = method == "POST" and path.startswith("/_solara/api/close/")
        check_that(close or (path == "/" and method in ("GET", "HEAD")), path)


@cache
def _beginning() -> Any:
    return Beginnings().find(str(base() / "leigh"), 100, 0)


class Stay(Beginnings):
    """Whatever is wished begins where this does: nothing is lived."""

    def find(self, place: str, patients: int, seed: int) -> Any:
        """The one beginning."""
        return _beginning()


def _messages(luck: random.Random) -> Input:
    return Input(None, [{"do": "hello"}, *(_message(luck) for _ in range(luck.randrange(1, 4)))])


def _message(luck: random.Random) -> Any:
    if luck.random() < 0.05:
        return odd.value(luck)
    do = odd.name(luck, list(PARTS)) if luck.random() < 0.1 else luck.choice(list(PARTS))
    message: dict[str, Any] = {"do": do}
    for part in PARTS.get(do, {}):
        if luck.random() < 0.8:
            message[part] = _part(luck, part)
    if luck.random() < 0.1:
        message[odd.misspelt(luck, "month")] = odd.value(luck)
    return message


def _part(luck: random.Random, part: str) -> Any:
    known: dict[str, list[Any]] = {
        "address": ["", "?policy=merger_only&month=3", "v=1&place=lakeland", "v=2"],
        "policies": [["status_quo"], ["status_quo", "merger_only"], ["x"], []],
        "place": [*places(), "england"], "against": policy_names()[:4], "group": [*groups()],
        "what": ["area", "practice", "site", "body", "x"],
        "code": ["RAA", "A00001", "01A", "around_A00001"],
        "lever": ["tariff", "choice", "handovers.link_effect"], "choice": ["higher", "one"],
        "numbers": [[0], [1, 2], [99], [100], [-1], [10**6]], "on": [True, False],
    }  # fmt: skip
    if luck.random() < 0.25:
        return odd.value(luck)
    return luck.choice(known.get(part, [0, 1, -1, 3, 12, 99, 10**6, 2**53]))


def _feed_messages(given: Input, work: Path) -> None:
    heard: list[dict[str, Any]] = []
    with mock.patch("viz.session.runner.Replicates"), \
         mock.patch("viz.sharing.sharing.response_of", lambda *_: {}), \
         mock.patch("viz.sharing.sharing.recording_of", lambda *_: "recording"):  # fmt: skip
        runner = Runner(Stay(), OWN, lambda said, _: heard.append(said))
        for message in given.edits:
            runner._guarded(lambda m=message: runner._answer(m))
    for said in heard:
        check_that(said["kind"] != "failed", f"our fault: {said.get('text')}")
        if said["kind"] != "replicates":
            json.dumps(said, allow_nan=False, default=_number)


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


TARGETS = [
    Target("addresses", _address, _feed_address, 120),
    Target("requests", _request, _feed_request, 120),
    Target("messages", _messages, _feed_messages, 5),
]
