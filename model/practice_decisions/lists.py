"""When practices close their lists to new patients, and open them again.

Newcomers whom a closed list does not take register with another practice within reach; if all are
closed they are assigned to one all the same (`model/month/arrangement.py`, `practice_options`).
"""

from typing import TYPE_CHECKING

import numpy as np

from agents.organisations import practice
from agents.organisations.practice import ListView
from model.deciding.decisions import enter, forced_option
from model.practices.access import hours
from model.practices.list_moves import newborn_share, turnover_of_practices
from model.practices.profits import margins
from model.practices.workforce import workload
from model.state.ledger import PENCE_PER_POUND

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def practices_consider_lists(economy: "HealthEconomy") -> None:
    """Once a year practices with more patients than usual, or a closed list, think about it."""
    state = economy.state
    if not practice.PATIENT_LIST.is_due(state.month):
        return
    value = economy.setup.parameters
    load = workload(state.practices.workforce, value, state.practices.lists) * hours(
        value, state.practices.access
    )
    due = (state.practices.lists > 0) & (
        (load > value["practices.crowded_workload"]) | state.practices.closed_lists
    )
    if not due.any():
        return
    setup, margin = economy.setup, margins(economy)
    newcomers = state.practices.lists * turnover_of_practices(setup) * (1.0 - newborn_share(setup))
    for g in np.flatnonzero(due).tolist():
        agent = economy.minds.practices[g]
        view = list_view(economy, g, float(load[g]), float(newcomers[g]), float(margin[g]))
        forced = forced_option(economy, agent.code, practice.PATIENT_LIST)
        decision = agent.consider_list(view, state.month, forced)
        enter(economy, decision, "patient_list", (g, decision.chosen == "close_list"))


def list_view(
    economy: "HealthEconomy", g: int, load: float, newcomers: float, margin: float
) -> ListView:
    """What the partners of practice `g` see."""
    state, value = economy.state, economy.setup.parameters
    return ListView(
        is_open=not state.practices.closed_lists[g],
        list_size=int(state.practices.lists[g]),
        newcomers=newcomers,
        margin=margin,
        workload=load,
        supply_elasticity=value["practices.work_supply_elasticity"],
        turned_away=value["minds.turned_away_pounds"],
        closing_cost=value["practices.list_closing_cost_pence"] / PENCE_PER_POUND,
    )


def change_list(economy: "HealthEconomy", g: int, closed: bool) -> None:
    """A list closes to new patients or opens again, if the practice is still there."""
    economy.state.practices.closed_lists[g] = closed and economy.state.practices.lists[g] > 0
