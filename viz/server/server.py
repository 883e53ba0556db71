"""The web server of a page: where it listens and what it serves; `viz.server.door` lets in."""

import errno
import logging
import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

from model.input.errors import InputError

SETTINGS = {
    "SOLARA_MODE": "production",  # no watching of files, no pages of its own faults
    "SOLARA_ASSETS_PROXY": "True",  # its page asks this server for its assets
    "SOLARA_ROOT_PATH": "",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_KERNEL_CULL_TIMEOUT": "1h",
    "SOLARA_ASSETS_EXTRA_LOCATIONS": str(Path(__file__).parents[1] / "assets"),
}
LARGEST_MESSAGE = 2**24  # bytes
PING_SECONDS, PONG_SECONDS = 5.0, 15.0  # a browser that answers no ping so long is gone
TURN_SECONDS = 0.0005  # that a thread keeps the interpreter: a page is not to wait for a model


def settle(app: str) -> None:
    """Tell Solara which page it serves and how, before it is imported."""
    os.environ.update(SETTINGS, SOLARA_APP=app)
    sys.setswitchinterval(TURN_SECONDS)
    # It says so at every first request without encryption, which this machine alone needs not.
    warnings.filterwarnings("ignore", message="Cookies with samesite=none")


def end_like_an_interrupt() -> None:
    """SIGTERM and SIGHUP end a page as Ctrl-C does, unless whoever started it has them ignored."""
    for number in _ending("SIGTERM", "SIGHUP"):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def end_undisturbed() -> None:
    """Hear no further signal: a page that ends is told so by its terminal and by its command."""
    for number in _ending("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(number, signal.SIG_IGN)


def _ending(*names: str) -> list[signal.Signals]:
    """Those of these signals that this system has."""
    return [signal.Signals[name] for name in names if name in signal.Signals.__members__]


def listen(host: str, port: int) -> socket.socket:
    """A socket at this address; `InputError` if it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
    except (OSError, OverflowError) as error:
        opened.close()
        said = getattr(error, "strerror", None) or str(error)
        if isinstance(error, socket.gaierror) or getattr(error, "errno", 0) == errno.EADDRNOTAVAIL:
            raise InputError(f"cannot listen here: {said}", key="--host", value=host,
                           allowed="a name or an address of this machine") from None  # fmt: skip
        raise InputError(f"cannot listen here: {said}", key="--port", value=f"{host}:{port}",
                       allowed="a free port, such as --port 0") from None  # fmt: skip
    opened.listen()
    return opened


def run(
    opened: socket.socket,
    host: str,
    begin: Callable[[], None],
    sockets: Callable[[str, bool], None] = lambda kernel, opens: None,
) -> None:
    """Serve the page until it is interrupted; `begin` is called beside it once it answers.

    `sockets` hears which WebSockets open and end, as `viz.server.door.Door` tells it.
    """
    import pandas  # noqa: F401, as Solara looks at it from threads, even half imported by another
    import uvicorn
    from solara.server.starlette import app

    from viz.server.door import Door
    from viz.server.socket_frames import LOGGERS, tell_in_a_line

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            threading.Thread(target=begin, daemon=True).start()

    for name in LOGGERS:
        logging.getLogger(name).addFilter(tell_in_a_line)
    config = uvicorn.Config(
        Door(app, host, plain_files(), sockets), log_level="warning", ws_max_size=LARGEST_MESSAGE,
        ws_ping_interval=PING_SECONDS, ws_ping_timeout=PONG_SECONDS, proxy_headers=False,
    )  # fmt: skip
    Server(config).run(sockets=[opened])


def plain_files() -> dict[str, list[Path]]:
    """Folders of what Solara's page loads, by the beginning of their addresses."""
    from solara.server import server, settings

    assets = [*settings.assets.extra_paths(), server.solara_static.parent / "assets"]
    return {
        "/_solara/cdn/": [settings.assets.proxy_cache_dir],
        "/jupyter/nbextensions/": server.nbextensions_directories,
        "/static/assets/": assets,
        "/static/": [server.solara_static],
    }
