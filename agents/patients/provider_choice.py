"""Which pathway a patient needs, and which provider treats the patient."""

import numpy as np

from agents.numerics.compiled import lean
from agents.numerics.rule_types import Field, Row, Whole
from agents.patients.patient_tables import CANDIDATES, CONDITIONS, OTHER_PLANNED, PATHWAYS, World


@lean
def pathway_weight(person: Row, p: Whole, need: np.ndarray, rest: np.ndarray) -> float:
    """Rate at which the patient's conditions, and other causes, need a pathway."""
    mask = np.int64(person.conditions)
    weight: float = rest[np.int64(person.stratum) // 25, p]
    for c in range(CONDITIONS):
        if (mask >> c) & 1:
            weight += need[c, p]
    return weight


@lean
def need_pathway(person: Row, draw: float, need: np.ndarray, rest: np.ndarray) -> int:
    """Which pathway a need belongs to: proportional to the rates of the patient's conditions."""
    total = 0.0
    for p in range(PATHWAYS):
        total += pathway_weight(person, p, need, rest)
    running, target = 0.0, draw * total
    for p in range(PATHWAYS):
        running += pathway_weight(person, p, need, rest)
        if target < running:
            return p
    return OTHER_PLANNED


@lean
def choose_provider(
    person: Row, world: World, pathway: Whole, luck_aware: float, luck_choice: float
) -> Whole:
    """The candidate site for planned care: a logit over what is offered, or over what is usual.

    Utility of distance, quality and wait as in Gutacker et al. 2016 (J Health Econ); only a share
    of patients considers more than the few sites to which the practice refers (Dixon et al. 2010,
    King's Fund; Beckert, Christensen & Collyer 2012, Econ J).
    """
    g = person.practice
    aware = luck_aware < world.rules[0].aware
    total = 0.0
    for j in range(CANDIDATES):
        total += site_weight(person, world, pathway, j, aware)
    running, target = 0.0, luck_choice * total
    for j in range(CANDIDATES):
        running += site_weight(person, world, pathway, j, aware)
        if target < running:
            return j
    return np.int64(world.practices[g].default[pathway])


@lean
def site_weight(person: Row, world: World, pathway: Whole, j: Whole, aware: bool) -> Field:
    """Weight of candidate `j` in a patient's choice: nought if it is not thought of.

    `aware`: whether the patient considers more than the sites where the practice refers.
    """
    g = person.practice
    site = world.practices[g].candidate[j]
    if site < 0 or not (aware or world.practices[g].usual[j, pathway]):
        return 0.0
    count = np.int64(person.stratum) % 25 // 5
    if world.sites[site].only_simple[pathway] and count >= world.rules[0].complex_conditions:
        return 0.0
    return world.reach[person.area, site].near * world.practices[g].attraction[j, pathway]


@lean
def nearest_emergency(person: Row, world: World) -> int:
    """The candidate with an emergency department that is nearest to home."""
    g, area = person.practice, person.area
    best, nearest = 0, np.inf
    for j in range(CANDIDATES):
        site = world.practices[g].candidate[j]
        if (
            site >= 0
            and world.sites[site].emergency
            and world.reach[area, site].distance_km < nearest
        ):
            best, nearest = j, world.reach[area, site].distance_km
    return best


@lean
def is_bypass(person: Row, world: World, j: Whole) -> bool:
    """Whether a nearer candidate site was passed by.

    `j`: the candidate that was chosen.
    """
    g, area = person.practice, person.area
    chosen = world.reach[area, world.practices[g].candidate[j]].distance_km
    for k in range(CANDIDATES):
        site = world.practices[g].candidate[k]
        if site >= 0 and world.reach[area, site].distance_km < chosen:
            return True
    return False
