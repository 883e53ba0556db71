"""How whoever runs or leads general practices decides on where they refer."""

from dataclasses import dataclass

from agents.choice.deciding import Decision, Option, declared
from agents.choice.numbers import Degrees
from agents.choice.organisation import Organisation

STEERING = declared(
    "referral_steering", "practices that it runs or leads refer patients", month_of_year=9
)
# How strongly practices are asked to refer to their own side, in units of the usual tilt
# (`choice.*_referral_tilt`, which has a range); resistance grows with the square of it.
STRENGTH = Degrees("steering", "refer_freely", 0.0, ("prefer_own", "insist_on_own"))


@dataclass(frozen=True)
class SteeringObservation:
    """What it sees of referrals of the practices that it runs or leads. Pounds a year."""

    current: str  # one of STRENGTH
    referral_spend: float
    own_share: float  # of it that its own hospitals get now
    margin: dict[str, float]  # what planned care leaves to its own hospitals, by option
    resistance: float  # cost of doctors' and patients' resistance at the usual strength


def steer(
    agent: Organisation, observation: SteeringObservation, month: int, forced: str | None = None
) -> Decision:
    """Let doctors refer freely, have them prefer its own hospitals, or insist on it."""
    strength = STRENGTH.of(agent.numbers)
    worth = {name: worth_of_steering(name, asked, observation) for name, asked in strength.items()}
    options = [Option(observation.current, worth.pop(observation.current))]
    options += [Option(name, pounds) for name, pounds in worth.items()]
    figures = {
        "referral_spend": observation.referral_spend,
        "margin": observation.margin[observation.current],
        "own_share": observation.own_share,
    }
    rule = STEERING.scaled(agent.times_typical(observation.referral_spend, "referral_pounds"))
    return agent.decide(rule, options, month, figures, forced=forced)


def worth_of_steering(name: str, asked: float, observation: SteeringObservation) -> float:
    """Margin on referrals won; resistance grows with the square of what is `asked`.

    `name`: the option.
    """
    won = observation.margin[name] - observation.margin["refer_freely"]
    return won - asked**2 * observation.resistance
