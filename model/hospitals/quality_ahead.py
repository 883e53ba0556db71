"""What a step of an owner's quality moves between hospitals, in a mean year of those looked ahead.

Patients who choose answer from the month in which a step takes effect, practices when they next
look at where they refer. Lists grow and shrink with those who come and go, lines work them off as
`queues.operated` says, and waits move others, by their slope. What a step itself moves is taken in
full at first; of the lists that it turns some turn back each April, as waits grow where they go.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from agents.organisations import trust
from agents.patients.patient_tables import NEED_CRISIS, World
from model.care.attraction import NO_CHOICE, WEEKS_PER_MONTH, attraction
from model.care.expected_episodes import readmission_shares
from model.care.flows import emergency_shares_of
from model.care.outside import outside_referrals, outside_slope
from model.care.queues import operated, wait_months, waits_of
from model.commissioners.contract_payments import payers
from model.hospitals.habits_ahead import care_of_steps, logits_of_a_step
from model.hospitals.lines_ahead import QUARTER
from model.parameters import Parameters
from model.payments.hospital_payment import HospitalPayment, emergency_share
from model.payments.in_force import InForce
from model.payments.last_year import referrals
from model.payments.money import Prices
from model.payments.planned_care import (
    YEAR,
    Habits,
    away_share,
    habits_of,
    settled_shares,
    slope_of_choice,
)
from model.payments.prices_ahead import Levels, Mean, levels_ahead
from model.payments.quality_goals import added_share, goals_met
from model.places.geography import Geography
from model.places.place import Place
from model.state.attribution import at_sites
from model.state.hospitals import Hospitals
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import State

STEPS = {"raise": 1.0, "lower": -1.0}


GROUP = 8  # owners whose steps are looked at together: a country at once would fill the memory


class Moved(NamedTuple):
    """Care of a mean year at today's national prices, pence: what is paid for it, what it costs."""

    owners: np.ndarray  # bodies with a line that is open
    care: np.ndarray  # that a step of an owner moves to every line [2, 13, sites, owners, steps]
    kept: np.ndarray  # of every line if nobody takes a step, as it costs [13, sites]
    level: Mean  # of prices and cost in those years


class Now(NamedTuple):
    """Planned referrals as they are."""

    pull: np.ndarray  # [practices, candidates, 13]
    habits: Habits
    shares: np.ndarray  # [practices, candidates, 13]
    referred: np.ndarray  # a month [practices, 13]
    waits: np.ndarray  # months [sites, 13]
    outside: np.ndarray  # patients from outside a month [sites, 13]


def moved_by_steps(setup: Setup, state: State, in_force: InForce, world: World) -> Moved:
    """What a step of quality up or down at all sites of one owner moves, for every owner."""
    if state.referrals.choice_options == NO_CHOICE:
        return _moved_without_choice(setup, state, in_force, world)
    now, owner = as_now(setup, state, in_force.prices), state.provision.site_owner(state.bodies)
    owners = np.unique(owner[state.hospitals.lines.open.any(axis=1)])
    slope = slope_of_choice(setup, state, now.pull, now.referred)
    slope += outside_slope(setup, state.provision, state.hospitals, now.waits)
    care, kept = np.zeros((2, *slope.shape[:2], owners.size, len(STEPS))), np.zeros(slope.shape[:2])
    levels = levels_of_steps(setup.place, setup.parameters, state, in_force)
    for start in range(0, owners.size, GROUP):
        group = slice(start, start + GROUP)
        near = _sites_near(setup.geography, state, owners[group])
        steps = [(body, step) for body in owners[group] for step in STEPS.values()]
        sent = np.stack(
            [sent_elsewhere(setup, state, now, *one)[:, :, near] for one in steps], axis=3
        )
        felt = slope[:, near[:, None], near]
        ahead = _years_ahead(setup, state, in_force.prices, world, now, felt, near, sent, levels)
        moved = ahead[..., 1:] - ahead[..., :1]
        care[:, :, near, group] = moved.reshape(*moved.shape[:3], -1, len(STEPS))
        own = np.isin(owner[near], owners[group])
        kept[:, near[own]] = ahead[1][:, own, 0]
    return Moved(owners, care, kept, levels.mean())


