"""Public money for who takes over a trust in deficit: what it is, and who grants it.

Old debt, deficits of some years and the cost of putting two trusts together were paid for. The
regulator offers it to whoever takes a failing trust over, and may grant it to one that is asked by
a trust in deficit.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from agents import regulator
from agents.mergers import MergerView
from agents.regulator import Taker
from model.deliberation import forced_option, record
from model.merger_partners import MERGE, Match
from model.merger_review import review_view, two_bodies
from model.objects import touched

if TYPE_CHECKING:
    from model.economy import HealthEconomy


def support_pounds(economy: "HealthEconomy", match: Match) -> float:
    """Public money for who takes a trust over: cost of integration and some years' deficits."""
    value, view = economy.setup.parameters, match.taker_view
    integration = view.integration_cost * value["trusts.felt_years"]
    return float(integration + value["trusts.support_years"] * view.deficit)


def supported(economy: "HealthEconomy", match: Match, support: float) -> MergerView:
    """What the taker sees if it gets so many pounds, once."""
    years = economy.setup.parameters["trusts.felt_years"]
    return replace(match.taker_view, support=support / years)


def taker_seen(economy: "HealthEconomy", match: Match) -> Taker:
    """What the regulator sees of handing a trust over; of competition only if nobody else does."""
    whole = review_view(economy, match)
    losing = None if two_bodies(economy) else whole.people_losing
    years = economy.setup.parameters["trusts.regulator_years"]
    return Taker(support_pounds(economy, match) / years, whole.claimed_saving, losing)


def support_granted(economy: "HealthEconomy", match: Match) -> float:
    """Pounds that the regulator grants to a trust that is asked to take over one in deficit."""
    agent, deficit = economy.minds.regulator, match.asker_view.deficit
    parties = (match.asker.code, match.taker.code)
    forced = forced_option(economy, agent.code, regulator.SUPPORT, " ".join(parties))
    decision = agent.consider_support(
        taker_seen(economy, match), deficit, economy.state.month, " ".join(parties), forced
    )
    record(economy, decision, *touched(economy, MERGE, parties))
    return support_pounds(economy, match) if decision.chosen == "support" else 0.0
