"""Shares of regimes at four sample sizes: everybody, one in 3, one in 10 and one in 30.

    uv run python benchmarks/regimes.py [--place anyshire] [--seeds 2] [--years 5] [--workers 2]
        [--ratios 1 3 10 30]

Prints, for the status quo and four policies, the share of people by regime (mean over seeds, in
per cent) with a 95% interval over seeds, and the largest paired difference from the first size.
Decisions are free, so that a size also shows in what organisations come to do.

Found at Anyshire (300,000 people), 5 years, seeds 0 and 1, at 1:1, 1:3, 1:10 and 1:30:
the shares of each seed are the same at every size, 0.0 points apart.

    regime, % of people     status quo  three    population org.  teams only  two orgs.
    seed 0 plural                 14.2   14.2          8.3             0.0       14.2
    joined up with choice          0.0    0.0          5.9            14.2        0.0
    local monopoly                85.8   85.8         59.0             0.0       85.8
    monopoly and joined up         0.0    0.0         26.8            85.8        0.0
    seed 1 plural                 14.2   14.2         11.0             0.0       11.0
    joined up with choice          0.0    0.0          3.2            14.2        0.0
    local monopoly                85.8   85.8         55.9             0.0       70.5
    monopoly and joined up         0.0    0.0         29.9            85.8       18.5
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from experiments.effects.by_size import POLICIES, RATIOS, verdicts
from model.outcomes.regimes import REGIMES
from model.outcomes.statistics import mean_interval
from model.outcomes.verdict import Verdict
from model.places.place_finding import find_place


def of_seed(
    place: str, seed: int, years: int, ratios: tuple[int, ...]
) -> dict[tuple[int, str], Verdict]:
    """The verdicts of one seed, in a process of its own."""
    return verdicts(find_place(place), seed, years, ratios=ratios)


def show(found: list[dict[tuple[int, str], Verdict]], ratios: Sequence[int]) -> None:
    """A line for every policy, regime and size in which anybody lives."""
    print(f"{'policy':<20}{'regime':<24}" + "".join(f"{f'1:{r}':>22}" for r in ratios))
    worst = 0.0
    for policy in POLICIES:
        reasons = {one[ratio, policy].reason for one in found for ratio in ratios} - {""}
        for reason in sorted(reasons):
            print(f"{policy:<20}{reason}")
        for regime in REGIMES:
            by_size = [
                np.array([100.0 * (one[ratio, policy].shares or {}).get(regime, np.nan)
                          for one in found]) for ratio in ratios
            ]  # fmt: skip
            if any(np.nanmax(values, initial=0.0) > 0.0 for values in by_size):
                worst = max(worst, *(abs(np.mean(v - by_size[0])) for v in by_size))
                print(f"{policy:<20}{regime:<24}" + "".join(map(told, by_size)))
    print(f"largest mean difference from the first size: {worst:.1f} points")


def told(values: np.ndarray) -> str:
    """Mean and interval in 22 characters."""
    mean, low, high, _ = mean_interval(values)
    if not np.isfinite(mean):
        return f"{'not told':>22}"
    return f"{f'{mean:.1f} ({low:.0f} to {high:.0f})':>22}"


def main() -> None:
    """Live all and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", default="anyshire")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ratios", type=int, nargs="+", default=RATIOS)
    asked = parser.parse_args()
    with ProcessPoolExecutor(asked.workers) as pool:
        jobs = [
            pool.submit(of_seed, asked.place, seed, asked.years, tuple(asked.ratios))
            for seed in range(asked.seeds)
        ]
        show([job.result() for job in jobs], asked.ratios)


if __name__ == "__main__":
    main()
