"""What lists are expected to need and have is what patients live, and is the same at any size."""

import numpy as np
import pytest

from agents.patients.patient_tables import COUNTS, NEED_CONSULTATIONS
from model.care.expected_care import expected_care
from model.care.flows import full_scale_need
from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy, policy_names

MANY, FEW = 2_000, 100


def lived(economy, what, years=3):
    """Events a month as if everybody of the place had been simulated, and how many were."""
    events = sum(
        kept[:, COUNTS.index(what)].sum() for kept in economy.record.by_area[-12 * years :]
    )
    people = economy.setup.list_sizes.sum() / economy.state.residents.people.size
    return people * events / (12 * years), events


@pytest.mark.parametrize("name", ["status_quo", "busy"])
def test_expected_emergencies_and_tests_are_those_lived(name, request):
    economy = request.getfixturevalue(name)
    expected = {"emergencies": economy.care.emergencies, "duplicate_tests": economy.care.tests}
    for what, of_lists in expected.items():
        rate, events = lived(economy, what)
        # whoever has one is likelier to have another: twice the variance of a count
        assert abs(of_lists.sum() / rate - 1.0) < 3.0 * np.sqrt(2.0 / events) + 0.02, what


def test_consultations_and_referrals_expected_are_those_lived(inert_status_quo):
    economy = inert_status_quo
    expected = {
        "consultations": economy.flows.consultations,
        "first_outpatients": economy.flows.planned,
    }
    for what, of_lists in expected.items():
        rate, events = lived(economy, what)
        assert of_lists.sum() == pytest.approx(rate, rel=3.0 * np.sqrt(2.0 / events) + 0.03), what
    need = full_scale_need(economy.state.residents, economy.state.practices)[:, NEED_CONSULTATIONS]
    assert ((need > 0) == (economy.state.practices.lists > 0)).all()


def test_lists_differ_by_who_is_on_them(shire, status_quo):
    """Of one patient, as lists of other ages and deprivation do: by a tenth, not by chance."""
    need = status_quo.state.residents.structure.need[:, NEED_CONSULTATIONS]
    assert 0.03 < need.std() / need.mean() < 0.3
    np.testing.assert_allclose(status_quo.state.residents.structure.strata.sum(axis=1), 1.0)


def test_harm_of_lost_handovers_makes_emergencies_likelier(status_quo):
    setup, state, world = status_quo.setup, status_quo.state, status_quo.world
    harmless = world.rules.copy()
    harmless["harm_discharge"] = harmless["harm_referral"] = 1.0
    with_harm = expected_care(setup, state, world).emergencies
    without = expected_care(setup, state, world._replace(rules=harmless)).emergencies
    here = state.practices.lists > 0
    assert (with_harm > without)[here].all() and (with_harm < 1.2 * without)[here].all()


@pytest.fixture(scope="module")
def many_and_few():
    """A burn-in and two years of a policy with many patients simulated and with few."""
    place, parameters = find_place("lakeland", None), load_parameters()
    policy = find_policy("carveouts_three+population_ico")
    return [
        HealthEconomy(prepare(place, parameters, size), policy, 3).run(60) for size in (MANY, FEW)
    ]


def test_everyone_decides_alike_however_many_patients_are_simulated(many_and_few):
    """From the same figures, with the same chances, to the bit."""
    many, few = (economy.decisions() for economy in many_and_few)
    assert len(many) > 300
    assert many == few


def test_every_payment_is_the_same_however_many_patients_are_simulated(many_and_few):
    many, few = (economy.state for economy in many_and_few)
    np.testing.assert_array_equal(many.money.ledger.entries(), few.money.ledger.entries())
    np.testing.assert_array_equal(many.hospitals.lines.backlog, few.hospitals.lines.backlog)
    np.testing.assert_array_equal(many.practices.lists, few.practices.lists)


def test_what_areas_are_expected_to_lose_is_the_same_however_many_are_simulated(many_and_few):
    many, few = (np.array(economy.record.expected_lost) for economy in many_and_few)
    np.testing.assert_array_equal(many, few)


@pytest.fixture(scope="module")
def both_sizes():
    """Places made ready with many and few patients, and where every arm of them begins."""
    place, parameters = find_place("lakeland", None), load_parameters()
    setups = [prepare(place, parameters, size) for size in (MANY, FEW)]
    return [(setup, burn_in(setup, 1)) for setup in setups]


@pytest.mark.slow
@pytest.mark.parametrize("name", policy_names())
def test_under_every_policy_everyone_decides_and_pays_alike_at_any_size(both_sizes, name):
    many, few = (
        HealthEconomy(setup, find_policy(name), 1, state=begun.copy()).run(25)
        for setup, begun in both_sizes
    )
    assert many.decisions() == few.decisions()
    np.testing.assert_array_equal(
        many.state.money.ledger.entries(), few.state.money.ledger.entries()
    )
