"""Who may take a trust over, that nobody is given one unasked, and that money decides."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from agents.decisions.mergers_choice import (
    FAILING_OFFER,
    MERGER,
    consider_merger,
    worth_of_merger,
)
from agents.organisations.regulator import FAILURE
from model.deciding.minds import create_trust
from model.mergers.partners import acute_trusts, matches, merging
from model.mergers.trust_failures import regulator_answers_failures, rescue
from model.mergers.trust_mergers import keep_results, merge_trusts, trusts_consider_mergers
from model.month.economy import HealthEconomy
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.payments.solvency import trust_income, unpaid_deficit
from model.places.place_finding import find_place
from model.policies.policy_finding import find_policy
from model.state.bodies import TREASURY

GENERAL, INSTITUTE, NEIGHBOUR = "heath_hospital", "orthopaedic_institute", "park_hospital"
POUNDS = 100


@pytest.fixture(scope="module")
def city():
    """A city of five general hospitals and an elective institute."""
    return prepare(find_place("metropolis", None), load_parameters(), 500)


@pytest.fixture
def economy(city):
    """The city at its start, no trust in deficit."""
    return HealthEconomy(city, find_policy("status_quo"), 1)


def in_deficit(economy, code, pounds=4e6, years=3):
    row = list(economy.setup.place.trusts["trust"]).index(code)
    economy.state.hospitals.deficit_years[row] = years
    economy.state.hospitals.deficits[row] = years * pounds * POUNDS
    return row


def takers(economy, code):
    row = list(economy.setup.place.trusts["trust"]).index(code)
    agent = next(t for t in economy.minds.trusts if t.code == code)
    return {
        match.taker.code
        for match in matches(
            economy.setup.place,
            economy.setup.parameters,
            economy.state,
            economy.in_force,
            merging(economy.minds, economy.setup, economy.state, economy.in_force, economy.world),
            row,
            agent,
        )
    }


def at_month(economy, rule):
    economy.state.month = 36 + rule.month_of_year
    return economy


def test_a_general_hospital_is_taken_over_by_a_general_hospital_of_its_size(economy):
    assert NEIGHBOUR in takers(economy, GENERAL)
    assert INSTITUTE not in takers(economy, GENERAL)
    assert GENERAL in takers(economy, INSTITUTE)  # the other way round
    assert GENERAL not in takers(economy, "city_university")  # half its size


def test_a_taker_has_no_years_of_deficit_and_no_merger_before_it(economy):
    in_deficit(economy, NEIGHBOUR)
    economy.state.docket.scheduled_effects.append(
        (60, "merge_trusts", ("docks_hospital", "mills_infirmary", 0))
    )
    found = takers(economy, GENERAL)
    assert not found & {NEIGHBOUR, "docks_hospital", "mills_infirmary"} and found


def test_a_rescued_trust_takes_nobody_over_until_it_has_broken_even(economy):
    """What public money has paid for is no proof that it earns what it costs."""
    state, place = economy.state, economy.setup.place
    row = in_deficit(economy, NEIGHBOUR)
    state.hospitals.failures[row] = 1
    state.money.closed_balance = np.zeros(len(state.bodies), dtype=np.int64)
    state.money.closed_balance[state.bodies.number[NEIGHBOUR]] = 10**9  # all of which is gone
    keep_results(economy.minds, place, state)
    rescue(place, state, NEIGHBOUR)
    assert unpaid_deficit(state.hospitals, row) == 0.0
    assert NEIGHBOUR not in takers(economy, GENERAL)
    state.month += 12
    keep_results(economy.minds, place, state)
    assert NEIGHBOUR in takers(economy, GENERAL)
    assert not state.hospitals.deficits[row] and not state.hospitals.made_good[row]


def test_a_trust_that_lost_money_last_year_takes_nobody_over(economy):
    row = list(economy.setup.place.trusts["trust"]).index(NEIGHBOUR)
    economy.state.hospitals.results[row] = -1.0
    assert NEIGHBOUR not in takers(economy, GENERAL)


def test_a_merger_is_off_if_the_taker_has_lost_money_since(economy):
    """What it could not agree to today does not come about because it agreed two years ago."""
    state, bodies = economy.state, economy.state.bodies
    row = list(economy.setup.place.trusts["trust"]).index(NEIGHBOUR)
    in_deficit(economy, GENERAL)
    before = bodies.owner.copy(), state.money.ledger.balance.copy()
    state.hospitals.results[row] = -1.0
    take_over(economy, 10**8)
    assert (bodies.owner == before[0]).all()
    assert (state.money.ledger.balance == before[1]).all()  # nobody pays for it either
    state.hospitals.results[row] = 1.0
    take_over(economy, 10**8)
    assert bodies.owner[bodies.number[GENERAL]] == bodies.number[NEIGHBOUR]


def take_over(economy, support):
    """A neighbour takes a general hospital over, as it was agreed for so many pence."""
    merge_trusts(
        economy.setup.place, economy.setup.parameters, economy.state, economy.in_force,
        GENERAL, NEIGHBOUR, support,
    )  # fmt: skip


def test_a_merger_is_off_if_the_deficit_that_it_was_to_end_is_over(economy):
    state, bodies = economy.state, economy.state.bodies
    before = bodies.owner.copy(), state.money.ledger.balance.copy()
    state.hospitals.deficit_years[in_deficit(economy, GENERAL)] = 0  # it has broken even since
    take_over(economy, 10**9)
    assert (bodies.owner == before[0]).all()
    assert (state.money.ledger.balance == before[1]).all()


@pytest.mark.parametrize("share", [1.0, 0.25])
def test_public_money_pays_what_was_lost_once_and_what_is_to_come(economy, share):
    """Of the years before what nobody has paid; of those to come as much as is lost by now."""
    state, pounds = economy.state, 4e6
    row = in_deficit(economy, GENERAL, pounds)
    state.hospitals.made_good[row] = 2 * pounds * POUNDS  # of three years
    state.hospitals.results[row] = -share * pounds * POUNDS
    years = economy.setup.parameters["trusts.support_years"]
    income = trust_income(state)
    bodies = (state.bodies.number[code] for code in (GENERAL, NEIGHBOUR))
    smaller = min(income[body] for body in bodies)
    integration = economy.setup.parameters["trusts.integration_cost_share"] * smaller * POUNDS
    agreed = round(integration + years * pounds * POUNDS)
    before = state.money.ledger.balance_of(TREASURY)
    take_over(economy, agreed)
    paid = before - state.money.ledger.balance_of(TREASURY)
    assert paid == pytest.approx((1 + share * years) * pounds * POUNDS + integration, abs=2.0)


def test_a_taker_is_near(city, economy):
    far = city.parameters.with_values({"trusts.taker_distance_km": 25})
    place = city.place.sites.copy()
    economy.setup = replace(city, parameters=far, place=replace(city.place, sites=place))
    assert NEIGHBOUR in takers(economy, GENERAL)
    place.loc[place["site"] == NEIGHBOUR, "easting_km"] += 50.0
    assert NEIGHBOUR not in takers(economy, GENERAL)


def test_nobody_gets_a_failing_trust_without_agreeing_to_it(economy):
    at_month(economy, FAILURE)
    in_deficit(economy, GENERAL, 2e7)
    for agent in economy.minds.trusts:
        economy.minds.forced[
            (agent.code, f"{FAILING_OFFER.name} {GENERAL}", economy.state.month)
        ] = "refuse"
    regulator_answers_failures(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world
    )
    answer = economy.decisions()[-1]
    assert answer.rule == "trust_failure" and answer.options == ("leave", "rescue")
    asked = [d for d in economy.decisions() if d.rule == FAILING_OFFER.name]
    assert {d.agent for d in asked} == takers(economy, GENERAL)
    assert asked and not [
        one for one in economy.state.docket.scheduled_effects if one[1] == "merge_trusts"
    ]


def test_trusts_that_fail_in_one_month_are_not_given_to_each_other(economy):
    at_month(economy, FAILURE)
    failing = (GENERAL, NEIGHBOUR, "docks_hospital")
    for code in failing:
        in_deficit(economy, code, 2e7)
    regulator_answers_failures(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world
    )
    asked = [d for d in economy.decisions() if d.rule == FAILING_OFFER.name]
    assert asked and {d.about for d in asked} <= set(failing)
    assert not {d.agent for d in asked} & set(failing)
    parties = [
        c
        for _, change, d in economy.state.docket.scheduled_effects
        if change == "merge_trusts"
        for c in d[:2]
    ]
    assert len(parties) == len(set(parties))  # each trust is a party to one merger at most


@pytest.mark.decision("failing_trust_offer")  # savings are a belief, the deficit goes on as it was
def test_support_is_what_the_taker_saw_and_comes_from_the_treasury(economy):
    at_month(economy, FAILURE)
    in_deficit(economy, GENERAL, 1e7)
    regulator_answers_failures(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world
    )
    merger = next(one for one in economy.state.docket.scheduled_effects if one[1] == "merge_trusts")
    asker, taker, support = merger[2]
    answer = next(d for d in economy.decisions() if d.rule == FAILING_OFFER.name
                  and d.agent == taker)  # fmt: skip
    assert answer.chosen == "accept" and answer.probabilities[1] > 0.5
    years = economy.setup.parameters["trusts.felt_years"]
    assert answer.figures["support"] * years == pytest.approx(support / POUNDS, abs=0.01)
    body = economy.state.bodies.number[taker]
    before = economy.state.money.ledger.balance_of(body)
    row = list(economy.setup.place.trusts["trust"]).index(asker)
    economy.state.hospitals.results[row] = -1e7 * POUNDS  # as it was
    merge_trusts(
        economy.setup.place, economy.setup.parameters, economy.state, economy.in_force,
        asker, taker, support,
    )  # fmt: skip
    gained = economy.state.money.ledger.balance_of(body) - before
    integration = answer.figures["integration_cost"] * years * POUNDS
    assert gained == pytest.approx(support - integration, abs=1.0)
    assert economy.state.money.ledger.balance.sum() == 0


def test_as_many_boards_ask_as_the_rule_says(city, economy):
    """Over seeds, against what the spread of boards' ties to independence lets expect."""
    row = in_deficit(economy, GENERAL, 1.0)
    agent = next(t for t in economy.minds.trusts if t.code == GENERAL)
    match, value = (
        matches(
            economy.setup.place,
            economy.setup.parameters,
            economy.state,
            economy.in_force,
            merging(economy.minds, economy.setup, economy.state, economy.in_force, economy.world),
            row,
            agent,
        )[0],
        city.parameters,
    )
    income, spread = match.asker_observation.income, value["trusts.independence_spread"]
    typical = value["trusts.independence_pounds"] * income / (1e6 * value["sizes.trust_millions"])
    for ratio in (0.5, 0.9, 1.5):  # of what asking is worth to the typical tie
        worth = ratio * typical - worth_of_merger(match.asker_observation)
        seen = replace(match.asker_observation, deficit=worth / value["trusts.deficit_pressure"])
        asked, chances = [], []
        for seed in range(600):
            minds = replace(economy.minds, seed=seed)
            board = create_trust(minds, city.parameters, economy.state.bodies, agent.body)
            decision = consider_merger(board, seen, 39, match.taker.code)
            asked.append(decision.chosen == "ask")
            chances.append(decision.probabilities[1])
        expected = NormalDist().cdf(np.log(ratio) / spread + 0.5 * spread)
        error = 3.0 * np.sqrt(expected * (1.0 - expected) / len(asked))
        assert np.mean(asked) == pytest.approx(expected, abs=error)
        assert np.mean(asked) == pytest.approx(np.mean(chances), abs=0.02)


