"""Patients from outside the place go to other hospitals when theirs takes them no longer."""

import numpy as np
import pytest
from forced_options import without_motives

from agents.organisations.acceptance import SIMPLE
from model.care.outside import outside_by_need, outside_referrals
from model.hospitals.acceptance import case_mix, change_acceptance
from model.hospitals.closures import close_site
from model.hospitals.lines_ahead import Line, arrivals, lists_as_if
from model.hospitals.service_lines import close_line, open_line
from model.population.pathways import PATHWAYS

MSK = PATHWAYS.index("msk")


@pytest.fixture
def economy(live_policy):
    return live_policy("status_quo", 1, "inert")


def site_called(setup, code):
    return setup.place.sites["site"].tolist().index(code)


def stream(economy):
    return outside_referrals(economy.setup, economy.state.hospitals)


def test_they_come_as_at_the_start_while_nothing_closes(economy):
    np.testing.assert_allclose(stream(economy), economy.state.hospitals.outside_planned)


def test_those_of_a_closed_line_go_to_sites_of_its_trust_and_to_the_nearest(economy, shire):
    royal, general, far = (
        site_called(shire, code)
        for code in ("anytown_royal", "anytown_general", "eastbury_infirmary")
    )
    before = stream(economy)
    close_line(
        economy.minds, economy.setup, economy.state, economy.prices, economy.world, royal, MSK
    )
    gained = stream(economy) - before
    assert gained[royal, MSK] == -before[royal, MSK] < 0.0
    assert gained[general, MSK] > gained[far, MSK] > 0.0
    stayed = 1.0 + gained[:, MSK].sum() / before[royal, MSK]
    assert 0.8 < stayed < 1.0
    np.testing.assert_array_equal(np.delete(gained, MSK, axis=1), 0.0)


@pytest.mark.parametrize("code", ["eastbury_infirmary", "westford_hospital"])
def test_of_a_trusts_only_hospital_as_many_stay_as_the_place_has_in_its_work(economy, shire, code):
    site = site_called(shire, code)
    trusts = shire.place.trusts.set_index("trust")["modelled_share"]
    before = stream(economy)[:, MSK].sum()
    leaving = economy.state.hospitals.outside_planned[site, MSK]
    close_line(
        economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, MSK
    )
    gone = before - stream(economy)[:, MSK].sum()
    assert gone == pytest.approx((1.0 - trusts[shire.place.sites["trust"][site]]) * leaving)


def test_of_a_line_that_starts_again_some_come_back_and_the_others_stay_where_they_went(
    economy, shire
):
    site = site_called(shire, "eastbury_infirmary")
    first = stream(economy)
    close_line(
        economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, MSK
    )
    shut = stream(economy)
    open_line(economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, MSK)
    again, back = stream(economy), shire.parameters["trusts.reopened_share"]
    assert again[site, MSK] == pytest.approx(back * first[site, MSK])
    others = np.arange(len(first)) != site
    gained, kept = (now[others, MSK] - first[others, MSK] for now in (shut, again))
    np.testing.assert_allclose(kept, (1.0 - back) * gained, atol=1e-9)


def test_complex_ones_who_are_refused_go_to_those_who_take_them(economy, shire):
    site = site_called(shire, "anytown_royal")
    simple, demanding = outside_by_need(shire, economy.state.hospitals)
    change_acceptance(economy.state.hospitals, site, MSK, SIMPLE)
    now_simple, now_demanding = outside_by_need(shire, economy.state.hospitals)
    np.testing.assert_array_equal(now_simple, simple)
    assert now_demanding[site, MSK] == 0.0 < demanding[site, MSK]
    general = site_called(shire, "anytown_general")
    assert now_demanding[general, MSK] > 1.2 * demanding[general, MSK]
    mix = case_mix(shire, economy.state.referrals, economy.state.hospitals, economy.flows)[:, MSK]
    assert mix[site] < 1.0 < mix[general]


def test_a_board_foresees_where_they_go(economy, shire):
    """What a line's closing is shown to bring to all lines is what referrals then are."""
    state, site = economy.state, site_called(shire, "anytown_royal")
    lines = state.hospitals.lines
    line = Line(site, MSK, False, float(lines.capacity[site, MSK]), 1.0)
    as_if = lists_as_if(
        economy.minds, economy.setup, economy.state, economy.prices, economy.world, line
    )
    seen = arrivals(economy.setup.parameters, as_if, as_if.waits)[0]
    before, there = stream(economy)[:, MSK], economy.flows.asked_for(shire.geography.candidate)
    close_line(
        economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, MSK
    )
    after = stream(economy)[:, MSK]
    general = site_called(shire, "anytown_general")
    moved = after[general] - before[general]
    assert seen[general] - there[general, MSK] > moved > 0.0
    assert seen[site] == 0.0


def test_in_emergencies_they_go_to_the_nearest_department_or_beyond_the_edge(economy, shire):
    state, site = economy.state, site_called(shire, "eastbury_infirmary")
    general = site_called(shire, "anytown_general")
    sites, trusts = shire.place.sites, shire.place.trusts.set_index("trust")["modelled_share"]
    before, agreed = (
        state.hospitals.outside_emergency.copy(),
        state.hospitals.lines.base_emergency.sum(),
    )
    there = state.hospitals.lines.base_emergency[site].sum()
    outside = 1.0 - trusts[sites["trust"][site]]
    economy.setup = without_motives(shire, {"trusts.longest_minutes_to_emergency": 1_000})
    close_site(economy.minds, economy.setup, economy.state, economy.prices, economy.world, site)
    assert state.hospitals.closed_sites[site]
    gained = state.hospitals.outside_emergency - before
    np.testing.assert_allclose(gained[site], -before[site])
    np.testing.assert_allclose(gained.sum(axis=0), -outside * before[site], rtol=1e-9)
    assert gained[general].sum() > 0.0
    lost = agreed - state.hospitals.lines.base_emergency.sum()
    assert lost == pytest.approx(outside * outside * there, rel=0.1)
