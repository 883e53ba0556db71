"""Quality of hospitals: what a step brings and costs, and what it does to patients."""

from dataclasses import replace

import numpy as np
import pytest

from model.care.attraction import WEEKS_PER_MONTH
from model.hospitals.quality import change_quality, cost_ratio, drawn_by_a_step, quality_observation
from model.hospitals.quality_ahead import as_now, sent_elsewhere, still_turned
from model.month.economy import HealthEconomy
from model.month.monthly_tables import set_monthly_tables
from model.outcomes.scoreboard import scoreboard
from model.policies.policy_finding import find_policy
from model.state.attribution import at_sites

STATUS_QUO = find_policy("status_quo")


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
    return quality_observation(
        economy.setup.place,
        economy.setup.parameters,
        economy.state,
        economy.rules,
        row,
        agent,
        drawn_by_a_step(economy.setup, economy.state, economy.in_force, economy.world),
    )


def with_values(setup, **values):
    known = {name.replace("__", "."): value for name, value in values.items()}
    return replace(setup, parameters=setup.parameters.with_values(known))


def test_patients_are_drawn_only_where_they_may_choose(shire, after_burn_in):
    code = largest(shire)
    free, few, none = (
        view_of(look(shire, after_burn_in, policy), code)
        for policy in ("status_quo", "choice_five", "choice_none")
    )
    assert free.more.drawn_income > 0.0 and free.more.drawn_income >= few.more.drawn_income
    # No practice is near to turning to this trust: few in the futures that its board imagines do.
    assert 0.0 <= none.more.drawn_income < 0.05 * few.more.drawn_income


def test_a_block_pays_nothing_for_patients_drawn_who_cost_the_same(shire, after_burn_in):
    code = largest(shire)
    tariff, block = (
        view_of(look(shire, after_burn_in, policy), code)
        for policy in ("status_quo", "block_payment")
    )
    assert block.more.drawn_income == 0.0
    assert block.more.drawn_cost == pytest.approx(tariff.more.drawn_cost)


def test_a_monopolist_draws_nobody(shire, after_burn_in):
    state = after_burn_in.copy()
    bodies = state.bodies.of_kind("acute", "independent")
    for body in bodies[1:]:
        state.bodies.merge(body, bodies[0])
    economy = look(shire, state)
    drawn = drawn_by_a_step(economy.setup, economy.state, economy.in_force, economy.world)
    np.testing.assert_allclose(drawn.income, 0.0, atol=1e-6)


@pytest.mark.parametrize("anew", [False, True])
def test_a_step_moves_whom_choice_moves_when_quality_is_moved(shire, after_burn_in, anew):
    """Against shares that are drawn up with a step more, before practices look anew and then."""
    economy = look(shire, after_burn_in)
    state, body = economy.state, economy.state.bodies.number[largest(shire)]
    state.month = 48
    set_monthly_tables(shire, state, economy.world)
    now, sites = as_now(economy.setup, economy.state, economy.prices), len(shire.place.sites)
    referred, candidate = now.referred[:, None], shire.geography.candidate
    before = at_sites(state.referrals.shares * referred, candidate, sites)
    state.month += not anew  # practices keep to where they refer
    moved = sent_elsewhere(economy.setup, economy.state, now, body, 1.0)[int(anew)]
    state.hospitals.quality[state.provision.trust_owner(state.bodies) == body] += 1.0
    set_monthly_tables(shire, state, economy.world)
    after = at_sites(state.referrals.shares * referred, candidate, sites)
    rounded = before.max() * np.finfo(np.float32).eps  # as finely as attraction is kept
    np.testing.assert_allclose(moved.T, after - before, atol=rounded)
    assert moved.T[state.provision.site_owner(state.bodies) == body].sum() > 1.0


def test_steps_up_and_down_leave_cost_where_it_was(shire, after_burn_in):
    economy = look(shire, after_burn_in)
    code, cost = largest(shire), economy.state.hospitals.lines.unit_cost.copy()
    change_quality(economy.setup.parameters, economy.state, code, 1.0)
    assert (economy.state.hospitals.lines.unit_cost > cost).any()
    change_quality(economy.setup.parameters, economy.state, code, -1.0)
    np.testing.assert_allclose(economy.state.hospitals.lines.unit_cost, cost)


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
    state.hospitals.quality[:] = quality / state.hospitals.quality_step
    economy = HealthEconomy(setup, STATUS_QUO, 1, "inert", state=state).run(months)
    total = economy.record.total
    names = ("emergencies", "readmissions", "deaths", "deaths_after_emergency", "operations_done")
    return {name: total(name) for name in names} | {
        "board": scoreboard(
            economy.setup.place, economy.setup.list_sizes, economy.state, economy.record, 1, 1
        )
    }


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
    moved = status_quo.state.hospitals.quality - status_quo.state.hospitals.quality_start.steps
    assert np.abs(moved).mean() < 2.0
    assert abs(moved.mean()) < 1.0


def test_lists_that_a_step_turned_turn_back_as_waits_grow(status_quo):
    """As many as the wait takes of what the step adds to the pull, and no more than all."""
    value = status_quo.setup.parameters
    added = value["choice.hospital_quality_per_sd"] * value["options.quality_step"]
    whole = added / abs(value["choice.hospital_wait_per_week"] * WEEKS_PER_MONTH)  # months
    turned, waits = np.zeros((13, 2, 2)), np.ones((13, 2, 2))
    turned[:, :, 1] = [30.0, -30.0]  # referrals a month come to the first site from the second
    for longer, left in ((0.0, 1.0), (0.25, 0.75), (1.0, 0.0), (3.0, 0.0)):
        waits[:, :, 1] = [1.0 + 0.5 * longer * whole, 1.0 - 0.5 * longer * whole]
        still = still_turned(status_quo.setup.parameters, turned, waits)
        np.testing.assert_allclose(still[:, 0, 1], left, atol=1e-12)
        assert (still[:, 0, 0] == 1.0).all()
