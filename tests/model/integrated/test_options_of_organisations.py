"""What integrated organisations, councils and regulators are shown is what is then booked."""

from typing import Any

import pytest
from forced_options import (
    Futures,
    Options,
    at_once,
    flows_of,
    force_options,
    hold_close,
    without_motives,
)

from agents.choice.learning import Belief
from agents.organisations.regulator import EFFICIENCIES
from model.state.ledger import CODES
from model.state.setup import Setup
from model.state.state import BURN_IN_MONTHS, State

START = BURN_IN_MONTHS
CLOSE = 0.05  # of what is booked, by which what is shown may differ
PLAN = START + 12  # when organisations whose members have joined plan for the first time
HORIZON = 5  # years that an organisation looks ahead
STATUS_QUO = at_once("status_quo")
OF_CARE = ("tariff_planned", "tariff_emergency", "pay_and_supplies", "clinics")


@pytest.fixture(scope="module")
def place(shire: Setup) -> Setup:
    """The place with nobody in it who has other motives than money."""
    return without_motives(shire)


def organisations(setup: Setup) -> list[str]:
    return [f"{code}-integrated" for code in setup.place.commissioners["commissioner"]]


def all_join(setup: Setup, state: State) -> Options:
    """Every practice joins the organisation of its commissioner as soon as it can."""
    of = state.provision.practice_commissioner
    return {
        (code, f"membership {organisations(setup)[of[g]]}", START): "join"
        for g, code in enumerate(setup.place.practices["practice"])
        if state.practices.lists[g]
    }


def plan(
    setup: Setup,
    state: State,
    rule: str,
    option: str,
    months: int,
    also: str = "status_quo",
    **terms: Any,
) -> Futures:
    """What follows if all organisations take an option when they first plan."""
    policy = at_once(f"population_ico+{also}", **terms)
    forced = {(code, rule, PLAN): option for code in organisations(setup)}
    return force_options(setup, state, policy, forced, months, before=all_join(setup, state))


def their_money(futures: Futures, years: int) -> float:
    """Pounds a year of organisations, members and leaders from when a plan takes effect.

    Results are settled in April and divided among them and the commissioners: all but what goes to
    the commissioners is theirs.
    """
    bodies = [o.body for o in futures.first.state.integrated.organisations]
    months = range(PLAN + 6, PLAN + 6 + 12 * years)
    flows = [h for h in futures.by_heading(bodies, months) if h != "gain_share"]
    return futures.booked(bodies, months, flows) / years


def effective(setup: Setup) -> dict[str, float]:
    """A service that does what is believed of it, which is large beside the luck of a sample."""
    effect = 0.3  # of preventable emergencies
    return {
        "redesign.ability_spread": 0.0,
        "redesign.admission_avoidance_effect": effect,
        "redesign.believed_admission_avoidance": effect
        * setup.parameters["demand.preventable_share"],
        "redesign.admission_avoidance_pence_per_patient": 50,
    }


