"""How trusts that fail again and again end: an administrator, and what becomes of each hospital.

The administrator acts for the regulator, whose motives it has, and settles hospital by hospital.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.choice.deciding import Decision, Option, declared
from agents.decisions.closures_choice import (
    ClosingReviewObservation,
    sums_of_closing,
    worth_of_closing,
)
from agents.organisations.regulator import Regulator, Taker, beside_the_first

ADMINISTRATION = declared("administration", "a trust fails that has failed before", month_of_year=4)
SITE_FATE = declared("site_fate", "an administrator has been appointed", month_of_year=10)


@dataclass(frozen=True)
class SiteFateObservation:
    """What an administrator sees of one hospital of a trust that has failed."""

    loss: float  # pounds a year that it costs more than it earns
    closing: ClosingReviewObservation | None  # None if nobody could stand in for it
    takers: Mapping[str, Taker]  # who would run it, by code


def consider_administration(
    agent: Regulator, gain: float, cost: float, month: int, about: str, forced: str | None = None
) -> Decision:
    """Leave a failing trust (`about`) to its board, or appoint an administrator.

    gain: pounds a year of the best that can become of each hospital, if those who could take one
    agree; cost: of the administration, spread over the years it is felt.
    """
    worth = gain - agent.public_money * cost
    options = [Option("leave_to_board", 0.0), Option("appoint", worth)]
    rule = ADMINISTRATION.at_stake(options, agent.noise_of_stakes, (gain, worth - gain))
    return agent.decide(rule, options, month, {"gain": gain, "cost": cost}, about, forced)


def settle_site(
    agent: Regulator,
    observation: SiteFateObservation,
    month: int,
    about: str,
    forced: str | None = None,
) -> Decision:
    """Keep a hospital with public money, close it, or hand it to a trust that agrees."""
    worth = worth_of_fates(agent, observation)
    options = [Option(name, pounds) for name, pounds in worth.items()]
    figures = {"loss": observation.loss}
    if observation.closing is not None:
        figures |= {
            "gain": observation.closing.gain,
            "people_minutes": observation.closing.people_minutes,
        }
    figures |= {f"support_{code}": taker.support for code, taker in observation.takers.items()}
    sums = _sums_of_fates(agent, observation)
    rule = SITE_FATE.at_stake(beside_the_first(options), agent.noise_of_stakes, sums)
    return agent.decide(rule, options, month, figures, about, forced)


def _sums_of_fates(agent: Regulator, observation: SiteFateObservation) -> list[float]:
    """What is weighed beside the loss: money, journeys and alternatives, of every fate."""
    sums = [p for taker in observation.takers.values() for p in agent.sums_of_handing_over(taker)]
    if observation.closing is None:
        return sums
    return [*sums, *sums_of_closing(agent, observation.closing)]


def worth_of_fates(agent: Regulator, observation: SiteFateObservation) -> dict[str, float]:
    """What may become of a hospital, and its worth in pounds a year.

    Its loss is paid for with public money as long as its trust runs it, and what closing does not
    end of it, too; whoever takes it over answers for it.
    """
    worth = {"keep": -agent.owed(observation.loss)}
    if observation.closing is not None:
        worth["close"] = worth["keep"] + worth_of_closing(agent, observation.closing)
    for code, taker in observation.takers.items():
        worth[code] = agent.worth_of_handing_over(taker)
    return worth
