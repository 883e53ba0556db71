"""Make a place ready for runs."""

from model.input.errors import InputError
from model.month.everybody import everybody
from model.parameters import Parameters
from model.places.geography import geography_of, site_constants
from model.places.place import Place
from model.population.conditions import health_tables
from model.population.demand import activity_of, block_weights
from model.population.journeys import all_team_names, journeys_of
from model.population.residents import demography_of
from model.sizes import PATIENTS
from model.state.provision import Losses
from model.state.setup import Setup


def prepare(place: Place, parameters: Parameters, patients: int | None = None) -> Setup:
    """Make a place ready for runs; `patients` defaults to 10,000, or everyone."""
    people = int(place.practices["list_size"].sum())
    patients = min(people, PATIENTS) if patients is None else patients
    check_patients(place, patients)
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
        draw_everybody=everybody,
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


def check_patients(
    place: Place, patients: int, key: str = "patients", file: str | None = None
) -> None:
    """`InputError` if a place has fewer people than are to be simulated, or more practices."""
    people, practices = int(place.practices["list_size"].sum()), len(place.practices)
    if not practices <= patients <= people:
        raise InputError(
            f"{place.name} has {people:,} people in {practices:,} practices", file=file, key=key,
            value=patients, allowed=f"a whole number from {practices:,} to {people:,}, or all",
        )  # fmt: skip
