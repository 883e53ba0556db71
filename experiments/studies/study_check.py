"""What a study may not ask for: names that do not exist, empty ranges, impossible combinations."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.measures.outcomes import check_outcomes
from experiments.runs.options import LARGEST_SEED
from experiments.studies.designs import bounds, calibrated_sets, size_of
from experiments.studies.study import Range, Study, Values
from model.input.errors import InputError
from model.parameters import Parameters, load_parameters
from model.policies.policy import Policy
from model.policies.policy_finding import find_policy

if TYPE_CHECKING:
    from model.places.place import Place

MOST_RUNS = 10_000_000


def check_names(study: Study, file: Path) -> None:
    """`InputError` about the first thing in a study that cannot be run."""
    parameters = load_parameters()
    for key in ("places", "minds", "decisions", "outcomes"):
        _each_once(getattr(study, key), key, file)
    if "free" not in study.decisions:
        raise InputError("decisions must be free in some runs", file=file, key="decisions",
                       value=list(study.decisions),
                       allowed='["free"] or ["free", "replayed"]')  # fmt: skip
    _check_policies(study, file)
    check_outcomes(study.outcomes, "outcomes", file)
    _check_levers(study, parameters, file)
    _check_uncertain(study, parameters, file)
    _check_design(study, parameters, file)
    _check_size(study, file)


def _each_once(names: Sequence[str], key: str, file: Path) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError("named twice", file=file, key=key, value=name)


def _check_policies(study: Study, file: Path) -> None:
    policies = named_policies(study, file)
    against = find_policy(study.against, study.folder).name
    alone = len(policies) == 1 and against == "status_quo" and "replayed" not in study.decisions
    regimes = any(name.startswith("regime.") for name in study.outcomes)
    if against not in policies and (regimes or not alone):
        raise InputError(
            "the policy that others are put beside must be one of the policies: add it to them,"
            " or name another",
            file=file, key="against", value=study.against, allowed=policies,
        )  # fmt: skip


def named_policies(study: Study, file: Path) -> dict[str, Policy]:
    """The policies of a study by their names; `InputError` if one is unsound or named twice."""
    found: dict[str, Policy] = {}
    for expression in study.policies:
        try:
            policy = find_policy(expression, study.folder)
        except InputError as error:
            raise in_file(error, file, "policies") from None
        if policy.name in found:
            raise InputError("named twice", file=file, key="policies", value=policy.name)
        found[policy.name] = policy
    return found


def _check_levers(study: Study, parameters: Parameters, file: Path) -> None:
    for name, values in study.levers.items():
        listed = values if isinstance(values, tuple) else (values,)
        if not listed:
            raise InputError("a lever without a value", file=file, key=f"levers.{name}")
        _each_once(listed, f"levers.{name}", file)  # type: ignore[arg-type]
        _usable(parameters, name, listed, file, "levers")


def _check_uncertain(study: Study, parameters: Parameters, file: Path) -> None:
    for name, spread in study.uncertain.items():
        key = f"uncertain.{name}"
        if name in study.levers:
            raise InputError("both a lever and uncertain", file=file, key=key)
        entry = parameters.entry(name, file, "uncertain")
        if spread == "range" and (entry.low is None or entry.high is None):
            raise InputError("this parameter has no range of its own", file=file, key=key,
                           value=spread, allowed="{ low = NUMBER, high = NUMBER }")  # fmt: skip
        if isinstance(spread, Range) and not spread.low < spread.high:
            raise InputError("an empty range", file=file, key=key,
                           value=f"{spread.low:g} to {spread.high:g}",
                           allowed="low below high")  # fmt: skip
        if isinstance(spread, Values):
            _each_once(spread.values, key, file)  # type: ignore[arg-type]
            _usable(parameters, name, spread.values, file, "uncertain")
        else:
            _usable(parameters, name, bounds(study, name, parameters), file, "uncertain")


def _usable(
    parameters: Parameters, name: str, values: Iterable[float], file: Path, table: str
) -> None:
    for value in values:
        parameters.entry(name, file, table).checked(value, file)


def _check_design(study: Study, parameters: Parameters, file: Path) -> None:
    design, method = study.design, study.design.method
    if design.ensemble is not None and method != "calibrated":
        raise InputError("only a calibrated design has an ensemble", file=file,
                       key="design.ensemble", value=f'method = "{method}"')  # fmt: skip
    if method == "list":
        _check_listed(study, parameters, file)
        return
    if design.sets:
        raise InputError("only a list design has sets", file=file, key="design.sets",
                       value=f'method = "{method}"')  # fmt: skip
    if method == "calibrated":
        _check_calibrated(study, file)
        return
    if not study.uncertain:
        raise InputError("a design without uncertain parameters", file=file, key="design.method",
                       value=method, allowed="a table [uncertain], or no design")  # fmt: skip
    if design.points is None and method in ("latin_hypercube", "sobol"):
        raise InputError("this design needs a number of points", file=file, key="design.points")
    if method == "sobol" and (design.points or 0) & ((design.points or 0) - 1):
        raise InputError("a Sobol design needs a power of two", file=file, key="design.points",
                       value=design.points, allowed="1, 2, 4, 8, 16 ...")  # fmt: skip
    ranges = [name for name, spread in study.uncertain.items() if not isinstance(spread, Values)]
    if method == "grid" and ranges and design.points == 1:
        raise InputError("a grid over a range needs two points or more", file=file,
                       key="design.points", value=1)  # fmt: skip
    if method == "grid" and ranges and design.points is None:
        raise InputError("a grid needs a number of points for its ranges", file=file,
                       key="design.points")  # fmt: skip


def _check_calibrated(study: Study, file: Path) -> None:
    if study.uncertain:
        raise InputError("calibrated sets say what is uncertain", file=file, key="[uncertain]",
                       allowed="levers that the sets do not name")  # fmt: skip
    sets = calibrated_sets(study)
    for name in study.levers:
        if name in sets[0]:
            raise InputError("both a lever and in the calibrated sets", file=file,
                           key=f"levers.{name}")  # fmt: skip
    if study.design.points is not None and study.design.points > len(sets):
        raise InputError("more than there are calibrated sets", file=file, key="design.points",
                       value=study.design.points, allowed=f"at most {len(sets)}")  # fmt: skip


def _check_listed(study: Study, parameters: Parameters, file: Path) -> None:
    if study.uncertain:
        raise InputError("uncertain parameters need a design that draws them", file=file,
                       key="[design]", allowed='a method: "grid", "latin_hypercube", "sobol" or'
                       ' "one_at_a_time"')  # fmt: skip
    if study.design.points is not None:
        raise InputError("a list design has sets, not points", file=file, key="design.points",
                       value=study.design.points)  # fmt: skip
    sets = study.design.sets
    for k, one in enumerate(sets):
        if set(one) != set(sets[0]):
            raise InputError("every set must give the same parameters", file=file,
                           key=f"design.sets.{k}", value=sorted(one),
                           allowed=", ".join(sorted(sets[0])))  # fmt: skip
        for name, value in one.items():
            if name in study.levers:
                raise InputError(
                    "both a lever and in a set", file=file, key=f"design.sets.{k}.{name}"
                )
            _usable(parameters, name, [value], file, "design.sets")


def runs_of(study: Study, sets: int | None = None) -> int:
    """How many runs a study asks for, with so many sets of parameters (else at most)."""
    replayed = len(study.policies) - 1 if "replayed" in study.decisions else 0
    arms = (len(study.policies) + replayed) * len(study.minds)
    sets = size_of(study) if sets is None else sets
    return sets * len(study.places) * study.replicates * arms


def _check_size(study: Study, file: Path) -> None:
    if study.seed + study.replicates - 1 > LARGEST_SEED:
        raise InputError("the last seed is too large", file=file, key="seed", value=study.seed,
                       allowed=f"at most {LARGEST_SEED - study.replicates + 1:,}")  # fmt: skip
    if runs_of(study) > MOST_RUNS:
        raise InputError("too many runs for one study", file=file, key="design",
                       value=f"{runs_of(study):,}", allowed=f"at most {MOST_RUNS:,}")  # fmt: skip


def check_places(study: Study, places: "dict[str, Place]", file: str) -> None:
    """`InputError` if a place has fewer people than patients asked for, or more practices."""
    from model.month.preparing import check_patients

    for place in places.values():
        if study.patients != "all":
            check_patients(place, int(study.patients), file=file)


def in_file(error: InputError, file: str | Path, key: str) -> InputError:
    """The same mistake, said of the study that named the thing, unless the thing is a file."""
    names = str(error.allowed).split(", ") if error.allowed else None
    if error.file:
        return error
    return InputError(error.problem, file=file, key=key, value=error.value, allowed=names)
