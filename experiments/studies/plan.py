"""From a study to its runs: every run with its address, and the jobs that live them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.runs.folders import installed, manifest_of
from experiments.runs.jobs import Arm, Job, address_of, arms_of
from experiments.runs.options import Options, described, licence_of, registered_in
from experiments.studies.designs import ParameterSet, parameter_sets
from experiments.studies.study import NOT_WRITTEN, Study
from model.input.errors import InputError

if TYPE_CHECKING:
    from model.places.place import Place
    from model.policies.policy import Policy

RUN_COLUMNS = (
    "number", "run", "policy", "decisions", "place", "patients", "years", "minds", "set",
    "replicate", "seed",
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A place, minds and a set of parameters: what its replicates share."""

    place: str
    minds: str
    number: int  # of the set
    parameters: ParameterSet


@dataclass(frozen=True)
class Plan:
    """A study made ready: its places by name, its policies, and where published data lie."""

    study: Study
    places: "dict[str, Place]"
    policies: "dict[str, Policy]"
    sets: list[ParameterSet]
    data: Path | None = None

    def jobs(self) -> Iterator[Job]:
        """Every job in order: by place, minds, set, seed."""
        for cell in self._cells():
            options = self._options(cell)
            about = described(self.places[cell.place], options)
            for seed in self.seeds():
                yield self._job(options, {**about, "seed": seed})

    def seeds(self) -> range:
        """The seed of every replicate; the same in all sets, so that sets share their luck too."""
        return range(self.study.seed, self.study.seed + self.study.replicates)

    def _cells(self) -> Iterator[Cell]:
        for place in self.study.places:
            for minds in self.study.minds:
                for number, parameters in enumerate(self.sets):
                    yield Cell(place, minds, number, parameters)

    def _options(self, cell: Cell) -> Options:
        study = self.study
        options = Options(
            place=cell.place, data=self.data, patients=study.patients, years=study.years,
            seed=study.seed, levers=cell.parameters, minds=cell.minds,
        )  # fmt: skip
        return replace(options, patients=options.patients_at(self.places[cell.place]))

    def _job(self, options: Options, about: dict[str, Any]) -> Job:
        against = self.study.against
        arms = [
            arm._replace(address=address_of(about, self.policies, arm, against))
            for arm in arms_of(self.study.policies, self.study.decisions, against)
        ]
        return Job(
            options=replace(options, seed=about["seed"]), policies=self.policies, arms=tuple(arms),
            place_hash=about["place"]["hash"], code=installed(), against=against,
        )  # fmt: skip

    def run_table(self, jobs: Sequence[Job]) -> Any:
        """Every run the study asks for, in order, as an Arrow table."""
        import pyarrow as pa

        names = list(dict.fromkeys(name for one in self.sets for name in one))
        columns: dict[str, list[Any]] = {key: [] for key in (*RUN_COLUMNS, *names)}
        for cell, job in zip(self._cells_by_seed(), jobs, strict=True):
            for arm in job.arms:
                self._add_row(columns, cell, job.options, arm)
        _centre(columns, names)
        return pa.table(columns)

    def _cells_by_seed(self) -> Iterator[Cell]:
        return (cell for cell in self._cells() for _ in self.seeds())

    def _add_row(
        self, columns: dict[str, list[Any]], cell: Cell, options: Options, arm: Arm
    ) -> None:
        row = {
            "number": len(columns["number"]), "run": arm.address, "policy": arm.policy,
            "decisions": arm.decisions, "place": cell.place,
            "patients": options.patients, "years": options.years,
            "minds": cell.minds, "set": cell.number, "replicate": options.seed - self.study.seed,
            "seed": options.seed, **cell.parameters,
        }  # fmt: skip
        for key, column in columns.items():
            column.append(row.get(key))

    def manifest(self) -> dict[str, Any]:
        """All that the results depend on."""
        asked = self.study.model_dump(mode="json", exclude=NOT_WRITTEN)
        places = {name: self._place(place) for name, place in self.places.items()}
        return manifest_of("sweep", {"study": asked, "places": places}, self.policies)

    def _place(self, place: "Place") -> dict[str, Any]:
        """What identifies a place, and how many of its people are simulated."""
        simulated = Options(patients=self.study.patients).patients_at(place)
        return {
            "title": place.title, "hash": place.hash(), "patients": simulated,
            "registered": registered_in(place), **licence_of(place),
        }  # fmt: skip


def _centre(columns: dict[str, list[Any]], names: Iterable[str]) -> None:
    """Where a set leaves a parameter alone, write its central value."""
    from model.parameters import load_parameters

    for name in names:
        central = load_parameters()[name]
        columns[name] = [float(central if v is None else v) for v in columns[name]]


def plan_of(study: Study, data: Path | None, file: str) -> Plan:
    """A study with its places built, its policies named and its sets drawn.

    `InputError` if a place cannot be used.
    """
    from experiments.studies.study_check import check_places, in_file, named_policies
    from model.parameters import load_parameters
    from model.places.place_finding import find_place
    from model.policies.policy_finding import find_policy

    try:
        study = study.model_copy(update={"places": tuple(map(study.place_of, study.places))})
        places = {name: find_place(name, data) for name in study.places}
    except InputError as error:
        raise in_file(error, file, "places") from None
    check_places(study, places, file)
    policies = named_policies(study, Path(file))
    named = {"policies": tuple(policies), "against": find_policy(study.against, study.folder).name}
    study = study.model_copy(update=named)
    return Plan(study, places, policies, parameter_sets(study, load_parameters()), data)
