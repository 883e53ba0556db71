"""Typical episodes as the monthly rule walks them: steps in order, a handover after most of them.

To the published episodes this adds two that exist only under some contracts: a single point of
access that comes before planned care, and a clinic held outside hospital.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from agents.patients.patient_tables import CRISIS, PLANNED, PLANNED_OPERATION, SHIFTED, YEARLY
from model.pathway_names import PATHWAYS
from model.population.pathways import (
    EPISODE_KINDS,
    EpisodeTables,
    direction_losses,
    episode_tables,
    team_names,
)
from model.population.pathways import SETTINGS as PUBLISHED_SETTINGS

SETTINGS = (*PUBLISHED_SETTINGS, "hub")
KINDS = (*EPISODE_KINDS, "shifted", "hub")
PRACTICE, COMMUNITY, HOSPITAL, MENTAL_HEALTH = (
    SETTINGS.index(s) for s in ("practice", "community", "hospital", "mental_health")
)
PAID_VISITS = [s for s in range(len(SETTINGS)) if SETTINGS[s] not in ("practice", "ambulance")]


class Journeys(NamedTuple):
    """All steps of all episodes; those of pathway p and kind k are start[p, k] to stop[p, k]."""

    start: np.ndarray  # int16 [13, kinds]
    stop: np.ndarray  # int16 [13, kinds]
    step_setting: np.ndarray  # int8 [steps], position in SETTINGS
    step_name: np.ndarray  # int16 [steps], position in the list of team names
    step_pathway: np.ndarray  # int8 [steps]
    step_kind: np.ndarray  # int8 [steps]
    step_low: np.ndarray  # [steps], lived by draws from low
    step_high: np.ndarray  # [steps], to high
    step_visit: np.ndarray  # uint8 [steps], 1 = the first step in a setting other than the practice
    step_transferable: np.ndarray  # uint8 [steps], 1 = a prime provider can do it itself
    edge: np.ndarray  # uint8 [steps], 1 = a handover to the next step
    edge_direction: np.ndarray  # float64 [steps], loss relative to the mean between bodies
    edge_discharge: np.ndarray  # uint8 [steps], 1 = leaving a ward
    lead_step: np.ndarray  # int16 [13], the step whose team knows the pathway's patients


class _Step(NamedTuple):
    setting: int
    name: int
    low: float
    high: float
    edge: bool
    direction: float
    discharge: bool


def all_team_names(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of all teams; the last two are a point of access and a clinic outside hospital."""
    return (*team_names(parameters), "hub:access", "community:clinic")


def journeys_of(parameters: Mapping[str, Any]) -> Journeys:
    """The episodes of all pathways as flat arrays."""
    published = episode_tables(parameters)
    losses = direction_losses(parameters)
    names = len(team_names(parameters))
    steps: list[_Step] = []
    pathway: list[int] = []
    kind: list[int] = []
    start = np.zeros((len(PATHWAYS), len(KINDS)), dtype=np.int16)
    stop = np.zeros_like(start)
    for p in range(len(PATHWAYS)):
        for k in range(len(KINDS)):
            start[p, k] = len(steps)
            steps += _steps(published, losses, p, k, names)
            stop[p, k] = len(steps)
            pathway += [p] * (stop[p, k] - start[p, k])
            kind += [k] * (stop[p, k] - start[p, k])
    return _flat(steps, pathway, kind, start, stop)


def _steps(
    published: EpisodeTables, losses: np.ndarray, pathway: int, kind: int, names: int
) -> list[_Step]:
    if kind < len(EPISODE_KINDS):
        return _published_steps(published, losses, range(*_bounds(published, pathway, kind)))
    gp = _Step(PRACTICE, 0, 0.0, 1.0, True, 1.0, False)
    if kind == SHIFTED:
        clinic = _Step(COMMUNITY, names + 1, 0.0, 1.0, True, 1.0, False)
        return [gp, clinic, gp._replace(edge=False)]
    access = _Step(SETTINGS.index("hub"), names, 0.0, 1.0, True, 1.0, False)
    first = _first_elsewhere(published, losses, pathway)
    return [gp, access, first._replace(low=0.0, high=1.0, edge=False)] if first else []


