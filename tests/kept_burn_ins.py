"""Burn-ins that several runs begin from, each lived once in all processes that run tests.

The same place, parameters, patients, seed and threads give the same state to the bit: that is
tested without this (`test_economy.py`, and commands in processes of their own).
"""

import hashlib
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from model.month import economy
from model.state.setup import Setup
from model.state.state import BURN_IN_MONTHS, State


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """While this holds, whoever imports `burn_in` anew takes from `folder` what is there."""
    live = economy.burn_in

    def burn_in(*given: Any, **named: Any) -> State:
        asked = signature(live).bind(*given, **named)
        asked.apply_defaults()
        setup, seed, threads, after_month, before_first = asked.arguments.values()
        path = folder / _address(setup, seed, threads)
        if path.exists():
            before_first()
            for _ in range(BURN_IN_MONTHS):
                after_month()
        else:
            state = live(*given, **named)
            written = path.with_suffix(f".{os.getpid()}")
            written.write_bytes(pickle.dumps(state, pickle.HIGHEST_PROTOCOL))
            written.replace(path)
        found: State = pickle.loads(path.read_bytes())
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(economy, "burn_in", burn_in)
        yield


def _address(setup: Setup, seed: int, threads: int) -> str:
    parts = [getattr(setup, one.name) for one in fields(setup) if one.name != "place"]
    told = [pickle.dumps(part) for part in (setup.place.hash(), seed, threads, *parts)]
    return hashlib.sha256(b"".join(told)).hexdigest()
