"""A small place made ready, its burn-in, and runs that several tests look at."""

import signal

import pytest

from model.economy import HealthEconomy, burn_in
from model.parameters import load_parameters
from model.place import find_place
from model.policy import Policy, find_policy
from model.setup import Setup, prepare
from model.state import State

# Whoever starts the tests in the background may ignore Ctrl-C; what they start must not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SEED = 1
PATIENTS = 3_000


@pytest.fixture(scope="session")
def shire() -> Setup:
    """Town and country with 3,000 of its 300,000 people simulated."""
    return prepare(find_place("anyshire", None), load_parameters(), PATIENTS)


@pytest.fixture(scope="session")
def after_burn_in(shire: Setup) -> State:
    """Where every arm begins; copy it before use."""
    return burn_in(shire, SEED)


@pytest.fixture(scope="session")
def live_policy(shire: Setup, after_burn_in: State):
    """Live `months` months of a policy (a preset's expression or a `Policy`) after the burn-in."""

    def live(policy: str | Policy, months: int = 24, mind: str = "reasoned", **more):
        chosen = find_policy(policy) if isinstance(policy, str) else policy
        state = more.pop("state", None) or after_burn_in.copy()
        where = more.pop("setup", shire)
        return HealthEconomy(where, chosen, SEED, mind, state=state, **more).run(months)

    return live


@pytest.fixture(scope="session")
def status_quo(live_policy) -> HealthEconomy:
    """Four years of the status quo. Read only."""
    return live_policy("status_quo", 48)


@pytest.fixture(scope="session")
def inert_status_quo(live_policy) -> HealthEconomy:
    """Four years of the status quo in which nobody answers an incentive. Read only."""
    return live_policy("status_quo", 48, mind="inert")


@pytest.fixture(scope="session")
def busy(live_policy) -> HealthEconomy:
    """Four years of carve-outs, an integrated organisation and a merger at once. Read only."""
    return live_policy("carveouts_three+population_ico+merger_only", 48)
