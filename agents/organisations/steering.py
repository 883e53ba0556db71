"""How whoever runs or leads general practices decides on where they refer."""

from dataclasses import dataclass

from agents.choice.deciding import Decision, Option, declared
from agents.choice.organisation import Organisation

STEERING = declared(
    "referral_steering", 12, 6, "practices that it runs or leads refer patients", month_of_year=9,
)  # fmt: skip
TYPICAL_SPEND = 10_000_000.0  # pounds a year of referrals for which the rule is written
# How strongly practices are asked to refer to their own side, in units of the usual tilt
# (`choice.*_referral_tilt`, which has a range); resistance grows with the square of it.
STRENGTH = {"refer_freely": 0.0, "prefer_own": 1.0, "insist_on_own": 2.0}


@dataclass(frozen=True)
class SteeringView:
    """What it sees of referrals of the practices that it runs or leads. Pounds a year."""

    current: str  # one of STRENGTH
    referral_spend: float
    own_share: float  # of it that its own hospitals get now
    margin: dict[str, float]  # what planned care leaves to its own hospitals, by option
    resistance: float  # cost of doctors' and patients' resistance at the usual strength


def steer(
    agent: Organisation, view: SteeringView, month: int, forced: str | None = None
) -> Decision:
    """Let doctors refer freely, have them prefer its own hospitals, or insist on it."""
    worth = {name: worth_of_steering(name, view) for name in STRENGTH}
    options = [Option(view.current, worth.pop(view.current))]
    options += [Option(name, pounds) for name, pounds in worth.items()]
    figures = {
        "referral_spend": view.referral_spend,
        "margin": view.margin[view.current],
        "own_share": view.own_share,
    }
    rule = STEERING.scaled(view.referral_spend / TYPICAL_SPEND)
    return agent.decide(rule, options, month, figures, forced=forced)


def worth_of_steering(name: str, view: SteeringView) -> float:
    """Margin on referrals won; resistance grows with the square of what is asked."""
    won = view.margin[name] - view.margin["refer_freely"]
    return won - STRENGTH[name] ** 2 * view.resistance
