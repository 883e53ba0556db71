"""Quality of hospitals: what a step brings and costs, and what it does to patients."""

from dataclasses import replace

import numpy as np
import pytest
from forced_options import force_options, without_motives

from model.arrangement import arrange
from model.economy import HealthEconomy
from model.market_forces import of_lists
from model.outcomes.scoreboard import scoreboard
from model.policy import find_policy
from model.quality import change_quality, cost_ratio, drawn_by_a_step, quality_view
from model.state import BURN_IN_MONTHS, QUALITY_STEP

STATUS_QUO = find_policy("status_quo")
LAG = 6


def largest(setup) -> str:
    """Code of the hospital trust with most beds."""
    return str(setup.place.trusts.sort_values("beds")["trust"].iloc[-1])


def look(setup, state, policy="status_quo"):
    """An economy in the first month of a policy, with its rules of payment and choice in force."""
    economy = HealthEconomy(setup, find_policy(policy), 1, "inert", state=state.copy())
    economy.step()
    return economy


def view_of(economy, code):
    row = list(economy.setup.place.trusts["trust"]).index(code)
    agent = next(t for t in economy.minds.trusts if t.code == code)
    return quality_view(economy, row, agent, drawn_by_a_step(economy))


def with_values(setup, **values):
    known = {name.replace("__", "."): value for name, value in values.items()}
    return replace(setup, parameters=setup.parameters.with_values(known))


@pytest.mark.decision("quality")
@pytest.mark.parametrize(("policy", "option"), [
    ("status_quo", "raise"), ("status_quo", "lower"), ("block_payment", "raise"),
    ("choice_none", "raise"), ("quality_goals_tenth", "raise"),
])  # fmt: skip
def test_a_step_of_quality_brings_and_costs_what_was_shown(shire, after_burn_in, policy, option):
    place, state, code = without_motives(shire), after_burn_in.copy(), largest(shire)
    # Only the money of today: not what it was at the start.
    state.quality_start.net[:], state.quality_start.drawn[:] = 0.0, 0.0
    month = BURN_IN_MONTHS
    forced = {(code, "quality", month): option}
    futures = force_options(place, state, find_policy(policy), forced, 24)
    figures = futures.decisions[0].figures
    # Patients who are drawn join the list first; after a few months the list has moved on.
    year = range(month + LAG + 4, month + LAG + 16)
    booked = futures.booked(state.bodies.number[code], year)
    turnover = figures["drawn_income"] + figures["goal_income"] + figures["step_cost"]
    assert booked == pytest.approx(futures.shown(), abs=0.05 * turnover)


def test_patients_are_drawn_only_where_they_may_choose(shire, after_burn_in):
    code = largest(shire)
    free, few, none = (
        view_of(look(shire, after_burn_in, policy), code)
        for policy in ("status_quo", "choice_five", "choice_none")
    )
    assert free.drawn_income > 0.0 and free.drawn_income >= few.drawn_income
    assert none.drawn_income == 0.0 and none.drawn_cost == 0.0


def test_a_block_pays_nothing_for_patients_drawn_who_cost_the_same(shire, after_burn_in):
    code = largest(shire)
    tariff, block = (
        view_of(look(shire, after_burn_in, policy), code)
        for policy in ("status_quo", "block_payment")
    )
    assert block.drawn_income == 0.0
    assert block.drawn_cost == pytest.approx(tariff.drawn_cost)


def test_a_monopolist_draws_nobody(shire, after_burn_in):
    state = after_burn_in.copy()
    bodies = state.bodies.of_kind("acute", "independent")
    for body in bodies[1:]:
        state.bodies.merge(body, bodies[0])
    drawn = drawn_by_a_step(look(shire, state))
    np.testing.assert_allclose(drawn.income, 0.0, atol=1e-6)


