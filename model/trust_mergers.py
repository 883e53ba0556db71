"""When trusts save, merge or fail: their results, who might take over whom, and the regulator.

A board that has lost money for years may ask the acute trust with which it gains most; that trust
answers, and the regulator rules on what lies above the thresholds in force. A trust that loses too
much for too long is the regulator's to leave, to rescue or to hand over. Where two bodies rule, the
one for competition and the one for finance must both clear a merger, each by what it sees.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents import regulator, trust
from agents.regulator import FailureView, Regulator, ReviewView
from agents.trust import SAVING_SHARES, MergerView, SavingsView, Trust
from model.bodies import MARKET, TREASURY
from model.deliberation import PENCE, TYPICAL_INCOME, enter, forced_option, hospital_agents
from model.market import AreaChoice, owner_diversion, people_losing

if TYPE_CHECKING:
    from model.economy import HealthEconomy

TURNOVER = "competition.merger_control.turnover_threshold_pence"
MONTHS = "competition.merger_control.review_months"
SHARE = "competition.merger_control.share_threshold"
BODIES, TWO = "competition.regulators.bodies", "two"


class Match(NamedTuple):
    """Two trusts that might merge: the one that asks and the one that would take over."""

    area: AreaChoice  # what people of all areas can choose now
    row: int
    asker: Trust
    taker: Trust
    asker_view: MergerView
    taker_view: MergerView


def keep_results(economy: "HealthEconomy") -> None:
    """Enter what every trust that owns itself has made or lost in the year that has closed."""
    state = economy.state
    owner, balance = state.bodies.owner, state.ledger.balance
    change = np.zeros(owner.size)
    change[: balance.size] = balance
    change[: state.closed_balance.size] -= state.closed_balance
    result = np.bincount(owner, weights=change, minlength=owner.size)
    for row, agent in hospital_agents(economy):
        lost = max(-result[agent.body], 0.0)
        state.deficit_years[row] = state.deficit_years[row] + 1 if lost else 0
        state.deficits[row] = state.deficits[row] + lost if lost else 0.0
    state.closed_balance = balance.copy()


def trusts_consider_mergers(economy: "HealthEconomy") -> None:
    """Once a year: boards with years of deficit ask; then the regulator looks at failing trusts."""
    month = economy.state.month
    if trust.MERGER.is_due(month):
        for match in _matches(economy, economy.setup.parameters["trusts.deficit_years"]):
            _consider(economy, match)
    if regulator.FAILURE.is_due(month):
        _answer_failures(economy)


def trusts_plan_savings(economy: "HealthEconomy") -> None:
    """Once a year every trust and independent plans what it will save."""
    state = economy.state
    if not trust.SAVINGS.is_due(state.month):
        return
    income, cost = trust_income(economy), trust_costs(economy)
    for row, agent in hospital_agents(economy):
        view = SavingsView(
            float(income[agent.body]), float(cost[agent.body]), yearly_deficit(economy, row),
            float(state.saved_share[row]),
        )  # fmt: skip
        forced = forced_option(economy, agent.code, trust.SAVINGS)
        decision = agent.plan_savings(view, state.month, forced)
        enter(economy, decision, "savings", (agent.code, SAVING_SHARES[decision.chosen]))


def save(economy: "HealthEconomy", code: str, share: float) -> None:
    """A trust does the same work for less."""
    state, body = economy.state, economy.state.bodies.number[code]
    state.lines.unit_cost[economy.state.site_owner() == body] *= 1.0 - share
    state.saved_share[list(economy.setup.place.trusts["trust"]).index(code)] += share


def trust_income(economy: "HealthEconomy") -> np.ndarray:
    """Last year's income from hospital care by owner, in pounds [bodies]."""
    state, year, site = economy.state, economy.state.last_year, economy.state.site_owner()
    income = year.line_income.sum(axis=1) + year.emergency_paid
    return np.bincount(site, weights=income, minlength=len(state.bodies)) / PENCE


def trust_costs(economy: "HealthEconomy") -> np.ndarray:
    """Last year's cost of hospital care by owner, in pounds [bodies]."""
    state, year, site = economy.state, economy.state.last_year, economy.state.site_owner()
    cost = year.line_cost.sum(axis=1) + year.emergency_cost
    return np.bincount(site, weights=cost, minlength=len(state.bodies)) / PENCE


def _acute(economy: "HealthEconomy") -> list[tuple[int, Trust]]:
    """Acute trusts that own themselves and have no merger pending, with their rows."""
    bodies = economy.state.bodies
    pending = {code for _, change, details in economy.state.agenda if change == "merge_trusts"
               for code in details}  # fmt: skip
    return [
        (row, agent)
        for row, agent in hospital_agents(economy)
        if bodies.kinds[agent.body] == "acute" and agent.code not in pending
    ]


