"""Which lines must go on: those whose patients nobody else in reach has room for."""

from dataclasses import replace

import numpy as np
import pytest

from model.hospitals.protected import is_last_in_reach
from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.outcomes.market import AreaChoice
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.population.pathways import PATHWAYS

MSK = PATHWAYS.index("msk")
CLINIC, GENERAL, ROYAL, WESTFORD = (
    "anyshire_clinic", "anytown_general", "anytown_royal", "westford_hospital",
)  # fmt: skip


@pytest.fixture
def economy(shire, after_burn_in):
    economy = HealthEconomy(
        shire, find_policy("status_quo"), 1, "inert", state=after_burn_in.copy()
    )
    economy.rearrange()
    return economy


def sites(economy, *codes):
    return [economy.setup.place.site_codes.index(code) for code in codes]


def only(economy, *codes):
    """Shut MSK everywhere else."""
    here = np.isin(np.arange(len(economy.setup.place.sites)), sites(economy, *codes))
    economy.state.hospitals.lines.open[:, MSK] &= here
    economy.rearrange()
    return sites(economy, *codes)


def leave_lists_near(economy, *sites):
    """Empty the lists that are not in reach of all of these sites."""
    geography = economy.setup.geography
    near = geography.list_minutes <= economy.setup.parameters["regimes.window_minutes"]
    reached = [(near & (geography.candidate == site)).any(axis=1) for site in sites]
    economy.state.practices.lists[~np.logical_and.reduce(reached)] = 0


def must_go_on(economy, site, going=()):
    return is_last_in_reach(economy.setup, economy.state, site, MSK, going)


def test_a_small_clinic_cannot_take_the_patients_of_a_hospital(economy):
    clinic, general = only(economy, CLINIC, GENERAL)
    leave_lists_near(economy, clinic, general)
    assert must_go_on(economy, general)
    assert not must_go_on(economy, clinic)
    lines = economy.state.hospitals.lines
    lines.capacity[clinic, MSK] = lines.capacity[general, MSK]
    assert not must_go_on(economy, general)


def test_where_all_rivals_have_long_waits_nobody_could_take_them(economy):
    westford, general = only(economy, WESTFORD, GENERAL)
    lines = economy.state.hospitals.lines
    lines.capacity[westford, MSK] = 2.0 * lines.capacity[general, MSK]
    leave_lists_near(economy, westford, general)
    assert not must_go_on(economy, general)
    lines.backlog[westford, MSK] = 20.0 * lines.capacity[westford, MSK]
    assert must_go_on(economy, general)


def test_room_goes_with_patients_to_another_site_of_its_owner(economy):
    general, royal = only(economy, GENERAL, ROYAL)
    lines = economy.state.hospitals.lines
    lines.capacity[royal, MSK] = 0.1 * lines.capacity[general, MSK]
    leave_lists_near(economy, royal, general)
    assert not must_go_on(economy, general)
    economy.state.provision.site_slot[royal] = economy.state.provision.site_slot[
        sites(economy, WESTFORD)[0]
    ]
    assert must_go_on(economy, general)


def test_a_line_that_could_take_them_must_be_in_reach_of_every_list(economy):
    westford, general = only(economy, WESTFORD, GENERAL)
    economy.state.hospitals.lines.capacity[westford, MSK] *= 10.0
    assert must_go_on(economy, general)  # some of its lists are over an hour from the other
    everywhere = np.zeros_like(economy.setup.geography.list_minutes)
    geography = economy.setup.geography._replace(list_minutes=everywhere)
    setup = replace(economy.setup, geography=geography)
    assert not is_last_in_reach(setup, economy.state, general, MSK)
    assert is_last_in_reach(setup, economy.state, general, MSK, [westford])


def test_in_far_country_every_line_must_go_on():
    """Two hospitals two hours apart: for most of each one's lists the other is out of reach."""
    country = prepare(find_place("lakeland", None), load_parameters(), 300)
    state = burn_in(country, 1)
    lines = state.hospitals.lines
    offered = np.argwhere(lines.open & (lines.base_income > 0.0)).tolist()
    assert len(offered) > 10
    assert all(is_last_in_reach(country, state, site, p) for site, p in offered)


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_who_could_take_all_is_one_whole_alternative_and_who_could_not_is_less(economy, factor):
    """One meaning of room for the rule and for the measure of monopoly."""
    westford, general = only(economy, WESTFORD, GENERAL)
    lines = economy.state.hospitals.lines
    lines.capacity[westford, MSK] = factor * lines.capacity[general, MSK]
    leave_lists_near(economy, westford, general)
    assert must_go_on(economy, general) == (factor < 1.0)
    area = AreaChoice(economy.setup, economy.state)
    here = np.isin(area.site, [westford, general]) & (area.minutes <= 60.0)
    treats = area.shares(MSK)[np.arange(len(here)), (area.site == general).argmax(axis=1)] > 0.5
    number = area.alternatives(MSK)[treats & (here.sum(axis=1) == 2)]
    assert number.size and number.max() == pytest.approx(1.0 + min(factor, 1.0))
