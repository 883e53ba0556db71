"""The model from a notebook: about ten functions that return data frames or small records::

    import joinedup

    joinedup.policies()
    found = joinedup.compare("carveout_msk", "population_ico", quick=True)
    found.differences
    print(found.verdicts["population_ico"])

Every function takes the options of the command of its name (`joinedup.Asked`), raises
`joinedup.InputError` with one sentence about what cannot be used, and keeps what it lived in
`runs/`,
so that asking again lives only what is new.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Unpack

import pandas as pd

from joinedup.asked import RunArguments, options_of, path_of, replicates_of
from joinedup.records import Comparison, Person, Run
from model.input.errors import InputError

__all__ = [
    "Comparison",
    "InputError",
    "Person",
    "Run",
    "RunArguments",
    "compare",
    "contrast",
    "explain",
    "levers",
    "outcomes",
    "person",
    "places",
    "policies",
    "response",
    "run",
    "sweep",
]  # fmt: skip


def places() -> pd.DataFrame:
    """List the named places: name, title, kind, commissioners."""
    return _catalogue("places", ())


def policies(*about: str) -> pd.DataFrame:
    """List the policies that are about all these words: name, title, help, source."""
    return _catalogue("policies", about)


def outcomes(*about: str) -> pd.DataFrame:
    """List the outcomes: name, family, unit, meaning, smallest effect of interest."""
    return _catalogue("outcomes", about)


def levers(*about: str) -> pd.DataFrame:
    """List the parameters: name, value, unit, low, high, meaning, source or assumption."""
    return _catalogue("levers", about)


def _catalogue(what: str, about: Sequence[str]) -> pd.DataFrame:
    from experiments.catalogue.listing import catalogue

    return pd.DataFrame(catalogue(what, about))


def run(policy: str, *, out: str | Path | None = None, **asked: Unpack[RunArguments]) -> Run:
    """Live one policy, and the status quo of the same seed beside it.

    policy: a name, a TOML file or several (`"a+b"`). out: a new folder for the tables [by hash in
    runs/].
    """
    from experiments.commands.command_options import policies_of
    from experiments.runs.runs import run_and_keep

    (chosen,) = policies_of([policy]).values()
    folder, kept = run_and_keep(chosen, options_of(asked), path_of(out), False)
    return Run(
        manifest=kept["manifest"], folder=folder, scoreboard=pd.DataFrame(kept["rows"]),
        status_quo=pd.DataFrame(kept["usual_rows"]), regimes=pd.DataFrame(kept["regimes"]),
        decisions=pd.DataFrame(kept["decisions"]), no_regimes=kept["no_regimes"],
    )  # fmt: skip


def compare(
    *policies: str,
    replicates: int | None = None,
    random_minds: int = 0,
    workers: int | None = None,
    out: str | Path | None = None,
    figure: str | Path | None = None,
    **asked: Unpack[RunArguments],
) -> Comparison:
    """Put policies beside the status quo: same people, same luck, several replicates.

    policies: names, files or several at once; none are the command's own. replicates: seeds [20].
    random_minds: seeds lived again with organisations that decide at random. workers: processes
    [cores]; results are the same. figure: where to draw it, too. out: a folder for the results.
    """
    from experiments.commands.command_options import with_status_quo, workers_of
    from experiments.effects.comparison import compare_and_keep
    from experiments.effects.paths import read_paths
    from experiments.effects.verdicts import verdict_sentence
    from experiments.studies.rows import policies_in

    folder, kept = compare_and_keep(
        with_status_quo(policies), options_of(asked), replicates_of(replicates, asked),
        random_minds, workers_of(workers), path_of(out), False, path_of(figure),
    )  # fmt: skip
    rows, reason = kept["rows"], kept["no_regimes"]
    told = {name: verdict_sentence(name, rows, reason) for name in policies_in(rows)}
    return Comparison(
        manifest=kept["manifest"], folder=folder, rows=pd.DataFrame(rows),
        paths=pd.DataFrame(read_paths(folder)), verdicts=told, no_regimes=reason,
    )  # fmt: skip


def response(
    lever: str,
    *,
    policy: str = "status_quo",
    points: int = 5,
    outcomes: Sequence[str] = (),
    replicates: int = 8,
    workers: int | None = None,
    **asked: Unpack[RunArguments],
) -> pd.DataFrame:
    """Show how outcomes answer to a lever over its range: levels and paired differences.

    lever: a parameter, a rule of the NHS, or a term of the policy's contracts. points: values over
    its range. outcomes: which ones [headlines]. Rows have 95% intervals.
    """
    from experiments.commands.command_options import workers_of
    from experiments.effects.response import lever_of, respond
    from experiments.measures.outcomes import check_outcomes
    from model.places.place_finding import find_place

    options = options_of(asked)
    check_outcomes(outcomes, "outcomes")
    varied = lever_of(lever, policy, points, find_place(options.place, options.data).year)
    cores = workers_of(workers)
    return pd.DataFrame(respond(varied, policy, options, replicates, cores, outcomes)[-1])


def sweep(
    study: str | Path,
    *,
    out: str | Path | None = None,
    resume: bool = False,
    workers: int | None = None,
    data: str | Path | None = None,
) -> pd.DataFrame:
    """Make every run of a study (a TOML file or a shipped one): a row a run.

    The folder stands in the frame's `attrs["folder"]`; `contrast` takes it.
    """
    from experiments.commands.command_options import workers_of
    from experiments.runs.executors import pool_opener
    from experiments.studies.plan import plan_of
    from experiments.studies.store import read_results
    from experiments.studies.sweep import sweep as live_all
    from experiments.studies.sweep_reading import find_study

    plan = plan_of(find_study(str(study)), path_of(data), str(study))
    pool = pool_opener(workers_of(workers), None, False)
    folder, _ = live_all(plan, path_of(out), resume, pool)
    found = read_results(folder)
    found.attrs["folder"] = str(folder)
    return found


def contrast(folder: str | Path, *, outcomes: Sequence[str] = ()) -> pd.DataFrame:
    """Put the policies of a sweep beside each other: paired differences with 95% intervals."""
    from experiments.runs.folders import manifest_of_sweep
    from experiments.studies.contrast import contrast_rows

    where = Path(folder)
    return pd.DataFrame(contrast_rows(where, manifest_of_sweep(where), outcomes))


def explain(
    run: Run | str | Path, *, agent: str | None = None, year: int | None = None
) -> pd.DataFrame:
    """List the decisions that changed something in a run, or all of one organisation.

    run: a `Run`, or its folder. agent: the code of an organisation. year: one year of the run.
    """
    from experiments.explanations.explain import changes_of, event_row, events_by
    from experiments.runs.folders import find_run, manifest_of_run
    from model.stories.events import events_of

    folder = run.folder if isinstance(run, Run) else find_run(str(run))
    manifest, _ = manifest_of_run(folder)
    events = events_of(folder)
    found = (
        changes_of(events, manifest, year)
        if agent is None
        else events_by(events, manifest, agent, year)
    )
    return pd.DataFrame([event_row(event) for event in found])


def person(
    policy: str,
    *,
    against: str = "status_quo",
    group: str | None = None,
    number: int | None = None,
    seeds: int = 1,
    **asked: Unpack[RunArguments],
) -> Person:
    """Follow one simulated person through two policies with the same luck, and say why.

    group: whom to draw from (older people with many conditions). number: a certain person. seeds:
    under how many seeds people like them are counted.
    """
    from experiments.commands.command_options import policies_of
    from experiments.explanations.person_answer import person_lives
    from model.population.person_groups import find_group
    from model.stories.two_lives import Who

    if group is not None:
        find_group(group)
    first, second = policies_of([against, policy]).values()
    manifest, life = person_lives((first, second), options_of(asked), Who(group, number), seeds)
    return Person(manifest, life)
