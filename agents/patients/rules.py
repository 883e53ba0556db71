"""The rule of one patient's month, written once as small scalar functions.

`live_month` is what happens to one patient in one month. The compiled kernel of the world calls it
on every row of the columns; `Patient.step` calls it on one agent. Every chance comes from a keyed
draw, one draw an opportunity, and an event happens when the draw falls below its probability, so
two policies share the luck of every patient.

`person` is one row of the patients, `world` the tables that say how care is organised this month
and `tally` what is counted. Tallies are whole numbers (events, or probabilities in units of
2**-32), so that sums do not depend on the order or the threads.
"""

import numpy as np

from agents.numerics.compiled import hot, lean
from agents.numerics.random_streams import (
    STREAM_CONSULT,
    STREAM_LAST_PHASE,
    STREAM_MONTH,
    STREAM_PLANNED,
    STREAM_PROGRAMME,
    STREAM_REGISTER,
    STREAM_ROUTINE,
    draw,
    keyed_normal,
    uniform,
)
from agents.numerics.rule_types import Field, Row, Whole
from agents.patients.diary import ATTENDED, CONSULTED, LEFT, NONE, OPERATED, REFERRED, ZERO, note
from agents.patients.emergencies import crisis_hazard, deaths_after, have_crisis, write_risk
from agents.patients.handovers import (
    count,
    go_through,
    has_case_manager,
    has_many_conditions,
    person_key,
    remember_contact,
    tell_other_teams,
)
from agents.patients.health import (
    condition_count,
    conditions_at,
    entrant,
    hazard_ratio,
    leave_monthly,
    mortality_monthly,
    next_change_age,
    survivor_liabilities,
    year_of,
)
from agents.patients.patient_tables import (
    AE_ATTENDANCES,
    BANDS,
    BYPASSES,
    CONDITIONS,
    CONSULTATIONS,
    COORDINATED,
    DAY_CASES,
    DEATHS,
    DEPARTURES,
    ELECTIVES,
    END_OF_LIFE,
    FIRST_OUTPATIENTS,
    FOLLOW_UPS,
    GENERAL_PRACTICE,
    HUB,
    NEVER,
    NEVER_ENROLLED,
    NOT_DUE,
    OPERATIONS_DONE,
    OPERATIONS_DUE,
    PATHWAYS,
    PERSON_MONTHS,
    PERSON_MONTHS_MANY,
    PLANNED,
    PLANNED_OPERATION,
    PRACTICE_MOVES,
    PRACTICE_OPTIONS,
    READMISSIONS,
    RING,
    SHIFTED,
    SHIFTED_OUTPATIENTS,
    WAIT_MONTHS,
    YEARLY,
    Tally,
    World,
)
from agents.patients.programme_effects import (
    be_visited,
    follow_ups_kept,
    found_consultations,
    found_referrals,
    review_is_replaced,
)
from agents.patients.provider_choice import (
    choose_provider,
    is_bypass,
    nearest_emergency,
    need_pathway,
)


@lean
def age_band_of(years: Whole, world: World) -> int:
    """The age band that `years` falls in."""
    rules = world.rules[0]
    band = 0
    for k in range(BANDS):
        if years >= rules.age_band_start[k]:
            band = k
    return band


@lean
def set_rates(person: Row, world: World, years: Whole) -> None:
    """A patient's stratum and rates of use from age, conditions and deprivation.

    `years`: of age.
    """
    rules = world.rules[0]
    band = age_band_of(years, world)
    mask = np.int64(person.conditions)
    count = min(condition_count(person.conditions), 4)
    person.stratum = np.uint16((band * 5 + count) * 5 + np.int64(person.deprivation_quintile) - 1)
    consult, planned, yearly = rules.consult_rest[band], 0.0, 0.0
    for p in range(PATHWAYS):
        planned += rules.planned_rest[band, p]
    for c in range(CONDITIONS):
        if (mask >> c) & 1:
            consult += rules.consult_need[c]
            yearly += rules.yearly_need[c]
            for p in range(PATHWAYS):
                planned += rules.planned_need[c, p]
    person.consult_rate, person.planned_rate = consult, planned
    person.yearly_rate = yearly


