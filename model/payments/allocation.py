"""What commissioners are given: a target by need, how far each is from it, and how it moves there.

Targets follow lists and the hospital care that can be expected of them (weighted capitation).
History has left commissioners above or below; what is over has mostly been spent, on things that
the model does not follow, and the distance is closed slowly.
"""

import numpy as np

from agents.numerics.random_streams import STREAM_TRAIT, key_of, keyed_normal
from model.parameters import Parameters
from model.places.place import Place
from model.state.state import Money, State

DRAW = 13  # which of an organisation's traits


def distance_from_target(place: Place, value: Parameters, seed: int) -> np.ndarray:
    """How far each commissioner is given more than its target, as a share [commissioners]."""
    spread = value["commissioning.distance_spread"]
    codes = place.commissioners["commissioner"]
    draw = [keyed_normal(seed, STREAM_TRAIT, np.uint64(key_of(str(c))), 0, DRAW) for c in codes]
    least, most = value["commissioning.most_below_target"], value["commissioning.most_above_target"]
    target: np.ndarray = np.clip(spread * np.array(draw), -least, most)
    return target


def follow_lists(state: State) -> None:
    """Money goes with people who have moved to another commissioner's practices.

    So much a head as the place has on average, of targets and of what is spent on what the model
    does not follow.
    """
    k = state.provision.practice_commissioner.astype(np.int64)
    people = np.bincount(k, state.practices.lists, minlength=state.money.allocation.size)
    come = (people - state.money.funded_people) / people.sum()
    step = come * state.money.target_allocation.sum()
    state.money.allocation = state.money.allocation + step
    state.money.target_allocation = state.money.target_allocation + step
    state.money.other_spend = state.money.other_spend + come * state.money.other_spend.sum()
    state.money.funded_people = people


def approach_targets(value: Parameters, money: Money) -> None:
    """A year's step towards targets; spending that the model does not follow goes with it."""
    step = (money.target_allocation - money.allocation) / value["commissioning.years_to_target"]
    money.allocation = money.allocation + step
    money.other_spend = money.other_spend + value["commissioning.distance_spent"] * step
