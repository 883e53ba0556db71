"""What boards know of prices and costs to come is what then becomes of them."""

import numpy as np
import pytest
from forced_options import Unasked

from model.payments.prices_ahead import levels_ahead
from model.policies.policy import Policy, RuleChange
from model.policies.policy_finding import find_policy
from model.state.state import BURN_IN_MONTHS

MONTHS = 50
LEVEL = "hospital_payment.tariff.price_change"


def changes(*steps: tuple[int, float]) -> Policy:
    """A policy that moves prices in some months, by so much beside those of the start."""
    rules = tuple(RuleChange(start_month=month, set={LEVEL: change}) for month, change in steps)
    return find_policy("status_quo").model_copy(update={"rules": rules})


@pytest.fixture
def lived(live_policy):
    """What was known after some months of a policy, and what then happened."""

    def live(policy: Policy | str, months: int):
        economy = live_policy(policy, months, "inert", kind=Unasked)
        economy.state.month -= 1  # when it decided
        known, state = (
            levels_ahead(
                economy.setup.place,
                economy.setup.parameters,
                economy.state,
                economy.in_force,
                0,
                MONTHS,
            ),
            economy.state,
        )
        state.month += 1
        start, cost = state.money.price_level, state.hospitals.lines.unit_cost.copy()
        price, dear = [1.0], [1.0]
        for _ in range(MONTHS - 1):
            economy.step()
            price.append(state.money.price_level / start)
            dear.append(float((economy.state.hospitals.lines.unit_cost / cost).mean()))
        return known, price, dear

    return live


@pytest.mark.parametrize("policy", ["status_quo", "tariff_cut", "tariff_by_year"])
@pytest.mark.parametrize("months", [1, pytest.param(8, marks=pytest.mark.slow), 13])
def test_what_the_calendar_will_do_is_known(lived, policy, months):
    known, price, cost = lived(policy, months)
    np.testing.assert_allclose(known.price, price)
    np.testing.assert_allclose(known.cost, cost)
    assert (policy == "status_quo") == (price[-1] == 1.0)


def test_a_policy_is_known_to_its_end_once_it_has_begun(lived):
    """And not before: what has not begun may still be changed."""
    known, price, _ = lived(changes((0, -0.02), (12, -0.04), (27, 0.01)), 5)
    np.testing.assert_allclose(known.price, price)
    known, price, _ = lived(changes((12, -0.04)), 5)
    assert set(known.price) == {1.0} and price[-1] == pytest.approx(0.96)


def test_what_the_regulator_has_set_is_known_for_a_year(live_policy):
    economy = live_policy("tariff_by_regulator", 11, "inert")
    economy.state.docket.scheduled_effects.append((BURN_IN_MONTHS + 12, "tariff", (0.96,)))
    economy.state.month -= 1
    known, saved = (
        levels_ahead(
            economy.setup.place, economy.setup.parameters, economy.state, economy.in_force, 0, 40
        ),
        0.98,
    )
    assert economy.setup.parameters["trusts.usual_saving_share"] == pytest.approx(1.0 - saved)
    assert known.price[:2].tolist() == [1.0, 1.0] and set(known.price[2:]) == {0.96}
    assert set(known.cost[2:]) == {saved}


def test_a_mean_is_that_of_the_months(live_policy):
    economy = live_policy("tariff_cut", 1, "inert")
    levels = levels_ahead(
        economy.setup.place, economy.setup.parameters, economy.state, economy.in_force, 6, 24
    )
    assert levels.mean().price == pytest.approx(levels.price.mean())
    assert levels.by_quarter().cost.tolist() == pytest.approx(
        [levels.cost[n : n + 3].mean() for n in range(0, 24, 3)]
    )
