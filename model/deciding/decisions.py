"""How a decision is recorded, forced and put on the agenda."""

from dataclasses import replace
from typing import Any

from agents.choice.deciding import Decision, DecisionType
from model.deciding.effects import touched
from model.deciding.minds import Minds
from model.places.place import Place
from model.state.state import Docket


def forced_option(
    minds: Minds, month: int, agent: str, rule: DecisionType, about: str = ""
) -> str | None:
    """The option that this run forces on a decision, if any.

    `agent`: its code.
    """
    whole = minds.forced.get((agent, rule.name, month))
    return minds.forced.get((agent, f"{rule.name} {about}", month), whole)


def schedule_effect(
    place: Place, docket: Docket, decision: Decision, change: str, details: tuple[Any, ...]
) -> None:
    """Record a decision with what it bears on, and put what it changes on the agenda."""
    record(docket, decision, *touched(place, change, details))
    if decision.chosen != decision.options[0]:
        docket.scheduled_effects.append((decision.effect_month, change, details))


def record(docket: Docket, decision: Decision, *objects: str) -> None:
    """Keep a decision with the objects that it bears on (model.deciding.objects)."""
    docket.decisions.append(replace(decision, objects=objects))


SETTLING_YEARS = 12
