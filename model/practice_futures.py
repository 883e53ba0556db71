"""When practices think about their future: what partners earn, who leaves, who might merge."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents import practice
from agents.practice import FutureView
from model.deliberation import PENCE, enter, forced_option, record
from model.objects import touched
from model.parameters import Parameters
from model.practice_access import access_expenses, hours
from model.practice_income import expenses, income_streams, saved_by_merging
from model.practice_workforce import (
    find_partner,
    locums,
    partners_leave,
    posts,
    workload,
    workload_cost,
)

if TYPE_CHECKING:
    from model.economy import HealthEconomy

LEAST_WORTH = 1e-3  # of a post that nobody wants, against the average
LEAVING = ("close_practice", "merge_practices")


class Partnerships(NamedTuple):
    """What partners of every practice have and do [practices]. Money in pounds a year."""

    partners: np.ndarray
    profit: np.ndarray  # of each partner
    workload_cost: np.ndarray  # to each, of more work than usual
    chance: np.ndarray  # that a search for a partner succeeds within a year
    retiring: np.ndarray  # partners who would leave and leave nobody behind


def practices_consider_future(economy: "HealthEconomy") -> None:
    """Once a year partners come and go; practices with too little income, or nobody left, decide.

    Income is too little if, less the worth of extra work, it stays below a salaried GP's.
    """
    if not practice.FUTURE.is_due(economy.state.month):
        return
    state, value = economy.state, economy.setup.parameters
    independent = (state.lists > 0) & (state.owned_trust < 0)
    partners_leave(state.workforce, value, economy.seed, state.month)
    _fill_posts(economy)
    seen = partnerships(economy)
    lean = seen.profit - seen.workload_cost < value["practices.exit_income_pence"] / PENCE
    state.lean_years = np.where(lean, state.lean_years + 1, 0)
    leaving = {details[0] for _, change, details in state.agenda if change in LEAVING}
    due = (state.lean_years >= value["practices.exit_years"]) | (seen.retiring > 0)
    for g in np.flatnonzero(independent & due).tolist():
        if g not in leaving:
            _consider(economy, g, seen)
    for g in np.flatnonzero(~independent & (seen.retiring > 0)).tolist():
        _succeed(economy, g, float(seen.chance[g]))  # a trust closes no practice of its own


def _fill_posts(economy: "HealthEconomy") -> None:
    """Practices that need more doctors than they have search for them."""
    state = economy.state
    chance = partnerships(economy).chance
    missing = posts(state.workforce, state.lists) - state.workforce.count()
    for g in np.flatnonzero(missing > 0).tolist():
        for post in range(int(missing[g])):
            _search(economy, g, float(chance[g]), post)


def _search(economy: "HealthEconomy", g: int, chance: float, post: int) -> bool:
    """Search for one partner of a practice."""
    state, vacancy = economy.state, (economy.minds.practices[g].key, economy.state.month, post)
    return find_partner(state.workforce, economy.setup.parameters, g, chance, vacancy, economy.seed)


def partnerships(economy: "HealthEconomy") -> Partnerships:
    """What partners have and do, and what a search for another would meet.

    A trust that runs a practice offers posts that are worth what they are on average.
    """
    state, value = economy.state, economy.setup.parameters
    force, count = state.workforce, state.workforce.count()
    profit = profits(economy)
    load = workload(force, value, state.lists) * hours(value, state.access)
    extra = workload_cost(value, load, margins(economy) * force.usual_list)
    worth = profit - extra
    offered = np.where(state.owned_trust < 0, worth / np.average(worth, weights=state.lists), 1.0)
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


def profits(economy: "HealthEconomy") -> np.ndarray:
    """What a partner of each practice earns a year, in pounds, at today's rules [practices]."""
    state, value = economy.state, economy.setup.parameters
    lists = state.lists.astype(np.float64)
    cover = value["practices.locum_pence"] * locums(state.workforce, value, lists)
    cover = cover + access_expenses(value, lists, state.access)
    profit = _income(economy) - expenses(state.practice_books, lists) - cover
    profits: np.ndarray = profit / np.maximum(state.workforce.count(), 1) / PENCE
    return profits


