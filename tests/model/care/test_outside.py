"""Patients from outside the place go to other hospitals when theirs takes them no longer."""

import numpy as np
import pytest
from forced_options import without_motives

from agents.decisions.acceptance_choice import SIMPLE
from model.care.attraction import WEEKS_PER_MONTH, site_attraction
from model.care.outside import (
    go_elsewhere,
    only_near,
    outside_by_need,
    outside_of,
    outside_referrals,
    outside_slope,
)
from model.care.queues import move_queues, wait_months
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


def waits_now(economy):
    return wait_months(economy.setup.parameters, economy.state.hospitals)


def stream(economy, waits=None):
    """Where they go as lines are, and waits are, or as these waits would have it [sites, 13]."""
    state, waits = economy.state, waits_now(economy) if waits is None else waits
    return outside_referrals(economy.setup, state.provision, state.hospitals, waits)


def shut(economy, site):
    """Shut the line of a site for musculoskeletal care; waits stay as they were."""
    economy.state.hospitals.lines.open[site, MSK] = False


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
    """While hospitals draw as many as at the start."""
    trusts = shire.place.trusts.set_index("trust")["modelled_share"]
    waits, hospitals = waits_now(economy), economy.state.hospitals
    as_now = site_attraction(shire, economy.state.provision, hospitals, waits)
    hospitals.first_attraction[:] = as_now
    before = stream(economy, waits)[:, MSK].sum()
    leaving = economy.state.hospitals.outside_planned[site, MSK]
    close_line(
        economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, MSK
    )
    gone = before - stream(economy, waits)[:, MSK].sum()
    assert gone == pytest.approx((1.0 - trusts[shire.place.sites["trust"][site]]) * leaving)


def test_of_a_line_that_starts_again_some_come_back_and_the_others_stay_where_they_went(
    economy, shire
):
    site = site_called(shire, "eastbury_infirmary")
    waits = waits_now(economy)
    first = stream(economy, waits)
    close_line(
        economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, MSK
    )
    closed = stream(economy, waits)
    open_line(economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, MSK)
    again, back = stream(economy, waits), shire.parameters["trusts.reopened_share"]
    assert again[site, MSK] == pytest.approx(back * first[site, MSK])
    others = np.arange(len(first)) != site
    gained, kept = (now[others, MSK] - first[others, MSK] for now in (closed, again))
    np.testing.assert_allclose(kept, (1.0 - back) * gained, atol=1e-9)


def test_complex_ones_who_are_refused_go_to_those_who_take_them(economy, shire):
    site = site_called(shire, "anytown_royal")
    state, waits = economy.state, waits_now(economy)
    there = (shire, state.provision, state.hospitals, waits)
    simple, demanding = outside_by_need(*there)
    change_acceptance(state.hospitals, site, MSK, SIMPLE)
    now_simple, now_demanding = outside_by_need(*there)
    np.testing.assert_array_equal(now_simple, simple)
    assert now_demanding[site, MSK] == 0.0 < demanding[site, MSK]
    general = site_called(shire, "anytown_general")
    assert now_demanding[general, MSK] > 1.2 * demanding[general, MSK]
    mix = case_mix(shire, state.provision, state.referrals, state.hospitals, economy.flows)[:, MSK]
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


def test_they_weigh_waits_and_quality_where_they_go_instead(economy, shire):
    """As people of the place do: by the same logits; the more stay away, the more go beyond."""
    state, value = economy.state, shire.parameters
    royal, general, far = (
        site_called(shire, code)
        for code in ("anytown_royal", "anytown_general", "eastbury_infirmary")
    )
    shut(economy, royal)
    waits = waits_now(economy)
    first, longer = stream(economy, waits)[:, MSK], waits.copy()
    longer[general, MSK] += 6.0
    now = stream(economy, longer)[:, MSK]
    first, now = first - state.hospitals.outside_planned[:, MSK], now - stay_there(economy)
    felt = value["choice.hospital_wait_per_week"] * WEEKS_PER_MONTH * 6.0
    odds = np.log(now[general] / now[far]) - np.log(first[general] / first[far])
    assert odds == pytest.approx(felt, rel=1e-6) and felt < -0.1
    assert now[far] > first[far] and now.sum() < first.sum()
    slot = state.provision.site_slot[general]
    state.hospitals.quality[slot] += 4.0
    better = stream(economy, waits)[:, MSK] - stay_there(economy)
    assert better[general] > first[general] and better.sum() > first.sum()


