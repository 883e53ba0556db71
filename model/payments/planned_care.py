"""Where planned care would go once habits have settled, and what it brings and costs hospitals.

What organisations are shown of options that move referrals rests on this: the rule of choice in
force, at the prices in force, and the costs that follow activity in the books.
"""

from typing import NamedTuple

import numpy as np

from agents.patients.patient_tables import World
from model.care import routes
from model.care.attraction import NO_CHOICE, WEEKS_PER_MONTH, among_best, attraction
from model.care.choice import cross_response, expected_shares
from model.care.flows import pair_weight
from model.care.outside import outside_slope
from model.care.queues import growth_of_waits, wait_months
from model.parameters import Parameters
from model.payments.in_force import InForce
from model.payments.last_year import referrals
from model.payments.money import Prices
from model.payments.prices_ahead import Mean
from model.payments.quality_goals import added_share, goals_met
from model.places.geography import Geography
from model.population.demand import ActivityRates
from model.state.hospitals import Hospitals
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.provision import Provision
from model.state.setup import Setup
from model.state.state import Referrals, State

YEAR = 12


class Outlook(NamedTuple):
    """Planned care as it is now, from which options are foreseen."""

    pull: np.ndarray  # attraction of every list's candidates [practices, candidates, 13]
    flow: np.ndarray  # care at hospital at national prices, pence a year [practices, 13]
    margins: np.ndarray  # of a pound of it at a site, beyond what follows activity [sites, 13]
    moved: np.ndarray  # care that a site ends with for care sent to each [13, sites, sites]


def look_ahead(setup: Setup, state: State, in_force: InForce, world: World, level: Mean) -> Outlook:
    """What attracts patients now, how much care they need, what it leaves to hospitals.

    At a `level` of prices and cost beside today's.
    """
    worth = planned_margins(setup, state, in_force) * level
    pull = attraction(setup, state, wait_months(setup.parameters, state.hospitals))
    net = worth[:, :, 0] - worth[:, :, 1]
    return Outlook(
        pull,
        at_hospital(setup, state, in_force.prices, world),
        net,
        moved_by_waits(setup, state, in_force.prices, pull),
    )


def moved_by_waits(setup: Setup, state: State, prices: Prices, pull: np.ndarray) -> np.ndarray:
    """Care that sites end with for a pound sent to each, when waits have put others off.

    A wait grows with it (`queues.operated`), so a line that gets more patients has as much
    longer a list for good, and others choose by it [13, sites, sites]. `pull`: of candidates on
    patients, factors on odds [practices, candidates, 13].
    """
    value = setup.parameters
    answer = slope_of_choice(
        setup, state, pull, referrals(setup.geography, setup.activity, state, prices)
    )
    lines, waits = state.hospitals.lines, wait_months(value, state.hospitals)
    answer += YEAR * outside_slope(setup, state.provision, state.hospitals, waits)
    months = (
        setup.activity.operation_share
        / YEAR
        * growth_of_waits(value, lines.backlog, lines.capacity)
    )
    logits = value["choice.hospital_wait_per_week"] * WEEKS_PER_MONTH * months * lines.open
    return np.linalg.inv(np.eye(answer.shape[1]) - answer * logits.T[:, None, :])


