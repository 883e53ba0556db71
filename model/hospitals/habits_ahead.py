"""What a step of quality moves where patients have no choice, in a mean year of those looked ahead.

A practice sends all patients of a pathway to one hospital, and looks once a year, by the waits of
that month, which it is to be. So a step moves nobody, or whole lists, as luck has it: the years are
lived under many lucks, with the step and without.
"""

from typing import NamedTuple

import numpy as np

from agents.numerics.compiled import compiled
from agents.numerics.random_streams import STREAM_IMAGINED, keyed_normals
from agents.organisations import trust
from agents.patients.patient_tables import World
from model.care.attraction import WEEKS_PER_MONTH, attraction
from model.care.outside import Rerouted, go_elsewhere, only_near, outside_of
from model.care.queues import wait_for, wait_months
from model.hospitals.lines_ahead import working
from model.hospitals.quarter import Working, drawn, work_off
from model.parameters import Parameters
from model.payments.last_year import referrals
from model.payments.money import Prices
from model.payments.planned_care import YEAR, away_share, nearness
from model.payments.prices_ahead import Levels
from model.state.attribution import at_sites
from model.state.hospitals import Hospitals
from model.state.setup import Setup
from model.state.state import Residents, State

LUCKS = 64  # futures; each whole list that may move is then known to a sixteenth of itself


class Habit(NamedTuple):
    """Who refers a pathway where, and what lines were like, when the years begin."""

    candidate: np.ndarray  # places among the sites near, or -1 [rows, candidates]
    weight: np.ndarray  # of candidates to their practice, by waits as they are [rows, candidates]
    default: np.ndarray  # candidate to which a practice refers [rows]
    needed: np.ndarray  # referrals a month [rows]
    seen_share: np.ndarray  # of them that hospitals see [rows]
    others: np.ndarray  # referrals a month that never move: needed, and seen [2, sites]
    outside: Rerouted  # patients from outside who answer to waits and quality at once
    backlog: np.ndarray  # [sites]
    capacity: np.ndarray  # [sites]


class Times(NamedTuple):
    """Months from now that count."""

    months: int  # that are looked ahead
    begun: int  # when the step takes effect
    april: int  # when practices first look at where they refer


class Looks(NamedTuple):
    """Every April in which practices look at where they refer."""

    changes: np.ndarray  # of pulls by waits, in logits [looks, sites]
    defaults: np.ndarray  # where practices refer from then on [looks, rows]


@compiled
def _look(habit: Habit, moved: np.ndarray, default: np.ndarray) -> None:
    """Practices look at where they refer, if pulls of sites have `moved` [sites] so."""
    rows, size = habit.candidate.shape
    for g in range(rows):
        most = 0.0
        for j in range(size):
            if habit.candidate[g, j] >= 0:
                weight = habit.weight[g, j] * moved[habit.candidate[g, j]]
                if weight > most:
                    most = weight
                    default[g] = j


@compiled
def _sent(habit: Habit, default: np.ndarray) -> np.ndarray:
    """Referrals a month, needed and seen by hospitals [2, sites]."""
    sent = habit.others.copy()
    for g in range(default.size):
        site = habit.candidate[g, default[g]]
        if site >= 0:
            sent[0, site] += habit.needed[g]
            sent[1, site] += habit.needed[g] * habit.seen_share[g]
    return sent


@compiled
def _changes(habit: Habit, backlog: np.ndarray, felt: float, rule: Working) -> np.ndarray:
    """How waits have changed pulls since the years began, in logits [sites]."""
    change = np.empty(backlog.size)
    for s in range(backlog.size):
        longer = wait_for(backlog[s], habit.capacity[s], rule.queue)
        longer -= wait_for(habit.backlog[s], habit.capacity[s], rule.queue)
        change[s] = felt * longer
    return change