def stay_there(economy):
    """Patients from outside who have no reason to leave the line that they used first [sites]."""
    return economy.state.hospitals.outside_planned[:, MSK]


def test_a_small_clinic_beside_a_shut_line_gets_no_list_without_end(economy, shire):
    """Who would wait long there goes to others, or beyond the edge of the place."""
    lines, value = economy.state.hospitals.lines, shire.parameters
    size = np.where(lines.open[:, MSK], lines.capacity[:, MSK], np.inf)
    small, large = int(size.argmin()), int(lines.capacity[:, MSK].argmax())
    for site in np.flatnonzero(lines.open[:, MSK]):
        if site != small:
            shut(economy, site)
    asked = stream(economy)[small, MSK] * shire.activity.operation_share[MSK]
    room = value["minds.most_use"] * lines.capacity[small, MSK]
    assert size[large] > 5.0 * size[small] and asked > 1.5 * room  # more than it can do
    lists = []
    for _ in range(60):
        for _ in range(12):
            move_queues(value, shire.activity, economy.state.hospitals, stream(economy))
        lists.append(lines.backlog[small, MSK])
    assert lists[-1] == pytest.approx(lists[-11], rel=0.01)
    asked = stream(economy)[small, MSK] * shire.activity.operation_share[MSK]
    assert asked == pytest.approx(room, rel=0.01)


def test_who_looks_ahead_lets_them_go_where_waits_then_send_them(economy, shire):
    state, value = economy.state, shire.parameters
    royal = site_called(shire, "anytown_royal")
    shut(economy, royal)
    change_acceptance(state.hospitals, site_called(shire, "eastbury_infirmary"), MSK, SIMPLE)
    waits, lines = waits_now(economy), state.hospitals.lines
    line = Line(royal, MSK, False, 0.0, 1.0)
    as_if = lists_as_if(
        economy.minds, shire, economy.state, economy.prices, economy.world, line
    ).referring
    stay, those = outside_of(shire, state.provision, state.hospitals, waits, MSK)
    later = waits.copy()
    later[:, MSK] *= np.linspace(0.2, 8.0, len(later))
    felt = value["choice.hospital_wait_per_week"] * WEEKS_PER_MONTH * (later - waits)[:, MSK]
    there = stream(economy, later)[:, MSK]
    np.testing.assert_allclose(stay + go_elsewhere(those, np.exp(felt)), there)
    np.testing.assert_allclose(stay + go_elsewhere(as_if.outside, np.exp(felt)), there)
    assert (there[lines.open[:, MSK]] != stream(economy, waits)[lines.open[:, MSK], MSK]).all()
    near = np.flatnonzero(lines.open[:, MSK])[:3]
    alone = np.zeros(len(felt))
    alone[near] = felt[near]
    found = go_elsewhere(only_near(those, near), np.exp(felt[near]))
    np.testing.assert_allclose(found, go_elsewhere(those, np.exp(alone))[near])


def test_their_slope_is_that_of_a_small_change(economy, shire):
    state, waits = economy.state, waits_now(economy)
    shut(economy, site_called(shire, "anytown_royal"))
    there = (shire, state.provision, state.hospitals, waits)
    slope, first = outside_slope(*there), outside_referrals(*there)
    for site in range(len(first)):
        moved = np.ones(len(first))
        moved[site] = np.exp(1e-5)
        change = (outside_referrals(*there, moved) - first) / 1e-5
        np.testing.assert_allclose(change.T, slope[:, :, site], rtol=1e-3, atol=1e-4)
    assert slope[MSK].any() and not np.delete(slope, MSK, axis=0).any()
