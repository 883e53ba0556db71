"""Whom the terms of a programme are for: ages, conditions, and admissions of the last NHS year."""

import numpy as np

from agents.patients.health import CONDITIONS
from model.policies.policy import Enrolment


def may_join(people: np.ndarray, terms: Enrolment, month: int) -> np.ndarray:
    """Whether each person is one of those whom a programme is for [people].

    `people`: rows of persons.
    """
    years = (month - people["born"].astype(np.int64)) // 12
    past = people["crises_last_year"] >= terms.past_admissions
    may: np.ndarray = past & fits(years, people["conditions"], terms)
    return may


def fits(years: np.ndarray, conditions: np.ndarray, terms: Enrolment) -> np.ndarray:
    """Whether ages and conditions are those that the terms name [people].

    `years`: of age; `conditions`: a bit each.
    """
    fit: np.ndarray = (years >= terms.youngest) & (years <= terms.oldest)
    if terms.conditions:
        wanted = sum(1 << CONDITIONS.index(name) for name in terms.conditions)
        fit &= (conditions & np.uint16(wanted)) != 0
    if terms.least_conditions:
        fit &= np.bitwise_count(conditions) >= terms.least_conditions
    return fit
