"""What a service line and others of its kind do in the years ahead, if it is open or shut.

Patients and practices choose by waits, waits grow with lists, and lists are worked off as
`queues.operated` says: who closes a line, or opens one, moves waits everywhere near.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from agents.patients.patient_tables import World
from model.care.attraction import WEEKS_PER_MONTH, attraction
from model.care.outside import Rerouted, outside_of
from model.care.queues import queue_of, wait_months, waits_of
from model.deciding.minds import Minds
from model.hospitals.quarter import MOST_LOGITS, Referring, Working, arrivals_by, work_off
from model.parameters import Parameters
from model.payments.last_year import referrals
from model.payments.money import Prices
from model.payments.planned_care import (
    YEAR,
    Habits,
    aware_share,
    away_share,
    nearness,
    pairs_of,
    sites_referred_to,
)
from model.payments.prices_ahead import Levels
from model.places.geography import Geography
from model.places.place import Place
from model.population.demand import ActivityRates
from model.state.hospitals import Hospitals
from model.state.setup import Setup
from model.state.state import State

QUARTER = 3  # months


class Line(NamedTuple):
    """A line as it would be when the years ahead begin."""

    site: int
    pathway: int
    is_open: bool
    capacity: float  # operations a month
    pull: float  # factor on the odds of going there
    others: np.ndarray | None = None  # operations a month for which others gain room [sites]


class Ahead(NamedTuple):
    """Planned care of a pathway in a year, or the mean of several [sites]."""

    seen: np.ndarray  # referrals that hospitals see
    operations: np.ndarray

    def worth(self, prices: Prices, pathway: int) -> np.ndarray:
        """What it is worth at national prices, in pence [sites]."""
        worth: np.ndarray = (
            self.seen * prices.referral[pathway] + self.operations * prices.operation[pathway]
        )
        return worth


class Priced(NamedTuple):
    """Planned care of a year to come as so much of today's: what is paid for it, what it costs."""

    paid: Ahead
    cost: Ahead

    def worth(self, prices: Prices, pathway: int) -> np.ndarray:
        """What it is worth at today's national prices, in pence [paid and cost, sites]."""
        return np.stack([one.worth(prices, pathway) for one in self])


class ListsAhead(NamedTuple):
    """Who is referred where, month by month, as waits are."""

    referring: Referring
    waits: np.ndarray  # months, when the years begin [sites]


def year_ahead(
    minds: Minds,
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    line: Line,
    lists: np.ndarray,
) -> Ahead:
    """A mean year of the pathway at every site, when choices and lists have met each other.

    `lists`: who waits for operations when the years begin [sites].
    """
    many = _quarters_ahead(setup.parameters)
    quarters = list(_quarters(minds, setup, state, prices, world, line, lists.copy(), many))
    return _settled(setup.parameters, quarters)


def _quarters_ahead(value: Parameters) -> int:
    """Quarters that are lived ahead until choices and lists have met each other."""
    return int(value["trusts.settled_years_ahead"]) * YEAR // QUARTER


def _settled(value: Parameters, quarters: list[np.ndarray]) -> Ahead:
    """A mean year of those quarters that count, the last ones."""
    counted = int(value["trusts.settled_years_counted"]) * YEAR // QUARTER
    return Ahead(*(np.mean(quarters[-counted:], axis=0) * YEAR / QUARTER))


def year_of_referrals(
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    pathway: int,
    practices: np.ndarray,
    odds: np.ndarray,
) -> Ahead:
    """A mean year of a pathway once some practices refer by other odds, and lists have met that.

    Odds of the candidates of `practices` (rows) are multiplied by `odds` [rows, candidates]. Who
    could be referred to the same sites is put off by their waits, or drawn. Practices look at where
    they refer once a year.
    """
    lines = state.hospitals.lines
    candidate, waits = setup.geography.candidate, wait_months(setup.parameters, state.hospitals)
    concerned = np.unique(candidate[practices][candidate[practices] >= 0])
    near = np.isin(candidate, concerned).any(axis=1)
    factor = np.ones(candidate.shape)
    factor[practices] = odds
    pull = attraction(setup, state, waits, np.flatnonzero(near))[:, :, [pathway]]
    outside = outside_of(setup, state.provision, state.hospitals, waits, pathway)
    as_if = _lists(
        setup,
        state,
        prices,
        world,
        pathway,
        near,
        pull * factor[near][:, :, None],
        waits[:, pathway],
        outside,
    )
    backlog, capacity = lines.backlog[:, pathway].copy(), lines.capacity[:, pathway].copy()
    habits = no_habits(as_if)
    return _settled(
        setup.parameters,
        [
            _quarter(
                setup.parameters,
                setup.activity,
                as_if,
                pathway,
                backlog,
                capacity,
                habits,
                anew=quarter * QUARTER % YEAR == 0,
            )
            for quarter in range(_quarters_ahead(setup.parameters))
        ],
    )


