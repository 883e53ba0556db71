"""How outcomes answer to one lever: levels over its range, and differences from its central value.

A lever is a parameter (`joinedup list levers`), a rule of the NHS (`joinedup list rules`) or a term
of the policy's contracts ("risk_down"). Each value is lived by the same seeds, so differences are
paired; intervals are Student's t (95%). The runs are kept as a sweep in runs/, so that asking
again, or for more seeds, lives only what is new.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from experiments.measures.difference_cells import effect_cell, how_to_read, level_cell
from experiments.measures.outcomes import about_outcome
from experiments.measures.regime_tables import print_regimes, regimes_by
from experiments.runs.folders import read_manifest
from experiments.runs.options import Options
from experiments.runs.runs import patients_of, plural, runs_and_seeds, window_name, with_licences
from experiments.studies.lever import Lever, check_lever
from experiments.studies.store import done_by_seed
from experiments.studies.study import Design, Study
from experiments.studies.study_check import check_names
from experiments.studies.sweep import live_study
from experiments.terminal.output import quantity, say, show, table
from model.input.errors import InputError
from model.outcomes.paired_differences import level_and_difference
from model.outcomes.scoreboard import HEADLINES
from model.outcomes.window import last_window
from model.parameters import load_parameters
from model.policies.policy import rules_in_force
from model.policies.policy_finding import find_policy
from model.policies.terms import Term, expression_of, rule_term, terms_of
from model.rules import load_rules

OUTCOMES_A_TABLE = 2
NOT_GIVEN = "not given"


def lever_of(name: str, policy: str, points: int, year: int) -> Lever:
    """A lever with `points` values over its range, its central value among them.

    `year` is that of the place, whose rules are central. `InputError` if there is no such lever, or
    it has no range.
    """
    terms = terms_of(find_policy(policy))
    if name in terms:
        return _of_policy(terms[name], policy, _spread(terms[name], points))
    if name in load_rules():
        if load_rules()[name].on_record:
            raise InputError(
                "this rule is on record only and moves nothing", key="LEVER", value=name
            )
        term = rule_term(name, rules_in_force(year, find_policy(policy), 0).get(name))
        return _of_policy(term, policy, list(term.choices))
    check_lever(name, policy)
    return _parameter(name, points)


def _parameter(name: str, points: int) -> Lever:
    entry = load_parameters().entry(name, key="LEVER")
    if entry.low is None or entry.high is None or not entry.is_lever:
        raise InputError("this lever has no range of its own; a study can give it values",
                       key="LEVER", value=name)  # fmt: skip
    values = tuple(sorted({*_between(entry.low, entry.high, points), float(entry.value)}))
    source = f"source: {entry.source}" if entry.source else f"assumption: {entry.assumption}"
    about = f"{entry.meaning} ({entry.unit})\n{source}"
    return Lever(name, values, float(entry.value), about, {})


def _between(low: float, high: float, points: int) -> list[float]:
    return [min(low + (high - low) * k / (points - 1), high) for k in range(points)]


def _spread(term: Term, points: int) -> list[Any]:
    if term.choices:
        return list(term.choices)
    if term.low is None or term.high is None:
        instead = f"compare with POLICY:{term.name}=VALUE"
        raise InputError("this term has no upper limit", key="LEVER", value=term.name,
                       allowed=instead)  # fmt: skip
    low = term.low + (term.high - term.low) / 20 if term.open_low else term.low
    values = [float(f"{value:.12g}") for value in _between(low, term.high, points)]
    return sorted({round(v) for v in values}) if term.whole else values


def _of_policy(term: Term, policy: str, values: list[Any]) -> Lever:
    central = NOT_GIVEN if term.value is None else term.value
    written = {value: expression_of(policy, term.name, value) for value in values}
    policies = {value: one for value, one in written.items() if _may_be(one)}
    policies[central] = policy
    order = tuple(sorted(policies, key=lambda v: (isinstance(v, str), v)))
    about = f"{term.meaning} ({term.unit})\nsource: {term.source}"
    about = about if term.source else f"a term of the contracts of {policy} (docs/policies.md)"
    return Lever(term.name, order, central, about, policies)


def _may_be(expression: str) -> bool:
    """Whether a policy may have a term beside its others: some end before they would begin."""
    try:
        find_policy(expression)
    except InputError:
        return False
    return True


def study_of(lever: Lever, policy: str, options: Options, replicates: int) -> Study:
    """The study that lives every value of a lever."""
    if lever.name in options.levers:
        raise InputError("this lever is varied over its range", key="--set", value=lever.name,
                       allowed="other levers")  # fmt: skip
    policies = tuple(lever.policies[value] for value in lever.values if lever.policies)
    varied = {} if policies else {lever.name: lever.values}
    study = Study(
        title=f"{lever.name} under {policy}", policies=policies or (policy,),
        places=(options.place,),
        patients=options.patients or options.patients_by_default, years=options.years,
        replicates=replicates, seed=options.seed, minds=(options.minds,), against=policy,
        levers={**options.levers, **varied}, design=Design(),
    )  # fmt: skip
    check_names(study, Path("response"))
    return study


def respond(
    lever: Lever, policy: str, options: Options, replicates: int, workers: int,
    outcomes: Sequence[str],
) -> tuple[Study, Path, list[dict[str, Any]]]:  # fmt: skip
    """Live every value of a lever: the study, the folder of its runs, and its rows.

    policy: under which it is varied. replicates: seeds of each value. workers: processes.
    outcomes: which are shown, headlines if none are named.
    """
    study = study_of(lever, policy, options, replicates)
    folder = live_study(study, options, workers, "response")
    return study, folder, response_rows(folder, lever, outcomes)


def response_rows(folder: Path, lever: Lever, outcomes: Sequence[str]) -> list[dict[str, Any]]:
    """One row an outcome, value of the lever and kind ("level" or "difference" from central)."""
    results = done_by_seed(folder)
    base = _at(results, lever, lever.central)
    rows, shown = [], outcomes or list(HEADLINES)
    tests = len(shown) * (len(lever.values) - 1)
    for outcome in shown:
        for value in lever.values:
            mine = _at(results, lever, value)
            about = {"outcome": outcome, "lever": lever.name, "value": value}
            about |= about_outcome(outcome)
            beside = None if value == lever.central else list(base[outcome])
            found = level_and_difference(outcome, list(mine[outcome]), beside, tests)
            rows += [{**about, **row} for row in found]
    return rows


def _at(results: pd.DataFrame, lever: Lever, value: Any) -> pd.DataFrame:
    column, wanted = (
        ("policy", find_policy(lever.policies[value]).name)
        if lever.policies
        else (lever.name, value)
    )
    return results[results[column] == wanted]


def print_response(
    study: Study, lever: Lever, rows: Sequence[dict[str, Any]], folder: Path
) -> None:
    """Tables of levels, differences and regimes by value of the lever, and what they mean."""
    show(_header(study, lever, read_manifest(folder)[0]))
    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    for k in range(0, len(outcomes), OUTCOMES_A_TABLE):
        show(_table(rows, lever, outcomes[k : k + OUTCOMES_A_TABLE]))
    print_regimes(*regimes_by(_runs_by(lever, folder)), f", by {lever.name}")
    others = len(lever.values) - 1
    tests = f"{plural(len(outcomes), 'outcome')} x {plural(others, 'value')}"
    show(
        f"Means over {window_name(last_window(study.years))}. Differences are from the central"
        f" value, {shown(lever.central)}, of the same seed."
        f" {how_to_read(len(outcomes) * others, outcomes, tests)}",
        f"Runs: {folder}",
    )


def draw_response(
    study: Study, lever: Lever, rows: Sequence[dict[str, Any]], folder: Path, stem: Path
) -> None:
    """Write the figure of the levels, and say which files it is in."""
    from experiments.figures.response_figure import response_figure
    from experiments.figures.style import save

    manifest = read_manifest(folder)[0]
    head = f"{_title(lever, manifest)}\n{_header(study, lever, manifest)}"
    figure = response_figure(head, manifest, lever, rows)
    say("Written: " + ", ".join(map(str, save(figure, stem))))


def _title(lever: Lever, manifest: dict[str, Any]) -> str:
    """A lever and a policy by their titles: `Link effect (handovers): Population organisation`."""
    group, _, name = lever.name.rpartition(".")
    of = f" ({group.replace('_', ' ').replace('.', ', ')})" if group else ""
    titles = dict.fromkeys(policy["title"] for policy in manifest["policies"].values())
    return f"{name.replace('_', ' ').capitalize()}{of}: {next(iter(titles))}"


def _runs_by(lever: Lever, folder: Path) -> dict[str, pd.DataFrame]:
    results = done_by_seed(folder)
    return {shown(value): _at(results, lever, value) for value in lever.values}


def shown(value: Any) -> str:
    """A value of a lever as it is typed."""
    return str(value) if isinstance(value, str | bool) or value is None else quantity(value)


def _header(study: Study, lever: Lever, manifest: dict[str, Any]) -> str:
    return f"{study.title}\n{lever.about}\n{study_header(manifest)}"


def study_header(manifest: dict[str, Any]) -> str:
    """Where the runs of a study live, how many patients and seeds they have."""
    titles = ", ".join(place["title"] for place in manifest["places"].values())
    said = f"{titles}\n{patients_of(manifest['places'])}; {runs_and_seeds(manifest['study'])}"
    return with_licences(said, manifest)


def _table(rows: Sequence[dict[str, Any]], lever: Lever, outcomes: Sequence[str]) -> Table:
    columns = [f"{name.replace('_', ' ')}\n{_unit(rows, name)}" for name in outcomes]
    name = lever.name.rsplit(".", 1)[-1].replace("_", " ")
    made = table([name, *(c for name in columns for c in (name, "difference"))])
    for value in lever.values:
        cells = []
        for outcome in outcomes:
            found = {r["kind"]: r for r in rows if r["outcome"] == outcome and r["value"] == value}
            level, change = found["level"], found.get("difference")
            cells.append(level_cell(level))
            cells.append(effect_cell(change) if change else Text("central"))
        made.add_row(shown(value), *cells)
    return made


def _unit(rows: Sequence[dict[str, Any]], outcome: str) -> str:
    unit: str = next(row["unit"] for row in rows if row["outcome"] == outcome)
    return unit
