"""Commissioners that may contract: what they learn, copy and end, and what bidders make of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.commissioners.commissioning import (
    past_success,
    political_push,
    share_of_peers_adopting,
    similar,
    update_beliefs,
)
from model.commissioners.contract_review import _quality_gap, measure_contracts
from model.commissioners.tendering import TENDER, tender_observation
from model.month.economy import BURN_IN_MONTHS, HealthEconomy
from model.month.monthly_tables import set_monthly_tables
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.payments.list_charges import pathway_spend
from model.places.place_finding import find_place
from model.policies.policy import PathwayContract, Policy
from model.policies.policy_finding import find_policy
from model.population.pathways import PATHWAYS
from model.state.contracts import Prime, Result, first_buyers, followed, information
from model.state.ledger import HEADINGS
from model.state.provision import NOBODY

MSK, CARDIAC = PATHWAYS.index("msk"), PATHWAYS.index("cardiac")
FREE = PathwayContract(pathways=("msk",), adoption="allowed")


def policy_of(*contracts):
    return Policy(name="invented", title="t", help="h", source="s", pathway_contracts=contracts)


def with_levers(shire, **levers):
    values = {f"commissioning.{name}": value for name, value in levers.items()}
    return replace(shire, parameters=shire.parameters.with_values(values))


def decided(economy, rule, agent=None):
    return [d for d in economy.decisions() if d.rule == rule and agent in (None, d.agent)]


def paid(economy, heading):
    entries = economy.state.money.ledger.entries()
    return entries[entries["heading"] == HEADINGS.index(heading)]


@pytest.fixture(scope="module")
def free(live_policy):
    """Six years in which every pathway may be contracted. Read only."""
    return live_policy("carveouts_allowed", 72)


@pytest.fixture
def quiet(live_policy):
    """A month of the status quo, to set things up in."""
    return live_policy("status_quo", 1, "inert")


def buyers_of(shire):
    return list(shire.place.commissioners["commissioner"])


def forced_tenders(shire, code, option):
    return {(code, "tender", month): option for month in range(36, 156, 12)}


# Who allows what


def test_commissioners_decide_pathway_by_pathway_and_year_by_year(free):
    asked = decided(free, "tender")
    assert {d.about for d in asked} <= set(PATHWAYS) - {"other_planned", "urgent"}
    months = sorted({d.month - BURN_IN_MONTHS for d in asked})
    assert months == list(range(12, 72, 12))
    first = [d for d in asked if d.month == months[0] + BURN_IN_MONTHS]
    assert len(first) == 11 * len(free.minds.commissioners)
    assert {d.chosen for d in asked} == {"keep_contracts", "tender"}


def test_the_ledger_sums_to_zero_and_nothing_is_nan(free):
    entries = free.state.money.ledger.entries()
    assert free.state.money.ledger.balance.sum() == 0
    assert entries["pence"].notna().all() and len(paid(free, "bundle"))
    buyers = free.state.contracts.buyers
    for figures in (buyers.believed, buyers.spread, list(buyers.expected.values())):
        assert np.isfinite(figures).all()
    assert (np.abs(buyers.believed) <= 0.5).all() and (buyers.spread >= 0).all()


def test_inert_minds_do_nothing_under_a_policy_that_only_allows(live_policy):
    inert, usual = (live_policy(p, 26, mind="inert") for p in ("carveouts_allowed", "status_quo"))
    assert not inert.state.contracts.primes and not inert.state.docket.scheduled_effects
    np.testing.assert_array_equal(
        inert.state.money.ledger.balance, usual.state.money.ledger.balance
    )


def test_nothing_is_learned_without_contracts(status_quo, after_burn_in):
    for name in ("believed", "spread", "idle_years", "won", "expected"):
        now, then = (getattr(s.contracts.buyers, name) for s in (status_quo.state, after_burn_in))
        np.testing.assert_array_equal(now, then)
    assert not status_quo.state.contracts.buyers.results
    assert not decided(status_quo, "tender") and not decided(status_quo, "review_contract")


# Learning


def heard(quiet, saving, commissioner, month_ago=0):
    """Beliefs of all commissioners after one year's result of one of them."""
    economy = quiet
    result = Result(economy.state.month - month_ago, commissioner, MSK, 0, saving, saving)
    economy.state.contracts.buyers.results = [result]
    before = economy.state.contracts.buyers.believed.copy()
    update_beliefs(
        economy.minds, economy.setup.parameters, economy.state, economy.rules, economy.seed
    )
    return before, economy.state.contracts.buyers.believed


