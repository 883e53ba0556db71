"""Rates of use for the monthly rule, fitted to published totals on a reference population.

The named conditions account for about a quarter of all care; the rest is spread by age so that
published totals by age, by number of conditions and by deprivation hold for England about 2012/13.
"""

from typing import NamedTuple

import numpy as np

from agents.numerics.compiled import compiled
from agents.numerics.random_streams import STREAM_PLACE, keyed_uniform
from agents.numerics.rule_types import Row, Whole
from agents.patients.handovers import person_key
from agents.patients.health import condition_count, conditions_at, resident, survivor_liabilities
from agents.patients.patient_tables import STRATA, STRATUM
from model.parameters import Parameters, once_for
from model.pathway_names import PATHWAYS
from model.population.conditions import health_tables
from model.population.demography import Turnover, england_density, life_table, turnover
from model.population.pathways import CONDITIONS, activity_tables, condition_pathway

BAND_STARTS = np.array([0, 5, 18, 45, 65, 75, 85], dtype=np.int16)
BANDS = ("0-4", "5-17", "18-44", "45-64", "65-74", "75-84", "85_plus")
CONSULTATION_STARTS = np.array([0, 5, 15, 25, 45, 65, 75, 85])
REFERENCE_SIZE = 60_000
REFERENCE_SEED = 2012
FRAILTY, END_OF_LIFE, SUBSTANCE, OTHER, URGENT = 13, 14, 15, 16, 17
BLOCK_SETTINGS = ("community", "mental_health", "ambulance", "hospice")
LEAST_BLOCK_CONTACTS = 0.001  # a person-year, so that every served pathway has some of the block
LEAST_REST = 0.2  # of a band's total, so that no band is without care of other causes


class ActivityRates(NamedTuple):
    """Rates of use a month; fields as in `agents.patients.patient_tables.RULES`, and by stratum
    [175]."""

    age_band_start: np.ndarray
    consult_rest: np.ndarray
    consult_need: np.ndarray
    planned_need: np.ndarray
    planned_rest: np.ndarray
    yearly_need: np.ndarray
    yearly_pathway: np.ndarray
    crisis_need: np.ndarray
    crisis_rest: np.ndarray
    own_pathways: np.ndarray
    operation_share: np.ndarray
    day_case_share: np.ndarray
    complex_share: np.ndarray
    repeat_operations: np.ndarray
    follow_up_ratio: np.ndarray
    emergency_stay_days: np.ndarray
    elective_stay_days: np.ndarray
    short_stay_share: float
    register_rate: float
    risk_noise: float
    emergency_rate: np.ndarray
    preventable_share: np.ndarray
    ae_rate: np.ndarray


class Reference(NamedTuple):
    """A drawn England: age (years), band, fifth, `conditions` (how many, 0-4), bits [n, 13]."""

    age: np.ndarray
    band: np.ndarray
    deprivation_quintile: np.ndarray
    conditions: np.ndarray
    bits: np.ndarray


def first_strata(activity: ActivityRates) -> np.ndarray:
    """Rates by stratum (`agents.patients.patient_tables.STRATUM`), not yet anchored."""
    rows = np.zeros(STRATA, dtype=STRATUM)
    rows["emergency_rate"], rows["ae_rate"] = activity.emergency_rate, activity.ae_rate
    rows["preventable_share"], rows["anchor"] = activity.preventable_share, 1.0
    return rows


@compiled
def _draw_people(
    seed: Whole,
    n: int,
    place_turnover: Row,
    health: Row,
    age: np.ndarray,
    deprivation_quintile: np.ndarray,
    mask: np.ndarray,
) -> None:
    shift, liability = np.zeros(13), np.empty(13)
    for i in range(n):
        key = person_key(i, 0)
        months, sex = resident(seed, key, 0, place_turnover)
        age[i] = months // 12
        deprivation_quintile[i] = 1 + int(5.0 * keyed_uniform(seed, STREAM_PLACE, key, 0, 0))
        survivor_liabilities(
            seed, key, months, sex, deprivation_quintile[i], shift, health, liability
        )
        mask[i] = conditions_at(liability, age[i], deprivation_quintile[i], shift, health)


@compiled
def _counts(mask: np.ndarray, out: np.ndarray) -> None:
    for i in range(mask.size):
        out[i] = min(condition_count(mask[i]), 4)


