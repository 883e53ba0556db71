"""How a trust decides on mergers: to ask for one, to take another over, to take services on.

What holds boards back is money too: staying independent, and not to be distracted, are worth so
many pounds a year to a trust of typical size, in proportion for others. Noise is a share of what
is at stake, so that a merger that does much harm to a board is practically never its choice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agents.choice.deciding import Decision, DecisionType, Option, declared
from agents.organisations.trust import Trust

MERGER = replace(  # what holds a board back is its own: a multiple of this pound
    declared("trust_merger", "two years of deficit", month_of_year=3), status_quo_pounds=1
)
MERGER_OFFER = replace(
    MERGER, name="trust_merger_offer", attention="a trust in deficit that would merge"
)
FAILING_OFFER = replace(
    MERGER, name="failing_trust_offer", month_of_year=4,
    attention="the regulator looks for somebody who takes a failing trust over",
)  # fmt: skip
SITE_OFFER = replace(
    MERGER, name="site_offer", month_of_year=10,
    attention="an administrator looks for somebody who runs a hospital",
).part_of("site_fate")  # fmt: skip
SERVICES_OFFER = replace(
    MERGER_OFFER, name="services_offer", attention="services that a commissioner must give up"
).part_of("provider_split")


@dataclass(frozen=True)
class MergerObservation:
    """What a trust sees of merging with another. Pounds a year unless said otherwise."""

    income: float  # its own
    other_income: float
    deficit: float  # of the trust that asks or fails; nought if it has none
    believed_saving: float  # of the two together
    integration_cost: float  # of the two together, spread over the years it is felt
    rivalry: float  # of the two: margin on patients whom each would leave the other by a step less
    support: float = 0.0  # that the regulator pays to who takes over, spread in the same way


def consider_merger(
    agent: Trust, observation: MergerObservation, month: int, about: str, forced: str | None = None
) -> Decision:
    """Stay alone, or ask the other trust (`about`) to take this one over."""
    relief = agent.deficit_pressure * observation.deficit
    options = [Option("stay", 0.0), Option("ask", worth_of_merger(observation) + relief)]
    sums = (relief, *(_part(observation) * pounds for pounds in _sums_of_both(observation)))
    rule = _weighed(agent, MERGER, agent.independence * observation.income, options, sums)
    return agent.decide(rule, options, month, _figures(observation), about, forced)


def answer_merger(
    agent: Trust, observation: MergerObservation, month: int, about: str, forced: str | None = None
) -> Decision:
    """Refuse or take over a trust (`about`) that asks, with its deficit."""
    return _takes_over(agent, MERGER_OFFER, observation, month, about, forced)


def answer_regulator(
    agent: Trust, observation: MergerObservation, month: int, about: str, forced: str | None = None
) -> Decision:
    """Refuse or take over a failing trust (`about`) with its deficit and the support offered."""
    return _takes_over(agent, FAILING_OFFER, observation, month, about, forced)


def answer_administrator(
    agent: Trust, observation: MergerObservation, month: int, about: str, forced: str | None = None
) -> Decision:
    """Refuse or run a hospital of a trust that has failed (`about`), with its loss and support."""
    return _takes_over(agent, SITE_OFFER, observation, month, about, forced)


def consider_services(
    agent: Trust, observation: MergerObservation, month: int, about: str, forced: str | None = None
) -> Decision:
    """Leave the services that a commissioner gives up (`about`) to others, or offer."""
    return _takes_over(
        agent, SERVICES_OFFER, observation, month, about, forced, ("leave_alone", "offer")
    )


def gain_of_both(observation: MergerObservation) -> float:
    """What two trusts save and spend as one, and keep of the patients they now contend for."""
    return observation.believed_saving - observation.integration_cost + observation.rivalry


def worth_of_merger(observation: MergerObservation) -> float:
    """To a trust that is taken over: its part, by income, of what both gain."""
    return _part(observation) * gain_of_both(observation)


def worth_of_taking_over(agent: Trust, observation: MergerObservation) -> float:
    """To whoever takes the other over: all that both gain comes in its books, with the deficit."""
    grown = agent.growth * observation.other_income
    return gain_of_both(observation) + grown + observation.support - observation.deficit


def _takes_over(
    agent: Trust,
    rule: DecisionType,
    observation: MergerObservation,
    month: int,
    about: str,
    forced: str | None,
    names: tuple[str, str] = ("refuse", "accept"),
) -> Decision:
    worth = worth_of_taking_over(agent, observation)
    options = [Option(name, pounds) for name, pounds in zip(names, (0.0, worth), strict=True)]
    sums = (
        *_sums_of_both(observation),
        agent.growth * observation.other_income,
        observation.support,
        observation.deficit,
    )
    rule = _weighed(agent, rule, _distraction(agent, observation), options, sums)
    return agent.decide(rule, options, month, _figures(observation), about, forced)


def _part(observation: MergerObservation) -> float:
    """A trust's part of two, by income."""
    return observation.income / (observation.income + observation.other_income)


def _sums_of_both(observation: MergerObservation) -> tuple[float, float, float]:
    """What two trusts save, spend and keep as one."""
    return observation.believed_saving, observation.integration_cost, observation.rivalry


def _distraction(agent: Trust, observation: MergerObservation) -> float:
    """What holds a board back from taking another over, by the size of the smaller of the two."""
    return agent.distraction * min(observation.income, observation.other_income)


def _weighed(
    agent: Trust,
    rule: DecisionType,
    held_back: float,
    options: Sequence[Option],
    sums: Iterable[float],
) -> DecisionType:
    """The rule with what holds the board back, and with noise by what is at stake."""
    rule = rule.with_scaled_noise(agent.times_typical(held_back, "trust_millions"), 1.0)
    return rule.at_stake(options, agent.noise_of_stakes, sums)


def _figures(observation: MergerObservation) -> dict[str, float]:
    return {"deficit": observation.deficit, "believed_saving": observation.believed_saving,
            "integration_cost": observation.integration_cost, "rivalry": observation.rivalry,
            "other_income": observation.other_income, "support": observation.support}  # fmt: skip
