"""What councils hold, who waits for care, and pooled budgets."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.policies.policy import PooledBudget

if TYPE_CHECKING:
    pass


class Catchment(NamedTuple):
    """Who would serve whom, which no policy changes."""

    council: np.ndarray  # [areas], row of the council
    site: np.ndarray  # [areas], nearest emergency department
    care_share: np.ndarray  # [pairs], share of emergencies that need care to leave hospital
    steps: np.ndarray  # handovers to community and council after an emergency


@dataclass
class Pool:
    """A council's pool with the NHS, and the days from which its gains count."""

    terms: PooledBudget
    site_days: np.ndarray  # [sites], a month, when it began


@dataclass
class SocialCare:
    """What changes in social care; empty until its books are opened."""

    catchment: Catchment
    budget: np.ndarray  # [councils], pence a year
    first_budget: np.ndarray
    trend: np.ndarray  # [councils], growth a year beyond that of all councils
    capacity: np.ndarray  # [councils], people a month for whom care is paid in advance
    regard: np.ndarray  # [councils], pounds that a council sets on a day a resident waits
    need_year: np.ndarray  # [councils], people who needed care since April
    days: np.ndarray  # [councils, 2], last month: for want of a place, for other reasons
    site_days: np.ndarray  # [councils, sites], last month, both reasons
    site_want: np.ndarray  # of them for want of a place
    first_days: float = 0.0  # a month, at the opening
    first_burden: np.ndarray = field(default_factory=lambda: np.zeros(0))  # [sites], pence
    first_loss: np.ndarray = field(default_factory=lambda: np.zeros(0))  # [practices]
    other_days: float = 0.0  # for one person in need, for other reasons than want of a place
    pools: dict[int, Pool] = field(default_factory=dict)  # by row of the council

    @property
    def is_open(self) -> bool:
        """Whether delays are followed yet."""
        return self.first_loss.size > 0