@lean
def set_health(person: Row, world: World, seed: Whole, month: int, liability: np.ndarray) -> None:
    """Conditions at this age, what follows from them, and when they next change.

    `liability` [13]: how prone the person is to each condition, in standard deviations.
    """
    rules = world.rules[0]
    health = world.health[0]
    years = (month - np.int64(person.born)) // 12
    shift = world.practices[person.home_practice].register_shift
    deprivation_quintile = np.int64(person.deprivation_quintile)
    person.conditions = np.uint16(
        conditions_at(liability, years, deprivation_quintile, shift, health)
    )
    set_rates(person, world, years)
    person.death_factor = hazard_ratio(person.conditions, health)
    key = person_key(person.slot, person.entered)
    noise = keyed_normal(seed, STREAM_ROUTINE, key, 0, 60_000)
    rate = 12.0 * world.strata[person.stratum].emergency_rate
    person.risk_score = rate * np.exp(rules.risk_noise * noise)
    change = next_change_age(liability, years, deprivation_quintile, shift, health)
    for k in range(BANDS):
        if rules.age_band_start[k] > years:
            change = min(change, np.int64(rules.age_band_start[k]))
            break
    person.next_refresh = min(np.int64(person.born) + 12 * change, NEVER)


@lean
def recall_liabilities(person: Row, world: World, seed: Whole, liability: np.ndarray) -> None:
    """The liabilities this person came with: drawn again from the same keys, not stored.

    `liability` [13] is where they are written.
    """
    health = world.health[0]
    key = person_key(person.slot, person.entered)
    # The stub of `max` knows no common type of a whole number of NumPy and one of Python.
    months = max(np.int64(person.entered), 0) - np.int64(person.born)  # type: ignore[operator]
    shift = world.practices[person.home_practice].register_shift
    survivor_liabilities(
        seed,
        key,
        months,
        np.int64(person.sex),
        np.int64(person.deprivation_quintile),
        shift,
        health,
        liability,
    )


@lean
def grow_older(person: Row, world: World, tally: Tally, seed: Whole, month: int) -> None:
    """A change of age band or conditions."""
    liability = tally.liability
    recall_liabilities(person, world, seed, liability)
    set_health(person, world, seed, month, liability)


@lean
def take_slot(person: Row, world: World, tally: Tally, seed: Whole, month: int) -> None:
    """Someone who is born or moves in takes the home that another has left.

    A newcomer registers where the home's people do or, if that list is closed, with another.
    """
    health = world.health[0]
    person.entered = month
    key = person_key(person.slot, month)
    home, deprivation_quintile = (
        np.int64(person.home_practice),
        np.int64(person.deprivation_quintile),
    )
    age_months, sex = entrant(seed, key, home, deprivation_quintile, world.turnover)
    person.born, person.sex = month - age_months, sex
    person.practice = person.entry_practice
    if age_months > 0 and world.practices[person.practice].closed:
        word, _, _, _ = draw(seed, STREAM_REGISTER, key, month, 1)
        person.practice = chosen_practice(person, world, uniform(word))
    forget(person)
    liability = tally.liability
    shift = world.practices[home].register_shift
    survivor_liabilities(seed, key, age_months, sex, deprivation_quintile, shift, health, liability)
    set_health(person, world, seed, month, liability)


@lean
def forget(person: Row) -> None:
    """Clear what belonged to the person, not to the home."""
    person.harm_until, person.harm_factor = -1, 1.0
    person.due_month, person.lost_handovers = NOT_DUE, 0
    person.ring_filled, person.seen_filled, person.crises = 0, 0, 0
    person.crises_last_year, person.programme, person.enrolled_since = 0, 0, NEVER_ENROLLED
    person.new_need = 0


@lean
def remember_clinician(person: Row, clinician: Whole) -> None:
    """The newest of the last general practitioners seen."""
    k = (person.seen_newest + 1) % RING
    person.seen_newest, person.seen_clinician[k] = k, clinician
    if person.seen_filled < RING:
        person.seen_filled += 1


