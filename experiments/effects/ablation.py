"""What the difference that a policy makes rests on: each mechanism and term taken away in turn.

Every mechanism (`joinedup list mechanisms`) is switched off in a set of parameters of its own, in
which the policy and the status quo are lived by the same seeds; every term of the policy's
contracts that is on or off is turned round. What goes with it is what rested on it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from experiments.effects.compare import how_it_arises
from experiments.effects.comparison import letters
from experiments.effects.response import study_header
from experiments.measures.difference_cells import (
    ARITHMETIC,
    effect_cell,
    how_to_read,
    interval_of,
    nothing,
)
from experiments.measures.outcomes import about_outcome
from experiments.measures.regime_tables import print_regimes, regimes_by
from experiments.runs.folders import read_manifest
from experiments.runs.options import STATUS_QUO, Options
from experiments.runs.runs import window_name
from experiments.studies.store import done_by_seed
from experiments.studies.study import Design, Study
from experiments.studies.study_check import check_names
from experiments.studies.sweep import live_study
from experiments.terminal.output import show, table
from model.input.errors import InputError
from model.outcomes.paired_differences import judged
from model.outcomes.statistics import Interval, differences, mean_interval, paired_interval
from model.outcomes.window import last_window
from model.parameters import load_parameters
from model.policies.policy import Policy
from model.policies.policy_finding import find_policy
from model.policies.terms import expression_of, terms_of

if TYPE_CHECKING:
    import pandas as pd

OUTCOMES = (
    "hhi", "few_alternatives", "hhi_holding", "lost_handovers_many", "emergencies",
    "commissioner_spend",
)  # fmt: skip
OUTCOMES_A_TABLE = 4
ALL = "everything in place"


@dataclass(frozen=True)
class AblationRequest:
    """Policies, what can be taken away, and the seeds.

    policies: by name the term that can be turned round, in words, and the policy so changed.
    """

    policies: Mapping[str, Mapping[str, str]]
    mechanisms: Mapping[str, Mapping[str, float]]
    options: Options
    replicates: int


@dataclass(frozen=True)
class LivedAblation:
    """Runs by seed: without each mechanism (`ALL`: none), and of every policy with other terms."""

    without: "Mapping[str, pd.DataFrame]"
    terms: "pd.DataFrame"


def ablation_of(found: Mapping[str, Policy], options: Options, replicates: int) -> AblationRequest:
    """What is to be taken away from these policies; `InputError` if one is the status quo."""
    if STATUS_QUO in found:
        raise InputError("nothing can be taken away from the status quo", key="POLICY",
                       value=STATUS_QUO, allowed="other policies")  # fmt: skip
    turned = {name: _turned_round(name, policy) for name, policy in found.items()}
    return AblationRequest(turned, load_parameters().mechanisms(), options, replicates)


def _turned_round(name: str, policy: Policy) -> dict[str, str]:
    if "+" in name:  # a term after a sum would belong to its last policy only
        return {}
    return {
        f"{term} = {str(not held.value).lower()}": expression_of(name, term, not held.value)
        for term, held in terms_of(policy).items()
        if held.choices == (False, True)
    }


def studies_of(asked: AblationRequest) -> tuple[Study, Study]:
    """The study of the mechanisms, a set each after the central one, and that of the terms."""
    central = {name: float(load_parameters()[name])
               for off in asked.mechanisms.values() for name in off}  # fmt: skip
    sets = (central, *({**central, **off} for off in asked.mechanisms.values()))
    policies = (STATUS_QUO, *asked.policies)
    terms = [changed for turned in asked.policies.values() for changed in turned.values()]
    return _study(asked, policies, Design(sets=sets)), _study(asked, (*policies, *terms), Design())


def _study(asked: AblationRequest, policies: tuple[str, ...], design: Design) -> Study:
    options = asked.options
    study = Study(
        title=f"What {', '.join(asked.policies)} rest on", policies=policies,
        places=(options.place,),
        patients=options.patients or options.patients_by_default, years=options.years,
        replicates=asked.replicates, seed=options.seed, minds=(options.minds,),
        levers=dict(options.levers), design=design,
    )  # fmt: skip
    check_names(study, Path("ablate"))
    return study


def live(asked: AblationRequest, workers: int) -> "tuple[list[Path], LivedAblation]":
    """Live both studies: their folders, and the runs without each thing (`ALL`: everything)."""
    folders = [live_study(study, asked.options, workers, "ablate") for study in studies_of(asked)]
    by_set, by_term = (done_by_seed(folder) for folder in folders)
    names = [ALL, *asked.mechanisms]
    without = {name: by_set[by_set["set"] == k] for k, name in enumerate(names)}
    return folders, LivedAblation(without, by_term)


def ablation_rows(
    asked: AblationRequest, lived: LivedAblation, outcomes: Sequence[str]
) -> list[dict[str, Any]]:
    """One row a policy, outcome and thing taken away.

    kind: of a policy "difference" (from the status quo with everything in place) and "rests_on"
    (what of it goes with a mechanism or term); of the status quo "level" and "rests_on".
    """
    rows: list[dict[str, Any]] = []
    shown = outcomes or OUTCOMES
    tests = tests_of(asked, len(shown))
    for outcome in shown:
        about = {"outcome": outcome, **about_outcome(outcome)}
        quo = {name: _by_seed(part, STATUS_QUO, outcome) for name, part in lived.without.items()}
        level = mean_interval(quo[ALL])
        rows.append({"policy": STATUS_QUO, **about, "without": ALL, "kind": "level"}
                    | level._asdict())  # fmt: skip
        rows += _rests({"policy": STATUS_QUO, **about}, quo, level.estimate, tests)
        for policy, turned in asked.policies.items():
            made = {name: differences(_by_seed(part, policy, outcome), quo[name])
                    for name, part in lived.without.items()}  # fmt: skip
            base = _by_seed(lived.terms, STATUS_QUO, outcome)
            made |= {term: differences(_by_seed(lived.terms, changed, outcome), base)
                     for term, changed in turned.items()}  # fmt: skip
            rows.append(_whole({"policy": policy, **about}, made[ALL], level.estimate, tests))
            rows += _rests({"policy": policy, **about}, made, level.estimate, tests)
    return rows


def tests_of(asked: AblationRequest, outcomes: int) -> int:
    """How many differences are looked at: of policies, and with each thing taken away in turn."""
    taken = len(asked.mechanisms)
    return outcomes * (taken + sum(1 + taken + len(turned) for turned in asked.policies.values()))


def _by_seed(part: "pd.DataFrame", policy: str, outcome: str) -> list[float]:
    return list(part[part["policy"] == policy][outcome])


def _whole(
    about: dict[str, Any], made: Sequence[float], level: float, tests: int
) -> dict[str, Any]:
    """The difference from the status quo with everything in place."""
    found = judged(about["outcome"], lambda c: mean_interval(made, c), level, tests)
    arises = how_it_arises(about["outcome"], find_policy(about["policy"]))
    return {**about, "without": ALL, "kind": "difference", **found, "arises": arises}


def _rests(
    about: dict[str, Any], made: Mapping[str, Sequence[float]], level: float, tests: int
) -> Iterator[dict[str, Any]]:
    """What goes with each thing that is taken away."""
    for name, values in made.items():
        if name != ALL:
            interval = partial(paired_interval, made[ALL], values)
            found = judged(about["outcome"], interval, level, tests)
            yield {**about, "without": name, "kind": "rests_on", **found}


def inert(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What moved no outcome by enough, with the row of it that came nearest to doing so."""
    taken = dict.fromkeys(row["without"] for row in rows if row["without"] != ALL)
    for name in taken:
        own = [row for row in rows if row["without"] == name]
        if not any(row["star"] for row in own):
            yield name, max(own, key=_signal)


