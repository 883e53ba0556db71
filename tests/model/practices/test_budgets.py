"""Practices that hold a budget: who may, what they do, what they are paid, and what is known."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from agents.patients.patient_tables import COUNTS
from model.budgets.budgets import cost_spread, terms_in_force
from model.input.errors import InputError
from model.mergers.takeovers import take_over_practice
from model.month.economy import BURN_IN_MONTHS, HealthEconomy
from model.month.preparing import prepare
from model.policies.policy import Budget, Policy, RuleChange
from model.policies.policy_finding import find_policy, read_policy
from model.practice_decisions.closures_and_mergers import close_practice
from model.practices.savings import budget_and_spending, charged_care, kept_of_saving
from model.state.ledger import HEADINGS

FUND, PBC = "commissioners.fundholding", "commissioners.practice_based_commissioning"
HOLDER = "anyshire_gp_001"


def offered(*rules, **terms):
    budgets = (Budget(**terms),)
    return Policy(name="tried", title="t", help="h", source="s", budgets=budgets, rules=rules)


def forced(code=HOLDER, option="take_budget", month=0, kind="real"):
    return {(code, f"hold_budget {kind}", BURN_IN_MONTHS + month): option}


def row_of(economy, code=HOLDER):
    return next(g for g, agent in enumerate(economy.minds.practices) if agent.code == code)


def paid(economy, heading):
    entries = economy.state.money.ledger.entries()
    return entries[entries["heading"] == HEADINGS.index(heading)]


@pytest.fixture(scope="module")
def fundholding(live_policy):
    """Six years of fundholding. Read only."""
    return live_policy("fundholding", 72)


@pytest.fixture(scope="module")
def one_holder(live_policy):
    """One practice is made to hold a real budget, for a year not settled yet. Read only."""
    terms = {"entry_notice_months": 12, "retained_share": 0.6, "overspend_share": 0.5}
    return live_policy(offered(**terms), 24, "inert", forced=forced())


# When nothing changes


def test_a_budget_that_is_not_offered_yet_changes_nothing(live_policy):
    later, plain = live_policy(offered(start_month=600), 24), live_policy("status_quo", 24)
    for name, table in plain.record.tables(plain.state).items():
        pd.testing.assert_frame_equal(
            table, later.record.tables(later.state)[name], check_exact=True
        )


@pytest.mark.parametrize(
    ("notice", "kind"),
    [
        (0, "real"),
        (12, "indicative"),
        pytest.param(0, "indicative", marks=pytest.mark.slow),
        pytest.param(12, "real", marks=pytest.mark.slow),
    ],
)
def test_who_keeps_nothing_of_a_saving_does_nothing_else(live_policy, status_quo, kind, notice):
    terms = {"kind": kind, "retained_share": 0.0, "entry_notice_months": notice}
    none = live_policy(offered(allowance_pence=20_000_000, **terms), 48)
    plain = status_quo
    assert len(none.state.budgets.held) > 10
    assert none.state.practices.effort == plain.state.practices.effort
    np.testing.assert_array_equal(none.state.residents.people, plain.state.residents.people)
    for ours, theirs in zip(none.record.by_group, plain.record.by_group, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert paid(none, "budget_saving").empty and not paid(none, "budget_allowance").empty


# Terms


def test_terms_come_from_the_policy_then_from_rules_by_date_then_from_levers(live_policy):
    def terms(as_of, **own):
        change = RuleChange.model_validate({"of": [FUND], "as_of": as_of})
        written = Budget(rules=FUND, **own)
        policy = Policy(name="x", title="t", help="h", source="s", budgets=(written,),
                        rules=(change,))  # fmt: skip
        economy = live_policy(policy, 1)
        return terms_in_force(economy.setup, economy.rules, written)

    assert terms("1991-04-01").minimum_list == 11_000
    late = terms("1996-04-01")
    assert (late.minimum_list, late.retained_share, late.stop_loss_pence) == (5_000, 1.0, 600_000)
    assert (late.allowance_pence, late.entry_notice_months) == (3_400_000, 12)
    assert terms("1996-04-01", minimum_list=3_000).minimum_list == 3_000
    lapsed = terms("1999-04-01")
    assert (lapsed.minimum_list, lapsed.retained_share) == (0, 0.7)


def test_the_share_kept_is_a_lever_where_nothing_else_says(shire, live_policy):
    parameters = shire.parameters.with_values({"budgets.retained_share": 0.25})
    setup = prepare(shire.place, parameters, shire.patients)
    economy = live_policy("pbc_real_budget", 1, setup=setup)
    assert (
        terms_in_force(economy.setup, economy.rules, economy.policy.budgets[0]).retained_share
        == 0.25
    )


def test_a_stop_loss_narrows_what_a_patient_can_cost(live_policy):
    economy = live_policy("status_quo", 1)
    free = terms_in_force(economy.setup, economy.rules, Budget())
    spreads = [
        cost_spread(
            economy.setup.parameters, dataclasses.replace(free, stop_loss_pence=pence), 400.0
        )
        for pence in (50_000, 500_000, 600_000, np.inf)
    ]
    assert spreads == sorted(spreads) and spreads[0] < spreads[1] < spreads[-1]
    assert spreads[0] == pytest.approx((400 * (500 - 400)) ** 0.5)
    assert spreads[-1] == economy.setup.parameters["budgets.planned_cost_spread_pounds"]


@pytest.mark.parametrize(
    ("field", "said"),
    [('rules = "commissioners.fundholdin"', "no group of rules"), ('kind = "virtual"', "kind"),
     ("retained_share = 1.1", "retained_share"), ("entry_notice_months = 6", "entry_notice")],
)  # fmt: skip
def test_a_fault_in_a_table_of_budgets_is_told(tmp_path, field, said):
    path = tmp_path / "mine.toml"
    head = 'title = "t"\nhelp = "h"\nsource = "s"\n[[budgets]]\n'
    path.write_text(head + field, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_policy(path)


def test_small_lists_may_not_hold_a_fund(fundholding):
    lists = fundholding.state.practices.lists
    asked = {d.agent for d in fundholding.decisions() if d.rule == "hold_budget"}
    small = {a.code for a, n in zip(fundholding.minds.practices, lists, strict=True) if n < 4_000}
    assert asked and not asked & small


# Taking, holding and giving up


def test_a_forced_practice_announces_prepares_and_holds(one_holder):
    books, g = one_holder.state.budgets, row_of(one_holder)
    assert list(books.held) == [g]
    holding, start = books.held[g], BURN_IN_MONTHS
    assert (holding.announced_month, holding.joined_month) == (start, start + 12)
    assert books.held_in(start + 11) == [] and books.held_in(start + 12) == [g]
    decision = next(d for d in one_holder.decisions() if d.rule == "hold_budget" and d.forced)
    assert decision.chosen == "take_budget" and decision.effect_month == start + 12


def test_a_budget_is_what_the_year_of_preparation_cost(live_policy):
    policy = offered(entry_notice_months=12)
    economy = live_policy(policy, 13, "inert", forced=forced())
    state, g = economy.state, row_of(economy)
    budget = state.budgets.held[g].pence_per_patient[:-1] * state.practices.lists[g]
    np.testing.assert_allclose(budget, state.yearbooks.last_year.planned_spend[g])


def test_letting_referrals_rise_before_entry_raises_the_budget(live_policy):
    def budget(effort):
        option = {(HOLDER, "effort", BURN_IN_MONTHS): effort}
        economy = live_policy(offered(), 13, "inert", forced=forced() | option)
        made = [d for d in economy.decisions() if d.rule == "effort" and d.agent == HOLDER]
        assert any("liberal_referrals" in d.options for d in made)
        return economy.state.budgets.held[row_of(economy)].pence_per_patient[:-1].sum()

    rise = find_lever(live_policy, "budgets.referral_rise")
    # The first month is lived with the effort of before, and operations are charged once done.
    raised = budget("liberal_referrals") / budget("usual") - 1
    assert rise * 9 / 12 < raised < rise * 11 / 12


def find_lever(live_policy, name):
    return live_policy("status_quo", 1).setup.parameters[name]


def test_a_holder_gives_up_after_notice_and_it_is_on_record(live_policy):
    both = forced() | forced(option="give_up_budget", month=12)
    economy = live_policy(offered(), 26, "inert", forced=both)
    books = economy.state.budgets
    assert not books.held and len(books.past) == 1
    assert books.past[0].left_month == BURN_IN_MONTHS + 24
    assert books.held_in(BURN_IN_MONTHS + 23) and not books.held_in(BURN_IN_MONTHS + 24)


def test_a_scheme_that_ends_takes_every_budget_with_it(live_policy):
    policy = offered(end_month=24, allowance_pence=20_000_000)
    economy = live_policy(policy, 37, "greedy")
    books = economy.state.budgets
    assert not books.held and books.past
    left = [h.left_month for h in books.past]  # a few closed before
    assert max(left) == BURN_IN_MONTHS + 24 and left.count(max(left)) > 10
    late = [d for d in economy.decisions() if d.rule == "hold_budget"]
    assert max(d.month for d in late) == BURN_IN_MONTHS + 12


def test_who_closes_joins_an_organisation_or_is_taken_over_holds_no_budget(live_policy):
    policy = offered(entry_notice_months=0, allowance_pence=20_000_000)
    economy = live_policy(policy, 3, "greedy")
    g = row_of(economy)
    assert g in economy.state.budgets.held
    close_practice(economy.minds, economy.setup, economy.state, g)
    assert g not in economy.state.budgets.held
    state = economy.state
    other = next(iter(state.budgets.held))
    take_over_practice(economy.state, other, 0, 10_000_000)
    assert state.practices.owned_trust[other] == 0 and other not in state.budgets.held
    # Of themselves, few would give up a budget with so much of an allowance.
    codes = [agent.code for agent in economy.minds.practices[::2]]
    told = {(code, "membership", BURN_IN_MONTHS + 12): "join" for code in codes}
    joined = live_policy(policy + find_policy("population_ico"), 20, "greedy", forced=told)
    members = joined.state.provision.network >= 0
    assert members.any() and not members[list(joined.state.budgets.held)].any()


def test_care_under_a_prime_contract_is_not_charged(live_policy):
    economy = live_policy(offered() + find_policy("carveout_msk"), 30, "greedy", forced=forced())
    terms = terms_in_force(economy.setup, economy.rules, economy.policy.budgets[0])
    care = charged_care(economy.state.provision, row_of(economy), terms.charged)
    assert terms.charged[0] and not care[0] and care[1:-1].all()


# Money


def test_a_saving_or_an_overspend_is_shared_by_the_terms(one_holder):
    economy, g = one_holder, row_of(one_holder)
    again = HealthEconomy(economy.setup, economy.policy, economy.seed, "inert",
                          state=economy.state.copy())  # fmt: skip
    holding = again.state.budgets.held[g]
    again.state.yearbooks.last_year = (
        again.state.yearbooks.year
    )  # the year that is about to be settled
    budget, spent = budget_and_spending(
        again.state.practices, again.state.yearbooks, holding, np.append(np.ones(13, bool), False)
    )
    again.state = economy.state.copy()
    again.step()
    result = budget - spent
    saved, over = paid(again, "budget_saving"), paid(again, "budget_overspend")
    rows = saved if result > 0 else over
    assert len(rows) == 1 == len(saved) + len(over)
    body = again.minds.practices[g].body
    owner = {"budget_saving": "payee", "budget_overspend": "payer"}
    name = "budget_saving" if result > 0 else "budget_overspend"
    assert rows[owner[name]].iat[0] == body
    share = 0.6 if result > 0 else 0.5
    assert rows["pence"].iat[0] == pytest.approx(share * abs(result), abs=1)
    assert all(int(balance.sum()) == 0 for balance in again.record.balance)


def test_allowances_go_to_holders_and_savings_come_from_their_commissioners(fundholding):
    economy = fundholding
    commissioners = {agent.body for agent in economy.minds.commissioners}
    practices = set(economy.state.provision.practice_body.tolist())
    for heading in ("budget_saving", "budget_allowance"):
        rows = paid(economy, heading)
        assert len(rows) and (rows["pence"] > 0).all()
        assert set(rows["payer"]) <= commissioners and set(rows["payee"]) <= practices
    assert all(int(balance.sum()) == 0 for balance in economy.record.balance)
    first = paid(economy, "budget_allowance").iloc[0]  # of a year of preparation, from month 12 on
    assert first["month"] == BURN_IN_MONTHS + 12 and first["pence"] == round(1_600_000 / 12)


def test_an_indicative_saving_waits_for_approval(live_policy):
    economy = live_policy("pbc", 60, "greedy")
    months = paid(economy, "budget_saving")["month"]
    assert len(months) and set(months % 12) == {9}
    trust = economy.state.budgets.trust
    assert trust and all(0.0 <= chance <= 1.0 for chance in trust.values())
    g = next(iter(trust))
    known = economy.setup.parameters["budgets.approval_probability"]
    assert any(abs(chance - known) > 0.05 for chance in trust.values())
    assert kept_of_saving(economy.setup.parameters, economy.state, g).share <= 0.7


def test_experience_moves_what_a_practice_believes_and_its_next_budget(one_holder):
    economy, g = one_holder, row_of(one_holder)
    again = HealthEconomy(economy.setup, economy.policy, economy.seed, "inert",
                          state=economy.state.copy())  # fmt: skip
    assert g not in again.state.budgets.saving
    before = again.state.budgets.held[g].pence_per_patient.sum()
    again.step()
    assert g in again.state.budgets.saving
    spent = (
        again.state.yearbooks.last_year.planned_spend[g].sum()
        + again.state.yearbooks.last_year.emergency_spend[g]
    ) / again.state.practices.lists[g]
    after = again.state.budgets.held[g].pence_per_patient.sum()
    # Some patients change practice after the settlement.
    assert after == pytest.approx(0.5 * (before + spent), rel=1e-3)


# What follows


def test_holders_refer_less_and_have_the_same_crises(fundholding, status_quo):
    held = fundholding.state.budgets.held_in(BURN_IN_MONTHS + 47)
    assert len(held) > 5
    year = slice(36, 48)
    ours, theirs = (
        np.array([e.record.by_group[m].sum(axis=0) for m in range(*year.indices(48))]).sum(axis=0)
        for e in (fundholding, status_quo)
    )
    referrals, crises = COUNTS.index("first_outpatients"), COUNTS.index("emergencies")
    assert ours[referrals] < theirs[referrals]
    assert abs(ours[crises] / theirs[crises] - 1.0) < 0.01


def test_a_copied_state_goes_on_as_the_first_would_have(live_policy, shire):
    first = live_policy("fundholding", 30)
    copy = HealthEconomy(shire, find_policy("fundholding"), 1, state=first.state.copy())
    first.run(18)
    copy.run(18)
    assert first.state.budgets.held.keys() == copy.state.budgets.held.keys()
    assert first.state.budgets.saving == copy.state.budgets.saving
    np.testing.assert_array_equal(first.state.money.ledger.balance, copy.state.money.ledger.balance)
