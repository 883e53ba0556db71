"""The rows and tables that the rule of a patient reads and writes: fields, types, units.

All are structured arrays, a row a person, practice, site and so on, so that the compiled rule and a
Mesa agent work on the same memory.
"""

from typing import NamedTuple

import numpy as np

from agents.numerics.rule_types import Row

RING = 8  # contacts remembered, for measures of continuity
PATHWAYS = 13
CONDITIONS = 13
BANDS = 7  # of age
CANDIDATES = 10  # sites that a practice's patients may go to
PRACTICE_OPTIONS = 12  # practices that a resident may turn to
NOT_DUE = -1
GENERAL_PRACTICE = 13  # the pathway code of a contact that belongs to no pathway
NEVER = 32_000
NEED_MONTHS = 12  # for which a need that a programme found is treated
NEVER_ENROLLED = 0  # nobody enrols in the first month of a run
END_OF_LIFE, OTHER_PLANNED = 9, 11

# Kinds of episode: how a patient goes through the teams of a pathway.
PLANNED_OPERATION, PLANNED, CRISIS, YEARLY, SHIFTED, HUB = 0, 1, 2, 3, 4, 5
KINDS = 6

# What is counted, by area, by practice and by group of patients.
COUNTS = (
    "person_months",
    "consultations",
    "community_contacts",
    "first_outpatients",
    "follow_ups",
    "shifted_outpatients",
    "day_cases",
    "electives",
    "emergencies",
    "preventable_emergencies",
    "emergency_bed_days",
    "ae_attendances",
    "handovers_within_team",
    "handovers_within_body",
    "handovers_between_bodies",
    "lost_within_team",
    "lost_within_body",
    "lost_between_bodies",
    "duplicate_tests",
    "deaths",
    "departures",
    "practice_moves",
    "coordinated_months",
    "wait_months",
    "operations_due",
    "bypasses",
    "operations_done",
    "readmissions",
    "deaths_after_emergency",
    "person_months_many",
    "lost_many",
)
# Not literals: the compiler would make a copy of the rule that counts for each of them.
PERSON_MONTHS, CONSULTATIONS, COMMUNITY_CONTACTS, FIRST_OUTPATIENTS, FOLLOW_UPS = np.arange(5)
SHIFTED_OUTPATIENTS, DAY_CASES, ELECTIVES, EMERGENCIES, PREVENTABLE = np.arange(5, 10)
BED_DAYS, AE_ATTENDANCES, HANDOVERS, LOST, DUPLICATES = np.array([10, 11, 12, 15, 18])
DEATHS, DEPARTURES, PRACTICE_MOVES, COORDINATED, WAIT_MONTHS = np.arange(19, 24)
OPERATIONS_DUE, BYPASSES, OPERATIONS_DONE = np.arange(24, 27)
READMISSIONS, DEATHS_AFTER_EMERGENCY = np.arange(27, 29)
PERSON_MONTHS_MANY, LOST_MANY = np.arange(29, 31)  # of people with two or more conditions
GROUPS = 50  # conditions (0 to 4) x fifth x younger or older than 65
STRATA = 175  # age band x conditions (0 to 4) x fifth

# What a patient needs in a month, whatever is done about it.
NEED_CONSULTATIONS, NEED_PLANNED, NEED_CRISIS = 0, 1, 1 + PATHWAYS
NEEDS = 1 + 2 * PATHWAYS


def _table(**fields: str | tuple[str, tuple[int, ...]]) -> np.dtype[np.void]:
    return np.dtype(
        [
            (name, *kind) if isinstance(kind, tuple) else (name, kind)
            for name, kind in fields.items()
        ],
        align=True,
    )


