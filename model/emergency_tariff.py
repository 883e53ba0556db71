"""What trusts are paid for emergencies above their baseline (the marginal rate)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from model.state import State

PAID_SHARE = "hospital_payment.emergency_marginal_rate.paid_share"


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
