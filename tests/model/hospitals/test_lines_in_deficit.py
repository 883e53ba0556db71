"""A persistent deficit closes lines: by money, and only those that cost more than they bring."""

from dataclasses import replace

import numpy as np
import pytest

from agents.organisations.trust import LINE
from model.deciding.boards import hospital_agents
from model.hospitals.closures import can_be_replaced
from model.hospitals.protected import is_last_in_reach
from model.hospitals.service_lines import (
    close_line,
    line_observation,
    open_line,
    trusts_plan_lines,
)
from model.hospitals.staff_moves import staying_with_owner
from model.hospitals.standing_costs import shed_later
from model.month.calendar import close_year
from model.payments.solvency import trust_costs, trust_income
from model.population.pathways import PATHWAYS

CODE = "eastbury_hospitals"
PENCE = 100.0
MSK = PATHWAYS.index("msk")


def in_deficit(economy, cost):
    """Make a trust's work dearer by a factor, and have it lose that for three years."""
    state, month = economy.state, economy.state.month
    row = list(economy.setup.place.trusts["trust"]).index(CODE)
    body = state.bodies.number[CODE]
    mine = state.provision.site_owner(state.bodies) == body
    state.hospitals.lines.unit_cost[mine] *= cost
    for figure in (state.yearbooks.last_year.line_cost, state.yearbooks.last_year.line_avoidable):
        figure[mine] *= cost
    state.yearbooks.last_year.emergency_cost[mine] *= cost
    lost = float((trust_costs(economy.state) - trust_income(economy.state))[body])
    state.hospitals.deficit_years[row], state.hospitals.deficits[row] = (
        3,
        3 * max(lost, 0.0) * PENCE,
    )
    state.month = month - (month - LINE.month_of_year) % 12
    return lost / float(trust_income(economy.state)[body])


def decided(economy):
    before = len(economy.decisions())
    trusts_plan_lines(economy.minds, economy.setup, economy.state, economy.in_force, economy.world)
    made = economy.decisions()[before:]
    return [d for d in made if d.rule == "line" and d.agent == CODE]


def test_at_a_large_loss_some_lines_close_by_their_money(live_policy):
    economy = live_policy("status_quo", 1)
    assert in_deficit(economy, 1.3) > 0.25
    lines = decided(economy)
    closing = [d for d in lines if d.probabilities[1] > 0.5]  # whatever the luck of one draw
    assert closing and len(closing) < len(lines)  # what brings more than it costs goes on
    assert all(d.pounds[1] > d.pounds[0] for d in closing)
    assert all(np.isfinite(d.pounds).all() for d in lines)  # also where nobody is operated on
    worst = max(lines, key=lambda d: d.pounds[1] - d.pounds[0])
    assert worst.figures["avoidable_cost"] + worst.figures["shed_later"] > worst.figures["income"]


def test_a_trust_closes_a_line_at_one_of_its_sites_at_a_time(live_policy):
    economy = live_policy("status_quo", 1)
    body = economy.state.bodies.number[CODE]
    for other in economy.state.bodies.of_kind("acute"):
        economy.state.bodies.merge(other, body)
    in_deficit(economy, 1.5)
    closing = [d.about.split()[0] for d in decided(economy) if d.chosen == "close"]
    assert closing and len(closing) == len(set(closing))


def test_without_a_deficit_nobody_looks_at_lines_that_cover_their_cost(live_policy):
    economy = live_policy("status_quo", 1)
    in_deficit(economy, 1.0)
    economy.state.hospitals.deficit_years[:] = 0
    economy.state.hospitals.lines.years_of_loss[:] = 0
    assert not [d for d in decided(economy) if d.options[0] == "keep"]


