"""What hospitals are shown of their options is what they are then paid, or pay."""

import numpy as np
import pytest
from forced_options import Unasked, force_options, hold_close, without_motives

from model.care.outside import outside_referrals
from model.care.queues import wait_months
from model.hospitals.capacity import change_capacity
from model.hospitals.service_lines import close_line, line_observation
from model.month.economy import HealthEconomy, burn_in
from model.policies.policy_finding import find_policy
from model.population.pathways import PATHWAYS
from model.state.state import BURN_IN_MONTHS

STATUS_QUO = find_policy("status_quo")
MONTH, LAG = BURN_IN_MONTHS, 6
MSK, OTHER_PLANNED = PATHWAYS.index("msk"), PATHWAYS.index("other_planned")


@pytest.fixture(scope="module")
def place(shire):
    """The place with nobody in it who has other motives than money."""
    return without_motives(shire)


def first_site(setup, state) -> int:
    """The site of the largest planned line for musculoskeletal care."""
    return int(state.hospitals.lines.base_income[:, MSK].argmax())


def owner_of(state, site):
    body = int(state.provision.site_owner(state.bodies)[site])
    return body, state.bodies.codes[body]


HOSPITALS = ["anytown_general", "anytown_royal", "eastbury_infirmary", "westford_hospital"]
LINES = ["msk", "other_planned"]


def site_called(place, code):
    return place.place.sites["site"].tolist().index(code)


def capacity_changed(place, start, line, policy, size, option, seed=1):
    """What another size of a line (site, pathway) brings in a year, as shown and as booked."""
    state, (site, p) = start.copy(), line
    body, code = owner_of(state, site)
    state.hospitals.lines.capacity[site, p] *= size
    # For a year waits and referrals get used to a line of another size.
    state = Unasked(place, find_policy(policy), seed, "inert", state=state).run(12).state
    about, month = place.place.line_name(site, p), MONTH + 12
    forced = {(code, f"capacity {about}", month): option}
    futures = force_options(place, state, find_policy(policy), forced, LAG + 12, seed=seed)
    return futures.shown(), futures.booked(body, range(month + LAG, month + LAG + 12))


CHANGES = [
    ("status_quo", 0.7, "expand", "msk"),
    ("status_quo", 0.7, "expand", "other_planned"),
    ("status_quo", 2.0, "shrink", "msk"),
    ("block_payment", 0.7, "expand", "msk"),
    ("tariff_cut", 0.7, "expand", "msk"),
]
RARELY = [
    ("status_quo", 2.0, "shrink", "other_planned"),
    ("block_payment", 0.7, "expand", "other_planned"),
]
#: One hospital for every change, and two for the first; the rest behind `slow`.
CHANGED = [
    pytest.param(
        *change, code, marks=() if k in ((0, 3), (1,), (2,), (0,), (3,))[n] else pytest.mark.slow
    )
    for n, change in enumerate(CHANGES)
    for k, code in enumerate(HOSPITALS)
] + [pytest.param(*change, code, marks=pytest.mark.slow) for change in RARELY for code in HOSPITALS]


@pytest.mark.decision("capacity")
@pytest.mark.parametrize(("policy", "size", "option", "pathway", "code"), CHANGED)
def test_capacity_brings_and_costs_what_was_shown(
    place, after_burn_in, policy, size, option, code, pathway
):
    line = site_called(place, code), PATHWAYS.index(pathway)
    shown, booked = capacity_changed(place, after_burn_in, line, policy, size, option)
    hold_close([shown], [booked])


@pytest.mark.slow
@pytest.mark.parametrize("pathway", LINES)
@pytest.mark.parametrize("code", HOSPITALS)
def test_capacity_brings_what_was_shown_whatever_the_luck(place, starts, code, pathway):
    line = site_called(place, code), PATHWAYS.index(pathway)
    found = [
        capacity_changed(place, start, line, "status_quo", 0.7, "expand", seed)
        for seed, start in starts.items()
    ]
    hold_close(*zip(*found, strict=True))


@pytest.fixture(scope="module")
def starts(shire):
    """Where every arm begins, by seed."""
    return {seed: burn_in(shire, seed) for seed in (1, 2, 3, 4)}


