"""No number of behaviour stands in the code: each is in a parameter file, and so a lever.

What may stand there is named here with the reason. A number that is none of these fails the test:
it belongs in `model/parameters/` or `agents/choice/`, with unit, meaning, and source or range.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED = Path(__file__).with_name("numbers_in_the_code.toml")
PLAIN = {0, 1, 2, 12, 100, 1000}  # none, one, two, months of a year, per cent, per thousand
GUARD = 1e-6  # nothing smaller is more than a guard against division by nought
#: Calls whose numbers are shapes, counts of digits, ordinals of keyed luck, or bounds of input.
SHAPES = {
    "arange", "range", "round", "reshape", "zeros", "transpose", "moveaxis",
    "Field", "Column", "date", "keyed_normal", "keyed_normals", "keyed_uniform",
    "draw", "trait", "bincount", "uint64", "int64",
}  # fmt: skip


class Number(NamedTuple):
    """A literal: where it stands, as `module:function` or `module:CONSTANT`, and what it is."""

    place: str
    value: float
    line: int


def is_plain(value: object) -> bool:
    """Whether it is no number, or one that says nothing by itself."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    return abs(value) in PLAIN or abs(value) <= GUARD


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    return ast.unparse(node.func).rsplit(".", 1)[-1]


def numbers_of(node: ast.AST, place: str) -> Iterator[Number]:
    """Numbers below a node of the syntax tree that are no index, shape, power, digit or month."""
    if isinstance(node, ast.Constant):
        if not is_plain(node.value):
            yield Number(place, float(node.value), node.lineno)  # type: ignore[arg-type]
        return
    if isinstance(node, ast.Subscript):
        yield from numbers_of(node.value, place)
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield from numbers_of(node.left, place)
        if not isinstance(node.right, ast.Constant):
            yield from numbers_of(node.right, place)
        return
    if isinstance(node, ast.keyword) and node.arg in {"month_of_year", "axis"}:
        return
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Call) and called(node) in SHAPES:
        children = [child for child in children if not holds_plainly(child)]
    for child in children:
        yield from numbers_of(child, place)


def holds_plainly(node: ast.AST) -> bool:
    """Whether it is a number, or a tuple or list of numbers, and nothing else."""
    node = node.value if isinstance(node, ast.keyword) else node
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    if isinstance(node, ast.Tuple | ast.List):
        return all(holds_plainly(one) for one in node.elts)
    return isinstance(node, ast.Constant)


def numbers_in(path: Path) -> list[Number]:
    """Every number of a module that is not plain."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return list(numbers_of_body(ast.parse(path.read_text(encoding="utf-8")).body, f"{module}:"))


def numbers_of_body(body: list[ast.stmt], place: str) -> Iterator[Number]:
    """Numbers of the statements of a module or a class, each under the name of what it defines."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from numbers_of_body(node.body, f"{place}{node.name}.")
        else:
            yield from numbers_of(node, place + name_of(node))


def name_of(node: ast.stmt) -> str:
    """The function or constant that a statement is about."""
    if isinstance(node, ast.FunctionDef):
        return node.name
    target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return "" if target is None else ast.unparse(target).strip("()")


def found() -> list[Number]:
    """Every number of the minds and of the model."""
    paths = sorted(path for top in ("agents", "model") for path in (ROOT / top).rglob("*.py"))
    return [number for path in paths for number in numbers_in(path)]


def allowed() -> dict[str, dict[str, list[float]]]:
    """By reason, what may stand where."""
    tables = tomllib.loads(ALLOWED.read_text(encoding="utf-8"))
    return {table["because"]: table["where"] for table in tables.values()}


def not_allowed(numbers: list[Number]) -> list[Number]:
    """Numbers that are named nowhere, neither by themselves nor with their room."""
    where = {place: values for table in allowed().values() for place, values in table.items()}
    rooms = tuple(place for place, values in where.items() if not values)
    return [
        number
        for number in numbers
        if not number.place.startswith(rooms) and number.value not in where.get(number.place, [])
    ]


def test_no_number_of_behaviour_stands_in_the_code():
    numbers = found()
    assert len(numbers) > 200
    assert [f"{n.place}: {n.value:g} (line {n.line})" for n in not_allowed(numbers)] == []


def test_nothing_is_allowed_that_is_not_there_and_nothing_twice():
    places = {number.place for number in found()}
    values = {(number.place, number.value) for number in found()}
    named = [place for table in allowed().values() for place in table]
    assert sorted(named) == sorted(set(named))
    for because, table in allowed().items():
        assert len(because) > 20 and table
        for place, numbers in table.items():
            assert any(one.startswith(place) for one in places), place
            assert all((place, float(number)) in values for number in numbers), place


@pytest.mark.parametrize(
    ("code", "numbers"),
    [
        ("def f(view):\n    return 0.3 * view.worth", [0.3]),
        ("TYPICAL = 5_000_000.0", [5_000_000.0]),
        ("EFFICIENCIES = {'at_cost': 0.0, 'less': 0.02}", [0.02]),
        ('RULE = Rule("effort", every_months=12, lag_months=6)', [6.0]),
        ("class Trust:\n    patience: int = 5", [5.0]),
        ("def f(x, share=0.75):\n    return x", [0.75]),
        ("def f(x):\n    return x[:, 3].reshape(7, 5) ** 0.5 / max(x.sum(), 1e-30)", []),
        ("def f(seed, key):\n    return keyed_normal(seed, STREAM, key, 0, 31)", []),
        ("def f(seed, key):\n    return trait(altruism, 0.3 * altruism, 4)", [0.3]),
    ],
)
def test_what_is_found(code, numbers):
    assert [number.value for number in numbers_of_body(ast.parse(code).body, "")] == numbers


TIMING = {"lag_months", "every_months"}


def test_the_lag_of_a_run_is_asked_for_and_not_the_central_one():
    """`RULE.of(numbers).lag_months`, not `RULE.lag_months`: the lever would do nothing."""
    asked = []
    for path in sorted((ROOT / "model").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in TIMING:
                name = ast.unparse(node.value)
                if name.rpartition(".")[2].isupper():
                    asked.append(f"{path.name}: {name}.{node.attr}")
    assert sorted(set(asked)) == [
        "budgets.py: HOLD_BUDGET.lag_months",  # where neither policy nor rules say it: a year
        "policy.py: SPLIT.lag_months",  # a policy is read before the numbers of a run
    ]
