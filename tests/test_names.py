"""Names: one for one thing, and long enough to say what it is."""

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOPS = ("agents", "model", "experiments", "viz", "joinedup")
KERNELS = {"lean", "hot", "compiled"}  # decorators of compiled rules, where formulas have letters


def sources() -> list[Path]:
    return [path for top in TOPS for path in sorted((ROOT / top).rglob("*.py"))]


def nodes(kind: type[ast.AST]) -> list[tuple[Path, ast.AST]]:
    """Every node of a kind with its file."""
    trees = [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sources()]
    return [
        (path, node) for path, tree in trees for node in ast.walk(tree) if isinstance(node, kind)
    ]


def twice(names: list[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def is_compiled(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(one).split("(")[0] in KERNELS for one in function.decorator_list)


def letters(function: ast.FunctionDef) -> list[str]:
    """Parameters of one letter."""
    given = function.args
    names = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return [name for name in names if len(name) == 1 and name != "_"]


def test_no_two_modules_have_one_name():
    names = [path.stem for path in sources() if not path.stem.startswith("__")]
    assert len(names) > 300 and twice(names) == []


def test_no_two_classes_have_one_name():
    names = [node.name for _, node in nodes(ast.ClassDef)]
    assert len(names) > 200 and twice(names) == []


def test_parameters_have_names_not_letters():
    functions = [(path, node) for path, node in nodes(ast.FunctionDef) if not is_compiled(node)]
    found = {f"{path.name}:{node.name}": letters(node) for path, node in functions if letters(node)}
    assert len(functions) > 2_000 and found == {}


def test_letters_and_kernels_are_told_apart():
    tree = ast.parse("@hot\ndef f(g): ...\ndef h(a, _, name, *, z): ...")
    kernel, plain = tree.body
    assert is_compiled(kernel) and not is_compiled(plain)
    assert letters(plain) == ["a", "z"] and letters(kernel) == ["g"]
    assert twice(["one", "two", "one"]) == ["one"]
