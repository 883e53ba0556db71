"""Most commands begin with the same few burn-ins."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _burn_ins_once(burn_ins_once: None) -> None:
    """Live each of them once for all tests of this folder."""
