"""How long a trust keeps patients in bed, and how many operations it does as day cases."""

from dataclasses import dataclass

from agents.choice.deciding import Decision, DecisionType, Option, declared
from agents.organisations.trust import Trust

STAY = declared("length_of_stay", "yearly planning")
DAY_CASE = declared("day_cases", "yearly planning")
STEPS = {"fewer_bed_days": 1, "more_bed_days": -1}  # that each option saves


@dataclass(frozen=True)
class BedObservation:
    """What a trust sees of the bed days of one line at one site. Pounds a year."""

    bed_days: float  # as they would be if this rule had changed nothing since the start
    cut: float  # share of them that it has saved; below nought, added
    day_cost: float  # spent less for a day less
    day_used: float  # earned with a day less, by others who use the bed, as hospitals are paid now
    usual_worth: float  # of a day less, both together, as hospitals were paid in the base year
    curvature: float  # how fast the effort for a further day grows
    most_cut: float  # that can be done at all
    least_cut: float  # below nought: bed days that can be added
    step: float  # share of them that a year's change saves or adds


def plan_stays(
    agent: Trust,
    rule: DecisionType,
    observation: BedObservation,
    month: int,
    about: str,
    forced: str | None = None,
) -> Decision:
    """Keep stays (or the share of day cases) as they are, or save or add a step of bed days."""
    options = [Option("keep", 0.0)]
    for name, direction in STEPS.items():
        step = direction * observation.step
        if observation.least_cut - 1e-9 <= observation.cut + step <= observation.most_cut + 1e-9:
            effort = effort_of_cut(observation, observation.cut + step) - effort_of_cut(
                observation, observation.cut
            )
            options.append(Option(name, saved_by_step(observation, step) - effort))
    figures = {
        "bed_days": observation.bed_days,
        "cut": observation.cut,
        "day_cost": observation.day_cost,
        "day_used": observation.day_used,
        "usual_worth": observation.usual_worth,
    }
    rule = rule.scaled(agent.times_typical(observation.bed_days, "line_bed_days"))
    return agent.decide(rule, options, month, figures, about, forced)


def saved_by_step(observation: BedObservation, step: float) -> float:
    """Pounds a year that a further share of the bed days of the start saves, or costs if added.

    A bed is kept empty if who would lie in it costs more than is paid; a bed that is missing is
    missing in any case.
    """
    used = max(observation.day_used, 0.0) if step > 0.0 else observation.day_used
    return observation.bed_days * step * (observation.day_cost + used)


def effort_of_cut(observation: BedObservation, cut: float) -> float:
    """Clinicians' and managers' effort to have saved this share of bed days, in pounds a year.

    What was done at the start was the best answer to how hospitals were paid then, so the first day
    saved costs what it then brought; further ones cost more.
    """
    return (
        observation.bed_days
        * observation.usual_worth
        * (cut + 0.5 * observation.curvature * cut**2)
    )
