"""The files of a figure: which they are, and whether they can be made."""

from pathlib import Path

from experiments.runs.folders import check_name, check_new_file
from experiments.terminal.extras import check_installed
from model.input.errors import InputError

ENDINGS = (".svg", ".png", ".pdf")


def figure_files(stem: Path) -> list[Path]:
    """The files of a figure: of one format if its ending is given, else of all."""
    if stem.suffix in ENDINGS:
        return [stem]
    return [stem.with_name(stem.name + ending) for ending in ENDINGS]


def check_figure(stem: Path) -> None:
    """`InputError` if the files of a figure are there already, or cannot be made."""
    check_installed("figures", "--figure")
    check_name(stem, "--figure", stem.suffix)
    if stem.suffix not in ("", *ENDINGS):
        raise InputError(
            "a figure is written as .svg, .png and .pdf", key="--figure", value=stem,
            allowed="a name without an ending (all three), or with one of these",
        )  # fmt: skip
    if not stem.parent.is_dir():
        raise InputError("no such folder", key="--figure", value=stem.parent)
    for path in figure_files(stem):
        check_new_file(path, "--figure")


def beside(stem: Path, what: str) -> Path:
    """The name of a figure that goes with another: `verdict.png` -> `verdict_paths.png`."""
    if stem.suffix in ENDINGS:
        return stem.with_name(f"{stem.stem}_{what}{stem.suffix}")
    return stem.with_name(f"{stem.name}_{what}")
