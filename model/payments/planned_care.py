"""Where planned care would go once habits have settled, and what it brings and costs hospitals.

What organisations are shown of options that move referrals rests on this: the rule of choice in
force, at the prices in force, and the costs that follow activity in the books.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from model.care.attraction import NO_CHOICE, WEEKS_PER_MONTH, among_best, attraction
from model.care.choice import cross_response, expected_shares
from model.care.flows import pair_weight, wait_months
from model.payments.last_year import referrals
from model.payments.prices_ahead import Mean
from model.payments.quality_goals import added_share, goals_met
from model.state.ledger import PENCE_PER_POUND
from model.state.state import State

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy
from typing import TYPE_CHECKING

from model.care import routes

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

YEAR = 12


class Outlook(NamedTuple):
    """Planned care as it is now, from which options are foreseen."""

    pull: np.ndarray  # attraction of every list's candidates [practices, candidates, 13]
    flow: np.ndarray  # care at hospital at national prices, pence a year [practices, 13]
    margins: np.ndarray  # of a pound of it at a site, beyond what follows activity [sites, 13]
    moved: np.ndarray  # care that a site ends with for care sent to each [13, sites, sites]


def look_ahead(economy: "HealthEconomy", level: Mean) -> Outlook:
    """What attracts patients now, how much care they need, what it leaves to hospitals.

    At a `level` of prices and cost beside today's.
    """
    state, worth = economy.state, planned_margins(economy) * level
    pull = attraction(economy.setup, state, wait_months(state))
    net = worth[:, :, 0] - worth[:, :, 1]
    return Outlook(pull, at_hospital(economy), net, moved_by_waits(economy, pull))


def moved_by_waits(economy: "HealthEconomy", pull: np.ndarray) -> np.ndarray:
    """Care that sites end with for a pound sent to each, when waits have put others off.

    Work on a list grows with it (`flows.operated`), so a line that gets more patients has as much
    longer a list for good, and others choose by it [13, sites, sites].
    """
    setup, state, value = economy.setup, economy.state, economy.setup.parameters
    answer = slope_of_choice(economy, pull, referrals(economy))
    operations = YEAR * np.maximum(state.hospitals.lines.capacity, 1e-9)
    months = value["minds.wait_target_months"] * setup.activity.operation_share / operations
    logits = (
        value["choice.hospital_wait_per_week"]
        * WEEKS_PER_MONTH
        * months
        * state.hospitals.lines.open
    )
    return np.linalg.inv(np.eye(answer.shape[1]) - answer * logits.T[:, None, :])


def slope_of_choice(economy: "HealthEconomy", pull: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """What of `flow` [practices, 13] sites get more for a logit more of each [13, sites, sites].

    Practices keep to where they refer.
    """
    setup, state, sites = economy.setup, economy.state, len(economy.setup.place.sites)
    geography, slope = setup.geography, np.zeros((flow.shape[1], sites, sites))
    for part, offered in offered_to(economy, pull, geography.candidate):
        cross_response(
            state.practices.pair_practice, geography.pair_area, pair_weight(state), geography.near,
            geography.candidate, offered, usual_sites(state), aware_share(economy), flow * part,
            slope,
        )  # fmt: skip
    return slope


def left_to(
    economy: "HealthEconomy", seen: Outlook, rows: np.ndarray, own: np.ndarray, odds: np.ndarray
) -> np.ndarray:
    """What the care of practices in `rows` would leave to `own` sites, pounds a year [rows].

    `own` [sites] is a mask; odds of candidates would be multiplied by `odds` [rows, candidates].
    What the owner loses of others' care, since lists grow, is taken off.
    """
    candidate = economy.setup.geography.candidate[rows]
    shares = settled_shares(economy, seen.pull[rows] * odds[:, :, None], rows)
    in_the_end = np.einsum("sp,pst->tp", own[:, None] * seen.margins, seen.moved)
    there = np.where((candidate >= 0)[:, :, None], in_the_end[candidate], 0.0)
    sent: np.ndarray = (seen.flow[rows][:, None, :] * shares * there).sum(
        axis=(1, 2)
    ) / PENCE_PER_POUND
    return sent


def at_hospital(economy: "HealthEconomy") -> np.ndarray:
    """Last year's planned care at hospital at national prices, pence [practices, 13]."""
    prices, share = economy.prices, economy.setup.activity.operation_share
    seen = 1.0 - (1.0 - share) * away_share(economy)
    care: np.ndarray = referrals(economy) * (prices.referral * seen + share * prices.operation)
    return care


def planned_margins(economy: "HealthEconomy") -> np.ndarray:
    """What a pound of planned care at national prices brings and costs a site [sites, 13, 2]."""
    state, cost = economy.state, planned_cost_more(economy)
    goals = 1.0 + added_share(economy) * goals_met(economy)[state.provision.site_slot]
    paid = economy.payment.planned_by_activity * state.hospitals.market_forces.paid * goals
    return np.stack([np.repeat(paid[:, None], cost.shape[1], axis=1), cost], axis=2)


