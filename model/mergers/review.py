"""Who rules on a merger of trusts under the rules in force, and what they clear.

Where two bodies rule, the one for competition and the one for finance must both clear a merger,
each by what it sees.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from agents.organisations import regulator
from agents.organisations.regulator import Regulator, ReviewView
from model.deciding.decisions import forced_option, record
from model.deciding.objects import touched
from model.mergers.partners import MERGE, Match
from model.outcomes.market import people_losing
from model.payments.solvency import trust_income
from model.state.ledger import PENCE_PER_POUND

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

TURNOVER = "competition.merger_control.turnover_threshold_pence"
MONTHS = "competition.merger_control.review_months"
SHARE = "competition.merger_control.share_threshold"
BODIES, TWO = "competition.regulators.bodies", "two"


def two_bodies(economy: "HealthEconomy") -> bool:
    """Whether competition and finance are ruled on by two bodies under the rules in force."""
    return bool(economy.rules.get(BODIES) == TWO)


def is_reviewed(economy: "HealthEconomy", smaller: float, together: float) -> bool:
    """Whether a merger of this size (pounds a year) is looked at under the rules in force."""
    turnover, share = economy.rules.get(TURNOVER), economy.rules.get(SHARE)
    supply = together / max(float(trust_income(economy).sum()), 1.0)
    large = turnover is not None and smaller * PENCE_PER_POUND >= turnover
    return large or (share is not None and supply >= share)


def is_looked_at(economy: "HealthEconomy", match: Match) -> bool:
    """Whether this merger is reviewed under the rules in force."""
    view = match.asker_view
    smaller = min(view.income, view.other_income)
    return is_reviewed(economy, smaller, view.income + view.other_income)


def review_months(economy: "HealthEconomy", match: Match) -> int:
    """How much longer a merger takes that is looked at."""
    return int(economy.rules.get(MONTHS, 0)) if is_looked_at(economy, match) else 0


def cleared(economy: "HealthEconomy", match: Match) -> bool:
    """Whether no rule stands against the merger, or all who rule on it clear it."""
    if not is_looked_at(economy, match):
        return True
    whole, minds = review_view(economy, match), economy.minds
    if not two_bodies(economy):
        return _clears(economy, match, minds.regulator, whole)
    competition = _clears(economy, match, minds.competition, replace(whole, deficit=None))
    finance = _clears(economy, match, minds.regulator, replace(whole, people_losing=None))
    return competition and finance


def competition_clears(economy: "HealthEconomy", match: Match) -> bool:
    """Whether a failing trust may be handed over, where another body rules on competition."""
    if not is_looked_at(economy, match):
        return True
    partial = replace(review_view(economy, match), deficit=None)
    return _clears(economy, match, economy.minds.competition, partial)


def review_view(economy: "HealthEconomy", match: Match) -> ReviewView:
    """All there is to see of a merger."""
    view = match.asker_view
    losing = people_losing(
        economy.setup, economy.state, match.area, match.asker.body, match.taker.body
    )
    return ReviewView(view.believed_saving, deficit_ended(economy, match), losing)


def deficit_ended(economy: "HealthEconomy", match: Match) -> float:
    """Part of a trust's deficit that last year's surplus of the taker would have met."""
    row = list(economy.setup.place.trusts["trust"]).index(match.taker.code)
    surplus = max(float(economy.state.hospitals.results[row]) / PENCE_PER_POUND, 0.0)
    return min(match.asker_view.deficit, surplus)


def _clears(economy: "HealthEconomy", match: Match, agent: Regulator, view: ReviewView) -> bool:
    """Whether one body clears a merger, by what it sees."""
    about = f"{match.asker.code} {match.taker.code}"
    forced = forced_option(economy, agent.code, regulator.REVIEW, about)
    decision = agent.review_merger(view, economy.state.month, about, forced)
    record(economy, decision, *touched(economy, MERGE, (match.asker.code, match.taker.code)))
    return decision.chosen == "clear"
