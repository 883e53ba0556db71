"""Serves the page of institutions to this machine, through the same door.

    uv run python -m viz.server.mesa_page [--port 8766]

Exit codes: 0 done; 2 bad input; 130 interrupted.
"""

import argparse
import sys
from collections.abc import Sequence

from model.input.errors import InputError
from viz.server.door import LOCAL
from viz.server.server import end_like_an_interrupt, listen, run, settle

DONE, BAD_INPUT, INTERRUPTED = 0, 2, 130


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; a port that cannot be had is said in one sentence."""
    parser = argparse.ArgumentParser(prog="python -m viz.server.mesa_page")
    parser.add_argument("--port", type=int, default=8766)
    end_like_an_interrupt()
    try:
        opened = listen(LOCAL[0], parser.parse_args(arguments).port)
    except InputError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    settle("viz.server.institutions")
    address = f"http://{LOCAL[0]}:{opened.getsockname()[1]}/"
    try:
        run(opened, LOCAL[0], lambda: print(address, flush=True))
    except KeyboardInterrupt:
        return INTERRUPTED
    return DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