@hot
def poisson(mean: float, luck: float) -> int:
    """The number of events that a uniform number points to (inverse distribution)."""
    probability = np.exp(-mean)
    total, n = probability, 0
    while luck >= total and n < 30:
        n += 1
        probability *= mean / n
        total += probability
    return n


@hot
def consult(
    person: Row, world: World, tally: Tally, seed: Whole, key: np.uint64, month: int, luck: float
) -> None:
    """See the practice: the usual practitioner, a colleague or a nurse.

    `luck`: uniform in (0, 1).
    """
    rules = world.rules[0]
    g = person.practice
    mean = person.consult_rate * world.practices[g].access
    visits = poisson(mean + found_consultations(person, world, month), luck)
    if visits == 0:
        return
    count(person, tally, CONSULTATIONS, visits)
    for visit in range(visits):
        who, which, kind, _ = draw(seed, STREAM_CONSULT, key, month, visit)
        remember_contact(person, np.int32(g), GENERAL_PRACTICE)
        clinician: Whole = NONE
        if uniform(kind) < rules.gp_share:
            clinician = 0
            personal = world.practices[g].personal + world.programmes[person.programme].personal
            if uniform(who) >= personal:
                clinician = 1 + int(uniform(which) * (world.practices[g].clinicians - 1))
            remember_clinician(person, min(clinician, 255))
        note(person, tally, CONSULTED, GENERAL_PRACTICE, NONE, NONE, clinician, 1.0, 0.0)


@lean
def be_referred(
    person: Row, world: World, tally: Tally, seed: Whole, key: np.uint64, month: int
) -> float:
    """A referral into a pathway: provider, first outpatient, perhaps an operation later.

    Returns the probability of a readmission if an older operation was done first.
    """
    after = 0.0
    rules = world.rules[0]
    g = person.practice
    a, b, c, d = draw(seed, STREAM_PLANNED, key, month, 0)
    pathway = need_pathway(person, uniform(a), rules.planned_need, rules.planned_rest)
    operation = uniform(d) < rules.operation_share[pathway]
    if not operation and uniform(b) < world.practices[g].shifted[pathway]:
        count(person, tally, SHIFTED_OUTPATIENTS, 1)
        be_seen_outside_hospital(person, world, tally, seed, key, month, pathway)
        return after
    e, f, h, _ = draw(seed, STREAM_PLANNED, key, month, 1)
    j = choose_provider(person, world, pathway, uniform(e), uniform(c))
    count(person, tally, FIRST_OUTPATIENTS, 1)
    due = poisson(rules.follow_up_ratio[pathway], uniform(f))
    if person.programme > 0:
        kept = poisson(rules.follow_up_ratio[pathway] * follow_ups_kept(person, world), uniform(f))
        be_visited(person, world, tally, due - kept)
        due = kept
    count(person, tally, FOLLOW_UPS, due)
    tally.sites[world.practices[g].candidate[j]].referred[pathway] += 1
    if is_bypass(person, world, j):
        count(person, tally, BYPASSES, 1)
    skip = 0
    if world.practices[g].hub[pathway]:
        go_through(person, world, tally, seed, key, month, pathway, HUB, j, 0, 900)
        skip = 1
    note(person, tally, REFERRED, pathway, NONE, j, np.int64(operation), 1.0, 0.0)
    if operation and person.due_month != NOT_DUE:  # one list at a time: the older one first
        after = be_operated(person, world, tally, seed, key, month)
    if operation:
        # A wait of 1.6 months is two for three of five.
        expected = world.sites[world.practices[g].candidate[j]].wait_months[pathway]
        wait = np.int64(expected + uniform(h))
        person.due_month = month + wait
        person.due_candidate, person.due_pathway = j, pathway
        count(person, tally, WAIT_MONTHS, wait)
        count(person, tally, OPERATIONS_DUE, 1)
    else:
        go_through(person, world, tally, seed, key, month, pathway, PLANNED, j, skip, 0)
    tell_other_teams(person, world, tally, seed, key, month, pathway, j, 100)
    return after