def levels_of_steps(place: Place, value: Parameters, state: State, in_force: InForce) -> Levels:
    """Prices and cost in the years in which a step of quality that is decided now is felt."""
    years, lag = int(value["trusts.felt_years"]), trust.QUALITY.of(value).lag_months
    return levels_ahead(place, value, state, in_force, lag, YEAR * years)


def _moved_without_choice(setup: Setup, state: State, in_force: InForce, world: World) -> Moved:
    """The same where practices choose for their patients."""
    owner = state.provision.site_owner(state.bodies)
    owners = np.unique(owner[state.hospitals.lines.open.any(axis=1)])
    sites, pathways = state.hospitals.lines.open.shape
    care = np.zeros((2, pathways, sites, owners.size, len(STEPS)))
    kept = np.zeros((pathways, sites))
    levels = levels_of_steps(setup.place, setup.parameters, state, in_force)
    for n, body in enumerate(owners):
        ahead = care_of_steps(
            setup, state, in_force.prices, world, int(body), list(STEPS.values()), levels
        )
        care[:, :, :, n] = ahead[..., 1:] - ahead[..., :1]
        kept[:, owner == body] = ahead[1][:, owner == body, 0]
    return Moved(owners, care, kept, levels.mean())


def _sites_near(geography: Geography, state: State, bodies: np.ndarray) -> np.ndarray:
    """Sites where patients go who may go to sites of these owners, in order."""
    candidate = geography.candidate
    owner = state.provision.site_owner(state.bodies)
    mine = np.isin(owner[candidate], bodies) & (candidate >= 0)
    near = candidate[mine.any(axis=1)]
    return np.union1d(near[near >= 0], np.flatnonzero(np.isin(owner, bodies)))


def as_now(setup: Setup, state: State, prices: Prices) -> Now:
    """Where practices and patients go once practices have looked at where they refer."""
    waits = wait_months(setup.parameters, state.hospitals)
    pull = attraction(setup, state, waits).astype(np.float64)
    habits = habits_of(setup.parameters, setup.geography, state.referrals, pull)
    return Now(
        pull,
        habits,
        settled_shares(setup, state, pull, habits=habits),
        referrals(setup.geography, setup.activity, state, prices) / YEAR,
        waits,
        outside_referrals(setup, state.provision, state.hospitals, waits),
    )


def sent_elsewhere(setup: Setup, state: State, now: Now, body: int, step: float) -> np.ndarray:
    """Referrals a month that a step of an owner moves while lists stay as they are [2, 13, sites].

    Before and after practices have looked anew at where they refer.
    """
    logits = logits_of_a_step(setup.parameters) * step
    candidate = setup.geography.candidate
    owner = state.provision.site_owner(state.bodies)
    mine = (owner[candidate] == body) & (candidate >= 0)
    rows = np.flatnonzero(mine.any(axis=1))
    pull = now.pull[rows] * np.exp(logits * mine[rows])[:, :, None]
    later = habits_of(setup.parameters, setup.geography, state.referrals, pull, rows)
    shares = settled_shares(setup, state, pull, rows, habits=later)
    first, kept = shares.copy(), Habits(now.habits.used[rows], now.habits.default[rows])
    new = (later.used != kept.used).any(axis=(1, 2)) | (later.default != kept.default).any(axis=1)
    still = Habits(kept.used[new], kept.default[new])
    first[new] = settled_shares(setup, state, pull[new], rows[new], habits=still)
    more = ((one - now.shares[rows]) * now.referred[rows, None] for one in (first, shares))
    moved = np.exp(logits * (owner == body))
    outside = outside_referrals(setup, state.provision, state.hospitals, now.waits, moved)
    come = (outside - now.outside).T
    return np.stack([at_sites(one, candidate[rows], owner.size).T + come for one in more])


