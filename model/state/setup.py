"""What a run takes as given: the place, the parameters and all that follows from them alone.

It is prepared once and shared, read only, by every arm and replicate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from model.parameters import Parameters
from model.places.geography import Geography
from model.places.place import Place
from model.population.conditions import HealthTables
from model.population.demand import ActivityRates
from model.population.journeys import Journeys
from model.population.residents import Demography
from model.state.provision import Losses
from model.state.resident_needs import Everybody


@dataclass(frozen=True)
class Setup:
    """A place with its parameters, made ready. `patients` are simulated one by one."""

    place: Place
    parameters: Parameters
    patients: int
    health: HealthTables
    demography: Demography
    activity: ActivityRates
    journeys: Journeys
    team_names: tuple[str, ...]
    geography: Geography
    site_constant: np.ndarray  # logits [sites]
    losses: Losses
    block_weights: np.ndarray  # [block settings, 13], shares of block value by pathway
    draw_everybody: Callable[["Setup"], Everybody]  # which takes the first state of a run

    @cached_property
    def list_sizes(self) -> np.ndarray:
        """Registered patients of every practice at full scale."""
        return self.place.practices["list_size"].to_numpy(np.int64)

    @cached_property
    def neighbours(self) -> np.ndarray:
        """The nearest practices to every practice [practices, neighbours], itself left out."""
        points = self.place.practices[["easting_km", "northing_km"]].to_numpy(np.float64)
        return np.stack(
            [
                _nearest(points, g, int(self.parameters["practices.neighbours"]))
                for g in range(len(points))
            ]
        )

    @cached_property
    def everybody(self) -> Everybody:
        """What people of the place need, however many patients are simulated."""
        return self.draw_everybody(self)


def _nearest(points: np.ndarray, practice: int, many: int) -> np.ndarray:
    distance = ((points - points[practice]) ** 2).sum(axis=1)
    distance[practice] = -1.0
    return np.argsort(distance, kind="stable")[1 : many + 1]
