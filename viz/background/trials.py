"""Policies lived under other seeds, a line of JSON a seed: the program behind a page's intervals.

    python -m viz.background.trials '{"policies": ["population_ico"], "seeds": [1, 2], ...}'

It steps back behind everything else on the machine, and ends with the program that started it. The
outcomes and regimes of a seed are those that `joinedup compare` finds for it.
"""

import contextlib
import json
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.paired_runs.results import Result

KINDNESS = 15  # added to the niceness of the process


def main(asked: dict[str, Any]) -> None:
    """Live every seed in turn and print what came of it, or why it could not be lived."""
    from model.input.errors import BadInput
    from model.month.preparing import prepare
    from model.paired_runs.results import results_of
    from model.paired_runs.start import begin
    from model.parameters import load_parameters
    from model.places.finding import find_place
    from model.policies.finding import find_policy

    try:
        data = Path(asked["data"]) if asked["data"] else None
        setup = prepare(find_place(asked["place"], data), load_parameters(), asked["patients"])
        policies = [find_policy(name, Path(asked["folder"])) for name in asked["policies"]]
        for seed in asked["seeds"]:
            found = results_of(begin(setup, seed), policies, asked["years"])
            outcomes, regimes = [one.outcomes for one in found], [_told(one) for one in found]
            _say({"seed": seed, "outcomes": outcomes, "regimes": regimes})
    except BadInput as error:
        _say({"failed": str(error)})
    except Exception as error:
        _say({"failed": f"{type(error).__name__}: {error}"})


def _told(result: "Result") -> dict[str, Any]:
    """Shares of people by regime, or why there are none."""
    return {"shares": result.verdict.shares or {}, "reason": result.verdict.reason}


def _say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def _end_with_parent() -> None:
    """Whoever started this holds its standard input open for as long as it wants an answer."""
    sys.stdin.read()
    os._exit(0)


def start(arguments: Sequence[str]) -> None:
    """Run as a program."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(AttributeError, OSError):  # no such thing on Windows
        os.nice(KINDNESS)
    main(json.loads(arguments[0]))


if __name__ == "__main__":
    start(sys.argv[1:])
