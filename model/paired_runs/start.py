"""Where runs of one seed begin: one burn-in, and a copy of its end for each of several policies.

They go on with the same luck, so that what differs between two of them is due to the policies
(common random numbers; Law, Simulation Modeling and Analysis, 2015, chapter 11).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from model.deciding.minds import Forced
from model.month import economy
from model.month.economy import HealthEconomy
from model.outcomes.area_years import AreaYears, area_years
from model.policies.policy import Policy
from model.state.setup import Setup
from model.state.state import State


@dataclass(frozen=True)
class Start:
    """The end of a burn-in, read only, and what later runs of its seed need of earlier ones.

    mind: how organisations decide. threads: of one month's patients. areas: those of the status
    quo by year, with which all are compared. decided: decisions that a run can replay. Both are
    None until they were lived.
    """

    setup: Setup
    seed: int
    state: State
    mind: str = "reasoned"
    threads: int = 1
    areas: AreaYears | None = None
    decided: Forced | None = None

    def run_under(
        self, policy: Policy, forced: Forced | None = None, last: bool = False
    ) -> HealthEconomy:
        """Return the economy of a run under a policy, with all its months still to be lived.

        forced: options by agent, decision and month. last: it takes the state over instead of a
        copy, as nothing else is to begin here.
        """
        state = self.state if last else self.state.copy()
        return HealthEconomy(
            self.setup, policy, self.seed, self.mind, forced, self.threads, state
        )  # fmt: skip

    def beside(self, status_quo: HealthEconomy) -> "Start":
        """Return the start with the areas of a status quo that was lived from it."""
        return replace(self, areas=area_years(status_quo.record))

    def after(self, run: HealthEconomy) -> "Start":
        """Return the start with the decisions of a run, and its areas if none are known yet."""
        start = self if self.areas is not None else self.beside(run)
        return replace(start, decided=run.decided())


def begin(
    setup: Setup,
    seed: int,
    mind: str = "reasoned",
    threads: int = 1,
    after_month: Callable[[], object] = lambda: None,
    before_first: Callable[[], object] = lambda: None,
) -> Start:
    """Live the burn-in of a seed: what all its runs begin from.

    mind and threads: of the runs. after_month, before_first: as `burn_in` calls them.
    """
    state = economy.burn_in(setup, seed, threads, after_month, before_first)
    return Start(setup, seed, state, mind, threads)