#: One home slot that is never empty, and who lives there.
PERSON = _table(
    slot="u4",  # the home's number: key of its luck, whatever rows are present
    consult_rate="f4",  # a month
    planned_rate="f4",  # first outpatient attendances needed a month
    yearly_rate="f4",  # cycles of long-term care a month
    death_factor="f4",  # hazard of death relative to someone without conditions
    risk_score="f4",  # predicted emergency admissions a year, with error
    harm_factor="f4",  # factor on the hazard of a crisis until `harm_until`
    entered="i2",  # month in which this person took the slot; -1 = there from the start
    practice="u2",
    home_practice="u2",  # practice of the slot at the start: register of the place
    entry_practice="u2",  # practice with which whoever takes the slot registers
    area="u2",
    born="i2",  # month of birth, counted from the start of the run
    conditions="u2",  # one bit a condition
    stratum="u2",
    next_refresh="i2",  # month in which age band or conditions next change
    harm_until="i2",  # last month of harm from a lost handover
    due_month="i2",  # month of the operation waited for, or NOT_DUE
    lost_handovers="u2",  # all that this person has had
    programme="u2",  # in which the person is enrolled; 0 = in none
    enrolled_since="i2",  # month in which the person was last enrolled, or NEVER_ENROLLED
    crises="u1",  # emergency admissions since April
    crises_last_year="u1",  # in the NHS year before
    new_need="u1",  # 1 = a need was found when the person was enrolled
    deprivation_quintile="u1",  # 1 least to 5 most deprived
    sex="u1",  # 0 male, 1 female
    due_candidate="i1",
    due_pathway="i1",
    ring_filled="u1",
    ring_newest="u1",
    seen_filled="u1",
    seen_newest="u1",
    seen_clinician=("u1", (RING,)),  # general practitioners seen; 0 is the usual one
    ring_pathway=("u1", (RING,)),
    ring_team=("i4", (RING,)),
)

#: How care is organised this month for the patients of one practice.
PRACTICE = _table(
    personal="f8",  # probability to see the usual practitioner
    access="f8",  # factor on consultations
    referral="f8",  # factor on planned need
    prevention="f8",  # factor on preventable crises
    attendance="f8",  # factor on attendances at A&E that do not end in admission
    coordination_threshold="f8",  # risk score from which a patient has a case manager
    clinicians="i2",
    closed="u1",  # 1 = takes no new patients but newborns
    candidate=("i2", (CANDIDATES,)),  # sites, or -1
    default=("i1", (PATHWAYS,)),  # candidate where the practice refers most
    usual=("u1", (CANDIDATES, PATHWAYS)),  # 1 = one of those where the practice refers
    hub=("u1", (PATHWAYS,)),  # 1 = a single point of access comes first
    shifted=("f4", (PATHWAYS,)),  # share of clinics held outside hospital
    attraction=("f4", (CANDIDATES, PATHWAYS)),  # 0 = closed or not permitted
    register_shift=("f8", (CONDITIONS,)),  # logit
)
SITE = _table(
    emergency="u1",
    wait_months=("f4", (PATHWAYS,)),
    day_case_share=("f8", (PATHWAYS,)),  # of operations
    stay=("f8", (PATHWAYS,)),  # factor on the length of stays, 1 at the start
    discharge_loss=("f8", (PATHWAYS,)),  # factor on the chance that a discharge is lost
    only_simple=("u1", (PATHWAYS,)),  # 1 = refuses who is no simple patient
    readmission="f8",  # probability of an emergency admission in the month of an operation
    fatality="f8",  # factor on deaths after an emergency admission, 1 at average quality
)
REACH = _table(near="f4", distance_km="f4")  # [areas, sites]; near = exp(utility of distance)
AREA = _table(
    choice_practices=("i2", (PRACTICE_OPTIONS,)),  # practices within reach, or -1
    choice_weight=("f8", (PRACTICE_OPTIONS,)),  # cumulative share
)
#: What a programme does for whoever is enrolled; the first row is for no programme.
PROGRAMME = _table(
    contacts="f8",  # with the programme's community team, a month
    follow_ups_replaced="f8",  # share of those in outpatients
    reviews_replaced="f8",  # share of yearly reviews
    personal="f8",  # change of the probability to see the usual practitioner
    crises="f8",  # factor on the hazard of a crisis
)
STRATUM = _table(
    emergency_rate="f8",  # a month
    preventable_share="f8",
    ae_rate="f8",  # attendances a month that do not end in admission
    anchor="f8",  # so that the status quo has the published total
)
STEP = _table(
    low="f8",  # lived by the courses of an episode from low
    high="f8",  # to high
    visit="u1",  # 1 = the patient meets this team
    community="u1",  # 1 = a community contact
    edge="u1",  # 1 = a handover to the next step
    discharge="u1",  # 1 = leaving a ward
)
ROUTE = _table(team="i4", loss="f4", boundary="u1")  # [practices, candidates, steps]
CROSS = _table(loss="f4", boundary="u1")  # [practices, candidates, pathways, pathways]
RULES = _table(
    age_band_start=("i2", (BANDS,)),  # years
    consult_rest=("f8", (BANDS,)),  # all rates a month
    consult_need=("f8", (CONDITIONS,)),
    planned_need=("f8", (CONDITIONS, PATHWAYS)),
    planned_rest=("f8", (BANDS, PATHWAYS)),
    yearly_need=("f8", (CONDITIONS,)),
    yearly_pathway=("i1", (CONDITIONS,)),
    crisis_need=("f8", (CONDITIONS, PATHWAYS)),
    crisis_rest=("f8", (BANDS, PATHWAYS)),
    own_pathways=("u1", (CONDITIONS, PATHWAYS)),  # 1 = a team of the pathway knows the patient
    operation_share=("f8", (PATHWAYS,)),  # of first outpatients
    repeat_operations=("f8", (PATHWAYS,)),  # further day cases for each operation
    follow_up_ratio=("f8", (PATHWAYS,)),  # for each first outpatient
    emergency_stay_days=("f8", (PATHWAYS,)),
    episode_start=("i2", (PATHWAYS, KINDS)),
    episode_stop=("i2", (PATHWAYS, KINDS)),  # equal to start where there is none
    short_stay_share="f8",  # emergencies that leave the same day
    register_rate="f8",  # changes of practice without moving house, a month
    risk_noise="f8",  # standard deviation of the logarithm of the risk score
    gp_share="f8",  # of consultations with a general practitioner
    aware="f8",  # share that considers more than the sites where the practice refers
    overlap="f8",  # share of episodes of which another condition's team must know
    harm_discharge="f8",  # factor on the hazard of a crisis
    harm_referral="f8",
    duplicate_share="f8",  # tests repeated for each lost handover
    coordination_loss="f8",  # factor on losses for a patient with a case manager
    readmission="f8",  # the same as of a site, at average quality
    death_share="f8",  # of deaths that come after an emergency admission
    last_phase_share="f8",  # of deaths that a last phase of care comes before
    harm_months="i2",
    need_outpatients="f8",  # attendances a month for a need that a programme found
    need_consultations="f8",  # a month
    need_crises="f8",  # a month
    nurse_step="i4",  # whose team runs programmes
    nurse_pathway="i2",
    effect_lag="i2",  # months after which a programme acts on crises
    complex_conditions="i2",  # from which a planned patient is no simple one
)
#: The tables of `agents.patients.health`, as one row.
HEALTH = _table(
    cholesky=("f8", (13, 13)),
    threshold=("f8", (106, 13)),
    lowest_threshold=("f8", (106, 13)),
    deprivation_shift=("f8", (5, 13)),
    log_hazard_ratio=("f8", (13,)),
    healthy_hazard=("f8", (106, 2, 5)),
)

