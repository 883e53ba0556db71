"""The house: no circle of imports, no crowded folder, no rule that takes the whole world."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOPS = ("agents", "model", "experiments", "viz", "joinedup")
MOST_MODULES = 15  # in a folder
MOST_WITH_THE_ECONOMY = 40  # functions of the model that take all of it


def modules() -> dict[str, Path]:
    """Every module by its dotted name."""
    files = [path for top in TOPS for path in (ROOT / top).rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in files}


def imported(path: Path, known: dict[str, Path]) -> set[str]:
    """Modules of the project that a file imports, in functions and for types as well."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner | {node.module}) & known.keys()
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & known.keys()
    return found


def in_circles(edges: dict[str, set[str]]) -> set[str]:
    """What is left when again and again all is taken away that nothing, or nobody, is left for."""
    left = set(edges)
    while True:
        wanted = {target for name in left for target in edges[name]}
        free = {name for name in left if not edges[name] & left or name not in wanted}
        if not free:
            return left
        left -= free


def with_the_economy() -> list[str]:
    """Functions of the model with a parameter that is a whole economy."""
    return [
        f"{name}.{node.name}"
        for name, path in modules().items()
        if name.startswith("model.")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        for argument in [*node.args.args, *node.args.kwonlyargs]
        if argument.annotation is not None and "Economy" in ast.unparse(argument.annotation)
    ]


def test_no_circle_of_imports():
    known = modules()
    edges = {name: imported(path, known) - {name} for name, path in known.items()}
    assert len(edges) > 300 and sum(map(len, edges.values())) > 1_500
    assert in_circles(edges) == set()


def test_a_circle_is_found():
    edges = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"a"}}
    assert in_circles(edges) == {"b", "c"}


@pytest.mark.parametrize("top", TOPS)
def test_no_folder_is_crowded(top):
    folders = [ROOT / top, *(path for path in (ROOT / top).rglob("*") if path.is_dir())]
    counts = {str(folder): len(list(folder.glob("*.py"))) for folder in folders}
    assert max(counts.values()) <= MOST_MODULES, counts


def test_few_rules_take_the_whole_economy():
    found = with_the_economy()
    assert 0 < len(found) <= MOST_WITH_THE_ECONOMY, found


def test_every_package_says_that_it_is_one():
    folders = {path.parent for top in TOPS for path in (ROOT / top).rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


PAIRED = {  # where an economy goes on from a state that was lived before, and why
    "model.paired_runs.start": "all pairs of runs are made here",
    "viz.server.institutions": "Mesa makes its model from the choices on its page",
}


def going_on_from_a_state() -> set[str]:
    """Modules in which an economy is made from a state that is there already."""
    return {
        name
        for name, path in modules().items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("HealthEconomy", "super().__init__")
        and ("state" in {word.arg for word in node.keywords} or len(node.args) > STATE_AT)
    }


STATE_AT = 6  # among the arguments of an economy


def test_pairs_of_runs_are_made_in_one_place():
    assert going_on_from_a_state() == PAIRED.keys()


BEGINS = {"subprocess", "multiprocessing"}
BEGINNING = {  # where a process is begun for a page, and which
    "viz.background.beside": "itself, with a function that whoever starts the page hands in",
    "viz.bundle.__main__": "the bundler, for whoever changes a script",
}


def packages_in(tree: ast.Module) -> set[str]:
    """The first names of all that is imported."""
    found = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name.split(".")[0] for name in found}


def texts_in(tree: ast.Module) -> set[str]:
    """Every text that is no docstring."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = (n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return {node.value for node in texts if id(node) not in docs}


def test_a_page_neither_imports_experiments_nor_starts_the_command():
    """Whose function runs beside a page is said by whoever starts the page."""
    files = {name: path for name, path in modules().items() if name.startswith("viz.")}
    trees = {name: ast.parse(path.read_text()) for name, path in files.items()}
    assert len(trees) > 30
    assert {name for name, tree in trees.items() if packages_in(tree) & BEGINS} == BEGINNING.keys()
    assert "viz.background.beside" in texts_in(trees["viz.background.beside"])  # itself
    for name, tree in trees.items():
        assert not packages_in(tree) & {"experiments", "joinedup"}, name
        assert not [text for text in texts_in(tree) if "experiments" in text], name
