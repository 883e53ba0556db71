"""Which patients an independent provider takes for planned care: all, or only the simpler ones."""

from dataclasses import dataclass

from agents.deciding import Decision, Option, Rule
from agents.trust import TYPICAL_LINE_INCOME, Trust

ACCEPTANCE = Rule(
    "acceptance", 12, 6, "yearly planning", status_quo_pounds=50_000, noise_pounds=50_000
)
ALL, SIMPLE = "take_all", "only_simple"


@dataclass(frozen=True)
class AcceptanceView:
    """What an independent provider sees of one line. Pounds a year, shares of its income."""

    only_simple: bool  # whether it refuses patients with several conditions now
    income: float  # if it took all who would come
    complex_share: float  # of them with several conditions
    cost: float  # of a simple patient, for a pound of income
    cost_ratio: float  # of a patient with several conditions to a simple one
    replaced_share: float  # of those refused, whose place a simple patient takes


def choose_patients(
    agent: Trust, view: AcceptanceView, month: int, about: str, forced: str | None = None
) -> Decision:
    """Take all patients of a line, or refuse those with several conditions: all cost the same."""
    refused = view.income * view.complex_share
    lost = refused * (1.0 - view.cost * view.cost_ratio)
    won = refused * view.replaced_share * (1.0 - view.cost)
    worth = {ALL: 0.0, SIMPLE: won - lost}
    order = (SIMPLE, ALL) if view.only_simple else (ALL, SIMPLE)
    figures = {"income": view.income, "complex_share": view.complex_share,
               "unit_cost": view.cost}  # fmt: skip
    rule = ACCEPTANCE.scaled(view.income / TYPICAL_LINE_INCOME)
    options = [Option(name, worth[name]) for name in order]
    return agent.decide(rule, options, month, figures, about, forced)
