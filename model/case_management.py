"""Case managers whom commissioners pay: for which practices, which patients, at what cost."""

from typing import TYPE_CHECKING

import numpy as np

from model.bodies import MARKET
from model.integration import invited
from model.policy import CaseManagement
from model.tendering import list_of

if TYPE_CHECKING:
    from model.economy import HealthEconomy


def begin_case_management(economy: "HealthEconomy", terms: CaseManagement) -> None:
    """Every commissioner pays for case managers in a share of its practices from now on."""
    for k in range(len(economy.minds.commissioners)):
        chosen = invited(economy, list_of(economy, k), terms.practice_share)
        covered = economy.state.managed_share
        covered[chosen] = np.maximum(covered[chosen], terms.covered_share)


def apparent_effect(economy: "HealthEconomy", practices: np.ndarray, covered: float) -> float:
    """By what share those covered have fewer emergencies than their scores foretold.

    They were chosen for high scores, some of which are high by error: without any care they would
    fall back towards the mean by as much. `practices` [practices] are those covered.
    """
    people, strata = economy.state.people, economy.state.strata
    rows = np.flatnonzero(practices[people["practice"]])
    score = people["risk_score"][rows].astype(np.float64)
    if not rows.size or not score.any():
        return 0.0
    top = score >= np.quantile(score, 1.0 - covered)
    rate = 12.0 * strata["emergency_rate"][people["stratum"][rows[top]]]
    return float(1.0 - rate.sum() / score[top].sum())


def pay_case_managers(economy: "HealthEconomy") -> None:
    """A month of the commissioners' case managers."""
    state, cost = economy.state, economy.setup.parameters["minds.case_manager_pence_per_patient"]
    covered = state.managed_share * state.lists
    for k, agent in enumerate(economy.minds.commissioners):
        patients = covered[list_of(economy, k)].sum()
        pence = round(float(patients * cost / 12))
        state.ledger.post(state.month, agent.body, MARKET, "case_management", pence)
