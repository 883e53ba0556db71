"""What who bids for a pathway, or holds it, is shown is what it then earns and pays."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from forced_options import (
    CLOSE,
    Options,
    Unasked,
    at_once,
    flows_of,
    force_options,
    hold_close,
    hold_close_or_luck,
    without_motives,
)

from model.care import flows
from model.commissioners import bids as bidding
from model.commissioners.prime_work import movable_work
from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.payments.list_charges import list_of
from model.payments.money import block_pence, planned_value
from model.payments.prices_ahead import Mean
from model.places.place_finding import find_place
from model.policies.policy import Policy
from model.population.pathways import PATHWAYS
from model.state.ledger import PENCE_PER_POUND
from model.state.setup import Setup
from model.state.state import BURN_IN_MONTHS, State

START = BURN_IN_MONTHS
LIVE = START + 8  # first month of a contract that is tendered at the start
MSK = PATHWAYS.index("msk")
HOLDERS = ["anytown_hospitals", "community_trust", "mental_health_trust"]


@pytest.fixture(scope="module")
def place(shire: Setup) -> Setup:
    """The place with nobody in it who has other motives than money, or errs about a contract."""
    return without_motives(shire, {"minds.bid_optimism": 0.0})


@contextmanager
def without_draws() -> Iterator[None]:
    """Months in which exactly as many patients come as can be expected.

    What a year's patients are by chance is more than what is at stake, and nobody can foresee it.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flows, "_seen", lambda expected, *_: expected)
        yield


@pytest.fixture(scope="module")
def usual(shire: Setup) -> State:
    """Where every arm begins if all has come as could be expected."""
    with without_draws():
        return burn_in(shire, 1)


def contract(pathway: str = "msk", **terms: object) -> Policy:
    """A policy by which a contract for a pathway must be tendered: of the usual terms but these."""
    return at_once(f"carveout_{pathway}", **terms)


def won_by(setup: Setup, bidder: str, pathway: str = "msk") -> Options:
    """The first commissioner's tender is won by this bidder, two per cent below the ceiling."""
    code = str(setup.place.commissioners["commissioner"].iat[0])
    return {
        (bidder, f"bid {pathway} {code}", START): "bid_2_percent_below",
        (code, f"award {pathway}", START): bidder,
    }


#: Payment, pathway and single point of access: half of all, with every pair of two of them.
EVERY_PAIR = [
    ("status_quo", "msk", True), ("status_quo", "diabetes", False),
    ("block_payment", "msk", False), ("block_payment", "diabetes", True),
]  # fmt: skip
OTHERS = [(policy, pathway, not hub) for policy, pathway, hub in EVERY_PAIR]
#: All of those, of one holder or another; the rest behind `slow`.
OFTEN = {HOLDERS[0]: EVERY_PAIR[:2], HOLDERS[1]: EVERY_PAIR[3:], HOLDERS[2]: EVERY_PAIR[2:3]}
HELD = [
    pytest.param(holder, *case, marks=() if case in OFTEN[holder] else pytest.mark.slow)
    for holder in HOLDERS
    for case in EVERY_PAIR + OTHERS
]


@pytest.mark.decision("delivery")
@pytest.mark.parametrize(("holder", "policy", "pathway", "hub"), HELD)
def test_doing_the_work_oneself_brings_what_was_shown(
    place: Setup, usual: State, holder: str, policy: str, pathway: str, hub: bool
):
    terms = contract(pathway, single_point_of_access=hub, term_years=2)
    with without_draws():
        shown, booked = done_by(place, usual, holder, policy, terms, pathway=pathway)
    hold_close([shown], [booked])


@pytest.mark.parametrize(
    "holder", [HOLDERS[0], *(pytest.param(other, marks=pytest.mark.slow) for other in HOLDERS[1:])]
)
def test_a_holder_knows_what_becomes_of_prices_over_the_term(
    place: Setup, usual: State, holder: str
):
    """They fall by six per cent every April: what it is spared falls, and what it earned itself."""
    with without_draws():
        shown, booked = done_by(place, usual, holder, "tariff_cut", contract(term_years=3))
    hold_close([shown], [booked])


def test_who_bids_again_is_shown_all_clinics_whoever_has_them_now(place: Setup, usual: State):
    """Behind a single point of access the holder has a part, which another would not begin with."""
    with without_draws():
        at_first = HealthEconomy(place, contract(), 1, "inert", state=usual.copy())
        held = force_options(place, usual, contract(), {}, 20, before=won_by(place, HOLDERS[1]))
    assert held.first.state.provision.hub[0, MSK]
    seen, before = (
        movable_work(e.setup, e.state, e.in_force, 0, MSK, Mean(1.0, 1.0)).clinics.sum()
        for e in (held.first, at_first)
    )
    hold_close([seen], [before], 0.02)