@settings(max_examples=20)
@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5), st.booleans())
def test_a_better_result_never_leaves_a_worse_belief_here_or_next_door(
    shire, after_burn_in, one, other, mine
):
    month_ago = 0 if mine else 12
    believed = []
    for saving in sorted((one, other)):
        economy = HealthEconomy(
            shire, find_policy("status_quo"), 1, "inert", state=after_burn_in.copy()
        )
        believed.append(heard(economy, saving, 0, month_ago)[1])
    assert (believed[0] <= believed[1] + 1e-12).all()


def test_own_results_are_known_at_once_and_neighbours_a_year_later(quiet):
    before, after = heard(quiet, 0.4, 0)
    assert after[0, MSK] > before[0, MSK] and after[1, MSK] == before[1, MSK]
    before, after = heard(quiet, 0.4, 0, month_ago=12)
    assert after[1, MSK] > before[1, MSK]


def test_a_result_says_less_about_similar_pathways_and_nothing_about_others(quiet):
    before, after = heard(quiet, 0.4, 0)
    moved = after[0] - before[0]
    alike = similar(quiet.setup.parameters, MSK)
    assert CARDIAC in alike and (moved[MSK] > moved[alike]).all() and (moved[alike] > 0).all()
    others = [p for p in range(len(PATHWAYS)) if p != MSK and p not in alike]
    assert (moved[others] == 0).all()


def test_a_ccg_knows_more_than_a_pct_and_the_date_says_which_it_is(live_policy, quiet):
    assert quiet.rules["commissioners.bodies.kind"] == "ccg"
    pct = live_policy("pct_kept", 1, "inert")
    assert (
        0.0
        <= information(pct.setup.parameters, pct.rules)
        < information(quiet.setup.parameters, quiet.rules)
        <= 1.0
    )
    moved = [np.subtract(*heard(e, 0.4, 0)[::-1])[0, MSK] for e in (quiet, pct)]
    assert moved[0] > moved[1] > 0


def test_what_a_contract_saved_by_hand(quiet):
    state, usual = quiet.state, pathway_spend(quiet.setup, quiet.state, quiet.payment, 0, MSK)
    monthly, handover = round(0.97 * usual * 100 / 12), round(0.02 * usual * 100)
    state.month = 48
    for start in (36, 37):  # the second has not run for a whole year
        prime = Prime(0, MSK, 5, monthly, start, start + 60, FREE, handover)
        state.contracts.primes.append(prime)
    measure_contracts(quiet.minds, quiet.setup, quiet.state, quiet.in_force, quiet.seed)
    (result,) = state.contracts.buyers.results
    assert (result.month, result.commissioner, result.pathway) == (48, 0, MSK)
    assert result.saving == pytest.approx(0.03 - 0.02 / 5, abs=1e-6)
    assert result.seen != pytest.approx(0.03) and abs(result.seen - 0.03) < 5 * 0.04
    assert state.contracts.buyers.believed[0, MSK] != state.contracts.buyers.believed[1, MSK]


def test_results_of_a_run_are_those_of_whole_years(free):
    assert free.state.contracts.buyers.results
    for result in free.state.contracts.buyers.results:
        assert result.month % 12 == 0 and result.start_month <= result.month - 12
        assert -0.5 < result.saving < 0.5


# Copying


def test_more_neighbours_with_a_contract_are_never_copied_less(quiet):
    provision, seen = (
        quiet.state.provision,
        [
            share_of_peers_adopting(
                quiet.setup.parameters, quiet.state.provision, quiet.state.contracts, 0, MSK
            )
        ],
    )
    for q in (similar(quiet.setup.parameters, MSK)[-1], MSK):
        provision.prime_slot[1, q] = 0
        seen.append(
            share_of_peers_adopting(
                quiet.setup.parameters, quiet.state.provision, quiet.state.contracts, 0, MSK
            )
        )
    assert seen == [0.0, 0.5, 1.0]
    quiet.setup = with_levers(quiet.setup, spillover=0.0)
    assert (
        share_of_peers_adopting(
            quiet.setup.parameters, quiet.state.provision, quiet.state.contracts, 0, MSK
        )
        == 0.0
    )


