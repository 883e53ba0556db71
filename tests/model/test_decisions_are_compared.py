"""Every decision has a test that its options show what is booked, or a reason why it needs none."""

import ast
import importlib
import pkgutil
from pathlib import Path

import agents
from agents.choice.deciding import Rule

#: Decisions by which no money moves that the decider is shown, and why.
NO_MONEY: dict[str, str] = {}

#: Decisions that no test compares yet. Nothing may be added.
NOT_COMPARED: set[str] = set()


def every_rule() -> set[str]:
    """Names of all decisions that minds know."""
    found = pkgutil.walk_packages(agents.__path__, "agents.")
    modules = [importlib.import_module(module.name) for module in found]
    return {one.name for m in modules for one in vars(m).values() if isinstance(one, Rule)}


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