@compiled
def years_of_habits(
    habit: Habit,
    times: Times,
    felt: float,
    step: np.ndarray,
    draw: np.ndarray,
    rule: Working,
    levels: np.ndarray,
    looks: Looks,
) -> np.ndarray:
    """Referrals that hospitals see and operations, from when a step takes effect [2, 2, sites].

    What is paid for them and what they cost, as so many of today's: by `levels` [2, months], which
    are nought before a step takes effect. `felt`: logits for a month of wait. `step`: logits that
    are added then [sites]. `draw`: of counts of referrals, in standard deviations [months, sites].
    Fills `looks`.
    """
    backlog = habit.backlog.copy()
    default = habit.default.copy()
    total = np.zeros((2, *habit.others.shape))
    sent, moved, change = _sent(habit, default), np.empty(backlog.size), np.empty(backlog.size)
    for month in range(times.months):
        begun = 1.0 if month >= times.begun else 0.0
        looking = month >= times.april and (month - times.april) % YEAR == 0
        if looking or habit.outside.patients.size > 0:
            change = _changes(habit, backlog, felt, rule)
            for s in range(backlog.size):
                moved[s] = drawn(change[s] + begun * step[s])
        if looking:
            look = (month - times.april) // YEAR
            looks.changes[look] = change
            _look(habit, moved, default)
            looks.defaults[look] = default
            sent = _sent(habit, default)
        needed, seen = sent[0].copy(), sent[1].copy()
        if habit.outside.patients.size > 0:
            elsewhere = go_elsewhere(habit.outside, moved)
            needed += elsewhere
            seen += elsewhere
        come = np.maximum(needed + np.sqrt(needed) * draw[month], 0.0)
        done = work_off(come, backlog, habit.capacity, 1, rule)
        for k in range(2):
            total[k, 0] += levels[k, month] * seen
            total[k, 1] += levels[k, month] * done
    return total


@compiled
def _turns(habit: Habit, times: Times, step: np.ndarray, looks: Looks) -> bool:
    """Whether a step makes a practice refer elsewhere than it did without at these `looks`."""
    default, moved = habit.default.copy(), np.empty(step.size)
    for look in range(looks.changes.shape[0]):
        begun = 1.0 if times.april + YEAR * look >= times.begun else 0.0
        for s in range(step.size):
            moved[s] = drawn(looks.changes[look, s] + begun * step[s])
        _look(habit, moved, default)
        if (default != looks.defaults[look]).any():
            return True
    return False


@compiled
def futures_of_habits(
    habit: Habit,
    times: Times,
    felt: float,
    steps: np.ndarray,
    draws: np.ndarray,
    rule: Working,
    levels: np.ndarray,
) -> np.ndarray:
    """The years with each of `steps` [steps, sites] under each luck of `draws`; the first is none.

    [steps, futures, 2, 2, sites]. A step that turns nobody changes nothing, and is not lived, if
    no patients from outside are drawn by it.
    """
    futures, many = draws.shape[0], len(range(times.april, times.months, YEAR))
    lived = np.empty((steps.shape[0], futures, 2, *habit.others.shape))
    bare, other = (
        Looks(np.empty((many, steps.shape[1])), np.empty((many, habit.default.size), np.int64)),
        Looks(np.empty((many, steps.shape[1])), np.empty((many, habit.default.size), np.int64)),
    )
    for f in range(futures):
        args = (draws[f], rule, levels)
        lived[0, f] = years_of_habits(habit, times, felt, steps[0], *args, bare)
        for n in range(1, steps.shape[0]):
            lived[n, f] = lived[0, f]
            if habit.outside.patients.size > 0 or _turns(habit, times, steps[n], bare):
                lived[n, f] = years_of_habits(habit, times, felt, steps[n], *args, other)
    return lived