COUNTS_TALLY = _table(counts=("i8", (len(COUNTS),)))
#: What a followed patient's month leaves in writing (see `agents.patients.diary`).
NOTE = _table(
    slot="u4",  # whose
    what="i2",
    pathway="i2",  # or GENERAL_PRACTICE
    step="i4",  # of an episode, or number of the draw, or -1
    candidate="i2",  # of the practice's sites, or -1
    many="i4",
    chance="f8",
    draw="f8",  # the draw; what it decides happens if it is below the chance
    base="f8",  # published rate of the stratum, and what multiplies it
    care="f8",
    harm="f8",
    anchor="f8",  # divides it
    after="f8",  # is added after an operation
    found="f8",  # is added for a need that a programme found
)
NOTED = _table(written="i8")
SITE_TALLY = _table(referred=("i8", (PATHWAYS,)), admitted=("i8", (PATHWAYS,)))


class World(NamedTuple):
    """Everything a patient meets."""

    practices: np.ndarray  # PRACTICE [practices]
    areas: np.ndarray  # AREA [areas]
    sites: np.ndarray  # SITE [sites]
    reach: np.ndarray  # REACH [areas, sites]
    strata: np.ndarray  # STRATUM [STRATA]
    steps: np.ndarray  # STEP [steps]
    routes: np.ndarray  # ROUTE [practices, candidates, steps]
    cross: np.ndarray  # CROSS [practices, candidates, pathways, pathways]
    rules: np.ndarray  # RULES [1]
    health: np.ndarray  # HEALTH [1]
    programmes: np.ndarray  # PROGRAMME [1 + programmes]
    turnover: Row  # see `agents.patients.health`


class Tally(NamedTuple):
    """What happened in a month."""

    areas: np.ndarray  # COUNTS_TALLY [areas]
    practices: np.ndarray  # COUNTS_TALLY [practices]
    groups: np.ndarray  # COUNTS_TALLY [GROUPS]
    sites: np.ndarray  # SITE_TALLY [sites]
    notes: np.ndarray  # NOTE [room], empty unless somebody is followed
    noted: np.ndarray  # NOTED [1], how many notes there were
    liability: np.ndarray  # float64 [CONDITIONS], room to work
