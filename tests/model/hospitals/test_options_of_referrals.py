"""What is shown of asking practices to refer to own hospitals, and of running them, is booked.

Practices refer anew once a year, and lists of lines grow or shrink until work meets them: what is
shown is the money of a year in which all that is over.
"""

import numpy as np
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

from model.mergers.takeovers import take_over_practice
from model.month.economy import HealthEconomy, burn_in
from model.policies.policy import Policy
from model.state.setup import Setup
from model.state.state import BURN_IN_MONTHS, State

START = BURN_IN_MONTHS
CLOSE = 0.05  # of what is booked, by which what is shown may differ
STEERING = START + 9  # when referrals are thought of for the first time
TAKEOVER = START + 6  # when trusts look for practices for the first time
TRUST = "anytown_hospitals"
CARE = ("tariff_planned", "pay_and_supplies")


@pytest.fixture(scope="module")
def place(shire: Setup) -> Setup:
    """The place with nobody in it who has other motives than money."""
    return without_motives(shire)


def settled_years(decided: int) -> tuple[range, ...]:
    """Two years that begin when habits have followed what was decided two and a half years ago."""
    return tuple(range(decided + 30 + 12 * n, decided + 42 + 12 * n) for n in (0, 1))


def yearly(futures: Futures, bodies: int | list[int], decided: int, *headings: str) -> float:
    years = settled_years(decided)
    return sum(futures.booked(bodies, year, headings or None) for year in years) / len(years)


@pytest.mark.decision("referral_steering")
@pytest.mark.parametrize("option", ["prefer_own", "insist_on_own"])
def test_members_referrals_bring_their_leaders_hospital_what_was_shown(
    place, after_burn_in, option
):
    of, codes = after_burn_in.provision.practice_commissioner, place.place.practices["practice"]
    ours = [f"{code}-integrated" for code in place.place.commissioners["commissioner"]]
    join: Options = {
        (code, f"membership {ours[of[g]]}", START): "join" for g, code in enumerate(codes)
    }
    policy = at_once("population_ico", lead="acute")
    forced = {(code, "referral_steering", STEERING): option for code in ours}
    futures = force_options(place, after_burn_in, policy, forced, 64, before=join)
    leaders = {o.leader for o in futures.first.state.integrated.organisations}
    paid = yearly(futures, leaders, STEERING, *CARE)
    assert futures.shown() == pytest.approx(paid, rel=CLOSE)


@pytest.mark.parametrize("option", ["refer_freely", "insist_on_own"])
def test_referrals_of_its_own_practices_bring_a_trust_what_was_shown(place, after_burn_in, option):
    shown, paid = asked_of_its_own(place, after_burn_in, option, 1)
    hold_close([shown], [paid])


@pytest.mark.slow
@pytest.mark.parametrize("option", ["refer_freely", "insist_on_own"])
def test_referrals_bring_what_was_shown_whatever_the_luck(place, shire, option):
    found = [asked_of_its_own(place, burn_in(shire, seed), option, seed) for seed in (1, 2, 3)]
    hold_close(*zip(*found, strict=True))


def test_referrals_without_choice_bring_a_trust_what_was_shown(place, after_burn_in):
    """Whole lists turn to the hospitals of whoever runs the practice, and back as waits grow.

    Under two lucks: which lists turn in an April moves much at once.
    """
    found = [
        asked_of_its_own(place, after_burn_in, "insist_on_own", draw, "choice_none")
        for draw in (1, 2)
    ]
    assert all(paid > 1e6 for _, paid in found)
    hold_close(*zip(*found, strict=True))


def asked_of_its_own(
    setup: Setup, start: State, option: str, seed: int, name: str = "status_quo"
) -> tuple[float, float]:
    """What a trust that runs all practices is shown of what it asks of them, and what is booked."""
    policy = at_once(name)
    state = owned(setup, start, seed, policy)
    forced = {(TRUST, "referral_steering", STEERING + 12): option}
    futures = force_options(setup, state, policy, forced, 64, seed=seed)
    body = state.bodies.number[TRUST]
    return futures.shown(), yearly(futures, body, STEERING + 12, *CARE)