def test_capacity_up_and_down_again_costs_nothing(place, after_burn_in, live_policy):
    economy = live_policy("status_quo", 1, "inert")
    lines, site = economy.state.hospitals.lines, first_site(place, economy.state)
    kept, capacity = lines.semi_kept[site, MSK], lines.capacity[site, MSK]
    change_capacity(
        economy.setup.parameters, economy.state.hospitals, economy.prices, site, MSK, 1.1
    )
    assert lines.semi_kept[site, MSK] > kept
    change_capacity(
        economy.setup.parameters, economy.state.hospitals, economy.prices, site, MSK, 1.0 / 1.1
    )
    assert lines.semi_kept[site, MSK] == pytest.approx(kept)
    assert lines.capacity[site, MSK] == pytest.approx(capacity)


YEARS = 5  # that a board looks ahead (trusts.felt_years)


def line_futures(place, start, line, policy, seed=1):
    """Futures without and with the closing of a line (site, pathway)."""
    state = start.copy()
    code = owner_of(state, line[0])[1]
    state.docket.scheduled_effects = [
        planned for planned in state.docket.scheduled_effects if planned[1] != "close_line"
    ]
    state.hospitals.lines.years_of_loss[line] = 10  # so that it gets attention
    state.yearbooks.year.line_avoidable[line] = 2.0 * state.yearbooks.year.line_income[line]
    forced = {(code, f"line {place.place.line_name(*line)}", MONTH): "close"}
    return force_options(place, state, find_policy(policy), forced, 12 * (1 + YEARS), seed=seed)


def line_closed(place, start, line, policy, seed=1):
    """What closing a line brings in a mean year, as shown and as booked."""
    futures, body = line_futures(place, start, line, policy, seed), owner_of(start, line[0])[0]
    booked = futures.booked(body, range(MONTH + 12, MONTH + 12 * (1 + YEARS)))
    return futures.shown(), booked / YEARS


@pytest.mark.decision("line")
@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ("status_quo", "anytown_general"),
        pytest.param("status_quo", "westford_hospital", marks=pytest.mark.slow),
        ("block_payment", "eastbury_infirmary"),
        # Every April prices fall by six per cent, and costs by less.
        ("tariff_cut", "westford_hospital"),
        pytest.param("tariff_cut", "anytown_general", marks=pytest.mark.slow),
        pytest.param("tariff_cut+block_payment", "eastbury_infirmary", marks=pytest.mark.slow),
        # Nobody chooses: whole lists of a practice go elsewhere, and may turn every April.
        ("choice_none", "eastbury_infirmary"),
        pytest.param("choice_none", "westford_hospital", marks=pytest.mark.slow),
    ],
)
def test_a_closed_line_loses_and_saves_what_was_shown(place, after_burn_in, policy, code):
    """Over the years that count: those who wait are treated, and cost leaves year by year.

    Of a kind of care that all need: that of others hangs on few of the patients simulated.
    """
    line = site_called(place, code), OTHER_PLANNED
    shown, booked = line_closed(place, after_burn_in, line, policy)
    hold_close([shown], [booked])


def test_who_closes_a_line_pays_for_it_once_what_was_shown(place, after_burn_in):
    """More where its other hospital must make room than where its patients go to others."""
    shares = {}
    for code in ("anytown_general", "westford_hospital"):
        line = site_called(place, code), OTHER_PLANNED
        futures = line_futures(place, after_burn_in, line, "status_quo")
        body, effect = owner_of(after_burn_in, line[0])[0], MONTH + 12
        paid = -futures.booked(body, range(effect, effect + 1), ["closing_cost"])
        figures = futures.decisions[0].figures
        assert paid == pytest.approx(YEARS * figures["closing_cost"], rel=0.05)
        assert not futures.booked(body, range(effect + 1, effect + 12 * YEARS), ["closing_cost"])
        shares[code] = paid / figures["income"]
    value = place.parameters
    assert shares["westford_hospital"] == pytest.approx(
        value["trusts.line_closing_cost_share"], rel=0.05
    )
    assert shares["anytown_general"] > shares["westford_hospital"] + 0.1


@pytest.mark.slow
@pytest.mark.parametrize("pathway", LINES)
def test_closed_lines_lose_and_save_what_was_shown_whatever_the_luck(place, starts, pathway):
    lines = [(site_called(place, code), PATHWAYS.index(pathway)) for code in HOSPITALS]
    found = [
        line_closed(place, start, line, "status_quo", seed)
        for seed, start in starts.items()
        for line in lines
        if start.hospitals.lines.open[line]  # some have shut before
    ]
    hold_close(*zip(*found, strict=True))


