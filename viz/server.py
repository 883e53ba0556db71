"""The web server of the live view: where it listens, and whom it listens to."""

import os
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from model.errors import BadInput

LOCAL = ("127.0.0.1", "localhost", "[::1]")
ANYWHERE = ("0.0.0.0", "::")
SETTINGS = {
    "SOLARA_APP": "viz.page",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_KERNEL_CULL_TIMEOUT": "1h",
    "SOLARA_ASSETS_EXTRA_LOCATIONS": str(Path(__file__).parent / "assets"),
}
TURN_SECONDS = 0.0005  # that a thread keeps the interpreter: a page is not to wait for a model


def settle() -> None:
    """Tell Solara what it serves and how, before it is imported."""
    os.environ.update(SETTINGS)
    sys.setswitchinterval(TURN_SECONDS)
    # It says so at every first request without encryption, which this machine alone needs not.
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")


class SameOrigin:
    """Refuses pages of other sites: a WebSocket or a request whose Origin or Host is foreign.

    A page that listens on this machine alone must also be asked for by a name of this machine, so
    that a foreign name that points here (DNS rebinding) is of no use.
    """

    def __init__(self, app: Any, host: str):
        self.app, self.anywhere = app, host in ANYWHERE
        self.names = {*LOCAL, host}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket") and not self.is_own(scope):
            await _refuse(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def is_own(self, scope: dict[str, Any]) -> bool:
        """Whether a request comes from a page of this server."""
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        host, origin = headers.get("host", ""), headers.get("origin")
        known = self.anywhere or host.rsplit(":", 1)[0] in self.names
        return known and (origin is None or urlsplit(origin).netloc == host)


async def _refuse(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": 403, "headers": []})
    await send({"type": "http.response.body", "body": b"Not a page of this server."})


def listen(host: str, port: int) -> socket.socket:
    """A socket at this address; `BadInput` if it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
    except (OSError, OverflowError) as error:
        opened.close()
        said = getattr(error, "strerror", None) or str(error)
        raise BadInput(f"cannot listen here: {said}", key="--port", value=f"{host}:{port}",
                       allowed="a free port, such as --port 0") from None  # fmt: skip
    opened.listen()
    return opened


def run(opened: socket.socket, host: str, begin: Callable[[], None]) -> None:
    """Serve the page until it is interrupted; `begin` is called beside it once it answers."""
    import uvicorn
    from solara.server.starlette import app

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            threading.Thread(target=begin, daemon=True).start()

    config = uvicorn.Config(SameOrigin(app, host), log_level="warning", ws_max_size=2**24)
    Server(config).run(sockets=[opened])
