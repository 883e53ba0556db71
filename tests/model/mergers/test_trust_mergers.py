"""Trusts that save, merge and fail: who may, who agrees, what follows, and that money is kept."""

import numpy as np
import pytest

from agents.decisions.mergers_choice import (
    MERGER,
    MergerObservation,
    answer_merger,
    consider_merger,
    worth_of_merger,
)
from agents.organisations.regulator import FAILURE
from agents.organisations.trust import SavingsObservation, Trust
from model.commissioners.contract_payments import payers as payers_of
from model.hospitals import habits_ahead, quality_ahead
from model.hospitals.quality import drawn_by_a_step, left_to_rivals
from model.hospitals.quality_ahead import STEPS
from model.mergers.review import is_reviewed
from model.mergers.trust_failures import regulator_answers_failures, rescue
from model.mergers.trust_mergers import keep_results, merge_trusts
from model.month.economy import HealthEconomy
from model.month.preparing import prepare
from model.outcomes.market import AreaChoice, people_losing
from model.payments.hospital_payment import HospitalPayment, emergency_share
from model.payments.solvency import trust_income, unpaid_deficit
from model.policies.policy_finding import find_policy
from model.state.attribution import by_payer
from model.state.ledger import ONE_OFF

ASKER, TAKER = "eastbury_hospitals", "anytown_hospitals"
LESS = list(STEPS).index("lower")
MERGING = 36 + 3  # the month in which boards think about mergers


def acute(economy):
    return economy.state.bodies.of_kind("acute")


@pytest.fixture
def merged(live_policy, after_burn_in):
    """A trust is made to ask and another to accept: what comes of it three years on."""
    forced = {
        (ASKER, f"trust_merger {TAKER}", MERGING): "ask",
        (TAKER, f"trust_merger_offer {ASKER}", MERGING): "accept",
        ("regulator", f"merger_review {ASKER} {TAKER}", MERGING): "clear",
        ("competition", f"merger_review {ASKER} {TAKER}", MERGING): "clear",
    }
    state = after_burn_in.copy()
    state.hospitals.deficit_years[:] = 0
    row = list(state.bodies.codes).index(ASKER)
    trusts = [
        state.bodies.codes[b] for b in state.provision.slot_body[: state.hospitals.quality.size]
    ]
    (
        state.hospitals.deficit_years[trusts.index(ASKER)],
        state.hospitals.deficits[trusts.index(ASKER)],
    ) = 3, 9e8
    economy = live_policy("status_quo", 36, state=state, forced=forced, mind="inert")
    return economy, row


def test_a_merger_that_all_agree_to_changes_the_owner_and_nothing_of_the_teams(merged):
    economy, row = merged
    bodies, provision = economy.state.bodies, economy.state.provision
    assert bodies.owner[row] == bodies.number[TAKER]
    assert provision.slot_body[provision.site_slot].tolist().count(row) >= 1
    chosen = [d.chosen for d in economy.decisions() if d.month == MERGING and d.forced]
    assert chosen == ["accept", "clear", "clear", "ask"]
    entries = economy.state.money.ledger.entries()
    assert economy.state.money.ledger.balance.sum() == 0 and (entries["pence"] != 0).all()
    assert trust_income(economy.state)[row] == 0 < trust_income(economy.state)[bodies.number[TAKER]]


def test_boards_without_deficit_and_inert_minds_stay_alone(inert_status_quo):
    bodies = inert_status_quo.state.bodies
    assert all(bodies.owner[b] == b for b in acute(inert_status_quo))
    asked = [d for d in inert_status_quo.decisions() if d.rule == "trust_merger"]
    assert asked and all(d.chosen == "stay" and d.figures["deficit"] > 0 for d in asked)


def test_a_trust_taken_over_meanwhile_is_not_merged_again(live_policy):
    economy = live_policy("status_quo", 1)
    bodies = economy.state.bodies
    trusts = list(economy.setup.place.trusts["trust"])
    economy.state.hospitals.deficit_years[trusts.index(ASKER)] = 1
    economy.state.hospitals.results[:] = 1.0
    taken = (economy.setup.place, economy.setup.parameters, economy.state, economy.in_force, ASKER)
    merge_trusts(*taken, TAKER)
    before = bodies.owner.copy(), economy.state.money.ledger.balance.copy()
    merge_trusts(*taken, "westford_hospitals")
    assert (bodies.owner == before[0]).all() and (
        economy.state.money.ledger.balance == before[1]
    ).all()