def planned_cost_more(economy: "HealthEconomy") -> np.ndarray:
    """What a pound more of planned care at national prices costs a site: variable cost only.

    [sites, 13]
    """
    prices, lines = economy.prices, economy.state.hospitals.lines
    more: np.ndarray = prices.planned_cost * prices.variable * lines.unit_cost * lines.case_mix
    return more


def aware_share(economy: "HealthEconomy") -> float:
    """Share of patients who weigh all that is offered to them, under the rules in force."""
    no_choice = economy.state.referrals.choice_options == NO_CHOICE
    return 0.0 if no_choice else float(economy.setup.parameters["choice.aware_share"])


def usual_sites(state: State) -> np.ndarray:
    """Candidates to which practices refer those who weigh no others [practices, candidates, 13]."""
    if state.referrals.choice_options != NO_CHOICE:
        return state.referrals.usual
    candidates = np.arange(state.referrals.usual.shape[1])[None, :, None]
    usual: np.ndarray = (candidates == state.referrals.default[:, None, :]).astype(np.uint8)
    return usual


class Habits(NamedTuple):
    """Where practices refer those who weigh no alternatives, and where if none of it is open."""

    used: np.ndarray  # [rows, candidates, n], 1 or 0
    default: np.ndarray  # [rows, n], candidates


def habits_of(
    economy: "HealthEconomy", pull: np.ndarray, rows: np.ndarray | slice = slice(None)
) -> Habits:
    """Where practices in `rows` refer once they have looked at what attracts patients."""
    weight = nearness(economy, rows)[:, :, None] * pull
    used = among_best(weight, sites_referred_to(economy))
    return Habits(used, np.argmax(weight, axis=1).astype(np.int8))


def nearness(economy: "HealthEconomy", rows: np.ndarray | slice) -> np.ndarray:
    """How near their candidates are to practices in `rows` [rows, candidates]."""
    geography = economy.setup.geography
    candidate = _sites(geography.candidate[rows])
    near: np.ndarray = np.take_along_axis(geography.practice_near[rows], candidate, axis=1)
    return near


def sites_referred_to(economy: "HealthEconomy") -> int:
    """To how many sites a practice refers those who weigh no others."""
    no_choice = economy.state.referrals.choice_options == NO_CHOICE
    return 1 if no_choice else int(economy.setup.parameters["choice.practice_refers_to"])


def settled_shares(
    economy: "HealthEconomy",
    pull: np.ndarray,
    rows: np.ndarray | slice = slice(None),
    habits: Habits | None = None,
) -> np.ndarray:
    """Shares of the referrals of practices in `rows` once they refer by it [rows, candidates, 13].

    `pull`: attraction of their candidates (model.month.arrangement.attraction).
    `habits`: those that practices still keep to, if they do not refer by it yet.
    """
    geography, candidate = economy.setup.geography, economy.setup.geography.candidate[rows]
    used, default = habits or habits_of(economy, pull, rows)
    practice, area, part = pairs_of(economy, rows)
    total = np.zeros(pull.shape)
    for share, offered in offered_to(economy, pull, candidate):
        total += share * expected_shares(
            practice, area, part, geography.near, candidate, offered, used, default,
            aware_share(economy),
        )  # fmt: skip
    return total


def _sites(candidate: np.ndarray) -> np.ndarray:
    sites: np.ndarray = np.maximum(candidate, 0).astype(np.int64)
    return sites


def pairs_of(
    economy: "HealthEconomy", rows: np.ndarray | slice
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of practice and area of these lists: position in `rows`, area, share of the list."""
    state, area = economy.state, economy.setup.geography.pair_area
    position = np.full(state.practices.lists.size, -1, dtype=np.int32)
    position[rows] = np.arange(position[rows].size)
    practice = position[state.practices.pair_practice]
    mine = practice >= 0
    return practice[mine], area[mine], pair_weight(state)[mine]


def offered_to(
    economy: "HealthEconomy",
    pull: np.ndarray,
    candidate: np.ndarray,
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Kinds of patients: their share of all [13], and what attracts them.

    All alike or, where lines refuse demanding patients, those apart from the others.
    """
    share = economy.setup.activity.complex_share
    refuse = economy.state.hospitals.lines.only_simple
    if not refuse.any():
        return [(np.ones(share.shape), pull)]
    return [(1.0 - share, pull), (share, pull * ~refuse[_sites(candidate)])]


def away_share(economy: "HealthEconomy") -> np.ndarray:
    """Share of referrals without operation that no hospital sees [practices, 13]."""
    return routes.away_share(economy.state.provision, economy.world.practices["shifted"])
