"""What commissioners are shown of their options is what they then pay, or are spared."""

import numpy as np
import pytest
from forced_options import Futures, Options, at_once, force_options, without_motives

from model.policies.policy import Policy
from model.population.pathways import PATHWAYS
from model.state.setup import Setup
from model.state.state import BURN_IN_MONTHS, State

START = BURN_IN_MONTHS
CLOSE = 0.05  # of what is booked, by which what is shown may differ
TERM = 5  # years of a contract
CERTAIN = {"minds.bid_optimism": 0.0, "commissioning.result_error": 0.0}
CHEAP, DEAR = 0.6, 1.6  # ceilings of price that make what is at stake large beside its luck
INCUMBENT = "anytown_hospitals"
LIVE = START + 8  # first month of a contract that is tendered at the start


@pytest.fixture(scope="module")
def place(shire: Setup) -> Setup:
    """The place with nobody in it who has other motives than money, or errs about a contract."""
    return without_motives(shire, CERTAIN)


def buyer(setup: Setup, state: State) -> tuple[str, int]:
    """The first commissioner's code and body."""
    return str(setup.place.commissioners["commissioner"].iat[0]), state.bodies.of_kind(
        "commissioner"
    )[0]


def tendered(code: str, bidder: str) -> dict[tuple[str, str, int], str]:
    """A tender for musculoskeletal care that this bidder wins, two per cent below the ceiling."""
    return {
        (code, "tender msk", START): "tender",
        (bidder, f"bid msk {code}", START): "bid_2_percent_below",
        (code, "award msk", START): bidder,
    }


def contract(ceiling: float) -> Policy:
    """A policy by which a pathway may be tendered; whoever wins lets others do the work."""
    return at_once(
        "carveout_msk", adoption="allowed", delivery="subcontract", ceiling_share=ceiling,
        term_years=TERM, single_point_of_access=False,
    )  # fmt: skip


def shown_by(futures: Futures, rule: str) -> float:
    """What the option taken in one of several forced decisions was said to be worth."""
    (decision,) = [d for d in futures.decisions if d.rule == rule]
    return decision.pounds[decision.options.index(decision.chosen)] - decision.pounds[0]


def yearly(futures: Futures, body: int, first: int, once: tuple[str, ...], years: float) -> float:
    """A year's money of a body from month `first`; what is paid `once` is spread over `years`."""
    year = range(first, first + 12)
    other = [h for h in futures.by_heading(body, range(START, first + 12)) if h not in once]
    single = futures.booked(body, range(START, first + 12), once)
    return futures.booked(body, year, other) + single / years


def spared(futures: Futures, body: int, first: int = LIVE) -> float:
    """What a contract spares a commissioner in a year, less the handover, spread over the term."""
    return yearly(futures, body, first, ("transition",), TERM)


def subject(
    setup: Setup,
    state: State,
    policy: Policy,
    asked: tuple[str, str, int],
    before: Options | None = None,
) -> str:
    """What an agent's decision under a rule in a month is about."""
    months = asked[2] + 1 - START
    economy = force_options(setup, state, policy, {}, months, before=before).first
    return next(d.about for d in economy.decisions() if (d.agent, d.rule, d.month) == asked)


@pytest.mark.decision("award")
@pytest.mark.parametrize("bidder", [INCUMBENT, "anyshire_independent"])
def test_a_bid_saves_what_was_shown_with_its_handover(place, after_burn_in, bidder):
    code, body = buyer(place, after_burn_in)
    futures = force_options(
        place, after_burn_in, contract(CHEAP), tendered(code, bidder), LIVE + 12 - START
    )
    saved = spared(futures, body)
    assert shown_by(futures, "award") == pytest.approx(saved, rel=CLOSE)


def test_handing_a_pathway_over_counts_against_those_who_are_new_to_it(place, after_burn_in):
    code, body = buyer(place, after_burn_in)
    worth = {}
    for bidder in (INCUMBENT, "anyshire_independent"):
        futures = force_options(place, after_burn_in, contract(1.0), tendered(code, bidder), 9)
        paid = futures.booked(body, range(LIVE, LIVE + 1), ["transition"])
        worth[bidder] = shown_by(futures, "award"), paid / TERM
    (known, nothing), (new, handover) = worth.values()
    assert nothing == 0.0 > handover
    assert new - known == pytest.approx(handover, rel=CLOSE)


