"""When practices close their lists to new patients, and open them again.

Newcomers whom a closed list does not take register with another practice within reach; if all are
closed they are assigned to one all the same (`model/month/monthly_tables.py`, `practice_options`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.organisations import practice
from agents.organisations.practice import ListObservation
from model.deciding import objects
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.practices.access import hours
from model.practices.list_moves import newborn_share, turnover_of_practices
from model.practices.profits import margins
from model.practices.workforce import workload
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.setup import Setup
from model.state.state import State


def practices_consider_lists(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any]
) -> None:
    """Once a year practices with more patients than usual, or a closed list, think about it."""
    if not practice.PATIENT_LIST.is_due(state.month):
        return
    value = setup.parameters
    load = workload(state.practices.workforce, value, state.practices.lists) * hours(
        value, state.practices.access
    )
    due = (state.practices.lists > 0) & (
        (load > value["practices.crowded_workload"]) | state.practices.closed_lists
    )
    if not due.any():
        return
    margin = margins(setup.place, value, state.practices, rules)
    newcomers = state.practices.lists * turnover_of_practices(setup) * (1.0 - newborn_share(setup))
    for g in np.flatnonzero(due).tolist():
        agent = minds.practices[g]
        observation = list_observation(
            value, state.practices, g, float(load[g]), float(newcomers[g]), float(margin[g])
        )
        forced = forced_option(minds, state.month, agent.code, practice.PATIENT_LIST)
        decision = agent.consider_list(observation, state.month, forced)
        schedule_effect(
            setup.place,
            state.docket,
            decision,
            "patient_list",
            (g, decision.chosen == "close_list"),
        )


def list_observation(
    value: Parameters,
    practices: Practices,
    practice: int,
    load: float,
    newcomers: float,
    margin: float,
) -> ListObservation:
    """What the partners of `practice` see."""
    return ListObservation(
        is_open=not practices.closed_lists[practice],
        list_size=int(practices.lists[practice]),
        newcomers=newcomers,
        margin=margin,
        workload=load,
        supply_elasticity=value["practices.work_supply_elasticity"],
        turned_away=value["minds.turned_away_pounds"],
        closing_cost=value["practices.list_closing_cost_pence"] / PENCE_PER_POUND,
    )


@effect("patient_list", "state.practices", touches=objects.of_practice("registration"))
def change_list(practices: Practices, practice: int, closed: bool) -> None:
    """A list closes to new patients or opens again, if the practice is still there.

    `closed`: to new patients.
    """
    practices.closed_lists[practice] = closed and practices.lists[practice] > 0