def care_of_steps(
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    body: int,
    steps: list[float],
    levels: Levels,
) -> np.ndarray:
    """Care of a mean year if an owner takes none, or one, of these steps.

    In pence at today's national prices, what is paid for it and what it costs
    [2, 13, sites, 1 + steps]; where patients of these sites could not go it is nought.
    """
    candidate, owner = setup.geography.candidate, state.provision.site_owner(state.bodies)
    mine = (owner[candidate] == body) & (candidate >= 0)
    rows = np.flatnonzero(mine.any(axis=1))
    near = np.union1d(candidate[rows][candidate[rows] >= 0], np.flatnonzero(owner == body))
    logits = logits_of_a_step(setup.parameters)
    options = np.stack([logits * step * (owner[near] == body) for step in (0.0, *steps)])
    felt = float(setup.parameters["choice.hospital_wait_per_week"] * WEEKS_PER_MONTH)
    times, found = times_of(setup.parameters, state.month), np.zeros((len(owner), len(options)))
    care = np.zeros((2, prices.referral.size, *found.shape))
    level = np.pad(np.stack(levels), [(0, 0), (times.begun, 0)])
    for p, habit in enumerate(habits_now(setup, state, prices, world, rows, near)):
        draws = _draws(state.residents, state.hospitals, p, near, times.months)
        rule = working(setup.parameters, setup.activity, p)
        worth = np.array([prices.referral[p], prices.operation[p]])
        lived = futures_of_habits(habit, times, felt, options, draws, rule, level)
        for n, years in enumerate(lived):
            care[:, p, near, n] = worth @ np.mean(years, axis=0)
    care /= setup.parameters["trusts.felt_years"]
    return care


def logits_of_a_step(value: Parameters) -> float:
    """What a step of quality adds to the pull of its trust's hospitals."""
    return float(value["choice.hospital_quality_per_sd"] * value["options.quality_step"])


def times_of(value: Parameters, month: int) -> Times:
    """When the years begin and end in which a step of quality that is decided now is felt."""
    lag, years = trust.QUALITY.of(value).lag_months, int(value["trusts.felt_years"])
    return Times(lag + YEAR * years, lag, -month % YEAR)


def habits_now(
    setup: Setup, state: State, prices: Prices, world: World, rows: np.ndarray, near: np.ndarray
) -> list[Habit]:
    """Where practices in `rows` refer, and who goes to the sites `near`, by pathway."""
    candidate = setup.geography.candidate
    place = np.full(len(state.hospitals.lines.open), -1)
    place[near] = np.arange(near.size)
    where = np.where(candidate[rows] >= 0, place[candidate[rows]], -1)
    waits = wait_months(setup.parameters, state.hospitals)
    pull = attraction(setup, state, waits, rows).astype(np.float64)
    weight = nearness(setup.geography, rows)[:, :, None] * pull
    needed = referrals(setup.geography, setup.activity, state, prices) / YEAR
    seen = 1.0 - (1.0 - setup.activity.operation_share) * away_share(state.provision, world)
    still = np.ones(len(candidate), dtype=bool)
    still[rows] = False
    flow = np.where(still[:, None], needed, 0.0)[:, None] * state.referrals.shares
    outside = [
        outside_of(setup, state.provision, state.hospitals, waits, p)
        for p in range(needed.shape[1])
    ]
    stay = np.stack([there for there, _ in outside], axis=1)
    sums = [stay + at_sites(f, candidate, len(place)) for f in (flow, flow * seen[:, None])]
    others, lines = np.stack(sums)[:, near], state.hospitals.lines
    return [
        Habit(
            where,
            weight[:, :, p],
            state.referrals.default[rows, p].astype(np.int64),
            needed[rows, p],
            seen[rows, p],
            others[:, :, p].copy(),
            only_near(outside[p][1], near),
            lines.backlog[near, p],
            lines.capacity[near, p],
        )
        for p in range(needed.shape[1])
    ]


def _draws(
    residents: Residents, hospitals: Hospitals, pathway: int, near: np.ndarray, months: int
) -> np.ndarray:
    """Luck of a pathway's referrals in futures as they might be [futures, months, sites].

    It has nothing to do with what will come: nobody who decides knows that.
    """
    keys = residents.structure.keys.reshape(len(hospitals.lines.open), -1)[near, pathway].copy()
    return _imagined(keys, LUCKS, months)


@compiled
def _imagined(keys: np.ndarray, futures: int, months: int) -> np.ndarray:
    """Standard normal numbers of every key [futures, months, keys]."""
    draw = np.empty((futures, months, keys.size))
    for n in range(futures):
        for month in range(months):
            draw[n, month] = keyed_normals(np.uint64(n), STREAM_IMAGINED, keys, month, 0)
    return draw