def years_ahead(
    minds: Minds,
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    line: Line,
    lists: np.ndarray,
    levels: Levels,
) -> Priced:
    """A mean year of some at every site, the first in which lists fill or are treated included.

    `lists`: who waits for operations when the years begin [sites]. `levels`: in every month.
    """
    quarters, months = levels.by_quarter(), levels.price.size
    care = np.array(
        list(_quarters(minds, setup, state, prices, world, line, lists.copy(), quarters.price.size))
    )
    mean = (np.tensordot(level, care, axes=1) * YEAR / months for level in quarters)
    return Priced(*(Ahead(*one) for one in mean))


def lists_after(
    minds: Minds, setup: Setup, state: State, prices: Prices, world: World, line: Line, months: int
) -> np.ndarray:
    """Who will wait for operations of the pathway after so many months [sites]."""
    backlog = state.hospitals.lines.backlog[:, line.pathway].copy()
    for _ in _quarters(minds, setup, state, prices, world, line, backlog, months // QUARTER):
        pass
    return backlog


def year_of_capacity(
    minds: Minds,
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    line: Line,
    lag: int,
    levels: Levels,
) -> Priced:
    """The year after `lag` months, in which a line gets the capacity that it is said to have.

    Practices keep to their habits until they look at them again, as they do once a year.
    `levels`: in every month of the year.
    """
    p = line.pathway
    backlog = state.hospitals.lines.backlog[:, p].copy()
    capacity = state.hospitals.lines.capacity[:, p].copy()
    as_if = lists_as_if(minds, setup, state, prices, world, line)
    care, habits = [], no_habits(as_if)
    for month in range(0, lag + YEAR, QUARTER):
        if month >= lag:
            capacity[line.site] = line.capacity
        anew = month == 0 or (state.month + month) % YEAR == 0
        care.append(
            _quarter(setup.parameters, setup.activity, as_if, p, backlog, capacity, habits, anew)
        )
    year = np.array(care[lag // QUARTER :])
    return Priced(*(Ahead(*np.tensordot(level, year, axes=1)) for level in levels.by_quarter()))


def _quarters(
    minds: Minds,
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    line: Line,
    backlog: np.ndarray,
    many: int,
) -> Iterator[np.ndarray]:
    """Referrals seen and operations of every quarter [2, sites]; moves `backlog` [sites] on."""
    capacity = state.hospitals.lines.capacity[:, line.pathway].copy()
    capacity[line.site] = line.capacity
    if line.others is not None:
        capacity += line.others
    as_if = lists_as_if(minds, setup, state, prices, world, line)
    habits = no_habits(as_if)
    for _ in range(many):
        yield _quarter(
            setup.parameters, setup.activity, as_if, line.pathway, backlog, capacity, habits
        )


def _quarter(
    value: Parameters,
    activity: ActivityRates,
    lists: ListsAhead,
    pathway: int,
    backlog: np.ndarray,
    capacity: np.ndarray,
    habits: Habits,
    anew: bool = True,
) -> np.ndarray:
    """Referrals seen and operations of a quarter [2, sites]; moves `backlog` [sites] on."""
    waits = waits_of(value, backlog, capacity)
    needed, seen = _arrivals(value, lists, waits, habits, anew)
    done = work_off(needed, backlog, capacity, QUARTER, working(value, activity, pathway))
    return np.stack([QUARTER * seen, done])


def working(value: Parameters, activity: ActivityRates, pathway: int) -> Working:
    """How lines of a pathway work their lists off."""
    return Working(float(activity.operation_share[pathway]), queue_of(value))


@contextmanager
def one_look(minds: Minds) -> Iterator[None]:
    """While somebody looks at a line nothing changes, so the same lists are worked out once."""
    minds.looked_at = {}
    try:
        yield
    finally:
        minds.looked_at = None


def lists_as_if(
    minds: Minds, setup: Setup, state: State, prices: Prices, world: World, line: Line
) -> ListsAhead:
    """What decides on referrals if the line is as said; read only."""
    seen = {} if minds.looked_at is None else minds.looked_at
    key = (line.site, line.pathway, line.pull if line.is_open else None)
    if key not in seen:
        seen[key] = _lists_as_if(setup, state, prices, world, line)
    held: ListsAhead = seen[key]
    return held


def _lists_as_if(
    setup: Setup, state: State, prices: Prices, world: World, line: Line
) -> ListsAhead:
    """The same, worked out anew; the state is left as it was."""
    p = line.pathway
    lines, candidate = state.hospitals.lines, setup.geography.candidate
    waits, was = (
        wait_months(setup.parameters, state.hospitals),
        (lines.open[line.site, p], lines.pull[line.site, p]),
    )
    if not was[0]:  # a line without a list: patients will wait as long as it plans
        waits[line.site, p] = setup.parameters["minds.wait_target_months"]
    lines.open[line.site, p], lines.pull[line.site, p] = line.is_open, line.pull
    near = (candidate == line.site).any(axis=1)
    pull = attraction(setup, state, waits, np.flatnonzero(near))[:, :, [p]]
    outside = outside_of(setup, state.provision, state.hospitals, waits, p)
    lines.open[line.site, p], lines.pull[line.site, p] = was
    return _lists(setup, state, prices, world, p, near, pull, waits[:, p], outside)


def _lists(
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    pathway: int,
    near: np.ndarray,
    pull: np.ndarray,
    waits: np.ndarray,
    outside: tuple[np.ndarray, Rerouted],
) -> ListsAhead:
    """What decides on referrals of practices that are `near` [practices]; others go on as now.

    `outside`: patients from outside who stay where they went first [sites], and who do not.
    """
    rows = np.flatnonzero(near)
    needed = referrals(setup.geography, setup.activity, state, prices)[:, pathway] / YEAR
    seen = (
        1.0
        - (1.0 - setup.activity.operation_share[pathway])
        * away_share(state.provision, world)[:, pathway]
    )
    far = np.flatnonzero(~near)
    others = outside[0] + _by_site(
        setup.place,
        setup.geography,
        far,
        needed[far],
        seen[far],
        state.referrals.shares[far, :, pathway],
    )
    geography, (kinds, taken) = (
        setup.geography,
        _who_is_taken(setup.activity, state.hospitals, pathway),
    )
    candidate = geography.candidate[rows]
    return ListsAhead(
        Referring(
            candidate,
            nearness(geography, rows),
            geography.near,
            *pairs_of(geography, state.practices, rows),
            pull.astype(np.float64),
            kinds,
            taken,
            needed[rows],
            seen[rows],
            others,
            outside[1],
            aware_share(setup.parameters, state.referrals),
            sites_referred_to(setup.parameters, state.referrals),
        ),
        waits.copy(),
    )


def _who_is_taken(
    activity: ActivityRates, hospitals: Hospitals, pathway: int
) -> tuple[np.ndarray, np.ndarray]:
    """Kinds of patients: their share of all [kinds], whether sites take them [kinds, sites]."""
    refuse = hospitals.lines.only_simple[:, pathway]
    share = activity.complex_share[pathway]
    if not refuse.any():
        return np.ones(1), np.ones((1, refuse.size), dtype=bool)
    return np.array([1.0 - share, share]), np.stack([np.ones(refuse.size, dtype=bool), ~refuse])


def arrivals(value: Parameters, lists: ListsAhead, waits: np.ndarray) -> np.ndarray:
    """Referrals a month if waits are so: needed, and seen by hospitals [2, sites].

    Practices refer by these waits, too.
    """
    return _arrivals(value, lists, waits, no_habits(lists), True)


def _arrivals(
    value: Parameters, lists: ListsAhead, waits: np.ndarray, habits: Habits, anew: bool
) -> np.ndarray:
    """The same, with `habits` if practices do not look anew; if they do, what they become."""
    per_month = value["choice.hospital_wait_per_week"] * WEEKS_PER_MONTH
    moved = np.exp(np.minimum(per_month * (waits - lists.waits), MOST_LOGITS))
    return arrivals_by(lists.referring, moved, habits.used, habits.default, anew)


def no_habits(lists: ListsAhead) -> Habits:
    """Room for what practices come to do."""
    rows, size = lists.referring.candidate.shape
    return Habits(np.zeros((rows, size, 1), np.uint8), np.zeros((rows, 1), np.int8))


def _by_site(
    place: Place,
    geography: Geography,
    rows: np.ndarray,
    needed: np.ndarray,
    seen_share: np.ndarray,
    shares: np.ndarray,
) -> np.ndarray:
    """What practices in `rows` need by site, and what of it hospitals see [2, sites]."""
    candidate = geography.candidate[rows]
    flow = np.where(candidate >= 0, needed[:, None] * shares, 0.0)
    site, sites = np.maximum(candidate, 0).ravel(), len(place.sites)
    kinds = (flow, flow * seen_share[:, None])
    return np.stack([np.bincount(site, weights=k.ravel(), minlength=sites) for k in kinds])