@pytest.mark.slow
def test_lines_that_start_again_bring_what_was_shown(place, after_burn_in):
    """Small and large ones, and one whose rivals' lists had grown to a year's work."""
    income = after_burn_in.hospitals.lines.base_income[:, MSK]
    sites = np.argsort(np.where(income > 0.0, income, np.inf))[1:4]
    found = [start_again(place, after_burn_in, int(s), seed) for seed in (1, 2) for s in sites]
    hold_close(*zip(*found, strict=True))


def start_again(place, after_burn_in, site, seed):
    """What a line that starts again brings in a mean year, as shown and as booked."""
    state = after_burn_in.copy()
    state.hospitals.lines.open[site, MSK], state.hospitals.lines.backlog[site, MSK] = False, 0.0
    state.hospitals.lines.semi_kept[site, MSK] = state.hospitals.lines.fixed_kept[site, MSK] = 0.0
    state = HealthEconomy(place, STATUS_QUO, seed, "inert", state=state).run(12).state
    _, shown, booked = opened_again(place, state, site, seed)
    return shown, booked


def opened_again(place, state, site, seed=1):
    """A shut line (site, `MSK`) that is opened: income, what it brings as shown and as booked."""
    body, code = owner_of(state, site)
    about, month = place.place.line_name(site, MSK), MONTH + 12
    forced = {(code, f"line {about}", month): "open"}
    months = 12 * (1 + YEARS)
    futures = force_options(place, state, STATUS_QUO, forced, months, seed=seed)
    booked = futures.booked(body, range(month, month + months)) / YEARS
    assert futures.booked(body, range(month, month + months), ["capital"]) < 0.0
    return futures.decisions[0].figures["income"], futures.shown(), booked


def test_a_line_that_starts_again_beside_its_owners_brings_what_was_shown(place, after_burn_in):
    """Patients, room and staff come from the owner's other hospitals."""
    state = after_burn_in.copy()
    bodies, site = state.bodies.of_kind("acute"), first_site(place, state)
    for body in bodies[1:]:
        state.bodies.merge(body, bodies[0])
    first = HealthEconomy(place, STATUS_QUO, 1, "inert", state=state)
    close_line(first.minds, first.setup, first.state, first.prices, first.world, site, MSK)
    income, shown, booked = opened_again(place, first.run(12).state, site)
    assert shown == pytest.approx(booked, abs=0.015 * income)  # much less than either side of it


def test_patients_who_stay_with_the_owner_are_no_loss(place, after_burn_in, live_policy):
    """Of a line whose owner has all other hospitals nearly all patients are kept."""
    economy = live_policy("status_quo", 1, "inert")
    site = first_site(place, economy.state)
    economy.state.hospitals.lines.capacity[:, MSK] *= 3.0  # room for all who come
    alone = line_observation(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world, site, MSK
    )
    bodies = economy.state.bodies.of_kind("acute", "independent")
    for body in bodies[1:]:
        economy.state.bodies.merge(body, bodies[0])
    together = line_observation(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world, site, MSK
    )
    assert together.kept_share > alone.kept_share and together.kept_margin > alone.kept_margin
    assert together.kept_share == pytest.approx(who_stays(economy, site), rel=0.1)


def who_stays(economy, site):
    """Share of a line's patients who have another hospital in the place to go to."""
    asked = economy.flows.asked_for(economy.setup.geography.candidate)[site, MSK]
    before = from_outside(economy).sum()
    close_line(
        economy.minds, economy.setup, economy.state, economy.prices, economy.world, site, MSK
    )
    return 1.0 - (before - from_outside(economy).sum()) / asked


def from_outside(economy):
    """Patients from outside a month, where they go [sites]."""
    setup, state = economy.setup, economy.state
    waits = wait_months(setup.parameters, state.hospitals)
    return outside_referrals(setup, state.provision, state.hospitals, waits)[:, MSK]


@pytest.mark.decision("savings")
@pytest.mark.parametrize("option", ["save_1_percent", "save_2_percent"])
def test_savings_take_the_share_of_cost_that_was_shown(place, after_burn_in, option):
    state = after_burn_in.copy()
    body, code = owner_of(state, first_site(place, state))
    futures = force_options(place, state, STATUS_QUO, {(code, "savings", MONTH): option}, 18)
    saved = futures.booked(body, range(MONTH + LAG, MONTH + LAG + 12))
    shown = {"save_1_percent": 0.01, "save_2_percent": 0.02}[option]
    assert saved == pytest.approx(shown * futures.decisions[0].figures["cost"], rel=0.05)
