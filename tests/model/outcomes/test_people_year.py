"""What patients tell at a year's end: the same in blocks, and without copies of everybody."""

import tracemalloc

import numpy as np
import pytest

from model.month.economy import HealthEconomy
from model.outcomes import people_year as module
from model.outcomes.continuity import FIXED_POINT
from model.outcomes.people_year import PeopleYear, people_year, team_continuity
from model.policies.policy_finding import find_policy
from tests.model.headings import SEED


@pytest.fixture(scope="module")
def economy(small, begun) -> HealthEconomy:
    return HealthEconomy(small, find_policy("status_quo"), SEED, state=begun.copy())


def year_of(economy: HealthEconomy, people: np.ndarray) -> PeopleYear:
    state = economy.state
    areas = len(economy.setup.place.areas)
    return people_year(people, state.provision, state.bodies.owner, state.month, areas)


def test_blocks_of_any_size_tell_the_same(economy, monkeypatch):
    people = economy.state.residents.people.copy()
    people["crises"][::7] = 1
    whole = year_of(economy, people)
    assert whole.any_crisis[:, 0].sum() == people.size and whole.any_crisis[:, 1].sum() > 0
    assert whole.teams[:, 0].sum() > 0 and whole.usual_provider[0, 0] > 0
    monkeypatch.setattr(module, "BLOCK_ROWS", 97)
    cut = year_of(economy, people)
    for label in module.LABELS:
        assert whole.continuity[label].sum() > 0
        np.testing.assert_array_equal(cut.continuity[label], whole.continuity[label])
    np.testing.assert_array_equal(cut.area_teams(), whole.area_teams())
    np.testing.assert_array_equal(cut.any_crisis, whole.any_crisis)
    assert cut.usual_provider_62_82() == whole.usual_provider_62_82()


def test_a_year_s_end_takes_little_more_memory_than_the_patients(economy, monkeypatch):
    """Of 8 contacts by 4 labels, copies of everybody would take several times the patients."""
    monkeypatch.setattr(module, "BLOCK_ROWS", 500)
    people = np.concatenate([economy.state.residents.people] * 60)
    year_of(economy, people[:1000])  # what is compiled or kept takes its memory here
    tracemalloc.start()
    try:
        year_of(economy, people)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 0.5 * people.nbytes


def test_the_mean_over_everybody_is_that_of_the_areas(economy):
    teams = year_of(economy, economy.state.residents.people).area_teams().sum(axis=(0, 1))
    mean = teams[1] / FIXED_POINT / teams[0]
    assert team_continuity(economy.state.residents.people) == pytest.approx(mean)