@once_for("demography", "prevalence")
def reference_population(parameters: Parameters) -> Reference:
    """A population with the ages, sexes, deprivation and conditions of England."""
    health = health_tables(parameters)
    hazard = life_table(parameters)
    density = england_density(parameters, hazard)
    whole = turnover(density[None], health.mortality, hazard)
    n = REFERENCE_SIZE
    age, deprivation_quintile = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    mask, count = np.empty(n, dtype=np.uint16), np.empty(n, dtype=np.int64)
    _draw_people(REFERENCE_SEED, n, Turnover(*whole), health, age, deprivation_quintile, mask)
    _counts(mask, count)
    bits = (mask[:, None] >> np.arange(13, dtype=np.uint16)) & 1
    band = np.searchsorted(BAND_STARTS, age, side="right") - 1
    return Reference(age, band, deprivation_quintile, count, bits.astype(np.float64))


@once_for("activity", "choice", "costs", "cycles", "demand", "demography", "prevalence")
def activity_of(parameters: Parameters) -> ActivityRates:
    """The rates of use under these parameters, worked out once for each set of values."""
    people = reference_population(parameters)
    table = activity_tables(parameters)
    share = condition_pathway(parameters)
    planned_need = table.first_outpatients[:13, None] * share
    crisis_need = table.emergencies[:13, None] * share
    emergency, preventable = _emergency_strata(parameters, people)
    operations, day_cases, repeats = _operations(parameters, people)
    planned_rest = _planned_rest(parameters, people, planned_need)
    return ActivityRates(
        age_band_start=BAND_STARTS,
        consult_rest=_consult_rest(parameters, people, table.gp_contacts[:13]) / 12.0,
        consult_need=table.gp_contacts[:13] / 12.0,
        planned_need=planned_need / 12.0,
        planned_rest=planned_rest / 12.0,
        yearly_need=_by_condition(parameters, "cycles.yearly_cycles") / 12.0,
        yearly_pathway=_yearly_pathway(share),
        emergency_rate=emergency / 12.0,
        preventable_share=preventable,
        ae_rate=_ae_strata(parameters, people) / 12.0,
        crisis_need=crisis_need / 12.0,
        crisis_rest=_crisis_rest(parameters, people, crisis_need) / 12.0,
        own_pathways=(share >= parameters["activity.own_pathway_share"]).astype(np.uint8),
        operation_share=operations,
        day_case_share=day_cases,
        complex_share=_complex_share(parameters, people, planned_need, planned_rest),
        repeat_operations=repeats,
        follow_up_ratio=_by_pathway(parameters, people, table.follow_up_outpatients, share)
        / np.maximum(_by_pathway(parameters, people, table.first_outpatients, share), 1e-9),
        emergency_stay_days=_mean_stay(table.emergency_length_of_stay_days, share),
        short_stay_share=parameters["costs.short_stay_share"],
        elective_stay_days=_mean_stay(table.elective_length_of_stay_days, share),
        register_rate=parameters["choice.voluntary_switch_per_year"] / 12.0,
        risk_noise=parameters["cycles.risk_score_noise"],
    )


def _by_condition(parameters: Parameters, name: str) -> np.ndarray:
    return np.array([parameters[name][condition] for condition in CONDITIONS])


def _band_mean(people: Reference, values: np.ndarray) -> np.ndarray:
    size = np.bincount(people.band, minlength=7)
    return np.bincount(people.band, weights=values, minlength=7) / np.maximum(size, 1)


def _consult_rest(parameters: Parameters, people: Reference, need: np.ndarray) -> np.ndarray:
    """Consultations a year by age band that no condition accounts for; the mean is as published."""
    profile = np.array(list(parameters["demand.consultations_by_age"].values()))
    wanted = profile[np.searchsorted(CONSULTATION_STARTS, people.age, side="right") - 1]
    wanted *= parameters["demand.consultations_per_person_year"] / wanted.mean()
    total, own = _band_mean(people, wanted), _band_mean(people, people.bits @ need)
    rest: np.ndarray = np.maximum(total - own, LEAST_REST * total)
    return rest


def _planned_rest(parameters: Parameters, people: Reference, need: np.ndarray) -> np.ndarray:
    """First outpatients a year [bands, pathways] of no named condition; the total is published."""
    rest = np.zeros((7, len(PATHWAYS)))
    frailty = parameters["activity.first_outpatients"].get("frailty", 0.0)
    rest[BAND_STARTS >= 65, PATHWAYS.index("frailty")] = frailty
    profile = np.array([parameters["demand.other_planned_by_age"][band] for band in BANDS])
    named = (people.bits @ need.sum(axis=1)).mean() + rest.sum(axis=1)[people.band].mean()
    left = parameters["demand.first_outpatients_per_1000"] / 1000.0 - named
    rest[:, PATHWAYS.index("other_planned")] = left * profile / profile[people.band].mean()
    return rest


