"""How a decision is recorded, forced and put on the agenda."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agents.choice.deciding import Decision, Rule
from model.deciding.objects import touched

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def forced_option(economy: "HealthEconomy", agent: str, rule: Rule, about: str = "") -> str | None:
    """The option that this run forces on a decision, if any."""
    month = economy.state.month
    whole = economy.minds.forced.get((agent, rule.name, month))
    return economy.minds.forced.get((agent, f"{rule.name} {about}", month), whole)


def enter(
    economy: "HealthEconomy", decision: Decision, change: str, details: tuple[Any, ...]
) -> None:
    """Record a decision with what it bears on, and put what it changes on the agenda."""
    record(economy, decision, *touched(economy, change, details))
    if decision.chosen != decision.options[0]:
        economy.state.docket.agenda.append((decision.effect_month, change, details))


def record(economy: "HealthEconomy", decision: Decision, *objects: str) -> None:
    """Keep a decision with the objects that it bears on (model.deciding.objects)."""
    economy.state.docket.decisions.append(replace(decision, objects=objects))


SETTLING_YEARS = 12