def test_the_slope_is_that_of_choice_when_quality_is_moved(shire, after_burn_in):
    """Against shares that are drawn up anew with a step more."""
    economy = look(shire, after_burn_in)
    state, code = economy.state, largest(shire)
    body = state.bodies.number[code]
    mine = (state.site_owner() == body)[np.maximum(shire.geography.candidate, 0)]
    mine &= shire.geography.candidate >= 0
    paid = state.market_forces.paid[shire.geography.candidate] * mine
    national = state.last_year.planned_spend / of_lists(shire, state, state.market_forces.paid)[0]
    value = national[:, None, :] * paid[:, :, None]
    assert state.month % 12  # practices keep to where they refer
    arrange(shire, state, economy.world)
    drawn = drawn_by_a_step(economy).income[body]
    before = (state.shares * value).sum()
    state.quality[state.trust_owner() == body] += 1.0
    arrange(shire, state, economy.world)
    gained = ((state.shares * value).sum() - before) / 100.0
    assert drawn == pytest.approx(gained, rel=0.05)


def test_steps_up_and_down_leave_cost_where_it_was(shire, after_burn_in):
    economy = look(shire, after_burn_in)
    code, cost = largest(shire), economy.state.lines.unit_cost.copy()
    change_quality(economy, code, 1.0)
    assert (economy.state.lines.unit_cost > cost).any()
    change_quality(economy, code, -1.0)
    np.testing.assert_allclose(economy.state.lines.unit_cost, cost)


def test_each_step_is_dearer_and_none_below_the_least_saves(shire):
    steps = np.array([-30.0, -12.0, -2.0, 0.0, 2.0, 6.0])
    rise = cost_ratio(shire.parameters, steps, 1.0) - 1.0
    assert (np.diff(rise) >= 0.0).all()
    np.testing.assert_allclose(rise[:2], 0.0)
    share = shire.parameters["quality.step_cost_share"]
    assert rise[3] == pytest.approx(share * (1.0 + 0.5 * shire.parameters["trusts.waning"]))


def lived(setup, state, quality, months=12):
    """Counts of a year in which every trust has so many standard deviations of quality."""
    state = state.copy()
    state.quality[:] = quality / QUALITY_STEP
    economy = HealthEconomy(setup, STATUS_QUO, 1, "inert", state=state).run(months)
    total = economy.record.total
    names = ("emergencies", "readmissions", "deaths", "deaths_after_emergency", "operations_done")
    return {name: total(name) for name in names} | {"board": scoreboard(economy, 1, 1)}


def test_patients_of_better_hospitals_die_and_return_less_often(shire, after_burn_in):
    strong = with_values(shire, quality__deaths_per_sd=-0.08, quality__readmissions_per_sd=-0.12)
    worst, usual, best = (lived(strong, after_burn_in, q) for q in (-6.0, 0.0, 6.0))
    for what in ("deaths_after_emergency", "readmissions"):
        assert worst[what] > usual[what] > best[what] > 0
    assert worst["deaths"] > usual["deaths"] > best["deaths"]
    assert best["board"]["quality"] == pytest.approx(6.0)


def test_where_the_effect_is_nought_quality_reaches_nobody(shire, after_burn_in):
    without = with_values(shire, quality__deaths_per_sd=0.0, quality__readmissions_per_sd=0.0)
    worst, best = (lived(without, after_burn_in, q) for q in (-6.0, 6.0))
    worst.pop("board"), best.pop("board")
    # Patients go elsewhere if all hospitals change alike only as far as types differ: they do not.
    assert worst == best


def test_at_average_quality_half_of_all_deaths_follow_an_emergency(shire, after_burn_in):
    usual = lived(shire, after_burn_in, 0.0, 24)
    share = usual["deaths_after_emergency"] / usual["deaths"]
    assert share == pytest.approx(shire.parameters["quality.death_share_after_emergency"], abs=0.15)
    rate = usual["readmissions"] / usual["operations_done"]
    assert rate == pytest.approx(shire.parameters["quality.readmission_share"], abs=0.015)


def test_quality_does_not_drift_in_the_status_quo(status_quo):
    moved = status_quo.state.quality - status_quo.state.quality_start.steps
    assert np.abs(moved).mean() < 2.0
    assert abs(moved.mean()) < 1.0
