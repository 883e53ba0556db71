"""What patients need in a month, added up over people alike: by group of homes and by stratum."""

from typing import NamedTuple

import numpy as np

from agents.numerics.compiled import compiled
from agents.patients.health import leave_monthly
from agents.patients.patient_tables import CONDITIONS, PATHWAYS, STRATA, World

GROUPS_OF_PEOPLE = 10  # by their home's number: the same people in every arm
SPREAD = 2_654_435_761  # multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4)


class Needs(NamedTuple):
    """Sums over people by group and stratum.

    Rates are a month; `known` are pathways whose team looks after the person already.
    """

    people: np.ndarray  # [groups, STRATA]
    death: np.ndarray  # [groups, STRATA], hazard
    planned: np.ndarray  # [groups, STRATA, 13], referrals
    planned_known: np.ndarray  # [groups, STRATA, 13, 13], referrals into p, team q must know
    yearly: np.ndarray  # [groups, STRATA, 13], rounds of yearly care
    crisis: np.ndarray  # [groups, STRATA, 13], share of crises
    crisis_known: np.ndarray  # [groups, STRATA, 13, 13]


def group_of_people(people: np.ndarray) -> np.ndarray:
    """The group of each person [people]: by home, so that arms that share luck share groups."""
    mixed = people["slot"].astype(np.uint64) * np.uint64(SPREAD) % np.uint64(2**32)
    return (mixed * np.uint64(GROUPS_OF_PEOPLE) >> np.uint64(32)).astype(np.int64)


def needs_of(people: np.ndarray, world: World, month: int) -> Needs:
    """What some people need in a month, by group and stratum."""
    shape = (GROUPS_OF_PEOPLE, STRATA)
    wide, square = (*shape, PATHWAYS), (*shape, PATHWAYS, PATHWAYS)
    sums = Needs(
        people=np.zeros(shape), death=np.zeros(shape),
        planned=np.zeros(wide), planned_known=np.zeros(square),
        yearly=np.zeros(wide), crisis=np.zeros(wide), crisis_known=np.zeros(square),
    )  # fmt: skip
    _add_needs(people, group_of_people(people), world, month, sums)
    return sums


@compiled
def leaving_of(people: np.ndarray, world: World, month: int) -> np.ndarray:
    """Chance of each person to die or move away in a month [people]."""
    chance = np.empty(people.size)
    for i in range(people.size):
        person = people[i]
        died, moved = leave_monthly(
            (month - np.int64(person.born)) // 12,
            np.int64(person.sex),
            np.int64(person.deprivation_quintile),
            person.conditions,
            np.int64(person.home_practice),
            world.health[0],
            world.turnover,
        )
        chance[i] = died + moved
    return chance


@compiled
def _add_needs(
    people: np.ndarray, group: np.ndarray, world: World, month: int, sums: Needs
) -> None:
    rules, health = world.rules[0], world.health[0]
    planned, crisis = np.empty(PATHWAYS), np.empty(PATHWAYS)
    for i in range(people.size):
        person, k = people[i], group[i]
        s = np.int64(person.stratum)
        sums.people[k, s] += 1.0
        years = min((month - np.int64(person.born)) // 12, health.healthy_hazard.shape[0] - 1)
        healthy = health.healthy_hazard[years, person.sex, person.deprivation_quintile - 1]
        sums.death[k, s] += healthy * person.death_factor / 12.0
        for p in range(PATHWAYS):
            planned[p], crisis[p] = rules.planned_rest[s // 25, p], rules.crisis_rest[s // 25, p]
        for c in range(CONDITIONS):
            if (np.int64(person.conditions) >> c) & 1:
                sums.yearly[k, s, rules.yearly_pathway[c]] += rules.yearly_need[c]
                for p in range(PATHWAYS):
                    planned[p] += rules.planned_need[c, p]
                    crisis[p] += rules.crisis_need[c, p]
        crisis /= crisis.sum()
        sums.planned[k, s] += planned
        sums.crisis[k, s] += crisis
        for q in range(PATHWAYS):
            known = False
            for c in range(CONDITIONS):
                if (np.int64(person.conditions) >> c) & 1 and rules.own_pathways[c, q]:
                    known = True
            if known:
                for p in range(PATHWAYS):
                    if p != q:
                        sums.planned_known[k, s, p, q] += planned[p]
                        sums.crisis_known[k, s, p, q] += crisis[p]
