"""A study: which runs to make, written down in a small TOML file and checked before anything runs.

Levers are what somebody could choose; every combination of their values is run. Uncertain
parameters are what nobody knows; a design (`experiments/studies/designs.py`) draws sets of them.
Each set is lived under every policy, in every place, by the same seeds.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic

from experiments.commands.options import (
    LARGEST_SEED,
    LONGEST_YEARS,
    MINDS,
    MOST_REPLICATES,
    REPLICATES,
    YEARS,
)
from model.input.errors import BadInput
from model.input.faults import allowed_at, problem_of, where
from model.input.reading import parsed_toml, read_text
from model.sizes import PATIENTS

FOLDER = Path(__file__).parent
TEMPLATE = FOLDER / "template.txt"
MOST_POINTS = 1_000_000
NOT_WRITTEN = {"text", "folder"}  # fields of a study that its file does not hold
Number = Annotated[float, pydantic.Field(strict=True, allow_inf_nan=False)]
Text = Annotated[str, pydantic.StringConstraints(min_length=1, pattern=r"\S")]
Methods = Literal["list", "grid", "latin_hypercube", "sobol", "one_at_a_time", "calibrated"]


class Written(pydantic.BaseModel):
    """Something written in a study: fixed, typed, and without room for misspelt fields."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class Range(Written):
    """Where an uncertain parameter may lie: from `low` to `high`, alike likely."""

    low: Number
    high: Number


class Values(Written):
    """The values an uncertain parameter may take, alike likely."""

    values: tuple[Number, ...] = pydantic.Field(min_length=1)


class Design(Written):
    """How sets of the uncertain parameters are drawn.

    points: sets of a latin_hypercube or sobol design; values of each range in a grid. seed: of the
    draw of a latin_hypercube or sobol design. sets: the sets of a list design. ensemble: the file
    of a calibrated design, from the study's own folder; without it the shipped sets.
    """

    method: Methods = "list"
    points: int | None = pydantic.Field(default=None, ge=1, le=MOST_POINTS, strict=True)
    seed: int = pydantic.Field(default=0, ge=0, le=LARGEST_SEED, strict=True)
    sets: tuple[dict[str, Number], ...] = ()
    ensemble: Text | None = None


class Study(Written):
    """Everything a study asks for; `text` is the file as it was written, `folder` where it lies."""

    title: Text
    policies: tuple[Text, ...] = pydantic.Field(min_length=1)
    places: tuple[Text, ...] = pydantic.Field(default=("anyshire",), min_length=1)
    patients: Annotated[int, pydantic.Field(strict=True, ge=1)] | Literal["all"] = PATIENTS
    years: int = pydantic.Field(default=YEARS, ge=1, le=LONGEST_YEARS, strict=True)
    replicates: int = pydantic.Field(default=REPLICATES, ge=1, le=MOST_REPLICATES, strict=True)
    seed: int = pydantic.Field(default=0, ge=0, le=LARGEST_SEED, strict=True)
    minds: tuple[Literal[MINDS], ...] = pydantic.Field(default=("reasoned",), min_length=1)  # type: ignore[valid-type]
    decisions: tuple[Literal["free", "replayed"], ...] = ("free",)
    against: Text = "status_quo"
    outcomes: tuple[Text, ...] = ()
    levers: dict[str, Number | tuple[Number, ...]] = {}
    uncertain: dict[str, Range | Values | Literal["range"]] = {}
    design: Design = Design()
    text: str = ""
    folder: Path = Path()  # where the file lies, from which its paths are taken

    def place_of(self, name: str) -> str:
        """The name of a place, or the path to a folder that lies beside the study.

        A folder holds before a shipped place of its name, so its path is no bare name.
        """
        beside = self.folder / name
        if not (beside / "place.toml").exists():
            return name
        return f"./{beside}" if len(beside.parts) == 1 else str(beside)


def study_names() -> list[str]:
    """The studies that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def find_study(name: str) -> Study:
    """The study of a shipped name or of a path to a TOML file; `BadInput` if it is unsound."""
    if not name.endswith(".toml"):
        if name not in study_names():
            raise BadInput(
                "no such study; give the name of one that is shipped, or a path to a .toml file",
                key="STUDY", value=name, allowed=study_names(),
            )  # fmt: skip
        return read_study(FOLDER / f"{name}.toml")
    return read_study(Path(name))


def read_study(path: Path) -> Study:
    """A study from its file, every name and number checked; `BadInput` names what is wrong."""
    text = read_text(path)
    content = parsed_toml(text, path)
    for field in NOT_WRITTEN & content.keys():
        raise BadInput("no such field", file=path, key=field, allowed=_fields(Study))
    try:
        study = Study(**content, text=text, folder=path.parent)
    except pydantic.ValidationError as error:
        raise _bad_field(path, content, error) from None
    from experiments.studies.study_check import check_names

    check_names(study, path)
    return study


def _fields(kind: type[Written]) -> list[str]:
    return [name for name in kind.model_fields if name not in NOT_WRITTEN]


def _bad_field(path: Path, content: Mapping[str, Any], error: pydantic.ValidationError) -> BadInput:
    """The first mistake, told by the place in the file where it was made."""
    first = error.errors()[0]
    location = [part for part in first["loc"] if _is_in(content, part, first["loc"])]
    key = where(location) or str(first["loc"][0])
    if first["type"] == "extra_forbidden" and str(first["loc"][0]) != "uncertain":
        kind = Design if first["loc"][0] == "design" and len(first["loc"]) > 1 else Study
        return BadInput("no such field", file=path, key=key, value=first["loc"][-1],
                        allowed=_fields(kind))  # fmt: skip
    if first["type"] == "missing" and len(first["loc"]) == 1:
        return BadInput("this field is missing", file=path, key=str(first["loc"][0]))
    value = _value_at(content, location)
    return BadInput(_problem(first), file=path, key=key, value=value, allowed=_allowed(first))


def _is_in(content: Any, part: Any, loc: tuple[Any, ...]) -> bool:
    """Whether a part of an error's location is a key or index of the file (not of a type union)."""
    found = content
    for step in loc:
        inside = isinstance(found, Mapping) and step in found
        inside = inside or (isinstance(found, list) and isinstance(step, int) and step < len(found))
        if inside:
            found = found[step]
        if step is part:
            return inside
    return False


def _value_at(content: Any, location: list[Any]) -> Any:
    for step in location:
        content = content[step]
    return content


SHAPES = {
    "uncertain": '"range", { low = NUMBER, high = NUMBER } or { values = [NUMBERS] }',
    "levers": "a number, or a list of numbers",
    "patients": 'a whole number of at least 1, or "all"',
}


def _problem(first: Any) -> str:
    """What is wrong, in words of the study instead of pydantic's."""
    if first["loc"][0] in ("uncertain", "levers") and _is_unquoted(first):
        return "no such name; a name with a dot stands in quotes"
    if first["loc"][0] in SHAPES:
        return "not of a form that can be used"
    return problem_of(first)


def _is_unquoted(first: Any) -> bool:
    """Whether a name was taken apart at its dot, for want of quotes."""
    return len(first["loc"]) > 1 and "." not in str(first["loc"][1])


def _allowed(first: Any) -> str | list[str] | None:
    if first["loc"][0] in SHAPES:
        return SHAPES[first["loc"][0]]
    kind = Design if first["loc"][0] == "design" else Study
    return allowed_at(first, kind.model_fields.get(str(first["loc"][-1])))
