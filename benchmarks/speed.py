"""How long a run takes: 50,000 patients for ten years, once everything is compiled.

Run with `uv run python benchmarks/speed.py [--place NAME] [--patients N] [--threads N]`.
"""

import argparse
import inspect
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from model.care.kernel import live
from model.month import economy as month_module
from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.state.setup import Setup
from model.state.state import State

MONTHS = 120
TARGET_SECONDS = 3.0
POLICIES = ("status_quo", "carveouts_three", "population_ico")
SEED = 0


def seconds(work: Callable[[], object]) -> float:
    """Seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def kernel_nanoseconds(setup: Setup, state: State, threads: int, months: int = 24) -> float:
    """Nanoseconds for a month of one patient in the compiled rule, without organisations."""
    economy = HealthEconomy(setup, find_policy("status_quo"), SEED, threads=threads, state=state)
    people, first = economy.state.residents.people, economy.state.month

    def lived() -> None:
        for month in range(first, first + months):
            live(people, economy.world, economy.tallies, SEED, month)

    return 1e9 * seconds(lived) / months / people.size


def run_seconds(setup: Setup, state: State, policy: str, threads: int) -> float:
    """Seconds for ten years of a policy from the end of a burn-in."""
    economy = HealthEconomy(setup, find_policy(policy), SEED, threads=threads, state=state)
    return seconds(lambda: economy.run(MONTHS))


@contextmanager
def deciding() -> Iterator[list[float]]:
    """Collects the seconds of every call in which organisations see, decide and are recorded.

    These are the calls of a month (`HealthEconomy.step`) before patients' tables are brought up to
    date, the calendar that carries decisions out among them.
    """
    source = inspect.getsource(HealthEconomy.step).split("self.rearrange()")[0]
    found = re.findall(r"(\w+)\.(\w+)\(self\)", source)
    calls = [(getattr(month_module, module), name) for module, name in found]
    plain, spent = {call: getattr(*call) for call in calls}, [0.0]

    def timed(function: Callable[[HealthEconomy], None]) -> Callable[[HealthEconomy], None]:
        def call(economy: HealthEconomy) -> None:
            spent[0] += seconds(lambda: function(economy))

        return call

    for (module, name), function in plain.items():
        setattr(module, name, timed(function))
    yield spent
    for (module, name), function in plain.items():
        setattr(module, name, function)


def share_of_minds(setup: Setup, state: State, policy: str, threads: int) -> float:
    """Share of a run's time in which organisations decide, 0-1."""
    with deciding() as spent:
        whole = run_seconds(setup, state, policy, threads)
    return spent[0] / whole


def table(setup: Setup, threads: int, repeats: int) -> list[tuple[str, str]]:
    """What was timed, and the best of `repeats` times."""
    state = burn_in(setup, SEED, threads)
    rows = [("burn-in, 36 months", f"{seconds(lambda: burn_in(setup, SEED, threads)):.2f} s")]
    for policy in POLICIES:
        best = min(run_seconds(setup, state.copy(), policy, threads) for _ in range(repeats))
        rows.append((f"{policy}, {MONTHS} months", f"{best:.2f} s"))
        rows.append(("  a patient's month", f"{1e9 * best / MONTHS / setup.patients:.0f} ns"))
        minds = share_of_minds(setup, state.copy(), policy, threads)
        rows.append(("  organisations decide", f"{100 * minds:.0f}% of it"))
    each = [kernel_nanoseconds(setup, state.copy(), threads) for _ in range(repeats)]
    rows.append(("rule of a patient alone", f"{np.min(each):.0f} ns a month"))
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", default="anyshire")
    parser.add_argument("--patients", type=int, default=50_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    setup = prepare(find_place(options.place, None), load_parameters(), options.patients)
    burn_in(setup, SEED, options.threads)  # compiles
    print(f"{options.place}, {options.patients:,} patients, {options.threads} threads")
    print(f"target: {MONTHS} months of 50,000 patients in {TARGET_SECONDS:.0f} s")
    for name, value in table(setup, options.threads, options.repeats):
        print(f"{name:<32}{value:>18}")


if __name__ == "__main__":
    main()
