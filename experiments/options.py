"""What a run is asked for: options of the command, checked before anything is done."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.errors import BadInput
from model.sizes import PATIENTS, PATIENTS_QUICK

if TYPE_CHECKING:
    from experiments.executors import Pool
    from experiments.handover import Handed
    from model.parameters import Parameters
    from model.place import Place
    from model.policy import Policy
    from model.setup import Setup

YEARS_QUICK, REPLICATES_QUICK = 5, 4  # of a first look, with PATIENTS_QUICK
YEARS, REPLICATES = 10, 20
WINDOW_YEARS = 3  # over which outcomes are averaged
LONGEST_YEARS, MOST_REPLICATES, MOST_WORKERS = 50, 10_000, 1_024
LARGEST_SEED = 2**32 - 1
MINDS = ("reasoned", "inert", "random", "greedy")


@dataclass(frozen=True)
class Options:
    """What all runs of one command share.

    `patients`: None is the default of all commands, "all" is everyone registered.
    """

    place: str = "anyshire"
    data: Path | None = None
    patients: int | str | None = None
    years: int = YEARS
    seed: int = 0
    levers: dict[str, float] = field(default_factory=dict)
    threads: int = 1
    minds: str = "reasoned"
    patients_by_default: int = PATIENTS

    def prepare(self) -> "Setup":
        """The place and parameters made ready for runs; `BadInput` if they cannot be."""
        from model.compiling import compiled

        return compiled(self._prepare)

    def _prepare(self) -> "Setup":
        from model.place import find_place
        from model.setup import prepare

        parameters = self.parameters()
        place = find_place(self.place, self.data)
        return prepare(place, parameters, self.patients_at(place))

    def parameters(self) -> "Parameters":
        """The parameters of the model with the levers that were set."""
        from model.parameters import load_parameters

        return load_parameters().with_values(self.levers, "--set")

    def patients_at(self, place: "Place") -> int:
        """How many patients of the place are simulated: at least one a practice by default."""
        people = registered_in(place)
        if self.patients == "all":
            return people
        if self.patients is not None:
            return int(self.patients)
        return min(people, max(self.patients_by_default, len(place.practices)))


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
    """The options of a command line; `BadInput` about the first that is not usable."""
    if minds not in MINDS:
        raise BadInput("no such mind", key="--minds", value=minds, allowed=MINDS)
    return Options(
        place=place,
        data=data,
        patients=patients_of(patients),
        years=whole_number("--years", _or(years, YEARS_QUICK if quick else YEARS), LONGEST_YEARS),
        seed=whole_number("--seed", seed, LARGEST_SEED, least=0),
        levers={**switched_off(without), **levers_of(levers)},
        threads=whole_number("--threads", threads, MOST_WORKERS),
        minds=minds,
        patients_by_default=PATIENTS_QUICK if quick else PATIENTS,
    )


def switched_off(mechanisms: Sequence[str]) -> dict[str, float]:
    """The levers with which these mechanisms do nothing; `BadInput` if there is no such one."""
    if not mechanisms:
        return {}
    from model.parameters import load_parameters

    known = load_parameters().mechanisms()
    levers: dict[str, float] = {}
    for name in mechanisms:
        if name not in known:
            raise BadInput("no such mechanism", key="--without", value=name, allowed=known)
        levers |= known[name]
    return levers


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def whole_number(key: str, value: int, most: int, least: int = 1) -> int:
    """`value` if it lies from `least` to `most`."""
    if not least <= value <= most:
        raise BadInput(
            "out of range", key=key, value=value, allowed=f"a whole number from {least} to {most:,}"
        )
    return value


def workers_of(workers: int | None) -> int:
    """How many processes to use: all usable cores if nothing is said."""
    from experiments.executors import usable_cores

    return whole_number("--workers", usable_cores() if workers is None else workers, MOST_WORKERS)


def patients_of(text: str | None) -> int | str | None:
    """How many patients a text asks for: a whole number, "all", or None for the default."""
    if text is None or text == "all":
        return text
    if not text.isdecimal() or int(text) < 1:
        raise BadInput(
            "not a number of patients", key="--patients", value=text,
            allowed="a whole number of at least 1, or all",
        )  # fmt: skip
    return int(text)


def levers_of(texts: Iterable[str]) -> dict[str, float]:
    """The values of several `lever=value`; `calibrated=K` stands for all of calibrated set K."""
    from experiments.ensemble import CALIBRATED, calibrated_set

    given = dict(lever_of(text) for text in texts)
    number = given.pop(CALIBRATED, None)
    return given if number is None else {**calibrated_set(number), **given}


def lever_of(text: str) -> tuple[str, float]:
    """The name and value of a text `lever=value`; the value is checked with the parameters."""
    name, equals, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not equals or math.isnan(number):
        raise BadInput("not a lever with a number", key="--set", value=text, allowed="lever=value")
    return name.strip(), int(number) if number.is_integer() else number


def policies_of(expressions: Iterable[str]) -> "dict[str, Policy]":
    """The policies of several names or expressions by their names, in the order given."""
    from model.policy import find_policy

    found = [find_policy(expression) for expression in expressions]
    return {policy.name: policy for policy in found}


def last_window(years: int) -> tuple[int, int]:
    """The last three years, or all of a shorter run."""
    return max(1, years - WINDOW_YEARS + 1), years


def registered_in(place: "Place") -> int:
    """How many people are registered in a place."""
    return int(place.practices["list_size"].sum())


def described(place: "Place", options: Options) -> dict[str, Any]:
    """What identifies the world of a run: place, patients, parameters, years, seed, minds.

    A lever that is set to its central value is as good as not set.
    """
    from model.parameters import load_parameters

    moved = {n: v for n, v in options.levers.items() if v != load_parameters()[n]}
    return {
        "place": {"name": place.name, "title": place.title, "hash": place.hash()}
        | licence_of(place),
        "patients": options.patients_at(place),
        "registered": registered_in(place),
        "parameters": options.parameters().hash(),
        "levers": moved,
        "years": options.years,
        "seed": options.seed,
        "minds": options.minds,
    }


def licence_of(place: "Place") -> dict[str, str]:
    """The sentence that the licence of published statistics asks for; nothing of a drawn place."""
    return {} if place.synthetic else {"licence": place.licence}


def pool_opener(workers: int, cluster: str | None, slurm: bool) -> "Callable[[int, Handed], Pool]":
    """What opens the pool that was asked for, once the number of jobs and the places are known.

    `BadInput` if there is no such cluster.
    """
    from experiments import executors

    if cluster:
        pool = executors.dask_pool(cluster)
        return lambda jobs, places: pool
    if slurm:
        executors.check_slurm()
        return lambda jobs, places: executors.slurm_pool(workers, jobs)
    return lambda jobs, places: executors.local_pool(workers, places)
