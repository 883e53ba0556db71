"""What commissioners know and believe of pathway contracts, what they copy, what bidders learn."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from agents.choice.learning import Belief, success
from agents.numerics.random_streams import STREAM_TRAIT, key_of, keyed_normal
from model.deciding.minds import Minds
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.state.contracts import Contracts, Result, information
from model.state.provision import Provision
from model.state.state import State


def result_error(value: Parameters, rules: Mapping[str, Any], own_services: bool = False) -> float:
    """Error about a year of one's own contract, as a share of spend (standard deviation).

    `own_services`: the commissioner owns who holds it, and so sees the books.
    """
    error = value["commissioning.result_error"]
    return float(error) * (1.0 - information(value, rules)) * error_left(value, own_services)


def error_left(value: Parameters, own_services: bool) -> float:
    """Share of an error about a holder that is left, if the commissioner owns it."""
    left = value["commissioning.own_services_error_left"]
    return float(left) if own_services else 1.0


def draw(
    minds: Minds, month: int, seed: int, commissioner: int, other: int, pathway: int, ordinal: int
) -> float:
    """How commissioner k errs this month about a contract of another, in standard deviations."""
    agents = minds.commissioners
    key = np.uint64(key_of(f"{agents[commissioner].code} {agents[other].code} {PATHWAYS[pathway]}"))
    return float(keyed_normal(seed, STREAM_TRAIT, key, month, ordinal))


RESULT_LUCK, QUALITY_LUCK = 81, 82


def update_beliefs(
    minds: Minds, value: Parameters, state: State, rules: Mapping[str, Any], seed: int
) -> None:
    """Beliefs after the results that become known now: one's own, later those of neighbours."""
    spillover = value["commissioning.spillover"]
    delay = 12 * int(value["commissioning.neighbour_delay_years"])
    for result in [r for r in state.contracts.buyers.results if r.month == state.month]:
        error = result_error(value, rules, result.own_services)
        believe(minds, value, state, seed, result.commissioner, result, error)
    known = [r for r in state.contracts.buyers.results if r.month == state.month - delay]
    for result in known if spillover > 0.0 else []:
        near = state.contracts.buyers.followed == result.commissioner
        for k, rank in zip(*np.nonzero(near), strict=True):
            ratio = value["commissioning.neighbour_error_ratio"] * ((1 + rank) / spillover) ** 0.5
            believe(minds, value, state, seed, int(k), result, result_error(value, rules) * ratio)


def believe(
    minds: Minds,
    value: Parameters,
    state: State,
    seed: int,
    commissioner: int,
    result: Result,
    error: float,
) -> None:
    """Commissioner k's beliefs after a report of this error, on its pathway and similar ones.

    `result`: of a contract, its saving as a share of spend.
    """
    buyers = state.contracts.buyers
    noise = error * draw(
        minds, state.month, seed, commissioner, result.commissioner, result.pathway, RESULT_LUCK
    )
    for q in (result.pathway, *similar(value, result.pathway)):
        ratio = 1.0 if q == result.pathway else value["commissioning.similar_pathway_ratio"]
        belief = Belief(
            float(buyers.believed[commissioner, q]), float(buyers.spread[commissioner, q])
        )
        belief = belief.after(
            result.saving + noise, error * ratio, value["beliefs.most_seen_share"]
        )
        buyers.believed[commissioner, q], buyers.spread[commissioner, q] = (
            belief.mean,
            belief.spread,
        )


def similar(value: Parameters, pathway: int) -> list[int]:
    """Pathways whose contracts are thought to be like those for p, itself left out."""
    groups = value["commissioning.similar_pathways"]
    names = {name for group in groups if PATHWAYS[pathway] in group for name in group}
    return [q for q, name in enumerate(PATHWAYS) if name in names and q != pathway]


def share_of_peers_adopting(
    value: Parameters, provision: Provision, contracts: Contracts, commissioner: int, pathway: int
) -> float:
    """Share of the followed neighbours that have a contract for a pathway, 0 to 1.

    Contracts in force count, those for a similar pathway in part. Nought without spillover.
    `contracts`: whom each commissioner follows.
    """
    held = provision.prime_slot[contracts.buyers.followed[commissioner]] >= 0  # [neighbours, 13]
    if not held.size:
        return 0.0
    alike = held[:, similar(value, pathway)].any(axis=1)
    counts = np.maximum(held[:, pathway], value["commissioning.similar_copying_share"] * alike)
    return float(value["commissioning.spillover"] * counts.mean())


def political_push(value: Parameters, state: State, commissioner: int, pathway: int) -> float:
    """What it is worth to be seen to act, in pounds a year: less the longer nothing was done.

    Each contract that the commissioner has, or has awarded, for another pathway lessens it, too.
    """
    has = set(np.flatnonzero(state.provision.prime_slot[commissioner] >= 0).tolist())
    has |= {
        details[2] for _, change, details in state.docket.scheduled_effects
        if change == "start_prime" and details[1] == commissioner
    }  # fmt: skip
    faded = (1.0 - value["commissioning.push_fading"]) ** state.contracts.buyers.idle_years[
        commissioner, pathway
    ]
    shared = value["commissioning.push_kept_after_acting"] ** len(has - {pathway})
    return float(value["minds.political_push_pounds"] * faded * shared)


def past_success(value: Parameters, contracts: Contracts, code: str) -> float:
    """A bidder's success so far as a factor on its odds; 1 if bidders do not learn.

    `contracts`: tenders won, and those that could be expected.
    """
    buyers = contracts.buyers
    if not value["commissioning.bidders_learn"]:
        return 1.0
    patience = value["commissioning.bidder_patience"]
    return success(patience, buyers.won.get(code, 0.0), buyers.expected.get(code, 0.0))
