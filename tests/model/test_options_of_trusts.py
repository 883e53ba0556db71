"""What hospitals are shown of their options is what they are then paid, or pay."""

import numpy as np
import pytest
from forced_options import force_options, without_motives

from model.economy import HealthEconomy
from model.pathways import PATHWAYS
from model.policy import find_policy
from model.service_lines import change_capacity, line_view
from model.state import BURN_IN_MONTHS

STATUS_QUO = find_policy("status_quo")
MONTH, LAG = BURN_IN_MONTHS, 6
MSK = PATHWAYS.index("msk")


@pytest.fixture(scope="module")
def place(shire):
    """The place with nobody in it who has other motives than money."""
    return without_motives(shire)


def first_site(setup, state) -> int:
    """The site of the largest planned line for musculoskeletal care."""
    return int(state.lines.base_income[:, MSK].argmax())


def owner_of(state, site):
    body = int(state.site_owner()[site])
    return body, state.bodies.codes[body]


@pytest.mark.decision("capacity")
@pytest.mark.parametrize("policy", ["status_quo", "block_payment"])
@pytest.mark.parametrize(("size", "option"), [(0.7, "expand"), (2.0, "shrink")])
def test_capacity_brings_and_costs_what_was_shown(place, after_burn_in, policy, size, option):
    state = after_burn_in.copy()
    site = first_site(place, state)
    body, code = owner_of(state, site)
    state.lines.capacity[site, MSK] *= size
    # For a year waits and referrals get used to a line of another size.
    state = HealthEconomy(place, find_policy(policy), 1, "inert", state=state).run(12).state
    about, month = place.place.line_name(site, MSK), MONTH + 12
    forced = {(code, f"capacity {about}", month): option}
    futures = force_options(place, state, find_policy(policy), forced, LAG + 12)
    booked = futures.booked(body, range(month + LAG, month + LAG + 12))
    assert booked == pytest.approx(futures.shown(), rel=0.05)


def test_capacity_up_and_down_again_costs_nothing(place, after_burn_in, live_policy):
    economy = live_policy("status_quo", 1, "inert")
    lines, site = economy.state.lines, first_site(place, economy.state)
    kept, capacity = lines.semi_kept[site, MSK], lines.capacity[site, MSK]
    change_capacity(economy, site, MSK, 1.1)
    assert lines.semi_kept[site, MSK] > kept
    change_capacity(economy, site, MSK, 1.0 / 1.1)
    assert lines.semi_kept[site, MSK] == pytest.approx(kept)
    assert lines.capacity[site, MSK] == pytest.approx(capacity)


@pytest.mark.decision("line")
@pytest.mark.parametrize("policy", ["status_quo", "block_payment"])
def test_a_closed_line_loses_and_saves_what_was_shown(place, after_burn_in, policy):
    state = after_burn_in.copy()
    site = first_site(place, state)
    body, code = owner_of(state, site)
    state.lines.years_of_loss[site, MSK] = 10  # so that it gets attention
    state.year.line_avoidable[site, MSK] = 2.0 * state.year.line_income[site, MSK]
    about = place.place.line_name(site, MSK)
    forced = {(code, f"line {about}", MONTH): "close"}
    futures = force_options(place, state, find_policy(policy), forced, 24)
    # Those who are on the list are treated first; in the second April more of the cost leaves.
    booked = futures.booked(body, range(MONTH + 16, MONTH + 24)) * 12 / 8
    later = futures.decisions[0].figures["shed_later"]
    assert booked == pytest.approx(futures.shown() - later, rel=0.05)


@pytest.mark.slow
def test_lines_that_start_again_bring_what_was_shown(place, after_burn_in):
    """Small and large ones, and one whose rivals' lists had grown to a year's work."""
    income = after_burn_in.lines.base_income[:, MSK]
    sites = np.argsort(np.where(income > 0.0, income, np.inf))[1:4]
    found = np.array(
        [[start_again(place, after_burn_in, int(s), seed) for seed in (1, 2)] for s in sites]
    )
    shown, booked, turnover = found.mean(axis=1).T
    assert shown.sum() == pytest.approx(booked.sum(), rel=0.05)
    assert (np.abs(shown - booked) < 0.05 * turnover).all()


def start_again(place, after_burn_in, site, seed):
    """What a line that starts again brings in a year, as shown and as booked, and its income."""
    state = after_burn_in.copy()
    body, code = owner_of(state, site)
    state.lines.open[site, MSK], state.lines.backlog[site, MSK] = False, 0.0
    state.lines.semi_kept[site, MSK] = state.lines.fixed_kept[site, MSK] = 0.0
    state = HealthEconomy(place, STATUS_QUO, seed, "inert", state=state).run(12).state
    about, month = place.place.line_name(site, MSK), MONTH + 12
    forced = {(code, f"line {about}", month): "open"}
    futures = force_options(place, state, STATUS_QUO, forced, 48, seed=seed)
    entry = futures.booked(body, range(month, month + 48), ["capital"])
    assert entry < 0.0
    # Its list takes a year to become as long as others'.
    booked = futures.booked(body, range(month + 24, month + 48)) / 2
    shown = futures.shown() - entry / place.parameters["trusts.felt_years"]
    return shown, booked, futures.decisions[0].figures["income"]


def test_patients_who_stay_with_the_owner_are_no_loss(place, after_burn_in, live_policy):
    """Of a line whose owner has all other hospitals nearly all patients are kept."""
    economy = live_policy("status_quo", 1, "inert")
    site = first_site(place, economy.state)
    alone = line_view(economy, site, MSK)
    bodies = economy.state.bodies.of_kind("acute", "independent")
    for body in bodies[1:]:
        economy.state.bodies.merge(body, bodies[0])
    together = line_view(economy, site, MSK)
    assert together.kept_share > alone.kept_share and together.kept_margin > alone.kept_margin
    trusts = place.place.trusts.set_index("trust")["modelled_share"]
    inside = trusts[place.place.sites["trust"].iloc[site]]  # those from outside go elsewhere
    assert together.kept_share == pytest.approx(inside, rel=0.1)


@pytest.mark.decision("savings")
@pytest.mark.parametrize("option", ["save_1_percent", "save_2_percent"])
def test_savings_take_the_share_of_cost_that_was_shown(place, after_burn_in, option):
    state = after_burn_in.copy()
    body, code = owner_of(state, first_site(place, state))
    futures = force_options(place, state, STATUS_QUO, {(code, "savings", MONTH): option}, 18)
    saved = futures.booked(body, range(MONTH + LAG, MONTH + LAG + 12))
    shown = {"save_1_percent": 0.01, "save_2_percent": 0.02}[option]
    assert saved == pytest.approx(shown * futures.decisions[0].figures["cost"], rel=0.05)