def margins(economy: "HealthEconomy") -> np.ndarray:
    """What one more patient brings a practice, less the expenses that follow, in pounds a year."""
    state, books = economy.state, economy.state.practice_books
    each = _income(economy) / np.maximum(state.lists, 1)
    margins: np.ndarray = np.maximum(each - books.expense_pence * books.expense_factor, 0.0) / PENCE
    return margins


def _income(economy: "HealthEconomy") -> np.ndarray:
    """All payments to each practice a year, in pence, at today's rules."""
    streams = income_streams(economy.setup, economy.state, economy.rules)
    return np.sum(list(streams.values()), axis=0)


def _consider(economy: "HealthEconomy", g: int, seen: Partnerships) -> None:
    agent, month = economy.minds.practices[g], economy.state.month
    h, mine, theirs = best_partner(economy, g, seen.partners)
    about = economy.minds.practices[h].code if h >= 0 else ""
    forced = forced_option(economy, agent.code, practice.FUTURE, about)
    decision = agent.consider_future(future_view(economy, g, seen, mine), month, forced, about)
    if decision.chosen != "merge":
        enter(economy, decision, "close_practice", (g,))
    elif _accepted(economy, g, h, theirs):
        enter(economy, decision, "merge_practices", (g, h))
    else:
        record(economy, decision, *touched(economy, "merge_practices", (g, h)))
    if decision.chosen == "carry_on" and seen.retiring[g]:
        _succeed(economy, g, float(seen.chance[g]))


def _succeed(economy: "HealthEconomy", g: int, chance: float) -> None:
    """The last partner goes as soon as a successor is found, and works on until then."""
    force = economy.state.workforce
    if _search(economy, g, chance, SUCCESSOR):
        force.keep((force.practice != g) | ~force.leaving)


SUCCESSOR = 1_000  # number of the post of a last partner


def _accepted(economy: "HealthEconomy", g: int, h: int, gain: float) -> bool:
    """Whether the neighbour takes the offer."""
    agent, code = economy.minds.practices[h], economy.minds.practices[g].code
    cost = economy.setup.parameters["minds.practice_merger_cost_pounds"]
    forced = forced_option(economy, agent.code, practice.OFFER, code)
    answer = agent.answer_offer(gain - cost, economy.state.month, forced, code)
    record(economy, answer, *touched(economy, "merge_practices", (g, h)))
    return answer.chosen == "accept"


def best_partner(economy: "HealthEconomy", g: int, count: np.ndarray) -> tuple[int, float, float]:
    """The neighbour with which the partners of `g` gain most, and what each side gains a year.

    Two practices of one commissioner save the fixed expenses of one; partners keep what they had
    and share the saving by heads. -1 if there is no such neighbour.
    """
    state, commissioner = economy.state, economy.state.provision.practice_commissioner
    near = economy.setup.neighbours[g]
    near = near[(state.lists[near] > 0) & (commissioner[near] == commissioner[g])]
    near = near[state.owned_trust[near] < 0]
    if not near.size:
        return -1, 0.0, 0.0
    saved = saved_by_merging(state.practice_books, state.lists, g, near) / PENCE
    mine = saved * count[g] / (count[g] + count[near])
    best = int(mine.argmax())
    return int(near[best]), float(mine[best]), float(saved[best] - mine[best])


def future_view(economy: "HealthEconomy", g: int, seen: Partnerships, gain: float) -> FutureView:
    """What the partners of practice `g` see; `gain` is theirs from a merger."""
    value, patients = economy.setup.parameters, int(economy.state.lists[g])
    return FutureView(
        partners=int(seen.partners[g]),
        profit=float(seen.profit[g]),
        workload_cost=float(seen.workload_cost[g]),
        elsewhere=value["practices.exit_income_pence"] / PENCE,
        retiring=int(seen.retiring[g]),
        successor_cost=value["minds.successor_cost_pounds"],
        successor_chance=float(seen.chance[g]),
        postponed_cost=value["minds.postponed_retirement_pounds"],
        merger_gain=gain,
        merger_cost=value["minds.practice_merger_cost_pounds"],
        patients_benefit=value["minds.patients_benefit_pence_per_patient"] * patients / PENCE,
    )
