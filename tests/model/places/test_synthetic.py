"""Drawn places: what every place must be, whatever is drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.input.errors import InputError
from model.parameters import load_parameters
from model.places.beside_published import describe, emergency_km, practice_km, weighted_quantiles
from model.places.columns import AGE_SEX_COLUMNS, COLUMNS
from model.places.drawn import draw_place
from model.places.homes_and_flows import hospital_shares, whole_numbers
from model.places.place_finding import find_place

NAMES = ["anyshire", "metropolis", "lakeland"]
PEOPLE = {"anyshire": 300_000, "metropolis": 400_000, "lakeland": 150_000}


@pytest.fixture(scope="module", params=NAMES)
def place(request):
    return draw_place(request.param)


def test_everyone_is_registered_once(place):
    assert place.practices["list_size"].sum() == PEOPLE[place.name]
    assert place.areas["population"].sum() == PEOPLE[place.name]
    by_practice = place.lists.groupby("practice")["patients"].sum()
    sizes = place.practices.set_index("practice")["list_size"]
    assert by_practice.equals(sizes.rename("patients"))
    by_age = place.practices[AGE_SEX_COLUMNS].sum(axis=1)
    assert (by_age == place.practices["list_size"]).all()


def test_every_area_has_a_practice_and_an_emergency_site(place):
    assert set(place.lists["area"]) == set(place.areas["area"])
    assert emergency_km(place)["km"].max() < 60


def test_the_same_name_is_the_same_place(place):
    assert draw_place(place.name).hash() == place.hash()


def test_places_differ():
    assert len({draw_place(name).hash() for name in NAMES}) == len(NAMES)


def test_lists_and_deprivation_follow_the_published_distributions(place):
    figures = describe(place)["figures"].set_index("name")
    for name, tolerance in [
        ("list size, lower quartile", 0.10),
        ("list size, median", 0.05),
        ("list size, upper quartile", 0.10),
        ("practice deprivation, mean", 0.03),
        ("practice deprivation, spread", 0.06),
    ]:
        assert figures.loc[name, "here"] == pytest.approx(
            figures.loc[name, "published"], rel=tolerance
        )


def test_town_and_country_differ_in_age_and_distance():
    older = {}
    for name in NAMES:
        place = draw_place(name)
        columns = ["m_75plus", "f_75plus", "m_65_74", "f_65_74"]
        older[name] = place.practices[columns].sum().sum() / place.practices["list_size"].sum()
    assert older["metropolis"] < 0.15 < older["anyshire"] < 0.19 < older["lakeland"] < 0.25


def test_distances_are_near_the_published_ones(place):
    km = practice_km(place)
    median = weighted_quantiles(km["km"], km["people"], [0.5])[0]
    assert 0.8 < median < 1.6
    far = emergency_km(place)
    assert far["km"].median() < 4 if place.name == "metropolis" else far["km"].max() > 15


def test_commissioners_hold_the_published_number_of_contracts(place):
    total = place.services.groupby(["commissioner", "pathway"])["contracts"].sum()
    published = load_parameters()["geography.contracts_per_commissioner"]
    for (_, pathway), contracts in total.items():
        assert contracts == published[pathway]


def test_patients_choose_where_no_provider_is_named(place):
    services = place.services
    chosen = services["setting"].isin(["acute", "general_practice"])
    assert (services.loc[chosen, "provider"] == "").all()
    assert (services.loc[~chosen, "provider"] != "").all()
    assert set(services.loc[services["setting"] == "acute", "payment"]) == {"tariff"}


def test_trusts_serve_outsiders_too(place):
    acute = place.trusts[place.trusts["kind"] == "acute"]
    assert acute["modelled_share"].between(0.1, 0.7).all()


def test_the_named_organisations():
    counts = describe(draw_place("anyshire"))["organisations"].set_index("kind")["count"]
    assert counts["acute trusts"] == 3 and counts["commissioners"] == 2
    assert counts["independent trusts"] == 1 and counts["councils"] == 2
    assert set(COLUMNS) >= {"areas", "practices", "lists", "services"}


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(InputError, match="did you mean anyshire"):
        draw_place("anyshyre")
    with pytest.raises(InputError, match="did you mean tower_hamlets"):
        find_place("towerhamlets")


def test_hospital_shares_sum_to_one(place):
    acute = place.sites[place.sites["planned_lines"] != "none"]
    shares = hospital_shares(place.areas, acute, load_parameters())
    assert np.allclose(shares.sum(axis=1), 1.0)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=6), st.integers(1, 7))
def test_whole_numbers_keep_every_total(totals, parts):
    group = np.repeat(np.arange(len(totals)), parts)
    expected = np.repeat(np.array(totals) / parts, parts)
    counts = whole_numbers(expected, group, np.array(totals))
    assert (np.bincount(group, counts, len(totals)) == totals).all()
    assert (np.abs(counts - expected) < 1).all()
