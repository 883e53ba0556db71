"""What practices are shown of their options is what they are then paid, or pay."""

import pytest
from forced_options import Futures, force_options, without_motives

from model.policy import find_policy
from model.setup import Setup
from model.state import BURN_IN_MONTHS, State

STATUS_QUO = find_policy("status_quo")


@pytest.fixture(scope="module")
def place(shire: Setup) -> Setup:
    """The place with nobody in it who has other motives than money."""
    return without_motives(shire)


def all_practices(setup: Setup, state: State, rule: str, option: str, month: int = BURN_IN_MONTHS):
    """The same option of a decision for every practice that is open."""
    return {
        (code, rule, month): option
        for code, patients in zip(setup.place.practices["practice"], state.lists, strict=True)
        if patients
    }


def money_of_practices(futures: Futures, months: range, *headings: str) -> float:
    """Pounds that all practices together have more in these months."""
    bodies = futures.first.state.provision.practice_body.tolist()
    return futures.booked(bodies, months, headings or None)


@pytest.mark.decision("effort")
@pytest.mark.parametrize("effort", ["more_incentivised_care", "less_incentivised_care"])
def test_effort_brings_the_points_that_were_shown(place, after_burn_in, effort):
    state = after_burn_in.copy()
    state.effort = ["usual"] * len(state.effort)
    forced = all_practices(place, state, "effort", effort)
    futures = force_options(place, state, STATUS_QUO, forced, 13)
    paid = money_of_practices(futures, range(37, 49))
    assert paid == pytest.approx(futures.shown(), rel=0.05)