def _matches(economy: "HealthEconomy", years: float) -> list[Match]:
    """The best partner of every acute trust with so many years of deficit."""
    state, acute = economy.state, _acute(economy)
    asking = [pair for pair in acute if state.deficit_years[pair[0]] >= years]
    if not asking or len(acute) < 2:
        return []
    area, income = AreaChoice(economy.setup, state), trust_income(economy)
    diversion, takers = owner_diversion(state, area), [agent for _, agent in acute]
    return [_best_match(economy, area, pair, takers, income, diversion) for pair in asking]


def yearly_deficit(economy: "HealthEconomy", row: int) -> float:
    """Mean deficit of a trust over its years of deficit in a row, pounds a year."""
    state = economy.state
    return float(state.deficits[row] / max(int(state.deficit_years[row]), 1) / PENCE)


def _best_match(
    economy: "HealthEconomy",
    area: AreaChoice,
    pair: tuple[int, Trust],
    takers: list[Trust],
    income: np.ndarray,
    diversion: np.ndarray,
) -> Match:
    row, asker = pair
    found = []
    for taker in takers:
        if taker is not asker:
            a, b = asker.body, taker.body
            mine = merger_view(economy, row, income[a], income[b], diversion[a, b])
            its = merger_view(economy, row, income[b], income[a], diversion[b, a])
            found.append(Match(area, row, asker, taker, mine, its))
    return max(found, key=lambda match: match.asker.worth_of_merger(match.asker_view))


def merger_view(
    economy: "HealthEconomy", row: int, income: float, other: float, diversion: float
) -> MergerView:
    """What a trust sees of a merger in which the trust in `row` is taken over."""
    step = economy.setup.parameters["minds.quality_step_pounds"] * income / TYPICAL_INCOME
    rivalry = float(np.nan_to_num(diversion)) * step
    return view_of_two(economy, income, other, yearly_deficit(economy, row), rivalry)


def view_of_two(
    economy: "HealthEconomy", income: float, other: float, deficit: float, rivalry: float
) -> MergerView:
    """What a body with this income sees of being one with another (pounds a year)."""
    value, smaller = economy.setup.parameters, min(income, other)
    return MergerView(
        income=float(income),
        other_income=float(other),
        deficit=deficit,
        believed_saving=float(value["trusts.believed_merger_saving_share"] * smaller),
        integration_cost=float(value["trusts.integration_cost_share"] * smaller)
        / value["trusts.felt_years"],
        rivalry=rivalry,
    )


def _consider(economy: "HealthEconomy", match: Match) -> None:
    """The asker decides, the taker answers, the regulator rules; the merger goes on the agenda."""
    asker, taker, month = match.asker, match.taker, economy.state.month
    forced = forced_option(economy, asker.code, trust.MERGER, taker.code)
    decision = asker.consider_merger(match.asker_view, month, taker.code, forced)
    agreed = decision.chosen == "ask" and _accepted(economy, match) and _cleared(economy, match)
    if agreed:
        decision = replace(
            decision, effect_month=decision.effect_month + _review_months(economy, match)
        )
        enter(economy, decision, "merge_trusts", (asker.code, taker.code))
    else:
        economy.state.decisions.append(decision)


def _review_months(economy: "HealthEconomy", match: Match) -> int:
    """How much longer a merger takes that is looked at."""
    return int(economy.rules.get(MONTHS, 0)) if _is_looked_at(economy, match) else 0


def _accepted(economy: "HealthEconomy", match: Match) -> bool:
    taker, code = match.taker, match.asker.code
    forced = forced_option(economy, taker.code, trust.MERGER_OFFER, code)
    answer = taker.answer_merger(match.taker_view, economy.state.month, code, forced)
    economy.state.decisions.append(answer)
    return answer.chosen == "accept"


def _cleared(economy: "HealthEconomy", match: Match) -> bool:
    """Whether no rule stands against the merger, or all who rule on it clear it."""
    if not _is_looked_at(economy, match):
        return True
    whole, minds = review_view(economy, match), economy.minds
    if not two_bodies(economy):
        return _clears(economy, match, minds.regulator, whole)
    competition = _clears(economy, match, minds.competition, replace(whole, deficit=None))
    finance = _clears(economy, match, minds.regulator, replace(whole, people_losing=None))
    return competition and finance


def two_bodies(economy: "HealthEconomy") -> bool:
    """Whether competition and finance are ruled on by two bodies under the rules in force."""
    return bool(economy.rules.get(BODIES) == TWO)


