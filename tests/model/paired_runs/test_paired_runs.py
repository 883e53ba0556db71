"""One burn-in, several policies: runs begin alike, and each is put beside the status quo."""

import numpy as np
import pytest

from model.outcomes.area_years import area_years
from model.outcomes.verdict import verdict_of
from model.outcomes.window import last_window
from model.paired_runs.arm_results import last_outcomes, results_of, with_status_quo
from model.paired_runs.start import Start
from model.policies.policy_finding import find_policy

SEED, YEARS = 1, 2


@pytest.fixture(scope="module")
def start(shire, after_burn_in) -> Start:
    return Start(shire, SEED, after_burn_in)


@pytest.fixture(scope="module")
def results(start):
    """Those of two policies neither of which is the status quo, and of the status quo."""
    return results_of(start, map(find_policy, ("carveout_msk", "teams_only", "status_quo")), YEARS)


def test_a_run_leaves_its_start_as_it_was(start):
    before = start.state.residents.people.tobytes()
    run = start.run_under(find_policy("teams_only")).run(2)
    assert run.state is not start.state
    assert start.state.month == 36 and start.state.residents.people.tobytes() == before
    own = Start(start.setup, SEED, start.state.copy())
    assert own.run_under(find_policy("status_quo"), last=True).state is own.state


def test_every_policy_is_judged_beside_the_status_quo_of_its_seed(start, results):
    quo = start.run_under(find_policy("status_quo")).run(12 * YEARS)
    alone = start.run_under(find_policy("teams_only")).run(12 * YEARS)
    np.testing.assert_equal(results[1].outcomes, last_outcomes(alone, YEARS))
    np.testing.assert_equal(results[2].outcomes, last_outcomes(quo, YEARS))
    judged = verdict_of(alone.record, area_years(quo.record))
    np.testing.assert_array_equal(results[1].verdict.yearly, judged.yearly)
    assert results[1].outcomes != results[2].outcomes


def test_the_status_quo_that_is_lived_beside_others_leaves_no_decisions_to_replay(start):
    beside = with_status_quo(start, 1)
    assert beside.areas is not None and beside.decided is None
    assert with_status_quo(beside, 1) is beside
    run = start.run_under(find_policy("carveout_msk")).run(1)
    left = beside.after(run)
    assert left.areas is beside.areas and left.decided == run.decided() != {}


@pytest.mark.parametrize(("years", "window"), [(1, (1, 1)), (3, (1, 3)), (10, (8, 10))])
def test_outcomes_are_means_over_the_last_three_years(years, window):
    assert last_window(years) == window
