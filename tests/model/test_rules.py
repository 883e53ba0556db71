"""Dated rules: sound files, what held on a day, and changes that lead from one year to another."""

from datetime import date, timedelta

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.input.errors import InputError
from model.month import calendar
from model.month import economy as economy_module
from model.policies.policy import RuleChange, rules_in_force
from model.policies.policy_finding import find_policy
from model.rules import load_rules, read_rules, rules_of_year

DAYS = st.dates(date(1990, 1, 1), date(2021, 12, 31))
POINTS = "general_practice.qof.points"
GOOD = """
[points]
unit = "points"
meaning = "points"
values = [
{ from = 2004-04-01, value = 1050, source = "A", confidence = "A" },
{from = 2006-04-01, to = 2013-03-31, value = 1, source = "B", confidence = "C", low = 1, high = 2 },
]
"""
BAD = {
    "no such field": GOOD.replace("unit", "units"),
    "the field source is missing": GOOD.replace('source = "A", ', ""),
    "no such confidence": GOOD.replace('"A" }', '"D" }'),
    "dates overlap": GOOD.replace("2006-04-01", "2004-04-01"),
    "out of order": GOOD.replace("2006-04-01", "2003-04-01"),
    "needs a range": GOOD.replace(", low = 1, high = 2", ""),
    "ends before it begins": GOOD.replace("2013-03-31", "2005-03-31"),
    "not valid TOML": GOOD + "[points",
    "without a value": GOOD.split("values")[0] + "values = []",
}


@pytest.mark.parametrize("said", BAD)
def test_an_unsound_file_is_refused_with_its_name(said, tmp_path):
    (tmp_path / "general_practice").mkdir()
    (tmp_path / "general_practice" / "qof.toml").write_text(BAD[said], encoding="utf-8")
    with pytest.raises(InputError, match=said) as error:
        read_rules(tmp_path)
    assert "qof.toml" in str(error.value)


def test_what_was_in_force_on_a_day():
    points = load_rules()[POINTS]
    assert points.on(date(2004, 3, 31)) is None
    assert [points.on(date(year, 4, 1)).value for year in (2004, 2006, 2013, 2014)] == [
        1050, 1000, 900, 559,
    ]  # fmt: skip
    fund = load_rules()["commissioners.fundholding.minimum_list"]
    assert fund.on(date(1999, 3, 31)).value == 5000 and fund.on(date(1999, 4, 1)) is None


def test_points_of_the_parts_add_up_to_the_whole():
    for year in range(2004, 2016):
        held = load_rules().in_force(date(year, 4, 1))
        parts = sum(value for name, value in held.items() if name.startswith(f"{POINTS}_"))
        assert parts == held[POINTS], year


@given(DAYS, DAYS)
def test_rules_of_a_later_day_are_those_of_an_earlier_one_and_the_changes_between(one, other):
    earlier, later = sorted((one, other))
    rules = load_rules()
    held = rules.in_force(earlier)
    for name, rule in rules.items():
        for _, value in rule.changes(earlier, later):
            held[name] = value
    assert {name: value for name, value in held.items() if value is not None} == rules.in_force(
        later
    )


@given(DAYS)
def test_nothing_changes_on_a_day_that_is_not_named(day):
    rules = load_rules()
    changed = [name for name, rule in rules.items() if rule.changes(day - timedelta(1), day)]
    before, after = rules.in_force(day - timedelta(1)), rules.in_force(day)
    assert {n for n in {*before, *after} if before.get(n) != after.get(n)} <= set(changed)


def test_an_unknown_rule_is_told_with_the_nearest():
    with pytest.raises(InputError, match=r"did you mean general_practice\.qof\.points\?"):
        load_rules()["general_practice.qof.point"]


class Reading(dict):
    """Rules in force that remember which of them were read."""

    def __init__(self, rules, read):
        super().__init__(rules)
        self.seen = read

    def get(self, name, default=None):
        self.seen.add(name)
        return super().get(name, default)

    def __getitem__(self, name):
        self.seen.add(name)
        return super().__getitem__(name)


def merge_under_review(live_policy, after_burn_in):
    """A trust is made to ask, another to accept and the regulator to clear."""
    asker, taker, month = "eastbury_hospitals", "anytown_hospitals", 39
    forced = {
        (asker, f"trust_merger {taker}", month): "ask",
        (taker, f"trust_merger_offer {asker}", month): "accept",
        ("regulator", f"merger_review {asker} {taker}", month): "clear",
        ("competition", f"merger_review {asker} {taker}", month): "clear",
    }
    state = after_burn_in.copy()
    state.hospitals.deficit_years[:], state.hospitals.deficits[:] = 3, 9e8
    economy = live_policy("status_quo", 6, state=state, forced=forced, mind="inert")
    assert "merge_trusts" in [change for _, change, _ in economy.state.docket.scheduled_effects]


def fail_again(live_policy, after_burn_in):
    """A trust loses much in the year that has closed, as it did before."""
    code, state = "westford_hospitals", after_burn_in.copy()
    state.hospitals.failures[:] = 3
    state.money.closed_balance[state.bodies.number[code]] += 10**10
    economy = live_policy("status_quo", 5, state=state, mind="inert")
    assert ("administration", code) in [(d.rule, d.about) for d in economy.decisions()]


def test_rules_that_are_read_and_rules_on_record_are_told_apart(
    live_policy, after_burn_in, monkeypatch
):
    read: set[str] = set()
    monkeypatch.setattr(
        economy_module, "rules_in_force", lambda *about: Reading(rules_in_force(*about), read)
    )
    monkeypatch.setattr(
        calendar, "rules_in_force", lambda *about: Reading(rules_in_force(*about), read)
    )
    for policy in ("tariff_by_year", "fundholding", "pbc", "carveouts_allowed+pooled_budget"):
        live_policy(policy, 26)
    merge_under_review(live_policy, after_burn_in)
    fail_again(live_policy, after_burn_in)
    rules = load_rules()
    known = read & set(rules)
    assert not {name for name in known if rules[name].on_record}
    never = set(rules) - known - {name for name, rule in rules.items() if rule.on_record}
    # What is read where practices' books are opened, from the rules of the published year.
    assert never <= {"general_practice.core_income.correction_factor_coverage"}


def test_a_rule_on_record_cannot_be_changed():
    with pytest.raises(pydantic.ValidationError, match="on record only"):
        RuleChange(set={"hospital_payment.emergency_marginal_rate.baseline_year": 2009})
    with pytest.raises(pydantic.ValidationError, match="on record only"):
        RuleChange(
            of=("hospital_payment.emergency_marginal_rate.baseline_year",), as_of=date(2005, 4, 1)
        )


def test_rules_of_a_run_are_its_own():
    """What held in a year is worked out once, for all runs."""
    before = dict(rules_of_year(2012))
    lever = rules_in_force(2012, find_policy("status_quo"), 12)
    lever["choice.hospitals"] = 1
    assert dict(rules_of_year(2012)) == before
    assert rules_in_force(2012, find_policy("status_quo"), 12) == before