@pytest.mark.slow
@pytest.mark.parametrize("pathway", ["msk", "diabetes"])
@pytest.mark.parametrize("policy", ["status_quo", "block_payment"])
def test_doing_the_work_oneself_brings_what_was_shown_whatever_the_luck(
    place: Setup, starts: dict[int, State], policy: str, pathway: str
):
    """Over the whole term. What last year's patients were by luck is more than a small stake."""
    for holder in HOLDERS:
        found = [
            done_by(place, start, holder, policy, contract(pathway), seed, pathway)
            for seed, start in starts.items()
        ]
        hold_close_or_luck(*zip(*found, strict=True))


@pytest.fixture(scope="module")
def starts(shire: Setup) -> dict[int, State]:
    """Where every arm begins, by seed: of those in which all holders can carry a contract."""
    return {seed: burn_in(shire, seed) for seed in (1, 2, 5)}


def done_by(
    place: Setup, start: State, holder: str, policy: str, terms: Policy, seed: int = 1,
    pathway: str = "msk",
) -> tuple[float, float]:  # fmt: skip
    """What doing the work is said to bring a holder a year, and what is booked over the term."""
    code = str(place.place.commissioners["commissioner"].iat[0])
    years = terms.pathway_contracts[0].term_years
    forced = {(holder, f"delivery {pathway} {code}", LIVE): "do_the_work"}
    futures = force_options(
        place, start, terms + at_once(policy), forced, 8 + 12 * years,
        before=won_by(place, holder, pathway), seed=seed,
    )  # fmt: skip
    body = start.bodies.number[holder]
    return futures.shown(), futures.booked(body, range(LIVE, LIVE + 12 * years)) / years


@pytest.fixture(scope="module")
def spent(place: Setup, usual: State) -> float:
    """Pounds a year for the pathway's care in the months of the contract if nobody holds it."""
    economy = Unasked(place, at_once("status_quo"), 1, "inert", state=usual.copy())
    with without_draws():
        economy.run(LIVE - START)
        return sum(month_of_care(economy.run(1)) for _ in range(24)) / 2.0 / PENCE_PER_POUND


def month_of_care(economy: HealthEconomy) -> float:
    """The first commissioner's hospital bills, blocks and tests done twice for the pathway.

    Pence a month.
    """
    setup, state, here = (
        economy.setup,
        economy.state,
        list_of(economy.state.provision, economy.state.practices, 0),
    )
    candidate = setup.geography.candidate[here]
    value = planned_value(economy.flows, economy.prices).lists[here][:, :, MSK]
    bills = (value * state.hospitals.market_forces.paid[candidate])[candidate >= 0].sum()
    tests = economy.care.tests[here, MSK].sum() * economy.prices.diagnostic
    return float(
        bills + tests + block_pence(setup, int(state.practices.lists[here].sum()), MSK) / 12.0
    )


@pytest.mark.parametrize(
    ("bidder", "delivery"),
    [
        pytest.param(bidder, delivery, marks=() if (n + k) % 2 == 0 or n == 1 else pytest.mark.slow)
        for n, bidder in enumerate(HOLDERS)
        for k, delivery in enumerate(("do_the_work", "subcontract"))
    ],
)
def test_a_contract_that_a_rival_does_not_get_brings_what_was_shown(
    place: Setup, usual: State, spent: float, bidder: str, delivery: str
):
    """What is paid, what the care costs as it is, and what the holder makes of it, each apart."""
    policy = contract(delivery=delivery, term_years=2)
    rival = won_by(place, "anyshire_independent")
    with without_draws():
        futures = force_options(
            place, usual, policy, won_by(place, bidder), 8 + 24, before=rival
        )  # fmt: skip
    (decision,) = [d for d in futures.decisions if d.rule == "bid"]
    seen, body = decision.figures, usual.bodies.number[bidder]
    booked = {
        heading: pounds / 2.0
        for heading, pounds in futures.by_heading(body, range(LIVE, LIVE + 24)).items()
    }
    hold_close([0.98 * seen["ceiling"]], [booked["bundle"]])
    hold_close([seen["ceiling"]], [spent])
    made = seen["ceiling"] - seen["believed_cost"] + seen["income_at_risk"]
    hold_close([made], [sum(booked.values()) - booked["bundle"] + spent])


