"""What the quality and outcomes framework pays, by the rules in force (statement of entitlements).

An indicator of clinical care pays its points x the share of the way from the lower to the upper
threshold that the practice's patients are reached x its list against the reference list x its
prevalence factor. A practice reaches some indicators' patients better than others'; the model
follows the mean over them and takes a normal spread around it. All other points depend on work that
practices do alike.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import expit, logit, ndtr

from model.parameters import Parameters
from model.population.conditions import prevalence_at
from model.state.setup import Setup

QOF = "general_practice.qof"
FACTORS = {"square_root": 0.5, "true": 1.0}  # power of relative prevalence
PARTS = (
    "points", "points_clinical", "pence_per_point", "reference_list", "lower_threshold",
    "upper_threshold", "prevalence_factor",
)  # fmt: skip
Rules = Mapping[str, Any]


def conditions_of_patients(setup: Setup) -> np.ndarray:
    """Long-term conditions for a patient, as ages and registers let expect [practices]."""
    demography = setup.demography
    by_age = prevalence_at(demography.density, demography.quintile_shares, setup.health)
    level = logit(np.clip(by_age, 1e-12, 1.0 - 1e-12)) + demography.register_shift[:, None, :]
    patients: np.ndarray = np.einsum("pa,pac->p", demography.density.sum(axis=2), expit(level))
    return patients


def usual_reached(parameters: Parameters) -> float:
    """Share of an indicator's patients, those excepted apart, whom the usual effort reaches."""
    return float(parameters["practices.qof_reached"])


def is_in_force(rules: Rules) -> bool:
    """Whether there is a framework that pays; there was none before April 2004."""
    return all(f"{QOF}.{part}" in rules for part in PARTS) and rules[f"{QOF}.points"] > 0


def clinical_points_paid(
    rules: Rules, parameters: Parameters, reached: np.ndarray | float
) -> np.ndarray:
    """Share of clinical points that is paid where this share of patients is reached on average.

    The mean over indicators of clip((x - lower) / (upper - lower), 0, 1), x normal around it.
    """
    lower, upper = rules[f"{QOF}.lower_threshold"], rules[f"{QOF}.upper_threshold"]
    spread = parameters["practices.qof_spread_over_indicators"]
    above = _mean_above(np.asarray(reached) - lower, spread)
    paid: np.ndarray = (above - _mean_above(np.asarray(reached) - upper, spread)) / (upper - lower)
    return paid


def _mean_above(mean: np.ndarray, spread: float) -> np.ndarray:
    """Mean of the part above nought of a normal variable."""
    z = mean / spread
    above: np.ndarray = mean * ndtr(z) + spread * np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return above


def qof_income(
    rules: Rules,
    parameters: Parameters,
    prevalence: np.ndarray,
    lists: np.ndarray,
    reached: np.ndarray | float,
) -> np.ndarray:
    """What practices are paid for points, pence a year [practices]; nought before 2004.

    `prevalence` against the mean, registered patients and the share reached [practices], or with
    another dimension, which the result has, too.
    """
    if not is_in_force(rules):
        return np.zeros(np.broadcast(lists, reached).shape)
    points = rules[f"{QOF}.points"]
    clinical = min(rules[f"{QOF}.points_clinical"], points)
    factor = prevalence ** FACTORS[rules[f"{QOF}.prevalence_factor"]]
    earned = clinical * factor * clinical_points_paid(rules, parameters, reached)
    earned = earned + (points - clinical) * parameters["practices.qof_other_points_paid"]
    income: np.ndarray = (
        earned * rules[f"{QOF}.pence_per_point"] * lists / rules[f"{QOF}.reference_list"]
    )
    return income
