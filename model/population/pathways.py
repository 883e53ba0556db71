"""What care each condition causes and which teams a typical episode of it passes through.

Reads `activity.toml` and `episodes.toml` into plain arrays, so that compiled rules can take them.
Rates are for England about 2012/13, per person and year; sources stand beside the numbers.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from model.input.errors import InputError
from model.pathway_names import PATHWAYS

CONDITIONS = (
    "hypertension",
    "chd",
    "heart_failure",
    "stroke",
    "diabetes",
    "copd",
    "asthma",
    "cancer",
    "msk",
    "depression",
    "smi",
    "dementia",
    "ckd",
)
#: Rows without a register: per person 65+, per death, per person treated, per resident (twice).
POPULATION_ROWS = ("frailty", "end_of_life", "substance_misuse", "other_planned", "urgent")
ACTIVITY_ROWS = CONDITIONS + POPULATION_ROWS
#: `elsewhere` is a body apart from the place's own: a pharmacy, another trust's cancer centre.
SETTINGS = (
    "practice",
    "community",
    "hospital",
    "mental_health",
    "council",
    "ambulance",
    "hospice",
    "elsewhere",
)
EPISODE_KINDS = ("planned_operation", "planned", "crisis", "yearly")
DIRECTIONS = (
    "practice_to_hospital",
    "hospital_to_practice",
    "clinic_to_practice",
    "mental_health_and_practice",
    "hospital_to_community_or_council",
    "ambulance_to_hospital",
    "other",
)
STAYS = ("hospital", "mental_health")
AFTER_A_STAY = ("practice", "community", "council", "hospice")
EMERGENCY_DEPARTMENT = "hospital:emergency_department"

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Codes = NDArray[np.uint8]


class ActivityTables(NamedTuple):
    """Care caused by each row of `ACTIVITY_ROWS`; arrays [18] of counts per unit of the row a year.

    The unit of a row is a person with the condition (13 rows), a person aged 65 or over (frailty),
    a death (end_of_life), a person treated (substance_misuse) or a resident (other_planned,
    urgent). Lengths of stay are days per admission; shares run from 0 to 1.
    """

    gp_contacts: Floats
    community_contacts: Floats
    first_outpatients: Floats
    follow_up_outpatients: Floats
    diagnostics: Floats
    day_cases: Floats
    electives: Floats
    emergencies: Floats
    ae_attendances: Floats
    mental_health_ward_share: Floats
    emergency_length_of_stay_days: Floats
    mental_health_length_of_stay_days: Floats
    elective_length_of_stay_days: Floats
    own_share_of_emergencies: Floats
    contacts_outside_pathway: Floats
    row_pathway: Floats  # [18, 13]: share of the row's events that each pathway serves


class EpisodeTables(NamedTuple):
    """Typical episodes as flat arrays; `start[p, k]:stop[p, k]` are those of pathway p and kind k.

    A step or edge is lived by the episodes whose uniform draw u has low <= u < high. An edge is a
    handover from one step to the next of the same part; in one setting it joins teams of one body,
    else two bodies, unless one body owns both settings. Teams are numbered once for all pathways.
    A pathway without a kind (start equals stop) has no activity of that kind.
    """

    step_start: Ints  # [13, 4]
    step_stop: Ints  # [13, 4]
    step_setting: Codes  # [n_steps], position in SETTINGS
    step_team: NDArray[np.uint16]  # [n_steps], position in team_names()
    step_low: Floats  # [n_steps]
    step_high: Floats  # [n_steps]
    edge_start: Ints  # [13, 4]
    edge_stop: Ints  # [13, 4]
    edge_from: Ints  # [n_edges], a step
    edge_to: Ints  # [n_edges], a step
    edge_low: Floats  # [n_edges]
    edge_high: Floats  # [n_edges]
    edge_direction: Codes  # [n_edges], position in DIRECTIONS
    edge_discharge: NDArray[np.bool_]  # [n_edges], ends a hospital or mental health ward stay
    team_setting: Codes  # [n_teams], position in SETTINGS


class Part(NamedTuple):
    """One run of steps of an episode and the range of draws that live it."""

    pathway: int
    kind: int
    low: float
    high: float
    steps: tuple[str, ...]


def activity_tables(parameters: Mapping[str, Any]) -> ActivityTables:
    """The activity of every row as arrays; a row that a table leaves out is 0.

    `InputError` if a table names a row that does not exist.
    """
    fields = [field for field in ActivityTables._fields if field != "row_pathway"]
    columns = {field: _row_values(parameters, f"activity.{field}") for field in fields}
    return ActivityTables(**columns, row_pathway=row_pathway(parameters))


def pathway_values(parameters: Mapping[str, Any], name: str) -> Floats:
    """A table by pathway, such as `prices.elective_pence`, as an array [13]."""
    return _ordered(parameters, name, PATHWAYS)


def condition_pathway(parameters: Mapping[str, Any]) -> Floats:
    """Share of each condition's events that each pathway serves: [13 conditions, 13 pathways].

    Rows sum to 1. Hypertension and chronic kidney disease have no pathway of their own.
    """
    name = "activity.condition_pathways"
    shares = np.zeros((len(CONDITIONS), len(PATHWAYS)))
    for condition, row in parameters[name].items():
        for pathway, share in row.items():
            key = f"{name}.{condition}"
            column = _position(pathway, PATHWAYS, key)
            shares[_position(condition, CONDITIONS, name), column] = share
    wrong = np.flatnonzero(np.abs(shares.sum(axis=1) - 1.0) > 1e-9)
    if wrong.size:
        raise InputError(
            "shares of a condition do not sum to 1", key=f"{name}.{CONDITIONS[wrong[0]]}"
        )
    return shares


def row_pathway(parameters: Mapping[str, Any]) -> Floats:
    """Share of each activity row's events by pathway: [18 rows, 13 pathways], rows sum to 1."""
    own = np.zeros((len(POPULATION_ROWS), len(PATHWAYS)))
    for row, name in enumerate(POPULATION_ROWS):
        own[row, PATHWAYS.index(name)] = 1.0
    return np.vstack([condition_pathway(parameters), own])


