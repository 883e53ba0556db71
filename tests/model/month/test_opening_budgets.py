"""Commissioners begin with what they plan to keep: budgets have room for all that is billed."""

import numpy as np
import pytest

from model.month.economy import HealthEconomy
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.state.ledger import HEADINGS
from model.state.state import BURN_IN_MONTHS

CARE = ("tariff_planned", "tariff_emergency", "duplicate_tests")
SEEDS = range(1, 7)


@pytest.fixture(
    scope="module", params=[pytest.param("anyshire", marks=pytest.mark.slow), "lakeland"]
)
def lived(request):
    """The burn-in and a year of the status quo, by seed."""
    setup = prepare(find_place(request.param, None), load_parameters(), 1_000)
    policy = find_policy("status_quo")
    return [HealthEconomy(setup, policy, seed).run(BURN_IN_MONTHS + 12) for seed in SEEDS]


def spent(economy, year, *headings):
    """What commissioners have paid under headings in a year of the run, in pounds a head."""
    entries = economy.state.money.ledger.entries()
    mine = entries["payer"].isin(economy.state.bodies.of_kind("commissioner"))
    codes = [HEADINGS.index(heading) for heading in headings]
    chosen = mine & entries["heading"].isin(codes) & (entries["month"] // 12 == year)
    return entries[chosen]["pence"].sum() / 100.0 / economy.state.practices.lists.sum()


def planned_surplus(economy):
    """A share of the target, and a part of what is given above it, in pounds a head."""
    state, value = economy.state, economy.setup.parameters
    target, given = state.money.target_allocation.sum(), state.money.allocation.sum()
    kept = value["minds.commissioner_surplus_share"] * target
    kept += (1.0 - value["commissioning.distance_spent"]) * (given - target)
    return kept / 100.0 / state.practices.lists.sum()


def test_given_less_all_that_is_spent_is_what_is_planned(lived):
    """To the penny, if the first year of the policy is billed what the last before it was."""
    for economy in lived:
        state, last = economy.state, BURN_IN_MONTHS // 12 - 1
        per_head = 100.0 * state.practices.lists.sum()
        given, other = (
            table.sum() / per_head for table in (state.money.allocation, state.money.other_spend)
        )
        rest = given - other - spent(economy, last + 1, "block") - spent(economy, last, *CARE)
        assert rest == pytest.approx(planned_surplus(economy), abs=0.01)


def test_the_first_year_is_billed_what_the_last_before_it_was(lived):
    """But for luck, heading by heading; in pounds a head."""
    last = BURN_IN_MONTHS // 12 - 1
    for heading, within in zip(CARE, (4.0, 3.0, 0.5), strict=True):
        more = [spent(e, last + 1, heading) - spent(e, last, heading) for e in lived]
        error = np.std(more, ddof=1) / len(more) ** 0.5
        assert abs(np.mean(more)) < min(within, 3.0 * error), heading


def test_nobody_is_billed_at_the_marginal_rate_for_a_fall_that_nobody_lived(lived):
    """Emergencies are put at the published total; those of the year before are, too."""
    last, heading = BURN_IN_MONTHS // 12 - 1, "tariff_emergency"
    rose = [spent(e, last + 1, heading) / spent(e, last, heading) for e in lived]
    assert np.mean(rose) == pytest.approx(1.0, abs=0.02)
