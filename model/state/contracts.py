"""What commissioners and bidders have come to believe in a run. It changes from year to year."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agents.numerics.random_streams import STREAM_TRAIT, key_of, keyed_normal
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.places.place import Place
from model.policies.policy import PathwayContract


@dataclass(frozen=True)
class Result:
    """A whole year of a contract: when it closed, whose, and what share of spend was saved.

    `saving` counts the price and, spread over the term, the cost of handing over; `seen` is what
    the commissioner itself makes of it, without the cost of handing over, which is spent.
    """

    month: int
    commissioner: int
    pathway: int
    start_month: int
    saving: float
    seen: float
    own_services: bool = False  # the commissioner owned who held it


@dataclass
class Buyers:
    """Beliefs of commissioners [commissioners, 13] and records of bidders by their codes."""

    believed: np.ndarray  # saving of a contract, share of spend
    spread: np.ndarray  # how unsure that is, standard deviation
    idle_years: np.ndarray  # in which a contract was allowed and nothing was done
    followed: np.ndarray  # commissioners one looks at, nearest first [commissioners, n]
    won: dict[str, float] = field(default_factory=dict)  # tenders won
    expected: dict[str, float] = field(default_factory=dict)  # that the bidder's odds had promised
    results: list[Result] = field(default_factory=list)


def first_buyers(place: Place, parameters: Parameters, seed: int) -> Buyers:
    """Beliefs before any experience: a common hope, more or less of it for each commissioner."""
    codes = place.commissioners["commissioner"]
    spread = float(parameters["commissioning.belief_spread"])
    draw = [keyed_normal(seed, STREAM_TRAIT, np.uint64(key_of(str(c))), 0, 80) for c in codes]
    own = parameters["minds.believed_saving_share"] + spread * np.array(draw)
    shape = (len(codes), len(PATHWAYS))
    return Buyers(
        believed=np.repeat(own[:, None], len(PATHWAYS), axis=1),
        spread=np.full(shape, spread),
        idle_years=np.zeros(shape),
        followed=followed(place, int(parameters["commissioning.neighbours_followed"])),
    )


def followed(place: Place, most: int) -> np.ndarray:
    """The nearest other commissioners of each one, by the middles of their registered patients.

    [commissioners, at most `most`], nearest first.
    """
    practices, codes = place.practices, list(place.commissioners["commissioner"])
    k = np.array([codes.index(code) for code in practices["commissioner"]])
    lists = practices["list_size"].to_numpy(np.float64)
    people = np.maximum(np.bincount(k, weights=lists, minlength=len(codes)), 1.0)
    middle = [
        np.bincount(k, weights=lists * practices[axis], minlength=len(codes)) / people
        for axis in ("easting_km", "northing_km")
    ]
    east, north = ((axis[:, None] - axis[None]) ** 2 for axis in middle)
    distance = east + north
    np.fill_diagonal(distance, -1.0)
    return np.ascontiguousarray(np.argsort(distance, axis=1, kind="stable")[:, 1 : most + 1])


KIND = "commissioners.bodies.kind"


def information(value: Parameters, rules: Mapping[str, Any]) -> float:
    """Share of its error that a commissioner is spared because practices tell it, 0 to 1.

    It depends on the kind of body that the rules of the day make of it.
    """
    kind = rules.get(KIND, "pct")
    return float(value[f"commissioning.practice_information_{kind}"])


@dataclass
class Prime:
    """A contract for planned care of a pathway, and who holds it."""

    commissioner: int
    pathway: int
    holder: int  # body
    monthly_pence: int
    start_month: int
    end_month: int
    terms: PathwayContract
    transition_pence: int = 0  # paid by the commissioner to hand the pathway over


@dataclass
class Contracts:
    """Contracts in force, and what commissioners believe and know of them."""

    buyers: Buyers
    primes: list[Prime] = field(default_factory=list)
    #: When community teams changed hands: month, by whose decision, of which commissioner.
    team_moves: list[tuple[int, str, str]] = field(default_factory=list)
    #: Bodies between which work changed hands without a loss of ties, as they have one owner:
    #: by commissioner and pathway, before and after.
    spared_ties: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
