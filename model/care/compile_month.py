"""Compile the month of a patient, the longest rule, in a process of its own.

`python -m model.care.compile_month` leaves it in the cache while a command reads the place and
compiles the rest.
"""

import numpy as np

from agents.patients.patient_tables import (
    AREA,
    CROSS,
    HEALTH,
    PERSON,
    PRACTICE,
    PROGRAMME,
    REACH,
    ROUTE,
    RULES,
    SITE,
    STEP,
    STRATUM,
    World,
)
from model.care.kernel import empty_tally, live
from model.population.demography import Turnover


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
        programmes=np.zeros(1, dtype=PROGRAMME),
        turnover=Turnover(np.zeros((1, 5, 106, 2)), np.zeros((1, 5, 214)), np.zeros((1, 212))),
    )


def compile_month() -> None:
    """A month of nobody: compiles the rule, or finds it compiled."""
    live(np.zeros(0, dtype=PERSON), nobody_world(), [empty_tally(1, 1, 1)], 0, 0)


if __name__ == "__main__":
    compile_month()
