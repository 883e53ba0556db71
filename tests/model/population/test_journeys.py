"""Episodes as flat steps: whole, in order, and with a handover only to a step that exists."""

import numpy as np
import pytest

from agents.patients.patient_tables import CRISIS, HUB, PLANNED, PLANNED_OPERATION, SHIFTED, YEARLY
from model.parameters import load_parameters
from model.population.journeys import (
    COMMUNITY,
    HOSPITAL,
    KINDS,
    MENTAL_HEALTH,
    PRACTICE,
    SETTINGS,
    all_team_names,
    journeys_of,
)
from model.population.pathways import PATHWAYS, episode_tables


@pytest.fixture(scope="module")
def journeys():
    return journeys_of(load_parameters())


def episodes(journeys):
    """Pathway, kind and rows of every episode that has steps."""
    for p in range(len(PATHWAYS)):
        for k in range(len(KINDS)):
            rows = range(journeys.start[p, k], journeys.stop[p, k])
            if len(rows):
                yield p, k, rows


def test_steps_lie_end_to_end(journeys):
    flat = np.stack([journeys.start.ravel(), journeys.stop.ravel()], 1)
    assert flat[0, 0] == 0 and flat[-1, 1] == journeys.edge.size
    np.testing.assert_array_equal(flat[1:, 0], flat[:-1, 1])
    for p, k, rows in episodes(journeys):
        assert (journeys.step_pathway[rows] == p).all() and (journeys.step_kind[rows] == k).all()


def test_a_handover_never_leads_out_of_an_episode(journeys):
    for _, _, rows in episodes(journeys):
        assert not journeys.edge[rows[-1]]
    assert journeys.edge.sum() > 100


def test_courses_of_an_episode_are_shares_of_draws(journeys):
    assert (journeys.step_low >= 0).all() and (journeys.step_high <= 1 + 1e-9).all()
    assert (journeys.step_low < journeys.step_high).all()
    for _, k, rows in episodes(journeys):
        for draw in (0.01, 0.35, 0.65, 0.99):
            lived = (journeys.step_low[rows] <= draw) & (draw < journeys.step_high[rows])
            # of yearly cycles only some go beyond the practice
            assert lived.any() or (k == YEARLY and draw > 0.01)


def test_a_handover_leads_to_a_step_of_the_same_course(journeys):
    for s in np.flatnonzero(journeys.edge):
        assert journeys.step_low[s] == journeys.step_low[s + 1]
        assert journeys.step_high[s] == journeys.step_high[s + 1]


def test_published_episodes_are_kept_as_they_are(journeys):
    published = episode_tables(load_parameters())
    for p in range(len(PATHWAYS)):
        for k in (PLANNED_OPERATION, PLANNED, CRISIS, YEARLY):
            rows = slice(journeys.start[p, k], journeys.stop[p, k])
            theirs = slice(published.step_start[p, k], published.step_stop[p, k])
            np.testing.assert_array_equal(
                journeys.step_setting[rows], published.step_setting[theirs]
            )
            np.testing.assert_array_equal(journeys.step_name[rows], published.step_team[theirs])


def test_a_clinic_outside_hospital_goes_from_practice_and_back(journeys):
    names = all_team_names(load_parameters())
    for p in range(len(PATHWAYS)):
        rows = range(journeys.start[p, SHIFTED], journeys.stop[p, SHIFTED])
        assert [int(journeys.step_setting[s]) for s in rows] == [PRACTICE, COMMUNITY, PRACTICE]
        assert [int(journeys.edge[s]) for s in rows] == [1, 1, 0]
        assert names[journeys.step_name[rows[1]]] == "community:clinic"


def test_a_point_of_access_comes_between_practice_and_the_first_step_elsewhere(journeys):
    names = all_team_names(load_parameters())
    for p in range(len(PATHWAYS)):
        rows = range(journeys.start[p, HUB], journeys.stop[p, HUB])
        if len(rows):
            assert SETTINGS[journeys.step_setting[rows[1]]] == "hub"
            assert names[journeys.step_name[rows[1]]] == "hub:access"
            assert journeys.step_setting[rows[0]] == PRACTICE
            assert SETTINGS[journeys.step_setting[rows[2]]] not in ("practice", "ambulance", "hub")
    assert (journeys.stop[:, HUB] > journeys.start[:, HUB]).sum() >= 10


def test_theatres_wards_and_crises_stay_where_they_are(journeys):
    for _, k, rows in episodes(journeys):
        may = [s for s in rows if journeys.step_transferable[s]]
        if k not in (PLANNED_OPERATION, PLANNED, YEARLY):
            assert not may
        for s in may:
            assert journeys.step_setting[s] in (COMMUNITY, HOSPITAL, MENTAL_HEALTH)
        if k == PLANNED_OPERATION:
            hospital = [s for s in rows if journeys.step_setting[s] == HOSPITAL]
            assert not set(may) & set(hospital[1:])


def test_visits_are_paid_and_counted_once_a_stay(journeys):
    for _, _, rows in episodes(journeys):
        before = None
        for s in rows:
            setting = SETTINGS[journeys.step_setting[s]]
            if journeys.step_visit[s]:
                assert setting not in ("practice", "ambulance") and setting != before
            before = setting


def test_a_team_leads_each_pathway(journeys):
    for p in range(len(PATHWAYS)):
        s = int(journeys.lead_step[p])
        assert journeys.step_pathway[s] == p
        assert SETTINGS[journeys.step_setting[s]] not in ("practice", "ambulance")


def test_directions_and_discharges_belong_to_handovers(journeys):
    assert (journeys.edge_direction > 0).all()
    assert not journeys.edge_discharge[journeys.edge == 0].any()
    assert journeys.edge_discharge.sum() > 5
