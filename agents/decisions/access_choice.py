"""How much access a practice gives: hours and appointments, fewer, as many as usual or more."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.choice.deciding import Decision, Option, declared
from agents.organisations.practice import Practice

ACCESS = declared("access", "pay for access, or work for each doctor, that has changed enough")
USUAL = "usual_access"
LEVELS = {USUAL: 0, "more_access": 1, "less_access": -1}  # steps of hours beyond the usual


@dataclass(frozen=True)
class AccessObservation:
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


def change_since(name: str, observation: AccessObservation) -> float:
    """Pounds a year by which a level of access pays better than in the place's year.

    An hour of doctors with more work than usual is worth more, with a constant elasticity of
    supply; at usual work, a patient brings what the work is worth.
    """
    dearer: float = observation.workload ** (1.0 / observation.supply_elasticity) - 1.0
    return (
        observation.paid[name]
        - LEVELS[name] * (observation.step_cost + observation.drawn * observation.margin) * dearer
    )


def worth_of_access(name: str, observation: AccessObservation) -> float:
    """Pounds a year that a level of access is worth beside the usual one.

    The usual access was the partners' best answer to the pay and the work of the place's year, what
    it does for patients included; so only what has changed since then counts, and that steps get
    dearer.
    """
    return (
        change_since(name, observation)
        - 0.5 * observation.curvature * observation.step_cost * LEVELS[name] ** 2
    )


def draws_attention(observation: AccessObservation) -> bool:
    """Whether access is other than usual, or what another level brings has changed enough."""
    changed = any(change_since(name, observation) > observation.attention for name in LEVELS)
    return observation.current != USUAL or changed


def set_access(
    agent: Practice, observation: AccessObservation, month: int, forced: str | None = None
) -> Decision:
    """Hours and appointments as they are, or another level of them."""
    names = [observation.current, *(name for name in LEVELS if name != observation.current)]
    options = [Option(name, worth_of_access(name, observation)) for name in names]
    figures = {
        "workload": observation.workload,
        "paid_for_more": observation.paid["more_access"],
        "step_cost": observation.step_cost,
        "drawn": observation.drawn,
    }
    rule = ACCESS.scaled(agent.times_typical(observation.list_size, "practice_patients"))
    return agent.decide(rule, options, month, figures, forced=forced)
