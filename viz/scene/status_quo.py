"""The status quo beside what a page shows: what areas are compared with for their regimes.

Sessions that begin with the same place, patients and seed share one, which is lived as far as the
furthest of them has asked. No lever moves in it.
"""

import threading
from collections.abc import Callable

from model.month.economy import HealthEconomy
from model.outcomes.area_years import AreaYears, area_years

STEPS = 3  # months that it catches up with a page in a month of the page


class StatusQuo:
    """A status quo that is lived on demand; safe to ask from several threads."""

    def __init__(self, begin: Callable[[], HealthEconomy]):
        self._begin, self._lock = begin, threading.Lock()
        self._economy: HealthEconomy | None = None

    def follow(self, months: int) -> None:
        """Live a few months towards `months` since the policy could begin, if it lies behind."""
        with self._lock:
            self._live(months, STEPS)

    def areas(self, months: int) -> AreaYears:
        """Its areas by year, up to `months`; what of them was not lived yet is lived now."""
        with self._lock:
            kept = area_years(self._live(months, months).record)
        return kept.of(kept.year[kept.year <= months // 12])

    def _live(self, months: int, steps: int) -> HealthEconomy:
        economy = self._economy = self._economy or self._begin()
        return economy.run(max(min(months - economy.policy_month, steps), 0))
