"""Hospitals that close: who may close one, where patients and money go, who stands in for it."""

from dataclasses import replace

import numpy as np
import pytest
from forced_options import force_options, hold_close, without_motives

from agents.decisions.closures_choice import CLOSING, consider_again, consider_closing
from model.hospitals.closures import can_be_replaced, close_site, further_minutes
from model.mergers.site_closings import (
    boards_look_again,
    closing_observation,
    may_close,
    site_code,
    trusts_consider_closings,
)
from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.state.ledger import CODES
from model.state.state import BURN_IN_MONTHS
from tests.model.headings import live_and_check

STATUS_QUO = find_policy("status_quo")
OWNER, ABSORBED, SITE = "anytown_hospitals", "eastbury_hospitals", "eastbury_infirmary"
MONTH, LAG = BURN_IN_MONTHS + CLOSING.month_of_year, 24


@pytest.fixture(scope="module")
def place(shire):
    return without_motives(shire)


@pytest.fixture(scope="module")
def joined(place, after_burn_in):
    """The owner of three hospitals, with years of deficit."""
    return owner_of_three(place, after_burn_in, 1)


def owner_of_three(place, after_burn_in, seed):
    state = after_burn_in.copy()
    bodies = state.bodies
    bodies.merge(bodies.number[ABSORBED], bodies.number[OWNER])
    state = HealthEconomy(place, STATUS_QUO, seed, "inert", state=state).run(1).state
    row = list(place.place.trusts["trust"]).index(OWNER)
    state.hospitals.deficit_years[row], state.hospitals.deficits[row] = 4, 4 * 1e9
    return state


def site_row(setup, code=SITE):
    return list(setup.place.sites["site"]).index(code)


def closing(month=MONTH):
    return {
        (OWNER, f"site_closing {SITE}", month): "close",
        ("regulator", f"site_review {OWNER} {SITE}", month): "permit",
    }


def shown_and_booked(place, start, policy, seed):
    """The gain of a closing that its owner was shown, and what came of it in five years."""
    futures = force_options(place, start, find_policy(policy), closing(), 2 + LAG + 60, seed=seed)
    body, effect = start.bodies.number[OWNER], MONTH + LAG
    (decision,) = [d for d in futures.decisions if d.rule == "site_closing"]
    figures, years = decision.figures, place.parameters["trusts.felt_years"]
    once = futures.booked(body, range(effect, effect + 1), ["closing_cost"])
    assert once == pytest.approx(-years * figures["closing_cost"], rel=0.05)
    assert years == 5
    again = [d for d in futures.second.decisions() if d.rule == "site_closing_again"]
    assert [(d.month, d.chosen) for d in again] == [(MONTH + n, "go_on") for n in (12, LAG)]
    shown = [futures_gain(d.figures) for d in (decision, *again)]
    return shown, futures.booked(body, range(effect, effect + 60)) / years


@pytest.mark.decision("site_closing", "site_closing_again")
@pytest.mark.parametrize("policy", ["block_payment", "block_payment+tariff_cut"])
def test_a_closed_hospital_loses_and_saves_what_was_shown(place, joined, policy):
    """Also what was shown when its board looked again, and where prices fall every April."""
    shown, booked = shown_and_booked(place, joined, policy, 1)
    for pounds in shown:
        hold_close([pounds], [booked])


@pytest.mark.slow
def test_a_closed_hospital_loses_and_saves_what_was_shown_over_seeds(place):
    """By tariff a gain of 10m is the rest of 160m; one seed's luck is much of it."""
    starts = {seed: owner_of_three(place, burn_in(place, seed), seed) for seed in (1, 2, 3, 4)}
    found = [shown_and_booked(place, start, "status_quo", n) for n, start in starts.items()]
    hold_close([shown[0] for shown, _ in found], [booked for _, booked in found])


def futures_gain(figures):
    saved = figures["avoidable_cost"] + figures["shed_later"] - figures["income"]
    return saved + figures["kept_margin"] - figures["closing_cost"]


