"""Studies by name and from files, every name and number checked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pydantic

from experiments.studies.study import FOLDER, NOT_WRITTEN, Design, Study, Written
from model.input.errors import InputError
from model.input.faults import allowed_at, problem_of, where
from model.input.reading import parsed_toml, read_text


def study_names() -> list[str]:
    """The studies that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def find_study(name: str) -> Study:
    """The study of a shipped name or of a path to a TOML file; `InputError` if it is unsound."""
    if not name.endswith(".toml"):
        if name not in study_names():
            raise InputError(
                "no such study; give the name of one that is shipped, or a path to a .toml file",
                key="STUDY", value=name, allowed=study_names(),
            )  # fmt: skip
        return read_study(FOLDER / f"{name}.toml")
    return read_study(Path(name))


def read_study(path: Path) -> Study:
    """A study from its file, every name and number checked; `InputError` names what is wrong."""
    text = read_text(path)
    content = parsed_toml(text, path)
    for field in NOT_WRITTEN & content.keys():
        raise InputError("no such field", file=path, key=field, allowed=_fields(Study))
    try:
        study = Study(**content, text=text, folder=path.parent)
    except pydantic.ValidationError as error:
        raise _bad_field(path, content, error) from None
    from experiments.studies.study_check import check_names

    check_names(study, path)
    return study


def _fields(kind: type[Written]) -> list[str]:
    return [name for name in kind.model_fields if name not in NOT_WRITTEN]


def _bad_field(
    path: Path, content: Mapping[str, Any], error: pydantic.ValidationError
) -> InputError:
    """The first mistake, told by the place in the file where it was made."""
    first = error.errors()[0]
    location = [part for part in first["loc"] if _is_in(content, part, first["loc"])]
    key = where(location) or str(first["loc"][0])
    if first["type"] == "extra_forbidden" and str(first["loc"][0]) != "uncertain":
        kind = Design if first["loc"][0] == "design" and len(first["loc"]) > 1 else Study
        return InputError("no such field", file=path, key=key, value=first["loc"][-1],
                        allowed=_fields(kind))  # fmt: skip
    if first["type"] == "missing" and len(first["loc"]) == 1:
        return InputError("this field is missing", file=path, key=str(first["loc"][0]))
    value = _value_at(content, location)
    return InputError(_problem(first), file=path, key=key, value=value, allowed=_allowed(first))


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