def _years_ahead(
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    now: Now,
    slope: np.ndarray,
    near: np.ndarray,
    sent: np.ndarray,
    levels: Levels,
) -> np.ndarray:
    """Care of a mean year from when steps take effect, pence at today's national prices.

    What is paid for it, and what it costs; first if nobody takes a step, then with each
    [2, 13, near, 1 + steps]. `slope` [13, near, near] is that of choice, `sent`
    [2, 13, near, steps] as `sent_elsewhere` says, `levels` in every month from then.
    """
    share = setup.activity.operation_share[:, None, None]
    lag = trust.QUALITY.of(setup.parameters).lag_months
    months = levels.price.size
    sent = np.pad(sent, [(0, 0)] * 3 + [(1, 0)])
    usual, capacity, lists = (
        one.T[:, near, None]
        for one in (
            _usual(setup, state.hospitals, now),
            state.hospitals.lines.capacity,
            state.hospitals.lines.backlog,
        )
    )
    waits, lists = (
        waits_of(setup.parameters, lists, capacity),
        np.repeat(lists, sent.shape[3], axis=2),
    )
    felt = slope * setup.parameters["choice.hospital_wait_per_week"] * WEEKS_PER_MONTH
    april, still = lag + -(state.month + lag) % YEAR, np.ones((len(share), 1, sent.shape[3]))
    seen, operations = np.zeros((2, *lists.shape)), np.zeros((2, *lists.shape))
    for month in range(0, lag + months, QUARTER):
        begun, level = float(month >= lag), level_of(levels, month - lag)
        come = usual + felt @ (waits_of(setup.parameters, lists, capacity) - waits)
        if month >= april and (month - april) % YEAR == 0:
            still = still_turned(
                setup.parameters, sent[1] - sent[0], waits_of(setup.parameters, lists, capacity)
            )
        turned = float(month >= april) * still * (sent[1] - sent[0])
        come = np.maximum(come + begun * (sent[0] + turned), 0.0)
        for _ in range(QUARTER):
            ready = operated(setup.parameters, lists, capacity)
            lists += come * share
            done = np.minimum(lists, ready)
            lists -= done
            operations += begun * done * level
        seen += begun * QUARTER * come * level
    seen *= _seen_share(setup, state.provision, world, now)[:, near, None]
    worth = seen * prices.referral[:, None, None] + operations * prices.operation[:, None, None]
    ahead: np.ndarray = worth * YEAR / months
    return ahead


def still_turned(value: Parameters, turned: np.ndarray, waits: np.ndarray) -> np.ndarray:
    """Share of the lists turned by a step that go on to be sent there [13, 1, 1 + steps].

    Where they go waits grow, and practices look again: if these are as likely to be near turning
    one way as the other, as many turn back as the wait takes of what the step adds to the pull.
    `turned` and `waits` [13, near, 1 + steps], the first of which takes no step.
    """
    added = max(abs(logits_of_a_step(value)), 1e-30)
    per_month = value["choice.hospital_wait_per_week"] * WEEKS_PER_MONTH
    longer = ((waits - waits[:, :, :1]) * turned).sum(axis=1, keepdims=True)
    lists = 0.5 * np.abs(turned).sum(axis=1, keepdims=True)
    less = per_month * np.divide(longer, lists, out=np.zeros_like(longer), where=lists > 0.0)
    still: np.ndarray = np.clip(1.0 + less / added, 0.0, 1.0)
    return still


def level_of(levels: Levels, month: int) -> np.ndarray:
    """Prices and cost in the quarter that begins with a month of them [2, 1, 1, 1]."""
    first = max(month, 0)
    mean = [one[first : first + QUARTER].mean() for one in levels]
    return np.array(mean)[:, None, None, None]


def _usual(setup: Setup, hospitals: Hospitals, now: Now) -> np.ndarray:
    """Referrals a month as they go now, patients from outside among them [sites, 13]."""
    sent = at_sites(
        now.shares * now.referred[:, None],
        setup.geography.candidate,
        len(hospitals.lines.open),
    )
    usual: np.ndarray = sent + now.outside * hospitals.lines.open
    return usual


