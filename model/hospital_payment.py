"""How trusts are paid: by activity or in a block, and emergencies above their baseline."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from model.rules import rules_of_year
from model.state import State

PLANNED = "hospital_payment.tariff.covers_electives"
EMERGENCIES = "hospital_payment.tariff.covers_emergencies"
PAID_SHARE = "hospital_payment.emergency_marginal_rate.paid_share"


class HospitalPayment(NamedTuple):
    """What decides a month's payments: whether activity counts, and the share of the tariff.

    What is not paid by activity is a block: the value of activity at the start of the run.
    """

    planned_by_activity: bool
    emergencies_by_activity: bool
    emergency_share: np.ndarray  # [sites], of the tariff that is paid for an emergency

    def paid(
        self, state: State, planned: np.ndarray, urgent: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Pence paid for planned care and emergencies worth so much at tariff [sites, 13].

        The market forces factor comes on top of both, and of blocks.
        """
        lines, place = state.lines, state.market_forces.paid[:, None]
        if not self.planned_by_activity:
            planned = lines.base_income * lines.open
        if not self.emergencies_by_activity:
            return planned * place, lines.base_emergency * place
        return planned * place, urgent * self.emergency_share[:, None] * place


def payment_in_force(rules: Mapping[str, Any], state: State) -> HospitalPayment:
    """How the rules in force pay trusts this month."""
    return HospitalPayment(
        bool(rules.get(PLANNED, False)), bool(rules.get(EMERGENCIES, False)),
        paid_share(rules, state),
    )  # fmt: skip


def paid_by_activity(year: int) -> bool:
    """Whether planned care was paid by activity under the rules of a year."""
    return bool(rules_of_year(year).get(PLANNED, False))


def paid_share(rules: Mapping[str, Any], state: State) -> np.ndarray:
    """Share of the tariff paid for every emergency of a site [sites], 1 where no rule holds.

    The baseline of a trust is its emergencies at the start of the run; what last year lay above it
    was worth, as a share of all, is paid at the marginal rate this year.
    """
    trust, share = state.provision.site_slot, rules.get(PAID_SHARE)
    if share is None:
        return np.ones(trust.size)
    value = np.bincount(trust, weights=state.last_year.emergency_income)
    base = 12.0 * np.bincount(trust, weights=state.lines.base_emergency.sum(axis=1))
    above = 1.0 - np.divide(base, value, out=np.ones_like(base), where=value > base)
    return 1.0 - (1.0 - share) * above[trust]