def _signal(row: dict[str, Any]) -> float:
    interval = interval_of(row)
    return abs(interval.estimate) / interval.half if interval.half else 0.0


def changes_nothing(rows: Sequence[dict[str, Any]], name: str) -> bool:
    """Whether every outcome of every run is the same without it, to the last digit."""
    return all(nothing(row) for row in rows if row["without"] == name)


def is_negligible(rows: Sequence[dict[str, Any]], name: str) -> bool:
    """Whether all that rests on it surely lies within the smallest effect of interest."""
    return all(nothing(row) or row["negligible"] for row in rows if row["without"] == name)


def print_ablation(
    asked: AblationRequest,
    lived: LivedAblation,
    rows: Sequence[dict[str, Any]],
    folders: Sequence[Path],
) -> None:
    """What each policy does, what of it rests on what, and what rests on nothing."""
    show(
        "What differences from the status quo rest on\n"
        + study_header(read_manifest(folders[0])[0])
    )
    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    for policy in asked.policies:
        own = [row for row in rows if row["policy"] == policy]
        for k in range(0, len(outcomes), OUTCOMES_A_TABLE):
            show(_table(policy, own, outcomes[k : k + OUTCOMES_A_TABLE]))
    whole = lived.without[ALL]
    policies = (STATUS_QUO, *asked.policies)
    print_regimes(*regimes_by({p: whole[whole["policy"] == p] for p in policies}))
    show(*_meaning(asked, rows))
    show("Runs: " + ", ".join(map(str, folders)))


