"""What practices earn and spend: streams by rule, published totals, a heavy tail."""

from datetime import date

import numpy as np
import pytest

from model.input.errors import InputError
from model.policies.policy import Policy, rules_in_force
from model.policies.policy_finding import find_policy
from model.practices.income import (
    core_income,
    expenses,
    list_weights,
    partners,
    practice_books,
)
from model.practices.qof import qof_income
from model.rules import load_rules
from model.state.ledger import HEADINGS

POINTS = "general_practice.qof.points"
KEPT = "general_practice.core_income.correction_factor_kept"

STREAMS = {
    "global_sum", "correction_factor", "premium_pms", "enhanced_services", "premises",
    "other_practice_payment",
}  # fmt: skip


@pytest.fixture(scope="module")
def books(shire):
    return practice_books(shire, 3)


def earned(shire, books, rules, reached=0.9):
    lists = shire.list_sizes.astype(float)
    return qof_income(rules, shire.parameters, books.prevalence, lists, reached)


def rules_of(year):
    return load_rules().in_force(date(year, 4, 1))


def policy_of(**rule):
    return Policy(title="t", help="h", source="s", rules=({**rule},))


def test_payments_of_2013_are_the_published_total_by_registered_patient(shire, books):
    rules, lists = rules_of(2013), shire.list_sizes.astype(float)
    streams = core_income(rules, books, lists)
    qof = earned(shire, books, rules)
    assert set(streams) == STREAMS <= set(HEADINGS)
    assert (sum(streams.values()) + qof).sum() / lists.sum() == pytest.approx(13600)
    assert streams["global_sum"].sum() / lists.sum() == pytest.approx(6625, rel=0.01)
    assert all((stream >= 0).all() for stream in streams.values())


def test_partners_earn_about_what_was_published(shire, books):
    lists, rules = shire.list_sizes.astype(float), rules_of(2013)
    qof = earned(shire, books, rules)
    profit = sum(core_income(rules, books, lists).values()) + qof - expenses(books, lists)
    each = profit / partners(shire.parameters, lists) / 100
    assert 90_000 < each.mean() < 120_000  # 98,300 and 111,600 pounds in 2011/12
    assert 0.2 < each.std() / each.mean() < 0.5


def test_correction_factors_have_a_heavy_tail_and_only_gms_practices_have_them(shire):
    drawn = [practice_books(shire, seed) for seed in range(120)]
    factors = np.concatenate([one.correction_pence for one in drawn])
    gms = np.concatenate([one.has_pms == 0 for one in drawn])
    assert (factors[~gms] == 0).all()
    received = factors[gms & (factors > 0)]
    assert received.size / gms.sum() == pytest.approx(0.64, abs=0.03)
    assert (received > 2100).mean() == pytest.approx(0.034, abs=0.012)
    assert (received > 1400).mean() == pytest.approx(0.08, abs=0.03)
    assert received[received > 2100].mean() == pytest.approx(7 * 741, rel=0.35)


def test_older_lists_weigh_more(shire):
    weight = list_weights(shire.place, shire.parameters)
    old = shire.place.practices[["m_75plus", "f_75plus"]].sum(axis=1) / shire.list_sizes
    assert np.average(weight, weights=shire.list_sizes) == pytest.approx(1.0)
    assert np.corrcoef(weight, old)[0, 1] > 0.8


def test_rules_of_a_policy_hold_from_its_first_month_and_move_with_the_years():
    withdrawn, year = find_policy("mpig_withdrawn"), 2014
    kept = [rules_in_force(year, withdrawn, month)[KEPT] for month in (-1, 0, 11, 12, 36, 72, 130)]
    assert kept == pytest.approx([6 / 7, 6 / 7, 6 / 7, 5 / 7, 3 / 7, 0.0, 0.0])
    old = rules_in_force(year, find_policy("qof_2004"), 5)
    assert old[POINTS] == 1050 and old[KEPT] == rules_of(2014)[KEPT]
    assert rules_in_force(year, find_policy("qof_none+mpig_kept"), 0)[POINTS] == 0
    later = policy_of(start_month=24, set={POINTS: 100.0})
    assert [rules_in_force(year, later, month)[POINTS] for month in (23, 24)] == [559, 100.0]


@pytest.mark.parametrize(
    "rule", [{"of": ["general_practice.qofs"], "as_of": date(2004, 4, 1)},
             {"set": {"general_practice.qof.pints": 1.0}}, {"of": ["general_practice.qof"]}],
)  # fmt: skip
def test_a_change_of_rules_that_cannot_be_is_refused(rule, tmp_path):
    with pytest.raises(ValueError, match=r"rule|together"):
        policy_of(**rule)


def test_a_policy_file_with_an_unknown_rule_is_told(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('title = "t"\nhelp = "h"\nsource = "s"\n[[rules]]\nset = { "qof" = 1 }')
    with pytest.raises(InputError, match=r"mine\.toml: .*no rule is called qof"):
        find_policy(str(path))


def paid(economy, heading, since=36):
    entries = economy.state.money.ledger.entries()
    chosen = (entries["heading"] == HEADINGS.index(heading)) & (entries["month"] >= since)
    return int(entries[chosen]["pence"].sum())


def test_without_points_nothing_is_paid_for_them_and_effort_falls(live_policy):
    without, usual = live_policy("qof_none", 36), live_policy("status_quo", 36)
    assert paid(without, "qof") == 0 < paid(usual, "qof")
    assert paid(without, "global_sum") == pytest.approx(paid(usual, "global_sum"), rel=0.01)
    slack = [
        sum(e.startswith("less") for e in run.state.practices.effort) for run in (without, usual)
    ]
    assert slack[0] > slack[1]


def test_a_guarantee_that_is_withdrawn_costs_those_who_had_it_and_nobody_else(live_policy):
    gone, usual = live_policy("mpig_withdrawn", 36), live_policy("status_quo", 36)
    assert paid(gone, "correction_factor") < 0.85 * paid(usual, "correction_factor")
    assert paid(gone, "global_sum") == pytest.approx(paid(usual, "global_sum"), rel=0.01)