def owned(setup: Setup, state: State, seed: int, policy: Policy) -> State:
    """A year after one trust has taken over all practices."""
    economy = HealthEconomy(setup, policy, seed, "inert", state=state.copy())
    row = setup.place.trusts["trust"].tolist().index(TRUST)
    for g in range(state.practices.lists.size):
        take_over_practice(economy.state, g, row, 20_000_000)
    return economy.run(12).state


@pytest.mark.decision("practice_takeover", "practice_takeover_offer")
@pytest.mark.parametrize(
    "trust", [TRUST, pytest.param("westford_hospitals", marks=pytest.mark.slow)]
)
def test_a_practice_taken_over_brings_trust_and_doctors_what_was_shown(shire, after_burn_in, trust):
    setup, state = settled_practices(shire), fully_staffed(after_burn_in)
    futures, practice = taken_over(setup, state, trust)
    answer, offer = futures.decisions
    hospital, doctors = (state.bodies.number[code] for code in (trust, practice))
    profit = earned(futures, doctors, range(TAKEOVER + 6, TAKEOVER + 18))
    cost = -yearly(futures, doctors, TAKEOVER)  # of salaries and of running the practice
    won = yearly(futures, hospital, TAKEOVER, *CARE)
    more = cost - offer.figures["running_cost"] - profit
    # A gain is the small rest of large sums: those are compared.
    assert answer.pounds[1] == pytest.approx(more, abs=CLOSE * won)
    assert offer.figures["margin_then"] - offer.figures["margin"] == pytest.approx(won, rel=CLOSE)
    # What the practice earns is the trust's from now on.
    assert offer.pounds[1] == pytest.approx(won - cost + profit, abs=CLOSE * won)


def test_a_practice_taken_over_brings_what_falling_prices_leave(shire, after_burn_in):
    """In the middle of the years that a board looks ahead, once habits have followed."""
    setup, state = settled_practices(shire), fully_staffed(after_burn_in)
    futures, _ = taken_over(setup, state, TRUST, "vertical_fp+tariff_cut")
    middle = TAKEOVER + 6 + 12 * int(setup.parameters["trusts.felt_years"]) // 2
    won = futures.booked(state.bodies.number[TRUST], range(middle - 12, middle + 12), CARE) / 2
    offer = futures.decisions[1].figures
    assert offer["margin_then"] - offer["margin"] == pytest.approx(won, rel=CLOSE)


def test_a_practice_taken_over_without_choice_brings_what_was_shown(shire, after_burn_in):
    """Its patients go where it sends them."""
    setup, state = settled_practices(shire), fully_staffed(after_burn_in)
    futures, _ = taken_over(setup, state, "westford_hospitals", "vertical_fp+choice_none")
    won = yearly(futures, state.bodies.number["westford_hospitals"], TAKEOVER, *CARE)
    offer = futures.decisions[1].figures
    hold_close([offer["margin_then"] - offer["margin"]], [won])


def taken_over(
    setup: Setup, state: State, trust: str, name: str = "vertical_fp"
) -> tuple[Futures, str]:
    """A trust runs the practice that it asks, and the futures without and with that."""
    policy = at_once(name)
    trial = force_options(setup, state, policy, {}, TAKEOVER + 1 - START).first.decisions()
    (practice,) = [d.about for d in trial if d.agent == trust and d.rule == "practice_takeover"]
    forced = {
        (trust, f"practice_takeover {practice}", TAKEOVER): "offer",
        (practice, f"practice_takeover_offer {trust}", TAKEOVER): "accept",
    }
    return force_options(setup, state, policy, forced, 61), practice


def earned(futures: Futures, body: int, months: range) -> float:
    """What a body is left with in these months of the first future, in pounds."""
    flows = flows_of(futures.first.state.money.ledger)
    mine = (flows["body"] == body) & flows["month"].isin(list(months))
    return float(flows[mine]["pounds"].sum())


def settled_practices(setup: Setup) -> Setup:
    """The place in which only money counts, no doctor leaves and no habit of referring tips."""
    still = {
        "practices.partner_leaving_factor": 0.0,
        "practices.exit_years": 0,
        "practices.exit_income_pence": 0,
        "choice.practice_refers_to": 13,
    }
    return without_motives(setup, still)


def fully_staffed(state: State) -> State:
    """The same state, with as many doctors in every practice as it has posts."""
    state = state.copy()
    state.practices.workforce.usual_list = np.maximum(state.practices.lists, 1) / np.maximum(
        state.practices.workforce.count(), 1
    )
    return state
