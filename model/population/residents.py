"""The first residents of a place: who lives where, how old, registered with which practice.

Patients are spread over practices, ages and areas in equal steps (systematic sampling), so that a
sample has the place's structure and only what follows is left to chance.
"""

from typing import NamedTuple

import numpy as np

from agents.patients.patient_tables import NOT_DUE, PERSON
from model.input.errors import InputError
from model.parameters import Parameters
from model.places.place import Place
from model.population.conditions import HealthTables, register_shifts, shifted_mortality
from model.population.demography import AGE_SEX_COLUMNS, Turnover, age_density, life_table, turnover
from model.population.pathways import CONDITIONS

GOLDEN = 0.6180339887498949


class Demography(NamedTuple):
    """What health and turnover need of a place's practices."""

    density: np.ndarray  # [practices, 106, 2]
    quintile_shares: np.ndarray  # [practices, 5]
    register_shift: np.ndarray  # [practices, 13], logit
    turnover: Turnover


def demography_of(place: Place, parameters: Parameters, health: HealthTables) -> Demography:
    """Age structure, deprivation, registers and turnover of every practice.

    `health`: tables of conditions and death by age.
    """
    density = age_density(
        place.practices[list(AGE_SEX_COLUMNS)].to_numpy(np.float64), life_table(parameters)
    )
    shares = _quintile_shares(place)
    shift = register_shifts(_registers(place), density, shares, health)
    mortality = shifted_mortality(shift, health) if shift.any() else health.mortality
    whole = turnover(density, mortality, life_table(parameters))
    return Demography(density, shares, shift, whole)


def _quintile_shares(place: Place) -> np.ndarray:
    deprivation_quintile = place.areas.set_index("area")["deprivation_fifth"]
    lists = place.lists.assign(deprivation_quintile=place.lists["area"].map(deprivation_quintile))
    table = lists.pivot_table(
        index="practice",
        columns="deprivation_quintile",
        values="patients",
        aggfunc="sum",
        fill_value=0,
    )
    table = table.reindex(index=place.practices["practice"], columns=range(1, 6), fill_value=0)
    counts = table.to_numpy(np.float64)
    shares: np.ndarray = counts / counts.sum(axis=1, keepdims=True)
    return shares


def _registers(place: Place) -> np.ndarray:
    table = place.registers.pivot_table(index="practice", columns="condition", values="prevalence")
    table = table.reindex(index=place.practices["practice"], columns=list(CONDITIONS))
    return table.to_numpy(np.float64)


def sample_sizes(list_sizes: np.ndarray, patients: int) -> np.ndarray:
    """Patients to simulate of each list, in proportion (largest remainder); at least one each."""
    if patients < list_sizes.size:
        raise InputError(
            "fewer patients than practices", key="patients", value=patients,
            allowed=f"at least {list_sizes.size}, one for each practice",
        )  # fmt: skip
    exact = list_sizes * (patients / list_sizes.sum())
    sizes: np.ndarray = np.maximum(np.floor(exact).astype(np.int64), 1)
    order = np.argsort(-(exact - np.floor(exact)), kind="stable")
    k = 0
    while sizes.sum() != patients:
        g = order[k % order.size]
        step = 1 if sizes.sum() < patients else -int(sizes[g] > 1)
        sizes[g] += step
        k += 1
    return sizes


def first_residents(place: Place, demography: Demography, patients: int) -> np.ndarray:
    """`patients` rows sorted by practice, without conditions yet (see `kernel.settle`).

    `demography`: ages, sexes and deprivation of lists.
    """
    sizes = sample_sizes(place.practices["list_size"].to_numpy(np.int64), patients)
    practice = np.repeat(np.arange(sizes.size), sizes)
    within = np.arange(patients) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    age_months, sex = _ages(demography, practice, within, sizes)
    area = _homes(place, practice, within, sizes)
    people = np.zeros(patients, dtype=PERSON)
    people["slot"] = np.arange(patients)
    for column in ("practice", "home_practice", "entry_practice"):
        people[column] = practice
    people["area"] = area
    people["deprivation_quintile"] = place.areas["deprivation_fifth"].to_numpy()[area]
    people["born"], people["sex"] = -age_months, sex
    people["entered"] = -1
    people["harm_until"], people["harm_factor"], people["due_month"] = -1, 1.0, NOT_DUE
    return people


def _ages(
    demography: Demography, practice: np.ndarray, within: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    position = (within + 0.5) / sizes[practice]
    months, sex = np.empty(practice.size, dtype=np.int64), np.empty(practice.size, dtype=np.uint8)
    stops = np.cumsum(sizes)
    for g, cumulative in enumerate(demography.turnover.resident_cumulative):
        rows = slice(stops[g] - sizes[g], stops[g])
        cell = np.minimum(np.searchsorted(cumulative, position[rows], side="right"), 211)
        below = np.where(cell > 0, cumulative[np.maximum(cell - 1, 0)], 0.0)
        share = (position[rows] - below) / np.maximum(cumulative[cell] - below, 1e-12)
        months[rows] = 12 * (cell // 2) + np.minimum((12 * share).astype(np.int64), 11)
        sex[rows] = cell % 2
    return months, sex


def _homes(place: Place, practice: np.ndarray, within: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    area_row = {area: row for row, area in enumerate(place.areas["area"])}
    area = place.lists["area"].map(area_row).to_numpy()
    registered = place.lists["patients"].to_numpy()
    cells = {
        code: (area[rows], registered[rows].cumsum())
        for code, rows in place.lists.groupby("practice").indices.items()
    }
    homes, stops = np.empty(practice.size, dtype=np.int64), np.cumsum(sizes)
    for g, code in enumerate(place.practices["practice"]):
        rows = slice(stops[g] - sizes[g], stops[g])
        areas, cumulative = cells[code]
        # Golden-ratio steps spread homes evenly over the ages of a list.
        spread = (0.5 / sizes[g] + within[rows] * GOLDEN) % 1.0
        homes[rows] = areas[np.searchsorted(cumulative, spread * cumulative[-1], side="right")]
    return homes
