"""The market as people of an area meet it: bounds, and what each event must do to it."""

import numpy as np
import pytest

from model.month.economy import HealthEconomy
from model.month.preparing import prepare
from model.outcomes.market import AreaChoice, market_of, pathway_need, practice_hhi
from model.outcomes.regimes import WINDOWS, AreaMeasures, Thresholds, monopoly
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.population.pathways import PATHWAYS
from model.state.provision import CLOSED, DO_THE_WORK

MSK = PATHWAYS.index("msk")


@pytest.fixture
def state(after_burn_in):
    return after_burn_in.copy()


@pytest.fixture(scope="module")
def before(shire, after_burn_in):
    return market_of(shire, after_burn_in)


@pytest.fixture
def metropolis_start():
    """The metropolis as it begins."""
    setup = prepare(find_place("metropolis", None), load_parameters(), 1_000)
    return setup, HealthEconomy(setup, find_policy("status_quo"), 1).state


def area_measures(market):
    return AreaMeasures(market.few_alternatives, market.hhi)


def mean(values, setup):
    return np.average(values, weights=setup.place.areas["population"])


def test_measures_lie_within_their_bounds(before, shire):
    for measure in (before.hhi, before.hhi_sites, before.practice_hhi):
        assert measure.shape == (len(shire.place.areas),)
        assert (measure > 0).all() and (measure <= 1 + 1e-9).all()
    assert (before.hhi >= before.hhi_sites - 1e-9).all()
    assert ((before.few_alternatives >= -1e-9) & (before.few_alternatives <= 1 + 1e-9)).all()
    assert (before.alternatives >= 0).all() and 0 <= before.loci <= 1
    assert 0 < before.hhi_holding <= 1


def test_area_measures_are_means_over_pathways_by_need(before, after_burn_in):
    need = pathway_need(after_burn_in.yearbooks)
    assert need.sum() == pytest.approx(1.0) and (need >= 0).all()
    wanted = np.nansum(before.hhi_by_pathway * need, axis=1)
    np.testing.assert_allclose(before.hhi, wanted)


def test_a_merger_of_hospitals_concentrates_owners_and_no_sites(shire, state, before):
    acute = state.bodies.of_kind("acute")
    for body in acute[1:]:
        state.bodies.merge(body, acute[0])
    after = market_of(shire, state)
    assert (after.hhi >= before.hhi - 1e-12).all() and mean(after.hhi - before.hhi, shire) > 0.05
    np.testing.assert_array_equal(after.hhi_sites, before.hhi_sites)
    np.testing.assert_array_equal(after.practice_hhi, before.practice_hhi)
    assert mean(after.alternatives, shire) < mean(before.alternatives, shire)
    assert mean(after.few_alternatives, shire) > mean(before.few_alternatives, shire)
    assert after.loci < before.loci and after.hhi_holding > before.hhi_holding


def test_one_owner_of_everything_is_a_monopoly(shire, state):
    bodies = state.bodies.of_kind("acute", "independent")
    for body in bodies[1:]:
        state.bodies.merge(body, bodies[0])
    after = market_of(shire, state)
    np.testing.assert_allclose(after.hhi, 1.0)
    np.testing.assert_allclose(after.few_alternatives, 1.0)
    assert after.loci == pytest.approx(0.0, abs=1e-9) and after.hhi_holding == pytest.approx(1.0)