def test_the_push_to_act_fades_with_idle_years_and_with_contracts_held(quiet):
    state = quiet.state
    full = political_push(quiet.setup.parameters, quiet.state, 0, MSK)
    assert full == quiet.setup.parameters["minds.political_push_pounds"]
    state.contracts.buyers.idle_years[0, MSK] = 2
    assert political_push(quiet.setup.parameters, quiet.state, 0, MSK) == pytest.approx(
        full * 0.7**2
    )
    state.provision.prime_slot[0, CARDIAC] = 0
    assert political_push(quiet.setup.parameters, quiet.state, 0, MSK) == pytest.approx(
        full * 0.7**2 / 2
    )
    state.provision.prime_slot[0, MSK] = 0  # its own contract does not count
    assert political_push(quiet.setup.parameters, quiet.state, 0, MSK) == pytest.approx(
        full * 0.7**2 / 2
    )


def test_idle_years_are_counted_and_begin_anew_with_a_tender(live_policy, shire):
    first, second = buyers_of(shire)[:2]
    forced = forced_tenders(shire, first, "keep_contracts") | forced_tenders(
        shire, second, "tender"
    )
    economy = live_policy(policy_of(FREE), 25, forced=forced)
    assert economy.state.contracts.buyers.idle_years[0, MSK] == 3
    assert economy.state.contracts.buyers.idle_years[1, MSK] == 0
    assert economy.state.contracts.buyers.idle_years[:, CARDIAC].sum() == 0


@pytest.mark.parametrize("spillover", [0.0, 1.0])
def test_only_with_spillover_does_adoption_depend_on_neighbours(live_policy, shire, spillover):
    codes, seen = buyers_of(shire), []
    for option in ("tender", "keep_contracts"):
        forced = forced_tenders(shire, codes[0], option)
        forced |= forced_tenders(shire, codes[1], "keep_contracts")
        economy = live_policy(
            policy_of(FREE), 25, forced=forced, setup=with_levers(shire, spillover=spillover)
        )
        figures = [dict(d.figures) for d in decided(economy, "tender", codes[1])]
        seen.append([(f["saving"], f["copying"]) for f in figures])
    assert len(seen[0]) == 3
    # What is spent moves a little with the hospitals that people go to.
    alike = [one == pytest.approx(other, rel=1e-5) for one, other in zip(*seen, strict=True)]
    assert all(alike) == (spillover == 0.0)


def test_neighbours_are_followed_nearest_first(shire):
    near = followed(shire.place, 5)
    assert near.tolist() == [[1], [0]]
    assert followed(find_place("lakeland", None), 5).shape == (1, 0)


# Ending and handing over


def test_a_contract_can_be_ended_and_the_work_goes_back_at_a_cost(live_policy, shire):
    codes, trusts = buyers_of(shire), shire.place.trusts
    holder = trusts[trusts["kind"] == "independent"]["trust"].iloc[0]
    forced = forced_tenders(shire, codes[0], "tender") | forced_tenders(
        shire, codes[1], "keep_contracts"
    )
    forced |= {(holder, "bid", 36): "bid_at_ceiling", (codes[0], "award", 36): holder}
    kept = live_policy(policy_of(FREE), 20, forced=forced)
    end = {(codes[0], "review_contract", 36 + 8 + 12): "terminate_contract"}
    ended = live_policy(policy_of(FREE), 27, forced=forced | end)
    assert kept.state.provision.prime_slot[0, MSK] >= 0 and len(paid(kept, "transition")) == 1
    assert len(paid(ended, "transition")) == 2
    last = paid(ended, "bundle")
    last = last[last["payee"] == ended.state.bodies.number[holder]]["month"].max()
    assert last == 36 + 8 + 12 + 6 - 1
    assert not [
        p for p in ended.state.contracts.primes if p.commissioner == 0 and p.start_month == 44
    ]
    assert ended.state.money.ledger.balance.sum() == 0
    established = shire.losses.established
    assert ended.state.provision.prime_link[0, MSK] < established
    assert (ended.state.provision.prime_link[1] == established).all()


def test_work_that_has_come_back_is_lost_between_teams_more_often_at_first(quiet):
    def losses():
        quiet.state.referrals.routes_stale = True
        set_monthly_tables(quiet.setup, quiet.state, quiet.world)
        return quiet.state.referrals.routes.route["loss"].copy()

    usual = losses()
    quiet.state.provision.prime_link[0, MSK] *= 0.3
    young = losses()
    assert (quiet.state.provision.prime_slot == NOBODY).all()
    assert (young >= usual).all() and (young > usual).any()


