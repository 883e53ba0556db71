"""When trusts save and merge: their results, boards that ask, what a merger changes.

A board that has lost money for years may ask the trusts that may take it over, best first; each
answers, and the regulator rules on what lies above the thresholds in force.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from agents.organisations import mergers, trust
from agents.organisations.trust import SAVING_SHARES, SavingsView
from model.deciding.boards import hospital_agents, providers
from model.deciding.decisions import enter, forced_option, record
from model.deciding.objects import touched
from model.mergers.partners import MERGE, Match, acute_trusts, matches, merging
from model.mergers.review import cleared, review_months
from model.mergers.support import is_directed, support_granted, support_pounds, supported
from model.payments.solvency import trust_costs, trust_income, yearly_deficit
from model.state.bodies import MARKET, TREASURY
from model.state.ledger import ONE_OFF, PENCE_PER_POUND

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

YEAR = 12  # months


def keep_results(economy: "HealthEconomy") -> None:
    """Enter what every trust that owns itself has made or lost in the year that has closed."""
    state = economy.state
    result = _underlying(economy)
    state.hospitals.results[:] = 0.0
    for row, agent in providers(economy):
        state.hospitals.results[row] = result[agent.body]
        lost = max(-result[agent.body], 0.0)
        state.hospitals.failures[row] *= lost > 0.0
        state.hospitals.deficit_years[row] = state.hospitals.deficit_years[row] + 1 if lost else 0
        state.hospitals.deficits[row] = state.hospitals.deficits[row] + lost if lost else 0.0
    state.money.closed_balance = state.money.ledger.balance.copy()


def _underlying(economy: "HealthEconomy") -> np.ndarray:
    """What the year that has closed left, without what comes once, by owner (pence) [bodies].

    Who has paid for a closure or a merger, or was rescued, is judged by what recurs.
    """
    state = economy.state
    owner, balance = state.bodies.owner, state.money.ledger.balance
    change = np.zeros(owner.size)
    change[: balance.size] = balance - state.money.ledger.net(ONE_OFF, state.month - YEAR)
    change[: state.money.closed_balance.size] -= state.money.closed_balance
    return np.bincount(owner, weights=change, minlength=owner.size)


def trusts_plan_savings(economy: "HealthEconomy") -> None:
    """Once a year every trust and independent plans what it will save."""
    state = economy.state
    if not trust.SAVINGS.is_due(state.month):
        return
    income, cost = trust_income(economy), trust_costs(economy)
    for row, agent in hospital_agents(economy):
        view = SavingsView(
            float(income[agent.body]), float(cost[agent.body]), yearly_deficit(economy, row),
            float(state.hospitals.saved_share[row]),
        )  # fmt: skip
        forced = forced_option(economy, agent.code, trust.SAVINGS)
        decision = agent.plan_savings(view, state.month, forced)
        enter(economy, decision, "savings", (agent.code, SAVING_SHARES[decision.chosen]))


def save(economy: "HealthEconomy", code: str, share: float) -> None:
    """A trust does the same work for less."""
    state, body = economy.state, economy.state.bodies.number[code]
    state.hospitals.lines.unit_cost[
        economy.state.provision.site_owner(economy.state.bodies) == body
    ] *= 1.0 - share
    state.hospitals.saved_share[list(economy.setup.place.trusts["trust"]).index(code)] += share


def trusts_consider_mergers(economy: "HealthEconomy") -> None:
    """Once a year boards with years of deficit think about giving up their independence."""
    state, years = economy.state, economy.setup.parameters["trusts.deficit_years"]
    if not mergers.MERGER.is_due(state.month):
        return
    asking = [
        pair for pair in acute_trusts(economy) if state.hospitals.deficit_years[pair[0]] >= years
    ]
    year = merging(economy) if asking else None
    for row, agent in asking:
        if year is not None:
            _look_for_taker(economy, matches(economy, year, row, agent))


def _look_for_taker(economy: "HealthEconomy", found: list[Match]) -> None:
    """Ask one trust after the other, until the board would rather stay or a merger is agreed."""
    free = {agent.code for _, agent in acute_trusts(economy)}  # without those promised by now
    for match in found:
        if match.taker.code not in free or match.asker.code not in free:
            continue
        answer = _consider(economy, match)
        if answer == STAYS and is_directed(economy, match):
            answer = _carry_out(economy, match)
        if answer != REFUSED:
            return


STAYS, REFUSED, AGREED = "stays", "refused", "agreed"


def _consider(economy: "HealthEconomy", match: Match) -> str:
    """The asker decides, the taker answers, the regulator rules; the merger goes on the agenda."""
    asker, taker, month = match.asker, match.taker, economy.state.month
    forced = forced_option(economy, asker.code, mergers.MERGER, taker.code)
    decision = mergers.consider_merger(asker, match.asker_view, month, taker.code, forced)
    asks = decision.chosen == "ask"
    support = support_granted(economy, match) if asks else 0.0
    if asks and _accepted(economy, match, support) and cleared(economy, match):
        later = decision.effect_month + review_months(economy, match)
        details = (asker.code, taker.code, round(support * PENCE_PER_POUND))
        enter(economy, replace(decision, effect_month=later), MERGE, details)
        return AGREED
    record(economy, decision, *touched(economy, MERGE, (asker.code, taker.code)))
    return REFUSED if asks else STAYS


def _carry_out(economy: "HealthEconomy", match: Match) -> str:
    """A merger that the regulator directs: the taker answers, and who else rules on it rules."""
    support, state = support_pounds(economy, match), economy.state
    if not (_accepted(economy, match, support) and cleared(economy, match)):
        return REFUSED
    month = state.month + mergers.MERGER.lag_months + review_months(economy, match)
    details = (match.asker.code, match.taker.code, round(support * PENCE_PER_POUND))
    state.docket.agenda.append((month, MERGE, details))
    return AGREED


def _accepted(economy: "HealthEconomy", match: Match, support: float) -> bool:
    """Whether a trust takes over the one that asks, with so many pounds of support."""
    taker, code = match.taker, match.asker.code
    forced = forced_option(economy, taker.code, mergers.MERGER_OFFER, code)
    view = supported(economy, match, support)
    answer = mergers.answer_merger(taker, view, economy.state.month, code, forced)
    record(economy, answer, *touched(economy, MERGE, (code, taker.code)))
    return answer.chosen == "accept"


def merge_trusts(economy: "HealthEconomy", asker: str, taker: str, support: int = 0) -> None:
    """One trust takes over another: one owner, teams and sites stay; what it costs and saves.

    `support`: pence that the treasury pays to who takes over.
    """
    state, value = economy.state, economy.setup.parameters
    absorbed, into = state.bodies.number[asker], state.bodies.number[taker]
    if state.bodies.owner[absorbed] != absorbed or state.bodies.owner[into] != into:
        return  # one of them has been taken over since
    income = trust_income(economy)
    smaller = min(income[absorbed], income[into])
    saved = value["trusts.merger_saving_share"] * smaller / max(trust_costs(economy)[absorbed], 1.0)
    state.hospitals.lines.unit_cost[state.provision.site_owner(state.bodies) == absorbed] *= (
        1.0 - saved
    )
    cost = value["trusts.integration_cost_share"] * smaller * PENCE_PER_POUND
    state.bodies.merge(absorbed, into)
    state.money.ledger.post(state.month, into, MARKET, "merger_cost", round(cost))
    if support:
        state.money.ledger.post(state.month, TREASURY, into, "merger_support", support)
    state.referrals.routes_stale = True
