"""The rule of the queue: how lines work their lists off, and how long patients then wait.

Supply answers with an elasticity to the wait that patients live. What a line does in a month and
the wait, its list over that, satisfy both

    operations = capacity x (wait / target) ^ elasticity, between least and most use of capacity.
"""

from typing import NamedTuple

import numpy as np

from agents.numerics.compiled import compiled
from model.parameters import Parameters
from model.population.demand import ActivityRates
from model.state.hospitals import Hospitals

LEAST_CAPACITY = 1e-9  # operations a month: with less a list would be waited for without end


class Queue(NamedTuple):
    """How lines work their lists off."""

    target: float  # months of wait that capacity is planned for
    elasticity: float  # of operations to the wait that is lived
    least_use: float  # of capacity
    most_use: float


def queue_of(value: Parameters) -> Queue:
    """The rule of the queue under these parameters."""
    return Queue(
        float(value["minds.wait_target_months"]), float(value["minds.supply_elasticity_of_wait"]),
        float(value["minds.least_use"]), float(value["minds.most_use"]),
    )  # fmt: skip


@compiled
def ready_for(backlog: float, capacity: float, rule: Queue) -> float:
    """Operations a month that a line is ready to do for so long a list."""
    if capacity <= 0.0:
        return 0.0
    months = max(backlog, 0.0) / (max(capacity, LEAST_CAPACITY) * rule.target)
    use = months ** (rule.elasticity / (1.0 + rule.elasticity))
    ready: float = capacity * min(max(use, rule.least_use), rule.most_use)
    return ready


@compiled
def wait_for(backlog: float, capacity: float, rule: Queue) -> float:
    """Months that who joins such a list waits; none where nobody is treated."""
    if capacity <= 0.0:
        return 0.0
    return backlog / max(ready_for(backlog, capacity, rule), LEAST_CAPACITY)


@compiled
def _of_lines(lists: np.ndarray, rooms: np.ndarray, rule: Queue, waited: bool) -> np.ndarray:
    """For every list and capacity the months that are waited, or the operations a month."""
    found = np.empty(lists.size)
    for n in range(lists.size):
        if waited:
            found[n] = wait_for(lists[n], rooms[n], rule)
        else:
            found[n] = ready_for(lists[n], rooms[n], rule)
    return found


def operated(value: Parameters, backlog: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Operations a month that lines are ready to do for such lists and capacities [...]."""
    return _worked_out(value, backlog, capacity, waited=False)


def waits_of(value: Parameters, backlog: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Months that who joins such lists waits, however long; none where nobody is treated [...]."""
    return _worked_out(value, backlog, capacity, waited=True)


def _worked_out(
    value: Parameters, backlog: np.ndarray, capacity: np.ndarray, waited: bool
) -> np.ndarray:
    lists, rooms = np.broadcast_arrays(backlog, capacity)
    found = _of_lines(lists.flatten(), rooms.flatten(), queue_of(value), waited)
    return found.reshape(lists.shape)


def wait_months(value: Parameters, hospitals: Hospitals) -> np.ndarray:
    """Months from referral to operation on every line, as they are lived [sites, 13]."""
    return waits_of(value, hospitals.lines.backlog, hospitals.lines.capacity)


def settled_lists(value: Parameters, operations: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Lists that stay as they are while so many a month join them [...]."""
    rule = queue_of(value)
    use = np.divide(operations, capacity, out=np.ones_like(operations), where=capacity > 0.0)
    use = np.clip(use, rule.least_use, rule.most_use)
    lists: np.ndarray = operations * rule.target * use ** (1.0 / rule.elasticity)
    return lists


def growth_of_waits(value: Parameters, backlog: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Months by which waits end up longer for an operation a month more that is asked for [...].

    Where use is at its limit, as if it could still answer: what ends a list there is choice.
    """
    rule, room = queue_of(value), np.maximum(capacity, LEAST_CAPACITY)
    use = operated(value, backlog, room) / room
    growth: np.ndarray = (
        rule.target * use ** (1.0 / rule.elasticity - 1.0) / (rule.elasticity * room)
    )
    return growth


def move_queues(
    value: Parameters, activity: ActivityRates, hospitals: Hospitals, seen: np.ndarray
) -> np.ndarray:
    """Referrals join the list of their line, capacity takes from it; returns operations done."""
    lines = hospitals.lines
    possible = operated(value, lines.backlog, lines.capacity)
    lines.backlog += seen * activity.operation_share
    done: np.ndarray = np.minimum(lines.backlog, possible)
    lines.backlog -= done
    return done