def review_view(economy: "HealthEconomy", match: Match) -> ReviewView:
    """All there is to see of a merger."""
    view = match.asker_view
    losing = people_losing(
        economy.setup, economy.state, match.area, match.asker.body, match.taker.body
    )
    smaller = min(view.income, view.other_income)
    return ReviewView(smaller, view.believed_saving, view.deficit, losing)


def _clears(economy: "HealthEconomy", match: Match, agent: Regulator, view: ReviewView) -> bool:
    """Whether one body clears a merger, by what it sees."""
    about = f"{match.asker.code} {match.taker.code}"
    forced = forced_option(economy, agent.code, regulator.REVIEW, about)
    decision = agent.review_merger(view, economy.state.month, about, forced)
    economy.state.decisions.append(decision)
    return decision.chosen == "clear"


def _is_looked_at(economy: "HealthEconomy", match: Match) -> bool:
    """Whether a merger is reviewed under the rules in force."""
    view = match.asker_view
    smaller = min(view.income, view.other_income)
    return is_reviewed(economy, smaller, view.income + view.other_income)


def is_reviewed(economy: "HealthEconomy", smaller: float, together: float) -> bool:
    """Whether a merger of this size (pounds a year) is looked at under the rules in force."""
    turnover, share = economy.rules.get(TURNOVER), economy.rules.get(SHARE)
    supply = together / max(float(trust_income(economy).sum()), 1.0)
    large = turnover is not None and smaller * PENCE >= turnover
    return large or (share is not None and supply >= share)


def merge_trusts(economy: "HealthEconomy", asker: str, taker: str) -> None:
    """One trust takes over another: one owner, teams and sites stay; what it costs and saves."""
    state, value = economy.state, economy.setup.parameters
    absorbed, into = state.bodies.number[asker], state.bodies.number[taker]
    if state.bodies.owner[absorbed] != absorbed or state.bodies.owner[into] != into:
        return  # one of them has been taken over since
    income = trust_income(economy)
    cost = value["trusts.integration_cost_share"] * min(income[absorbed], income[into]) * PENCE
    state.lines.unit_cost[economy.state.site_owner() == absorbed] *= (
        1.0 - value["trusts.merger_saving_share"]
    )
    state.bodies.merge(absorbed, into)
    state.ledger.post(state.month, into, MARKET, "merger_cost", round(cost))
    state.routes_stale = True


def _answer_failures(economy: "HealthEconomy") -> None:
    state, share = economy.state, economy.setup.parameters["trusts.failure_share"]
    income, matches = trust_income(economy), {m.row: m for m in _matches(economy, 1)}
    for row, agent in _acute(economy):
        if state.deficits[row] / PENCE > share * income[agent.body]:
            _answer_failure(economy, row, agent, float(income[agent.body]), matches.get(row))


def _answer_failure(
    economy: "HealthEconomy", row: int, failing: Trust, income: float, match: Match | None
) -> None:
    state, agent, code = economy.state, economy.minds.regulator, failing.code
    view = failure_view(economy, row, income, match)
    forced = forced_option(economy, agent.code, regulator.FAILURE, code)
    decision = agent.answer_failure(view, state.month, code, forced)
    if decision.chosen == "hand_over" and match is not None:
        review = _review_months(economy, match) if two_bodies(economy) else 0
        decision = replace(decision, effect_month=decision.effect_month + review)
        enter(economy, decision, "merge_trusts", (code, match.taker.code))
    else:
        enter(economy, decision, "rescue", (code,))


def failure_view(
    economy: "HealthEconomy", row: int, income: float, match: Match | None
) -> FailureView:
    """What the regulator sees of a failing trust.

    Where two bodies rule, competition says first whether the trust may be handed over.
    """
    cost, losing, has_taker = 0.0, None, match is not None
    if match is not None:
        cost, whole = match.asker_view.integration_cost, review_view(economy, match)
        losing = whole.people_losing
        if two_bodies(economy):
            losing, partial = None, replace(whole, deficit=None)
            has_taker = not _is_looked_at(economy, match) or _clears(
                economy, match, economy.minds.competition, partial
            )
    return FailureView(income, yearly_deficit(economy, row), cost, losing, has_taker)


def rescue(economy: "HealthEconomy", code: str) -> None:
    """The treasury makes good what a trust has lost in its years of deficit."""
    state, body = economy.state, economy.state.bodies.number[code]
    row = list(economy.setup.place.trusts["trust"]).index(code)
    owner = int(state.bodies.owner[body])
    state.ledger.post(state.month, TREASURY, owner, "rescue", round(state.deficits[row]))
    state.deficits[row], state.deficit_years[row] = 0.0, 0