def direction_losses(parameters: Mapping[str, Any]) -> Floats:
    """Loss of a handover between bodies by direction, relative to `other`: [7], `DIRECTIONS`.

    Multiply by `lost_between_teams * between_bodies_ratio`, so that a drawn ratio scales them all.
    """
    losses = _ordered(parameters, "handovers.direction_losses", DIRECTIONS)
    relative: Floats = losses / losses[DIRECTIONS.index("other")]
    return relative


def team_names(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Every team as "setting:team", in order of first appearance: the meaning of team codes."""
    return tuple(dict.fromkeys(step for part in _parts(parameters) for step in part.steps))


def episode_tables(parameters: Mapping[str, Any]) -> EpisodeTables:
    """The typical episodes of every pathway and kind as flat arrays; see `EpisodeTables`.

    `InputError` if an episode names an unknown pathway, kind or setting, or has an impossible
    share.
    """
    parts = list(_parts(parameters))
    names = team_names(parameters)
    codes = {name: code for code, name in enumerate(names)}
    steps = [step for part in parts for step in part.steps]
    step_start, step_stop = _offsets(parts, 0)
    edge_start, edge_stop = _offsets(parts, 1)
    edge_from = _edge_sources(parts)
    return EpisodeTables(
        step_start,
        step_stop,
        _setting_codes(steps),
        np.array([codes[step] for step in steps], np.uint16),
        _per_step([part.low for part in parts], parts, 0),
        _per_step([part.high for part in parts], parts, 0),
        edge_start,
        edge_stop,
        edge_from,
        (edge_from + 1).astype(np.int32),
        _per_step([part.low for part in parts], parts, 1),
        _per_step([part.high for part in parts], parts, 1),
        np.array([_direction(*edge) for edge in _edges(parts)], np.uint8),
        np.array([discharge for _, _, discharge in _edges(parts)], np.bool_),
        _setting_codes(names),
    )


def _row_values(parameters: Mapping[str, Any], name: str) -> Floats:
    values = np.zeros(len(ACTIVITY_ROWS))
    for row, value in parameters[name].items():
        values[_position(row, ACTIVITY_ROWS, name)] = value
    return values


def _ordered(parameters: Mapping[str, Any], name: str, order: tuple[str, ...]) -> Floats:
    table = parameters[name]
    for key in table:
        _position(key, order, name)
    for key in order:
        if key not in table:
            raise InputError(f"the entry {key} is missing", key=name)
    return np.array([table[key] for key in order], np.float64)


def _position(value: str, allowed: tuple[str, ...], key: str) -> int:
    if value not in allowed:
        raise InputError("no such name", key=key, value=value, allowed=allowed)
    return allowed.index(value)


def _parts(parameters: Mapping[str, Any]) -> Iterator[Part]:
    """Every part of every episode, by pathway and then by kind."""
    for place, pathway in enumerate(PATHWAYS):
        episodes = parameters[f"episodes.{pathway}"]
        for kind in episodes:
            _position(kind, EPISODE_KINDS, f"episodes.{pathway}")
        for code, kind in enumerate(EPISODE_KINDS):
            for part in episodes.get(kind, ()):
                yield _part(place, code, part, f"episodes.{pathway}.{kind}")


def _part(pathway: int, kind: int, part: dict[str, Any], key: str) -> Part:
    for step in part["steps"]:
        _position(_setting(step), SETTINGS, key)
    low = part.get("after", 0.0)
    high = low + part["share"]
    if not 0.0 <= low < high <= 1.0:
        raise InputError("no share of episodes", key=key, value=high, allowed="from 0 to 1")
    return Part(pathway, kind, low, high, tuple(part["steps"]))


def _setting(step: str) -> str:
    return step.split(":")[0]


def _setting_codes(steps: Iterable[str]) -> Codes:
    return np.array([SETTINGS.index(_setting(step)) for step in steps], np.uint8)


def _lengths(parts: list[Part], shorter: int) -> NDArray[np.int64]:
    """Entries of each part: its steps (shorter 0) or its edges (shorter 1)."""
    return np.array([len(part.steps) - shorter for part in parts], np.int64)


def _offsets(parts: list[Part], shorter: int) -> tuple[Ints, Ints]:
    counts = np.zeros((len(PATHWAYS), len(EPISODE_KINDS)), np.int64)
    for part, length in zip(parts, _lengths(parts, shorter), strict=True):
        counts[part.pathway, part.kind] += length
    stop = counts.cumsum().reshape(counts.shape)
    return (stop - counts).astype(np.int32), stop.astype(np.int32)


def _per_step(values: list[float], parts: list[Part], shorter: int) -> Floats:
    return np.repeat(np.array(values, np.float64), _lengths(parts, shorter))


def _edge_sources(parts: list[Part]) -> Ints:
    """The step each edge starts from: every step of a part but its last."""
    lengths = _lengths(parts, 0)
    last = lengths.cumsum() - 1
    return np.setdiff1d(np.arange(lengths.sum()), last).astype(np.int32)


def _edges(parts: list[Part]) -> Iterator[tuple[str, str, bool]]:
    """Setting left, setting entered, and whether the edge is a discharge, of every edge."""
    for part in parts:
        for place in range(len(part.steps) - 1):
            left, entered = _setting(part.steps[place]), _setting(part.steps[place + 1])
            moved = left in STAYS and entered in AFTER_A_STAY
            yield left, entered, moved and _follows_a_stay(part, place)


def _follows_a_stay(part: Part, place: int) -> bool:
    """A stay is an operation, a crisis, or what began in the emergency department."""
    stay = EPISODE_KINDS[part.kind] in ("planned_operation", "crisis")
    return stay or EMERGENCY_DEPARTMENT in part.steps[: place + 1]


def _direction(left: str, entered: str, discharge: bool) -> int:
    pair = (left, entered)
    if pair == ("practice", "hospital"):
        name = "practice_to_hospital"
    elif pair == ("hospital", "practice"):
        name = "hospital_to_practice" if discharge else "clinic_to_practice"
    elif set(pair) == {"practice", "mental_health"}:
        name = "mental_health_and_practice"
    elif left == "hospital" and entered in ("community", "council"):
        name = "hospital_to_community_or_council"
    elif pair == ("ambulance", "hospital"):
        name = "ambulance_to_hospital"
    else:
        name = "other"
    return DIRECTIONS.index(name)
