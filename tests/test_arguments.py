"""Public functions with three or more arguments say what these are.

Explained is an argument that the docstring names, that `--help` explains, or whose name and type
stand in the table of docs/architecture.md, which says once what means the same everywhere.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOPS = ("joinedup", "experiments", "viz", "model", "agents")
TABLE = re.compile(r"## Arguments that mean the same everywhere\n(.*?)\n## ", re.DOTALL)
LEAST_SHARE = 0.6  # of functions that explain all of their arguments
FEW = 3  # arguments, from which they need to be explained


def trees() -> dict[str, ast.Module]:
    """The syntax trees of all modules, by path."""
    paths = sorted(path for top in TOPS for path in (ROOT / top).rglob("*.py"))
    return {str(p.relative_to(ROOT)): ast.parse(p.read_text(encoding="utf-8")) for p in paths}


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions, and methods of classes, whose names begin with a letter."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public(node.body, f"{node.name}.")
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield prefix + node.name, node


def arguments_of(node: ast.FunctionDef) -> list[tuple[str, str]]:
    """Name and type of every argument but the object itself."""
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [
        (one.arg, ast.unparse(one.annotation).replace("'", "") if one.annotation else "")
        for one in every
        if one.arg not in ("self", "cls")
    ]


@cache
def said_once() -> frozenset[tuple[str, str]]:
    """Names and types in the table; `*Observation` stands for all types that end so."""
    found = TABLE.search((ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
    assert found is not None
    firsts = [
        line.replace("\\|", "!").split("|")[1] for line in found[1].splitlines() if "| `" in line
    ]
    said = [one.replace("!", "|") for first in firsts for one in re.findall(r"`([^`]+)`", first)]
    return frozenset((name, kind) for name, kind in (one.split(": ") for one in said))


def helped(trees: dict[str, ast.Module]) -> set[str]:
    """Names of types of options of commands, which carry a text for `--help`."""
    return {
        ast.unparse(node.targets[0])
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.Assign) and "help=" in ast.unparse(node.value)
    }


def is_explained(name: str, kind: str, doc: str, help_texts: set[str]) -> bool:
    """Whether an argument is named in the docstring, in the table or in a text for `--help`."""
    view = ("observation", "*Observation") if kind.endswith("Observation") else ("", "")
    known = {(name, kind), (name, view[1])} & said_once()
    in_help = "help=" in kind or kind.split(" | ")[0] in help_texts
    return bool(known) or in_help or re.search(rf"\b{re.escape(name)}\b", doc) is not None


def left_unsaid() -> dict[str, list[str]]:
    """By function, the arguments that nothing explains."""
    files = trees()
    help_texts = helped(files)
    unsaid = {}
    for path, tree in files.items():
        for function, node in public(tree.body):
            arguments, doc = arguments_of(node), ast.get_docstring(node) or ""
            if len(arguments) >= FEW:
                missing = [n for n, kind in arguments if not is_explained(n, kind, doc, help_texts)]
                unsaid[f"{path}:{function}"] = missing
    return unsaid


def test_most_functions_of_several_arguments_explain_them():
    unsaid = left_unsaid()
    assert len(unsaid) > 700
    share = sum(not missing for missing in unsaid.values()) / len(unsaid)
    assert share >= LEAST_SHARE, {k: v for k, v in unsaid.items() if v}


def test_the_table_says_nothing_that_no_function_takes():
    taken = {
        argument
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for argument in arguments_of(node)
    }
    unused = said_once() - taken - {("observation", "*Observation")}
    assert not unused and len(said_once()) > 60


def test_what_counts_as_explained():
    assert is_explained("state", "State", "", set())
    assert is_explained("observation", "CareObservation", "", set())
    assert not is_explained("state", "str", "Do something.", set())
    assert is_explained("share", "float", "The part, of which `share` is kept.", set())
    assert not is_explained("share", "float", "Shared by all.", set())
    assert is_explained("out", "Out", "", {"Out"})
