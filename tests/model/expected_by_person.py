"""Expected losses by another route: every person's chances, one person after another.

The rule of a patient with its draws replaced by their chances, without strata, means or lists.
"""

import numpy as np

from agents.numerics.compiled import compiled
from agents.patients.emergencies import crisis_hazard
from agents.patients.handovers import has_case_manager, has_many_conditions
from agents.patients.health import mortality_monthly
from agents.patients.patient_tables import (
    CANDIDATES,
    CONDITIONS,
    CRISIS,
    END_OF_LIFE,
    HUB,
    PATHWAYS,
    PLANNED,
    PLANNED_OPERATION,
    SHIFTED,
    YEARLY,
)
from agents.patients.provider_choice import nearest_emergency, pathway_weight, site_weight


@compiled
def going(world, g, j, p, kind, skip):
    """Losses of going through an episode, its first `skip` steps left out."""
    rules, lost = world.rules[0], 0.0
    for s in range(rules.episode_start[p, kind] + skip, rules.episode_stop[p, kind]):
        if world.steps[s].edge:
            loss = np.float64(world.routes[g, j, s].loss)
            if world.steps[s].discharge:
                loss *= world.sites[world.practices[g].candidate[j]].discharge_loss[p]
            lost += (world.steps[s].high - world.steps[s].low) * loss
    return lost


@compiled
def telling(person, world, g, j, p):
    """Losses to the teams of a person's other conditions."""
    rules, lost = world.rules[0], 0.0
    for q in range(PATHWAYS):
        known = False
        for c in range(CONDITIONS):
            if (np.int64(person.conditions) >> c) & 1 and rules.own_pathways[c, q]:
                known = True
        if known and q != p:
            lost += rules.overlap * np.float64(world.cross[g, j, p, q].loss)
    return lost


@compiled
def referred(person, world, g, p):
    """Losses of a referral, and the chance of a readmission, whoever sees the patient."""
    rules, place = world.rules[0], world.practices[g]
    hub, usual, operated = place.hub[p], np.int64(place.default[p]), rules.operation_share[p]
    away = (1.0 - operated) * place.shifted[p]
    skip = 1 if hub else 0
    first = going(world, g, usual, p, HUB, 0) if hub else 0.0
    lost = away * (first + going(world, g, usual, p, SHIFTED, skip))
    lost += away * telling(person, world, g, usual, p)
    again = 0.0
    for aware in range(2):
        total = 0.0
        for j in range(CANDIDATES):
            total += site_weight(person, world, p, j, aware == 1)
        for j in range(CANDIDATES):
            part = rules.aware if aware == 1 else 1.0 - rules.aware
            part *= site_weight(person, world, p, j, aware == 1) / total if total else j == usual
            if part > 0.0:
                if hub:
                    lost += part * (1.0 - away) * going(world, g, j, p, HUB, 0)
                seen = going(world, g, j, p, PLANNED, skip)
                lost += part * (1.0 - operated - away) * seen
                lost += part * operated * going(world, g, j, p, PLANNED_OPERATION, skip)
                lost += part * (1.0 - away) * telling(person, world, g, j, p)
                again += part * operated * world.sites[place.candidate[j]].readmission
    return lost, again


@compiled
def of_person(person, world, month):
    """Expected losses of one person in a month."""
    rules, health, g = world.rules[0], world.health[0], np.int64(person.practice)
    lost, after = 0.0, 0.0
    for p in range(PATHWAYS):
        rate = pathway_weight(person, p, rules.planned_need, rules.planned_rest)
        rate *= world.practices[g].referral
        each, again = referred(person, world, g, p)
        lost += rate * each
        after += rate * again
    for c in range(CONDITIONS):
        if (np.int64(person.conditions) >> c) & 1:
            p = np.int64(rules.yearly_pathway[c])
            usual = np.int64(world.practices[g].default[p])
            lost += rules.yearly_need[c] * going(world, g, usual, p, YEARLY, 0)
    j, total, each = nearest_emergency(person, world), 0.0, 0.0
    for p in range(PATHWAYS):
        weight = pathway_weight(person, p, rules.crisis_need, rules.crisis_rest)
        total += weight
        told = telling(person, world, g, j, p)
        each += weight * (going(world, g, j, p, CRISIS, 0) + told)
    lost += (crisis_hazard(person, world, month, 0.0) + after) * each / total
    died = mortality_monthly(
        (month - np.int64(person.born)) // 12,
        np.int64(person.sex),
        np.int64(person.deprivation_quintile),
        person.conditions,
        health,
    )
    lost += world.rules[0].last_phase_share * died * going(world, g, j, END_OF_LIFE, PLANNED, 0)
    return lost * (rules.coordination_loss if has_case_manager(person, world) else 1.0)


@compiled
def lost_by_person(people, world, month):
    """Expected losses a month of everybody with two or more conditions [people]; NaN of others."""
    lost = np.full(people.size, np.nan)
    for i in range(people.size):
        if has_many_conditions(people[i]):
            lost[i] = of_person(people[i], world, month)
    return lost
