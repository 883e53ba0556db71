"""Case managers whom commissioners pay: for which practices, which patients, at what cost."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from model.deciding.minds import Minds
from model.integrated.organisations import invited
from model.parameters import Parameters
from model.payments.list_charges import list_of
from model.policies.policy import CaseManagement
from model.state.bodies import MARKET
from model.state.practices import Practices
from model.state.provision import Provision
from model.state.state import State


def begin_case_management(
    minds: Minds, provision: Provision, practices: Practices, seed: int, terms: CaseManagement
) -> None:
    """Every commissioner pays for case managers in a share of its practices from now on.

    `terms`: of how many practices, of how many of their patients.
    """
    for k in range(len(minds.commissioners)):
        chosen = invited(minds, seed, list_of(provision, practices, k), terms.practice_share)
        covered = practices.managed_share
        covered[chosen] = np.maximum(covered[chosen], terms.covered_share)


def apparent_effect(
    value: Parameters, state: State, practices: np.ndarray, covered: float
) -> float:
    """By what share those covered have fewer emergencies than their scores foretold.

    They were chosen for high scores, some of which are high by error: without any care they would
    fall back towards the mean by as much. `practices` [practices] are those covered.
    """
    strata = state.residents.strata
    count = state.practices.lists[practices] @ state.residents.structure.strata[practices]
    if not count.any():
        return 0.0
    found = count > 0
    rate, count = strata["emergency_rate"][found].astype(np.float64), count[found]
    return _fall(rate, count, covered, value["cycles.risk_score_noise"])


def _fall(rate: np.ndarray, count: np.ndarray, covered: float, noise: float) -> float:
    """1 - true over foretold emergencies of the `covered` share with the highest scores.

    A score is the rate times a lognormal error with standard deviation `noise`. Worked out over
    all errors instead of those that were drawn, so that it does not hang on how many patients are
    simulated. `rate`, `count` [kinds of people].
    """
    if noise == 0.0 or covered >= 1.0:
        return 1.0 - float(np.exp(-0.5 * noise**2))

    def over(threshold: float) -> np.ndarray:
        return (np.log(rate) - threshold) / noise

    def too_many(threshold: float) -> float:
        return float(count @ ndtr(over(threshold)) / count.sum() - covered)

    wide = 10.0 * noise
    line = over(brentq(too_many, np.log(rate.min()) - wide, np.log(rate.max()) + wide))
    foretold = np.exp(0.5 * noise**2) * (count * rate) @ ndtr(line + noise)
    return 1.0 - float((count * rate) @ ndtr(line) / foretold)


def pay_case_managers(minds: Minds, value: Parameters, state: State) -> None:
    """A month of the commissioners' case managers."""
    cost = value["minds.case_manager_pence_per_patient"]
    covered = state.practices.managed_share * state.practices.lists
    for k, agent in enumerate(minds.commissioners):
        patients = covered[list_of(state.provision, state.practices, k)].sum()
        pence = round(float(patients * cost / 12))
        state.money.ledger.post(state.month, agent.body, MARKET, "case_management", pence)
