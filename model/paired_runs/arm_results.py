"""What comes of several policies that begin alike: outcomes and regimes beside the status quo."""

from collections.abc import Iterable
from typing import NamedTuple

from model.month.economy import HealthEconomy
from model.outcomes.scoreboard import scoreboard
from model.outcomes.verdict import Verdict, verdict_of
from model.outcomes.window import last_window
from model.paired_runs.start import Start
from model.policies.policy import Policy
from model.policies.policy_finding import find_policy

STATUS_QUO = "status_quo"


class PolicyResult(NamedTuple):
    """Outcomes of the last years of a run, and its verdict beside the status quo of its seed."""

    outcomes: dict[str, float]
    verdict: Verdict


def last_outcomes(run: HealthEconomy, years: int) -> dict[str, float]:
    """Return every outcome over the last years of a run that has lived `years`."""
    place, lists = run.setup.place, run.setup.list_sizes
    values = scoreboard(place, lists, run.state, run.record, *last_window(years))
    return {name: float(value) for name, value in values.items()}


def with_status_quo(start: Start, years: int) -> Start:
    """Return the start with the areas of the status quo of its seed, lived if need be."""
    if start.areas is not None:
        return start
    return start.beside(start.run_under(find_policy(STATUS_QUO)).run(12 * years))


def results_of(start: Start, policies: Iterable[Policy], years: int) -> list[PolicyResult]:
    """Live every policy for `years`, and the status quo beside them if it is not one of them."""
    wanted = list(policies)
    by_name: dict[str, PolicyResult] = {}
    for policy in (find_policy(STATUS_QUO), *wanted):
        if policy.name not in by_name:
            run = start.run_under(policy).run(12 * years)
            start = start if start.areas else start.beside(run)
            by_name[policy.name] = _result(run, start, years)
    return [by_name[policy.name] for policy in wanted]


def _result(run: HealthEconomy, start: Start, years: int) -> PolicyResult:
    assert start.areas is not None
    return PolicyResult(last_outcomes(run, years), verdict_of(run.record, start.areas))
