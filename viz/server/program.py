"""The program behind `joinedup watch`: a web server with the live view.

Exit codes: 0 done; 2 bad input; 130 interrupted.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from model.input.errors import InputError
from model.places.named_places import check_place
from viz.background.background_answers import Answers
from viz.server.door import ANYWHERE, LOCAL
from viz.server.page_requests import PageRequest, page_request_with
from viz.server.server import end_like_an_interrupt, end_undisturbed, listen, run, settle

if TYPE_CHECKING:
    from viz.session.beginnings import Beginnings

DONE, BAD_INPUT, INTERRUPTED = 0, 2, 130


def main(arguments: Sequence[str], answers: Answers | None = None) -> int:
    """Serve until interrupted; what cannot be served is said in one sentence.

    `answers`: who answers what takes many runs or a sweep.
    """
    os.environ["PYTHONSAFEPATH"] = "1"  # no Python that is begun from here runs code of a folder
    asked = _parser().parse_args(arguments)
    end_like_an_interrupt()
    try:
        _serve(asked, answers)
    except InputError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        end_undisturbed()
        return INTERRUPTED
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="joinedup watch", description=__doc__.splitlines()[0])
    parser.add_argument("policies", nargs="+", help="one or two presets or TOML files")
    parser.add_argument("--place", default="anyshire")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--patients", type=int, default=PageRequest.patients)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--years", type=int, default=PageRequest.years)
    parser.add_argument("--sweep", type=Path)
    parser.add_argument("--host", default=LOCAL[0])
    parser.add_argument("--port", type=int, default=8765)
    return parser


def _serve(asked: argparse.Namespace, answers: Answers | None) -> None:
    own = PageRequest(tuple(asked.policies), asked.place, folder=Path.cwd(), sweep=asked.sweep)
    page_request = page_request_with(
        own, {n: getattr(asked, n) for n in ("patients", "seed", "years")}
    )
    check_place(page_request.place, asked.data)
    opened = listen(asked.host, asked.port)
    port = opened.getsockname()[1]
    if asked.host not in LOCAL:
        print(f"Warning: anyone who can reach {asked.host}:{port} can use this page.",
              file=sys.stderr)  # fmt: skip
    settle("viz.server.page")
    ready: Future[Beginnings] = Future()
    from viz.server.page import serve

    served = serve(page_request, ready, answers)
    shown = LOCAL[0] if asked.host in ANYWHERE else asked.host
    address = f"http://{shown}:{port}/"
    begin = partial(_begin, address, page_request, asked.data, ready)
    run(opened, asked.host, begin, served.seats.socket)


def _begin(
    address: str, page_request: PageRequest, data: Path | None, ready: "Future[Beginnings]"
) -> None:
    """Say where the page is, import the model and live the first burn-in as a reader opens it."""
    print(address, flush=True)
    print("The live view is at the address above; Ctrl+C ends it.", file=sys.stderr)
    import viz.session.runner  # noqa: F401, before a session's thread asks for it
    from viz.session.beginnings import Beginnings

    beginnings = Beginnings(data)
    ready.set_result(beginnings)
    with contextlib.suppress(InputError):  # the page says what is wrong when it asks for the same
        beginnings.find(page_request.place, page_request.patients, page_request.seed)
