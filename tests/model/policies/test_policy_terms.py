"""Policies with other terms: what changes, what stays, and mistakes."""

import pytest

from model.input.errors import InputError
from model.policies.policy import Policy
from model.policies.policy_finding import find_policy
from model.policies.terms import split_expression, terms_of


def test_a_term_changes_and_all_else_stays():
    base, other = find_policy("risk_two_sided"), find_policy("risk_two_sided:risk_down=0.3")
    assert other.name == "risk_two_sided:risk_down=0.3"
    (contract,) = other.population_contracts
    assert contract.risk_down == 0.3
    assert contract.model_copy(update={"risk_down": 0.6}) == base.population_contracts[0]
    left_out = {"name", "population_contracts"}
    assert other.model_dump(exclude=left_out) == base.model_dump(exclude=left_out)
    assert find_policy("risk_two_sided").population_contracts[0].risk_down == 0.6


def test_several_terms_and_policies_add():
    both = find_policy("carveout_msk:term_years=3,choice=closed + status_quo")
    (contract,) = both.pathway_contracts
    assert (contract.term_years, contract.choice) == (3, "closed")
    assert both.name == "carveout_msk:term_years=3,choice=closed+status_quo"


def test_a_rule_is_in_force_from_the_start_and_is_what_a_policy_file_would_say():
    one = find_policy("status_quo:competition.choice.options=1")
    assert one.rules == find_policy("choice_none").rules


def test_terms_say_what_they_may_be():
    terms = terms_of(find_policy("risk_two_sided"))
    assert (terms["risk_down"].low, terms["risk_down"].high) == (0, 1)
    assert terms["corridor"].open_low and not terms["risk_down"].open_low
    assert terms["lead"].choices == ("practices", "community", "acute", "outside")
    assert terms["shared_records"].choices == (False, True)
    assert terms["notice_months"].whole and "rivals" not in terms
    assert terms_of(find_policy("status_quo")) == {}


def test_a_colon_without_terms_belongs_to_the_path():
    assert split_expression("C:\\mine.toml") == ("C:\\mine.toml", {})
    assert split_expression("C:\\mine.toml:risk_up=1") == ("C:\\mine.toml", {"risk_up": 1})


@pytest.mark.parametrize(
    "expression, said",
    [
        ("risk_two_sided:risk_dwn=0.3", "no such term (got risk_dwn)"),
        ("risk_two_sided:risk_dwn=0.3", "did you mean risk_down?"),
        (
            "risk_two_sided:risk_down=3",
            "risk_down: too large (got 3); allowed: a number from 0 to",
        ),
        ("risk_two_sided:choice=close", "did you mean closed?"),
        ("status_quo:risk_down=1", "the policy status_quo has no such term"),
        ("status_quo:competition.choice.option=1", "did you mean competition.choice.options?"),
        ("status_quo:competition.choice.options=many", "not a number (got many)"),
        ("status_quo:hospital_payment.emergency_marginal_rate.paid_share=3", "from 0 to 1"),
        ("status_quo:commissioners.bodies.running_cost_pence=3", "moves nothing"),
        ("status_quo:risk_down=", "allowed: term=value"),
        ("risk_two_sided:risk_down", "not a term with a value (got risk_down)"),
        ("risk_two_sided:", "allowed: term=value"),
        ("risk_two_sided+", "a + that does not join two"),
        ("commissioner_split:kinds=acute", "a list, which only a file can change"),
        ("status_quo:hospital_payment.coding.gross_payment_error=-1", "from 0 to 1"),
        ("status_quo:general_practice.qof.points=-1", "from 0 to 105,000 (got -1)"),
    ],
)
def test_mistakes_are_told(expression, said):
    with pytest.raises(InputError) as caught:
        find_policy(expression)
    assert said in caught.value.sentence()


def test_every_preset_keeps_its_terms_when_given_its_own():
    for name in ("population_ico_closed", "torbay", "fundholding", "evercare"):
        policy = find_policy(name)
        for term, known in terms_of(policy).items():
            if known.value is not None:
                same = find_policy(f"{name}:{term}={str(known.value).lower()}")
                assert isinstance(same, Policy) and same.name != name
