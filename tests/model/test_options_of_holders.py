"""What who bids for a pathway, or holds it, is shown is what it then earns and pays."""

import pytest
from forced_options import Options, at_once, force_options, hold_close, without_motives

from model.economy import HealthEconomy, burn_in
from model.list_charges import list_of
from model.money import PENCE_PER_POUND, block_pence, planned_value
from model.pathways import PATHWAYS
from model.policy import Policy
from model.setup import Setup
from model.state import BURN_IN_MONTHS, State

START = BURN_IN_MONTHS
LIVE = START + 8  # first month of a contract that is tendered at the start
MSK = PATHWAYS.index("msk")
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
    shown, booked = done_by(place, after_burn_in, holder, policy)
    hold_close([shown], [booked])


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["status_quo", "block_payment"])
def test_doing_the_work_oneself_brings_what_was_shown_whatever_the_luck(
    place: Setup, starts: dict[int, State], policy: str
):
    for holder in HOLDERS:
        found = [done_by(place, start, holder, policy, seed) for seed, start in starts.items()]
        hold_close(*zip(*found, strict=True))


@pytest.fixture(scope="module")
def starts(shire: Setup) -> dict[int, State]:
    """Where every arm begins, by seed."""
    return {seed: burn_in(shire, seed) for seed in (2, 3, 4)}


def done_by(
    place: Setup, start: State, holder: str, policy: str, seed: int = 1
) -> tuple[float, float]:
    """What doing the work is said to bring a holder a year, and what is booked."""
    code = str(place.place.commissioners["commissioner"].iat[0])
    forced = {(holder, f"delivery msk {code}", LIVE): "do_the_work"}
    futures = force_options(
        place, start, contract("decide") + at_once(policy), forced, 8 + 24,
        before=won_by(place, holder), seed=seed,
    )  # fmt: skip
    body = start.bodies.number[holder]
    return futures.shown(), futures.booked(body, range(LIVE, LIVE + 24)) / 2.0


@pytest.fixture(scope="module")
def spent(place: Setup, after_burn_in: State) -> float:
    """Pounds a year for the pathway's care in the months of the contract if nobody holds it.

    The luck of patients is that of the futures with a contract, so it can be taken off them.
    """
    economy = HealthEconomy(place, at_once("status_quo"), 1, "inert", state=after_burn_in.copy())
    economy.run(LIVE - START)
    return sum(month_of_care(economy.run(1)) for _ in range(24)) / 2.0 / PENCE_PER_POUND


def month_of_care(economy: HealthEconomy) -> float:
    """The first commissioner's hospital bills, and blocks, for the pathway in a month (pence)."""
    setup, state, here = economy.setup, economy.state, list_of(economy, 0)
    candidate = setup.geography.candidate[here]
    value = planned_value(economy.flows, economy.prices).lists[here][:, :, MSK]
    bills = (value * state.market_forces.paid[candidate])[candidate >= 0].sum()
    return float(bills + block_pence(setup, int(state.lists[here].sum()), MSK) / 12.0)


def done_twice(state: State) -> float:
    """Last year's of the first commissioner's patients on the pathway, in pounds."""
    here = state.provision.practice_commissioner == 0
    return float(state.last_year.test_spend[here, MSK].sum()) / PENCE_PER_POUND


@pytest.mark.decision("bid")
@pytest.mark.parametrize("delivery", ["do_the_work", "subcontract"])
@pytest.mark.parametrize("bidder", HOLDERS)
def test_a_contract_that_a_rival_does_not_get_brings_what_was_shown(
    place: Setup, after_burn_in: State, spent: float, bidder: str, delivery: str
):
    """What is paid, what the care costs as it is, and what the holder makes of it, each apart.

    Tests that are done twice once somebody new holds the contract are left out: bidders reckon
    with those of last year.
    """
    policy = contract(delivery, single_point_of_access=True, term_years=5)
    rival = won_by(place, "anyshire_independent")
    futures = force_options(
        place, after_burn_in, policy, won_by(place, bidder), 8 + 24, before=rival
    )  # fmt: skip
    (decision,) = [d for d in futures.decisions if d.rule == "bid"]
    seen, body = decision.figures, after_burn_in.bodies.number[bidder]
    booked = {
        heading: pounds / 2.0
        for heading, pounds in futures.by_heading(body, range(LIVE, LIVE + 24)).items()
        if heading != "duplicate_tests"
    }
    hold_close([0.98 * seen["ceiling"]], [booked["bundle"]])
    hold_close([seen["ceiling"] - done_twice(after_burn_in)], [spent])
    made = seen["ceiling"] - seen["believed_cost"] + seen["income_at_risk"]
    hold_close([made], [sum(booked.values()) - booked["bundle"] + spent])