def test_boards_ask_by_their_money_and_a_better_result_ends_it(economy):
    at_month(economy, MERGER)
    row = in_deficit(economy, GENERAL)
    agent = next(t for t in economy.minds.trusts if t.code == GENERAL)
    match = matches(
        economy.setup.place,
        economy.setup.parameters,
        economy.state,
        economy.in_force,
        merging(economy.minds, economy.setup, economy.state, economy.in_force, economy.world),
        row,
        agent,
    )[0]

    def chance(deficit):
        seen = replace(match.asker_observation, deficit=deficit)
        return consider_merger(agent, seen, 39, match.taker.code).probabilities[1]

    chances = [chance(deficit) for deficit in np.linspace(0.0, 3e7, 31)]
    assert chances == sorted(chances) and chances[0] < 1e-3 and chances[-1] > 0.99
    # Hardly any deficit lets luck decide: the step from never to always is steep.
    assert sum(0.01 < chance < 0.99 for chance in chances) <= 4


@pytest.mark.parametrize("mind", ["random", "reasoned"])
def test_every_owner_that_changes_has_agreed(city, mind):
    economy = HealthEconomy(city, find_policy("status_quo"), 2, mind)
    for code in (GENERAL, NEIGHBOUR, INSTITUTE, "docks_hospital"):
        in_deficit(economy, code, 1.5e7)
    at_month(economy, MERGER)
    trusts_consider_mergers(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world
    )
    at_month(economy, FAILURE)
    regulator_answers_failures(
        economy.minds, economy.setup, economy.state, economy.in_force, economy.world
    )
    agreed = {
        (d.agent, d.about)
        for d in economy.decisions()
        if d.rule in ("trust_merger_offer", FAILING_OFFER.name) and d.chosen == "accept"
    }
    merged = [
        d[:2] for _, change, d in economy.state.docket.scheduled_effects if change == "merge_trusts"
    ]
    assert all((taker, asker) in agreed for asker, taker in merged)
    assert len(
        acute_trusts(economy.minds, economy.setup.place, economy.state.bodies, economy.state.docket)
    ) == 6 - 2 * len(merged)
