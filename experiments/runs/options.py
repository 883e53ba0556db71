"""What a run is asked for, and what identifies it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from model.input.errors import InputError
from model.sizes import PATIENTS

if TYPE_CHECKING:
    from model.parameters import Parameters
    from model.places.place import Place
    from model.state.setup import Setup


YEARS, REPLICATES = 10, 20


LONGEST_YEARS, MOST_REPLICATES, MOST_WORKERS = 50, 10_000, 1_024


LARGEST_SEED = 2**32 - 1


HIGHEST_PORT = 65_535


MOST_PATIENTS = 10**9


BOUNDS = {  # of options that mean the same in every command
    "--years": (1, LONGEST_YEARS), "--seed": (0, LARGEST_SEED), "--threads": (1, MOST_WORKERS),
    "--workers": (1, MOST_WORKERS), "--port": (0, HIGHEST_PORT),
}  # fmt: skip


STATUS_QUO = "status_quo"


MINDS = ("reasoned", "inert", "random", "greedy")


@dataclass(frozen=True)
class Options:
    """What all runs of one command share.

    `patients`: None is the default of all commands, "all" is everyone registered.
    """

    place: str = "anyshire"
    data: Path | None = None
    patients: int | Literal["all"] | None = None
    years: int = YEARS
    seed: int = 0
    levers: dict[str, float] = field(default_factory=dict)
    threads: int = 1
    minds: str = "reasoned"
    patients_by_default: int = PATIENTS

    def prepare(self) -> "Setup":
        """The place and parameters made ready for runs; `InputError` if they cannot be."""
        from model.month.compiling import compiled

        return compiled(self._prepare)

    def _prepare(self) -> "Setup":
        from experiments.runs.memory import check_memory
        from model.month.preparing import prepare
        from model.places.place_finding import find_place

        parameters = self.parameters()
        place = find_place(self.place, self.data)
        check_memory(place, self.patients_at(place))
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


def whole_number(key: str, value: int, most: int, least: int = 1) -> int:
    """`value` if it lies from `least` to `most`.

    `key`: what it is called in the refusal.
    """
    if not least <= value <= most:
        raise InputError("out of range", key=key, value=value, allowed=_whole_from(least, most))
    return value


def bounded(option: str, value: int) -> int:
    """The value of an option of `BOUNDS` if it lies in them."""
    least, most = BOUNDS[option]
    return whole_number(option, value, most, least)


def bounds_told(option: str) -> str | None:
    """What an option of `BOUNDS` may be; None of others."""
    return _whole_from(*BOUNDS[option]) if option in BOUNDS else None


def _whole_from(least: int, most: int) -> str:
    return f"a whole number from {least} to {most:,}"


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
