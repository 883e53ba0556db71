"""What hospitals are shown of beds, coding and patients to refuse is what they are then paid."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from forced_options import Unasked, at_once, force_options, hold_close, without_motives

from agents.choice.deciding import Decision
from model.month.economy import burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.state.setup import Setup
from model.state.state import BURN_IN_MONTHS, State

STATUS_QUO = at_once("status_quo")
START, LAG = BURN_IN_MONTHS, 6
RULES = ("length_of_stay", "day_cases")
CLOSE = 0.05  # of what is booked, by which what is shown may differ
YEARS = 2  # that boards look ahead here (trusts.felt_years): as many are lived


@pytest.fixture(scope="module")
def place(shire: Setup) -> Setup:
    """The place with nobody in it who has other motives than money."""
    return without_motives(shire, {"trusts.felt_years": YEARS})


@pytest.fixture(scope="module")
def settled(after_burn_in: State) -> State:
    """The end of the burn-in with nothing planned by anybody."""
    state = after_burn_in.copy()
    state.docket.scheduled_effects = []
    return state


def largest(state: State) -> tuple[int, int, str]:
    """The site with most planned income, its owner's body and code."""
    site = int(state.hospitals.lines.base_income.sum(axis=1).argmax())
    body = int(state.provision.site_owner(state.bodies)[site])
    return site, body, state.bodies.codes[body]


# Bed days. Effort that nobody is paid for is left out: it is what a day brought at the start.


@pytest.fixture(scope="module")
def beds_as_at_first(settled: State) -> State:
    """The settled state with stays and day cases as they were when it all began."""
    state = settled.copy()
    state.hospitals.lines.stay[:] = state.hospitals.lines.overnight[:] = 1.0
    return state


def of_all_lines(
    setup: Setup, state: State, rule: str, option: str, site: int, seed: int
) -> dict[Any, str]:
    """The same option for every line of a site that is asked."""
    code = state.bodies.codes[int(state.provision.site_owner(state.bodies)[site])]
    asked = force_options(setup, state, STATUS_QUO, {}, 1, seed=seed).first.state.docket.decisions
    here = str(setup.place.sites["site"].iat[site])
    lines = {d.about for d in asked if (d.agent, d.rule) == (code, rule) and d.month == state.month}
    return {
        (code, f"{rule} {about}", state.month): option for about in lines if about.endswith(here)
    }


def effort(setup: Setup, decision: Decision) -> float:
    """What an option was said to cost in effort, for which nobody is paid, pounds a year."""
    step = {"fewer_bed_days": 1, "more_bed_days": -1}[decision.chosen]
    share, cut = step * setup.parameters["trusts.stay_step"], decision.figures["cut"]
    curvature = setup.parameters["trusts.stay_effort_curvature"]
    curve = 0.5 * curvature * ((cut + share) ** 2 - cut**2)
    return decision.figures["bed_days"] * decision.figures["usual_worth"] * (share + curve)


def bed_money(
    setup: Setup,
    state: State,
    policy: str,
    rule: str,
    option: str,
    site: int | None = None,
    seed: int = 1,
) -> tuple[float, float]:
    """Pounds a year that fewer or more bed days were said to bring, and that were booked.

    Of one site, the largest if none is named.
    """
    where = largest(state)[0] if site is None else site
    body = int(state.provision.site_owner(state.bodies)[where])
    forced = of_all_lines(setup, state, rule, option, where, seed)
    futures = force_options(setup, state, at_once(policy), forced, LAG + 12 * YEARS, seed=seed)
    shown = futures.shown() + sum(effort(setup, d) for d in futures.decisions)
    first = state.month + LAG
    return shown, futures.booked(body, range(first, first + 12 * YEARS)) / YEARS


@pytest.fixture(scope="module")
def without_choice(place: Setup, beds_as_at_first: State) -> State:
    """A year after patients have lost their choice, and so some hospitals theirs."""
    state = beds_as_at_first.copy()
    return Unasked(place, at_once("choice_none"), 1, "inert", state=state).run(12).state


BED_DAYS = ("fewer_bed_days", "more_bed_days")
#: Every option as things are, and one of each rule under other prices; the rest behind `slow`.
PAID = [
    pytest.param(policy, option, rule, marks=() if here else pytest.mark.slow)
    for policy, of in (("status_quo", None), ("block_payment", 0), ("tariff_cut", 1))
    for n, option in enumerate(BED_DAYS)
    for m, rule in enumerate(RULES)
    for here in [of is None or (n + m) % 2 == of]
]


@pytest.mark.decision("length_of_stay", "day_cases")
@pytest.mark.parametrize(("policy", "option", "rule"), PAID)
def test_bed_days_save_or_cost_what_was_shown(place, beds_as_at_first, policy, rule, option):
    shown, booked = bed_money(place, beds_as_at_first, policy, rule, option)
    assert shown == pytest.approx(booked, rel=CLOSE)


