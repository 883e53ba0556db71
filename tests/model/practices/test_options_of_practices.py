"""What practices are shown of their options is what they are then paid, or pay."""

import numpy as np
import pytest
from forced_options import Futures, Options, at_once, force_options, hold_close, without_motives

from model.month.economy import burn_in
from model.practices.workforce import posts
from model.state.setup import Setup
from model.state.state import BURN_IN_MONTHS, State

STATUS_QUO = at_once("status_quo")
START = BURN_IN_MONTHS
CLOSE = 0.05  # of what is booked, by which what is shown may differ
HALF_A_YEAR = range(START + 6, START + 12)  # from a change until lists follow who has moved
EVERYBODY = {"budgets.risk_bearing_share": 1e9}  # may hold a budget, whatever a bad year costs
LINEAR = {"retained_share": 0.5, "overspend_share": 0.5}  # luck of a year cancels in the sum


@pytest.fixture(scope="module")
def place(shire: Setup) -> Setup:
    """The place with nobody in it who has other motives than money."""
    return without_motives(shire)


@pytest.fixture
def state(after_burn_in: State) -> State:
    """The end of the burn-in, with all practices at the usual effort and their usual work."""
    return usual_work(after_burn_in)


def usual_work(start: State) -> State:
    """The same state, with all practices at the usual effort and their usual work."""
    state = start.copy()
    state.practices.effort = ["usual"] * len(state.practices.effort)
    state.practices.workforce.usual_list = np.maximum(state.practices.lists, 1) / np.maximum(
        state.practices.workforce.count(), 1
    )
    assert (
        posts(state.practices.workforce, state.practices.lists) <= state.practices.workforce.count()
    ).all()
    return state


def codes(setup: Setup) -> list[str]:
    return setup.place.practices["practice"].tolist()


def all_practices(
    setup: Setup, state: State, rule: str, option: str, month: int = START
) -> Options:
    """The same option of a decision for every practice that is open."""
    open_ones = zip(codes(setup), state.practices.lists, strict=True)
    return {(code, rule, month): option for code, patients in open_ones if patients}


def money_of_practices(futures: Futures, months: range, *headings: str) -> float:
    """Pounds that all practices together have more in these months."""
    bodies = futures.first.state.provision.practice_body.tolist()
    return futures.booked(bodies, months, headings or None)


@pytest.mark.decision("effort")
@pytest.mark.parametrize("effort", ["more_incentivised_care", "less_incentivised_care"])
def test_effort_brings_the_points_that_were_shown(place, state, effort):
    forced = all_practices(place, state, "effort", effort)
    futures = force_options(place, state, STATUS_QUO, forced, 13)
    paid = money_of_practices(futures, range(START + 1, START + 13))
    assert paid == pytest.approx(futures.shown(), rel=CLOSE)


@pytest.mark.parametrize("effort", ["managed_referrals", "more_incentivised_care"])
def test_effort_of_a_budget_holder_brings_the_share_of_the_saving_that_was_shown(
    shire, state, effort
):
    # Readmissions, and harm by lost letters, are luck of few patients: `slow` ones, below.
    without_draws = {
        "quality.readmission_share": 0.0,
        "handovers.crisis_hazard_lost_referral": 1.0,
        "handovers.crisis_hazard_lost_discharge": 1.0,
    }
    shown, paid = effort_of_holders(shire, state, effort, without_draws)
    hold_close([shown], [paid])


@pytest.mark.slow
def test_managed_referrals_bring_what_was_shown_with_readmissions_and_harm(shire):
    found = [
        effort_of_holders(shire, usual_work(burn_in(shire, seed)), "managed_referrals", {}, seed)
        for seed in range(1, 9)
    ]
    hold_close(*zip(*found, strict=True))


def effort_of_holders(
    shire: Setup, state: State, effort: str, values: dict[str, float], seed: int = 1
) -> tuple[float, float]:
    """What an effort of all practices with budgets is said to bring a year, and what is booked."""
    setup = without_motives(shire, {"budgets.rebasing": 0.0, **values})
    # At the marginal rate, what all practices avoid together would be worth less to each.
    policy = at_once("pbc_real_budget+emergencies_full_tariff", **LINEAR)
    take = all_practices(setup, state, "hold_budget real", "take_budget")
    trial = force_options(setup, state, policy, {}, 13, before=take, seed=seed).first.decisions()
    able = [d for d in trial if (d.rule, d.month) == ("effort", START + 12) and effort in d.options]
    forced = {(d.agent, "effort", START + 12): effort for d in able}
    futures = force_options(setup, state, policy, forced, 37, before=take, seed=seed)
    # The first whole year of the effort, which is settled in the month after it.
    points = money_of_practices(futures, range(START + 24, START + 36), "qof")
    settled = ("budget_saving", "budget_overspend")
    paid = points + money_of_practices(futures, range(START + 36, START + 37), *settled)
    return futures.shown(), paid


@pytest.mark.decision("exceptions")
def test_exceptions_bring_the_points_that_were_shown(shire, state):
    setup = without_motives(shire, {"practices.exception_attention_pounds": 0})
    forced = all_practices(setup, state, "exceptions", "except_more")
    futures = force_options(setup, state, STATUS_QUO, forced, 13)
    paid = money_of_practices(futures, range(START + 1, START + 13))
    assert paid == pytest.approx(futures.shown(), rel=CLOSE)


