"""What common random numbers gain: variance of a contrast with independent seeds over paired ones.

Run with `uv run python benchmarks/variance.py [--patients N] [--years N] [--seeds N]`. free:
organisations decide in every run. replayed: every run of a policy takes the decisions of its run
with the first seed, so that only patients' luck is left.
"""

import argparse
import statistics
from dataclasses import replace

import pandas as pd

from experiments.commands.command_options import with_status_quo
from experiments.effects.compare import STATUS_QUO, jobs_of
from experiments.runs.jobs import (
    FREE,
    REPLAYED,
    Arm,
    Job,
    live_policy,
    measures_of,
    start_of,
)
from experiments.runs.options import Options
from experiments.studies.contrast import gain
from experiments.studies.contrast_tables import times
from model.outcomes.scoreboard import HEADLINES
from model.places.place_finding import find_place

POLICIES = ("carveout_msk", "carveouts_three", "population_ico")
TARGET = 10.0  # times, with decisions replayed


def outcomes(jobs: list[Job], policy: str, replayed: bool) -> pd.DataFrame:
    """Outcomes of every seed under a policy, free or with the decisions of the first seed."""
    rows, script = [], {}
    for job in jobs:
        arm = Arm(policy, REPLAYED if replayed and script else FREE)
        economy = live_policy(job, arm, replace(start_of(job), decided=script))
        script = script or economy.decided()
        rows.append({"set": 0, "seed": job.options.seed}
                    | measures_of(economy, job.options.years, None)[0])  # fmt: skip
    return pd.DataFrame(rows).set_index(["set", "seed"])


def main() -> None:
    """Print the gain of every policy and main outcome."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=20)
    asked = parser.parse_args()
    place, policies = find_place("anyshire", None), with_status_quo(POLICIES)
    options = Options(patients=asked.patients, years=asked.years)
    jobs = jobs_of(options, place, policies, range(asked.seeds))
    table = {
        (policy, replayed): outcomes(jobs, policy, replayed)
        for policy in policies
        for replayed in (False, True)
    }
    reached = []
    print(f"{'policy':<18}{'outcome':<26}{'free':>12}{'replayed':>12}")
    for policy in POLICIES:
        for outcome in HEADLINES:
            free, replayed = (
                gain(table[policy, how][outcome], table[STATUS_QUO, how][outcome])
                for how in (False, True)
            )
            reached += [replayed] if replayed == replayed else []
            print(f"{policy:<18}{outcome:<26}{times(free):>12}{times(replayed):>12}")
    below = sum(value < TARGET for value in reached)
    print(f"replayed: median {times(statistics.median(reached))}, {below} of {len(reached)} below"
          f" the target of {times(TARGET)}; {asked.seeds} seeds")  # fmt: skip


if __name__ == "__main__":
    main()
