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
from typing import Any

LAST_YEARS = 3  # over which outcomes are averaged
KINDNESS = 15  # added to the niceness of the process


def main(asked: dict[str, Any]) -> None:
    """Live every seed in turn and print what came of it, or why it could not be lived."""
    from model.input.errors import BadInput
    from model.month.preparing import prepare
    from model.parameters import load_parameters
    from model.places.finding import find_place
    from model.policies.finding import find_policy

    try:
        data = Path(asked["data"]) if asked["data"] else None
        setup = prepare(find_place(asked["place"], data), load_parameters(), asked["patients"])
        policies = [find_policy(name, Path(asked["folder"])) for name in asked["policies"]]
        for seed in asked["seeds"]:
            _say({"seed": seed, **_lived(setup, policies, seed, asked["years"])})
    except BadInput as error:
        _say({"failed": str(error)})
    except Exception as error:
        _say({"failed": f"{type(error).__name__}: {error}"})


def _lived(setup: Any, policies: Sequence[Any], seed: int, years: int) -> dict[str, Any]:
    """Outcomes and regimes of each policy; the status quo is lived beside them if it is not one."""
    from model.month.economy import HealthEconomy, burn_in
    from model.outcomes.area_years import area_years
    from model.policies.finding import find_policy

    state, usual = burn_in(setup, seed), find_policy("status_quo")
    lived = {
        name: HealthEconomy(setup, policy, seed, state=state.copy()).run(12 * years)
        for name, policy in {one.name: one for one in (*policies, usual)}.items()
    }
    areas = area_years(lived[usual.name].record)
    economies = [lived[policy.name] for policy in policies]
    return {
        "outcomes": [_outcomes(economy, years) for economy in economies],
        "regimes": [_regimes(economy, areas) for economy in economies],
    }


def _outcomes(economy: Any, years: int) -> dict[str, float]:
    from model.outcomes.scoreboard import scoreboard

    found = scoreboard(
        economy.setup.place,
        economy.setup.list_sizes,
        economy.state,
        economy.record,
        max(1, years - LAST_YEARS + 1),
        years,
    )
    return {name: float(value) for name, value in found.items()}


def _regimes(economy: Any, status_quo: Any) -> dict[str, Any]:
    """Shares of people by regime, or why there are none."""
    from model.outcomes.area_years import area_years
    from model.outcomes.verdict import Criteria, verdict

    criteria = Criteria.from_parameters(economy.setup.parameters)
    found = verdict(area_years(economy.record), status_quo, criteria)
    return {"shares": found.shares or {}, "reason": found.reason}


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