@pytest.mark.decision("access")
@pytest.mark.parametrize("access", ["more_access", "less_access"])
def test_access_brings_the_pay_that_was_shown(place, state, access):
    # The hours of the place's year were the best answer to its pay, so that only other pay counts.
    found = {}
    for policy in ("status_quo", "extended_hours_2010"):
        forced = all_practices(place, state, "access", access)
        futures = force_options(place, state, at_once(policy), forced, 15)
        paid = money_of_practices(futures, range(START + 3, START + 15))
        found[policy] = np.array([futures.shown(), paid])
    shown, paid = found["extended_hours_2010"] - found["status_quo"]
    assert abs(paid) > 10_000
    assert shown == pytest.approx(paid, rel=CLOSE)


@pytest.mark.decision("hold_budget")
def test_a_budget_brings_what_was_shown_if_the_believed_saving_is_made(shire, state):
    saved = float(shire.parameters["minds.referral_management_effect"])
    belief = {"budgets.believed_saving_share": saved, "budgets.believed_saving_spread": 0.0}
    setup = without_motives(shire, {**belief, **EVERYBODY, "budgets.rebasing": 0.0})
    policy = at_once("pbc_real_budget", emergencies=False, **LINEAR)
    take = all_practices(setup, state, "hold_budget real", "take_budget")
    manage = all_practices(setup, state, "effort", "managed_referrals")
    held = force_options(setup, state, policy, take, 13)
    managed = force_options(setup, state, policy, manage, 25, before=take)
    # In the first year patients still have the operations for which they waited.
    year, end = range(START + 1, START + 13), range(START + 24, START + 25)
    running = money_of_practices(held, year, "budget_allowance", "budget_management")
    saving = money_of_practices(managed, end, "budget_saving", "budget_overspend")
    assert saving > 2 * abs(running) > 0
    assert running + saving == pytest.approx(held.shown(), rel=CLOSE)


@pytest.mark.decision("federation")
def test_a_pool_costs_what_was_shown(shire, state):
    nothing = {"budgets.believed_saving_share": 0.0, "budgets.believed_saving_spread": 0.0}
    dear = {"budgets.federation_pence_per_patient": 1000}
    setup = without_motives(shire, {**nothing, **EVERYBODY, **dear})
    policy = at_once("pbc_federations", kind="real", entry_notice_months=0, **LINEAR)
    take = all_practices(setup, state, "hold_budget real", "take_budget")
    of = state.provision.practice_commissioner
    names = setup.place.commissioners["commissioner"].tolist()
    lead = {
        (code, f"federation {names[of[g]]}", START + 2): "lead"
        for g, code in enumerate(codes(setup))
        if state.practices.lists[g]
    }
    futures = force_options(setup, state, policy, lead, 25, before=take)
    paid = money_of_practices(futures, range(START + 13, START + 25))
    assert paid == pytest.approx(futures.shown(), rel=CLOSE)


@pytest.mark.decision("patient_list")
def test_a_closed_list_costs_the_newcomers_income_that_was_shown(shire, state):
    setup = without_motives(
        shire, {"practices.crowded_workload": 0.0, "choice.voluntary_switch_per_year": 0.0}
    )
    g = int(state.practices.lists.argmax())
    forced = {(codes(setup)[g], "patient_list", START): "close_list"}
    futures = force_options(setup, state, STATUS_QUO, forced, 24)
    seen = futures.decisions[0].figures
    body = int(state.provision.practice_body[g])
    lost = futures.booked(body, range(START + 12, START + 24))
    assert lost == pytest.approx(-seen["newcomers"] * seen["margin"], rel=CLOSE)


def future_of(setup: Setup, state: State, g: int, option: str, partner: str = "") -> Futures:
    """Practice `g` closes, or merges with a partner who agrees."""
    code = codes(setup)[g]
    forced = {(code, f"future {partner}", START): option}
    if option == "merge":
        forced[partner, f"merger_offer {code}", START] = "accept"
    return force_options(setup, state, STATUS_QUO, forced, 12)


def asked_for_merger(setup: Setup, state: State) -> dict[str, str]:
    """With whom every practice would merge."""
    economy = force_options(setup, state, STATUS_QUO, {}, 1).first
    return {d.agent: d.about for d in economy.state.docket.decisions if d.rule == "future"}


@pytest.fixture(scope="module")
def settled_place(shire: Setup) -> Setup:
    """A place in which no partner leaves, nobody earns elsewhere, and all think of the future."""
    return without_motives(
        shire,
        {
            "practices.exit_years": 0,
            "practices.exit_income_pence": 0,
            "practices.partner_leaving_factor": 0.0,
            "minds.patients_benefit_pence_per_patient": 0,
        },
    )


@pytest.mark.decision("future", "merger_offer")
@pytest.mark.parametrize("g", [0, 4, 20])
def test_practices_that_merge_save_what_was_shown(settled_place, state, g):
    partner = asked_for_merger(settled_place, state)[codes(settled_place)[g]]
    futures = future_of(settled_place, state, g, "merge", partner)
    both = state.provision.practice_body[[g, codes(settled_place).index(partner)]].tolist()
    saved = 2 * futures.booked(both, HALF_A_YEAR)
    assert saved == pytest.approx(futures.shown(), rel=CLOSE)


@pytest.mark.parametrize("g", [0, 20])
def test_a_practice_that_closes_gives_up_the_profit_that_was_shown(settled_place, state, g):
    partner = asked_for_merger(settled_place, state)[codes(settled_place)[g]]
    futures = future_of(settled_place, state, g, "close", partner)
    body = int(state.provision.practice_body[g])
    lost = 2 * futures.booked(body, HALF_A_YEAR)
    assert lost == pytest.approx(futures.shown(), rel=CLOSE)
