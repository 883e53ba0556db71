"""What is wrong with a field that somebody wrote, in words of the file instead of a validator's."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import pydantic
from pydantic.fields import FieldInfo

OTHER_KIND = "other_kind"  # the type of a fault that our own validators find
NUMBER_FAULTS = {
    "int_type", "int_parsing", "int_from_float", "float_type", "float_parsing", "bool_type",
    "bool_parsing", OTHER_KIND,
}  # fmt: skip
PROBLEMS = {
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "not a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "not a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "neither true nor false"),
    **dict.fromkeys(("tuple_type", "list_type"), "not a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "not a table"),
    **dict.fromkeys(("greater_than", "greater_than_equal"), "too small"),
    **dict.fromkeys(("less_than", "less_than_equal"), "too large"),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing"), "not a date"),
    "finite_number": "not a finite number",
    "string_type": "not a text",
    "string_too_short": "an empty text",
    "string_pattern_mismatch": "an empty text",
    "too_short": "an empty list",
    "too_long": "too long a list",
    "literal_error": "no such choice",
    "extra_forbidden": "no such field",
    "missing": "this field is missing",
    "multiple_of": "not a multiple of what it counts in",
}
LOOKS_RIGHT = re.compile(r"[-+]?[0-9][0-9_.]*(e[-+]?[0-9]+)?|true|false")
LENGTHS = {"too_long": ("at most", "max_length"), "too_short": ("at least", "min_length")}
WORDS = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}  # of limits, in their order
KINDS = {int: "a whole number", float: "a number", bool: "true or false"}
BRANCHES = ("int", "float", "str", "bool")  # of a type, which nobody wrote
ENDINGS = {1: "st", 2: "nd", 3: "rd"}  # of numbers that end so
TEENS = range(11, 14)


def problem_of(fault: Mapping[str, Any]) -> str:
    """What is wrong, said as what it is."""
    written = fault["input"]
    if isinstance(written, float) and not math.isfinite(written):
        return "not a number" if math.isnan(written) else "not a finite number"
    told = str(fault["msg"]).removeprefix("Value error, ")
    return PROBLEMS.get(fault["type"], told[0].lower() + told[1:])


def value_of(fault: Mapping[str, Any]) -> Any:
    """What was written, unless it is nothing, a whole table or empty ones.

    A text that looks like what it ought to be keeps its quotes, which are what is wrong with it.
    """
    written = fault["input"]
    if (
        isinstance(written, str)
        and fault["type"] in NUMBER_FAULTS
        and LOOKS_RIGHT.fullmatch(written)
    ):
        return f'"{written}"'
    table = isinstance(written, dict | pydantic.BaseModel)
    empty = isinstance(written, list) and bool(written) and all(part == {} for part in written)
    return None if fault["type"] == "missing" or table or empty else written


def where(location: Sequence[int | str]) -> str:
    """Where it stands: `design.points`, or `1st of mergers, start_month`."""
    told = ""
    for k, part in enumerate(location):
        if part in BRANCHES:
            continue
        if isinstance(part, int) and told:
            before, apart, name = told.rpartition(", ")
            told = f"{before}{apart}{ordinal(part + 1)} of {name}"
        else:
            apart = ", " if k and isinstance(location[k - 1], int) else "." * bool(k)
            told += f"{apart}{part}"
    return told


def ordinal(number: int) -> str:
    """`1st`, `12th`, `21st`."""
    ending = "th" if number % 100 in TEENS else ENDINGS.get(number % 10, "th")
    return f"{number}{ending}"


def allowed_at(fault: Mapping[str, Any], field: FieldInfo | None) -> str | list[str] | None:
    """The names that can stand there, how many, or the kind and range of the number."""
    if fault["type"] == "literal_error":
        return re.findall("'([^']+)'", fault["ctx"]["expected"])
    if fault["type"] in LENGTHS:
        words, limit = LENGTHS[fault["type"]]
        return f"{words} {fault['ctx'][limit]}"
    return None if field is None or fault["type"] == "value_error" else range_of(field)


def range_of(field: FieldInfo) -> str | None:
    """`a whole number from 0 to 600`; None if the field holds no number."""
    kinds = [kind for kind in get_args(field.annotation) or (field.annotation,) if kind in KINDS]
    if len(kinds) != 1:
        return None
    limits = {key: getattr(rule, key) for rule in field.metadata for key in WORDS
              if getattr(rule, key, None) is not None}  # fmt: skip
    said = [f"{WORDS[key]} {limits[key]:,}" for key in WORDS if key in limits]
    return " ".join([KINDS[kinds[0]], *said])
