"""Compile the rules once on a machine, on two cores, before the first run needs them.

The first run compiles for half a minute. The longest part, the month of a patient, is compiled by
`python -m model.warm` in a process of its own while the command reads the place and compiles the
rest.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from agents.compiled import CACHE_FOLDER
from agents.patient_tables import (
    AREA,
    CROSS,
    HEALTH,
    PERSON,
    PRACTICE,
    REACH,
    ROUTE,
    RULES,
    SITE,
    STEP,
    STRATUM,
    World,
)
from model.demography import Turnover
from model.economy import HealthEconomy
from model.kernel import empty_tally, live
from model.policy import find_policy
from model.setup import Setup


def nobody_world() -> World:
    """Tables of the right types for a world without anybody."""
    return World(
        practices=np.zeros(1, dtype=PRACTICE),
        areas=np.zeros(1, dtype=AREA),
        sites=np.zeros(1, dtype=SITE),
        reach=np.zeros((1, 1), dtype=REACH),
        strata=np.zeros(1, dtype=STRATUM),
        steps=np.zeros(1, dtype=STEP),
        routes=np.zeros((1, 1, 1), dtype=ROUTE),
        cross=np.zeros((1, 1, 1, 1), dtype=CROSS),
        rules=np.zeros(1, dtype=RULES),
        health=np.zeros(1, dtype=HEALTH),
        turnover=Turnover(np.zeros((1, 5, 106, 2)), np.zeros((1, 5, 214)), np.zeros((1, 212))),
    )


def compile_month() -> None:
    """A month of nobody: compiles the rule, or finds it compiled."""
    live(np.zeros(0, dtype=PERSON), nobody_world(), [empty_tally(1, 1, 1)], 0, 0)


def is_compiled() -> bool:
    """Whether the month has been compiled on this machine before."""
    return any(Path(CACHE_FOLDER).rglob("kernel._live_rows*.nbc"))


def compiled(prepare: Callable[[], Setup]) -> Setup:
    """What `prepare` gives, with every rule compiled on this machine."""
    if is_compiled():
        return prepare()
    ahead = subprocess.Popen([sys.executable, "-m", "model.warm"])
    try:
        setup = prepare()
        economy = HealthEconomy(setup, find_policy("status_quo"))
        ahead.wait()
        economy.run(12)
    finally:
        ahead.kill()
    return setup


if __name__ == "__main__":
    compile_month()
