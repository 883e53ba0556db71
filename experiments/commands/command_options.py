"""What a run is asked for: options of the command, checked before anything is done."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from experiments.runs.options import (
    MINDS,
    STATUS_QUO,
    YEARS,
    Options,
    bounded,
)
from model.input.errors import InputError
from model.input.plain import whole_of
from model.sizes import PATIENTS, PATIENTS_QUICK

if TYPE_CHECKING:
    from model.policies.policy import Policy

YEARS_QUICK, REPLICATES_QUICK = 5, 4  # of a first look, with PATIENTS_QUICK
MOST_PATIENTS = 100_000_000  # more than are registered in all of England
DEFAULT_POLICIES = (
    STATUS_QUO, "carveout_msk", "carveout_cardiac", "carveouts_three", "population_ico",
)  # fmt: skip


def checked_options(
    *,
    place: str,
    data: Path | None,
    patients: str | None,
    years: int | None,
    seed: int,
    levers: Sequence[str],
    threads: int,
    minds: str,
    quick: bool,
    without: Sequence[str] = (),
) -> Options:
    """The options of a command line; `InputError` about the first that is not usable."""
    if minds not in MINDS:
        raise InputError("no such mind", key="--minds", value=minds, allowed=MINDS)
    place = checked_place(place, data)
    return Options(
        place=place,
        data=data,
        patients=_that_can_be(patients_of(patients), place),
        years=bounded("--years", _or(years, YEARS_QUICK if quick else YEARS)),
        seed=bounded("--seed", seed),
        levers=checked_levers(levers, without),
        threads=bounded("--threads", threads),
        minds=minds,
        patients_by_default=PATIENTS_QUICK if quick else PATIENTS,
    )


def checked_place(place: str, data: Path | None) -> str:
    """The place to be used, found by its name alone: a folder here holds before a shipped place.

    `InputError` if there is neither.
    """
    from model.places.named_places import check_place, named_places, place_meant

    meant = place_meant(place)
    if place in named_places() and meant != place:
        _say(f"{place}: the folder {place} in this directory, not the shipped place of that name")
    check_place(meant, data)
    return meant


def check_new_place(folder: Path, data: Path | None) -> None:
    """`InputError` if no place can be built there, or of nothing."""
    from model.places.named_places import named_places
    from model.places.place import NAME

    if folder.exists():
        raise InputError("this folder exists already", file=folder, key="--out")
    if named_places().get(folder.name, {}).get("synthetic"):
        raise InputError("a drawn place has this name", key="--out", value=folder.name,
                       allowed="another name")  # fmt: skip
    if not NAME.fullmatch(folder.name):
        raise InputError("the folder's name names the place, and cannot", key="--out",
                       value=folder.name, allowed="a-z, 0-9 and _")  # fmt: skip
    if data is None or not data.is_dir():
        raise InputError(
            "no folder with the published statistics; give --data DIR or set JOINEDUP_DATA",
            file=data, key="--data",
        )  # fmt: skip
    check_out(folder)


def check_out(out: Path | None, may_be_there: bool = True) -> None:
    """`InputError` if results cannot be written where they are to be, or lie there unasked.

    What is there is not tried: that a folder may be gone on with shows once its manifest is known.
    """
    if out is not None and out.exists() and not out.is_dir():
        raise InputError("not a folder", file=out, key="--out")
    if out is not None and out.exists() and not may_be_there:
        raise InputError("this exists already; give another --out, or --resume to go on with it",
                       file=out, key="--out")  # fmt: skip
    from experiments.runs.folders import RUNS, check_parent, check_writable

    folder = RUNS / "new" if out is None else out
    check_parent(folder)
    if not folder.exists():
        check_writable(folder)


def _say(text: str) -> None:
    from experiments.terminal.output import say

    say(text)


def checked_levers(texts: Iterable[str], without: Sequence[str]) -> dict[str, float]:
    """What levers and mechanisms that are switched off come to; `InputError` if they disagree."""
    off, given = switched_off(without), levers_of(texts)
    for name in off.keys() & given.keys():
        if off[name] != given[name]:
            raise InputError(f"{name} is set, and --without sets it to {off[name]:g}", key="--set",
                           value=given[name], allowed="one of the two")  # fmt: skip
    if given:
        from model.parameters import load_parameters

        load_parameters().with_values(given, "--set")
    return {**off, **given}


def switched_off(mechanisms: Sequence[str]) -> dict[str, float]:
    """The levers with which these mechanisms do nothing; `InputError` if there is no such one."""
    if not mechanisms:
        return {}
    from model.parameters import load_parameters

    known = load_parameters().mechanisms()
    levers: dict[str, float] = {}
    for name in mechanisms:
        if name not in known:
            raise InputError("no such mechanism", key="--without", value=name, allowed=known)
        levers |= known[name]
    return levers


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def workers_of(workers: int | None) -> int:
    """How many processes to use: all usable cores if nothing is said."""
    from experiments.runs.executors import usable_cores

    return bounded("--workers", usable_cores() if workers is None else workers)


def patients_of(text: str | None) -> int | Literal["all"] | None:
    """How many patients a text asks for: a whole number, "all", or None for the default."""
    if text is None:
        return None
    if text == "all":
        return "all"
    number = whole_of(text)
    if number is None and text.isascii() and text.isdigit():
        raise InputError("out of range", key="--patients", value=text,
                       allowed=f"at most {MOST_PATIENTS:,}, or all")  # fmt: skip
    if number is None or number < 1:
        raise InputError(
            "not a number of patients", key="--patients", value=text,
            allowed="a whole number, at least one for each practice of the place, or all",
        )  # fmt: skip
    return number


def _that_can_be(patients: int | Literal["all"] | None, place: str) -> int | Literal["all"] | None:
    """`patients`, refused at once where a place that is not drawn yet surely has fewer."""
    from model.places.named_places import named_places

    people = named_places().get(place, {}).get("population", MOST_PATIENTS)
    if isinstance(patients, int) and patients > people:
        raise InputError(f"{place} has no more than {people:,} patients", key="--patients",
                       value=patients,
                       allowed=f"a whole number of at most {people:,}, or all")  # fmt: skip
    return patients


def levers_of(texts: Iterable[str]) -> dict[str, float]:
    """The values of several `lever=value`; `calibrated=K` stands for all of calibrated set K."""
    from experiments.studies.ensemble import CALIBRATED, calibrated_set

    given: dict[str, float] = {}
    for name, value in map(lever_of, texts):
        if name in given:
            raise InputError(f"{name} is set twice", key="--set",
                           value=f"{given[name]:g} and {value:g}", allowed="one value")  # fmt: skip
        given[name] = value
    number = given.pop(CALIBRATED, None)
    return given if number is None else {**calibrated_set(number), **given}


def lever_of(text: str) -> tuple[str, float]:
    """The name and value of a text `lever=value`; the value is checked with the parameters."""
    name, equals, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not (equals and name.strip()):
        raise InputError(
            "not a lever with a number", key="--set", value=text, allowed="lever=value"
        )
    if not math.isfinite(number):
        raise InputError(f"{name.strip()}: not a finite number", key="--set", value=value,
                       allowed="lever=value with a number")  # fmt: skip
    return name.strip(), int(number) if number.is_integer() else number


def policies_of(expressions: Iterable[str]) -> "dict[str, Policy]":
    """The policies of several names or expressions by their names, in the order given.

    What is asked for twice is said; `InputError` if two that differ have one name.
    """
    from model.policies.policy_finding import find_policy

    asked = [(expression, find_policy(expression)) for expression in expressions]
    found = {policy.name: policy for _, policy in asked}
    for _, policy in asked:  # nothing is said of what is refused
        if found[policy.name] != policy:
            raise InputError("two policies of this name; give a file another name", key="policy",
                           value=policy.name)  # fmt: skip
    said = set()
    for expression, policy in asked:
        if policy.name in said:
            _say(f"{policy.name}: asked for twice, lived once")
        _say_which(expression)
        said.add(policy.name)
    return found


def two_policies(policy: str, against: str) -> "tuple[Policy, Policy]":
    """The policies to put beside each other, `against` first; `InputError` if they are the same."""
    from model.policies.policy_finding import find_policy

    if find_policy(policy) == find_policy(against):
        raise InputError("the same policy twice", key="--against", value=against,
                       allowed="another policy")  # fmt: skip
    first, second = policies_of([against, policy]).values()
    return first, second


def with_status_quo(expressions: Sequence[str]) -> "dict[str, Policy]":
    """The policies to compare, each once, the status quo first."""
    others = (one for one in expressions or DEFAULT_POLICIES if one != STATUS_QUO)
    return policies_of([STATUS_QUO, *others])


def _say_which(expression: str) -> None:
    """Say which is meant where a file here and a shipped policy have one name."""
    from model.policies.policy_finding import policy_names

    for part in map(str.strip, expression.split("+")):
        name = part.partition(":")[0]
        if name.endswith(".toml") and Path(name).stem in policy_names():
            _say(f"{name}: this file, not the shipped policy {Path(name).stem}")
        elif name in policy_names() and Path(f"{name}.toml").is_file():
            _say(f"{name}: the shipped policy, not the file {name}.toml in this directory")