def test_the_chance_to_close_a_line_grows_with_the_deficit_where_it_loses(live_policy):
    economy = live_policy("status_quo", 1)
    in_deficit(economy, 1.3)
    agent = next(
        t
        for _, t in hospital_agents(economy.minds, economy.setup.place, economy.state.bodies)
        if t.code == CODE
    )
    site = int(
        np.flatnonzero(economy.state.provision.site_owner(economy.state.bodies) == agent.body)[0]
    )
    observation = replace(
        line_observation(
            economy.minds, economy.setup, economy.state, economy.in_force, economy.world, site, 0
        ),
        avoidable_cost=6e6,
        shed_later=1e6,
        income=5e6,
        kept_margin=0.0,
        patients=5e4,
    )
    chances = [
        agent.consider_line(replace(observation, deficit=deficit), 36, "msk").probabilities[1]
        for deficit in (0.0, 5e5, 1e6, 2e6, 9e6)
    ]
    assert chances == sorted(chances) and chances[0] < chances[-1]


def test_what_leaves_a_closed_line_later_is_what_the_years_take(live_policy):
    economy = live_policy("status_quo", 1, mind="inert")
    economy.state.month -= 1  # lines are looked at, and shut, in April
    lines, prices, years = economy.state.hospitals.lines, economy.prices, 5
    site, p = np.unravel_index(np.argmax(lines.base_income), lines.base_income.shape)
    shown = shed_later(
        economy.setup.parameters,
        economy.state.month,
        economy.state.hospitals,
        economy.prices,
        site,
        p,
        np.ones(12 * years),
    )

    def standing():
        kept = prices.semi_fixed * lines.semi_kept[site] + prices.fixed * lines.fixed_kept[site]
        base = 12.0 * lines.base_income[site] * prices.planned_cost * lines.unit_cost[site]
        return float((base * kept)[p])

    economy.state.hospitals.lines.open[site, p] = False
    removable = economy.setup.parameters["costs.removable_share_of_direct_cost"]
    lines.semi_kept[site, p] *= 1.0 - removable
    first, later = standing(), []
    for _ in range(years):
        later.append(standing())
        close_year(economy.minds, economy.setup, economy.state, economy.in_force, economy.seed)
    assert economy.setup.parameters["trusts.felt_years"] == years
    assert shown == pytest.approx(first - np.mean(later), rel=1e-9) and shown > 0.0


def test_what_is_fixed_for_years_stays_while_the_hospital_stands(live_policy):
    """Buildings and managers of a closed line serve the rest; those of a closed hospital go."""
    economy = live_policy("status_quo", 1, mind="inert")
    lines, structure = (
        economy.state.hospitals.lines,
        economy.setup.parameters["costs.trust_cost_structure"],
    )
    (line, gone), stays = (0, 1), structure["year_3"]["fixed"] / structure["year_1"]["fixed"]
    lines.open[[line, gone], MSK] = False
    lines.fixed_kept[[line, gone], MSK] = 1.0
    economy.state.hospitals.closed_sites[gone] = True
    for year in range(1, 9):
        close_year(economy.minds, economy.setup, economy.state, economy.in_force, economy.seed)
        assert lines.fixed_kept[gone, MSK] == pytest.approx(stays ** (year / 2))
        assert lines.fixed_kept[line, MSK] == pytest.approx(max(stays ** (year / 2), stays))


def first_line(economy):
    """A site and pathway with another site of another owner in reach."""
    lines = economy.state.hospitals.lines
    site = int(lines.base_income[:, MSK].argmax())
    return site, MSK


def test_the_last_line_in_reach_goes_on(live_policy):
    economy = live_policy("status_quo", 1)
    lines, (site, p) = economy.state.hospitals.lines, first_line(economy)
    assert not is_last_in_reach(economy.setup, economy.state, site, p)
    lines.open[np.arange(len(lines.open)) != site, p] = False
    assert is_last_in_reach(economy.setup, economy.state, site, p)
    assert not can_be_replaced(economy.setup, economy.state, site)
    close_line(economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, p)
    assert lines.open[site, p]


