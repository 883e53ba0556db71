"""How well the risk score finds patients who will be emergencies, and what its error does."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def scored(after_burn_in):
    """True yearly rates of emergency admission and scores of all patients."""
    people, strata = after_burn_in.residents.people, after_burn_in.residents.strata
    rate = 12.0 * strata["emergency_rate"][people["stratum"]].astype(np.float64)
    return rate, people["risk_score"].astype(np.float64)


def c_statistic(rate, score):
    """Probability that a patient with an emergency in a year scored above one without."""
    admitted = 1.0 - np.exp(-rate)
    order = np.argsort(score, kind="stable")
    below = np.cumsum((1.0 - admitted)[order])
    return float((admitted[order] * below).sum() / (admitted.sum() * (1.0 - admitted).sum()))


def test_the_score_is_as_good_as_is_said(scored):
    rate, score = scored
    assert c_statistic(rate, score) == pytest.approx(0.69, abs=0.015)
    assert c_statistic(rate, rate) == pytest.approx(0.71, abs=0.015)


def test_patients_with_the_highest_scores_regress_to_the_mean(scored):
    rate, score = scored
    top = score >= np.quantile(score, 0.98)
    assert 2.0 * rate.mean() < rate[top].mean() < 0.8 * score[top].mean()
