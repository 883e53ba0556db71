"""What who bids for a pathway, or holds it, is shown is what it then earns and pays."""

import pytest
from forced_options import Options, at_once, force_options, without_motives

from model.policy import Policy
from model.setup import Setup
from model.state import BURN_IN_MONTHS, State

START = BURN_IN_MONTHS
LIVE = START + 8  # first month of a contract that is tendered at the start
CLOSE = 0.05  # of what is booked, by which what is shown may differ
HOLDERS = ["anytown_hospitals", "community_trust", "mental_health_trust"]


@pytest.fixture(scope="module")
def place(shire: Setup) -> Setup:
    """The place with nobody in it who has other motives than money, or errs about a contract.

    Clinics of one's own are cheap, so that what is at stake is large beside its luck.
    """
    certain = {"minds.bid_optimism": 0.0, "minds.own_clinic_cost_share": 0.5}
    return without_motives(shire, certain)


def contract(delivery: str, **terms: object) -> Policy:
    """A policy by which a contract for musculoskeletal care must be tendered."""
    return at_once("carveout_msk", delivery=delivery, **{"single_point_of_access": False, **terms})


def won_by(setup: Setup, bidder: str) -> Options:
    """The first commissioner's tender is won by this bidder, two per cent below the ceiling."""
    code = str(setup.place.commissioners["commissioner"].iat[0])
    return {
        (bidder, f"bid msk {code}", START): "bid_2_percent_below",
        (code, "award msk", START): bidder,
    }


@pytest.mark.decision("delivery")
@pytest.mark.parametrize("policy", ["status_quo", "block_payment"])
@pytest.mark.parametrize("holder", HOLDERS)
def test_doing_the_work_oneself_brings_what_was_shown(
    place: Setup, after_burn_in: State, holder: str, policy: str
):
    code = str(place.place.commissioners["commissioner"].iat[0])
    forced = {(holder, f"delivery msk {code}", LIVE): "do_the_work"}
    futures = force_options(
        place, after_burn_in, contract("decide") + at_once(policy), forced, 8 + 24,
        before=won_by(place, holder),
    )  # fmt: skip
    body = after_burn_in.bodies.number[holder]
    booked = futures.booked(body, range(LIVE, LIVE + 24)) / 2.0
    # Or within one per cent of the work, where what is spared and what it costs nearly meet.
    luck = 0.01 * futures.decisions[0].figures["movable"]
    assert futures.shown() == pytest.approx(booked, rel=CLOSE, abs=luck)


@pytest.mark.decision("bid")
@pytest.mark.parametrize("delivery", ["do_the_work", "subcontract"])
@pytest.mark.parametrize("bidder", HOLDERS)
def test_a_contract_that_a_rival_does_not_get_brings_what_was_shown(
    place: Setup, after_burn_in: State, bidder: str, delivery: str
):
    policy = contract(delivery, single_point_of_access=True, term_years=5)
    rival = won_by(place, "anyshire_independent")
    futures = force_options(
        place, after_burn_in, policy, won_by(place, bidder), 8 + 24, before=rival
    )  # fmt: skip
    (decision,) = [d for d in futures.decisions if d.rule == "bid"]
    seen = decision.figures
    shown = 0.98 * seen["ceiling"] - seen["believed_cost"] + seen["income_at_risk"]
    body = after_burn_in.bodies.number[bidder]
    booked = futures.booked(body, range(LIVE, LIVE + 24)) / 2.0
    luck = 0.01 * seen["ceiling"]  # of what is paid, and lasts as long as lists do
    assert shown == pytest.approx(booked, rel=CLOSE, abs=luck)
