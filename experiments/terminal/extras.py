"""Parts that are installed only where they are wanted, and what each brings along."""

from importlib.util import find_spec

from model.input.errors import InputError

#: What is imported for each extra of the package, as `pyproject.toml` names them.
EXTRAS = {
    "view": ("solara", "anywidget", "altair", "matplotlib"),
    "figures": ("matplotlib",),
    "query": ("duckdb",),
    "cluster": ("distributed", "submitit"),
    "calibrate": ("sklearn",),
}


def check_installed(extra: str, key: str) -> None:
    """`InputError` (about `key`, an option or a command) if a part of the package is not installed.

    extra: a name of `EXTRAS`.
    """
    for module in EXTRAS[extra]:
        if find_spec(module) is None:
            raise InputError(f"needs {module}, which is not installed", key=key,
                           allowed=f"pip install 'joinedup[{extra}]'")  # fmt: skip