def _bounds(published: EpisodeTables, pathway: int, kind: int) -> tuple[int, int]:
    return int(published.step_start[pathway, kind]), int(published.step_stop[pathway, kind])


def _published_steps(published: EpisodeTables, losses: np.ndarray, rows: range) -> list[_Step]:
    edge_of = {int(step): e for e, step in enumerate(published.edge_from)}
    steps = []
    for s in rows:
        e = edge_of.get(s)
        steps.append(
            _Step(
                int(published.step_setting[s]),
                int(published.step_team[s]),
                float(published.step_low[s]),
                float(published.step_high[s]),
                e is not None,
                1.0 if e is None else float(losses[published.edge_direction[e]]),
                e is not None and bool(published.edge_discharge[e]),
            )
        )
    return steps


def _first_elsewhere(published: EpisodeTables, losses: np.ndarray, pathway: int) -> _Step | None:
    """The first step outside general practice of planned care, else of the yearly cycle."""
    for k in (PLANNED, PLANNED_OPERATION, YEARLY, CRISIS):
        for step in _published_steps(published, losses, range(*_bounds(published, pathway, k))):
            if SETTINGS[step.setting] not in ("practice", "ambulance"):
                return step
    return None


def _flat(
    steps: list[_Step], pathway: list[int], kind: list[int], start: np.ndarray, stop: np.ndarray
) -> Journeys:
    setting = np.array([step.setting for step in steps], dtype=np.int8)
    kinds = np.array(kind, dtype=np.int8)
    visit = np.zeros(len(steps), dtype=np.uint8)
    transferable = np.zeros(len(steps), dtype=np.uint8)
    lead = np.zeros(len(PATHWAYS), dtype=np.int16)
    for p in range(len(PATHWAYS)):
        for k in range(len(KINDS)):
            rows = range(start[p, k], stop[p, k])
            _mark_visits(visit, setting, rows)
            _mark_transferable(transferable, setting, k, rows)
        lead[p] = _lead_step(setting, start, stop, p)
    return Journeys(
        start,
        stop,
        setting,
        np.array([step.name for step in steps], dtype=np.int16),
        np.array(pathway, dtype=np.int8),
        kinds,
        np.array([step.low for step in steps]),
        np.array([step.high for step in steps]),
        visit,
        transferable,
        np.array([step.edge for step in steps], dtype=np.uint8),
        np.array([step.direction for step in steps]),
        np.array([step.discharge for step in steps], dtype=np.uint8),
        lead,
    )


def _mark_visits(visit: np.ndarray, setting: np.ndarray, rows: range) -> None:
    previous = -1
    for s in rows:
        visit[s] = setting[s] in PAID_VISITS and setting[s] != previous
        previous = setting[s]


def _mark_transferable(mark: np.ndarray, setting: np.ndarray, kind: int, rows: range) -> None:
    """What a prime provider can do itself: clinics and community care, never a ward or theatre."""
    hospital_steps = 0
    for s in rows:
        hospital_steps += setting[s] == HOSPITAL
        clinic = setting[s] == COMMUNITY or (setting[s] == HOSPITAL and hospital_steps == 1)
        whole = kind in (PLANNED, YEARLY) and setting[s] in (
            COMMUNITY,
            HOSPITAL,
            MENTAL_HEALTH,
        )
        mark[s] = whole or (kind == PLANNED_OPERATION and clinic)


def _lead_step(setting: np.ndarray, start: np.ndarray, stop: np.ndarray, pathway: int) -> int:
    for k in (PLANNED_OPERATION, PLANNED, YEARLY, CRISIS):
        for s in range(start[pathway, k], stop[pathway, k]):
            if SETTINGS[setting[s]] not in ("practice", "ambulance", "community"):
                return s
    for k in (PLANNED, YEARLY, CRISIS):
        for s in range(start[pathway, k], stop[pathway, k]):
            if SETTINGS[setting[s]] not in ("practice", "ambulance"):
                return s
    return 0
