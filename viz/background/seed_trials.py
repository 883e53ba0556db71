"""Policies lived under other seeds: what stands behind a page's intervals.

The outcomes and regimes of a seed are those that `joinedup compare` finds for it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from model.month.preparing import prepare
from model.paired_runs.arm_results import PolicyResult, results_of
from model.paired_runs.start import begin
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy


def live_seeds(
    policies: Sequence[str], place: str, data: str, folder: str, patients: int, years: int,
    seeds: Sequence[int],
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Yield what came of each seed in turn: "seed", "outcomes" and "regimes" of each policy.

    data: the folder of real data, or "". folder: where paths of policy files begin.
    """
    found = find_place(place, Path(data) if data else None)
    setup = prepare(found, load_parameters(), patients)
    chosen = [find_policy(name, Path(folder)) for name in policies]
    for seed in seeds:
        results = results_of(begin(setup, seed), chosen, years)
        outcomes, regimes = [one.outcomes for one in results], [_regimes(one) for one in results]
        yield {"seed": seed, "outcomes": outcomes, "regimes": regimes}


def _regimes(result: PolicyResult) -> dict[str, Any]:
    """Shares of people by regime, or why there are none."""
    return {"shares": result.verdict.shares or {}, "reason": result.verdict.reason}
