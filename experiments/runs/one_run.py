"""One run as a function of numbers and names, for notebooks and for tools that call models."""

from pathlib import Path
from typing import Any

from experiments.runs.folders import installed
from experiments.runs.jobs import (
    Arm,
    Job,
    live_policy,
    measures_of,
    start_of,
)
from experiments.runs.options import (
    LARGEST_SEED,
    LONGEST_YEARS,
    MOST_PATIENTS,
    YEARS,
    Options,
    whole_number,
)
from model.parameters import load_parameters
from model.sizes import PATIENTS


def outcomes_of(
    policy: str = "status_quo",
    place: str = "anyshire",
    patients: int = PATIENTS,
    years: int = YEARS,
    seed: int = 0,
    minds: str = "reasoned",
    data: str | None = None,
    regimes: bool = False,
    **levers: float,
) -> dict[str, float]:
    """Every outcome over the last three years of one run.

    `levers` are named as `joinedup list levers` names them, with "." or "__" between subject and
    name (`handovers__link_effect=0.4`). With `regimes` also shares of people by regime, for which
    the status quo of the same seed is lived beside it. `InputError` for what cannot be used. The
    same
    arguments give the same outcomes, to the bit; runs of one seed share their luck.
    """
    from model.paired_runs.arm_results import with_status_quo
    from model.places.named_places import place_meant
    from model.places.place_finding import find_place
    from model.policies.policy_finding import find_policy

    named = {name.replace("__", "."): value for name, value in levers.items()}
    checked: dict[str, Any] = {
        name: load_parameters().entry(name).checked(value) for name, value in named.items()
    }
    place = place_meant(place)
    found = find_place(place, Path(data) if data else None)
    options = Options(
        place=place, data=Path(data) if data else None, levers=checked, minds=minds,
        patients=whole_number("patients", int(patients), MOST_PATIENTS),
        years=whole_number("years", int(years), LONGEST_YEARS),
        seed=whole_number("seed", int(seed), LARGEST_SEED, least=0),
    )  # fmt: skip
    arm = Arm(policy)
    job = Job(options, {policy: find_policy(policy)}, (arm,), found.hash(), installed())
    start = start_of(job)
    if regimes:
        start = with_status_quo(start, options.years)
    economy = live_policy(job, arm, start)
    return measures_of(economy, options.years, start.areas)[0]