@pytest.fixture(scope="module")
def closed(place, joined):
    """Futures without and with a hospital that closes, a year and a half after it has."""
    return force_options(place, joined, STATUS_QUO, closing(), 2 + LAG + 18)


def test_patients_of_a_closed_hospital_go_elsewhere(place, closed):
    first, second = closed.first, closed.second
    site = site_row(place)
    assert (
        not second.state.hospitals.emergency_open[site]
        and second.state.hospitals.closed_sites[site]
    )
    assert not second.flows.seen_emergency[site].any() and first.flows.seen_emergency[site].any()
    assert not second.flows.needed[place.geography.candidate == site].any()
    for flow in ("emergencies", "planned"):  # nobody is lost; luck of the month aside
        assert getattr(second.flows, flow).sum() == pytest.approx(
            getattr(first.flows, flow).sum(), rel=0.02
        )
    needed = [e.flows.needed.sum() for e in (first, second)]
    admitted = [e.flows.admitted.lists.sum() for e in (first, second)]
    assert needed[1] == pytest.approx(needed[0], rel=0.02)
    assert admitted[1] == pytest.approx(admitted[0], rel=0.02)
    assert first.state.residents.people.size == second.state.residents.people.size
    assert second.state.money.ledger.balance.sum() == 0


def test_emergencies_go_to_the_nearest_department_that_is_open(place, closed):
    state, geography = closed.second.state, place.geography
    distance = np.where(state.hospitals.emergency_open > 0, geography.distance_km, np.inf)
    nearest = distance.argmin(axis=1)
    catchment = state.social_care.catchment.site
    np.testing.assert_array_equal(catchment, nearest)
    assert not closed.second.world.sites["emergency"][site_row(place)]


def test_payers_pay_for_emergencies_as_before_wherever_they_go(place, closed):
    """Baselines go with the patients: nobody is paid at the marginal rate for having moved."""
    commissioners = closed.first.state.bodies.of_kind("commissioner")
    year = range(MONTH + LAG, MONTH + LAG + 12)
    moved = closed.booked(commissioners, year, ["tariff_emergency"])
    entries = closed.first.state.money.ledger.entries()
    spent = entries[entries["payer"].isin(commissioners) & entries["month"].isin(list(year))]
    urgent = spent[spent["heading"] == CODES["tariff_emergency"]]["pence"].sum() / 100.0
    # Places are not equally dear; at the marginal rate it would be a seventh.
    assert abs(moved) < 0.02 * urgent
    before, after = (e.state.social_care.first_burden.sum() for e in (closed.first, closed.second))
    assert after == pytest.approx(before)


def test_what_was_agreed_for_a_department_is_conserved(place, joined):
    economy = HealthEconomy(place, STATUS_QUO, 1, "inert", state=joined.copy())
    economy.rearrange()
    lines, part = economy.state.hospitals.lines, economy.state.money.attribution.baseline
    candidate = place.geography.candidate

    def agreed():
        """Of each list, pence a month [practices]."""
        return (part * lines.base_emergency.sum(axis=1)[candidate] * (candidate >= 0)).sum(axis=1)

    before = agreed()
    close_site(
        economy.minds, economy.setup, economy.state, economy.prices, economy.world, site_row(place)
    )
    np.testing.assert_allclose(agreed(), before, rtol=1e-9)
    assert (part[candidate == site_row(place)] == 0.0).all()


@pytest.mark.parametrize("policy", ["status_quo", "block_payment"])
def test_every_bill_is_that_of_the_payers_own_patients_where_a_hospital_closes(
    shire, joined, policy
):
    economy = HealthEconomy(shire, find_policy(policy), 1, "inert", state=joined.copy())
    economy.state.docket.scheduled_effects.append(
        (economy.state.month + 3, "close_site", (site_row(shire),))
    )
    live_and_check(economy, 16)
    assert economy.state.hospitals.closed_sites[site_row(shire)]