def test_a_merger_with_community_services_leaves_hospitals_competing(shire, state, before):
    for body in state.bodies.of_kind("community"):
        state.bodies.merge(body, state.bodies.of_kind("acute")[0])
    after = market_of(shire, state)
    for ours, theirs in zip(before, after, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_one_owner_of_every_hospital_beside_small_clinics_is_a_monopoly(metropolis_start):
    setup, state = metropolis_start
    lines = Thresholds.from_parameters(setup.parameters)
    assert not monopoly(area_measures(market_of(setup, state)), lines).any()
    acute = state.bodies.of_kind("acute")
    for body in acute[1:]:
        state.bodies.merge(body, acute[0])
    after = market_of(setup, state)
    assert state.hospitals.lines.open[
        state.provision.site_owner(state.bodies) != acute[0]
    ].any()  # clinics that anybody may choose
    assert (after.hhi < 1.0).all() and (after.alternatives > 1.0).all()
    assert monopoly(area_measures(after), lines).all()


def test_clinics_held_elsewhere_count_among_those_who_treat(shire, state, before):
    provision, acute = state.provision, state.bodies.of_kind("acute")[0]
    slot = int(np.flatnonzero(provision.slot_body == acute)[0])
    provision.prime_slot[:, MSK], provision.delivery[:, MSK] = slot, DO_THE_WORK
    after = market_of(shire, state)
    spend = state.yearbooks.last_year.planned_spend[:, MSK].sum()
    part = state.yearbooks.last_year.clinic_spend[:, MSK].sum() / spend
    area = AreaChoice(shire, state)
    treating, owner = area.who_treats(MSK)
    np.testing.assert_allclose(treating.sum(axis=1), 1.0)
    np.testing.assert_allclose((treating * (owner == acute)).sum(axis=1) >= part - 1e-9, True)
    assert (after.hhi_by_pathway[:, MSK] != before.hhi_by_pathway[:, MSK]).all()
    np.testing.assert_array_equal(after.alternatives, before.alternatives)  # operations as before


def test_a_window_that_is_wider_or_narrower_changes_what_is_in_reach(before, shire):
    few = dict(zip(WINDOWS, before.few_by_window, strict=True))
    assert (few["alternatives_needed", 1.2] >= before.few_alternatives - 1e-12).all()
    assert (few["alternatives_needed", 0.8] <= before.few_alternatives + 1e-12).all()
    assert any((values != before.few_alternatives).any() for values in few.values())


def test_a_single_site_left_open_is_a_monopoly(shire, state, before):
    busiest = state.hospitals.lines.capacity.sum(axis=1).argmax()
    state.hospitals.lines.open[np.arange(len(state.hospitals.lines.open)) != busiest] = False
    after = market_of(shire, state)
    np.testing.assert_allclose(after.hhi, 1.0)
    assert (after.alternatives <= 1.0).all()
    np.testing.assert_allclose(after.few_alternatives, 1.0)
    assert mean(before.hhi, shire) < 1.0


def test_a_line_with_an_endless_wait_is_no_alternative(shire, state, before):
    state.hospitals.lines.backlog[:] = 12.0 * state.hospitals.lines.capacity
    after = market_of(shire, state)
    assert mean(after.few_alternatives, shire) > mean(before.few_alternatives, shire)


def test_closed_choice_concentrates_its_pathway_alone(shire, state, before):
    provision = state.provision
    acute = state.bodies.of_kind("acute")[0]
    slot = int(np.flatnonzero(provision.slot_body == acute)[0])
    provision.prime_slot[:, MSK], provision.choice_rule[:, MSK] = slot, CLOSED
    after = market_of(shire, state)
    others = np.arange(len(PATHWAYS)) != MSK
    np.testing.assert_array_equal(before.hhi_by_pathway[:, others], after.hhi_by_pathway[:, others])
    assert mean(after.hhi_by_pathway[:, MSK], shire) > mean(before.hhi_by_pathway[:, MSK], shire)
    assert after.hhi_holding > before.hhi_holding


def test_a_prime_contract_concentrates_holding_and_not_delivery(shire, state, before):
    acute = state.bodies.of_kind("acute")[0]
    slot = int(np.flatnonzero(state.provision.slot_body == acute)[0])
    state.provision.prime_slot[:, MSK] = slot
    after = market_of(shire, state)
    np.testing.assert_array_equal(before.hhi, after.hhi)
    assert after.hhi_holding > before.hhi_holding


def test_members_of_one_organisation_count_as_one_practice(live_policy, shire):
    from model.integrated import membership

    economy = live_policy("population_ico", 13, "inert")
    state = economy.state
    alone = practice_hhi(shire.place, shire.geography, state)
    for organisation in state.integrated.organisations:
        for g in np.flatnonzero(state.provision.practice_commissioner == organisation.commissioner):
            membership.join(
                economy.minds,
                economy.setup,
                economy.state,
                economy.payment,
                int(g),
                organisation.code,
            )
    together = practice_hhi(shire.place, shire.geography, state)
    assert (together >= alone - 1e-12).all() and together.mean() > 0.8 > alone.mean()
