"""How deeply a trust codes what it has done, and how hard a payer checks it."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.choice.deciding import Decision, Option, declared
from agents.organisations.commissioner import Commissioner
from agents.organisations.trust import Trust

CODING = declared("coding", "yearly planning")
AUDIT = declared("coding_audit", "yearly planning")
STEPS = {"deeper": 1, "shallower": -1}  # of depth that each option adds


@dataclass(frozen=True)
class CodingObservation:
    """What a trust sees of its coding. Pounds a year.

    Depth is tariff income beyond that of the coding of the base year, as a share.
    """

    income: float  # at tariff
    depth: float
    recovered_share: float  # of a pound gained by deeper coding, taken back by challenges
    usual_recovered_share: float  # the same in the base year
    coders_share: float  # of a pound coded deeper, that coders are paid
    deficit: float  # beyond that of the base year; nought if it has none
    curvature: float  # how fast deeper coding becomes dearer
    deepest: float  # depth that is possible, either way
    step: float  # of depth that a year can add or take away


@dataclass(frozen=True)
class AuditObservation:
    """What a commissioner sees of the coding of the hospital care that it pays for."""

    current: str  # effort of checking
    people: float
    spend: float  # at tariff, pounds a year
    overcharged_share: float  # of spend, by errors in the hospital's favour
    depth: float  # of spend, by coding deeper than in the base year
    found: Mapping[str, float]  # share of either that is found and paid back, by effort
    cost: Mapping[str, float]  # pounds a year, by effort


def set_coding(
    agent: Trust, observation: CodingObservation, month: int, forced: str | None = None
) -> Decision:
    """Code as now, a step deeper or a step less deep."""
    now = worth_of_depth(agent, observation, observation.depth)
    options = [Option("keep", 0.0)]
    for name, direction in STEPS.items():
        depth = observation.depth + direction * observation.step
        if abs(depth) <= observation.deepest + 1e-9:
            options.append(Option(name, worth_of_depth(agent, observation, depth) - now))
    figures = {
        "income": observation.income,
        "depth": observation.depth,
        "deficit": observation.deficit,
    }
    figures["recovered_share"] = observation.recovered_share
    figures["usual_recovered_share"] = observation.usual_recovered_share
    rule = CODING.scaled(agent.times_typical(observation.income, "tariff_millions"))
    return agent.decide(rule, options, month, figures, forced=forced)


def worth_of_depth(agent: Trust, observation: CodingObservation, depth: float) -> float:
    """Pounds a year that a depth of coding is worth to a trust beside that of the base year.

    A deficit since then lends weight to what deeper coding brings.
    """
    gained = money_of_depth(observation, depth)
    relief = agent.deficit_pressure * min(max(gained, 0.0), observation.deficit)
    return gained - conscience_of_depth(observation, depth) + relief


def money_of_depth(observation: CodingObservation, depth: float) -> float:
    """Pounds a year that a depth of coding brings, less what payers win back and coders' pay.

    Nothing is won back of what is not coded.
    """
    recovered = observation.recovered_share if depth > 0.0 else 0.0
    return observation.income * depth * (1.0 - recovered - observation.coders_share)


def conscience_of_depth(observation: CodingObservation, depth: float) -> float:
    """What a depth of coding costs in good conscience, in pounds a year.

    Coding of the base year was the best answer to the checks of that year, so the first step costs
    what it then brought in; further ones more.
    """
    first = 1.0 - observation.usual_recovered_share - observation.coders_share
    return observation.income * (first * depth + 0.5 * observation.curvature * depth**2)


def set_audit(
    agent: Commissioner, observation: AuditObservation, month: int, forced: str | None = None
) -> Decision:
    """How hard to check hospitals' coding and to challenge what is found."""
    against = observation.spend * (observation.overcharged_share + max(observation.depth, 0.0))
    efforts = [
        observation.current,
        *(effort for effort in observation.found if effort != observation.current),
    ]
    options = [Option(e, against * observation.found[e] - observation.cost[e]) for e in efforts]
    figures = {"spend": observation.spend, "depth": observation.depth}
    figures["overcharged_share"] = observation.overcharged_share
    rule = AUDIT.scaled(agent.times_typical(observation.people, "commissioner_people"))
    return agent.decide(rule, options, month, figures, forced=forced)
