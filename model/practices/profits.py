"""What partners of general practices earn, and how much of it is left a patient."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from model.parameters import Parameters
from model.places.place import Place
from model.practices.access import access_expenses, hours
from model.practices.income import expenses, income_streams
from model.practices.workforce import (
    locums,
    workload,
    workload_cost,
)
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices

LEAST_WORTH = 1e-3  # of a post that nobody wants, against the average


class Partnerships(NamedTuple):
    """What partners of every practice have and do [practices]. Money in pounds a year."""

    partners: np.ndarray
    profit: np.ndarray  # of each partner
    workload_cost: np.ndarray  # to each, of more work than usual
    chance: np.ndarray  # that a search for a partner succeeds within a year
    retiring: np.ndarray  # partners who would leave and leave nobody behind


def partnerships(
    place: Place, value: Parameters, practices: Practices, rules: Mapping[str, Any]
) -> Partnerships:
    """What partners have and do, and what a search for another would meet.

    A trust that runs a practice offers posts that are worth what they are on average.
    """
    force, count = practices.workforce, practices.workforce.count()
    profit = profits(place, value, practices, rules)
    load = workload(force, value, practices.lists) * hours(value, practices.access)
    extra = workload_cost(value, load, margins(place, value, practices, rules) * force.usual_list)
    worth = profit - extra
    offered = np.where(
        practices.owned_trust < 0,
        worth / np.average(worth, weights=practices.lists),
        1.0,
    )
    chance = chance_of_partner(value, offered)
    retiring = np.bincount(force.practice, force.leaving, minlength=count.size)
    return Partnerships(count, profit, extra, chance, retiring)


def chance_of_partner(parameters: Parameters, worth: np.ndarray | float) -> np.ndarray:
    """Chance that a search succeeds within a year, by what a post is worth against the average."""
    share = parameters["practices.successor_found_share"]
    power = parameters["practices.successor_income_elasticity"]
    odds = share / (1.0 - share) * np.maximum(worth, LEAST_WORTH) ** power
    chance: np.ndarray = odds / (1.0 + odds)
    return chance


def profits(
    place: Place, value: Parameters, practices: Practices, rules: Mapping[str, Any]
) -> np.ndarray:
    """What a partner of each practice earns a year, in pounds, at today's rules [practices]."""
    lists = practices.lists.astype(np.float64)
    cover = value["practices.locum_pence"] * locums(practices.workforce, value, lists)
    cover = cover + access_expenses(value, lists, practices.access)
    profit = _income(place, value, practices, rules) - expenses(practices.books, lists) - cover
    profits: np.ndarray = profit / np.maximum(practices.workforce.count(), 1) / PENCE_PER_POUND
    return profits


def margins(
    place: Place, value: Parameters, practices: Practices, rules: Mapping[str, Any]
) -> np.ndarray:
    """What one more patient brings a practice, less the expenses that follow, in pounds a year."""
    books = practices.books
    each = _income(place, value, practices, rules) / np.maximum(practices.lists, 1)
    margins: np.ndarray = (
        np.maximum(each - books.expense_pence * books.expense_factor, 0.0) / PENCE_PER_POUND
    )
    return margins


def _income(
    place: Place, value: Parameters, practices: Practices, rules: Mapping[str, Any]
) -> np.ndarray:
    """All payments to each practice a year, in pence, at today's rules."""
    streams = income_streams(place, value, practices, rules)
    return np.sum(list(streams.values()), axis=0)
