"""What a run takes as given: the place, the parameters and all that follows from them alone.

It is prepared once and shared, read only, by every arm and replicate.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from model.care import Losses
from model.choice import Geography, geography_of, site_constants
from model.conditions import HealthTables, health_tables
from model.demand import Activity, activity_of, block_weights
from model.errors import BadInput
from model.journeys import Journeys, all_team_names, journeys_of
from model.parameters import Parameters
from model.place import Place
from model.population import Demography, demography_of
from model.sizes import PATIENTS

if TYPE_CHECKING:
    from model.expected_needs import Everybody


@dataclass(frozen=True)
class Setup:
    """A place with its parameters, made ready. `patients` are simulated one by one."""

    place: Place
    parameters: Parameters
    patients: int
    health: HealthTables
    demography: Demography
    activity: Activity
    journeys: Journeys
    team_names: tuple[str, ...]
    geography: Geography
    site_constant: np.ndarray  # logits [sites]
    losses: Losses
    block_weights: np.ndarray  # [block settings, 13], shares of block value by pathway

    @cached_property
    def list_sizes(self) -> np.ndarray:
        """Registered patients of every practice at full scale."""
        return self.place.practices["list_size"].to_numpy(np.int64)

    @cached_property
    def neighbours(self) -> np.ndarray:
        """The nearest practices to every practice [practices, at most 8], itself left out."""
        points = self.place.practices[["easting_km", "northing_km"]].to_numpy(np.float64)
        return np.stack([_nearest(points, g) for g in range(len(points))])

    @cached_property
    def everybody(self) -> "Everybody":
        """What people of the place need, however many patients are simulated."""
        from model.expected_needs import everybody

        return everybody(self)


NEIGHBOURS = 8


def _nearest(points: np.ndarray, g: int) -> np.ndarray:
    distance = ((points - points[g]) ** 2).sum(axis=1)
    distance[g] = -1.0
    return np.argsort(distance, kind="stable")[1 : NEIGHBOURS + 1]


def prepare(place: Place, parameters: Parameters, patients: int | None = None) -> Setup:
    """Make a place ready for runs; `patients` defaults to 10,000, or everyone."""
    people = int(place.practices["list_size"].sum())
    patients = min(people, PATIENTS) if patients is None else patients
    if not len(place.practices) <= patients <= people:
        raise BadInput(
            f"{place.name} has {people} patients", key="patients", value=patients,
            allowed=f"a whole number from {len(place.practices)} to {people}, or all",
        )  # fmt: skip
    health = health_tables(parameters)
    return Setup(
        place=place,
        parameters=parameters,
        patients=patients,
        health=health,
        demography=demography_of(place, parameters, health),
        activity=activity_of(parameters),
        journeys=journeys_of(parameters),
        team_names=all_team_names(parameters),
        geography=geography_of(place, parameters),
        site_constant=site_constants(place, parameters),
        losses=losses_of(parameters),
        block_weights=block_weights(parameters),
    )


def losses_of(parameters: Parameters) -> Losses:
    """Probabilities that a handover is lost by the boundary crossed, and effects of links."""
    between_teams = parameters["handovers.lost_between_teams"]
    return Losses(
        within_team=float(parameters["handovers.lost_within_team"]),
        between_teams=float(between_teams),
        between_bodies=float(between_teams * parameters["handovers.between_bodies_ratio"]),
        shared_record=float(parameters["handovers.shared_record_multiplier"]),
        link_effect=float(parameters["handovers.link_effect"]),
        established=float(parameters["links.established_strength"]),
    )