#: Of the ceiling, an eighth of the least step between bids: who may win pays or costs a bidder
#: millions, and five per cent of what is left of them on average can be next to nothing.
SMALL = 0.0025


@pytest.fixture(scope="module")
def lakes() -> Setup:
    place = prepare(find_place("lakeland", None), load_parameters(), 300)
    return without_motives(place, {"minds.bid_optimism": 0.0})


@pytest.mark.decision("bid")
@pytest.mark.parametrize(
    ("where", "seed", "pathway"),
    [
        ("place", 1, "msk"),
        ("lakes", 7, "diabetes"),
        pytest.param("lakes", 7, "msk", marks=pytest.mark.slow),
    ],
)
def test_a_bid_brings_what_was_shown_on_average_over_the_rivals_who_may_win(
    request: pytest.FixtureRequest, where: str, seed: int, pathway: str
):
    """Each holds the contract in turn at the usual terms, and delivers as it is shown to pay."""
    setup = request.getfixturevalue(where)
    with without_draws():
        start = burn_in(setup, seed)
        held = {
            code: held_by(setup, start, code, pathway, seed)
            for code in invited(setup, start, pathway, seed)
        }
    assert (
        len({way_of(economy, pathway) for economy in held.values()}) == 2
    )  # some do as others not
    for bidder, economy in held.items():
        shown, ceiling = shown_to(economy, bidder)
        body = start.bodies.number[bidder]
        others = [earned(held[rival], body) for rival in held if rival != bidder]
        booked = earned(economy, body) - sum(others) / len(others)
        assert abs(shown - booked) <= max(CLOSE * abs(booked), SMALL * ceiling), (
            bidder,
            shown,
            booked,
        )


def test_who_has_no_rival_has_nothing_at_risk(
    place: Setup, usual: State, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bidding, "can_carry", lambda *of: of[3].code == HOLDERS[0])
    economy = HealthEconomy(place, contract(), 1, "inert", state=usual.copy()).run(1)
    bids = [
        d for d in economy.state.docket.decisions if d.rule == "bid" and d.about.startswith("msk")
    ]
    assert bids and all(d.agent == HOLDERS[0] for d in bids)
    assert all(d.figures["expected_rivals"] == d.figures["income_at_risk"] == 0.0 for d in bids)


def invited(setup: Setup, start: State, pathway: str, seed: int) -> list[str]:
    """Who may bid for the first commissioner's contract."""
    economy = HealthEconomy(setup, contract(pathway), seed, "inert", state=start.copy()).run(1)
    code = economy.minds.commissioners[0].code
    return [
        d.agent
        for d in economy.state.docket.decisions
        if (d.rule, d.about) == ("bid", f"{pathway} {code}")
    ]


def held_by(setup: Setup, start: State, holder: str, pathway: str, seed: int) -> HealthEconomy:
    """A contract's two years if this bidder wins, and does the work if that is shown to pay it."""
    terms, won = contract(pathway, term_years=2), won_by(setup, holder, pathway)
    asked = Unasked(setup, terms, seed, "inert", won, state=start.copy()).run(LIVE - START + 1)
    (delivery,) = [
        d for d in asked.state.docket.decisions if (d.rule, d.agent) == ("delivery", holder)
    ]
    best = delivery.options[delivery.pounds.index(max(delivery.pounds))]
    chosen = {**won, (holder, f"delivery {delivery.about}", LIVE): best}
    return Unasked(setup, terms, seed, "inert", chosen, state=start.copy()).run(LIVE - START + 24)


def way_of(economy: HealthEconomy, pathway: str) -> int:
    return int(economy.state.provision.delivery[0, PATHWAYS.index(pathway)])


def shown_to(economy: HealthEconomy, bidder: str) -> tuple[float, float]:
    """What a year of the contract is said to bring whoever won it, and the ceiling of its price."""
    (bid,) = [
        d
        for d in economy.state.docket.decisions
        if (d.rule, d.agent) == ("bid", bidder) and d.forced
    ]
    seen = bid.figures
    return 0.98 * seen["ceiling"] - seen["believed_cost"] + seen["income_at_risk"], seen["ceiling"]


def earned(economy: HealthEconomy, body: int) -> float:
    """Pounds a year that a body has more in its books for the two years of the contract."""
    moved = flows_of(economy.state.money.ledger)
    its = (moved["body"] == body) & moved["month"].between(LIVE, LIVE + 23)
    return float(moved.loc[its, "pounds"].sum()) / 2.0
