"""Shares of regimes at four sample sizes: everybody, one in 3, one in 10 and one in 30.

    uv run python benchmarks/regimes.py [--place anyshire] [--seeds 3] [--years 5] [--workers 2]

Prints, for the status quo and three policies, the share of people by regime (mean over seeds, in
per cent) with a 95% interval over seeds, and the largest paired difference from everybody.
Decisions are free, so that a size also shows in what organisations come to do; `--replay` has them
as with everybody, so that only the measures differ.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np

from experiments.compare import mean_interval
from model.economy import HealthEconomy
from model.outcomes.area_years import AreaYears, area_years
from model.outcomes.regimes import REGIMES
from model.outcomes.verdict import Criteria, Verdict, verdict
from model.parameters import load_parameters
from model.place import find_place
from model.policy import find_policy
from model.setup import prepare
from model.state import BURN_IN_MONTHS

RATIOS = (1, 3, 10, 30)
STATUS_QUO = "status_quo"
POLICIES = (STATUS_QUO, "carveouts_three", "population_ico", "teams_only")
Decided = dict[tuple[str, str, int], str]


def history(economy: HealthEconomy) -> Decided:
    """Every decision since the burn-in began, to be taken again."""
    return {
        (d.agent, f"{d.rule} {d.about}" if d.about else d.rule, d.month): d.chosen
        for d in economy.decisions()
    }


def verdicts(place: str, years: int, replay: bool, seed: int) -> dict[tuple[int, str], Verdict]:
    """The verdict on every policy at every size with one seed."""
    found: dict[tuple[int, str], Verdict] = {}
    decided: dict[str, Decided] = {}
    parameters = load_parameters()
    people = int(find_place(place).practices["list_size"].sum())
    for ratio in RATIOS:
        setup = prepare(find_place(place), parameters, people // ratio)
        areas: dict[str, AreaYears] = {}
        forced = decided if replay else {}
        first = HealthEconomy(setup, find_policy(STATUS_QUO), seed, forced=forced.get(STATUS_QUO))
        begun = first.run(BURN_IN_MONTHS).state
        for policy in POLICIES:
            economy = HealthEconomy(
                setup, find_policy(policy), seed, forced=forced.get(policy), state=begun.copy()
            ).run(12 * years)
            decided.setdefault(policy, history(economy))
            areas[policy] = area_years(economy.record)
            criteria = Criteria.from_parameters(parameters)
            found[ratio, policy] = verdict(areas[policy], areas[STATUS_QUO], criteria)
    return found


def show(found: list[dict[tuple[int, str], Verdict]]) -> None:
    """A line for every policy, regime and size in which anybody lives."""
    print(f"{'policy':<16}{'regime':<24}" + "".join(f"{f'1:{r}':>18}" for r in RATIOS))
    worst = 0.0
    for policy in POLICIES:
        reasons = {one[ratio, policy].reason for one in found for ratio in RATIOS} - {""}
        for reason in sorted(reasons):
            print(f"{policy:<16}{reason}")
        for regime in REGIMES:
            by_size = [
                np.array([100.0 * (one[ratio, policy].shares or {}).get(regime, np.nan)
                          for one in found]) for ratio in RATIOS
            ]  # fmt: skip
            if any(np.nanmax(values, initial=0.0) > 0.0 for values in by_size):
                worst = max(worst, *(abs(np.mean(v - by_size[0])) for v in by_size))
                print(f"{policy:<16}{regime:<24}" + "".join(map(told, by_size)))
    print(f"largest mean difference from everybody: {worst:.1f} points")


def told(values: np.ndarray) -> str:
    """Mean and interval in 18 characters."""
    mean, low, high, _ = mean_interval(values)
    if not np.isfinite(mean):
        return f"{'not told':>18}"
    return f"{f'{mean:.1f} ({low:.0f} to {high:.0f})':>18}"


def main() -> None:
    """Live all and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", default="anyshire")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--replay", action="store_true")
    asked = parser.parse_args()
    of_seed = partial(verdicts, asked.place, asked.years, asked.replay)
    with ProcessPoolExecutor(asked.workers) as pool:
        show(list(pool.map(of_seed, range(asked.seeds))))


if __name__ == "__main__":
    main()
