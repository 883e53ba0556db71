"""The question of one decision under other luck: both choices forced, seed after seed.

In each further seed the decision is forced as it was in one run and otherwise in a second, from one
burn-in; everything else is free. Seeds in which the question does not come up in that month with
both options are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from experiments.explanations.undo import Manifest, forced_in, without
from experiments.runs.folders import Made, kept_or_made
from experiments.runs.options import Options
from experiments.terminal.output import Progress
from model.outcomes.paired_differences import difference
from model.outcomes.scoreboard import HEADLINES
from model.stories.events import Event

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy
    from model.paired_runs.start import Start
    from model.policies.policy import Policy
    from model.state.setup import Setup


@dataclass(frozen=True)
class Question:
    """A decision of a run, what might have been done instead, and all that the run lived under."""

    manifest: Manifest
    options: Options
    policy: "Policy"
    event: Event
    instead: str


def further_pairs(question: Question, seeds: int) -> list[dict[str, Any]]:
    """Outcomes of both runs in each of the `seeds - 1` seeds after the run's own, kept in `runs/`.

    One record a seed: seed, as_it_was and undone (outcomes; None if the seed is left out).
    """
    about = without(question.manifest, question.event, question.instead)
    about |= {"as_it_was": question.event.chosen, "seeds": seeds}

    def make() -> Made:
        first = question.options.seed
        setup, pairs = question.options.prepare(), []
        with Progress("further seeds", seeds - 1, "seeds") as progress:
            for seed in range(first + 1, first + seeds):
                pairs.append(_pair(setup, question, seed))
                progress.advance()
        return {"pairs": pairs}, lambda folder: None

    _, results, _ = kept_or_made(None, False, about, "undo_seeds_{}", make)
    pairs: list[dict[str, Any]] = results["pairs"]
    return pairs


def _pair(setup: "Setup", question: Question, seed: int) -> dict[str, Any]:
    from model.paired_runs.start import begin

    start = begin(setup, seed, question.options.minds, question.options.threads)
    record: dict[str, Any] = {"seed": seed, "as_it_was": None, "undone": None}
    choices = (question.event.chosen, question.instead)
    lived = [_outcomes(start, question, choice) for choice in choices]
    if None in lived:
        return record
    return record | {"as_it_was": lived[0], "undone": lived[1]}


def _outcomes(start: "Start", question: Question, choice: str) -> dict[str, float] | None:
    """Outcomes of the last years with `choice` forced; None, early, if it could not be taken."""
    from model.paired_runs.arm_results import last_outcomes

    years, event = question.options.years, question.event
    forced = forced_in(without(question.manifest, event, choice))
    economy = start.run_under(question.policy, forced).run(event.month + 1)
    if not _was_forced(economy, event):
        return None
    return last_outcomes(economy.run(12 * years - event.month - 1), years)


def _was_forced(economy: "HealthEconomy", event: Event) -> bool:
    now = economy.state.month - 1
    return any(
        d.forced and d.month == now and d.agent == event.agent
        and f"{d.rule} {d.about}".strip() == event.decision
        for d in economy.decisions()
    )  # fmt: skip


def with_intervals(
    rows: Sequence[dict[str, Any]], pairs: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows with the mean difference over the run's pair and others, as `effects.judged`."""
    known = [pair for pair in pairs if pair["undone"] is not None]
    whole = []
    for row in rows:
        undone, was = (
            [_known(row[run]), *(_known(pair[run][row["outcome"]]) for pair in known)]
            for run in ("undone", "as_it_was")
        )
        whole.append({**row, **difference(row["outcome"], undone, was, len(HEADLINES))})
    return whole


def _known(value: float | None) -> float:
    return float("nan") if value is None else value
