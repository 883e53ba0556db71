"""Expected losses are what patients come to lose, rest on everybody, and know their error."""

import numpy as np
import pytest

from agents.needs import GROUPS_OF_PEOPLE, group_of_people
from agents.patient_tables import COUNTS
from model.expected_losses import expected_losses

MONTHS, LOST = COUNTS.index("person_months_many"), COUNTS.index("lost_many")


def lived(economy, years=3):
    """Losses per 100 person-years of people with two or more conditions, and how many."""
    counts = np.sum(economy.record.by_area[-12 * years :], axis=(0, 1))
    return 1200.0 * counts[LOST] / counts[MONTHS], counts[LOST]


def expected(economy, years=3):
    people = economy.setup.place.areas["population"].to_numpy(float)
    kept = np.array(economy.record.expected_lost[-years:])[:, :, 0]
    return float(np.average(kept.mean(axis=0), weights=people))


@pytest.mark.parametrize("name", ["status_quo", "busy"])
def test_what_is_expected_is_what_is_lived(name, request):
    economy = request.getfixturevalue(name)
    rate, events = lived(economy)
    # whoever loses one handover is likelier to lose another: twice the variance of a count
    assert abs(expected(economy) / rate - 1.0) < 3.0 * np.sqrt(2.0 / events) + 0.02


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
    one, other = (group_of_people(e.state.people) for e in (status_quo, busy))
    np.testing.assert_array_equal(one, other)
    size = np.bincount(one, minlength=GROUPS_OF_PEOPLE)
    assert size.size == GROUPS_OF_PEOPLE and size.min() > 0.7 * size.mean()


def test_twice_the_chance_of_a_loss_is_twice_the_losses(status_quo):
    setup, state, world = status_quo.setup, status_quo.state, status_quo.world
    before = expected_losses(setup, state, world)
    routes, cross = world.routes.copy(), world.cross.copy()
    routes["loss"] *= 2.0
    cross["loss"] *= 2.0
    after = expected_losses(setup, state, world._replace(routes=routes, cross=cross))
    np.testing.assert_allclose(after, 2.0 * before)