@pytest.mark.decision("make_or_buy")
@pytest.mark.parametrize(
    ("share", "policy"),
    [
        ("make_a_tenth", "status_quo"), ("make_a_quarter", "block_payment"),
        pytest.param("make_a_quarter", "status_quo", marks=pytest.mark.slow),
        pytest.param("make_a_quarter", "tariff_cut", marks=pytest.mark.slow),
        pytest.param("make_a_tenth", "block_payment", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_clinics_outside_hospital_bring_what_was_shown(shire, after_burn_in, share, policy):
    """Who pays hospitals in blocks is spared nothing."""
    setup = without_motives(shire, {"minds.own_clinic_cost_share": 0.4})
    futures = plan(setup, after_burn_in, "make_or_buy", share, 18 + 12 * HORIZON, policy)
    assert futures.shown() == pytest.approx(their_money(futures, HORIZON), rel=CLOSE)


@pytest.mark.parametrize(
    ("rule", "policy"),
    [
        ("make_or_buy", "status_quo"),
        pytest.param("make_or_buy", "block_payment", marks=pytest.mark.slow),
        pytest.param("make_or_buy", "tariff_cut", marks=pytest.mark.slow),
        pytest.param(
            "redesign admission_avoidance",
            "emergencies_full_tariff+tariff_cut",
            marks=pytest.mark.slow,
        ),
        ("redesign admission_avoidance", "emergencies_full_tariff"),
    ],
)
def test_a_hospital_that_leads_loses_the_margin_that_was_shown(shire, after_burn_in, rule, policy):
    """Whatever its care costs it; of the organisation's result it has no part."""
    setup, state = without_motives(shire, effective(shire)), after_burn_in.copy()
    state.practices.effort = ["usual"] * len(state.practices.effort)
    state.hospitals.lines.unit_cost *= 0.8
    first, *_ = organisations(setup)
    option = {"make_or_buy": "make_a_quarter"}.get(rule, "buy")
    futures = force_options(
        setup, state, at_once(f"population_ico+{policy}", lead="acute", risk_up=0.0),
        {(first, rule, PLAN): option}, 18 + 12 * HORIZON, before=all_join(setup, state),
    )  # fmt: skip
    (leads,) = [o for o in futures.first.state.integrated.organisations if o.code == first]
    owner = int(futures.first.state.bodies.owner[leads.leader])
    lost = futures.booked(owner, range(PLAN + 6, PLAN + 6 + 12 * HORIZON), OF_CARE) / HORIZON
    hold_close([futures.shown()], [lost])


@pytest.mark.parametrize("rule", ["make_or_buy", "coordination", "redesign admission_avoidance"])
def test_a_leader_sees_its_part_of_a_result_that_is_shared(shire, after_burn_in, rule):
    setup = without_motives(
        shire, {"minds.believed_coordination_effect": 0.0, "minds.own_clinic_cost_share": 0.4}
    )
    option = {"make_or_buy": "make_a_quarter", "coordination": "top_5_percent"}.get(rule, "buy")
    whole, half = (
        plan(setup, after_burn_in, rule, option, 13, risk_up=risk).shown() for risk in (1.0, 0.5)
    )
    assert whole != 0.0
    assert half == pytest.approx(0.5 * whole, rel=1e-6)


@pytest.mark.decision("coordination")
@pytest.mark.parametrize(
    "coverage", ["top_5_percent", pytest.param("top_half_percent", marks=pytest.mark.slow)]
)
def test_case_managers_cost_what_was_shown(shire, after_burn_in, coverage):
    setup = without_motives(shire, {"minds.believed_coordination_effect": 0.0})
    futures = plan(setup, after_burn_in, "coordination", coverage, 31)
    bodies = [o.body for o in futures.first.state.integrated.organisations]
    paid = futures.booked(bodies, range(PLAN + 6, PLAN + 18), ["case_management"])
    assert futures.shown() == pytest.approx(paid, rel=CLOSE)


@pytest.mark.decision("redesign")
@pytest.mark.parametrize(
    ("way", "policy"),
    [
        ("make", "emergencies_full_tariff"), ("buy", "block_payment"),
        pytest.param("buy", "emergencies_full_tariff", marks=pytest.mark.slow),
        pytest.param("buy", "emergencies_full_tariff+tariff_cut", marks=pytest.mark.slow),
        pytest.param("make", "block_payment", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_service_brings_what_was_shown_if_it_does_what_is_believed(
    shire, after_burn_in, way, policy
):
    setup = without_motives(shire, effective(shire))
    months = 18 + 12 * HORIZON
    state = after_burn_in.copy()
    state.practices.effort = ["usual"] * len(
        state.practices.effort
    )  # all that can be prevented still can be
    futures = plan(setup, state, "redesign admission_avoidance", way, months, policy)
    # Planned care moves by luck alone: by who is alive, and who is referred in a month of a crisis.
    bodies = [o.body for o in futures.first.state.integrated.organisations]
    years = range(PLAN + 6, PLAN + 6 + 12 * HORIZON)
    paid = futures.booked(bodies, years, ["tariff_emergency", "redesign"]) / HORIZON
    assert futures.shown() == pytest.approx(paid, rel=CLOSE)


@pytest.mark.decision("give_up")
def test_a_leader_sees_its_part_of_the_result_and_what_the_end_costs(shire, after_burn_in):
    setup = without_motives(shire, {"integrated.outside_return_share": 0.0})
    policy = at_once("population_ico", lead="outside", risk_up=0.5, risk_down=0.5)
    joined = force_options(
        setup, after_burn_in, policy, {}, 27, before=all_join(setup, after_burn_in)
    ).first.state.copy()
    (code, *_), month = organisations(setup), START + 27
    body, firm = (joined.bodies.number[one] for one in (code, f"{code}-firm"))
    settled = month + 9
    lived = flows_of(
        force_options(setup, joined, policy, {}, settled + 1 - month).first.state.money.ledger
    )
    # Belief is what the year will bring, known from living it.
    mine = lived[(lived["body"] == body) & (lived["heading"] != CODES["gain_share"])]
    result = mine[mine["month"].between(settled - 12, settled - 1)]["pounds"].sum()
    organisation = next(o for o in joined.integrated.organisations if o.code == code)
    budget = 12.0 * organisation.capitation_pence.sum() / 100.0
    organisation.leaders_belief = Belief(result / budget, 0.0)
    forced = {(code, "give_up", month): "give_notice"}
    futures = force_options(setup, joined, policy, forced, settled + 1 - month)
    (decision,) = futures.decisions
    shared = lived[(lived["month"] == settled) & (lived["heading"] == CODES["gain_share"])]
    left = result + shared[shared["body"] == body]["pounds"].sum()  # stays with what is the firm's
    paid = shared[shared["body"] == firm]["pounds"].sum()
    assert decision.figures["own_gain"] == pytest.approx(paid + left, rel=CLOSE)
    end = futures.booked(firm, range(month + 6, month + 7), ["transition"])
    assert decision.pounds[1] == pytest.approx(end, rel=CLOSE)


def councils(state: State) -> list[str]:
    return [state.bodies.codes[body] for body in state.bodies.of_kind("council")]


def without_regard(state: State) -> State:
    """The same state; no council values its residents' days, money apart."""
    state = state.copy()
    state.social_care.regard[:] = 0.0
    return state


@pytest.mark.decision("social_care_capacity")
@pytest.mark.parametrize("option", ["expand", "shrink"])
def test_places_cost_and_spare_charges_as_was_shown(place, after_burn_in, option):
    state, month = without_regard(after_burn_in), START + 10
    forced = {(code, "social_care_capacity", month): option for code in councils(state)}
    futures = force_options(place, state, STATUS_QUO, forced, 24)
    bodies = state.bodies.of_kind("council")
    headings = ("care_after_hospital", "delayed_discharge_charge")
    paid = futures.booked(bodies, range(month + 2, month + 14), headings)
    assert futures.shown() == pytest.approx(paid, rel=CLOSE)


@pytest.mark.decision("pooling")
def test_a_pool_brings_what_was_shown(place, after_burn_in):
    state, month = without_regard(after_burn_in), START + 10
    forced = {(code, "pooling", month): "pool" for code in councils(state)}
    futures = force_options(place, state, at_once("pooled_budget"), forced, 24)
    bodies = state.bodies.of_kind("council")
    headings = ("budget_pool", "delayed_discharge_charge", "running_cost", "care_after_hospital")
    paid = futures.booked(bodies, range(month + 2, month + 14), headings)
    assert futures.shown() == pytest.approx(paid, rel=CLOSE)


@pytest.mark.decision("care_direction")
def test_directed_places_cost_and_spare_hospital_days_as_was_shown(place, after_burn_in):
    state, month = without_regard(after_burn_in), START + 11
    forced = {("regulator", f"care_direction {code}", month): "direct" for code in councils(state)}
    futures = force_options(place, state, at_once("regulator_joint"), forced, 25)
    bodies = [*state.bodies.of_kind("council"), *trusts(futures)]
    headings = ("care_after_hospital", "delayed_days")
    paid = futures.booked(bodies, range(month + 2, month + 14), headings)
    assert futures.shown() == pytest.approx(paid, rel=CLOSE)


def trusts(futures: Futures) -> list[int]:
    return [agent.body for agent in futures.first.minds.trusts]


@pytest.mark.decision("tariff")
@pytest.mark.parametrize("option", ["at_cost", "at_cost_less_4_percent"])
def test_prices_move_hospitals_income_as_was_shown(place, after_burn_in, option):
    state, month = after_burn_in.copy(), START + 21
    state.hospitals.lines.unit_cost *= 0.85  # so that nobody is in deficit at any price
    policy, forced = at_once("tariff_by_regulator"), {("regulator", "tariff", month): option}
    futures = force_options(place, state, policy, forced, 36)
    year = range(month + 3, month + 15)
    headings = ("tariff_planned", "tariff_emergency", "outside_income")
    spared = -futures.booked(trusts(futures), year, headings)
    (decision,) = futures.decisions
    price = decision.figures["cost_share"] * (1.0 - EFFICIENCIES.of(place.parameters)[option])
    assert (1.0 - price) * decision.figures["income"] == pytest.approx(spared, rel=CLOSE)
    if option == "at_cost":  # at lower prices some lose money, and the public bears it
        assert futures.shown() == pytest.approx(spared, rel=CLOSE)