def _complex_share(
    parameters: Parameters, people: Reference, need: np.ndarray, rest: np.ndarray
) -> np.ndarray:
    """Share of first outpatients who are no simple patients, by pathway [13]."""
    wanted = people.bits @ need + rest[people.band]
    several = wanted[people.conditions >= parameters["activity.complex_conditions"]].sum(axis=0)
    share: np.ndarray = several / np.maximum(wanted.sum(axis=0), 1e-30)
    return share


def _crisis_rest(parameters: Parameters, people: Reference, need: np.ndarray) -> np.ndarray:
    """Emergencies a year [bands, pathways] of no named condition: weights of the cause."""
    rest = np.zeros((7, len(PATHWAYS)))
    emergencies = parameters["activity.emergencies"]
    rest[BAND_STARTS >= 65, PATHWAYS.index("frailty")] = emergencies["frailty"]
    treated = parameters["activity.substance_misuse_treated_per_1000"] / 1000.0
    adults = (BAND_STARTS >= 18) & (BAND_STARTS < 65)
    rest[adults, PATHWAYS.index("substance_misuse")] = treated * emergencies["substance_misuse"]
    total = np.array([parameters["demand.emergencies_per_1000_by_age"][band] for band in BANDS])
    total = total / 1000.0
    left = total - _band_mean(people, people.bits @ need.sum(axis=1)) - rest.sum(axis=1)
    rest[:, PATHWAYS.index("urgent")] = np.maximum(left, LEAST_REST * total)
    return rest


def _gradient(ratio: float) -> np.ndarray:
    """Log-linear over fifths, 1 to 5, with this ratio from least to most deprived."""
    gradient: np.ndarray = np.exp(np.log(ratio) * (np.arange(5) - 2.0) / 4.0)
    return gradient


def _emergency_strata(parameters: Parameters, people: Reference) -> tuple[np.ndarray, np.ndarray]:
    """Emergency admissions a year and their preventable share by stratum [175].

    The odds of any admission in a year follow the number of conditions and deprivation (Payne et
    al. 2013, CMAJ), and the mean of every age band is as published.
    """
    wanted = np.array([parameters["demand.emergencies_per_1000_by_age"][band] for band in BANDS])
    wanted = wanted / 1000.0
    odds = np.array(parameters["demand.emergency_odds_by_condition_count"])
    deprivation_quintile = _gradient(parameters["demand.emergency_deprivation_ratio"])
    relative = odds[:, None] * deprivation_quintile[None, :]
    wanted *= parameters["demand.emergencies_per_1000"] / 1000.0 / wanted[people.band].mean()
    rate = np.empty((7, 5, 5))
    for band in range(7):
        here = people.band == band
        weights = np.bincount(
            people.conditions[here] * 5 + people.deprivation_quintile[here] - 1, minlength=25
        )
        rate[band] = _rates_from_odds(relative, weights.reshape(5, 5) / here.sum(), wanted[band])
    stratum = (people.band * 5 + people.conditions) * 5 + people.deprivation_quintile - 1
    return rate.ravel(), _preventable_strata(parameters, rate.ravel(), stratum, odds)


def _rates_from_odds(relative: np.ndarray, weights: np.ndarray, mean: float) -> np.ndarray:
    """Yearly rates [5, 5] whose odds of at least one event are proportional to `relative`."""
    low, high = 1e-6, 10.0
    for _ in range(60):
        base = np.sqrt(low * high)
        rates: np.ndarray = np.log1p(base * relative)  # -ln(1 - p) with p = o / (1 + o)
        low, high = (base, high) if (weights * rates).sum() < mean else (low, base)
    return rates


def _preventable_strata(
    parameters: Parameters, rate: np.ndarray, stratum: np.ndarray, odds: np.ndarray
) -> np.ndarray:
    preventable = np.array(parameters["demand.preventable_odds_by_condition_count"]) / odds
    deprivation_quintile = _gradient(
        parameters["demand.preventable_deprivation_ratio"]
        / parameters["demand.emergency_deprivation_ratio"]
    )
    relative = np.broadcast_to(preventable[:, None] * deprivation_quintile, (7, 5, 5)).ravel()
    low, high, wanted = 1e-4, 10.0, parameters["demand.preventable_share"]
    for _ in range(60):
        base = np.sqrt(low * high)
        share: np.ndarray = base * relative / (1.0 + base * relative)
        mean = (rate * share)[stratum].sum() / rate[stratum].sum()
        low, high = (base, high) if mean < wanted else (low, base)
    return share


