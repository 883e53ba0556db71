"""How much access a practice gives: hours and appointments, fewer, as many as usual or more."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.choice.deciding import Decision, Option, declared
from agents.organisations.practice import Practice

ACCESS = declared("access", "pay for access, or work for each doctor, that has changed enough")
USUAL = "usual_access"
LEVELS = {USUAL: 0, "more_access": 1, "less_access": -1}  # steps of hours beyond the usual


@dataclass(frozen=True)
class AccessView:
    """What partners see when they set their hours and appointments. Pounds a year."""

    list_size: int
    current: str  # one of LEVELS
    paid: Mapping[str, float]  # by level, beyond the usual and beyond what the place's year paid
    step_cost: float  # doctors' time for a step, at their usual work
    workload: float  # for a doctor at usual access, against what the practice is used to
    supply_elasticity: float  # of doctors' work with respect to what an hour of it pays
    drawn: float  # patients whom a step would draw from other practices in the years looked ahead
    margin: float  # what one of them pays, less the expenses that follow
    curvature: float  # how much dearer a whole step is than its first part
    attention: float  # change of what a step brings that is noticed


def change_since(name: str, view: AccessView) -> float:
    """Pounds a year by which a level of access pays better than in the place's year.

    An hour of doctors with more work than usual is worth more, with a constant elasticity of
    supply; at usual work, a patient brings what the work is worth.
    """
    dearer: float = view.workload ** (1.0 / view.supply_elasticity) - 1.0
    return view.paid[name] - LEVELS[name] * (view.step_cost + view.drawn * view.margin) * dearer


def worth_of_access(name: str, view: AccessView) -> float:
    """Pounds a year that a level of access is worth beside the usual one.

    The usual access was the partners' best answer to the pay and the work of the place's year, what
    it does for patients included; so only what has changed since then counts, and that steps get
    dearer.
    """
    return change_since(name, view) - 0.5 * view.curvature * view.step_cost * LEVELS[name] ** 2


def draws_attention(view: AccessView) -> bool:
    """Whether access is other than usual, or what another level brings has changed enough."""
    changed = any(change_since(name, view) > view.attention for name in LEVELS)
    return view.current != USUAL or changed


def set_access(
    agent: Practice, view: AccessView, month: int, forced: str | None = None
) -> Decision:
    """Hours and appointments as they are, or another level of them."""
    names = [view.current, *(name for name in LEVELS if name != view.current)]
    options = [Option(name, worth_of_access(name, view)) for name in names]
    figures = {
        "workload": view.workload,
        "paid_for_more": view.paid["more_access"],
        "step_cost": view.step_cost,
        "drawn": view.drawn,
    }
    rule = ACCESS.scaled(agent.times_typical(view.list_size, "practice_patients"))
    return agent.decide(rule, options, month, figures, forced=forced)
