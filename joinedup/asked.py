"""What calls from a notebook may be given: the options of the command, as Python values."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

from experiments.commands import command_options as asked
from experiments.runs.options import MOST_REPLICATES, REPLICATES, Options, whole_number
from model.input.errors import InputError


class RunArguments(TypedDict, total=False):
    """Options that all calls take; the defaults are those of the command.

    place: a name of `places()`, or a folder. data: folder of the published statistics, for real
    places. patients: how many are simulated, or "all". years: from 1. seed: the luck, or the first
    of several. levers: values by the names of `levers()`. without: mechanisms to switch off. minds:
    "reasoned", "inert", "random" or "greedy". threads: of one run; results are the same. quick: few
    patients, 5 years.
    """

    place: str
    data: str | Path | None
    patients: int | str | None
    years: int | None
    seed: int
    levers: Mapping[str, float]
    without: Sequence[str]
    minds: str
    threads: int
    quick: bool


def options_of(given: RunArguments) -> Options:
    """The options, checked; `InputError` about the first that is not usable."""
    levers = [f"{name}={value!r}" for name, value in given.get("levers", {}).items()]
    data, patients = given.get("data"), given.get("patients")
    return asked.checked_options(
        place=given.get("place", "anyshire"),
        data=None if data is None else Path(data),
        patients=None if patients is None else str(patients),
        years=given.get("years"),
        seed=given.get("seed", 0),
        levers=levers,
        without=list(given.get("without", ())),
        threads=given.get("threads", 1),
        minds=given.get("minds", "reasoned"),
        quick=given.get("quick", False),
    )


def replicates_of(replicates: int | None, given: RunArguments) -> int:
    """How many seeds: the command's default where nothing is said."""
    usual = asked.REPLICATES_QUICK if given.get("quick") else REPLICATES
    return whole_number("replicates", usual if replicates is None else replicates,
                              MOST_REPLICATES)  # fmt: skip


def path_of(folder: str | Path | None) -> Path | None:
    """A folder as a path, if one is given; `InputError` if it has no name."""
    if folder is not None and not str(folder).strip():
        raise InputError("an empty name", key="path")
    return None if folder is None else Path(folder)