def slope_of_choice(setup: Setup, state: State, pull: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """What of `flow` [practices, 13] sites get more for a logit more of each [13, sites, sites].

    Practices keep to where they refer. `pull`: of candidates on patients, factors on odds
    [practices, candidates, 13].
    """
    sites = len(setup.place.sites)
    geography, slope = setup.geography, np.zeros((flow.shape[1], sites, sites))
    for part, offered in offered_to(setup.activity, state.hospitals, pull, geography.candidate):
        cross_response(
            state.practices.pair_practice,
            geography.pair_area,
            pair_weight(state.practices),
            geography.near,
            geography.candidate,
            offered,
            usual_sites(state.referrals),
            aware_share(setup.parameters, state.referrals),
            flow * part,
            slope,
        )
    return slope


def left_to(
    setup: Setup, state: State, seen: Outlook, rows: np.ndarray, own: np.ndarray, odds: np.ndarray
) -> np.ndarray:
    """What the care of practices in `rows` would leave to `own` sites, pounds a year [rows].

    `own` [sites] is a mask; odds of candidates would be multiplied by `odds` [rows, candidates].
    What the owner loses of others' care, since lists grow, is taken off. `seen`: what all who look
    ahead know alike.
    """
    candidate = setup.geography.candidate[rows]
    shares = settled_shares(setup, state, seen.pull[rows] * odds[:, :, None], rows)
    in_the_end = np.einsum("sp,pst->tp", own[:, None] * seen.margins, seen.moved)
    there = np.where((candidate >= 0)[:, :, None], in_the_end[candidate], 0.0)
    sent: np.ndarray = (seen.flow[rows][:, None, :] * shares * there).sum(
        axis=(1, 2)
    ) / PENCE_PER_POUND
    return sent


def at_hospital(setup: Setup, state: State, prices: Prices, world: World) -> np.ndarray:
    """Last year's planned care at hospital at national prices, pence [practices, 13]."""
    share = setup.activity.operation_share
    seen = 1.0 - (1.0 - share) * away_share(state.provision, world)
    care: np.ndarray = referrals(setup.geography, setup.activity, state, prices) * (
        prices.referral * seen + share * prices.operation
    )
    return care


def planned_margins(setup: Setup, state: State, in_force: InForce) -> np.ndarray:
    """What a pound of planned care at national prices brings and costs a site [sites, 13, 2]."""
    cost = planned_cost_more(state.hospitals, in_force.prices)
    goals = (
        1.0
        + added_share(setup.place, in_force.rules)
        * goals_met(setup.parameters, state.hospitals)[state.provision.site_slot]
    )
    paid = in_force.payment.planned_by_activity * state.hospitals.market_forces.paid * goals
    return np.stack([np.repeat(paid[:, None], cost.shape[1], axis=1), cost], axis=2)


def planned_cost_more(hospitals: Hospitals, prices: Prices) -> np.ndarray:
    """What a pound more of planned care at national prices costs a site: variable cost only.

    [sites, 13]
    """
    lines = hospitals.lines
    more: np.ndarray = prices.planned_cost * prices.variable * lines.unit_cost * lines.case_mix
    return more


def aware_share(value: Parameters, referrals: Referrals) -> float:
    """Share of patients who weigh all that is offered to them, under the rules in force."""
    no_choice = referrals.choice_options == NO_CHOICE
    return 0.0 if no_choice else float(value["choice.aware_share"])


def usual_sites(referrals: Referrals) -> np.ndarray:
    """Candidates to which practices refer those who weigh no others [practices, candidates, 13]."""
    if referrals.choice_options != NO_CHOICE:
        return referrals.usual
    candidates = np.arange(referrals.usual.shape[1])[None, :, None]
    usual: np.ndarray = (candidates == referrals.default[:, None, :]).astype(np.uint8)
    return usual


class Habits(NamedTuple):
    """Where practices refer those who weigh no alternatives, and where if none of it is open."""

    used: np.ndarray  # [rows, candidates, n], 1 or 0
    default: np.ndarray  # [rows, n], candidates


def habits_of(
    value: Parameters,
    geography: Geography,
    referrals: Referrals,
    pull: np.ndarray,
    rows: np.ndarray | slice = slice(None),
) -> Habits:
    """Where practices in `rows` refer once they have looked at what attracts patients.

    `pull`: of candidates on patients, factors on odds [rows, candidates, 13].
    """
    weight = nearness(geography, rows)[:, :, None] * pull
    used = among_best(weight, sites_referred_to(value, referrals))
    return Habits(used, np.argmax(weight, axis=1).astype(np.int8))


def nearness(geography: Geography, rows: np.ndarray | slice) -> np.ndarray:
    """How near their candidates are to practices in `rows` [rows, candidates]."""
    candidate = _sites(geography.candidate[rows])
    near: np.ndarray = np.take_along_axis(geography.practice_near[rows], candidate, axis=1)
    return near


def sites_referred_to(value: Parameters, referrals: Referrals) -> int:
    """To how many sites a practice refers those who weigh no others."""
    no_choice = referrals.choice_options == NO_CHOICE
    return 1 if no_choice else int(value["choice.practice_refers_to"])


def settled_shares(
    setup: Setup,
    state: State,
    pull: np.ndarray,
    rows: np.ndarray | slice = slice(None),
    habits: Habits | None = None,
) -> np.ndarray:
    """Shares of the referrals of practices in `rows` once they refer by it [rows, candidates, 13].

    `pull`: attraction of their candidates (model.month.monthly_tables.attraction).
    `habits`: those that practices still keep to, if they do not refer by it yet.
    """
    geography, candidate = setup.geography, setup.geography.candidate[rows]
    used, default = habits or habits_of(setup.parameters, geography, state.referrals, pull, rows)
    practice, area, part = pairs_of(geography, state.practices, rows)
    total = np.zeros(pull.shape)
    for share, offered in offered_to(setup.activity, state.hospitals, pull, candidate):
        total += share * expected_shares(
            practice, area, part, geography.near, candidate, offered, used, default,
            aware_share(setup.parameters, state.referrals),
        )  # fmt: skip
    return total


def _sites(candidate: np.ndarray) -> np.ndarray:
    sites: np.ndarray = np.maximum(candidate, 0).astype(np.int64)
    return sites


def pairs_of(
    geography: Geography, practices: Practices, rows: np.ndarray | slice
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of practice and area of these lists: position in `rows`, area, share of the list."""
    area = geography.pair_area
    position = np.full(practices.lists.size, -1, dtype=np.int32)
    position[rows] = np.arange(position[rows].size)
    practice = position[practices.pair_practice]
    mine = practice >= 0
    return practice[mine], area[mine], pair_weight(practices)[mine]


def offered_to(
    activity: ActivityRates,
    hospitals: Hospitals,
    pull: np.ndarray,
    candidate: np.ndarray,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Kinds of patients: their share of all [13], and what attracts them.

    All alike or, where lines refuse demanding patients, those apart from the others. `pull`: of
    candidates on patients, factors on odds [practices, candidates, 13].
    """
    share = activity.complex_share
    refuse = hospitals.lines.only_simple
    if not refuse.any():
        return [(np.ones(share.shape), pull)]
    return [(1.0 - share, pull), (share, pull * ~refuse[_sites(candidate)])]


def away_share(provision: Provision, world: World) -> np.ndarray:
    """Share of referrals without operation that no hospital sees [practices, 13]."""
    return routes.away_share(provision, world.practices["shifted"])
