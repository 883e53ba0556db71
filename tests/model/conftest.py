"""A place with few of its people simulated, for checks of money that live many policies."""

import pytest

from model.month.economy import burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.state.setup import Setup
from model.state.state import State
from tests.model.headings import SEED


@pytest.fixture(scope="session")
def small() -> Setup:
    """Town and country with 800 of its people simulated; organisations are at full scale."""
    return prepare(find_place("anyshire", None), load_parameters(), 800)


@pytest.fixture(scope="session")
def begun(small: Setup) -> State:
    """Where every arm begins; copy it before use."""
    return burn_in(small, SEED)
