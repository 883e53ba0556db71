"""Levers that move in mid-run: each does what a policy does that says the same, and no more."""

import functools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from agents.choice.deciding import MINDS
from model.month.economy import HealthEconomy
from model.payments.tariff import move_prices
from model.policies.policy import Policy, RuleChange
from model.policies.policy_finding import find_policy
from model.state.ledger import HEADINGS
from viz.scene import levers
from viz.server.page_requests import PageRequest
from viz.session.beginnings import Beginnings
from viz.session.session import Session
from viz.sharing.command import command_of

PATIENTS, SEED = 1_000, 3
MOVED = 10  # months after the policy began: when a lever moves, in the middle of a year
LIVED = 4  # months after that, over a turn of the year
POLICY = {"retained": "pbc"}  # under which a lever has something to move; the status quo else
PRACTICES_SHARE = "commissioners.practice_based_commissioning.retained_share"
CHOICES = [(name, choice.name) for name, one in levers.levers().items() for choice in one.choices]
#: What each lever may touch in the month in which it moves, before anybody answers it.
TOUCHES = {
    "tariff": {"tariff_planned", "tariff_emergency", "outside_income", "allocation"},
    "payment": {"tariff_planned", "tariff_emergency", "outside_income"},
    # Who treats decides what is lost on the way, so how many fall ill, and stay for want of care.
    "choice": {"tariff_planned", "tariff_emergency", "outside_income", "pay_and_supplies",
               "duplicate_tests", "social_care", "care_after_hospital", "delayed_days",
               "delayed_discharge_charge"},
    "emergencies": {"tariff_emergency", "outside_income"},
    "qof": {"qof"},
    "retained": set(),
    "minds": set(),
}  # fmt: skip
Begin = Callable[..., HealthEconomy]


@pytest.fixture(scope="module")
def beginning():
    return Beginnings().find("anyshire", PATIENTS, SEED)


@pytest.fixture(scope="module")
def midway(beginning) -> Begin:
    """An economy in the month in which levers move; each call gives one of its own."""

    @functools.cache
    def state(policy: str, mind: str):
        start = beginning.state.copy()
        whole = HealthEconomy(beginning.setup, find_policy(policy), SEED, mind, state=start)
        return whole.run(MOVED).state

    def begin(policy: str | Policy = "status_quo", mind: str = "reasoned", lived="reasoned"):
        chosen = find_policy(policy) if isinstance(policy, str) else policy
        past = state(chosen.name, lived).copy()
        return HealthEconomy(beginning.setup, chosen, SEED, mind, state=past)

    return begin


def by_heading(economy: HealthEconomy) -> dict[tuple[int, str], int]:
    """Pence of every heading by month, since levers moved."""
    entries = economy.state.money.ledger.entries()
    since = entries["month"] >= economy.state.month - economy.policy_month + MOVED
    sums = entries[since].groupby(["month", "heading"])["pence"].sum()
    return {(int(m), HEADINGS[int(h)]): int(pence) for (m, h), pence in sums.items()}


def apply(economy: HealthEconomy, lever: str, choice: str) -> HealthEconomy:
    levers.apply(economy, levers.find_lever(lever).choice(choice))
    return economy


def policy_that_says(economy: HealthEconomy, lever: str, choice: str) -> Policy:
    """The same as a change of rules that stands in the policy from its start."""
    chosen, start = levers.find_lever(lever).choice(choice), economy.rules
    rules = chosen.rules | {name: start[name] for name in chosen.as_at_start}
    if chosen.terms:
        rules[PRACTICES_SHARE] = chosen.terms["retained_share"]
    changes = (RuleChange(start_month=MOVED, set=rules),) if rules else ()
    return economy.policy.model_copy(update={"rules": (*economy.policy.rules, *changes)})


def assert_same(one: HealthEconomy, other: HealthEconomy) -> None:
    assert by_heading(one) == by_heading(other)
    np.testing.assert_array_equal(one.state.money.ledger.balance, other.state.money.ledger.balance)
    assert one.state.residents.people.tobytes() == other.state.residents.people.tobytes()
    assert one.decisions() == other.decisions()


@pytest.mark.parametrize(("lever", "choice"), CHOICES)
def test_a_lever_moved_in_between_does_what_a_policy_does(midway, lever, choice):
    policy, mind = POLICY.get(lever, "status_quo"), levers.find_lever(lever).choice(choice).mind
    live = midway(policy)
    twin = midway(policy_that_says(live, lever, choice), mind or "reasoned")
    assert_same(apply(live, lever, choice).run(LIVED), twin.run(LIVED))


@pytest.mark.parametrize(("choice", "factor"), [("lower", 0.9), ("higher", 1.1)])
def test_prices_move_as_they_do_from_year_to_year(midway, choice, factor):
    live, twin = midway(), midway()
    move_prices(twin.setup, twin.state, twin.payment, factor)
    assert_same(apply(live, "tariff", choice).run(LIVED), twin.run(LIVED))


def test_every_lever_says_what_it_touches():
    assert set(TOUCHES) == set(levers.levers())


@pytest.fixture(scope="module")
def untouched(midway):
    """A month in which no lever moves and nobody answers incentives, by policy."""
    return {
        policy: by_heading(midway(policy, "inert").run(1))
        for policy in ("status_quo", *POLICY.values())
    }


