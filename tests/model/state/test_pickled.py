"""A setup that went to another process is the same to the bit, down to the layout of its arrays."""

import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mesa.batchrunner import batch_run

from model.month.economy import BURN_IN_MONTHS, HealthEconomy
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.state.setup import Setup
from model.state.state import State


@pytest.fixture(scope="module")
def setup() -> Setup:
    return prepare(find_place("lakeland"), load_parameters(), 300)


def arrays(thing: Any, path: str, seen: set[int]) -> Iterator[tuple[str, np.ndarray]]:
    """Every array in a thing, however deep, with where it stands."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        yield path, thing
    elif isinstance(thing, dict):
        for key, value in thing.items():
            yield from arrays(value, f"{path}[{key!r}]", seen)
    elif isinstance(thing, list | tuple):
        for k, value in enumerate(thing):
            yield from arrays(value, f"{path}[{k}]", seen)
    elif not isinstance(thing, pd.DataFrame) and hasattr(thing, "__dict__"):
        for key, value in vars(thing).items():
            yield from arrays(value, f"{path}.{key}", seen)


def layouts(thing: Any) -> dict[str, tuple]:
    found = arrays(thing, "", set())
    return {path: (a.shape, a.dtype, a.flags.c_contiguous, a.flags.f_contiguous)
            for path, a in found}  # fmt: skip


def test_every_array_of_a_setup_keeps_its_layout(setup):
    assert setup.neighbours.size and setup.everybody is not None  # worked out once, when asked for
    assert len(layouts(setup)) > 50
    assert layouts(pickle.loads(pickle.dumps(setup))) == layouts(setup)


def test_every_array_of_a_state_keeps_its_layout(after_burn_in: State):
    assert layouts(pickle.loads(pickle.dumps(after_burn_in))) == layouts(after_burn_in)


def lived(setup: Setup, processes: int) -> list[dict[str, Any]]:
    return batch_run(
        HealthEconomy,
        {"setup": [setup], "policy": [find_policy("carveout_msk")], "collect": [True]},
        rng=[0, 1], max_steps=BURN_IN_MONTHS + 12, data_collection_period=-1,
        number_processes=processes, display_progress=False,
    )  # fmt: skip


@pytest.mark.slow
def test_batch_run_is_the_same_with_one_and_two_processes(setup):
    one, two = (pd.DataFrame(lived(setup, n)).select_dtypes("number") for n in (1, 2))
    keys = ["iteration", "seed"] if "seed" in one else ["RunId"]
    pd.testing.assert_frame_equal(one.sort_values(keys).reset_index(drop=True),
                                  two.sort_values(keys).reset_index(drop=True),
                                  check_exact=True)  # fmt: skip
