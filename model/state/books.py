"""Books by which organisations decide: budgets that practices hold, how deeply hospitals code."""

from dataclasses import dataclass, field

import numpy as np

from model.places.place import Place


@dataclass(frozen=True)
class BudgetTerms:
    """Terms of a budget as they stand in a year, with all that a policy leaves to rules filled in.

    Money in pence a year; a stop-loss is the most that one patient is charged with.
    """

    kind: str
    charged: np.ndarray  # bool [13 pathways and emergencies]
    minimum_list: float
    entry_notice_months: int
    retained_share: float
    overspend_share: float
    stop_loss_pence: float
    allowance_pence: float
    allowance_pence_per_patient: float
    preparatory_allowance_pence: float


@dataclass
class Holding:
    """A budget that a practice holds, has held, or has announced that it will hold."""

    practice: int
    table: int  # which of the policy's tables of terms
    terms: BudgetTerms
    announced_month: int
    joined_month: int  # the first month of the budget, perhaps still to come
    left_month: int | None = None
    pence_per_patient: np.ndarray = field(default_factory=lambda: np.zeros(0))  # a year [14]


@dataclass
class BudgetBooks:
    """The public record of budgets, and what practices believe from their own experience."""

    held: dict[int, Holding] = field(default_factory=dict)  # by practice, announced ones included
    past: list[Holding] = field(default_factory=list)
    saving: dict[int, float] = field(default_factory=dict)  # believed share saved, by practice
    trust: dict[int, float] = field(default_factory=dict)  # believed chance that it is paid

    pool_of: dict[int, tuple[int, int]] = field(default_factory=dict)  # federation of a practice
    leaders: dict[tuple[int, int], int] = field(default_factory=dict)  # of each federation
    pool_saving: dict[tuple[int, int], float] = field(default_factory=dict)  # share saved

    def pooled_with(self, practice: int) -> list[int]:
        """Practices whose budgets are settled as one with that of `practice`, itself included."""
        if practice not in self.pool_of:
            return [practice]
        return [m for m, key in self.pool_of.items() if key == self.pool_of[practice]]

    def leave_pool(self, practice: int) -> None:
        """`practice` leaves its federation, which ends if it led it; nothing if it is in none."""
        key = self.pool_of.pop(practice, None)
        if key is not None and self.leaders.get(key) == practice:
            del self.leaders[key]
            self.pool_of = {m: other for m, other in self.pool_of.items() if other != key}

    def hand_back(self, practice: int, month: int) -> None:
        """`practice` no longer holds a budget; nothing if it holds none."""
        self.leave_pool(practice)
        if practice in self.held:
            holding = self.held.pop(practice)
            holding.left_month = month
            self.past.append(holding)

    def held_in(self, month: int) -> list[int]:
        """Practices that held a budget in a month."""
        return [
            holding.practice
            for holding in (*self.held.values(), *self.past)
            if holding.joined_month <= month
            and (holding.left_month is None or month < holding.left_month)
        ]


USUAL = "audit_usual"  # of checking how hospitals code


@dataclass
class CodingYear:
    """A year's sums, in pence at tariff."""

    paid: np.ndarray  # [sites], by activity
    recoverable: np.ndarray  # [sites], of it times the share that the payer finds
    recoverable_then: np.ndarray  # [sites], the same with the checking of the base year
    bought: np.ndarray  # [commissioners]
    deeper: np.ndarray  # [commissioners], of it for deeper coding


@dataclass
class CodingBooks:
    """What trusts and commissioners go by when they decide on coding."""

    depth: np.ndarray  # [sites], tariff income beyond that of the base year's coding, share
    effort: list[str]  # of checking [commissioners]
    base_effort: list[str]  # the same in the base year, with which the tariff was paid
    year: CodingYear
    base_deficit: np.ndarray  # [trusts], pence a year when the base years ended


def first_coding(place: Place) -> CodingBooks:
    """Everybody codes, and is checked, as in the base year."""
    sites, trusts, buyers = len(place.sites), len(place.trusts), len(place.commissioners)
    return CodingBooks(
        depth=np.zeros(sites),
        effort=[USUAL] * buyers,
        base_effort=[USUAL] * buyers,
        year=empty_coding_year(sites, buyers),
        base_deficit=np.zeros(trusts),
    )


def empty_coding_year(sites: int, buyers: int) -> CodingYear:
    """A year of nothing."""
    return CodingYear(
        paid=np.zeros(sites),
        recoverable=np.zeros(sites),
        recoverable_then=np.zeros(sites),
        bought=np.zeros(buyers),
        deeper=np.zeros(buyers),
    )
