"""A place with few of its people simulated, for checks of money that live many policies."""

import pytest

from model.economy import burn_in
from model.parameters import load_parameters
from model.place import find_place
from model.setup import Setup, prepare
from model.state import State
from tests.model.headings import SEED


@pytest.fixture(scope="session")
def small() -> Setup:
    """Town and country with 800 of its people simulated; organisations are at full scale."""
    return prepare(find_place("anyshire", None), load_parameters(), 800)


@pytest.fixture(scope="session")
def begun(small: Setup) -> State:
    """Where every arm begins; copy it before use."""
    return burn_in(small, SEED)
