"""Which patients an independent provider takes for planned care: all, or only the simpler ones."""

from dataclasses import dataclass

from agents.choice.deciding import Decision, Option, declared
from agents.organisations.trust import Trust

ACCEPTANCE = declared("acceptance", "yearly planning")
ALL, SIMPLE = "take_all", "only_simple"


@dataclass(frozen=True)
class AcceptanceObservation:
    """What an independent provider sees of one line. Pounds a year, at national prices."""

    only_simple: bool  # whether it refuses patients with several conditions now
    care: float  # if it took all who would come
    complex_share: float  # of them with several conditions
    simple_care: float  # if it refused them: of others, whom a shorter list draws, more
    paid: float  # for a pound of care; nothing in a block
    cost: float  # of a pound of a simple patient's care: what varies with patients
    cost_ratio: float  # of a patient with several conditions to a simple one


def choose_patients(
    agent: Trust,
    observation: AcceptanceObservation,
    month: int,
    about: str,
    forced: str | None = None,
) -> Decision:
    """Take all patients of a line, or refuse those with several conditions: all cost the same."""
    refused = observation.care * observation.complex_share
    lost = refused * (observation.paid - observation.cost * observation.cost_ratio)
    won = (observation.simple_care - observation.care + refused) * (
        observation.paid - observation.cost
    )
    worth = {ALL: 0.0, SIMPLE: won - lost}
    order = (SIMPLE, ALL) if observation.only_simple else (ALL, SIMPLE)
    figures = {
        "care": observation.care,
        "complex_share": observation.complex_share,
        "paid": observation.paid,
        "unit_cost": observation.cost,
        "simple_care": observation.simple_care,
    }
    rule = ACCEPTANCE.scaled(agent.times_typical(observation.care, "line_pounds"))
    options = [Option(name, worth[name]) for name in order]
    return agent.decide(rule, options, month, figures, about, forced)
