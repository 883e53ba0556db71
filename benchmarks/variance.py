"""What common random numbers gain: variance of a contrast with independent seeds over paired ones.

Run with `uv run python benchmarks/variance.py DIR`, where DIR is the folder of a sweep with
replayed decisions, such as that of `joinedup sweep direct_and_institutional`. Replayed: decisions
are those of the run that a policy is put beside; free: as organisations take them.
"""

import argparse
import statistics
from pathlib import Path

from experiments.contrast import contrast_rows, times
from experiments.folders import read_manifest

TARGET = 10.0  # times, with decisions replayed


def main() -> None:
    """Print the gain of every policy and main outcome."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    rows = contrast_rows(folder, read_manifest(folder)[0], [])
    gains = {(row["policy"], row["outcome"], row["effect"]): row["gain"] for row in rows}
    print(f"{'policy':<18}{'outcome':<26}{'free':>12}{'replayed':>12}")
    for policy, outcome in dict.fromkeys((row["policy"], row["outcome"]) for row in rows):
        free, direct = gains[policy, outcome, "total"], gains[policy, outcome, "direct"]
        print(f"{policy:<18}{outcome:<26}{times(free):>12}{times(direct):>12}")
    direct = [gain for key, gain in gains.items() if key[2] == "direct" and gain == gain]
    least, middle = min(direct), statistics.median(direct)
    print(f"replayed: least {times(least)}, median {times(middle)}; target {times(TARGET)}")


if __name__ == "__main__":
    main()
