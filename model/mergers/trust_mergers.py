"""When trusts save and merge: their results, boards that ask, what a merger changes.

A board that has lost money for years may ask the trusts that may take it over, best first; each
answers, and the regulator rules on what lies above the thresholds in force.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from agents.decisions import mergers_choice
from agents.organisations import trust
from agents.organisations.trust import SAVING_SHARES, SavingsObservation
from agents.patients.patient_tables import World
from model.deciding import objects
from model.deciding.boards import hospital_agents, providers
from model.deciding.decisions import forced_option, record, schedule_effect
from model.deciding.effects import effect, touched
from model.deciding.minds import Minds
from model.mergers.partners import (
    MERGE,
    Match,
    acute_trusts,
    lost_to_come,
    matches,
    merging,
)
from model.mergers.review import cleared, review_months
from model.mergers.support import (
    is_directed,
    support_due,
    support_granted,
    support_pounds,
    supported,
)
from model.parameters import Parameters
from model.payments.in_force import InForce
from model.payments.solvency import (
    has_lost,
    make_good,
    still_takes_over,
    trust_costs,
    trust_income,
    yearly_deficit,
)
from model.places.place import Place
from model.state.bodies import MARKET, TREASURY
from model.state.hospitals import Hospitals
from model.state.ledger import ONE_OFF, PENCE_PER_POUND
from model.state.setup import Setup
from model.state.state import State

YEAR = 12  # months


def keep_results(minds: Minds, place: Place, state: State) -> None:
    """Enter what every trust that owns itself has made or lost in the year that has closed."""
    result = _underlying(state)
    state.hospitals.results[:] = 0.0
    for row, agent in providers(minds, place, state.bodies):
        state.hospitals.results[row] = result[agent.body]
        _count_deficit(state.hospitals, row, max(-result[agent.body], 0.0))
    state.money.closed_balance = state.money.ledger.balance.copy()


def _count_deficit(hospitals: Hospitals, row: int, lost: float) -> None:
    """Another year of deficit (`lost`, pence), or the end of those before, and of all they led to.

    Who has broken even has not failed; until then public money changes what is owed and no more.
    """
    if lost:
        hospitals.deficit_years[row] += 1
        hospitals.deficits[row] += lost
        return
    for counted in (hospitals.deficit_years, hospitals.deficits, hospitals.made_good,
                    hospitals.failures, hospitals.administered):  # fmt: skip
        counted[row] = 0


def _underlying(state: State) -> np.ndarray:
    """What the year that has closed left, without what comes once, by owner (pence) [bodies].

    Who has paid for a closure or a merger, or was rescued, is judged by what recurs.
    """
    owner, balance = state.bodies.owner, state.money.ledger.balance
    change = np.zeros(owner.size)
    change[: balance.size] = balance - state.money.ledger.net(ONE_OFF, state.month - YEAR)
    change[: state.money.closed_balance.size] -= state.money.closed_balance
    return np.bincount(owner, weights=change, minlength=owner.size)


def trusts_plan_savings(minds: Minds, place: Place, state: State) -> None:
    """Once a year every trust and independent plans what it will save."""
    if not trust.SAVINGS.is_due(state.month):
        return
    income, cost = trust_income(state), trust_costs(state)
    for row, agent in hospital_agents(minds, place, state.bodies):
        observation = SavingsObservation(
            float(income[agent.body]),
            float(cost[agent.body]),
            yearly_deficit(state.hospitals, row),
            float(state.hospitals.saved_share[row]),
        )
        forced = forced_option(minds, state.month, agent.code, trust.SAVINGS)
        decision = agent.plan_savings(observation, state.month, forced)
        share = SAVING_SHARES.of(agent.numbers)[decision.chosen]
        schedule_effect(place, state.docket, decision, "savings", (agent.code, share))


@effect("savings", "setup.place", "state", touches=objects.of_code("cost"))
def save(place: Place, state: State, code: str, share: float) -> None:
    """A trust does the same work for less."""
    body = state.bodies.number[code]
    state.hospitals.lines.unit_cost[state.provision.site_owner(state.bodies) == body] *= 1.0 - share
    state.hospitals.saved_share[list(place.trusts["trust"]).index(code)] += share


def trusts_consider_mergers(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World
) -> None:
    """Once a year boards with years of deficit think about giving up their independence."""
    years = setup.parameters["trusts.deficit_years"]
    if not mergers_choice.MERGER.is_due(state.month):
        return
    asking = [
        pair
        for pair in acute_trusts(minds, setup.place, state.bodies, state.docket)
        if state.hospitals.deficit_years[pair[0]] >= years
    ]
    year = merging(minds, setup, state, in_force, world) if asking else None
    for row, agent in asking:
        if year is not None:
            _look_for_taker(
                minds,
                setup,
                state,
                in_force.rules,
                matches(setup.place, setup.parameters, state, in_force, year, row, agent),
            )


def _look_for_taker(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], found: list[Match]
) -> None:
    """Ask one trust after the other, until the board would rather stay or a merger is agreed."""
    free = {
        agent.code for _, agent in acute_trusts(minds, setup.place, state.bodies, state.docket)
    }  # without those promised by now
    for match in found:
        if match.taker.code not in free or match.asker.code not in free:
            continue
        answer = _consider(minds, setup, state, rules, match)
        if answer == STAYS and is_directed(minds, setup, state, rules, match):
            answer = _carry_out(minds, setup, state, rules, match)
        if answer != REFUSED:
            return


STAYS, REFUSED, AGREED = "stays", "refused", "agreed"


def _consider(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], match: Match
) -> str:
    """The asker decides, the taker answers, the regulator rules; the merger goes on the agenda."""
    asker, taker, month = match.asker, match.taker, state.month
    forced = forced_option(minds, month, asker.code, mergers_choice.MERGER, taker.code)
    decision = mergers_choice.consider_merger(
        asker, match.asker_observation, month, taker.code, forced
    )
    asks = decision.chosen == "ask"
    support = support_granted(minds, setup, state, rules, match) if asks else 0.0
    if (
        asks
        and _accepted(minds, setup.place, setup.parameters, state, match, support)
        and cleared(minds, setup, state, rules, match)
    ):
        later = decision.effect_month + review_months(state, rules, match)
        details = (asker.code, taker.code, round(support * PENCE_PER_POUND))
        schedule_effect(
            setup.place, state.docket, replace(decision, effect_month=later), MERGE, details
        )
        return AGREED
    record(state.docket, decision, *touched(setup.place, MERGE, (asker.code, taker.code)))
    return REFUSED if asks else STAYS


def _carry_out(
    minds: Minds, setup: Setup, state: State, rules: Mapping[str, Any], match: Match
) -> str:
    """A merger that the regulator directs: the taker answers, and who else rules on it rules."""
    support = support_pounds(setup.parameters, match)
    if not (
        _accepted(minds, setup.place, setup.parameters, state, match, support)
        and cleared(minds, setup, state, rules, match)
    ):
        return REFUSED
    lag = mergers_choice.MERGER.of(setup.parameters).lag_months
    month = state.month + lag + review_months(state, rules, match)
    details = (match.asker.code, match.taker.code, round(support * PENCE_PER_POUND))
    state.docket.scheduled_effects.append((month, MERGE, details))
    return AGREED


def _accepted(
    minds: Minds, place: Place, value: Parameters, state: State, match: Match, support: float
) -> bool:
    """Whether a trust takes over the one that asks, with so many pounds of support."""
    taker, code = match.taker, match.asker.code
    forced = forced_option(minds, state.month, taker.code, mergers_choice.MERGER_OFFER, code)
    observation = supported(value, match, support)
    answer = mergers_choice.answer_merger(taker, observation, state.month, code, forced)
    record(state.docket, answer, *touched(place, MERGE, (code, taker.code)))
    return answer.chosen == "accept"


@effect(
    "merge_trusts",
    "setup.place",
    "setup.parameters",
    "state",
    "in_force",
    touches=objects.of_owners,
)
def merge_trusts(
    place: Place,
    value: Parameters,
    state: State,
    in_force: InForce,
    asker: str,
    taker: str,
    support: int = 0,
) -> None:
    """One trust takes over another: one owner, teams and sites stay; what it costs and saves.

    Not if the reason is gone: who gave itself up has broken even, or who was to take over could not
    agree to it today. `support`: pence that the treasury has agreed to pay to who takes over.
    """
    absorbed, into = state.bodies.number[asker], state.bodies.number[taker]
    if state.bodies.owner[absorbed] != absorbed or state.bodies.owner[into] != into:
        return  # one of them has been taken over since
    row = list(place.trusts["trust"]).index(asker)
    if not (has_lost(state.hospitals, row) and still_takes_over(value, state, into)):
        return
    income = trust_income(state)
    smaller = min(income[absorbed], income[into])
    cost = value["trusts.integration_cost_share"] * smaller * PENCE_PER_POUND
    if support:
        lost = lost_to_come(place, value, state, in_force, row, absorbed) * PENCE_PER_POUND
        make_good(state, row)
        due = support_due(value, support, cost, lost)
        state.money.ledger.post(state.month, TREASURY, into, "merger_support", due)
    saved = value["trusts.merger_saving_share"] * smaller / max(trust_costs(state)[absorbed], 1.0)
    state.hospitals.lines.unit_cost[state.provision.site_owner(state.bodies) == absorbed] *= (
        1.0 - saved
    )
    state.bodies.merge(absorbed, into)
    state.money.ledger.post(state.month, into, MARKET, "merger_cost", round(cost))
    state.referrals.routes_stale = True
