"""Shares of regimes by sample size: everybody lived, and one in so many, with the same luck."""

from collections.abc import Sequence

from experiments.runs.options import STATUS_QUO
from model.month.preparing import prepare
from model.outcomes.verdict import Verdict
from model.paired_runs.arm_results import results_of
from model.paired_runs.start import begin
from model.parameters import load_parameters
from model.places.place import Place
from model.policies.policy_finding import find_policy

RATIOS = (1, 3, 10, 30)
POLICIES = (STATUS_QUO, "carveouts_three", "population_ico", "teams_only", "population_ico_two")


def verdicts(
    place: Place, seed: int, years: int, policies: Sequence[str] = POLICIES,
    ratios: Sequence[int] = RATIOS,
) -> dict[tuple[int, str], Verdict]:  # fmt: skip
    """The verdict on every policy, beside the status quo, at every one of `ratios` with one seed.

    Everyone decides freely at every size.
    """
    found: dict[tuple[int, str], Verdict] = {}
    people = int(place.practices["list_size"].sum())
    for ratio in ratios:
        start = begin(prepare(place, load_parameters(), people // ratio), seed)
        results = results_of(start, map(find_policy, policies), years)
        for policy, result in zip(policies, results, strict=True):
            found[ratio, policy] = result.verdict
    return found
