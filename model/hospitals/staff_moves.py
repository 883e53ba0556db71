"""Who and what moves when a line shuts or opens: patients who stay with its owner, staff, room."""

from typing import NamedTuple

import numpy as np

from agents.patients.patient_tables import World
from model.care.queues import waits_of
from model.deciding.minds import Minds
from model.hospitals.acceptance import relative_cost
from model.hospitals.lines_ahead import (
    Line,
    arrivals,
    lists_as_if,
)
from model.parameters import Parameters
from model.payments.money import Prices
from model.payments.planned_care import YEAR
from model.population.demand import ActivityRates
from model.state.hospitals import Hospitals
from model.state.setup import Setup
from model.state.state import State


def pull_of_reopened(value: Parameters) -> float:
    """Factor on the odds of a line that starts again."""
    return float(value["trusts.reopened_share"])


class Size(NamedTuple):
    """What a line does in a year if it is open."""

    worth: float  # at national prices, pence
    referrals: float
    operations: float
    share: float  # of its income at the start


def line_as_if(
    minds: Minds,
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    site: int,
    pathway: int,
    is_open: bool,
    lists: np.ndarray,
) -> Line:
    """The line of a site as it would be from now on if it is open, or shut.

    One that starts again has room for the patients it expects when `lists` [sites] are what others
    have.
    """
    lines = state.hospitals.lines
    if lines.open[site, pathway] or not is_open:
        return Line(
            site,
            pathway,
            is_open,
            float(lines.capacity[site, pathway]),
            float(lines.pull[site, pathway]),
        )
    line = Line(site, pathway, True, 0.0, pull_of_reopened(setup.parameters))
    slack = setup.parameters["minds.capacity_slack"]
    room = (
        size_of(minds, setup, state, prices, world, line, lists).operations / YEAR * (1.0 + slack)
    )
    back = _in_all(
        lines.capacity[:, pathway] * leaving_owner(minds, setup, state, prices, world, line, lists),
        room,
    )
    return line._replace(capacity=room, others=-back)


def leaving_owner(
    minds: Minds,
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    line: Line,
    lists: np.ndarray,
) -> np.ndarray:
    """Share of the referrals of its owner's other sites that a shut line draws if it opens [sites].

    When `lists` [sites] are waited for.
    """
    (site, p) = (line.site, line.pathway)
    owner = state.provision.site_owner(state.bodies)
    waits = waits_of(setup.parameters, lists, state.hospitals.lines.capacity[:, p])
    waits[site] = setup.parameters["minds.wait_target_months"]
    shut = line._replace(is_open=False, pull=0.0)
    now, then = (
        arrivals(setup.parameters, lists_as_if(minds, setup, state, prices, world, one), waits)[0]
        for one in (shut, line)
    )
    own = (owner == owner[site]) & state.hospitals.lines.open[:, p]
    share: np.ndarray = own * np.clip(1.0 - then / np.maximum(now, 1e-30), 0.0, 1.0)
    return share


def _in_all(figure: np.ndarray, most: float) -> np.ndarray:
    """A figure of sites, in proportion less where it adds up to more than `most`."""
    within: np.ndarray = figure * min(1.0, most / max(float(figure.sum()), 1e-30))
    return within


def staff_back(
    minds: Minds,
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    line: Line,
    lists: np.ndarray,
    need: float,
) -> np.ndarray:
    """Semi-fixed cost that comes to a line that opens with patients of its owner's other sites.

    As a share of what each has at the start [sites]; `need` is that of the line.
    """
    lines, (site, p) = state.hospitals.lines, (line.site, line.pathway)
    scale = lines.unit_cost[:, p] * lines.base_income[:, p]
    staff = (
        leaving_owner(minds, setup, state, prices, world, line, lists)
        * lines.semi_kept[:, p]
        * scale
    )
    moved = _in_all(staff, need * scale[site])
    back: np.ndarray = moved / np.maximum(scale, 1e-30)
    return back


def staying_with_owner(
    minds: Minds, setup: Setup, state: State, prices: Prices, world: World, site: int, pathway: int
) -> np.ndarray:
    """Part of an open line's referrals that go to its owner's other sites if it shuts [sites].

    As waits are.
    """
    lines = state.hospitals.lines
    owner = state.provision.site_owner(state.bodies)
    waits = waits_of(setup.parameters, lines.backlog[:, pathway], lines.capacity[:, pathway])
    now, then = (
        arrivals(
            setup.parameters,
            lists_as_if(
                minds, setup, state, prices, world, Line(site, pathway, is_open, 0.0, pull)
            ),
            waits,
        )[0]
        for is_open, pull in ((True, float(lines.pull[site, pathway])), (False, 0.0))
    )
    gained = np.maximum(then - now, 0.0) * ((owner == owner[site]) & lines.open[:, pathway])
    gained[site] = 0.0
    part: np.ndarray = gained / max(float(now[site]), float(gained.sum()), 1e-30)
    return part


def with_staff_moved(value: Parameters, line: Line, part: np.ndarray) -> Line:
    """An open line as it is once it is shut: room follows the `part` that stays [sites]."""
    left = room_left(value, float(part.sum()))
    return line._replace(capacity=left * line.capacity, others=part * line.capacity)


def room_left(value: Parameters, part: float) -> float:
    """Share of a shut line's room in which those who wait for it are treated.

    `part` of its patients, with the room for them, go to its owner's other sites.
    """
    stays = 1.0 - float(value["costs.removable_share_of_direct_cost"])
    return max(1.0 - part, stays)


def size_of(
    minds: Minds,
    setup: Setup,
    state: State,
    prices: Prices,
    world: World,
    line: Line,
    lists: np.ndarray,
) -> Size:
    """What a line is asked to do in a year if it is open, and waits are those of `lists` [sites].

    One that starts has no list: patients will wait for it as long as it plans.
    """
    lines, (site, p) = state.hospitals.lines, (line.site, line.pathway)
    waits = waits_of(setup.parameters, lists, lines.capacity[:, p])
    if not lines.open[site, p]:
        waits[site] = setup.parameters["minds.wait_target_months"]
    needed, seen = (
        YEAR
        * arrivals(setup.parameters, lists_as_if(minds, setup, state, prices, world, line), waits)[
            :, site
        ]
    )
    operations = needed * setup.activity.operation_share[p]
    worth = seen * prices.referral[p] + operations * prices.operation[p]
    base = YEAR * lines.base_income[site, p]
    return Size(float(worth), float(needed), float(operations), float(worth / base))


def mix_if_open(
    value: Parameters, activity: ActivityRates, hospitals: Hospitals, site: int, pathway: int
) -> float:
    """Cost of a line's patients if it is open, for a pound of those that it has now.

    One that is shut has nobody; if it takes simple patients only, those will be cheaper.
    """
    lines = hospitals.lines
    if lines.open[site, pathway] or not lines.only_simple[site, pathway]:
        return 1.0
    return float(relative_cost(value, activity, 0.0)[pathway])
