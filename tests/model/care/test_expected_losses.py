"""Expected losses are what patients come to lose, rest on everybody, and know their error."""

from dataclasses import replace

import numpy as np
import pytest
from expected_by_person import lost_by_person

from agents.patients.needs import GROUPS_OF_PEOPLE, group_of_people
from agents.patients.patient_tables import COUNTS
from model.care.expected_losses import expected_losses
from model.month.everybody import LUCK
from model.month.initial_state import first_state, settle_people
from model.month.preparing import prepare
from model.month.tables import first_world
from model.parameters import load_parameters
from model.places.place_finding import find_place

MONTHS, LOST = COUNTS.index("person_months_many"), COUNTS.index("lost_many")


def lived(economy, years=3):
    """Losses per 100 person-years of people with two or more conditions, and how many."""
    counts = np.sum(economy.record.by_area[-12 * years :], axis=(0, 1))
    return 1200.0 * counts[LOST] / counts[MONTHS], counts[LOST]


def expected(economy, years=3):
    months = np.sum(economy.record.by_area[-12 * years :], axis=0)[:, MONTHS]  # as they lived
    kept = np.array(economy.record.expected_lost[-years:])[:, :, 0]
    return float(np.average(kept.mean(axis=0), weights=months))


@pytest.mark.parametrize("name", ["status_quo", "busy"])
def test_what_is_expected_is_what_is_lived(name, request):
    economy = request.getfixturevalue(name)
    rate, events = lived(economy)
    # whoever loses one handover is likelier to lose another: twice the variance of a count
    assert abs(expected(economy) / rate - 1.0) < 3.0 * np.sqrt(2.0 / events) + 0.02


def harmless(world):
    """A world in which what is lost does no harm."""
    rules = world.rules.copy()
    rules["harm_discharge"] = rules["harm_referral"] = 1.0
    return world._replace(rules=rules)


def person_by_person(economy):
    """Losses of areas per 100 person-years, and weight, from the same residents one by one.

    They are with whoever has their homes' patients now, as many as these have.
    """
    setup, state = economy.setup, economy.state
    drawn = replace(setup, patients=len(setup.everybody.stratum))
    everybody = first_state(drawn, LUCK)
    settle_people(everybody.residents, first_world(drawn, everybody), LUCK)
    people, areas = everybody.residents.people, len(setup.place.areas)
    pairs = setup.geography.pair_practice.astype(int) * areas + setup.geography.pair_area
    order = np.argsort(pairs)
    home = people["home_practice"].astype(int) * areas + people["area"]
    pair = order[np.searchsorted(pairs[order], home)]
    people["practice"] = state.practices.pair_practice[pair]
    weight = state.practices.pair_patients[pair] / np.bincount(pair, minlength=pairs.size)[pair]
    lost = lost_by_person(people, economy.world, 0)
    weight = np.where(np.isnan(lost), 0.0, weight)
    above = np.bincount(people["area"], weight * np.nan_to_num(lost), minlength=areas)
    many = np.bincount(people["area"], weight, minlength=areas)
    return 1200.0 * above / many, many


@pytest.fixture(scope="module")
def both_ways(status_quo, busy):
    """Of each run: losses of areas added up over strata and person by person, in no harm.

    What is left apart is that people of a stratum differ between areas, by chance.
    """
    found = {}
    for name, economy in (("status_quo", status_quo), ("busy", busy)):
        added = expected_losses(economy.setup, economy.state, harmless(economy.world))[:, 0]
        found[name] = added, *person_by_person(economy)
    return found


@pytest.mark.parametrize("name", ["status_quo", "busy"])
def test_added_up_over_strata_or_person_by_person_it_is_the_same(name, both_ways):
    added, one_by_one, many = both_ways[name]
    mean = np.average(one_by_one, weights=many)
    assert np.average(added, weights=many) == pytest.approx(mean, rel=0.01)


def test_what_a_policy_does_to_an_area_is_the_same_person_by_person(both_ways):
    (usual, usual_each, many), (now, now_each, _) = both_ways["status_quo"], both_ways["busy"]
    apart = now / usual - now_each / usual_each
    assert np.sqrt(np.average(apart**2, weights=many)) < 0.02


def test_what_is_expected_of_the_start_does_not_depend_on_how_many_are_simulated():
    place, parameters = find_place("lakeland", None), load_parameters()
    few, more = (prepare(place, parameters, patients).everybody for patients in (100, 2_000))
    for one, other in zip(few.needs, more.needs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_policy_does_to_what_is_expected_what_it_does_to_what_is_lived(status_quo, busy):
    ratio = lived(busy)[0] / lived(status_quo)[0]
    assert expected(busy) / expected(status_quo) == pytest.approx(ratio, abs=0.08)


def test_losses_are_counted_where_and_when_people_lived(status_quo):
    kinds = [
        COUNTS.index(kind) for kind in COUNTS if kind.startswith("lost_") and kind != "lost_many"
    ]
    by_group = np.sum(status_quo.record.by_group, axis=0)
    many = np.arange(50) // 10 >= 2
    assert by_group[many][:, kinds].sum() == by_group[:, LOST].sum()
    assert not by_group[~many, LOST].any() and not by_group[~many, MONTHS].any()
    by_area = np.sum(status_quo.record.by_area, axis=(0, 1))
    assert by_area[LOST] == by_group[:, LOST].sum()


def test_groups_of_people_are_the_same_in_every_arm_and_alike(status_quo, busy):
    one, other = (group_of_people(e.state.residents.people) for e in (status_quo, busy))
    np.testing.assert_array_equal(one, other)
    size = np.bincount(one, minlength=GROUPS_OF_PEOPLE)
    assert size.size == GROUPS_OF_PEOPLE and size.min() > 0.7 * size.mean()


def test_twice_the_chance_of_a_loss_is_twice_the_losses(status_quo):
    setup, state, world = status_quo.setup, status_quo.state, harmless(status_quo.world)
    before = expected_losses(setup, state, world)
    routes, cross = world.routes.copy(), world.cross.copy()
    routes["loss"] *= 2.0
    cross["loss"] *= 2.0
    after = expected_losses(setup, state, world._replace(routes=routes, cross=cross))
    np.testing.assert_allclose(after, 2.0 * before)
