"""Policies are files that add up, and a misspelt one is told what is wrong."""

import re
from pathlib import Path

import pytest

import agents
import model
from model.input.errors import InputError
from model.month.preparing import prepare
from model.policies.policy import MOST_PENCE, MOST_PENCE_PER_PATIENT, Policy, rules_in_force
from model.policies.policy_finding import FOLDER, find_policy, policy_names, read_policy


def written(tmp_path, text, name="mine.toml"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


HEAD = 'title = "t"\nhelp = "h"\nsource = "s"\n'


@pytest.mark.parametrize("name", policy_names())
def test_every_preset_can_be_read_and_says_where_it_comes_from(name):
    policy = find_policy(name)
    assert policy.name == name and len(policy.title) > 5
    assert policy.help.endswith(".") and re.search(r"\d{4}", policy.source)
    assert read_policy(FOLDER / f"{name}.toml") == policy


def test_presets_that_must_be_there_and_what_they_change():
    assert {"status_quo", "label_only", "merger_only", "carveouts_three"} <= set(policy_names())
    terms = [name for name, field in Policy.model_fields.items() if field.default == ()]
    for name in ("status_quo", "label_only"):
        assert not any(getattr(find_policy(name), term) for term in terms)
    for name in set(policy_names()) - {"status_quo", "label_only"}:
        assert any(getattr(find_policy(name), term) for term in terms), name


def test_no_rule_of_the_model_knows_a_policy_by_name():
    names = "|".join(sorted(set(policy_names()) - {"status_quo"}))
    for package in (agents, model):
        for path in Path(package.__file__).parent.rglob("*.py"):
            found = re.findall(rf"[\"']({names})[\"']", path.read_text(encoding="utf-8"))
            assert not found, f"{path.name}: {found}"


def test_policies_add():
    both = find_policy("carveout_msk + merger_only+label_only")
    assert both.name == "carveout_msk+merger_only+label_only"
    assert both.pathway_contracts == find_policy("carveout_msk").pathway_contracts
    assert both.mergers == find_policy("merger_only").mergers
    assert both.new_name == find_policy("label_only").new_name
    assert both.joint_teams == both.population_contracts == ()


def test_policies_that_give_away_one_pathway_twice_conflict():
    with pytest.raises(InputError) as caught:
        find_policy("carveouts_three+carveout_msk")
    said = caught.value.sentence()
    assert all(part in said for part in ("carveouts_three", "carveout_msk", "(got msk)"))
    assert said.endswith(".") and said.count("\n") == 0


def test_two_population_contracts_conflict():
    with pytest.raises(InputError):
        find_policy("population_ico+population_ico_half")


def test_commissioners_take_services_on_once():
    with pytest.raises(InputError, match="both have commissioners that provide"):
        find_policy("torbay+commissioner_split")


def test_two_values_of_a_rule_conflict():
    with pytest.raises(InputError, match="both set the rule competition"):
        find_policy("regulator_one_body+regulator_two_bodies")
    with pytest.raises(InputError, match="choice_none stands twice in this sum"):
        find_policy("choice_none+choice_none")


def test_one_file_cannot_give_away_a_pathway_twice(tmp_path):
    contract = '[[pathway_contracts]]\npathways = ["msk"]\n'
    with pytest.raises(InputError, match="msk"):
        read_policy(written(tmp_path, HEAD + contract + contract))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "pathway_contract = 1", "mine.toml: pathway_contract: no such field"),
        (HEAD + "[[mergers]]\nstart_moth = 3", "1st of mergers, start_moth: no such field"),
        (HEAD + "[[mergers]]\nstart_moth = 3", "did you mean start_month?"),
        (HEAD + "[[mergers]]\nkinds = ['acut']", "1st of mergers, 1st of kinds:"),
        (
            HEAD + "[[pathway_contracts]]\npathways = ['mskk']",
            "1st of pathway_contracts, 1st of pathways:",
        ),
        (HEAD + "[[pathway_contracts]]\npathways = []", "1st of pathway_contracts, pathways:"),
        (HEAD + "[[pathway_contracts]]\npathways = ['msk']\nterm_years = 0", "(got 0)"),
        (HEAD + "[[population_contracts]]\ninvited_share = 1.5", "invited_share:"),
        (HEAD + "[[commissioner_provides]]\nend_month = 11", "at least 12 months after"),
        (HEAD + "[[commissioner_provides]]\n" * 2, "once only"),
        (HEAD + "[[population_contracts]]\nrisk_down = -0.1", "risk_down:"),
        ('title = "t"\nhelp = "h"\n', "source:"),
        (HEAD + 'name = "mine"', "does not say its name"),
        (HEAD + "title = [", "not valid TOML"),
    ],
)
def test_a_file_with_a_fault_is_told_where_it_is(tmp_path, text, said):
    with pytest.raises(InputError) as caught:
        read_policy(written(tmp_path, text))
    assert said in caught.value.sentence() and "mine.toml" in caught.value.sentence()


