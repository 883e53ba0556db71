"""A quarter of planned care in a pathway, compiled: who is referred where, who is treated.

Years are looked ahead in thousands of these a run, so what stays the same in all of them is worked
out once (`Referring`). The rules are those of the month: `arrangement.among_best`,
`choice.expected_shares`, `outside.go_elsewhere`,
`queues.ready_for`.
"""

from typing import NamedTuple

import numpy as np

from agents.numerics.compiled import compiled
from model.care.choice import expected_shares
from model.care.outside import Rerouted, go_elsewhere
from model.care.queues import Queue, ready_for

MOST_LOGITS = 500.0  # what is more could not be reckoned with


class Referring(NamedTuple):
    """Practices that could refer to a line [rows], and all else that goes to sites near."""

    candidate: np.ndarray  # sites [rows, candidates]
    practice_near: np.ndarray  # nearness of candidates to the practice [rows, candidates]
    near: np.ndarray  # nearness of sites to areas [areas, sites]
    pair_row: np.ndarray  # of each pair of a list and an area
    pair_area: np.ndarray
    pair_weight: np.ndarray  # share of the list
    pull: np.ndarray  # float64, of candidates when the years begin [rows, candidates, 1]
    kinds: np.ndarray  # shares of kinds of patients [kinds]
    taken: np.ndarray  # whether sites take patients of a kind [kinds, sites]
    needed: np.ndarray  # referrals a month [rows]
    seen_share: np.ndarray  # of them that hospitals see [rows]
    others: np.ndarray  # referrals of all others a month: needed, and seen by hospitals [2, sites]
    outside: Rerouted  # patients from outside who answer to waits, too
    aware: float  # share of patients who weigh all that is offered
    several: int  # sites that a practice refers to


class Working(NamedTuple):
    """How referrals become operations."""

    operation_share: float  # of referrals
    queue: Queue  # how lines work their lists off


@compiled
def habits_by(lists: Referring, pull: np.ndarray, used: np.ndarray, default: np.ndarray) -> None:
    """Where practices refer who look at it now [rows, candidates, 1], [rows, 1]: fills the two."""
    rows, size, _ = pull.shape
    weight = np.empty(size)
    for g in range(rows):
        for j in range(size):
            weight[j] = lists.practice_near[g, j] * pull[g, j, 0]
        for j in range(size):
            before = 0
            for k in range(size):
                if weight[k] > weight[j] or (weight[k] == weight[j] and k < j):
                    before += 1
            used[g, j, 0] = 1 if before < lists.several and weight[j] > 0.0 else 0
            if before == 0:
                default[g, 0] = j


@compiled
def arrivals_by(
    lists: Referring, moved: np.ndarray, used: np.ndarray, default: np.ndarray, anew: bool
) -> np.ndarray:
    """Referrals a month: needed, and seen by hospitals [2, sites].

    Waits have moved the pull of every site by the factor `moved` [sites]. If practices look `anew`
    at where they refer, it is written into `used` and `default`.
    """
    (rows, size), pull = lists.candidate.shape, lists.pull.copy()
    for g in range(rows):
        for j in range(size):
            pull[g, j, 0] *= moved[lists.candidate[g, j]]
    if anew:
        habits_by(lists, pull, used, default)
    shares = np.zeros(pull.shape)
    for kind in range(lists.kinds.size):
        offered = pull.copy()
        for g in range(rows):
            for j in range(size):
                if not lists.taken[kind, max(lists.candidate[g, j], 0)]:
                    offered[g, j, 0] = 0.0
        shares += lists.kinds[kind] * expected_shares(
            lists.pair_row, lists.pair_area, lists.pair_weight, lists.near, lists.candidate,
            offered, used, default, lists.aware,
        )  # fmt: skip
    sent = np.zeros(lists.others.shape)
    sent += go_elsewhere(lists.outside, moved)
    for g in range(rows):
        for j in range(size):
            site = lists.candidate[g, j]
            if site >= 0:
                flow = lists.needed[g] * shares[g, j, 0]
                sent[0, site] += flow
                sent[1, site] += flow * lists.seen_share[g]
    return lists.others + sent


@compiled
def drawn(logits: float) -> float:
    """Factor on what a line draws; far beyond any difference that anybody feels it is bounded."""
    factor: float = np.exp(min(logits, MOST_LOGITS))
    return factor


@compiled
def work_off(
    come: np.ndarray, backlog: np.ndarray, capacity: np.ndarray, months: int, rule: Working
) -> np.ndarray:
    """Operations of so many months [sites]; moves `backlog` [sites] on."""
    done = np.zeros(backlog.size)
    for _ in range(months):
        for s in range(backlog.size):
            ready = ready_for(backlog[s], capacity[s], rule.queue)
            backlog[s] += come[s] * rule.operation_share
            treated = min(backlog[s], ready)
            done[s] += treated
            backlog[s] -= treated
    return done
