"""How whoever runs or leads general practices decides on where they refer."""

from dataclasses import dataclass

from agents.deciding import Decision, Option, Rule
from agents.organisation import Organisation

STEERING = Rule(
    "referral_steering", 12, 6, "practices that it runs or leads refer patients",
    status_quo_pounds=100_000, noise_pounds=100_000, month_of_year=9,
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
    share: dict[str, float]  # of it that its own hospitals get, by option
    margin: float  # of a pound of income, beyond the cost of the care
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
        "margin": view.margin,
        "own_share": view.share[view.current],
    }
    rule = STEERING.scaled(view.referral_spend / TYPICAL_SPEND)
    return agent.decide(rule, options, month, figures, forced=forced)


def worth_of_steering(name: str, view: SteeringView) -> float:
    """Margin on referrals won; resistance grows with the square of what is asked."""
    won = view.share[name] - view.share["refer_freely"]
    return won * view.referral_spend * view.margin - STRENGTH[name] ** 2 * view.resistance