@pytest.mark.parametrize("rule", ["length_of_stay", "day_cases"])
@pytest.mark.parametrize("option", ["fewer_bed_days", "more_bed_days"])
def test_without_choice_they_save_or_cost_what_was_shown(place, without_choice, rule, option):
    shown, booked = bed_money(place, without_choice, "choice_none", rule, option)
    assert shown == pytest.approx(booked, rel=CLOSE)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "seeds"), [("anyshire", (1, 2)), ("metropolis", (1,))])
def test_bed_days_of_several_trusts_save_or_cost_what_was_shown(name, seeds):
    """In the mean: a practice that comes to refer elsewhere is luck, and moves much at once."""
    place, found = prepare(find_place(name, None), load_parameters(), 1_000), {}
    setup = without_motives(place, {"trusts.felt_years": YEARS})
    for seed in seeds:
        state = burn_in(place, seed)
        state.docket.scheduled_effects = []
        state.hospitals.lines.stay[:] = state.hospitals.lines.overnight[:] = 1.0
        for site in np.argsort(-state.hospitals.lines.base_income.sum(axis=1))[:3].tolist():
            for case in product(RULES, ("fewer_bed_days", "more_bed_days")):
                money = bed_money(setup, state, "status_quo", *case, site, seed)
                found.setdefault(case, []).append(money)
    for pairs in found.values():
        hold_close(*zip(*pairs, strict=True))


@pytest.fixture(scope="module")
def long_lists(place: Setup, beds_as_at_first: State) -> State:
    """A year after the largest hospital has lost a third of its room for operations."""
    state = beds_as_at_first.copy()
    state.hospitals.lines.capacity[largest(state)[0]] *= 0.7
    return Unasked(place, STATUS_QUO, 1, "inert", state=state).run(12).state


@pytest.mark.parametrize("rule", ["length_of_stay", "day_cases"])
@pytest.mark.parametrize("option", ["fewer_bed_days", "more_bed_days"])
def test_where_patients_wait_long_they_use_the_beds(place, long_lists, rule, option):
    shown, booked = bed_money(place, long_lists, "status_quo", rule, option)
    assert shown == pytest.approx(booked, rel=CLOSE)


# Coding. Good conscience, which nobody pays for, is left out.


def conscience(setup: Setup, decision: Decision) -> float:
    """What a step from the coding of the base year was said to cost in conscience."""
    value, seen = setup.parameters, decision.figures
    step = {"deeper": 1, "shallower": -1}[decision.chosen] * value["coding.depth_step"]
    first = 1.0 - seen["usual_recovered_share"] - value["coding.coder_cost_share"]
    return seen["income"] * (first * step + 0.5 * value["coding.cost_curvature"] * step**2)


@pytest.mark.decision("coding")
@pytest.mark.parametrize("option", ["deeper", "shallower"])
def test_coding_brings_what_was_shown_less_coders_and_challenges(place, settled, option):
    _, body, code = largest(settled)
    forced = {(code, "coding", START): option}
    futures = force_options(place, settled, STATUS_QUO, forced, LAG + 12)
    shown = futures.shown() + conscience(place, futures.decisions[0])
    booked = futures.booked(body, range(START + LAG, START + LAG + 12))
    assert shown == pytest.approx(booked, rel=CLOSE)


@pytest.mark.decision("acceptance")
@pytest.mark.parametrize(
    ("policy", "refuse", "option"),
    [
        ("status_quo", False, "only_simple"),
        ("block_payment", True, "take_all"),
        pytest.param("block_payment", False, "only_simple", marks=pytest.mark.slow),
        pytest.param("status_quo", True, "take_all", marks=pytest.mark.slow),
    ],
)
def test_refusing_complex_patients_brings_what_was_shown(place, settled, policy, refuse, option):
    shown, booked = refused(place, settled, policy, refuse, option)
    hold_close([shown], [booked])


@pytest.mark.slow
def test_refusing_brings_what_was_shown_whatever_the_luck(place, shire):
    """Luck of a small line, and of which few hospitals a practice has come to refer to."""
    found = []
    for seed in range(1, 11):
        start = burn_in(shire, seed)
        start.docket.scheduled_effects = []
        found.append(refused(place, start, "status_quo", False, "only_simple", seed))
    hold_close(*zip(*found, strict=True))


def refused(
    place: Setup, start: State, policy: str, refuse: bool, option: str, seed: int = 1
) -> tuple[float, float]:
    """What refusing patients, or taking all, is said to bring a year, and what is booked."""
    state, code = start.copy(), "anyshire_independent"
    body = state.bodies.number[code]
    state.hospitals.lines.only_simple[state.provision.site_owner(state.bodies) == body] = refuse
    state = Unasked(place, at_once(policy), seed, "inert", state=state).run(12).state
    asked = force_options(
        place, state, at_once(policy), {}, 1, seed=seed
    ).first.state.docket.decisions
    about = {d.about for d in asked if (d.rule, d.month) == ("acceptance", state.month)}
    forced = {(code, f"acceptance {line}", state.month): option for line in about}
    futures = force_options(place, state, at_once(policy), forced, LAG + 72, seed=seed)
    # Until the list has settled operations follow referrals with a delay.
    first = state.month + LAG + 12
    return futures.shown(), futures.booked(body, range(first, first + 60)) / 5.0