def _ae_strata(parameters: Parameters, people: Reference) -> np.ndarray:
    """Attendances a year that do not end in admission, by stratum [175]."""
    odds = np.array(parameters["demand.ae_odds_by_condition_count"])
    relative = np.broadcast_to(
        odds[:, None] * _gradient(parameters["demand.attendance_deprivation_ratio"]), (7, 5, 5)
    ).ravel()
    stratum = (people.band * 5 + people.conditions) * 5 + people.deprivation_quintile - 1
    total = parameters["demand.ae_attendances_per_1000"] - parameters["demand.emergencies_per_1000"]
    strata: np.ndarray = relative * total / 1000.0 / relative[stratum].mean()
    return strata


def _by_pathway(
    parameters: Parameters, people: Reference, values: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """Events a person-year by pathway for values by activity row [18]."""
    total: np.ndarray = (people.bits.mean(axis=0) * values[:13]) @ share
    old = (people.age >= 65).mean()
    hazard = life_table(parameters).mean(axis=1)
    for row, pathway, size in (
        (FRAILTY, "frailty", old),
        (END_OF_LIFE, "end_of_life", hazard[people.age].mean()),
        (
            SUBSTANCE,
            "substance_misuse",
            parameters["activity.substance_misuse_treated_per_1000"] / 1000,
        ),
        (OTHER, "other_planned", 1.0),
        (URGENT, "urgent", 1.0),
    ):
        total[PATHWAYS.index(pathway)] += values[row] * size
    return total


def block_weights(parameters: Parameters) -> np.ndarray:
    """Share of every block contract's value by pathway [len(BLOCK_SETTINGS), 13], rows sum to 1.

    A setting's share of a pathway's spending times the community and mental health contacts that
    the pathway's patients have.
    """
    people = reference_population(parameters)
    contacts = activity_tables(parameters).community_contacts
    size = _by_pathway(parameters, people, contacts, condition_pathway(parameters))
    shares = parameters["geography.setting_shares"]
    table = np.array(
        [[shares[p].get(setting, 0.0) for p in PATHWAYS] for setting in BLOCK_SETTINGS]
    )
    weight = table * np.maximum(size, LEAST_BLOCK_CONTACTS)
    weights: np.ndarray = weight / weight.sum(axis=1, keepdims=True)
    return weights


def _operations(
    parameters: Parameters, people: Reference
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Operations for each first outpatient, their day-case share, and repeats, by pathway.

    Where a pathway has more operations than referrals (chemotherapy), the rest are repeats.
    Totals are those of all planned admissions and of day cases.
    """
    table, share = activity_tables(parameters), condition_pathway(parameters)
    first = _by_pathway(parameters, people, table.first_outpatients, share)
    day = _by_pathway(parameters, people, table.day_cases, share)
    stay = _by_pathway(parameters, people, table.electives, share)
    total = parameters["demand.elective_admissions_per_1000"] / 1000.0
    day_total = total * parameters["demand.day_case_share"]
    other = PATHWAYS.index("other_planned")
    served = first > 1e-4
    day, stay = np.where(served, day, 0.0), np.where(served, stay, 0.0)
    first[other] = parameters["demand.first_outpatients_per_1000"] / 1000.0 - (
        first.sum() - first[other]
    )
    day[other] += day_total - day.sum()
    stay[other] += total - day_total - stay.sum()
    each = (day + stay) / np.maximum(first, 1e-9) * served
    scheduled = np.minimum(each, 0.95)
    repeats = np.where(scheduled > 0, each / np.maximum(scheduled, 1e-9) - 1.0, 0.0)
    repeats = np.where(repeats < 1e-9, 0.0, repeats)
    once = scheduled * first
    return scheduled, np.clip(1.0 - stay / np.maximum(once, 1e-9), 0.0, 1.0) * served, repeats


def _yearly_pathway(share: np.ndarray) -> np.ndarray:
    """The pathway whose yearly cycle a condition follows: the one that serves most of it."""
    return np.argmax(share, axis=1).astype(np.int8)


def _mean_stay(days: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Days per admission by pathway: mean over its conditions, or its own row."""
    mean: np.ndarray = (days[:13] @ share) / np.maximum(share.sum(axis=0), 1e-9)
    for row, pathway in ((FRAILTY, "frailty"), (END_OF_LIFE, "end_of_life")):
        mean[PATHWAYS.index(pathway)] = days[row]
    mean[PATHWAYS.index("substance_misuse")] = days[SUBSTANCE]
    mean[PATHWAYS.index("other_planned")] = days[OTHER]
    mean[PATHWAYS.index("urgent")] = days[URGENT]
    return mean
