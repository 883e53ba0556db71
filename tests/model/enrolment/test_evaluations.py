"""An evaluation lived in the model finds the truth, or has the bias that such evaluations have."""

import numpy as np
import pytest

from model.enrolment.evaluation import (
    before_and_after,
    cells_of,
    matched_difference,
    true_effect,
)
from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy import Enrolment
from model.policies.policy_finding import find_policy
from tests.model.headings import SEED

LARGE = {
    "enrolment.take_up_share": 0.5, "enrolment.new_need_share": 0.4,
    "enrolment.need_admissions": 0.45,
}  # fmt: skip


@pytest.fixture(scope="module")
def evaluated(shire):
    """Those enrolled after admissions and all others: a year before and after, and their twins."""
    setup = prepare(find_place("anyshire", None), load_parameters().with_values(LARGE), 20_000)
    setup.__dict__["everybody"] = shire.everybody
    start = burn_in(setup, SEED)

    def live(*services):
        terms = Enrolment(past_admissions=1, capacity_share=0.5, services=services)
        policy = find_policy("phone_coaching").model_copy(update={"enrolment": (terms,)})
        economy = HealthEconomy(setup, policy, SEED, "inert", state=start.copy())
        before = economy.state.residents.people.copy()
        economy.run(12)
        people = economy.state.residents.people
        stayed = people["entered"] == before["entered"]
        return before, people.copy(), stayed

    before, idle, stayed = live()
    _, active, also = live("case_finding")
    here = stayed & also
    return before[here], idle[here], active[here]


def groups(evaluated, people):
    """Who is enrolled; cells; admissions of the year before, and after, in this run."""
    before = evaluated[0]
    enrolled = people["enrolled_since"] == 36
    past, after = (p["crises_last_year"].astype(int) for p in (before, people))
    return enrolled, cells_of(before["stratum"], past), past, after


def test_before_and_after_falls_without_any_effect(evaluated):
    """Roland et al. 2005 (BMJ): who had admissions has fewer in the next year, without any care."""
    enrolled, _, past, after = groups(evaluated, evaluated[1])
    found = before_and_after(past[enrolled], after[enrolled])
    assert enrolled.sum() > 300
    assert found.value < -0.5 * past[enrolled].mean() and found.value < -10.0 * found.error


def test_beside_everybody_else_the_fall_looks_like_an_effect(evaluated):
    enrolled, cell, past, after = groups(evaluated, evaluated[1])
    unmatched = matched_difference(enrolled, np.zeros_like(cell), past, after)
    assert unmatched.value < -10.0 * unmatched.error


def test_beside_matched_others_nothing_is_found_where_nothing_is(evaluated):
    """Steventon et al. 2011: what seemed to halve stays had no effect on admissions."""
    enrolled, cell, past, after = groups(evaluated, evaluated[1])
    matched = matched_difference(enrolled, cell, past, after)
    assert abs(matched.value) < 3.0 * matched.error and matched.people > 0.9 * enrolled.sum()


def test_beside_matched_others_the_truth_is_found(evaluated):
    _, idle, active = evaluated
    enrolled, cell, past, after = groups(evaluated, active)
    truth = true_effect(after[enrolled], idle["crises_last_year"][enrolled].astype(int))
    matched = matched_difference(enrolled, cell, past, after)
    assert truth.value > 4.0 * truth.error and truth.value == pytest.approx(0.18, abs=0.08)
    assert abs(matched.value - truth.value) < 3.0 * matched.error
    naive = before_and_after(past[enrolled], after[enrolled])
    assert naive.value < 0.0 < truth.value  # before and after has the wrong sign


def test_the_same_people_are_enrolled_whatever_is_done_for_them(evaluated):
    _, idle, active = evaluated
    np.testing.assert_array_equal(idle["enrolled_since"] == 36, active["enrolled_since"] == 36)