def test_the_incumbent_pays_no_handover_and_keeps_its_links(live_policy, shire):
    codes, trusts = buyers_of(shire), shire.place.trusts
    cost = {}
    for kind in ("acute", "independent"):
        winner = trusts[trusts["kind"] == kind]["trust"].iloc[0]
        forced = {(t, "bid", 36): "bid_at_ceiling" for t in trusts["trust"]}
        forced |= {(c, "award", 36): winner for c in codes}
        contract = FREE.model_copy(update={"adoption": "required"})
        economy = live_policy(policy_of(contract), 9, forced=forced)
        cost[kind] = -paid(economy, "transition")["pence"].sum()
        assert all(p.transition_pence >= 0 for p in economy.state.contracts.primes)
    assert cost["independent"] < cost["acute"] <= 0


# Bidders


def test_bidders_count_wins_and_what_their_odds_promised(free):
    buyers = free.state.contracts.buyers
    awards = [d for d in decided(free, "award") if d.chosen != "nobody"]
    assert sum(buyers.won.values()) == len(awards) > 0
    bids = [d for d in decided(free, "bid") if d.chosen != "no_bid"]
    assert set(buyers.expected) == {d.agent for d in bids} and min(buyers.expected.values()) > 0


def test_a_switch_keeps_bidders_from_learning(quiet):
    quiet.state.contracts.buyers.expected["loser"] = 10.0
    assert past_success(quiet.setup.parameters, quiet.state.contracts, "loser") == pytest.approx(
        2.0 / 12.0
    )
    quiet.setup = with_levers(quiet.setup, bidders_learn=0)
    assert past_success(quiet.setup.parameters, quiet.state.contracts, "loser") == 1.0


def test_a_bidder_that_always_loses_bids_less(live_policy, shire):
    """Those who have lost ten tenders bid less often, where winning would be worth something."""
    loser, usual = (
        live_policy(policy_of(FREE.model_copy(update={"adoption": "required"})), 0)
        for _ in range(2)
    )
    loser.state.contracts.buyers.expected = dict.fromkeys(shire.place.trusts["trust"], 10.0)
    chances = []
    for economy in (loser, usual):
        economy.run(1)
        seen = [(d.figures, d.probabilities[0]) for d in decided(economy, "bid")]
        chances.append(
            [
                1.0 - none
                for f, none in seen
                if 0.95 * f["ceiling"] - f["believed_cost"] + f["income_at_risk"] > 0.0
            ]
        )
    assert chances[0] and np.mean(chances[0]) < np.mean(chances[1])


# Views


def test_a_commissioner_sees_its_own_belief_and_its_neighbours(quiet):
    quiet.state.contracts.buyers.believed[0, MSK] = 0.123
    observation = tender_observation(
        quiet.minds, quiet.setup, quiet.state, quiet.in_force, quiet.world, FREE, 0, MSK
    )
    assert observation.expected_saving_share == 0.123 and observation.copying == 0.0
    quiet.state.provision.prime_slot[1, MSK] = 0
    assert (
        tender_observation(
            quiet.minds, quiet.setup, quiet.state, quiet.in_force, quiet.world, FREE, 0, MSK
        ).copying
        > 0.0
    )
    assert TENDER.every_months == 12


def test_beliefs_at_the_start_differ_around_the_common_hope():
    place, parameters = find_place("anyshire", None), load_parameters()
    certain = prepare(place, parameters.with_values({"commissioning.belief_spread": 0}), 500)
    sure, unsure = (first_buyers(place, p, 1).believed for p in (certain.parameters, parameters))
    assert (sure == parameters["minds.believed_saving_share"]).all()
    assert unsure.std() > 0 and (unsure[:, :1] == unsure).all()


def test_the_seen_quality_of_a_holder_is_that_beside_the_usual_providers(quiet, shire):
    quiet.setup = with_levers(quiet.setup, quality_error=0.1, practice_information_ccg=0.8)
    trusts = shire.place.trusts
    row = int(np.flatnonzero(trusts["kind"] == "independent")[0])
    holder = quiet.state.bodies.number[trusts["trust"].iloc[row]]
    prime = Prime(0, MSK, holder, 1, 0, 60, FREE)
    gaps = []
    for quality in (-8.0, 0.0, 8.0):
        quiet.state.hospitals.quality[row] = quality
        gaps.append(
            _quality_gap(quiet.minds, quiet.setup, quiet.state, quiet.rules, quiet.seed, prime)
        )
    assert gaps[0] < gaps[1] < gaps[2] and gaps[2] - gaps[0] <= 16 * 0.25 + 1e-9
