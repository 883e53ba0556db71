"""When practices think about their future: what partners earn, who retires, who might merge."""

from typing import TYPE_CHECKING

import numpy as np

from agents import practice
from agents.chance import STREAM_TRAIT, keyed_uniform
from agents.practice import FutureView
from model.deliberation import PENCE, enter, forced_option
from model.practice_effort import achievement, effort_steps
from model.practice_income import core_income, expenses, full_qof, partners

if TYPE_CHECKING:
    from model.economy import HealthEconomy

WORKING_YEARS = 27.0  # as a partner, from about 35 to 62


def practices_consider_future(economy: "HealthEconomy") -> None:
    """Once a year: practices whose partners earn too little for years, or retire, weigh it up."""
    if not practice.FUTURE.is_due(economy.state.month):
        return
    state, value = economy.state, economy.setup.parameters
    profit, count = profits(economy), partners(value, state.lists)
    lean = profit < value["practices.exit_income_pence"] / PENCE
    state.lean_years = np.where(lean, state.lean_years + 1, 0)
    leaving = {details[0] for _, change, details in state.agenda if change in LEAVING}
    for g in np.flatnonzero((state.lists > 0) & (state.owned_trust < 0)).tolist():
        retiring = _retires(economy, g, int(count[g]))
        due = state.lean_years[g] >= value["practices.exit_years"] or retiring
        if due and g not in leaving:
            _consider(economy, g, profit, count, int(retiring))


LEAVING = ("close_practice", "merge_practices")


def profits(economy: "HealthEconomy") -> np.ndarray:
    """What a partner of each practice earns a year, in pounds, at today's rules [practices]."""
    state, value = economy.state, economy.setup.parameters
    lists = state.lists.astype(np.float64)
    share = achievement(value, effort_steps(state.effort))
    income = sum(core_income(economy.rules, state.practice_books, lists).values())
    profit = income + full_qof(economy.rules, lists) * share - expenses(state.practice_books, lists)
    return profit / partners(value, lists) / PENCE


def _retires(economy: "HealthEconomy", g: int, partners_here: int) -> bool:
    """Whether the only partner of a practice retires this year, by its keyed luck."""
    key, year = economy.minds.practices[g].key, economy.state.month // 12
    luck = keyed_uniform(economy.seed, STREAM_TRAIT, key, year, 41)
    return partners_here == 1 and luck < 1.0 / WORKING_YEARS


def _consider(
    economy: "HealthEconomy", g: int, profit: np.ndarray, count: np.ndarray, retiring: int
) -> None:
    agent, month = economy.minds.practices[g], economy.state.month
    h, mine, theirs = best_partner(economy, g, count)
    about = economy.minds.practices[h].code if h >= 0 else ""
    view = future_view(economy, g, float(profit[g]), int(count[g]), mine, retiring)
    forced = forced_option(economy, agent.code, practice.FUTURE, about)
    decision = agent.consider_future(view, month, forced, about)
    if decision.chosen != "merge":
        enter(economy, decision, "close_practice", (g,))
    elif _accepted(economy, g, h, theirs):
        enter(economy, decision, "merge_practices", (g, h))
    else:
        economy.state.decisions.append(decision)


def _accepted(economy: "HealthEconomy", g: int, h: int, gain: float) -> bool:
    """Whether the neighbour takes the offer."""
    agent, code = economy.minds.practices[h], economy.minds.practices[g].code
    cost = economy.setup.parameters["minds.practice_merger_cost_pounds"]
    forced = forced_option(economy, agent.code, practice.OFFER, code)
    answer = agent.answer_offer(gain - cost, economy.state.month, forced, code)
    economy.state.decisions.append(answer)
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
    saved = state.practice_books.fixed_expense_pence / PENCE
    mine = saved * count[g] / (count[g] + count[near])
    best = int(mine.argmax())
    return int(near[best]), float(mine[best]), float(saved - mine[best])


def future_view(
    economy: "HealthEconomy", g: int, profit: float, count: int, gain: float, retiring: int
) -> FutureView:
    """What the partners of practice `g` see."""
    value, patients = economy.setup.parameters, int(economy.state.lists[g])
    return FutureView(
        partners=count,
        profit=profit,
        elsewhere=value["practices.exit_income_pence"] / PENCE,
        successor_cost=value["minds.successor_cost_pounds"],
        retiring=retiring,
        merger_gain=gain,
        merger_cost=value["minds.practice_merger_cost_pounds"],
        patients_benefit=value["minds.patients_benefit_pence_per_patient"] * patients / PENCE,
    )
