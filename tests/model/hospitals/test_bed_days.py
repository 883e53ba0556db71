"""Bed days: what shorter stays and day cases do to patients, money and room for others."""

import numpy as np
import pytest

from agents.decisions.stays_choice import DAY_CASE, STAY
from agents.patients.patient_tables import COUNTS
from model.hospitals.bed_days import (
    bed_observation,
    care_of_a_day,
    change_day_cases,
    change_stay,
    year_of_beds,
)
from model.month.economy import HealthEconomy
from model.month.monthly_tables import set_monthly_tables
from model.payments.money import day_cost
from model.policies.policy_finding import find_policy
from model.population.pathways import PATHWAYS

MSK = PATHWAYS.index("msk")


def counted(economy, what):
    return sum(month[:, COUNTS.index(what)].sum() for month in economy.record.by_group)


def a_year(live_policy, after_burn_in, stay=1.0, overnight=1.0):
    state = after_burn_in.copy()
    state.docket.scheduled_effects = [
        entry
        for entry in state.docket.scheduled_effects
        if entry[1] not in ("length_of_stay", "day_cases")
    ]
    state.hospitals.lines.stay[:], state.hospitals.lines.overnight[:] = stay, overnight
    return live_policy("status_quo", 12, mind="inert", state=state)


def test_shorter_stays_are_lived_and_save_the_variable_cost_of_a_day(live_policy, after_burn_in):
    usual = a_year(live_policy, after_burn_in)
    short = a_year(live_policy, after_burn_in, stay=0.5)
    assert counted(short, "emergencies") == counted(usual, "emergencies")
    assert counted(short, "emergency_bed_days") < 0.75 * counted(usual, "emergency_bed_days")
    cost = [e.state.yearbooks.year.emergency_cost.sum() for e in (usual, short)]
    days = (usual.state.yearbooks.year.admissions * usual.setup.activity.emergency_stay_days).sum()
    assert cost[0] - cost[1] == pytest.approx(
        0.5 * days * day_cost(usual.setup.parameters), rel=1e-6
    )
    assert short.state.money.ledger.balance.sum() == 0


def test_fewer_overnight_operations_are_day_cases(live_policy, after_burn_in):
    usual = a_year(live_policy, after_burn_in)
    day = a_year(live_policy, after_burn_in, overnight=0.5)
    assert counted(day, "electives") < 0.7 * counted(usual, "electives")
    whole = [counted(e, "electives") + counted(e, "day_cases") for e in (usual, day)]
    assert whole[0] == whole[1]
    assert day.state.yearbooks.year.line_cost.sum() < usual.state.yearbooks.year.line_cost.sum()


def test_free_beds_make_room_and_days_added_take_it(shire, after_burn_in):
    economy = HealthEconomy(shire, find_policy("status_quo"), 1, state=after_burn_in.copy())
    site = int(economy.state.hospitals.lines.capacity[:, MSK].argmax())
    before = economy.state.hospitals.lines.capacity[site].copy()
    economy.state.hospitals.lines.stay[:] = economy.state.hospitals.lines.overnight[:] = 1.0
    change_stay(
        economy.setup.parameters,
        economy.setup.activity,
        economy.state.hospitals,
        site,
        MSK,
        0.02,
        20.0,
    )
    assert economy.state.hospitals.lines.stay[site, MSK] == pytest.approx(0.98)
    room = economy.state.hospitals.lines.capacity[site, before > 0] / before[before > 0]
    assert (room > 1.0).all() and np.ptp(room) < 1e-9
    change_day_cases(
        economy.setup.parameters,
        economy.setup.activity,
        economy.state.hospitals,
        site,
        MSK,
        -0.02,
        0.0,
    )  # nobody is paid for who lies there instead
    assert economy.state.hospitals.lines.overnight[site, MSK] == pytest.approx(1.02)
    np.testing.assert_allclose(
        economy.state.hospitals.lines.capacity[site, before > 0], room * before[before > 0]
    )


def test_a_bed_day_is_worth_more_where_activity_is_paid(live_policy):
    both = [live_policy(p, 1) for p in ("status_quo", "block_payment")]
    tariff, block = (
        year_of_beds(economy.setup, economy.state, economy.in_force, economy.world)
        for economy in both
    )
    np.testing.assert_allclose(tariff.used_worth, tariff.usual_worth)
    assert (block.used_worth <= 0.0).all() and block.usual_worth.max() > 0.0


def test_who_waits_longer_uses_more_of_a_bed(live_policy, after_burn_in):
    """Where lists are so long that lines do all they can for years."""
    worth = []
    for backlog in (1.0, 12.0):
        state = after_burn_in.copy()
        state.hospitals.lines.backlog *= backlog
        economy = live_policy("status_quo", 0, state=state)
        set_monthly_tables(economy.setup, state, economy.world)
        worth.append(
            care_of_a_day(economy.setup, economy.state, economy.prices, economy.world).sum()
        )
    assert worth[1] > 1.5 * worth[0] > 0.0


def test_a_day_that_day_cases_save_is_not_saved_by_shorter_stays_too(live_policy):
    economy = live_policy("status_quo", 1)
    beds, lines = (
        year_of_beds(economy.setup, economy.state, economy.in_force, economy.world),
        economy.state.hospitals.lines,
    )
    site, p = np.unravel_index(int(beds.planned.argmax()), beds.planned.shape)
    lines.stay[site, p], lines.overnight[site, p] = 1.0, 0.5
    days = [
        bed_observation(
            economy.setup.parameters, economy.state.hospitals, rule, beds, int(site), int(p)
        ).bed_days
        for rule in (STAY, DAY_CASE)
    ]
    assert days[0] == pytest.approx(beds.emergency[site, p] + 0.5 * beds.planned[site, p])
    assert days[1] == pytest.approx(beds.planned[site, p])


def test_trusts_decide_line_by_line_and_can_be_forced(live_policy):
    free = live_policy("status_quo", 1)
    asked = [d for d in free.decisions() if d.rule == "length_of_stay" and d.month == 36]
    assert len({(d.agent, d.about) for d in asked}) == len(asked) > 5
    agent, about = asked[0].agent, asked[0].about
    forced = {(agent, f"length_of_stay {about}", 36): "fewer_bed_days"}
    again = live_policy("status_quo", 1, forced=forced)
    assert any(d.forced and d.about == about for d in again.decisions())
    change = [
        entry for entry in again.state.docket.scheduled_effects if entry[1] == "length_of_stay"
    ]
    p, site = about.split()
    where = list(again.setup.place.sites["site"]).index(site), PATHWAYS.index(p)
    assert (*where, 0.02) in [details[:3] for _, _, details in change]