def _table(policy: str, rows: Sequence[dict[str, Any]], outcomes: Sequence[str]) -> Table:
    about = {row["outcome"]: row for row in rows}
    found = {(row["without"], row["outcome"], row["kind"]): row for row in rows}
    columns = (f"{name.replace('_', ' ')}\n{about[name]['unit']}" for name in outcomes)
    made = table([policy.replace("_", " "), *columns])
    _add(made, found, "difference in all", ALL, "difference", outcomes)
    made.add_row(Text("goes without", style="bold"))
    for name in dict.fromkeys(row["without"] for row in rows):
        if name != ALL and not changes_nothing(rows, name):
            _add(made, found, name.replace("_", " "), name, "rests_on", outcomes)
    return made


def _add(made: Table, found: Mapping[tuple[Any, ...], dict[str, Any]], label: str, name: str,
         kind: str, outcomes: Sequence[str]) -> None:  # fmt: skip
    own = [found[name, outcome, kind] for outcome in outcomes]
    made.add_row(Text(label), *(effect_cell(row, letters(row)) for row in own))


def _meaning(asked: AblationRequest, rows: Sequence[dict[str, Any]]) -> list[str]:
    window = window_name(last_window(asked.options.years))
    still = list(inert(rows))
    exact = [name for name, _ in still if changes_nothing(rows, name)]
    within = [name for name, _ in still if name not in exact and is_negligible(rows, name)]
    near = [f"{n} ({_told(row)})" for n, row in still if n not in (*exact, *within)]
    outcomes = list(dict.fromkeys(row["outcome"] for row in rows))
    tests = tests_of(asked, len(outcomes))
    what = f"{len(outcomes)} outcomes with each mechanism and term taken away in turn"
    text = [
        f"Means over {window}. {how_to_read(tests, outcomes, what)} {ARITHMETIC}, beside a star:"
        " follows from the policy's terms, rules or prices. Parts need not add up: mechanisms work"
        " together.",
    ]
    if exact:
        text.append(f"Change nothing at all here, in any run: {', '.join(exact)}.")
    if within:
        text.append("Inert here, all that rests on it lies within the smallest effect of interest:"
                    f" {', '.join(within)}.")  # fmt: skip
    if near:
        text.append("Undecided, too few runs to say whether what rests on it matters (in brackets"
                    f" the nearest, with its own interval): {'; '.join(near)}.")  # fmt: skip
    return text


def _told(row: dict[str, Any]) -> str:
    found: Interval = interval_of(row)
    return f"{row['policy']}: {row['outcome']} {found.estimate:+.2g} ±{found.half:.2g}"
