"""The first residents have the structure of their place at any size of sample."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.patients.patient_tables import NOT_DUE
from model.input.errors import InputError
from model.population.residents import first_residents, sample_sizes

lists = st.lists(st.integers(100, 30_000), min_size=1, max_size=40)


@settings(deadline=None, max_examples=80)
@given(lists, st.floats(0, 1))
def test_samples_are_shared_out_in_proportion(sizes, share):
    sizes = np.array(sizes)
    patients = int(sizes.size + share * (sizes.sum() - sizes.size))
    parts = sample_sizes(sizes, patients)
    assert parts.sum() == patients and parts.min() >= 1
    exact = sizes * patients / sizes.sum()
    if exact.min() >= 1:  # nobody had to be lifted to one patient
        assert (np.abs(parts - exact) < 1 + 1e-9).all()


def test_everyone_is_simulated_where_there_is_room():
    assert sample_sizes(np.array([5, 7, 11]), 23).tolist() == [5, 7, 11]


def test_fewer_patients_than_practices_cannot_be():
    with pytest.raises(InputError, match=r"fewer patients than practices.*got 2"):
        sample_sizes(np.array([100, 100, 100]), 2)


@pytest.fixture(scope="module")
def crowds(shire):
    """The same place with 3,000 and with 30,000 people."""
    return [first_residents(shire.place, shire.demography, n) for n in (3_000, 30_000)]


def test_practices_have_their_share_and_patients_their_places(crowds, shire):
    for people in crowds:
        assert np.unique(people["slot"]).size == people.size
        np.testing.assert_array_equal(people["practice"], people["home_practice"])
        share = np.bincount(people["practice"]) / people.size
        np.testing.assert_allclose(share, shire.list_sizes / shire.list_sizes.sum(), atol=1e-3)
        deprivation_quintile = shire.place.areas["deprivation_fifth"].to_numpy()
        np.testing.assert_array_equal(
            people["deprivation_quintile"], deprivation_quintile[people["area"]]
        )
        assert (people["due_month"] == NOT_DUE).all() and (people["harm_factor"] == 1).all()


def test_patients_live_where_their_list_says(crowds, shire):
    areas, people = list(shire.place.areas["area"]), crowds[1]
    lists = shire.place.lists
    for g in (0, 10, 20):
        code = shire.place.practices["practice"].iloc[g]
        part = lists[lists["practice"] == code]
        wanted = np.zeros(len(areas))
        wanted[[areas.index(a) for a in part["area"]]] = part["patients"]
        found = np.bincount(people["area"][people["practice"] == g], minlength=len(areas))
        np.testing.assert_allclose(found / found.sum(), wanted / wanted.sum(), atol=0.01)
        assert not found[wanted == 0].any()


def test_samples_of_any_size_have_the_same_ages(crowds):
    small, large = (np.quantile(-p["born"] / 12.0, np.linspace(0.05, 0.95, 19)) for p in crowds)
    np.testing.assert_allclose(small, large, atol=1.0)
    assert abs(crowds[0]["sex"].mean() - crowds[1]["sex"].mean()) < 0.01


def test_ages_are_those_of_the_list(crowds, shire):
    practices, people = shire.place.practices, crowds[1]
    over_75 = (practices["m_75plus"] + practices["f_75plus"]) / practices["list_size"]
    old = np.bincount(people["practice"], -people["born"] >= 900) / np.bincount(people["practice"])
    np.testing.assert_allclose(old, over_75, atol=0.01)


def test_homes_and_ages_of_a_list_are_unrelated(crowds):
    people = crowds[1]
    for g in (0, 15):
        rows = people[people["practice"] == g]
        age = -rows["born"].astype(float)
        means = [age[rows["area"] == a].mean() for a in np.unique(rows["area"])
                 if (rows["area"] == a).sum() > 60]  # fmt: skip
        assert np.ptp(means) < 0.25 * age.mean()
