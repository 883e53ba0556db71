"""How long `joinedup --help` takes: best of ten. Run: `uv run python benchmarks/help.py`."""

import subprocess
import sys
import time

TARGET_SECONDS = 0.5
COMMAND = [sys.executable, "-m", "experiments.commands.entry", "--help"]


def main() -> None:
    """Print the best of ten times."""
    times = []
    for _ in range(10):
        start = time.perf_counter()
        subprocess.run(COMMAND, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    print(f"joinedup --help: {min(times):.2f} s; target {TARGET_SECONDS} s")


if __name__ == "__main__":
    main()
