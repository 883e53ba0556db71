"""The status quo stays as it is, with the published crises whatever harm is assumed."""

import numpy as np
import pytest

from agents.patients.patient_tables import COUNTS
from model.month.economy import BURN_IN_MONTHS, HealthEconomy, burn_in
from model.month.preparing import prepare
from model.outcomes.scoreboard import scoreboard
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy

LOOKED_AT = {  # outcome: largest drift, relative, that is not chance
    "emergencies": 0.03,
    "first_outpatients": 0.03,
    "consultations": 0.02,
    "lost_handovers": 0.03,
    "usual_provider_index": 0.02,
    "hhi": 0.03,
    "wait_months": 0.10,
    "deaths": 0.08,
}


def decade(setup, seed):
    """Outcomes of the first and the last three of ten years, and prevalence at both ends."""
    state = burn_in(setup, seed)
    before = many_conditions(state.residents.people)
    economy = HealthEconomy(setup, find_policy("status_quo"), seed, state=state).run(120)
    after = many_conditions(economy.state.residents.people)
    return (
        scoreboard(
            economy.setup.place, economy.setup.list_sizes, economy.state, economy.record, 1, 3
        ),
        scoreboard(
            economy.setup.place, economy.setup.list_sizes, economy.state, economy.record, 8, 10
        ),
        before,
        after,
    )


def many_conditions(people):
    """Share of people with two or more conditions."""
    return (people["stratum"].astype(np.int64) % 25 // 5 >= 2).mean()


def drift(setup, seeds):
    """Mean change over seeds and its standard error, relative to the first years, by outcome."""
    runs = [decade(setup, seed) for seed in seeds]
    change = {
        name: np.array([late[name] / early[name] - 1 for early, late, *_ in runs])
        for name in LOOKED_AT
    }
    change["two_or_more_conditions"] = np.array([b / a - 1 for *_, a, b in runs])
    return {n: (c.mean(), c.std(ddof=1) / np.sqrt(len(runs))) for n, c in change.items()}


def assert_steady(setup, seeds, chance):
    limits = LOOKED_AT | {"two_or_more_conditions": 0.02}
    for name, (mean, error) in drift(setup, seeds).items():
        room = limits[name] + chance * error
        assert abs(mean) < room, f"{name}: {100 * mean:.2f}% (SE {100 * error:.2f}%)"


def test_the_status_quo_hardly_drifts_over_ten_years():
    setup = prepare(find_place("lakeland", None), load_parameters(), 3_000)
    assert_steady(setup, range(4), chance=2.5)


@pytest.mark.slow
def test_the_status_quo_does_not_drift_over_ten_years():
    setup = prepare(find_place("anyshire", None), load_parameters(), 20_000)
    assert_steady(setup, range(6), chance=1.0)


# Hospitals, in every kind of place

MOST_LINES_SHUT = 0.01  # a year: half to one per cent of hospitals closed a year around 2017
SPREAD_OF_MARGINS = 2.0  # points, over trusts: least published; who is in deficit saves


def hospitals_for_a_decade(setup, seed):
    """Waits and surplus of the first and last three of ten years; lines open at both ends."""
    start = burn_in(setup, seed)
    lines = start.hospitals.lines.open & (start.hospitals.lines.base_income > 0.0)
    economy = HealthEconomy(setup, find_policy("status_quo"), seed, state=start).run(120)
    early, late = (
        scoreboard(
            economy.setup.place, economy.setup.list_sizes, economy.state, economy.record, 1, 3
        ),
        scoreboard(
            economy.setup.place, economy.setup.list_sizes, economy.state, economy.record, 8, 10
        ),
    )
    change = late["wait_months"] / early["wait_months"] - 1.0
    surplus = late["trust_surplus"] - early["trust_surplus"]
    return change, surplus, lines.sum(), (lines & ~economy.state.hospitals.lines.open).sum()


@pytest.mark.slow
@pytest.mark.parametrize("code", ["anyshire", "lakeland", "metropolis"])
def test_waits_surpluses_and_lines_of_hospitals_do_not_drift(code):
    setup = prepare(find_place(code, None), load_parameters(), 300)
    found = np.array([hospitals_for_a_decade(setup, seed) for seed in range(1, 9)])
    error = found.std(axis=0, ddof=1) / len(found) ** 0.5
    mean = found.mean(axis=0)
    assert abs(mean[0]) < LOOKED_AT["wait_months"] + error[0], f"waits {mean[0]:.3f}"
    assert abs(mean[1]) < SPREAD_OF_MARGINS + error[1], f"surplus {mean[1]:.2f} points"
    shut = mean[3] / mean[2] / 10
    assert shut < MOST_LINES_SHUT, f"lines shut {100 * shut:.2f}% a year"


# Anchoring


def crises_against_targets(place, harm, patients, seeds, months):
    """Emergencies lived over those published for the same people, by age and by conditions."""
    parameters = load_parameters().with_values({"handovers.crisis_hazard_lost_discharge": harm})
    setup = prepare(find_place(place, None), parameters, patients)
    lived, wanted = np.zeros(50), np.zeros(50)
    for seed in seeds:
        state = burn_in(setup, seed)
        economy = HealthEconomy(setup, find_policy("status_quo"), seed, state=state)
        for _ in range(months):
            stratum = economy.state.residents.people["stratum"].astype(np.int64)
            group = stratum % 25 * 2 + (stratum >= 100)
            rate = setup.activity.emergency_rate[stratum]
            wanted += np.bincount(group, rate, minlength=50)
            economy.run(1)
            lived += economy.record.by_group[-1][:, COUNTS.index("emergencies")]
    return lived, wanted


def assert_on_target(lived, wanted):
    groups = np.arange(50)
    cells = {"all": groups >= 0, "old": groups % 2 == 1, "young": groups % 2 == 0}
    cells |= {f"{count} conditions": groups // 10 == count for count in range(5)}
    for name, rows in cells.items():
        ratio, noise = lived[rows].sum() / wanted[rows].sum(), lived[rows].sum() ** -0.5
        assert abs(ratio - 1) < 0.015 + 3.5 * noise, f"{name}: {ratio:.3f} (noise {noise:.3f})"


@pytest.mark.parametrize("harm", [1.0, 1.6])
def test_crises_have_the_published_total_whatever_harm_is_assumed(harm):
    assert_on_target(*crises_against_targets("lakeland", harm, 16_000, (1,), 24))


def test_without_the_anchor_harm_would_raise_the_total(live_policy):
    """The anchor is measured, is above one where losses do harm, and rises with conditions."""
    economy = live_policy("status_quo", 1)
    anchor = economy.state.residents.strata["anchor"].reshape(7, 5, 5)
    weight = np.bincount(economy.state.residents.people["stratum"], minlength=175).reshape(7, 5, 5)
    by_count = (anchor * weight).sum(axis=(0, 2)) / weight.sum(axis=(0, 2))
    assert by_count[4] > by_count[0] and by_count[4] > 1.0
    assert economy.state.month > BURN_IN_MONTHS