@pytest.mark.parametrize(("lever", "choice"), CHOICES)
def test_a_lever_touches_only_what_it_is_about(midway, untouched, lever, choice):
    """Nobody answers incentives, so what differs in its first month is the lever's own doing."""
    policy = POLICY.get(lever, "status_quo")
    base = untouched[policy]
    now = by_heading(apply(midway(policy, "inert"), lever, choice).run(1))
    touched = {key[1] for key in base | now if base.get(key, 0) != now.get(key, 0)}
    if lever != "minds":  # a mind that answers may do anything
        assert touched <= TOUCHES[lever]
    if lever == "tariff" and choice != "usual":
        assert touched == TOUCHES[lever]
        sign = 1 if choice == "higher" else -1
        assert all(sign * now[key] > sign * base[key] for key in base if key[1] in touched)


@pytest.mark.parametrize("choice", ["lower", "higher"])
def test_prices_never_change_what_care_costs(midway, choice):
    """The same patients are treated by the same staff: only who has the money differs."""
    base, now = midway(mind="inert"), apply(midway(mind="inert"), "tariff", choice)
    spent = [by_heading(economy.run(LIVED)) for economy in (base, now)]
    costs = [key for key in spent[0] if key[1] == "pay_and_supplies"]
    assert costs
    for key in costs:
        assert abs(spent[1][key] - spent[0][key]) <= 100  # sums of a site are rounded


def test_prices_that_go_and_come_back_leave_the_books_as_they_were(midway):
    economy, twin = midway(mind="inert"), midway(mind="inert")
    before = [figure.copy() for figure in vars(twin.state.yearbooks.last_year).values()]
    move_prices(twin.setup, twin.state, twin.payment, 0.9)
    assert not np.allclose(twin.state.yearbooks.last_year.planned_spend, before[5])
    move_prices(twin.setup, twin.state, twin.payment, 1 / 0.9)
    for year in ("year", "last_year"):
        for name, figure in vars(getattr(economy.state.yearbooks, year)).items():
            now = getattr(getattr(twin.state.yearbooks, year), name)
            np.testing.assert_allclose(now, figure, rtol=1e-9, err_msg=name)
    np.testing.assert_allclose(twin.state.money.allocation, economy.state.money.allocation)
    np.testing.assert_allclose(
        twin.state.hospitals.lines.base_income, economy.state.hospitals.lines.base_income
    )


def test_the_year_that_runs_is_put_into_new_prices_as_the_last_one_is(midway):
    """Else the year to come would be planned, and emergencies paid, by figures of two prices."""
    moved, usual = midway(mind="inert"), midway(mind="inert")
    move_prices(moved.setup, moved.state, moved.payment, 0.9)
    for one in (moved, usual):
        one.run(3)  # over the turn of the year
    now, then = moved.state.yearbooks.last_year, usual.state.yearbooks.last_year
    for name in ("planned_spend", "clinic_spend", "emergency_spend", "line_income",
                 "emergency_value", "emergency_paid"):  # fmt: skip
        np.testing.assert_allclose(getattr(now, name), 0.9 * getattr(then, name), err_msg=name)
    np.testing.assert_allclose(now.line_cost, then.line_cost)


def test_a_contract_that_is_awarded_but_not_begun_follows_prices(midway):
    economy = midway()
    terms = find_policy("carveout_msk").pathway_contracts[0]
    code = economy.minds.trusts[0].code
    economy.state.docket.scheduled_effects.append(
        (economy.state.month + 3, "start_prime", (terms, 0, 0, code, 1e6))
    )
    move_prices(economy.setup, economy.state, economy.payment, 0.9)
    _, change, details = economy.state.docket.scheduled_effects[-1]
    assert change == "start_prime" and details[:4] == (terms, 0, 0, code)
    assert 0.9e6 < details[4] < 1e6  # its part of blocks stays


def test_a_lever_that_a_policy_has_nothing_for_is_idle(beginning):
    status_quo, budgets = (beginning.economy(name) for name in ("status_quo", "pbc"))
    assert levers.idle(status_quo) == ["retained"] and levers.idle(budgets) == []
    assert "retained" not in levers.in_force(status_quo)
    assert levers.in_force(budgets)["retained"] == "usual"


def test_what_a_lever_sets_comes_before_the_rules_of_the_policys_budgets(midway):
    economy = apply(midway("pbc"), "retained", "none").run(3)
    held = economy.state.budgets.held.values()
    assert held and {holding.terms.retained_share for holding in held} == {0.0}


def test_prices_and_terms_that_were_moved_are_a_command(beginning):
    session = Session(beginning, ("pbc+carveout_msk",), years=3)
    session.set_lever("retained", "none")
    session.set_lever("tariff", "lower")
    page_request = replace(PageRequest(("pbc+carveout_msk",)), patients=PATIENTS, seed=SEED)
    said = command_of(session, page_request)
    assert said["lacking"] == []
    policy = find_policy(said["lines"][0].split(" run ")[-1].split()[0])
    assert policy.budgets[0].retained_share == 0.0
    assert policy.rules[-1].set == {"hospital_payment.tariff.price_change": -0.1}


def test_every_mind_can_be_had():
    chosen = {choice.mind for choice in levers.find_lever("minds").choices}
    assert chosen == set(MINDS)
