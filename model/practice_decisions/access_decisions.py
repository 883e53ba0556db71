"""When practices set their hours and appointments anew: what they see, who is asked."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.decisions.access_choice import (
    ACCESS,
    LEVELS,
    AccessObservation,
    draws_attention,
    set_access,
)
from model.deciding import objects
from model.deciding.decisions import forced_option, schedule_effect
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.places.geography import Geography
from model.practices.access import added_pay
from model.practices.list_moves import shares_of_pairs
from model.practices.profits import margins
from model.practices.workforce import posts, workload
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.setup import Setup
from model.state.state import State

NAMES = {steps: name for name, steps in LEVELS.items()}


def practices_consider_access(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any]
) -> None:
    """Once a year practices think about it if what access brings has changed, or theirs has."""
    value = setup.parameters
    if not ACCESS.is_due(state.month) or not value["practices.access_step"]:
        return
    for g, observation in access_views(setup, state, rules).items():
        agent = minds.practices[g]
        forced = forced_option(minds, state.month, agent.code, ACCESS)
        if forced or draws_attention(observation):
            decision = set_access(agent, observation, state.month, forced)
            schedule_effect(
                setup.place, state.docket, decision, "access", (g, LEVELS[decision.chosen])
            )


def access_views(
    setup: Setup, state: State, rules: Mapping[str, Any]
) -> dict[int, AccessObservation]:
    """What the partners of every open practice see, by practice."""
    value = setup.parameters
    year = setup.place.year
    paid = {
        n: added_pay(rules, year, value, steps) / PENCE_PER_POUND for n, steps in LEVELS.items()
    }
    load = workload(state.practices.workforce, value, state.practices.lists)
    hour = value["practices.access_step"] * value["practices.exit_income_pence"] / PENCE_PER_POUND
    cost = hour * posts(state.practices.workforce, state.practices.lists)
    margin = margins(setup.place, value, state.practices, rules)
    drawn = drawn_patients(value, setup.geography, state)
    elasticity = value["practices.work_supply_elasticity"]
    curvature = value["practices.access_curvature"]
    noticed = value["practices.access_attention_pounds"] / value["sizes.practice_patients"]
    return {
        g: AccessObservation(
            list_size=int(state.practices.lists[g]),
            current=NAMES[int(state.practices.access[g])],
            paid={name: pounds * int(state.practices.lists[g]) for name, pounds in paid.items()},
            step_cost=float(cost[g]),
            workload=float(load[g]),
            supply_elasticity=elasticity,
            drawn=float(drawn[g]),
            margin=float(margin[g]),
            curvature=curvature,
            attention=noticed * int(state.practices.lists[g]),
        )
        for g in np.flatnonzero(state.practices.lists > 0).tolist()
    }


def drawn_patients(value: Parameters, geography: Geography, state: State) -> np.ndarray:
    """Patients whom a step of access would draw in the years looked ahead [practices].

    Those who change practice choose by a logit, so that odds rise by the step and the share of a
    practice by that times what is left to others.
    """
    share, area = shares_of_pairs(value, geography, state), geography.pair_area
    people = np.bincount(area, state.practices.pair_patients)[area]
    gained = value["choice.practice_access_per_step"] * share * (1.0 - share) * people
    a_year = value["choice.voluntary_switch_per_year"] * gained
    by_practice = np.bincount(
        state.practices.pair_practice, a_year, minlength=state.practices.lists.size
    )
    patients: np.ndarray = value["practices.list_horizon_years"] * by_practice
    return patients


@effect("access", "state.practices", touches=objects.of_practice("hours"))
def change_access(practices: Practices, practice: int, steps: int) -> None:
    """Other hours from now on, if the practice is still there.

    `steps`: beyond the usual hours, -1 to 1.
    """
    practices.access[practice] = steps if practices.lists[practice] else 0
