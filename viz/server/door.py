"""Who is let in, and to what: the few addresses that the page needs, asked for by itself.

Solara's server has more: routes that fetch missing assets from elsewhere, write or delete them, and
change its settings by a header. None of them is reachable. Its page and its WebSocket are passed on
to it, what the socket says frame by frame (`viz.server.socket_frames`); assets are plain files,
read here.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from viz.server.socket_frames import checked

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = dict[str, list[str]]

LOCAL = ("127.0.0.1", "localhost", "[::1]")
ANYWHERE = ("0.0.0.0", "::")
OWN_SITES = ("same-origin", "none")  # of Sec-Fetch-Site: our page, or an address typed by a reader
READING = ("GET", "HEAD")
HOST, PORT = re.compile(r"[\w.-]+(:\d+)?|\[[\da-fA-F:]+\](:\d+)?"), re.compile(r":\d+$")
KERNEL = "[0-9A-Za-z-]{1,64}"
SOCKET = re.compile(f"/jupyter/api/kernels/({KERNEL})/channels")
CLOSING = re.compile(f"/_solara/api/close/{KERNEL}")  # what a tab says as it closes
PAGE = re.compile(f"session_id=({KERNEL})".encode())  # the query without which Solara fails
PASSED_ON = re.compile(rb"host|origin|cookie|user-agent|accept.*|upgrade|connection|sec-.*")
FOREIGN = b"Not a page of this server. If you followed a link, open its address by hand."
NOTHING_HERE = b"There is no such page here."


def policy_of(host: str) -> str:
    """What a page of this host may load: nothing but what this server gives."""
    return (
        "default-src 'self' blob: data: 'unsafe-inline' 'unsafe-eval'; "
        f"connect-src 'self' blob: data: ws://{host} wss://{host}; "
        "object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
    )


class Door:
    """Lets in what a page of this server asks for on the routes it needs; refuses all else.

    `app` serves the page and its WebSocket, `files` are folders of plain files by the beginning of
    their address. A server that listens on this machine alone must also be asked for by a name of
    this machine, so that a foreign name that points here (DNS rebinding) is of no use. `sockets`
    hears of every WebSocket that opens (True) and ends (False) by the kernel it belongs to.
    """

    def __init__(
        self,
        app: App,
        host: str,
        files: dict[str, list[Path]],
        sockets: Callable[[str, bool], None] = lambda kernel, opens: None,
    ):
        self.app, self.anywhere, self.sockets = app, host in ANYWHERE, sockets
        self.names = {*LOCAL, host, f"[{host}]"}
        self.files = {start: PlainFiles(start, folders) for start, folders in files.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self.app(scope, receive, send)  # its beginning and end

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        kernel = SOCKET.fullmatch(scope["path"])
        if kernel is None or not _names_page(scope) or not self.is_own(scope):
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        self.sockets(kernel[1], True)
        try:
            await self.app(_plainer(scope), checked(receive, send), send)
        finally:
            self.sockets(kernel[1], False)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.is_own(scope):
            await _say(403, FOREIGN, send)
            return
        app = self._route(scope["method"], scope["path"])
        if app is None or (scope["method"] == "POST" and not _names_page(scope)):
            await _say(404, NOTHING_HERE, send)
            return
        passed = _plainer(scope) if app is self.app else scope
        await app(passed, receive, _guarded(send, _headers(scope)["host"][0]))

    def _route(self, method: str, path: str) -> App | None:
        """What answers this; None if nothing does."""
        if method == "POST":
            return self.app if CLOSING.fullmatch(path) else None
        if method not in READING:
            return None
        if path == "/":
            return self.app
        return next((app for start, app in self.files.items() if path.startswith(start)), None)

    def is_own(self, scope: Scope) -> bool:
        """Whether a request comes from a page of this server, or from nobody's page."""
        headers = _headers(scope)
        hosts, origins = headers.get("host", []), headers.get("origin", [])
        if len(hosts) != 1 or not self._is_known(hosts[0]):
            return False
        own = all(_netloc(origin) == hosts[0] for origin in origins)
        return own and all(site in OWN_SITES for site in headers.get("sec-fetch-site", []))

    def _is_known(self, host: str) -> bool:
        return bool(HOST.fullmatch(host)) and (self.anywhere or PORT.sub("", host) in self.names)


def _names_page(scope: Scope) -> bool:
    """Whether the query says whose request it is, and nothing else."""
    return PAGE.fullmatch(scope["query_string"]) is not None


def _netloc(origin: str) -> str:
    """The host and port of an origin; empty if it is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


class PlainFiles:
    """Files of some folders, read and nothing else; the first folder that has one gives it."""

    def __init__(self, start: str, folders: Iterable[Path]):
        self.start = start
        self.folders = [
            StaticFiles(directory=f, follow_symlink=True) for f in folders if f.is_dir()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for folder in self.folders:
            try:
                response = await folder.get_response(scope["path"].removeprefix(self.start), scope)
            except (HTTPException, ValueError):  # not there, or no path at all
                continue
            await response(scope, receive, send)
            return
        await _say(404, NOTHING_HERE, send)


def _headers(scope: Scope) -> Headers:
    found: Headers = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _plainer(scope: Scope) -> Scope:
    """The same without headers by which a proxy changes what Solara takes its address for."""
    kept = [(name, value) for name, value in scope["headers"] if PASSED_ON.fullmatch(name.lower())]
    return {**scope, "headers": kept}


def _guarded(send: Send, host: str) -> Send:
    """Sends an answer that loads nothing from elsewhere and is framed by nobody."""
    more = [
        (b"content-security-policy", policy_of(host).encode("latin-1")),
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"referrer-policy", b"same-origin"),
    ]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *more]}
        await send(message)

    return sending


async def _say(status: int, words: bytes, send: Send) -> None:
    plain = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": plain})
    await send({"type": "http.response.body", "body": words})