@pytest.mark.decision("tender")
def test_a_tender_brings_what_was_shown_if_the_believed_saving_is_made(place, after_burn_in):
    code, body = buyer(place, after_burn_in)
    forced, policy = tendered(code, INCUMBENT), contract(CHEAP)
    trial = force_options(place, after_burn_in, policy, forced, 1)
    seen = {d.rule: d.figures for d in trial.decisions}
    state = after_burn_in.copy()
    price, spend = seen["award"][f"price_{INCUMBENT}"], seen["tender"]["spend"]
    state.contracts.buyers.believed[0, PATHWAYS.index("msk")] = 1.0 - price / spend
    futures = force_options(place, state, policy, forced, LIVE + 12 - START)
    saved = yearly(futures, body, LIVE, ("transition", "tender_cost"), TERM)
    assert shown_by(futures, "tender") == pytest.approx(saved, rel=CLOSE)


@pytest.mark.decision("review_contract")
def test_ending_a_contract_brings_what_was_shown(place, after_burn_in):
    code, body = buyer(place, after_burn_in)
    month, before = LIVE + 24, tendered(code, INCUMBENT)
    forced = {(code, "review_contract msk", month): "terminate_contract"}
    futures = force_options(
        place, after_burn_in, contract(DEAR), forced, month + 18 - START, before=before
    )
    left = TERM - 2
    saved = yearly(futures, body, month + 6, ("transition",), left)
    assert futures.shown() == pytest.approx(saved, rel=CLOSE)


@pytest.mark.decision("provider_split", "services_offer")
def test_a_trust_of_their_own_costs_what_was_shown(place, after_burn_in):
    policy = at_once("commissioner_split", end_month=14)
    code, body = buyer(place, after_burn_in)
    services = f"{code}-services"
    taker = {(INCUMBENT, f"services_offer {services}", START + 2): "offer"}
    forced = {(code, f"provider_split {services}", START + 2): INCUMBENT}
    futures = force_options(place, after_burn_in, policy, forced, 15, before=taker)
    spared_once = futures.booked(body, range(START + 14, START + 15), ["transition"])
    years = place.parameters["trusts.felt_years"]
    assert spared_once > 0
    assert futures.shown() == pytest.approx(spared_once / years, rel=CLOSE)


@pytest.mark.decision("coding_audit")
@pytest.mark.parametrize("effort", ["audit_usual", "audit_less"])
def test_checks_of_coding_bring_what_was_shown(place, after_burn_in, effort):
    commissioners = place.place.commissioners["commissioner"].tolist()
    forced = {(code, "coding_audit", START): effort for code in commissioners}
    futures = force_options(place, after_burn_in, at_once("status_quo"), forced, 15)
    bodies = after_burn_in.bodies.of_kind("commissioner")
    paid = futures.booked(bodies, range(START + 3, START + 15))
    assert futures.shown() == pytest.approx(paid, rel=CLOSE)


@pytest.mark.decision("practice_opening")
def test_a_new_practice_costs_what_was_shown(shire, after_burn_in):
    setup = without_motives(
        shire,
        {
            "practices.exit_years": 0,
            "practices.crowded_workload": 0.0,
            "practices.successor_found_share": 0.999999,
        },
    )
    code, body = buyer(setup, after_burn_in)
    policy, month = at_once("status_quo"), START + 6
    g = int(np.flatnonzero(after_burn_in.provision.practice_commissioner == 0)[0])
    closing = setup.place.practices["practice"].iat[g]
    partner = subject(setup, after_burn_in, policy, (closing, "future", START))
    closed = {(closing, f"future {partner}", START): "close"}
    place_of = subject(setup, after_burn_in, policy, (code, "practice_opening", month), closed)
    forced = {(code, f"practice_opening {place_of}", month): "offer_contract"}
    futures = force_options(setup, after_burn_in, policy, forced, 19, before=closed)
    once = futures.booked(body, range(month + 12, month + 13), ["capital"])
    years = setup.parameters["commissioning.opening_felt_years"]
    assert futures.shown() == pytest.approx(once / years, rel=CLOSE)
