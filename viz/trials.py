"""Policies lived under other seeds, a line of JSON a seed: the program behind a page's intervals.

    python -m viz.trials '{"policies": ["population_ico", "status_quo"], "seeds": [1, 2], ...}'

It steps back behind everything else on the machine, and ends with the program that started it. The
outcomes of a seed are those that `joinedup compare` finds for it.
"""

import contextlib
import json
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

LAST_YEARS = 3  # over which outcomes are averaged
KINDNESS = 15  # added to the niceness of the process


def main(asked: dict[str, Any]) -> None:
    """Live every seed in turn and print what came of it, or why it could not be lived."""
    from model.economy import burn_in
    from model.errors import BadInput
    from model.parameters import load_parameters
    from model.place import find_place
    from model.policy import find_policy
    from model.setup import prepare

    try:
        data = Path(asked["data"]) if asked["data"] else None
        setup = prepare(find_place(asked["place"], data), load_parameters(), asked["patients"])
        policies = [find_policy(name, Path(asked["folder"])) for name in asked["policies"]]
        for seed in asked["seeds"]:
            state = burn_in(setup, seed)
            lived = [_outcomes(setup, policy, seed, state, asked["years"]) for policy in policies]
            _say({"seed": seed, "outcomes": lived})
    except BadInput as error:
        _say({"failed": str(error)})
    except Exception as error:
        _say({"failed": f"{type(error).__name__}: {error}"})


def _outcomes(setup: Any, policy: Any, seed: int, state: Any, years: int) -> dict[str, float]:
    from model.economy import HealthEconomy
    from model.outcomes.scoreboard import scoreboard

    economy = HealthEconomy(setup, policy, seed, state=state.copy()).run(12 * years)
    found = scoreboard(economy, max(1, years - LAST_YEARS + 1), years)
    return {name: float(value) for name, value in found.items()}


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