BUDGET = """
title = "t"
help = "h"
source = "s"
[[budgets]]
"""


@pytest.mark.parametrize(
    "term", ["allowance_pence", "preparatory_allowance_pence", "stop_loss_pence", "minimum_list",
             "allowance_pence_per_patient"],
)  # fmt: skip
@pytest.mark.parametrize("amount", [2 * 10**9, 9 * 10**22])
def test_money_that_could_overflow_is_refused_where_it_is_written(tmp_path, term, amount):
    path = tmp_path / "rich.toml"
    path.write_text(f"{BUDGET}{term} = {amount}\n")
    with pytest.raises(
        InputError, match=rf"rich.toml: 1st of budgets, {term}: too large .got {amount}.*to 1(,?0)+"
    ):
        read_policy(path)


def test_no_sum_of_the_most_that_can_be_written_wraps():
    payments = 50 * 12 * 10_000  # every month of 50 years, to more practices than England has
    people = 100_000_000 * 50 * 12
    assert 10 * payments * MOST_PENCE < 2**63 and 10 * people * MOST_PENCE_PER_PATIENT < 2**63


@pytest.mark.parametrize("amount", ["1e300", "inf", "nan", "757800", "-1", "9" * 400])
def test_rules_set_far_beyond_what_they_ever_were_are_refused(tmp_path, amount):
    path = tmp_path / "rich.toml"
    name = "general_practice.core_income.global_sum_pence"
    path.write_text(f'{BUDGET[:-12]}[[rules]]\nset = {{ "{name}" = {amount} }}\n')
    with pytest.raises(InputError, match=r"rich.toml: 1st of rules.*number"):
        read_policy(path)


def on_day(tmp_path, day: str) -> Policy:
    path = tmp_path / "day.toml"
    rules = f'[[rules]]\nof = ["general_practice.qof"]\nas_of = {day}\nmoves = true\n'
    path.write_text(BUDGET[:-12] + rules)
    return read_policy(path)


def test_a_leap_day_moves_on_to_years_that_have_none(tmp_path):
    policy = on_day(tmp_path, "2004-02-29")
    points = "general_practice.qof.points"
    assert points not in rules_in_force(2014, policy, 0)
    assert rules_in_force(2014, policy, 12)[points] == 1050
    assert rules_in_force(2014, policy, 48)[points] == 1000


@pytest.mark.parametrize("day", ["0001-01-01", "1991-03-31", "2021-04-01", "9999-12-31"])
def test_days_without_rules_are_refused(tmp_path, day):
    with pytest.raises(InputError, match=r"1st of rules, as_of: must be a day from 1991-04-01"):
        on_day(tmp_path, day)


def test_a_missing_file_and_an_unknown_name(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        find_policy(str(tmp_path / "none.toml"))
    with pytest.raises(InputError, match=r"no such policy \(got carveout_mskk\).*carveout_msk\?"):
        find_policy("carveout_mskk")
    with pytest.raises(InputError):
        find_policy("carveout_msk+")
    path = written(tmp_path, HEAD + "[[mergers]]\nstart_month = 3\n")
    assert find_policy(f"{path}+carveout_msk").mergers[0].start_month == 3


def test_a_policy_cannot_be_changed_once_read():
    with pytest.raises(ValueError):
        find_policy("status_quo").title = "another"
    assert isinstance(find_policy("status_quo"), Policy)


def test_without_a_mechanism_it_does_nothing(live_policy, shire):
    off = shire.parameters.mechanisms()["mergers_of_trusts"]
    setup = prepare(shire.place, shire.parameters.with_values(off), shire.patients)
    lived = live_policy("status_quo", 30, setup=setup, mind="greedy")
    assert not [d for d in lived.decisions() if d.rule == "trust_merger" and d.month >= 36]
