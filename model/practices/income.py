"""What general practices earn and spend: income by stream, expenses, partners, in pence a year.

Streams follow the rules in force (`model/rules/general_practice/`). What a practice is like is
drawn once, by its own luck: its correction factor (minimum practice income guarantee, with a heavy
tail) and how dear its premises and staff are.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from agents.numerics.random_streams import STREAM_TRAIT, key_of, keyed_normal, keyed_uniform
from model.parameters import Parameters
from model.places.place import Place
from model.population.demography import AGE_SEX_COLUMNS
from model.practices.access import access_income
from model.practices.effort import effort_steps, reached
from model.practices.qof import conditions_of_patients, qof_income, usual_reached
from model.rules import load_rules
from model.state.practices import PracticeBooks, Practices
from model.state.setup import Setup

CORE = "general_practice.core_income"
PUBLISHED = date(2013, 4, 1)  # first day of the year whose payments are published in full
BANDS = {  # columns of lists by age -> rows of consultation rates by age
    "0_4": "0-4", "5_14": "5-14", "15_24": "15-24", "25_34": "25-44", "35_44": "25-44",
    "45_54": "45-64", "55_64": "45-64", "65_74": "65-74", "75plus": "75-84",
}  # fmt: skip
Rules = Mapping[str, Any]


def practice_books(setup: Setup, seed: int) -> PracticeBooks:
    """Draw what practices are like, and set the unnamed payments so that the total is published."""
    place, parameters = setup.place, setup.parameters
    practices, lists = place.practices, place.practices["list_size"].to_numpy(np.float64)
    keys = [np.uint64(key_of(code)) for code in practices["practice"]]
    pms = (practices["contract"] != "GMS").to_numpy(np.float64)
    conditions = conditions_of_patients(setup)
    mean = float(np.average(conditions, weights=lists))
    total = float(parameters["prices.practice_payments_pence_per_patient"])
    fixed = float(parameters["practices.fixed_expense_pence"])
    books = PracticeBooks(
        weight=list_weights(place, parameters),
        prevalence=conditions / mean,
        conditions=mean,
        correction_pence=np.array([_correction(parameters, seed, key) for key in keys]) * (1 - pms),
        has_pms=pms,
        other_pence=0.0,
        expense_factor=np.array([expense_factor(parameters, seed, key) for key in keys]),
        fixed_expense_pence=fixed,
        expense_pence=total * parameters["practices.expense_ratio"] - fixed / lists.mean(),
    )
    then = load_rules().in_force(PUBLISHED)
    named = sum(stream.sum() for stream in core_income(then, books, lists).values())
    named += qof_income(then, parameters, books.prevalence, lists, usual_reached(parameters)).sum()
    return books._replace(other_pence=max(total - named / lists.sum(), 0.0))


def expense_factor(parameters: Parameters, seed: int, key: np.uint64) -> float:
    """How dear the premises and staff of the practice of this key are, mean 1."""
    spread = parameters["practices.expense_spread"]
    draw = keyed_normal(seed, STREAM_TRAIT, key, 0, 31)
    return float(np.exp(spread * draw - spread**2 / 2.0))


def list_weights(place: Place, parameters: Parameters) -> np.ndarray:
    """Weighted patients for a registered one: expected consultations by age, mean 1.

    In the manner of the formula of the GMS contract (Department of Health 2004), of which age is
    the strongest part.
    """
    rates = parameters["demand.consultations_by_age"]
    by_column = np.array([rates[BANDS[column[2:]]] for column in AGE_SEX_COLUMNS])
    counts = place.practices[list(AGE_SEX_COLUMNS)].to_numpy(np.float64)
    needed = counts @ by_column / counts.sum(axis=1)
    weights: np.ndarray = needed / np.average(needed, weights=counts.sum(axis=1))
    return weights


def _correction(parameters: Parameters, seed: int, key: np.uint64) -> float:
    """Correction factor a weighted patient: none, lognormal, or from the tail (Pareto)."""
    coverage = load_rules()[f"{CORE}.correction_factor_coverage"].on(PUBLISHED)
    assert coverage is not None
    if keyed_uniform(seed, STREAM_TRAIT, key, 0, 32) >= coverage.value:
        return 0.0
    start = parameters["practices.correction_tail_pence"]
    share, shape = (parameters[f"practices.correction_tail_{part}"] for part in ("share", "shape"))
    draw = keyed_uniform(seed, STREAM_TRAIT, key, 0, 33)
    if draw < share:
        most = parameters["practices.correction_most_times"]
        correction: float = min(start * (draw / share) ** (-1.0 / shape), most * start)
        return correction
    median, spread = (
        parameters[f"practices.correction_{part}"] for part in ("median_pence", "log_spread")
    )
    drawn = median * np.exp(spread * keyed_normal(seed, STREAM_TRAIT, key, 0, 34))
    return float(min(drawn, start))


def core_income(rules: Rules, books: PracticeBooks, lists: np.ndarray) -> dict[str, np.ndarray]:
    """Income that does not depend on what a practice achieves, by stream, a year.

    `books`: what each practice has by history [practices].
    """
    weighted = lists * books.weight

    def rule(name: str) -> float:
        return float(rules.get(f"{CORE}.{name}", 0.0))

    enhanced = rule("enhanced_services_pence") + rule("unplanned_admissions_pence")
    return {
        "global_sum": weighted * rule("global_sum_pence"),
        "correction_factor": weighted * books.correction_pence * rule("correction_factor_kept"),
        "premium_pms": weighted * books.has_pms * rule("premium_pms_pence"),
        "enhanced_services": lists * enhanced,
        "premises": lists * rule("premises_pence"),
        "other_practice_payment": lists * books.other_pence,
    }


def income_streams(
    place: Place, value: Parameters, practices: Practices, rules: Rules
) -> dict[str, np.ndarray]:
    """Every payment to practices by stream, with what they do today, pence a year [practices]."""
    lists, books = practices.lists.astype(np.float64), practices.books
    share = reached(value, effort_steps(value, practices.effort), practices.more_exceptions)
    streams = core_income(rules, books, lists)
    streams["qof"] = qof_income(rules, value, books.prevalence, lists, share)
    access = access_income(rules, place.year, value, lists, practices.access)
    return streams | {name: streams[name] + pence for name, pence in access.items()}


def expenses(books: PracticeBooks, lists: np.ndarray) -> np.ndarray:
    """Staff, premises and other expenses a year, locums apart; none without patients."""
    expenses: np.ndarray = (
        books.fixed_expense_pence * (lists > 0) + books.expense_pence * lists
    ) * (books.expense_factor)
    return expenses


def merged_expense_factor(
    books: PracticeBooks, lists: np.ndarray, practice: int, other_practice: np.ndarray | int
) -> np.ndarray:
    """How dear the premises and staff of `practice` and each of `other_practice` together are,
    by list, mean 1.

    `books`: what each practice has by history [practices].
    """
    total = np.maximum(lists[practice] + lists[other_practice], 1)
    both = (
        lists[practice] * books.expense_factor[practice]
        + lists[other_practice] * books.expense_factor[other_practice]
    )
    return np.asarray(both / total)


def saved_by_merging(
    books: PracticeBooks, lists: np.ndarray, practice: int, others: np.ndarray
) -> np.ndarray:
    """Fixed expenses of two practices, `practice` and each of `others`, less those of one, pence a
    year.

    `books`: what each practice has by history [practices].
    """
    apart = books.expense_factor[practice] + books.expense_factor[others]
    saved: np.ndarray = books.fixed_expense_pence * (
        apart - merged_expense_factor(books, lists, practice, others)
    )
    return saved


def join_books(books: PracticeBooks, lists: np.ndarray, practice: int, other_practice: int) -> None:
    """The books of `other_practice` become those of both lists: their contracts, premises and
    staff stay.

    A correction factor and a premium are those of the weighted patients who brought them.
    """
    books.expense_factor[other_practice] = merged_expense_factor(
        books, lists, practice, other_practice
    )
    heads, both = lists[[practice, other_practice]].astype(np.float64), [practice, other_practice]
    weighted = heads * books.weight[both]
    for of_contract in (books.correction_pence, books.has_pms):
        of_contract[other_practice] = np.average(of_contract[both], weights=weighted)
    for of_people in (books.weight, books.prevalence):
        of_people[other_practice] = np.average(of_people[both], weights=heads)


def partners(parameters: Parameters, lists: np.ndarray) -> np.ndarray:
    """Partners whom a list of this size feeds, at least one."""
    partners: np.ndarray = np.maximum(
        np.rint(lists / parameters["practices.patients_per_partner"]), 1.0
    )
    return partners
