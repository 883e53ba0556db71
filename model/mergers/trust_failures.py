"""Trusts that fail: the regulator looks for somebody who takes them over, and decides.

Everybody who may take the trust over is asked, with the support that public money would pay. Only
those who agree, and whom competition clears where another body rules on it, are options beside
leaving the trust alone and rescuing it.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from agents.organisations import mergers, regulator
from agents.organisations.regulator import FailureView
from agents.organisations.trust import Trust
from model.deciding.decisions import enter, forced_option, record
from model.deciding.objects import touched
from model.mergers.administration import goes_into_administration
from model.mergers.partners import MERGE, Match, Merging, acute_trusts, matches, merging
from model.mergers.review import competition_clears, review_months, two_bodies
from model.mergers.support import support_pounds, supported, taker_seen
from model.payments.solvency import is_failing, yearly_deficit
from model.state.bodies import TREASURY
from model.state.ledger import PENCE_PER_POUND

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy


def regulator_answers_failures(economy: "HealthEconomy") -> None:
    """Once a year, for every acute trust that has lost too much in its years of deficit."""
    if not regulator.FAILURE.is_due(economy.state.month):
        return
    failing = [pair for pair in acute_trusts(economy) if is_failing(economy, pair[0])]
    year = merging(economy) if failing else None
    for row, agent in failing:
        economy.state.hospitals.failures[row] += 1
        if year is not None and not goes_into_administration(economy, year, agent):
            _answer_failure(economy, year, row, agent)


def _answer_failure(economy: "HealthEconomy", year: Merging, row: int, failing: Trust) -> None:
    agent, code, month = economy.minds.regulator, failing.code, economy.state.month
    takers = willing_takers(economy, year, row, failing)
    view = FailureView(
        float(year.income[failing.body]),
        yearly_deficit(economy, row),
        {taker: taker_seen(economy, match) for taker, match in takers.items()},
    )
    forced = forced_option(economy, agent.code, regulator.FAILURE, code)
    decision = agent.answer_failure(view, month, code, forced)
    match = takers.get(decision.chosen)
    if match is None:
        enter(economy, decision, "rescue", (code,))
        return
    review = review_months(economy, match) if two_bodies(economy) else 0
    decision = replace(decision, effect_month=decision.effect_month + review)
    support = round(support_pounds(economy, match) * PENCE_PER_POUND)
    enter(economy, decision, MERGE, (code, match.taker.code, support))


def willing_takers(
    economy: "HealthEconomy", year: Merging, row: int, failing: Trust
) -> dict[str, Match]:
    """Who agrees to take a failing trust over and may, by code."""
    pending = {agent.code for _, agent in acute_trusts(economy)}  # without those promised by now
    asked = [m for m in matches(economy, year, row, failing) if m.taker.code in pending]
    agreed = [match for match in asked if _agrees(economy, match)]
    if two_bodies(economy):
        agreed = [match for match in agreed if competition_clears(economy, match)]
    return {match.taker.code: match for match in agreed}


def _agrees(economy: "HealthEconomy", match: Match) -> bool:
    """Whether a trust takes the failing one over for the support that it would get."""
    taker, code, month = match.taker, match.asker.code, economy.state.month
    forced = forced_option(economy, taker.code, mergers.FAILING_OFFER, code)
    view = supported(economy, match, support_pounds(economy, match))
    answer = mergers.answer_regulator(taker, view, month, code, forced)
    record(economy, answer, *touched(economy, MERGE, (code, taker.code)))
    return answer.chosen == "accept"


def rescue(economy: "HealthEconomy", code: str) -> None:
    """The treasury makes good what a trust has lost in its years of deficit."""
    state, body = economy.state, economy.state.bodies.number[code]
    row = list(economy.setup.place.trusts["trust"]).index(code)
    owner = int(state.bodies.owner[body])
    state.money.ledger.post(
        state.month, TREASURY, owner, "rescue", round(state.hospitals.deficits[row])
    )
    state.hospitals.deficits[row], state.hospitals.deficit_years[row] = 0.0, 0