@lean
def be_seen_outside_hospital(
    person: Row, world: World, tally: Tally, seed: Whole, key: np.uint64, month: int, pathway: Whole
) -> None:
    """A clinic outside hospital, behind the point of access if there is one; others are told."""
    g = person.practice
    j = np.int64(world.practices[g].default[pathway])
    skip = 0
    if world.practices[g].hub[pathway]:
        go_through(person, world, tally, seed, key, month, pathway, HUB, j, 0, 900)
        skip = 1
    go_through(person, world, tally, seed, key, month, pathway, SHIFTED, j, skip, 0)
    tell_other_teams(person, world, tally, seed, key, month, pathway, j, 100)


@lean
def be_operated(
    person: Row, world: World, tally: Tally, seed: Whole, key: np.uint64, month: int
) -> Field:
    """The operation that was waited for: a day case or a stay; returns the risk of readmission."""
    rules = world.rules[0]
    pathway, j = np.int64(person.due_pathway), np.int64(person.due_candidate)
    person.due_month = NOT_DUE
    a, b, _, _ = draw(seed, STREAM_PLANNED, key, month, 2)
    site = world.practices[person.practice].candidate[j]
    day_case = uniform(a) < world.sites[site].day_case_share[pathway]
    count(person, tally, DAY_CASES if day_case else ELECTIVES, 1)
    count(person, tally, OPERATIONS_DONE, 1)
    note(person, tally, OPERATED, pathway, NONE, j, np.int64(day_case), 1.0, 0.0)
    count(person, tally, DAY_CASES, poisson(rules.repeat_operations[pathway], uniform(b)))
    # Behind a point of access the practice's referral was handed over when it was made.
    skip = 1 if world.practices[person.practice].hub[pathway] else 0
    go_through(person, world, tally, seed, key, month, pathway, PLANNED_OPERATION, j, skip, 200)
    return world.sites[site].readmission


@lean
def have_yearly_care(
    person: Row, world: World, tally: Tally, seed: Whole, key: np.uint64, month: int
) -> None:
    """One round of the yearly cycle of care of one of the patient's conditions."""
    rules = world.rules[0]
    word, _, _, _ = draw(seed, STREAM_ROUTINE, key, month, 0)
    mask = np.int64(person.conditions)
    running, target = 0.0, uniform(word) * person.yearly_rate
    for c in range(CONDITIONS):
        if (mask >> c) & 1:
            running += rules.yearly_need[c]
            if target < running:
                if review_is_replaced(person, world, seed, key, month):
                    be_visited(person, world, tally, 1)
                    return
                pathway = np.int64(rules.yearly_pathway[c])
                j = np.int64(world.practices[person.practice].default[pathway])
                go_through(person, world, tally, seed, key, month, pathway, YEARLY, j, 0, 500)
                return


@lean
def leave(
    person: Row, world: World, tally: Tally, seed: Whole, key: np.uint64, month: int, died: bool
) -> None:
    """Die, after a last phase of care, or move away; someone else takes the home.

    `died`: whether the person dies rather than moves.
    """
    if died:
        j = nearest_emergency(person, world)
        count(person, tally, DEATHS, 1)
        word, _, _, _ = draw(seed, STREAM_LAST_PHASE, key, month, 0)
        if uniform(word) < world.rules[0].last_phase_share:
            go_through(person, world, tally, seed, key, month, END_OF_LIFE, PLANNED, j, 0, 600)
    else:
        count(person, tally, DEPARTURES, 1)
    take_slot(person, world, tally, seed, month)


@lean
def change_practice(
    person: Row, world: World, tally: Tally, seed: Whole, key: np.uint64, month: int
) -> None:
    """Register with another practice within reach without moving house."""
    word, _, _, _ = draw(seed, STREAM_REGISTER, key, month, 0)
    chosen = chosen_practice(person, world, uniform(word))
    if chosen == person.practice:
        return
    person.practice = chosen
    person.seen_filled = 0
    person.due_month = NOT_DUE
    count(person, tally, PRACTICE_MOVES, 1)


@lean
def chosen_practice(person: Row, world: World, luck: float) -> Whole:
    """The practice within reach that a number points to; the present one if none takes patients.

    `luck`: the number, uniform in (0, 1).
    """
    area = world.areas[person.area]
    for k in range(PRACTICE_OPTIONS):
        if area.choice_practices[k] >= 0 and luck < area.choice_weight[k]:
            return np.int64(area.choice_practices[k])
    return np.int64(person.practice)


