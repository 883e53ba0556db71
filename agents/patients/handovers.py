"""How a patient goes through the teams of an episode, and what is lost between them.

Part of the rule of one patient's month; the tables are those of `agents.patients.patient_tables`. A
handover is lost with the probability of its route; a loss raises the hazard of a crisis for some
months.
"""

import numpy as np

from agents.numerics.compiled import hot, lean
from agents.numerics.random_streams import STREAM_DUPLICATE, STREAM_HANDOVER, draw, uniform
from agents.numerics.rule_types import Field, Row, Whole
from agents.patients.diary import (
    ENTERED,
    HANDED_OVER,
    HARMED,
    NONE,
    PASSED,
    TOLD,
    ZERO,
    note,
    write_parts,
)
from agents.patients.patient_tables import (
    COMMUNITY_CONTACTS,
    CONDITIONS,
    DUPLICATES,
    HANDOVERS,
    LOST,
    LOST_MANY,
    PATHWAYS,
    RING,
    Tally,
    World,
)


@hot
def person_key(slot: Whole, entered: Whole) -> np.uint64:
    """The key of a person's luck: home slot and month of entry."""
    return np.uint64(slot) | (np.uint64(np.int64(entered) + 1) << np.uint64(32))


@hot
def group_of(person: Row) -> Whole:
    """Group of a patient in tallies: conditions (0 to 4) x fifth x 65 or older."""
    stratum = np.int64(person.stratum)
    return (stratum % 25) * 2 + (1 if stratum >= 100 else 0)


@hot
def has_many_conditions(person: Row) -> bool | np.bool:
    """Whether the patient has two or more conditions."""
    return np.int64(person.stratum) % 25 // 5 >= 2


@lean
def count(person: Row, tally: Tally, what: Whole, many: Whole) -> None:
    """Add `many` events of kind `what` to the patient's area, practice and group."""
    tally.areas[person.area].counts[what] += many
    tally.practices[person.practice].counts[what] += many
    tally.groups[group_of(person)].counts[what] += many


@lean
def remember_contact(person: Row, team: Whole, pathway: Whole) -> None:
    """The newest of the last contacts.

    `team`: the number of the team that was met.
    """
    k = (person.ring_newest + 1) % RING
    person.ring_newest = k
    person.ring_team[k], person.ring_pathway[k] = team, pathway
    if person.ring_filled < RING:
        person.ring_filled += 1


@lean
def suffer_loss(
    person: Row,
    world: World,
    tally: Tally,
    seed: Whole,
    key: np.uint64,
    month: int,
    boundary: Whole,
    discharge: bool,
    number: int,
) -> None:
    """A handover was lost: harm for some months, and perhaps a test done twice."""
    rules = world.rules[0]
    count(person, tally, LOST + boundary, 1)
    if has_many_conditions(person):
        count(person, tally, LOST_MANY, 1)
    person.lost_handovers += 1
    factor = rules.harm_discharge if discharge else rules.harm_referral
    if month > person.harm_until or factor >= person.harm_factor:
        # A referral is lost before this month's chance of a crisis, a discharge after it.
        person.harm_factor = factor
        person.harm_until = month + rules.harm_months - (0 if discharge else 1)
        note(person, tally, HARMED, NONE, NONE, NONE, np.int64(person.harm_until), factor, 0.0)
    word, _, _, _ = draw(seed, STREAM_DUPLICATE, key, month, number)
    if uniform(word) < rules.duplicate_share:
        count(person, tally, DUPLICATES, 1)


@hot
def has_case_manager(person: Row, world: World) -> Field:
    """Whether a case manager looks after the patient: those at highest risk, where there is one."""
    return person.risk_score >= world.practices[person.practice].coordination_threshold


@lean
def hand_over(
    person: Row,
    world: World,
    tally: Tally,
    seed: Whole,
    key: np.uint64,
    month: int,
    boundary: Whole,
    loss: float,
    share: float,
    discharge: bool,
    number: int,
) -> None:
    """One handover: it is needed in a `share` of episodes and lost with probability `loss`."""
    rules = world.rules[0]
    luck = uniform(draw(seed, STREAM_HANDOVER, key, month, number)[0])
    if luck >= share:
        return
    count(person, tally, HANDOVERS + boundary, 1)
    managed = rules.coordination_loss if has_case_manager(person, world) else 1.0
    loss *= managed
    note(person, tally, HANDED_OVER, NONE, number, NONE, boundary, share * loss, luck)
    write_parts(tally, share, managed, 1.0, 1.0, 0.0, 0.0)
    if luck < share * loss:
        suffer_loss(person, world, tally, seed, key, month, boundary, discharge, number)


@lean
def go_through(
    person: Row,
    world: World,
    tally: Tally,
    seed: Whole,
    key: np.uint64,
    month: int,
    pathway: Whole,
    kind: int,
    j: Whole,
    skip: int,
    number: int,
) -> None:
    """Go through the teams of an episode, with a handover between each and the next.

    `number` tells apart the episodes of one month; steps differ by course of the episode.
    """
    rules = world.rules[0]
    g = person.practice
    start, stop = rules.episode_start[pathway, kind], rules.episode_stop[pathway, kind]
    course = uniform(draw(seed, STREAM_HANDOVER, key, month, number + 99)[1])
    note(person, tally, ENTERED, pathway, NONE, j, kind, 1.0, course)
    for s in range(start + skip, stop):
        if course < world.steps[s].low or course >= world.steps[s].high:
            continue
        note(person, tally, PASSED, pathway, s, j, ZERO, 1.0, course)
        if world.steps[s].visit:
            remember_contact(person, world.routes[g, j, s].team, pathway)
        if world.steps[s].community:
            count(person, tally, COMMUNITY_CONTACTS, 1)
        if world.steps[s].edge:
            loss, discharge = np.float64(world.routes[g, j, s].loss), world.steps[s].discharge == 1
            if discharge:
                loss *= world.sites[world.practices[g].candidate[j]].discharge_loss[pathway]
            hand_over(
                person, world, tally, seed, key, month,
                np.int64(world.routes[g, j, s].boundary), loss, 1.0, discharge,
                number + s - start,
            )  # fmt: skip


@lean
def tell_other_teams(
    person: Row,
    world: World,
    tally: Tally,
    seed: Whole,
    key: np.uint64,
    month: int,
    pathway: Whole,
    j: Whole,
    number: int,
) -> None:
    """The teams of a patient's other conditions must know what was done: more handovers."""
    rules = world.rules[0]
    g, mask = person.practice, np.int64(person.conditions)
    for q in range(PATHWAYS):
        known = False
        for c in range(CONDITIONS):
            if (mask >> c) & 1 and rules.own_pathways[c, q]:
                known = True
        if known and q != pathway:
            note(person, tally, TOLD, pathway, NONE, j, q, 1.0, 0.0)
            hand_over(
                person, world, tally, seed, key, month,
                np.int64(world.cross[g, j, pathway, q].boundary),
                world.cross[g, j, pathway, q].loss, rules.overlap, False, number + q,
            )  # fmt: skip
