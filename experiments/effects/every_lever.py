"""Which outcomes answer to which lever: every lever in turn moved to the ends of its range.

Levers are parameters with a range, rules of the NHS and terms of the policy's contracts;
`experiments/effects/response.py` looks at one of them more closely. Differences from the central
value are paired by seed. So many are looked at that some would stand out by chance: those that are
marked were found at a false discovery rate of 5% (Benjamini & Hochberg 1995, J R Stat Soc B
57:289).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from experiments.effects.response import lever_of, shown, study_header
from experiments.measures.difference_cells import (
    MARK,
    NEGLIGIBLE,
    effect_cell,
    interval_of,
    nothing,
    smallest_effects,
)
from experiments.measures.outcomes import about_outcome
from experiments.runs.folders import read_manifest
from experiments.runs.options import Options
from experiments.runs.runs import plural, window_name
from experiments.studies.lever import Lever
from experiments.studies.store import done_by_seed
from experiments.studies.study import Design, Study
from experiments.studies.study_check import check_names
from experiments.studies.sweep import live_study
from experiments.terminal.output import show, table
from model.outcomes.paired_differences import difference
from model.outcomes.statistics import found_at_rate, p_value
from model.outcomes.window import last_window
from model.parameters import load_parameters
from model.policies.policy_finding import find_policy
from model.policies.terms import terms_of
from model.rules import load_rules

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES = ("hhi", "few_alternatives", "lost_handovers_many", "commissioner_spend")
FALSE_DISCOVERY_RATE = 0.05


def every_lever(policy: str, year: int, options: Options) -> list[Lever]:
    """Every lever that may be something else: parameters, rules, terms of the policy's contracts.

    Those that `options` set stay as they are set. `policy` as it is typed; `year`: that of the
    place, whose rules may change.
    """
    entries, rules = load_parameters().entries, load_rules()
    parameters = [name for name, entry in entries.items()
                  if entry.is_lever and None not in (entry.low, entry.high)]  # fmt: skip
    terms = [name for name, term in terms_of(find_policy(policy)).items()
             if term.choices or term.high is not None]  # fmt: skip
    in_force = [name for name in rules if not rules[name].on_record]
    found = (lever_of(name, policy, 2, year) for name in (*parameters, *in_force, *terms))
    return [lever for lever in found if len(lever.values) > 1 and lever.name not in options.levers]


def studies_of(
    levers: Sequence[Lever], policy: str, options: Options, replicates: int
) -> list[Study]:
    """The study of the parameters, a set for each end of a range, and that of rules and terms."""
    other = {expression for lever in levers for expression in lever.policies.values()}
    policies = (policy, *sorted(other - {policy}))
    ranges: dict[str, Any] = {lever.name: "range" for lever in levers if not lever.policies}
    asked: dict[str, Any] = {
        "places": (options.place,), "patients": options.patients or options.patients_by_default,
        "years": options.years, "replicates": replicates, "seed": options.seed,
        "minds": (options.minds,), "against": policy, "levers": options.levers,
    }  # fmt: skip
    design = Design(method="one_at_a_time")
    studies = [
        Study(title=f"Every parameter under {policy}", policies=(policy,),
              uncertain=ranges, design=design, **asked),
        Study(title=f"Every rule and term under {policy}", policies=policies, **asked),
    ]  # fmt: skip
    for study in studies:
        check_names(study, Path("response"))
    return studies


def live(studies: Sequence[Study], options: Options, workers: int) -> list[Path]:
    """The folders of both studies; only what is new is lived.

    `studies`: of parameters, and of rules and terms; `workers`: processes.
    """
    return [live_study(study, options, workers, "response") for study in studies]


def every_row(
    levers: Sequence[Lever], folders: Sequence[Path], outcomes: Sequence[str]
) -> list[dict[str, Any]]:
    """One row a lever, value and outcome: its difference from the central value.

    `p` is that of a paired t test of a difference beyond the smallest effect of interest; `answers`
    says whether the row is one of those found.
    """
    parameters, policies = (done_by_seed(folder) for folder in folders)
    rows = [
        {"lever": lever.name, "value": value, "outcome": outcome, **about_outcome(outcome),
         "kind": "difference", **_difference(outcome, base[outcome], mine[outcome])}
        for lever in levers
        for value, base, mine in _pairs(lever, policies if lever.policies else parameters)
        for outcome in outcomes or OUTCOMES
    ]  # fmt: skip
    return _told_apart(rows)


def _pairs(
    lever: Lever, results: "pd.DataFrame"
) -> Iterator[tuple[Any, "pd.DataFrame", "pd.DataFrame"]]:
    """Every value but the central one, with the runs of the central one and its own, by seed."""
    for value in lever.values:
        if value == lever.central:
            continue
        if lever.policies:
            base, mine = (results["policy"] == find_policy(lever.policies[v]).name
                          for v in (lever.central, value))  # fmt: skip
        else:
            base, mine = results["set"] == 0, results[lever.name] == value
        yield value, results[base], results[mine]


def _difference(outcome: str, base: "pd.Series", mine: "pd.Series") -> dict[str, Any]:
    found = difference(outcome, list(mine), list(base), tests=1)
    return {**found, "p": p_value(interval_of(found), found["smallest_effect"] or 0.0)}


def _told_apart(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = found_at_rate([row["p"] for row in rows], FALSE_DISCOVERY_RATE)
    return [{**row, "answers": yes, "star": yes} for row, yes in zip(rows, found, strict=True)]


def print_every(
    studies: Sequence[Study], rows: Sequence[dict[str, Any]], folders: Sequence[Path]
) -> None:
    """The levers that something answers to, strongest first, and those that nothing answers to."""
    study = studies[0]
    by_lever: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_lever.setdefault(row["lever"], []).append(row)
    show(
        f"What answers to which lever under {study.against}\n"
        + study_header(read_manifest(folders[0])[0])
    )
    answered = {name: own for name, own in by_lever.items() if any(r["answers"] for r in own)}
    if answered:
        show(_table(dict(sorted(answered.items(), key=lambda kv: _strongest(kv[1])))))
    show(*_meaning(study, by_lever, answered))
    show("Runs: " + ", ".join(map(str, folders)))


def _strongest(rows: Sequence[dict[str, Any]]) -> float:
    strongest: float = min(row["p"] for row in rows if row["answers"])
    return strongest


def _table(by_lever: dict[str, list[dict[str, Any]]]) -> Table:
    about = {row["outcome"]: row for own in by_lever.values() for row in own}
    columns = (f"{name.replace('_', ' ')}\n{row['unit']}" for name, row in about.items())
    made = table(["lever", "at", *columns], tight=True)
    for name, own in by_lever.items():
        for k, value in enumerate(dict.fromkeys(row["value"] for row in own)):
            cells = [effect_cell(row) for row in own if row["value"] == value]
            label = name.replace(".", ".\n") if k == 0 else ""  # two lines, as a cell has
            made.add_row(Text(label), shown(value), *cells)
    return made


def _meaning(
    study: Study, by_lever: dict[str, list[Any]], answered: dict[str, list[Any]]
) -> list[str]:
    window = window_name(last_window(study.years))
    still = [name for name in by_lever if name not in answered]
    exact = [name for name in still if all(nothing(row) for row in by_lever[name])]
    rows = [row for own in by_lever.values() for row in own]
    least = smallest_effects(dict.fromkeys(row["outcome"] for row in rows))
    text = [
        f"Differences from the central value, means over {window}; ± is half the 95% interval"
        f" (Student's t over {plural(study.replicates, 'seed')}, paired), of each by itself. Of"
        f" {len(by_lever)} levers {len(answered)} are answered to: {MARK} marks what lies beyond"
        f" the smallest effect of interest ({least}) at a false discovery rate of 5% over"
        f" {len(rows):,} tests; {NEGLIGIBLE}: all of the interval is nearer to 0."
        " `joinedup response LEVER` shows one more closely."
    ]
    if exact:
        text.append(f"Change nothing here, in any run: {', '.join(exact)}.")
    if near := [name for name in still if name not in exact]:
        text.append(f"Not told from an effect that is too small to matter: {', '.join(near)}.")
    return text
