"""Waves of a calibration: lived as sweeps, matched, and what is left of the space kept as a file.

manifest.json     what was asked; at the end what was found
wave_1/ ...       the folder of a sweep each
calibrated.toml   sets not ruled out, the central one first
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.calibration.calibration import Problem, cannot_run, outputs_of
from experiments.calibration.found import beside_rows, found_rows
from experiments.calibration.history_matching import (
    Runs,
    Space,
    kept_sets,
    match,
    next_sets,
    runs_of,
)
from experiments.runs.executors import pool_opener, usable_cores
from experiments.runs.folders import (
    MANIFEST,
    RUNS,
    check_parent,
    hash_of,
    kept,
    manifest_of,
    write_manifest,
)
from experiments.runs.jobs import DONE, compile_first, live_job
from experiments.runs.options import described
from experiments.studies.designs import ParameterSet
from experiments.studies.ensemble import Ensemble, write_ensemble
from experiments.studies.store import STUDY, read_results
from experiments.studies.study import Design, Study
from experiments.studies.sweep import sweep
from experiments.studies.sweep_reading import read_study
from experiments.terminal.output import duration, plain, say
from experiments.validation.outputs import Output
from experiments.validation.target_plan import TargetPlan, places_of, target_plan
from experiments.validation.validate import TrialSize, check_places
from model.input.errors import InputError, RunFailed

if TYPE_CHECKING:
    from model.places.place import Place

ENSEMBLE = "calibrated.toml"
BESIDE = 10  # sets lived with other minds, or without a mechanism


@dataclass(frozen=True)
class Calibration:
    """A problem made ready: its figures, its places, what all runs share, and its folder."""

    problem: Problem
    size: TrialSize
    places: "dict[str, Place]"
    outputs: list[Output]
    workers: int
    folder: Path

    @property
    def space(self) -> Space:
        """The parameters that move: all of the problem that were not set by hand."""
        return Space(self.problem, self.size.options.levers)

    def people(self) -> dict[str, float]:
        """How many people each place stands for."""
        return {n: float(p.areas["population"].sum()) for n, p in self.places.items()}


def calibration_of(
    problem: Problem, size: TrialSize, workers: int, out: Path | None
) -> tuple[Calibration, dict[str, Any]]:
    """The problem made ready, and its manifest; `InputError` if it cannot be run."""
    from model.places.place_finding import find_place

    options = size.options
    place = find_place(options.place, options.data)
    outputs = runnable(outputs_of(problem, place, size))
    if not outputs:
        raise InputError("no figure can be run: there are no policies for them", key="targets")
    names = dict.fromkeys([options.place, *places_of(outputs)])
    places = {name: find_place(name, options.data) for name in names}
    check_places(size, places)
    if not Space(problem, options.levers).names:
        raise InputError("no parameter is left to move", key="--set", value=list(options.levers))
    manifest = _manifest(problem, size, places, outputs)
    folder = out or RUNS / f"calibrate_{hash_of(manifest)}"
    check_parent(folder)
    return Calibration(problem, size, places, outputs, workers, folder), manifest


def runnable(outputs: Sequence[Output]) -> list[Output]:
    """The figures that there are policies for; the others are said."""
    for output in outputs:
        if missing := cannot_run(output):
            say(f"{output.name}: cannot be run, there is no policy {' or '.join(missing)}")
    return [output for output in outputs if not cannot_run(output)]


def _manifest(
    problem: Problem, size: TrialSize, places: "Mapping[str, Place]", outputs: Sequence[Output]
) -> dict[str, Any]:
    about = described(places[size.options.place], size.options)
    about |= {
        "replicates": len(size.seeds),
        "problem": problem.model_dump(mode="json"),
        "outputs": [output.name for output in outputs],
        "places": {name: place.hash() for name, place in places.items()},
    }
    plan = target_plan(_study("", size, places, [{}]), outputs, dict(places), size.options.data)
    return manifest_of("calibrate", about, plan.policies)


def calibrate_and_keep(
    asked: Calibration, manifest: dict[str, Any], may_be_there: bool, save: Path | None
) -> dict[str, Any]:
    """Live the waves, or what is left of them, and keep what was found: the results."""
    results = kept(asked.folder, manifest, may_be_there) if begun(asked.folder) else None
    if results:
        say(f"This has been calibrated before: {asked.folder}")
    else:
        asked.folder.mkdir(parents=True, exist_ok=True)
        write_manifest(asked.folder, manifest, {})
        results = plain(_calibrated(asked))
        write_manifest(asked.folder, manifest, results)
    ensemble = Ensemble(about_ensemble(manifest, results), results["sets"])
    write_ensemble(asked.folder / ENSEMBLE, ensemble)
    if save is not None:
        write_ensemble(save, ensemble)
    return results


def begun(folder: Path) -> bool:
    """Whether there is more in a folder than what a start that was cut off leaves."""
    if not folder.is_dir():
        return folder.exists()
    return any(path.name != f"{MANIFEST}.partial" for path in folder.iterdir())


def about_ensemble(manifest: Mapping[str, Any], results: Mapping[str, Any]) -> dict[str, Any]:
    """What a file of sets says about where they come from."""
    place, first = manifest["place"], manifest["seed"]
    seeds = list(range(first, first + manifest["replicates"]))
    return {
        "title": manifest["problem"]["title"], "command": manifest["command"],
        "code": manifest["code"], "place": place["name"], "place_hash": place["hash"],
        "patients": manifest["patients"], "seeds": seeds,
        "minds": manifest["minds"], "cutoff": manifest["problem"]["cutoff"],
        "above": results["above"], "lived": sum(w["sets"] for w in results["waves"]),
        "ruled_out": results["ruled_out"], "outputs": manifest["outputs"],
    }  # fmt: skip


def _calibrated(asked: Calibration) -> dict[str, Any]:
    """Wave after wave until enough sets are left, or the waves are over."""
    problem, space, seed = asked.problem, asked.space, asked.size.options.seed
    runs, waves, found = None, [], None
    for number in range(1, problem.waves + 1):
        sets = next_sets(problem, space, found) if found else space.first(problem.sets, seed)
        wave, failed = _wave(asked, number, sets)
        runs = wave if runs is None else runs.joined(wave)
        say(f"wave {number}: emulating {len(asked.outputs)} figures")
        found = match(problem, space, asked.outputs, runs, seed + number)
        left, above = kept_sets(problem, found)
        waves.append({"wave": number, "sets": len(wave.sets) + failed, "failed": failed,
                      "not_ruled_out": len(left), "above": above, "space": found.space,
                      "space_above": found.above})  # fmt: skip
        if len(left) >= problem.enough:
            break
    assert found is not None
    return {"waves": waves, **found_rows(problem, space, asked.outputs, found)}


def _wave(asked: Calibration, number: int, sets: list[ParameterSet]) -> tuple[Runs, int]:
    """The runs of a wave, lived or gone on with; its folder knows its sets once it has begun."""
    folder = asked.folder / f"wave_{number}"
    if (folder / STUDY).exists():
        sets = [dict(one) for one in read_study(folder / STUDY).design.sets]
    return lived_sets(asked, folder, f"Wave {number}", sets, asked.size)


def lived_sets(
    asked: Calibration, folder: Path, title: str, sets: list[ParameterSet], size: TrialSize
) -> tuple[Runs, int]:
    """Sets lived as a sweep in a folder, and how many failed."""
    study = _study(title, size, asked.places, sets)
    plan = target_plan(study, asked.outputs, asked.places, size.options.data)
    if not folder.exists():
        _tell_time(asked, plan)
    opener = pool_opener(asked.workers, None, False)
    sweep(plan, folder, folder.exists(), opener)
    results = read_results(folder)
    runs, failed = runs_of(results, sets, asked.outputs, asked.people())
    if not runs.sets:
        reason = results.loc[results["status"] != DONE, "reason"].iloc[0]
        raise RunFailed(f"{folder}: every set failed, the first because: {reason}")
    return runs, failed


def _study(
    title: str, size: TrialSize, places: "Mapping[str, Place]", sets: list[ParameterSet]
) -> Study:
    """The study of a wave, with the file in which its sets are written down."""
    options = size.options
    study = Study(
        title=title or "sets", policies=("status_quo",), places=tuple(places),
        patients=options.patients or options.patients_by_default, years=options.years,
        replicates=len(size.seeds), seed=options.seed, minds=(options.minds,),
        levers=dict(options.levers), design=Design(sets=tuple(sets)),
    )  # fmt: skip
    return study.model_copy(update={"text": _written(study)})


def _written(study: Study) -> str:
    """A study as TOML, as far as a later start needs it."""
    rows = [", ".join(f'"{name}" = {value!r}' for name, value in s.items())
            for s in study.design.sets]  # fmt: skip
    return "\n".join([
        f'title = "{study.title}"', 'policies = ["status_quo"]', "", "[design]",
        'method = "list"', "sets = [", *(f"  {{ {row} }}," for row in rows), "]", "",
    ])  # fmt: skip


def _tell_time(asked: Calibration, plan: TargetPlan) -> None:
    """Say how long a sweep of sets will take, by one job of each place that is thrown away."""
    jobs, seconds = list(plan.jobs()), 0.0
    for place in plan.places:
        of_place = [job for job in jobs if job.options.place == place]
        compile_first(of_place[0])
        begun = time.perf_counter()
        live_job(of_place[0])
        seconds += (time.perf_counter() - begun) * len(of_place)
    processes = min(asked.workers, usable_cores())
    say(f"{plan.study.title}: {len(plan.sets)} sets, {len(jobs)} jobs, about"
        f" {duration(seconds / processes)} with {processes} processes")  # fmt: skip


def beside(
    asked: Calibration, results: Mapping[str, Any], minds: str, without: Mapping[str, float],
    name: str,
) -> list[dict[str, Any]]:  # fmt: skip
    """The first of the sets that are left lived with other minds or without a mechanism.

    One row a figure: how many of the sets bring it within the cut-off, as they are and so.
    """
    options = asked.size.options
    changed = replace(options, minds=minds, levers={**options.levers, **without})
    sets = [{n: v for n, v in one.items() if n not in without} for one in results["sets"][:BESIDE]]
    size = TrialSize(changed, asked.size.seeds)
    runs, _ = lived_sets(asked, asked.folder / f"beside_{name}", name, sets, size)
    return beside_rows(asked.problem, asked.outputs, results["figures"], runs)