def test_a_board_in_deficit_does_not_think_of_closing_the_last_line(live_policy):
    economy = live_policy("status_quo", 1)
    in_deficit(economy, 1.5)
    assert "msk eastbury_infirmary" in [d.about for d in decided(economy)]
    lines, sites = economy.state.hospitals.lines, economy.setup.place.site_codes
    lines.open[np.arange(len(sites)) != sites.index("eastbury_infirmary"), MSK] = False
    assert "msk eastbury_infirmary" not in [d.about for d in decided(economy)]


@pytest.mark.parametrize("change", ["close_line", "close_site"])
def test_a_line_goes_on_if_all_others_in_reach_are_to_close(live_policy, change):
    """Boards that all decided to close in one month would find that the last of them cannot."""
    economy = live_policy("status_quo", 1)
    in_deficit(economy, 1.5)
    state, sites = economy.state, economy.setup.place.site_codes
    others = [s for s in range(len(sites)) if sites[s] != "eastbury_infirmary"]
    details = [(s, MSK) if change == "close_line" else (s,) for s in others]
    state.docket.scheduled_effects = [(state.month + 10, change, at) for at in details]
    assert "msk eastbury_infirmary" not in [d.about for d in decided(economy)]


def test_room_and_staff_follow_patients_who_stay_with_the_owner(live_policy):
    economy = live_policy("status_quo", 1)
    body = economy.state.bodies.number[CODE]
    for other in economy.state.bodies.of_kind("acute"):
        economy.state.bodies.merge(other, body)
    lines, (site, p) = economy.state.hospitals.lines, first_line(economy)
    part = staying_with_owner(
        economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, p
    )
    assert 0.1 < part.sum() <= 1.0 and part[site] == 0.0
    scale = lines.unit_cost[:, p] * lines.base_income[:, p]
    room, staff = lines.capacity[:, p].copy(), lines.semi_kept[:, p] * scale
    close_line(economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, p)
    gained = lines.capacity[:, p] - room
    np.testing.assert_allclose(np.delete(gained, site), np.delete(part * room[site], site))
    more = lines.semi_kept[:, p] * scale - staff
    np.testing.assert_allclose(np.delete(more, site), np.delete(part * staff[site], site))
    assert more[site] < 0.0 and lines.capacity[site, p] > 0.0


def test_who_takes_simple_patients_only_is_no_other(live_policy):
    economy = live_policy("status_quo", 1)
    lines, (site, p) = economy.state.hospitals.lines, first_line(economy)
    lines.only_simple[np.arange(len(lines.open)) != site, p] = True
    assert is_last_in_reach(economy.setup, economy.state, site, p)
    lines.only_simple[site, p] = True  # whom it refuses it does not fail by shutting
    assert not is_last_in_reach(economy.setup, economy.state, site, p)


def test_a_line_that_starts_again_gets_staff_and_room_back_from_its_owners_sites(live_policy):
    economy = live_policy("status_quo", 1)
    body = economy.state.bodies.number[CODE]
    for other in economy.state.bodies.of_kind("acute"):
        economy.state.bodies.merge(other, body)
    lines, (site, p) = economy.state.hospitals.lines, first_line(economy)
    own = economy.state.provision.site_owner(economy.state.bodies) == body
    close_line(economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, p)
    lines.semi_kept[site, p] = lines.capacity[site, p] = 0.0  # what was left has gone
    scale = lines.unit_cost[:, p] * lines.base_income[:, p]
    room, staff = lines.capacity[:, p].copy(), (lines.semi_kept[:, p] * scale).copy()
    open_line(economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, p)
    moved = room - lines.capacity[:, p], staff - lines.semi_kept[:, p] * scale
    for change in moved:
        assert change[site] < 0.0 <= np.delete(change[own], np.flatnonzero(own) == site).min()
        assert not change[~own].any()
        from_own = change[own].sum() - change[site]
        assert 0.1 * -change[site] < from_own <= -change[site] * (1.0 + 1e-9)
