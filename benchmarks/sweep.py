"""How many runs a second a sweep makes with one process and with two.

Run on a quiet machine with `uv run python benchmarks/sweep.py [--study NAME] [--replicates N]`.
"""

import argparse
import tempfile
import time
from pathlib import Path

from experiments.runs.executors import pool_opener
from experiments.studies.plan import Plan, plan_of
from experiments.studies.study_check import runs_of
from experiments.studies.sweep import sweep
from experiments.studies.sweep_reading import find_study

TARGET = 1.9  # times the rate of one process


def seconds(plan: Plan, workers: int) -> float:
    """Seconds that a whole sweep takes, its folder included."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        _, results = sweep(plan, Path(folder) / "sweep", False, pool_opener(workers, None, False))
        assert results["failed"] == 0
        return time.perf_counter() - start


def main() -> None:
    """Print rates and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", default="direct_and_institutional")
    parser.add_argument("--replicates", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    study = find_study(options.study).model_copy(update={"replicates": options.replicates})
    plan, runs = plan_of(study, None, options.study), runs_of(study)
    warm = study.model_copy(update={"replicates": 2, "years": 1})
    seconds(plan_of(warm, None, options.study), 2)  # compiles, imports
    taken = {
        workers: min(seconds(plan, workers) for _ in range(options.repeats)) for workers in (1, 2)
    }
    print(f"{options.study}, {runs} runs, best of {options.repeats}")
    for workers, spent in taken.items():
        print(f"{workers} processes: {spent:6.1f} s, {runs / spent:5.2f} runs/s")
    print(f"two give {taken[1] / taken[2]:.2f} times the rate of one; target {TARGET}")


if __name__ == "__main__":
    main()
