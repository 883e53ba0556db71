"""A small place made ready, its burn-in, and runs that several tests look at.

Nothing heavy is imported before a test asks for it: the process that hands tests out to others
needs none of it.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from agents.numerics.kernel_cache import is_compiled
from model.bytecode import keep_bytecode

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy
    from model.policies.policy import Policy
    from model.state.setup import Setup
    from model.state.state import State

keep_bytecode()  # for all processes that begin from here, too

# Whoever starts the tests in the background may ignore Ctrl-C; what they start must not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
for name in {"SIGTERM", "SIGHUP"} & set(dir(signal)):  # nohup ignores the second
    if signal.getsignal(getattr(signal, name)) is signal.SIG_IGN:
        signal.signal(getattr(signal, name), signal.SIG_DFL)

SEED = 1
PATIENTS = 3_000
COMPILE = """
from model.month.compiling import compiled
def small():
    from model.parameters import load_parameters
    from model.places.place_finding import find_place
    from model.month.preparing import prepare
    return prepare(find_place("anyshire", None), load_parameters(), 300)
compiled(small)
"""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the rules once, on two cores, before several processes ask for them at once."""
    several = session.config.getoption("numprocesses", None)
    if several and not hasattr(session.config, "workerinput") and not is_compiled():
        subprocess.run([sys.executable, "-c", COMPILE], check=True)


@pytest.fixture(scope="session")
def shire() -> "Setup":
    """Town and country with 3,000 of its 300,000 people simulated."""
    from model.month.preparing import prepare
    from model.parameters import load_parameters
    from model.places.place_finding import find_place

    return prepare(find_place("anyshire", None), load_parameters(), PATIENTS)


@pytest.fixture(scope="session")
def after_burn_in(shire: "Setup") -> "State":
    """Where every arm begins; copy it before use."""
    from model.month.economy import burn_in

    return burn_in(shire, SEED)


@pytest.fixture(scope="session")
def burn_ins_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Live every burn-in once, and keep it where all processes that run tests find it."""
    from tests.kept_burn_ins import kept_in

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / "burn_ins"
    folder.mkdir(exist_ok=True)
    with kept_in(folder):
        yield


@pytest.fixture(scope="session")
def live_policy(shire: "Setup", after_burn_in: "State"):
    """Live `months` months of a policy (a preset's expression or a `Policy`) after the burn-in."""
    from model.month.economy import HealthEconomy
    from model.policies.policy_finding import find_policy

    def live(policy: "str | Policy", months: int = 24, mind: str = "reasoned", **more):
        chosen = find_policy(policy) if isinstance(policy, str) else policy
        state = more.pop("state", None) or after_burn_in.copy()
        where, kind = more.pop("setup", shire), more.pop("kind", HealthEconomy)
        return kind(where, chosen, SEED, mind, state=state, **more).run(months)

    return live


@pytest.fixture(scope="session")
def status_quo(live_policy) -> "HealthEconomy":
    """Four years of the status quo. Read only."""
    return live_policy("status_quo", 48)


@pytest.fixture(scope="session")
def inert_status_quo(live_policy) -> "HealthEconomy":
    """Four years of the status quo in which nobody answers an incentive. Read only."""
    return live_policy("status_quo", 48, mind="inert")


@pytest.fixture(scope="session")
def busy(live_policy) -> "HealthEconomy":
    """Four years of carve-outs, an integrated organisation and a merger at once. Read only."""
    return live_policy("carveouts_three+population_ico+merger_only", 48)