def observation(**change):
    return MergerObservation(
        **{
            "income": 2e8,
            "other_income": 1e8,
            "deficit": 0.0,
            "believed_saving": 3e6,
            "integration_cost": 1e6,
            "rivalry": 2e5,
            **change,
        }
    )


def test_deficit_pushes_the_asker_and_puts_off_the_taker(live_policy):
    agent: Trust = next(t for t in live_policy("status_quo", 1).minds.trusts if t.code == ASKER)

    def asks(deficit):
        return consider_merger(agent, observation(deficit=deficit), 3, TAKER).probabilities[1]

    def accepts(deficit):
        return answer_merger(agent, observation(deficit=deficit), 3, TAKER).probabilities[1]

    wavers = (agent.independence - worth_of_merger(observation())) / agent.deficit_pressure
    assert asks(0.9 * wavers) < asks(wavers) < asks(1.1 * wavers)
    assert asks(wavers) == pytest.approx(0.5, abs=1e-5)
    assert accepts(2.1e6) > accepts(2.2e6) > accepts(2.3e6) > accepts(9e6)
    assert MERGER.is_due(3) and not MERGER.is_due(4)


def test_savings_answer_to_a_deficit_and_wear_out(live_policy):
    agent: Trust = next(t for t in live_policy("status_quo", 1).minds.trusts if t.code == ASKER)

    def worth(deficit, saved=0.0):
        return agent.worth_of_savings(0.01, SavingsObservation(2e8, 2e8, deficit, saved))

    assert worth(0.0) < 0 < worth(5e6) and worth(5e6, 0.10) < worth(5e6)
    assert worth(5e6) == worth(9e6)  # one per cent of cost is less than either deficit


def test_results_of_trusts_are_what_recurs_in_their_accounts(live_policy):
    economy = live_policy("status_quo", 12)
    state = economy.state
    before = state.money.closed_balance.copy()
    change = state.money.ledger.balance[: before.size] - before
    change -= state.money.ledger.net(ONE_OFF, state.month - 12)[: before.size]
    keep_results(economy.minds, economy.setup.place, economy.state)
    for row, code in enumerate(economy.setup.place.trusts["trust"]):
        body = state.bodies.number[code]
        if state.bodies.kinds[body] == "acute":
            lost = change[body] < 0
            assert bool(state.hospitals.deficit_years[row]) == lost
            assert (
                (state.hospitals.deficits[row] >= -change[body])
                if lost
                else state.hospitals.deficits[row] == 0
            )


def test_thresholds_in_force_decide_what_is_reviewed(live_policy):
    economy, free = live_policy("status_quo", 1), live_policy("mergers_unreviewed", 1)
    assert is_reviewed(economy.state, economy.rules, 8e7, 8.1e7) and not is_reviewed(
        free.state, free.rules, 8e7, 3e8
    )
    whole = float(trust_income(economy.state).sum())
    assert is_reviewed(economy.state, economy.rules, 1e6, 0.3 * whole) and not is_reviewed(
        economy.state, economy.rules, 1e6, 0.2 * whole
    )


def test_a_merger_can_only_take_alternatives(shire, after_burn_in):
    state = after_burn_in.copy()
    hospitals, area = state.bodies.of_kind("acute"), AreaChoice(shire, state)
    for body in hospitals[1:]:
        assert people_losing(shire.parameters, state.yearbooks, area, body, hospitals[0]) >= 0
    assert people_losing(shire.parameters, state.yearbooks, area, hospitals[0], hospitals[0]) == 0


@pytest.mark.parametrize("policy", ["status_quo", "block_payment", "choice_none"])
def test_what_rivals_leave_each_other_is_what_one_owner_would_keep(
    live_policy, monkeypatch, policy
):
    """A step of both as one draws less from others than a step of each alone: by just that.

    As far as steps are small: a step is taken by a millionth of a standard deviation, not in full.
    """
    economy, small = live_policy(policy, 1, "inert"), 1e-6
    for module in (quality_ahead, habits_ahead):
        monkeypatch.setattr(
            module,
            "logits_of_a_step",
            lambda value: value["choice.hospital_quality_per_sd"] * small,
        )
    bodies = economy.state.bodies
    one, other = bodies.number[ASKER], bodies.number[TAKER]
    left, apart = (
        left_to_rivals(economy.setup, economy.state, economy.in_force, economy.world),
        drawn_by_a_step(economy.setup, economy.state, economy.in_force, economy.world),
    )
    shared = (left[one, other] + left[other, one]) / small
    bodies.merge(one, other)
    together = drawn_by_a_step(economy.setup, economy.state, economy.in_force, economy.world)
    lost = [-(drawn.income - drawn.cost)[:, LESS] for drawn in (apart, together)]
    lost = lost[0][[one, other]].sum() - lost[1][other]
    assert shared == pytest.approx(lost / small, abs=1.0)
    assert (
        np.sign(round(shared)) == {"status_quo": 1, "block_payment": -1, "choice_none": 0}[policy]
    )
    assert not left.diagonal().any()