@hot
def live_month(person: Row, world: World, tally: Tally, seed: Whole, month: int) -> None:
    """One month of one patient: age, consult, be referred or operated, fall ill, leave."""
    rules = world.rules[0]
    health = world.health[0]
    if month >= person.next_refresh:
        grow_older(person, world, tally, seed, month)
    key = person_key(person.slot, person.entered)
    a, b, c, d = draw(seed, STREAM_MONTH, key, month, 0)
    count(person, tally, PERSON_MONTHS, 1)
    if has_many_conditions(person):
        count(person, tally, PERSON_MONTHS_MANY, 1)
    consult(person, world, tally, seed, key, month, uniform(a))
    after = 0.0
    if person.due_month != NOT_DUE and month >= person.due_month:
        after = be_operated(person, world, tally, seed, key, month)
    g = person.practice
    if person.programme > 0:
        word, _, _, _ = draw(seed, STREAM_PROGRAMME, key, month, 0)
        contacts = world.programmes[person.programme].contacts
        be_visited(person, world, tally, poisson(contacts, uniform(word)))
    planned = uniform(b)
    needed = person.planned_rate * world.practices[g].referral
    if planned < needed + found_referrals(person, world, month):
        after += be_referred(person, world, tally, seed, key, month)
    elif 1.0 - planned < person.yearly_rate:
        have_yearly_care(person, world, tally, seed, key, month)
    if has_case_manager(person, world):
        count(person, tally, COORDINATED, 1)
    hazard = crisis_hazard(person, world, month, after)
    if tally.notes.size > 0:
        write_risk(person, world, tally, month, hazard, uniform(c), after)
    if uniform(c) < hazard:
        if uniform(c) >= hazard - after:
            count(person, tally, READMISSIONS, 1)
        died = mortality_now(person, world, month)
        fatality = deaths_after(died, hazard, rules.death_share) / hazard
        if have_crisis(person, world, tally, seed, key, month, fatality):
            leave(person, world, tally, seed, key, month, True)
            return
    elif 1.0 - uniform(c) < world.strata[person.stratum].ae_rate * world.practices[g].attendance:
        count(person, tally, AE_ATTENDANCES, 1)
        note(person, tally, ATTENDED, NONE, NONE, NONE, ZERO, 1.0, 0.0)
    luck = uniform(d)
    if luck < leave_bound(person, world, month):
        died, moved = leave_monthly(
            (month - np.int64(person.born)) // 12,
            np.int64(person.sex),
            np.int64(person.deprivation_quintile),
            person.conditions,
            np.int64(person.home_practice),
            health,
            world.turnover,
        )
        after_admission = deaths_after(died, hazard, rules.death_share)
        died = (died - after_admission) / (1.0 - after_admission)  # of those still alive
        if luck < died + moved:
            dies = luck < died
            note(person, tally, LEFT, NONE, NONE, NONE, np.int64(dies), died + moved, luck)
            leave(person, world, tally, seed, key, month, dies)
    elif 1.0 - luck < rules.register_rate:
        change_practice(person, world, tally, seed, key, month)


@lean
def mortality_now(person: Row, world: World, month: int) -> float:
    """Probability to die this month, of age, sex, deprivation and conditions."""
    years = (month - np.int64(person.born)) // 12
    sex, deprivation_quintile = np.int64(person.sex), np.int64(person.deprivation_quintile)
    return mortality_monthly(years, sex, deprivation_quintile, person.conditions, world.health[0])


@hot
def leave_bound(person: Row, world: World, month: int) -> Field:
    """A little more than the probability to leave this month, without an exponential."""
    health = world.health[0]
    years = year_of((month - np.int64(person.born)) // 12)
    sex, deprivation_quintile, home = (
        person.sex,
        person.deprivation_quintile - 1,
        person.home_practice,
    )
    death = health.healthy_hazard[years, sex, deprivation_quintile] * person.death_factor
    return (
        1.001 * death + world.turnover.move_annual[home, deprivation_quintile, years, sex]
    ) / 12.0
