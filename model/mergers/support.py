"""Public money for who takes over a trust in deficit: what it is, and who grants it.

Old debt, deficits of some years and the cost of putting two trusts together were paid for. The
regulator offers it to whoever takes a failing trust over, and may grant it to one that is asked by
a trust in deficit. A trust that is no foundation trust it may direct to merge against its board.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agents.decisions.mergers_choice import MergerObservation
from agents.numerics.random_streams import STREAM_TRAIT, keyed_uniform
from agents.organisations import regulator
from agents.organisations.regulator import Taker
from agents.organisations.trust import Trust
from model.deciding.decisions import forced_option, record
from model.deciding.effects import touched
from model.deciding.minds import Minds
from model.mergers.partners import MERGE, Match
from model.mergers.review import review_observation, two_bodies
from model.parameters import Parameters
from model.places.place import Place
from model.state.setup import Setup
from model.state.state import State

OWNED = 21  # of the keyed luck of what kind of trust one is


def support_pounds(value: Parameters, match: Match) -> float:
    """Public money for who takes a trust over: cost of integration and some years' deficits."""
    observation = match.taker_observation
    integration = observation.integration_cost * value["trusts.felt_years"]
    return float(integration + value["trusts.support_years"] * observation.deficit)


def support_due(value: Parameters, agreed: int, integration: float, deficit: float) -> int:
    """Return the pence of support that are due when a trust, or a hospital, has a new owner.

    As much as was `agreed` (pence), and no more than `integration` (pence, once) and the deficit
    to come (pence a year) now ask for: it may have become smaller since.
    """
    return min(agreed, round(float(integration + value["trusts.support_years"] * deficit)))


def supported(value: Parameters, match: Match, support: float) -> MergerObservation:
    """What the taker sees if it gets so many pounds, once."""
    years = value["trusts.felt_years"]
    return replace(match.taker_observation, support=support / years)


def taker_seen(
    place: Place, value: Parameters, state: State, rules: Mapping[str, Any], match: Match
) -> Taker:
    """What the regulator sees of handing a trust over; of competition only if nobody else does."""
    whole = review_observation(place, value, state.hospitals, state.yearbooks, match)
    losing = None if two_bodies(rules) else whole.people_losing
    years = value["trusts.regulator_years"]
    return Taker(support_pounds(value, match) / years, whole.claimed_saving, losing)


def support_granted(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], match: Match
) -> float:
    """Pounds that the regulator grants to a trust that is asked to take over one in deficit."""
    agent, deficit = minds.regulator, match.asker_observation.deficit
    parties = (match.asker.code, match.taker.code)
    forced = forced_option(minds, state.month, agent.code, regulator.SUPPORT, " ".join(parties))
    decision = agent.consider_support(
        taker_seen(setup.place, setup.parameters, state, rules, match),
        deficit,
        state.month,
        " ".join(parties),
        forced,
    )
    record(state.docket, decision, *touched(setup.place, MERGE, parties))
    return support_pounds(setup.parameters, match) if decision.chosen == "support" else 0.0


def is_directed(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], match: Match
) -> bool:
    """Whether the regulator has a trust merge whose board would rather stay alone."""
    if not can_be_directed(setup.parameters, match.asker):
        return False
    agent, observation = minds.regulator, match.asker_observation
    parties = (match.asker.code, match.taker.code)
    about, month = " ".join(parties), state.month
    forced = forced_option(minds, month, agent.code, regulator.MERGER_DIRECTION, about)
    seen = taker_seen(setup.place, setup.parameters, state, rules, match)
    decision = agent.direct_merger(
        seen, observation.deficit, observation.income, month, about, forced
    )
    record(state.docket, decision, *touched(setup.place, MERGE, parties))
    return decision.chosen == "direct"


def can_be_directed(value: Parameters, trust: Trust) -> bool:
    """Whether a trust is no foundation trust: ministers own it, and may direct its board."""
    draw = keyed_uniform(trust.seed, STREAM_TRAIT, trust.key, 0, OWNED)
    return bool(draw < value["trusts.directed_share"])
