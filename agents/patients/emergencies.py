"""The chance of an emergency admission, and what happens in one."""

import numpy as np

from agents.numerics.compiled import hot, lean
from agents.numerics.random_streams import STREAM_CRISIS, draw, uniform
from agents.numerics.rule_types import Row, Whole
from agents.patients.diary import ADMITTED, LEFT, NONE, RISKED, note, write_parts
from agents.patients.handovers import count, go_through, has_case_manager, tell_other_teams
from agents.patients.patient_tables import (
    AE_ATTENDANCES,
    BED_DAYS,
    CRISIS,
    DEATHS_AFTER_EMERGENCY,
    EMERGENCIES,
    PREVENTABLE,
    Tally,
    World,
)
from agents.patients.programme_effects import found_crises, programme_effect
from agents.patients.provider_choice import nearest_emergency, need_pathway


@hot
def on_preventable(share: float, factor: float) -> float:
    """What a factor on preventable crises does to all of them."""
    return 1.0 - share + share * factor


@hot
def care_factor(person: Row, world: World) -> float:
    """What the practice's care does to the hazard of a crisis."""
    prevention = world.practices[person.practice].prevention
    return on_preventable(world.strata[person.stratum].preventable_share, prevention)


@hot
def harm_in_force(person: Row, month: int) -> float:
    """What a lost handover does to the hazard of a crisis this month."""
    return person.harm_factor if month <= person.harm_until else 1.0


@hot
def anchored(base: float, factor: float, anchor: float, after: float) -> float:
    """Probability of a crisis: published rate, what multiplies it, what an operation adds."""
    return min(base * factor / anchor + after, 1.0)


@hot
def crisis_hazard(person: Row, world: World, month: int, after: float) -> float:
    """Probability of an emergency admission this month.

    The published rate for the stratum, times what a lost handover and the practice's care do,
    divided by the anchor, so that the status quo keeps the published total, and the probability of
    a readmission (`after`) if there was an operation. A programme has its effect, and the needs
    that it found are added.
    """
    stratum = world.strata[person.stratum]
    factor = care_factor(person, world) * harm_in_force(person, month)
    factor *= programme_effect(person, world, month)
    more = after + found_crises(person, world, month)
    return anchored(stratum.emergency_rate, factor, stratum.anchor, more)


@lean
def write_risk(
    person: Row, world: World, tally: Tally, month: int, hazard: float, luck: float, after: float
) -> None:
    """Write down this month's chance of a crisis, its parts and the draw."""
    coordinated = np.int64(has_case_manager(person, world))
    note(person, tally, RISKED, NONE, person.stratum, NONE, coordinated, hazard, luck)
    stratum = world.strata[person.stratum]
    care, harm = care_factor(person, world), harm_in_force(person, month)
    care *= programme_effect(person, world, month)
    found = found_crises(person, world, month)
    write_parts(tally, stratum.emergency_rate, care, harm, stratum.anchor, after, found)


@lean
def have_crisis(
    person: Row,
    world: World,
    tally: Tally,
    seed: Whole,
    key: np.uint64,
    month: int,
    fatality: float,
) -> bool:
    """An emergency admission, its stay, its discharge, and who must be told.

    Returns whether the patient dies of it, which at average quality has the chance `fatality`.
    """
    rules = world.rules[0]
    a, b, c, d = draw(seed, STREAM_CRISIS, key, month, 0)
    pathway = need_pathway(person, uniform(a), rules.crisis_need, rules.crisis_rest)
    j = nearest_emergency(person, world)
    count(person, tally, EMERGENCIES, 1)
    person.crises = min(person.crises + 1, 255)
    count(person, tally, AE_ATTENDANCES, 1)
    tally.sites[world.practices[person.practice].candidate[j]].admitted[pathway] += 1
    days: Whole
    preventable, days = preventable_now(person, world), 0
    if uniform(b) < preventable:
        count(person, tally, PREVENTABLE, 1)
    long_share = 1.0 - rules.short_stay_share
    if uniform(c) < long_share:
        # Whole days are rounded up, which adds half a day to the mean of an exponential.
        site = world.practices[person.practice].candidate[j]
        usual = rules.emergency_stay_days[pathway] * world.sites[site].stay[pathway]
        mean = max(usual / long_share - 0.5, 0.5)
        days = np.int64(np.ceil(-mean * np.log(uniform(c) / long_share)))
        count(person, tally, BED_DAYS, days)
    note(person, tally, ADMITTED, pathway, NONE, j, days, preventable, uniform(b))
    go_through(person, world, tally, seed, key, month, pathway, CRISIS, j, 0, 300)
    tell_other_teams(person, world, tally, seed, key, month, pathway, j, 400)
    chance = fatality * world.sites[world.practices[person.practice].candidate[j]].fatality
    dies: bool = uniform(d) < chance
    if dies:
        count(person, tally, DEATHS_AFTER_EMERGENCY, 1)
        note(person, tally, LEFT, NONE, NONE, j, np.int64(1), chance, uniform(d))
    return dies


@hot
def deaths_after(died: float, hazard: float, share: float) -> float:
    """Probability in a month to be admitted as an emergency and die, at average quality.

    A share of all deaths, whatever moves admissions: those that care avoids are not the deadly
    ones.
    """
    return min(share * died, hazard)


@lean
def preventable_now(person: Row, world: World) -> float:
    """Share of this patient's crises that good care in the community would have prevented."""
    share: float = world.strata[person.stratum].preventable_share
    kept: float = share * world.practices[person.practice].prevention
    return kept / (1.0 - share + kept)