def _seen_share(setup: Setup, provision: Provision, world: World, now: Now) -> np.ndarray:
    """Share of the referrals to lines that hospitals see, not clinics elsewhere [13, sites]."""
    candidate, sites = setup.geography.candidate, len(setup.place.sites)
    away = (1.0 - setup.activity.operation_share) * away_share(provision, world)
    needed = now.shares * now.referred[:, None]
    whole, part = (at_sites(lists, candidate, sites) for lists in (needed, needed * away[:, None]))
    share: np.ndarray = (1.0 - np.divide(part, whole, out=np.zeros_like(part), where=whole > 0.0)).T
    return share


def readmissions_of_steps(
    setup: Setup, state: State, in_force: InForce, owners: np.ndarray
) -> np.ndarray:
    """What emergencies after operations bring owners beyond their cost, pence a year more.

    For a step of quality at all their sites [owners, steps].
    """
    candidate = setup.geography.candidate
    level = levels_of_steps(setup.place, setup.parameters, state, in_force).mean()
    operations = (
        referrals(setup.geography, setup.activity, state, in_force.prices)
        * setup.activity.operation_share
    )[:, None] * state.referrals.shares
    worth = _worth_of_emergencies(setup, state, in_force, level)
    owner = state.provision.site_owner(state.bodies)
    now = readmission_shares(setup.parameters, state.provision, state.hospitals)
    found = np.zeros((owners.size, len(STEPS)))
    for n, step in enumerate(STEPS.values()):
        change = readmission_shares(setup.parameters, state.provision, state.hospitals, step) - now
        more = operations.sum(axis=2) * change[candidate]
        for row, body in enumerate(owners):
            mine = (owner[candidate] == body) & (candidate >= 0)
            found[row, n] = (more * mine).sum(axis=1) @ (worth * mine).sum(axis=1)
    return found


def _worth_of_emergencies(setup: Setup, state: State, in_force: InForce, level: Mean) -> np.ndarray:
    """What an emergency of a list leaves each candidate, pence [practices, candidates].

    At a `level` of prices and cost.
    """
    prices = in_force.prices
    candidate, need = setup.geography.candidate, state.residents.structure.need[:, NEED_CRISIS:]
    mix = need / np.maximum(need.sum(axis=1, keepdims=True), 1e-30)
    value = mix * (prices.emergency + prices.attendance)
    cost = level.cost * value * prices.emergency_cost * prices.variable
    cost = np.einsum("gp,gjp->gj", cost, state.hospitals.lines.unit_cost[candidate])
    paid = state.hospitals.market_forces.paid * _paid_more(
        setup, state, in_force.rules, in_force.payment
    )
    income = level.price * value.sum(axis=1)[:, None] * np.take_along_axis(paid, candidate, axis=1)
    emergencies: np.ndarray = (income - cost) * emergency_shares_of(
        setup.geography, state.hospitals, state.practices
    )[:, :, 0]
    return emergencies


def _paid_more(
    setup: Setup, state: State, rules: Mapping[str, Any], payment: HospitalPayment
) -> np.ndarray:
    """Part of the tariff that is paid for an emergency more, goals included [practices, sites].

    Where a year lies above the baseline, what comes on top is paid in full until it is in last
    year's figures, and at the marginal rate from then on: over the years one year of it is lost.
    """
    who = payers(state)
    if not payment.emergencies_by_activity:
        return np.zeros((state.practices.lists.size, state.hospitals.lines.open.shape[0]))
    share = emergency_share(setup.geography, state, who, payment)
    years = setup.parameters["trusts.felt_years"]
    later = payment.marginal_rate + (share - payment.marginal_rate) / years
    goals = (
        1.0
        + added_share(setup.place, rules)
        * goals_met(setup.parameters, state.hospitals)[state.provision.site_slot]
    )
    more: np.ndarray = np.where(share < 1.0, later, 1.0)[who.urgent] * goals
    return more
