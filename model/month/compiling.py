"""Compile the rules once on a machine, on two cores, before the first run needs them."""

import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from agents.numerics.kernel_cache import CACHE_FOLDER, is_compiled

if TYPE_CHECKING:
    from model.state.setup import Setup


def compiled(prepare: Callable[[], "Setup"]) -> "Setup":
    """What `prepare` gives, with every rule compiled on this machine.

    The longest rule compiles in a process of its own, which starts before anything heavy is
    imported here.
    """
    if is_compiled():
        return prepare()
    print("compiling the rules, once on this machine: about half a minute", file=sys.stderr)
    ahead = subprocess.Popen(  # Ctrl-C on a terminal is for this process alone
        [sys.executable, "-P", "-m", "model.care.compile_month"], start_new_session=True
    )
    try:
        setup = prepare()
        _compile_the_rest(setup, ahead)
    finally:
        ahead.kill()
        ahead.wait()
    if not is_compiled():
        where = CACHE_FOLDER or "the user's cache folder"
        print(f"{where}: compiled rules cannot be kept here, for want of room or of a folder of"
              " one's own; every command compiles anew", file=sys.stderr)  # fmt: skip
    return setup


def _compile_the_rest(setup: "Setup", ahead: subprocess.Popen[bytes]) -> None:
    from model.month.economy import HealthEconomy
    from model.policies.policy_finding import find_policy

    economy = HealthEconomy(setup, find_policy("status_quo"))
    ahead.wait()
    economy.run(12)
