"""What moves an integrated organisation: what it keeps of a saving, and what managing costs."""

from dataclasses import replace

import mesa
import pytest

from agents.choice.deciding import MINDS
from agents.choice.numbers import central
from agents.organisations.integrated_organisation import (
    CLINIC_SHARES,
    COVERAGE,
    CoordinationObservation,
    GiveUpObservation,
    IntegratedOrganisation,
    MakeOrBuyObservation,
    RedesignObservation,
)

CLINICS = MakeOrBuyObservation(
    current="buy_all", clinic_spend=10e6, own_cost_share=0.8, setup_cost_share=0.05
)
CARE = CoordinationObservation(
    current="nobody", patients=100_000, cost_per_patient=600, emergency_spend_per_head=200,
    believed_effect=0.1,
    concentration={"nobody": 0.0, "top_half_percent": 0.04, "top_2_percent": 0.1,
                   "top_5_percent": 0.2},
    kept_share=1.0,
)  # fmt: skip
SERVICE = RedesignObservation(
    current="do_without", patients=100_000, emergency_spend=20e6, believed_effect=0.05,
    skill={"do_without": 0.0, "make": 0.8, "buy": 0.5},
    cost={"do_without": 0.0, "make": 300_000, "buy": 350_000}, kept_share=0.5,
)  # fmt: skip


def organisation(mind="greedy", value=0.0):
    agent = IntegratedOrganisation(mesa.Model(rng=0), "O1", "An ICO", 9, MINDS[mind], 1)
    agent.set_motives(value, 1.0)
    return agent


def pounds(decision):
    return dict(zip(decision.options, decision.pounds, strict=True))


def test_clinics_are_made_where_that_is_cheaper():
    worth = pounds(organisation().make_or_buy(CLINICS, 0))
    assert worth["make_a_quarter"] == pytest.approx(0.25 * 10e6 * 0.15)
    assert worth["buy_all"] == 0.0
    assert organisation().make_or_buy(CLINICS, 0).chosen == "make_a_quarter"
    dear = replace(CLINICS, own_cost_share=1.0)
    assert organisation().make_or_buy(dear, 0).chosen == "buy_all"


def test_coverage_by_hand():
    agent = organisation(value=200.0)
    # 500 patients: a tenth of 4% of 20 million saved, 400 pounds net for each of 500
    assert agent.worth_of_coverage("top_half_percent", CARE) == pytest.approx(80_000 - 200_000)
    assert agent.worth_of_coverage("nobody", CARE) == 0.0


def test_a_saving_that_is_not_kept_is_not_worth_making():
    effective = replace(CARE, believed_effect=0.5)
    assert organisation().coordinate(effective, 0).chosen != "nobody"
    assert organisation().coordinate(replace(effective, kept_share=0.0), 0).chosen == "nobody"


def test_belief_and_the_value_of_care_raise_coverage():
    worth = [
        organisation().worth_of_coverage("top_2_percent", replace(CARE, believed_effect=e))
        for e in (0.0, 0.1, 0.3)
    ]
    assert worth == sorted(worth) and worth[0] < 0
    assert organisation(value=900.0).coordinate(CARE, 0).chosen == "top_5_percent"


@pytest.mark.parametrize("current", COVERAGE.names)
def test_the_present_coverage_is_the_status_quo(current):
    made = organisation("inert").coordinate(replace(CARE, current=current), 0)
    assert made.chosen == made.options[0] == current
    assert sorted(made.options) == sorted(COVERAGE.names)


@pytest.mark.parametrize("option", CLINIC_SHARES.names)
def test_any_share_of_clinics_can_be_forced(option):
    made = organisation().make_or_buy(CLINICS, 3, forced=option)
    assert made.chosen == option and made.forced and made.rule == "make_or_buy"


def test_what_may_be_chosen_grows_in_order():
    for shares in (COVERAGE, CLINIC_SHARES):
        values = list(shares.of(central()).values())
        assert values[0] == 0.0 and values == sorted(values) and max(values) < 1


def test_a_leader_whose_hospital_loses_moves_and_coordinates_less():
    agent = organisation(value=200.0)
    assert agent.make_or_buy(CLINICS, 0).chosen == "make_a_quarter"
    assert agent.make_or_buy(replace(CLINICS, leader_stake=0.3), 0).chosen == "buy_all"
    plain = agent.worth_of_coverage("top_2_percent", CARE)
    staked = agent.worth_of_coverage("top_2_percent", replace(CARE, leader_stake=0.5))
    assert plain - staked == pytest.approx(0.5 * 0.1 * 0.1 * 100_000 * 200)


def test_giving_up_by_hand():
    observation = GiveUpObservation(
        patients=100_000, notice_months=9, own_gain=50_000, own_loss=20_000,
        wanted_return=100_000, exit_cost=200_000,
    )  # fmt: skip
    decision = organisation().give_up(observation, 12)
    assert pounds(decision) == {"keep": -70_000, "give_notice": -200_000}
    assert decision.effect_month == 21
    assert (
        organisation().give_up(replace(observation, own_gain=-500_000), 12).chosen == "give_notice"
    )


def test_a_service_by_hand():
    worth = pounds(organisation().redesign(SERVICE, 0, about="discharge_support"))
    # a twentieth of 20 million at four fifths of the skill, less 300,000; half is the leader's
    assert worth == {"do_without": 0.0, "make": 250_000.0, "buy": 75_000.0}
    staked = organisation().worth_of_service("make", replace(SERVICE, leader_stake=0.4))
    assert staked == pytest.approx(250_000.0 - 0.4 * 800_000.0)


def test_who_must_learn_buys_and_who_knows_makes():
    assert organisation().redesign(SERVICE, 0).chosen == "make"
    young = replace(SERVICE, skill=SERVICE.skill | {"make": 0.4})
    assert organisation().redesign(young, 0).chosen == "buy"
    assert organisation().redesign(replace(young, believed_effect=0.01), 0).chosen == "do_without"
    made = organisation("inert").redesign(SERVICE, 3, forced="buy", about="discharge_support")
    assert made.forced and made.chosen == "buy" and made.about == "discharge_support"