def test_solvent_trusts_and_those_with_one_hospital_are_not_asked(place, joined):
    for code, years in ((OWNER, 0), ("westford_hospitals", 9)):
        economy = HealthEconomy(place, STATUS_QUO, 1, "random", state=joined.copy())
        economy.state.hospitals.deficit_years[:], economy.state.month = 0, MONTH
        row = list(place.place.trusts["trust"]).index(code)
        economy.state.hospitals.deficit_years[row] = years
        trusts_consider_closings(
            economy.minds, economy.setup, economy.state, economy.in_force, economy.world
        )
        assert not [d for d in economy.decisions() if d.rule == "site_closing"]


def test_where_nobody_can_stand_in_a_hospital_stays(place, joined):
    economy = HealthEconomy(place, STATUS_QUO, 1, "inert", state=joined.copy())
    state, site = economy.state, site_row(place)
    assert (
        can_be_replaced(economy.setup, economy.state, site)
        and further_minutes(
            economy.setup.place, economy.setup.geography, economy.state.hospitals, site
        )
        > 0.0
    )
    state.hospitals.emergency_open[:] = 0
    state.hospitals.emergency_open[site] = 1
    assert not can_be_replaced(economy.setup, economy.state, site)
    close_site(economy.minds, economy.setup, economy.state, economy.prices, economy.world, site)
    assert state.hospitals.emergency_open[site] and not state.hospitals.closed_sites[site]
    assert not [e for e in state.money.ledger.posted if e[3] == CODES["closing_cost"]]


def test_country_hospitals_far_from_each_other_cannot_stand_in(country):
    economy = HealthEconomy(country, STATUS_QUO, 1)
    sites = np.flatnonzero(economy.state.hospitals.emergency_open)
    assert len(sites) == 2 and not any(
        can_be_replaced(economy.setup, economy.state, int(s)) for s in sites
    )


@pytest.fixture(scope="module")
def country():
    return prepare(find_place("lakeland", None), load_parameters(), 300)


@pytest.mark.decision("site_review")
def test_the_regulator_sees_what_the_owner_gains_and_who_travels_further(place, closed):
    (ruling,) = [d for d in closed.decisions if d.rule == "site_review"]
    (decision,) = [d for d in closed.decisions if d.rule == "site_closing"]
    assert ruling.figures["gain"] == pytest.approx(futures_gain(decision.figures))
    people = place.place.areas["population"].to_numpy()
    km = [
        np.where(e.state.hospitals.emergency_open > 0, place.geography.distance_km, np.inf).min(
            axis=1
        )
        for e in (closed.first, closed.second)
    ]
    further = (people * (km[1] - km[0]) * place.geography.minutes_per_km).sum()
    assert ruling.figures["people_minutes"] == pytest.approx(further)
    value = place.parameters["trusts.journey_pounds"]
    worth = ruling.figures["gain"] - value * further
    assert ruling.pounds[1] == pytest.approx(worth, abs=1.0)


def test_boards_close_by_their_money_and_a_better_result_keeps_a_hospital(place, joined):
    economy = HealthEconomy(place, STATUS_QUO, 1, state=joined.copy())
    economy.rearrange()
    board = next(t for t in economy.minds.trusts if t.code == OWNER)
    observation = closing_observation(
        economy.minds,
        economy.setup,
        economy.state,
        economy.in_force,
        economy.world,
        site_row(place),
        1e7,
    )

    def chance(saved):
        seen = replace(observation, avoidable_cost=observation.income + saved, kept_margin=0.0)
        return consider_closing(board, seen, MONTH, SITE).probabilities[1]

    chances = [chance(saved) for saved in np.linspace(-1e8, 1e8, 41)]
    assert chances == sorted(chances) and chances[0] < 1e-6 and chances[-1] > 0.999
    assert site_code(economy.setup.place, site_row(place)) == SITE
    eased = replace(
        observation, avoidable_cost=2.0 * observation.income, deficit=1e6
    )  # a small deficit
    assert consider_closing(board, eased, MONTH, SITE).probabilities[1] < 0.01
    for seen, stays in (
        (observation, True),
        (replace(observation, avoidable_cost=2.0 * observation.income), False),
    ):
        again = consider_again(board, seen, MONTH, SITE)
        first = consider_closing(board, seen, MONTH, SITE)
        assert again.probabilities[1] == pytest.approx(first.probabilities[0], abs=1e-3)
        assert (again.probabilities[1] > 0.99) == stays


