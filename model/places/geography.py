"""How far everybody is from practices and hospitals, and which of them can be chosen."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from agents.patients.patient_tables import CANDIDATES, PRACTICE_OPTIONS
from model.parameters import Parameters
from model.places.place import Place


class Geography(NamedTuple):
    """Distances and what follows from them, which no policy changes."""

    distance_km: np.ndarray  # float32 [areas, sites]
    near: np.ndarray  # float32 [areas, sites], exp(utility of distance)
    practice_near: np.ndarray  # float32 [practices, sites], the same from the practice
    candidate: np.ndarray  # int16 [practices, CANDIDATES], site or -1
    list_minutes: np.ndarray  # float32 [practices, CANDIDATES], mean journey there of those listed
    emergency: np.ndarray  # uint8 [sites]
    minutes_per_km: np.ndarray  # [areas]
    site_km: np.ndarray  # [sites, sites], from one to another
    site_trust: np.ndarray  # [sites], row of the trust whose site it was at the start
    outside_ratio: np.ndarray  # [sites], patients from outside for one of the place
    pair_practice: np.ndarray  # int32 [pairs], practice and area of the lists
    pair_area: np.ndarray  # int32 [pairs]
    pair_weight: np.ndarray  # [pairs], share of the practice's list
    choice_practices: np.ndarray  # int16 [areas, options]
    choice_weight: np.ndarray  # [areas, options], cumulative


LEAST_MODELLED = 0.01  # share of a trust's work, below which it counts as this


def geography_of(place: Place, parameters: Parameters) -> Geography:
    """Distances of a place's areas and practices to its sites."""
    area_xy, site_xy = _points(place.areas), _points(place.sites)
    practice_xy = _points(place.practices)
    distance = _distance(area_xy, site_xy)
    practice_distance = _distance(practice_xy, site_xy)
    minutes = parameters["choice.minutes_per_km"]
    rural = place.areas["rural"].to_numpy(bool)
    pair_practice, pair_area, weight = _pairs(place)
    options, cumulative = _practice_options(place, parameters, area_xy, practice_xy)
    candidate = _candidates(place, practice_distance)
    pace = np.where(rural, minutes["rural"], minutes["urban"])
    trusts, modelled = place.trusts["trust"], place.trusts["modelled_share"].to_numpy(np.float64)
    site_trust = pd.Index(trusts).get_indexer(place.sites["trust"])
    return Geography(
        distance_km=distance.astype(np.float32),
        near=_near(distance, parameters),
        practice_near=_near(practice_distance, parameters),
        candidate=candidate,
        list_minutes=_list_minutes(
            candidate, distance * pace[:, None], pair_practice, pair_area, weight
        ),
        emergency=place.sites["emergency"].to_numpy(np.uint8),
        minutes_per_km=pace,
        site_km=_distance(site_xy, site_xy),
        site_trust=site_trust,
        outside_ratio=((1.0 - modelled) / np.maximum(modelled, LEAST_MODELLED))[site_trust],
        pair_practice=pair_practice,
        pair_area=pair_area,
        pair_weight=weight,
        choice_practices=options,
        choice_weight=cumulative,
    )


def _points(table: pd.DataFrame) -> np.ndarray:
    return table[["easting_km", "northing_km"]].to_numpy(np.float64)


def _distance(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    km_between: np.ndarray = np.sqrt(((here[:, None, :] - there[None, :, :]) ** 2).sum(axis=2))
    return km_between


def distance_utility(km: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Utility of distance in logits (Gutacker et al. 2016, J Health Econ), flat beyond the cap."""
    km = np.minimum(km, parameters["choice.hospital_distance_cap_km"])
    linear = parameters["choice.hospital_distance_per_km"]
    utility: np.ndarray = (
        linear * km + parameters["choice.hospital_distance_squared_per_km2"] * km**2
    )
    return utility


def _near(distance: np.ndarray, parameters: Parameters) -> np.ndarray:
    return np.exp(distance_utility(distance, parameters)).astype(np.float32)


def _candidates(place: Place, distance: np.ndarray) -> np.ndarray:
    """The nearest hospitals of every practice, one with an emergency department among them."""
    emergency = place.sites["emergency"].to_numpy(bool)
    hospital = np.flatnonzero((place.sites["planned_lines"] != "none").to_numpy() | emergency)
    order = hospital[np.argsort(distance[:, hospital], axis=1, kind="stable")]
    chosen = np.full((len(distance), CANDIDATES), -1, dtype=np.int16)
    size = min(CANDIDATES, hospital.size)
    chosen[:, :size] = order[:, :size]
    for g in np.flatnonzero(~emergency[order[:, :size]].any(axis=1)):
        chosen[g, size - 1] = order[g, np.flatnonzero(emergency[order[g]])[0]]
    return chosen


def _list_minutes(
    candidate: np.ndarray,
    minutes: np.ndarray,
    pair_practice: np.ndarray,
    pair_area: np.ndarray,
    weight: np.ndarray,
) -> np.ndarray:
    """Mean journey of the people on every list to each of its hospitals, by where they live.

    `minutes` [areas, sites]; the last three say who of which area is on which list [pairs].
    """
    there = candidate[pair_practice]
    journey = minutes[pair_area[:, None], np.maximum(there, 0)]
    mean = np.zeros(candidate.shape)
    np.add.at(mean, pair_practice, weight[:, None] * journey)
    return np.where(candidate >= 0, mean, np.inf).astype(np.float32)


def _pairs(place: Place) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    practice_row = {code: row for row, code in enumerate(place.practices["practice"])}
    area_row = {code: row for row, code in enumerate(place.areas["area"])}
    practice = place.lists["practice"].map(practice_row).to_numpy(np.int32)
    area = place.lists["area"].map(area_row).to_numpy(np.int32)
    patients = place.lists["patients"].to_numpy(np.float64)
    order = np.argsort(practice, kind="stable")
    practice, area, patients = practice[order], area[order], patients[order]
    total = np.bincount(practice, weights=patients)
    return practice, area, patients / total[practice]


def _practice_options(
    place: Place, parameters: Parameters, area_xy: np.ndarray, practice_xy: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Practices a resident may turn to: nearest first, weight by distance (Santos et al. 2017)."""
    distance = _distance(area_xy, practice_xy)
    size = min(PRACTICE_OPTIONS, distance.shape[1])
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :size]
    effect = parameters["choice.practice_distance_per_km"]["all"]
    weight = np.exp(effect * np.take_along_axis(distance, nearest, axis=1))
    weight = weight * place.practices["list_size"].to_numpy(np.float64)[nearest]
    cumulative = np.cumsum(weight, axis=1)
    options = np.full((len(distance), PRACTICE_OPTIONS), -1, dtype=np.int16)
    shares = np.ones((len(distance), PRACTICE_OPTIONS))
    options[:, :size], shares[:, :size] = nearest, cumulative / cumulative[:, -1:]
    return options, shares


def site_constants(place: Place, parameters: Parameters) -> np.ndarray:
    """Utility of a site's type in logits [sites], from trust kind and beds."""
    types = parameters["choice.hospital_types"]
    kind = place.trusts.set_index("trust")["kind"]
    beds = place.sites["beds"].to_numpy(np.float64)
    large, medium = (parameters[f"choice.{size}_hospital_beds"] for size in ("large", "medium"))
    smaller = np.where(beds >= medium, types["medium"], types["small"])
    sizes = np.where(beds >= large, types["large"], smaller)
    independent = place.sites["trust"].map(kind).eq("independent").to_numpy()
    constants: np.ndarray = np.where(independent, types["treatment_centre"], sizes)
    return constants
