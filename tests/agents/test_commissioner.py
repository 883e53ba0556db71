"""What moves a commissioner: savings it believes in, politics, price, quality, familiarity."""

from dataclasses import replace

import mesa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.choice.deciding import MINDS
from agents.organisations.commissioner import (
    Bid,
    Commissioner,
    ContractObservation,
    SplitObservation,
    TenderObservation,
)

VIEW = TenderObservation(
    pathway="msk", spend=5e6, expected_saving_share=0.03, tender_cost=70_000,
    political_push=0.0, deficit_worth=0.0,
)  # fmt: skip
CONTRACT = ContractObservation(
    pathway="msk", spend=5e6, saving_share=-0.02, quality_gap=0.0, transition_cost=30_000, face=0.0
)
CHEAP = Bid("CHEAP", 4.9e6, 0.0, False)
DEAR = Bid("DEAR", 5.0e6, 0.0, False)


def commissioner(mind="greedy", quality=300_000, incumbency=0.02):
    agent = Commissioner(mesa.Model(rng=0), "C1", "A commissioner", 2, MINDS[mind], 1)
    agent.set_motives(quality, incumbency)
    return agent


def tender_worth(**change):
    return commissioner().consider_tender(replace(VIEW, **change), 0).pounds[1]


def test_the_worth_of_a_tender_by_hand():
    assert tender_worth() == pytest.approx(0.03 * 5e6 - 70_000)
    assert tender_worth(political_push=500_000) == pytest.approx(580_000)


def test_need_of_money_and_politics_push_and_costs_hold_back():
    assert tender_worth(deficit_worth=1e4) == tender_worth() + 1e4
    assert tender_worth(tender_cost=90_000) < tender_worth()
    assert commissioner("inert").consider_tender(VIEW, 0).chosen == "keep_contracts"
    assert commissioner().consider_tender(VIEW, 0).chosen == "tender"
    assert commissioner().consider_tender(replace(VIEW, spend=1e6), 0).chosen == "keep_contracts"


def test_what_own_services_make_or_lose_by_a_bid_turns_the_award():
    own, rival = replace(DEAR, own_result=90_000.0), replace(CHEAP, own_result=-20_000.0)
    agent = commissioner()
    assert agent.award("msk", 5.0e6, 0.0, [own, rival], 0).pounds[1:] == (90_000.0, 80_000.0)
    assert agent.award("msk", 5.0e6, 0.0, [own, rival], 0).chosen == "DEAR"
    assert tender_worth(own_loss=40_000.0) == pytest.approx(tender_worth() - 40_000)


def test_services_that_must_go_are_given_to_the_better_trust_or_made_one():
    observation = SplitObservation(
        spend=5e7, quality=0.1, setup_cost=2e5, offers={"A": 0.1, "B": 0.3}
    )
    agent = commissioner()
    made = agent.leave_provision(observation, 0, "S")
    assert made.chosen == "B" and made.pounds == (100_000.0, 300_000.0, 900_000.0)
    assert made.effect_month == 12
    assert agent.leave_provision(replace(observation, quality=0.5), 0, "S").chosen == "stand_alone"
    assert agent.leave_provision(replace(observation, offers={}), 0, "S").options == (
        "stand_alone",
    )


def test_the_cheaper_of_two_equal_bids_wins():
    made = commissioner().award("msk", 5.0e6, 0.0, [DEAR, CHEAP], 0)
    assert made.chosen == "CHEAP" and made.options == ("nobody", "DEAR", "CHEAP")
    assert made.figures == {"price_DEAR": 5.0e6, "price_CHEAP": 4.9e6}


