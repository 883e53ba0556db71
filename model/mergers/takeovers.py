"""Trusts that run practices, where a policy lets them: whom they ask, who agrees, what it changes.

A trust gains referrals that a practice of its own sends it. The doctors give up their profit for a
salary that gives them a part of that gain. Patients keep their practice and their choice.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.decisions.steering_choice import STRENGTH
from agents.organisations import practice, trust
from agents.organisations.trust import TakeoverObservation, Trust, joint_gain
from agents.patients.patient_tables import World
from model.care.referral_tilts import odds_of_own, referral_odds
from model.deciding import objects
from model.deciding.boards import hospital_agents
from model.deciding.decisions import forced_option, record, schedule_effect
from model.deciding.effects import effect, touched
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.payments.in_force import InForce
from model.payments.planned_care import YEAR, Outlook, left_to, look_ahead
from model.payments.prices_ahead import levels_ahead
from model.payments.solvency import can_take_over
from model.places.geography import Geography
from model.places.place import Place
from model.practices.profits import profits
from model.practices.workforce import posts
from model.state.bodies import MARKET
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.setup import Setup
from model.state.state import State


def trusts_consider_takeovers(
    minds: Minds, setup: Setup, state: State, in_force: InForce, world: World
) -> None:
    """Once a year every acute trust with the means looks at the free practice best for both."""
    terms, now = in_force.policy.practice_takeovers, in_force.policy_month
    if not trust.TAKEOVER.is_due(state.month) or not any(now >= t.start_month for t in terms):
        return
    waiting = [
        details[0]
        for _, change, details in state.docket.scheduled_effects
        if change == "take_over_practice"
    ]
    free = (state.practices.lists > 0) & (state.practices.owned_trust < 0)
    free[waiting] = False
    years = int(setup.parameters["trusts.felt_years"])
    lag = trust.TAKEOVER.of(setup.parameters).lag_months
    levels = levels_ahead(setup.place, setup.parameters, state, in_force, lag, YEAR * years)
    seen = look_ahead(setup, state, in_force, world, levels.mean())
    for row, agent in hospital_agents(minds, setup.place, state.bodies):
        able = state.bodies.kinds[agent.body] == "acute" and can_take_over(
            setup.parameters, state, row
        )
        if able and free.any():
            _look_for_practice(minds, setup, state, in_force.rules, seen, row, agent, free)


def _look_for_practice(
    minds: Minds,
    setup: Setup,
    state: State,
    rules: Mapping[str, Any],
    seen: Outlook,
    row: int,
    agent: Trust,
    free: np.ndarray,
) -> None:
    """Ask the practice with most to gain, if there is something to gain; it is no longer free."""
    views = takeover_views(setup, state, seen, row, free)
    if not views:
        return
    g = max(views, key=lambda one: joint_gain(views[one]))
    if joint_gain(views[g]) > 0.0:
        free[g] = False
        _offer(minds, setup, state, rules, row, agent, g, views[g])


def takeover_views(
    setup: Setup, state: State, seen: Outlook, row: int, practices: np.ndarray
) -> dict[int, TakeoverObservation]:
    """What the trust in `row` sees of `practices` (a mask) that could refer to it, by practice."""
    value = setup.parameters
    owner = state.provision.trust_owner(state.bodies)[row]
    candidate = setup.geography.candidate
    own = state.provision.site_owner(state.bodies) == owner
    near = (own[candidate] & (candidate >= 0)).any(axis=1)
    rows = np.flatnonzero(practices & near)
    now = left_to(setup, state, seen, rows, own, np.ones(candidate[rows].shape))
    then = left_to(
        setup, state, seen, rows, own, odds_if_owned(value, setup.geography, state, row, rows)
    )
    running = value["trusts.practice_running_pence"] * state.practices.lists[rows] / PENCE_PER_POUND
    income = state.yearbooks.last_year.planned_spend[rows].sum(axis=1) / PENCE_PER_POUND
    part = float(value["trusts.doctors_bargaining_power"])
    return {
        g: TakeoverObservation(
            float(income[n]), float(now[n]), float(then[n]), float(running[n]), part
        )
        for n, g in enumerate(rows.tolist())
    }


def odds_if_owned(
    value: Parameters, geography: Geography, state: State, row: int, rows: np.ndarray
) -> np.ndarray:
    """Factor on the odds of candidates if a trust ran practices [rows, candidates].

    It would ask them what it asks of those that it runs; whoever leads them asks no more.
    """
    site = np.maximum(geography.candidate[rows], 0)
    tilt = np.full(rows.size, value["choice.owned_referral_tilt"], dtype=np.float64)
    tilt *= STRENGTH.of(value)[state.hospitals.steering[row]]
    towards = np.full(rows.size, state.provision.trust_owner(state.bodies)[row])
    owned: np.ndarray = odds_of_own(
        state.bodies, state.provision, tilt, towards, site
    ) / referral_odds(value, state, rows, site)
    return owned


def _offer(
    minds: Minds,
    setup: Setup,
    state: State,
    rules: Mapping[str, Any],
    row: int,
    agent: Trust,
    practice: int,
    observation: TakeoverObservation,
) -> None:
    """The trust decides, the doctors answer; if both agree it goes on the agenda."""
    doctors = minds.practices[practice]
    forced = forced_option(minds, state.month, agent.code, trust.TAKEOVER, doctors.code)
    decision = agent.consider_takeover(observation, state.month, doctors.code, forced)
    gain = observation.doctors_part * joint_gain(observation)
    if decision.chosen == "offer" and _accepted(minds, setup, state, rules, agent, practice, gain):
        pounds = gain + _profit(setup.place, setup.parameters, state.practices, rules, practice)
        schedule_effect(
            setup.place,
            state.docket,
            decision,
            "take_over_practice",
            (practice, row, round(pounds * PENCE_PER_POUND)),
        )
    else:
        record(state.docket, decision, *touched(setup.place, "take_over_practice", (practice,)))


def _accepted(
    minds: Minds,
    setup: Setup,
    state: State,
    rules: Mapping[str, Any],
    agent: Trust,
    practice_row: int,
    gain: float,
) -> bool:
    doctors = minds.practices[practice_row]
    forced = forced_option(minds, state.month, doctors.code, practice.TAKEOVER_OFFER, agent.code)
    answer = doctors.answer_takeover(
        gain,
        _profit(setup.place, setup.parameters, state.practices, rules, practice_row),
        state.month,
        agent.code,
        forced,
    )
    record(state.docket, answer, *touched(setup.place, "take_over_practice", (practice_row,)))
    return answer.chosen == "accept"


def _profit(
    place: Place, value: Parameters, practices: Practices, rules: Mapping[str, Any], practice: int
) -> float:
    """What all partners of a practice earn together a year, in pounds."""
    return float(
        profits(place, value, practices, rules)[practice] * practices.workforce.count()[practice]
    )


@effect("take_over_practice", "state", touches=objects.of_practice_owner)
def take_over_practice(state: State, practice: int, row: int, pence_a_year: int) -> None:
    """A trust runs a practice from now on: it owns the body; the team and the list stay."""
    provision = state.provision
    if not state.practices.lists[practice] or state.practices.owned_trust[practice] >= 0:
        return  # it has closed, or another trust was quicker
    state.budgets.hand_back(practice, state.month)
    state.practices.owned_trust[practice], state.practices.salaries[practice] = row, pence_a_year
    state.bodies.merge(int(provision.practice_body[practice]), int(provision.slot_body[row]))
    state.referrals.routes_stale = True


def pay_owned_practices(value: Parameters, state: State) -> None:
    """Salaries of the doctors who are there and the running of their practices, a month."""
    owned = (state.practices.owned_trust >= 0) & (state.practices.lists > 0)
    if not owned.any():
        return
    rate = value["trusts.practice_running_pence"] * state.practices.lists * owned
    force = state.practices.workforce
    there = np.minimum(force.count() / np.maximum(posts(force, state.practices.lists), 1), 1.0)
    pence = np.rint((state.practices.salaries * there * owned + rate) / 12).astype(np.int64)
    body = state.provision.practice_body
    state.money.ledger.post(state.month, body, MARKET, "practice_expenses", pence)
