"""Every decision has a test that its options show what is booked, or a reason why it needs none."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pandas as pd
from forced_options import Booked, Unasked, at_once

import agents
from agents.choice.deciding import DecisionType
from model.month.economy import HealthEconomy
from tests.model.headings import SEED

#: Decisions by which no money moves that the decider is shown, and why.
NO_MONEY: dict[str, str] = {}

#: Decisions that no test compares yet. Nothing may be added.
NOT_COMPARED: set[str] = set()


def every_rule() -> set[str]:
    """Names of all decisions that minds know."""
    found = pkgutil.walk_packages(agents.__path__, "agents.")
    modules = [importlib.import_module(module.name) for module in found]
    return {one.name for m in modules for one in vars(m).values() if isinstance(one, DecisionType)}


def compared_rules() -> list[str]:
    """Names of decisions in the marks `decision` of tests beside this one."""
    found: list[str] = []
    for path in sorted(Path(__file__).parent.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for mark in getattr(node, "decorator_list", []):
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.decision":
                    found += [ast.literal_eval(name) for name in mark.args]
    return found


def test_every_decision_is_compared_once_or_has_a_reason():
    compared = compared_rules()
    twice = {name for name in compared if compared.count(name) > 1}
    assert not twice, f"compared in two places: {sorted(twice)}"
    assert not set(NO_MONEY) & set(compared), "a test compares money that is said not to be there"
    left = every_rule() - set(compared) - set(NO_MONEY)
    assert left == NOT_COMPARED, f"neither compared nor reasoned: {sorted(left - NOT_COMPARED)}"
    assert set(compared) | set(NO_MONEY) <= every_rule(), "no such decision"


def test_reasons_are_given_in_words():
    assert all(len(reason.split()) >= 5 for reason in NO_MONEY.values())


def test_those_who_are_not_asked_would_have_left_all_as_it_is(small, begun):
    """Futures in which few are asked (`Unasked`) are those in which all are, to the penny."""
    policy, whole = at_once("tariff_cut+block_payment+population_ico"), {}
    for kind in (Unasked, HealthEconomy):
        lived = kind(small, policy, SEED, "inert", state=begun.copy()).run(30)
        whole[kind] = lived.record.tables(lived.state)
    asked, unasked = whole[HealthEconomy], whole[Unasked]
    assert len(asked["decisions"]) > len(unasked["decisions"]) + 20
    for name in asked.keys() - {"decisions"}:
        pd.testing.assert_frame_equal(asked[name], unasked[name], check_exact=True)
    booked = Booked(small, policy, SEED, "inert", state=begun.copy()).run(30)
    books = [economy.state.money.ledger.entries() for economy in (booked, lived)]
    pd.testing.assert_frame_equal(*books, check_exact=True)
