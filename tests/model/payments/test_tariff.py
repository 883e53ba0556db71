"""Prices that move: whom a change reaches, what trusts make of it, a regulator that sets them."""

import numpy as np
import pydantic
import pytest

from agents.choice.numbers import central
from agents.organisations.regulator import EFFICIENCIES, TariffObservation
from model.input.errors import InputError
from model.month.economy import HealthEconomy
from model.month.interventions import change_terms
from model.payments.list_charges import pathway_spend
from model.payments.tariff import (
    EFFICIENCY,
    NET_CHANGE,
    PRICE_CHANGE,
    SET_BY,
    move_prices,
    real_change,
)
from model.policies.policy import RuleChange, rules_in_force
from model.policies.policy_finding import find_policy
from model.state.contracts import Prime


@pytest.fixture(scope="module")
def by_year(live_policy):
    return live_policy("tariff_by_year", 37, mind="inert")


def test_the_calendar_goes_on_from_the_places_year():
    policy = find_policy("tariff_by_year")
    asked = [rules_in_force(2014, policy, month)[EFFICIENCY] for month in (-1, 0, 12, 24, 36)]
    assert asked == [0.04, 0.04, 0.035, 0.02, 0.02]
    assert rules_in_force(2014, policy, 0)[SET_BY] == "calendar"
    assert rules_in_force(2014, policy, -1)[SET_BY] == "nobody"


def test_what_counts_is_how_prices_move_against_costs():
    assert real_change({NET_CHANGE: -0.011, EFFICIENCY: 0.04}) == pytest.approx(0.989 / 1.029 - 1)
    assert real_change({}) == 0.0


def test_prices_move_once_a_year_from_the_second(by_year, inert_status_quo):
    changes = [(-0.016, 0.035), (0.011, 0.02), (0.011, 0.02)]
    level = np.prod([1 + real_change({NET_CHANGE: n, EFFICIENCY: e}) for n, e in changes])
    assert by_year.state.money.price_level == pytest.approx(level)
    ratio = by_year.prices.operation / inert_status_quo.prices.operation
    np.testing.assert_allclose(ratio, level)
    assert inert_status_quo.state.money.price_level == 1.0
    assert by_year.state.money.ledger.balance.sum() == 0


def test_a_cut_that_outruns_savings_takes_trusts_into_deficit(live_policy):
    cut = live_policy("tariff_cut", 49)
    usual = live_policy("status_quo", 49)
    assert cut.state.hospitals.deficits.sum() > 2 * usual.state.hospitals.deficits.sum()
    saved = [e.state.hospitals.saved_share.sum() for e in (usual, cut)]
    assert saved[1] > saved[0]


def test_lower_prices_leave_care_and_the_cost_of_it_as_they_are(shire, after_burn_in):
    lower, twin = (
        HealthEconomy(shire, find_policy("status_quo"), 1, "inert", state=after_burn_in.copy())
        for _ in range(2)
    )
    for one in (lower, twin):
        one.run(1)
    move_prices(lower.setup, lower.state, lower.payment, 0.9)
    for one in (lower, twin):
        one.run(1)
    np.testing.assert_array_equal(lower.flows.operations, twin.flows.operations)
    np.testing.assert_allclose(
        lower.state.yearbooks.year.line_cost, twin.state.yearbooks.year.line_cost
    )
    assert lower.paid.sum() / twin.paid.sum() == pytest.approx(0.9, rel=1e-3)
    assert lower.state.money.allocation.sum() < twin.state.money.allocation.sum()


def test_a_prime_contract_follows_as_far_as_it_pays_for_hospital_care(shire, after_burn_in):
    economy = HealthEconomy(shire, find_policy("status_quo"), 1, state=after_burn_in.copy())
    terms = find_policy("carveout_msk").pathway_contracts[0]
    before = pathway_spend(economy.setup, economy.state, economy.payment, 0, 0)
    economy.state.contracts.primes.append(Prime(0, 0, 1, round(before * 100 / 12), 0, 600, terms))
    move_prices(economy.setup, economy.state, economy.payment, 0.9)
    after = economy.state.contracts.primes[-1].monthly_pence * 12 / 100
    assert after == pytest.approx(
        pathway_spend(economy.setup, economy.state, economy.payment, 0, 0), rel=1e-6
    )
    assert 0.9 * before < after < before


def test_a_term_that_changes_in_between_is_the_policys_from_now_on(shire, after_burn_in):
    economy = HealthEconomy(shire, find_policy("pbc"), 1, state=after_burn_in.copy())
    change_terms(economy, {"retained_share": 0.4})
    assert economy.policy.budgets[0].retained_share == 0.4 and economy.policy.name == "pbc"
    with pytest.raises(InputError, match="before a run"):
        change_terms(economy, {"minimum_list": 5_000})


def test_prices_that_a_rule_changes_are_those_of_the_rule(live_policy):
    price = RuleChange(start_month=2, set={PRICE_CHANGE: -0.1})
    policy = find_policy("status_quo").model_copy(update={"rules": (price,)})
    cut, usual = live_policy(policy, 3, mind="inert"), live_policy("status_quo", 3, mind="inert")
    np.testing.assert_allclose(cut.prices.operation, 0.9 * usual.prices.operation)
    assert (
        cut.state.money.price_level == pytest.approx(0.9) and usual.state.money.price_level == 1.0
    )
    assert cut.state.money.ledger.balance.sum() == 0
    with pytest.raises(pydantic.ValidationError, match=r"not a number from -0\.99"):
        RuleChange(set={PRICE_CHANGE: -1.0})


def test_the_regulator_sets_prices_in_january_for_april(live_policy):
    forced = {("regulator", "tariff", 45): "at_cost_less_4_percent"}
    economy = live_policy("tariff_by_regulator", 13, forced=forced)
    decision = next(d for d in economy.decisions() if d.rule == "tariff")
    assert (decision.month, decision.effect_month, decision.forced) == (45, 48, True)
    cost = decision.figures["cost_share"]
    assert economy.state.money.price_level == pytest.approx(0.96 * cost)
    assert not any(d.rule == "tariff" for d in live_policy("status_quo", 13).decisions())


def test_prices_follow_the_average_cost():
    observation = TariffObservation((100.0, 300.0), (90.0, 290.0), 0.02)
    assert observation.cost_share == pytest.approx(0.95)
    assert observation.price("as_now", central()) == 1.0 and observation.price(
        "at_cost", central()
    ) == pytest.approx(0.95)
    assert all(observation.price(name, central()) <= 0.95 for name in EFFICIENCIES.names)


def test_a_word_that_no_rule_knows_is_refused():
    with pytest.raises(pydantic.ValidationError, match="not one of: calendar, nobody, regulator"):
        RuleChange(set={SET_BY: "parliament"})