def test_quality_and_familiarity_can_outweigh_price():
    better, known = replace(DEAR, quality=1.0), replace(DEAR, is_incumbent=True)
    assert commissioner().award("msk", 5.0e6, 0.0, [CHEAP, better], 0).chosen == "DEAR"
    assert (
        commissioner(incumbency=0.03).award("msk", 5.0e6, 0.0, [CHEAP, known], 0).chosen == "DEAR"
    )
    assert (
        commissioner(incumbency=0.01).award("msk", 5.0e6, 0.0, [CHEAP, known], 0).chosen == "CHEAP"
    )


def test_the_recorded_worth_is_that_of_the_bid():
    agent, bids = commissioner(), [CHEAP, replace(DEAR, quality=0.4, is_incumbent=True)]
    made = agent.award("msk", 5.0e6, 2.0e5, bids, 0)
    worth = [agent.worth_of_bid(bid, 5.0e6) for bid in bids]
    assert list(made.pounds) == pytest.approx([-2.0e5, *worth])


def test_one_bidder_is_taken_and_any_bidder_can_be_forced():
    keen = commissioner("reasoned").award("msk", 5.0e6, 1.0e8, [DEAR], 0)
    assert keen.chosen == "DEAR"
    made = commissioner().award("msk", 5.0e6, 0.0, [CHEAP, DEAR], 7, forced="DEAR")
    assert made.chosen == "DEAR" and made.forced and made.effect_month > made.month == 7


def test_an_award_does_not_favour_the_first_bid():
    agent = commissioner("reasoned", quality=0, incumbency=0)
    bids = [replace(CHEAP, bidder="A"), replace(CHEAP, bidder="B")]
    nobody, first, second = agent.award("msk", 5.0e6, 0.0, bids, 0).probabilities
    assert first == pytest.approx(second) and first > nobody


def test_nobody_is_chosen_by_a_commissioner_that_leaves_things_as_they_are():
    assert commissioner("inert").award("msk", 5.0e6, 1.0e8, [CHEAP, DEAR], 0).chosen == "nobody"


def chance_to_tender(**change):
    return commissioner("reasoned").consider_tender(replace(VIEW, **change), 0).probabilities[1]


@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.floats(0, 1e6), st.floats(0, 1e6))
def test_better_results_and_more_neighbours_never_make_a_tender_less_likely(s1, s2, c1, c2):
    low, high = sorted((s1, s2)), sorted((c1, c2))
    few = chance_to_tender(expected_saving_share=low[0], copying=high[0])
    many = chance_to_tender(expected_saving_share=low[1], copying=high[1])
    assert 0.0 <= few <= many + 1e-12 <= 1.0 + 1e-9


def test_the_worth_of_ending_a_contract_by_hand():
    made = commissioner().review_contract(CONTRACT, 0)
    assert made.options == ("keep_contract", "terminate_contract")
    assert made.pounds[1] == pytest.approx(0.02 * 5e6 - 30_000)
    worse = commissioner().review_contract(replace(CONTRACT, quality_gap=-1.0), 0)
    assert worse.pounds[1] - made.pounds[1] == pytest.approx(300_000)


@given(st.floats(-0.3, 0.3), st.floats(0, 0.3), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_contract_that_saves_more_or_costs_more_to_end_is_ended_less(saving, more, cost, face):
    def chance(**change):
        observation = replace(CONTRACT, saving_share=saving, **change)
        return commissioner("reasoned").review_contract(observation, 0).probabilities[1]

    better = replace(CONTRACT, saving_share=saving + more)
    assert commissioner("reasoned").review_contract(better, 0).probabilities[1] <= chance() + 1e-12
    assert chance(transition_cost=30_000 + cost, face=face) <= chance() + 1e-12


def test_who_leaves_things_as_they_are_lets_a_contract_run_and_an_end_can_be_forced():
    bad = replace(CONTRACT, saving_share=-0.4)
    assert commissioner("inert").review_contract(bad, 3).chosen == "keep_contract"
    made = commissioner("inert").review_contract(bad, 3, "terminate_contract")
    assert made.chosen == "terminate_contract" and made.forced and made.effect_month == 9
