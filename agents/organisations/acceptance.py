"""Which patients an independent provider takes for planned care: all, or only the simpler ones."""

from dataclasses import dataclass

from agents.choice.deciding import Decision, Option, declared
from agents.organisations.trust import Trust

ACCEPTANCE = declared("acceptance", "yearly planning")
ALL, SIMPLE = "take_all", "only_simple"


@dataclass(frozen=True)
class AcceptanceView:
    """What an independent provider sees of one line. Pounds a year, at national prices."""

    only_simple: bool  # whether it refuses patients with several conditions now
    care: float  # if it took all who would come
    complex_share: float  # of them with several conditions
    simple_care: float  # if it refused them: of others, whom a shorter list draws, more
    paid: float  # for a pound of care; nothing in a block
    cost: float  # of a pound of a simple patient's care: what varies with patients
    cost_ratio: float  # of a patient with several conditions to a simple one


def choose_patients(
    agent: Trust, view: AcceptanceView, month: int, about: str, forced: str | None = None
) -> Decision:
    """Take all patients of a line, or refuse those with several conditions: all cost the same."""
    refused = view.care * view.complex_share
    lost = refused * (view.paid - view.cost * view.cost_ratio)
    won = (view.simple_care - view.care + refused) * (view.paid - view.cost)
    worth = {ALL: 0.0, SIMPLE: won - lost}
    order = (SIMPLE, ALL) if view.only_simple else (ALL, SIMPLE)
    figures = {"care": view.care, "complex_share": view.complex_share, "paid": view.paid,
               "unit_cost": view.cost, "simple_care": view.simple_care}  # fmt: skip
    rule = ACCEPTANCE.scaled(agent.times_typical(view.care, "line_pounds"))
    options = [Option(name, worth[name]) for name in order]
    return agent.decide(rule, options, month, figures, about, forced)
