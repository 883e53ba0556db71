"""Outcomes are what their names say: counted again by hand from what the run kept."""

import numpy as np
import pytest

from agents.patients.patient_tables import COUNTS
from model.month.economy import BURN_IN_MONTHS
from model.outcomes.scoreboard import (
    OUTCOMES,
    scoreboard,
)
from model.state.ledger import HEADINGS

MONTHS = slice(12, 36)  # years 2 and 3


@pytest.fixture(scope="module")
def score(status_quo):
    return scoreboard(
        status_quo.setup.place,
        status_quo.setup.list_sizes,
        status_quo.state,
        status_quo.record,
        2,
        3,
    )


def total(economy, what, rows=slice(None)):
    column = COUNTS.index(what)
    return float(sum(month[rows, column].sum() for month in economy.record.by_group[MONTHS]))


def rate(economy, what, per, rows=slice(None)):
    return per * 12 * total(economy, what, rows) / total(economy, "person_months", rows)


def test_every_outcome_has_a_number_and_every_number_a_meaning(score):
    assert set(score) == set(OUTCOMES)
    assert all(np.isfinite(value) for value in score.values())
    families = {outcome.family for outcome in OUTCOMES.values()}
    assert families == {"monopoly", "fragmentation", "care", "money"}
    assert all(o.unit and o.meaning and o.decimals >= 0 for o in OUTCOMES.values())


@pytest.mark.parametrize(
    ("outcome", "what", "per"),
    [
        ("consultations", "consultations", 1),
        ("first_outpatients", "first_outpatients", 1000),
        ("emergencies", "emergencies", 1000),
        ("preventable_emergencies", "preventable_emergencies", 1000),
        ("deaths", "deaths", 1000),
        ("duplicate_tests", "duplicate_tests", 1000),
        ("handovers_between", "handovers_between_bodies", 100),
    ],
)
def test_rates_are_events_over_person_years_of_those_years(status_quo, score, outcome, what, per):
    assert score[outcome] == pytest.approx(rate(status_quo, what, per))


def test_lost_handovers_are_those_of_every_boundary(status_quo, score):
    kinds = ("lost_within_team", "lost_within_body", "lost_between_bodies")
    assert score["lost_handovers"] == pytest.approx(
        sum(rate(status_quo, kind, 100) for kind in kinds)
    )
    many = np.arange(50) // 10 >= 2
    assert score["lost_handovers_many"] == pytest.approx(
        sum(rate(status_quo, kind, 100, many) for kind in kinds)
    )
    assert score["lost_handovers_many"] > score["lost_handovers"]


def test_the_old_are_those_of_65_and_over(status_quo, score):
    old = np.arange(50) % 2 == 1
    assert score["emergencies_65"] == pytest.approx(rate(status_quo, "emergencies", 1000, old))
    assert score["emergencies_65"] > 1.5 * score["emergencies"]


def test_the_status_quo_is_near_the_published_figures(score):
    for outcome, published in (("consultations", 5.5), ("first_outpatients", 425),
                               ("emergencies", 99), ("emergencies_65", 245)):  # fmt: skip
        assert score[outcome] == pytest.approx(published, rel=0.15), outcome
    assert score["usual_provider_index_62_82"] == pytest.approx(0.61, abs=0.05)
    odds = [score[f"emergency_odds_{k}"] for k in range(1, 5)]
    assert 1 < odds[0] < odds[3] and odds[1] < odds[3]


def test_hospital_spend_is_what_the_ledger_paid_hospitals(status_quo, score):
    entries = status_quo.state.money.ledger.entries()
    month = entries["month"] - BURN_IN_MONTHS
    codes = [HEADINGS.index(h) for h in ("tariff_planned", "tariff_emergency")]
    paid = entries[(month >= 12) & (month < 36) & entries["heading"].isin(codes)]["pence"].sum()
    people = status_quo.setup.list_sizes.sum()
    assert score["hospital_spend"] == pytest.approx(paid / people / 2 / 100)
    assert score["programme_cost"] == 0.0


def test_a_programme_costs_something(busy):
    later = scoreboard(busy.setup.place, busy.setup.list_sizes, busy.state, busy.record, 2, 3)
    assert later["programme_cost"] > 0.5
    assert (
        later["hhi_holding"]
        > scoreboard(busy.setup.place, busy.setup.list_sizes, busy.state, busy.record, 1, 1)[
            "hhi_holding"
        ]
    )


def test_waits_are_weighted_by_referrals(status_quo, score):
    record = status_quo.record
    seen, wait = np.array(record.planned[MONTHS]), np.array(record.wait[MONTHS])
    assert score["wait_months"] == pytest.approx((seen * wait).sum() / seen.sum(), rel=1e-5)
    assert 0.5 < score["wait_months"] < 6


def test_years_are_their_own(status_quo):
    one, two = (
        scoreboard(
            status_quo.setup.place,
            status_quo.setup.list_sizes,
            status_quo.state,
            status_quo.record,
            1,
            1,
        ),
        scoreboard(
            status_quo.setup.place,
            status_quo.setup.list_sizes,
            status_quo.state,
            status_quo.record,
            2,
            2,
        ),
    )
    both = scoreboard(
        status_quo.setup.place,
        status_quo.setup.list_sizes,
        status_quo.state,
        status_quo.record,
        1,
        2,
    )
    compared = ("emergencies", "hhi", "hospital_spend", "usual_provider_index_62_82")
    # Emergencies are counted: two years of few patients may have as many.
    assert all(one[outcome] != two[outcome] for outcome in compared[1:])
    for outcome in compared:
        assert both[outcome] == pytest.approx((one[outcome] + two[outcome]) / 2, rel=2e-3)


def test_tables_agree_with_the_scoreboard(status_quo, score):
    tables = status_quo.record.tables(status_quo.state)
    area = tables["area_year"]
    part = area[area["year"].isin([2, 3])]
    emergencies = 12_000 * part["emergencies"].sum() / part["person_months"].sum()
    assert score["emergencies"] == pytest.approx(emergencies)
    months = tables["organisation_month"]
    assert months.groupby("month")["balance_pence"].sum().eq(0).all()
    assert tables["area_month"]["month"].min() == 0 and area["year"].min() == 1