def test_emergencies_above_the_baseline_are_paid_at_the_marginal_rate(shire, after_burn_in):
    """By the payer whose patients they are: those of others do not count."""
    economy = HealthEconomy(
        shire, find_policy("status_quo"), 1, "inert", state=after_burn_in.copy()
    )
    state, value = economy.state, economy.state.yearbooks.last_year.emergency_value
    payers = payers_of(economy.state)
    first = first_emergencies(shire, state)
    trust = state.provision.site_slot
    near = shire.geography.candidate, payers.urgent[:, None], 2, len(trust)
    used = by_payer(state.money.attribution.baseline[:, :, None], *near)
    used = np.array([np.bincount(trust, row)[trust] for row in used]) > 0.0  # by their patients

    def shares(rate, factor):
        value[:] = first * factor
        return emergency_share(shire.geography, state, payers, HospitalPayment(True, True, rate))

    np.testing.assert_allclose(shares(0.3, 1.0), 1.0, atol=0.01)
    above = shares(0.3, 1.25)  # a fifth of it lies above
    assert above[:-1][used] == pytest.approx(1 - 0.7 * 0.2, abs=0.02)
    assert (above[-1] == 1.0).all()  # patients from outside are as many as they were
    assert (shares(1.0, 1.25) == 1.0).all()
    np.testing.assert_allclose(shares(0.3, 0.5), 1.0)
    mine = payers.urgent == 0
    one = shares(0.3, np.where(mine, 1.25, 1.0))
    assert (one[0, used[0]] < 0.9).all() and (one[1] > 0.98).all()


def first_emergencies(setup, state):
    """A year's emergencies of every list at the start, at tariff [practices]."""
    site = np.maximum(setup.geography.candidate, 0)
    base = 12.0 * state.hospitals.lines.base_emergency.sum(axis=1)[site]
    return (state.money.attribution.baseline * base).sum(axis=1)


def test_full_tariff_pays_trusts_no_less(live_policy):
    def paid(policy):
        state = live_policy(policy, 24, mind="inert").state
        return state.yearbooks.last_year.emergency_paid.sum()

    assert paid("emergencies_full_tariff") >= paid("status_quo")


def test_a_lower_tariff_costs_trusts_what_it_saves_commissioners(live_policy, shire):
    def balances(level):
        parameters = shire.parameters.with_values({"prices.tariff_level": level})
        setup = prepare(shire.place, parameters, shire.patients)
        economy = HealthEconomy(setup, find_policy("status_quo"), 1, "inert").run(12)
        balance, bodies = economy.state.money.ledger.balance, economy.state.bodies
        return [balance[bodies.of_kind(kind)].sum() for kind in ("acute", "commissioner")]

    (trusts, buyers), (poorer, richer) = balances(1.0), balances(0.95)
    assert poorer < trusts and richer > buyers


def test_a_failing_trust_without_a_neighbour_can_be_rescued_and_not_handed_over(live_policy):
    economy = live_policy("status_quo", 1)
    state = economy.state
    only, *others = acute(economy)
    for body in others:
        state.bodies.merge(body, only)
    code = state.bodies.codes[only]
    row = list(economy.setup.place.trusts["trust"]).index(code)
    state.hospitals.deficit_years[row], state.hospitals.deficits[row] = 3, 1e12
    while state.month % 12 != FAILURE.month_of_year:
        state.month += 1
    economy.minds.forced[("regulator", f"trust_failure {code}", state.month)] = "rescue"
    regulator_answers_failures(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world
    )
    asked = [d for d in economy.decisions() if d.rule == "trust_failure"][-1]
    assert asked.options == ("leave", "rescue") and asked.forced
    assert [change for _, change, _ in state.docket.scheduled_effects][-1] == "rescue"
    before = state.money.ledger.balance_of(only)
    rescue(economy.setup.place, economy.state, code)
    assert (
        state.money.ledger.balance_of(only) == before + 10**12
        and unpaid_deficit(state.hospitals, row) == 0
    )
    rescue(economy.setup.place, economy.state, code)  # what has been paid is not paid twice
    assert state.money.ledger.balance_of(only) == before + 10**12
    assert state.hospitals.deficit_years[row] == 3  # the board still has its deficit to look at
