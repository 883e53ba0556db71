"""What a programme does for whoever is enrolled in it, part of the rule of one patient's month.

Each effect is a field of the programme's row (`agents.patients.patient_tables.PROGRAMME`); row 0
stands for
no programme. A need that was found when somebody was enrolled is treated for a year, also of those
who have left since.
"""

import numpy as np

from agents.numerics.compiled import hot, lean
from agents.numerics.random_streams import STREAM_PROGRAMME, draw, uniform
from agents.numerics.rule_types import Field, Row, Whole
from agents.patients.diary import NONE, VISITED, note
from agents.patients.handovers import count, remember_contact
from agents.patients.patient_tables import (
    COMMUNITY_CONTACTS,
    NEED_MONTHS,
    PATHWAYS,
    Tally,
    World,
)
from agents.patients.provider_choice import pathway_weight


@hot
def has_found_need(person: Row, month: int) -> bool | np.bool:
    """Whether a need that a programme found is being treated."""
    treated: bool | np.bool = month < person.enrolled_since + NEED_MONTHS
    return person.new_need > 0 and treated


@lean
def found_referrals(person: Row, world: World, month: int) -> float:
    """Referrals this month for a need that was found: so many that attendances are as they should.

    Of the person's own mix of pathways, each with its follow-ups.
    """
    if not has_found_need(person, month):
        return 0.0
    rules, total, attendances = world.rules[0], 0.0, 0.0
    for p in range(PATHWAYS):
        weight = pathway_weight(person, p, rules.planned_need, rules.planned_rest)
        total += weight
        attendances += weight * (1.0 + rules.follow_up_ratio[p])
    return float(rules.need_outpatients * total / attendances)


@lean
def found_consultations(person: Row, world: World, month: int) -> float:
    """Consultations this month for a need that was found."""
    return float(world.rules[0].need_consultations) if has_found_need(person, month) else 0.0


@hot
def found_crises(person: Row, world: World, month: int) -> float:
    """Probability of an emergency admission this month for a need that was found."""
    return float(world.rules[0].need_crises) if has_found_need(person, month) else 0.0


@lean
def be_visited(person: Row, world: World, tally: Tally, visits: Whole) -> None:
    """Meet the community team that runs the programme, `visits` times."""
    rules, g = world.rules[0], person.practice
    pathway = np.int64(rules.nurse_pathway)
    j = np.int64(world.practices[g].default[pathway])
    count(person, tally, COMMUNITY_CONTACTS, visits)
    for _ in range(visits):
        remember_contact(person, world.routes[g, j, rules.nurse_step].team, pathway)
        note(person, tally, VISITED, pathway, np.int64(rules.nurse_step), j, NONE, 1.0, 0.0)


@lean
def review_is_replaced(
    person: Row, world: World, seed: Whole, key: np.uint64, month: int
) -> bool | np.bool:
    """Whether the programme holds a yearly review itself, in the place of the pathway's teams."""
    if person.programme == 0:
        return False
    word, _, _, _ = draw(seed, STREAM_PROGRAMME, key, month, 1)
    replaced: bool | np.bool = uniform(word) < world.programmes[person.programme].reviews_replaced
    return replaced


@hot
def follow_ups_kept(person: Row, world: World) -> Field:
    """Share of follow-ups in outpatients that the programme does not replace."""
    return 1.0 - world.programmes[person.programme].follow_ups_replaced


@hot
def programme_effect(person: Row, world: World, month: int) -> Field:
    """Factor on the hazard of an emergency admission: how those enrolled take their medicines.

    It comes after some months.
    """
    if person.programme == 0 or month < person.enrolled_since + world.rules[0].effect_lag:
        return 1.0
    return world.programmes[person.programme].crises
