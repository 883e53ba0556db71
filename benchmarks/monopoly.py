"""How many areas lie beyond each line of the monopoly rule before anything is lived.

    uv run python benchmarks/monopoly.py --place england --data DIR [--patients 20000]

Prints areas, and the share of people in them, with too few alternatives, with a concentrated market
and with both, at the lines in force and a fifth to either side. A line that no area lies beyond, or
every one, tells nothing.
"""

import argparse
from pathlib import Path

import numpy as np

from model.month.economy import HealthEconomy
from model.month.preparing import prepare
from model.outcomes.market import market_of
from model.outcomes.regimes import SENSITIVITY, Thresholds
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", default="anyshire")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--patients", type=int)
    asked = parser.parse_args()
    place, parameters = find_place(asked.place, asked.data), load_parameters()
    economy = HealthEconomy(prepare(place, parameters, asked.patients), find_policy("status_quo"))
    economy.rearrange()
    market, lines = market_of(economy.setup, economy.state), Thresholds.from_parameters(parameters)
    people = place.areas["population"].to_numpy(np.float64)
    for factor in (1.0 - SENSITIVITY, 1.0, 1.0 + SENSITIVITY):
        few = market.few_alternatives >= factor * lines.few_alternatives_share
        concentrated = market.hhi > factor * lines.highly_concentrated_hhi
        told = {"few": few, "concentrated": concentrated, "both": few & concentrated}
        print(f"lines x {factor:.1f}, of {len(people):,} areas: " + "; ".join(
            f"{name} {rows.sum():,} ({100.0 * people[rows].sum() / people.sum():.1f}% of people)"
            for name, rows in told.items()
        ))  # fmt: skip


if __name__ == "__main__":
    main()