def planned(place, joined, years, pounds):
    """A board that has announced a closing and has had so many years of deficit, a year later."""
    economy = HealthEconomy(place, STATUS_QUO, 1, state=joined.copy(), forced=closing())
    economy.state.month = MONTH
    economy.rearrange()
    trusts_consider_closings(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world
    )
    assert [(month, change) for month, change, _ in economy.state.docket.scheduled_effects] == [
        (MONTH + LAG, "close_site")
    ]
    row = list(place.place.trusts["trust"]).index(OWNER)
    state = economy.state
    state.hospitals.deficit_years[row], state.hospitals.deficits[row] = (
        years,
        100.0 * years * pounds,
    )
    state.month = MONTH + 12
    boards_look_again(economy.minds, economy.setup, economy.state, economy.in_force, economy.world)
    return economy


def test_a_board_without_a_deficit_keeps_the_hospital_that_it_was_to_close(place, joined):
    economy = planned(place, joined, 0, 0.0)
    last = economy.decisions()[-1]
    assert (last.rule, last.chosen) == ("site_closing_again", "withdraw")
    assert last.probabilities[1] > 0.99 and not economy.state.docket.scheduled_effects
    site = site_row(place)
    economy.state.docket.scheduled_effects.append(
        (MONTH + LAG, "close_site", (site,))
    )  # an administrator's
    economy.state.docket.decisions = [
        d for d in economy.state.docket.decisions if d.rule != "site_closing"
    ]
    boards_look_again(economy.minds, economy.setup, economy.state, economy.in_force, economy.world)
    assert economy.decisions()[-1] == last and economy.state.docket.scheduled_effects


def test_a_hospital_is_looked_at_only_when_no_line_is_to_close(place, joined):
    def asked(*scheduled_effects):
        economy = HealthEconomy(place, STATUS_QUO, 1, "inert", state=joined.copy())
        economy.state.month, economy.state.docket.scheduled_effects = MONTH, list(scheduled_effects)
        economy.rearrange()
        trusts_consider_closings(
            economy.minds, economy.setup, economy.state, economy.in_force, economy.world
        )
        return {d.about for d in economy.decisions() if d.rule == "site_closing"}

    line = (MONTH + 10, "close_line", (site_row(place, "anytown_general"), 0))
    others = (MONTH + 10, "close_line", (site_row(place, "westford_hospital"), 0))
    assert SITE in asked() and SITE in asked(others) and not asked(line)


@pytest.mark.parametrize("change", ["close_site", "administer"])
def test_a_hospital_waits_until_others_near_it_have_closed(place, joined, change):
    economy = HealthEconomy(place, STATUS_QUO, 1, "inert", state=joined.copy())
    economy.state.month = MONTH
    economy.rearrange()
    other = site_row(place, "westford_hospital")
    owner = economy.state.bodies.codes[
        economy.state.provision.site_owner(economy.state.bodies)[other]
    ]
    assert may_close(economy.setup, economy.state, site_row(place))
    economy.state.docket.scheduled_effects = [
        (MONTH + 10, change, (other if change == "close_site" else owner,))
    ]
    assert not may_close(economy.setup, economy.state, site_row(place))
    trusts_consider_closings(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world
    )
    assert SITE not in {d.about for d in economy.decisions() if d.rule == "site_closing"}
    economy.state.docket.scheduled_effects = [(MONTH + 10, "close_site", (site_row(place),))]
    assert may_close(economy.setup, economy.state, site_row(place))  # nobody waits for itself
